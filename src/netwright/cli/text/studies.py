"""How studies read in the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netwright.base.figures import counted, shorten
from netwright.base.visible import one_line
from netwright.cli import console

if TYPE_CHECKING:
    from netwright.api.studies.kept_studies import OpenedStudy
    from netwright.studies.curve import Curve

HEADS = ("study", "kind", "status", "runs", "source")


def studies_text(found: Sequence[Mapping[str, Any]]) -> str:
    """A line a study, the oldest first."""
    rows = [
        [one["id"], one["problem"], "", "", ""]
        if one["problem"]
        else [one["id"], one["kind"], one["status"], one["members"], shorten(one["source"], 50)]
        for one in found
    ]
    return console.table(rows, HEADS, "lllrl")


def study_text(study: OpenedStudy) -> str:
    """One study: its question, how it stands, its runs, what came out."""
    info = study.info
    lines = [
        f"{console.bold(one_line(info['question']))}  {console.faint(study.id)}",
        f"{info['kind']} on {shorten(one_line(info['source']), 60)}, {info['status']},"
        f" {counted(len(info['members']), 'run')}",
    ]
    if info.get("message"):
        lines.append(console.colored(one_line(info["message"]), "red"))
    rows = [[member["role"], member["run"]] for member in info["members"]]
    parts = ["\n".join(lines), console.table(rows, ["role", "run"], "ll") if rows else ""]
    if info.get("result"):
        from netwright.studies import report
        from netwright.studies.curve import Curve

        parts[1:1] = [curve_text(Curve.from_json(info["result"]), study.folder / report.NAME)]
    if info.get("kept"):
        parts.append(f"kept  {one_line(info['kept'])}: netwright show {one_line(info['kept'])}")
    parts.append(f"folder  {one_line(str(study.folder))}")
    return "\n\n".join(part for part in parts if part)


def curve_text(result: Curve, page: Path) -> str:
    """A curve: its points, what it says, where its picture lies."""
    from netwright.studies import report

    rows = [[one_line(cell) for cell in row] for row in report.rows(result)]
    heads = report.heads(result)
    return "\n\n".join(
        [
            console.table(rows, heads, "l" + "r" * (len(heads) - 3) + "ll"),
            console.bold(one_line(result.verdict)),
            f"report  {one_line(str(page))}",
        ]
    )
