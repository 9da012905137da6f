"""Modes: the signature of a key, and the major or minor key that is nearest."""

from __future__ import annotations

from collections.abc import Mapping

from netwright.data.music.piece import Key

MODES: Mapping[str, tuple[int, bool, str]] = {
    "maj": (0, False, "major"),
    "ion": (0, False, "major"),
    "lyd": (1, False, "lydian"),
    "mix": (-1, False, "mixolydian"),
    "dor": (-2, True, "dorian"),
    "m": (-3, True, "minor"),
    "min": (-3, True, "minor"),
    "aeo": (-3, True, "minor"),
    "phr": (-4, True, "phrygian"),
    "loc": (-5, True, "locrian"),
}
"""First letters -> fifths of its signature beside the major key of its tonic, whether its third is
minor, name.
"""

OF_MINOR = MODES["min"][0]


def mode_of(word: str) -> tuple[int, bool, str]:
    """By a word such as ``Dorian``; what is none is major."""
    return MODES.get(word.lower()[:3], MODES["maj"])


def key_of(fifths: int, word: str) -> Key:
    """The key of a signature and a mode: of its tonic, major or minor by its third, as MIDI knows
    no other. D dorian is D minor, though its signature is that of C major.
    """
    shift, minor, _ = mode_of(word)
    nearest = fifths - shift + (OF_MINOR if minor else 0)
    return Key(0, nearest if abs(nearest) <= 7 else fifths, minor)
