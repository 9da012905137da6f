"""The classifier on the contract."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

from netwright.base.errors import DataError, RecipeError, nearest
from netwright.base.names import natural
from netwright.base.seeds import seed_of
from netwright.contract import Batch, ClassWeights, Example, Examples, System
from netwright.data import defaults
from netwright.data.encoder import fit_encoder
from netwright.data.images.augment import mix, policy
from netwright.data.images.columns import is_images
from netwright.metrics import labels
from netwright.nets import architectures
from netwright.recipe import resolved
from netwright.systems.classifier.codec import Label, LabelCodec
from netwright.systems.classifier.recipe import ClassifierRecipe
from netwright.systems.classifier.takes import TAKES

if TYPE_CHECKING:
    from torch import Tensor, nn

LOSSES = ("cross_entropy", "focal")


def complete(recipe: ClassifierRecipe, train: Examples) -> ClassifierRecipe:
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
    smoothing = 0.1 if is_images(train.inputs) else 0.0
    objective = {"objective.loss": "cross_entropy", "objective.label_smoothing": smoothing}
    return defaults.complete(recipe, train).resolve(objective)


def fit(train: Examples, recipe: ClassifierRecipe) -> LabelCodec:
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


def model(codec: LabelCodec, recipe: ClassifierRecipe) -> nn.Module:
    """The architecture that the recipe names, one output a class."""
    return architectures.build(
        codec.encoder.shape, codec.encoder.cardinalities, len(codec.classes), recipe
    )


def loss(
    net: nn.Module, outputs: Tensor, batch: Batch, recipe: ClassifierRecipe, training: bool
) -> Tensor:
    """(B,) -log p of the label; smoothed, or focal, in training only.

    Focal is (1 - p)^gamma times as much. Evaluation is comparable.

    Focal loss: Lin et al. 2017, "Focal loss for dense object detection".
    """
    import torch
    from torch.nn import functional as F

    if training and recipe.objective.loss == "focal":
        losses = F.cross_entropy(outputs.float(), batch.targets[0], reduction="none")
        wrong = (-torch.expm1(-losses)).clamp_min(1e-12)  # 0 has no slope where gamma is below 1
        focal: Tensor = wrong**recipe.objective.focal_gamma * losses
        return focal
    smoothing = resolved(recipe.objective.label_smoothing) if training else 0.0
    return F.cross_entropy(
        outputs.float(), batch.targets[0], reduction="none", label_smoothing=smoothing
    )


def class_weights(recipe: ClassifierRecipe) -> ClassWeights | None:
    """As the recipe says."""
    wanted = recipe.objective.class_weights
    return None if wanted == "none" else wanted


def baseline(train: Examples) -> Callable[[Example], Label]:
    """The most frequent label, with how often each occurs as its probability."""
    counts = Counter(t for t in train.targets if t is not None)
    total = sum(counts.values())
    rates = {name: counts[name] / total for name in sorted(counts, key=natural)}
    best = max(rates, key=lambda name: rates[name])
    return lambda example: Label(best, rates[best], rates)


def wrong(example: Example, answer: Label) -> bool | None:
    """Whether another label was answered."""
    return None if example.target is None else answer.label != example.target


def probabilities(answer: Label) -> dict[str, float]:
    """Those of all classes."""
    return answer.probabilities


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
    answer=Label,
    accepts=TAKES.accepts,
    complete=complete,
    fit=fit,
    model=model,
    loss=loss,
    metrics=(labels.ERROR, labels.MACRO_F1),
    baseline=baseline,
    sample=sample,
    stratify=TAKES.stratify,
    mixes=mix.policy_of,
    class_weights=class_weights,
    models=tuple(architectures.ARCHITECTURES),
    unread=defaults.unread,
    notes=policy.messages,
    label=TAKES.label,
    wrong=wrong,
    probabilities=probabilities,
    show=TAKES.show,
)
