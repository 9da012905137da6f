"""Notated bars to a piece: repeats played, ties joined, a meter put where bars begin anew."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from netwright.data.music.found import Oddities
from netwright.data.music.notation.repeats import Repeats, order_of
from netwright.data.music.piece import PITCHES, Key, Meter, Note, Piece, Tempo

VELOCITY = 80
"""Of a note that is notated without one."""

Change = TypeVar("Change", Tempo, Meter, Key)


@dataclass(slots=True)
class NotatedNote:
    """A note as it is notated.

    Args:
        start, length: in ticks, from the beginning of its bar.
        ties: whether the next note of its pitch goes on with it, if one begins where it ends.
    """

    start: int
    length: int
    pitch: int
    part: int = 0
    velocity: int = VELOCITY
    ties: bool = False


@dataclass(slots=True)
class NotatedBar:
    """What stands between two bar lines, of all parts.

    Args:
        length: in ticks.
        meter, key: that it begins with, where they are new; their ``at`` does not count.
        tempos: their ``at`` from the beginning of the bar.
        repeats: what its bar lines say of repeats.
    """

    length: int = 0
    notes: list[NotatedNote] = field(default_factory=list)
    meter: Meter | None = None
    key: Key | None = None
    tempos: list[Tempo] = field(default_factory=list)
    repeats: Repeats = field(default_factory=Repeats)


def as_played(bars: Sequence[NotatedBar], odd: Oddities, piece: Piece) -> Piece:
    """A piece with what its notated bars sound like.

    Args:
        odd: what is odd about them is added.
        piece: what else is known of it; its notes and changes do not count.
    """
    known = list(_in_force(bars))
    played = [known[at] for at in order_of([bar.repeats for bar in bars], odd)]
    starts, end = [], 0
    for bar in played:
        starts.append(end)
        end += bar.length
    tempos = [
        replace(tempo, at=start + tempo.at)
        for bar, start in zip(played, starts, strict=True)
        for tempo in bar.tempos
    ]
    keys = [
        replace(bar.key, at=start)
        for bar, start in zip(played, starts, strict=True)
        if bar.key is not None
    ]
    return replace(
        piece,
        notes=list(_sounding(played, starts, odd)),
        tempos=_changed(tempos, lambda one: one.microseconds),
        meters=_meters(played, starts, piece),
        keys=_changed(keys, lambda one: (one.fifths, one.minor)),
    )


def _in_force(bars: Sequence[NotatedBar]) -> Iterator[NotatedBar]:
    """The bars, each with the meter, key and tempo in force: one may be played after another."""
    meter: Meter | None = None
    key: Key | None = None
    tempo: Tempo | None = None
    for bar in bars:
        meter, key = bar.meter or meter, bar.key or key
        carried = [replace(tempo, at=0)] if tempo else []
        tempos = sorted([*carried, *bar.tempos], key=lambda one: one.at)  # of all parts
        tempo = tempos[-1] if tempos else None
        yield replace(bar, meter=meter, key=key, tempos=tempos)


def _changed(changes: Sequence[Change], what: Callable[[Change], Any]) -> list[Change]:
    """Those that change something; of several at a tick the last one."""
    found: list[Change] = []
    for change in changes:
        if found and found[-1].at == change.at:
            found.pop()
        if not found or what(found[-1]) != what(change):
            found.append(change)
    return found


def _meters(played: Sequence[NotatedBar], starts: Sequence[int], piece: Piece) -> list[Meter]:
    """The meters, and the same one again where a bar begins within one of those by meter: after a
    pickup, after a bar that is short or long. Two bars that make up one are one.
    """
    found: list[Meter] = []
    for bar, start in zip(played, starts, strict=True):
        meter = bar.meter
        if meter is None or not bar.length:
            continue
        if found and (found[-1].beats, found[-1].unit) == (meter.beats, meter.unit):
            full = piece.bar_ticks(meter)
            passed = (start - found[-1].at) % full
            if not passed or passed + bar.length == full:
                continue
        found.append(replace(meter, at=start))
    return found


def _sounding(played: Sequence[NotatedBar], starts: Sequence[int], odd: Oddities) -> Iterator[Note]:
    """The notes, those that are tied joined."""
    waiting = defaultdict[tuple[int, int], list[Note]](list)
    for bar, begin in zip(played, starts, strict=True):
        for note in sorted(bar.notes, key=lambda one: one.start):
            if not 0 <= note.pitch < PITCHES:
                odd["notes beyond MIDI's pitches left out"] += 1
                continue
            start, place = begin + note.start, (note.part, note.pitch)
            found = Note(start, note.length, note.pitch, note.velocity, note.part)
            before = next((one for one in waiting[place] if one.end == start), None)
            if before is not None:
                waiting[place].remove(before)
                found = replace(before, length=before.length + note.length)
            if note.ties:
                waiting[place].append(found)
            else:
                yield found
    for left in waiting.values():
        yield from left
