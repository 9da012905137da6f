"""The regressor of several numbers on the contract."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from netwright.base.seeds import seed_of
from netwright.contract import (
    Batch,
    Crops,
    EarlierRun,
    Example,
    Examples,
    Metric,
    Reference,
    System,
)
from netwright.data import defaults
from netwright.data.encoder import fit_encoder, of_moments, pictured
from netwright.data.images.augment import mix
from netwright.data.images.augment.crops import crops_of
from netwright.data.several_targets.columns import as_array
from netwright.data.several_targets.shared import known_means, learnable, sample_of
from netwright.data.standardize import check_size
from netwright.data.synthesis import image_or_row
from netwright.data.tables.reference_models.offered import Task, beside
from netwright.data.text.prose import prose_left_out, without_prose
from netwright.nets import architectures, head, mirrored
from netwright.nets.published import published
from netwright.nets.side_heads import WithSides, over_heads
from netwright.recipe import resolved
from netwright.systems.multi_regressor.codec import (
    NumbersCodec,
    Predicted,
    Target,
    between,
    combine,
    numbers,
)
from netwright.systems.multi_regressor.export import EXPORT
from netwright.systems.multi_regressor.metrics import RELATIVE_RMSE, of_target
from netwright.systems.multi_regressor.recipe import MultiRegressorRecipe
from netwright.systems.multi_regressor.takes import TAKES
from netwright.systems.multi_regressor.views import views

if TYPE_CHECKING:
    from torch import Tensor, nn


def complete(recipe: MultiRegressorRecipe, train: Examples) -> MultiRegressorRecipe:
    """Settings for images or rows; the loss is the squared error.

    Raises:
        RecipeError: ``objective.loss`` is none of the losses for numbers.
    """
    return defaults.complete_numbers(recipe, train)


def fit(
    train: Examples, recipe: MultiRegressorRecipe, before: EarlierRun | None = None
) -> NumbersCodec:
    """The input encoder, and mu and sigma of each target; the encoder of an earlier run, and its mu
    and sigma where the targets are the same.

    Raises:
        DataError: a target is never known or always the same, or a number is larger than 1e100; or
            the inputs are of another kind than before.
    """
    import numpy as np

    names, held = learnable(train, are_tags=False)
    for column in held.T:
        check_size(column, lambda row: f"a target of {train.sources[row]}")
    if before is not None and names == before.codec.names:
        return NumbersCodec(fit_encoder(train, recipe, before.codec.encoder), before.codec.targets)
    moments = zip(names, np.nanmean(held, axis=0), np.nanstd(held, axis=0), strict=True)
    targets = tuple(Target(name, float(mu), float(sigma)) for name, mu, sigma in moments)
    encoder = None if before is None else before.codec.encoder
    return NumbersCodec(fit_encoder(train, recipe, encoder), targets)


def adopt(net: nn.Module, codec: NumbersCodec, before: EarlierRun) -> tuple[str, ...]:
    """All weights; a new last layer where the targets are others."""
    return head.all_but_new(net, new=codec.names != before.codec.names)


def weights(start: str, recipe: MultiRegressorRecipe) -> EarlierRun:
    """Published weights: images standardized as they were there, its outputs are of no target."""
    found = published.from_start(start, recipe.model)
    encoder = of_moments(*found.moments, recipe)
    codec = NumbersCodec(encoder, ())
    return EarlierRun(found.name, codec, recipe, found.weights, found.digest)


def model(codec: NumbersCodec, recipe: MultiRegressorRecipe) -> nn.Module:
    """The architecture that the recipe names, one output a target."""
    encoder = codec.encoder
    return architectures.of_encoder(encoder, len(codec.targets), recipe)


def crops(codec: NumbersCodec, recipe: MultiRegressorRecipe, count: int) -> Crops:
    """Crops of images; mirrored where the recipe mirrors."""
    return crops_of(codec.encoder, recipe, count, None)


def loss(
    net: nn.Module,
    outputs: Tensor | WithSides,
    batch: Batch,
    recipe: MultiRegressorRecipe,
    training: bool,
) -> Tensor:
    """(B,) the errors of the standardized targets, summed over the known ones."""
    from netwright.nets.number_loss import number_loss

    values, known = batch.targets

    def one_head(outputs: Tensor) -> Tensor:
        losses = number_loss(outputs, values, resolved(recipe.objective.loss))
        summed: Tensor = (losses * known).sum(dim=1)
        return summed

    return over_heads(outputs, one_head)


def baseline(train: Examples) -> Callable[[Example], Predicted]:
    """The mean of each target where it is known."""
    usual = Predicted(known_means(train))
    return lambda example: usual


def references(
    train: Examples,
    examples: Examples,
    recipe: MultiRegressorRecipe,
    codec: NumbersCodec,
    seconds: float,
) -> Iterator[Reference]:
    """Ridge regression and gradient boosting, of rows; one of each a target."""
    import numpy as np

    held = as_array(train.targets, codec.names)
    task = Task(held, 0, lambda found: codec.answers(np.concatenate(found, axis=1)))
    return beside(train, examples, task, recipe.training, seconds)


def metrics_of(codec: NumbersCodec) -> tuple[Metric, ...]:
    """RMSE, MAE and R squared of each target."""
    return tuple(metric for name in codec.names for metric in of_target(name))


def sample(count: int, seed: int) -> Examples:
    """Rows of three numbers; two targets of very different size; one in five is unknown."""
    import numpy as np

    rng = np.random.default_rng(seed_of(seed, "multi_regressor sample"))
    a, b, c = rng.uniform(-1, 1, (3, count))
    held = np.stack([2 * a - b, 1000 + 300 * a * b + 100 * c], axis=1)
    held += rng.normal(0, 1, held.shape) * [0.1, 10]
    targets = dict(zip(("slope", "price"), held.T, strict=True))
    return sample_of({"a": a, "b": b, "c": c}, targets, seed, rng, are_tags=False)


SYSTEM = System(
    name="multi_regressor",
    recipe=MultiRegressorRecipe,
    codec=NumbersCodec,
    answer=Predicted,
    accepts=TAKES.accepts,
    arrange=without_prose,
    left_of_each=prose_left_out,
    complete=complete,
    fit=fit,
    model=model,
    loss=loss,
    metrics=(RELATIVE_RMSE,),
    metrics_of=metrics_of,
    baseline=baseline,
    sample=sample,
    adopt=adopt,
    weights=weights,
    augments=defaults.augments,
    mixes=mix.policy_of,
    models=tuple(architectures.ARCHITECTURES),
    unread=defaults.unread,
    notes=defaults.notes,
    forward=mirrored.forward,
    each_epoch=mirrored.each_epoch,
    numbers=numbers,
    between=between,
    combine=combine,
    crops=crops,
    certain=Predicted,
    show=TAKES.show,
    pictured=pictured,
    parts=TAKES.parts,
    references=references,
    views=views,
    statistics=image_or_row.statistics,
    synthesis=image_or_row.SYNTHESIS,
    export=EXPORT,
)
