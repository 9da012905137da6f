"""What a person pointed at, recognized by its name and its first bytes, then read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from netwright.base import paths
from netwright.base.errors import DataError, UnreadableError, nearest
from netwright.base.figures import counted
from netwright.contract import Source
from netwright.contract.reading import Reading
from netwright.data import catalogue
from netwright.data.sources import folders, idx, suffixes

__all__ = ["Reading", "read", "read_arrays", "recognize"]

TAKEN = (
    "a folder of images (one subfolder a class), a CSV, TSV or Parquet table, IDX files, or .npz"
)


def recognize(
    name: str,
    *,
    target: str | None = None,
    group: str | None = None,
    weight: str | None = None,
    task: str = "auto",
) -> Source:
    """What a person pointed at, without reading it.

    Args:
        name: of a ready data set, a folder, or a file.
        target, group, weight: columns of a table.
        task: ``classification``, ``regression`` or ``auto``.

    Returns:
        A source of kind ``ready``, ``images``, ``table``, ``idx`` or ``npz``.

    Raises:
        DataError: nothing is there, or it is none of these.
    """
    options = {"target": target, "group": group, "weight": weight, "task": task}
    path, kind = look(name)
    if name in catalogue.ENTRIES and kind in (None, "folder"):
        return _ready(name, options)
    if kind == "folder":
        return _folder(path, options)
    if kind == "file":
        return _file(path, options)
    raise DataError(_missing(name, path))


def look(name: str | Path) -> tuple[Path, Literal["folder", "file"] | None]:
    """The path that a name stands for, and what lies there; None: nothing.

    Raises:
        DataError: it is neither a file nor a folder, cannot be looked at, or its name is not UTF-8.
    """
    if name == "":
        raise DataError("the name of a source or an input is empty: expected a path.")
    try:
        path = Path(name).expanduser()
        kind = paths.kind_of(path)
    except (RuntimeError, UnreadableError) as error:  # no home; no path
        raise DataError(
            f"{paths.shown(name)} cannot be looked at: {str(error).rstrip('.')}."
        ) from None
    if kind == "other":
        raise DataError(
            f"{name} is a device, a pipe or a socket: expected a regular file or a folder."
        )
    expect_text(path)
    return path, kind


def expect_text(path: Path) -> None:
    """Refuse a path that no file of a run could name.

    Raises:
        DataError: it is not UTF-8.
    """
    if not paths.is_text(path):
        raise DataError(
            f"{paths.shown(path)}: the name is not UTF-8; rename it, or the folder above it that is"
            " not."
        )


def read(source: Source, *, skip_unreadable: bool = False, memory: int | None = None) -> Reading:
    """The examples of a recognized source.

    Args:
        skip_unreadable: go on without image files that cannot be read, however many.
        memory: bytes that reading may take, about; a larger table is read from disk by place. None:
            2 GiB.

    Raises:
        DataError: it cannot be read as what it was taken for.
    """
    if source.kind == "ready":
        return catalogue.read_ready(source)
    if source.kind == "images":
        return folders.read_folder(source, skip_unreadable=skip_unreadable, memory=memory)
    if source.kind == "idx":
        return idx.read_idx(source)
    if source.kind == "npz":
        from netwright.data.sources.npz import read_npz

        return read_npz(source)
    if source.kind == "table":
        from netwright.data.tables import to_examples

        return to_examples.read_table(
            source, memory=to_examples.MEMORY if memory is None else memory
        )
    raise DataError(
        f"{source.path} was recognized as '{source.kind}', which cannot be read; expected {TAKEN}."
    )


def read_arrays(
    x: Any,
    y: Any = None,
    *,
    target: str | None = None,
    group: str | None = None,
    weight: str | None = None,
    task: str = "auto",
) -> Reading:
    """The examples of data in memory: see ``arrays.read_arrays``."""
    from netwright.data.sources import arrays

    return arrays.read_arrays(x, y, target=target, group=group, weight=weight, task=task)


def _ready(name: str, options: Mapping[str, Any]) -> Source:
    entry = catalogue.ENTRIES[name]
    return Source(
        "ready", name, f"took '{name}' for the ready data set of that name: {entry.title}", options
    )


def _folder(path: Path, options: Mapping[str, Any]) -> Source:
    if not any(path.iterdir()):
        raise DataError(f"{path} is an empty folder: expected {TAKEN}.")
    if files := idx.pairs(path):
        given = [split for split, _, _ in files]
        if len(set(given)) < len(given) or (None in given and len(given) > 1):
            sets = ", ".join(images.name for _, images, _ in files)
            raise DataError(
                f"{path} holds several sets of IDX files ({sets}): name one images file, or keep"
                " one set a folder."
            )
        splits = " and ".join(split or "examples" for split in given)
        why = (
            f"took {path} for IDX files ({splits}) because {files[0][1].name} lies beside"
            f" {files[0][2].name}"
        )
        return Source("idx", str(path), why, {**options, "files": files})
    found = folders.layout(path)
    for file in found.files:
        expect_text(file.path)
    if found.files:
        names = found.classes
        listed = ", ".join(names[:4]) + (", ..." if len(names) > 4 else "")
        below = f" below {'/, '.join(found.splits)}/" if found.splits else ""
        plural = "folder" if len(names) == 1 else "folders"
        why = (
            f"took {path} for images because it has {len(names)} {plural} of them{below}: {listed}"
        )
        return Source("images", str(path), why, options, found.files)
    raise DataError(_no_reader(path, found.loose))


def _file(path: Path, options: Mapping[str, Any]) -> Source:
    suffix = path.suffix.lower()
    if suffix in suffixes.TABLES:
        return Source(
            "table",
            str(path),
            f"took {path} for a table because its name ends in {suffix}",
            options,
        )
    if suffix == ".npz":
        return Source(
            "npz", str(path), f"took {path} for arrays because its name ends in .npz", options
        )
    if idx.is_idx(path):
        labels = idx.labels_beside(path)
        beside = f"; its labels are {labels.name}" if labels else "; no labels file lies beside it"
        why = f"took {path} for an IDX file because it begins as one{beside}"
        return Source("idx", str(path), why, {**options, "files": [(None, path, labels)]})
    if suffix in suffixes.IMAGES:
        raise DataError(
            f"{path} is one image: give the folder that holds a subfolder for each class."
        )
    if suffix in (".txt", ".data", ".dat") and path.stat().st_size:
        why = (
            f"took {path} for a table of delimited text because it is neither an image nor an IDX"
            " file"
        )
        return Source("table", str(path), why, options)
    ending = f"ends in '{suffix}'" if suffix else "has no ending such as .csv"
    raise DataError(f"{path} cannot be read as data (its name {ending}): expected {TAKEN}.")


def _no_reader(path: Path, loose: int) -> str:
    if loose:
        return (
            f"{path} holds {counted(loose, 'image')} but no folder a class: move each image into a"
            " subfolder named after its class."
        )
    tables = sorted(
        file.name for file in path.iterdir() if file.suffix.lower() in (*suffixes.TABLES, ".npz")
    )
    if tables:
        return (
            f"{path} is a folder with {len(tables)} table files: name one of them, for example"
            f" {path / tables[0]}."
        )
    return f"{path} holds no images in class folders and no IDX files: expected {TAKEN}."


def _missing(name: str, path: Path) -> str:
    beside = []
    if path.parent.is_dir():
        start = "" if path.parent == Path() else f"{name.rstrip('/').rpartition('/')[0]}/"
        beside = [f"{start}{file.name}" for file in sorted(path.parent.iterdir())[:10_000]]
    close = nearest(name, [*catalogue.ENTRIES, *beside])
    if not close.startswith("; did"):
        close = nearest(name, catalogue.ENTRIES).replace("; known are", "; ready data sets are")
    return f"{name}: no such file, folder or ready data set{close}"
