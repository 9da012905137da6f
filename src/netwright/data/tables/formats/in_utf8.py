"""Text of a table as UTF-8: what begins as UTF-16 or UTF-32 does is decoded, other text is refused
with what to do, for its encoding cannot be known.
"""

from __future__ import annotations

import codecs
import contextlib
import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO

from netwright.base.errors import DataError
from netwright.data.sources.unpack import PART, unpacked_to_end
from netwright.data.tables.formats.table_look import Content

FIRST_BYTES = {
    codecs.BOM_UTF32_LE: "UTF-32",  # begins as UTF-16's does
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}
"""First bytes of a file -> its encoding."""

OTHERS = {
    b"PK\x03\x04": "a zip archive or an Excel file",
    b"\x1f\x8b": "gzip's, of a packed file (.gz)",
    b"\x28\xb5\x2f\xfd": "Zstandard's, of a packed file (.zst)",
    b"PAR1": "a Parquet file (.parquet)",
    b"\xd0\xcf\x11\xe0": "an old Excel file (.xls)",
    b"ARROW1": "an Arrow file (save it as Parquet)",
}
"""First bytes of a file that is no text, whatever it is called."""


def in_utf8(content: Content) -> Content:
    """The content, or a copy of it in the cache folder, in UTF-8.

    Raises:
        DataError: it is no text, or damaged.
    """
    with content.opened() as file:
        return in_utf8_by(content, file.read(8))


def in_utf8_by(content: Content, first: bytes) -> Content:
    """The same, by the file's first eight bytes.

    Raises:
        DataError: it is no text, or damaged.
    """
    what = next((what for begin, what in OTHERS.items() if first.startswith(begin)), None)
    if what is not None:
        raise DataError(
            f"{content.path} is no text: it begins as {what} does; name it after what it is."
        )
    encoding = encoding_of(first)
    if encoding is None:
        return content
    held = unpacked_to_end(content.held, _decoded(content, encoding), encoding)
    return replace(content, held=held, notes=(*content.notes, f"the text is {encoding}"))


def encoding_of(first: bytes) -> str | None:
    """The encoding that a text's first bytes name, other than UTF-8."""
    return next((name for begin, name in FIRST_BYTES.items() if first.startswith(begin)), None)


def _decoded(content: Content, encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with content.opened() as file:
            while part := file.read(PART):
                yield decoder.decode(part).encode()
        yield decoder.decode(b"", final=True).encode()
    except UnicodeError:
        raise DataError(
            f"{content.path} begins as {encoding} text does, and is none: save it as UTF-8."
        ) from None


@contextlib.contextmanager
def as_text(file: IO[bytes], start: int = 0) -> Iterator[IO[str]]:
    """An open file as text, from a byte on; it stays open."""
    file.seek(start)
    text = io.TextIOWrapper(file, encoding="utf-8" if start else "utf-8-sig", newline="")
    try:
        yield text
    finally:
        text.detach()


def bom_length(file: IO[bytes]) -> int:
    """The bytes of a mark of UTF-8 at the beginning of a file."""
    file.seek(0)
    return 3 if file.read(3) == codecs.BOM_UTF8 else 0


def not_utf8(
    path: Path, error: UnicodeDecodeError, line: int | None = None, *, table: bool = True
) -> DataError:
    """The refusal of text that is not UTF-8.

    Args:
        line: where the fault is, if it is known.
        table: whether it is one, which another format could hold.
    """
    place = path if line is None else f"{path}:{line}"
    return DataError(
        f"{place} is not UTF-8 text (byte 0x{error.object[error.start]:02x}): save it as UTF-8 (of"
        f" a file from Windows: iconv -f WINDOWS-1252 -t UTF-8 {path.name} > new{path.suffix})"
        + (", or give a Parquet file." if table else ".")
    )
