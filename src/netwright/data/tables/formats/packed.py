"""Packed tables: ``.gz``, ``.zst``, and ``.zip`` with one table in it, unpacked into the cache
folder, with a bound on what they unfold to.
"""

from __future__ import annotations

import codecs
import contextlib
import gzip
import zipfile
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from netwright.base.errors import DataError
from netwright.base.visible import one_line
from netwright.contract.look import HEAD, Look
from netwright.data.sources import suffixes
from netwright.data.sources.unpack import BROKEN, PART, expect_plausible, unpacked_to_end
from netwright.data.tables.formats.in_utf8 import encoding_of
from netwright.data.tables.formats.table_look import Content

MOST_LISTED = 5


def ending(path: Path) -> str:
    """What the name of a table file ends in, in small letters, ``.csv``; of a packed one, the name
    of what is in it. Empty where it is packed and no table by its name.
    """
    packed = path.suffix.lower()
    if packed not in suffixes.PACKED:
        return packed
    if packed != ".zip":
        return Path(path.stem).suffix.lower()
    try:
        names = _tables_in(path)
    except BROKEN:
        return Path(path.stem).suffix.lower()
    return _ending(names[0]) if names else ""


def named_by(look: Look, ending: str) -> str:
    """Why a file is taken for a table, by its ending."""
    if look.suffix == ".zip":
        return f"a file in it ends in {ending}"
    return f"its name ends in {ending}{'' if look.suffix == ending else look.suffix}"


def content(path: Path) -> Content:
    """The bytes of a table file, unpacked.

    Raises:
        DataError: it is damaged, holds no table or several, or unfolds beyond all measure.
        NetwrightError: the cache folder cannot be written (``NETWRIGHT_CACHE`` names another).
    """
    if path.suffix.lower() not in suffixes.PACKED:
        return Content(path, path, path.suffix.lower())
    name = table_in(path)
    held = unpacked_to_end(path, _parts(path, name), name)
    notes = (f"unpacked: {one_line(name)}",) if path.suffix.lower() == ".zip" else ()
    return Content(path, held, _ending(name), notes)


def head(path: Path, size: int) -> bytes:
    """The first bytes of a table file, unpacked; empty where it cannot be.

    Args:
        size: bytes, at most.
    """
    try:
        return next(_parts(path, table_in(path), size), b"")
    except DataError:
        return b""


def text(look: Look) -> str | None:
    """The beginning of a table file as text, unpacked; None where it is none."""
    first = head(look.path, HEAD) if look.suffix in suffixes.PACKED else look.head()
    decoder = codecs.getincrementaldecoder(encoding_of(first) or "utf-8-sig")()
    try:
        return decoder.decode(first, final=len(first) < HEAD)
    except UnicodeError:
        return None


def table_in(path: Path) -> str:
    """The name of the table in a packed file.

    Raises:
        DataError: there is none, or there are several.
    """
    if path.suffix.lower() != ".zip":
        return path.stem
    with _data_errors(path):
        names = _tables_in(path)
    if len(names) == 1:
        return names[0]
    if not names:
        raise DataError(f"{path} holds no table: unpack it, and name the file or folder you mean.")
    listed = ", ".join(map(one_line, names[:MOST_LISTED]))
    more = ", ..." if len(names) > MOST_LISTED else ""
    raise DataError(
        f"{path} holds {len(names)} tables ({listed}{more}): unpack it, and name one of them."
    )


def _tables_in(path: Path) -> list[str]:
    """The files in a zip that are called as tables are; where there is none, its text files."""
    seen = [
        name
        for name in _files_in(path, path.stat().st_mtime_ns)
        if not name.startswith("__MACOSX/") and not Path(name).name.startswith(".")
    ]
    tables = [name for name in seen if _ending(name) in suffixes.TABLES | suffixes.JSON_LINES]
    return tables or [name for name in seen if _ending(name) in suffixes.TEXTS]


@lru_cache(maxsize=1)  # several readers ask it of one look
def _files_in(path: Path, changed: int) -> list[str]:
    """All files in a zip that was changed then."""
    with zipfile.ZipFile(path) as archive:
        return [name for name in archive.namelist() if name and not name.endswith("/")]


def _ending(name: str) -> str:
    return Path(name).suffix.lower()


def _parts(path: Path, name: str, size: int = PART) -> Iterator[bytes]:
    """What a packed file holds, part by part.

    Raises:
        DataError: it is damaged, or unfolds beyond all measure.
    """
    packed, total = path.stat().st_size, 0
    with _data_errors(path), _opened(path, name) as file:
        while part := file.read(size):
            total += len(part)
            expect_plausible(str(path), packed, total)
            yield part


@contextlib.contextmanager
def _opened(path: Path, name: str) -> Iterator[Any]:
    suffix = path.suffix.lower()
    if suffix == ".zip":
        with zipfile.ZipFile(path) as archive, archive.open(name) as file:
            yield file
    elif suffix == ".gz":
        with gzip.open(path) as file:
            yield file
    else:
        zstd = _zstd(path)
        try:
            with zstd.open(path) as file:
                yield file
        except zstd.ZstdError as error:
            raise ValueError(str(error)) from None


def _zstd(path: Path) -> Any:
    """The module that reads ``.zst``: Python's own from 3.14 on, before its backport.

    Raises:
        DataError: it is not there.
    """
    try:
        from compression import zstd  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        try:
            from backports import zstd  # type: ignore[import-not-found,no-redef,unused-ignore]
        except ImportError:
            raise DataError(
                f"{path}: tables packed as .zst need one package more: pip install"
                " 'netwright[zst]'."
            ) from None
    return zstd


@contextlib.contextmanager
def _data_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except DataError:
        raise
    except BROKEN as error:
        why = str(getattr(error, "strerror", None) or error).rstrip(".") or "it ends too early"
        raise DataError(f"{path} cannot be unpacked: {one_line(why)}; fetch it again.") from None
