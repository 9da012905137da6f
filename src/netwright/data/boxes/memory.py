"""Images in memory with their boxes: ``(images, boxes)``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netwright.base.errors import DataError
from netwright.contract import Claim, Examples, Look, Reader, ReadOptions, Source

if TYPE_CHECKING:
    from netwright.contract.reading import Reading
    from netwright.data.boxes.box import Box


def recognize(look: Look) -> Claim | None:
    """Images, and for each a box, a list of boxes or None. Where all are four numbers they may be
    meant as numbers to predict.
    """
    if look.kind != "memory" or not isinstance(look.value, tuple) or len(look.value) not in (2, 3):
        return None
    images, given = look.value[:2]
    if getattr(images, "ndim", 0) not in (3, 4) or given is None:
        return None
    entries = _entries(given)
    if not entries or any(_boxes_of(one) is None for one in entries):
        return None
    if all(one is None for one in entries):  # unlabelled, of whatever kind
        return None
    plain = all(one is not None and _is_box(one) and len(one) == 4 for one in entries)
    return Claim("took the data in memory for images with boxes", 1 if plain else 3)


def read(look: Look, source: Source) -> Reading:
    """The images, each with its boxes; those of one class where ``target`` names one.

    Raises:
        DataError: there are more images than boxes or fewer, or a box is none.
    """
    from netwright.contract.reading import reading
    from netwright.data.boxes.reading import described, expect_class, labels_of
    from netwright.data.sources import arrays
    from netwright.data.weights import weighed

    images, given, *weights = look.value
    found, entries = arrays.read_arrays(images).examples, _entries(given)
    if len(entries) != len(found):
        raise DataError(
            f"there are {len(found):,} images and {len(entries):,} entries of boxes: expected as"
            " many; an image without a box has None."
        )
    height, width = found.inputs.shape[1:3]
    targets = [_checked(at, one, height, width) for at, one in enumerate(entries)]
    wanted = source.options.target
    if wanted is not None:
        expect_class(wanted, labels_of(targets))
        targets = [tuple(box for box in boxes if box.label == wanted) for boxes in targets]
    full = replace(found, targets=targets)
    made = reading(full, source, notes=(described(targets),))
    return weighed(made, weights[0]) if weights and weights[0] is not None else made


def inputs(looks: Sequence[Look], options: ReadOptions) -> Examples | None:
    """Images alone."""
    from netwright.data.sources import memory

    return memory.inputs(looks, options)


def sample(folder: Path) -> tuple[Any, ReadOptions]:
    """Twenty-four dark images, of which twenty have a light rectangle."""
    import numpy as np
    from PIL import Image

    from netwright.data.boxes.samples import draw_images

    boxes = draw_images(folder, 24)
    images = np.stack([np.asarray(Image.open(folder / f"{at}.png")) for at in range(24)])
    return (images, [None if at % 6 == 5 else box for at, box in enumerate(boxes)]), ReadOptions()


READER = Reader(
    kind="box-arrays",
    takes="images and boxes in memory",
    recognize=recognize,
    read=read,
    sample=sample,
    inputs=inputs,
)


def _entries(given: Any) -> list[Any]:
    """What is given for each image; an array as plain numbers."""
    if hasattr(given, "tolist"):
        given = given.tolist()
    if not isinstance(given, list | tuple):
        return []
    return [one.tolist() if hasattr(one, "tolist") else one for one in given]


def _boxes_of(one: Any) -> list[Sequence[Any]] | None:
    """The boxes that an entry stands for; None: it stands for none."""
    if one is None:
        return []
    if _is_box(one):
        return [one]
    return list(one) if isinstance(one, list | tuple) and all(map(_is_box, one)) else None


def _is_box(one: Any) -> bool:
    if not isinstance(one, list | tuple) or len(one) not in (4, 5):
        return False
    numbers = all(hasattr(edge, "__float__") and not isinstance(edge, bool) for edge in one[:4])
    return numbers and (len(one) == 4 or isinstance(one[4], str))


def _checked(at: int, one: Any, height: int, width: int) -> tuple[Box, ...]:
    """The boxes of the image at a place.

    Raises:
        DataError: one of them is none.
    """
    from netwright.data.boxes.box import Box

    boxes = []
    for x0, y0, x1, y1, *label in _boxes_of(one) or ():
        boxes.append(Box(float(x0), float(y0), float(x1), float(y1), *label))
    for box in boxes:
        if why := box.fault(height, width):
            raise DataError(f"memory[{at}]: the box {box} is none: {why}.")
    return tuple(box.cut(height, width) for box in boxes)
