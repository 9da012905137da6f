"""Sets of photographs: a part to learn from, and one to be judged on, which nobody saw."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.harness import BenchmarkError

Pictures = NDArray[np.uint8]
Names = NDArray[np.str_]


class Photographs(NamedTuple):
    """A set of photographs: to learn from, and to be judged on.

    Args:
        counts: pictures a class that are learned from, one training each; 0: all.
    """

    name: str
    train: tuple[Pictures, Names]
    test: tuple[Pictures, Names]
    counts: tuple[int, ...]


def of_folders(name: str, folder: Path, counts: tuple[int, ...], every: int = 1) -> Photographs:
    """Folders ``train`` and ``test`` with a folder a class, all pictures of one size.

    Args:
        every: of the pictures of test one in so many is taken.

    Raises:
        BenchmarkError: they are not there.
    """
    if not (folder / "train").is_dir():
        raise BenchmarkError(f"{folder} is missing: put folders train and test of classes there")
    (x, y), (new, truth) = (_of_classes(folder / part) for part in ("train", "test"))
    return Photographs(name, (x, y), (new[::every], truth[::every]), counts)


def _of_classes(folder: Path) -> tuple[Pictures, Names]:
    from PIL import Image

    paths = sorted(folder.glob("*/*"))
    pixels = [np.asarray(Image.open(path).convert("RGB")) for path in paths]
    return np.stack(pixels), np.array([path.parent.name for path in paths])


EDGES = ("xmin", "ymin", "xmax", "ymax")

MOST_CELLS = 200
"""Of a kind and a half."""


def cells(folder: Path) -> Photographs:
    """Red cells, white cells and platelets under the microscope, cut out of BCCD's pictures: those
    of the first half of the pictures to learn from, those of the others to be judged on.

    Raises:
        BenchmarkError: they are not there.
    """
    from xml.etree import ElementTree

    from PIL import Image

    notes = sorted((folder / "Annotations").glob("*.xml"))
    if not notes:
        raise BenchmarkError(f"{folder} is missing: put Annotations and JPEGImages of BCCD there")
    parts: list[tuple[list[Pictures], list[str]]] = [([], []), ([], [])]
    for at, note in enumerate(notes):
        picture = Image.open(folder / "JPEGImages" / f"{note.stem}.jpg").convert("RGB")
        pixels, names = parts[2 * at // len(notes)]
        for cell in ElementTree.parse(note).iter("object"):
            name = str(cell.findtext("name"))
            left, top, right, bottom = (int(cell.findtext(f"bndbox/{edge}", "0")) for edge in EDGES)
            if right > left and bottom > top and names.count(name) < MOST_CELLS:
                box = (left, top, right, bottom)
                pixels.append(np.asarray(picture.resize((64, 64), box=box)))
                names.append(name)
    train, (new, truth) = ((np.stack(pixels), np.array(names)) for pixels, names in parts)
    return Photographs("blood cells", train, (new[::2], truth[::2]), (10, 30, 100))


def few(pictures: tuple[Pictures, Names], count: int, seed: int) -> tuple[Pictures, Names]:
    """So many of each class: the first under seed 0, those after them under seed 1; 0: all."""
    x, y = pictures
    if not count:
        return x, y
    rows = [np.roll(np.flatnonzero(y == name), -seed * count)[:count] for name in np.unique(y)]
    chosen = np.sort(np.concatenate(rows))
    return x[chosen], y[chosen]
