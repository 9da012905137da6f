"""A system: what the spine must know of one kind of problem, as a value of plain functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

from netwright.contract.answers import Answer
from netwright.contract.batch import Batch
from netwright.contract.codec import Codec
from netwright.contract.examples import Example, Examples
from netwright.contract.metric import Metric
from netwright.contract.shown import Shown

if TYPE_CHECKING:
    from torch import Tensor, nn

    from netwright.recipe import Recipe


CodecT = TypeVar("CodecT", bound=Codec)
RecipeT = TypeVar("RecipeT", bound="Recipe")


def no_label(target: Any) -> str | None:
    """Of a system whose targets are no classes."""
    return None


def unknown(example: Example, answer: Any) -> bool | None:
    """Of a system whose answers are neither right nor wrong."""
    return None


def no_probabilities(answer: Any) -> Mapping[str, float] | None:
    """Of a system whose answers state none."""
    return None


def not_shown(example: Example, answer: Any) -> Shown | None:
    """Of a system that draws no example."""
    return None


@dataclass(frozen=True)
class System(Generic[CodecT, RecipeT]):
    """One kind of problem, as a value of plain functions over its own codec and recipe.

    Args:
        name: the folder's name under ``systems/``.
        recipe: the recipe's class: every knob with its default, range, scale and tier.
        codec: the codec's class, to read it back from JSON.
        answer: the answer's class (a frozen dataclass), to read it back from a record.
        accepts: what is known of the examples -> a reason to take them, or None.
        complete: a recipe whose ``auto`` values are replaced, given the training split; only from
            what it holds.
        fit: the codec, learned from the training split alone.
        model: the net; plain ``nn.Module``, knows nothing of training.
        loss: (B,) the loss of each row, summed over its labelled things; the spine divides by the
            sum of counts.
        metrics: the first is the single number.
        baseline: the best answer that never looks at the input: the example comes without it.
        sample: a small learnable set, for the contract suite, docs and demo.
        stratify: all targets -> labels to balance the splits by, one each; None: none.
        label: a target -> its class; None where it is none. It is asked of an answer's first field
            too, which is in the target's terms. The only test for "classes": without one there are
            no counts by class, no confusion matrix, no class weights.
        wrong: (example, answer) -> whether the answer is wrong; None where that cannot be said. The
            example comes without its input. Mistakes and calibration stand on it; without it the
            worst examples are those of the largest loss.
        probabilities: an answer -> what it gives each label; None where it states none.
        show: (example, answer or None) -> the example drawn, with the answer where there is one;
            None where it cannot be drawn.
    """

    name: str
    recipe: type[RecipeT]
    codec: type[CodecT]
    answer: type[Any]
    accepts: Callable[[Examples], str | None]
    complete: Callable[[RecipeT, Examples], RecipeT]
    fit: Callable[[Examples, RecipeT], CodecT]
    model: Callable[[CodecT, RecipeT], nn.Module]
    loss: Callable[[nn.Module, Batch, RecipeT], Tensor]
    metrics: tuple[Metric, ...]
    baseline: Callable[[Examples], Callable[[Example], Answer]]
    sample: Callable[[int, int], Examples]
    stratify: Callable[[Sequence[Any]], list[str]] | None = None
    label: Callable[[Any], str | None] = no_label
    wrong: Callable[[Example, Answer], bool | None] = unknown
    probabilities: Callable[[Answer], Mapping[str, float] | None] = no_probabilities
    show: Callable[[Example, Answer | None], Shown | None] = not_shown

    def labels(self, targets: Sequence[Any]) -> list[str | None]:
        """The class of each target."""
        return [self.label(target) for target in targets]


AnySystem: TypeAlias = System[Any, Any]
"""A system as the spine sees it, which knows neither its codec nor its recipe."""
