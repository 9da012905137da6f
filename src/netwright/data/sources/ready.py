"""The ready data sets, by name: read from installed packages, which are not imported; nothing is
downloaded.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import importlib.util
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netwright.base import files
from netwright.base.errors import DataError
from netwright.base.figures import counted
from netwright.contract import Claim, Examples, Look, Reader, ReadOptions, Source
from netwright.data.catalogue import ENTRIES, SKLEARN, Entry

if TYPE_CHECKING:
    import numpy as np

    from netwright.contract.reading import Reading


def recognize(look: Look) -> Claim | None:
    """The name of a ready data set."""
    if look.kind != "ready":
        return None
    title = ENTRIES[look.name].title
    return Claim(f"took '{look.name}' for the ready data set of that name: {title}", 3)


def read(look: Look, source: Source) -> Reading:
    """Its examples, from the package that holds it.

    Raises:
        DataError: the package is not installed, or its file has changed.
    """
    entry = ENTRIES[source.path]
    if entry.kind == "images":
        return _read_images(entry, source)
    if entry.kind == "music":
        from netwright.data.music import ready as of_music

        return of_music.read(entry, _locate(entry.package, entry.file, entry.name), source)
    from netwright.contract.reading import reading
    from netwright.data import targets
    from netwright.data.tables.rows import Rows

    cells = _cells(entry)
    wanted = source.options.target or entry.target
    options = source.options
    apart = (options.group, options.weight, options.time, options.domain)
    if wanted != entry.target or any(apart):
        return _read_as_table(entry, cells, source)
    inputs = {name: [float(row[at]) for row in cells] for at, name in enumerate(entry.columns)}
    found = targets.work_out(
        [_target(entry, row[-1]) for row in cells], task=source.options.task, name=entry.target
    )
    ids = [files.digest("\x1f".join(row[:-1]).encode()) for row in cells]
    examples = Examples(Rows(inputs), found.values, ids, _names(entry, len(cells)))
    return reading(examples, source, notes=(_origin(entry), found.note), findings=found.findings)


def sample(folder: Path) -> tuple[str, ReadOptions]:
    """The smallest one; nothing is written."""
    return "iris", ReadOptions()


READER = Reader(
    kind="ready",
    takes="the name of a ready data set (netwright data lists them)",
    recognize=recognize,
    read=read,
    sample=sample,
)


def _read_as_table(entry: Entry, cells: Sequence[Sequence[str]], source: Source) -> Reading:
    """With another target, or a column of groups, weights or times: as any table."""
    import polars as pl

    from netwright.data.tables import to_examples

    columns: dict[str, list[Any]] = {
        name: [float(row[at]) for row in cells] for at, name in enumerate(entry.columns)
    }
    columns[entry.target] = [_target(entry, row[-1]) for row in cells]
    names = _names(entry, len(cells))
    return to_examples.read_frame(
        pl.DataFrame(columns), source, sources=names, notes=(_origin(entry),)
    )


def _read_images(entry: Entry, source: Source) -> Reading:
    from netwright.contract.reading import reading
    from netwright.data import targets
    from netwright.data.sources.arrays import ids_of

    pixels, labels = _pixels(entry)
    found = targets.work_out(
        labels.tolist(), task=source.options.task, name=entry.target, beside="images"
    )
    examples = Examples(pixels, found.values, ids_of(pixels), _names(entry, len(pixels)))
    return reading(examples, source, notes=(_origin(entry), found.note), findings=found.findings)


def _pixels(entry: Entry) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """(N, H, W, 1) uint8 pixels and (N,) labels; from the cache where a sound copy is there."""
    import numpy as np

    cached = files.cache_folder() / "ready" / f"{entry.name}-{entry.checksum}.u8"
    side = 28 if entry.name == "digits" else 8
    record = side * side + 1
    if cached.exists() and cached.stat().st_size == entry.examples * record + 8:
        content = cached.read_bytes()
        if hashlib.blake2b(content[8:], digest_size=8).digest() == content[:8]:
            table = np.frombuffer(content, np.uint8, offset=8).reshape(-1, record)
            return table[:, :-1].reshape(-1, side, side, 1), table[:, -1]
    table = _small_numbers(_content(entry)).reshape(entry.examples, record)
    if entry.name == "digits8":  # 0 to 16 inclusive
        table[:, :-1] = (table[:, :-1].astype(np.uint16) * 255 + 8) // 16
    content = table.tobytes()
    files.write_bytes(cached, hashlib.blake2b(content, digest_size=8).digest() + content)
    return table[:, :-1].reshape(-1, side, side, 1), table[:, -1]


def _small_numbers(content: bytes) -> np.ndarray[Any, Any]:
    """Whole numbers from 0 to 255, each followed by a comma or a line feed, as uint8.

    Eight times as fast as numpy's reader.
    """
    import numpy as np

    padded = np.frombuffer(b",," + content, np.uint8)
    ends = np.flatnonzero(padded < 48)[2:]  # commas and line feeds lie below the digits
    ones, tens, hundreds = (padded[ends - back].astype(np.uint16) for back in (1, 2, 3))
    two, three = tens >= 48, (tens >= 48) & (hundreds >= 48)
    return (
        ones - 48 + np.where(two, 10 * (tens - 48), 0) + np.where(three, 100 * (hundreds - 48), 0)
    ).astype(np.uint8)


def _cells(entry: Entry) -> list[list[str]]:
    """The cells of a table's rows, the target last."""
    rows = list(
        csv.reader(
            _content(entry).decode().splitlines(),
            delimiter=" " if entry.name == "diabetes" else ",",
        )
    )
    if entry.name != "diabetes":
        return rows[1:]
    beside = _locate(entry.package, SKLEARN[1] + "diabetes_target.csv.gz", entry.name)
    answers = gzip.decompress(beside.read_bytes()).decode().split()
    return [[*row, answer] for row, answer in zip(rows, answers, strict=True)]


def _content(entry: Entry) -> bytes:
    path = _locate(entry.package, entry.file, entry.name)
    try:
        content = path.read_bytes()
        content = gzip.decompress(content) if path.suffix == ".gz" else content
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(
            f"'{entry.name}' cannot be read from {path}: {error}; install {entry.pip} again."
        ) from None
    found = files.digest(content)
    if found != entry.checksum:
        raise DataError(
            f"'{entry.name}' in {path} is not what it was (checksum {found}, expected"
            f" {entry.checksum}): install {entry.pip} again."
        )
    return content


def _locate(package: str, file: str, name: str) -> Path:
    """A file of an installed package, which is not imported."""
    found = importlib.util.find_spec(package)
    for folder in (found.submodule_search_locations or []) if found else []:
        path = Path(folder, file)
        if path.exists():
            return path
    pip = ENTRIES[name].pip
    called = package if ENTRIES[name].extra else pip
    raise DataError(
        f"'{name}' lies in the package {called} ({file}), which is not installed here: pip install"
        f" {pip}."
    )


def _target(entry: Entry, cell: str) -> str | float:
    return entry.classes[int(cell)] if entry.classes else float(cell)


def _origin(entry: Entry) -> str:
    examples = counted(entry.examples, "example")
    return f"{examples} from the package {entry.pip}; licence: {entry.licence}"


def _names(entry: Entry, count: int) -> list[str]:
    return [f"{entry.name}[{at}]" for at in range(count)]
