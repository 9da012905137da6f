"""A file that holds sentences with names, as text."""

from __future__ import annotations

from pathlib import Path

from netwright.base.errors import DataError, UnreadableError
from netwright.base.files import read_bytes
from netwright.data.tables.formats.in_utf8 import encoding_of

LARGEST = 1 << 29
"""Bytes of a file, at most."""


def text_of(path: Path) -> str:
    """What is in a file: UTF-8, or UTF-16 or UTF-32 where its first bytes say so.

    Raises:
        DataError: it cannot be read, or is in another encoding, with the line.
    """
    try:
        content = read_bytes(path, LARGEST)
    except (UnreadableError, OSError) as error:
        raise DataError(f"{path} cannot be read: {str(error).rstrip('.')}.") from None
    encoding = encoding_of(content[:8]) or "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding != "utf-8-sig":
            raise DataError(
                f"{path} begins as {encoding} text does, and is none: save it as UTF-8."
            ) from None
        line = content.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"{path}:{line} is not UTF-8 text (byte 0x{content[error.start]:02x}): save the file as"
            " UTF-8."
        ) from None
