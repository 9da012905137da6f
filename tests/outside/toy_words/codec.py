"""From texts to counts of words and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from netwright.contract import Batch, Chosen, Draws, Examples


@dataclass(frozen=True)
class Topic:
    """The answer."""

    label: str
    probability: float
    probabilities: dict[str, float]


@dataclass(frozen=True)
class WordCodec:
    """The words of the training split, and the labels."""

    words: tuple[str, ...]
    labels: tuple[str, ...]

    def encode(self, examples: Examples) -> Batch:
        place = {word: at for at, word in enumerate(self.words)}
        counts = torch.zeros(len(examples), len(place))
        for row, text in enumerate(examples.inputs):
            for word in text.split():
                if word in place:
                    counts[row, place[word]] += 1
        index = {name: at for at, name in enumerate(self.labels)}
        known = [-100 if target is None else index[target] for target in examples.targets]
        targets = torch.tensor(known)
        return Batch((counts,), (targets,), (targets >= 0).float())

    def prepare(self, batch: Batch, recipe: Any, draws: Draws | None) -> Batch:
        return batch

    def decode(
        self, net: nn.Module, outputs: Tensor, batch: Batch, recipe: Any, chosen: Chosen
    ) -> list[Topic]:
        rows = outputs.softmax(dim=1).tolist()
        return [
            Topic(
                self.labels[row.index(max(row))],
                max(row),
                dict(zip(self.labels, row, strict=True)),
            )
            for row in rows
        ]
