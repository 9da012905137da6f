"""The tokens that music is written in."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from netwright.data.music.piece import PITCHES, Key, Tempo

Mask = NDArray[np.bool_]
"""(V,) which tokens may come next."""

PAD, END = 0, 1
"""No token, behind a row's end; the end of a piece, which stands before its first token, too."""

KINDS = ("remi", "events")

PARTS, BEATS, UNITS = 16, 32, 7
"""Parts, beats of a bar, and units of a beat (whole notes to 64ths) that tokens can name."""

LONGEST, LONGEST_BAR = 8, 12
"""Quarter notes: of the longest length or shift of one token, longer ones take several; and of a
bar.
"""

DRUMS = 128
"""Stands for the program of a part of drums."""

SLOWEST, STEPS, TEMPOS = 30.0, 8, 28
"""Quarter notes a minute of the first tempo, how many tempos there are until it has doubled, and in
all.
"""

VELOCITY = 80
"""Of every note where velocities are not read."""


@dataclass(frozen=True)
class NoteVocabulary:
    """The same for every source: no token is unknown.

    Args:
        kind: one of ``KINDS``.
        quarter: ticks of a quarter note.
        velocities: how many are told apart; 0: they are not read.
    """

    kind: str
    quarter: int
    velocities: int

    @cached_property
    def ranges(self) -> dict[str, range]:
        """Kind of token -> its indices, one a value."""
        longest = LONGEST * self.quarter
        own = {
            "remi": {"bar": 1, "position": LONGEST_BAR * self.quarter, "length": longest},
            "events": {"shift": longest, "off": PITCHES, "drum off": PITCHES},
        }
        sizes = {
            "key": 31,
            "beats": BEATS + 1,
            "unit": UNITS,
            "tempo": TEMPOS + 1,
            "program": DRUMS + 1,
            "part": PARTS,
            "pitch": PITCHES,
            "drum": PITCHES,
            **own[self.kind],
            "velocity": self.velocities,
        }
        found, at = {}, END + 1
        for name, size in sizes.items():
            found[name] = range(at, at + size)
            at += size
        return found

    @cached_property
    def meters(self) -> dict[int, tuple[int, ...]]:
        """Beats -> the values of the units of which a bar is whole ticks and not too long."""
        longest = LONGEST_BAR * self.quarter
        units = {
            beats: tuple(
                value
                for value in range(UNITS)
                if beats * 4 * self.quarter % (1 << value) == 0
                and beats * 4 * self.quarter >> value <= longest
            )
            for beats in range(1, BEATS + 1)
        }
        return {beats: some for beats, some in units.items() if some}

    def allow_beats(self, mask: Mask) -> None:
        """The beats of which there is a meter."""
        for beats in self.meters:
            mask[self.of("beats", beats)] = True

    def __len__(self) -> int:
        """How many indices there are."""
        return self.ranges["velocity"].stop

    def of(self, kind: str, value: int = 0) -> int:
        """The token of a value, from 0."""
        return self.ranges[kind][value]

    def value(self, token: int) -> tuple[str, int]:
        """The kind of a token, and its value."""
        return self._values[token]

    def name(self, token: int) -> str:
        """As a person reads it: ``pitch 60``."""
        kind, value = self.value(token)
        if kind == "key" and value:
            return f"key {key_of(value)}"
        if kind == "tempo" and value:
            return f"tempo {round(tempo_of(value).per_minute)}"
        if kind in ("key", "tempo", "beats") and not value:
            return f"no {'meter' if kind == 'beats' else kind}"
        if kind == "unit":
            return f"unit {1 << value}"
        if kind in ("length", "shift"):
            return f"{kind} {value + 1}"
        return kind if kind in ("bar", "<eos>", "<pad>") else f"{kind} {value}"

    @cached_property
    def _values(self) -> list[tuple[str, int]]:
        named = [(kind, value) for kind, some in self.ranges.items() for value in range(len(some))]
        return [("<pad>", 0), ("<eos>", 0), *named]


def key_value(key: Key | None) -> int:
    """Its place among the tokens of keys; 0: none."""
    return 0 if key is None else 1 + key.fifths + 7 + 15 * key.minor


def key_of(value: int, at: int = 0) -> Key:
    """The key of a value from 1."""
    return Key(at, (value - 1) % 15 - 7, value > 15)


def tempo_value(tempo: Tempo) -> int:
    """The nearest tempo's place among the tokens, from 1."""
    steps = round(STEPS * math.log2(tempo.per_minute / SLOWEST))
    return 1 + min(max(steps, 0), TEMPOS - 1)


def tempo_of(value: int, at: int = 0) -> Tempo:
    """The tempo of a value from 1."""
    return Tempo(at, round(60e6 / (SLOWEST * 2 ** ((value - 1) / STEPS))))


def velocity_value(velocity: int, velocities: int) -> int:
    """Which of so many velocities it is, from 0."""
    return (velocity - 1) * velocities // 127


def velocity_of(value: int, velocities: int) -> int:
    """The middle of those that are one."""
    return 1 + (2 * value + 1) * 127 // (2 * velocities)
