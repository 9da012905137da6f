"""Boxes on images: letterboxes, the formats that hold boxes, what is refused, what is drawn."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from netwright.api.reading import recognize
from netwright.base.errors import DataError, UnreadableError
from netwright.contract import Reading, ReadOptions
from netwright.data.boxes.box import Box
from netwright.data.boxes.draw import ANSWERED, TRUE, draw_boxes
from netwright.data.images.columns import as_array
from netwright.data.images.letterbox import Corners, Frame, letterboxed
from netwright.data.text import xml_tree
from netwright.systems.localizer.takes import unfit


def read(source: Any, **options: Any) -> Reading:
    return recognize(source).read(ReadOptions(**options))


def image(path: Path, width: int = 20, height: int = 10) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(len(str(path.name))).integers(0, 256, (height, width, 3))
    pixels[0, 0] = len(list(path.parent.iterdir()))  # no two alike
    Image.fromarray(pixels.astype(np.uint8)).save(path)


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


# --- a whole image in a square


@given(st.integers(1, 300), st.integers(1, 300), st.integers(4, 128))
def test_a_frame_maps_the_corners_of_an_image_to_those_of_its_place(
    height: int, width: int, side: int
) -> None:
    frame = Frame(height, width, side)
    (inner, wide), (top, left) = frame.size, frame.corner
    assert max(inner, wide) == side and top + inner <= side and left + wide <= side
    assert abs(2 * top + inner - side) <= 1 and abs(2 * left + wide - side) <= 1
    whole = (0.0, 0.0, float(width), float(height))
    assert frame.into(Corners(*whole)) == pytest.approx((left, top, left + wide, top + inner))
    box = (width / 4, height / 3, width / 2, height / 1.5)
    assert frame.back(frame.into(Corners(*box))) == pytest.approx(box)
    assert frame.back(Corners(-5.0, -5.0, side + 5.0, side + 5.0)) == pytest.approx(whole)


def test_a_letterbox_shows_the_whole_image_scaled_with_black_around_it() -> None:
    pixels = np.zeros((30, 60, 3), np.uint8)
    pixels[:, :30] = (200, 100, 50)
    pixels[:, 30:] = (10, 220, 90)
    square = letterboxed(pixels, 20)
    assert square.shape == (20, 20, 3)
    assert not square[:5].any() and not square[15:].any()
    assert (square[5:15, :9] == (200, 100, 50)).all()
    assert (square[5:15, 11:] == (10, 220, 90)).all()
    tall = letterboxed(pixels[:, :, :1].transpose(1, 0, 2).copy(), 20)
    assert tall.shape == (20, 20, 1) and not tall[:, :5].any() and tall[:, 5:15].all()


def test_files_and_arrays_are_letterboxed_alike_and_kept_apart_from_cut_ones(
    tmp_path: Path,
) -> None:
    for at in range(3):
        image(tmp_path / "s" / "photos" / f"{at}.png")
    lines = "".join(f"photos/{at}.png,1,2,3,4\n" for at in range(3))
    inputs = read(write(tmp_path / "s" / "b.csv", lines)).examples.inputs
    pixels = np.stack([inputs[at] for at in range(3)])
    for fit in ("whole", "cover", "whole"):
        found = as_array(inputs, (8, 8), 3, fit)
        assert np.array_equal(found, as_array(pixels, (8, 8), 3, fit))
        assert (not found[:, :2].any()) == (fit == "whole")


# --- the formats


def coco(folder: Path, **changes: Any) -> Path:
    for at in range(3):
        image(folder / "images" / f"{at}.png")
    value = {
        "images": [
            {"id": 10 + at, "file_name": f"{at}.png", "width": 20, "height": 10} for at in range(3)
        ],
        "annotations": [
            {"id": 1, "image_id": 10, "category_id": 2, "bbox": [1, 2, 3, 4.5]},
            {"id": 2, "image_id": 12, "category_id": 5, "bbox": [0, 0, 20, 10]},
            {"id": 3, "image_id": 12, "category_id": 2, "bbox": [5, 5, 1, 1]},
        ],
        "categories": [{"id": 2, "name": "cat"}, {"id": 5, "name": "dog"}],
        **changes,
    }
    return write(folder / "annotations" / "instances.json", json.dumps(value)).parents[1]


THREE = [
    (Box(1, 2, 4, 6.5, "cat"),),
    (),
    (Box(0, 0, 20, 10, "dog"), Box(5, 5, 6, 6, "cat")),
]
"""What the three images of each format hold."""


def thing(edges: tuple[Any, ...], name: str = "cat") -> str:
    names = ("xmin", "ymin", "xmax", "ymax")
    inside = "".join(f"<{n}>{edge}</{n}>\n" for n, edge in zip(names, edges, strict=True))
    return f"<object>\n<name>{name}</name>\n<bndbox>\n{inside}</bndbox>\n</object>\n"


def voc(folder: Path, *, head: str = "", **changes: str) -> Path:
    size = "<size><width>20</width><height>10</height><depth>3</depth></size>"
    parts = ["".join(thing(box.corners, box.label) for box in boxes) for boxes in THREE]
    for at, things in enumerate(parts):
        image(folder / "JPEGImages" / f"{at}.png")
        text = f"{head}<annotation>\n<filename>{at}.png</filename>\n{size}\n{things}</annotation>\n"
        write(folder / "Annotations" / f"{at}.xml", changes.get(f"_{at}", text))
    return folder


def box_table(folder: Path, text: str) -> Path:
    for at in range(3):
        image(folder / "photos" / f"{at}.png")
    return write(folder / "boxes.csv", text)


EDGES = """image,class,xmin,ymin,xmax,ymax
photos/0.png,cat,1,2,4,6.5
photos/1.png,,,,,
photos/2.png,dog,0,0,20,10
photos/2.png,cat,5,5,6,6
"""
SIDES = """Width;Height;X;Y;path;label
3;4.5;1;2;photos/0.png;cat
;;;;photos/1.png;
20;10;0;0;"photos/2.png";dog
1;1;5;5;photos/2.png;cat
"""
BARE = """photos/0.png,1,2,4,6.5,cat
photos/1.png,,,,,
photos/2.png,0,0,20,10,dog
photos/2.png,5,5,6,6,cat
"""
KERAS = "\ufefffilename\tx1\ty1\tx2\ty2\tclass\n" + BARE.replace(",", "\t")

FORMATS: dict[str, Callable[[Path], Path]] = {
    "coco": coco,
    "coco, the file": lambda folder: coco(folder) / "annotations" / "instances.json",
    "voc": voc,
    "edges": lambda folder: box_table(folder, EDGES),
    "sides": lambda folder: box_table(folder, SIDES),
    "bare": lambda folder: box_table(folder, BARE),
    "tabs": lambda folder: box_table(folder, KERAS),
    "a folder with edges": lambda folder: box_table(folder, EDGES).parent,
    "a folder with sides": lambda folder: box_table(folder, SIDES).parent,
}


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_gives_the_same_boxes(name: str, tmp_path: Path) -> None:
    found = read(FORMATS[name](tmp_path / "s"))
    assert list(found.examples.targets) == THREE
    assert [Path(source).name for source in found.examples.sources] == ["0.png", "1.png", "2.png"]
    assert found.examples.inputs[2].shape == (10, 20, 3)
    total = "3 images; 3 boxes (2 of 'cat', 1 of 'dog'): none on 1, one on 1, more on 1"
    assert found.notes[0] == total


@pytest.mark.parametrize("name", FORMATS)
def test_a_class_may_be_named_and_no_other_box_counts(name: str, tmp_path: Path) -> None:
    source = FORMATS[name](tmp_path / "s")
    found = read(source, target="cat")
    assert list(found.examples.targets) == [THREE[0], (), THREE[2][1:]]
    assert found.notes[0] == "3 images; 2 boxes of 'cat': none on 1, one on 2"
    with pytest.raises(DataError, match=r"no box is of the class 'cats'; did you mean 'cat'\?"):
        read(source, target="cats")


def test_splits_are_those_of_lists_of_folders_and_of_names(tmp_path: Path) -> None:
    folder = voc(tmp_path / "voc")
    lists = folder / "ImageSets" / "Main"
    for name, stem in (("train", 0), ("val", 1), ("test", 2)):
        write(lists / f"{name}.txt", f"{stem}\n")
    write(lists / "trainval.txt", "0\n1\n")
    write(lists / "cat_train.txt", "0 1\n2 -1\n")
    assert read(folder).examples.splits == ["train", "dev", "test"]
    write(lists / "test.txt", "2\n1\n")
    with pytest.raises(DataError, match=r"val\.txt:1: '1' stands in the list of test too"):
        read(folder)

    for split in ("train", "valid"):
        made = coco(tmp_path / "coco" / split)
        (made / "annotations" / "instances.json").rename(made / "_annotations.coco.json")
    assert read(tmp_path / "coco").examples.splits == ["train"] * 3 + ["dev"] * 3
    named = coco(tmp_path / "named") / "annotations"
    (named / "instances.json").rename(named / "instances_val2017.json")
    assert read(named.parent).examples.splits == ["dev"] * 3


def test_what_is_not_learned_from_is_counted(tmp_path: Path) -> None:
    crowd = {"id": 9, "image_id": 10, "category_id": 2, "bbox": [0, 0, 9, 9], "iscrowd": 1}
    folder = coco(tmp_path / "coco", annotations=[crowd])
    image(folder / "images" / "other.png")
    assert read(folder).notes == (
        "3 images; 0 boxes: none on 3",
        "1 image that no annotation names: left out",
        "1 box around a crowd (iscrowd): left out",
    )
    folder = voc(tmp_path / "voc")
    image(folder / "JPEGImages" / "other.png")
    assert read(folder).notes[1] == "1 image without an XML file: left out"


def test_images_of_one_name_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    for split in ("train", "test"):
        voc(tmp_path / split)
    found = read(tmp_path).examples
    assert found.splits == ["test"] * 3 + ["train"] * 3
    folders = [Path(source).parts[1] for source in found.sources]
    assert folders == found.splits
    odd = coco(tmp_path / "odd", images=[{"id": 10, "file_name": "a/0.png"}], annotations=[])
    for folder in ("a", "b"):
        image(odd / "images" / folder / "0.png")
    assert read(odd).examples.sources == ["odd/images/a/0.png"]


def test_a_folder_with_tables_of_boxes_is_read_as_they_are(tmp_path: Path) -> None:
    """Several tables, called as splits, in a folder of their own, by the images' names alone."""
    for at in range(4):
        image(tmp_path / "images" / f"{at}.png")
    bare = "".join(f"{{}}.png,{edge},2,4,6,cat\n" for edge in (0, 1))
    write(tmp_path / "labels" / "train.csv", bare.format(0, 1))
    write(tmp_path / "labels" / "val.csv", "2.png,0,2,4,6,cat\n")
    found = read(tmp_path)
    assert found.source.kind == "box-table" and "train.csv and 1 more table" in found.source.why
    assert list(found.examples.targets) == [
        (Box(0, 2, 4, 6, "cat"),),
        (Box(1, 2, 4, 6, "cat"),),
        (Box(0, 2, 4, 6, "cat"),),
    ]
    assert found.examples.splits == ["train", "train", "dev"]
    assert found.notes[1] == "1 image that no table names: left out"


def test_boxes_of_a_format_of_their_own_go_before_their_table(tmp_path: Path) -> None:
    for name, make in (("voc", voc), ("coco", coco)):
        write(make(tmp_path / name) / "boxes.csv", "0.png,1,2,4,6,cat\n")
        assert read(tmp_path / name).source.kind == name
    both = voc(coco(tmp_path / "both"))
    with pytest.raises(DataError, match=r"as coco .* as voc .*: name the file or the folder of on"):
        read(both)


# --- what is refused, in one sentence with its place


BROKEN = {
    "a JSON file that is cut off": (coco, "annotations/instances.json", lambda text: text[:40]),
    "a JSON file that begins otherwise": (
        coco, "annotations/instances.json", lambda text: f"x = {text}",
    ),
    "an empty JSON file": (coco, "annotations/instances.json", lambda text: ""),
    "an XML file that is cut off": (voc, "Annotations/0.xml", lambda text: text[:60]),
    "an empty XML file": (voc, "Annotations/0.xml", lambda text: ""),
    "an XML file that is text": (voc, "Annotations/2.xml", lambda text: "boxes\n"),
}  # fmt: skip
"""Name -> (what makes the folder, the file that is broken, how)."""


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize("loose", [False, True], ids=["in folders", "loose"])
def test_a_broken_annotation_does_not_make_a_folder_one_of_plain_images(
    name: str, loose: bool, tmp_path: Path
) -> None:
    make, file, change = BROKEN[name]
    folder = make(tmp_path / "s")
    path = folder / file
    write(path, change(path.read_text(encoding="utf-8")))
    if loose:
        for one in (*folder.rglob("*.png"), *folder.rglob("*.xml"), *folder.rglob("*.json")):
            one.rename(folder / one.name)
        path = folder / path.name
    with pytest.raises(DataError) as caught:
        read(folder)
    message = str(caught.value)
    assert message.startswith(str(path)) and "\n" not in message
    assert re.search(r" at line \d", message)


def test_where_every_annotation_is_broken_the_first_is_named(tmp_path: Path) -> None:
    folder = voc(tmp_path / "s", _0="<a", _1="", _2="no")
    with pytest.raises(DataError, match=r"0\.xml: it is no XML at line 1.*lies beside images"):
        read(folder)


def test_whole_files_beside_images_are_no_annotations_and_are_said(tmp_path: Path) -> None:
    for name in ("cat", "dog"):
        image(tmp_path / "s" / name / "1.png")
    lines = '{"day": 1}\n{"day": 2}\n'
    for name, text in (
        ("a.json", "{}"), ("b.json", lines), ("c.xml", "<notes/>"),
        ("d.xml", "<!DOCTYPE notes><notes/>"), (".e.xml", "<"),
    ):  # fmt: skip
        write(tmp_path / "s" / name, text)
    found = read(tmp_path / "s")
    assert found.source.kind == "images" and sorted(found.examples.targets) == ["cat", "dog"]
    assert [note[:34] for note in found.notes[1:]] == [
        "2 .json files beside the images: n",
        "2 .xml files beside the images: no",
    ]


def annotation(**changes: Any) -> dict[str, Any]:
    entry = {"id": 7, "image_id": 10, "category_id": 2, "bbox": [1, 2, 3, 4], **changes}
    return {"annotations": [entry]}


OF_COCO: dict[str, tuple[dict[str, Any], str]] = {
    "inverted": (
        annotation(bbox=[9, 2, -3, 4]),
        "annotation 7: the box (9, 2, 6, 6) of 'cat' on 0.png is none: its right or lower edge",
    ),
    "outside": (
        annotation(bbox=[18, 2, 4, 4]),
        "annotation 7: the box (18, 2, 22, 6) of 'cat' on 0.png is none: it reaches out of its"
        " image of 20 x 10 pixels; mend it, or --skip-unreadable leaves it out.",
    ),
    "no area": (annotation(bbox=[1, 2, 0, 4]), "annotation 7: the box (1, 2, 1, 6) of 'cat' on"),
    "beside": (annotation(bbox=[20, 2, 1, 4]), "it lies beside its image of 20 x 10 pixels"),
    "not a number": (
        annotation(bbox=[1, 2, float("nan"), 4]),
        "annotation 7: its bbox is [1, 2, nan, 4]: expected [x, y, width, height] in pixels.",
    ),
    "words": (annotation(bbox="1 2 3 4"), "annotation 7: its bbox is 1 2 3 4: expected [x, y,"),
    "no category": (
        annotation(category_id=3),
        "annotation 7: its category_id, 3, is none of the categories.",
    ),
    "a category like none": (annotation(category_id=[2]), "annotation 7: its category_id, [2], is"),
    "no image": (annotation(image_id=3), "annotation 7: its image_id, 3, is that of no image"),
    "a missing image": (
        {"images": [{"id": 4, "file_name": "gone.png"}], "annotations": []},
        "image 4: the file 'gone.png' is not below",
    ),
    "another size": (
        {
            "images": [{"id": 10, "file_name": "0.png", "width": 10, "height": 20}],
            "annotations": [],
        },
        "image 10 states 10 x 20 pixels, and",
    ),
    "two of one id": (
        {"images": [{"id": 1, "file_name": "0.png"}] * 2, "annotations": []},
        "two of its images have the id 1.",
    ),
    "one image twice": (
        {
            "images": [{"id": at, "file_name": "0.png"} for at in (1, 2)],
            "annotations": [],
        },
        "images/0.png is named twice, by",
    ),
    "no list": ({"annotations": 3, "images": [{"id": 1, "file_name": "0.png"}]}, "no list of obj"),
    "no images": ({"images": [], "annotations": []}, "names no images: nothing to read."),
}


@pytest.mark.parametrize("name", OF_COCO)
def test_a_bad_coco_file_is_one_sentence(name: str, tmp_path: Path) -> None:
    changes, message = OF_COCO[name]
    with pytest.raises(DataError) as caught:
        read(coco(tmp_path / "s", **changes))
    assert message in str(caught.value) and "\n" not in str(caught.value)


BOMB = (
    '<!DOCTYPE annotation [<!ENTITY a "aaaaaaaaaa">'
    + "".join(
        f'<!ENTITY {b} "{10 * f"&{a};"}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "]>"
)
OUTSIDE = '<!DOCTYPE annotation [<!ENTITY a SYSTEM "file:///etc/passwd">]>'

OF_VOC: dict[str, tuple[str, str]] = {
    "no number": (thing((1, "x", 3, 4)), "0.xml:5: ymin is 'x': expected a number of pixels."),
    "not a number": (thing((1, "nan", 3, 4)), "0.xml:5: ymin is 'nan': expected"),
    "without an edge": (thing((1, "", 3, 4)), "0.xml:5: ymin is '': expected a number"),
    "inverted": (thing((5, 1, 3, 4)), "0.xml:5: the box (5, 1, 3, 4) of 'cat' on 0.png is none"),
    "no area": (thing((5, 1, 5, 4)), "0.xml:5: the box (5, 1, 5, 4) of 'cat' on 0.png is none: it"),
    "no bndbox": ("<object>\n<name>cat</name></object>", "0.xml:3: an object without a bndbox."),
    "no name": (thing((1, 2, 3, 4), ""), "0.xml:3: an object without a name, its class."),
    "cut off": ("<object>\n", "0.xml cannot be read as Pascal VOC: it is no XML at line 4: mismat"),
}


@pytest.mark.parametrize("name", OF_VOC)
def test_a_bad_voc_file_is_one_sentence(name: str, tmp_path: Path) -> None:
    things, message = OF_VOC[name]
    text = f"<annotation>\n<filename>0.png</filename>\n{things}</annotation>"
    with pytest.raises(DataError) as caught:
        read(voc(tmp_path / "s", _0=text))
    assert message in str(caught.value) and "\n" not in str(caught.value)


def test_a_picture_that_exif_turns_is_told_from_its_annotation(tmp_path: Path) -> None:
    folder = voc(tmp_path / "s")
    path = folder / "JPEGImages" / "0.jpg"
    (folder / "JPEGImages" / "0.png").unlink()
    exif = Image.Exif()
    exif[0x0112] = 6  # lying on its side
    Image.new("RGB", (20, 10)).save(path, exif=exif)
    message = (
        "0.xml states 20 x 10 pixels, and .*0.jpg has 10 x 20, its sides exchanged, as an EXIF"
    )
    with pytest.raises(DataError, match=message):
        read(folder)


def test_an_xml_file_without_its_image_is_one_sentence(tmp_path: Path) -> None:
    folder = voc(tmp_path / "s", _0="<annotation><filename>gone.jpg</filename></annotation>")
    (folder / "Annotations" / "0.xml").rename(folder / "Annotations" / "gone.xml")
    with pytest.raises(
        DataError, match=r"gone\.xml: its image, 'gone\.jpg', is not below .*/s, or"
    ):
        read(folder)


@pytest.mark.parametrize("head", [BOMB, OUTSIDE], ids=["a bomb", "another file"])
def test_a_file_that_defines_entities_is_never_expanded(head: str, tmp_path: Path) -> None:
    path = write(tmp_path / "a.xml", f"{head}\n<annotation>&i;&a;</annotation>")
    with pytest.raises(UnreadableError, match="document type at line 1, which may define entities"):
        xml_tree.read(path)
    folder = voc(tmp_path / "s", head=head)
    with pytest.raises(
        DataError, match=r"0\.xml cannot be read as Pascal VOC: it has a document t"
    ):
        read(folder)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"<a>" * 40, "nested too deeply at line 1"),
        (b"", "no XML at line 1: no element found"),
        (b"<a>\n<b></a>", "no XML at line 2: mismatched tag"),
        (b"<a>\xff</a>", "no XML at line 1"),
        (b"<a>&b;</a>", "no XML at line 1: undefined entity"),
    ],
)
def test_an_odd_xml_file_is_one_sentence(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_bytes(content)
    with pytest.raises(UnreadableError, match=message):
        xml_tree.read(path)


def test_a_tree_knows_its_lines(tmp_path: Path) -> None:
    path = write(tmp_path / "a.xml", "<?xml version='1.0'?>\n<a>\n <b> x &amp; y </b>\n<b/>\n</a>")
    root = xml_tree.read(path)
    assert [(one.name, one.line) for one in root.all("b")] == [("b", 3), ("b", 4)]
    assert root.words("b") == "x & y" and root.words("c") == "" and root.first("c") is None


OF_TABLES: dict[str, tuple[str, str]] = {
    "no number": ("photos/0.png,1,2,wide,4\n", "boxes.csv:2: xmax is 'wide': expected a number of"),
    "not a number": ("photos/0.png,1,nan,3,4\n", "boxes.csv:2: ymin is 'nan': expected a number"),
    "half a box": ("photos/0.png,1,2,,\n", "boxes.csv:2: xmax is '': expected a number of pixels,"),
    "inverted": ("photos/0.png,3,2,1,4\n", "boxes.csv:2: the box (3, 2, 1, 4) on 0.png is none:"),
    "outside": ("photos/0.png,3,2,30,4\n", "boxes.csv:2: the box (3, 2, 30, 4) on 0.png is none:"),
    "a cell too many": ("photos/0.png,1,2,3,4,5\n", "boxes.csv:2: 6 cells: expected 5, as in the"),
    "a missing image": ("photos/7.png,1,2,3,4\n", "boxes.csv:2: the image 'photos/7.png' is not"),
}


@pytest.mark.parametrize("name", OF_TABLES)
def test_a_bad_table_is_one_sentence(name: str, tmp_path: Path) -> None:
    line, message = OF_TABLES[name]
    first = "photos/1.png,1,2,3,4\n"
    with pytest.raises(DataError) as caught:
        read(box_table(tmp_path / "s", first + line))
    assert message in str(caught.value) and "\n" not in str(caught.value)


def test_bad_images_are_left_out_and_counted_where_a_person_says_so(tmp_path: Path) -> None:
    source = box_table(tmp_path / "s", EDGES.replace("1,2,4,6.5", "4,2,1,6.5"))
    found = read(source, skip_unreadable=True)
    assert list(found.examples.targets) == THREE[1:]
    (finding,) = found.findings
    assert finding.code == "NW201" and "1 of 3 images have boxes that cannot be" in finding.message
    assert "boxes.csv:2: the box (4, 2, 1, 6.5)" in finding.do[0]


def test_a_box_that_rounds_over_the_edge_is_cut_there(tmp_path: Path) -> None:
    source = box_table(tmp_path / "s", "photos/0.png,-0.5,0,20.9,11\nphotos/1.png,,,,\n")
    assert read(source).examples.targets[0] == (Box(0, 0, 20, 10),)


# --- in memory


def test_boxes_in_memory() -> None:
    images = np.random.default_rng(0).integers(0, 256, (4, 10, 20, 3), dtype=np.uint8)
    given = [(1, 2, 4, 6.5, "cat"), None, [(0, 0, 20, 10, "dog"), (5, 5, 6, 6, "cat")], []]
    assert list(read((images, given)).examples.targets) == [*THREE, ()]
    assert list(read((images, given), target="dog").examples.targets)[2] == THREE[2][:1]
    four = np.array([[1.0, 2, 4, 6]] * 4)
    for some in (four, four.tolist(), list(four)):
        found = recognize((images, some), "localizer").read(ReadOptions())
        assert list(found.examples.targets) == [(Box(1, 2, 4, 6),)] * 4
    weighed = read((images, given, [1, 2, 0, 1])).examples
    assert np.array_equal(np.asarray(weighed.weights), [1, 2, 0, 1])


@pytest.mark.parametrize(
    ("boxes", "message"),
    [
        ([(1, 2, 3, 4), None], "there are 3 images and 2 entries of boxes: expected as many;"),
        ([None, (3, 2, 1, 4), None], r"memory\[1\]: the box \(3, 2, 1, 4\) is none: its right"),
        ([None, (1, 2, float("nan"), 4), None], r"memory\[1\]: the box \(1, 2, nan, 4\) is none"),
        ([None, (1, 2, 30, 4), None], r"memory\[1\]: .* reaches out of its image of 20 x 10"),
    ],
)
def test_bad_boxes_in_memory_are_one_sentence(boxes: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read((np.zeros((3, 10, 20), np.uint8), boxes))


# --- drawn


def test_boxes_are_drawn_as_outlines_of_their_pixels() -> None:
    pixels = np.full((12, 20, 1), 7, np.uint8)
    drawn = draw_boxes(pixels, [((2.0, 3.0, 8.0, 9.0), TRUE), ((7.6, 0.0, 20.0, 12.0), ANSWERED)])
    expected = np.full((12, 20, 3), 7, np.uint8)
    for (x0, y0, x1, y1), color in (((2, 3, 8, 9), TRUE), ((8, 0, 20, 12), ANSWERED)):
        for y in range(y0, y1):
            for x in range(x0, x1):
                if x in (x0, x1 - 1) or y in (y0, y1 - 1):
                    expected[y, x] = color
    assert np.array_equal(drawn, expected) and (pixels == 7).all()
    large = draw_boxes(np.zeros((128, 256, 3), np.uint8), [((10.0, 10.0, 90.0, 90.0), TRUE)])
    assert (large[10:14, 10:90] == TRUE).all() and not large[14:86, 14:86].any()
    edge = draw_boxes(pixels, [((19.9, 11.9, 20.0, 12.0), TRUE)])
    assert (edge == TRUE).all(axis=2).sum() == 1


def test_a_box_with_an_empty_class_is_named_by_its_line(tmp_path: Path) -> None:
    folder = voc(tmp_path / "s")
    place = (folder / "JPEGImages").relative_to(folder)
    rows = f"image,xmin,ymin,xmax,ymax,class\n{place}/0.png,1,2,3,4,cat\n{place}/0.png,1,2,3,4,\n"
    path = write(folder / "boxes.csv", rows)
    with pytest.raises(DataError, match=r"boxes\.csv:3: a box without a class"):
        read(path)


def test_a_corrected_box_is_held_against_its_image() -> None:
    image = np.zeros((20, 30, 3), np.uint8)
    assert unfit(image, [Box(1, 2, 30, 20)]) == ""
    assert "reaches out of its image of 30 x 20" in unfit(image, [Box(1, 2, 40, 20)])
    assert unfit(None, [Box(1, 2, 40, 20)]) == ""
    assert "before its left" in unfit(None, [Box(9, 2, 4, 20)])
