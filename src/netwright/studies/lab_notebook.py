"""The lab notebook of an improvement, HTML and Markdown: for each step the gaps, what was decided
and why, what came of it, and how to train it again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netwright.base import figures
from netwright.base.files import write_text
from netwright.base.measure import Measure
from netwright.base.paths import Inside
from netwright.base.visible import visible
from netwright.doctor.gaps.figures import FigureFormat
from netwright.doctor.gaps.ladder import Diagnosis
from netwright.report.templates import template
from netwright.runs.keeping import stages
from netwright.runs.record import Record

if TYPE_CHECKING:
    from netwright.studies.improvement import Improved
    from netwright.studies.study import Study

HTML, MARKDOWN = "notebook.html", "notebook.md"


def write(study: Study, result: Improved) -> None:
    """Both files, into the folder of the study."""
    page = about(study, result)
    html = template(Path(__file__).parent, "notebook_page.html").render(**page)
    write_text(Inside(study.path, HTML), visible(html))
    write_text(Inside(study.path, MARKDOWN), visible("\n".join(_markdown(page))) + "\n")


def about(study: Study, result: Improved) -> dict[str, Any]:
    """What the notebook says."""
    info = study.info()
    members = info["members"]
    judged = {entry["role"]: entry for entry in study.notebook() if entry.get("what") == "judged"}
    decided = {e["role"]: e["why"] for e in study.notebook() if e.get("what") == "decided"}
    place = stages.in_store(study.store)
    steps = [
        {
            "role": member["role"],
            "run": member["run"],
            "change": _change(member.get("about", {})),
            "why": member.get("about", {}).get("why") or decided.get(member["role"], ""),
            "gaps": _gaps(study, member["run"]),
            "result": judged.get(member["role"], {}).get("sentence", ""),
            "kept": bool(judged.get(member["role"], {}).get("kept"))
            and not member.get("about", {}).get("short"),
            "took": figures.duration(member.get("seconds", 0.0)),
            "again": f"netwright train --repeat {member['run']}{place}",
        }
        for member in members
    ]
    return {
        "id": study.id,
        "source": info["source"],
        "question": info["question"],
        "created": info.get("created", ""),
        "metric": figures.plain(result.metric),
        "dev": figures.level(Measure.from_json(result.dev)),
        "test": "" if result.test is None else figures.level(Measure.from_json(result.test)),
        "baseline": result.baseline,
        "kept": result.kept,
        "ended": result.ended,
        "ahead": result.ahead,
        "ensemble": result.ensemble,
        "by_heart": result.learns_by_heart,
        "fault": result.fault,
        "settings": [f"{key} = {figures.setting(value)}" for key, value in result.settings.items()],
        "steps": steps,
        "vetoed": [entry["change"] for entry in study.notebook() if entry.get("what") == "vetoed"],
    }


def _gaps(study: Study, run: str) -> str:
    """The gaps of a run as it was diagnosed, in a line; empty where it was not."""
    record = Record(study.store / run)
    if not record.has("diagnosis.json"):
        return ""
    found = Diagnosis.from_json(record.mapping("diagnosis.json"))
    words = FigureFormat(found.unit, found.flipped)
    rungs = [f"{rung.name.replace('_', '-')} {words.level(rung.error)}" for rung in found.rungs]
    gaps = [f"{gap.name} {words.sized(gap.size, gap.low, gap.high)}" for gap in found.gaps]
    return "; ".join([", ".join(rungs), *gaps])


def _change(about: Mapping[str, Any]) -> str:
    if not about.get("settings"):
        return ""
    turns = ", ".join(
        f"{key} {figures.setting(about['before'].get(key))} -> {figures.setting(new)}"
        for key, new in about["settings"].items()
    )
    return f"{about['title']}: {turns}" + (" (a short training)" if about.get("short") else "")


def _markdown(page: Mapping[str, Any]) -> Iterator[str]:
    yield f"# {page['question']}"
    yield ""
    yield f"{page['source']}, study {page['id']}, {page['created']}"
    yield ""
    yield f"- kept: {page['kept']}, dev {page['metric']} {page['dev']}"
    if page["test"]:
        yield f"- test, opened once, at the end: {page['test']}"
    yield f"- it ended because {page['ended']}"
    for line in (page["ensemble"], page["ahead"], page["fault"], page["by_heart"]):
        if line:
            yield f"- {line}"
    for line in page["settings"]:
        yield f"- changed: {line}"
    for step in page["steps"]:
        yield ""
        yield f"## {step['role']}" + (", kept" if step["kept"] else "")
        for key in ("change", "why", "result", "gaps"):
            if step[key]:
                yield ""
                yield step[key]
        yield ""
        yield f"{step['run']}, {step['took']}; again: `{step['again']}`"
    for change in page["vetoed"]:
        yield ""
        yield f"Not wanted: {change}"
