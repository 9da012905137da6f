"""A third system, for the contract suite alone: it tags every word of a sentence, so its targets
are ragged.

A word is tagged "after" when the word before it is odd. Nothing of the spine knows of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from netwright.contract import (
    Batch,
    Chosen,
    Draws,
    EarlierRun,
    Example,
    Examples,
    Metric,
    Ragged,
    System,
)
from netwright.recipe import Augment, Model, Recipe, Section, Turn, knob
from netwright.recipe.knobs import Fraction, Units
from netwright.recipe.turns import times

TAGS = ("after", "other")


@dataclass(frozen=True)
class Tags:
    """The answer: one tag a word."""

    tags: tuple[str, ...]


@dataclass(frozen=True)
class TagCodec:
    """The number of known words; 0 pads."""

    words: int

    def encode(self, examples: Examples) -> Batch:
        tags = [
            [-100 if tag is None else TAGS.index(tag) for tag in tags or [None] * len(words)]
            for words, tags in zip(examples.inputs, examples.targets, strict=True)
        ]
        count = [sum(tag >= 0 for tag in row) for row in tags]
        words = Ragged.of(examples.inputs, dtype=torch.int64)
        targets = Ragged.of(tags, pad=-100, dtype=torch.int64)
        return Batch((words,), (targets,), torch.tensor(count, dtype=torch.float32))

    def prepare(self, batch: Batch, recipe: Any, draws: Draws | None) -> Batch:
        return batch

    def decode(
        self, net: nn.Module, outputs: Tensor, batch: Batch, recipe: Any, chosen: Chosen
    ) -> list[Tags]:
        best = outputs.argmax(dim=2).tolist()
        lengths = (batch.inputs[0] > 0).sum(dim=1).tolist()
        return [
            Tags(tuple(TAGS[k] for k in row[:length]))
            for row, length in zip(best, lengths, strict=True)
        ]


class TaggerModel(Model):
    """The net: a shared section with a knob of the system's own."""

    units: Units = knob(
        16,
        "units of the GRU",
        low=4,
        high=64,
        scale="log",
        tier=2,
        turns=(Turn("bigger net", times(2, most=64)),),
    )
    dropout: Fraction = knob(0.0, "fraction of the GRU's outputs dropped")


class Words(Section):
    """How words are represented: a section of the system's own."""

    vector: Units = knob(12, "numbers a word", low=2, high=32, scale="log", tier=3)
    mixup: Fraction = knob(0.0, "words have no mean: refused above 0")


class TaggerRecipe(Recipe):
    model: TaggerModel = TaggerModel()
    words: Words = Words()


class Tagger(nn.Module):
    """A GRU from left to right, so that padding after the end changes nothing."""

    def __init__(self, words: int, vector: int, units: int, dropout: float) -> None:
        super().__init__()
        self.drop = nn.Dropout(dropout)
        self.embed = nn.Embedding(words + 1, vector)
        self.recur = nn.GRU(vector, units, batch_first=True)
        self.head = nn.Linear(units, len(TAGS))

    def forward(self, words: Tensor) -> Tensor:
        out: Tensor = self.head(self.drop(self.recur(self.embed(words))[0]))
        return out


def _errors_and_words(example: Example, answer: Tags) -> tuple[int, int]:
    wrong = sum(truth != tag for truth, tag in zip(example.target, answer.tags, strict=True))
    return wrong, len(example.target)


def _token_error(counts: Sequence[tuple[int, int]], weights: Sequence[float]) -> float:
    both = list(zip(counts, weights, strict=True))
    return sum(weight * wrong for (wrong, _), weight in both) / sum(
        weight * words for (_, words), weight in both
    )


def _loss(net: nn.Module, outputs: Tensor, batch: Batch, recipe: Any, training: bool) -> Tensor:
    losses = F.cross_entropy(outputs.float().transpose(1, 2), batch.targets[0], reduction="none")
    return losses.sum(dim=1)


def _said_after(net: nn.Module, outputs: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
    """Of each sentence, its words that the net tags "after", and its tagged words."""
    tagged = batch.targets[0] >= 0
    return ((outputs.argmax(dim=2) == 0) & tagged).sum(dim=1), batch.count


def _baseline(train: Examples) -> Callable[[Example], Tags]:
    tag = Counter(tag for tags in train.targets for tag in tags).most_common(1)[0][0]
    return lambda example: Tags((tag,) * len(example.target or ()))


def _sample(count: int, seed: int) -> Examples:
    rng = np.random.default_rng(seed)
    sentences = [rng.integers(1, 9, rng.integers(2, 9)).tolist() for _ in range(count)]
    targets = [
        ["after" if i and words[i - 1] % 2 else "other" for i in range(len(words))]
        for words in sentences
    ]
    ids = [f"{seed}-{i}" for i in range(count)]
    return Examples(sentences, targets, ids, ids)


def _fit(train: Examples, recipe: TaggerRecipe, before: EarlierRun | None = None) -> TagCodec:
    """The words of the earlier run, where there is one: its net has a vector for each."""
    return before.codec if before else TagCodec(max(max(words) for words in train.inputs))


def _complete(recipe: TaggerRecipe, train: Examples) -> TaggerRecipe:
    return recipe.resolve(
        {
            "model.name": "toy-tagger",
            "optimizer.lr": 0.01,
            "optimizer.weight_decay": 0.0,
            "schedule.warmup": 0.25,
            "training.epochs": 6,
            "training.batch_size": 16,
            "training.average": 0.9,
        }
    )


SYSTEM = System(
    name="toy-tagger",
    recipe=TaggerRecipe,
    models=("toy-tagger",),
    codec=TagCodec,
    answer=Tags,
    accepts=lambda examples: None,
    complete=_complete,
    fit=_fit,
    adopt=lambda net, codec, before: tuple(net.state_dict()),
    model=lambda codec, recipe: Tagger(
        codec.words, recipe.words.vector, recipe.model.units, recipe.model.dropout
    ),
    loss=_loss,
    metrics=(
        Metric(
            "token_error",
            "lower",
            _errors_and_words,
            lambda counts: _token_error(counts, [1] * len(counts)),
            weighted=_token_error,
        ),
    ),
    watch={"said_after": _said_after},
    baseline=_baseline,
    sample=_sample,
    mixes=lambda recipe: Augment(mixup=recipe.words.mixup) if recipe.words.mixup else None,
)
