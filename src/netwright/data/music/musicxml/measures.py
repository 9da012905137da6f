"""The measures of a part of a score, one after the other."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn

from netwright.base.errors import DataError
from netwright.base.figures import shorten
from netwright.data.music.found import Oddities
from netwright.data.music.notation.bars import NotatedBar, NotatedNote
from netwright.data.music.notation.modes import key_of
from netwright.data.music.piece import Meter, Tempo
from netwright.data.text.xml_tree import Element

STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}

JUMPS = ("dacapo", "dalsegno", "tocoda", "fine")
"""Attributes of a sound by which players jump to another place."""

SNARE = 38
"""The drum that a note without pitch is, where nothing names another."""

LONGEST = 1 << 40
"""Ticks, at most, that anything lasts."""


@dataclass
class PartReading:
    """A part as it is read, measure by measure.

    Args:
        at: its place among the parts.
        name: of the file and of the part, for messages.
        quarter: ticks of a quarter note.
        drums: of each of its instruments the pitch of the drum that it is.
    """

    at: int
    name: str
    quarter: int
    drums: Mapping[str, int]
    odd: Oddities
    divisions: float = 1.0
    higher: int = 0
    endings: tuple[int, ...] = ()
    measure: str = ""
    full: float = math.inf
    unpitched: int = 0

    def add_to(self, bar: NotatedBar, measure: Element) -> None:
        """What a measure of this part adds to its bar."""
        self.measure = measure.attributes.get("number", "?")
        cursor = before = 0
        leaves = False
        for one in measure.children:
            if one.name == "note":
                before, cursor = self._note(bar, one, cursor, before)
            elif one.name == "forward":
                cursor += self._ticks(one)
            elif one.name == "backup":
                cursor = max(0, cursor - self._ticks(one))
            elif one.name == "attributes":
                self._attributes(bar, one)
            elif one.name in ("direction", "sound"):
                self._sounds(bar, one, cursor)
            elif one.name == "barline":
                leaves |= self._line(bar, one)
            # rests that go on beyond a full bar, as some programs write them, make it no longer
            bar.length = max(bar.length, int(min(cursor, self.full)))
        bar.repeats.endings = bar.repeats.endings or self.endings
        if leaves:
            self.endings = ()

    def _note(self, bar: NotatedBar, note: Element, cursor: int, before: int) -> tuple[int, int]:
        """Add a note; where it begins, and where the next thing does."""
        parts = {one.name: one for one in note.children}
        if "grace" in parts:
            self.odd["grace notes passed over"] += 1
            return before, cursor
        length = self._ticks(note)
        start = before if "chord" in parts else cursor
        end = cursor if "chord" in parts else start + length
        if "cue" in parts:
            self.odd["cue notes passed over"] += 1
        if "rest" in parts or "cue" in parts or not length:
            return start, end
        bar.length = max(bar.length, start + length)
        pitch = self._pitch(parts)
        ties = any(one.attributes.get("type") == "start" for one in note.all("tie"))
        bar.notes.append(NotatedNote(start, length, pitch, self.at, ties=ties))
        return start, end

    def _pitch(self, parts: Mapping[str, Element]) -> int:
        if "pitch" in parts:
            pitch = parts["pitch"]
            step, alter = STEPS.get(pitch.words("step")), self._number(pitch, "alter", 0)
            if step is None:
                self._refuse("a note's step", pitch.words("step"), "C, D, E, F, G, A or B")
            if alter != int(alter):
                self.odd["microtones moved to the next semitone"] += 1
            octave = self._number(pitch, "octave", 4)
            return 12 * (int(octave) + 1) + step + round(alter) + self.higher
        self.unpitched += 1
        named = parts["instrument"].attributes.get("id", "") if "instrument" in parts else ""
        return self.drums.get(named, next(iter(self.drums.values()), SNARE))

    def _attributes(self, bar: NotatedBar, found: Element) -> None:
        if divisions := self._number(found, "divisions", 0):
            self.divisions = divisions
        for move in found.all("transpose"):
            octaves = self._number(move, "octave-change", 0)
            self.higher = round(self._number(move, "chromatic", 0) + 12 * octaves)
        for key in found.all("key"):
            fifths = int(self._number(key, "fifths", 0))
            if abs(fifths) <= 7 and bar.key is None:
                bar.key = key_of(fifths, key.words("mode")).transposed(self.higher)
        for time in found.all("time"):
            meter = self._meter(time)
            bar.meter = bar.meter or meter
            self.full = 4 * self.quarter * meter.beats / meter.unit if meter else math.inf

    def _meter(self, time: Element) -> Meter | None:
        """``3+2/8`` is 5/8, 2/4 and 3/8 in one bar are 7/8; None: it is without measure."""
        pairs = [
            (sum(self._whole(part, "a meter") for part in "".join(beats.texts).split("+")), unit)
            for beats, unit in zip(
                time.all("beats"),
                (self._whole("".join(one.texts), "a meter") for one in time.all("beat-type")),
                strict=False,
            )
        ]
        units = [unit for _, unit in pairs]
        if not pairs or any(unit < 1 or unit & (unit - 1) for unit in units):
            return None
        beats = sum(beats * max(units) // unit for beats, unit in pairs)
        return Meter(0, beats, max(units)) if beats > 0 else None

    def _sounds(self, bar: NotatedBar, found: Element, cursor: int) -> None:
        """Tempo, and jumps, which are not followed."""
        for sound in [found] if found.name == "sound" else found.all("sound"):
            held = sound.attributes
            if any(jump in held for jump in JUMPS):
                self.odd["jumps (da capo, dal segno, coda, fine) not followed"] += 1
            if "tempo" in held:
                per_minute = self._figure(held["tempo"], "a tempo")
                microseconds = round(60e6 / per_minute) if per_minute > 0 else 0
                if 0 < microseconds < 1 << 24:
                    bar.tempos.append(Tempo(cursor, microseconds))
                else:
                    self.odd["tempos that are none passed over"] += 1

    def _line(self, bar: NotatedBar, line: Element) -> bool:
        """Repeats and endings at a bar line; whether it is the end of an ending."""
        leaves = False
        for repeat in line.all("repeat"):
            if repeat.attributes.get("direction") == "forward":
                bar.repeats.begins = True
            else:
                times = self._whole(repeat.attributes.get("times", "2"), "a repeat")
                bar.repeats.times = max(bar.repeats.times, times, 2)
        for ending in line.all("ending"):
            if ending.attributes.get("type") == "start":
                numbers = ending.attributes.get("number", "").replace(",", " ").split()
                self.endings = tuple(int(one) for one in numbers if one.isdecimal())
            else:
                leaves = True
        return leaves

    def _ticks(self, thing: Element) -> int:
        duration = self._number(thing, "duration", 0)
        ticks = round(duration * self.quarter / self.divisions)
        if not 0 <= ticks < LONGEST:
            self._refuse("a duration", str(duration), "a number of divisions")
        return ticks

    def _number(self, thing: Element, name: str, default: float) -> float:
        words = thing.words(name)
        return self._figure(words, f"the {name}") if words else default

    def _figure(self, words: str, what: str) -> float:
        try:
            found = float(words)
        except ValueError:
            found = math.nan
        return found if math.isfinite(found) else self._refuse(what, words, "a number")

    def _whole(self, words: str, what: str) -> int:
        try:
            return int(words)
        except ValueError:
            self._refuse(what, words, "a whole number")

    def _refuse(self, what: str, words: str, expected: str) -> NoReturn:
        raise DataError(
            f"{self.name}, measure {self.measure}: {what} is '{shorten(words, 30)}': expected"
            f" {expected}."
        )
