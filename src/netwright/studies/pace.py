"""Which trainings of a curve a budget of time allows, by how long the first of them took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from netwright.base.errors import RecipeError
from netwright.base.figures import duration

MOST_REPEATS = 5
"""Of each size, where a budget leaves the time for more."""


@dataclass(frozen=True)
class SizeWanted:
    """A training of a curve.

    Args:
        size: of which it is.
        seed: 0 for the first of its size.
    """

    size: float
    seed: int


@dataclass(frozen=True)
class Took:
    """Seconds of a training.

    Args:
        whole: all that it took.
        steps: of its steps, which its size decides.
    """

    whole: float
    steps: float


@dataclass(frozen=True)
class Budget:
    """The time that a curve may take.

    Args:
        seconds: in all; None: as long as it takes.
        work: size -> how much its training does, beside others: examples times epochs.
    """

    seconds: float | None
    work: Mapping[float, float]

    def expected(self, size: float, taken: Mapping[float, Took]) -> float:
        """Seconds of a training of a size: the steps of the largest one that there is, in
        proportion to what it does, and what each takes beside its steps; of the first that is more,
        as it loads what the others find.

        Args:
            taken: by the trainings of each size, at least one.
        """
        near = max((one for one in taken if one <= size), default=min(taken))
        beside = min(max(0.0, took.whole - took.steps) for took in taken.values())
        ratio = self.work[size] / self.work[near]
        return taken[near].steps * ratio + (beside if len(taken) > 1 else beside / 4)

    def next(
        self, wanted: Sequence[SizeWanted], done: Sequence[tuple[SizeWanted, Took]], fewest: int
    ) -> SizeWanted | None:
        """The first training that is not there, if it fits into what is left; None: nothing more.

        Args:
            wanted: in their order.
            done: those that there are, with their seconds.
            fewest: sizes that say something; they come first.

        Raises:
            RecipeError: the budget does not suffice for these.
        """
        there = [one for one, _ in done]
        left = [one for one in wanted if one not in there]
        if not left or self.seconds is None or not done:
            return left[0] if left else None
        taken = {one.size: took for one, took in done}
        used = sum(took.whole for _, took in done)
        if len(done) < fewest:
            ahead = wanted[len(done) : fewest]
            needed = used + sum(self.expected(one.size, taken) for one in ahead)
            # an estimate from few trainings may be twice as long as what comes
            if used >= self.seconds or needed > 2 * self.seconds:
                raise RecipeError(
                    f"--budget {duration(self.seconds)}: {fewest} sizes take about"
                    f" {duration(needed)}, {duration(used)} of which went into {len(done)}, which"
                    " stay: give more, smaller --sizes or fewer --epochs."
                )
            return left[0]
        fits = used + self.expected(left[0].size, taken) <= self.seconds
        return left[0] if fits else None

    def plan(self, wanted: Sequence[SizeWanted], taken: Mapping[float, Took]) -> tuple[int, float]:
        """How many of the wanted trainings fit, and how long these take, by what is known so far.

        Args:
            taken: by the trainings of each size, at least one.
        """
        total, count = 0.0, 0
        for one in wanted:
            more = self.expected(one.size, taken)
            if self.seconds is not None and total + more > self.seconds:
                break
            total, count = total + more, count + 1
        return count, total
