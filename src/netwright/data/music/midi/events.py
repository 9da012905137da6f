"""The events of a Standard MIDI File, as their bytes are read.

The MIDI Association (1996), "Standard MIDI Files 1.0", RP-001.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from netwright.base.errors import DataError

OFF, ON, PROGRAM = 0x80, 0x90, 0xC0
"""Kinds of messages of a channel that count here."""

META, SYSEX = 0xFF, (0xF0, 0xF7)

NAME, INSTRUMENT, END, TEMPO, METER, KEY = 0x03, 0x04, 0x2F, 0x51, 0x58, 0x59
"""Kinds of metas that count here."""

DRUMS = 9
"""The channel of drums, 10 as people count."""

LONGEST_NUMBER = 4
"""Bytes of a number of variable length."""


@dataclass(frozen=True, slots=True)
class MidiEvent:
    """A message of a channel, or a meta.

    Args:
        tick: from the beginning of the track.
        status: ``ON`` and the channel; ``META``.
        data: the bytes after it; of a meta those that it holds.
        meta: its kind, 0 of a message.
        place: the byte of the file at which it stands.
    """

    tick: int
    status: int
    data: bytes
    meta: int = 0
    place: int = 0

    @property
    def kind(self) -> int:
        """``ON``, ``OFF``, ``PROGRAM`` or another message; ``META``."""
        return self.status if self.status == META else self.status & 0xF0

    @property
    def channel(self) -> int:
        """Of a message, 0 to 15."""
        return self.status & 0x0F


@dataclass
class MidiBytes:
    """The bytes of a file, read one after the other.

    Args:
        name: of the file, for messages.
        at: the next byte.
        end: the first one that does not count.
    """

    content: bytes
    name: str
    at: int
    end: int

    def take(self, count: int, what: str) -> bytes:
        """The next bytes.

        Raises:
            DataError: the file, or the track, ends within them.
        """
        if self.at + count > self.end:
            left = self.end - self.at
            are = "is" if left == 1 else "are"
            self.refuse(f"{what} of {count:,} bytes begins, but only {left:,} {are} left")
        self.at += count
        return self.content[self.at - count : self.at]

    def number(self) -> int:
        """A number of variable length: seven bits a byte, the first bit set but in the last."""
        value = 0
        for _ in range(LONGEST_NUMBER):
            byte = self.take(1, "a number")[0]
            value = value << 7 | byte & 0x7F
            if byte < 0x80:
                return value
        self.at -= LONGEST_NUMBER
        return self.refuse("a number has more than four bytes")

    def refuse(self, why: str) -> int:
        """Raise.

        Raises:
            DataError: in any case.
        """
        raise DataError(f"{self.name} is no whole MIDI file: at byte {self.at:,} {why}.")


def events_of(track: MidiBytes) -> Iterator[MidiEvent]:
    """The messages and metas of a track up to its end; system messages are passed over.

    Raises:
        DataError: it ends within one, or holds what is none, with the byte.
    """
    tick, running = 0, 0
    while track.at < track.end:
        tick += track.number()
        place = track.at
        status = track.take(1, "an event")[0]
        if status == META:
            kind = track.take(1, "a meta")[0]
            data = track.take(track.number(), "a meta")
            if kind == END:
                yield MidiEvent(tick, META, data, kind, place)
                return
            yield MidiEvent(tick, META, data, kind, place)
        elif status in SYSEX:
            track.take(track.number(), "a system message")
        elif status >= 0xF0:
            track.at = place
            track.refuse(f"0x{status:02x} stands where an event begins")
        else:
            if status < 0x80:
                track.at = place
                status = running or track.refuse("data stand without an event")
            running = status
            yield _message(track, tick, status, place)


def _message(track: MidiBytes, tick: int, status: int, place: int) -> MidiEvent:
    """A message of a channel, its data after it."""
    count = 1 if status & 0xF0 in (0xC0, 0xD0) else 2
    data = track.take(count, "an event")
    if max(data) > 0x7F:
        track.at = place
        track.refuse(f"the event 0x{status:02x} has {count} bytes of data, one above 127")
    return MidiEvent(tick, status, data, 0, place)
