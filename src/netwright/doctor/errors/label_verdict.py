"""Whether wrong labels are worth fixing (notes 3.2.3)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from netwright.base import figures
from netwright.doctor.errors.table import ErrorTable
from netwright.runs.annotations.lines import LABEL_IS_WRONG

WORTH = 0.15
"""The fraction of the dev error from which wrong labels are worth the time: between the notes' 6%
(0.6 of 10 points: other causes first) and 30% (0.6 of 2 points: fix them).
"""

FEWEST = 20
"""Mistakes that a verdict takes, where there are as many."""

Worth = Literal["fix", "leave", "unclear", "unknown"]


@dataclass(frozen=True)
class LabelVerdict:
    """Whether wrong labels are worth fixing.

    Args:
        worth: ``fix``, ``leave``; ``unclear``: too few mistakes were looked at; ``unknown``: none
            were.
        fraction, low, high: of the dev error, how much is wrong labels, with its 95% interval.
        looked_at: mistakes that this stands on.
        winner_before, winner_after: the best run on these dev examples by the labels of the source
            and by the corrected ones; empty: there is no other run.
        message: all of it in words.
    """

    worth: Worth
    fraction: float | None
    low: float | None
    high: float | None
    looked_at: int
    winner_before: str
    winner_after: str
    message: str

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def verdict(table: ErrorTable, run: str, winners: tuple[str, str] = ("", "")) -> LabelVerdict:
    """By the mistakes that people looked at.

    Args:
        run: its id, for commands.
        winners: the best run before and after the corrections.
    """
    before, after = winners
    turned = before != after
    n = table.looked_at
    kind = next((one for one in table.kinds if one.tag == LABEL_IS_WRONG), None)
    if not n or not table.is_random:
        worth: Worth = "fix" if turned else "unknown"
        message = f"{_unknown(table, run)}{_turned(before, after)}"
        return LabelVerdict(worth, None, None, None, n, before, after, message)
    if kind is None:
        from netwright.metrics.intervals import wilson

        fraction, (low, high) = 0.0, wilson(0, n)
    else:
        assert kind.low is not None and kind.high is not None
        fraction, low, high = kind.fraction, kind.low, kind.high
    worth = "fix" if low >= WORTH else "leave" if high < WORTH else "unclear"
    if n < min(FEWEST, table.level.mistakes):
        worth = "unclear"
    if turned:
        worth = "fix"
    part = figures.percent(fraction, low, high)
    message = (
        f"Wrong labels are {part} of the dev error, of {n:,} mistakes looked at: {_WORDS[worth]}."
    )
    return LabelVerdict(
        worth, fraction, low, high, n, before, after, f"{message}{_turned(before, after)}"
    )


_WORDS: dict[Worth, str] = {
    "fix": "worth fixing, in dev and test alike",
    "leave": "not worth fixing now, other causes are larger",
    "unclear": "look at more mistakes to know whether they are worth fixing",
}


def _unknown(table: ErrorTable, run: str) -> str:
    if table.looked_at:
        return (
            "The worst mistakes were looked at, which say nothing of the others: look at drawn"
            f" ones, netwright errors {run}."
        )
    return (
        "How much of the error is wrong labels is known once mistakes are looked at: netwright"
        f" errors {run}."
    )


def _turned(before: str, after: str) -> str:
    if not before:
        return ""
    if before == after:
        return f" The corrections leave {before} the best run on these examples."
    return f" The corrections change which run is the best: {after}, no longer {before}."
