"""A step compiled for this machine by ``torch.compile`` (inductor), and what the wait for it buys.

The recorded step (``steps.trace``: forward and backward as one list of operations) is compiled for
batches of one shape; the odd last batch of an epoch steps by autograd. Random numbers come from the
same generator as autograd's, so that dropout draws the same; sums are added in another order, so
that results agree with autograd's to rounding and not bit for bit.
"""

from __future__ import annotations

import contextlib
import copy
import importlib.util
import math
import os
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

import torch
from torch import Tensor

from netwright.base.errors import RecipeError
from netwright.contract import Batch
from netwright.recipe import Recipe
from netwright.training.devices import Device
from netwright.training.steps.autograd import Eager, Step
from netwright.training.steps.traced import Traced, layout_of, record, trace

AGREE = {torch.float32: 1e-3, torch.bfloat16: 5e-2}
"""By how much the compiled gradient may differ from autograd's, relative to its norm."""

FARTHER, ROUNDED = 2.0, 0.05
"""Beyond that it may lie so many times as far from float64's as autograd's does, if autograd's lies
within a twentieth of it (more is no rounding: dropout draws other masks in float64). ResNet-18,
batch 128: autograd's 0.8%, the compiled one's 0.3%.
"""


@dataclass(frozen=True)
class Costs:
    """Seconds of a step each way, and of the wait.

    Args:
        wait: that recording and compiling took.
        traced: None when the step cannot be recorded and replayed.
    """

    wait: float
    eager: float
    traced: float | None
    compiled: float

    @property
    def without(self) -> float:
        """A step as it would be without compiling: the faster of the other ways."""
        return self.eager if self.traced is None else min(self.eager, self.traced)

    @property
    def break_even(self) -> int | None:
        """Steps that win back the wait, wait / (step without - compiled step); None when a step is
        not faster.
        """
        gain = self.without - self.compiled
        return math.ceil(self.wait / gain) if gain > 0 else None

    def words(self, left: int) -> str:
        """One line for a person, of a run with ``left`` steps to go."""
        traced = "" if self.traced is None else f", {1e3 * self.traced:.3g} ms traced"
        pays = f"pays from {self.break_even:,} steps on" if self.break_even else "never pays here"
        return (
            f"compiled steps: compiled in {self.wait:.1f} s; a step takes {1e3 * self.eager:.3g} ms"
            f" eager{traced}, {1e3 * self.compiled:.3g} ms compiled: it {pays}, and this training"
            f" has {left:,} to go"
        )


def refuse(recipe: Recipe, device: Device) -> None:
    """See that a compiled step can be had where the recipe asks for one.

    Raises:
        RecipeError: the recipe asks for a compiled step, which is not possible here.
    """
    if recipe.training.step != "compiled":
        return
    if recipe.training.accumulate > 1:
        raise RecipeError(
            "training.step = 'compiled' with training.accumulate above 1: the parts of a batch"
            " differ in size; choose one."
        )
    if device.world > 1:
        raise RecipeError(
            "training.step = 'compiled' works in one process, and this training has"
            f" {device.world}: leave it at auto."
        )
    if device.torch_device.type not in ("cpu", "cuda"):
        raise RecipeError(
            f"training.step = 'compiled' works on cpu and cuda, not on {device.torch_device.type}:"
            " leave it at auto."
        )
    if compiler() is None:
        raise RecipeError(
            "training.step = 'compiled' needs a C++ compiler (g++, clang++ or what CXX names), and"
            " none is on the PATH: install one, for example with 'apt install g++', or leave"
            " training.step at auto."
        )
    if device.torch_device.type == "cuda" and importlib.util.find_spec("triton") is None:
        raise RecipeError(
            "training.step = 'compiled' needs the package triton on cuda: pip install triton, or"
            " leave it at auto."
        )


def compiler() -> str | None:
    """The C++ compiler that torch would call; None when there is none."""
    names = [os.environ["CXX"]] if os.environ.get("CXX") else ["g++", "clang++"]
    return next((path for name in names if (path := shutil.which(name))), None)


def compile_step(eager: Eager, batch: Batch) -> tuple[Traced, Costs]:
    """The step compiled for batches like this one, and what it costs; net, gradient and random
    state are left as they were.

    Raises:
        RecipeError: the net cannot be compiled, or the compiled step does not agree with autograd.
    """
    begun = time.perf_counter()
    try:
        step = Traced(eager, _program(eager, batch), layout_of(batch))
        difference = _difference(eager, step, batch)
        agrees = difference <= AGREE[eager.device.precision] or _as_exact(eager, step, batch)
    except Exception as error:  # whatever torch cannot compile, it says in its own exceptions
        reason = (str(error).strip().splitlines() or [""])[0][:150]
        raise RecipeError(
            f"training.step = 'compiled': this net cannot be compiled ({type(error).__name__}:"
            f" {reason}); leave it at auto."
        ) from error
    wait = time.perf_counter() - begun
    if not agrees:
        raise RecipeError(
            "training.step = 'compiled': the compiled gradient differs from autograd's by"
            f" {difference:.2g} of its norm: leave it at auto."
        )
    return step, _costs(wait, eager, step, batch)


def _program(eager: Eager, batch: Batch) -> Callable[..., list[Tensor]]:
    import torch._inductor.config as inductor

    compiled = torch.compile(trace(eager, batch), dynamic=False, fullgraph=True)

    def program(*tensors: Tensor) -> list[Tensor]:
        with torch.no_grad():  # the graph holds its own backward pass
            found: list[Tensor] = compiled(*tensors)
            return found

    with inductor.patch(fallback_random=True), eager.untouched():
        program(*batch.tensors(), _total(batch))
    return program


def _difference(eager: Eager, step: Traced, batch: Batch) -> float:
    """|compiled - autograd| / |autograd| over loss and gradient together, from the same random
    state.
    """
    return _apart(_found(step, eager, batch), _found(eager, eager, batch))


def _as_exact(eager: Eager, step: Traced, batch: Batch) -> bool:
    """Whether the compiled gradient is about as near to float64's as autograd's is."""
    if eager.device.precision != torch.float32:
        return False
    net = copy.deepcopy(eager.net).double()
    doubled = batch.map(lambda tensor: tensor.double() if tensor.is_floating_point() else tensor)
    with eager.untouched():
        loss = eager.loss(net, doubled).sum() / _total(doubled)
    named = dict(net.named_parameters())
    exact = [
        loss.detach(),
        *torch.autograd.grad(
            loss, [named[name] for name in eager.weights.names], materialize_grads=True
        ),
    ]
    autograds, ours = (_apart(_found(way, eager, batch), exact) for way in (eager, step))
    return autograds <= ROUNDED and ours <= FARTHER * autograds


def _found(way: Step, eager: Eager, batch: Batch) -> list[Tensor]:
    """Loss and gradient of every parameter, in float64; the weights' own gradient is left at 0."""
    with eager.untouched():
        found = [
            way(batch, _total(batch)).double(),
            *(slot.double() for slot in eager.weights.slots),
        ]
    eager.weights.gradient.zero_()
    return found


def _apart(ours: Sequence[Tensor], theirs: Sequence[Tensor]) -> float:
    """|ours - theirs| / |theirs|, over all tensors together."""
    gap = math.fsum(float((a - b).square().sum()) for a, b in zip(ours, theirs, strict=True))
    return math.sqrt(gap / max(math.fsum(float(b.square().sum()) for b in theirs), 1e-24))


def _costs(wait: float, eager: Eager, compiled: Step, batch: Batch) -> Costs:
    ways: dict[str, Step] = {"eager": eager, "compiled": compiled}
    with contextlib.suppress(Exception):  # some graphs compile that cannot be replayed in Python
        ways["traced"] = record(eager, batch)
    with eager.untouched():
        times = interleaved(ways, batch)
    eager.weights.gradient.zero_()
    return Costs(wait, times["eager"], times.get("traced"), times["compiled"])


def interleaved(
    ways: Mapping[str, Step], batch: Batch, rounds: int = 7, seconds: float = 0.02
) -> dict[str, float]:
    """Way -> seconds of a step: the median over rounds in which every way takes its turn.

    Args:
        seconds: about how long each way's turn lasts, one step at least.
    """
    total = _total(batch)
    counts = {
        name: max(1, min(100, int(seconds / _timed(step, batch, total, 2))))
        for name, step in ways.items()
    }
    found: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, step in ways.items():
            found[name].append(_timed(step, batch, total, counts[name]))
    return {name: median(times) for name, times in found.items()}


def _timed(step: Step, batch: Batch, total: Tensor, count: int) -> float:
    before = time.perf_counter()
    for _ in range(count):
        loss = step(batch, total)
    float(loss)  # an accelerator is waited for
    return (time.perf_counter() - before) / count


def _total(batch: Batch) -> Tensor:
    return batch.divisors().sum().clamp_min(1e-8)
