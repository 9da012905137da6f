"""The classifier on the contract."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

from netwright.base.errors import DataError, RecipeError, nearest
from netwright.base.names import natural
from netwright.base.seeds import seed_of
from netwright.contract import Batch, Example, Examples, System
from netwright.data import defaults, splits
from netwright.data.encoder import fit_encoder
from netwright.data.images.encoder import is_images
from netwright.data.tables.encoder import is_rows
from netwright.metrics import labels
from netwright.nets import architectures
from netwright.recipe import Recipe, resolved
from netwright.systems.classifier.codec import Label, LabelCodec

if TYPE_CHECKING:
    from torch import Tensor, nn

LOSSES = ("cross_entropy", "focal")


def accepts(examples: Examples) -> str | None:
    """Images or rows whose targets are labels."""
    if not (is_images(examples.inputs) or is_rows(examples.inputs)):
        return None
    return "the targets are labels" if any(isinstance(t, str) for t in examples.targets) else None


def complete(recipe: Recipe, train: Examples) -> Recipe:
    """Settings for images or rows; the loss is the cross entropy (notes 2.3.9).

    Raises:
        RecipeError: ``objective.loss`` is none of the losses for labels, or focal with label
            smoothing.
    """
    if recipe.objective.loss not in ("auto", *LOSSES):
        raise RecipeError(
            f"objective.loss = '{recipe.objective.loss}' is no loss for"
            f" labels{nearest(str(recipe.objective.loss), LOSSES)}"
        )
    if recipe.objective.loss == "focal":
        recipe = recipe.resolve({"objective.label_smoothing": 0.0})
        if recipe.objective.label_smoothing:
            raise RecipeError(
                f"objective.label_smoothing = {recipe.objective.label_smoothing:g} with"
                " objective.loss = 'focal': the one makes the net less sure, the other looks away"
                " where it is sure; expected 0 with focal."
            )
    return defaults.complete(recipe, train, loss="cross_entropy")


def fit(train: Examples, recipe: Recipe) -> LabelCodec:
    """The input encoder and the classes of the training split.

    Raises:
        DataError: fewer than two classes.
    """
    classes = tuple(sorted({t for t in train.targets if t is not None}, key=natural))
    if len(classes) < 2:
        raise DataError(
            "the training split holds"
            f" {'one class, ' + repr(classes[0]) if classes else 'no label'}: expected at least"
            " two."
        )
    return LabelCodec(fit_encoder(train, recipe), classes)


def model(codec: LabelCodec, recipe: Recipe) -> nn.Module:
    """The architecture that the recipe names, one output a class."""
    return architectures.build(
        codec.encoder.shape, codec.encoder.cardinalities, len(codec.classes), recipe
    )


def loss(net: nn.Module, batch: Batch, recipe: Recipe) -> Tensor:
    """(B,) -log p of the label; smoothed, or focal, in training only.

    Focal is (1 - p)^gamma times as much. Evaluation is comparable.

    Focal loss: Lin et al. 2017, "Focal loss for dense object detection".
    """
    import torch
    from torch.nn import functional as F

    if net.training and recipe.objective.loss == "focal":
        losses = F.cross_entropy(net(*batch.inputs).float(), batch.targets[0], reduction="none")
        wrong = (-torch.expm1(-losses)).clamp_min(1e-12)  # 0 has no slope where gamma is below 1
        focal: Tensor = wrong**recipe.objective.focal_gamma * losses
        return focal
    smoothing = resolved(recipe.objective.label_smoothing) if net.training else 0.0
    return F.cross_entropy(
        net(*batch.inputs).float(), batch.targets[0], reduction="none", label_smoothing=smoothing
    )


def baseline(train: Examples) -> Callable[[Example], Label]:
    """The most frequent label, with how often each occurs as its probability."""
    counts = Counter(t for t in train.targets if t is not None)
    total = sum(counts.values())
    rates = {name: counts[name] / total for name in sorted(counts, key=natural)}
    best = max(rates, key=lambda name: rates[name])
    return lambda example: Label(best, rates[best], rates)


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
    recipe=Recipe,
    codec=LabelCodec,
    answer=Label,
    takes=(
        "images or rows whose targets are labels (data.task=classification makes labels of a"
        " table's numbers)"
    ),
    accepts=accepts,
    complete=complete,
    fit=fit,
    model=model,
    loss=loss,
    metrics=(labels.ERROR, labels.MACRO_F1),
    baseline=baseline,
    sample=sample,
    stratify=splits.by_label,
)
