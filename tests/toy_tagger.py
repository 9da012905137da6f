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

from netwright.contract import Batch, Draws, Example, Examples, Metric, System
from netwright.recipe import Recipe

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
        longest = max(len(words) for words in examples.inputs)
        x = torch.zeros(len(examples), longest, dtype=torch.int64)
        y = torch.full((len(examples), longest), -100)
        for row, (words, tags) in enumerate(zip(examples.inputs, examples.targets, strict=True)):
            x[row, : len(words)] = torch.tensor(words)
            if tags is not None:
                y[row, : len(words)] = torch.tensor(
                    [-100 if tag is None else TAGS.index(tag) for tag in tags]
                )
        return Batch((x,), (y,), (y != -100).sum(dim=1).float())

    def prepare(self, batch: Batch, recipe: Any, draws: Draws | None) -> Batch:
        return batch

    def decode(self, net: nn.Module, batch: Batch, recipe: Any) -> list[Tags]:
        best = net(*batch.inputs).argmax(dim=2).tolist()
        lengths = (batch.inputs[0] > 0).sum(dim=1).tolist()
        return [
            Tags(tuple(TAGS[k] for k in row[:length]))
            for row, length in zip(best, lengths, strict=True)
        ]


class Tagger(nn.Module):
    """A GRU from left to right, so that padding after the end changes nothing."""

    def __init__(self, words: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(words + 1, 12)
        self.recur = nn.GRU(12, 16, batch_first=True)
        self.head = nn.Linear(16, len(TAGS))

    def forward(self, words: Tensor) -> Tensor:
        out: Tensor = self.head(self.recur(self.embed(words))[0])
        return out


def _errors_and_words(example: Example, answer: Tags) -> tuple[int, int]:
    wrong = sum(truth != tag for truth, tag in zip(example.target, answer.tags, strict=True))
    return wrong, len(example.target)


def _token_error(counts: Sequence[tuple[int, int]], weights: Sequence[float]) -> float:
    both = list(zip(counts, weights, strict=True))
    return sum(weight * wrong for (wrong, _), weight in both) / sum(
        weight * words for (_, words), weight in both
    )


def _loss(net: nn.Module, batch: Batch, recipe: Any) -> Tensor:
    losses = F.cross_entropy(
        net(*batch.inputs).float().transpose(1, 2), batch.targets[0], reduction="none"
    )
    return losses.sum(dim=1)


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


def _complete(recipe: Recipe, train: Examples) -> Recipe:
    return recipe.resolve(
        {
            "data.image_size": 4,
            "model.name": "toy-tagger",
            "model.hidden": [],
            "model.width": 16,
            "model.dropout": 0.0,
            "objective.loss": "cross_entropy",
            "objective.label_smoothing": 0.0,
            "augment.shift": 0,
            "augment.rotate": 0,
            "augment.zoom": 0,
            "augment.shear": 0,
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
    recipe=Recipe,
    codec=TagCodec,
    answer=Tags,
    takes="sentences whose words have tags",
    accepts=lambda examples: None,
    complete=_complete,
    fit=lambda train, recipe: TagCodec(max(max(words) for words in train.inputs)),
    model=lambda codec, recipe: Tagger(codec.words),
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
    baseline=_baseline,
    sample=_sample,
)
