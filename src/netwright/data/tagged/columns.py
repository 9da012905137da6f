"""CoNLL's columns: a word a line with its tag in one of the columns, an empty line between two
sentences, and a line ``-DOCSTART-`` before each document where there are any.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from netwright.base.errors import DataError
from netwright.base.figures import counted
from netwright.data.tagged import schemes

DOCUMENT = "-DOCSTART-"

LEAST_LINES = 3
"""Lines with a word from which on a text is taken for columns."""


@dataclass(frozen=True)
class TaggedWords:
    """A sentence of a file.

    Args:
        words: as the file has them.
        tags: one a word; None: the file has none.
        place: where it stands, for messages: ``a.conll:12``, ``a.json[2]``.
        line: of its first word, from 1; 0: its words stand in one line.
        document: its number in the file, from 1; 0: the file names none.
    """

    words: list[str]
    tags: list[str] | None
    place: str
    line: int = 0
    document: int = 0


@dataclass(frozen=True)
class _Row:
    line: int
    cells: list[str]


def are_columns(text: str) -> bool:
    """Whether a text, or its beginning, is clearly of columns: all lines that are not empty have as
    many cells, of which one behind the first is a tag in all of them, and no O in some.
    """
    lines = text.split("\n")[:2000]
    if len(lines) > 1:
        lines = lines[:-1]  # the last one may be cut off
    by_tab = _by_tab(lines)
    rows = [cells for line in lines if (cells := _cells(line, by_tab)) and not _apart(line, cells)]
    if len(rows) < LEAST_LINES or len({len(cells) for cells in rows}) > 1:
        return False
    return any(
        all(map(schemes.TAG.fullmatch, column)) and set(column) != {schemes.OUTSIDE}
        for column in list(zip(*rows, strict=True))[1:]
    )


def sentences_of(text: str, name: str, column: str | None = None) -> Iterator[TaggedWords]:
    """The sentences of a file's text.

    Args:
        name: of the file, for messages.
        column: the number, from 1, of the one that holds the tags; None: the last.

    Raises:
        DataError: with file and line: a line has more cells than the first one or fewer, or no tag
            where one is expected.
    """
    lines = text.split("\n")
    by_tab = _by_tab(lines)
    at: int | None = None
    width = document = 0
    rows: list[_Row] = []
    for number, line in enumerate(lines, start=1):
        cells = _cells(line, by_tab)
        if cells and not _apart(line, cells):
            if not width:
                width, at = len(cells), _place_of(column, len(cells), name)
            if len(cells) != width:
                raise DataError(
                    f"{name}:{number} has {counted(len(cells), 'column')}: expected {width}, as in"
                    " the first line with a word."
                )
            rows.append(_Row(number, cells))
            continue
        if cells and cells[0] == DOCUMENT:
            document += 1
        elif cells:
            continue  # a comment
        if rows:
            yield _sentence(rows, at, name, document - (bool(cells)))
            rows = []
    if rows:
        yield _sentence(rows, at, name, document)


def _sentence(rows: Sequence[_Row], at: int | None, name: str, document: int) -> TaggedWords:
    numbered = [row.cells[0] for row in rows] == [str(n) for n in range(1, len(rows) + 1)]
    place = 1 if numbered and len(rows[0].cells) > 2 else 0
    words = [row.cells[place] for row in rows]
    tags = None if at is None else [_tag(row, at, name) for row in rows]
    line = rows[0].line
    return TaggedWords(words, tags, f"{name}:{line}", line, max(document, 0))


def _tag(row: _Row, at: int, name: str) -> str:
    tag = row.cells[at]
    if not schemes.TAG.fullmatch(tag):
        raise DataError(
            f"{name}:{row.line}: '{tag[:40]}' in column {at + 1} is no tag: expected O, or B-, I-,"
            " E- or S- and a label, as B-PER; of another column, --target NUMBER."
        )
    return tag


def _place_of(column: str | None, width: int, name: str) -> int | None:
    """Where the tags are; None: there is one column, of words."""
    if column is None:
        return width - 1 if width > 1 else None
    if not re.fullmatch(r"[1-9]\d*", column) or not 2 <= int(column) <= width:
        raise DataError(
            f"{name} has {counted(width, 'column')}, and --target is '{column}': expected the"
            f" number of the one that holds the tags, 2 to {width}."
        )
    return int(column) - 1


def _by_tab(lines: Sequence[str]) -> bool:
    """Whether cells are divided by tabs, so that a word may hold blanks."""
    filled = [line for line in lines[:2000] if line.strip()]
    return 2 * sum("\t" in line for line in filled) > len(filled)


def _cells(line: str, by_tab: bool) -> list[str]:
    """The cells of a line; none of an empty one."""
    if not line.strip():
        return []
    # a word of blanks alone is one all the same
    return [cell.strip() or " " for cell in line.split("\t")] if by_tab else line.split()


def _apart(line: str, cells: Sequence[str]) -> bool:
    """Whether a line is no word: the beginning of a document, or a comment."""
    comment = line.startswith("#") and not schemes.TAG.fullmatch(cells[-1])
    return cells[0] == DOCUMENT or comment
