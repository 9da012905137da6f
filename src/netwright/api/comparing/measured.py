"""What is measured of a run beside its metrics: how fast, how large."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from netwright.api import answering
from netwright.api.run import Run
from netwright.base.errors import DataError, RunError
from netwright.base.measure import Measure
from netwright.runs.choosing.costs import COSTS

if TYPE_CHECKING:
    from netwright.contract import Examples
    from netwright.training.timing.latency import Trained


def costs(runs: Sequence[Run], names: Collection[str]) -> list[dict[str, Measure]]:
    """Of each run those of these figures: ``size`` of its weights in bytes, ``parameters``,
    ``seconds`` of its training, and, measured here and now, ``latency`` (seconds from one raw
    example to its answer, the median of 30 in turn, with its interval) and ``memory`` (bytes of its
    weights and of what the net takes to answer one example).

    Raises:
        RunError: latency or memory are wanted, and the data of a run cannot be read again; or its
            weights are not there.
    """
    found: list[dict[str, Measure]] = [{} for _ in runs]
    for of_run, run in zip(found, runs, strict=True):
        of_run |= {
            n: _measure(n, float(run.info[n])) for n in ("parameters", "seconds") if n in names
        }
        if "size" in names:
            run.record.check_weights()
            of_run["size"] = _measure("size", float(run.record.weights.stat().st_size))
    if {"latency", "memory"} & set(names):
        for of_run, measured in zip(found, _by_answering(runs), strict=True):
            of_run |= {n: one for n, one in measured.items() if n in names}
    return found


def _measure(name: str, value: float) -> Measure:
    return Measure(value, 1, unit=COSTS[name].unit)


def _by_answering(runs: Sequence[Run]) -> list[dict[str, Measure]]:
    from netwright.training.timing.latency import TIMED, latencies

    nets = [_trained(run) for run in runs]
    examples = [_one_example(run) for run in runs]
    peaks = list(map(_memory, runs, nets, examples))
    return [
        {
            "latency": Measure(taken.median, TIMED, taken.low, taken.high, COSTS["latency"].unit),
            "memory": _measure("memory", peak),
        }
        for taken, peak in zip(latencies(nets, examples), peaks, strict=True)
    ]


def _trained(run: Run) -> Trained:
    from netwright.training import devices
    from netwright.training.timing.latency import Trained

    net = run.net
    device = devices.choose(run.recipe.training.device, "float32", net).torch_device
    return Trained(run.system, net.to(device), run.codec, run.recipe, run.chosen, device)


def _memory(run: Run, trained: Trained, example: Examples) -> float:
    """Bytes of the weights and of what the net takes to answer, once the example is encoded."""
    from netwright.training.probes import memory

    encoded, device = trained.encoded(example), trained.device

    def work() -> None:
        trained.answer(encoded)

    taken = memory.peak(work, memory.available(device), device, warm=work)
    if taken is None:
        raise RunError(f"{run.id}: answering one example takes more memory than there is.")
    net = trained.net
    return float(taken + sum(part.nbytes for part in (*net.parameters(), *net.buffers())))


def _one_example(run: Run) -> Examples:
    """The first one of dev, raw; of train, where the run holds out none itself.

    Raises:
        RunError: the run's data cannot be read again.
    """
    try:
        split = "train" if "folds" in run.info else "dev"
        return answering.of_split(run.system, run.recipe, run.record, split).take([0])
    except (DataError, RunError):
        raise RunError(
            f"latency and memory are measured on an example of the data of {run.id}, which are not"
            f" where they were, or have changed: put {run.recipe.data.source or 'them'} back, or"
            " leave latency and memory out."
        ) from None
