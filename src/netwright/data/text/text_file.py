"""A file of text, packed or not: the one way in which texts of any kind are read."""

from __future__ import annotations

import gzip
import io
import zlib
from pathlib import Path

from netwright.base.errors import DataError, UnreadableError
from netwright.base.files import read_bytes
from netwright.data.sources.looking import expect_text
from netwright.data.tables.formats.in_utf8 import encoding_of, not_utf8

LARGEST = 1 << 29
"""Bytes of a text, at most, and of what it unfolds to."""

GZIP = b"\x1f\x8b"
"""What a packed file begins with."""


def text_of(path: Path, most: int = LARGEST) -> str:
    """What is in a file: UTF-8, or UTF-16 or UTF-32 where its first bytes say so; also in a .gz.

    Raises:
        DataError: it cannot be read, holds more than ``most`` bytes, or is in another encoding,
            with the line.
    """
    expect_text(path)
    try:
        content = read_bytes(path, most)
        if content.startswith(GZIP):
            content = _unfolded(content, most)
    except (UnreadableError, OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path} cannot be read as a text: {str(error).rstrip('.')}.") from None
    encoding = encoding_of(content[:8]) or "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding != "utf-8-sig":
            raise DataError(
                f"{path} begins as {encoding} text does, and is none: save it as UTF-8."
            ) from None
        line = content.count(b"\n", 0, error.start) + 1
        raise not_utf8(path, error, line, table=False) from None


def _unfolded(content: bytes, most: int) -> bytes:
    with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
        found = file.read(most + 1)
    if len(found) > most:
        raise UnreadableError(f"it unfolds to more than {most:,} bytes")
    return found
