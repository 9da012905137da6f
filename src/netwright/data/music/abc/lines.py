"""The lines of a file of tunes: which tune they are of, and which of them are fields."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_FIELD = re.compile(r"([A-Za-z+]):(.*)")

IN_MUSIC = "IKLMmNPQRrSsTUVWw+XZ"
"""Fields that may stand between lines of music; ``D:|`` is a note and a bar line there."""


@dataclass(frozen=True)
class AbcLine:
    """A line.

    Args:
        number: of it in the file, from 1.
        text: without comment; of a field, what stands after the colon.
        field: its letter; empty: it is music.
    """

    number: int
    text: str
    field: str = ""


@dataclass
class AbcTune:
    """The lines of a tune.

    Args:
        number: as its ``X:`` field has it.
        line: of that field.
        head: its fields up to the first ``K:``, those of the file before them.
        body: the lines after it.
    """

    number: str
    line: int
    head: list[AbcLine] = field(default_factory=list)
    body: list[AbcLine] = field(default_factory=list)

    def first(self, letter: str) -> str:
        """What the first field of its own head says; empty where there is none."""
        own = (one.text.strip() for one in self.head if one.number >= self.line)
        fields = (one.field for one in self.head if one.number >= self.line)
        return next((text for text, name in zip(own, fields, strict=True) if name == letter), "")


def tunes_of(text: str) -> Iterator[AbcTune]:
    """The tunes of a file. One begins with an ``X:`` field and ends with an empty line, or where
    another begins; what stands between tunes is none of them.
    """
    before: list[AbcLine] = []
    tune: AbcTune | None = None
    in_head = in_file_head = True
    for number, line in enumerate(text.splitlines(), start=1):
        bare = _without_comment(line)
        found = _FIELD.match(bare)
        letter = found[1] if found else ""
        words = found[2] if found else bare
        if letter == "X" or not line.strip():
            if tune is not None:
                yield tune
            tune, in_head = None, True
            if letter == "X":
                tune, in_file_head = AbcTune(words.strip(), number, [*before]), False
        elif tune is None:
            if found and in_file_head:
                before.append(AbcLine(number, words, letter))
        elif in_head:
            if found:
                tune.head.append(AbcLine(number, words, letter))
                in_head = letter != "K"
        elif found and letter in IN_MUSIC:
            tune.body.append(AbcLine(number, words, letter))
        elif bare.strip():
            tune.body.append(AbcLine(number, bare))
    if tune is not None:
        yield tune


def _without_comment(line: str) -> str:
    """What stands before the first ``%`` that is not escaped."""
    return re.split(r"(?<!\\)%", line, maxsplit=1)[0]
