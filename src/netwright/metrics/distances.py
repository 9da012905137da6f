"""How far two sets of numbers lie apart, one kind of number after another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np

Floats: TypeAlias = np.ndarray[Any, np.dtype[np.float64]]
Columns: TypeAlias = Mapping[str, Floats]
"""Name -> (N,), NaN where there is none."""

MATCHED = (0.1, 0.3, 0.5, 0.7, 0.9)
"""Quantiles that are brought together when one set is made like another."""

QUANTILES = (np.arange(100) + 0.5) / 100


def scales(first: Columns, second: Columns, *, apart: bool = False) -> dict[str, float]:
    """The deviation of each kind of number within the two sets, by which distances are counted; of
    one that varies in neither, what lies between the two. None of one that is the same throughout.

    Args:
        apart: whether what lies between the two counts in every deviation, so that no distance is
            above 2 however far they lie apart.
    """
    found = {}
    for name in first:
        one, other = _known(first[name]), _known(second[name])
        if not len(one) or not len(other):
            continue
        within, between = (one.var() + other.var()) / 2, (one.mean() - other.mean()) ** 2 / 4
        scale = float(np.sqrt(within + between if apart or not within else within))
        if scale > 0:
            found[name] = scale
    return found


def distances(first: Columns, second: Columns, by: Mapping[str, float]) -> dict[str, float]:
    """How far the two distributions of each kind of number lie apart, in deviations: the mean
    difference of their quantiles.

    Args:
        by: name -> the deviation, as ``scales`` gives it.

    Source: Vaserstein 1969 (the distance of order 1).
    """
    return {
        name: float(np.abs(_at(first[name]) - _at(second[name])).mean()) / by[name] for name in by
    }


def distance(first: Columns, second: Columns, by: Mapping[str, float]) -> float:
    """The mean of ``distances``; 0 where there is nothing to compare."""
    found = distances(first, second, by)
    return sum(found.values()) / max(1, len(found))


def _known(column: Floats) -> Floats:
    return column[~np.isnan(column)]


def _at(column: Floats) -> Floats:
    known = _known(column)
    return np.quantile(known, QUANTILES) if len(known) else np.zeros(len(QUANTILES))


def quantiles(columns: Columns, by: Mapping[str, float]) -> Floats:
    """A few quantiles and the mean of each kind of number, in deviations, one after the other; of
    what is there or not the quantiles say little, the mean all.
    """
    known = [_known(columns[name]) / scale for name, scale in by.items()]
    found = [
        np.append(np.quantile(one, MATCHED), one.mean()) if len(one) else np.zeros(len(MATCHED) + 1)
        for one in known
    ]
    return np.concatenate(found) if found else np.zeros(0)
