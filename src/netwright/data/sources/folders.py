"""Folders of images: one subfolder a class, below train/, dev/ and test/ if there are any."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from netwright.base.errors import DataError
from netwright.contract import Examples, Source
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
        parts: (split or None, class name, folder) of every class folder.
        loose: images that lie in no class folder.
    """

    parts: tuple[tuple[str | None, str, Path], ...]
    loose: int

    @property
    def classes(self) -> list[str]:
        """The names of the classes, sorted."""
        return sorted({name for _, name, _ in self.parts})

    @property
    def splits(self) -> list[str]:
        """The splits that the folder brings, in order."""
        given = {split for split, _, _ in self.parts}
        return [split for split in ("train", "dev", "test") if split in given]


def layout(folder: Path) -> Layout:
    """The class folders below a folder; only names are looked at.

    Raises:
        DataError: the folder cannot be listed, or mixes split folders with class folders.
    """
    below = _folders(folder)
    split_folders = [path for path in below if path.name.lower() in SPLITS]
    if split_folders and any(_folders(path) for path in split_folders):
        others = [path.name for path in below if path not in split_folders and _has_images(path)]
        if others:
            raise DataError(
                f"{folder} mixes folders of splits ({', '.join(p.name for p in split_folders)})"
                f" with others ({', '.join(others[:3])}): expected train/, dev/ and test/ alone,"
                " with a folder a class in each."
            )
        parts: list[tuple[str | None, str, Path]] = [
            (SPLITS[path.name.lower()], inside.name, inside)
            for path in split_folders
            for inside in _folders(path)
            if _has_images(inside)
        ]
    else:
        parts = [(None, path.name, path) for path in below if _has_images(path)]
    return Layout(tuple(parts), sum(1 for path in _files(folder) if _is_image(path)))


def read_folder(source: Source, *, skip_unreadable: bool) -> Reading:
    """The examples of a folder of images.

    Raises:
        DataError: there are no images in class folders, or 1% or more of the files cannot be read.
    """
    from netwright.contract.reading import reading
    from netwright.data import targets
    from netwright.data.images import scan
    from netwright.data.images.columns import ImageFiles
    from netwright.data.images.decoded_cache import DecodedCache

    folder = Path(source.path)
    rows = [
        (path, name, split)
        for split, name, inside in layout(folder).parts
        for path in images_below(inside)
    ]
    paths = [path for path, _, _ in rows]
    seen = scan.scan(paths)
    findings = scan.refuse_or_note(seen, paths, skip_unreadable=skip_unreadable)
    kept = [at for at in range(len(paths)) if at not in seen.errors]
    cache = DecodedCache(tuple(paths[at] for at in kept), tuple(seen.ids[at] for at in kept))
    splits = [rows[at][2] for at in kept]
    labels = [rows[at][1] for at in kept]
    found = targets.work_out(
        labels, task=source.options.get("task") or "auto", name="folder", images=True
    )
    examples = Examples(
        inputs=ImageFiles(cache.paths, cache, tuple(range(len(kept)))),
        targets=found.values,
        ids=list(cache.ids),
        sources=[path.relative_to(folder.parent).as_posix() for path in cache.paths],
        splits=splits if any(splits) else None,
    )
    count = len(set(labels))
    notes = (f"{len(kept):,} images in {count:,} class folder{'s' if count > 1 else ''}",)
    return reading(examples, source, notes=notes, findings=findings)


def images_below(folder: Path) -> list[Path]:
    """All image files in a folder and the folders in it, sorted."""
    found = []
    for inside, names, files in os.walk(folder):
        names[:] = sorted(name for name in names if not name.startswith("."))
        found += [Path(inside, name) for name in sorted(files) if _is_image(Path(name))]
    return found


def _folders(folder: Path) -> list[Path]:
    try:
        return sorted(
            path
            for path in folder.iterdir()
            if path.is_dir() and not path.name.startswith((".", "__"))
        )
    except OSError as error:
        raise DataError(f"{folder} cannot be listed: {error.strerror or error}.") from None


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.iterdir() if path.is_file())


def _has_images(folder: Path) -> bool:
    for _, names, files in os.walk(folder):
        names[:] = [name for name in names if not name.startswith(".")]
        if any(_is_image(Path(name)) for name in files):
            return True
    return False


def _is_image(path: Path) -> bool:
    return path.suffix.lower() in suffixes.IMAGES and not path.name.startswith(".")
