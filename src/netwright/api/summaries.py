"""The layer table of an architecture or of a run's net."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from netwright.api.kept.store import open_run
from netwright.base import typed_numbers
from netwright.base.errors import RecipeError, UnreadableError
from netwright.recipe import ImageOrRowRecipe
from netwright.runs import store as stores

if TYPE_CHECKING:
    from netwright.nets.summary import Layer


MOST = 1_000_000
"""Of the sides of an input, and of the numbers that a net returns."""


def summary(
    model: str, shape: str | None = None, outputs: int = 10, set: Mapping[str, Any] | None = None
) -> list[Layer]:
    """The layers of an architecture, or of a run's net.

    Args:
        model: an architecture's name, or a run.
        shape: what an architecture reads: ``"3,32,32"`` (channels, height, width) or ``"13"``
            (numbers).
        outputs: how many numbers it returns.
        set: changes to the recipe, such as ``{"model.hidden": [64]}``.

    Raises:
        RecipeError: no such model, or it cannot read this shape.
    """
    import torch

    from netwright.nets import architectures
    from netwright.nets.summary import summarize
    from netwright.training import devices

    if model not in architectures.ARCHITECTURES and stores.is_run(model, stores.folder()):
        run = open_run(model)
        encoder = run.codec.encoder
        sides, sizes, net = encoder.shape, encoder.cardinalities, run.net
    else:
        reads = architectures.check_name(model).reads[0]
        sides, sizes = _sides(shape or ("1,28,28" if reads == "images" else "13")), ()
        plain = {
            "model.name": model,
            "model.hidden": [128, 64],
            "model.width": 16,
            "model.dropout": 0.0,
        }
        recipe = ImageOrRowRecipe().changed({**plain, **(set or {})})
        _check_outputs(outputs)
        with devices.shapes_alone():  # no weight takes memory, however many there are
            net = architectures.build(sides, sizes, outputs, recipe)
    device = next((weights.device for weights in net.parameters()), "meta")
    inputs = [torch.zeros(1, *sides, device=device)]
    if sizes:
        inputs.append(torch.zeros(1, len(sizes), dtype=torch.int64, device=device))
    return summarize(net, *inputs)


def _check_outputs(outputs: int) -> None:
    if not 1 <= outputs <= MOST:
        raise RecipeError(f"--classes {outputs}: expected a whole number from 1 to {MOST:,}.")


def _sides(shape: str) -> tuple[int, ...]:
    try:
        sides = tuple(map(typed_numbers.whole, shape.replace("x", ",").split(",")))
    except UnreadableError:
        sides = ()
    if len(sides) not in (1, 3) or not all(1 <= side <= MOST for side in sides):
        raise RecipeError(
            f"--input {shape}: expected channels,height,width such as 3,32,32, or one number for"
            " rows."
        )
    return sides
