"""The image files of a source, found by the names that its annotations give them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from netwright.contract import Look
from netwright.data.sources import suffixes
from netwright.data.sources.class_folders import SPLITS


@dataclass(frozen=True)
class ImagesBelow:
    """The images in a folder and in the folders in it.

    Args:
        root: the folder.
        named, stems: name, with and without its ending -> the images that are called so.
    """

    root: Path
    named: Mapping[str, Sequence[Path]]
    stems: Mapping[str, Sequence[Path]]

    @classmethod
    def of(cls, look: Look) -> ImagesBelow:
        """Those of a folder that is looked at."""
        named, stems = defaultdict[str, list[Path]](list), defaultdict[str, list[Path]](list)
        for path in look.below():
            if suffixes.is_image(path):
                named[path.name].append(path)
                stems[path.stem].append(path)
        return cls(look.path, named, stems)

    def left(self, used: Iterable[Path]) -> int:
        """How many images there are beside those that are used."""
        return len({path for some in self.named.values() for path in some}.difference(used))

    def called(self, name: str, beside: Path) -> Path | None:
        """The image that a name or a path in it stands for; None: none is called so, or several
        are and none of them is nearer.

        Args:
            beside: the file that names it.
        """
        parts = PurePosixPath(name.replace("\\", "/")).parts
        found = self.named.get(parts[-1], ()) if parts else ()
        return self._nearest(found, parts, beside)

    def of_stem(self, stem: str, beside: Path) -> Path | None:
        """The image whose name without its ending is ``stem``, as ``called`` finds it."""
        return self._nearest(self.stems.get(stem, ()), (), beside)

    def _nearest(self, found: Sequence[Path], parts: Sequence[str], beside: Path) -> Path | None:
        """Whose path ends most like the name does, then who has most folders in common with the
        file that names it.
        """

        def near(path: Path) -> tuple[int, int]:
            return _alike(path.parts[::-1], parts[::-1]), _alike(path.parts, beside.parts)

        ordered = sorted(found, key=near, reverse=True)
        if len(ordered) > 1 and near(ordered[0]) == near(ordered[1]):
            return None
        return ordered[0] if ordered else None


def split_of_folder(path: Path, root: Path) -> str | None:
    """The split that a folder below the source stands for: ``valid/``."""
    return _first_split(path.relative_to(root).parts[:-1] if path.is_relative_to(root) else ())


def split_of_name(path: Path) -> str | None:
    """The split that a word of a file's name stands for: ``instances_val2017.json``."""
    return _first_split(re.split(r"[\W\d_]+", path.stem))


def _first_split(words: Iterable[str]) -> str | None:
    return next((SPLITS[word.lower()] for word in words if word.lower() in SPLITS), None)


def _alike(first: Sequence[str], second: Sequence[str]) -> int:
    """How many of their parts agree, from the start."""
    count = 0
    for a, b in zip(first, second, strict=False):
        if a != b:
            break
        count += 1
    return count
