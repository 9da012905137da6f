"""The usual methods beside a run's net, fitted once it is trained, and compared pair by pair."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from netwright.base import figures
from netwright.base.errors import NetwrightWarning

if TYPE_CHECKING:
    from netwright.api.run import Run
    from netwright.contract import Examples, Reference


def fitted(run: Run, train: Examples, dev: Examples) -> Callable[[float], Iterator[Reference]]:
    """What fits, within so many seconds, the references of a run's system on one split and gives
    what they say of the other.
    """

    def fit(seconds: float) -> Iterator[Reference]:
        assert run.system.references is not None, "it is asked where there are some"
        return run.system.references(train, dev, run.recipe, run.codec, seconds)

    return fit


def make(
    run: Run,
    dev: Examples,
    fit: Callable[[float], Iterator[Reference]],
    log: Callable[[str], None] | None = None,
    others: Sequence[Reference] = (),
) -> None:
    """Have the references of a run's system fitted, and keep in the run what they say of dev.

    Args:
        dev: as the run's answers on dev are ordered.
        fit: seconds -> the references, each as soon as it is there.
        log: called with a line as each is there.
        others: what is beside the net already, to be kept, too.

    Warns:
        NetwrightWarning: they cannot be made; the run is whole without them.
    """
    from netwright.metrics.measure import lead, measure
    from netwright.runs.answers import references
    from netwright.training.timing.references import seconds_of

    system, seconds = run.system, seconds_of(run.system, run.recipe, run.info.get("time_limit"))
    wanted = system.references is not None and seconds
    if not (wanted or others) or not len(dev):
        return
    metric, kept = system.metrics[0], []
    try:
        own = run.record.read_predictions("dev").answers(system)
        begun = time.monotonic()
        for one in (*others, *(fit(seconds) if wanted else ())):
            if len(one.answers) != len(dev):
                raise ValueError(f"{one.name} gives {len(one.answers)} answers of {len(dev)}")
            found = measure((metric,), dev, one.answers).get(metric.name)
            by = lead(metric, dev, own, one.answers)
            if found is None or by is None:
                return
            kept.append(references.Compared(one, found, by))
            if log is not None:
                figure, taken = figures.figure(metric.name, found), time.monotonic() - begun
                log(f"beside the net: {one.name}, dev {figure}, in {figures.duration(taken)}")
            begun = time.monotonic()
        references.keep(run.record, system, dev, kept)
    except Exception as error:  # whatever a person's own file raises: the training was long
        reason = f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}".rstrip(".: ")
        warnings.warn(
            f"the usual methods beside the net cannot be fitted, and {run.id} is kept without them:"
            f" {reason}.",
            NetwrightWarning,
            stacklevel=2,
        )
