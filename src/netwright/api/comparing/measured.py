"""What is measured of a run beside its metrics: how fast, how large."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from netwright.api import answering
from netwright.api.kept import members
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
            of_run["size"] = _measure("size", float(sum(map(_size, _nets(run)))))
    if {"latency", "memory"} & set(names):
        for of_run, measured in zip(found, _by_answering(runs), strict=True):
            of_run |= {n: one for n, one in measured.items() if n in names}
    return found


def _nets(run: Run) -> list[Run]:
    """The runs whose nets answer: itself, or those that answer for it."""
    return [Run(one) for one in members.of(run.record)] or [run]


def _size(run: Run) -> int:
    run.record.check_weights()
    return run.record.weights.stat().st_size


def _measure(name: str, value: float) -> Measure:
    return Measure(value, 1, unit=COSTS[name].unit)


def _by_answering(runs: Sequence[Run]) -> list[dict[str, Measure]]:
    """Of a run for which several nets answer one after the other, the sums of theirs."""
    from netwright.training.timing.latency import TIMED, latencies

    several = [_nets(run) for run in runs]
    nets = [list(map(_trained, of_run)) for of_run in several]
    examples = [_one_example(run) for run in runs]
    flat = [(net, one) for of_run, one in zip(nets, examples, strict=True) for net in of_run]
    times = iter(latencies([net for net, _ in flat], [one for _, one in flat]))
    found = []
    for of_run, of_nets, one in zip(several, nets, examples, strict=True):
        taken = [next(times) for _ in of_nets]
        median, low, high = (sum(part) for part in zip(*taken, strict=True))
        peak = sum(_memory(run, net, one) for run, net in zip(of_run, of_nets, strict=True))
        unit = COSTS["latency"].unit
        latency = Measure(median, TIMED, low, high, unit)
        found.append({"latency": latency, "memory": _measure("memory", peak)})
    return found


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
