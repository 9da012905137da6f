"""Systems whose targets are neither classes nor single numbers: sentences, boxes, lists of numbers.

Each learns four numbers from four numbers and says them in its own way. Nothing of the spine knows
of them.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from netwright.contract import (
    Batch,
    Chosen,
    Draws,
    Example,
    Examples,
    JudgedRun,
    Metric,
    Shown,
    System,
    View,
)
from netwright.recipe import Recipe

WORDS = ("freezing", "cold", "mild", "warm", "hot")


@dataclass(frozen=True)
class Sentence:
    """A text, and its words."""

    text: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class Place:
    x: float
    y: float


@dataclass(frozen=True)
class Boxed:
    """The corners of one box, or none, and its middle."""

    corners: tuple[float, float, float, float] | None
    middle: Place | None
    sure: float


@dataclass(frozen=True)
class Numbers:
    """Four numbers, as a list and as an array."""

    values: list[float]
    exact: np.ndarray[Any, Any]


@dataclass(frozen=True)
class FourCodec:
    """How a system's target is read as four numbers."""

    kind: str

    def encode(self, examples: Examples) -> Batch:
        numbers, _ = WAYS[self.kind]
        known = [target is not None for target in examples.targets]
        y = [[0.0] * 4 if target is None else numbers(target) for target in examples.targets]
        return Batch(
            (torch.tensor(examples.inputs, dtype=torch.float32),),
            (torch.tensor(y, dtype=torch.float32),),
            torch.tensor(known).float(),
        )

    def prepare(self, batch: Batch, recipe: Any, draws: Draws | None) -> Batch:
        return batch

    def decode(
        self, net: nn.Module, outputs: Tensor, batch: Batch, recipe: Any, chosen: Chosen
    ) -> list[Any]:
        return list(map(WAYS[self.kind][1], outputs.tolist()))


def _level(value: float) -> int:
    """The word for a number from -1 to 1."""
    return min(len(WORDS) - 1, max(0, round(2 * value + 2)))


def _sentence(values: Sequence[float]) -> Sentence:
    words = tuple(WORDS[_level(value)] for value in values)
    return Sentence(" then ".join(words), words)


def _of_sentence(target: str) -> list[float]:
    return [(WORDS.index(word) - 2) / 2 for word in target.split(" then ")]


def _box(values: Sequence[float]) -> Boxed:
    if values[0] < 0:
        return Boxed(None, None, -values[0])
    x, y, width, height = (round(value, 3) for value in values)
    return Boxed((x, y, x + width, y + height), Place(x + width / 2, y + height / 2), values[0])


def _of_box(target: Sequence[float]) -> list[float]:
    if not target:
        return [-0.5] * 4
    left, top, right, bottom = target
    return [left, top, right - left, bottom - top]


def _numbers(values: Sequence[float]) -> Numbers:
    return Numbers(list(values), np.array(values, np.float32))


WAYS: dict[str, tuple[Callable[[Any], list[float]], Callable[[Sequence[float]], Any]]] = {
    "sentences": (_of_sentence, _sentence),
    "boxes": (_of_box, _box),
    "numbers": (list, _numbers),
}
"""Kind -> (a target as four numbers, four numbers as an answer)."""


def _loss(net: nn.Module, outputs: Tensor, batch: Batch, recipe: Any, training: bool) -> Tensor:
    return (outputs.float() - batch.targets[0]).square().mean(dim=1) * batch.count


def _complete(recipe: Recipe, train: Examples) -> Recipe:
    return recipe.resolve(
        {
            "model.name": "four",
            "optimizer.lr": 0.02,
            "optimizer.weight_decay": 0.0,
            "schedule.warmup": 0.25,
            "training.epochs": 4,
            "training.batch_size": 16,
            "training.average": 0.0,
        }
    )


def _sample(kind: str) -> Callable[[int, int], Examples]:
    """Of four even numbers from -1 to 1, shuffled with others, as targets of this kind."""

    def sample(count: int, seed: int) -> Examples:
        rng = np.random.default_rng(seed)
        inputs = rng.uniform(-1, 1, (count, 4)).tolist()
        made = [WAYS[kind][1](values) for values in inputs]
        targets: list[Any] = {
            "sentences": [answer.text for answer in made] if kind == "sentences" else [],
            "boxes": [list(answer.corners or ()) for answer in made] if kind == "boxes" else [],
            "numbers": [answer.values for answer in made] if kind == "numbers" else [],
        }[kind]
        ids = [f"{seed}-{at}" for at in range(count)]
        return Examples(inputs, targets, ids, [f"{kind}[{at}]" for at in range(count)])

    return sample


def _mean(values: Sequence[float], weights: Sequence[float] | None = None) -> float:
    held = [1.0] * len(values) if weights is None else weights
    return math.fsum(w * v for w, v in zip(held, values, strict=True)) / math.fsum(held)


def _far(example: Example, answer: Numbers) -> float:
    return math.dist(example.target, answer.values)


def _missed(example: Example, answer: Boxed) -> bool | None:
    return None if example.target is None else (answer.corners is None) != (not example.target)


def _words_wrong(example: Example, answer: Sentence) -> float:
    words = example.target.split(" then ")
    return sum(a != b for a, b in zip(words, answer.words, strict=True)) / len(words)


def _shown(example: Example, answer: Boxed | None) -> Shown:
    return Shown(text=f"four numbers from {example.input[0]:.2f} on")


def _views(run: JudgedRun) -> list[View]:
    """How often each word is said, as a table, as bars and as a sentence."""
    counts = Counter(word for answer in run.answers for word in answer.words)
    bars = "".join(
        f'<rect x="{20 * at}" y="0" width="15" height="{counts[word]}"/>'
        for at, word in enumerate(WORDS)
    )
    worst = run.examples.sources[max(range(len(run.losses)), key=lambda row: run.losses[row])]
    return [
        View("Words said", columns=("word", "times"), rows=[(w, counts[w]) for w in WORDS]),
        View("Words as bars", svg=f'<svg xmlns="http://www.w3.org/2000/svg">{bars}</svg>'),
        View("In a sentence", text=f"The worst is {worst}, of {run.codec.kind};\n1 < 2."),
    ]


def _system(kind: str, answer: type[Any], metric: Metric, **more: Any) -> System[Any, Any]:
    middle = WAYS[kind][1]([0.0] * 4)
    return System(
        name=f"toy-{kind}",
        recipe=Recipe,
        models=("four",),
        codec=FourCodec,
        answer=answer,
        accepts=lambda examples: None,
        complete=_complete,
        fit=lambda train, recipe: FourCodec(kind),
        model=lambda codec, recipe: nn.Linear(4, 4),
        loss=_loss,
        metrics=(metric,),
        baseline=lambda train: lambda example: middle,
        sample=_sample(kind),
        **more,
    )


SYSTEMS = {
    "sentences": _system(
        "sentences",
        Sentence,
        Metric("word_error", "lower", _words_wrong, _mean, weighted=_mean),
        views=_views,
    ),
    "boxes": _system(
        "boxes",
        Boxed,
        Metric(
            "missed",
            "lower",
            lambda example, answer: float(bool(_missed(example, answer))),
            _mean,
            is_proportion=True,
            weighted=_mean,
            title="boxes missed",
        ),
        wrong=_missed,
        show=_shown,
    ),
    "numbers": _system(
        "numbers",
        Numbers,
        Metric("distance", "lower", _far, _mean, unit="mm", weighted=_mean, title="mean distance"),
    ),
}
