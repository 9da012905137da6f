"""A run that answers several crops of each input: how, what that gains, and what it costs."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from netwright.base.errors import RunError
from netwright.base.measure import Measure
from netwright.metrics.measure import lead

if TYPE_CHECKING:
    from netwright.api.answering import Answering
    from netwright.api.run import Run
    from netwright.contract import Answer, AnySystem, Crops, Examples

AT_ONCE = 256
"""Examples whose crops are in memory together."""


def of_run(run: Run, count: int | None) -> Crops:
    """What gives examples as a run answers them; None: whole, once.

    Raises:
        RunError: its system has no crops, or its inputs have none.
    """
    if count is None:
        return lambda examples: [examples]
    crops: Callable[[Any, Any, int], Crops] | None = run.system.crops
    if crops is None:
        raise RunError(
            f"crops are of images, and {run.id} is of the system '{run.system.name}', which answers"
            " its inputs whole: leave them out."
        )
    return crops(run.codec, run.recipe, count)


def in_parts(answer: Answering) -> Answering:
    """The same, of a few examples at a time."""

    def answered(examples: Examples) -> Sequence[Answer]:
        starts = range(0, len(examples), AT_ONCE)
        return [one for at in starts for one in answer(examples[at : at + AT_ONCE])]

    return answered


def timed(answer: Callable[[], Any]) -> tuple[Any, float]:
    """What it gives, and in how many seconds of the processor: other work takes none of them."""
    begun = time.process_time()
    found = answer()
    return found, time.process_time() - begun


def beside_whole(
    system: AnySystem,
    examples: Examples,
    cropped: Sequence[Answer],
    whole: Sequence[Answer],
    times: float,
) -> dict[str, Measure]:
    """What the answers to crops gain over those to whole inputs, pair by pair, and what they cost.

    Args:
        times: as much time as those take.
    """
    metric, count = system.metrics[0], len(examples)
    found = {"time_of_crops": Measure(times, count, unit="times")}
    gain = lead(metric, examples, cropped, whole)
    if gain is not None:
        ends = gain.low, gain.high
        found["gain_of_crops"] = Measure(gain.value, count, *ends, metric.unit, "higher")
    return found
