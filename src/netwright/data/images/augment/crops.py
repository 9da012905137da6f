"""An image answered several times, in crops and mirrored (test-time augmentation; notes 4.2.14)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from netwright.base.errors import RunError
from netwright.contract import Examples
from netwright.data import catalogue
from netwright.data.images.augment.policy import stand_a_mirror
from netwright.data.images.encoder import ImageEncoder

if TYPE_CHECKING:
    from netwright.data.encoder import Encoder
    from netwright.data.images.pixel_array import Pixels
    from netwright.recipe import ImageOrRowRecipe

LARGER = 8 / 7
"""Of the net's side, what crops are cut out of: 256 pixels for 224 (Krizhevsky et al. 2012)."""

COUNTS = (2, 5, 10)
"""The image and its mirror; the middle and the four corners of a larger one; these and their
mirrors.
"""


def crops_of(
    encoder: Encoder, recipe: ImageOrRowRecipe, count: int, labels: Iterable[str] | None
) -> Callable[[Examples], Sequence[Examples]]:
    """What gives images in so many crops, each of the size that the net reads; it is
    ``contract.System.crops``. A net that answers to the mirror itself is given none.

    Args:
        labels: what the images are known by, which a mirror may change; None: numbers.

    Raises:
        RunError: the inputs are rows, there are no such crops, or a mirror may change the labels.
    """
    if not isinstance(encoder, ImageEncoder):
        raise RunError("crops are of images, and this run answers rows of a table: leave them out.")
    if count not in COUNTS:
        raise RunError(f"{count:,} crops: expected {', '.join(map(str, COUNTS[:-1]))} or 10.")
    mirrors, itself = count != 5, recipe.model.mirror_answers is True
    if mirrors and not itself and not _may_be_mirrored(recipe, labels):
        raise RunError(
            f"{count} crops are mirrored ones, too, and a mirror may change what these images show"
            " (their labels are numbers, single characters, or left and right): expected 5."
        )
    if count == 2 and itself:
        raise RunError(
            "2 crops are an image and its mirror, and this run answers by both already"
            " (model.mirror_answers): expected 5 or 10."
        )

    def crops(examples: Examples) -> Sequence[Examples]:
        found = [_whole(encoder, examples)] if count == 2 else _cut(encoder, examples)
        if mirrors and not itself:
            found += [one[:, :, ::-1] for one in found]
        return [replace(examples, inputs=np.ascontiguousarray(one)) for one in found]

    return crops


def _may_be_mirrored(recipe: ImageOrRowRecipe, labels: Iterable[str] | None) -> bool:
    """Whether a person says so, or the labels stand it."""
    if recipe.augment.mirror is True:
        return True
    written = catalogue.is_written(recipe.data.source or "")
    return labels is not None and not written and stand_a_mirror(labels)


def _whole(encoder: ImageEncoder, examples: Examples) -> Pixels:
    found: Pixels = encoder.encode(examples)[0].numpy()
    return found


def _cut(encoder: ImageEncoder, examples: Examples) -> list[Pixels]:
    """The middle first, then the corners."""
    height, width = encoder.height, encoder.width
    more_rows, more_columns = (max(2, round(side * (LARGER - 1))) for side in (height, width))
    larger = replace(encoder, height=height + more_rows, width=width + more_columns)
    pixels = _whole(larger, examples)
    places = [(more_rows // 2, more_columns // 2)]
    places += [(top, left) for top in (0, more_rows) for left in (0, more_columns)]
    return [pixels[:, top : top + height, left : left + width] for top, left in places]
