"""The regressor on the contract."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from statistics import fmean
from typing import TYPE_CHECKING

from netwright.base.errors import DataError
from netwright.base.seeds import seed_of
from netwright.contract import (
    Batch,
    Chosen,
    Crops,
    EarlierRun,
    Example,
    Examples,
    Reference,
    System,
)
from netwright.data import defaults
from netwright.data.encoder import fit_encoder, of_moments, pictured
from netwright.data.images.augment import mix
from netwright.data.images.augment.crops import crops_of
from netwright.data.packed import as_floats, known_numbers
from netwright.data.standardize import check_size
from netwright.data.synthesis import image_or_row
from netwright.data.tables.reference_models.offered import Task, beside
from netwright.data.text.prose import prose_left_out, without_prose
from netwright.metrics import regression
from netwright.nets import architectures, head, mirrored
from netwright.nets.published import published
from netwright.nets.side_heads import WithSides, over_heads
from netwright.recipe import resolved
from netwright.systems.regressor.codec import Number, NumberCodec, between, named, numbers
from netwright.systems.regressor.export import EXPORT
from netwright.systems.regressor.recipe import RegressorRecipe
from netwright.systems.regressor.takes import TAKES

if TYPE_CHECKING:
    from torch import Tensor, nn


def complete(recipe: RegressorRecipe, train: Examples) -> RegressorRecipe:
    """Settings for images or rows; the loss is the squared error.

    Raises:
        RecipeError: ``objective.loss`` is none of the losses for numbers.
    """
    return defaults.complete_numbers(recipe, train)


def fit(train: Examples, recipe: RegressorRecipe, before: EarlierRun | None = None) -> NumberCodec:
    """The input encoder, and mu and sigma of the targets; all of it an earlier run's, and the
    encoder alone of published weights.

    Raises:
        DataError: the target is constant, or a number is larger than 1e100; or the inputs are of
            another kind than before.
    """
    check_size(as_floats(train.targets), lambda at: f"the target of {train.sources[at]}")
    values = known_numbers(train.targets)
    mu, sigma = (float(values.mean()), float(values.std())) if len(values) else (0.0, 0.0)
    if sigma == 0:
        raise DataError(f"the target is {mu:g} in every training example: nothing to learn.")
    if before is not None and before.head:
        mu, sigma = before.codec.mu, before.codec.sigma
    encoder = None if before is None else before.codec.encoder
    return NumberCodec(fit_encoder(train, recipe, encoder), mu, sigma)


def adopt(net: nn.Module, codec: NumberCodec, before: EarlierRun) -> tuple[str, ...]:
    """All weights: targets are standardized as they were; of published ones not the last layer."""
    return head.all_but_new(net, new=not before.head)


def weights(start: str, recipe: RegressorRecipe) -> EarlierRun:
    """Published weights: images standardized as they were there, its outputs are of no target."""
    found = published.from_start(start, recipe.model)
    encoder = of_moments(*found.moments, recipe)
    codec = NumberCodec(encoder, 0.0, 1.0)
    return EarlierRun(found.name, codec, recipe, found.weights, found.digest, head=False)


def model(codec: NumberCodec, recipe: RegressorRecipe) -> nn.Module:
    """The architecture that the recipe names, with one output."""
    return architectures.of_encoder(codec.encoder, 1, recipe)


def crops(codec: NumberCodec, recipe: RegressorRecipe, count: int) -> Crops:
    """Crops of images; mirrored where the recipe mirrors."""
    return crops_of(codec.encoder, recipe, count, None)


def loss(
    net: nn.Module,
    outputs: Tensor | WithSides,
    batch: Batch,
    recipe: RegressorRecipe,
    training: bool,
) -> Tensor:
    """(B,) the squared, absolute or Huber error of the standardized target, 0 without one."""
    from netwright.nets.number_loss import number_loss

    def one_head(outputs: Tensor) -> Tensor:
        return number_loss(outputs.squeeze(1), batch.targets[0], resolved(recipe.objective.loss))

    return over_heads(outputs, one_head) * batch.count


def baseline(train: Examples) -> Callable[[Example], Number]:
    """The mean of the targets."""
    mean = Number(float(known_numbers(train.targets).mean()))
    return lambda example: mean


def references(
    train: Examples, examples: Examples, recipe: RegressorRecipe, codec: NumberCodec, seconds: float
) -> Iterator[Reference]:
    """Ridge regression and gradient boosting, of rows."""
    held = as_floats(train.targets)[:, None]
    task = Task(held, 0, lambda found: numbers(found[0][:, 0].tolist()))
    return beside(train, examples, task, recipe.training, seconds)


def combine(answers: Sequence[Number], chosen: Sequence[Chosen]) -> Number:
    """The mean of the numbers."""
    return Number(fmean(answer.value for answer in answers))


def sample(count: int, seed: int) -> Examples:
    """Rows of two numbers and a colour; the target is a curved function of them with noise."""
    import numpy as np
    import polars as pl

    from netwright.data.tables.rows import Rows

    rng = np.random.default_rng(seed_of(seed, "regressor sample"))
    a, b = rng.uniform(-1, 1, (2, count))
    colours = rng.choice(["red", "green"], count)
    targets = 10 + 3 * a + 4 * a * b + 2 * (colours == "red") + rng.normal(0, 0.1, count)
    rows = Rows(pl.DataFrame({"a": a, "b": b, "colour": colours}))
    ids = [f"{seed}-{i}" for i in range(count)]
    return Examples(rows, targets.tolist(), ids, [f"sample[{i}]" for i in range(count)])


SYSTEM = System(
    name="regressor",
    recipe=RegressorRecipe,
    codec=NumberCodec,
    answer=Number,
    accepts=TAKES.accepts,
    arrange=without_prose,
    left_of_each=prose_left_out,
    complete=complete,
    fit=fit,
    model=model,
    loss=loss,
    metrics=(regression.RMSE, regression.MAE, regression.R2),
    baseline=baseline,
    sample=sample,
    adopt=adopt,
    weights=weights,
    stratify=TAKES.stratify,
    augments=defaults.augments,
    mixes=mix.policy_of,
    models=tuple(architectures.ARCHITECTURES),
    unread=defaults.unread,
    notes=defaults.notes,
    forward=mirrored.forward,
    each_epoch=mirrored.each_epoch,
    numbers=named,
    between=between,
    combine=combine,
    crops=crops,
    certain=Number,
    show=TAKES.show,
    pictured=pictured,
    references=references,
    statistics=image_or_row.statistics,
    synthesis=image_or_row.SYNTHESIS,
    export=EXPORT,
)
