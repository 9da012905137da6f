"""A system: what the spine must know of one kind of problem, as a value of plain functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

from netwright.contract.answers import Answer
from netwright.contract.batch import Batch
from netwright.contract.codec import Codec
from netwright.contract.examples import Example, Examples
from netwright.contract.metric import Metric

if TYPE_CHECKING:
    from torch import Tensor, nn

    from netwright.recipe import Recipe


CodecT = TypeVar("CodecT", bound=Codec)
RecipeT = TypeVar("RecipeT", bound="Recipe")


@dataclass(frozen=True)
class System(Generic[CodecT, RecipeT]):
    """One kind of problem, as a value of plain functions over its own codec and recipe.

    Args:
        name: the folder's name under ``systems/``.
        recipe: the recipe's class: every knob with its default, range, scale and tier.
        codec: the codec's class, to read it back from JSON.
        answer: the answer's class (a frozen dataclass), to read it back from a record.
        takes: what it takes, to follow "takes": ``images or rows whose targets are labels``.
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
    """

    name: str
    recipe: type[RecipeT]
    codec: type[CodecT]
    answer: type[Any]
    takes: str
    accepts: Callable[[Examples], str | None]
    complete: Callable[[RecipeT, Examples], RecipeT]
    fit: Callable[[Examples, RecipeT], CodecT]
    model: Callable[[CodecT, RecipeT], nn.Module]
    loss: Callable[[nn.Module, Batch, RecipeT], Tensor]
    metrics: tuple[Metric, ...]
    baseline: Callable[[Examples], Callable[[Example], Answer]]
    sample: Callable[[int, int], Examples]
    stratify: Callable[[Sequence[Any]], list[str]] | None = None


AnySystem: TypeAlias = System[Any, Any]
"""A system as the spine sees it, which knows neither its codec nor its recipe."""
