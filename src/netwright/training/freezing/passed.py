"""The first stages of a net passed by, while what they make of each example is kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor, nn

from netwright.training.freezing.stages import Stage


class PassedStages:
    """How many of the first stages are passed by, and whether they are now: until one of them is
    thawed. It is one for a net and its copies, and for the codec that reads for them.
    """

    def __init__(self, count: int) -> None:
        self.count, self.on = count, True
        self.value: Tensor | None = None

    def __deepcopy__(self, memo: dict[int, Any]) -> PassedStages:
        return self


def pass_by(net: nn.Module, stages: Sequence[Stage], passed: PassedStages) -> None:
    """Let these stages' modules, in place, run nothing while they are passed by: the first is given
    what all of them would make, and the last hands that on. Each is of a class of its own then, and
    all weights are there by their names.
    """
    names = [name for stage in stages[: passed.count] for name in stage]
    for name in names:
        module = net.get_submodule(name)
        ends = (name == names[0], name == names[-1])
        module.__class__ = _passing(type(module), passed, *ends)


def _passing(
    kind: type[nn.Module], passed: PassedStages, is_first: bool, is_last: bool
) -> type[nn.Module]:
    def call(self: nn.Module, *inputs: Any) -> Any:
        if not passed.on:
            return kind.__call__(self, *inputs)
        if is_first:
            (passed.value,) = inputs
        value = passed.value
        if is_last:
            passed.value = None
        return value

    return type(kind.__name__, (kind,), {"__call__": call})
