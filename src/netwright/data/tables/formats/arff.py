"""ARFF, Weka's tables: a header that names each column and its type, then rows.

Numeric columns are numbers, nominal ones and strings are words, dates are judged as in other text
(https://waikato.github.io/weka-wiki/formats_and_processing/arff_stable/).
"""

from __future__ import annotations

import io
import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from netwright.base.errors import DataError
from netwright.base.figures import counted, shorten
from netwright.contract import ColumnForm
from netwright.data.tables.formats.in_utf8 import in_utf8, not_utf8
from netwright.data.tables.formats.table_look import (
    GROWS,
    MOST_COLUMNS,
    Content,
    TableLook,
    Words,
    expect_few,
    frame_of,
    named,
)

ENDINGS = (".arff",)
CELL = 8
NUMBERS = ("numeric", "real", "integer")

_QUOTED = r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\""
_ATTRIBUTE = re.compile(rf"@attribute\s+({_QUOTED}|[^\s{{]+)\s*(.*)", re.IGNORECASE)
_ROW = re.compile(rf"\s*({_QUOTED}|[^,\t'\"][^,\t]*?|)\s*([,\t]|$)")
_WEIGHT = re.compile(r"[,\t]?\s*\{[^{}]*\}\s*$")
_ESCAPED = re.compile(r"\\(.)")
_LETTERS = {"n": "\n", "t": "\t", "r": "\r"}


@dataclass(frozen=True)
class _Header:
    """What stands above the rows.

    Args:
        types: name -> ``number``, ``words`` or ``date``.
        lines: of the header.
    """

    types: dict[str, str]
    lines: int


def look(content: Content) -> TableLook:
    """An ARFF file by its header.

    Raises:
        DataError: it has none, a type is unknown, or its rows are sparse.
    """
    content = in_utf8(content)
    with _lines(content) as lines:
        header = _header(content.path, lines)
    types = header.types
    numbers = [name for name, kind in types.items() if kind == "number"]
    return TableLook(
        content,
        list(types),
        lambda size: _parts(content, header, max(1, size // (CELL * len(types)))),
        GROWS * content.size,
        about=f"the header gives the types: {counted(len(numbers), 'column')} of numbers",
        forms={name: ColumnForm("words") for name, kind in types.items() if kind == "words"},
        numbers=frozenset(numbers),
    )


def _lines(content: Content) -> IO[str]:
    try:
        return content.held.open(encoding="utf-8-sig")
    except OSError as error:
        raise DataError(f"{content.path} cannot be read: {error.strerror or error}.") from None


def _header(path: Path, lines: IO[str]) -> _Header:
    names: list[str] = []
    kinds: list[str] = []
    for at, line in _numbered(path, lines):
        bare = line.strip()
        word = bare[:10].lower()
        if not bare or bare.startswith("%") or word.startswith("@relation"):
            continue
        if word.startswith("@data"):
            if not names:
                break
            return _Header(dict(zip(named(path, names), kinds, strict=True)), at)
        found = _ATTRIBUTE.fullmatch(bare)
        if found is None:
            raise DataError(
                f"{path}:{at} is no line of an ARFF header: '{shorten(bare, 60)}'; expected"
                " @relation, @attribute NAME TYPE or @data."
            )
        names.append(_bare(found[1]))
        kinds.append(_kind(f"{path}:{at}", names[-1], found[2]))
        if len(names) > MOST_COLUMNS:
            expect_few(path, len(names))
    raise DataError(f"{path} has no ARFF header: expected lines @attribute NAME TYPE, then @data.")


def _kind(place: str, name: str, type_: str) -> str:
    word = type_.split(None, 1)[0].lower() if type_.strip() else ""
    if type_.startswith("{") or word == "string":
        return "words"
    if word in NUMBERS:
        return "number"
    if word == "date":
        return "date"
    what = (
        "is a table of its own (relational), which is not read: save the file without it"
        if word == "relational"
        else f"has the type '{shorten(type_, 40)}': expected numeric, {{its, categories}}, string"
        " or date"
    )
    raise DataError(f"{place}: '{name}' {what}.")


def _parts(content: Content, header: _Header, at_once: int) -> Iterator[Words]:
    names, width, path = list(header.types), len(header.types), content.path
    rows: list[list[str]] = []
    numbers = array("q")
    with _lines(content) as lines:
        for at, line in _numbered(path, lines):
            bare = line.strip()
            if at <= header.lines or not bare or bare.startswith("%"):
                continue
            cells = _cells(f"{path}:{at}", bare, width)
            rows.append(cells)
            numbers.append(at)
            if len(rows) == at_once:
                yield Words(frame_of(names, rows), numbers)
                rows, numbers = [], array("q")
    if rows:
        yield Words(frame_of(names, rows), numbers)


def _cells(place: str, line: str, width: int) -> list[str]:
    """The cells of a row; ``?`` is empty.

    Raises:
        DataError: it is sparse, a quote never closes, or it has more or fewer cells.
    """
    if line.startswith("{"):
        raise DataError(
            f"{place}: a sparse row ({{place value, ...}}), which is not read: save the file with"
            " Weka's filter SparseToNonSparse, or as CSV."
        )
    if "'" not in line and '"' not in line and "{" not in line:
        cells = [cell.strip() for cell in line.replace("\t", ",").split(",")]
    else:
        cells = _quoted(place, line)
        if len(cells) == width + 1 and _WEIGHT.match(cells[-1]):  # how much the row counts
            cells.pop()
    if len(cells) != width:
        raise DataError(
            f"{place}: {counted(len(cells), 'cell')} where the header has {width}: mend the line,"
            " or quote cells that hold commas."
        )
    return ["" if cell == "?" else cell for cell in cells]


def _quoted(place: str, line: str) -> list[str]:
    cells, at = [], 0
    while True:
        found = _ROW.match(line, at)
        if found is None:
            raise DataError(
                f"{place}: a quote that does not close, or text behind one, at sign {at + 1}: quote"
                " the whole cell, and write \\' inside."
            )
        cells.append(_bare(found[1]))
        if not found[2]:
            return cells
        at = found.end()


def _bare(word: str) -> str:
    """Without its quotes, what is escaped written out."""
    if len(word) < 2 or word[0] not in "'\"" or word[0] != word[-1]:
        return word
    return _ESCAPED.sub(lambda one: _LETTERS.get(one[1], one[1]), word[1:-1])


def _numbered(path: Path, lines: io.TextIOBase | IO[str]) -> Iterator[tuple[int, str]]:
    try:
        yield from enumerate(lines, start=1)
    except UnicodeDecodeError as error:
        raise not_utf8(path, error) from None
