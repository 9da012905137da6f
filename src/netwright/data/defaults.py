"""What ``auto`` becomes for images and for rows, chosen from the size of the data.

Each figure was found on digits, CIFAR-10 and small tables; docs/defaults.md says how.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

from netwright.base.errors import RecipeError, nearest
from netwright.contract import Examples, Source
from netwright.contract.system import USUAL
from netwright.data import catalogue
from netwright.data.images.augment import growth, policy
from netwright.data.images.columns import is_images
from netwright.data.images.encoder import channels_of, usual_side
from netwright.recipe import Augment, ImageOrRowRecipe, ImageSynthesis, Recipe, nets
from netwright.recipe.model import of_weights

ImageOrRowT = TypeVar("ImageOrRowT", bound=ImageOrRowRecipe)
RecipeT = TypeVar("RecipeT", bound=Recipe)


def complete(recipe: ImageOrRowT, train: Examples) -> ImageOrRowT:
    """The recipe with every ``auto`` replaced but for what training makes small, from the training
    split's kind and size.

    Raises:
        RecipeError: the augmentation would destroy the labels, or the source is a table.
    """
    if is_images(train.inputs):
        policy.check_labels(recipe, written=catalogue.is_written(recipe.data.source))
        growth.check(recipe)
        choices = _images(recipe, train)
    else:
        policy.check_rows(recipe.augment)
        _check_rows(recipe)
        choices = _rows(recipe, len(train))
    choices["training.epochs"] = epochs_of(recipe, train, choices["training.epochs"])
    return with_rate(recipe.resolve(choices))


def _check_rows(recipe: ImageOrRowRecipe) -> None:
    for key, off in (("data.first_size", 1), ("model.mirror_answers", False)):
        if recipe.value(key) not in ("auto", off):
            raise RecipeError(
                f"{key} = {recipe.value(key)}: it is for images, and the source is a table; leave"
                " it out."
            )


def epochs_of(recipe: Recipe, train: Examples, usual: int) -> int:
    """The usual number of epochs, or as many as ``training.max_examples`` takes."""
    most = recipe.training.max_examples
    return usual if most is None else -(-most // max(1, len(train)))


NUMBER_LOSSES = ("squared", "absolute", "huber")


def complete_numbers(recipe: ImageOrRowT, train: Examples) -> ImageOrRowT:
    """The same of a system of numbers, whose loss is the squared error.

    Raises:
        RecipeError: ``objective.loss`` is none of the losses for numbers; or as ``complete``.
    """
    resolved = complete(recipe, train).resolve({"objective.loss": "squared"})
    loss = str(resolved.value("objective.loss"))
    if loss not in NUMBER_LOSSES:
        raise RecipeError(
            f"objective.loss = '{loss}' is no loss for numbers{nearest(loss, NUMBER_LOSSES)}"
        )
    return resolved


def unread(recipe: ImageOrRowRecipe) -> tuple[str, ...]:
    """What of a completed recipe rows of a table leave unread: all that is for images; and images,
    what is for rows.
    """
    if not _are_rows(recipe):
        return ("training.reference_seconds",)
    augment = [f"augment.{name}" for name in Augment.model_fields if name != "mixup"]
    synthesis = [f"synthesis.{name}" for name in ImageSynthesis.model_fields]
    images = ("data.image_size", "data.first_size", "data.white")
    return (*images, "model.width", "model.mirror_answers", *augment, *synthesis)


def _are_rows(recipe: ImageOrRowRecipe) -> bool:
    """Of a completed recipe."""
    return recipe.augment.shift == "auto"


def augments(recipe: ImageOrRowRecipe) -> bool:
    """Whether training changes what it reads by chance: images that are augmented, or smaller at
    first; the categories of rows, of which some are read as unknown.
    """
    if _are_rows(recipe):
        return recipe.model.category_dropout not in ("auto", 0)
    return policy.wanted(recipe.augment) or recipe.data.first_size not in ("auto", 1)


TRIED_NETS = (
    "auto",
    "airbench",
    "resnet-small",
    "cnn-small",
    "lenet5",
    "mlp",
    "mlp-embedded",
    "linear",
)
TRIED_OPTIMIZERS = ("auto", "adam", "adamw", "muon")
"""Nets and optimizers with which ``TRIED_RATE`` was tried; any other gets its rate by a sweep."""

TRIED_RATE = 0.004
TRIED_RATES = {"airbench": 0.01}
"""Of nets with a peak rate of their own."""


def with_rate(recipe: RecipeT) -> RecipeT:
    """The recipe with the peak rate of its net and optimizer, and its schedule's shape.

    Only values that are still ``auto`` change.
    """
    tried = recipe.model.name in TRIED_NETS and recipe.optimizer.name in TRIED_OPTIMIZERS
    warmup = 0.25 if recipe.schedule.name == "one_cycle" else 0.0
    rate = TRIED_RATES.get(recipe.model.name, TRIED_RATE) if tried else "find"
    own = OF_PHOTOGRAPHS if recipe.model.name == PHOTOGRAPH else {}
    return recipe.resolve({"optimizer.lr": rate, "schedule.warmup": warmup, **USUAL, **own})


PHOTOGRAPH, OTHER_IMAGE = "airbench", "resnet-small"
"""The default nets of photographs and of other images."""

OF_PHOTOGRAPHS = {"optimizer.name": "muon", "schedule.anneal": "linear"}
"""How the weights of that net move, where others' move the usual way."""

SMALLEST_PHOTOGRAPH = 24
"""Pixels a side."""


def are_photographs(train: Examples) -> bool:
    """Whether the images are in colour, of 24 pixels a side or more, and have one label each."""
    labelled = all(target is None or isinstance(target, str) for target in train.targets)
    return labelled and channels_of(train) == 3 and usual_side(train) >= SMALLEST_PHOTOGRAPH


def net_of_images(recipe: ImageOrRowRecipe, train: Examples) -> str:
    """The net that is named, or that suits the images."""
    if recipe.model.name != "auto":
        return recipe.model.name
    return PHOTOGRAPH if are_photographs(train) else OTHER_IMAGE


def label_smoothing(recipe: ImageOrRowRecipe, train: Examples) -> float:
    """The usual one of these inputs."""
    if not is_images(train.inputs):
        return 0.0
    return 0.2 if net_of_images(recipe, train) == PHOTOGRAPH else 0.1


def notes(recipe: ImageOrRowRecipe, source: Source) -> tuple[str, ...]:
    """Why photographs are learned as they are, and what a mirror asks of the labels."""
    lines = []
    if recipe.model.name == PHOTOGRAPH:
        lines.append(
            f"{PHOTOGRAPH} is for photographs (in colour, {SMALLEST_PHOTOGRAPH} pixels a side or"
            f" more, one label each); --model {OTHER_IMAGE} is what other images get"
        )
    lines += policy.messages(recipe, source)
    if recipe.model.mirror_answers is True:
        lines.append(
            "each answer is the mean of those to an image and to its mirror, which doubles its time"
            " (--set model.mirror_answers=false)"
        )
    return tuple(lines)


def _images(recipe: ImageOrRowRecipe, train: Examples) -> dict[str, Any]:
    size, published = recipe.data.image_size, of_weights(recipe.model.start)
    if size == "auto":
        size = usual_side(train, published=published)
    photographs, channels = are_photographs(train), channels_of(train)
    written = catalogue.is_written(recipe.data.source)
    # features of published weights are computed once, of images as they are
    mirror = photographs and not (published or written) and policy.stand_a_mirror(_labels(train))
    mirrored = mirror if recipe.augment.mirror == "auto" else recipe.augment.mirror
    name = net_of_images(recipe, train)
    fast = name == PHOTOGRAPH
    seen, most = (72_000, 30) if fast else (120_000, 25)
    moves = policy.WHOLE_PIXELS if fast else policy.USUAL
    return {
        "data.image_size": size,
        "data.first_size": 0.625 if fast else 1.0,
        **_model(recipe, name, hidden=[256, 128], dropout=0.0),
        "model.mirror_answers": photographs and mirrored and not published,
        **policy.choices(recipe.augment, channels, moves, mirror=mirror),
        "optimizer.weight_decay": 0.05,
        # a rate that falls to 0 along a line averages by itself: a running average lags behind
        "training.average": 0.0 if fast else 0.99,
        # of few images as many steps as other nets take
        "training.batch_size": 128 if fast and len(train) >= 4_000 else 64,
        # about two minutes on two cores, at 28x28 or, of photographs, at 32x32; never fewer than 3
        # passes, never more than 25 or, of photographs, 30
        "training.epochs": min(most, max(3, round(seen / max(1, len(train))))),
        **({"optimizer.lr": PUBLISHED_RATE, "training.epochs": 20} if published else {}),
    }


PUBLISHED_RATE = 0.001
"""Of a training that starts from published weights: of the last layer, and what lies before it at
less.
"""


def _labels(train: Examples) -> Iterator[str]:
    return (target for target in train.targets if isinstance(target, str))


EMBEDDED = "mlp-embedded"
"""The default net of rows, which reads the scores of numbers; the others read them standardized."""


def _rows(recipe: ImageOrRowRecipe, count: int) -> dict[str, Any]:
    embedded = recipe.model.name in ("auto", EMBEDDED)
    return {
        **(_embedded(recipe, count) if embedded else _standardized(recipe, count)),
        "optimizer.weight_decay": 0.05,
        "training.average": 0.98,
    }


def _embedded(recipe: ImageOrRowRecipe, count: int) -> dict[str, Any]:
    """Of the default net."""
    return {
        **_model(recipe, EMBEDDED, hidden=[128, 128], dropout=0.2 if count < 10_000 else 0.1),
        "model.category_dropout": 0.05,
        "data.encoding": "quantile",
        "data.rare": 3,
        "training.batch_size": 32 if count < 2_000 else 256,
        # about 600,000 rows seen; never fewer than 5 passes, never more than 100
        "training.epochs": min(100, max(5, round(600_000 / max(count, 1)))),
    }


def _standardized(recipe: ImageOrRowRecipe, count: int) -> dict[str, Any]:
    """Of every other net, as in the first releases: what they recorded is repeated as it was."""
    return {
        **_model(recipe, "mlp", hidden=[128, 64], dropout=0.1 if count < 10_000 else 0.0),
        "model.category_dropout": 0.0,
        "data.encoding": "standard",
        "data.rare": 1,
        "training.batch_size": 32 if count < 10_000 else 256,
        # about 200,000 rows seen; never fewer than 5 passes, never more than 60
        "training.epochs": min(60, max(5, round(200_000 / max(count, 1)))),
    }


PUBLISHED_DROPOUT: dict[str, float | list[float]] = {
    **dict.fromkeys(("alexnet", "alexnet-ungrouped", "alexnet-one-tower", *nets.VGG), 0.5),
    "googlenet": [0.4, 0.7],
    "googlenet-bn": [0.2, 0.7],
    "efficientnet-lite0": 0.2,
}
"""Of nets for photographs, which their papers or reference implementations train with it."""


def _model(
    recipe: ImageOrRowRecipe, usual: str, *, hidden: list[int], dropout: float
) -> dict[str, Any]:
    """The architecture and the knobs that it reads; what it does not read stays ``auto``."""
    name = recipe.model.name if recipe.model.name != "auto" else usual
    rate = PUBLISHED_DROPOUT.get(name, dropout)
    read: dict[str, dict[str, Any]] = {
        "mlp": {"model.hidden": hidden},
        EMBEDDED: {"model.hidden": hidden},
        PHOTOGRAPH: {"model.width": 48},
        OTHER_IMAGE: {"model.width": 16},
        "cnn-small": {"model.width": 16},
    }
    return {"model.name": name, "model.dropout": rate, **read.get(name, {})}
