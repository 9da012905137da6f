"""Which labels may be wrong, by what a net that never learned from these examples says of them
(notes 3.2.3): confident learning (Northcutt, Jiang and Chuang 2021), and by loss where there are no
classes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from netwright.base.seeds import seed_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

ROUNDS = 500
"""Of the bootstrap."""


@dataclass(frozen=True)
class Suspect:
    """A label that may be wrong.

    Args:
        row: of the examples.
        given: its class, as a number.
        likely: the class that is more likely.
        stated: the probability of the given class; the lowest is the most doubtful.
    """

    row: int
    given: int
    likely: int
    stated: float


@dataclass(frozen=True)
class Estimate:
    """How many labels are wrong, by confident learning.

    Args:
        count: of all examples.
        low, high: the ends of its 95% interval, by drawing the examples anew; of the estimate, not
            of what people would find.
    """

    count: float
    low: float
    high: float


def suspects(probabilities: Floats, given: Ints) -> tuple[list[Suspect], Estimate]:
    """The labels that may be wrong, the most doubtful first, and how many there are about.

    An example counts as confidently of class j where p_j is at least the mean p_j of the examples
    labelled j (of several, the one with the largest p). Of the examples labelled i, the fraction of
    the confident ones that are confidently of j is the rate of labels i that should be j; that many
    of those labelled i, with the largest p_j - p_i, and which the net answers otherwise than they
    are labelled, are suspects.

    Args:
        probabilities: (N, K) out of sample.
        given: (N,) the labels, 0 to K - 1.

    Source: Northcutt et al. 2021, section 3; prune by noise rate.
    """
    import numpy as np

    n, k = probabilities.shape
    if not n:
        return [], Estimate(0.0, 0.0, 0.0)
    joint = _confident_joint(probabilities, given)
    rates = _rates(joint)
    sizes = np.bincount(given, minlength=k)
    answered = probabilities.argmax(1)
    likely: dict[int, tuple[float, int]] = {}
    for i, j in zip(*np.nonzero(rates), strict=True):
        if i == j:
            continue
        own = np.flatnonzero(given == i)
        margins = probabilities[own, i] - probabilities[own, j]
        for at in np.argsort(margins, kind="stable")[: round(float(rates[i, j] * sizes[i]))]:
            row = int(own[at])
            if answered[row] != i:
                likely[row] = min((float(margins[at]), int(j)), likely.get(row, (np.inf, 0)))
    rows = _doubtful_first(np.array(list(likely), int), probabilities, given)
    found = [_suspect(row, likely[row][1], probabilities, given) for row in rows]
    return found, _estimate(joint, sizes)


def _doubtful_first(rows: Ints, probabilities: Floats, given: Ints) -> list[int]:
    """The rows by the probability of their label, the lowest first."""
    import numpy as np

    order = np.argsort(probabilities[rows, given[rows]], kind="stable")
    ranked: list[int] = rows[order].tolist()
    return ranked


def _suspect(row: int, likely: int, probabilities: Floats, given: Ints) -> Suspect:
    return Suspect(row, int(given[row]), likely, float(probabilities[row, given[row]]))


def answered_otherwise(probabilities: Floats, given: Ints) -> list[Suspect]:
    """The examples that are answered otherwise than they are labelled, the most doubtful first:
    hard ones, or wrong labels of which there is less reason to think so.
    """
    import numpy as np

    answered = probabilities.argmax(1)
    rows = _doubtful_first(np.flatnonzero(answered != given), probabilities, given)
    return [_suspect(row, int(answered[row]), probabilities, given) for row in rows]


def _confident_joint(probabilities: Floats, given: Ints) -> Ints:
    """(K, K) how many examples labelled i are confidently of j."""
    import numpy as np

    n, k = probabilities.shape
    sums = np.bincount(given, probabilities[np.arange(n), given], k)
    sizes = np.bincount(given, minlength=k)
    thresholds = np.where(sizes > 0, sums / np.maximum(sizes, 1), np.inf)
    reached = np.where(probabilities >= thresholds - 1e-9, probabilities, -1.0)
    likely = reached.argmax(1)
    sure = reached[np.arange(n), likely] >= 0
    pairs = np.bincount(given[sure] * k + likely[sure], minlength=k * k)
    joint: Ints = pairs.reshape(k, k)
    return joint


def _rates(joint: Ints) -> Floats:
    """(K, K) the fraction of the labels i that should be j; nothing is known of a class without a
    confident example.
    """
    import numpy as np

    totals = joint.sum(1, keepdims=True)
    rates: Floats = joint / np.maximum(totals, 1)
    return rates


def _estimate(joint: Ints, sizes: Ints) -> Estimate:
    import numpy as np

    def count(of: Ints) -> float:
        rates = _rates(of)
        return float(((rates.sum(1) - np.diag(rates)) * sizes).sum())

    rng = np.random.default_rng(seed_of(0, "wrong labels"))
    total = int(joint.sum())
    if not total:
        return Estimate(0.0, 0.0, 0.0)
    k = len(joint)
    drawn = rng.multinomial(total, joint.ravel() / total, ROUNDS).reshape(ROUNDS, k, k)
    low, high = np.quantile([count(one) for one in drawn], [0.025, 0.975])
    value = count(joint)
    return Estimate(value, min(float(low), value), max(float(high), value))


def by_loss(losses: Floats) -> list[int]:
    """The rows by how unlike their answers are to their labels: the largest loss first."""
    import numpy as np

    known = np.flatnonzero(np.isfinite(losses))
    rows: list[int] = known[np.argsort(-losses[known], kind="stable")].tolist()
    return rows


@dataclass(frozen=True)
class Pattern:
    """A class with far more doubtful labels than the others.

    Args:
        given: the class.
        likely: what most of them seem to be.
        count: of its labels, how many are doubtful.
        size: how many it has.
        p: how likely as many are where all classes are alike, corrected for looking at all classes
            (Holm 1979).
    """

    given: int
    likely: int
    count: int
    size: int
    p: float


SURE = 0.01
"""A pattern of a larger p is not reported."""


def patterns(found: list[Suspect], given: Ints) -> list[Pattern]:
    """The classes whose labels are systematically doubtful, the surest first: with more suspects
    than as many examples drawn from all would have (the hypergeometric tail).
    """
    import numpy as np
    from scipy.stats import hypergeom

    total, sizes = len(given), np.bincount(given)
    by_class: dict[int, list[Suspect]] = {}
    for one in found:
        by_class.setdefault(one.given, []).append(one)
    tails = sorted(
        (float(hypergeom.sf(len(own) - 1, total, len(found), sizes[i])), i)
        for i, own in by_class.items()
    )
    result, largest = [], 0.0
    classes = int((sizes > 0).sum())
    for rank, (tail, i) in enumerate(tails):
        largest = max(largest, min(1.0, tail * (classes - rank)))
        if largest > SURE:
            break
        likely = np.bincount([one.likely for one in by_class[i]]).argmax()
        result.append(Pattern(i, int(likely), len(by_class[i]), int(sizes[i]), largest))
    return result
