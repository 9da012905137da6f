"""Texts longer than a net reads at once, in parts that end with a sentence where they can."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from netwright.contract import Cut, Examples
from netwright.data.tagged.sentence import Name, Sentence
from netwright.systems.tagger.names import Names, ordered

if TYPE_CHECKING:
    from netwright.systems.tagger.codec import TaggerCodec
    from netwright.systems.tagger.recipe import TaggerRecipe

_ENDS = frozenset(".!?…。！？")
_PARAGRAPH = re.compile(r"\n\s*\n")


def cut(examples: Examples, recipe: TaggerRecipe, codec: TaggerCodec) -> Cut:
    """The parts of at most ``data.longest`` words."""
    return cut_at(examples, recipe.data.longest)


def cut_at(examples: Examples, longest: int) -> Cut:
    """A part for each paragraph, of at most so many words; the places of its words and names are
    still those in the text. A name that lies in two parts is one in each.
    """
    parts = [parts_of(sentence, longest) for sentence in examples.inputs]
    owner = [at for at, some in enumerate(parts) for _ in some]
    place = [at for some in parts for at in range(len(some))]
    units = Examples(
        [part for some in parts for part in some],
        [_within(part, examples.targets[at]) for at, some in enumerate(parts) for part in some],
        [f"{examples.ids[at]}/{n}" for at, n in zip(owner, place, strict=True)],
        [examples.sources[at] for at in owner],
    )
    return Cut(units, np.array(owner, np.int64), np.array(place, np.int64))


def gather(answers: Sequence[Names], owner: Sequence[int], place: Sequence[int]) -> list[Names]:
    """The names of all parts of each text."""
    found: dict[int, list[Names]] = {}
    for _, whose, answer in sorted(zip(place, owner, answers, strict=True), key=lambda one: one[0]):
        found.setdefault(int(whose), []).append(answer)
    return [
        Names(
            tuple(name for part in found[at] for name in part.names),
            tuple(name for part in found[at] for name in part.broken),
            ordered(name for part in found[at] for name in part.maybe),
        )
        for at in range(len(found))
    ]


def parts_of(sentence: Sentence, longest: int) -> list[Sentence]:
    """The parts of a text; one at least, if an empty one."""
    found, first = [], 0
    for border in [*_paragraphs(sentence), len(sentence)]:
        while border - first > longest:
            end = _last_end(sentence, first, first + longest)
            found.append(sentence.part(first, end))
            first = end
        if border > first:
            found.append(sentence.part(first, border))
            first = border
    return found or [sentence]


def _paragraphs(sentence: Sentence) -> list[int]:
    """The words before which an empty line stands."""
    if "\n" not in sentence.text:
        return []
    return [
        at
        for at in range(1, len(sentence))
        if _PARAGRAPH.search(sentence.text, sentence.ends[at - 1], sentence.starts[at])
    ]


def _last_end(sentence: Sentence, first: int, end: int) -> int:
    """Behind the last end of a sentence in the second half of these words; ``end`` if none is
    there.
    """
    for at in range(end, first + (end - first) // 2, -1):
        if sentence.text[sentence.starts[at - 1] : sentence.ends[at - 1]] in _ENDS:
            return at
    return end


def _within(part: Sentence, names: Sequence[Name] | None) -> tuple[Name, ...] | None:
    """The names of which a character lies in the part."""
    if names is None or not part:
        return None if names is None else ()
    first, end = part.starts[0], part.ends[-1]
    return tuple(name for name in names if name.start < end and name.end > first)
