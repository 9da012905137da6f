"""Lines whose cells are parted by runs of blanks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_CELL = re.compile(r'"(?:[^"]|"")*"(?!\S)|\S+')


class Spaced:
    """The cells of each line, as Python's csv reader gives those of delimited ones.

    Args:
        lines: of the text.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        self.lines = iter(lines)
        self.line_num = 0

    def __iter__(self) -> Iterator[list[str]]:
        return self

    def __next__(self) -> list[str]:
        line = next(self.lines)
        self.line_num += 1
        return line.split() if '"' not in line else list(map(_bare, _CELL.findall(line)))


def look_spaced(rows: list[list[str]], text: str) -> bool:
    """Whether the first rows of a text, split at blanks, are a table's: all of as many cells (the
    header of one less, as R writes it), and not words that follow each other: a column of numbers,
    or gaps of several blanks.
    """
    if len(rows) < 2:
        return False
    width = len(rows[-1])
    if (
        width < 2
        or any(len(row) != width for row in rows[1:])
        or width - len(rows[0]) not in (0, 1)
    ):
        return False
    numbers = (all(_is_number(row[at]) for row in rows[1:]) for at in range(width))
    return any(numbers) or all("  " in line.strip() for line in text.splitlines() if line.strip())


def _bare(cell: str) -> str:
    quoted = len(cell) > 1 and cell[0] == cell[-1] == '"'
    return cell[1:-1].replace('""', '"') if quoted else cell


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return word.lower() in ("na", "?")
    return True
