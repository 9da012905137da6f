"""Statistics of inputs, and steps that make those of one source look like another's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeAlias, TypeVar

from netwright.contract.examples import Examples

if TYPE_CHECKING:
    import numpy as np

    from netwright.recipe import Recipe

CHANGED = ("train", "train_dev")
"""The splits whose examples of other domains are changed: train-dev stays of train's kind."""

RecipeT = TypeVar("RecipeT", bound="Recipe")

Statistics: TypeAlias = "Callable[[Examples, Examples, Any], Mapping[str, np.ndarray[Any, Any]]]"
"""(N examples, others of the training source, recipe) -> what can be measured of each input: a name
in words -> (N,) numbers, NaN where there is none. The others are there for what can be told only
beside more of its kind: which words are usual. None of the N is among them.
"""


class SynthesisStep(NamedTuple):
    """A step, and how strong it is tried.

    Args:
        key: of the knob that says how strong it is: ``synthesis.noise``.
        low, high: between which it is fitted.
    """

    key: str
    low: float
    high: float


def no_items(recipe: Any) -> Mapping[str, int]:
    """Of steps that lay nothing over an example."""
    return {}


@dataclass(frozen=True)
class Synthesis(Generic[RecipeT]):
    """How training examples are made to look like those of another source.

    Args:
        steps: (examples, completed recipe) -> the steps that such inputs can take.
        change: (examples, rows, completed recipe) -> the same examples, of which the inputs at
            these rows are as the recipe changes them, each by its id and ``training.seed`` alone;
            targets stay, but for the places that they name in an input, and ids and order.
        items: recipe -> what its steps lay over examples, by what they are called (noises,
            backgrounds): how many different ones there are. Few that are used often are a finding.
        section: of the recipe, that holds the knobs of the steps; its defaults change nothing.
    """

    steps: Callable[[Examples, RecipeT], Sequence[SynthesisStep]]
    change: Callable[[Examples, Sequence[int], RecipeT], Examples]
    items: Callable[[RecipeT], Mapping[str, int]] = no_items
    section: str = "synthesis"

    def is_on(self, recipe: RecipeT) -> bool:
        """Whether a recipe asks for any step."""
        knobs = recipe.value(self.section)
        return bool(knobs != type(knobs)())

    def as_trained(self, examples: Examples, split: str, recipe: RecipeT) -> Examples:
        """The examples of a split as a training by this recipe has them."""
        if split not in CHANGED or not self.is_on(recipe):
            return examples
        return self.change(examples, examples.not_of(recipe.split.domain), recipe)
