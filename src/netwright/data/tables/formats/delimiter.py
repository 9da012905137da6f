"""What parts the cells of a text: found from its first lines."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from itertools import islice

from netwright.data.tables.formats.spaced import Spaced, look_spaced
from netwright.data.tables.formats.top_lines import top_of

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
BLANKS = " "
"""Stands for runs of blanks between the cells."""

HEAD = 1 << 16
"""Characters that are looked at first."""


def in_words(delimiter: str) -> str:
    """What separates the cells, in words."""
    if delimiter == BLANKS:
        return "runs of blanks"
    return f"{DELIMITERS[delimiter]}s" if delimiter in DELIMITERS else f"'{delimiter}'"


def has_cells(head: str) -> bool:
    """Whether the beginning of a text is a table's: two lines or more, all of as many cells."""
    top = top_of(head, split)
    lines = [line for line in head[len(top.text) :].splitlines() if line.strip()][:20]
    whole = "\n".join([*lines, ""]) + "the last may be cut off"
    return len(lines) > 1 and (
        any(_fit(whole, delimiter)[0] for delimiter in DELIMITERS) or delimiter_of(whole) == BLANKS
    )


def delimiter_of(text: str) -> str:
    """Of those that split the first lines alike, the one of most cells."""
    best = max(DELIMITERS, key=lambda delimiter: _fit(text, delimiter))
    if _fit(text, best)[0] or not look_spaced(first_rows(text, BLANKS), text[:HEAD]):
        return best
    return BLANKS


def _fit(head: str, delimiter: str) -> tuple[bool, int]:
    """(whether the first lines agree in the number of cells, that number)."""
    counts = [len(row) for row in first_rows(head, delimiter)]
    if not counts:
        return False, 0
    return len(set(counts)) == 1 and counts[0] > 1, counts[0]


def first_rows(head: str, delimiter: str) -> list[list[str]]:
    """The cells of the first lines, but for the last, which may be cut off."""
    lines = io.StringIO(head, newline="")
    reader = Spaced(lines) if delimiter == BLANKS else csv.reader(lines, delimiter=delimiter)
    try:
        rows = [row for row in islice(reader, 20) if row]
    except csv.Error:
        return []
    return rows[:-1] or rows


def line_with(word: str, lines: Sequence[str], start: int) -> str | None:
    """The first of these lines with a cell of that word, from a place on; in any delimiter, since a
    title may have hidden the file's own.
    """
    for at, line in enumerate(lines[start - 1 :], start=start):
        rows = [row for delimiter in DELIMITERS for row in first_rows(line, delimiter)]
        if any(word in map(str.strip, row) for row in rows):
            return f"line {at}"
    return None


def split(line: str, below: str, separator: str | None) -> list[list[str]]:
    """The cells of a line and of those below it, by their delimiter or a given one."""
    delimiter = separator or delimiter_of(below)
    if not below.strip():
        return [[line]]
    return first_rows(line + below, delimiter) or [[line]]
