"""Pieces to Standard MIDI Files of format 1: a track of tempo, meter and key, and one a part."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from netwright.base.errors import DataError
from netwright.data.music.midi import events
from netwright.data.music.piece import Note, Part, Piece

Timed = tuple[int, int, bytes]
"""(tick, what comes first at a tick, bytes of the event)."""

FIRST, ENDS, BEGINS = range(3)
"""At a tick come metas and programs, then ends of notes, then beginnings."""

CLOCKS = 24
"""MIDI clocks of a quarter note."""


def midi_of(piece: Piece) -> bytes:
    """The file, which ``read.piece_of`` reads as the same piece: all but its composer, for which
    there is no place. Where two notes of a part and pitch overlap, the first one ends first.

    Raises:
        DataError: it has more instruments than the 15 channels that are not for drums.
    """
    channels = _channels(piece.parts)
    tracks = [_track(_head_of(piece))]
    for at, part in enumerate(piece.parts):
        own = [note for note in piece.notes if note.part == at]
        tracks.append(_track(_part_of(part, own, channels[at])))
    head = b"MThd" + _number(6, 4) + _number(1, 2) + _number(len(tracks), 2)
    return b"".join([head, _number(piece.quarter, 2), *tracks])


def _channels(parts: Sequence[Part]) -> list[int]:
    """The channel of each part: its own while there are enough, then that of its instrument."""
    free = [channel for channel in range(16) if channel != events.DRUMS]
    instruments = {(part.program, part.drums) for part in parts}
    kits = sum(drums for _, drums in instruments)
    if kits > 1 or len(instruments) - kits > len(free):
        raise DataError(
            f"the piece has {len(instruments) - kits} instruments and {kits} drum kits: a MIDI file"
            f" has room for {len(free)} and 1."
        )
    melodic = [part for part in parts if not part.drums]
    if len(melodic) <= len(free):
        own = iter(free)
        return [events.DRUMS if part.drums else next(own) for part in parts]
    programs = list(dict.fromkeys(part.program for part in melodic))
    return [events.DRUMS if part.drums else free[programs.index(part.program)] for part in parts]


def _head_of(piece: Piece) -> Iterable[Timed]:
    if piece.title:
        yield _meta(0, events.NAME, piece.title.encode("utf-8", "replace"))
    for tempo in piece.tempos:
        yield _meta(tempo.at, events.TEMPO, _number(tempo.microseconds, 3))
    for meter in piece.meters:
        if meter.beats > 255 or meter.unit > 128:
            raise DataError(
                f"the meter {meter} has no place in a MIDI file: expected up to 255/128."
            )
        clocks = max(1, 4 * CLOCKS // meter.unit)
        data = bytes([meter.beats, meter.unit.bit_length() - 1, clocks, 8])
        yield _meta(meter.at, events.METER, data)
    for key in piece.keys:
        data = key.fifths.to_bytes(1, signed=True) + bytes([key.minor])
        yield _meta(key.at, events.KEY, data)


def _part_of(part: Part, notes: Iterable[Note], channel: int) -> Iterable[Timed]:
    if part.name:
        yield _meta(0, events.NAME, part.name.encode("utf-8", "replace"))
    yield 0, FIRST, bytes([events.PROGRAM | channel, part.program])
    for note in notes:
        yield note.start, BEGINS, bytes([events.ON | channel, note.pitch, note.velocity])
        yield note.end, ENDS, bytes([events.OFF | channel, note.pitch, 64])


def _track(found: Iterable[Timed]) -> bytes:
    """A chunk of events, in order."""
    parts, before = [], 0
    for tick, _, content in sorted(found, key=lambda one: one[:2]):
        parts += [_length(tick - before), content]
        before = tick
    body = b"".join([*parts, _length(0), bytes([events.META, events.END, 0])])
    return b"MTrk" + _number(len(body), 4) + body


def _meta(tick: int, kind: int, data: bytes) -> Timed:
    return tick, FIRST, bytes([events.META, kind]) + _length(len(data)) + data


def _number(value: int, count: int) -> bytes:
    return value.to_bytes(count)


def _length(value: int) -> bytes:
    """A number of variable length.

    Raises:
        DataError: it needs more than four bytes.
    """
    if value >= 1 << 28:
        raise DataError(
            f"nothing begins or ends for {value:,} ticks: a MIDI file has room for 2^28."
        )
    found = [value & 0x7F]
    while value := value >> 7:
        found.append(value & 0x7F | 0x80)
    return bytes(reversed(found))
