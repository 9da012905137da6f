"""The figures of a trial that a bound may limit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from netwright.base.measure import Measure
from netwright.contract import Metric
from netwright.runs.choosing import bounds as written
from netwright.runs.choosing.choice import Bound
from netwright.runs.choosing.costs import COSTS

if TYPE_CHECKING:
    from netwright.training.setup import TrainingSetup
    from netwright.training.trainer import PreparedTraining

MEASURED = ("latency", "seconds", "size", "parameters")
"""Beside the metrics of the system."""


def parse(text: str, metrics: Sequence[Metric]) -> Bound:
    """``latency<=5ms`` -> a bound.

    Args:
        metrics: the system's; with ``error`` there is ``accuracy``.

    Raises:
        RecipeError: it does not read like this, or asks for what is not measured.
    """
    units = {name: COSTS[name].unit for name in MEASURED} | {one.name: one.unit for one in metrics}
    if "error" in units:
        units["accuracy"] = "fraction"
    return written.parse(text, units)


def figures_of(
    training: PreparedTraining, measured: Mapping[str, Measure], bounds: Sequence[Bound]
) -> dict[str, float]:
    """Every figure of a finished training that a bound may limit, by name.

    Args:
        measured: metric -> its measured value, on dev.
        bounds: the latency is measured only if one of them limits it.
    """
    figures = {name: found.value for name, found in measured.items()}
    if "error" in figures:
        figures["accuracy"] = 1 - figures["error"]
    figures["size"] = float(training.record.weights.stat().st_size)
    figures["parameters"] = float(training.setup.parameters)
    figures["seconds"] = float(training.record.info()["seconds"])
    if any(bound.figure == "latency" for bound in bounds):
        figures["latency"] = _latency(training.setup)
    return figures


def _latency(setup: TrainingSetup) -> float:
    """Seconds from one raw example to its answer, on the device trained on."""
    from netwright.training.timing.latency import Trained, latencies

    device = setup.device.torch_device
    net = Trained(setup.system, setup.net.eval(), setup.codec, setup.recipe, {}, device)
    return latencies([net], [setup.dev.take([0])])[0].median
