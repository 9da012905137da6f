"""A table too large for memory, typed once into the cache folder and read from there by place."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import shutil
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from netwright.base import files, read_json
from netwright.base.errors import DataError
from netwright.base.findings import Finding
from netwright.contract import ColumnForm
from netwright.data.hashes import Hashes
from netwright.data.tables import table_files
from netwright.data.tables.exact import without
from netwright.data.tables.formats.table_look import TableLook
from netwright.data.tables.ids import ids_of
from netwright.data.tables.judging import Judging
from netwright.data.tables.judging.inspection import Inspection
from netwright.data.tables.roles import Apart
from netwright.data.tables.row_file import ROWS, WORDS, RowFile, Writer
from netwright.data.tables.table_files import TableFile

FORMAT = 4
IDS, LINES, ABOUT = "ids.bin", "lines.bin", "table.json"


@dataclass(frozen=True)
class Kept:
    """A table in the cache folder.

    Args:
        rows: all its columns.
        ids: the content hash of each row's words without the target.
        lines: the line, or row, of each in the file.
        empty: the input columns that hold nothing.
        forms: column -> how its cells are read.
    """

    rows: RowFile
    ids: Hashes
    lines: Sequence[int]
    empty: tuple[str, ...]
    notes: tuple[str, ...]
    findings: tuple[Finding, ...]
    forms: Mapping[str, ColumnForm]


def keep(
    file: TableLook,
    *,
    apart: Apart,
    memory: int,
    judging: Judging,
    scheme: int,
) -> Kept:
    """The table of a file, from the cache folder.

    Put there when it is not, or when the file has changed.

    Args:
        apart: columns that are no input.
        memory: bytes that reading may take, about.
        scheme: by which rows are known.

    Raises:
        DataError: the file cannot be read as a table, or the disk has no room for it.
        NetwrightError: the cache folder cannot be written (``NETWRIGHT_CACHE`` names another).
    """
    with file.path.open("rb") as content:
        key = hashlib.file_digest(
            content,
            lambda: hashlib.blake2b(
                f"{FORMAT}\n{file.path.name}\n{apart.key}{_key(judging, scheme)}".encode(),
                digest_size=8,
            ),
        ).hexdigest()
    folder = files.cache_folder() / "tables" / key
    if not (folder / ABOUT).exists():
        _check_room(folder, file)
        _write(folder, table_files.table(file, memory, judging), apart, judging, scheme)
    return _read(folder)


def _key(judging: Judging, scheme: int) -> str:
    """What stands for how the columns are read in the cache."""
    before = {name: form.as_json() for name, form in (judging.before or {}).items()}
    way = [judging.as_at_first, before, dict(judging.wanted), judging.lenient is not None, scheme]
    return "\n" + json.dumps(way, sort_keys=True)


def _write(folder: Path, file: TableFile, apart: Apart, judging: Judging, scheme: int) -> None:
    """Go through the table once; what says that the folder is complete is written last."""
    inspection = Inspection()
    left_out = [name for name, form in file.forms.items() if form.kind == "ignore"]
    with (
        files.replacing(folder / ROWS) as rows,
        files.replacing(folder / WORDS) as words,
        files.replacing(folder / IDS) as ids,
        files.replacing(folder / LINES) as lines,
        rows.open("wb") as row_file,
        words.open("wb") as word_file,
        ids.open("wb") as id_file,
        lines.open("wb") as line_file,
    ):
        writer = Writer(row_file, word_file)
        for part in file.parts():
            writer.write(part.frame)
            inspection.look(without(part.frame, [*apart.names, *left_out]))
            id_file.write(ids_of(part, apart, judging.before or file.forms, scheme).held)
            line_file.write(array("q", part.lines).tobytes())
    lenient = judging.lenient.findings() if judging.lenient else ()
    files.write_json(
        folder / ABOUT,
        {
            "kinds": writer.kinds,
            "count": writer.count,
            "empty": inspection.empty,
            "columns": {n: form.as_json() for n, form in file.forms.items()},
            "notes": file.notes,
            "findings": [
                dataclasses.asdict(found)
                for found in (*file.findings, *lenient, *inspection.findings())
            ],
        },
    )


def _read(folder: Path) -> Kept:
    about = read_json.load(folder / ABOUT)
    findings = tuple(Finding(**{**found, "do": tuple(found["do"])}) for found in about["findings"])
    rows = RowFile(folder, about["kinds"], about["count"], tuple(about["kinds"]))
    lines: Any = np.memmap(folder / LINES, np.int64, "r")
    return Kept(
        rows,
        Hashes((folder / IDS).read_bytes()),
        lines,
        tuple(about["empty"]),
        tuple(about["notes"]),
        findings,
        {name: ColumnForm.of(form) for name, form in about["columns"].items()},
    )


def _check_room(folder: Path, file: TableLook) -> None:
    wanted = 4 * file.content.size
    place = files.existing(folder)
    if wanted > shutil.disk_usage(place).free / 2:
        raise DataError(
            f"{file.path} takes up to {wanted:,} bytes as rows to read by place, more than half of"
            f" what is free in {place}: make room, let NETWRIGHT_CACHE name another folder, or"
            " raise training.memory."
        )
