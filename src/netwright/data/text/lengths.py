"""How long texts are, which of them are much longer than the others, and how many of their words
training knows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from netwright.base.figures import counted, percent
from netwright.base.findings import Finding
from netwright.contract import Contents, View

Texts = Sequence[Sequence[str]]
"""In words."""

KNOWN_FROM = 2
"""Texts of train that a word occurs in where it is known: what a vocabulary has by default."""

USUAL, TIMES, LEAST = 95, 10, 200
"""A text is over-long that is so many times as long as so many in a hundred are at most, and has so
many words.
"""

COLUMNS = ("split", "texts", "shortest", "half", "95 in 100", "longest", "words known by train")


def contents_of(
    parts: Mapping[str, Texts], sources: Mapping[str, Sequence[str]], title: str
) -> Contents:
    """A table of the words a text in each split, and NW252 on those that are over-long.

    Args:
        title: of the table.
        sources: split -> where each text comes from.
    """
    counts = Counter(word for text in parts.get("train", ()) for word in set(text))
    known = {word for word, count in counts.items() if count >= KNOWN_FROM}
    rows = [_row(split, texts, known) for split, texts in parts.items() if len(texts)]
    if not rows:
        return Contents()
    table = View(title, columns=COLUMNS, rows=rows, of_examples=False)
    return Contents((table,), _over_long(parts, sources))


def _row(split: str, texts: Texts, known: set[str]) -> list[str | float]:
    lengths = [len(text) for text in texts]
    half, most = np.percentile(lengths, [50, USUAL], method="lower").tolist()
    seen = sum(word in known for text in texts for word in text)
    coverage = percent(seen / sum(lengths)) if any(lengths) else "none"
    return [split, len(texts), min(lengths), int(half), int(most), max(lengths), coverage]


def _over_long(
    parts: Mapping[str, Texts], sources: Mapping[str, Sequence[str]]
) -> tuple[Finding, ...]:
    found = sorted(
        (
            (len(text), source)
            for split, texts in parts.items()
            for text, source in zip(texts, sources[split], strict=True)
        ),
        key=lambda one: -one[0],
    )
    usual = int(np.percentile([length for length, _ in found], USUAL, method="lower"))
    long = [one for one in found if one[0] >= max(LEAST, TIMES * usual)]
    if not long:
        return ()
    listed = ", ".join(f"{source} ({length:,})" for length, source in long[:3])
    return (
        Finding(
            "NW252",
            f"{len(long):,} of {counted(len(found), 'text')} {'is' if len(long) == 1 else 'are'} at"
            f" least {TIMES} times as long as 19 in 20 are at most ({usual:,} words): {listed}.",
            {
                "over_long": len(long),
                "texts": len(found),
                "usual": usual,
                "first": [{"source": source, "words": length} for length, source in long[:20]],
            },
            (
                "see whether several texts stand in one, or one that is none",
                "cut what is not needed to answer: a text is read whole",
            ),
        ),
    )
