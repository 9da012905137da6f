"""What a table is kept in changes nothing about it: every format in every verb, what stands above a
header, what headers say, packed files and their bounds, and what is none of these.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import sys
import warnings
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import netwright as nw
import recognize
import table_files_of as tables
from netwright.api import reading
from netwright.base import files
from netwright.base.errors import DataError, NetwrightError, NetwrightWarning, RecipeError
from netwright.cli.main import main
from netwright.contract.reading import Reading
from netwright.data.sources import unpack
from netwright.data.tables import table_files
from netwright.recipe import Recipe
from netwright.searching import choose_space

pytestmark = pytest.mark.usefixtures("no_reports", "no_pictures")

QUICK = {
    "training.batch_size": 8,
    "training.threads": 1,
    "training.precision": "float32",
    "training.layout": "contiguous",
    "model.hidden": [4],
}


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("NETWRIGHT_CACHE", str(folder))
    return folder


def read(path: Path, content: str | bytes | None = None, **options: Any) -> Reading:
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    memory = options.pop("memory", None)
    return recognize.read(recognize.recognize(str(path), **options), memory=memory)


def refusal(path: Path, content: str | bytes | None = None) -> str:
    """The one sentence that a file is refused with."""
    with pytest.raises(DataError) as caught:
        read(path, content)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def inputs(reading: Reading) -> list[dict[str, Any]]:
    examples = reading.examples
    return [examples[at].input for at in range(len(examples))]


# --- every kind of file, every verb


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> nw.Run:
    folder = tmp_path_factory.mktemp("run")
    path = tables.write(folder, "plain.csv")
    return nw.train(str(path), target="y", model="mlp", epochs=2, store=folder / "runs", set=QUICK)


@pytest.mark.parametrize("name", tables.WRITE)
def test_the_same_rows_are_read_from_every_kind_of_file(name: str, tmp_path: Path) -> None:
    plain = read(tables.write(tmp_path, "plain.csv"), target="y")
    found = read(tables.write(tmp_path, name), target="y")
    assert inputs(found) == inputs(plain)
    assert list(found.examples.targets) == list(plain.examples.targets)
    assert found.columns == plain.columns
    first = found.examples.sources[0]
    assert first.startswith(f"{name}:") and len(set(found.examples.sources)) == 40
    assert list(found.examples.ids) == list(plain.examples.ids)
    assert found.fingerprint == plain.fingerprint


@pytest.mark.parametrize("name", tables.WRITE)
def test_what_is_trained_on_is_answered_and_measured(
    run: nw.Run, name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tables.write(tmp_path, name)
    plain = tables.write(tmp_path, "plain.csv")
    assert [one.label for one in run.predict(path)] == [one.label for one in run.predict(plain)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NetwrightWarning)  # rows that it was trained on
        assert run.evaluate(path) == run.evaluate(plain)
    main(["data", str(path), "--target", "y", "--json"])
    assert json.loads(capsys.readouterr().out)["count"] == 40


@pytest.mark.parametrize("name", tables.WRITE)
def test_every_kind_of_file_is_trained_on_and_gone_on_with(name: str, tmp_path: Path) -> None:
    path = tables.write(tmp_path, name)
    made = nw.train(
        str(path), target="y", model="mlp", epochs=1, store=tmp_path / "runs", set=QUICK
    )
    longer = nw.train(resume=made.id, epochs=2, store=tmp_path / "runs")
    assert longer.record.earlier_reading().columns == made.record.earlier_reading().columns


@pytest.mark.parametrize("name", ["blanks.txt", "packed.zip", "weka.arff", "lines.jsonl"])
def test_every_kind_of_file_is_searched_on(name: str, tmp_path: Path) -> None:
    path = tables.write(tmp_path, name)
    found = nw.search(
        str(path),
        target="y",
        epochs=1,
        trials=2,
        set=QUICK,
        space={"model.hidden": [[4], [5, 3]]},
        store=tmp_path / "runs",
    )
    assert len(found.rows) == 2


@pytest.mark.parametrize("name", ["weights.txt", "weights.csv.gz", "weights.jsonl"])
def test_a_column_of_weights_is_found_again_in_every_kind_of_file(
    name: str, tmp_path: Path
) -> None:
    """Measured on rows of which half count nothing, all right or all wrong."""
    rows = [{"x": at, "w": float(at % 2), "y": ("a", "b")[at % 2]} for at in range(40)]
    path = tmp_path / name
    text = "x,w,y\n" + "".join(f"{row['x']},{row['w']},{row['y']}\n" for row in rows)
    if name.endswith(".jsonl"):
        text = "".join(json.dumps(row) + "\n" for row in rows)
    path.write_bytes(
        gzip.compress(text.encode(), mtime=0) if name.endswith(".gz") else text.encode()
    )
    recipe = Recipe().changed({"data.weight": "w"})
    assert reading.to_measure(str(path), recipe).value("data.weight") == "w"


def test_a_text_run_of_a_table_answers_a_text_file_of_cells(tmp_path: Path) -> None:
    path = tmp_path / "t.txt"
    kinds = ("it was a long and rather dull evening in town", "we all had such a good time there")
    lines = [f"{kinds[at % 2]} {'so ' * (at % 5)}\t{'ab'[at % 2]}" for at in range(40)]
    path.write_text("\n".join(["words\ty", *lines]) + "\n")
    made = nw.train(
        str(path),
        target="y",
        system="text",
        epochs=1,
        store=tmp_path / "runs",
        set={"training.threads": 1},
    )
    assert len(made.predict(path)) == 40


# --- above the header


@pytest.mark.parametrize(
    ("text", "names", "line", "note"),
    [
        ("sep=;\na;y\n1;2\n", ["a", "y"], 3, "line 1, sep=;, is no row"),
        ('"sep=;"\r\na;y\r\n1;2\r\n', ["a", "y"], 3, "is no row"),
        ("sep=\\t\na,b\ty\n1\t2\n", ["a,b", "y"], 3, "separated by tabs"),
        ("SEP=^\na^y\n1^2\n", ["a", "y"], 3, "separated by '^'"),
        ("\ufeffsep=,\na,y\n1,2\n", ["a", "y"], 3, "separated by commas"),
        ("# by hand\na,y\n1,2\n", ["a", "y"], 3, "1 line of comments above the header"),
        ("# by, hand\n% two\n\n// three\na,y\n1,2\n", ["a", "y"], 6, "3 lines of comments"),
        ("sep=;\n# one\na;y\n1;2\n", ["a", "y"], 4, "1 line of comments"),
        ("\ufeff# one\r\na,y\r\n1,2\r\n", ["a", "y"], 3, "1 line of comments"),
        ("# one\ny\n1\n", ["y"], 3, "1 line of comments"),
        # a header that begins so is one
        ("#chrom\tpos\n1\t2\n3\t4\n", ["#chrom", "pos"], 2, "separated by tabs"),
        ("#a,y\nred,big\nblue,small\n", ["#a", "y"], 2, "separated by commas"),
        ("%\n1\n2\n", ["%"], 2, "1 column"),
        # below it nothing is a comment
        ("a,y\n# 1,2\n", ["a", "y"], 2, "1 row"),
        ("\n\na,y\n1,2\n", ["a", "y"], 4, "1 row"),
    ],
)
@pytest.mark.parametrize("memory", [None, 0])
def test_what_stands_above_the_header_is_skipped_and_noted(
    tmp_path: Path, text: str, names: list[str], line: int, note: str, memory: int | None
) -> None:
    found = read(tmp_path / "t.csv", text, memory=memory)
    assert found.examples.inputs.columns == names
    assert found.examples.sources[0] == f"t.csv:{line}"
    assert note in found.notes[0]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("# a\n# b\nx,y\n1,2\n3\n", "t.csv:5: 1 cell where the header has 2"),
        ("sep=;\nx;y\n1;2\n3;4;5\n", "t.csv:4: 3 cells"),
        ('# a\nx,y\n1,2\n"3,4\n', "t.csv:4: unexpected end of data"),
        ("sep=ab\n1\n", "has a header but no rows|cells"),
        ("sep=a\nx,y\n1,2\n", "'sep=a' names no delimiter"),
        ("# a\n# b\n", "holds comments and no table"),
        ("x y\n" + "1 2\n" * 30 + "3\n", "t.csv:32: .*between blanks no cell may be empty"),
        ("\x00a\x00,\x00y\x00\n", "UTF-16 without its mark"),
        (b"x,y\n1,\xe4\n", r"is not UTF-8 text \(byte 0xe4\): .*iconv"),
        (b"\xff\xfe1", "begins as UTF-16 text does, and is none"),
        (b"\x1f\x8b\x08\x00", "begins as gzip's"),
        (b"PK\x03\x04zip", "begins as a zip archive or an Excel file"),
    ],
)
def test_what_cannot_be_read_is_one_sentence_with_its_line(
    tmp_path: Path, text: str | bytes, sentence: str
) -> None:
    if text == "sep=ab\n1\n":  # a header like any other
        assert read(tmp_path / "t.csv", text).examples.inputs.columns == ["sep=ab"]
        return
    assert re.search(sentence, refusal(tmp_path / "t.csv", text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x  z y\n1   2 a\n 3 4  b \n", {"x": [1, 3], "z": [2, 4], "y": ["a", "b"]}),
        (
            '"x" "b c"\n"r1" 1 "p q"\n"r2" 2 "s ""t"" u"\n',
            {"column1": ["r1", "r2"], "x": [1, 2], "b c": ["p q", 's "t" u']},
        ),
        ("x\ty\nr1\t1\t2\nr2\t3\t4\n", {"column1": ["r1", "r2"], "x": [1, 3], "y": [2, 4]}),
        ("name\nAnna Bell\nCarl Dorn\n", {"name": ["Anna Bell", "Carl Dorn"]}),
        (
            "first  last\nAnna   Bell\nCarl   Dorn\n",
            {"first": ["Anna", "Carl"], "last": ["Bell", "Dorn"]},
        ),
        ("y\n1\n2\n", {"y": [1, 2]}),
        ("y\n1,5\n2,5\n", None),
    ],
)
def test_cells_between_blanks(
    tmp_path: Path, text: str, expected: dict[str, list[Any]] | None
) -> None:
    if expected is None:
        assert "t.csv:2: 2 cells where the header has 1" in refusal(tmp_path / "t.csv", text)
        return
    found = read(tmp_path / "t.csv", text).examples.inputs
    assert {name: found.column(name) for name in found.columns} == expected


def test_a_text_is_no_table_of_blanks(tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text(
        "It was the best of times\nit was the age of wisdom\nwe had it all before us\n"
    )
    assert recognize.recognize(str(tmp_path / "t.txt")).kind == "documents"


@given(st.text('ab1 ,;\t"#%/=sep\n\r\ufeff', max_size=60), st.sampled_from(["utf-8", "utf-16"]))
@settings(max_examples=150)
def test_any_text_is_read_or_refused_by_one_sentence(
    tmp_path_factory: pytest.TempPathFactory, text: str, encoding: str
) -> None:
    path = tmp_path_factory.mktemp("t") / "t.csv"
    try:
        found = read(path, text.encode(encoding))
    except NetwrightError as error:
        assert "\n" not in str(error)
        return
    assert len(found.examples) and found.examples.inputs.columns


@pytest.mark.parametrize("name", ["t.csv.gz", "t.xlsx", "t.jsonl", "t.arff", "t.tsv"])
def test_a_table_of_images_may_be_kept_in_other_files(name: str, tmp_path: Path) -> None:
    """Lines of JSON are rows of words, as they were."""
    for at in range(4):
        Image.new("L", (4, 4), 60 * at).save(tmp_path / f"{at}.png")
    rows = [(f"{at}.png", "ab"[at % 2]) for at in range(4)]
    text = "".join(f"{image},{kind}\n" for image, kind in (("image", "y"), *rows))
    path = tmp_path / name
    if name == "t.xlsx":
        sheet(path, ("image", "y"), *rows)
    elif name == "t.csv.gz":
        path.write_bytes(gzip.compress(text.encode(), mtime=0))
    elif name == "t.arff":
        head = "@attribute image string\n@attribute y {a,b}\n@data\n"
        path.write_text(head + text.split("\n", 1)[1])
    elif name == "t.jsonl":
        path.write_text("".join(json.dumps({"image": i, "y": k}) + "\n" for i, k in rows))
    else:
        path.write_text(text.replace(",", "\t"))
    found = recognize.recognize(str(path), target="y")
    assert found.kind == ("json-table" if name == "t.jsonl" else "image-table")
    assert list(recognize.read(found).examples.targets) == ["a", "b", "a", "b"]


# --- packed


@pytest.mark.parametrize("name", ["packed.csv.gz", "packed.zip", "packed.parquet.gz"])
def test_a_packed_table_is_unpacked_once_and_kept_on_disk_alike(
    name: str, tmp_path: Path, own_cache: Path
) -> None:
    path = tables.write(tmp_path, name)
    held = read(path, target="y")
    (kept,) = (own_cache / "unpacked").iterdir()
    written = kept.stat().st_mtime_ns
    with mock.patch.object(table_files, "LEAST", 64):
        on_disk = read(path, target="y", memory=0)
    assert kept.stat().st_mtime_ns == written
    assert inputs(on_disk) == inputs(held) and on_disk.fingerprint == held.fingerprint
    assert any("read by place" in note for note in on_disk.notes)


def zip_of(path: Path, **files: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name.replace("_", "."), text)
    return path


def test_a_zip_of_several_tables_lists_them(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "t.zip", a_csv="x\n1\n", b_tsv="x\n1\n", c_txt="x")
    assert "t.zip holds 2 tables (a.csv, b.tsv): unpack it, and name one of them." in refusal(path)


def test_a_zip_without_a_table_says_so(tmp_path: Path) -> None:
    assert "holds no table: unpack it" in refusal(zip_of(tmp_path / "t.zip", a_png="x"))


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("t.csv.gz", b"hi", "cannot be unpacked: Not a gzipped file"),
        (
            "t.csv.gz",
            gzip.compress(b"a,y\n1,2\n" * 99, mtime=0)[:-9],
            "cannot be unpacked: .*ended before",
        ),
        ("t.csv.gz", gzip.compress(b"a,y\n", mtime=0), "has a header but no rows"),
        ("t.zip", b"hi", "cannot be unpacked: File is not a zip file"),
        ("t.gz", gzip.compress(b"a,y\n1,2\n", mtime=0), r"call it like t\.csv\.gz"),
        ("t.csv.xz", b"", "packed in a way that is not read"),
        ("t.xls", b"", "an Excel file of before 2007: save it as .xlsx, or as CSV"),
        ("t.pkl", b"", "a pickle, which may run code and is never opened"),
    ],
)
def test_a_packed_file_that_cannot_be_read_is_one_sentence(
    tmp_path: Path, name: str, content: bytes, sentence: str
) -> None:
    assert re.search(sentence, refusal(tmp_path / name, content))


@pytest.mark.parametrize("suffix", [".gz", ".zip", ".zst"])
def test_what_a_packed_table_unfolds_to_is_bounded(
    tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch, own_cache: Path
) -> None:
    monkeypatch.setattr(unpack, "SMALL", 1 << 20)
    monkeypatch.setattr(unpack.expect_plausible, "__kwdefaults__", {"small": 1 << 20})
    content, path = b"a,y\n" + b"1,2\n" * (1 << 20), tmp_path / f"t.csv{suffix}"
    if suffix == ".gz":
        path.write_bytes(gzip.compress(content, mtime=0))
    elif suffix == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("t.csv", content)
    else:
        path.write_bytes(pytest.importorskip("backports.zstd").compress(content))
    assert "expected at most 200 times as many" in refusal(path)
    assert not list((own_cache / "unpacked").glob("*"))


@pytest.mark.parametrize(
    ("name", "module", "extra"),
    [("t.xlsx", "fastexcel", "excel"), ("t.csv.zst", "backports", "zst")],
)
def test_a_package_that_is_not_there_is_named(
    tmp_path: Path, name: str, module: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.setitem(sys.modules, "compression", None)
    assert f"pip install 'netwright[{extra}]'" in refusal(tmp_path / name, b"x")


# --- headers that know types


ARFF = """@relation r
@attribute code {007, 12, 'a b'}
@attribute 'the size' numeric
@attribute word string
@attribute day date yyyy-MM-dd
@attribute y {u, v}
@data
% a comment
007,1,"it's",1999-01-01,u
'a b', ?, 'say \\'hi\\'', 1999-01-02, v, {2}
12\t3\tx\t1999-01-03\tu
"""


def test_the_types_of_an_arff_header_are_kept(tmp_path: Path) -> None:
    found = read(tmp_path / "t.arff", ARFF, target="y")
    column = found.examples.inputs.column
    assert column("code") == ["007", "a b", "12"]
    assert column("the size") == [1, None, 3]
    assert column("word") == ["it's", "say 'hi'", "x"]
    assert list(found.examples.sources) == ["t.arff:9", "t.arff:10", "t.arff:11"]
    assert list(found.examples.targets) == ["u", "v", "u"]
    with mock.patch.object(table_files, "LEAST", 1):
        on_disk = read(tmp_path / "t.arff", ARFF, target="y", memory=0)
    assert inputs(on_disk) == inputs(found)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("007,1,", "{0 007, 1 1}\n007,1,", r"t\.arff:9: a sparse row .*SparseToNonSparse"),
        ("word string", "word relational", r":4: 'word' is a table of its own \(relational\)"),
        ("word string", "word blob", r":4: 'word' has the type 'blob': expected numeric"),
        ("word string", "word", r":4: 'word' has the type ''"),
        ("007,1,", "007,wide,", r":9: 'the size' holds 'wide', and the file's header says"),
        ("007,1,", "007,", r":9: 4 cells where the header has 5"),
        ("'a b', ?", "'a b, ?", r":10: a quote that does not close"),
        ("@data", "", r":8: no|is no line of an ARFF header"),
        ("word string", "code string", "two columns called 'code'"),
    ],
)
def test_an_arff_file_that_cannot_be_read_is_one_sentence(
    tmp_path: Path, old: str, new: str, sentence: str
) -> None:
    assert re.search(sentence, refusal(tmp_path / "t.arff", ARFF.replace(old, new)))


ORANGE = """age\tcode\tname\tgrade\tid\ty
continuous\tdiscrete\tstring\tlow mid high\tc\td
\t\tmeta\ta=1\tignore\tclass
1\t007\tAnna\tlow\t1\tu
?\t12\tBert\thigh\t2\tv
3\t12\tCarl\tmid\t3\tu
"""


@pytest.mark.parametrize(
    "text",
    [
        ORANGE,
        "C#age\tD#code\tmS#name\tD#grade\tiC#id\tcD#y\n" + ORANGE.split("\n", 3)[3],
    ],
)
def test_types_and_flags_of_an_orange_header_are_kept(tmp_path: Path, text: str) -> None:
    found = read(tmp_path / "t.tab", text)
    assert inputs(found) == [
        {"age": 1, "code": "007", "grade": "low"},
        {"age": None, "code": "12", "grade": "high"},
        {"age": 3, "code": "12", "grade": "mid"},
    ]
    assert list(found.examples.targets) == ["u", "v", "u"]
    assert "left out as it says: name, id" in found.notes[0]
    line = text.count("\n") - 2
    assert list(found.examples.sources) == [f"t.tab:{line + at}" for at in range(3)]
    assert read(tmp_path / "t.tab", text, target="age").examples.inputs.columns == [
        "code",
        "grade",
        "y",
    ]


def test_a_tab_file_whose_first_rows_only_look_like_types_is_plain(tmp_path: Path) -> None:
    found = read(tmp_path / "t.tab", "a\tb\nc\td\nx\tc\n")
    assert inputs(found) == [{"a": "c", "b": "d"}, {"a": "x", "b": "c"}]


# --- Excel


def sheet(path: Path, *rows: tuple[object, ...], **more: Any) -> Path:
    pytest.importorskip("fastexcel")
    tables.xlsx(path, {"one": rows}, **more)
    return path


def test_a_sheet_is_typed_as_excel_keeps_it(tmp_path: Path) -> None:
    path = sheet(
        tmp_path / "t.xlsx",
        (),
        ("n", "half", "day", "yes", "mixed", "word", None),
        (1, 0.5, {"day": 45000}, True, 1, {"text": 0}, 1),
        (),
        (2, None, {"day": 45001.5}, False, "b", {"text": 1}, 2),
        shared=["a & b", "c"],
    )
    found = read(path)
    assert inputs(found) == [
        {
            "n": 1,
            "half": 0.5,
            "day": datetime(2023, 3, 15),
            "yes": True,
            "mixed": "1",
            "word": "a & b",
            "column7": 1,
        },
        {
            "n": 2,
            "half": None,
            "day": datetime(2023, 3, 16, 12),
            "yes": False,
            "mixed": "b",
            "word": "c",
            "column7": 2,
        },
    ]
    assert list(found.examples.sources) == ["t.xlsx:3", "t.xlsx:5"]
    assert found.notes[0].startswith("the sheet 'one'; 7 columns")


def test_other_sheets_are_named(tmp_path: Path) -> None:
    pytest.importorskip("fastexcel")
    tables.xlsx(tmp_path / "t.xlsx", {"one": [("a",), (1,)], "two": [], "th<ree": []})
    found = read(tmp_path / "t.xlsx")
    assert found.notes[0].startswith("the first sheet, 'one' (not read: 'two', 'th<ree'); 1 column")


def test_a_sheet_of_few_bytes_that_takes_gigabytes_is_refused(tmp_path: Path) -> None:
    path = sheet(tmp_path / "t.xlsx", ("a", "b"), (1, 2))
    text = zipfile.ZipFile(path).read("xl/worksheets/sheet1.xml").decode()
    far = text.replace(
        "</sheetData>", '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    )
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(tmp_path / "far.xlsx", "w") as new:
        for name in old.namelist():
            new.writestr(name, far if name.endswith("sheet1.xml") else old.read(name))
    assert "expected at most 200 times as many" in refusal(tmp_path / "far.xlsx")
    rows = [({"text": 0},) for _ in range(20_000)]
    path = sheet(tmp_path / "many.xlsx", ("a",), *rows, shared=["x" * 32_000])
    assert "expected at most 200 times as many" in refusal(path)


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([], "its first sheet, 'one', is empty"),
        ([("a", "b")], "has no rows: nothing to read"),
        ([("a", "a"), (1, 2)], "two columns called 'a'"),
    ],
)
def test_a_sheet_without_a_table_is_one_sentence(
    tmp_path: Path, rows: list[tuple[object, ...]], sentence: str
) -> None:
    assert sentence in refusal(sheet(tmp_path / "t.xlsx", *rows))


def test_a_document_type_in_a_workbook_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("fastexcel")
    with zipfile.ZipFile(tmp_path / "t.xlsx", "w") as archive:
        archive.writestr("xl/workbook.xml", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')
    assert "document type" in refusal(tmp_path / "t.xlsx")


# --- any bytes

CHANGED = [
    name
    for name in (
        "weka.arff",
        "orange.tab",
        "packed.csv.gz",
        "packed.zip",
        "sheet.xlsx",
        "utf16.csv",
        "blanks.txt",
        "lines.jsonl",
        "packed.csv.zst",
    )
    if tables.can_be_read(name)
]


@given(
    st.sampled_from(CHANGED),
    st.lists(
        st.tuples(st.floats(0, 1, exclude_max=True), st.binary(max_size=3), st.integers(0, 3)),
        min_size=1,
        max_size=4,
    ),
)
@settings(max_examples=200, deadline=None)
def test_a_damaged_file_is_read_or_refused_by_one_sentence(
    tmp_path_factory: pytest.TempPathFactory, name: str, edits: list[tuple[float, bytes, int]]
) -> None:
    path = tables.write(tmp_path_factory.mktemp("t"), name)
    content = path.read_bytes()
    for where, new, taken in edits:
        at = int(where * len(content))
        content = content[:at] + new + content[at + taken :]
    path.write_bytes(content)
    try:
        read(path, target="y")
    except NetwrightError as error:
        assert "\n" not in str(error)


# --- what is typed and named from outside


LATIN = os.fsdecode(b"gr\xf6\xdfe")


@pytest.mark.parametrize("verb", ["data", "train", "find-lr", "evaluate", "predict", "search"])
@pytest.mark.parametrize("place", [f"{LATIN}.csv", f"{LATIN}/t.csv", f"classes/{LATIN}/1.png"])
def test_a_name_that_is_not_utf8_is_one_sentence(
    run: nw.Run, verb: str, place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(tables.delimited())
    source = tmp_path / "classes" if path.suffix == ".png" else path
    (tmp_path / "classes" / "b").mkdir(parents=True, exist_ok=True)
    (tmp_path / "classes" / "b" / "1.png").write_bytes(b"x")
    first = [run.id] if verb in ("evaluate", "predict") else []
    stores = ["--store", str(run.record.path.parent)] if verb not in ("data", "find-lr") else []
    with pytest.raises(SystemExit) as ended:
        main([verb, *first, str(source), *stores])
    assert ended.value.code == 2
    said = capsys.readouterr().err.strip()
    assert "\n" not in said and ("is not UTF-8" in said or "cannot be" in said)


def test_a_store_whose_name_is_not_utf8_keeps_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = tmp_path / LATIN / "runs"
    monkeypatch.setattr(sys, "argv", ["netwright", "train", "--store", str(store)])
    path = tables.write(tmp_path, "plain.csv")
    made = nw.train(str(path), target="y", model="mlp", epochs=1, store=store, set=QUICK)
    assert r"gr\xf6\xdfe" in made.record.json("environment.json")["command"]


def test_text_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    for write in (files.write_text, files.append_line):
        with pytest.raises(NetwrightError, match=r"would hold '\\xff', which is no UTF-8 text"):
            write(tmp_path / "it", "a\udcffb")


def test_choices_of_lists_can_be_typed() -> None:
    parse = choose_space.parse
    assert parse("model.hidden=[16],[256,128]") == (
        "model.hidden",
        {"choices": [[16], [256, 128]]},
    )
    assert parse("model.norm=none, batch") == ("model.norm", {"choices": ["none", "batch"]})
    for odd in ("[16", "16]", "]],[[", "a,,b", "\udcff"):
        with pytest.raises(RecipeError, match="a choice cannot be read"):
            parse(f"model.hidden={odd}")


def test_a_key_that_is_no_text_is_an_unknown_one() -> None:
    with pytest.raises(RecipeError, match="unknown key"):
        Recipe.of({"\udcff": 1})
