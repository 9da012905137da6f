"""The answers of the nets of folds, put together as if one net had given them.

Each example outside test is answered by the net of its own fold, which never saw it; and, for the
training figure, by the net of the fold after it, which was trained on it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from netwright.base.errors import RunError
from netwright.contract import Answer, AnySystem, Examples
from netwright.runs.record import Record

Splits = Sequence[Sequence[str]]
"""Of each fold, the split of every example."""


@dataclass(frozen=True)
class Pooled:
    """Some examples with the answers of several nets.

    Args:
        rows: of all examples, which these are, ascending.
        answers, losses: one each.
    """

    rows: list[int]
    answers: list[Answer]
    losses: list[float]

    def write(self, record: Record, split: str, system: AnySystem, examples: Examples) -> None:
        """Keep them as the answers of a run on a split."""
        some = examples.take(self.rows)
        record.write_predictions(split, system, some, self.answers, self.losses)


def on_dev(records: Sequence[Record], splits: Splits, system: AnySystem) -> Pooled:
    """Each example by the net that never saw it.

    Raises:
        RunError: a run has not answered its fold.
    """
    found: dict[int, tuple[Answer, float]] = {}
    for record, assigned in zip(records, splits, strict=True):
        rows = [row for row, split in enumerate(assigned) if split == "dev"]
        answers, losses = _answers(record, "dev", system)
        found.update(_by_row(record, rows, answers, losses))
    return _pooled(found)


def on_train(
    records: Sequence[Record],
    splits: Splits,
    system: AnySystem,
    sampled: Callable[[int, int], list[int]],
) -> Pooled:
    """Each example by the net of the fold after its own, which was trained on it.

    Args:
        sampled: (how many training examples there are, how many a run answers) -> which.
    """
    found: dict[int, tuple[Answer, float]] = {}
    for number, (record, assigned) in enumerate(zip(records, splits, strict=True)):
        train = [row for row, split in enumerate(assigned) if split == "train"]
        answers, losses = _answers(record, "train", system)
        rows = [train[at] for at in sampled(len(train), len(answers))]
        before = splits[number - 1]
        own = _by_row(record, rows, answers, losses)
        # by time the first fold's net has what comes before it, which is of no fold
        mine = {row for row in rows if before[row] == "dev"} or set(rows)
        found.update({row: answer for row, answer in own.items() if row in mine})
    return _pooled(found)


def _answers(record: Record, split: str, system: AnySystem) -> tuple[Sequence[Answer], list[float]]:
    losses: list[float] = record.read_predictions(split).frame["loss"].to_list()
    return record.answers(split, system), losses


def _by_row(
    record: Record, rows: Sequence[int], answers: Sequence[Answer], losses: Sequence[float]
) -> dict[int, tuple[Answer, float]]:
    if len(answers) != len(rows):
        raise RunError(
            f"{record.id} holds {len(answers):,} answers on a split, and its fold has"
            f" {len(rows):,} examples there: its files are not those of this study."
        )
    whole = zip(rows, answers, losses, strict=True)
    return {row: (answer, loss) for row, answer, loss in whole}


def _pooled(found: dict[int, tuple[Answer, float]]) -> Pooled:
    rows = sorted(found)
    return Pooled(rows, [found[row][0] for row in rows], [found[row][1] for row in rows])
