"""New inputs to label: image files, folders of them, tables, arrays; no targets needed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netwright.base.errors import DataError
from netwright.contract import Examples
from netwright.data.images.columns import ImageFiles
from netwright.data.sources import recognize, suffixes
from netwright.data.tables import to_examples

if TYPE_CHECKING:
    from netwright.recipe import Data


def read_inputs(inputs: Any, data: Data) -> Examples:
    """Examples without targets from a path, several paths, or data in memory.

    Raises:
        DataError: nothing is there, or it cannot be read.
    """
    if isinstance(inputs, str | Path):
        return _from_paths([inputs], data)
    if (
        isinstance(inputs, Sequence)
        and inputs
        and all(isinstance(part, str | Path) for part in inputs)
    ):
        return _from_paths(inputs, data)
    return recognize.read_arrays(inputs, None).examples


def _from_paths(paths: Sequence[str | Path], data: Data) -> Examples:
    files: list[Path] = []
    for name in paths:
        path, kind = recognize.look(name)
        if kind is None:
            raise DataError(f"{path}: no such file or folder.")
        inside = (
            sorted(p for p in path.rglob("*") if p.suffix.lower() in suffixes.IMAGES)
            if kind == "folder"
            else [path]
        )
        if not inside:
            raise DataError(f"{path} holds no images.")
        for file in inside:
            recognize.expect_text(file)
        files += inside
    if all(file.suffix.lower() in suffixes.TABLES for file in files):
        return _from_tables(files, data)
    odd = [file for file in files if file.suffix.lower() not in suffixes.IMAGES]
    if odd:
        raise DataError(
            f"{odd[0]} is neither an image nor a table that can be labelled together with the"
            " others."
        )
    names = [str(file) for file in files]
    return Examples(ImageFiles(tuple(files)), [None] * len(files), names, names)


def _from_tables(files: Sequence[Path], data: Data) -> Examples:
    if len(files) > 1:
        raise DataError(f"{len(files)} tables given: label them one by one.")
    return to_examples.read_rows(files[0])
