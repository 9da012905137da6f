"""What differs between texts of two sources, and what makes those of one look like the other's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from netwright.contract import Examples, Synthesis
from netwright.data.synthesis import text_steps
from netwright.data.synthesis.row_statistics import of_rows
from netwright.data.synthesis.text_statistics import of_texts
from netwright.data.tables.rows import Rows
from netwright.systems.text.codec import texts_of
from netwright.systems.text.recipe import TextRecipe

Floats = np.ndarray[Any, np.dtype[np.float64]]


def statistics(examples: Examples, others: Examples, recipe: TextRecipe) -> dict[str, Floats]:
    """Of the texts how they are written, and of a table the columns beside them."""
    column = recipe.data.text_column
    found = of_texts(texts_of(examples, column), texts_of(others, column))
    if not isinstance(examples.inputs, Rows) or len(examples.inputs.columns) == 1:
        return found
    return {**found, **of_rows(_beside(examples, column), _beside(others, column))}


def _beside(examples: Examples, column: str) -> Examples:
    return replace(examples, inputs=examples.inputs.drop([column]))


def _change(examples: Examples, rows: Sequence[int], recipe: TextRecipe) -> Examples:
    column, seed = recipe.data.text_column, recipe.training.seed
    texts = list(texts_of(examples, column))
    for at in rows:
        texts[at] = text_steps.changed(texts[at], examples.ids[at], recipe.synthesis, seed)
    if not isinstance(examples.inputs, Rows):
        return replace(examples, inputs=texts)
    import polars as pl

    before = examples.inputs
    frame = before.frame.with_columns(pl.Series(column, texts))
    return replace(examples, inputs=Rows(frame, prose=before.prose))


SYNTHESIS: Synthesis[TextRecipe] = Synthesis(text_steps.steps, _change)
