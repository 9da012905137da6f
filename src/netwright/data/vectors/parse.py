"""Files of word vectors, in whichever form: word2vec's text and binary, GloVe's and fastText's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import IO, Any, TypeAlias

import numpy as np

from netwright.base.errors import DataError
from netwright.base.figures import counted

Vectors: TypeAlias = np.ndarray[Any, np.dtype[np.float32]]

Parsed: TypeAlias = tuple[list[bytes], Vectors]
"""Some words, as the file has them, and their vectors (N, D)."""

AT_ONCE = 10_000
"""Words that are parsed before they are handed on."""

LONGEST = 1 << 20
"""Bytes of a line, or of a word, at most."""

_HEADER = re.compile(rb"(\d{1,9}) (\d{1,5})\s*")


def vectors_in(file: IO[bytes], path: Path) -> Iterator[Parsed]:
    """The words of a file and their vectors, some thousand at once.

    word2vec and fastText begin with a line of two numbers, how many words and how many numbers
    each; GloVe does not. Whether what follows is text or binary the first word's numbers show.

    Args:
        path: for messages.

    Raises:
        DataError: it is none of these forms, or broken, with the line or the word.
    """
    first = file.readline(LONGEST)
    header = _HEADER.fullmatch(first)
    if header is None:
        yield from _of_text(file, first, 1, None, path)
        return
    count, size = int(header[1]), int(header[2])
    if not count or not size:
        raise DataError(f"{path}:1: {count} words of {size} numbers: expected some of both.")
    second = file.readline(LONGEST)
    if _is_text(second, size):
        yield from _of_text(file, second, 2, size, path)
    else:
        yield from _of_binary(file, second, count, size, path)


def _is_text(line: bytes, size: int) -> bool:
    """Whether a line is a word and so many numbers."""
    cells = line.split()
    return len(cells) > size and _numbers(cells[-size:]) is not None


def _of_text(
    file: IO[bytes], first: bytes, number: int, size: int | None, path: Path
) -> Iterator[Parsed]:
    """Line by line; the word is what stands before the last ``size`` numbers, blanks and all."""
    words: list[bytes] = []
    rows: list[Vectors] = []
    line = first
    while line:
        if line.strip():
            word, found = _line(line, size, f"{path}:{number}")
            size = len(found)
            words.append(word)
            rows.append(found)
        if len(words) == AT_ONCE:
            yield words, np.stack(rows)
            words, rows = [], []
        line, number = file.readline(LONGEST), number + 1
    if words:
        yield words, np.stack(rows)


def _line(line: bytes, size: int | None, place: str) -> tuple[bytes, Vectors]:
    cells = line.rstrip(b"\r\n ").split(b" ")
    if len(cells) < 2 and b"\t" in line:
        cells = line.rstrip(b"\r\n\t ").split(b"\t")
    if size is None:
        size = len(cells) - 1
    word = b" ".join(cells[: len(cells) - size])
    numbers = _numbers(cells[len(cells) - size :]) if len(cells) > size else None
    if size < 1 or numbers is None:
        wanted = "numbers" if size < 1 else counted(size, "number")
        raise DataError(f"{place}: expected a word and {wanted}, with a blank before each.")
    if not np.isfinite(numbers).all():
        raise DataError(f"{place}: a number is not finite: expected vectors of finite numbers.")
    return word, numbers


def _numbers(cells: list[bytes]) -> Vectors | None:
    """As float32; None: they are no numbers."""
    try:
        with np.errstate(over="ignore"):
            found: Vectors = np.array(list(map(float, cells)), np.float64).astype(np.float32)
    except ValueError:
        return None
    return found


def _of_binary(
    file: IO[bytes], begun: bytes, count: int, size: int, path: Path
) -> Iterator[Parsed]:
    """``count`` times a word, a blank and ``size`` floats; some programs end each with a line."""
    read = _Bytes(file, begun)
    places = iter(range(1, count + 1))
    while some := list(islice(places, AT_ONCE)):
        words, held = [], []
        for at in some:
            word = read.until_blank()
            numbers = read.exactly(4 * size)
            if word is None or numbers is None:
                raise DataError(
                    f"{path} ends within word {at:,} of {count:,}: it is cut off, or no file of"
                    " word vectors."
                )
            words.append(word.lstrip(b"\n"))
            held.append(numbers)
        vectors = np.frombuffer(b"".join(held), "<f4").reshape(len(some), size)
        if not np.isfinite(vectors).all():
            row = int(np.flatnonzero(~np.isfinite(vectors).all(axis=1))[0])
            raise DataError(
                f"{path}: the vector of word {some[row]:,} holds a number that is not finite: it is"
                " broken, or no file of word vectors."
            )
        yield words, vectors.astype(np.float32)


class _Bytes:
    """A file whose first bytes were read already."""

    def __init__(self, file: IO[bytes], held: bytes) -> None:
        self.file, self.held = file, held

    def until_blank(self) -> bytes | None:
        """What stands before the next blank; None: there is none."""
        at = self.held.find(b" ")
        while at < 0:
            more = self.file.read(1 << 16)
            if not more or len(self.held) > LONGEST:
                return None
            self.held += more
            at = self.held.find(b" ")
        word, self.held = self.held[:at], self.held[at + 1 :]
        return word

    def exactly(self, size: int) -> bytes | None:
        """So many bytes; None: there are fewer."""
        if len(self.held) < size:
            self.held += self.file.read(max(1 << 16, size))
        if len(self.held) < size:
            return None
        found, self.held = self.held[:size], self.held[size:]
        return found
