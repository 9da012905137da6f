"""How names are written as a tag a word: IOB1, IOB2 and IOBES, and back.

In all of them O is no name, and what follows the dash is the label. IOB2: B begins a name, I goes
on with it. IOB1: I begins it too, and B only where a name of the same label ends just before.
IOBES: E ends a name of several words, S is one of a single word; BILOU writes L and U for these.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Literal, TypeAlias

from netwright.data.tagged.sentence import WordSpan

Scheme: TypeAlias = Literal["IOB1", "IOB2", "IOBES"]

OUTSIDE = "O"

TAG = re.compile(r"O|([BIESLU])-(\S+)")

_SAME = {"L": "E", "U": "S"}
"""BILOU's letters -> those of IOBES."""


@lru_cache(4096)
def parts(tag: str) -> tuple[str, str]:
    """The letter, of IOBES, and the label of a tag; ``("O", "")``.

    Raises:
        ValueError: it is no tag.
    """
    match = TAG.fullmatch(tag)
    if match is None:
        raise ValueError(f"'{tag}' is no tag")
    letter, label = match[1] or OUTSIDE, match[2] or ""
    return _SAME.get(letter, letter), label


def tags_of(spans: Iterable[WordSpan], words: int, scheme: Scheme) -> list[str]:
    """The tag of each of so many words; the spans do not overlap, in any order."""
    tags = [OUTSIDE] * words
    before: WordSpan | None = None
    for span in sorted(spans, key=lambda span: span.first):
        letters = ["B"] + ["I"] * (span.end - span.first - 1)
        follows = before is not None and (before.end, before.label) == (span.first, span.label)
        if scheme == "IOB1" and not follows:
            letters[0] = "I"
        elif scheme == "IOBES":
            letters[-1] = "E" if len(letters) > 1 else "S"
        tags[span.first : span.end] = [f"{letter}-{span.label}" for letter in letters]
        before = span
    return tags


def spans_of(tags: Sequence[str]) -> list[WordSpan]:
    """The names of any tags, by conlleval's reading: a name begins at B and S, and at I and E where
    none of that label is open; E and S end it, and so does whatever does not go on with it.

    Tjong Kim Sang and De Meulder 2003, "Introduction to the CoNLL-2003 shared task".
    """
    found: list[WordSpan] = []
    first, kind = 0, ""  # of the name that is open; an empty kind: none
    for at, (letter, label) in enumerate(map(parts, tags)):
        goes_on = letter in "IE" and label == kind
        if kind and not goes_on:
            found.append(WordSpan(first, at, kind))
        if not goes_on:
            first, kind = at, label
        if letter in "ES":
            found.append(WordSpan(first, at + 1, label))
            kind = ""
    if kind:
        found.append(WordSpan(first, len(tags), kind))
    return found


def strict_spans_of(tags: Sequence[str], scheme: Scheme) -> list[WordSpan]:
    """Of these names those that are written as the scheme has it: the others count for nothing."""
    found = spans_of(tags)
    written = list(map(parts, tags_of(found, len(tags), scheme)))
    given = list(map(parts, tags))
    return [s for s in found if written[s.first : s.end] == given[s.first : s.end]]


def scheme_of(sentences: Iterable[Sequence[str]]) -> Scheme:
    """The scheme that fewest of these tags break; of IOB1 and IOB2 the latter where both hold."""
    broken_by: dict[Scheme, int] = {"IOB2": 0, "IOB1": 0}
    for tags in sentences:
        if any(tag[0] in "ESLU" for tag in tags):
            return "IOBES"
        for scheme in broken_by:
            broken_by[scheme] += len(broken(tags, scheme))
    return min(broken_by, key=lambda scheme: broken_by[scheme])


def broken(tags: Sequence[str], scheme: Scheme) -> list[int]:
    """The words whose tags are not as the scheme writes the names that conlleval reads."""
    written = tags_of(spans_of(tags), len(tags), scheme)
    return [at for at, pair in enumerate(zip(tags, written, strict=True)) if _differ(*pair)]


def _differ(one: str, other: str) -> bool:
    return parts(one) != parts(other)


def tags_for(labels: Sequence[str], scheme: Scheme) -> tuple[str, ...]:
    """All tags of these labels, O first."""
    letters = "BIES" if scheme == "IOBES" else "BI"
    return (OUTSIDE, *(f"{letter}-{label}" for label in labels for letter in letters))


def follows(before: str | None, after: str | None, scheme: Scheme) -> bool:
    """Whether a tag may follow another in IOB2 or IOBES.

    Args:
        before: None: the sentence begins.
        after: None: it ends.
    """
    last, kind = parts(before or OUTSIDE)
    letter, label = parts(after or OUTSIDE)
    goes_on = letter in "IE"
    if scheme == "IOBES" and (last in "BI") != goes_on:
        return False
    return not goes_on or (last in "BI" and label == kind)


def allowed(tags: Sequence[str], scheme: Scheme) -> list[list[bool]]:
    """Row by row whether tag k may follow tag j."""
    return [[follows(before, after, scheme) for after in tags] for before in tags]
