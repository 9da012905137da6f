"""From the scores of tags to names, and how probable they are; here, and where no torch is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from netwright.data.tagged import schemes
from netwright.data.tagged.sentence import FoundName, Name, WordSpan
from netwright.decoding.tag_chain import Span, SpanTags, TagChain

LEAST = 0.1
"""The probability from which on a name is kept that is not answered."""

NameOf: TypeAlias = Callable[[WordSpan], Name]
"""Words of a sentence -> the name that they are."""


@dataclass(frozen=True)
class Names:
    """The answer.

    Args:
        names: in the order of the text, as conlleval reads the tags, each with the sum of the
            probabilities of all paths of tags that have it.
        broken: those of them whose tags are not as the scheme has them; a chain answers none.
        maybe: others with a probability of ``LEAST`` or more, the most probable first.
    """

    names: tuple[FoundName, ...]
    broken: tuple[FoundName, ...] = ()
    maybe: tuple[FoundName, ...] = ()


def combine(answers: Sequence[Names], chosen: Sequence[object]) -> Names:
    """The names to which the nets give more than half on average. So no two of them overlap: of
    names that exclude each other the probabilities sum to 1 at most.
    """
    sums: dict[Name, float] = {}
    for answer in answers:
        for name in (*answer.names, *answer.maybe):
            plain = Name(name.text, name.label, name.start, name.end)
            sums[plain] = sums.get(plain, 0.0) + name.p / len(answers)
    found = [FoundName.of(name, p) for name, p in sums.items()]
    names = sorted((name for name in found if name.p > 0.5), key=lambda name: name.key)
    return Names(tuple(names), maybe=ordered(name for name in found if LEAST <= name.p <= 0.5))


def ordered(names: Iterable[FoundName]) -> tuple[FoundName, ...]:
    """The most probable first."""
    return tuple(sorted(names, key=lambda name: (-name.p, name.key)))


@dataclass(frozen=True)
class TagDecoder:
    """What makes names of the scores of tags.

    Args:
        labels, scheme: whose tags they are, in the order of ``schemes.tags_for``.
        chain: which tag goes after which.
    """

    labels: tuple[str, ...]
    scheme: schemes.Scheme
    chain: TagChain

    def answers(
        self, scores: NDArray[Any], lengths: Sequence[int], names: Sequence[NameOf]
    ) -> list[Names]:
        """The names of the best path of each sentence.

        Args:
            scores: (B, T, K) of each tag at each word.
            lengths, names: of each sentence its words, and what names some of them.
        """
        emitted = scores.astype(np.float64)
        known = np.arange(emitted.shape[1]) < np.array(lengths)[:, None]
        paths = self.chain.best(emitted, known).tolist()
        best = [self._spans(path[:length]) for path, length in zip(paths, lengths, strict=True)]
        found = self.chain.spans(emitted, known, self._span_tags, LEAST, best)
        return [self._names(*row) for row in zip(best, found, names, strict=True)]

    def _spans(self, path: Sequence[int]) -> list[Span]:
        spans = schemes.spans_of([self._tags[tag] for tag in path])
        return [(span.first, span.end, self.labels.index(span.label)) for span in spans]

    def _names(self, best: Sequence[Span], found: Mapping[Span, float], name: NameOf) -> Names:
        def named(span: Span) -> FoundName:
            first, end, label = span
            return FoundName.of(name(WordSpan(first, end, self.labels[label])), found[span])

        others = map(named, found.keys() - set(best))
        return Names(tuple(map(named, best)), maybe=ordered(others))

    @cached_property
    def _tags(self) -> tuple[str, ...]:
        return schemes.tags_for(self.labels, self.scheme)

    @cached_property
    def _span_tags(self) -> SpanTags:
        """Of each label the tags stand side by side, behind O, the letters in the same order."""
        of_label = np.arange(1, len(self._tags)).reshape(len(self.labels), -1)
        letters = [schemes.parts(self._tags[tag])[0] for tag in of_label[0]]
        begins, goes_on = (np.array([one in some for one in letters]) for some in ("BS", "IE"))
        return SpanTags(of_label, begins, goes_on)
