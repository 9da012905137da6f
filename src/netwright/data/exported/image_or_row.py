"""The inputs of an exported net that reads images or rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from netwright.contract import Examples
from netwright.data.exported import images, rows

if TYPE_CHECKING:
    from torch import Tensor

    from netwright.contract import Arrays, Plain, Tensors
    from netwright.data.encoder import Encoder


class HasEncoder(Protocol):
    """A codec with an encoder of images or rows."""

    @property
    def encoder(self) -> Encoder:
        """Of its inputs."""
        ...


def about(encoder: Encoder) -> dict[str, Any]:
    """Of images or of rows, by its ``kind``."""
    return images.about(encoder) if encoder.kind == "images" else rows.about(encoder)


def arrays(about: Plain, examples: Examples) -> Arrays:
    """What the graph takes of these examples.

    Args:
        about: of the net: of its ``inputs`` what ``about`` gave.

    Raises:
        DataError: they are not like those of training.
    """
    inputs = about["inputs"]
    if inputs["kind"] == "images":
        return images.arrays(inputs, examples)
    return rows.arrays(inputs, examples)


def prepared(codec: HasEncoder, tensors: Tensors) -> tuple[Tensor, ...]:
    """What the net reads of them; traced."""
    encoder = codec.encoder
    if encoder.kind == "images":
        return images.prepared(encoder, tensors)
    return rows.prepared(encoder, tensors)
