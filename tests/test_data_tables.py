"""Tables: what was written is read back, and every oddity is either understood and noted or refused
in one sentence.
"""

from __future__ import annotations

import csv
import io
import json
import math
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import recognize
from netwright.base.errors import DataError, NetwrightError
from netwright.base.files import digest
from netwright.contract import ReadOptions
from netwright.contract.reading import Reading
from netwright.data import targets
from netwright.data.describe import describe
from netwright.data.hashes import Hashes, hashes_of
from netwright.data.tables import columns, encoder, table_files, to_examples
from netwright.data.tables.cells.missing import MISSING, known_cells
from netwright.data.tables.cells.repeated import in_cells
from netwright.data.tables.encoder import add_counts, fit_rows
from netwright.data.tables.formats import csv_text, packed, plain_lines
from netwright.data.tables.judging import survey
from netwright.data.tables.judging.judged import Table
from netwright.data.tables.rows import Rows
from netwright.systems.regressor import system as regressor
from netwright.systems.regressor.recipe import RegressorRecipe


def read(path: Path, content: str | bytes, **options: Any) -> Reading:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return recognize.read(recognize.recognize(str(path), **options))


def codes(reading: Reading) -> list[str]:
    return [finding.code for finding in reading.findings]


ROWS = "a,b,y\n1,red,yes\n2.5,blue,no\n,red,yes\n4,NA,no\n"


def test_numbers_words_and_missing_values(tmp_path: Path) -> None:
    reading = read(tmp_path / "t.csv", ROWS, target="y")
    examples = reading.examples
    assert examples.targets == ["yes", "no", "yes", "no"]
    assert [examples[at].input for at in range(4)] == [
        {"a": 1.0, "b": "red"},
        {"a": 2.5, "b": "blue"},
        {"a": None, "b": "red"},
        {"a": 4.0, "b": None},
    ]
    assert list(examples.sources) == ["t.csv:2", "t.csv:3", "t.csv:4", "t.csv:5"]
    assert "classification of 'y', 2 classes: it holds text" in reading.notes


@pytest.mark.parametrize(
    ("delimiter", "name"), [(",", "commas"), (";", "semicolons"), ("\t", "tabs"), ("|", "bars")]
)
def test_the_delimiter_is_found_and_noted(tmp_path: Path, delimiter: str, name: str) -> None:
    reading = read(tmp_path / "t.csv", ROWS.replace(",", delimiter), target="y")
    assert name in reading.notes[0]
    assert reading.examples.inputs.columns == ["a", "b"]


def test_decimal_commas_are_numbers_between_semicolons(tmp_path: Path) -> None:
    reading = read(tmp_path / "t.csv", "a;y\n1,5;2,5\n2,5;3,25\n", target="y")
    assert reading.examples.inputs.column("a") == [1.5, 2.5] and reading.examples.targets == [
        2.5,
        3.25,
    ]


def test_a_byte_order_mark_and_windows_lines_change_nothing(tmp_path: Path) -> None:
    plain = read(tmp_path / "t.csv", ROWS, target="y")
    marked = read(
        tmp_path / "t.csv", b"\xef\xbb\xbf" + ROWS.replace("\n", "\r\n").encode(), target="y"
    )
    assert marked.examples.inputs.columns == ["a", "b"] and marked.fingerprint == plain.fingerprint


def test_quoted_cells_may_hold_delimiters_and_lines_and_lines_are_still_counted(
    tmp_path: Path,
) -> None:
    reading = read(
        tmp_path / "t.csv", 'a,y\n"one\ntwo, three",1.5\n\n"say ""hi""",2.5\n', target="y"
    )
    assert reading.examples.inputs.column("a") == ["one\ntwo, three", 'say "hi"']
    assert list(reading.examples.sources) == ["t.csv:2", "t.csv:5"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a,b,y\n1,2,x\n3,4\n", r"t\.csv:3: 2 cells where the header has 3"),
        ("a,b,y\n1,2,x\n3,4,x,5\n", r"t\.csv:3: 4 cells"),
        ("a,a,y\n1,2,x\n", r"two columns called 'a' \(columns 1 and 2\)"),
        ("", "is empty"),
        (" \n\n", "is empty"),
        ("a,b,y\n", "header but no rows"),
        ('a,y\n"never closed,1\n2,3\n', r"t\.csv:"),
        (b"a,y\n\xff\xfe,1\n", "not UTF-8"),
        ("a,y\n1,5\n2,5\n", "'y' is 5 in all of 2 rows"),
        ("a,y\n1,\n2,NA\n", "'y' has no value"),
        ("a,y\n1,2.5\n2,inf\n", "target 'y' holds inf at t.csv:3: expected finite"),
        ("a,y\n1,\n1,2.5\n1,\n2,-inf\n", "target 'y' holds -inf at t.csv:5: expected finite"),
        ("a,z\n1,2\n2,3\n", "no target column 'y'"),
        ("price,yy\n1,2\n2,3\n", "did you mean 'yy'"),
        ("y\n1\n2\n", "no column to learn from"),
        ("a,y\n,1\nNA,2\n", "no column to learn from"),
    ],
)
def test_what_cannot_be_used_is_one_sentence(
    tmp_path: Path, content: str | bytes, message: str
) -> None:
    with pytest.raises(DataError, match=message) as caught:
        read(tmp_path / "t.csv", content, target="y")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("memory", [None, 1])
@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_column_may_have_any_name(
    tmp_path: Path, own_cache: Path, kind: str, memory: int | None
) -> None:
    """``*`` and ``^a.*$`` are patterns to polars, ``count`` is what it calls its own column."""
    names = ["*", "^a.*$", "ab", "count", "a row's words"]
    frame = pl.DataFrame(
        {name: [f"{at}{row % 2}" for row in range(6)] for at, name in enumerate(names)}
    ).with_columns(pl.Series("*", [f"2020-01-0{day}" for day in range(1, 7)]).str.to_date())
    path = tmp_path / f"t.{kind}"
    frame.write_csv(path) if kind == "csv" else frame.write_parquet(path)
    for target in names:
        found = recognize.read(
            recognize.recognize(str(path), target=target, task="classification"), memory=memory
        )
        inputs = found.examples.inputs
        assert inputs.columns == [name for name in names if name != target]
        assert [list(inputs.series(name)) for name in inputs.columns] == [
            inputs.column(name) for name in inputs.columns
        ]
        assert len(set(found.examples.ids)) == (2 if target == "*" else 6)
        assert fit_rows(found.examples).encode(found.examples)
        assert [column.name for column in describe(found).columns] == inputs.columns


@pytest.mark.parametrize("large", [1e101, 1e160, 1e300, 1.7e308, -1e307])
@pytest.mark.parametrize("column", ["a", "y"])
def test_a_number_too_large_to_learn_from_is_described_and_refused_by_row(
    tmp_path: Path, column: str, large: float
) -> None:
    lines = [f"{row % 7}.5,{row}.25" for row in range(40)]
    lines[11] = f"{large},0.5" if column == "a" else f"0.5,{large}"
    reading = read(tmp_path / "t.csv", "a,y\n" + "\n".join(lines) + "\n", target="y")
    json.dumps(describe(reading).as_json(), allow_nan=False)
    named = "column 'a'" if column == "a" else "the target"
    with pytest.raises(DataError, match=rf"^{named} of t\.csv:13 is {re.escape(f'{large:g}')}: "):
        regressor.SYSTEM.fit(reading.examples, RegressorRecipe())
    codec = regressor.SYSTEM.fit(reading.examples.take(range(11)), RegressorRecipe())
    with pytest.raises(DataError, match=rf"^{named} of t\.csv:13 is {re.escape(f'{large:g}')}: "):
        codec.encode(reading.examples)


def test_a_million_columns_are_one_sentence(tmp_path: Path) -> None:
    """Said at once: what is read of one long line is looked at once."""
    wide = ",".join(f"c{at}" for at in range(1_000_000))
    start = time.process_time()
    with pytest.raises(DataError, match="has 1,000,000 columns: expected at most 20,000"):
        read(tmp_path / "t.csv", wide + "\n" + wide + "\n", target="c1")
    assert time.process_time() - start < 8


def test_a_column_that_mixes_numbers_and_words_is_a_category_and_noted_with_its_line(
    tmp_path: Path,
) -> None:
    body = "".join(f"{at},{at % 2 + 0.5}\n" for at in range(20))
    reading = read(tmp_path / "t.csv", "a,y\n" + body + "oops,1.5\n", target="y")
    assert codes(reading) == ["NW212"] and "t.csv:22" in reading.findings[0].message
    assert reading.examples.inputs.column("a")[0] == "0"


def test_empty_and_constant_columns_are_found(tmp_path: Path) -> None:
    reading = read(tmp_path / "t.csv", "a,b,c,y\n1,,7,1.5\n2,NA,7,2.5\n3,?,7,3.5\n", target="y")
    assert codes(reading) == ["NW210", "NW211"]
    assert reading.examples.inputs.columns == ["a", "c"]


def test_infinite_inputs_are_counted(tmp_path: Path) -> None:
    reading = read(tmp_path / "t.csv", "a,y\n1,1.5\ninf,2.5\n-inf,3.5\n2,4.5\n", target="y")
    assert codes(reading) == ["NW213"] and reading.findings[0].figures == {"columns": {"a": 2}}


def test_rows_without_target_are_left_out_and_counted(tmp_path: Path) -> None:
    reading = read(tmp_path / "t.csv", "a,y\n1,1.5\n2,\n3,nan\n4,2.5\n", target="y")
    assert reading.examples.targets == [1.5, 2.5] and reading.examples.inputs.column("a") == [1, 4]
    assert codes(reading) == ["NW214"] and reading.findings[0].figures == {"without": 2, "rows": 4}


def test_a_target_that_is_an_id_is_warned_about(tmp_path: Path) -> None:
    body = "".join(f"{at % 7},n{at}\n" for at in range(40))
    assert codes(read(tmp_path / "t.csv", "a,y\n" + body, target="y")) == ["NW215"]
    body = "".join(f"{at % 7},{at + 1000}\n" for at in range(40))
    assert codes(read(tmp_path / "t.csv", "a,y\n" + body, target="y")) == ["NW215"]
    body = "".join(f"{at % 7},{at + 0.5}\n" for at in range(40))
    assert codes(read(tmp_path / "t.csv", "a,y\n" + body, target="y")) == []


def test_a_header_of_numbers_is_warned_about_and_named_when_the_target_is_not_found(
    tmp_path: Path,
) -> None:
    content = "5.1,3.5,setosa\n4.9,3.0,setosa\n6.1,2.8,virginica\n"
    assert codes(read(tmp_path / "t.csv", content)) == ["NW216"]
    with pytest.raises(DataError, match="first line looks like data"):
        read(tmp_path / "t.csv", content, target="species")


@pytest.mark.parametrize(
    ("values", "task", "why"),
    [
        (["a", "b"] * 5, "classification", "it holds text"),
        ([True, False] * 5, "classification", "true or false"),
        ([0, 1, 2] * 5, "classification", "3 distinct whole numbers"),
        ([0.0, 1.0] * 5, "classification", "2 distinct whole numbers"),
        (list(range(30)) * 3, "regression", "30 distinct whole numbers"),
        ([3, 5, 9, 11], "regression", "4 distinct whole numbers"),
        ([0.5, 1.0, 2.0], "regression", "decimal"),
    ],
)
def test_the_task_follows_from_the_target_and_is_noted(
    values: list[Any], task: str, why: str
) -> None:
    found = targets.work_out(values, task="auto", name="y")
    assert found.task == task and why in found.note
    assert all(
        isinstance(value, str if task == "classification" else float) for value in found.values
    )


def test_the_task_can_be_forced() -> None:
    assert targets.work_out([0, 1] * 5, task="regression", name="y").values[:2] == [0.0, 1.0]
    assert targets.work_out([1.0, 2.5] * 5, task="classification", name="y").values[:2] == [
        "1",
        "2.5",
    ]
    with pytest.raises(DataError, match="expected a number"):
        targets.work_out(["a", "b"], task="regression", name="y")


def test_groups_are_taken_out_and_rows_without_one_stand_alone(tmp_path: Path) -> None:
    content = "a,who,y\n1,ann,1.5\n2,ann,2.5\n3,,3.5\n4,,4.5\n"
    examples = read(tmp_path / "t.csv", content, target="y", group="who").examples
    assert examples.inputs.columns == ["a"]
    assert examples.groups is not None and examples.groups[0] == examples.groups[1] == "ann"
    assert len(set(examples.groups)) == 3
    with pytest.raises(DataError, match="no group column 'whom'; did you mean 'who'"):
        read(tmp_path / "t.csv", content, target="y", group="whom")
    with pytest.raises(DataError, match="both target and group"):
        read(tmp_path / "t.csv", content, target="y", group="y")


def test_ids_stand_for_the_inputs_and_do_not_change_when_rows_are_added(tmp_path: Path) -> None:
    few = read(tmp_path / "t.csv", "a,b,y\n1,u,1.5\n2,v,2.5\n1,u,3.5\n", target="y").examples
    assert few.ids[0] == few.ids[2] != few.ids[1]
    more = read(
        tmp_path / "t.csv", "a,b,y\n1.5,w,9.5\n1,u,1.5\n2,v,2.5\n1,u,3.5\n", target="y"
    ).examples
    assert more.ids[1:] == few.ids


def test_parquet_and_csv_give_the_same_rows(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "a": [1.0, 2.5, None, 4.0],
            "b": ["red", "blue", "red", None],
            "y": ["yes", "no", "yes", "no"],
        }
    )
    frame.write_parquet(tmp_path / "t.parquet")
    parquet = recognize.read(recognize.recognize(str(tmp_path / "t.parquet"), target="y"))
    text = read(tmp_path / "t.csv", ROWS, target="y")
    assert [e.input for e in parquet.examples] == [e.input for e in text.examples]
    assert parquet.examples.targets == text.examples.targets


def test_parquet_of_every_kind_of_column(tmp_path: Path) -> None:
    import datetime as dt
    from decimal import Decimal

    frame = pl.DataFrame(
        {
            "day": [dt.date(1970, 1, 2), None],
            "price": [Decimal("1.50"), Decimal("2.25")],
            "kind": pl.Series(["u", "v"], dtype=pl.Categorical),
            "on": [True, False],
            "took": [dt.timedelta(seconds=90), None],
            "y": [1.5, 2.5],
        }
    )
    frame.write_parquet(tmp_path / "t.parquet")
    reading = recognize.read(recognize.recognize(str(tmp_path / "t.parquet"), target="y"))
    assert reading.examples[0].input == {
        "day": dt.datetime(1970, 1, 2),
        "price": 1.5,
        "kind": "u",
        "on": True,
        "took": 90.0,
    }
    assert reading.columns["day"].kind == "date"
    pl.DataFrame({"a": [[1], [2]], "y": [1.5, 2.5]}).write_parquet(tmp_path / "l.parquet")
    with pytest.raises(DataError, match="column 'a' holds List"):
        recognize.read(recognize.recognize(str(tmp_path / "l.parquet"), target="y"))


def test_damaged_parquet_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read as Parquet"):
        read(tmp_path / "t.parquet", b"PAR1 and nothing else")


def test_a_table_without_a_named_target_is_read_without_targets(tmp_path: Path) -> None:
    reading = read(tmp_path / "t.csv", ROWS)
    assert reading.examples.targets == [None] * 4 and reading.examples.inputs.columns == [
        "a",
        "b",
        "y",
    ]
    rows = to_examples.read_rows(tmp_path / "t.csv", ReadOptions())
    assert rows.inputs.columns == ["a", "b", "y"]


def test_rows_of_plain_columns_and_of_a_frame_are_the_same() -> None:
    held: dict[str, list[Any]] = {"a": [1, 2, 3], "b": ["u", None, "v"]}
    for rows in (Rows(held), Rows(pl.DataFrame(held))):
        assert len(rows) == 3 and rows[1] == {"a": 2, "b": None} and rows.columns == ["a", "b"]
        assert rows.take([2, 0]).frame.rows() == [(3, "v"), (1, "u")] and rows.column("b") == [
            "u",
            None,
            "v",
        ]
        assert len(rows.take([])) == 0


# blank-only and missing-looking cells are changed by intent; the round trip is about everything
# else
cells = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=6
).map(str.strip)
grids = st.integers(2, 4).flatmap(
    lambda width: st.lists(st.lists(cells, min_size=width, max_size=width), min_size=1, max_size=5)
)


@given(grids, st.sampled_from([",", ";", "\t", "|"]))
@settings(max_examples=120)
def test_what_a_csv_writer_wrote_is_read_back(
    new_folder: Callable[[], Path], grid: list[list[str]], delimiter: str
) -> None:
    names = [f"column {at}" for at in range(len(grid[0]))]
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows([names, *grid])
    path = new_folder() / "t.csv"
    path.write_bytes(text.getvalue().encode())
    file = csv_text.delimited(packed.content(path))
    assert file.delimiter == delimiter and file.names == names
    for size in (1, 1 << 20):
        assert [list(row) for words in file.parts(size) for row in words.cells.rows()] == grid


def rows_of(parts: Iterable[csv_text.Words]) -> list[tuple[int, tuple[str, ...]]]:
    """(line, cells) of every row."""
    return [pair for part in parts for pair in zip(part.lines, part.cells.rows(), strict=True)]


words = st.one_of(
    st.text("ab1 ;\t\x0b\x1c\x85\u2003\ufeffé-.", max_size=4),
    st.text("01 .-", max_size=3),
    st.sampled_from(["NaN", " Na", "inf"]),
)
records = st.lists(words, min_size=3, max_size=3).map(",".join)
odd_lines = st.one_of(
    st.lists(words, min_size=2, max_size=4).map(",".join),
    words,
    st.just('"q,\nr",s,t'),
    st.just(""),
)
ends = st.sampled_from(["\n"] * 9 + ["\r\n", "\r", ""])
files = st.one_of(
    st.lists(records, min_size=1, max_size=6).map("\n".join),
    st.lists(records, min_size=1, max_size=6).map(lambda rows: "\r\n".join([*rows, ""])),
    st.lists(
        st.tuples(st.one_of(records, odd_lines), ends).map("".join), min_size=1, max_size=6
    ).map("".join),
)


def outcome(
    path: Path, target: str | None, memory: int | None = None, group: str | None = None
) -> Any:
    """All that a reader of this file may see: the sentence that refuses it, or rows, ids, places,
    findings and the rest.
    """
    try:
        found = recognize.read(
            recognize.recognize(str(path), target=target, group=group), memory=memory
        )
    except DataError as error:
        return str(error)
    examples = found.examples
    return (
        repr(examples.inputs.frame.rows()),
        examples.inputs.frame.schema,
        list(examples.targets),
        list(examples.ids),
        list(examples.sources),
        list(examples.groups or ()),
        found.findings,
        found.fingerprint,
        [note for note in found.notes if "read by place" not in note],
    )


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NETWRIGHT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@given(
    files,
    st.sampled_from([None, "a", "c"]),
    st.sampled_from([None, "b"]),
    st.sampled_from([1, 7, 1 << 18]),
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_table_kept_on_disk_is_the_same_as_one_in_memory(
    own_cache: Path, body: str, target: str | None, group: str | None, part: int
) -> None:
    path = own_cache.parent / "t.csv"
    path.write_bytes(("a,b,c\n" + body).encode())
    with mock.patch.object(table_files, "LEAST", part):
        kept = outcome(path, target, memory=0, group=group)
    assert kept == outcome(path, target, group=group)


def test_parquet_kept_on_disk_is_the_same_as_in_memory(own_cache: Path) -> None:
    path = own_cache.parent / "t.parquet"
    pl.DataFrame(
        {
            "a": [1, None, 3, -(2**62)],
            "b": [0.5, None, float("inf"), -0.0],
            "c": ["u", "v", None, "a longer word, with ü"],
            "d": [True, False, None, True],
            "e": pl.Series([1, 2, 255, None], dtype=pl.UInt8),
            "y": [1.5, 2.5, None, 4.5],
        }
    ).write_parquet(path)
    with mock.patch.object(table_files, "LEAST", 1):
        kept, held = outcome(path, "y", memory=0), outcome(path, "y")
    # small whole numbers become Int64: the schema alone differs
    assert kept[0] == held[0] and kept[2:] == held[2:]


def test_a_table_on_disk_is_written_once_and_read_by_place(own_cache: Path) -> None:
    path = own_cache.parent / "t.csv"
    path.write_text("a,b,y\n" + "".join(f"{2 * at},w{at % 3},{at}.5\n" for at in range(100)))
    source = recognize.recognize(str(path), target="y")
    first = recognize.read(source, memory=0).examples
    about = next(own_cache.rglob("table.json"))
    written = about.stat().st_mtime_ns
    again = recognize.read(source, memory=0).examples
    assert about.stat().st_mtime_ns == written
    some = again.take([99, 0, 7, 7])
    assert [example.input for example in some] == [
        {"a": 2 * at, "b": f"w{at % 3}"} for at in (99, 0, 7, 7)
    ]
    assert list(some.sources) == ["t.csv:101", "t.csv:2", "t.csv:9", "t.csv:9"] and list(
        some.ids
    ) == [first.ids[at] for at in (99, 0, 7, 7)]
    about.with_name("rows.bin").write_bytes(b"")
    with pytest.raises(DataError, match="has become shorter"):
        again[0]


def test_what_is_learned_of_rows_is_the_same_wherever_they_are(own_cache: Path) -> None:
    """Means, deviations and categories to the last bit, and near numpy's own, whatever the
    parts.
    """
    rng = np.random.default_rng(0)
    numbers = rng.normal(1e4, 1, 5000)
    path = own_cache.parent / "t.csv"
    path.write_text(
        "a,b,y\n" + "".join(f"{v!r},w{at % 1500},{at}.5\n" for at, v in enumerate(numbers.tolist()))
    )
    source = recognize.recognize(str(path), target="y")
    with mock.patch("netwright.data.tables.rows.CELLS_AT_ONCE", 1000):
        kept, held = (fit_rows(recognize.read(source, memory=m).examples) for m in (0, None))
    assert kept == held
    assert held.numbers[0].mu == pytest.approx(numbers.mean(), rel=1e-14)
    assert held.numbers[0].sigma == pytest.approx(numbers.std(), rel=1e-11)
    assert len(held.categories[0].values) == 1000 and "w0" in held.categories[0].values
    # 3 times where w0 to w499 stand 4 times; then by the alphabet
    assert "w999" not in held.categories[0].values


@given(st.lists(st.integers(0, 40), max_size=300), st.integers(1, 50))
@settings(max_examples=60)
def test_frequent_words_are_never_forgotten(draws: list[int], part: int) -> None:
    """A word in more than one of N / (most + 1) rows is kept, with a count at most that much too
    low (Misra and Gries 1982).
    """
    counts: dict[str, int] = {}
    with mock.patch.object(encoder, "MOST_COUNTED", 5):
        for start in range(0, len(draws), part):
            add_counts(
                counts, pl.Series([f"w{at}" for at in draws[start : start + part]], dtype=pl.String)
            )
    true = Counter(f"w{at}" for at in draws)
    slack = len(draws) / 6
    assert all(true[word] - slack <= counts.get(word, 0) <= true[word] for word in true)


@given(
    files,
    st.sampled_from(["a,b,c\n", " a ,b,c\n", "a,b,c\r\n", "\ufeffa,b,c\n"]),
    st.sampled_from([None, "a", "c"]),
    st.sampled_from([1, 7, 1 << 22]),
)
@example(",,\r1\n", "a,b,c\r\n", None, 1)  # a carriage return inside a cell
@settings(max_examples=150)
def test_the_quick_reader_gives_what_the_exact_one_gives(
    new_folder: Callable[[], Path], body: str, header: str, target: str | None, part: int
) -> None:
    path = new_folder() / "t.csv"
    path.write_bytes((header + body).encode())
    with mock.patch.object(table_files, "WHOLE", part):
        quick = outcome(path, target)
    with mock.patch.object(csv_text, "lines_like", return_value=None):
        exact = outcome(path, target)
    assert quick == exact


@pytest.mark.parametrize(
    "body",
    [
        *("1,x\n2,y\n", "1,x\n2,y", "1,x\n2,y \n", "1,x\n 2,y ", "1 , x y\n,\n"),
        *("1,é\u2003\n-,\t\n", '"1,2",x\n"","y"', '"a ""b"" c"," x"\n"""",\n'),
    ],
)
@pytest.mark.parametrize("part", [1, 7, 1 << 22])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_files_of_one_row_a_line_are_read_the_quick_way(
    tmp_path: Path, body: str, part: int, end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(("a,b\n" + body).replace("\n", end).encode())
    monkeypatch.setattr(plain_lines, "PIECE", part)
    file = csv_text.delimited(packed.content(path))
    with mock.patch.object(csv_text, "lines_like", return_value=None):
        exact = rows_of(list(file.parts(part)))
    monkeypatch.setattr(csv_text, "_exact", None)
    assert rows_of(list(file.parts(part))) == exact


@given(st.text('ab,"\n\r \x1c', max_size=30), st.sampled_from([1, 7, 1 << 22]))
@settings(max_examples=150)
def test_the_quick_way_reads_what_the_exact_one_does(
    new_folder: Callable[[], Path], body: str, part: int
) -> None:
    """Or refuses it by the same sentence: lines too short or too long, empty ones, odd quotes."""
    path = new_folder() / "t.csv"
    path.write_bytes(f"x,y\n1,2\n{body}".encode())
    file = csv_text.delimited(packed.content(path))

    def read() -> list[Any] | str:
        try:
            return rows_of(list(file.parts(part)))
        except DataError as error:
            return str(error)

    quick = read()
    with mock.patch.object(csv_text, "lines_like", return_value=None):
        assert quick == read() and quick == read()


def test_what_was_seen_of_lines_is_not_looked_for_again(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,b\n" + "1,x\n" * 50)
    file = csv_text.delimited(packed.content(path))
    first = rows_of(list(file.parts(20)))
    with mock.patch.object(plain_lines, "_pieces", side_effect=[iter([slice(0, 4)])]):
        assert rows_of(list(file.parts(20))) == first  # of the header alone


@given(st.lists(st.lists(cells, min_size=2, max_size=2), min_size=1, max_size=8), st.data())
@settings(max_examples=60)
def test_ids_are_the_digests_of_the_rows_words(rows: list[list[str]], data: st.DataObject) -> None:
    ids = hashes_of(pl.DataFrame(rows, schema=["a", "b"], orient="row"))
    oracle = [digest("\x1f".join(row).encode()) for row in rows]
    places = data.draw(st.lists(st.integers(0, len(rows) - 1)))
    assert list(ids) == oracle == [ids[at] for at in range(len(ids))] and ids[-1] == oracle[-1]
    assert list(ids[1:]) == oracle[1:] and list(ids.take(places)) == [oracle[at] for at in places]  # type: ignore[attr-defined]
    with pytest.raises(IndexError):
        ids[len(rows)]


@pytest.mark.parametrize("count", [8191, 8192, 8193])
def test_many_hashes_are_gone_through_in_order(count: int) -> None:
    held = b"".join(at.to_bytes(8, "big") for at in range(count))
    assert list(Hashes(held)) == [f"{at:016x}" for at in range(count)]


def test_every_spelling_of_a_missing_value_is_one() -> None:
    """Looked up in all cases; no sign outside ASCII becomes one of theirs when lower-cased, so none
    is forgotten.
    """
    signs = set("".join(MISSING))
    assert not [c for c in map(chr, range(128, 0x110000)) if signs & set(c.lower())]
    spelled = ["NaN", "nAn", "N/a", "#N/A", "<Na>", "NULL", "nUll", "?", "", "1"]
    cells = known_cells(pl.DataFrame({"a": spelled}))
    seen, count = survey.survey(lambda: [(in_cells(cells), range(2, 12))], Table(["a"], ","))
    assert count == 10 and seen[0].form.kind == "whole"
    read = columns.convert(in_cells(cells), {"a": seen[0].form}, str)
    assert read["a"].to_list() == [None] * 9 + [1]


def test_an_ordinary_file_is_read_the_quick_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes("\ufeffa,b\n1, x \n,é\n".encode())
    file = csv_text.delimited(packed.content(path))
    monkeypatch.setattr(csv_text, "_exact", None)
    assert rows_of(file.parts(1 << 20)) == [(2, ("1", "x")), (3, ("", "é"))]


@given(
    st.lists(
        st.one_of(
            st.none(),
            st.integers(-(2**53), 2**53),
            st.floats(allow_nan=False, allow_infinity=False),
        ),
        min_size=2,
        max_size=20,
    )
)
@settings(max_examples=60)
def test_numbers_come_back_exactly(
    new_folder: Callable[[], Path], values: list[float | None]
) -> None:
    path = new_folder() / "t.csv"
    path.write_text(
        "a,b\n" + "".join(f"{'' if v is None else repr(v)},{at}.5\n" for at, v in enumerate(values))
    )
    read_back = to_examples.read_rows(path, ReadOptions()).inputs.column("a")
    for wrote, found in zip(values, read_back, strict=True):
        assert (wrote is None) == (found is None)
        assert wrote is None or math.isclose(found, wrote, rel_tol=1e-15)


@given(
    st.one_of(st.binary(max_size=60), st.text('ab1,;\t|"\n\r. -', max_size=60).map(str.encode)),
    st.sampled_from([None, "a"]),
)
@settings(max_examples=200)
def test_any_bytes_give_a_reading_or_one_sentence(
    new_folder: Callable[[], Path], content: bytes, target: str | None
) -> None:
    path = new_folder() / "t.csv"
    try:
        reading = read(path, content, target=target)
    except NetwrightError:
        return
    assert len(reading.examples) >= 1 and reading.examples.inputs.columns


def test_words_for_missing_are_as_documented() -> None:
    page = (
        (Path(__file__).parents[1] / "docs" / "findings" / "NW210.md")
        .read_text(encoding="utf-8")
        .lower()
    )
    assert all(word in page for word in MISSING)


def test_yes_and_no_are_the_same_values_from_any_table(tmp_path: Path) -> None:
    frame = pl.DataFrame({"new": [True, False, None, True], "y": ["a", "b", "a", "b"]})
    frame.write_csv(tmp_path / "t.csv")
    frame.write_parquet(tmp_path / "t.parquet")
    found = [
        recognize.read(recognize.recognize(source, target="y")).examples
        for source in (frame, tmp_path / "t.csv", tmp_path / "t.parquet")
    ]
    codecs = [fit_rows(examples) for examples in found]
    assert codecs[0] == codecs[1] == codecs[2]
    for examples in found:
        assert codecs[0].encode(examples)[1].tolist() == [[2], [1], [0], [2]]


def test_a_frame_to_answer_keeps_a_column_without_a_value() -> None:
    """One row that lacks a number: missing, as it is from a file, and no missing column."""
    train = recognize.read(
        recognize.recognize(pl.DataFrame({"a": [1.0, None, 3.0], "y": ["u", "v", "u"]}), target="y")
    )
    codec = fit_rows(train.examples)
    asked = recognize.read_inputs(pl.DataFrame({"a": [None]}, {"a": pl.Float64}))
    assert codec.encode(asked)[0].tolist() == [[0.0, 1.0]]


def test_rows_of_some_columns_keep_names_values_and_order(tmp_path: Path) -> None:
    frame = pl.DataFrame({"": [1, 2], "*": [3, 4], "^a.*$": [5, 6], "ab": [7, 8]})
    rows = Rows(frame)
    for names in (["ab", ""], ["*"], [""], ["^a.*$", "*"], list(frame.columns)):
        found = rows.only(names)
        expected = {name: frame.to_dict(as_series=False)[name] for name in frame.columns}
        assert found.frame.to_dict(as_series=False) == {
            name: values for name, values in expected.items() if name in names
        }
        assert found.columns == [name for name in frame.columns if name in names]
    assert [rows.column(name) for name in frame.columns] == [[1, 2], [3, 4], [5, 6], [7, 8]]
    assert rows.take([1, 0]).column("^a.*$") == [6, 5]


@pytest.mark.parametrize("places", [None, [1999, 3, 3, 0]])
def test_a_column_of_a_wide_table_is_taken_out_at_once(places: list[int] | None) -> None:
    """The parts in which rows are read are small where there are many columns: taken part by part,
    all columns took time as the square of their number.
    """
    values = np.arange(2000.0)
    frame = pl.DataFrame({f"c{at}": values + at for at in range(1000)})
    rows = Rows(frame) if places is None else Rows(frame).take(places)
    wanted = (values + 7)[places] if places is not None else values + 7
    assert rows.series("c7").n_chunks() == 1
    assert rows.series("c7").to_list() == rows.column("c7") == wanted.tolist()
    held = Rows({"a": [1, 2, 3], "c7": [4.0, 5.0, 6.0], "": [7, 8, 9]})
    assert held.take([2, 0]).series("c7").to_list() == held.take([2, 0]).column("c7") == [6, 4]
    assert held.series("").to_list() == [7, 8, 9] and held.only(["", "c7"]).columns == ["c7", ""]
