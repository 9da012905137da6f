"""Folders with one subfolder a class, below train/, dev/ and test/ if there are any."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from netwright.base.errors import DataError
from netwright.base.figures import counted
from netwright.base.findings import Finding
from netwright.contract import Look
from netwright.data.sources import suffixes

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


DOMAINS = ("general", "target")
"""Folders of examples from elsewhere, and of those that the system is for (notes 3.2.8)."""


@dataclass(frozen=True, slots=True)
class ClassFolder:
    """A folder of one class.

    Args:
        split: the one that the source assigns it to, or None.
        domain: what it lies in, of ``DOMAINS``, or None.
    """

    label: str
    split: str | None
    path: Path
    domain: str | None = None


@dataclass(frozen=True, slots=True)
class ClassFile:
    """A file in a class folder.

    Args:
        split: the one that the source assigns it to, or None.
        domain: of ``DOMAINS``, or None.
    """

    path: Path
    label: str
    split: str | None
    domain: str | None = None


@dataclass(frozen=True)
class Layout:
    """How a folder of files is laid out.

    Args:
        folders: the class folders that hold files.
        loose: the files that lie in no class folder.
        fits: whether a file counts.
        without: class folders that hold no such file.
    """

    folders: tuple[ClassFolder, ...]
    loose: tuple[Path, ...]
    fits: Callable[[Path], bool]
    without: tuple[ClassFolder, ...] = ()

    @property
    def classes(self) -> list[str]:
        """The names of the classes, sorted."""
        return sorted({one.label for one in self.folders})

    @property
    def splits(self) -> list[str]:
        """The splits that the folder brings, in order."""
        given = {one.split for one in self.folders}
        return [split for split in ("train", "dev", "test") if split in given]

    def files(self, look: Look) -> tuple[ClassFile, ...]:
        """The files, class by class."""
        return tuple(
            ClassFile(path, one.label, one.split, one.domain)
            for one in self.folders
            for path in look.below(one.path)
            if self.fits(path)
        )

    def unread(self, look: Look, things: str) -> tuple[Finding, ...]:
        """NW220 where class folders hold other files: how many of which ending, and which classes
        have no other; and where files lie in no class folder.

        Args:
            things: what is read.
        """
        others = [
            path
            for one in (*self.folders, *self.without)
            for path in look.below(one.path)
            if not self.fits(path)
        ]
        if not (others or self.loose):
            return ()
        endings = Counter(path.suffix or "without an ending" for path in others)
        gone = sorted({one.label for one in self.without} - set(self.classes))
        first = [path.relative_to(look.path).as_posix() for path in (*others, *self.loose)[:20]]
        parts = []
        if others:
            listed = ", ".join(f"{count:,} {ending}" for ending, count in endings.most_common(3))
            are = "is" if len(others) == 1 else "are"
            parts.append(
                f"{counted(len(others), 'file')} in class folders {are} not read as {things}:"
                f" {listed}, first {first[0]}"
            )
        if gone:
            named = (
                f"class {gone[0]} has" if len(gone) == 1 else f"classes {', '.join(gone[:3])} have"
            )
            parts.append(f"the {named} no others")
        if self.loose:
            lie = "lies" if len(self.loose) == 1 else "lie"
            count = counted(len(self.loose), things.removesuffix("s"))
            parts.append(f"{count} {lie} in no class folder: {self.loose[0].name}")
        message = f"{'; '.join(parts)}."
        way = suffixes.not_read(endings)
        figures = {
            "files": len(others),
            "endings": dict(endings),
            "classes": gone,
            "loose": len(self.loose),
            "first": first,
        }
        return (
            Finding(
                "NW220",
                message,
                figures,
                (
                    *([way] if way else []),
                    "save them in a form that is read, or take them out of the folders",
                ),
            ),
        )

    def described(self, things: str) -> str:
        """``2 folders of them below train/, test/: cat, dog``, with what ``things`` are."""
        names = self.classes
        listed = ", ".join(names[:4]) + (", ..." if len(names) > 4 else "")
        parts = self.splits or sorted({one.domain for one in self.folders if one.domain})
        below = f" below {'/, '.join(parts)}/" if parts else ""
        return f"{counted(len(names), 'folder')} of {things}{below}: {listed}"


def class_folders(look: Look, fits: Callable[[Path], bool]) -> Layout:
    """The class folders of a folder.

    Args:
        fits: whether a file counts.

    Raises:
        DataError: a folder cannot be listed, or it mixes split folders with class folders.
    """

    def inside(folder: Path) -> list[Path]:
        return [folder / name for name in look.listed(folder).folders]

    def holds(folder: Path) -> bool:
        return any(map(fits, look.below(folder)))

    below = inside(look.path)
    split_folders = {path: inside(path) for path in below if path.name.lower() in SPLITS}
    domains = {path.name.lower(): path for path in below if path.name.lower() in DOMAINS}
    classes = [ClassFolder(path.name, None, path) for path in below]
    if len(domains) == len(below) == len(DOMAINS) and all(map(inside, below)):
        classes = [
            ClassFolder(path.name, None, path, name)
            for name in DOMAINS
            for path in inside(domains[name])
        ]
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
            ClassFolder(path.name, SPLITS[split.name.lower()], path)
            for split, paths in split_folders.items()
            for path in paths
        ]
    loose = tuple(path for name in look.listed().files if fits(path := look.path / name))
    held = {one: holds(one.path) for one in classes}
    with_files = tuple(one for one in classes if held[one])
    if len(below) == 1 and with_files and not loose and not any(split_folders.values()):
        _refuse_wrapper(look, below[0], inside, fits, holds)
    return Layout(with_files, loose, fits, tuple(one for one in classes if not held[one]))


def _refuse_wrapper(
    look: Look,
    folder: Path,
    inside: Callable[[Path], list[Path]],
    fits: Callable[[Path], bool],
    holds: Callable[[Path], bool],
) -> None:
    """A folder that holds one folder, or one in another, as unpacking leaves them, in which the
    classes lie.

    Raises:
        DataError: so it is.
    """
    within = [path for path in inside(folder) if holds(path)]
    if any(fits(folder / name) for name in look.listed(folder).files):
        return
    if len(within) == 1:
        _refuse_wrapper(look, within[0], inside, fits, holds)
    if len(within) > 1:
        classes = [path.name for path in within]
        raise DataError(
            f"{look.path} holds one folder, and the folders to read lie in it"
            f" ({', '.join(classes[:4])}{', ...' if len(classes) > 4 else ''}): give {folder}."
        )
