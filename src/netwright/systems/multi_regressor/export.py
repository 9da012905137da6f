"""How a net of several numbers answers outside: images or rows in, the numbers in their own units
out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from netwright.contract import AnswerColumns, Examples, Export
from netwright.data.exported import image_or_row
from netwright.data.exported.combined import means
from netwright.systems.multi_regressor.codec import (
    Predicted,
    between,
    in_units,
    named_numbers,
    numbers,
)

if TYPE_CHECKING:
    from torch import Tensor

    from netwright.contract import Arrays, Chosen, Plain, Tensors
    from netwright.systems.multi_regressor.codec import NumbersCodec


def about(codec: NumbersCodec, chosen: Chosen) -> dict[str, Any]:
    """The inputs, and the targets in the order of the values."""
    return {"inputs": image_or_row.about(codec.encoder), "targets": codec.names}


def outputs(found: Tensor, codec: NumbersCodec, chosen: Chosen) -> Tensors:
    """``values``: (N, T) float64."""
    return {"values": in_units(found, codec)}


def answers(about: Plain, found: Arrays, examples: Examples) -> AnswerColumns:
    """A number a target."""
    return named_numbers(found["values"], about["targets"])


EXPORT = Export(
    name="multi_regressor",
    about=about,
    arrays=image_or_row.arrays,
    prepared=image_or_row.prepared,
    outputs=outputs,
    answers=answers,
    answer=Predicted,
    numbers=numbers,
    between=between,
    combined=means,
)
