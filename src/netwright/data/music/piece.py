"""A piece of music: notes of parts, with tempo, meter and key, all in ticks."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from math import ceil
from typing import TypeVar

PITCHES = 128
"""MIDI's: middle C is 60."""

NAMES = ("C♭", "G♭", "D♭", "A♭", "E♭", "B♭", "F", "C", "G", "D", "A", "E", "B", "F♯", "C♯")
"""Major keys from seven flats to seven sharps."""

OF_MINOR = (*NAMES[3:], "G♯", "D♯", "A♯")
"""The minor keys of the same signatures."""


@dataclass(frozen=True, order=True, slots=True)
class Note:
    """A note.

    Args:
        start, length: in ticks, from 0 and from 1.
        pitch: MIDI's, 0 to 127.
        velocity: how hard it is struck, 1 to 127.
        part: the place of its part among the piece's.
    """

    start: int
    length: int
    pitch: int
    velocity: int = 80
    part: int = 0

    @property
    def end(self) -> int:
        """The tick at which it no longer sounds."""
        return self.start + self.length


@dataclass(frozen=True, slots=True)
class Part:
    """An instrument, or a voice.

    Args:
        program: General MIDI's instrument, 0 to 127: 0 is a piano.
        drums: its pitches are drums (channel 10).
    """

    name: str = ""
    program: int = 0
    drums: bool = False


@dataclass(frozen=True, order=True, slots=True)
class Tempo:
    """How fast a piece is from a tick on.

    Args:
        microseconds: of a quarter note.
    """

    at: int
    microseconds: int = 500_000

    @property
    def per_minute(self) -> float:
        """Quarter notes a minute."""
        return 60e6 / self.microseconds


@dataclass(frozen=True, order=True, slots=True)
class Meter:
    """The time signature from a tick on. A bar begins there, however full the one before is.

    Args:
        beats, unit: 6 and 8 for 6/8; ``unit`` is a power of two.
    """

    at: int
    beats: int = 4
    unit: int = 4

    def __str__(self) -> str:
        """As it is written."""
        return f"{self.beats}/{self.unit}"


@dataclass(frozen=True, order=True, slots=True)
class Key:
    """The key from a tick on.

    Args:
        fifths: sharps, or as a negative number flats, -7 to 7.
    """

    at: int
    fifths: int = 0
    minor: bool = False

    def __str__(self) -> str:
        """As it is called: ``B♭ major``."""
        return f"{(OF_MINOR if self.minor else NAMES)[self.fifths + 7]} {self.mode}"

    @property
    def mode(self) -> str:
        """``major`` or ``minor``."""
        return "minor" if self.minor else "major"

    @property
    def tonic(self) -> int:
        """The pitch class of its first degree, 0 (C) to 11."""
        return (7 * self.fifths + (9 if self.minor else 0)) % 12

    def transposed(self, semitones: int) -> Key:
        """The key so much higher, of five flats to six sharps; by no semitone, itself."""
        if semitones % 12 == 0:
            return self
        return replace(self, fifths=(self.fifths + 7 * semitones + 5) % 12 - 5)


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar.

    Args:
        start, end: in ticks.
        meter: in force.
        offset: ticks of its meter that are missing before ``start``: above 0 in a first bar that is
            a pickup, else 0. ``tick - start + offset`` is a place in the meter.
    """

    start: int
    end: int
    meter: Meter
    offset: int = 0


Change = TypeVar("Change", Tempo, Meter, Key)


@dataclass(frozen=True)
class Piece:
    """A piece of music. Notes and changes are kept in order, whatever order they come in; of
    several changes of one kind at a tick the last one counts.

    Args:
        quarter: ticks of a quarter note, 1 to 32,767.
        title, composer: empty where they are not known.
    """

    quarter: int
    notes: Sequence[Note]
    parts: Sequence[Part] = (Part(),)
    tempos: Sequence[Tempo] = ()
    meters: Sequence[Meter] = ()
    keys: Sequence[Key] = ()
    title: str = ""
    composer: str = ""

    def __post_init__(self) -> None:
        ordered = {
            "notes": tuple(sorted(self.notes)),
            "parts": tuple(self.parts),
            "tempos": _in_order(self.tempos),
            "meters": _in_order(self.meters),
            "keys": _in_order(self.keys),
        }
        for name, values in ordered.items():
            object.__setattr__(self, name, values)
        self._expect_bounds()

    def _expect_bounds(self) -> None:
        if not 1 <= self.quarter < 1 << 15:
            raise ValueError(f"{self.quarter} ticks a quarter note")
        parts = len(self.parts)
        for note in self.notes:
            if not (
                note.start >= 0
                and note.length > 0
                and 0 <= note.pitch < PITCHES
                and 0 < note.velocity < 128
                and 0 <= note.part < parts
            ):
                raise ValueError(f"{note} of {parts} parts")
        for part in self.parts:
            if not 0 <= part.program < 128:
                raise ValueError(f"{part}")
        for tempo in self.tempos:
            if not 0 < tempo.microseconds < 1 << 24 or tempo.at < 0:
                raise ValueError(f"{tempo}")
        for meter in self.meters:
            if meter.beats < 1 or meter.unit < 1 or meter.unit & (meter.unit - 1) or meter.at < 0:
                raise ValueError(f"{meter} at {meter.at}")
        for key in self.keys:
            if not -7 <= key.fifths <= 7 or key.at < 0:
                raise ValueError(f"{key.fifths} fifths at {key.at}")

    @cached_property
    def end(self) -> int:
        """The tick at which its last note ends; 0 where there is none."""
        return max((note.end for note in self.notes), default=0)

    @property
    def tempo(self) -> Tempo:
        """The first one; 120 quarter notes a minute where there is none."""
        return self.tempos[0] if self.tempos else Tempo(0)

    @property
    def meter(self) -> Meter:
        """The first one; 4/4 where there is none."""
        return self.meters[0] if self.meters else Meter(0)

    @property
    def key(self) -> Key | None:
        """The first one; None where there is none."""
        return self.keys[0] if self.keys else None

    @property
    def compass(self) -> tuple[int, int] | None:
        """The lowest and the highest pitch, drums aside; None where there is none."""
        pitches = [note.pitch for note in self.notes if not self.parts[note.part].drums]
        return (min(pitches), max(pitches)) if pitches else None

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.seconds_at(self.end)

    def seconds_at(self, tick: int) -> float:
        """The time from its beginning to a tick."""
        at = bisect_right(self._clock, (tick, float("inf"), 0)) - 1
        start, before, microseconds = self._clock[at]
        return before + (tick - start) * microseconds / self.quarter / 1e6

    @cached_property
    def _clock(self) -> list[tuple[int, float, int]]:
        """(tick, seconds before it, microseconds of a quarter note) of each tempo."""
        found = [(0, 0.0, Tempo(0).microseconds)]
        for tempo in self.tempos:
            start, before, microseconds = found[-1]
            passed = before + (tempo.at - start) * microseconds / self.quarter / 1e6
            found.append((tempo.at, passed, tempo.microseconds))
        return found

    @cached_property
    def bars(self) -> tuple[Bar, ...]:
        """Its bars by meter, up to the one in which its last note ends. A first bar that another
        meter, or the same one again, cuts short is a pickup.
        """
        later = [meter for meter in self.meters if meter.at > 0]
        begin = self.in_force(self.meters, 0) or replace(self.meter, at=0)
        stops = [*(meter.at for meter in later), None]
        found = [
            bar
            for meter, stop in zip([begin, *later], stops, strict=True)
            for bar in self._bars_of(meter, stop)
        ]
        if later and found[0].end == later[0].at:
            missing = self.bar_ticks(begin) - found[0].end
            found[0] = replace(found[0], offset=int(missing))
        return tuple(bar for bar in found if bar.start < self.end)

    def _bars_of(self, meter: Meter, stop: int | None) -> Iterator[Bar]:
        """The bars from a change of meter to the next one at ``stop``; None: there is none."""
        length = self.bar_ticks(meter)
        last = self.end if stop is None else stop
        for at in range(ceil((last - meter.at) / length)):
            end = meter.at + int((at + 1) * length)
            yield Bar(meter.at + int(at * length), end if stop is None else min(end, stop), meter)

    def bar_ticks(self, meter: Meter) -> Fraction:
        """Ticks of a full bar."""
        return Fraction(4 * self.quarter * meter.beats, meter.unit)

    def transposed(self, semitones: int) -> Piece:
        """The piece so much higher, keys and all; drums stay as they are.

        Raises:
            ValueError: a note would lie beyond MIDI's pitches.
        """
        notes = [
            note if self.parts[note.part].drums else replace(note, pitch=note.pitch + semitones)
            for note in self.notes
        ]
        return replace(self, notes=notes, keys=[key.transposed(semitones) for key in self.keys])

    def in_ticks(self, quarter: int) -> Piece:
        """The piece on a grid of ``quarter`` ticks a quarter note: each start and end goes to the
        nearest tick, a note is at least one long, and of the same note of a part twice at a tick
        the longer one stays.
        """

        def near(tick: int) -> int:
            return (2 * tick * quarter + self.quarter) // (2 * self.quarter)

        kept: dict[tuple[int, int, int], Note] = {}
        for note in self.notes:
            start = near(note.start)
            moved = replace(note, start=start, length=max(1, near(note.end) - start))
            place = (moved.part, moved.start, moved.pitch)
            if place not in kept or kept[place].length < moved.length:
                kept[place] = moved
        return replace(
            self,
            quarter=quarter,
            notes=list(kept.values()),
            tempos=[replace(one, at=near(one.at)) for one in self.tempos],
            meters=[replace(one, at=near(one.at)) for one in self.meters],
            keys=[replace(one, at=near(one.at)) for one in self.keys],
        )

    def in_force(self, changes: Sequence[Change], tick: int) -> Change | None:
        """Of one kind of change the one in force at a tick: ``in_force(piece.keys, 0)``; None:
        none yet.
        """
        at = bisect_right([change.at for change in changes], tick)
        return changes[at - 1] if at else None


def are_pieces(values: object) -> bool:
    """Whether it is a list that begins with a piece, or a tuple that does."""
    return isinstance(values, list | tuple) and bool(values) and isinstance(values[0], Piece)


def _in_order(changes: Sequence[Change]) -> tuple[Change, ...]:
    by_tick = {change.at: change for change in changes}
    return tuple(by_tick[at] for at in sorted(by_tick))
