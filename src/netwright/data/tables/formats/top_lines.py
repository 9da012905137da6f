"""What stands above the header of a delimited text: ``sep=;``, comments, a title."""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from netwright.base.figures import counted, shorten
from netwright.data.tables.cells.written_numbers import (
    ALL_SEPARATORS,
    AROUND,
    CURRENCIES,
    OTHER_MONEY,
    body_of,
)
from netwright.data.tables.columns import is_number
from netwright.data.tables.formats.table_look import LOOKED_AT

COMMENTS = ("#", "%", "//")
"""What a comment above the header begins with."""

MOST_TITLES = 5
"""Lines above the header that may tell what the table is."""

_SEPARATOR = re.compile(r'"?sep=(\\t|.)"?[;,]*', re.IGNORECASE)

_AROUND = re.escape(AROUND)
_MONEY = rf"(?i:{CURRENCIES}|{OTHER_MONEY}|%)?"
_BODY = "|".join(map(body_of, ALL_SEPARATORS))
_WRITTEN = re.compile(
    rf"[{_AROUND}]*{_MONEY}[{_AROUND}]*(?:{_BODY})[{_AROUND}]*{_MONEY}[{_AROUND}]*"
)

Split = Callable[[str, str, str | None], list[list[str]]]
"""(a line, the text below it, what ``sep=`` names) -> the cells of the line and of the first ones
below it.
"""


@dataclass(frozen=True)
class Top:
    """What is skipped above a header.

    Args:
        lines: how many; text: they themselves.
        separator: what ``sep=`` names.
        comments: how many of the lines are comments; titles: how many others tell of the table.
    """

    text: str = ""
    lines: int = 0
    separator: str | None = None
    comments: int = 0
    titles: int = 0

    @property
    def notes(self) -> tuple[str, ...]:
        """For the person."""
        found = []
        if self.separator is not None:
            found.append(f"line 1, {self.text.splitlines()[0].strip()}, is no row")
        if self.comments:
            found.append(f"{counted(self.comments, 'line')} of comments above the header: skipped")
        if self.titles:
            title = next(line for line in self.text.splitlines()[-self.titles :] if line.strip())
            found.append(titles_skipped(self.titles, title.strip(' ,;|\t"'), self.lines + 1))
        return tuple(found)


def titles_skipped(titles: int, first: str, header: int, kind: str = "line") -> str:
    """For the person: so many lines or rows, of which this is the first, stand above the header."""
    above = f"{counted(titles, kind)} above it (first '{shorten(first, 60)}')"
    return f"the header is {kind} {header}: {above} skipped"


def top_of(head: str, split: Split, known: Collection[str] = ()) -> Top:
    """What is to be skipped at the top of a text.

    A line that begins as a comment does is the header where it has as many cells as those below it,
    unless the line below it is one: without a number, above lines that have some.

    Args:
        head: the beginning of the text.
        known: names of columns, where an earlier reading knows them.
    """
    lines = _whole_lines(head)
    first = _SEPARATOR.fullmatch(lines[0].strip()) if lines else None
    separator = first[1].replace("\\t", "\t") if first else None
    at = start = 1 if first else 0
    last = None
    while at < len(lines) and (_is_marked(lines[at]) or not lines[at].strip()):
        last = at if _is_marked(lines[at]) else last
        at += 1
    if last is None:
        at = start
    elif _is_header(split(lines[last], head[sum(map(len, lines[:at])) :], separator)):
        at = last
    comments = sum(map(_is_marked, lines[start:at]))
    titles = _above_known(_each_line(head[sum(map(len, lines[:at])) :], split, separator), known)
    if titles is None:
        titles = _titles(lines[at:], split, separator)
    return Top("".join(lines[: at + titles]), at + titles, separator, comments, titles)


def _titles(lines: Sequence[str], split: Split, separator: str | None) -> int:
    """How many lines tell of the table before its header: as many as stand above the first line of
    names over rows of as many cells, some with numbers, where the first line is none of these rows.
    """
    for count in range(1, min(MOST_TITLES + 1, len(lines) - 2)):
        if not lines[count].strip():
            continue
        header, *rows = split(lines[count], "".join(lines[count + 1 : count + 20]), separator)
        if not _names(header, rows):
            continue
        (first, *_) = split(lines[0], "".join(lines[count : count + 20]), separator)
        # the header of R has one name less, for that of its rows
        lacks_one = len(first) == len(header) - 1 and "\t" in lines[count]
        differs = len(first) != len(header) and not lacks_one
        return count if differs or _is_padded(first, header) else 0
    return 0


def titles_of_sheet(rows: Sequence[Sequence[str]], known: Collection[str] = ()) -> int:
    """The same of a sheet, whose rows are all as wide."""
    if (titles := _above_known(rows, known)) is not None:
        return titles
    for count in range(1, min(MOST_TITLES + 1, len(rows) - 2)):
        below = [row for row in rows[count + 1 : count + 20] if any(row)]
        if _names(rows[count], below):
            return count if _is_padded(rows[0], rows[count]) else 0
    return 0


def _above_known(rows: Iterable[Sequence[str]], known: Collection[str]) -> int | None:
    """How many of these rows stand above the first that holds most of the names that are known;
    None: none of the first ones does.
    """
    is_filled = False
    for count, cells in enumerate(islice(rows, LOOKED_AT) if known else ()):
        if 2 * len({cell.strip() for cell in cells} & set(known)) > len(known):
            return count if is_filled else 0
        is_filled = is_filled or any(cells)
    return None


def _each_line(text: str, split: Split, separator: str | None) -> Iterator[Sequence[str]]:
    """The cells of each line, by the delimiter of those below it; an empty one has none."""
    for line in _whole_lines(text):
        text = text[len(line) :]
        yield split(line, text, separator)[0] if line.strip() else ()


def _is_padded(first: Sequence[str], header: Sequence[str]) -> bool:
    """Whether a line of as many cells as the header holds something in one at most."""
    return len(first) == len(header) > 2 and sum(1 for cell in first if cell.strip()) < 2


def _names(header: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Whether a line names the columns of those below it, by cells that a sign parts."""
    names = {cell.strip() for cell in header}
    return (
        len(header) > 1
        and len(names) == len(header)
        and "" not in names
        and not any(map(_is_number, names))
        and len(rows) > 1
        and all(len(row) == len(header) for row in rows)
        and any(_is_number(cell) for row in rows for cell in row)
    )


def _whole_lines(head: str) -> list[str]:
    """Those that end in it; the last may go on behind it."""
    lines = list(io.StringIO(head, newline=""))
    return lines if head.endswith(("\r", "\n")) else lines[:-1]


def _is_marked(line: str) -> bool:
    return line.lstrip().startswith(COMMENTS)


def _is_header(rows: Sequence[list[str]]) -> bool:
    """Whether the first of these rows is the header, and not the second."""
    first, *below = rows
    if not below or any(len(row) != len(first) for row in below):
        return False
    numbers = [any(map(_is_number, row)) for row in below]
    return numbers[0] or (len(first) > 1 and not any(numbers))


def _is_number(cell: str) -> bool:
    """Whether it is a number as people write them: 1.234,56 €, USD 5, (1,200), 12%."""
    bare = "".join(sign for sign in cell if unicodedata.category(sign) != "Sc")
    return is_number(bare.replace(",", ".")) or _WRITTEN.fullmatch(bare) is not None
