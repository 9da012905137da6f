"""COCO: JSON files with images, annotations (boxes as x, y, width, height) and categories.

Lin et al. 2014, "Microsoft COCO", and cocodataset.org/#format-data.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netwright.base.errors import DataError, UnreadableError
from netwright.base.figures import counted
from netwright.contract import Claim, Look, Reader, ReadOptions, Source
from netwright.data.sources import suffixes

if TYPE_CHECKING:
    from netwright.contract.reading import Reading
    from netwright.data.boxes.box import Box, Marked
    from netwright.data.boxes.find_images import ImagesBelow

MOST_BYTES = 2**29
"""Of a JSON file; those of COCO 2017 hold 450 MB."""

MOST_VALUES = 100_000_000

LOOKED_AT = 20
"""JSON files of a folder that are looked at, at most."""

LISTS = re.compile(r'"(images|annotations|categories)"\s*:\s*\[')
OF_THEM = re.compile(r'"(file_name|image_id|bbox|supercategory|coco_url)"\s*:')


def recognize(look: Look) -> Claim | None:
    """A JSON file that begins as COCO's do, or a folder with one and images."""
    files = _files(look)
    if not files:
        return None
    more = f" and {len(files) - 1} more" if len(files) > 1 else ""
    return Claim(f"took {look.path} for images with boxes because {files[0].name}{more} is COCO", 3)


def read(look: Look, source: Source) -> Reading:
    """The images of all COCO files of a source, with their boxes.

    Raises:
        DataError: a file is no COCO, an image that it names is not there, or a box is none.
    """
    from netwright.data.boxes.find_images import ImagesBelow
    from netwright.data.boxes.reading import read_marked

    folder = look if look.kind == "folder" else _folder_of(look.path)
    images = ImagesBelow.of(folder)
    files = list(map(_read, _files(look)))
    marked = [one for file in files for one in _marked(file, images)]
    left, crowds = images.left(one.path for one in marked), sum(file.crowds for file in files)
    notes = [f"{counted(left, 'image')} that no annotation names: left out"] if left else []
    if crowds:
        notes.append(f"{counted(crowds, 'box', 'boxes')} around a crowd (iscrowd): left out")
    return read_marked(marked, source, tuple(notes))


def sample(folder: Path) -> tuple[Path, ReadOptions]:
    """Twenty-four dark images with a light rectangle, in a folder beside the annotations."""
    import json

    from netwright.data.boxes.samples import draw_images

    boxes = draw_images(folder / "images", 24)
    value = {
        "images": [
            {"id": at, "file_name": f"{at}.png", "width": 16, "height": 12} for at in range(24)
        ],
        "annotations": [
            {"id": at, "image_id": at, "category_id": 1, "bbox": [x0, y0, x1 - x0, y1 - y0]}
            for at, (x0, y0, x1, y1) in enumerate(boxes)
        ],
        "categories": [{"id": 1, "name": "pane"}],
    }
    (folder / "annotations").mkdir()
    path = folder / "annotations" / "instances.json"
    path.write_text(json.dumps(value), encoding="utf-8")
    return folder, ReadOptions()


READER = Reader(
    kind="coco",
    takes="COCO's JSON",
    recognize=recognize,
    read=read,
    sample=sample,
)


def _files(look: Look) -> list[Path]:
    """The COCO files of a source, told by how they begin."""
    if look.suffix == ".json":
        return [look.path] if _begins_as_coco(look, look.path) else []
    if look.kind != "folder" or not look.suffixes[".json"]:
        return []
    if suffixes.no_images(look.suffixes):
        return []
    found = [path for path in look.below() if path.suffix.lower() == ".json"]
    return [path for path in found[:LOOKED_AT] if _begins_as_coco(look, path)]


def _begins_as_coco(look: Look, path: Path) -> bool:
    head = look.text(path) or ""
    lists = set(LISTS.findall(head))
    several = len(lists) > 1 or bool(lists and OF_THEM.search(head))
    return head.lstrip().startswith("{") and several


def _folder_of(path: Path) -> Look:
    """The folder of a source of which a person named the JSON file: that of the file, or the one
    above it where no image lies below.
    """
    near = Look(str(path.parent), "folder", path.parent)
    if not suffixes.no_images(near.suffixes):
        return near
    return Look(str(path.parent.parent), "folder", path.parent.parent)


@dataclass(frozen=True)
class _File:
    """A COCO file, read.

    Args:
        categories: id -> name.
        boxes: id of an image -> its boxes, each with the place where it stands.
        crowds: boxes around many things at once, which are left out.
    """

    path: Path
    images: list[Mapping[str, Any]]
    categories: Mapping[Any, str]
    boxes: Mapping[Any, list[tuple[Box, str]]]
    crowds: int


def _marked(file: _File, images: ImagesBelow) -> Iterator[Marked]:
    from netwright.data.boxes.box import Marked
    from netwright.data.boxes.find_images import split_of_folder, split_of_name

    path = file.path
    split = split_of_folder(path, images.root) or split_of_name(path)
    for entry in file.images:
        place = f"{path}: image {entry['id']}"
        name = entry.get("file_name")
        found = images.called(name, path) if isinstance(name, str) else None
        if found is None:
            raise DataError(
                f"{place}: the file {str(name)[:200]!r} is not below {images.root}, or lies there"
                " more than once: put it there, or take the image out of the list."
            )
        size = (entry.get("height"), entry.get("width"))
        stated = all(type(one) is int and one > 0 for one in size)
        boxes = file.boxes.get(entry["id"], [])
        yield Marked(
            found,
            tuple(box for box, _ in boxes),
            tuple(at for _, at in boxes),
            split,
            size if stated else None,  # type: ignore[arg-type]
            place,
        )


def _read(path: Path) -> _File:
    from netwright.base import files, read_json

    try:
        value = read_json.parse(files.read_text(path, MOST_BYTES), MOST_VALUES)
    except (UnreadableError, OSError) as error:
        raise DataError(f"{path} cannot be read as COCO: {str(error).rstrip('.')}.") from None
    if not isinstance(value, dict):
        raise DataError(f"{path} is no COCO file: expected an object with images and annotations.")
    images = _with_ids(path, value, "images")
    categories = {
        entry["id"]: str(entry.get("name", entry["id"]))
        for entry in _with_ids(path, value, "categories")
    }
    known = {entry["id"] for entry in images}
    boxes: dict[Any, list[tuple[Box, str]]] = defaultdict(list)
    annotations = _list(path, value, "annotations")
    for at, entry in enumerate(annotations):
        place = f"{path}: annotation {entry.get('id', f'number {at + 1}')}"
        image = entry.get("image_id")
        if not _is_id(image) or image not in known:
            raise DataError(f"{place}: its image_id, {image!r}, is that of no image in the file.")
        if entry.get("iscrowd") != 1:
            boxes[image].append((_box(place, entry, categories), place))
    crowds = len(annotations) - sum(map(len, boxes.values()))
    return _File(path, images, categories, boxes, crowds)


def _box(place: str, entry: Mapping[str, Any], categories: Mapping[Any, str]) -> Box:
    from netwright.data.boxes.box import Box

    numbers = entry.get("bbox")
    if (
        not isinstance(numbers, list)
        or len(numbers) != 4
        or any(type(one) not in (int, float) or not math.isfinite(one) for one in numbers)
    ):
        raise DataError(
            f"{place}: its bbox is {str(numbers)[:80]}: expected [x, y, width, height] in pixels."
        )
    category = entry.get("category_id")
    if category is None and not categories:
        label = ""
    elif not _is_id(category) or category not in categories:
        raise DataError(f"{place}: its category_id, {category!r}, is none of the categories.")
    else:
        label = categories[category]
    x, y, width, height = map(float, numbers)
    return Box(x, y, x + width, y + height, label)


def _with_ids(path: Path, value: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """A list of the file whose entries each have an id of their own."""
    found = _list(path, value, name)
    seen: set[Any] = set()
    for at, entry in enumerate(found):
        own = entry.get("id")
        if not _is_id(own):
            raise DataError(f"{path}: number {at + 1} of its {name} has no id.")
        if own in seen:
            raise DataError(f"{path}: two of its {name} have the id {own!r}.")
        seen.add(own)
    return found


def _list(path: Path, value: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    found = value.get(name, [])
    if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
        raise DataError(f"{path} is no COCO file: its {name} are no list of objects.")
    return found


def _is_id(value: Any) -> bool:
    return type(value) in (int, str)
