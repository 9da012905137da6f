"""A piano roll: time from left to right, pitch from below to above, each part in its colour."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from netwright.plots.style import EDGE, FAINT, INK, MUTED, PAPER, clean

WIDTH, LEFT, RIGHT = 760, 34, 12
LINE = 32.0
"""Quarter notes of a line, about: eight bars of 4/4."""

MOST_LINES = 14
STEP, DRUM_STEP = 4.5, 5.0
"""Height of a semitone, of a drum."""

HEAD, BETWEEN = 58, 26
OCTAVE = 12
BLACK = frozenset({1, 3, 6, 8, 10})
"""Pitch classes of the black keys."""

COLOURS = ("#0072b2", "#c44e00", "#00805e", "#8a4f9e", "#b8860b", "#3f8fbf", "#a03050", "#5c6670")
"""Of the parts, where no others are named."""


@dataclass(frozen=True)
class RolledNote:
    """A note: its start and end in quarter notes, its MIDI pitch, the place of its part."""

    start: float
    end: float
    pitch: int
    part: int


@dataclass(frozen=True)
class Roll:
    """What is drawn.

    Args:
        parts: (name, whether it is of drums) of each.
        bars: where each begins, in quarter notes, and where the last one ends.
        pickup: whether the first bar is one, which has no number.
        colours: of the parts, in their order; where there are more they begin anew.
    """

    notes: Sequence[RolledNote]
    parts: Sequence[tuple[str, bool]]
    bars: Sequence[float]
    pickup: bool = False
    colours: Sequence[str] = COLOURS

    def colour(self, part: int) -> str:
        """Of a part."""
        return self.colours[part % len(self.colours)]


def picture(roll: Roll, label: str) -> str:
    """An SVG of the roll below ``label``, in lines of whole bars; of a long piece the first ones.

    Args:
        label: what it is of, also for those who do not see it.
    """
    lines = list(_lines(roll.bars))
    shown = lines[:MOST_LINES]
    tones = [note for note in roll.notes if not roll.parts[note.part][1]]
    hits = [note for note in roll.notes if roll.parts[note.part][1]]
    low = min((note.pitch for note in tones), default=60) - 1
    high = max((note.pitch for note in tones), default=60) + 1
    drums = {pitch: at for at, pitch in enumerate(sorted({note.pitch for note in hits}))}
    tall = STEP * (high - low + 1) if tones or not hits else 0.0
    height = tall + DRUM_STEP * len(drums)
    parts = [*_head(roll, label)]
    for at, (first, last) in enumerate(shown):
        line = _Line(roll, first, last, HEAD + at * (height + BETWEEN), low, high, tall)
        parts += line.grid(height)
        parts += line.notes(tones)
        parts += line.drums(hits, drums)
    total = HEAD + len(shown) * (height + BETWEEN)
    if len(lines) > len(shown):
        rest = len(roll.bars) - 1 - shown[-1][1]
        parts.append(_text(LEFT, total - 6, f"and {rest:,} bars more", MUTED))
        total += 12
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {total:.0f}" role="img"'
        f' aria-label="{html.escape(clean(label, 110))}" font-family="sans-serif" font-size="11">'
        f'<rect width="{WIDTH}" height="{total:.0f}" fill="{PAPER}"/>'
    )
    return "".join([head, *parts, "</svg>"])


def _lines(bars: Sequence[float]) -> Iterator[tuple[int, int]]:
    """(first bar, bar after the last one) of each line."""
    first = 0
    for at in range(1, len(bars)):
        is_last = at == len(bars) - 1
        if is_last or bars[at + 1] - bars[first] > LINE + 1e-9:
            yield first, at
            first = at


def _head(roll: Roll, label: str) -> Iterator[str]:
    """The label, and the name of each part in its colour."""
    yield f'<g font-size="12.5">{_text(LEFT, 20, clean(label, 110), INK)}</g>'
    x = float(LEFT)
    for at, (name, _) in enumerate(roll.parts):
        called = clean(name or f"part {at + 1}", 20)
        wide = 20 + 6.4 * len(called)
        if x + wide > WIDTH - RIGHT:
            yield _text(x, 38, "…", MUTED)
            return
        yield f'<rect x="{x:.0f}" y="31" width="9" height="7" rx="1.5" fill="{roll.colour(at)}"/>'
        yield _text(x + 13, 38, called, MUTED)
        x += wide


@dataclass(frozen=True)
class _Line:
    """A line of a roll: bars ``first`` to ``last``, at ``top``."""

    roll: Roll
    first: int
    last: int
    top: float
    low: int
    high: int
    tall: float

    def _x(self, quarter: float) -> float:
        bars = self.roll.bars
        wide = max(LINE, bars[self.last] - bars[self.first])
        return LEFT + (quarter - bars[self.first]) / wide * (WIDTH - LEFT - RIGHT)

    def _y(self, pitch: int) -> float:
        return self.top + STEP * (self.high - pitch)

    def grid(self, height: float) -> Iterator[str]:
        """Black keys shaded, each C named, a line at each bar and its number."""
        bars = self.roll.bars
        begin, end = self._x(bars[self.first]), self._x(bars[self.last])
        if self.tall:
            for pitch in range(self.low, self.high + 1):
                if pitch % OCTAVE in BLACK:
                    yield _box(begin, self._y(pitch), end - begin, STEP, FAINT)
                if pitch % OCTAVE == 0:
                    y = self._y(pitch) + STEP
                    yield _stroke(begin, y, end, y, EDGE)
                    yield _text(6, y, f"C{pitch // OCTAVE - 1}", MUTED)
        for bar in range(self.first, self.last + 1):
            x = self._x(bars[bar])
            yield _stroke(x, self.top, x, self.top + height, MUTED if bar < self.last else EDGE)
            number = bar if self.roll.pickup else bar + 1
            if bar < self.last and number:
                yield _text(x + 2, self.top - 4, f"{number}", MUTED)

    def notes(self, tones: Sequence[RolledNote]) -> Iterator[str]:
        """The notes that have a pitch."""
        for note, start, end in self._here(tones):
            wide = max(1.5, end - start - 0.8)
            yield _box(start + 0.4, self._y(note.pitch), wide, STEP, self.roll.colour(note.part), 1)

    def drums(self, hits: Sequence[RolledNote], rows: dict[int, int]) -> Iterator[str]:
        """A dot a hit, a row a drum, below the pitches."""
        for note, start, _ in self._here(hits):
            y = self.top + self.tall + DRUM_STEP * (len(rows) - rows[note.pitch] - 0.5)
            colour = self.roll.colour(note.part)
            yield f'<circle cx="{start:.1f}" cy="{y:.1f}" r="2" fill="{colour}"/>'

    def _here(self, notes: Sequence[RolledNote]) -> Iterator[tuple[RolledNote, float, float]]:
        """(note, left, right) of those that sound in this line, cut to it."""
        begin, end = self.roll.bars[self.first], self.roll.bars[self.last]
        for note in notes:
            if note.start < end and note.end > begin:
                yield note, self._x(max(note.start, begin)), self._x(min(note.end, end))


def _box(x: float, y: float, wide: float, tall: float, fill: str, round_: int = 0) -> str:
    corner = f' rx="{round_}"' if round_ else ""
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{tall:.1f}"{corner}'
        f' fill="{fill}"/>'
    )


def _stroke(x0: float, y0: float, x1: float, y1: float, colour: str) -> str:
    return (
        f'<line x1="{x0:.1f}" y1="{y0:.1f}" x2="{x1:.1f}" y2="{y1:.1f}" stroke="{colour}"'
        ' stroke-width="0.6"/>'
    )


def _text(x: float, y: float, text: str, colour: str) -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" fill="{colour}">{html.escape(text)}</text>'
