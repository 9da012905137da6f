"""Which batch size: each is tried for a fraction of a second, and one is advised (notes 2.2.10).

A larger batch is more examples a second, until the processor is busy; it is also fewer steps an
epoch, and memory. So: the smallest whose examples/s come near the most that can be had, among those
that fit and leave an epoch enough steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from netwright.base.figures import size_in_words
from netwright.training.probes import memory
from netwright.training.probes.trial_step import TrialStep

SIZES = (16, 32, 64, 128, 256, 512, 1024)
ADVISED = range(16, 513)
"""Sizes that may be advised; larger ones are measured to see where it ends."""

STEPS = 30
"""An epoch shall have so many steps, or small data would be seen many times before the net
learns.
"""

NEAR = 0.8
"""The fraction of the most examples/s at which a size is near enough."""

SMALL = 2000
"""Under so many examples the notes take the whole split as one batch."""

SECONDS = 0.15


@dataclass(frozen=True)
class Measured:
    """One batch size.

    Args:
        seconds: of a step.
        peak: bytes that a step takes; None: more than there are, or not measured on this device.
        steps: of an epoch.
        fits: whether the step runs in the memory there is.
    """

    size: int
    seconds: float
    peak: int | None
    steps: int
    fits: bool = True

    @property
    def rate(self) -> float:
        """Examples a second."""
        return self.size / self.seconds if self.fits else 0.0


@dataclass(frozen=True)
class Advice:
    """What was measured and what follows.

    Args:
        size: advised.
        why: one sentence each.
        usual: what ``training.batch_size: auto`` takes here, or what the recipe says.
        count: training examples.
        bound: bytes that a step may take; None where the device does not say.
    """

    size: int
    why: tuple[str, ...]
    usual: int | str
    count: int
    bound: int | None
    rows: tuple[Measured, ...]

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        rows = [{**asdict(row), "examples_per_second": row.rate} for row in self.rows]
        return {**asdict(self), "rows": rows}


def advise(trial: TrialStep, bound: int | None = None) -> Advice:
    """Measure every size and choose.

    Args:
        bound: bytes that a step may take; None: what is available, less a tenth and less the
            encoded examples.
    """
    device = trial.setup.device.torch_device
    known = device.type in ("cpu", "cuda")
    if bound is None and known:
        bound = max(0, int(0.9 * memory.available(device)) - trial.held)
    sizes = [size for size in SIZES if size < trial.count]
    if trial.count <= SMALL:
        sizes.append(trial.count)
    rows = _measured(trial, sizes, bound)
    size, why = choose(rows, trial.count)
    return Advice(
        size, tuple(why), trial.setup.recipe.training.batch_size, trial.count, bound, tuple(rows)
    )


def _measured(trial: TrialStep, sizes: Sequence[int], bound: int | None) -> list[Measured]:
    """One row a size, up to the first that does not fit; those that fit are timed side by side."""
    peaks: dict[int, int | None] = {}
    for size in sizes:
        peaks[size] = None if bound is None else _peak(trial, size, bound)
        if bound is not None and peaks[size] is None:
            break
    fitting = [size for size in peaks if bound is None or peaks[size] is not None]
    seconds = dict(zip(fitting, trial.seconds(fitting, SECONDS), strict=True))
    return [
        Measured(size, seconds.get(size, 0.0), peak, -(-trial.count // size), fits=size in seconds)
        for size, peak in peaks.items()
    ]


def _peak(trial: TrialStep, size: int, bound: int) -> int | None:
    device = trial.setup.device.torch_device
    return memory.peak(
        lambda: trial.whole_step(size), bound, device, warm=lambda: trial.whole_step(2)
    )


def choose(rows: Sequence[Measured], count: int) -> tuple[int, list[str]]:
    """The size to advise among ``rows``, smallest first, and why."""
    fitting = [row for row in rows if row.fits]
    if not fitting:
        return 1, [
            "no size that was tried fits into memory: training.accumulate works a batch through in"
            " parts."
        ]
    allowed = [
        row for row in fitting if row.size in ADVISED and count >= STEPS * row.size
    ] or fitting[:1]
    best = max(row.rate for row in allowed)
    near = [row for row in allowed if row.rate >= NEAR * best]
    chosen = near[0] if count < SMALL else next((row for row in near if row.size >= 64), near[0])
    why = [_why(chosen, allowed, fitting, count)]
    if len(fitting) < len(rows):
        why.append(
            f"{rows[len(fitting)].size:,} does not fit into memory; --largest finds what does."
        )
    if count < SMALL:
        why.append(
            f"The notes take the whole split, {count:,}, as one batch under {SMALL:,} examples: the"
            f" exact gradient, one step an epoch, so about {-(-count // chosen.size)} times the"
            " epochs for as many steps."
        )
    return chosen.size, why


def _why(
    chosen: Measured, allowed: Sequence[Measured], fitting: Sequence[Measured], count: int
) -> str:
    after = [row for row in fitting if row.size > chosen.size]
    faster = max((row.rate for row in after), default=0.0) / chosen.rate
    if count < STEPS * chosen.size:
        return (
            f"{chosen.size}: {count:,} examples are few, and larger batches leave an epoch fewer"
            f" than {chosen.steps} steps."
        )
    if chosen is allowed[-1] and after and after[0].size in ADVISED:
        return (
            f"{chosen.size}: an epoch keeps {chosen.steps:,} steps; larger batches, up to"
            f" {faster:.1f} times the examples/s, leave fewer than {STEPS}."
        )
    if faster < 1.05:
        return (
            f"{chosen.size}: larger batches bring no more examples/s here, and fewer steps an"
            " epoch."
        )
    return (
        f"{chosen.size}: an epoch keeps {chosen.steps:,} steps; larger batches are up to"
        f" {faster:.1f} times as fast, and leave fewer steps, of which a small split has few."
    )


def memory_in_words(row: Measured, bound: int | None) -> str:
    """``12 MB``, ``-`` where the device does not say, or that it is too much."""
    if not row.fits:
        return "too much"
    return "-" if row.peak is None or bound is None else size_in_words(row.peak)
