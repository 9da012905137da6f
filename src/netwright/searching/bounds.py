"""Bounds that a winner must keep to, as people write them, and the figures that they ask for."""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from netwright.base.errors import RecipeError, nearest
from netwright.runs.choice import Bound

if TYPE_CHECKING:
    from netwright.training.setup import TrainingSetup
    from netwright.training.trainer import Training

UNITS: dict[str, dict[str, float]] = {
    "latency": {"us": 1e-6, "ms": 1e-3, "s": 1.0},
    "seconds": {"s": 1.0, "min": 60.0, "h": 3600.0},
    "size": {
        "B": 1.0,
        "kB": 1e3,
        "KB": 1e3,
        "MB": 1e6,
        "GB": 1e9,
        "KiB": 1024.0,
        "MiB": 1024.0**2,
        "GiB": 1024.0**3,
    },
    "parameters": {"": 1.0, "k": 1e3, "M": 1e6},
}
"""fact -> unit -> how many of the fact's own units it is; every metric of the system is a fact,
too, plain or in %.
"""

WARM, TIMED = 5, 30


def parse(text: str, metrics: Sequence[str]) -> Bound:
    """``latency<=5ms`` -> a bound.

    Args:
        metrics: the names of the system's metrics; with ``error`` there is ``accuracy``.

    Raises:
        RecipeError: it does not read like this, or asks for what is not measured.
    """
    known = [*UNITS, *metrics, *(["accuracy"] if "error" in metrics else [])]
    found = re.fullmatch(r"\s*([A-Za-z_]\w*)\s*(<=|>=)\s*([-+.\deE]+?)\s*(%|[A-Za-z]*)\s*", text)
    if found is None or not re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", found[3]):
        raise RecipeError(
            f"--satisfy {text}: expected a figure, <= or >=, and a limit, for example"
            " 'latency<=5ms' or 'size<=200kB'."
        )
    fact, sign, number, unit = found.groups()
    if fact not in known:
        raise RecipeError(
            f"--satisfy {text}: nothing called '{fact}' is measured{nearest(fact, known)}"
        )
    units = UNITS.get(fact, {"": 1.0, "%": 0.01})
    if unit not in units:
        raise RecipeError(
            f"--satisfy {text}: expected {fact} in"
            f" {', '.join(name or 'plain numbers' for name in units)}, got '{unit or 'no unit'}'."
        )
    return Bound(
        fact, "<=" if sign == "<=" else ">=", float(number) * units[unit], text.replace(" ", "")
    )


def facts_of(
    training: Training, measured: dict[str, dict[str, Any]], bounds: Sequence[Bound]
) -> dict[str, float]:
    """What bounds may ask for of a finished training.

    Args:
        measured: metric -> value, on dev.
        bounds: the latency is measured only where one of them asks for it.
    """
    found = {name: float(entry["value"]) for name, entry in measured.items()}
    if "error" in found:
        found["accuracy"] = 1 - found["error"]
    found["size"] = float(training.record.weights.stat().st_size)
    found["parameters"] = float(sum(p.numel() for p in training.setup.net.parameters()))
    found["seconds"] = float(training.record.info()["seconds"])
    if any(bound.fact == "latency" for bound in bounds):
        found["latency"] = latency(training.setup)
    return found


def latency(setup: TrainingSetup) -> float:
    """Seconds from one raw example to its answer, the median of several, one at a time, on the
    device trained on.
    """
    import torch

    net, where = setup.net.eval(), setup.device.torch_device
    one = setup.dev.take([0])

    def answer() -> float:
        began = time.perf_counter()
        with torch.inference_mode():
            batch = setup.codec.prepare(setup.codec.encode(one).to(where), setup.recipe, None)
            list(setup.codec.decode(net, batch, setup.recipe))
        if where.type == "cuda":
            torch.cuda.synchronize(where)
        return time.perf_counter() - began

    for _ in range(WARM):
        answer()
    return statistics.median(answer() for _ in range(TIMED))
