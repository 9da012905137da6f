"""A piece as sound: every note of it as its instrument sounds, mixed, as a WAV file."""

from __future__ import annotations

import io
import wave
from functools import lru_cache

import numpy as np

from netwright.base.errors import DataError
from netwright.base.figures import duration
from netwright.data.music.piece import Piece
from netwright.data.music.sound import voices
from netwright.data.music.sound.voices import Samples

RATE = 22_050
"""Samples a second, where nothing else is wanted."""

LOUDEST = 0.89
"""Of full scale, of a whole piece: one decibel below."""

LONGEST = 3_600
"""Seconds of sound, at most."""

TAIL = 4
"""Seconds after the last note, at most, in which it dies away."""

SHORTEST = 0.03
"""Seconds that a tone is held at least, so that it is heard."""

WIDE = 0.6
"""How far parts are set apart in stereo: 0: not at all, 1: to the left and right alone."""


def sound_of(piece: Piece, *, rate: int = RATE, stereo: bool = True) -> Samples:
    """(N, 2) samples from -1 to 1, without clipping; (N, 1) where it is not stereo.

    Raises:
        DataError: it is longer than an hour.
    """
    seconds = piece.seconds
    if seconds > LONGEST:
        raise DataError(
            f"the piece lasts {duration(seconds)}: expected at most {duration(LONGEST)} of sound."
        )
    mixed = np.zeros((2 if stereo else 1, int((seconds + TAIL) * rate)), np.float32)
    tone = lru_cache(maxsize=512)(voices.tone)  # the same notes come again and again
    sides = [_sides(at, len(piece.parts)) if stereo else (1.0,) for at in range(len(piece.parts))]
    last = 0
    for note in piece.notes:
        part, begin = piece.parts[note.part], piece.seconds_at(note.start)
        if part.drums:
            heard = voices.drum(note.pitch, rate)
        else:
            held = max(SHORTEST, piece.seconds_at(note.end) - begin)
            heard = tone(part.program, note.pitch, round(held * rate), rate)
        start = int(begin * rate)
        heard = heard[: mixed.shape[1] - start]
        loud = (note.velocity / 127) ** 1.5
        for side, weight in enumerate(sides[note.part]):
            mixed[side, start : start + len(heard)] += (loud * weight) * heard
        last = max(last, start + len(heard))
    mixed = mixed[:, :last]
    peak = float(np.abs(mixed).max(initial=0))
    found: Samples = mixed.T * np.float32(LOUDEST / peak if peak else 0)
    return found


def wav_of(piece: Piece, *, rate: int = RATE, stereo: bool = True) -> bytes:
    """A WAV file of 16 bits a sample.

    Raises:
        DataError: as ``sound_of``.
    """
    samples = sound_of(piece, rate=rate, stereo=stereo)
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((samples * 32_767).astype("<i2").tobytes())
    return made.getvalue()


def _sides(at: int, parts: int) -> tuple[float, float]:
    """How loud a part is left and right, by its place among the parts; both squared make 1."""
    place = WIDE * (at / (parts - 1) - 0.5) if parts > 1 else 0.0
    angle = (place + 0.5) * np.pi / 2
    return float(np.cos(angle)), float(np.sin(angle))
