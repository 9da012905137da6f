"""The judgement in the report: the verdict, the gap chart, findings and knobs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from netwright.base import figures
from netwright.base.measure import Measure
from netwright.report.sections.headline import DASH
from netwright.report.sections.missing import MOST, diagnosis_of, slug
from netwright.runs.contents import RunFiles


def advice(run: RunFiles) -> dict[str, Any]:
    """The verdict, the findings and the knobs."""
    diagnosis = diagnosis_of(run)
    knobs = diagnosis["knobs"][:MOST]
    # a gap's own finding stands in the table of gaps, with its code
    gaps = {slug(gap["name"]) for gap in diagnosis["gaps"]}
    findings = [finding for finding in diagnosis["findings"] if finding["name"] not in gaps]
    return {
        "verdict": diagnosis["verdict"],
        "since": diagnosis.get("since", ""),
        "findings": [_beside(finding, diagnosis["verdict"]) for finding in findings[:MOST]],
        "knobs": [{**knob, "change": change_lines(knob["change"])} for knob in knobs],
    }


def _beside(finding: Mapping[str, Any], verdict: str) -> dict[str, Any]:
    """A finding without the sentence that the verdict above it has said already."""
    return {**finding, "message": "" if finding["message"] == verdict else finding["message"]}


def change_lines(change: Any) -> list[tuple[str, str]]:
    """A knob's change as (key, what) lines."""
    if isinstance(change, Mapping):
        return [
            (str(key), figures.setting(value).replace(" -> ", " → "))
            for key, value in change.items()
        ]
    return [("", str(change))] if change else []


def ladder(run: RunFiles) -> dict[str, Any]:
    """The gap chart and the figures behind it."""
    from netwright.plots.gaps import gap_chart

    diagnosis = diagnosis_of(run)
    unit = diagnosis["unit"]
    percent, flipped = unit == "fraction", diagnosis["flipped"]
    rungs, gaps = diagnosis["rungs"], diagnosis["gaps"]
    codes = {finding["name"]: finding["code"] for finding in diagnosis["findings"]}
    return {
        "chart": gap_chart(rungs, gaps, percent=percent, flipped=flipped),
        "rungs": [
            {
                "name": _rung_name(rung),
                "level": _rung_level(rung, percent, flipped, unit),
                "n": rung.get("n"),
            }
            for rung in (*reversed(diagnosis.get("other_people", ())), *rungs)
        ],
        "gaps": [
            {
                **gap,
                "from_": figures.plain(gap["from_"]),
                "to": figures.plain(gap["to"]),
                "size": _gap_size(gap, unit),
                "code": codes.get(slug(gap["name"]), ""),
            }
            for gap in gaps
        ],
        "metric": figures.plain(diagnosis["metric"]),
        "two_sources": _two_sources(diagnosis.get("two_sources")),
    }


def _two_sources(found: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The table of two sources: heads, and rows of cells in words."""
    if found is None:
        return None
    cells = {(cell["row"], cell["column"]): cell for cell in found["cells"]}
    rows = list(dict.fromkeys(row for row, _ in cells))
    return {
        "heads": [f"General: {', '.join(found['general'])}", f"Target: {found['target']}"],
        "rows": [
            (row, [_cell(cells[row, column]) for column in ("general", "target")]) for row in rows
        ],
    }


def _cell(cell: Mapping[str, Any]) -> tuple[str, str]:
    """A figure and how many examples it is of; or what would fill it."""
    if cell["figure"] is None:
        return "", cell["needs"]
    figure = Measure.from_json(cell["figure"])
    count = f"{figure.n:,} of {figures.plain(cell['of'])}" if cell["of"] else ""
    return figures.level(figure), count


def _rung_name(rung: Mapping[str, Any]) -> str:
    name, by = figures.plain(rung["name"]), rung.get("by")
    return f"{name} ({by})" if by else name


def _rung_level(rung: Mapping[str, Any], percent: bool, flipped: bool, unit: str) -> str:
    ends = (rung["error"], rung.get("low"), rung.get("high"))
    if percent:
        return figures.percent(*ends, dash=DASH)
    if flipped:
        value, low, high = (None if end is None else -end for end in ends)
        return figures.number(value if value is not None else math.nan, high, low, unit=unit)
    return figures.number(*ends, unit=unit)


def _gap_size(gap: Mapping[str, Any], unit: str) -> str:
    return figures.points(gap["size"], gap.get("low"), gap.get("high"), unit=unit)
