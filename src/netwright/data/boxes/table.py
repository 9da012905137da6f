"""Tables of boxes: CSV with a line a box: the image's file, the edges and, often, the class; the
file, or the folder that holds it beside its images.
"""

from __future__ import annotations

import csv
import io
import math
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from netwright.base.errors import DataError, UnreadableError
from netwright.base.figures import counted
from netwright.contract import Claim, Look, Reader, ReadOptions, Source
from netwright.data.boxes import coco, voc
from netwright.data.sources import suffixes

if TYPE_CHECKING:
    from netwright.contract.reading import Reading
    from netwright.data.boxes.box import Box, Marked
    from netwright.data.boxes.find_images import ImagesBelow

ENDINGS = (".csv", ".tsv", ".txt")
DELIMITERS = (",", ";", "\t", "|")
MOST_BYTES = 2**28

LOOKED_AT = 20
"""Files of a folder that are looked at, at most."""

EDGES = (
    ("xmin", "ymin", "xmax", "ymax"),
    ("x_min", "y_min", "x_max", "y_max"),
    ("x1", "y1", "x2", "y2"),
    ("x0", "y0", "x1", "y1"),
    ("left", "top", "right", "bottom"),
)
SIDES = (
    ("x", "y", "width", "height"),
    ("x", "y", "w", "h"),
    ("xmin", "ymin", "width", "height"),
    ("left", "top", "width", "height"),
)
CLASSES = ("class", "label", "name", "category", "class_name")
BARE = ("image", *EDGES[0], "class")
"""The columns of a table without a header."""


def recognize(look: Look) -> Claim | None:
    """A table whose first lines name an image's file and four edges, by a header or without; a
    folder that holds some beside images, unless its boxes are in a format of their own.
    """
    tables = _tables(look)
    if not tables:
        return None
    (first, layout), *others = tables
    named = "its lines" if look.kind == "file" else f"the lines of {first.name}"
    named += f" and {counted(len(others), 'more table')}" if others else ""
    return Claim(
        f"took {look.path} for images with boxes because {named} name image files and"
        f" {', '.join(layout.edges)}",
        3,
    )


def read(look: Look, source: Source) -> Reading:
    """The images that the tables name, with their boxes; a line without edges is an image without a
    box. Of several tables in a folder each may be called as a split, or lie in its folder.

    Raises:
        DataError: an image is not there, an edge is no number, or a box is none.
    """
    from netwright.data.boxes.find_images import ImagesBelow
    from netwright.data.boxes.reading import read_marked

    images = ImagesBelow.of(look) if look.kind == "folder" else None
    marked = [one for path, _ in _tables(look) for one in _of_file(path, images)]
    left = images.left(one.path for one in marked) if images else 0
    notes = (f"{counted(left, 'image')} that no table names: left out",) if left else ()
    return read_marked(marked, source, notes)


def sample(folder: Path) -> tuple[Path, ReadOptions]:
    """Twenty-four dark images, of which twenty have a light rectangle."""
    from netwright.data.boxes.samples import draw_images

    lines = ["image,xmin,ymin,xmax,ymax"]
    for at, box in enumerate(draw_images(folder / "images", 24)):
        edges = ("",) * 4 if at % 6 == 5 else box
        lines.append(",".join(map(str, (f"images/{at}.png", *edges))))
    path = folder / "boxes.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path, ReadOptions()


READER = Reader(
    kind="box-table",
    takes="a CSV table of boxes (image, xmin, ymin, xmax, ymax)",
    recognize=recognize,
    read=read,
    sample=sample,
)


@dataclass(frozen=True)
class _Layout:
    """How a table of boxes is laid out.

    Args:
        image, numbers: the columns of the file and of the four numbers.
        label: the column of the class; None: there is none.
        edges: the names of the four columns.
        sides: whether the last two are width and height.
        header: whether the first line names the columns.
        width: cells of a line.
    """

    delimiter: str
    image: int
    numbers: tuple[int, int, int, int]
    label: int | None
    edges: tuple[str, ...]
    sides: bool
    header: bool
    width: int


def _tables(look: Look) -> list[tuple[Path, _Layout]]:
    """The tables of boxes of a source, told by their first lines."""
    layouts = [(path, _layout_of(look, path)) for path in _candidates(look)]
    return [(path, layout) for path, layout in layouts if layout is not None]


def _candidates(look: Look) -> list[Path]:
    """The files of a source that may be tables of boxes, by their names."""
    if look.kind == "file":
        return [look.path] if _may_be_table(look.path) else []
    if look.kind != "folder" or suffixes.no_images(look.suffixes):
        return []
    # what is in a format of its own is often there as a table, too
    if coco.recognize(look) or voc.recognize(look):
        return []
    return [path for path in look.below() if _may_be_table(path)][:LOOKED_AT]


def _may_be_table(path: Path) -> bool:
    return path.suffix.lower() in ENDINGS


def _layout_of(look: Look, path: Path) -> _Layout | None:
    """How the first lines of a file of the source are laid out."""
    text = look.text(path)
    return None if text is None else _layout(text[: text.rfind("\n") + 1] or text)


def _of_file(path: Path, images: ImagesBelow | None) -> Iterator[Marked]:
    """The images of one table.

    Args:
        images: of the folder that it was found in; None: it was named itself.
    """
    from netwright.base.files import read_text
    from netwright.data.boxes.find_images import split_of_folder, split_of_name

    try:
        text = read_text(path, MOST_BYTES).removeprefix("\ufeff")
    except (UnreadableError, OSError) as error:
        raise DataError(f"{path} cannot be read: {str(error).rstrip('.')}.") from None
    layout = _layout(text)
    if layout is None:
        raise DataError(f"{path} is no table of boxes: it was changed while it was read.")
    split = None
    if images is not None:
        split = split_of_folder(path, images.root) or split_of_name(path)
    for one in _marked(path, text, layout, images):
        yield replace(one, split=split)


def _layout(text: str) -> _Layout | None:
    """How the first lines are laid out; None: they are no table of boxes."""
    for delimiter in DELIMITERS:
        try:
            reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
            first, second = next(reader, []), next(reader, [])
        except csv.Error:
            continue
        found = _by_header(delimiter, first, second) or _without_header(delimiter, first)
        if found is not None:
            return found
    return None


def _by_header(delimiter: str, header: Sequence[str], cells: Sequence[str]) -> _Layout | None:
    names = [name.strip().lower() for name in header]
    image = next((at for at, cell in enumerate(cells) if _is_image(cell)), None)
    edges = next((four for four in (*EDGES, *SIDES) if set(four) <= set(names)), None)
    if image is None or edges is None or len(cells) != len(names) or len(set(names)) < len(names):
        return None
    a, b, c, d = (names.index(name) for name in edges)
    label = next((names.index(name) for name in CLASSES if name in names), None)
    return _Layout(
        delimiter,
        image,
        (a, b, c, d),
        None if label == image else label,
        edges,
        edges in SIDES,
        True,
        len(names),
    )


def _without_header(delimiter: str, cells: Sequence[str]) -> _Layout | None:
    if len(cells) not in (5, 6) or not _is_image(cells[0]):
        return None
    if not all(_is_number(cell) or not cell.strip() for cell in cells[1:5]):
        return None
    label = 5 if len(cells) == 6 else None
    return _Layout(delimiter, 0, (1, 2, 3, 4), label, BARE[1:5], False, False, len(cells))


def _marked(path: Path, text: str, layout: _Layout, images: ImagesBelow | None) -> Iterator[Marked]:
    """The images in the order in which they first occur."""
    from netwright.data.boxes.box import Marked

    found: dict[Path, list[tuple[Box | None, str]]] = {}
    for line, cells in _lines(path, text, layout):
        place = f"{path}:{line}"
        name = cells[layout.image].strip().replace("\\", "/")
        image = path.parent / PurePosixPath(name)
        if images and not _is_file(image):
            image = images.called(name, path) or image
        if not _is_file(image):
            raise DataError(
                f"{place}: the image {cells[layout.image][:200]!r} is not there: expected a path"
                f" from {path.parent}."
            )
        found.setdefault(image, []).append((_box(place, cells, layout), place))
    for image, boxes in found.items():
        here = [(box, place) for box, place in boxes if box is not None]
        yield Marked(
            image,
            tuple(box for box, _ in here),
            tuple(place for _, place in here),
            place=boxes[0][1],
        )


def _lines(path: Path, text: str, layout: _Layout) -> Iterator[tuple[int, list[str]]]:
    """(line, cells) of each line but the header; blank ones are left out."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=layout.delimiter, strict=True)
    try:
        for cells in reader:
            if not cells or (reader.line_num == 1 and layout.header):
                continue
            if len(cells) != layout.width:
                raise DataError(
                    f"{path}:{reader.line_num}: {len(cells)} cells: expected {layout.width}, as in"
                    " the first line."
                )
            yield reader.line_num, cells
    except csv.Error as error:
        raise DataError(f"{path}:{reader.line_num}: {error}; mend the line.") from None


def _box(place: str, cells: Sequence[str], layout: _Layout) -> Box | None:
    """None where the four cells are empty."""
    from netwright.data.boxes.box import Box

    words = [cells[at].strip() for at in layout.numbers]
    if not any(words):
        return None
    for name, word in zip(layout.edges, words, strict=True):
        if not _is_number(word):
            raise DataError(
                f"{place}: {name} is {word[:40]!r}: expected a number of pixels, or all four empty"
                " where there is no box."
            )
    x, y, right, low = map(float, words)
    if layout.sides:
        right, low = x + right, y + low
    label = "" if layout.label is None else cells[layout.label].strip()
    if layout.label is not None and not label:
        raise DataError(f"{place}: a box without a class: expected one in its cell.")
    return Box(x, y, right, low, label)


def _is_file(path: Path) -> bool:
    return os.path.isfile(path)  # noqa: PTH113 (pathlib's raises for a name too long)


def _is_image(cell: str) -> bool:
    return suffixes.is_image(cell.strip().replace("\\", "/"))


def _is_number(word: str) -> bool:
    try:
        return math.isfinite(float(word))
    except ValueError:
        return False
