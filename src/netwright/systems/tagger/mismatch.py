"""What differs between texts of two sources, and what makes those of one look like the other's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from netwright.contract import Examples, Synthesis
from netwright.data.synthesis import text_steps
from netwright.data.synthesis.text_statistics import of_texts
from netwright.data.tagged.changing import changed
from netwright.systems.tagger.recipe import TaggerRecipe

if TYPE_CHECKING:
    import numpy as np


def statistics(
    examples: Examples, others: Examples, recipe: TaggerRecipe
) -> dict[str, np.ndarray[Any, Any]]:
    """Of the texts how they are written."""
    texts, usual = ([one.text for one in some.inputs] for some in (examples, others))
    return of_texts(texts, usual)


def _change(examples: Examples, rows: Sequence[int], recipe: TaggerRecipe) -> Examples:
    inputs, targets = list(examples.inputs), list(examples.targets)
    for at in rows:
        change = partial(
            text_steps.changed_pieces,
            name=examples.ids[at],
            knobs=recipe.synthesis,
            seed=recipe.training.seed,
        )
        inputs[at], targets[at] = changed(inputs[at], targets[at], change)
    return replace(examples, inputs=inputs, targets=targets)


SYNTHESIS: Synthesis[TaggerRecipe] = Synthesis(text_steps.steps, _change)
