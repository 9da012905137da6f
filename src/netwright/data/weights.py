"""How much each example counts: numbers of at least 0 (notes 3.1.7).

They come from a column, or are given beside the arrays.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from netwright.base.errors import DataError
from netwright.base.typed_numbers import LARGEST_FIGURE
from netwright.contract.reading import Reading, fingerprint
from netwright.data.packed import Floats


def checked(values: Any, name: str, sources: Sequence[str]) -> Floats:
    """The weights as float64.

    Args:
        values: (N,) an array of numbers.
        name: what a person calls them.
        sources: where each is found.

    Raises:
        DataError: a weight that is missing, no number, negative or larger than 1e100; or all are 0.
    """
    try:
        weights: Floats = np.asarray(values).astype(np.float64)
    except (TypeError, ValueError):
        raise DataError(f"{name} holds words: expected numbers of at least 0.") from None
    wrong = np.flatnonzero(~((weights >= 0) & (weights <= LARGEST_FIGURE)))
    if len(wrong):
        found = "missing" if np.isnan(weights[wrong[0]]) else f"{weights[wrong[0]]:g}"
        raise DataError(
            f"{sources[int(wrong[0])]}: {name} is {found}: expected a number from 0 to"
            f" {LARGEST_FIGURE:g}, 0 where the row shall not count."
        )
    if not weights.any():
        raise DataError(f"{name} is 0 in every row: nothing would count.")
    return weights


def weighed(reading: Reading, values: Any) -> Reading:
    """The reading with these weights, one an example.

    Raises:
        DataError: it has weights already, there are more or fewer than examples, or one is no
            weight.
    """
    examples = reading.examples
    if examples.weights is not None:
        raise DataError("weights are given twice, as a column and beside the data: leave one out.")
    array = np.asarray(values)
    if array.shape != (len(examples),):
        raise DataError(
            f"the weights have the shape {array.shape}: expected ({len(examples)},), one for each"
            " example that has a target."
        )
    held: Any = checked(array, "the weight", examples.sources)
    full = dataclasses.replace(examples, weights=held)
    return dataclasses.replace(reading, examples=full, fingerprint=fingerprint(full))
