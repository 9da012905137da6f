"""Bounds that a winner must keep to, as people write them, and the figures that they ask for."""

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

UNITS: Mapping[str, Mapping[str, float]] = {
    "latency": {"us": 1e-6, "ms": 1e-3, "s": 1.0},
    "seconds": {"s": 1.0, "min": 60.0, "h": 3600.0},
    "size": typed_numbers.BYTES,
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
    found = re.fullmatch(
        rf"\s*([A-Za-z_]\w*)\s*(<=|>=)(\s*{typed_numbers.NUMBER}\s*(?:%|[A-Za-z]*)\s*)", text
    )
    if found is None:
        raise RecipeError(
            f"--satisfy {text}: expected a figure, <= or >=, and a limit, for example"
            " 'latency<=5ms' or 'size<=200kB'."
        )
    fact, sign, limit = found.groups()
    if fact not in known:
        raise RecipeError(
            f"--satisfy {text}: nothing called '{fact}' is measured{nearest(fact, known)}"
        )
    units = UNITS.get(fact, {"": 1.0, "%": 0.01})
    try:
        size = typed_numbers.quantity(limit, units)
    except UnreadableError as error:
        raise RecipeError(f"--satisfy {text}: {fact}: {error}.") from None
    return Bound(fact, "<=" if sign == "<=" else ">=", size, text.replace(" ", ""))


def facts_of(
    job: TrainingSetup, measured: Mapping[str, Measure], bounds: Sequence[Bound]
) -> dict[str, float]:
    """What bounds may ask for of a finished training.

    Args:
        measured: metric -> figure, on dev.
        bounds: the latency is measured only where one of them asks for it.
    """
    found = {name: entry.value for name, entry in measured.items()}
    if "error" in found:
        found["accuracy"] = 1 - found["error"]
    found["size"] = float(job.record.weights.stat().st_size)
    found["parameters"] = float(sum(p.numel() for p in job.net.parameters()))
    found["seconds"] = float(job.record.info()["seconds"])
    if any(bound.figure == "latency" for bound in bounds):
        found["latency"] = latency(job)
    return found


def latency(job: TrainingSetup) -> float:
    """Seconds from one raw example to its answer, the median of several, one at a time, on the
    device trained on.
    """
    import torch

    net, where = job.net.eval(), job.device.torch_device
    one = job.parts["dev"].take([0])

    def answer() -> float:
        began = time.perf_counter()
        with torch.inference_mode():
            batch = job.codec.prepare(job.codec.encode(one).to(where), job.recipe, None)
            list(job.codec.decode(net, batch, job.recipe))
        if where.type == "cuda":
            torch.cuda.synchronize(where)
        return time.perf_counter() - began

    for _ in range(WARM):
        answer()
    return statistics.median(answer() for _ in range(TIMED))
