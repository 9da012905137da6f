"""The classifier on the contract."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from netwright.base.seeds import seed_of
from netwright.contract import (
    AnswerColumns,
    Batch,
    Crops,
    EarlierRun,
    Examples,
    Reference,
    System,
)
from netwright.data import defaults, labels
from netwright.data.encoder import fit_encoder, of_moments, pictured
from netwright.data.images.augment import mix
from netwright.data.images.augment.crops import crops_of
from netwright.data.images.encoder import are_few_photographs
from netwright.data.synthesis import image_or_row
from netwright.data.tables.reference_models.offered import Task, beside
from netwright.data.text.prose import prose_left_out, without_prose
from netwright.metrics import temperature
from netwright.metrics.labels import ERROR, MACRO_F1
from netwright.nets import architectures, head, mirrored
from netwright.nets.published import package, published
from netwright.nets.side_heads import WithSides, over_heads
from netwright.recipe.model import IMAGENET
from netwright.systems.classifier.codec import LabelCodec
from netwright.systems.classifier.export import EXPORT
from netwright.systems.classifier.recipe import ClassifierRecipe
from netwright.systems.classifier.takes import TAKES

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor, nn


def complete(recipe: ClassifierRecipe, train: Examples) -> ClassifierRecipe:
    """Settings for images or rows; the loss is the cross entropy (notes 2.3.9).

    Raises:
        RecipeError: ``objective.loss`` is none of the losses for labels, or focal with label
            smoothing.
    """
    smoothing = defaults.label_smoothing(recipe, train)
    recipe = labels.complete(recipe, recipe.objective, smoothing)
    return defaults.complete(recipe, train)


def fit(train: Examples, recipe: ClassifierRecipe, before: EarlierRun | None = None) -> LabelCodec:
    """The input encoder and the classes of the training split; the encoder of an earlier run.

    Raises:
        DataError: fewer than two classes, or inputs of another kind than before.
    """
    classes = labels.classes_of(train)
    encoder = None if before is None else before.codec.encoder
    return LabelCodec(fit_encoder(train, recipe, encoder), classes)


def weights(start: str, recipe: ClassifierRecipe) -> EarlierRun:
    """Published weights: images standardized as they were there, its outputs by their names."""
    found = published.from_start(start, recipe.model)
    encoder = of_moments(*found.moments, recipe)
    codec = LabelCodec(encoder, found.names)
    return EarlierRun(found.name, codec, recipe, found.weights, found.digest)


def usual_start(examples: Examples) -> str:
    """Few photographs start from the weights of an installed package."""
    few = are_few_photographs(examples)
    return IMAGENET if few and package.installed() is not None else ""


def model(codec: LabelCodec, recipe: ClassifierRecipe) -> nn.Module:
    """The architecture that the recipe names, one output a class."""
    return architectures.of_encoder(codec.encoder, len(codec.classes), recipe)


def crops(codec: LabelCodec, recipe: ClassifierRecipe, count: int) -> Crops:
    """Crops of images; mirrored where the classes allow it."""
    return crops_of(codec.encoder, recipe, count, codec.classes)


def loss(
    net: nn.Module,
    outputs: Tensor | WithSides,
    batch: Batch,
    recipe: ClassifierRecipe,
    training: bool,
) -> Tensor:
    """(B,) the cross entropy; smoothed, or focal, in training only."""
    from netwright.nets.label_loss import label_loss

    return over_heads(
        outputs, lambda one: label_loss(one, batch.targets[0], recipe.objective, training)
    )


def references(
    train: Examples, examples: Examples, recipe: ClassifierRecipe, codec: LabelCodec, seconds: float
) -> Iterator[Reference]:
    """Logistic regression and gradient boosting, of rows."""

    def answers(found: list[np.ndarray]) -> AnswerColumns:
        return labels.of_probabilities(found[0].astype("float32"), codec.classes)

    held = labels.places(train.targets, codec.classes)[:, None]
    task = Task(held, len(codec.classes), answers)
    return beside(train, examples, task, recipe.training, seconds)


def sample(count: int, seed: int) -> Examples:
    """Noisy 12x12 images of a horizontal or a vertical or a diagonal bar."""
    import numpy as np

    rng = np.random.default_rng(seed_of(seed, "classifier sample"))
    kinds = rng.integers(0, 3, count)
    images = rng.integers(0, 80, (count, 12, 12, 1))
    for image, kind, at in zip(images, kinds, rng.integers(2, 10, count), strict=True):
        place = [(at, slice(None)), (slice(None), at), (np.arange(12), (np.arange(12) + at) % 12)][
            kind
        ]
        image[(*place, 0)] += 120
    names = ["horizontal", "vertical", "diagonal"]
    ids = [f"{seed}-{i}" for i in range(count)]
    return Examples(
        images.astype(np.uint8),
        [names[k] for k in kinds],
        ids,
        [f"sample[{i}]" for i in range(count)],
    )


SYSTEM = System(
    name="classifier",
    recipe=ClassifierRecipe,
    codec=LabelCodec,
    answer=labels.Label,
    accepts=TAKES.accepts,
    arrange=without_prose,
    left_of_each=prose_left_out,
    complete=complete,
    fit=fit,
    model=model,
    loss=loss,
    metrics=(ERROR, MACRO_F1),
    baseline=labels.baseline,
    sample=sample,
    adopt=head.of_classes,
    weights=weights,
    usual_start=usual_start,
    stratify=TAKES.stratify,
    choose=temperature.choose,
    chooses=temperature.chooses,
    augments=defaults.augments,
    mixes=mix.policy_of,
    class_weights=labels.class_weights,
    models=tuple(architectures.ARCHITECTURES),
    unread=defaults.unread,
    notes=defaults.notes,
    forward=mirrored.forward,
    each_epoch=mirrored.each_epoch,
    stands_rounding=True,
    label=TAKES.label,
    wrong=labels.wrong,
    probabilities=labels.probabilities,
    combine=labels.combine,
    crops=crops,
    certain=labels.certain,
    show=TAKES.show,
    pictured=pictured,
    references=references,
    statistics=image_or_row.statistics,
    synthesis=image_or_row.SYNTHESIS,
    export=EXPORT,
)
