"""Bounds that a winner must keep to, as people write them, and the figures that they limit."""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from netwright.base import typed_numbers
from netwright.base.errors import RecipeError, UnreadableError, nearest
from netwright.base.measure import Measure
from netwright.runs.choice import Bound

if TYPE_CHECKING:
    from netwright.training.setup import TrainingSetup
    from netwright.training.trainer import PreparedTraining

UNITS: Mapping[str, Mapping[str, float]] = {
    "latency": {"us": 1e-6, "ms": 1e-3, "s": 1.0},
    "seconds": {"s": 1.0, "min": 60.0, "h": 3600.0},
    "size": typed_numbers.BYTES,
    "parameters": {"": 1.0, "k": 1e3, "M": 1e6},
}
"""Name of a figure -> unit -> its size in the figure's own unit.

Every metric of the system may be bounded, too, as a plain number or in %.
"""

WARM, TIMED = 5, 30
"""Answers given before the clock starts, and those that are timed."""


def parse(text: str, metrics: Sequence[str]) -> Bound:
    """``latency<=5ms`` -> a bound.

    Args:
        text: a figure, ``<=`` or ``>=``, a limit and its unit.
        metrics: the names of the system's metrics; with ``error`` there is ``accuracy``.

    Raises:
        RecipeError: it does not read like this, or asks for what is not measured.
    """
    measured = [*UNITS, *metrics, *(["accuracy"] if "error" in metrics else [])]
    match = re.fullmatch(
        rf"\s*([A-Za-z_]\w*)\s*(<=|>=)(\s*{typed_numbers.NUMBER}\s*(?:%|[A-Za-z]*)\s*)", text
    )
    if match is None:
        raise RecipeError(
            f"--satisfy {text}: expected a figure, <= or >=, and a limit, for example"
            " 'latency<=5ms' or 'size<=200kB'."
        )
    name, sign, limit = match.groups()
    if name not in measured:
        raise RecipeError(
            f"--satisfy {text}: nothing called '{name}' is measured{nearest(name, measured)}"
        )
    units = UNITS.get(name, {"": 1.0, "%": 0.01})
    try:
        size = typed_numbers.quantity(limit, units)
    except UnreadableError as error:
        raise RecipeError(f"--satisfy {text}: {name}: {error}.") from None
    return Bound(name, "<=" if sign == "<=" else ">=", size, text.replace(" ", ""))


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
        figures["latency"] = latency(training.setup)
    return figures


def latency(setup: TrainingSetup) -> float:
    """Seconds from one raw example to its answer, the median of 30, on the device trained on."""
    import torch

    from netwright.training import carry
    from netwright.training.units import units_of

    net, device = setup.net.eval(), setup.device.torch_device
    example = setup.dev.take([0])

    def answer() -> float:
        began = time.perf_counter()
        with torch.inference_mode():
            units = units_of(setup.system, example, setup.recipe, setup.codec).units
            encoded = setup.codec.encode(units).padded().to(device)
            prepared = setup.codec.prepare(encoded, setup.recipe, None)
            batch = carry.begun(setup.system, net, prepared, setup.recipe)
            outputs = setup.system.forward(net, batch, setup.recipe)
            list(setup.codec.decode(net, outputs, batch, setup.recipe, {}))
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        return time.perf_counter() - began

    for _ in range(WARM):
        answer()
    return statistics.median(answer() for _ in range(TIMED))
