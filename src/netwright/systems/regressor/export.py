"""How a net of one number answers outside: images or rows in, the number in its own unit out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from netwright.contract import AnswerColumns, Examples, Export
from netwright.data.exported import image_or_row
from netwright.data.exported.combined import means
from netwright.systems.regressor.codec import Number, between, in_units, named, numbers

if TYPE_CHECKING:
    from torch import Tensor

    from netwright.contract import Arrays, Chosen, Plain, Tensors
    from netwright.systems.regressor.codec import NumberCodec


def about(codec: NumberCodec, chosen: Chosen) -> dict[str, Any]:
    """The inputs."""
    return {"inputs": image_or_row.about(codec.encoder)}


def outputs(found: Tensor, codec: NumberCodec, chosen: Chosen) -> Tensors:
    """``value``: (N,) float64."""
    return {"value": in_units(found, codec)}


def answers(about: Plain, found: Arrays, examples: Examples) -> AnswerColumns:
    """The numbers."""
    return numbers(found["value"].tolist())


EXPORT = Export(
    name="regressor",
    about=about,
    arrays=image_or_row.arrays,
    prepared=image_or_row.prepared,
    outputs=outputs,
    answers=answers,
    answer=Number,
    numbers=named,
    between=between,
    combined=means,
)
