"""The layer table of an architecture or of a run's net."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from netwright.api.kept.store import open_run
from netwright.base import typed_numbers
from netwright.base.errors import NetwrightWarning, RecipeError, UnreadableError
from netwright.recipe import ImageOrRowRecipe, knobs
from netwright.runs import store as stores

if TYPE_CHECKING:
    from torch import nn

    from netwright.nets.summary import Layer


USUAL = {"images": ("1,28,28", "3,224,224"), "rows": ("13",)}
"""What a net reads where nobody says: the first that it can."""

OUTPUTS = 10

OF_NET = ("model.", "initialization.")
"""The settings that a net is built by."""

COLOURS = (1, 3, 4)
"""Channels of pictures in files."""

MOST = 1_000_000
"""Of the sides of an input, and of the numbers that a net returns."""


def summary(
    model: str,
    shape: str | None = None,
    outputs: int = OUTPUTS,
    set: Mapping[str, Any] | None = None,
) -> list[Layer]:
    """The layers of an architecture, or of a run's net.

    Args:
        model: an architecture's name, or a run.
        shape: what an architecture reads: ``"3,32,32"`` (channels, height, width) or ``"13"``
            (numbers); None: the first of ``USUAL`` that it can read.
        outputs: how many numbers it returns.
        set: changes to the recipe, such as ``{"model.hidden": [64]}``.

    Raises:
        RecipeError: no such model, it cannot read this shape, or a setting changes no layer of it.
    """
    import torch

    from netwright.nets import architectures
    from netwright.nets.summary import summarize

    if model not in architectures.ARCHITECTURES and stores.is_run(model, stores.folder()):
        run = open_run(model)
        _expect_as_it_is(run.id, shape, outputs, set)
        encoder = run.codec.encoder
        sides, sizes, net = encoder.shape, encoder.cardinalities, run.net
    else:
        _check_outputs(outputs)
        plain = {
            "model.name": model,
            "model.hidden": [128, 64],
            "model.width": 16,
            "model.dropout": 0.0,
        }
        sizes = ()
        usual = USUAL[architectures.check_name(model).reads[0]]
        _check_settings(set or {})
        recipe = ImageOrRowRecipe().changed({**plain, **(set or {})})
        net, sides = _built([shape] if shape else usual, outputs, recipe)
    device = next((weights.device for weights in net.parameters()), "meta")
    inputs = [torch.zeros(1, *sides, device=device)]
    if sizes:
        inputs.append(torch.zeros(1, len(sizes), dtype=torch.int64, device=device))
    return summarize(net, *inputs)


def _built(
    shapes: Sequence[str], outputs: int, recipe: ImageOrRowRecipe
) -> tuple[nn.Module, tuple[int, ...]]:
    """The net for the first shape that it can read, and this shape."""
    from netwright.nets import architectures
    from netwright.nets.blocks.layers import SmallImagesError
    from netwright.training import devices

    sides = _sides(shapes[0])
    _check_kind(recipe.model.name, shapes[0], architectures.KINDS[len(sides)])
    try:
        with devices.shapes_alone():  # no weight takes memory, however many there are
            return architectures.build(sides, (), outputs, recipe), sides
    except SmallImagesError as error:
        if len(shapes) == 1:
            enough = ",".join(map(str, (sides[0], error.least, error.least)))
            raise RecipeError(f"{error.why}: --input {enough} is large enough.") from None
    return _built(shapes[1:], outputs, recipe)


def _check_kind(name: str, shape: str, kind: str) -> None:
    """See that the net reads what ``--input`` describes."""
    from netwright.nets import architectures

    reads = architectures.check_name(name).reads
    if kind not in reads:
        others = [other for other, one in architectures.ARCHITECTURES.items() if kind in one.reads]
        raise RecipeError(
            f"--input {shape} describes {kind}, and {name} reads {' and '.join(reads)}: name its"
            f" own, --input {USUAL[reads[0]][-1]}, or a net of {kind}: {', '.join(others[:5])}"
            f"{', ...' if len(others) > 5 else ''}."
        )


def _check_settings(set: Mapping[str, Any]) -> None:
    """Refuse settings that change no layer.

    Raises:
        RecipeError: one of them does not.
    """
    idle = [key for key in set if key in knobs(ImageOrRowRecipe) and not key.startswith(OF_NET)]
    if idle:
        raise RecipeError(
            f"--set {idle[0]} changes no layer: a summary takes settings of"
            f" {' and '.join(part.rstrip('.') for part in OF_NET)}, and what the net reads by"
            " --input."
        )


def _expect_as_it_is(
    run: str, shape: str | None, outputs: int, set: Mapping[str, Any] | None
) -> None:
    """Refuse what would change the net of a run.

    Raises:
        RecipeError: it is asked for.
    """
    given = {"--input": shape is not None, "--classes": outputs != OUTPUTS, "--set": bool(set)}
    if wanted := [option for option, is_given in given.items() if is_given]:
        raise RecipeError(
            f"the net of {run} is as it was trained: leave out {wanted[0]}, or name an"
            " architecture."
        )


def _check_outputs(outputs: int) -> None:
    if not 1 <= outputs <= MOST:
        raise RecipeError(f"--classes {outputs}: expected a whole number from 1 to {MOST:,}.")


def _sides(shape: str) -> tuple[int, ...]:
    from netwright.nets import architectures

    try:
        sides = tuple(map(typed_numbers.whole, shape.replace("x", ",").split(",")))
    except UnreadableError:
        sides = ()
    if len(sides) not in architectures.KINDS or not all(1 <= side <= MOST for side in sides):
        raise RecipeError(
            f"--input {shape}: expected channels,height,width such as 3,32,32, or one number for"
            " rows; of a signal channels,places, of a volume channels,depth,height,width."
        )
    if len(sides) == 3 and sides[2] in COLOURS and min(sides[:2]) > max(COLOURS):
        high, wide, channels = sides
        warnings.warn(
            f"--input {shape} is read as {high} channels of {wide}x{channels} pixels: channels come"
            f" first, --input {channels},{high},{wide}",
            NetwrightWarning,
            stacklevel=4,
        )
    return sides
