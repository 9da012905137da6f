"""The music of one voice of a tune, sign by sign."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeAlias

from netwright.base.errors import UnreadableError
from netwright.data.music.abc import fields
from netwright.data.music.abc.fields import AbcKey
from netwright.data.music.abc.signs import AbcSign, notes_in, times_of
from netwright.data.music.found import Oddities
from netwright.data.music.notation.bars import NotatedBar, NotatedNote
from netwright.data.music.notation.repeats import Repeats
from netwright.data.music.piece import Meter, Tempo

QUARTER = 10_080
"""Ticks of a quarter note: halves to 1/128, and tuplets of 3, 5, 7 and 9, are whole ones."""

OPENING = '[{"'
"""Signs that another one has to close."""

LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
MIDDLE_C = 60

MOST_BARS = 1_000
"""Bars that a rest is long, at most."""

ONE = Fraction(1)

Time: TypeAlias = int | Fraction
"""Ticks: whole ones but in tuplets of odd numbers."""

Place: TypeAlias = tuple[str, int]
"""(letter, octave): where a note stands on the staff."""


@dataclass
class _Sounded:
    """What was played last: its notes, where they stand, and when.

    Args:
        places: of its notes on the staff -> semitones that each was raised.
    """

    notes: list[NotatedNote]
    places: dict[Place, int]
    start: Time
    length: Time


@dataclass
class VoiceReading:
    """A voice as it is read.

    Args:
        at: the place of its part.
        key, meter, unit: in force.
        higher: semitones that it sounds above what is written.
    """

    at: int
    odd: Oddities
    key: AbcKey
    meter: Meter | None
    unit: Fraction
    higher: int = 0
    bars: list[NotatedBar] = field(default_factory=list)
    _bar: NotatedBar = field(default_factory=NotatedBar)
    _cursor: Time = 0
    _signs: dict[str, int] = field(default_factory=dict)
    _last: _Sounded | None = None
    _tied: Mapping[Place, int] = field(default_factory=dict)
    _next: Fraction = ONE
    _tuplet: tuple[int, Fraction] = (0, ONE)
    _endings: tuple[int, ...] = ()
    _is_open: bool = False

    def __post_init__(self) -> None:
        self._bar.meter, self._bar.key = self.meter, self.key.key

    def add(self, sign: AbcSign) -> None:
        """The next sign.

        Raises:
            UnreadableError: a length, or a tuplet, is none; a bracket is not closed.
        """
        if sign.kind == "note":
            self._play([sign.parts], times_of(sign.part("times")))
        elif sign.kind == "chord":
            self._chord(sign)
        elif sign.kind == "rest":
            self._play([], times_of(sign.part("rest_times")))
        elif sign.kind == "line":
            self._line(sign.part("drawn"), sign.part("then"))
        elif sign.kind == "passes":
            self._close()
            self._endings = _passes(sign.part("passes_of"))
        elif sign.kind == "tuplet":
            self._tuplet = self._tuplet_of(sign)
        elif sign.kind == "broken":
            self._broken(sign.part("arrows"))
        elif sign.kind == "tie" and self._last is not None:
            self._tied = self._last.places
            for note in self._last.notes:
                note.ties = True
        elif sign.kind == "overlay":
            self._bar.length = max(self._bar.length, round(self._cursor))
            self._cursor, self._last = 0, None
        elif sign.kind == "rests":
            self._rest_bars(int(sign.part("bars") or 1))
        elif sign.kind == "grace":
            self.odd["grace notes passed over"] += sum(1 for _ in notes_in(sign.part("graced")))
        elif sign.kind == "unknown":
            if sign.part("character") in OPENING:
                raise UnreadableError(f"'{sign.part('character')}' is not closed in its line")
            self.odd["signs not understood"] += 1

    def set(self, letter: str, words: str) -> None:
        """A field in the music: ``K``, ``M``, ``L`` or ``Q``; others change nothing.

        Raises:
            UnreadableError: it is none.
        """
        if letter == "K":
            self.key = fields.key_of(words)
            self.higher = fields.higher_of(words) or self.higher
            self._bar.key, self._signs = self.key.key, {}
        elif letter == "M":
            self.meter = self._bar.meter = fields.meter_of(words)
        elif letter == "L":
            self.unit = fields.unit_of(words)
        elif letter == "Q":
            self.set_tempo(fields.tempo_of(words, self.unit))

    def set_tempo(self, microseconds: int | None) -> None:
        """From here on; None: it is in words alone."""
        if microseconds is not None:
            self._bar.tempos.append(Tempo(round(self._cursor), microseconds))

    def end(self) -> None:
        """After the last sign."""
        self._close()

    def _chord(self, sign: AbcSign) -> None:
        held = list(notes_in(sign.part("held")))
        if not held:
            self.odd["signs not understood"] += 1
            return
        self._play(held, times_of(held[0]["times"] or "") * times_of(sign.part("chord_times")))

    def _play(self, notes: Iterable[Mapping[str, str | None]], times: Fraction) -> None:
        """Notes at once, or a rest."""
        length = _scaled(_scaled(4 * QUARTER, self.unit), times)
        if self._next is not ONE:
            length, self._next = _scaled(length, self._next), ONE
        left, factor = self._tuplet
        if left:
            length, self._tuplet = _scaled(length, factor), (left - 1, factor)
        start, self._cursor = self._cursor, self._cursor + length
        places = dict(self._place(note) for note in notes)
        begin = round(start)
        found = [
            NotatedNote(
                begin,
                max(1, round(self._cursor) - begin),
                MIDDLE_C + LETTERS[letter] + 12 * octave + raised + self.higher,
                self.at,
            )
            for (letter, octave), raised in places.items()
        ]
        self._bar.notes += found
        self._last, self._tied = _Sounded(found, places, start, length), {}

    def _place(self, note: Mapping[str, str | None]) -> tuple[Place, int]:
        """Where a note stands, and the semitones that it is raised: an accidental holds up to the
        end of the bar in all octaves, and as long as the note is tied.
        """
        written, octaves = note["letter"] or "", note["octave"] or ""
        letter = written.upper()
        place = letter, written.islower() + octaves.count("'") - octaves.count(",")
        if note["sign"]:
            self._signs[letter] = fields.semitones_of(note["sign"])
        usual = self._tied.get(place, self.key.altered.get(letter, 0))
        return place, self._signs.get(letter, usual)

    def _broken(self, arrows: str) -> None:
        """``a>b``: the first is half longer, the second half as long; ``>>`` by three quarters."""
        last, short = self._last, Fraction(1, 2 ** len(arrows))
        if last is None or not last.length:
            self.odd["broken rhythms without a note before them"] += 1
            return
        first, self._next = (2 - short, short) if arrows[0] == ">" else (short, 2 - short)
        last.length = _scaled(last.length, first)
        self._cursor = last.start + last.length
        for note in last.notes:
            note.length = max(1, round(self._cursor) - note.start)

    def _tuplet_of(self, sign: AbcSign) -> tuple[int, Fraction]:
        """``(p:q:r``: how many things it holds for, and what they last beside what is written."""
        p = int(sign.part("p"))
        by_meter = 3 if self.meter and self.meter.unit == 8 and self.meter.beats % 3 == 0 else 2
        usual = {2: 3, 3: 2, 4: 3, 6: 2, 8: 3}.get(p, by_meter)
        q, r = int(sign.part("q") or usual), int(sign.part("r") or p)
        if not q or not r:
            raise UnreadableError("a tuplet lasts nothing")
        return r, Fraction(q, p)

    def _line(self, drawn: str, then: str) -> None:
        """A bar line; after a double one a repeat may begin that is marked by its end alone."""
        self._close()
        is_double = "||" in drawn or "]" in drawn or "[" in drawn
        ends = drawn.startswith(":")
        begins = drawn.endswith(":")
        if ends and self.bars:
            colons = len(drawn) - len(drawn.lstrip(":"))
            times = 2 if set(drawn) == {":"} else colons + 1
            self.bars[-1].repeats.times = times
            self._is_open = False
        if ends or begins or is_double:
            self._endings = ()
            self._bar.repeats.begins |= begins or (is_double and not self._is_open)
            self._is_open |= begins
        if then:
            self._endings = _passes(then)

    def _rest_bars(self, count: int) -> None:
        """Whole bars of rest."""
        meter = self.meter or Meter(0)
        for _ in range(min(count, MOST_BARS)):
            self._cursor = Fraction(4 * QUARTER * meter.beats, meter.unit)
            self._close()

    def _close(self) -> None:
        """The end of a bar; one that holds nothing is none."""
        self._bar.length = max(self._bar.length, round(self._cursor))
        if self._bar.length:
            self._bar.repeats.endings = self._endings
            self.bars.append(self._bar)
            self._bar = NotatedBar(repeats=Repeats())
        self._cursor, self._signs = 0, {}
        self._last = None


def _scaled(ticks: Time, by: Fraction) -> Time:
    """Ticks by a factor: a whole number wherever it is one, as these are quicker to count in."""
    scaled = ticks * by.numerator
    return scaled // by.denominator if not scaled % by.denominator else ticks * by


def _passes(words: str) -> tuple[int, ...]:
    """``1,3`` and ``1-3``, of at most nine."""
    found: list[int] = []
    for part in words.split(","):
        first, _, last = part.partition("-")
        if first.isdecimal():
            found += range(int(first), min(int(last) if last.isdecimal() else int(first), 9) + 1)
    return tuple(found)
