"""Texts whose words are written otherwise, with their names at the new places."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence

from netwright.data.tagged.sentence import Name, Sentence, WordSpan


def changed(
    sentence: Sentence,
    names: Sequence[Name] | None,
    change: Callable[[Sequence[str]], Sequence[str]],
) -> tuple[Sentence, tuple[Name, ...] | None]:
    """A text whose words, and what lies between them, are changed piece by piece, and its names,
    each of the same words.

    What is left of no letter is no word and, where all of its words are so, no name; a text of
    which no word would be left stays as it is.

    Args:
        change: pieces, the second and then each second one a word -> as many.
    """
    edges = [
        0,
        *(edge for pair in zip(sentence.starts, sentence.ends, strict=True) for edge in pair),
    ]
    ends = [*edges[1:], len(sentence.text)]
    pieces = change([sentence.text[a:b] for a, b in zip(edges, ends, strict=True)])
    spans, kept, at = list[tuple[int, int]](), list[int](), 0
    for number, piece in enumerate(pieces):
        if number % 2 and piece:
            spans.append((at, at + len(piece)))
            kept.append(number // 2)
        at += len(piece)
    if not kept:
        return sentence, None if names is None else tuple(names)
    made = Sentence("".join(pieces), *(tuple(ends) for ends in zip(*spans, strict=True)))
    if names is None:
        return made, None
    words = [span for name in names if (span := sentence.span(name))]
    left = [WordSpan(bisect_left(kept, s.first), bisect_left(kept, s.end), s.label) for s in words]
    return made, tuple(made.name(span) for span in left if span.first < span.end)
