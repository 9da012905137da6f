"""A line of music in its signs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from netwright.base.errors import UnreadableError

_LENGTH = r"\d{0,4}/{0,6}\d{0,4}"
_NOTE = rf"(?P<sign>\^{{1,2}}|_{{1,2}}|=)?(?P<letter>[A-Ga-g])(?P<octave>[',]*)(?P<times>{_LENGTH})"

_FORMS = {
    "words": r'"[^"]*"',
    "field": r"\[(?P<name>[A-Za-z]):(?P<value>[^\]]*)\]",
    "passes": r"\[(?P<passes_of>[1-9][\d,-]*)",
    "line": r"(?P<drawn>(?:\[?\||:(?=[:|]))[:|\]]*)(?P<then>[1-9][\d,-]*)?",
    "chord": rf'\[(?P<held>(?:[^\][|"]|"[^"]*")*)\](?P<chord_times>{_LENGTH})',
    "grace": r"\{(?P<graced>[^}]*)\}",
    "tuplet": r"\((?P<p>[1-9]\d?)(?::(?P<q>\d{0,2}))?(?::(?P<r>\d{0,2}))?",
    "note": _NOTE,
    "rests": r"[ZX](?P<bars>\d{0,3})",
    "rest": rf"[zx](?P<rest_times>{_LENGTH})",
    "broken": r"(?P<arrows>>{1,3}|<{1,3})",
    "tie": r"-",
    "overlay": r"&",
    "passed": r'!["+.,:;?\\w()<>^/-]{1,20}!|\["[^"]*"(?=\s)|'
    r"\+[a-zA-Z0-9.()<>]{1,30}\+|\.-|[\s().~*`$\\yH-Wh-w]",
}
"""Kind -> its form. ``passed`` is what changes nothing of the sound: decorations, slurs, blanks."""

_SIGN = re.compile("|".join(f"(?P<{name}>{form})" for name, form in _FORMS.items()))
_IN_CHORD = re.compile(_NOTE)


@dataclass(frozen=True, slots=True)
class AbcSign:
    """A sign.

    Args:
        kind: a key of ``_FORMS``; ``unknown`` where it is none of them.
        parts: what it holds, by name.
        column: at which it begins, from 1.
    """

    kind: str
    parts: dict[str, str | None]
    column: int

    def part(self, name: str) -> str:
        """A part of it, empty where it is not there."""
        return self.parts.get(name) or ""


def signs_of(text: str) -> Iterator[AbcSign]:
    """The signs of a line, but those that change nothing of its sound."""
    at = 0
    while at < len(text):
        found = _SIGN.match(text, at)
        if found is None:
            yield AbcSign("unknown", {"character": text[at]}, at + 1)
            at += 1
            continue
        kind = found.lastgroup or ""
        if kind not in ("passed", "words"):
            yield AbcSign(kind, found.groupdict(), at + 1)
        at = found.end()


def notes_in(chord: str) -> Iterator[dict[str, str | None]]:
    """The notes of a chord, or the grace notes of a group."""
    for found in _IN_CHORD.finditer(chord):
        yield found.groupdict()


@lru_cache(maxsize=1 << 10)  # few different ones stand in a book
def times_of(length: str) -> Fraction:
    """The multiple of the unit of length that is written after a note: ``3``, ``/``, ``3/2``.

    Raises:
        UnreadableError: it is nothing.
    """
    if not length:
        return Fraction(1)
    over, slash, under = length.partition("/")
    halves = under.count("/") + bool(slash)
    under = under.strip("/")
    if (over and not int(over)) or (under and not int(under)):
        raise UnreadableError(f"a length is '{length}', which is nothing")
    return Fraction(int(over or 1), int(under) if under else 2**halves)
