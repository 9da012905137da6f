"""Texts whose words are coloured by a number each."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from netwright.base.visible import columns
from netwright.plots.style import COLOURS, INK, MUTED, PAPER, clean

WIDTH, MARGIN = 700, 12
LETTER, LINE, BLOCK = 7.3, 30, 26
"""Of a letter of the words, from line to line, and from text to text."""

FOR, AGAINST = COLOURS["train"], COLOURS["dev"]
WRITTEN, LEAST = 0.01, 0.1
"""From where a word's number is written below it; the number that at least has the full colour."""


@dataclass(frozen=True)
class ColouredText:
    """A text and what its words stand for.

    Args:
        heading: a line above it.
        words: in their order.
        numbers: of each, from -1 to 1, above 0 for, below 0 against.
        faint: places of words that are drawn faint.
    """

    heading: str
    words: Sequence[str]
    numbers: Sequence[float]
    faint: frozenset[int] = frozenset()


def picture(texts: Sequence[ColouredText], label: str) -> str:
    """One SVG: below ``label`` each text, its words in a box each, blue for and orange against, the
    deeper the larger its number beside the largest of its text.
    """
    parts, y = [_line(MARGIN, 20.0, label, INK)], 44.0
    for text in texts:
        parts.append(_line(MARGIN, y, text.heading, MUTED))
        for at, x, line in _places(text.words):
            parts += _word(text, at, x, y + 12 + LINE * line)
        lines = 1 + max((line for _, _, line in _places(text.words)), default=0)
        y += 12 + LINE * lines + BLOCK
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y:.0f}" role="img"'
        f' aria-label="{html.escape(label)}" font-family="sans-serif" font-size="12.5">'
        f'<rect width="{WIDTH}" height="{y:.0f}" fill="{PAPER}"/>'
    )
    return "".join([head, *parts, "</svg>"])


def _places(words: Sequence[str]) -> Iterator[tuple[int, float, int]]:
    """(number of the word, x, line)."""
    x, line = float(MARGIN), 0
    for at, word in enumerate(words):
        wide = _width(word) + 4
        if x + wide > WIDTH - MARGIN and x > MARGIN:
            x, line = float(MARGIN), line + 1
        yield at, x, line
        x += wide


def _width(word: str) -> float:
    return LETTER * max(1, columns(clean(word))) + 4


def _word(text: ColouredText, at: int, x: float, y: float) -> Iterator[str]:
    """A box, the word in it, and its number below."""
    word, number = text.words[at], text.numbers[at]
    wide, depth = _width(word), abs(number) / max(LEAST, *map(abs, text.numbers))
    colour = FOR if number > 0 else AGAINST
    yield (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="18" rx="3" fill="{colour}"'
        f' fill-opacity="{0.65 * depth:.2f}"/>'
    )
    fill = MUTED if at in text.faint else INK
    yield (
        f'<text x="{x + 2:.1f}" y="{y + 13:.1f}" font-family="monospace" font-size="12"'
        f' textLength="{wide - 4:.1f}" lengthAdjust="spacingAndGlyphs"'
        f' fill="{fill}">{html.escape(clean(word))}</text>'
    )
    if abs(number) >= WRITTEN:
        yield (
            f'<text x="{x + wide / 2:.1f}" y="{y + 27:.1f}" font-size="8.5" text-anchor="middle"'
            f' fill="{MUTED}">{100 * number:+.0f}</text>'
        )


def _line(x: float, y: float, text: str, colour: str) -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" fill="{colour}">{html.escape(clean(text, 110))}</text>'
