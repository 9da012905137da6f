"""The labels of a run that may be wrong as text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from netwright.base import figures
from netwright.base.figures import counted
from netwright.cli import console

if TYPE_CHECKING:
    from netwright.api.errors.labels import DoubtfulLabel, LabelReview

LONGEST = 40
"""Characters of a cell."""


def labels_text(found: LabelReview, top: int) -> str:
    """The verdict, the most doubtful labels, a few right answers, what was corrected."""
    parts = [found.verdict.message, _estimate(found)]
    if found.doubtful:
        parts.append(_table(found.doubtful[:top], has_likely=found.by == "probabilities"))
        if len(found.doubtful) > top:
            parts.append(f"{len(found.doubtful) - top:,} more: --top {len(found.doubtful)}")
    parts += found.patterns
    if found.right_answers:
        rows = _table(found.right_answers, has_likely=False)
        parts.append(f"Right answers to look at, too, drawn from all of them:\n\n{rows}")
    if found.corrections:
        rows = console.table(
            [
                (one.id, _cell(one.old), _cell(one.new), one.who, one.time[:16], _cell(one.why))
                for one in found.corrections
            ],
            ("id", "was", "is", "who", "when (UTC)", "why"),
            "llllll",
        )
        parts.append(f"{counted(len(found.corrections), 'label')} corrected:\n\n{rows}")
    return "\n\n".join(part for part in parts if part)


def _estimate(found: LabelReview) -> str:
    if found.estimate is None:
        return (
            f"Of {found.n:,} {found.split} examples those whose answers are the least like their"
            " labels:"
        )
    one, otherwise = found.estimate, len(found.doubtful)
    whose = (
        "the probabilities of folds" if " and " in found.split else "the run's own probabilities"
    )
    return (
        f"By {whose} at most about {one.count:,.0f} of {found.n:,} {found.split} labels look"
        f" wrong, those with *. The net answers {otherwise:,}"
        f" ({figures.percent(otherwise / max(1, found.n))}) otherwise than labelled: what is merely"
        " hard for it is counted, too, and wrong labels that it repeats are not. Below them stands"
        " what else it answered otherwise."
    )


def _table(rows: Sequence[DoubtfulLabel], *, has_likely: bool) -> str:
    cells = []
    for one in rows:
        star = "*" if one.is_suspect else ""
        source = figures.shorten(one.source, LONGEST)
        split = [one.split] if one.split else []
        cell = [star, one.id, *split, source, _cell(one.given), _cell(one.answer)]
        if has_likely:
            cell += [_cell(one.likely), _percent(one.probability)]
        else:
            cell.append("" if one.loss is None else figures.readable(one.loss, 3))
        cells.append([*cell, one.right])
    middle = ("likely", "of the label") if has_likely else ("loss",)
    split = [one.split for one in rows[:1] if one.split]
    headers = ("", "id", *(["of"] if split else []), "source", "label", "answer", *middle)
    align = "lllll" + ("l" if split else "") + ("lr" if has_likely else "r") + "l"
    return console.table(cells, (*headers, "corrected to"), align)


def _percent(probability: float | None) -> str:
    return "" if probability is None else f"{100 * probability:.1f}%"


def _cell(value: object) -> str:
    return figures.value(value, LONGEST)
