"""Clusters of hard examples that nobody named: found on one half of dev, measured on the other.

What was found where it is measured would look worse than it is: of many clusters some are bad by
chance, and those are the ones that are found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from netwright.base import figures
from netwright.doctor.slices.by_value import MISSING, as_numbers
from netwright.doctor.slices.slices import FEWEST, Slice
from netwright.metrics.contrasts import Floats

BY = "discovered"
MOST = 3
"""Clusters that are measured: the hardest."""

DEPTH = 3
"""Of the tree: a cluster is at most so many conditions."""

MOST_WORDS = 10
"""Values of a column of words that the tree may ask for."""

MOST_CLUSTERS = 8
PER_CLUSTER = 25
"""Examples of the half that they are found on, at least."""

NamesCluster = Callable[[Floats, Floats], str]
"""(the rows that clusters were made of, the center of one) -> what that one is called."""

Halves = tuple[Sequence[int], Sequence[int]]
"""Rows of dev: to find clusters on, to measure them on."""


@dataclass(frozen=True)
class Feature:
    """What the tree may ask: a number below a threshold, or whether a column has a value.

    Args:
        word: the value; None: the numbers themselves.
    """

    column: str
    word: str | None
    values: Floats


def by_tree(columns: Mapping[str, Sequence[Any]], hard: Floats, halves: Halves) -> Iterator[Slice]:
    """Of rows of a table: the leaves of a shallow regression tree in which examples are hardest.

    Args:
        columns: of dev; values of one kind, None where missing.
        hard: (N,) what is to be small; NaN where unknown.

    Source: Breiman et al. 1984; Chung et al. 2019, "Slice Finder".
    """
    from sklearn.tree import DecisionTreeRegressor

    features = [feature for name, values in columns.items() for feature in _features(name, values)]
    fit = _known(halves[0], hard)
    least = max(PER_CLUSTER, len(fit) // 20)
    if not features or len(fit) < 2 * least:
        return
    matrix = np.stack([feature.values for feature in features], axis=1)
    tree = DecisionTreeRegressor(max_depth=DEPTH, min_samples_leaf=least, random_state=0)
    tree.fit(matrix[fit], hard[fit])
    names = {leaf: _conditions(path, features) for leaf, path in _paths(tree.tree_)}
    yield from _hardest(tree.apply(matrix), names, hard, halves)


def by_clusters(
    matrix: Floats, name: NamesCluster, hard: Floats, halves: Halves
) -> Iterator[Slice]:
    """Of rows of numbers: their k-means clusters in which examples are hardest.

    Args:
        matrix: (N, D) of dev: what the net makes of each, or the probabilities that it states.
        name: of a cluster.
    """
    from sklearn.cluster import KMeans

    fit = _known(halves[0], hard)
    count = min(MOST_CLUSTERS, len(fit) // PER_CLUSTER, len(np.unique(matrix[fit], axis=0)))
    if count < 2:
        return
    found = KMeans(count, n_init=4, random_state=0).fit(matrix[fit])
    names = {at: name(matrix, center) for at, center in enumerate(found.cluster_centers_)}
    yield from _hardest(found.predict(matrix), names, hard, halves)


def like_one(sources: Sequence[str]) -> NamesCluster:
    """A cluster is called after the example of dev that is nearest to its center."""

    def name(matrix: Floats, center: Floats) -> str:
        return f"alike to the net, such as {sources[int(((matrix - center) ** 2).sum(1).argmin())]}"

    return name


def by_probabilities(labels: Sequence[str]) -> NamesCluster:
    """A cluster is called after the labels that are most probable in it."""

    def name(matrix: Floats, center: Floats) -> str:
        most = [k for k in np.argsort(-center)[:2] if center[k] >= 0.05]
        return "answers like " + ", ".join(f"{labels[k]} {center[k]:.2f}" for k in most)

    return name


def _known(rows: Sequence[int], hard: Floats) -> Any:
    some = np.asarray(rows, dtype=int)
    return some[~np.isnan(hard[some])]


def _hardest(
    cluster: Any, names: Mapping[int, str], hard: Floats, halves: Halves
) -> Iterator[Slice]:
    """The clusters whose mean on the first half is the surest to be large, with their rows of the
    other: small ones have the most extreme means by chance alone.
    """
    fit, other = _known(halves[0], hard), np.asarray(halves[1], dtype=int)
    usual = hard[fit].mean()
    own = {at: hard[fit][cluster[fit] == at] for at in names}
    above = {at: some.sum() - usual * len(some) for at, some in own.items()}
    sure = {at: size / np.sqrt(max(1, len(own[at]))) for at, size in above.items()}
    for at in sorted(sure, key=lambda at: -sure[at])[:MOST]:
        rows = other[cluster[other] == at]
        if above[at] > 0 and len(rows) >= FEWEST:
            yield Slice(BY, names[at], tuple(rows.tolist()), tuple(other.tolist()))


def _features(name: str, values: Sequence[Any]) -> Iterator[Feature]:
    numbers = as_numbers(values)
    if numbers is not None:
        yield Feature(name, None, np.where(np.isfinite(numbers), numbers, np.nan))
        return
    words = [MISSING if value is None else figures.value(value) for value in values]
    names, counts = np.unique(words, return_counts=True)
    often = sorted(zip(-counts, names, strict=True))[:MOST_WORDS]
    for _, word in often if len(names) > 1 else ():
        is_word = np.array([one == word for one in words])
        yield Feature(name, str(word), is_word.astype(float))


Path = tuple[tuple[int, bool, float, bool], ...]
"""From the root on: (feature, whether it is above the threshold, the threshold, whether missing
ones go the same way).
"""


def _paths(tree: Any, node: int = 0, path: Path = ()) -> Iterator[tuple[int, Path]]:
    """Leaf -> how one comes there."""
    left, right = int(tree.children_left[node]), int(tree.children_right[node])
    if left < 0:
        yield node, path
        return
    at, threshold = int(tree.feature[node]), float(tree.threshold[node])
    to_left = bool(tree.missing_go_to_left[node])
    yield from _paths(tree, left, (*path, (at, False, threshold, to_left)))
    yield from _paths(tree, right, (*path, (at, True, threshold, not to_left)))


def _conditions(path: Path, features: Sequence[Feature]) -> str:
    """The conditions of a leaf, of each column the narrowest: ``age > 40 and sex = female``."""
    found: dict[tuple[int, bool], str] = {}
    for at, above, threshold, with_missing in path:
        feature = features[at]
        if feature.word is not None:
            found[at, above] = f"{feature.column} {'=' if above else 'is not'} {feature.word}"
            continue
        has_missing = with_missing and np.isnan(feature.values).any()
        sign = ">" if above else "<="
        found[at, above] = (
            f"{feature.column} {sign} {figures.readable(threshold)}"
            + f" or {MISSING}" * bool(has_missing)
        )
    return " and ".join(found.values()) or "all"
