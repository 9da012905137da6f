"""The maps of a net: what its modules put out that still lies at places of the input.

Any net of filters: (B, C, T) of a signal, (B, C, H, W) of a picture, (B, C, D, H, W) of a volume.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence

from torch import Tensor, nn

Forward = Callable[[Tensor], object]
"""Runs a net on (B, C, *axes)."""

Seen = Callable[[str, Tensor], None]
"""Called with a module's name and its map, (B, K, *axes), before anything changes it in place."""


@contextlib.contextmanager
def watching(net: nn.Module, names: Sequence[str], axes: int, seen: Seen) -> Iterator[None]:
    """Within it, ``seen`` is called for each of these modules that puts out a map.

    Args:
        names: as ``named_modules`` has them.
        axes: how many axes the input has: 1 of a signal, 2 of a picture, 3 of a volume.
    """

    def note(name: str) -> Callable[[nn.Module, object, object], None]:
        def hook(module: nn.Module, inputs: object, output: object) -> None:
            if isinstance(output, Tensor) and output.dim() == axes + 2:
                seen(name, output)

        return hook

    modules = dict(net.named_modules())
    hooks = [modules[name].register_forward_hook(note(name)) for name in names]
    try:
        yield
    finally:
        for one in hooks:
            one.remove()


def shapes(net: nn.Module, forward: Forward, inputs: Tensor) -> dict[str, tuple[int, ...]]:
    """Each module that puts out a map, in the order in which they run -> (K, *axes) of its map."""
    found: dict[str, tuple[int, ...]] = {}

    def note(name: str, output: Tensor) -> None:
        found.setdefault(name, tuple(output.shape[1:]))

    names = [name for name, _ in net.named_modules() if name]
    with watching(net, names, inputs.dim() - 2, note):
        forward(inputs)
    return found


def of_stages(
    stages: Sequence[Sequence[str]], maps: Mapping[str, tuple[int, ...]], most: int
) -> list[str]:
    """The last module of each stage that puts out a map of more than one place; of more than
    ``most`` stages the first, the last, and some evenly between.
    """
    ends = [
        [name for name in stage if name in maps and max(maps[name][1:]) > 1] for stage in stages
    ]
    names = [some[-1] for some in ends if some]
    if len(names) <= most:
        return names
    return [names[round(at * (len(names) - 1) / (most - 1))] for at in range(most)]
