"""How a localizer's net answers outside: a square in, how sure it is, the box in it and its class
out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from netwright.contract import Examples, Export
from netwright.data.exported import image_or_row, images
from netwright.data.images.columns import shape_of
from netwright.systems.localizer.codec import Located, in_square, located

if TYPE_CHECKING:
    from torch import Tensor

    from netwright.contract import Arrays, Chosen, Plain, Tensors
    from netwright.systems.localizer.codec import BoxCodec


def about(codec: BoxCodec, chosen: Chosen) -> dict[str, Any]:
    """Whole images, with black around them; the classes."""
    return {"inputs": images.about(codec.encoder, "whole"), "classes": codec.classes}


def outputs(found: Tensor, codec: BoxCodec, chosen: Chosen) -> Tensors:
    """``p``: (N,) that there is a box; ``box``: (N, 4) its edges in pixels of the square;
    ``class``: (N,) its place among the classes.
    """
    p, edges, label = in_square(found, codec)
    return {"p": p, "box": edges, "class": label}


def answers(about: Plain, found: Arrays, examples: Examples) -> list[Located]:
    """The box in the image's own pixels."""
    sizes = [shape_of(examples.inputs, at)[:2] for at in range(len(examples))]
    rows = zip(*(found[name].tolist() for name in ("p", "box", "class")), sizes, strict=True)
    side, classes = about["inputs"]["height"], about["classes"]
    return [located(p, box, classes[label], side, size) for p, box, label, size in rows]


EXPORT = Export(
    name="localizer",
    about=about,
    arrays=image_or_row.arrays,
    prepared=image_or_row.prepared,
    outputs=outputs,
    answers=answers,
    answer=Located,
    combined="boxes of several nets are held against each other, which its graph does not do",
)
