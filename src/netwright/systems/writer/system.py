"""The writer on the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from netwright.base.errors import DataError
from netwright.base.seeds import seed_of
from netwright.contract import EarlierRun, Examples, Source, System
from netwright.data.defaults import TRIED_OPTIMIZERS, epochs_of
from netwright.data.next_tokens import windows
from netwright.data.writing.passages import Passage
from netwright.data.writing.tokens import Tokens
from netwright.metrics.sequences import likelihood
from netwright.nets.sequence import on_the_contract as language_model
from netwright.recipe import resolved
from netwright.recipe.sequences.language_model import LANGUAGE_MODELS
from netwright.systems.writer.codec import WriterCodec, cut
from netwright.systems.writer.export import EXPORT
from netwright.systems.writer.metrics import BITS, PERPLEXITY, Likelihood, baseline
from netwright.systems.writer.recipe import WriterRecipe
from netwright.systems.writer.takes import TAKES, in_order

if TYPE_CHECKING:
    from torch import nn

BY_CHARACTERS = 2_000_000
"""Characters of training texts from which on pieces of words are read."""

SIZES = ((30_000, 64, 0.3), (300_000, 192, 0.3), (3_000_000, 384, 0.15), (1 << 62, 512, 0.1))
"""Characters of training texts, up to which so many units and so much dropout are usual."""


def arrange(examples: Examples, recipe: WriterRecipe) -> Examples:
    """The splits of a lone document, in its order."""
    dev, test = (0.1 if part == "auto" else part for part in (recipe.split.dev, recipe.split.test))
    return in_order(examples, dev, test)


def complete(recipe: WriterRecipe, train: Examples) -> WriterRecipe:
    """Settings by how many characters there are; docs/defaults.md says how found."""
    size = sum(map(len, train.inputs))
    kind = recipe.tokens.kind
    if kind == "auto":
        kind = "characters" if size < BY_CHARACTERS else "pairs"
    units, dropout = next((units, drop) for most, units, drop in SIZES if size <= most)
    if recipe.model.units != "auto":
        units = resolved(recipe.model.units)
    name = "lstm" if recipe.model.name == "auto" else recipe.model.name
    tokens = size if kind == "characters" else size / 4
    # about 8 million tokens read; never fewer than 4 passes, never more than 40
    epochs = min(40, max(4, round(8_000_000 / max(1.0, tokens))))
    return recipe.resolve(
        {
            "tokens.kind": kind,
            "model.name": name,
            "model.units": units,
            "model.vector": min(units, 64) if kind == "characters" else units,
            "model.dropout": dropout,
            "model.over": "full" if kind == "characters" else "tied",
            "optimizer.lr": 0.004 if recipe.optimizer.name in TRIED_OPTIMIZERS else "find",
            "optimizer.weight_decay": 0.01,
            "schedule.warmup": 0.1 if recipe.schedule.name == "one_cycle" else 0.0,
            "training.epochs": epochs_of(recipe, train, epochs),
            "training.batch_size": 16 if size < 500_000 else 32,
            "training.average": 0.98,
        }
    )


def fit(train: Examples, recipe: WriterRecipe, before: EarlierRun | None = None) -> WriterCodec:
    """The tokens of the training split; those of an earlier run.

    Raises:
        DataError: no token stands in training often enough.
    """
    if before is not None:
        return WriterCodec(before.codec.tokens)
    wanted = recipe.tokens
    texts = [passage.text for passage in train.inputs]
    tokens = Tokens.of(texts, wanted.kind, most=wanted.most, least=wanted.least)
    if not tokens.vocabulary:
        raise DataError(
            f"none of the {wanted.kind} stands in training {wanted.least} times: expected more"
            " text, or --set tokens.least=1."
        )
    return WriterCodec(tokens)


def model(codec: WriterCodec, recipe: WriterRecipe) -> nn.Module:
    """The net that the recipe names."""
    drop_inputs = recipe.tokens.kind != "characters"
    return language_model.made(len(codec.tokens), recipe.model, drop_inputs=drop_inputs)


def notes(recipe: WriterRecipe, source: Source) -> tuple[str, ...]:
    """What is read, and what each token is predicted from."""
    seen = language_model.seen_by(recipe.model, "passage")
    return (f"reads {recipe.tokens.kind}; predicts each from {seen}",)


def sample(count: int, seed: int) -> Examples:
    """Names of three or four syllables, in which a vowel follows each consonant."""
    rng = np.random.default_rng(seed_of(seed, "writer sample"))
    texts = []
    for _ in range(count):
        syllables = [
            "".join(rng.choice(list(part)) for part in ("kmnrst", "aeo"))
            for _ in range(int(rng.integers(3, 5)))
        ]
        texts.append("".join(syllables))
    ids = [f"{seed}-{at}" for at in range(count)]
    return Examples([Passage(text) for text in texts], texts, ids, [f"sample[{i}]" for i in ids])


SYSTEM = System(
    name="writer",
    recipe=WriterRecipe,
    codec=WriterCodec,
    answer=Likelihood,
    target=str,
    accepts=TAKES.accepts,
    arrange=arrange,
    complete=complete,
    fit=fit,
    model=model,
    forward=language_model.forward,
    loss=language_model.loss,
    metrics=(BITS, PERPLEXITY),
    baseline=baseline,
    sample=sample,
    adopt=language_model.adopt,
    body=language_model.body,
    cut=cut,
    gather=likelihood.gather,
    plan=windows.plan,
    carry=language_model.carry,
    carried=language_model.carried,
    models=LANGUAGE_MODELS,
    notes=notes,
    in_words=TAKES.in_words,
    show=TAKES.show,
    export=EXPORT,
)
