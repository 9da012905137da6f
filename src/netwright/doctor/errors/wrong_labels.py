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
    """How many labels look wrong to a net, by confident learning: what is hard for the net is
    counted, too.

    Args:
        count: of all examples.
        resampled_low, resampled_high: between which 95% of such counts lie, the examples drawn
            anew. No interval of the number of wrong labels.
    """

    count: float
    resampled_low: float
    resampled_high: float


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
    """Labels of one class that seem to be of another, by system.

    Args:
        given: the class.
        likely: what they seem to be.
        count: labels that are answered so.
        size: labels of the class.
        p: how likely a net is as sure of so many mistakes of its own, corrected for looking at all
            pairs of classes (Holm 1979).
    """

    given: int
    likely: int
    count: int
    size: int
    p: float


SURE = 0.01
"""A pattern of a larger p is not reported."""

LEAST = 10
"""Labels of one class that are answered as another, from which that pair is looked at."""

MATTERS = 0.05
"""Of all that is answered otherwise than labelled: what is less mends little (notes 3.2.1)."""

AS_SURE, MISTAKE, UNSURE = 0.6, 0.75, 0.7
"""AUC with which a net's confidence tells its right answers of a class from others that say the
same. To labels that are wrong by system it is at most the first; it lay at 0.45 to 0.56 in trials
on real data. Of a net's own mistakes it is about the second, and over all other mistakes at least
the third: where it is less, labels are wrong by chance, or classes overlap.
"""


def patterns(probabilities: Floats, given: Ints) -> list[Pattern]:
    """The classes whose labels are systematically doubtful, the surest first.

    A net makes mistakes by system, too, but it is less sure of a mistake than of what it knows; of
    an example whose label merely says something else it is as sure. So two classes count where the
    answers j to labels i are as sure as those to labels j (a rank test against the AUC of
    mistakes), while its other mistakes are less sure, and where it learned i at all: half of these
    labels are answered so. What is less than one in twenty of its mistakes is not named.
    """
    import numpy as np
    from scipy.stats import norm

    every = _pairs(probabilities, given)
    mistakes = int((probabilities.argmax(1) != given).sum())
    pairs = [one for one in every if one.count >= max(LEAST, MATTERS * mistakes)]
    tails = [float(norm.sf((MISTAKE - one.auc) / one.spread)) for one in pairs]
    result, largest = [], 0.0
    for rank, at in enumerate(np.argsort(tails, kind="stable").tolist()):
        one = pairs[at]
        largest = max(largest, min(1.0, tails[at] * (len(pairs) - rank)))
        if largest > SURE:
            break
        others = [other for other in every if other is not one]
        total = sum(other.count for other in others)
        rest = sum(other.count * other.auc for other in others) / total if total else 1.0
        own = given == one.given
        learned = (probabilities[own].argmax(1) == one.given).mean() >= 0.5
        if learned and one.auc <= AS_SURE and rest >= UNSURE:
            result.append(Pattern(one.given, one.likely, one.count, int(own.sum()), largest))
    return result


@dataclass(frozen=True)
class _Pair:
    """Labels of ``given`` that are answered ``likely``.

    Args:
        count: how many.
        auc: how often a right answer is surer than one of these; spread: its deviation by chance.
    """

    given: int
    likely: int
    count: int
    auc: float
    spread: float


def _pairs(probabilities: Floats, given: Ints) -> list[_Pair]:
    """All that occur, of classes that are answered rightly often enough."""
    import numpy as np
    from scipy.stats import rankdata

    answered, k = probabilities.argmax(1), probabilities.shape[1]
    counts = np.bincount(given * k + answered, minlength=k * k).reshape(k, k)
    found = []
    for i, j in np.argwhere(counts).tolist():
        n, m = int(counts[j, j]), int(counts[i, j])
        if i == j or n < LEAST:
            continue
        right, other = (probabilities[(answered == j) & (given == one), j] for one in (j, i))
        ranks = rankdata(np.concatenate([right, other]))[:n]
        auc = float((ranks.sum() - n * (n + 1) / 2) / (n * m))
        found.append(_Pair(i, j, m, auc, ((n + m + 1) / (12 * n * m)) ** 0.5))
    return found
