"""Several sets of answers to the same examples, drawn anew at once: what differs between them is
not how hard the drawn examples are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from netwright.contract import Answer, AnswerColumns, Examples, Metric
from netwright.metrics import measure
from netwright.metrics.intervals import members_of

Floats: TypeAlias = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Paired:
    """What each of N examples adds to a figure, by each of S sets of answers.

    Args:
        columns: of each set what every example adds.
        groups: of the examples, drawn as one; None: each stands alone.
        weights: one an example; None: all alike.
    """

    metric: Metric
    columns: list[list[Any]]
    groups: Sequence[str] | None
    weights: Sequence[float] | None

    @classmethod
    def of(
        cls,
        metric: Metric,
        examples: Examples,
        answers: Sequence[Sequence[Answer] | AnswerColumns],
    ) -> Paired:
        """Of the examples that count in every set.

        Args:
            answers: one a set, each in the order of the examples.
        """
        counted = measure.known_of(examples, answers[0])[0]
        every = [
            measure.values_of(metric, counted, measure.known_of(examples, some)[1])
            for some in answers
        ]
        rows = list(zip(*every, strict=True))
        whole = [None if None in row else row for row in rows]
        kept, groups, weights = measure.counting(
            whole, measure.groups_of(counted), measure.weights_of(counted)
        )
        columns = [list(column) for column in zip(*kept, strict=True)]
        return cls(metric, columns or [[] for _ in answers], groups, weights)

    @property
    def count(self) -> int:
        """How many examples count."""
        return len(self.columns[0])

    def figures(self) -> Floats:
        """(S,) the figure of each set."""
        return np.array(
            [measure.figure_of(self.metric, column, self.weights) for column in self.columns]
        )

    def draws(self, seed: int = 0, rounds: int | None = None) -> Floats:
        """(R, S) the figures of R draws of as many examples, or groups; NaN where a draw has none.

        Args:
            rounds: R; None: as many as a bootstrap of so many examples takes.
        """
        members = members_of(self.count, self.groups)
        units = self.count if members is None else len(members)
        rounds = measure.rounds_of(len(self.columns) * self.count) if rounds is None else rounds
        generator = np.random.default_rng(seed)
        held = [np.fromiter(column, object, self.count) for column in self.columns]
        heavy = None if self.weights is None else np.asarray(self.weights)
        found = np.empty((rounds, len(held)))
        for at in range(rounds):
            drawn = generator.integers(0, units, units)
            rows = drawn if members is None else np.concatenate([members[one] for one in drawn])
            some = None if heavy is None else heavy[rows].tolist()
            found[at] = [
                measure.figure_of(self.metric, column[rows].tolist(), some) for column in held
            ]
        return found
