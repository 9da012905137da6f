"""What the fields of a tune say: key, meter, unit of length, tempo."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from netwright.base.errors import UnreadableError
from netwright.data.music.notation.modes import key_of as key_in
from netwright.data.music.notation.modes import mode_of
from netwright.data.music.piece import Key, Meter

FIFTHS = {"F": -1, "C": 0, "G": 1, "D": 2, "A": 3, "E": 4, "B": 5}
SHARPENED = "FCGDAEB"

PIPES = 2
"""Sharps that Highland pipes sound, written (Hp) or not (HP)."""

_KEY = re.compile(r"([A-G])([#♯b♭]?)\s*([A-Za-z]*)")
_ACCIDENTAL = re.compile(r"(?<!\S)(\^{1,2}|_{1,2}|=)([A-Ga-g])(?!\S)")
_SIGNS = {"^": 1, "^^": 2, "_": -1, "__": -2, "=": 0}
_METER = re.compile(r"\(?(\d{1,3}(?:\+\d{1,3})*)\)?\s*/\s*(\d{1,3})")
_TEMPO = re.compile(r"((?:\d+/\d+\s*)+)=\s*(\d+(?:\.\d+)?)")
_TRANSPOSE = re.compile(r"(?:transpose|score|sound)=(-?\d{1,3})\b")
_OCTAVE = re.compile(r"octave=(-?\d)\b")


@dataclass(frozen=True)
class AbcKey:
    """A key as a field states it.

    Args:
        key: of its tonic, major or minor; None: it has none.
        altered: letter -> semitones that its notes are raised, where no accidental is written.
    """

    key: Key | None
    altered: Mapping[str, int]


def semitones_of(sign: str) -> int:
    """Of an accidental."""
    return _SIGNS[sign]


def key_of(words: str) -> AbcKey:
    """The key that a ``K:`` field states; of none, all notes are as written.

    Raises:
        UnreadableError: no tonic stands in it, or it has more than seven sharps or flats.
    """
    bare = words.split("%")[0].strip()
    found = _KEY.match(bare)
    if bare.lower() == "hp":
        return AbcKey(Key(0, PIPES), _altered(PIPES))
    if bare.lower().split(" ")[0] in ("", "none", "perc") or re.match(r"\w+=", bare):
        return AbcKey(None, _with_accidentals(bare, {}))
    if found is None:
        raise UnreadableError(f"the key is '{bare[:30]}': expected one such as G, F#m or D dorian")
    letter, sign, mode = found.groups()
    mode = "" if mode == "M" else mode  # in capitals it is major
    fifths = FIFTHS[letter] + {"": 0, "#": 7, "♯": 7}.get(sign, -7) + mode_of(mode)[0]
    if abs(fifths) > 7:
        raise UnreadableError(
            f"the key '{bare[:30]}' has {abs(fifths)} sharps or flats: expected at most 7"
        )
    altered = {} if re.search(r"\bexp\b", bare) else _altered(fifths)
    return AbcKey(key_in(fifths, mode), _with_accidentals(bare, altered))


def _altered(fifths: int) -> dict[str, int]:
    sharp = SHARPENED[:fifths] if fifths >= 0 else SHARPENED[fifths:]
    return dict.fromkeys(sharp, 1 if fifths > 0 else -1)


def _with_accidentals(words: str, altered: Mapping[str, int]) -> dict[str, int]:
    """With the accidentals that are written after the key: ``D phr ^f``."""
    more = {letter.upper(): _SIGNS[sign] for sign, letter in _ACCIDENTAL.findall(words)}
    return {**altered, **more}


def higher_of(words: str) -> int:
    """Semitones that notes sound above what is written, by a ``K:`` or ``V:`` field."""
    moved, octaves = _TRANSPOSE.search(words), _OCTAVE.search(words)
    return (int(moved[1]) if moved else 0) + 12 * (int(octaves[1]) if octaves else 0)


def meter_of(words: str) -> Meter | None:
    """The meter that an ``M:`` field states; None: the tune has none.

    Raises:
        UnreadableError: it is none.
    """
    bare = words.split("%")[0].strip()
    if bare in ("C", "c"):
        return Meter(0, 4, 4)
    if bare in ("C|", "c|"):
        return Meter(0, 2, 2)
    if bare.lower() in ("", "none"):
        return None
    found = _METER.match(bare)
    beats = sum(map(int, found[1].split("+"))) if found else 0
    unit = int(found[2]) if found else 0
    if not beats or not unit or unit & (unit - 1):
        raise UnreadableError(f"the meter is '{bare[:30]}': expected one such as 6/8")
    return Meter(0, beats, unit)


def unit_of(words: str) -> Fraction:
    """Of a whole note, the length of a note that has no number, by an ``L:`` field.

    Raises:
        UnreadableError: it is none.
    """
    bare = words.split("%")[0].strip()
    found = re.fullmatch(r"(\d{1,4})(?:/(\d{1,4}))?", bare)
    if not found or not int(found[1]) or not int(found[2] or 1):
        raise UnreadableError(f"the unit of length is '{bare[:30]}': expected one such as 1/8")
    return Fraction(int(found[1]), int(found[2] or 1))


def usual_unit(meter: Meter | None) -> Fraction:
    """Of a tune without an ``L:`` field: a sixteenth where a bar is shorter than 3/4."""
    short = meter is not None and Fraction(meter.beats, meter.unit) < Fraction(3, 4)
    return Fraction(1, 16 if short else 8)


def tempo_of(words: str, unit: Fraction) -> int | None:
    """Microseconds of a quarter note, by a ``Q:`` field: ``1/4=120``, or as of old ``120`` units a
    minute; None: it is in words alone, or none.
    """
    bare = re.sub(r'"[^"]*"', "", words.split("%")[0]).strip()
    found = _TEMPO.search(bare)
    if found:
        beat = sum(Fraction(int(a), int(b) or 1) for a, b in re.findall(r"(\d+)/(\d+)", found[1]))
        count = Fraction(found[2])
    else:
        old = re.fullmatch(r"(?:C\d?\s*=\s*)?(\d{1,4})", bare)
        beat, count = unit, Fraction(old[1]) if old else Fraction(0)
    if not beat or not count:
        return None
    microseconds = round(60_000_000 / (count * beat * 4))
    return microseconds if 0 < microseconds < 1 << 24 else None
