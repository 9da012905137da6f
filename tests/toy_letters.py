"""A system for the contract suite alone whose rows hold things of unequal length: sentences of
words of letters. A sentence is "together" when one of its words has both an x and a y, and "apart"
when they stand in two words: who reads the letters without the words cannot tell.

Nothing of the spine knows of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from netwright.contract import AnswerColumns, Batch, Chosen, Draws, Examples, Ragged, System
from netwright.data import labels
from netwright.metrics.labels import ERROR
from netwright.recipe import Recipe

CLASSES = ("apart", "together")


@dataclass(frozen=True)
class LetterCodec:
    """The letters of the training split; the first has the index 2, an unknown one 1."""

    letters: str

    def encode(self, examples: Examples) -> Batch:
        sentences = [
            [[self.letters.find(letter) + 2 for letter in word] for word in words]
            for words in examples.inputs
        ]
        targets = labels.indices(examples.targets, CLASSES)
        known = (targets != labels.UNLABELLED).float()
        return Batch((Ragged.of_two(sentences, dtype=torch.int64),), (targets,), known)

    def prepare(self, batch: Batch, recipe: Any, draws: Draws | None) -> Batch:
        return batch

    def decode(
        self, net: nn.Module, outputs: Tensor, batch: Batch, recipe: Any, chosen: Chosen
    ) -> AnswerColumns:
        return labels.answers(outputs, CLASSES, chosen)


class Speller(nn.Module):
    """A vector for each word from the sum of its letters' vectors; the largest of each number over
    the words.
    """

    def __init__(self, letters: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(letters + 2, 8)
        self.word = nn.Linear(8, 16)
        self.head = nn.Linear(16, len(CLASSES))

    def forward(self, letters: Tensor) -> Tensor:
        """(B, W, L) int64, 0 behind the end of a word and of a sentence, to (B, 2)."""
        known = (letters > 0)[..., None]
        words = F.relu(self.word((self.embed(letters) * known).sum(dim=2)))
        words = words * known.any(dim=2)
        out: Tensor = self.head(words.amax(dim=1))
        return out


def _loss(net: nn.Module, outputs: Tensor, batch: Batch, recipe: Any, training: bool) -> Tensor:
    return F.cross_entropy(outputs.float(), batch.targets[0], reduction="none")


def _sample(count: int, seed: int) -> Examples:
    """Sentences of 2 to 6 words of 1 to 9 letters, in which x and y occur once each."""
    rng = np.random.default_rng(seed)
    sentences, targets = [], []
    for _ in range(count):
        words = [
            "".join(rng.choice(list("abcdef"), rng.integers(1, 8)))
            for _ in range(rng.integers(2, 7))
        ]
        together = bool(rng.integers(0, 2))
        first = int(rng.integers(0, len(words)))
        second = first if together else (first + int(rng.integers(1, len(words)))) % len(words)
        words[first] += "x"
        words[second] = "y" + words[second]
        sentences.append(words)
        targets.append(CLASSES[together])
    ids = [f"{seed}-{at}" for at in range(count)]
    return Examples(sentences, targets, ids, ids)


def _complete(recipe: Recipe, train: Examples) -> Recipe:
    return recipe.resolve(
        {
            "model.name": "toy-letters",
            "optimizer.lr": 0.03,
            "optimizer.weight_decay": 0.0,
            "schedule.warmup": 0.25,
            "training.epochs": 20,
            "training.batch_size": 16,
            "training.average": 0.9,
        }
    )


SYSTEM = System(
    name="toy-letters",
    recipe=Recipe,
    models=("toy-letters",),
    codec=LetterCodec,
    answer=labels.Label,
    accepts=lambda examples: None,
    complete=_complete,
    fit=lambda train, recipe: LetterCodec(
        "".join(sorted({letter for words in train.inputs for word in words for letter in word}))
    ),
    model=lambda codec, recipe: Speller(len(codec.letters)),
    loss=_loss,
    metrics=(ERROR,),
    baseline=labels.baseline,
    sample=_sample,
    label=lambda target: target,
    wrong=labels.wrong,
    probabilities=labels.probabilities,
)
