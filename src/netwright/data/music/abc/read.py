"""Tunes in ABC to pieces."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import zip_longest

from netwright.base.errors import DataError, UnreadableError
from netwright.data.music.abc import fields
from netwright.data.music.abc.fields import AbcKey
from netwright.data.music.abc.lines import AbcLine, AbcTune
from netwright.data.music.abc.signs import signs_of
from netwright.data.music.abc.voice import QUARTER, VoiceReading
from netwright.data.music.found import Oddities
from netwright.data.music.notation.bars import NotatedBar, as_played
from netwright.data.music.piece import Meter, Part, Piece

LONGEST = 1 << 18
"""Characters of a tune, at most."""

_NAME = re.compile(r'\b(?:name|nm)="([^"]*)"')


def piece_of(tune: AbcTune, name: str) -> tuple[Piece, Oddities]:
    """The piece that a tune is, its repeats played and its ties joined. A part is a voice.

    Args:
        name: of the file, for messages.

    Raises:
        DataError: a field or a sign is none, with file, line and column.
    """
    reading = _TuneReading(name)
    for line in tune.head:
        reading.add_field(line)
    if not reading.has_key:
        raise DataError(f"{name}:{tune.line}: the tune has no key (K:C), after which notes begin.")
    length = sum(len(line.text) for line in tune.body)
    if length > LONGEST:
        raise DataError(
            f"{name}:{tune.line}: the tune has {length:,} characters: expected at most {LONGEST:,}."
        )
    for line in tune.body:
        reading.add(line)
    return reading.piece(tune.first("T"), tune.first("C")), reading.odd


@dataclass
class _TuneReading:
    """A tune as it is read; what its head says, and its voices.

    Args:
        name: of the file.
    """

    name: str
    odd: Oddities = field(default_factory=Oddities)
    key: AbcKey = field(default_factory=lambda: fields.key_of(""))
    has_key: bool = False
    meter: Meter | None = None
    unit: Fraction | None = None
    tempo: str = ""
    higher: int = 0
    voices: dict[str, VoiceReading] = field(default_factory=dict)
    stated: dict[str, str] = field(default_factory=dict)
    current: VoiceReading | None = None

    def add_field(self, line: AbcLine) -> None:
        """A field of the head."""
        with self._located(line.number, 3):
            if line.field == "K":
                self.key, self.has_key = fields.key_of(line.text), True
                self.higher = fields.higher_of(line.text)
            elif line.field == "M":
                self.meter = fields.meter_of(line.text)
            elif line.field == "L":
                self.unit = fields.unit_of(line.text)
            elif line.field == "Q":
                self.tempo = line.text
            elif line.field == "V" and line.text.strip():
                self.stated[line.text.split()[0]] = line.text
            elif line.field == "P" and line.text.strip():
                self.odd["orders of parts (P:) not followed"] += 1

    def add(self, line: AbcLine) -> None:
        """A line after the head."""
        if line.field:
            with self._located(line.number, 3):
                self._set(line.field, line.text)
            return
        for sign in signs_of(line.text):
            with self._located(line.number, sign.column):
                if sign.kind == "field":
                    self._set(sign.part("name"), sign.part("value"))
                else:
                    self._voice().add(sign)

    def _set(self, letter: str, words: str) -> None:
        if letter == "V":
            self.current = self._voice_of(words) if words.strip() else self.current
        elif letter in "KLMQ":
            self._voice().set(letter, words)

    def _voice(self) -> VoiceReading:
        """The one whose music is read."""
        if self.current is None:
            self.current = self._voice_of(next(iter(self.stated), "1"))
        return self.current

    def _voice_of(self, words: str) -> VoiceReading:
        known = words.split()[0]
        if known not in self.voices:
            self.stated.setdefault(known, words)
            unit = self.unit or fields.usual_unit(self.meter)
            higher = fields.higher_of(self.stated[known]) or self.higher
            made = VoiceReading(len(self.voices), self.odd, self.key, self.meter, unit, higher)
            if not self.voices:
                made.set_tempo(fields.tempo_of(self.tempo, unit))
            self.voices[known] = made
        return self.voices[known]

    def piece(self, title: str, composer: str) -> Piece:
        """The voices at once, bar by bar."""
        voices = list(self.voices.values()) or [self._voice()]
        for voice in voices:
            voice.end()
        bars = []
        for at_once in zip_longest(*(voice.bars for voice in voices)):
            own = [bar for bar in at_once if bar is not None]
            if len({bar.length for bar in own}) > 1:
                self.odd["bars that are longer in one voice than in another"] += 1
            bars.append(_joined(own))
        parts = []
        for known in self.voices:
            named = _NAME.search(self.stated[known])
            parts.append(Part(named[1] if named else known if len(voices) > 1 else ""))
        return as_played(bars, self.odd, Piece(QUARTER, (), parts, title=title, composer=composer))

    @contextmanager
    def _located(self, line: int, column: int) -> Iterator[None]:
        """What cannot be read there, with its place."""
        try:
            yield
        except UnreadableError as error:
            raise DataError(f"{self.name}:{line}:{column}: {error}.") from None


def _joined(bars: list[NotatedBar]) -> NotatedBar:
    """A bar of all voices; of what they state the first counts."""
    first, *others = bars
    for bar in others:
        first.length = max(first.length, bar.length)
        first.notes += bar.notes
        first.meter, first.key = first.meter or bar.meter, first.key or bar.key
        first.tempos += bar.tempos
        first.repeats = first.repeats if first.repeats != type(first.repeats)() else bar.repeats
    return first
