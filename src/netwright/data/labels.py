"""Targets that are labels: their classes, indices of them, and answers from a net's outputs.

What every system of classes has in common, whatever its inputs are.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from netwright.base.errors import DataError, RecipeError, nearest
from netwright.base.names import natural
from netwright.base.typed_numbers import SPELLED
from netwright.contract import AnswerColumns, Chosen, ClassWeights, Example, Examples
from netwright.data.packed import Floats, as_floats

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

    from netwright.recipe import LabelObjective, Recipe

UNLABELLED = -100
"""The class index of an example without a label: torch's cross entropy leaves it out."""

LOSSES = ("cross_entropy", "focal")

RecipeT = TypeVar("RecipeT", bound="Recipe")


@dataclass(frozen=True)
class Label:
    """The answer: the most probable label, its probability, and those of all classes.

    The probabilities are in the order of the classes.
    """

    label: str
    probability: float
    probabilities: dict[str, float]


def certain(target: str) -> Label:
    """The label that somebody names."""
    return Label(target, 1.0, {target: 1.0})


def classes_of(train: Examples) -> tuple[str, ...]:
    """The classes of the training split, in natural order.

    Raises:
        DataError: fewer than two.
    """
    classes = tuple(sorted({t for t in train.targets if t is not None}, key=natural))
    if len(classes) < 2:
        raise DataError(
            "the training split holds"
            f" {'one class, ' + repr(classes[0]) if classes else 'no label'}: expected at least"
            " two."
        )
    return classes


def expect_two(classes: Sequence[str]) -> None:
    """See that a codec knows two classes.

    Raises:
        ValueError: it knows fewer.
    """
    if len(classes) < 2:
        raise ValueError(f"{len(classes)} classes: expected at least two")


def same(name: str | None, classes: Sequence[str]) -> str | None:
    """The class that a label stands for where it is written otherwise: the same number, or, of two
    classes that are yes and no in any spelling, the one that means as much; else the label itself.
    """
    if name is None or name in classes:
        return name
    number = _number(name)
    if number is not None and (found := [one for one in classes if _number(one) == number]):
        return found[0]
    meant = {SPELLED.get(one.lower()): one for one in classes}
    if len(classes) == 2 and meant.keys() == {True, False}:
        return meant.get(SPELLED.get(name.strip().lower()), name)
    return name


def _number(name: str) -> float | None:
    try:
        return float(name)
    except ValueError:
        return None


def indices(
    targets: Sequence[str | None], classes: Sequence[str], sources: Sequence[str] = ()
) -> Tensor:
    """(N,) int64 places of the targets among the classes; ``UNLABELLED`` where there is none.

    Args:
        sources: where each stands, for messages.

    Raises:
        DataError: a label that training never saw.
    """
    import torch

    index = {name: place for place, name in enumerate(classes)}
    unknown = sorted({str(t) for t in targets if t is not None} - index.keys())
    if unknown:
        held = [at for at, one in enumerate(targets) if one is not None and str(one) == unknown[0]]
        listed = ", ".join(sources[at] for at in held[:3]) if sources else ""
        place = f" ({listed}{', ...' if len(held) > 3 else ''})" if listed else ""
        raise DataError(
            f"label '{unknown[0]}'{place} is not among the classes of the training split: add rows"
            " of it to train, merge it with another class, or leave its rows out."
        )
    return torch.tensor([UNLABELLED if t is None else index[t] for t in targets], dtype=torch.int64)


def encoded(examples: Examples, classes: Sequence[str]) -> tuple[Tensor, Tensor]:
    """The targets of a batch, (N,) int64 places among the classes, and its count, 1 where there is
    a label.

    Raises:
        DataError: a label that training never saw.
    """
    targets = indices(examples.targets, classes, examples.sources)
    return targets, (targets != UNLABELLED).float()


def answers(outputs: Tensor, classes: Sequence[str], chosen: Chosen) -> AnswerColumns:
    """The softmax of (B, K) outputs, in float32, as B labels; by the temperature, where one was
    chosen on dev.
    """
    return of_probabilities(softmax(outputs, chosen).cpu().numpy(), classes)


def softmax(outputs: Tensor, chosen: Chosen) -> Tensor:
    """The same as (B, K) numbers."""
    scores = outputs.float()
    if "temperature" in chosen:
        scores = scores / chosen["temperature"]
    return scores.softmax(dim=1)


def of_probabilities(rows: np.ndarray[Any, Any], classes: Sequence[str]) -> AnswerColumns:
    """(B, K) probabilities in float32 as B labels."""
    best = rows.argmax(axis=1)
    columns = {
        "label": [classes[k] for k in best.tolist()],
        "probability": rows.max(axis=1),
        "probabilities": rows,
    }

    def build(label: str, probability: Any, row: Any) -> Label:
        return Label(label, float(probability), dict(zip(classes, row.tolist(), strict=True)))

    return AnswerColumns(build, columns, keys={"probabilities": classes})


def complete(recipe: RecipeT, objective: LabelObjective, smoothing: float) -> RecipeT:
    """The recipe with its loss: the cross entropy (notes 2.3.9), unless focal is asked for.

    Args:
        objective: of this recipe.
        smoothing: the label smoothing where none is asked for.

    Raises:
        RecipeError: ``objective.loss`` is none of the losses for labels, or focal with label
            smoothing.
    """
    if objective.loss not in ("auto", *LOSSES):
        raise RecipeError(
            f"objective.loss = '{objective.loss}' is no loss for"
            f" labels{nearest(str(objective.loss), LOSSES)}"
        )
    if objective.loss == "focal" and objective.label_smoothing not in ("auto", 0):
        raise RecipeError(
            f"objective.label_smoothing = {objective.label_smoothing:g} with"
            " objective.loss = 'focal': the one makes the net less sure, the other looks away"
            " where it is sure; expected 0 with focal."
        )
    usual = 0.0 if objective.loss == "focal" else smoothing
    return recipe.resolve({"objective.loss": "cross_entropy", "objective.label_smoothing": usual})


class OfLabels(Protocol):
    """A recipe of labels."""

    @property
    def objective(self) -> LabelObjective:
        """What its loss is."""


def class_weights(recipe: OfLabels) -> ClassWeights | None:
    """As the recipe says."""
    wanted = recipe.objective.class_weights
    return None if wanted == "none" else wanted


def places(targets: Sequence[str | None], classes: Sequence[str]) -> Floats:
    """(N,) places of the targets among the classes; NaN where there is none."""
    found = as_floats(indices(targets, classes).tolist())
    found[found == UNLABELLED] = math.nan
    return found


def baseline(train: Examples) -> Callable[[Example], Label]:
    """The most frequent label, with how often each occurs as its probability."""
    counts = Counter(t for t in train.targets if t is not None)
    total = sum(counts.values())
    rates = {name: counts[name] / total for name in sorted(counts, key=natural)}
    best = max(rates, key=lambda name: rates[name])
    return lambda example: Label(best, rates[best], rates)


def wrong(example: Example, answer: Label) -> bool | None:
    """Whether another label was answered."""
    return None if example.target is None else answer.label != example.target


def probabilities(answer: Label) -> dict[str, float]:
    """Those of all classes."""
    return answer.probabilities


def combine(answers: Sequence[Label], chosen: Sequence[Chosen]) -> Label:
    """The mean of the probabilities, and the label for which it is largest.

    Raises:
        DataError: not all of them know the same classes.
    """
    first = answers[0].probabilities
    for other in answers[1:]:
        if apart := sorted(first.keys() ^ other.probabilities.keys(), key=natural):
            raise DataError(
                f"the class '{apart[0]}' is known to one run and not to another: combine runs that"
                " were trained on the same classes."
            )
    means = {
        name: math.fsum(answer.probabilities[name] for answer in answers) / len(answers)
        for name in first
    }
    best = max(means, key=lambda name: means[name])
    return Label(best, means[best], means)
