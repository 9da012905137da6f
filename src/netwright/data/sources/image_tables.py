"""Tables of images: a column with the path of an image, the others what is known of it: its
targets, and what a run is looked at by (``Reading.beside``).
"""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netwright.base.errors import DataError, NetwrightError
from netwright.base.figures import counted
from netwright.contract import Claim, Examples, Look, Reader, ReadOptions, Source
from netwright.data.sources import suffixes
from netwright.data.sources.looking import expect_text
from netwright.data.tables.formats import packed

if TYPE_CHECKING:
    import polars as pl

    from netwright.contract.reading import Reading

LOOKED_AT = 20
"""Rows that decide which column holds paths."""

LOOKED_AT_BYTES = 1 << 16


def recognize(look: Look) -> Claim | None:
    """A table of which a column names images that lie beside it."""
    column = image_column(look)
    if column is None:
        return None
    return Claim(
        f"took {look.path} for a table of images because its column '{column}' names image files",
        2,
    )


def image_column(look: Look) -> str | None:
    """The first column of a table whose cells, in the first rows, are called as images are, and of
    which one lies where it says; None: there is none, or it is no table.
    """
    if look.kind != "file" or packed.ending(look.path) not in suffixes.TABLES:
        return None
    names, rows = _first_rows(look)
    for at, name in enumerate(names):
        cells = [row[at].strip() for row in rows if len(row) > at and row[at].strip()]
        images = all(suffixes.is_called_image(cell) for cell in cells)
        if images and any(_is_file(look.path.parent / cell) for cell in cells):
            return name
    return None


def read(look: Look, source: Source) -> Reading:
    """The images, and of each its targets: the columns that ``target`` names, else all others.

    Raises:
        DataError: the table cannot be read, an image is not there or cannot be decoded, or the
            targets are unusable.
    """
    import dataclasses

    from netwright.contract.reading import reading
    from netwright.data.images.files import read_files
    from netwright.data.tables.roles import apart_of, with_roles, with_targets
    from netwright.data.tables.to_examples import MEMORY, held, judging_of

    looked, column, options = _looked(look), _column_of(look), source.options
    apart = apart_of(source, looked.names, looked.held_at)
    judging = dataclasses.replace(judging_of(options, apart), labels=apart.targets or looked.names)
    file, part = held(looked, MEMORY if options.memory is None else options.memory, judging)
    if column in apart.names:
        raise DataError(f"'{column}' names the images of {look.path}: name another column.")
    found = read_files(_paths(look.path, part.frame[column], part.lines), options)
    frame = part.frame[found.kept]
    wanted = apart.targets or tuple(
        name
        for name in frame.columns
        if name not in (column, *apart.names) and file.forms[name].kind != "ignore"
    )
    bare = Examples(
        inputs=found.images,
        targets=[None] * len(frame),
        ids=found.ids,
        sources=[f"{look.path.name}:{part.lines[at]}" for at in found.kept],
    )
    examples = with_roles(bare, apart, lambda name: _nameless(frame[name]))
    notes = (*file.notes, f"{counted(len(frame), 'image')} by the paths in '{column}'")
    findings = found.findings
    if wanted:
        named = {name: _nameless(frame[name]) for name in wanted}
        examples, note, odd = with_targets(
            examples, named, options.task, learn=options.columns is None
        )
        notes, findings = (*notes, note), (*findings, *odd)
    examples = dataclasses.replace(examples, sources=list(map(str, examples.inputs.paths)))
    others = [name for name in frame.columns if name not in (column, *apart.names, *wanted)]
    return reading(
        examples,
        source,
        notes=notes,
        findings=findings,
        columns=file.forms,
        beside=lambda: {name: frame[name].to_list() for name in others},
    )


def inputs(looks: Sequence[Look], options: ReadOptions) -> Examples | None:
    """The images that one table names."""
    if len(looks) != 1 or recognize(looks[0]) is None:
        return None
    from netwright.data.images.files import named, to_answer
    from netwright.data.tables.roles import Apart
    from netwright.data.tables.to_examples import MEMORY, held, judging_of

    look = looks[0]
    judging = judging_of(options, Apart())
    _, part = held(_looked(look), MEMORY if options.memory is None else options.memory, judging)
    paths = _paths(look.path, part.frame[_column_of(look)], part.lines)
    return to_answer([named(path) for path in paths])


def sample(folder: Path) -> tuple[Path, ReadOptions]:
    """Forty images, each dark or light above, and dark or light below; one in five is unknown."""
    import numpy as np
    from PIL import Image

    rng = np.random.default_rng(0)
    (folder / "images").mkdir(parents=True)
    rows = ["image,light above,light below"]
    for at in range(40):
        above, below = at % 2, at // 2 % 2
        pixels = rng.integers(0, 56, (8, 8), dtype=np.uint8)
        pixels[:4] += np.uint8(190 * above)
        pixels[4:] += np.uint8(190 * below)
        Image.fromarray(pixels).save(folder / "images" / f"{at:02}.png")
        rows.append(f"images/{at:02}.png,{above},{'?' if at % 5 == 0 else below}")
    path = folder / "tags.csv"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path, ReadOptions()


READER = Reader(
    kind="image-table",
    takes="a table with a column of image paths",
    recognize=recognize,
    read=read,
    sample=sample,
    inputs=inputs,
)


def _looked(look: Look) -> Any:
    from netwright.data.tables import table_files

    return table_files.look(look.path)


def _column_of(look: Look) -> str:
    column = image_column(look)
    assert column is not None, "it was recognized by it"
    return column


def _first_rows(look: Look) -> tuple[list[str], list[list[str]]]:
    """The names of the columns and the first rows; none where they cannot be read."""
    if packed.ending(look.path) not in suffixes.DELIMITED:
        return _first_of_typed(look)
    lines = [
        line for line in (packed.text(look) or "").splitlines()[: LOOKED_AT + 2] if line.strip()
    ]
    if any(
        suffix in line.lower()
        for line in lines[1:2]
        for suffix in suffixes.IMAGES | suffixes.PHOTOS
    ):
        for delimiter in (",", ";", "\t", "|"):
            rows = list(csv.reader(lines[: LOOKED_AT + 1], delimiter=delimiter))
            if len(rows[0]) > 1 and all(len(row) == len(rows[0]) for row in rows[:2]):
                return [name.strip() for name in rows[0]], rows[1:]
    return [], []


@lru_cache(maxsize=1)  # two readers ask it of one look
def _first_of_typed(look: Look) -> tuple[list[str], list[list[str]]]:
    """Those of words, of a file that is no plain text."""
    import polars.selectors as cs

    try:
        cells = next(_looked(look).parts(LOOKED_AT_BYTES)).cells
    except (NetwrightError, StopIteration):  # who reads it says why
        return [], []
    texts = cells.head(LOOKED_AT).select(cs.string())
    return texts.columns, [[cell or "" for cell in row] for row in texts.iter_rows()]


def _paths(table: Path, column: pl.Series, lines: Sequence[int]) -> list[Path]:
    """Where each image lies.

    Raises:
        DataError: a row names none, or one is not there.
    """
    found = []
    for line, cell in zip(lines, column.to_list(), strict=True):
        if cell is None or not str(cell).strip():
            raise DataError(f"{table.name}:{line} names no image in '{column.name}'.")
        path = table.parent / str(cell).strip()
        expect_text(path)
        if not _is_file(path):
            raise DataError(
                f"{table.name}:{line}: the image {cell} is not there; paths are taken from the"
                f" table's folder, {table.parent}."
            )
        found.append(path)
    return found


def _is_file(path: Path) -> bool:
    """False, too, of what no file can be called: longer than a name may be, or with a NUL."""
    return os.path.isfile(path)  # noqa: PTH113 (pathlib's raises)


def _nameless(column: pl.Series) -> pl.Series:
    from netwright.data.tables.exact import nameless

    return nameless(column)
