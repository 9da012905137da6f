"""What a linear chain over tags answers: the best path, and how probable names are (notes 5.1.2).

    p(y | x) = exp s(x, y) / Z,   s(x, y) = sum_t e_t[y_t] + A[y_t-1, y_t]

with a score for the tag that begins and for the one that ends. Viterbi's algorithm finds the path
with the largest s; the forward-backward algorithm sums over all paths with a name in them (Rabiner
1989, "A tutorial on hidden Markov models"). In NumPy, so that a net that was exported answers by it
too; what it is learned by is ``nets.sequence.crf``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

Span: TypeAlias = tuple[int, int, int]
"""The first place, the one behind the last, and the number of the label."""


@dataclass(frozen=True)
class SpanTags:
    """How the tags of a label, S of them for each of L labels, make a name.

    Args:
        of_label: (L, S) the tags of each label, in the same order for all.
        begins: (S,) whether a name begins with it.
        goes_on: (S,) whether it goes on with the name before it.
    """

    of_label: NDArray[np.int64]
    begins: NDArray[np.bool_]
    goes_on: NDArray[np.bool_]


@dataclass(frozen=True)
class TagChain:
    """The scores of K tags beside each other; those of what may not be are so low that no path has
    any.

    Args:
        begin, end: (K,) of beginning with a tag, and of ending with one.
        step: (K, K) of one tag after another.
    """

    begin: Floats
    step: Floats
    end: Floats

    def best(self, emitted: Floats, known: NDArray[np.bool_]) -> NDArray[np.int64]:
        """(B, T) the path with the largest s; 0 where nothing is known.

        Args:
            emitted: (B, T, K) the score of each tag at each place.
            known: (B, T) whether there is a word; the first ones of each row are.
        """
        score, came_from = self.begin + emitted[:, 0], list[NDArray[np.int64]]()
        stays = np.broadcast_to(np.arange(len(self.begin)), score.shape)
        for t in range(1, emitted.shape[1]):
            through = score[:, :, None] + self.step  # (B, K, K): the tag before, the tag now
            inside = known[:, t, None]
            score = np.where(inside, through.max(axis=1) + emitted[:, t], score)
            came_from.append(np.where(inside, through.argmax(axis=1), stays))
        at = (score + self.end).argmax(axis=1)
        path, rows = [at], np.arange(len(at))
        for before in reversed(came_from):
            at = before[rows, at]
            path.append(at)
        return np.where(known, np.stack(path[::-1], axis=1), 0)

    def spans(
        self,
        emitted: Floats,
        known: NDArray[np.bool_],
        tags: SpanTags,
        least: float,
        wanted: Sequence[Sequence[Span]],
    ) -> list[dict[Span, float]]:
        """Of each row the names with a probability of ``least`` or more, and those ``wanted``
        whatever theirs is: the sum of p(y | x) over the paths that have exactly this name.

        Args:
            emitted, known: as of ``best``.
        """
        ahead, behind, total = self._both_ways(emitted, known)
        steps = self.step[tags.of_label[:, :, None], tags.of_label[:, None]]  # (L, S, S)
        lengths = known.sum(axis=1)
        every = np.repeat(known[:, :, None], len(tags.of_label), axis=2)
        row, first, label = np.nonzero(every)  # of each name that may begin: (M,)
        longest = _lengths(wanted, every.shape)[every]
        # of all paths up to here that began a name there and go on with it, by the last tag
        held = np.where(tags.begins, ahead[_at(row, first, label, tags)], -np.inf)
        p = np.exp(_log_sum(held + behind[_at(row, first, label, tags)]) - total[row])
        found: list[dict[Span, float]] = [{} for _ in wanted]
        length = 1
        while len(kept := np.flatnonzero((p >= least) | (longest >= length))):
            row, first, label, longest, held, p = (
                one[kept] for one in (row, first, label, longest, held, p)
            )
            place = np.minimum(first + length, emitted.shape[1] - 1)
            longer = _log_sum((held[:, :, None] + steps[label]).swapaxes(1, 2))
            longer = longer + emitted[_at(row, place, label, tags)]
            inside = tags.goes_on & (first + length < lengths[row])[:, None]
            held = np.where(inside, longer, -np.inf)
            p_longer = np.exp(_log_sum(held + behind[_at(row, place, label, tags)]) - total[row])
            ends_here = np.clip(p - p_longer, 0.0, 1.0)
            for at in np.flatnonzero((ends_here >= least) | (longest == length)).tolist():
                start = int(first[at])
                found[row[at]][start, start + length, int(label[at])] = float(ends_here[at])
            p, length = p_longer, length + 1
        return found

    def _both_ways(
        self, emitted: Floats, known: NDArray[np.bool_]
    ) -> tuple[Floats, Floats, Floats]:
        """(B, T, K) the logarithms of the sums over the paths up to each place, it among them, and
        over those from it on, it not among them; (B,) log Z.
        """
        ahead, behind = np.empty_like(emitted), np.empty_like(emitted)
        ahead[:, 0], behind[:, -1] = self.begin + emitted[:, 0], self.end
        for t in range(1, emitted.shape[1]):
            through = _log_product(ahead[:, t - 1], self.step) + emitted[:, t]
            ahead[:, t] = np.where(known[:, t, None], through, ahead[:, t - 1])
        for t in reversed(range(emitted.shape[1] - 1)):
            through = _log_product(emitted[:, t + 1] + behind[:, t + 1], self.step.T)
            behind[:, t] = np.where(known[:, t + 1, None], through, self.end)
        return ahead, behind, _log_sum(ahead[:, -1] + self.end)


def _lengths(wanted: Sequence[Sequence[Span]], shape: tuple[int, ...]) -> NDArray[np.int64]:
    """(B, T, L) the length of the name that is wanted of those that begin so; 0: none is."""
    found = np.zeros(shape, np.int64)
    for row, some in enumerate(wanted):
        for start, end, label in some:
            found[row, start, label] = end - start
    return found


def _at(
    row: NDArray[np.int64], place: NDArray[np.int64], label: NDArray[np.int64], tags: SpanTags
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Where the numbers of a label's tags lie in (B, T, K): (M, S)."""
    return row[:, None], place[:, None], tags.of_label[label]


def _log_product(of: Floats, step: Floats) -> Floats:
    """(B, K) log sum_j exp(of_j + step_jk), by a product of matrices."""
    most, high = of.max(axis=1, keepdims=True), step.max()
    with np.errstate(divide="ignore"):  # what no path reaches is -inf
        found: Floats = np.log(np.exp(of - most) @ np.exp(step - high)) + most + high
    return found


def _log_sum(of: Floats) -> Floats:
    """Log sum exp over the last axis; -inf where all are."""
    most = np.maximum(of.max(axis=-1, keepdims=True), -1e300)
    with np.errstate(divide="ignore"):
        found: Floats = np.log(np.exp(of - most).sum(axis=-1)) + most[..., 0]
    return found
