"""Folders of images: one subfolder a class, below train/, dev/ and test/ if there are any."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from netwright.base.errors import DataError
from netwright.base.figures import counted
from netwright.contract import Examples, Source, SourceFile
from netwright.data.sources import suffixes

if TYPE_CHECKING:
    from netwright.contract.reading import Reading

SPLITS = {
    "train": "train",
    "training": "train",
    "dev": "dev",
    "val": "dev",
    "valid": "dev",
    "validation": "dev",
    "test": "test",
    "testing": "test",
}


@dataclass(frozen=True)
class Layout:
    """How a folder of images is laid out.

    Args:
        files: the images in class folders.
        loose: how many images lie in no class folder.
    """

    files: tuple[SourceFile, ...]
    loose: int

    @property
    def classes(self) -> list[str]:
        """The names of the classes, sorted."""
        return sorted({file.label for file in self.files})

    @property
    def splits(self) -> list[str]:
        """The splits that the folder brings, in order."""
        given = {file.split for file in self.files}
        return [split for split in ("train", "dev", "test") if split in given]


def layout(folder: Path) -> Layout:
    """The images in the class folders below a folder: each class folder is listed once.

    Raises:
        DataError: a folder cannot be listed, or it mixes split folders with class folders.
    """
    below, loose = _listed(folder)
    inside = {path: _listed(path)[0] for path in below if path.name.lower() in SPLITS}
    if not any(inside.values()):
        return Layout(_files((path.name, None, path) for path in below), len(loose))
    others = [path.name for path in below if path not in inside and images_below(path)]
    if others:
        raise DataError(
            f"{folder} mixes folders of splits ({', '.join(path.name for path in inside)}) with"
            f" others ({', '.join(others[:3])}): expected train/, dev/ and test/ alone, with a"
            " folder a class in each."
        )
    classes = (
        (path.name, SPLITS[split.name.lower()], path)
        for split, paths in inside.items()
        for path in paths
    )
    return Layout(_files(classes), len(loose))


def read_folder(source: Source, *, skip_unreadable: bool, memory: int | None = None) -> Reading:
    """The examples of a folder of images, whose files are opened once.

    Where they take more than ``memory`` allows to hold, a file is opened again when it is decoded.

    Args:
        memory: bytes that reading may take, about, of which an eighth may hold compressed files.
            None: 2 GiB.

    Raises:
        DataError: there are no images in class folders, or 1% or more of the files cannot be read.
    """
    from netwright.contract.reading import reading
    from netwright.data import targets
    from netwright.data.images import scan
    from netwright.data.images.columns import ImageFiles
    from netwright.data.images.decoded_cache import DecodedCache

    paths = [file.path for file in source.files]
    seen = scan.scan(paths, held=scan.HELD if memory is None else memory // 8)
    findings = scan.refuse_or_note(seen, paths, skip_unreadable=skip_unreadable)
    kept = [at for at in range(len(paths)) if at not in seen.errors]
    cache = DecodedCache(
        tuple(paths[at] for at in kept),
        tuple(seen.ids[at] for at in kept),
        tuple(seen.shapes[at] for at in kept),
        seen.contents,
    )
    splits = [source.files[at].split for at in kept]
    labels = [source.files[at].label for at in kept]
    found = targets.work_out(
        labels, task=source.options.get("task") or "auto", name="folder", images=True
    )
    examples = Examples(
        inputs=ImageFiles(cache.paths, cache, tuple(range(len(kept)))),
        targets=found.values,
        ids=list(cache.ids),
        sources=[path.relative_to(Path(source.path).parent).as_posix() for path in cache.paths],
        splits=splits if any(splits) else None,
    )
    count = len(set(labels))
    notes = (f"{counted(len(kept), 'image')} in {counted(count, 'class folder')}",)
    return reading(examples, source, notes=notes, findings=findings)


def images_below(folder: Path) -> list[Path]:
    """All image files in a folder and the folders in it, sorted."""
    found = []
    for inside, names, files in os.walk(folder):
        names[:] = sorted(name for name in names if not name.startswith("."))
        found += [Path(inside, name) for name in sorted(files) if _is_image(Path(name))]
    return found


def _files(classes: Iterable[tuple[str, str | None, Path]]) -> tuple[SourceFile, ...]:
    """The images of (class, split, folder)."""
    return tuple(
        SourceFile(path, name, split)
        for name, split, folder in classes
        for path in images_below(folder)
    )


def _listed(folder: Path) -> tuple[list[Path], list[Path]]:
    """(folders, image files) in a folder, sorted."""
    try:
        names = sorted(folder.iterdir())
    except OSError as error:
        raise DataError(f"{folder} cannot be listed: {error.strerror or error}.") from None
    folders = [path for path in names if not path.name.startswith((".", "__")) and path.is_dir()]
    return folders, [path for path in names if _is_image(path) and path.is_file()]


def _is_image(path: Path) -> bool:
    return path.suffix.lower() in suffixes.IMAGES and not path.name.startswith(".")
