"""What a recipe asks of augmentation: what ``auto`` becomes, what is refused or noted."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from netwright.base.errors import RecipeError
from netwright.recipe import Augment, metadata, resolved

if TYPE_CHECKING:
    from netwright.contract import Source
    from netwright.recipe import ImageOrRowRecipe
    from netwright.recipe.image_or_row import ImageSettings

AMOUNTS = tuple(
    name
    for name, field in Augment.model_fields.items()
    if field.default == "auto" and metadata(field)["high"] is not None
)
"""The knobs that say how much; ``mirror`` and ``flip`` say whether."""

USUAL = {"shift": 0.08, "rotate": 10.0, "zoom": 0.1, "shear": 5.0}
"""What ``auto`` becomes for images; every other amount is 0."""

WHOLE_PIXELS = {"crop": 0.1}
"""What ``auto`` becomes for photographs in their place: shifts by whole pixels, which blur nothing
and cost little.
"""

COLOURS = ("saturation", "hue", "pca", "grey")
"""Knobs that change nothing in a grey image."""

UPRIGHT = 45
"""Degrees up to which a written character may be turned and still be read; a 6 at 180 is a 9."""


def amount_of(policy: Augment, name: str) -> float:
    """How much of the kind ``name`` the resolved policy asks for; 0: off."""
    return float(resolved(getattr(policy, name)))


def wanted(policy: Augment) -> bool:
    """Whether anything at all is on; asked at every step, so that off costs nothing."""
    return (
        policy.mirror is True
        or policy.flip
        or any(resolved(getattr(policy, name)) for name in AMOUNTS)
    )


def choices(
    policy: Augment, channels: int, usual: Mapping[str, float] = USUAL, *, mirror: bool = False
) -> dict[str, float]:
    """What each ``auto`` becomes for images.

    The usual amounts, or ``strength`` times the top of each knob's range.

    Args:
        mirror: whether labels stand a mirror, see ``stand_a_mirror``.
    """
    names = [name for name in AMOUNTS if channels == 3 or name not in COLOURS]
    chosen = {**dict.fromkeys(AMOUNTS, 0.0), **usual}
    if policy.strength is not None:
        chosen |= {name: policy.strength * _top(name) for name in names}
    amounts = {f"augment.{name}": amount for name, amount in chosen.items()}
    return {**amounts, "augment.mirror": mirror}


def _top(name: str) -> float:
    return float(metadata(Augment.model_fields[name])["high"])


SIDED = re.compile(r".|\d+|(.*[\W_])?(left|right)([\W_].*)?", re.IGNORECASE)
"""Names of classes that a mirror may change: a single character, a number, left and right."""


def stand_a_mirror(labels: Iterable[str]) -> bool:
    """Whether no class is named by a single character, a number, or with left or right in it.

    >>> stand_a_mirror(["cat", "dog"]), stand_a_mirror(["7", "8"]), stand_a_mirror(["turn_left"])
    (True, False, False)
    """
    return not any(map(SIDED.fullmatch, set(labels)))


def check_labels(recipe: ImageOrRowRecipe, *, written: bool) -> None:
    """Refuse what would turn one label into another or into none.

    Args:
        written: whether the images are written characters (digits, letters), as the catalogue
            declares it.

    Raises:
        RecipeError: written characters are to be mirrored, turned upside down, or turned by more
            than 45 degrees.
    """
    policy = recipe.augment
    wrong = {
        "mirror": policy.mirror is True,
        "flip": policy.flip,
        "rotate": policy.rotate != "auto" and policy.rotate > UPRIGHT,
    }
    for name in (name for name, on in wrong.items() if written and on):
        fix = f"at most {UPRIGHT}" if name == "rotate" else "false"
        raise RecipeError(
            f"augment.{name} = {str(getattr(policy, name)).lower()} would destroy the labels of"
            f" '{recipe.data.source}', which holds written characters (mirrored they are none, and"
            f" a 6 upside down is a 9): expected {fix}."
        )


def radius(blur: float) -> int:
    """How many pixels away a blur of at most this deviation still reads: three deviations."""
    return math.ceil(3 * blur)


def check_images(policy: Augment, channels: int, height: int, width: int) -> None:
    """Refuse what images of this shape cannot take.

    Raises:
        RecipeError: a colour knob on grey images, or a blur that reaches further than the image.
    """
    for name in COLOURS if channels != 3 else ():
        if amount_of(policy, name) > 0:
            raise RecipeError(
                f"augment.{name} = {amount_of(policy, name):g}: the images are grey, without"
                " colours to change; expected 0."
            )
    if (side := min(height, width)) < radius(amount_of(policy, "blur")):
        raise RecipeError(
            f"augment.blur = {amount_of(policy, 'blur'):g} reads up to"
            f" {radius(amount_of(policy, 'blur'))} pixels away, and the images have a side of"
            f" {side}: expected at most {side / 3:.2g}."
        )


def check_rows(policy: Augment) -> None:
    """Refuse to augment the rows of a table.

    Raises:
        RecipeError: the recipe asks for it.
    """
    amounts = {name: getattr(policy, name) for name in ("strength", "mirror", "flip", *AMOUNTS)}
    for name, amount in amounts.items():
        if amount not in (None, False, 0, "auto"):
            raise RecipeError(
                f"augment.{name} = {amount}: the source is a table, and only images are augmented;"
                " leave it out."
            )


def messages(recipe: ImageSettings, source: Source) -> tuple[str, ...]:
    """A message when images are mirrored and the source is none of the catalogue, which declares
    whether its labels stand it.
    """
    names = [
        word
        for word, on in (
            ("mirrored", recipe.augment.mirror is True),
            ("turned upside down", recipe.augment.flip),
        )
        if on
    ]
    if not names or source.kind == "ready":
        return ()
    return (
        (
            f"half of the training images are {' and '.join(names)}, by the recipe: right only"
            " where that leaves every label true (not for digits, text, or left and right)"
        ),
    )


def in_words(policy: Augment) -> str:
    """What is on, for people: ``rotate 10, mirror``."""
    amounts = [
        f"{name} {amount_of(policy, name):g}"
        for name in (*AMOUNTS, "mixup", "cutmix")
        if amount_of(policy, name) > 0
    ]
    return ", ".join(
        amounts + [name for name in ("mirror", "flip") if getattr(policy, name) is True]
    )
