"""A diagnosis as text, the same wherever one is printed: rungs, gaps, verdict, findings, knobs."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby

from netwright.base import figures
from netwright.cli import console
from netwright.doctor.gaps.figures import FigureFormat, count
from netwright.doctor.gaps.ladder import Diagnosis, Gap, Rung
from netwright.doctor.gaps.two_sources import COLUMNS, ROWS, Cell, TwoSources

_IN_THE_TABLE = ("NW101", "NW102", "NW103", "NW104")

_VERDICTS: Mapping[str, tuple[str, console.Color | None]] = {
    "first": ("work on this first", "yellow"),
    "next": ("then this", None),
    "noise": ("within its noise", "bright_black"),
    "small": ("too small to act on", "bright_black"),
    "negative": ("negative, see below", "cyan"),
    "muted": ("muted", "bright_black"),
}


def diagnosis_text(diagnosis: Diagnosis) -> str:
    """The whole diagnosis, several paragraphs."""
    words = FigureFormat(diagnosis.unit, diagnosis.flipped)
    parts = [
        _rungs(diagnosis, words),
        _gaps(diagnosis, words),
        _two_sources(diagnosis.two_sources),
        console.bold(diagnosis.verdict),
        diagnosis.since,
        _findings(diagnosis),
        _knobs(diagnosis),
    ]
    return "\n\n".join(part for part in parts if part)


def _rungs(diagnosis: Diagnosis, words: FigureFormat) -> str:
    head = ("", diagnosis.metric, "95% interval", "examples")
    shown = [*reversed(diagnosis.other_people), *diagnosis.rungs]
    return console.aligned([head, *(_rung_row(rung, words) for rung in shown)], right=(1, 3))


def _rung_row(rung: Rung, words: FigureFormat) -> tuple[str, ...]:
    known = rung.low is not None and rung.high is not None
    spread = words.level_range(rung.low or 0.0, rung.high or 0.0) if known else "as given"
    name = f"{rung.name} ({rung.by})" if rung.by else rung.name
    return name, words.level(rung.error), spread, "" if rung.n is None else count(rung.n)


def _gaps(diagnosis: Diagnosis, words: FigureFormat) -> str:
    rows = [_gap_row(gap, words) for gap in diagnosis.gaps]
    names = [rung.name for rung in diagnosis.rungs]
    if "human" not in names and "train" in names:
        rows.insert(
            0, ("avoidable bias", "human -> train", "unknown", "", "the human level is not given")
        )
    if not rows:
        return ""
    unit = "points" if words.unit == "fraction" else words.unit or diagnosis.metric
    return console.aligned([("gap", "from -> to", unit, "95% interval", ""), *rows], right=())


def _two_sources(found: TwoSources | None) -> str:
    if found is None:
        return ""
    head = ("", f"general ({', '.join(found.general)})", f"target ({found.target})")
    rows = [(row, *(_cell(found.cell(row, column)) for column in COLUMNS)) for row in ROWS]
    wanted = [
        f"  {cell.row}, {cell.column}: {cell.needs}" for cell in found.cells if cell.figure is None
    ]
    missing = "\n".join(["to fill the table:", *wanted]) if wanted else ""
    return "\n".join(part for part in (console.aligned([head, *rows], right=()), missing) if part)


def _cell(cell: Cell) -> str:
    if cell.figure is None:
        return "unknown"
    count_of = f" of {cell.figure.n:,} {cell.of}" if cell.of else ""
    return f"{figures.level(cell.figure)}{count_of}"


def _gap_row(gap: Gap, words: FigureFormat) -> tuple[str, ...]:
    spread = ""
    if gap.low is not None and gap.high is not None:
        spread = (
            f"{words.number(gap.low, like=gap.size)} to {words.number(gap.high, like=gap.size)}"
        )
    label, color = _VERDICTS[gap.verdict]
    signed = words.signed(gap.size, gap.low, gap.high)
    return gap.name, f"{gap.from_} -> {gap.to}", signed, spread, console.colored(label, color)


def _findings(diagnosis: Diagnosis) -> str:
    """What the tables and the verdict do not show yet, and what to do about it."""
    lines: list[str] = []
    for finding in diagnosis.findings:
        if finding.code in _IN_THE_TABLE:
            continue
        if finding.message != diagnosis.verdict:
            lines.append(
                f"{console.colored(f'{finding.code} {finding.name}', 'cyan')}: {finding.message}"
            )
        lines += [
            f"  to do: {step}"
            for step in (finding.do[:1] if finding.severity == "note" else finding.do)
        ]
    return "\n".join(lines)


def _knobs(diagnosis: Diagnosis) -> str:
    blocks: list[str] = []
    for gap, knobs in groupby(diagnosis.knobs, key=lambda knob: knob.gap):
        lines = [f"Knobs for {gap}:"]
        for knob in knobs:
            costs = [f"cost: {knob.cost}", *([f"side effects: {knob.hurts}"] if knob.hurts else [])]
            lines.append(f"  {knob.message} {console.faint('(' + '; '.join(costs) + ')')}")
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)
