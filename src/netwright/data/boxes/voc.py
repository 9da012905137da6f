"""Pascal VOC: an XML file an image, with the corners of its boxes.

Everingham et al. 2010, "The Pascal Visual Object Classes Challenge".
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from netwright.base.errors import DataError, UnreadableError
from netwright.base.figures import counted
from netwright.contract import Claim, Look, Reader, ReadOptions, Source
from netwright.data.sources import suffixes
from netwright.data.sources.class_folders import SPLITS

if TYPE_CHECKING:
    from netwright.contract.reading import Reading
    from netwright.data.boxes.box import Box, Marked
    from netwright.data.boxes.find_images import ImagesBelow
    from netwright.data.text.xml_tree import Element

EDGES = ("xmin", "ymin", "xmax", "ymax")

LOOKED_AT = 8
"""XML files that are looked at: where one of them begins as an annotation does, all are to be."""

MOST_BYTES = 2**26
"""Of a list of names."""


def recognize(look: Look) -> Claim | None:
    """A folder with images and XML files, of which one begins with an annotation."""
    if look.kind != "folder" or not look.suffixes[".xml"]:
        return None
    files = _xml_files(look)
    begins = (b"<annotation" in look.head(path) for path in files[:LOOKED_AT])
    if suffixes.no_images(look.suffixes) or not any(begins):
        return None
    return Claim(
        f"took {look.path} for images with boxes because it has"
        f" {counted(len(files), 'XML file')} of Pascal VOC",
        3,
    )


def read(look: Look, source: Source) -> Reading:
    """The images that have an XML file, with their boxes; the splits that ImageSets/Main lists.

    Raises:
        DataError: a file is no annotation, its image is not there, or a box is none.
    """
    from netwright.data.boxes.find_images import ImagesBelow
    from netwright.data.boxes.reading import read_marked

    images, splits = ImagesBelow.of(look), _splits(look)
    marked = [_marked(path, images, splits) for path in _xml_files(look)]
    left = images.left(one.path for one in marked)
    notes = (f"{counted(left, 'image')} without an XML file: left out",) if left else ()
    return read_marked(marked, source, notes)


def sample(folder: Path) -> tuple[Path, ReadOptions]:
    """Twenty-four dark images with a light rectangle, each with its XML file."""
    from netwright.data.boxes.samples import HEIGHT, WIDTH, draw_images

    (folder / "Annotations").mkdir(parents=True)
    for at, box in enumerate(draw_images(folder / "JPEGImages", 24)):
        edges = "".join(f"<{name}>{edge}</{name}>" for name, edge in zip(EDGES, box, strict=True))
        text = (
            f"<annotation>\n<filename>{at}.png</filename>\n<size><width>{WIDTH}</width><height>"
            f"{HEIGHT}</height></size>\n<object><name>pane</name><bndbox>{edges}</bndbox></object>"
            "\n</annotation>\n"
        )
        (folder / "Annotations" / f"{at}.xml").write_text(text, encoding="utf-8")
    return folder, ReadOptions()


READER = Reader(
    kind="voc",
    takes="Pascal VOC's XML",
    recognize=recognize,
    read=read,
    sample=sample,
)


def _xml_files(look: Look) -> list[Path]:
    return [path for path in look.below() if path.suffix.lower() == ".xml"]


def _marked(path: Path, images: ImagesBelow, splits: Mapping[str, str]) -> Marked:
    from netwright.data.boxes.box import Marked
    from netwright.data.boxes.find_images import split_of_folder

    root = _root(path)
    name = root.words("filename")
    found = images.called(name, path) or images.of_stem(path.stem, path)
    if found is None:
        raise DataError(
            f"{path}: its image, {name[:200]!r}, is not below {images.root}, or lies there more"
            " than once: put it there, or take the XML file out."
        )
    boxes = list(_boxes(path, root))
    return Marked(
        found,
        tuple(box for box, _ in boxes),
        tuple(place for _, place in boxes),
        splits.get(path.stem) or split_of_folder(path, images.root),
        _size(root),
        str(path),
    )


def _root(path: Path) -> Element:
    from netwright.data.text import xml_tree

    try:
        root = xml_tree.read(path)
    except (UnreadableError, OSError) as error:
        raise DataError(
            f"{path} cannot be read as Pascal VOC: {str(error).rstrip('.')}; mend or remove it."
        ) from None
    if root.name != "annotation":
        raise DataError(
            f"{path} is no annotation of Pascal VOC: it begins with <{root.name[:40]}>, expected"
            " <annotation>; remove it."
        )
    return root


def _boxes(path: Path, root: Element) -> Iterator[tuple[Box, str]]:
    """Each box with the place where it stands."""
    from netwright.data.boxes.box import Box

    for thing in root.all("object"):
        bounds = thing.first("bndbox")
        if bounds is None:
            raise DataError(f"{path}:{thing.line}: an object without a bndbox.")
        label = thing.words("name")
        if not label:
            raise DataError(f"{path}:{thing.line}: an object without a name, its class.")
        place = f"{path}:{bounds.line}"
        x0, y0, x1, y1 = (_number(place, name, bounds.words(name)) for name in EDGES)
        yield Box(x0, y0, x1, y1, label), place


def _number(place: str, name: str, words: str) -> float:
    try:
        value = float(words)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise DataError(f"{place}: {name} is {words[:40]!r}: expected a number of pixels.")
    return value


def _size(root: Element) -> tuple[int, int] | None:
    """(height, width); None where the file states none, as zeros."""
    stated = root.first("size")
    if stated is None:
        return None
    words = stated.words("height"), stated.words("width")
    if not all(word.isdecimal() and len(word) < 10 and int(word) > 0 for word in words):
        return None
    height, width = map(int, words)
    return height, width


def _splits(look: Look) -> dict[str, str]:
    """The name of an image without its ending -> its split, by the lists in ImageSets/Main.

    Raises:
        DataError: an image stands in two lists.
    """
    from netwright.base.files import read_text

    found: dict[str, str] = {}
    lists = {path.stem.lower(): path for path in look.below() if _is_list(path)}
    if "train" not in lists and "trainval" in lists:
        lists["train"] = lists["trainval"]
    for name, path in lists.items():
        if name not in SPLITS:
            continue
        try:
            lines = read_text(path, MOST_BYTES).splitlines()
        except (UnreadableError, OSError) as error:
            raise DataError(f"{path} cannot be read: {str(error).rstrip('.')}.") from None
        for at, line in enumerate(lines, start=1):
            stem = (line.split() or [""])[0]
            if stem and found.setdefault(stem, SPLITS[name]) != SPLITS[name]:
                raise DataError(
                    f"{path}:{at}: '{stem[:80]}' stands in the list of {found[stem]} too: take it"
                    " out of one."
                )
    return found


def _is_list(path: Path) -> bool:
    return path.suffix.lower() == ".txt" and path.parts[-3:-1] == ("ImageSets", "Main")
