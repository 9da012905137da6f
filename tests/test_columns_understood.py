"""What training understood of a table's columns is how every later file is read: a row's answer
never hangs on its neighbours in the file.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from unittest import mock

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import netwright as nw
import recognize
from netwright.base.errors import DataError
from netwright.base.findings import Finding
from netwright.contract import ColumnForm, ReadOptions, Source
from netwright.data.tables import columns, to_examples
from netwright.data.tables.cells import repeated, written_numbers
from netwright.data.tables.cells.missing import known_cells
from netwright.data.tables.cells.repeated import Cells, in_cells
from netwright.data.tables.judging import oddities, survey
from netwright.data.tables.judging.first_look import FirstLook
from netwright.data.tables.judging.judged import MOST_STRAYS, Judged, Table
from netwright.data.tables.rows import Rows

pytestmark = pytest.mark.usefixtures("no_reports")

CODES = ("007", "012", "A1", "B2")


def write(path: Path, rows: list[tuple[Any, ...]], head: str) -> Path:
    path.write_text("\n".join([head, *(",".join(map(str, row)) for row in rows)]) + "\n")
    return path


def rows_of(count: int) -> list[tuple[Any, ...]]:
    """Code, quantity, half: the code alone decides, digits or not."""
    return [
        (code, at % 7, at / 2, "ok" if code in ("007", "A1") else "bad")
        for at in range(count)
        for code in CODES
    ]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> nw.Run:
    folder = tmp_path_factory.mktemp("codes")
    table = write(folder / "codes.csv", rows_of(40), "code,quantity,half,result")
    return nw.train(str(table), target="result", model="mlp", epochs=20, store=folder / "runs")


def labels(run: nw.Run, given: Any) -> list[str]:
    return [answer.label for answer in run.predict(given)]


def test_the_record_says_how_each_column_was_read(run: nw.Run) -> None:
    kinds = {"code": "words", "quantity": "whole", "half": "number", "result": "words"}
    assert run.record.earlier_reading().columns == {
        name: ColumnForm(kind) for name, kind in kinds.items()
    }
    plain = {name: {"kind": kind} for name, kind in kinds.items()}
    assert run.record.json("data.json")["columns"] == plain


def test_a_row_is_answered_alike_in_any_company_and_from_any_kind_of_file(
    run: nw.Run, tmp_path: Path
) -> None:
    head, row = "code,quantity,half", ("007", 3, 1.5)
    alone = write(tmp_path / "alone.csv", [row], head)  # here the code looks like a number
    beside = write(tmp_path / "beside.csv", [row, ("B2", 1, 0.5)], head)
    named = dict(zip(head.split(","), row, strict=True))
    lines = tmp_path / "rows.jsonl"
    lines.write_text(json.dumps(named) + "\n")
    parquet = tmp_path / "rows.parquet"
    pl.DataFrame([named]).write_parquet(parquet)
    others = (
        beside,
        lines,
        parquet,
        pl.DataFrame([named]),
        [named],
        {k: [v] for k, v in named.items()},
    )
    wanted = run.predict(str(alone))[0]
    assert wanted.label == "ok"
    for other in others:
        found = run.predict(str(other) if isinstance(other, Path) else other)[0]
        assert found.label == "ok"
        assert found.probability == pytest.approx(wanted.probability, abs=1e-6)


def test_columns_in_another_order_and_more_of_them_change_no_answer(
    run: nw.Run, tmp_path: Path
) -> None:
    turned = write(tmp_path / "t.csv", [(1.5, "007", "extra", 3)], "half,code,more,quantity")
    assert labels(run, str(turned)) == ["ok"]


@pytest.mark.parametrize(
    "top",
    [
        ['"Report";"2024"'],
        ["a", "b", "", "c;d;e;f", "1;2", "2;3;4", "# none", "a longer line, of words"],
        [""],
        [],
    ],
)
def test_the_header_of_a_later_file_is_known_by_the_names_of_the_run(
    run: nw.Run, tmp_path: Path, top: list[str]
) -> None:
    for rows in (["007;3;1.5"], ["007;3;1.5", "B2;4;2"]):
        path = tmp_path / "t.csv"
        path.write_text("\n".join([*top, "code;quantity;half", *rows, ""]), encoding="utf-8")
        assert labels(run, str(path)) == ["ok", "bad"][: len(rows)]
    path.write_text("\n".join([*top, "code;quantity;half", "007;many;1"]), encoding="utf-8")
    with pytest.raises(DataError, match=rf"^t\.csv:{len(top) + 2}: column 'quantity' holds 'many'"):
        run.predict(str(path))


def test_the_header_of_a_later_sheet_is_known_by_the_names_of_the_run(
    run: nw.Run, tmp_path: Path
) -> None:
    workbook = pytest.importorskip("xlsxwriter").Workbook(str(tmp_path / "t.xlsx"))
    sheet = workbook.add_worksheet()
    for at, row in enumerate([["Report", "of", 2024], ["code", "quantity", "half"], ["007", 3, 1]]):
        sheet.write_row(at, 0, row)
    workbook.close()
    assert labels(run, str(tmp_path / "t.xlsx")) == ["ok"]


@pytest.mark.parametrize("form", ["l.parquet", "l.jsonl", "in memory"])
def test_lists_are_refused_only_where_they_would_be_read(
    run: nw.Run, tmp_path: Path, form: str
) -> None:
    rows = [
        {"code": code, "quantity": at, "half": half, "result": result, "z": [at], "a": {"b": at}}
        for code, at, half, result in rows_of(12)
    ]
    frame: Any = pl.DataFrame(rows)
    if form == "l.parquet":
        frame.write_parquet(tmp_path / form)
    elif form == "l.jsonl":
        frame.write_ndjson(tmp_path / form)
    given = frame if form == "in memory" else tmp_path / form
    assert labels(run, given) == [row["result"] for row in rows]
    if form == "in memory":
        return
    with pytest.warns(match="trained on"):
        assert run.evaluate(str(given))["error"]["value"] == 0
    told = recognize.read(
        recognize.recognize(str(given), target="result", wanted={"z,a": "ignore"})
    )
    assert not [one for one in told.findings if one.code in ("NW210", "NW211")]
    for wanted, name in (({"z": "ignore"}, "a"), ({"a": "ignore", "z": "category"}, "z")):
        found = recognize.recognize(str(given), target="result", wanted=wanted)
        with pytest.raises(DataError, match=rf"{form}.* '{name}' .*leave it out with --ignore\.$"):
            recognize.read(found)
    with pytest.raises(DataError, match=rf"{form}.* 'z' .*spread it first\.$"):
        run.evaluate(str(given), target="z")


def test_digits_alone_are_measured_as_the_categories_they_were(run: nw.Run, tmp_path: Path) -> None:
    digits = [row for row in rows_of(30) if row[0].isdigit()]
    table = write(tmp_path / "digits.csv", digits, "code,quantity,half,result")
    with pytest.warns(match="trained on"):
        assert run.evaluate(str(table))["error"]["value"] < 0.1


def test_a_value_that_does_not_fit_is_named_with_its_line(run: nw.Run, tmp_path: Path) -> None:
    head = "code,quantity,half"
    table = write(tmp_path / "w.csv", [("007", 3, 1.5), ("007", "many", 1.5)], head)
    with pytest.raises(
        DataError,
        match=r"^w\.csv:3: column 'quantity' holds 'many': expected a number, as in training; mend",
    ):
        run.predict(str(table))
    with pytest.raises(DataError, match=r"^memory:0: column 'half' holds 'x': expected a number"):
        run.predict(pl.DataFrame({"code": ["007"], "quantity": [3], "half": ["x"]}))


def test_what_stands_in_columns_that_the_net_does_not_read_is_nobodys_business(
    tmp_path: Path,
) -> None:
    rows = [(at + 7, at * 2 + 14, at % 5) for at in range(60)]
    table = write(tmp_path / "t.csv", rows, "size,price,shop")
    changes = {"data.group": "shop", "data.task": "regression"}
    run = nw.train(str(table), target="price", epochs=2, set=changes, store=tmp_path / "runs")
    new = write(tmp_path / "new.csv", [(3, "to be told", "north")], "size,price,shop")
    other = pl.DataFrame({"size": [3], "price": ["to be told"], "shop": ["north"]})
    assert run.predict(str(new))[0].value == pytest.approx(run.predict(other)[0].value)


def test_numbers_in_words_and_halves_among_whole_ones_are_read(run: nw.Run) -> None:
    assert labels(run, {"code": ["007"], "quantity": ["2.5"], "half": [None]}) == ["ok"]


def test_runs_of_before_it_was_noted_read_as_they_did(run: nw.Run, tmp_path: Path) -> None:
    table = write(tmp_path / "two.csv", [("007", 3, 1.5), ("B2", 3, 1.5)], "code,quantity,half")
    about = run.record.json("data.json")
    with run.record.alone():
        run.record.write_json("data.json", {k: v for k, v in about.items() if k != "columns"})
    try:
        assert run.record.earlier_reading().columns == {}
        assert labels(run, str(table)) == ["ok", "bad"]
    finally:
        with run.record.alone():
            run.record.write_json("data.json", about)


def read(path: Path, memory: int, before: Any = None) -> tuple[Any, Any]:
    source = Source("table", str(path), "", ReadOptions(target="y", columns=before))
    found = to_examples.read_table(source, memory=memory)
    return found, found.examples.inputs


@pytest.mark.parametrize("memory", [1 << 30, 1])
def test_a_large_table_is_read_as_before_too(memory: int, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("NETWRIGHT_CACHE", str(tmp_path / "cache"))
    head = "code,size,y"
    first = write(tmp_path / "a.csv", [("A1", 3 * at, at % 2) for at in range(30)], head)
    later = write(tmp_path / "b.csv", [("007", f"{at}.5", at % 2) for at in range(30)], head)
    seen, _ = read(first, memory)
    kinds = {name: form.kind for name, form in seen.columns.items()}
    assert kinds == {"code": "words", "size": "whole", "y": "whole"}
    again, inputs = read(later, memory, seen.columns)
    assert isinstance(inputs, Rows)
    assert set(inputs.column("code")) == {"007"}
    assert inputs.column("size")[:2] == [0.5, 1.5]
    assert again.columns["code"] == ColumnForm("words")
    alone, inputs = read(later, memory)
    assert set(inputs.column("code")) == {"007"}  # a zero in front is kept
    assert alone.examples.ids == again.examples.ids  # a row's name hangs on its words alone


CELLS = {
    "whole": st.lists(st.integers(-(2**40), 2**40) | st.none()),
    "number": st.lists(st.floats(-1e9, 1e9) | st.none()),
    "boolean": st.lists(st.booleans() | st.none()),
    "words": st.lists(st.text(st.characters(codec="utf-8", categories=("L", "N"))) | st.none()),
}


@given(st.data())
def test_what_was_understood_once_is_understood_so_again(data: st.DataObject) -> None:
    """A column read as what it is stays as it is, from values as from their words."""
    kind = data.draw(st.sampled_from(sorted(CELLS)))
    values = data.draw(CELLS[kind])
    types = {"whole": pl.Int64, "number": pl.Float64, "boolean": pl.Boolean, "words": pl.String}
    column = pl.Series("c", values, dtype=types[kind])
    frame = pl.DataFrame([column])
    assert columns.forms_of(frame) == {"c": ColumnForm(kind)}
    for cells in (column, column.cast(pl.String)):
        found = columns.convert(in_cells(pl.DataFrame([cells])), {"c": ColumnForm(kind)}, str)[
            "c"
        ].to_list()
        assert found == (pytest.approx(values) if kind == "number" else values)


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ([3.0, 2.5, None], ["3", "2.5", None]),
        ([True, False], ["true", "false"]),
        ([12, None], ["12", None]),
        ([float("nan"), 1.0], [None, "1"]),
    ],
)
def test_numbers_where_training_had_words_are_those_categories(
    values: list[Any], wanted: list[Any]
) -> None:
    found = columns.convert(in_cells(pl.DataFrame({"c": values})), {"c": ColumnForm("words")}, str)
    assert found["c"].to_list() == wanted


@pytest.mark.parametrize("word", ["true", "Yes", "T", "1"])
def test_yes_is_spelled_in_many_ways_where_a_column_is_yes_or_no(word: str) -> None:
    kinds = {"c": ColumnForm("boolean")}
    assert columns.convert(in_cells(pl.DataFrame({"c": [word]})), kinds, str)["c"].to_list() == [
        True
    ]
    with pytest.raises(DataError, match="holds 'perhaps': expected true or false"):
        columns.convert(in_cells(pl.DataFrame({"c": ["perhaps"]})), kinds, str)


# --- words for missing numbers, and strays


def judged(words: list[str], *, delimiter: str = ",", size: int = 0, **how: Any) -> Judged:
    cells = known_cells(pl.DataFrame({"c": words}, schema={"c": pl.String}))
    step = size or max(1, len(words))
    parts = [
        (in_cells(cells[at : at + step]), range(at + 2, at + 2 + len(cells[at : at + step])))
        for at in range(0, len(words), step)
    ]
    found, count = survey.survey(lambda: parts, Table(["c"], delimiter, **how))
    assert count == len(words)
    return found[0]


def mixed(found: Judged) -> Finding | None:
    odd = [one for one in oddities.oddities([found], "t.csv") if one.code == "NW212"]
    return odd[0] if odd else None


@pytest.mark.parametrize("separator", ["-", "--", "None", "missing", "MISSING", "\\N", ".", "n.a."])
def test_a_mark_among_numbers_is_a_missing_number_and_among_words_a_word(separator: str) -> None:
    numbers = judged(["1.5", separator, "2", separator])
    assert numbers.form == ColumnForm("number") and mixed(numbers) is None
    assert judged(["1", separator]).form == ColumnForm("whole")
    assert judged(["red", separator, "blue"]).form == ColumnForm("words")
    assert judged([separator, separator]).form == ColumnForm("words")
    cells = pl.DataFrame({"c": ["1.5", separator]})
    assert columns.convert(in_cells(cells), {"c": numbers.form}, str)["c"].to_list() == [1.5, None]


@pytest.mark.parametrize(
    ("numbers", "strays", "kind"),
    [(49, 1, "whole"), (48, 1, "words"), (98, 2, "whole"), (97, 2, "words"), (5, 0, "whole")],
)
def test_few_strays_among_many_numbers_leave_them_numbers(
    numbers: int, strays: int, kind: str
) -> None:
    found = judged([*map(str, range(numbers)), *(f"x{at}" for at in range(strays))])
    assert found.form.kind == kind
    finding = mixed(found)
    assert (finding is None) == (strays == 0)
    if finding is not None and kind == "whole":
        assert found.form.missing == tuple(f"x{at}" for at in range(strays))
        assert finding.message == (
            f"column 'c' mixes numbers with words and is read as numbers: {strays} of"
            f" {numbers + strays} are none and count as missing, first 'x0' at t.csv:{numbers + 2}."
        )


def test_whole_numbers_beyond_what_a_float_holds_stay_what_they_are() -> None:
    """An id read again is the same id; halves among whole numbers make them numbers."""
    before = {"c": ColumnForm("whole")}
    large = pl.DataFrame({"c": [2**60 + 1, 2**60]})
    assert columns.convert(in_cells(large), before, str)["c"].to_list() == [2**60 + 1, 2**60]
    now = columns.understood(before, {"c": ColumnForm("number")})
    assert now == {"c": ColumnForm("number")}
    assert columns.convert(in_cells(pl.DataFrame({"c": [0.5]})), now, str)["c"].to_list() == [0.5]
    assert columns.understood(before, {"d": ColumnForm("whole")}) == {}


def test_of_many_words_few_are_held() -> None:
    first = FirstLook("c", Table(["c"], ","))
    first.look(Cells(pl.Series([f"word {at}" for at in range(5000)])), range(5000))
    assert len(first.strays) == MOST_STRAYS + 1
    assert len(first.first_words) == written_numbers.TRIED


@pytest.mark.parametrize("size", [7, 30, 60])
def test_rows_one_of_which_has_no_number_are_not_numbered(size: int) -> None:
    words, first = pl.Series([*map(str, range(1, 60)), "x"]), FirstLook("c", Table(["c"], ","))
    for at in range(0, len(words), size):
        first.look(Cells(words[at : at + size]), range(at, min(at + size, 60)))
    assert first.identity.why("c", "words") == "another word in each row, as an id or a name is"
    first.look(Cells(pl.Series(["7", "y"])), range(60, 62))
    assert not first.identity.why("c", "words")  # the 7 stands there twice


def test_many_different_words_are_no_slips() -> None:
    words = [f"word {at}" for at in range(21)]
    assert judged([*map(str, range(2000)), *words]).form.kind == "words"
    assert judged([*map(str, range(2000)), *words[:20]]).form.kind == "whole"


def test_what_was_a_stray_in_training_is_missing_again_and_others_are_named(tmp_path: Path) -> None:
    rows = [(at // 2, "low" if at < 60 else "high") for at in range(120)]
    rows[70] = ("a lot", "high")  # type: ignore[assignment]
    table = write(tmp_path / "t.csv", rows, "size,y")
    run = nw.train(str(table), target="y", model="mlp", epochs=30, store=tmp_path / "runs")
    assert run.record.earlier_reading().columns["size"] == ColumnForm("whole", ("a lot",))
    assert run.measures["dev"]["error"]["value"] < 0.2
    new = write(tmp_path / "new.csv", [("a lot",), (2,), ("-",)], "size")
    assert labels(run, str(new))[1] == "low"
    odd = write(tmp_path / "odd.csv", [(2,), ("plenty",)], "size")
    with pytest.raises(DataError, match=r"^odd\.csv:3: column 'size' holds 'plenty': expected a n"):
        run.predict(str(odd))
    with pytest.warns(match="trained on"):  # nor does the stray end this
        assert run.evaluate(str(table))["error"]["value"] < 0.2


def test_runs_that_noted_no_columns_judge_as_they_did() -> None:
    words = [*map(str, range(100)), "-"]
    assert judged(words).form.kind == "whole"
    assert judged(words, as_at_first=True).form.kind == "words"


@given(
    st.lists(
        st.sampled_from(["1", "2.5", "-3", "", "na", "-", "none", "x", "7,5", "1e3"]), max_size=40
    ),
    st.integers(1, 9),
)
def test_a_column_is_judged_alike_however_it_is_cut(words: list[str], size: int) -> None:
    """And what was judged a number can be read as one, from beginning to end."""
    cut, at_once = judged(words, delimiter=";", size=size), judged(words, delimiter=";")
    assert cut == at_once
    for at in range(0, len(words), size):
        cells = known_cells(pl.DataFrame({"c": words[at : at + size]}))
        columns.convert(in_cells(cells), {"c": at_once.form}, str)


@given(
    st.lists(
        st.sampled_from(
            [
                "1",
                "2.5",
                "-3",
                "007",
                "",
                "na",
                "-",
                "x",
                "$5",
                "$1,250",
                "(3)",
                "2024-01-31",
                "yes",
            ]
        ),
        max_size=60,
    ),
    st.integers(5, 60),
)
@settings(max_examples=150)
def test_words_that_come_again_are_judged_and_read_as_one_by_one(
    words: list[str], size: int
) -> None:
    plain = judged(words, size=size)
    cells = known_cells(pl.DataFrame({"c": words}, schema={"c": pl.String}))
    read = columns.convert(in_cells(cells), {"c": plain.form}, str, columns.Lenient())
    with mock.patch.object(repeated, "FIRST", 4):
        assert judged(words, size=size) == plain
        again = columns.convert(in_cells(cells), {"c": plain.form}, str, columns.Lenient())
    assert again.equals(read) and again.schema == read.schema
