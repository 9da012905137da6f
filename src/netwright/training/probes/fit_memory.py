"""The largest batch whose training step fits into memory, found by trying."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from netwright.base.errors import RecipeError
from netwright.base.figures import size_in_words
from netwright.recipe import Recipe
from netwright.training.probes import memory
from netwright.training.probes.trial_step import TrialStep

MARGIN = 0.1
"""The fraction of the available memory that is left free: other programs grow, and allocators leave
gaps.
"""

CLOSE = 32
"""The search ends when the largest that fits and the smallest that does not differ by less than
1/32.
"""

FIRST = 16


@dataclass(frozen=True)
class Trial:
    """One batch size that was tried; ``peak`` is the bytes that its step took, None when they were
    too many.
    """

    size: int
    peak: int | None


@dataclass(frozen=True)
class Largest:
    """What was found.

    Args:
        size: examples a step, over all processes.
        bound: bytes that a step may take.
        count: training examples: no batch is larger.
    """

    size: int
    bound: int
    count: int
    trials: tuple[Trial, ...]

    def message(self) -> str:
        """One line for a person."""
        taken = max(
            trial.peak
            for trial in self.trials
            if trial.peak is not None and trial.peak <= self.bound
        )
        if self.size >= self.count:
            return (
                f"the largest batch is the whole training split, {self.size:,} examples: its step"
                f" takes {size_in_words(taken)} of {size_in_words(self.bound)}"
            )
        return (
            f"the largest batch is {self.size:,} examples: its step takes about"
            f" {size_in_words(taken)} of {size_in_words(self.bound)} ({len(self.trials)} sizes"
            " tried)"
        )


def find(
    peak_of: Callable[[int], int | None], bound: int, count: int
) -> tuple[int, tuple[Trial, ...]]:
    """The largest size up to ``count`` whose peak stays within ``bound``, to 3%, and every trial.

    Doubling (up to eightfold where the peaks so far, a line in the size, allow it), then bisection
    near where that line meets the bound. At 64 and above the answer is a multiple of 8.

    Args:
        peak_of: size -> bytes, or None when they are too many; grows with the size.

    Raises:
        RecipeError: a single example is too many.
    """
    trials: list[Trial] = []
    low, high, size = 0, count + 1, min(FIRST, count)
    while True:
        found = Trial(size, peak_of(size))
        trials.append(found)
        if found.peak is not None and found.peak <= bound:
            low = size
        else:
            high = size
        if high == 1:
            raise RecipeError(
                f"no batch fits: the step of one example takes more than the {size_in_words(bound)}"
                " there are; take a smaller net or smaller inputs."
            )
        if high - low <= max(1, low // CLOSE):
            break
        size = _next(trials, low, high, bound)
    rounded = low if low < 64 or low == count else low - low % 8
    return rounded, tuple(trials)


def _next(trials: list[Trial], low: int, high: int, bound: int) -> int:
    """A size between ``low``, which fits, and ``high``, which does not or was not tried."""
    never_over = all(trial.peak is not None and trial.peak <= bound for trial in trials)
    guess = _crossing(trials, bound)
    if never_over:
        return min(high - 1, max(2 * low, min(8 * low, guess or 0)))
    middle = (low + high) // 2
    if guess is None or trials[-1].peak is None:  # the line was just seen to mislead
        return max(low + 1, middle)
    eighth = (high - low) // 8
    return max(low + 1, min(high - 1, max(low + eighth, min(high - eighth, guess))))


def _crossing(trials: list[Trial], bound: int) -> int | None:
    """Where the line through the two largest measured peaks meets the bound, less 1%; None before
    there are two.
    """
    known = sorted((trial.size, trial.peak) for trial in trials if trial.peak is not None)[-2:]
    if len(known) < 2 or known[1][1] <= known[0][1]:
        return None
    (small, less), (large, more) = known
    return int(0.99 * (large + (bound - more) * (large - small) / (more - less)))


def largest(trial: TrialStep, bound: int | None = None) -> Largest:
    """The largest batch for this training.

    Args:
        bound: bytes that a step may take; None: what is available, less a tenth and less the
            encoded examples.

    Raises:
        RecipeError: a single example is too many, or the device does not say what it takes.
    """
    device, world = trial.setup.device.torch_device, trial.setup.device.world
    if device.type not in ("cpu", "cuda"):
        raise RecipeError(
            f"the largest batch is searched on cpu and cuda, not on {device.type}: give"
            " training.batch_size a number."
        )
    if bound is None:
        sharing = world if device.type == "cpu" else 1  # processes of one machine share its memory
        bound = int((1 - MARGIN) * memory.available(device) / sharing) - trial.held
    limit, count = bound, trial.count
    if limit <= 0:
        raise RecipeError(
            f"no batch fits: the encoded examples take {size_in_words(trial.held)}, all that is"
            " available; --set training.batches=stream."
        )
    size, trials = find(
        lambda rows: memory.peak(
            lambda: trial.whole_step(rows), limit, device, warm=lambda: trial.whole_step(2)
        ),
        limit,
        -(-count // world),
    )
    return Largest(min(size * world, count), limit, count, trials)


def resolve(trial: TrialStep) -> tuple[Recipe, list[str]]:
    """The recipe with ``training.batch_size: largest`` made a number, and why, in a line each."""
    device, recipe = trial.setup.device, trial.setup.recipe
    found = largest(trial) if device.main else None
    size = int(device.agree(float(found.size if found else 0)))
    rate = recipe.optimizer.lr
    lines = [
        found.message() if found else "",
        (
            f"the learning rate stays {rate:g}, it is not scaled: a batch k times as large often"
            " wants a rate sqrt(k) times as large for Adam and its kin, k times for SGD, with a"
            " warm-up (optimizer.lr, schedule.warmup)"
        ),
    ]
    return recipe.changed({"training.batch_size": size}), lines if device.main else []
