"""The layers of a run's net, what each unit sees, and the examples that excite it most."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from netwright.api.inside import reading
from netwright.api.inside.found import LayerSeen, UnitSeen
from netwright.api.run import Run
from netwright.base.errors import RecipeError, RunError, nearest
from netwright.base.figures import shorten
from netwright.contract import Examples

if TYPE_CHECKING:
    from netwright.data.images.pixel_array import Pixels
    from netwright.nets.inside.receptive_field import Field
    from netwright.nets.inside.strongest import Strongest

NINE = 9
"""Examples of each unit, as in Zeiler and Fergus."""

MOST_LAYERS = 5
"""That are looked at unless they are named."""


@dataclass(frozen=True)
class LookedAt:
    """A layer that was looked at.

    Args:
        shape: (K, *axes) of its map.
        field: what its units see.
        strongest: the examples of each unit.
        units: which are shown.
    """

    name: str
    shape: tuple[int, ...]
    field: Field
    strongest: Strongest
    units: tuple[int, ...]


def chosen(run: Run, first: Examples, wanted: Sequence[str]) -> list[tuple[str, tuple[int, ...]]]:
    """The layers to look at with the shapes of their maps, in the order in which they run.

    Args:
        first: one example.
        wanted: names of modules; empty: the last one of each stage.

    Raises:
        RecipeError: a module is not there, or puts out no map.
        RunError: what the net reads has no places, or no layer has a map.
    """
    import torch

    from netwright.nets.inside import maps
    from netwright.training.freezing import stages

    batch = reading.prepared(run, first)
    reading.pictures(run, batch)
    with torch.no_grad():
        shapes = maps.shapes(run.net, reading.forward(run, batch), batch.inputs[0])
    names = list(wanted) or maps.of_stages(
        stages.stages_of(run.system, run.net), shapes, MOST_LAYERS
    )
    if not names:
        raise RunError(
            f"no layer of {run.id}, a {run.recipe.model.name}, lies at places of what it reads:"
            " inspect is for nets of filters, such as --model lenet5."
        )
    for name in names:
        if name not in shapes:
            what = "puts out nothing that lies at places of the input"
            if name not in dict(run.net.named_modules()):
                what = f"is not there{nearest(name, list(shapes))}"
            raise RecipeError(
                f"--layers {name}: this module of {run.id} {what}; these have maps:"
                f" {shorten(', '.join(shapes), 300)}"
            )
    return [(name, shape) for name, shape in shapes.items() if name in names]


def look(
    run: Run, examples: Examples, named: Sequence[tuple[str, tuple[int, ...]]], units: int
) -> list[LookedAt]:
    """Run the examples through the net, and keep of each unit those that excite it most.

    Args:
        units: of each layer that are shown, at most.
    """
    import torch

    from netwright.nets.inside import maps, receptive_field
    from netwright.nets.inside.strongest import Strongest

    names = [name for name, _ in named]
    held = {name: Strongest(NINE) for name in names}
    for rows, batch in reading.batches(run, examples):
        places = torch.tensor(rows)

        def note(name: str, output: torch.Tensor, places: torch.Tensor = places) -> None:
            held[name].add(places, output)

        axes = batch.inputs[0].dim() - 2
        with torch.no_grad(), maps.watching(run.net, names, axes, note):
            run.system.forward(run.net, batch, run.recipe)
    first = reading.prepared(run, examples.take([0]))
    fields = receptive_field.fields(run.net, reading.forward(run, first), first.inputs[0], names)
    return [
        LookedAt(name, shape, fields[name], held[name], _spread(held[name], units))
        for name, shape in named
    ]


def _spread(strongest: Strongest, most: int) -> tuple[int, ...]:
    """Some of the units that are not dead, evenly spread."""
    alive = np.flatnonzero(~strongest.is_dead.numpy())
    if len(alive) <= most:
        return tuple(alive.tolist())
    return tuple(alive[np.linspace(0, len(alive) - 1, most).round().astype(int)].tolist())


def in_figures(run: Run, examples: Examples, layer: LookedAt) -> LayerSeen:
    """A layer without its pictures."""
    return LayerSeen(
        layer.name,
        layer.shape[0],
        layer.shape[1:],
        tuple(along.size for along in layer.field),
        tuple(along.stride for along in layer.field),
        int(layer.strongest.is_dead.sum()),
        tuple(_unit(run, examples, layer.strongest, unit) for unit in layer.units),
    )


def _unit(run: Run, examples: Examples, strongest: Strongest, unit: int) -> UnitSeen:
    assert strongest.values is not None and strongest.examples is not None
    rows = strongest.examples[unit].tolist()
    labels = Counter(run.system.label(examples.targets[row]) for row in rows)
    return UnitSeen(
        unit,
        tuple(strongest.values[unit].tolist()),
        tuple(examples.sources[row] for row in rows),
        tuple((name, count) for name, count in labels.most_common() if name is not None),
    )


def patches(run: Run, examples: Examples, layer: LookedAt) -> list[list[Pixels]]:
    """Of each unit that is shown what it sees of its nine examples, (*axes, C) uint8 each, masked
    where that lies beyond the border.
    """
    strongest, found = layer.strongest, []
    assert strongest.examples is not None and strongest.places is not None
    for unit in layer.units:
        some = examples.take(strongest.examples[unit].tolist())
        drawn = reading.pictures(run, reading.prepared(run, some))
        places = np.unravel_index(strongest.places[unit].numpy(), layer.shape[1:])
        found.append(
            [
                _patch(picture, layer.field, [int(axis[at]) for axis in places])
                for at, picture in enumerate(drawn)
            ]
        )
    return found


def _patch(picture: Pixels, field: Field, place: Sequence[int]) -> Pixels:
    """What the unit at a place sees, in the middle of as much as any unit of its layer sees."""
    sizes = [along.size for along in field]
    patch: Any = np.ma.array(np.zeros((*sizes, picture.shape[-1]), np.uint8), mask=True)
    source, target = [], []
    for along, at, size, length in zip(field, place, sizes, picture.shape, strict=False):
        start, stop = along.starts[at], along.stops[at]
        # what is cut off at the first border is missing in front, at the last one behind
        shift = size - (stop - start) if start == 0 and stop < length else 0
        source.append(slice(start, stop))
        target.append(slice(shift, shift + stop - start))
    patch[tuple(target)] = picture[tuple(source)]
    found: Pixels = patch
    return found
