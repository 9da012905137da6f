"""Folders with one subfolder a class, below train/, dev/ and test/ if there are any."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from netwright.base.errors import DataError
from netwright.base.figures import counted
from netwright.contract import Look

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


@dataclass(frozen=True, slots=True)
class ClassFile:
    """A file in a class folder.

    Args:
        split: the one that the source assigns it to, or None.
    """

    path: Path
    label: str
    split: str | None


@dataclass(frozen=True)
class Layout:
    """How a folder of files is laid out.

    Args:
        folders: (class, split, folder) of each class folder that holds files.
        loose: how many files lie in no class folder.
        fits: whether a file counts.
    """

    folders: tuple[tuple[str, str | None, Path], ...]
    loose: int
    fits: Callable[[Path], bool]

    @property
    def classes(self) -> list[str]:
        """The names of the classes, sorted."""
        return sorted({name for name, _, _ in self.folders})

    @property
    def splits(self) -> list[str]:
        """The splits that the folder brings, in order."""
        given = {split for _, split, _ in self.folders}
        return [split for split in ("train", "dev", "test") if split in given]

    def files(self, look: Look) -> tuple[ClassFile, ...]:
        """The files, class by class."""
        return tuple(
            ClassFile(path, name, split)
            for name, split, folder in self.folders
            for path in look.below(folder)
            if self.fits(path)
        )

    def described(self, things: str) -> str:
        """``2 folders of them below train/, test/: cat, dog``, with what ``things`` are."""
        names = self.classes
        listed = ", ".join(names[:4]) + (", ..." if len(names) > 4 else "")
        below = f" below {'/, '.join(self.splits)}/" if self.splits else ""
        return f"{counted(len(names), 'folder')} of {things}{below}: {listed}"


def class_folders(look: Look, fits: Callable[[Path], bool]) -> Layout:
    """The class folders of a folder.

    Args:
        fits: whether a file counts.

    Raises:
        DataError: a folder cannot be listed, or it mixes split folders with class folders.
    """

    def inside(folder: Path) -> list[Path]:
        names = look.listed(folder).folders
        return [folder / name for name in names if not name.startswith((".", "__"))]

    def holds(folder: Path) -> bool:
        return any(map(fits, look.below(folder)))

    below = inside(look.path)
    split_folders = {path: inside(path) for path in below if path.name.lower() in SPLITS}
    classes: list[tuple[str, str | None, Path]] = [(path.name, None, path) for path in below]
    if any(split_folders.values()):
        others = [path.name for path in below if path not in split_folders and holds(path)]
        if others:
            raise DataError(
                f"{look.path} mixes folders of splits"
                f" ({', '.join(path.name for path in split_folders)})"
                f" with others ({', '.join(others[:3])}): expected train/, dev/ and test/ alone,"
                " with a folder a class in each."
            )
        classes = [
            (path.name, SPLITS[split.name.lower()], path)
            for split, paths in split_folders.items()
            for path in paths
        ]
    loose = sum(fits(look.path / name) for name in look.listed().files)
    return Layout(tuple(one for one in classes if holds(one[2])), loose, fits)
