"""The receptive field: the part of the input that a unit sees, found without knowing the net.

What is no number (NaN) goes into all that is computed from it, and into nothing else. So the
input's pixels are made NaN, one row across an axis at a time: the units that are NaN then see that
row. This is exact for filters of any form, norms, poolings, branches and shortcuts, and says by
itself where a field ends at the border, or where a unit sees all (a squeeze, an attention).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from netwright.nets.inside.maps import Forward, watching

AT_ONCE = 1 << 20
"""Numbers of the inputs that are run at once."""

THIN = (32, 96)
"""Pixels across the axis that is looked at, by which it is tried before all are run: what lies
along an axis does not depend on how many there are across it, where the net takes so few.
"""


@dataclass(frozen=True)
class Along:
    """What the units of a map see along one axis.

    Args:
        starts, stops: of the unit at each place, the first pixel that it sees and the one behind
            the last; (0, 0) of one that sees none.
    """

    starts: tuple[int, ...]
    stops: tuple[int, ...]

    @property
    def size(self) -> int:
        """Pixels of the largest one: those at the border see less."""
        return max(stop - start for start, stop in zip(self.starts, self.stops, strict=True))

    @property
    def stride(self) -> int:
        """Pixels from a unit to its neighbour, away from the border; 0 where there is one place."""
        steps = [second - first for first, second in pairwise(self.starts)]
        steps += [second - first for first, second in pairwise(self.stops)]
        return max(set(steps), key=lambda step: (steps.count(step), step), default=0)


Field = tuple[Along, ...]
"""One for each axis."""


def fields(
    net: nn.Module, forward: Forward, example: Tensor, names: Sequence[str]
) -> dict[str, Field]:
    """What the units of these modules see.

    Args:
        net: in evaluation mode, on the CPU.
        example: (1, C, *axes) any input.
    """
    found: dict[str, list[Along]] = {name: [] for name in names}
    with torch.no_grad(), _plain_sums():
        for axis in range(2, example.dim()):
            for name, reached in _reached(net, forward, example, names, axis).items():
                found[name].append(_along(reached))
    return {name: tuple(along) for name, along in found.items()}


def _reached(
    net: nn.Module, forward: Forward, example: Tensor, names: Sequence[str], axis: int
) -> dict[str, Tensor]:
    """(pixels, places) of each module: whether the pixel reaches the place, along this axis."""
    parts: dict[str, list[Tensor]] = {name: [] for name in names}
    example = _thin(net, forward, example, names, axis)
    count, at_once = example.shape[axis], max(1, AT_ONCE // example.numel())
    for first in range(0, count, at_once):
        pixels = range(first, min(first + at_once, count))
        inputs = example.repeat(len(pixels), *(1,) * (example.dim() - 1))
        for row, pixel in enumerate(pixels):
            inputs[row].select(axis - 1, pixel).fill_(torch.nan)
        for name, output in _maps(net, forward, inputs, names).items():
            others = [at for at in range(1, output.dim()) if at != axis]
            parts[name].append(output.isnan().amax(others))
    return {name: torch.cat(some) for name, some in parts.items()}


def _thin(
    net: nn.Module, forward: Forward, example: Tensor, names: Sequence[str], axis: int
) -> Tensor:
    """The example, of few pixels across the axis, where the modules can be run on so few."""
    for side in THIN:
        thin = example
        for other in range(2, example.dim()):
            if other != axis:
                thin = thin.narrow(other, 0, min(side, thin.shape[other]))
        try:
            _maps(net, forward, thin, names)
        except (RuntimeError, ValueError):
            continue
        return thin
    return example


def _maps(
    net: nn.Module, forward: Forward, inputs: Tensor, names: Sequence[str]
) -> dict[str, Tensor]:
    """Of each module the first map that it puts out; the net is run no further than that."""
    found: dict[str, Tensor] = {}

    def note(name: str, output: Tensor) -> None:
        found.setdefault(name, output.clone())
        if len(found) == len(names):
            raise _AllSeenError

    with watching(net, names, inputs.dim() - 2, note), contextlib.suppress(_AllSeenError):
        forward(inputs)
    return found


class _AllSeenError(Exception):
    """What comes after the last module that is looked at need not be run."""


def _along(reached: Tensor) -> Along:
    count, is_seen = len(reached), reached.any(0)
    first = reached.int().argmax(0) * is_seen
    stop = (count - reached.flip(0).int().argmax(0)) * is_seen
    return Along(tuple(first.tolist()), tuple(stop.tolist()))


@contextlib.contextmanager
def _plain_sums() -> Iterator[None]:
    """Without the libraries that take filters by detours (Winograd), on which a NaN goes further
    than its filter does.
    """
    onednn: Any = torch.backends.mkldnn
    before = onednn.set_flags(_enabled=False, _fp32_precision=None)[0]
    try:
        with torch.backends.nnpack.flags(enabled=False):
            yield
    finally:
        onednn.set_flags(_enabled=before, _fp32_precision=None)
