"""What each source is taken for, and by which system: a table that no new system may move."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from netwright import systems
from netwright.api.inputs import read_inputs
from netwright.api.reading import read_to_learn, recognize
from netwright.base.errors import DataError
from netwright.contract import Claim, EarlierReading, Look, Reader, ReadOptions
from netwright.data.music.piece import Note, Piece
from netwright.data.sources import looking
from netwright.recipe import Recipe

TOYS = Path(__file__).parent / "outside"

READERS: dict[str, Reader] = {
    reader.kind: reader for name in systems.names() for reader in systems.readers(name)
}

PROSE = (
    "It was the best of times, it was the worst of times.\n"
    "It was the age of wisdom, it was the age of foolishness, it was the epoch of belief.\n"
    "We had everything before us.\n"
)


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def images(folder: Path, *names: str, count: int = 10) -> Path:
    rng = np.random.default_rng(0)
    for name in names:
        (folder / name).mkdir(parents=True, exist_ok=True)
        for at in range(count):
            pixels = rng.integers(0, 256, (6, 6), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{at}.png")
    return folder


def coco(folder: Path) -> Path:
    entries = ", ".join(f'{{"id": {at}, "file_name": "{at}.png"}}' for at in range(10))
    boxes = '{"id": 1, "image_id": 3, "category_id": 1, "bbox": [0, 1, 2, 3]}'
    write(
        folder / "annotations" / "instances.json",
        f'{{"images": [{entries}], "annotations": [{boxes}],'
        ' "categories": [{"id": 1, "name": "cat"}]}',
    )
    return images(folder, "images")


def voc(folder: Path) -> Path:
    for at in range(10):
        edges = "<xmin>0</xmin><ymin>1</ymin><xmax>2</xmax><ymax>3</ymax>"
        thing = f"<object><name>cat</name><bndbox>{edges}</bndbox></object>"
        text = f"<annotation><filename>{at}.png</filename>{thing}</annotation>"
        write(folder / "Annotations" / f"{at}.xml", text)
    return images(folder, "JPEGImages")


def box_table(folder: Path, header: str) -> Path:
    images(folder, "photos")
    lines = [f"photos/{at}.png,0,1,2,3" for at in range(10)]
    return write(folder / "boxes.csv", "\n".join([*([header] if header else []), *lines]) + "\n")


def table(folder: Path, name: str, separator: str = ",", decimals: bool = True) -> Path:
    rows = [f"{at}{separator}{(at * 7 % 11) / (4 if decimals else 1)}" for at in range(40)]
    return write(folder / name, "\n".join([f"x{separator}y", *rows]) + "\n")


def reviews(folder: Path, text: str = "", labels: str = "good bad") -> Path:
    text = text or "I saw film number {} and it was as long as all of them"
    kinds = labels.split()
    rows = [f'"{text.format(at)}",{at % 9},{kinds[at % len(kinds)]}' for at in range(40)]
    return write(folder / "r.csv", "\n".join(["review,x,y", *rows]) + "\n")


def split_texts(folder: Path) -> Path:
    for split in ("train", "test"):
        for name in ("a", "b"):
            write(folder / split / name / "1.txt", PROSE)
    return folder


def json_lines(folder: Path, form: str) -> Path:
    return write(folder / "r.jsonl", "".join(f"{form.format(at, at % 2)}\n" for at in range(40)))


def passengers(folder: Path) -> Path:
    text = "Futrelle, Mrs. Jacques Heath (Lily May Peel {})"
    return reviews(folder, text)


ODD: dict[str, tuple[Callable[[Path], Any], str, str]] = {
    "one class": (lambda f: images(f / "s", "cat"), "images", "classifier"),
    "with splits": (
        lambda f: images(f / "s", "train/cat", "train/dog", "test/cat"),
        "images",
        "classifier",
    ),
    "boxes of COCO": (lambda f: coco(f / "s"), "coco", "localizer"),
    "boxes of COCO, the file": (
        lambda f: coco(f / "s") / "annotations" / "instances.json",
        "coco",
        "localizer",
    ),
    "boxes of Pascal VOC": (lambda f: voc(f / "s"), "voc", "localizer"),
    "a table of boxes": (
        lambda f: box_table(f / "s", "file,xmin,ymin,xmax,ymax"),
        "box-table",
        "localizer",
    ),
    "a table of boxes, without a header": (
        lambda f: box_table(f / "s", ""),
        "box-table",
        "localizer",
    ),
    "a table of boxes in its folder": (
        lambda f: box_table(f / "s", "file,xmin,ymin,xmax,ymax").parent,
        "box-table",
        "localizer",
    ),
    "lines of numbers": (
        lambda f: json_lines(f, '{{"a": {}, "b": 2, "label": {}.5}}'),
        "json-table",
        "regressor",
    ),
    "lines of numbers and a word": (
        lambda f: json_lines(f, '{{"a": {}, "b": "red", "label": "k{}"}}'),
        "json-table",
        "classifier",
    ),
    "lines of texts": (
        lambda f: json_lines(f, '{{"text": "a film of {} parts", "label": "k{}"}}'),
        "json-lines",
        "text",
    ),
    "columns of tags": (
        lambda f: write(f / "n.conll", "Ada\tB-PER\nleft\tO\nOslo\tB-LOC\n\nMei\tB-PER\n"),
        "tagged",
        "tagger",
    ),
    "columns of tags, called as text": (
        lambda f: write(f / "n.txt", "Ada NN B-PER\nleft V O\nOslo NN B-LOC\n\nMei NN B-PER\n"),
        "tagged",
        "tagger",
    ),
    "columns of words": (
        lambda f: write(f / "n.tsv", "who\ty\n" + "Ada\tOslo\nMei\tQuito\n" * 20),
        "table",
        "classifier",
    ),
    "lines of texts with names": (
        lambda f: json_lines(f, '{{"text": "Ada left {}", "entities": [[{}, 3, "PER"]]}}'),
        "tagged",
        "tagger",
    ),
    "words and their tags in memory": (
        lambda f: ([["Ada", "left"]] * 20, [["B-PER", "O"]] * 20),
        "tagged",
        "tagger",
    ),
    "boxes in memory": (
        lambda f: (np.zeros((20, 6, 6), np.uint8), [None, (1, 2, 3, 4)] * 10),
        "box-arrays",
        "localizer",
    ),
    "numbers called as edges": (
        lambda f: write(f / "t.csv", "xmin,ymin,xmax,y\n" + "1,2,3,4.5\n2,3,4,5.5\n" * 20),
        "table",
        "regressor",
    ),
    "JSON beside images": (
        lambda f: write(images(f / "s", "a", "b") / "notes.json", '{"images": 20}').parent,
        "images",
        "classifier",
    ),
    "XML beside images": (
        lambda f: write(images(f / "s", "a", "b") / "a.xml", "<notes/>").parent,
        "images",
        "classifier",
    ),
    "classes and a table": (
        lambda f: table(images(f / "s", "a", "b"), "t.csv").parent,
        "images",
        "classifier",
    ),
    "numbers": (lambda f: table(f, "t.csv"), "table", "regressor"),
    "few whole numbers": (lambda f: table(f, "t.csv", decimals=False), "table", "classifier"),
    "tabs": (lambda f: table(f, "t.tsv", "\t"), "table", "regressor"),
    "text with commas": (lambda f: table(f, "t.txt"), "table", "regressor"),
    "text with bars": (lambda f: table(f, "t.data", "|"), "table", "regressor"),
    "rows of words": (
        lambda f: ([["red", "big"], ["green", "small"]] * 10, ["a", "b"] * 10),
        "arrays",
        "classifier",
    ),
    "numbers in memory": (
        lambda f: (np.eye(20), np.linspace(0, 1, 20)),
        "arrays",
        "regressor",
    ),
    "columns": (lambda f: {"x": [1.5, 2.5] * 10, "y": ["a", "b"] * 10}, "arrays", "classifier"),
    "grey images in memory": (
        lambda f: (np.ones((20, 9, 8)), ["a", "b"] * 10),
        "arrays",
        "classifier",
    ),
    "signals in memory": (
        lambda f: (-np.ones((20, 2, 30)), ["a", "b"] * 10),
        "signals",
        "signals",
    ),
    "volumes in memory": (
        lambda f: (np.ones((20, 1, 4, 5, 6)), ["a", "b"] * 10),
        "signals",
        "signals",
    ),
    "names and addresses": (lambda f: passengers(f), "table", "classifier"),
    "pixels as words": (lambda f: reviews(f, "0 17 255 254 3 2 1 9 11 {}"), "table", "classifier"),
    "sentences that repeat": (
        lambda f: reviews(f, "we agree with this sentence in each and every way"),
        "table",
        "classifier",
    ),
    "short messages": (lambda f: reviews(f, "see you at {}"), "table", "classifier"),
    "reviews": (lambda f: reviews(f), "table", "text"),
    "reviews with stars": (lambda f: reviews(f, labels="1.5 2.25 3.75 4.0"), "table", "regressor"),
    "reviews in a frame": (
        lambda f: pl.read_csv(reviews(f)).to_dict(as_series=False),
        "arrays",
        "text",
    ),
    "images with notes beside them": (
        lambda f: write(images(f / "s", "a", "b") / "b" / "1.txt", PROSE).parents[1],
        "images",
        "classifier",
    ),
    "folders of prose": (
        lambda f: write(f / "s" / "dickens" / "1.txt", PROSE).parents[1],
        "texts",
        "text",
    ),
    "texts in memory": (lambda f: (["a film", "a book"], ["a", "b"]), "texts", "text"),
    "texts with splits": (lambda f: split_texts(f / "s"), "texts", "text"),
    "prose": (lambda f: write(f / "s.txt", 40 * PROSE), "documents", "writer"),
    "texts without labels": (lambda f: ["a film", "a book"], "documents", "writer"),
    "a book of tunes": (lambda f: tunes(f / "s.abc"), "music", "music"),
    "a folder of tunes": (
        lambda f: tunes(f / "s" / "reels" / "1.abc").parents[1],
        "music",
        "music",
    ),
    "pieces in memory": (lambda f: [Piece(4, [Note(0, 4, 60)])] * 3, "music", "music"),
}
"""Name -> (what makes it, its reader, its system)."""

*_MOST, _LAST = dict.fromkeys(reader.takes for reader in READERS.values())
TAKES = f"{', '.join(_MOST)}, or {_LAST}"

NOBODYS: dict[str, tuple[Callable[[Path], Any], str]] = {
    "folder of tables": (
        lambda f: table(f / "s", "t.csv").parent,
        "{s} is a folder with 1 table files: name one of them, for example {s}/t.csv.",
    ),
    "empty folder": (lambda f: _made(f / "s"), "{s} is an empty folder: expected {takes}."),
    "loose images": (
        lambda f: images(f / "s", "."),
        "{s} holds 10 images but no folder a class: move each image into a subfolder named after"
        " its class.",
    ),
    "one image": (
        lambda f: images(f / "s", ".") / "0.png",
        "{s}/0.png is one image: give the folder that holds a subfolder for each class.",
    ),
    "loose volumes": (
        lambda f: write(f / "s" / "0.nii.gz", "").parent,
        "{s} holds 1 NIfTI file but no folder a class: move each into a subfolder named after its"
        " class.",
    ),
    "one volume": (
        lambda f: write(f / "s" / "0.NII.gz", ""),
        "{s}/0.NII.gz is one volume: give the folder that holds a subfolder for each class.",
    ),
    "a film": (
        lambda f: write(f / "s.mp4", "film"),
        "{s}.mp4 cannot be read as data: expected {takes}.",
    ),
    "a number": (
        lambda f: 5,
        "the data in memory cannot be read as data: expected {takes}.",
    ),
}
"""Name -> (what makes it, the sentence)."""


def tunes(path: Path) -> Path:
    """Two tunes in ABC."""
    return write(path, "".join(f"X:{at}\nM:4/4\nL:1/4\nK:G\nGABc|d4|\n\n" for at in (1, 2)))


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def taken(source: Any, options: ReadOptions) -> tuple[str, str]:
    """(reader, system)."""
    system, _ = read_to_learn(source, by(options))
    return recognize(source, options=options).reader.kind, system.name


def by(options: ReadOptions) -> Recipe:
    """The recipe that says so."""
    names = ("target", "group", "task", "series", "time")
    return Recipe.of({"data": {name: getattr(options, name) for name in names}})


SAMPLED = {
    "ready": "classifier",
    "images": "classifier",
    "image-table": "tags",
    "table": "classifier",
    "idx": "classifier",
    "npz": "classifier",
    "arrays": "classifier",
    "signals": "signals",
    "nifti": "signals",
    "series": "signals",
    "texts": "text",
    "documents": "writer",
    "music": "music",
    "json-lines": "text",
    "tagged": "tagger",
    "json-table": "classifier",
    "coco": "localizer",
    "voc": "localizer",
    "box-table": "localizer",
    "box-arrays": "localizer",
}
"""Reader -> the system that its sample is learned by."""


@pytest.fixture(autouse=True)
def _ours_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """What another test of this process named is not known here."""
    monkeypatch.setattr(systems, "_named", {})


@pytest.fixture(params=["alone", "with the toys"])
def beside(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """With our own systems alone, and with every system that the tests bring."""
    if request.param == "with the toys":
        monkeypatch.setenv("NETWRIGHT_SYSTEMS", str(TOYS))
        assert systems.places().keys() > set(systems.names())


def test_every_reader_stands_in_the_table() -> None:
    assert SAMPLED.keys() == READERS.keys()


@pytest.mark.parametrize("kind", SAMPLED)
def test_a_sample_is_taken_by_its_own_reader(kind: str, beside: None, tmp_path: Path) -> None:
    source, options = READERS[kind].sample(tmp_path)
    assert taken(source, options) == (kind, SAMPLED[kind])


@pytest.mark.parametrize("name", ODD)
def test_what_is_taken_for_what(name: str, beside: None, tmp_path: Path) -> None:
    make, *expected = ODD[name]
    columns = expected[0] == "table" or name in ("columns", "reviews in a frame")
    options = ReadOptions(target="y") if columns else None
    assert list(taken(make(tmp_path), options or ReadOptions())) == expected


@pytest.mark.parametrize("name", NOBODYS)
def test_what_nobody_takes_is_one_sentence(name: str, tmp_path: Path) -> None:
    make, message = NOBODYS[name]
    source = make(tmp_path)
    with pytest.raises(DataError) as caught:
        recognize(source)
    assert str(caught.value) == message.format(s=tmp_path / "s", takes=TAKES)


@pytest.mark.parametrize("kind", SAMPLED)
def test_new_inputs_are_those_of_the_sample(kind: str, tmp_path: Path) -> None:
    source, options = READERS[kind].sample(tmp_path)
    recipe = by(options)
    system, learned = read_to_learn(source, recipe)
    before = EarlierReading(learned.columns, learned.source.options.ids)
    inputs = source[0] if kind in ("arrays", "box-arrays") else source
    examples = read_inputs(inputs, SAMPLED[kind], recipe, before=before)
    own, new = (system.arrange(some, system.recipe()) for some in (learned.examples, examples))
    if kind == "documents":  # learned from in passages, answered whole
        assert [one.text for one in new.inputs] == ["".join(one.text for one in own.inputs)]
    else:
        assert set(new.ids) == set(own.ids)  # known again, if somebody looks for the run's own
    assert set(examples.targets) == {None} and examples.splits is None
    boxes = dict.fromkeys(("coco", "voc", "box-table", "box-arrays"), 24)
    sentences = dict.fromkeys(("texts", "json-lines", "tagged"), 60)
    own_counts = {"ready": 150, "images": 24, "nifti": 24, "documents": 1, "music": 30}
    counts = {**own_counts, **sentences, **boxes}
    assert len(examples) == counts.get(kind, 40)


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        (["{tmp}/t.csv", "{tmp}/u.csv"], "2 tables given: label them one by one."),
        (["{tmp}/t.csv", "{tmp}/a/0.png"], "{tmp}/t.csv, {tmp}/a/0.png cannot be answered: "),
        (["{tmp}/a", "{tmp}/hollow"], "{tmp}/hollow holds no images."),
        ("{tmp}/hollow", "{tmp}/hollow is an empty folder: the system 'classifier' reads the "),
        ("{tmp}/t.md", "{tmp}/t.md cannot be answered: the system 'classifier' reads the name"),
        (["{tmp}/a", "{tmp}/b"], "{tmp}/b: no such file or folder."),
        ("some words", "some words: no such file or folder."),
        (["two", "words"], "two: no such file or folder."),
        ([], "x has shape (0,): expected one row or image an example."),
        (5, "the data in memory cannot be answered: the system 'classifier' reads the name of"),
    ],
)
def test_inputs_that_are_refused(inputs: Any, message: str, tmp_path: Path) -> None:
    images(tmp_path, "a", count=1)
    (tmp_path / "hollow").mkdir()
    for name in ("t.csv", "u.csv", "t.md"):
        table(tmp_path, name)
    many = isinstance(inputs, list)
    texts = [one.format(tmp=tmp_path) for one in inputs] if many else inputs
    source = texts.format(tmp=tmp_path) if isinstance(texts, str) else texts
    with pytest.raises(DataError) as caught:
        read_inputs(source, "classifier", Recipe())
    assert str(caught.value).startswith(message.format(tmp=tmp_path))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("inputs", "lines", "called"),
    [
        (["50", "51"], False, "what was typed"),
        (["50", "51"], True, "standard input"),
        ([50, 51], False, "the data in memory"),
    ],
)
def test_a_reader_is_told_what_it_looks_at(
    inputs: list[Any], lines: bool, called: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And by which options the run's own data were read."""
    seen: list[tuple[Sequence[Look], ReadOptions]] = []

    def asked(looks: Sequence[Look], options: ReadOptions) -> None:
        seen.append((looks, options))

    (reader, *_) = systems.readers("text")
    own = (replace(reader, inputs=asked),)
    monkeypatch.setattr(systems, "readers", lambda name: own)
    recipe = Recipe().changed({"data.target": "load", "data.time": "when"})
    with pytest.raises(DataError):
        read_inputs(inputs, "text", recipe, lines=lines)
    (((look,), options),) = seen
    assert (str(look), look.kind, look.value) == (called, "memory", inputs)
    assert (options.target, options.time) == ("load", "when")


# --- any bytes, any names

NAMES = st.sampled_from(
    [
        "a.csv",
        "a.tsv",
        "a.txt",
        "a.data",
        "a.npz",
        "a.png",
        "a.json",
        "a.xml",
        "x/a.xml",
        "a.jsonl",
        "train-images-idx3-ubyte",
        "train-labels-idx1-ubyte",
        "x/a.png",
        "x/a.txt",
        "train/x/a.jpg",
        "test/y/a.png",
        ".hidden/a.png",
    ]
)
BYTES = st.binary(max_size=60) | st.sampled_from(
    [
        b"a,b\n1,2\n3,4\n",
        b"\0\0\x08\x01\0\0\0\x02ab",
        b"\x1f\x8b\x08\0",
        b"\x89PNG\r\n\x1a\n",
        b"x/a.png,1,2,3,4\nx/a.png,,,,\n",
        b'{"images": [{"id": 1, "file_name": "a.png"}], "annotations": [{"bbox": [1, 2]}]}',
        b"<annotation><object><name>a</name></object></annotation>",
        b'<!DOCTYPE annotation [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><annotation>&b;</annotation>',
        PROSE.encode(),
        b'{"text": "a film", "label": 1}\n{"text": [], "label": 2}\n',
        b'{"text": "a film", "label": 1}\n{"text": "a", "label": 1e999}\n',
        b'{"": 99999999999999999999}\n[1]\n',
    ]
)


@given(st.dictionaries(NAMES, BYTES, max_size=5), st.data())
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_lies_there_is_claimed_or_refused_in_a_sentence(
    new_folder: Callable[[], Path], files: dict[str, bytes], data: st.DataObject
) -> None:
    folder = new_folder()
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    source = data.draw(st.sampled_from([folder, *(folder / name for name in files)]))
    for learn in (True, False):
        try:
            if learn:
                recognize(source).read(ReadOptions())
            else:
                read_inputs(source, "classifier", Recipe())
        except DataError as error:
            assert "\n" not in str(error) and len(str(error)) < 1000


@given(
    st.recursive(
        st.none() | st.integers(-5, 5) | st.floats(allow_nan=False) | st.text("ab", max_size=3),
        lambda inner: st.lists(inner, max_size=3) | st.tuples(inner, inner),
        max_leaves=8,
    )
)
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_value_in_memory_is_claimed_or_refused_in_a_sentence(value: Any) -> None:
    if isinstance(value, str):
        return
    try:
        recognize(value).read(ReadOptions())
    except DataError as error:
        assert "\n" not in str(error)


# --- the look


def test_a_folder_is_listed_and_a_file_opened_once_for_all_readers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    images(tmp_path, "cat", "dog/small", count=2)
    write(tmp_path / "dog" / "notes.txt", "b")
    write(tmp_path / ".hidden" / "x.png", "")
    (tmp_path / "link").symlink_to(tmp_path / "cat")
    look = looking.look_at(tmp_path)
    names = [path.relative_to(tmp_path).as_posix() for path in look.below()]
    expected = ["cat/0.png", "cat/1.png", "dog/notes.txt", "dog/small/0.png", "dog/small/1.png"]
    assert names == expected
    assert look.suffixes == {".png": 4, ".txt": 1}
    assert look.listed().folders == ("cat", "dog", "link")
    with monkeypatch.context() as patch:
        patch.setattr("netwright.contract.look.os.scandir", None)  # not listed again
        assert [path.relative_to(tmp_path).as_posix() for path in look.below()] == expected
    path = write(tmp_path / "t.txt", "é" * 40_000)
    look = looking.look_at(path)
    assert look.text() == "é" * 32_768
    path.write_text("changed", encoding="utf-8")
    assert look.text() == "é" * 32_768


def test_a_look_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    images(tmp_path, "cat", count=5)
    monkeypatch.setattr("netwright.contract.look.MOST_NAMES", 5)
    with pytest.raises(DataError, match=r"holds more than 5 names: name a folder in it"):
        recognize(tmp_path)
    monkeypatch.setattr("netwright.contract.look.MOST_HEADS", 1)
    look = looking.look_at(tmp_path)
    look.head(tmp_path / "cat" / "0.png")
    with pytest.raises(ValueError, match="more than 1 files"):
        look.head(tmp_path / "cat" / "1.png")


def test_the_strongest_claim_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def claiming(kind: str, strength: Any) -> Reader:
        claim = Claim(kind, strength)
        return Reader(kind, kind, lambda look: claim, _unused, _unused)

    def _unused(*arguments: Any) -> Any:
        raise AssertionError

    found = {"a": claiming("a", 1), "b": claiming("b", 3), "c": claiming("c", 2)}
    monkeypatch.setattr(systems, "places", lambda: dict.fromkeys(found))
    monkeypatch.setattr(systems, "readers", lambda name: (found[name],))
    chosen = recognize(tmp_path)
    assert (chosen.reader.kind, chosen.systems) == ("b", ("b",))
    found["c"] = claiming("c", 3)
    with pytest.raises(DataError, match=r"may be read as b \(for b\) or as c \(for c\): say which"):
        recognize(tmp_path)
    assert recognize(tmp_path, "c").reader.kind == "c"
    found["c"] = found["b"]
    assert recognize(tmp_path).systems == ("b", "c")
    assert isinstance(looking.look_at(tmp_path), Look)
