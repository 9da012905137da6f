"""The writer on the contract."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from netwright.base.errors import DataError
from netwright.base.seeds import seed_of
from netwright.contract import Batch, EarlierRun, Examples, Source, Stages, System
from netwright.data.defaults import TRIED_OPTIMIZERS, epochs_of
from netwright.data.writing.passages import Passage
from netwright.data.writing.tokens import Tokens
from netwright.recipe import resolved
from netwright.systems.writer.codec import WriterCodec, cut, gather
from netwright.systems.writer.metrics import BITS, PERPLEXITY, Likelihood, baseline
from netwright.systems.writer.recipe import RECURRENT, WriterRecipe
from netwright.systems.writer.takes import TAKES, in_order

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor, nn

    from netwright.nets.sequence.language_model import NextCosts

NETS = (*RECURRENT, "transformer")

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


def adopt(net: nn.Module, codec: WriterCodec, before: EarlierRun) -> tuple[str, ...]:
    """All weights: the tokens are the same."""
    return tuple(net.state_dict())


def model(codec: WriterCodec, recipe: WriterRecipe) -> nn.Module:
    """The net that the recipe names."""
    from netwright.nets.sequence.dropout import Drops
    from netwright.nets.sequence.language_model import LanguageModel
    from netwright.nets.sequence.over_words.adaptive import AdaptiveSoftmax, ends_of
    from netwright.nets.sequence.over_words.softmax import OverWords, Softmax
    from netwright.nets.sequence.recurrent.layers import Recurrent
    from netwright.nets.sequence.transformer import Transformer
    from netwright.nets.sequence.word_vectors import WordVectors

    wanted, words = recipe.model, len(codec.tokens)
    vector, units, dropout = (
        resolved(wanted.vector),
        resolved(wanted.units),
        resolved(wanted.dropout),
    )
    embed = WordVectors(words, vector)
    states: Recurrent | Transformer
    if wanted.name == "transformer":
        heads = next(heads for heads in (4, 2, 1) if units % heads == 0)
        states = Transformer(
            vector, units, layers=wanted.layers, heads=heads, causal=True, dropout=dropout
        )
    else:
        drops = Drops(
            inputs=dropout if recipe.tokens.kind != "characters" else 0.0,
            between=dropout,
            outputs=dropout,
            recurrent=wanted.recurrent_dropout,
        )
        states = Recurrent(wanted.name, vector, units, layers=wanted.layers, drops=drops)
    over: OverWords
    if wanted.over == "adaptive":
        over = AdaptiveSoftmax(units, words, ends=ends_of(words))
    else:
        over = Softmax(units, words, tied=embed if wanted.over == "tied" else None)
    return LanguageModel(embed, states, over)


def body(net: nn.Module) -> Stages:
    """The tokens' vectors; the states; the softmax."""
    return (("embed",), ("states",), ("over",))


def forward(net: nn.Module, batch: Batch, recipe: WriterRecipe) -> NextCosts:
    """The costs of the next tokens, and the state behind them."""
    return net(*batch.inputs, *batch.carry)  # type: ignore[no-any-return]


def loss(
    net: nn.Module, outputs: NextCosts, batch: Batch, recipe: WriterRecipe, training: bool
) -> Tensor:
    """(B,) -log p of the next tokens of each window."""
    return outputs.costs.sum(dim=1) * (batch.count > 0)


def carry(net: nn.Module, recipe: WriterRecipe, lanes: int) -> tuple[Tensor, ...]:
    """The state that each lane begins with."""
    return tuple(net.begin(lanes))  # type: ignore[operator]


def plan(units: Examples, recipe: WriterRecipe, seed: int, epoch: int) -> list[NDArray[np.int64]]:
    """Whole passages, shuffled, each behind those of the shortest lane; what makes the lanes
    unequal in the end waits for another epoch.
    """
    begins = np.flatnonzero([window.begins for window in units.inputs])
    passages = np.split(np.arange(len(units)), begins[1:])
    rng = np.random.default_rng(seed_of(seed, "writer lanes", epoch))
    count = min(resolved(recipe.training.batch_size), len(passages))
    lanes: list[list[int]] = [[] for _ in range(count)]
    for at in rng.permutation(len(passages)):
        min(lanes, key=len).extend(passages[at])
    return [np.array(rows) for rows in zip(*lanes, strict=False)]


def notes(recipe: WriterRecipe, source: Source) -> tuple[str, ...]:
    """What is read, and what each token is predicted from."""
    seen = (
        f"at most {recipe.model.window} tokens of its window"
        if recipe.model.name == "transformer"
        else "all tokens before it in its passage"
    )
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


def combine(answers: Sequence[Likelihood], chosen: Sequence[object]) -> Likelihood:
    """The mean of the costs: of the geometric mean of the probabilities, before it sums to 1."""
    nats = sum(answer.nats for answer in answers) / len(answers)
    return replace(answers[0], nats=nats)


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
    forward=forward,
    loss=loss,
    metrics=(BITS, PERPLEXITY),
    baseline=baseline,
    sample=sample,
    adopt=adopt,
    body=body,
    cut=cut,
    gather=gather,
    plan=plan,
    carry=carry,
    carried=lambda outputs: outputs.carried,
    models=NETS,
    notes=notes,
    in_words=TAKES.in_words,
    combine=combine,
    show=TAKES.show,
    export="what it writes is drawn token by token, from a state that a graph would not keep",
)
