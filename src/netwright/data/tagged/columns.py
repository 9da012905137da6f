"""CoNLL's columns: a word a line with its tag in one of the columns, an empty line between two
sentences, and a line ``-DOCSTART-`` before each document where there are any.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from netwright.base.errors import DataError
from netwright.base.figures import counted
from netwright.data.tagged import schemes

DOCUMENT = "-DOCSTART-"

LEAST_LINES = 3
"""Lines with a word from which on a text is taken for columns."""

MOST = 0.9
"""The fraction of lines that must be as the others for a text to be clearly of columns: a slip in a
few of them is named when they are read.
"""

LOOKED_AT = 2_000
"""Lines by which it is decided how a file is written."""

_ID = re.compile(r"\d+(?:[-.]\d+)?")
_COUNTED = re.compile(r"\d+")
_BLANKS = re.compile(r"[ \t]+")


@dataclass(frozen=True)
class TaggedWords:
    """A sentence of a file.

    Args:
        words: as the file has them.
        tags: one a word; None: the file has none.
        place: where it stands, for messages: ``a.conll:12``, ``a.json[2]``.
        lines: of each word, from 1; empty: its words stand in one line.
        document: its number in the file, from 1; 0: the file names none.
    """

    words: list[str]
    tags: list[str] | None
    place: str
    lines: tuple[int, ...] = ()
    document: int = 0


@dataclass(frozen=True)
class _Row:
    line: int
    cells: list[str]


@dataclass(frozen=True)
class ColumnLayout:
    """How a file of columns is written, decided once for all of its lines.

    Args:
        by_tab: whether cells are divided by tabs, so that a word may hold blanks; else by either.
        width: how many cells a line has.
        tags: where tags are among them, from 0; None: nowhere.
        numbered: whether each word stands behind its number in the sentence, as in CoNLL-U.
    """

    by_tab: bool
    width: int
    tags: int | None
    numbered: bool

    @classmethod
    def of(cls, lines: Sequence[str]) -> ColumnLayout:
        """How most of the first lines are written; the tags are in the last column of which nearly
        all are.
        """
        lines = [line for line in lines[:LOOKED_AT] if line.strip()]
        lines = [line for line in lines if not line.startswith("#")] or lines
        (blank, by_blank), (tab, by_tab) = (_commonest(lines, tab) for tab in (False, True))
        divided = tab > 1 and by_tab >= by_blank
        width = tab if divided else blank
        rows = [cells for line in lines if len(cells := _cells(line, divided)) == width]
        rows = [cells for cells in rows if cells[0] != DOCUMENT]
        held = (at for at in range(width - 1, 0, -1) if _mostly(schemes.TAG, rows, at))
        tags = next(held, None)
        # a lone sentence "1" has one word; one of CoNLL-U counts on
        numbered = width > 1 and _mostly(_ID, rows, 0) and any(cells[0] == "2" for cells in rows)
        return cls(divided, width, tags, numbered and tags != 1)

    def cells(self, line: str) -> list[str]:
        """The cells of a line; none of an empty one."""
        return _cells(line, self.by_tab)

    def is_comment(self, line: str, cells: Sequence[str]) -> bool:
        """Whether a line that begins with # is no word: it has not the cells of one. Where blanks
        divide them a comment of as many words has them, too, and mostly no tag.
        """
        if not line.startswith("#"):
            return False
        if len(cells) != self.width:
            return True
        if self.by_tab or self.width == 1:
            return False
        return cells[0] == "#" if self.tags is None else not schemes.TAG.fullmatch(cells[self.tags])


def are_columns(text: str) -> bool:
    """Whether a text, or its beginning, is clearly of columns: nearly all lines that are not empty
    have as many cells, of which one behind the first is a tag, and no O in some.
    """
    lines = text.split("\n")[:LOOKED_AT]
    if len(lines) > 1:
        lines = lines[:-1]  # the last one may be cut off
    layout = ColumnLayout.of(lines)
    if layout.tags is None:
        return False
    pairs = [(line, cells) for line in lines if (cells := layout.cells(line))]
    rows = [c for line, c in pairs if c[0] != DOCUMENT and not layout.is_comment(line, c)]
    tags = [cells[layout.tags] for cells in rows if len(cells) == layout.width]
    fit = [tag for tag in tags if schemes.TAG.fullmatch(tag)]
    enough = len(rows) >= LEAST_LINES and len(fit) >= MOST * len(rows)
    return enough and set(fit) != {schemes.OUTSIDE}


def sentences_of(
    text: str, name: str, column: str | None = None, *, tagged: bool = True
) -> Iterator[TaggedWords]:
    """The sentences of a file's text.

    Args:
        name: of the file, for messages.
        column: the number, from 1, of the one that holds the tags; None: the last.
        tagged: whether the tags are read; else the words alone, and none need be there.

    Raises:
        DataError: with file and line: a line has more cells than most or fewer, or no tag where one
            is expected.
    """
    lines = text.split("\n")
    layout = ColumnLayout.of(lines)
    at = _place_of(column, layout.width, name) if tagged else None
    document = 0
    rows: list[_Row] = []
    for number, line in enumerate(lines, start=1):
        cells = layout.cells(line)
        begins = bool(cells) and cells[0] == DOCUMENT
        if cells and not begins:
            if not layout.is_comment(line, cells):
                rows += _rows(number, cells, layout, name)
            continue
        if rows:
            yield _sentence(rows, at, layout, name, document)
            rows = []
        document += begins
    if rows:
        yield _sentence(rows, at, layout, name, document)


def _rows(number: int, cells: list[str], layout: ColumnLayout, name: str) -> Iterator[_Row]:
    """A line's word; none of a line of CoNLL-U that is of several words or of one left unwritten.

    Raises:
        DataError: it has not the cells of the others.
    """
    if len(cells) != layout.width:
        raise DataError(
            f"{name}:{number} has {counted(len(cells), 'column')}: expected {layout.width}, as in"
            " most lines."
        )
    if layout.numbered and not _ID.fullmatch(cells[0]):
        raise DataError(
            f"{name}:{number}: '{cells[0][:40]}' in column 1 is no number of a word, as it is in"
            " most lines."
        )
    if not layout.numbered or _COUNTED.fullmatch(cells[0]):
        yield _Row(number, cells)


def _sentence(
    rows: Sequence[_Row], at: int | None, layout: ColumnLayout, name: str, document: int
) -> TaggedWords:
    words = [row.cells[layout.numbered] for row in rows]
    tags = None if at is None else [_tag(row, at, layout, name) for row in rows]
    lines = tuple(row.line for row in rows)
    return TaggedWords(words, tags, f"{name}:{lines[0]}", lines, document)


def _tag(row: _Row, at: int, layout: ColumnLayout, name: str) -> str:
    tag = row.cells[at]
    if schemes.TAG.fullmatch(tag):
        return tag
    way = "; of another column, --target NUMBER" if layout.width > 2 else ""
    if layout.tags not in (None, at):
        way = f"; column {layout.tags + 1} holds tags: --target {layout.tags + 1}"
    raise DataError(
        f"{name}:{row.line}: '{tag[:40]}' in column {at + 1} is no tag: expected O, or B-, I-, E-"
        f" or S- and a label, as B-PER{way}."
    )


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


def _commonest(lines: Sequence[str], by_tab: bool) -> tuple[int, int]:
    """How many cells most lines have, and how many lines those are."""
    widths = Counter(len(_cells(line, by_tab)) for line in lines)
    return max(widths.items(), key=lambda found: (found[1], found[0]), default=(0, 0))


def _mostly(pattern: re.Pattern[str], rows: Sequence[Sequence[str]], at: int) -> bool:
    """Whether nearly all cells of a column match."""
    fit = sum(bool(pattern.fullmatch(cells[at])) for cells in rows)
    return bool(rows) and fit >= MOST * len(rows)


def _cells(line: str, by_tab: bool) -> list[str]:
    """The cells of a line; none of an empty one. A no-break space divides none."""
    if not line.strip():
        return []
    if by_tab:  # a word of blanks alone is one all the same
        return [cell.strip() or " " for cell in line.split("\t")]
    return _BLANKS.split(line.strip(" \t\r"))
