"""Instruments as a few partials in an envelope, and drums as noise of a band."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

Samples = np.ndarray[Any, np.dtype[np.float32]]

CYCLE = 4_096
"""Samples of one period in a table."""

NYQUIST = 0.45
"""Of the rate: partials above it are left out, as they would sound as others."""

MIDDLE_C = 60

BRIEF = 0.3
"""Of the decay of a struck tone, that of its upper partials."""

QUIET = 0.001
"""Of its beginning: a tone that has died away so far is over."""


@dataclass(frozen=True)
class Timbre:
    """How an instrument sounds.

    Args:
        partials: the amplitude of each, from the fundamental on.
        attack, release: seconds from silence to full, and back after the note.
        sustain: the level that a held note comes down to; 0: it dies away, as a string that is
            struck does.
        decay: seconds in which it falls by 63% towards that level.
    """

    partials: tuple[float, ...]
    attack: float
    decay: float
    sustain: float
    release: float


FAMILIES: tuple[Timbre, ...] = (
    Timbre((1, 0.5, 0.3, 0.16, 0.1, 0.06, 0.04), 0.004, 0.7, 0.0, 0.12),  # piano
    Timbre((1, 0.05, 0.0, 0.35, 0.0, 0.0, 0.1), 0.002, 0.4, 0.0, 0.2),  # bells and bars
    Timbre((1, 0.6, 0.4, 0.3, 0.0, 0.2, 0.0, 0.15), 0.015, 0.2, 0.9, 0.06),  # organ
    Timbre((1, 0.6, 0.35, 0.25, 0.12, 0.08), 0.003, 0.5, 0.0, 0.08),  # guitar
    Timbre((1, 0.5, 0.2, 0.1), 0.005, 0.6, 0.15, 0.06),  # bass
    Timbre((1, 0.55, 0.4, 0.3, 0.2, 0.15, 0.1), 0.06, 0.3, 0.85, 0.12),  # strings
    Timbre((1, 0.4, 0.3, 0.2, 0.1), 0.08, 0.3, 0.85, 0.16),  # ensemble and choir
    Timbre((1, 0.8, 0.7, 0.5, 0.35, 0.2, 0.1), 0.03, 0.15, 0.75, 0.07),  # brass
    Timbre((1, 0.1, 0.6, 0.1, 0.35, 0.05, 0.2), 0.025, 0.2, 0.85, 0.06),  # reed
    Timbre((1, 0.25, 0.08, 0.03), 0.04, 0.2, 0.9, 0.07),  # pipe
    Timbre((1, 0.5, 0.33, 0.25, 0.2, 0.17, 0.14), 0.01, 0.2, 0.7, 0.05),  # synthesizer, lead
    Timbre((1, 0.5, 0.25, 0.12), 0.2, 0.5, 0.8, 0.4),  # synthesizer, pad
    Timbre((1, 0.3, 0.5, 0.2, 0.3), 0.1, 0.5, 0.5, 0.4),  # effects
    Timbre((1, 0.7, 0.45, 0.3, 0.2, 0.1), 0.003, 0.35, 0.0, 0.08),  # of the peoples
    Timbre((1, 0.2, 0.4), 0.002, 0.15, 0.0, 0.08),  # percussion with a pitch
    Timbre((1, 0.3, 0.2), 0.05, 0.4, 0.4, 0.2),  # sounds
)
"""By General MIDI's families of eight programs."""


@dataclass(frozen=True)
class Drum:
    """Noise between two frequencies (Hz) that falls by 63% in ``decay`` seconds."""

    low: float
    high: float
    decay: float


OTHER_DRUM = Drum(400, 5_000, 0.08)
DRUMS: Mapping[int, Drum] = {
    **dict.fromkeys((35, 36), Drum(30, 130, 0.12)),  # bass drums
    **dict.fromkeys((38, 40, 39, 37), Drum(150, 6_000, 0.1)),  # snares, clap, stick
    **dict.fromkeys((41, 43, 45, 47, 48, 50), Drum(70, 350, 0.18)),  # toms
    **dict.fromkeys((42, 44, 54, 70, 69), Drum(6_000, 10_000, 0.03)),  # closed hats, shakers
    46: Drum(5_000, 10_000, 0.2),  # open hat
    **dict.fromkeys((49, 51, 52, 53, 55, 57, 59), Drum(3_000, 10_000, 0.5)),  # cymbals
}


def tone(program: int, pitch: int, length: int, rate: int) -> Samples:
    """(N,) of a note: its partials in its envelope, with a release after ``length`` samples.

    Args:
        program: General MIDI's, 0 to 127.
        length: samples that it is held.
        rate: samples a second.
    """
    timbre = FAMILIES[program // 8]
    frequency = 440 * 2 ** ((pitch - 69) / 12)
    most = int(NYQUIST * rate / frequency)
    whole = _cycle(timbre.partials, most)
    if timbre.sustain:
        return _played(whole, frequency, _envelope(timbre, length, rate), rate)
    # of what is struck low notes last longer, and the upper partials die away first
    longer = replace(timbre, decay=timbre.decay * 2 ** ((MIDDLE_C - pitch) / 24))
    dull = _cycle(timbre.partials[:1], most)
    found = _played(dull, frequency, _envelope(longer, length, rate), rate)
    brief = replace(longer, decay=longer.decay * BRIEF)
    bright = _played(whole, frequency, _envelope(brief, length, rate), rate)
    found[: len(bright)] += bright
    found /= 2
    return found


def _played(cycle: Samples, frequency: float, envelope: Samples, rate: int) -> Samples:
    steps = np.arange(len(envelope), dtype=np.float64) * (CYCLE * frequency / rate)
    return cycle[steps.astype(np.int64) % CYCLE] * envelope


def drum(pitch: int, rate: int) -> Samples:
    """(N,) of a drum of channel 10, the same each time."""
    return _hit(DRUMS.get(pitch, OTHER_DRUM), rate)


def _envelope(timbre: Timbre, length: int, rate: int) -> Samples:
    """(N,) from 0 to 1 and back to 0."""
    release = max(1, int(timbre.release * rate))
    held = length
    if not timbre.sustain:  # what has died away is not worked out
        held = min(held, int(-np.log(QUIET) * timbre.decay * rate))
    time = np.arange(held + release, dtype=np.float32) / rate
    fallen: Samples = np.exp(-time / timbre.decay)
    level: Samples = (timbre.sustain + (1 - timbre.sustain) * fallen).astype(np.float32)
    level *= np.minimum(1, time / timbre.attack)
    level[held:] *= np.linspace(1, 0, release, dtype=np.float32) ** 2
    return level


@lru_cache(maxsize=256)
def _cycle(partials: tuple[float, ...], most: int) -> Samples:
    """(CYCLE,) one period of at most so many partials, its largest value 1."""
    phase = np.arange(CYCLE) * (2 * np.pi / CYCLE)
    waves = [
        size * np.sin(number * phase)
        for number, size in enumerate(partials[: max(1, most)], start=1)
    ]
    found = np.sum(waves, axis=0)
    cycle: Samples = (found / np.abs(found).max()).astype(np.float32)
    return cycle


@lru_cache(maxsize=64)
def _hit(kind: Drum, rate: int) -> Samples:
    length = int(-np.log(QUIET) * kind.decay * rate)
    noise = np.fft.rfft(np.random.default_rng(0).standard_normal(length))
    frequencies = np.fft.rfftfreq(length, 1 / rate)
    noise[(frequencies < kind.low) | (frequencies > kind.high)] = 0
    found = np.fft.irfft(noise, length) * np.exp(-np.arange(length) / (kind.decay * rate))
    hit: Samples = (found / max(np.abs(found).max(), 1e-9)).astype(np.float32)
    return hit
