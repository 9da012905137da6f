"""The tagger on the contract."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from netwright.base.seeds import seed_of
from netwright.contract import Batch, Example, Examples, Metric, System
from netwright.data import defaults
from netwright.data.encoder import fit_encoder
from netwright.data.images.augment import mix, policy
from netwright.data.several_targets.columns import (
    TargetColumns,
    as_array,
    check_varied,
    names_of,
)
from netwright.nets import architectures
from netwright.systems.tags.codec import USUAL_THRESHOLD, TagCodec, Tags
from netwright.systems.tags.metrics import MACRO_F1, MEAN_AVERAGE_PRECISION, SUBSET_ACCURACY, of_tag
from netwright.systems.tags.recipe import TagsRecipe
from netwright.systems.tags.takes import TAKES
from netwright.systems.tags.thresholds import choose
from netwright.systems.tags.views import views

if TYPE_CHECKING:
    from torch import Tensor, nn


def complete(recipe: TagsRecipe, train: Examples) -> TagsRecipe:
    """Settings for images or rows."""
    return defaults.complete(recipe, train)


def fit(train: Examples, recipe: TagsRecipe) -> TagCodec:
    """The input encoder and the names of the tags.

    Raises:
        DataError: a tag is never known, or always the same.
    """
    tags = names_of(train.targets)
    check_varied(as_array(train.targets, tags), tags, are_tags=True)
    return TagCodec(fit_encoder(train, recipe), tags)


def model(codec: TagCodec, recipe: TagsRecipe) -> nn.Module:
    """The architecture that the recipe names, one output a tag."""
    encoder = codec.encoder
    return architectures.build(encoder.shape, encoder.cardinalities, len(codec.tags), recipe)


def loss(
    net: nn.Module, outputs: Tensor, batch: Batch, recipe: TagsRecipe, training: bool
) -> Tensor:
    """(B,) the binary cross entropy summed over the known tags: an unknown one has no gradient."""
    from torch.nn import functional as F

    values, known = batch.targets
    losses = F.binary_cross_entropy_with_logits(outputs.float(), values, reduction="none")
    summed: Tensor = (losses * known).sum(dim=1)
    return summed


def baseline(train: Examples) -> Callable[[Example], Tags]:
    """The frequency of each tag where it is known; its average precision is that frequency."""
    import numpy as np

    tags = names_of(train.targets)
    rates = np.nanmean(as_array(train.targets, tags), axis=0).tolist()
    having = tuple(tag for tag, rate in zip(tags, rates, strict=True) if rate >= USUAL_THRESHOLD)
    usual = Tags(having, dict(zip(tags, rates, strict=True)))
    return lambda example: usual


def metrics_of(codec: TagCodec) -> tuple[Metric, ...]:
    """F1, precision and recall of each tag."""
    return tuple(metric for tag in codec.tags for metric in of_tag(tag))


def wrong(example: Example, answer: Tags) -> bool | None:
    """Whether a known tag is answered wrong."""
    if example.target is None:
        return None
    return any(
        yes is not None and yes != (tag in answer.tags) for tag, yes in example.target.items()
    )


def sample(count: int, seed: int) -> Examples:
    """Rows of four numbers with three tags that overlap; one label in five is unknown."""
    import numpy as np
    import polars as pl

    from netwright.data.tables.rows import Rows

    rng = np.random.default_rng(seed_of(seed, "tags sample"))
    numbers = rng.normal(size=(4, count))
    a, b, c, _ = numbers + rng.normal(0, 0.2, (4, count))
    held = np.stack([a > 0.3, a + b > 0.8, abs(c) < 0.4], axis=1).astype(float)
    held[rng.uniform(size=held.shape) < 0.2] = np.nan
    held[np.isnan(held).all(axis=1), 0] = 0.0
    ids = [f"{seed}-{at}" for at in range(count)]
    return Examples(
        Rows(pl.DataFrame(dict(zip("abcd", numbers, strict=True)))),
        TargetColumns(("high", "sum", "near"), held, are_tags=True),
        ids,
        [f"sample[{at}]" for at in range(count)],
    )


SYSTEM = System(
    name="tags",
    recipe=TagsRecipe,
    codec=TagCodec,
    answer=Tags,
    accepts=TAKES.accepts,
    complete=complete,
    fit=fit,
    model=model,
    loss=loss,
    metrics=(MEAN_AVERAGE_PRECISION, MACRO_F1, SUBSET_ACCURACY),
    metrics_of=metrics_of,
    baseline=baseline,
    sample=sample,
    stratify=TAKES.stratify,
    choose=choose,
    mixes=mix.policy_of,
    models=tuple(architectures.ARCHITECTURES),
    unread=defaults.unread,
    notes=policy.messages,
    wrong=wrong,
    probabilities=lambda answer: answer.probabilities,
    in_words=TAKES.in_words,
    show=TAKES.show,
    views=views,
)
