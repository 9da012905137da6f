"""Are two samples of one distribution? A classifier is told to tell them apart; where it does no
better than chance on what it has not seen, nothing that it can see differs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

PERMUTATIONS = 1_999
"""Of the labels; the smallest p is one in so many and one."""

ROUNDS = 60
"""Small trees, at half the usual rate: of few examples they find more than large ones do."""

SHUFFLES = 3
"""Of a column, to see how much the classifier needs it."""

MOST_SHUFFLED = 400
"""Rows of each half for that, at most: each is ranked anew for each column and shuffle."""


@dataclass(frozen=True)
class Samples:
    """Two samples, one row an example.

    Args:
        matrix: (N, D) numbers; NaN where missing.
        is_second: (N,) which ones are of the second.
        units: (N,) what is independent: a group, equal content; it lies in one sample as a whole.
        is_word: (D,) whether a column is of categories; None: none is.
    """

    matrix: Array
    is_second: Array
    units: Sequence[str]
    is_word: Sequence[bool] | None = None


@dataclass(frozen=True)
class TwoSampleTest:
    """How well a classifier tells two samples apart, on examples that it was not fitted on.

    Args:
        auc: how often it ranks one of the second above one of the first: 0.5 by chance, 1 always.
        seen_from: the AUC above which p is below 0.05.
        p: that it would rank so well by chance.
        needs: (D,) how much of the AUC is lost where a column is shuffled; empty where it was not
            looked for.
        scores: (N,) how much each looks like one of the second, by the classifier that it was not
            fitted for.
    """

    auc: float
    seen_from: float
    p: float
    needs: tuple[float, ...] = ()
    scores: tuple[float, ...] = ()


def two_sample_test(samples: Samples, seed: int = 0, *, by_column: bool = False) -> TwoSampleTest:
    """The classifier two-sample test, by gradient boosting and the AUC.

    Each half is ranked by a classifier that was fitted on the other. Given that classifier, all
    ways to deal the units of a half out to the two samples are equally likely if these are of one
    distribution: a permutation test that is exact. The p values of the two halves hang together,
    and are combined by their Cauchy transforms.

    Args:
        by_column: whether to look for how much each column is needed, where p is below 0.05.

    Source: Lopez-Paz and Oquab 2017; Liu and Xie 2020 (the combination).
    """
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):  # trees so small wait for their threads, most on a busy machine
        return _tested(samples, seed, by_column)


def _tested(samples: Samples, seed: int, by_column: bool) -> TwoSampleTest:
    rng = np.random.default_rng(seed)
    units = np.unique(np.asarray(samples.units, dtype=str), return_inverse=True)[1]
    half = _halves(units, samples.is_second, rng)
    models = [_fitted(samples, half == other) for other in (1, 0)]
    parts = [np.flatnonzero(half == at) for at in (0, 1)]
    aucs, levels, ps, every = [], [], [], np.zeros(len(units))
    for model, rows in zip(models, parts, strict=True):
        scores = every[rows] = model.predict_proba(samples.matrix[rows])[:, 1]
        is_second = samples.is_second[rows]
        null = _permuted(scores, is_second, units[rows], rng)
        aucs.append(auc(scores, is_second))
        levels.append(float(np.quantile(null, 0.95)))
        ps.append((1 + int((null >= aucs[-1] - 1e-12).sum())) / (1 + len(null)))
    p = combined(ps)
    needs = _needs(samples, models, parts, rng) if by_column and p < 0.05 else ()
    means = float(np.mean(aucs)), float(np.mean(levels))
    return TwoSampleTest(*means, p, needs, tuple(every.tolist()))


def combined(p: Sequence[float]) -> float:
    """One p value of several that may hang together: half of the mean of tan((0.5 - p) pi) turned
    back (Liu and Xie 2020).
    """
    most = 1 - 1 / (PERMUTATIONS + 1)  # tan has no end at 1
    mean = float(np.mean(np.tan((0.5 - np.minimum(p, most)) * np.pi)))
    return float(0.5 - np.arctan(mean) / np.pi)


def auc(scores: Array, is_second: Array) -> float:
    """How often a score of the second sample is above one of the first; a tie counts half.

    Source: Mann and Whitney 1947.
    """
    ranks, seconds = _ranks(scores), int(is_second.sum())
    pairs = seconds * (len(scores) - seconds)
    return float((ranks[is_second].sum() - seconds * (seconds + 1) / 2) / pairs)


def _ranks(scores: Array) -> Array:
    from scipy.stats import rankdata

    found: Array = rankdata(scores)
    return found


def _permuted(scores: Array, is_second: Array, units: Array, rng: np.random.Generator) -> Array:
    """(R,) the AUC where whole units are dealt out to the samples anew."""
    names, own = np.unique(units, return_inverse=True)
    sizes = np.bincount(own)
    sums = np.bincount(own, _ranks(scores))
    labels = np.bincount(own, is_second) > 0
    found = np.empty(PERMUTATIONS)
    at_once = max(1, 4_000_000 // len(names))
    for start in range(0, PERMUTATIONS, at_once):
        count = min(at_once, PERMUTATIONS - start)
        dealt = rng.permuted(np.tile(labels, (count, 1)), axis=1)
        seconds = dealt @ sizes
        pairs = np.maximum(1, seconds * (len(scores) - seconds))
        found[start : start + count] = (dealt @ sums - seconds * (seconds + 1) / 2) / pairs
    return found


def _halves(units: Array, is_second: Array, rng: np.random.Generator) -> Array:
    """(N,) 0 or 1: half of the units of each sample."""
    half = np.zeros(units.max() + 1, dtype=int)
    for part in (is_second, ~is_second):
        own = rng.permutation(np.unique(units[part]))
        half[own[: len(own) // 2]] = 1
    found: Array = half[units]
    return found


def _fitted(samples: Samples, rows: Array) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    model = HistGradientBoostingClassifier(
        max_iter=ROUNDS,
        learning_rate=0.05,
        max_leaf_nodes=4,
        min_samples_leaf=10,
        categorical_features=None if samples.is_word is None else list(samples.is_word),
        early_stopping=False,
        random_state=0,
    )
    return model.fit(samples.matrix[rows], samples.is_second[rows])


def _needs(
    samples: Samples, models: Sequence[Any], parts: Sequence[Array], rng: np.random.Generator
) -> tuple[float, ...]:
    """What of the AUC is lost where a column is shuffled (Breiman 2001)."""
    lost = np.zeros(samples.matrix.shape[1])
    for model, rows in zip(models, parts, strict=True):
        some = rows if len(rows) <= MOST_SHUFFLED else rng.choice(rows, MOST_SHUFFLED, False)
        matrix, is_second = samples.matrix[some], samples.is_second[some]
        whole = auc(model.predict_proba(matrix)[:, 1], is_second)
        for at in range(matrix.shape[1]):
            own = matrix[:, at].copy()
            for _ in range(SHUFFLES):
                matrix[:, at] = rng.permutation(own)
                found = auc(model.predict_proba(matrix)[:, 1], is_second)
                lost[at] += (whole - found) / (SHUFFLES * len(parts))
            matrix[:, at] = own
    return tuple(lost.tolist())
