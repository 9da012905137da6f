"""Standard MIDI files to pieces: formats 0 and 1."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from netwright.base.errors import DataError
from netwright.data.music.found import Oddities
from netwright.data.music.midi import events
from netwright.data.music.midi.events import MidiBytes, MidiEvent
from netwright.data.music.piece import Key, Meter, Note, Part, Piece, Tempo

HEAD, TRACK = b"MThd", b"MTrk"
RIFF = b"RIFF"
"""What a MIDI file in Microsoft's wrapping begins with."""

Voice = tuple[int, int, int]
"""(track, channel, program): what is a part; and (track, channel, pitch): what a note ends."""


def piece_of(content: bytes, name: str) -> tuple[Piece, Oddities]:
    """The piece that a file holds. A part is what one instrument plays of one channel in one track.

    Args:
        name: of the file, for messages.

    Raises:
        DataError: it is no MIDI file of formats 0 or 1 with ticks a quarter note, with the byte.
    """
    begin = 20 if content.startswith(RIFF) and content[8:12] == b"RMID" else 0
    file = MidiBytes(content, name, begin, len(content))
    if content[begin : begin + 4] != HEAD:
        file.refuse("the head of a file, MThd, was expected")
    head = _chunk(file, "the head")
    kind, count, division = (int.from_bytes(head.take(2, "the head")) for _ in range(3))
    if kind not in (0, 1):
        raise DataError(
            f"{name} is a MIDI file of format {kind}: expected 0 or 1, a piece and not several;"
            " save it as one of them."
        )
    if not 0 < division < 1 << 15:
        raise DataError(
            f"{name} counts in frames of film (SMPTE), or not at all: expected a MIDI file in ticks"
            " a quarter note."
        )
    reading = _MidiReading(kind)
    for track in _tracks(file):
        reading.add(events.events_of(track))
    if reading.tracks < count:
        reading.odd["tracks missing"] += count - reading.tracks
    return reading.piece(division), reading.odd


def _chunk(file: MidiBytes, what: str) -> MidiBytes:
    """The next chunk; the file goes on after it."""
    file.take(4, what)
    length = int.from_bytes(file.take(4, what))
    start = file.at
    file.take(length, what)
    return MidiBytes(file.content, file.name, start, file.at)


def _tracks(file: MidiBytes) -> Iterator[MidiBytes]:
    """The tracks; chunks of other kinds are passed over, and a last one that is cut short within
    its eight first bytes, as padding is.
    """
    while file.end - file.at >= 8:
        kind = file.content[file.at : file.at + 4]
        chunk = _chunk(file, "a track" if kind == TRACK else "a chunk")
        if kind == TRACK:
            yield chunk


@dataclass
class _MidiReading:
    """What was read so far; see ``add`` and ``piece``.

    Args:
        format: 0 or 1.
    """

    format: int
    odd: Oddities = field(default_factory=Oddities)
    names: dict[int, str] = field(default_factory=dict)
    messages: list[tuple[int, int, MidiEvent]] = field(default_factory=list)
    tempos: list[Tempo] = field(default_factory=list)
    meters: list[Meter] = field(default_factory=list)
    keys: list[Key] = field(default_factory=list)
    end: int = 0
    tracks: int = 0
    programs: defaultdict[int, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))

    def add(self, found: Iterable[MidiEvent]) -> None:
        """The events of the next track."""
        for event in found:
            self.end = max(self.end, event.tick)
            if event.kind == events.META:
                self._add_meta(self.tracks, event)
            elif event.kind in (events.ON, events.OFF, events.PROGRAM):
                self.messages.append((event.tick, self.tracks, event))
        self.tracks += 1

    def _add_meta(self, track: int, event: MidiEvent) -> None:
        data, tick = event.data, event.tick
        if event.meta in (events.NAME, events.INSTRUMENT):
            if event.meta == events.NAME or track not in self.names:
                self.names[track] = _text(data)
        elif event.meta == events.TEMPO:
            microseconds = int.from_bytes(data[:3])
            if len(data) < 3 or not microseconds:
                self.odd["tempos of 0 passed over"] += 1
            else:
                self.tempos.append(Tempo(tick, microseconds))
        elif event.meta == events.METER:
            if len(data) < 2 or not data[0] or data[1] > 7:
                self.odd["meters that are none passed over"] += 1
            else:
                self.meters.append(Meter(tick, data[0], 1 << data[1]))
        elif event.meta == events.KEY:
            fifths = int.from_bytes(data[:1], signed=True)
            if len(data) < 2 or abs(fifths) > 7 or data[1] > 1:
                self.odd["keys that are none passed over"] += 1
            else:
                self.keys.append(Key(tick, fifths, bool(data[1])))

    def piece(self, quarter: int) -> Piece:
        """All of it as one piece."""
        found = self._notes()
        tracks = {track for track, _, _ in found}
        for track, programs in self.programs.items():
            # a part that rests throughout; the first track, or one for many channels, sets up
            if track and track not in tracks and len(programs) == 1:
                channel, program = next(iter(programs.items()))
                found[track, channel, program] = []
        voices = sorted(found, key=lambda voice: voice[:2])
        is_titled = self.format == 0 or 0 not in {track for track, _, _ in voices}
        return Piece(
            quarter,
            [replace(note, part=at) for at, voice in enumerate(voices) for note in found[voice]],
            [
                Part(
                    "" if self.format == 0 else self.names.get(track, ""),
                    program,
                    channel == events.DRUMS,
                )
                for track, channel, program in voices
            ],
            self.tempos,
            self.meters,
            self.keys,
            self.names.get(0, "") if is_titled else "",
        )

    def _notes(self) -> dict[Voice, list[Note]]:
        """The notes of each voice. Of several of one pitch the first ends first; one that never
        ends does so with the piece, and one that ends as it begins is a tick long.
        """
        found = defaultdict[Voice, list[Note]](list)
        programs: dict[int, int] = {}
        sounding = defaultdict[Voice, deque[tuple[int, Voice, int]]](deque)
        # a program holds for what begins at its tick, in whatever track it stands
        self.messages.sort(key=lambda one: (one[0], one[2].kind != events.PROGRAM))

        def end(key: Voice, tick: int) -> None:
            start, voice, velocity = sounding[key].popleft()
            found[voice].append(Note(start, max(1, tick - start), key[2], velocity))

        for tick, track, event in self.messages:
            channel, first = event.channel, event.data[0]
            if event.kind == events.PROGRAM:
                programs[channel] = first
                self.programs[track][channel] = first
                continue
            key = track, channel, first
            if event.kind == events.ON and event.data[1]:
                voice = track, channel, programs.get(channel, 0)
                sounding[key].append((tick, voice, event.data[1]))
            elif sounding[key]:
                end(key, tick)
            else:
                self.odd["ends of notes that had not begun"] += 1
        for key in [key for key, waiting in sounding.items() for _ in waiting]:
            self.odd["notes without an end"] += 1
            end(key, self.end)
        return found


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")
