"""The tagger on the contract."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
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
from netwright.data.synthesis import image_or_row
from netwright.data.tables.reference_models.offered import Task, beside
from netwright.data.text.prose import prose_left_out, without_prose
from netwright.nets import architectures, head, mirrored
from netwright.nets.published import published
from netwright.nets.side_heads import WithSides, over_heads
from netwright.systems.tags.codec import USUAL_THRESHOLD, TagCodec, Tags, combine
from netwright.systems.tags.export import EXPORT
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


def fit(train: Examples, recipe: TagsRecipe, before: EarlierRun | None = None) -> TagCodec:
    """The input encoder and the names of the tags; the encoder of an earlier run.

    Raises:
        DataError: a tag is never known, or always the same; or the inputs are of another kind than
            before.
    """
    tags, _ = learnable(train, are_tags=True)
    encoder = None if before is None else before.codec.encoder
    return TagCodec(fit_encoder(train, recipe, encoder), tags)


def adopt(net: nn.Module, codec: TagCodec, before: EarlierRun) -> tuple[str, ...]:
    """All weights; a new last layer where the tags are others."""
    return head.all_but_new(net, new=codec.tags != before.codec.tags)


def weights(start: str, recipe: TagsRecipe) -> EarlierRun:
    """Published weights: images standardized as they were there, its outputs by their names."""
    found = published.from_start(start, recipe.model)
    encoder = of_moments(*found.moments, recipe)
    codec = TagCodec(encoder, found.names)
    return EarlierRun(found.name, codec, recipe, found.weights, found.digest)


def model(codec: TagCodec, recipe: TagsRecipe) -> nn.Module:
    """The architecture that the recipe names, one output a tag."""
    encoder = codec.encoder
    return architectures.of_encoder(encoder, len(codec.tags), recipe)


def crops(codec: TagCodec, recipe: TagsRecipe, count: int) -> Crops:
    """Crops of images; mirrored where the tags allow it."""
    return crops_of(codec.encoder, recipe, count, codec.tags)


def loss(
    net: nn.Module, outputs: Tensor | WithSides, batch: Batch, recipe: TagsRecipe, training: bool
) -> Tensor:
    """(B,) the binary cross entropy summed over the known tags: an unknown one has no gradient."""
    from torch.nn import functional as F

    values, known = batch.targets

    def one_head(outputs: Tensor) -> Tensor:
        losses = F.binary_cross_entropy_with_logits(outputs.float(), values, reduction="none")
        summed: Tensor = (losses * known).sum(dim=1)
        return summed

    return over_heads(outputs, one_head)


def baseline(train: Examples) -> Callable[[Example], Tags]:
    """The frequency of each tag where it is known; its average precision is that frequency."""
    rates = known_means(train)
    usual = Tags(tuple(tag for tag, rate in rates.items() if rate >= USUAL_THRESHOLD), rates)
    return lambda example: usual


def certain(target: Mapping[str, float]) -> Tags:
    """The tags that somebody names, and 0 or 1 for each that is known."""
    return Tags(tuple(tag for tag, has in target.items() if has), dict(target))


def references(
    train: Examples, examples: Examples, recipe: TagsRecipe, codec: TagCodec, seconds: float
) -> Iterator[Reference]:
    """Logistic regression and gradient boosting, of rows; one of each a tag."""
    import numpy as np

    held = as_array(train.targets, codec.tags)
    task = Task(held, 2, lambda found: codec.answers(np.stack([of[:, 1] for of in found], 1), {}))
    return beside(train, examples, task, recipe.training, seconds)


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


def mistake(example: Example, answer: Tags) -> str | None:
    """The tags that are missing, and those that are made up."""
    known = {tag: yes for tag, yes in (example.target or {}).items() if yes is not None}
    missing = [tag for tag, yes in known.items() if yes and tag not in answer.tags]
    extra = [tag for tag, yes in known.items() if not yes and tag in answer.tags]
    parts = (
        f"{word} {', '.join(tags)}"
        for word, tags in (("missing", missing), ("made up", extra))
        if tags
    )
    return "; ".join(parts) or None


def sample(count: int, seed: int) -> Examples:
    """Rows of four numbers with three tags that overlap; one label in five is unknown."""
    import numpy as np

    rng = np.random.default_rng(seed_of(seed, "tags sample"))
    numbers = rng.normal(size=(4, count))
    a, b, c, _ = numbers + rng.normal(0, 0.2, (4, count))
    tags = {"high": a > 0.3, "sum": a + b > 0.8, "near": abs(c) < 0.4}
    return sample_of(dict(zip("abcd", numbers, strict=True)), tags, seed, rng, are_tags=True)


SYSTEM = System(
    name="tags",
    recipe=TagsRecipe,
    codec=TagCodec,
    answer=Tags,
    accepts=TAKES.accepts,
    arrange=without_prose,
    left_of_each=prose_left_out,
    complete=complete,
    fit=fit,
    model=model,
    loss=loss,
    metrics=(MEAN_AVERAGE_PRECISION, MACRO_F1, SUBSET_ACCURACY),
    metrics_of=metrics_of,
    baseline=baseline,
    sample=sample,
    adopt=adopt,
    weights=weights,
    stratify=TAKES.stratify,
    choose=choose,
    augments=defaults.augments,
    mixes=mix.policy_of,
    models=tuple(architectures.ARCHITECTURES),
    unread=defaults.unread,
    notes=defaults.notes,
    forward=mirrored.forward,
    each_epoch=mirrored.each_epoch,
    stands_rounding=True,
    wrong=wrong,
    mistake=mistake,
    probabilities=lambda answer: answer.probabilities,
    combine=combine,
    crops=crops,
    certain=certain,
    in_words=TAKES.in_words,
    show=TAKES.show,
    pictured=pictured,
    parts=TAKES.parts,
    references=references,
    views=views,
    statistics=image_or_row.statistics,
    synthesis=image_or_row.SYNTHESIS,
    export=EXPORT,
)
