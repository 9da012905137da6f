"""What people write into the columns of a table is what is read: money, dates, ids, row numbers,
words for nothing; and who knows better overrules it.
"""

from __future__ import annotations

import json
import shlex
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import netwright as nw
from netwright.base.errors import DataError, NetwrightWarning, RecipeError
from netwright.cli.main import main
from netwright.contract import ColumnForm, Reading, ReadOptions, Source
from netwright.data.tables import columns, to_examples
from netwright.data.tables.cells import dates, written_numbers
from netwright.data.tables.cells.missing import known_cells
from netwright.data.tables.cells.repeated import in_cells
from netwright.data.tables.encoder import fit_rows
from netwright.data.tables.judging import survey
from netwright.data.tables.judging.judged import Judged, Table
from netwright.recipe import parse_setting

pytestmark = pytest.mark.usefixtures("no_reports")


def read(frame: pl.DataFrame, path: Path, *, delimiter: str = ",", **options: Any) -> Reading:
    """The reading of a file of these words, with y as the target."""
    table = path / "t.csv"
    frame.write_csv(table, separator=delimiter)
    return read_file(table, **options)


def read_file(table: Path, **options: Any) -> Reading:
    source = Source("table", str(table), "", ReadOptions(**{"target": "y", **options}))
    return to_examples.read_table(source)


def judged(words: list[str], delimiter: str = ",") -> Judged:
    cells = known_cells(pl.DataFrame({"c": words}, schema={"c": pl.String}))
    table = Table(["c"], delimiter, roles=["c"])
    return survey.survey(lambda: [(in_cells(cells), range(2, 2 + len(words)))], table)[0][0]


def values(words: list[str], delimiter: str = ",") -> list[Any]:
    found = columns.as_form(pl.Series(words), judged(words, delimiter).form)
    return found.to_list()


def codes(reading: Reading) -> list[str]:
    return [found.code for found in reading.findings]


# --- numbers as people write them


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["$242,907", "$1,000.50"], [242907, 1000.5]),
        (["9.4%", "10 %"], [9.4, 10]),
        (["1.234,5", "7,25", "-3"], [1234.5, 7.25, -3]),
        (["1 234,5", "12\u00a0000,0"], [1234.5, 12000]),
        (["1'234.50", "2.0"], [1234.5, 2]),
        (["(12.50)", "$3", "-$4", "$-5", "\u22126"], [-12.5, 3, -4, -5, -6]),
        (["12 EUR", "1.200,00 EUR"], [12, 1200]),
        (["US$5", "US$6.5"], [5, 6.5]),
        (["1,234,567", "1,000"], [1234567, 1000]),
        (["1e5", "2,5e-3"], [1e5, 0.0025]),
        (["+5", "-2", "3"], [5, -2, 3]),
    ],
    ids=str,
)
def test_numbers_in_the_usual_ways_of_writing(words: list[str], wanted: list[float]) -> None:
    assert values(words, ";") == wanted


WAYS = st.sampled_from(written_numbers.ALL_SEPARATORS)
UNITS = st.sampled_from(["", "$", "€", "%", "CHF"])


@given(
    st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=20),
    WAYS,
    UNITS,
    st.booleans(),
)
@settings(max_examples=80, deadline=None)
def test_hundredths_written_in_any_way_come_back(
    hundredths: list[int], way: tuple[str, str], unit: str, behind: bool
) -> None:
    """Two decimals in each cell settle the separators."""
    thousands, decimal = way

    def write(value: int) -> str:
        whole, rest = divmod(abs(value), 100)
        body = f"{whole:,}".replace(",", thousands) + f"{decimal}{rest:02d}"
        body = f"{body}{unit}" if behind or unit == "%" else f"{unit}{body}"
        return f"-{body}" if value < 0 else body

    found = values([write(value) for value in hundredths], ";")
    assert [float(value) for value in found] == pytest.approx([v / 100 for v in hundredths])


@pytest.mark.parametrize(
    "words",
    [
        ["$1", "€1"],
        ["12-34", "5-6"],
        ["1.2.3.4", "4.5.6.7"],
        ["A1", "B2"],
        ["16:9", "2:1"],
        ["50%", "0.5"],
        ["1.2.10", "3.11.2"],
        ["1.2.10", "2.11.12", "10.2.11"],
        ["2A", "3B"],
        ["10", "11", "2A"],
        ["10", "11", "12", "2AB"],
        ["4x4", "6x4"],
    ],
)
def test_what_is_no_number_stays_words(words: list[str]) -> None:
    assert judged(words * 30).form.kind == "words"


@pytest.mark.parametrize(
    ("words", "delimiter", "wanted", "is_open"),
    [
        (["1,234", "2,345"], ",", 1234, False),
        (["1,234", "2,345"], ";", 1.234, True),
        (["1.234", "2.345"], ";", 1234, True),
        (["1,234", "2,345"], "\t", 1234, True),
        (["1.234", "2.345"], "\t", 1.234, True),
        (["1.234", "2.345"], ",", 1.234, False),
        (["1.234", "2.345", "985"] * 12, ";", 1234, False),
        (["1,234", "0,500"], ";", 1.234, False),
        (["$1.234", "$2.345"], ";", 1234, False),
    ],
)
def test_a_thousand_or_one_and_a_bit(
    words: list[str], delimiter: str, wanted: float, is_open: bool
) -> None:
    assert values(words, delimiter)[0] == wanted
    assert judged(words, delimiter).is_open == is_open


def test_the_other_columns_of_a_file_settle_it_and_the_finding_overrules(tmp_path: Path) -> None:
    rows = range(30)
    open_one = [f"{at % 9 + 1}.{100 + at}" for at in rows]
    frame = pl.DataFrame({"a": open_one, "y": [at % 7 / 2 for at in rows]})
    words = frame.select("a", y=pl.Series(["p", "q", "p"] * 10))
    alone = read(words, tmp_path, delimiter=";")
    assert "NW231" in codes(alone) and alone.examples.inputs.column("a")[0] == 1100
    points = read(frame, tmp_path, delimiter=";")  # y is written 0.5
    assert "NW231" not in codes(points) and points.examples.inputs.column("a")[0] == 1.1
    beside = frame.with_columns(b=pl.Series([f"{at}.500,25" for at in range(1, 31)]))
    settled = read(beside, tmp_path, delimiter=";")
    assert "NW231" not in codes(settled) and settled.examples.inputs.column("a")[0] == 1100
    [found] = [one for one in alone.findings if one.code == "NW231"]
    assert "'data.columns={a: \"1,234.5\"}'" in found.do[0]
    english = read(words, tmp_path, delimiter=";", wanted={"a": "1,234.5"})
    assert english.examples.inputs.column("a")[0] == 1.1
    said = read(frame, tmp_path, delimiter=";", wanted={"a": "1.234,5"})
    assert said.examples.inputs.column("a")[0] == 1100


def test_a_target_of_money_is_a_number(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {"x": [at / 7 for at in range(40)], "y": [f"${1000 + at:,}" for at in range(40)]}
    )
    assert read(frame, tmp_path).examples.targets[0] == 1000.0


# --- dates


@pytest.mark.parametrize("pattern", dates.PATTERNS)
def test_dates_in_every_way_of_writing_come_back(pattern: str) -> None:
    first = datetime(2021, 1, 31, 13, 45, 20)
    moments = [first + timedelta(days=37 * at, minutes=61 * at) for at in range(40)]
    plain = pattern.replace("%.f", "").replace("%#z", "+0000")
    words = [one.strftime(plain.replace("%q", str((one.month + 2) // 3))) for one in moments]
    words = [word.replace("%z", "+0000") for word in words]
    if pattern.endswith("%z"):
        words = [word + "+0000" for word in words]
    form = judged(words).form
    assert form.kind == "date"
    found = columns.as_form(pl.Series(words), form)
    assert found.null_count() == 0
    again = columns.as_form(pl.Series(words), ColumnForm("date", pattern=pattern))
    assert found.equals(again)
    if "%d" in pattern and "%H" in pattern:
        assert [one.replace(second=0) for one in found] == [
            one.replace(second=0) for one in moments
        ]


def test_day_or_month_first() -> None:
    assert judged(["03/04/2021", "05/06/2021"]).is_open
    assert judged(["13/04/2021", "05/06/2021"]).form.pattern == "%d/%m/%Y"
    assert not judged(["13/04/2021", "05/06/2021"]).is_open
    assert judged(["31/02/2021", "01/01/2021"]).form.kind == "words"  # no such day


def test_the_same_dates_from_words_and_from_a_type_are_the_same_rows(tmp_path: Path) -> None:
    days = [datetime(2021, 1, 1) + timedelta(days=at) for at in range(60)]
    typed = pl.DataFrame({"day": days, "y": [at % 5 / 2 for at in range(60)]})
    typed.write_parquet(tmp_path / "t.parquet")
    by_type = read_file(tmp_path / "t.parquet").examples
    words = typed.with_columns(day=pl.col("day").dt.strftime("%d.%m.%Y"))
    by_words = read(words, tmp_path).examples
    assert by_words.inputs.column("day") == by_type.inputs.column("day") == days
    assert list(by_words.ids) == list(by_type.ids)
    tensors = fit_rows(by_words).encode(by_words)
    assert tensors[0].equal(fit_rows(by_type).encode(by_type)[0])


def test_a_date_is_taken_apart() -> None:
    frame = pl.DataFrame({"day": [datetime(2021, 1, 1) + timedelta(days=at) for at in range(900)]})
    options = ReadOptions()
    rows = to_examples.rows_of_frame(frame, options, [f"{at}" for at in range(900)])
    encoder = fit_rows(rows)
    names = [part.part for part in encoder.dates[0].parts]
    assert names == ["elapsed", "year", "month sin", "month cos", "weekday sin", "weekday cos"]
    (tensor,) = encoder.encode(rows)
    assert tensor.shape == (900, 6) and encoder.shape == (6,)
    assert tensor.mean(0).abs().max() < 1e-5 and (tensor.std(0) - 1).abs().max() < 1e-2


# --- codes, yes and no, words for nothing


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (["007", "12"], "words"),
        (["0", "12"], "whole"),
        (["0.5", "00.7"], "number"),
        ([str(2**60), "1"], "words"),
        (["yes", "No"], "boolean"),
        (["T", "f"], "boolean"),
        (["on", "off"], "boolean"),
        (["yes", "perhaps"], "words"),
        (["1", "0"], "whole"),
    ],
)
def test_kinds(words: list[str], kind: str) -> None:
    assert judged(words * 12).form.kind == kind


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_yes_and_no_are_the_same_from_a_file_and_from_a_type(kind: str, tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {"a": [at % 3 == 0 for at in range(60)], "y": [at % 4 / 2 for at in range(60)]}
    )
    path = tmp_path / f"t.{kind}"
    frame.write_csv(path) if kind == "csv" else frame.write_parquet(path)
    words = "false/true" if kind == "csv" else ""
    assert read_file(path).columns["a"] == ColumnForm("boolean", pattern=words)
    assert read_file(path).examples.inputs.column("a")[:2] == [True, False]


def test_a_target_of_yes_and_no_keeps_its_words(tmp_path: Path) -> None:
    frame = pl.DataFrame({"a": range(0, 80, 2), "y": ["yes", "no"] * 20})
    assert set(read(frame, tmp_path).examples.targets) == {"yes", "no"}


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_number_that_stands_for_nothing(kind: str, tmp_path: Path) -> None:
    depth = [-999 if at % 10 == 0 else at % 17 for at in range(60)]
    frame = pl.DataFrame({"depth": depth, "y": [at % 4 / 2 for at in range(60)]})
    path = tmp_path / f"t.{kind}"
    frame.write_csv(path) if kind == "csv" else frame.write_parquet(path)
    reading = read_file(path)
    assert "NW232" in codes(reading)
    assert reading.examples.inputs.column("depth")[:2] == [None, 1]
    kept = read_file(path, wanted={"depth": "number"})
    assert "NW232" not in codes(kept) and kept.examples.inputs.column("depth")[0] == -999
    one = frame.with_columns(depth=pl.when(pl.col("depth") < 0).then(-5).otherwise("depth"))
    one.write_csv(tmp_path / "one.csv")
    assert "NW232" not in codes(read_file(tmp_path / "one.csv"))


# --- what names a row


INDEXES: dict[str, tuple[str, list[Any]]] = {
    "no name": ("", list(range(60))),
    "pandas": ("Unnamed: 0", [3 * at for at in range(60)]),
    "arrow": ("__index_level_0__", [7 * at + 1 for at in range(60)]),
    "from one on": ("anything", list(range(1, 61))),
    "in any order": ("order", [(at * 37) % 60 for at in range(60)]),
    "from a thousand on": ("order_no", [1001 + at * 37 % 60 for at in range(60)]),
    "by another name": ("bestellung", [51_000 + at for at in range(60)]),
    "codes": ("zip", [f"{at * 7919 % 100_000:05d}" for at in range(60)]),
    "phones": ("phone", [5_550_000_000 + 79_191 * at for at in range(60)]),
    "an id": ("patient_id", [1000 + 7 * at for at in range(60)]),
    "R": ("rownames", [f"Car {at}" for at in range(60)]),
    "a word": ("serial", [f"x{at * 7919 % 1009}" for at in range(60)]),
}


@pytest.mark.parametrize("case", INDEXES)
@pytest.mark.parametrize("kind", ["csv", "parquet", "frame"])
def test_what_only_names_a_row_is_left_out_and_kept_where_a_person_says_so(
    case: str, kind: str, tmp_path: Path
) -> None:
    name, cells = INDEXES[case]
    frame = pl.DataFrame({name: cells, "a": [at % 7 / 2 for at in range(60)], "y": ["p", "q"] * 30})
    path = tmp_path / f"t.{kind}"
    called = name or "column1" if kind == "csv" else name
    if kind == "csv":
        frame.write_csv(path)
    elif kind == "parquet":
        frame.write_parquet(path)

    def reading(**options: Any) -> Reading:
        if kind == "frame":
            source = Source("table", "memory", "", ReadOptions(target="y", **options))
            return to_examples.read_frame(frame, source)
        return read_file(path, **options)

    found = reading()
    assert found.examples.inputs.columns == ["a"]
    assert "NW230" in codes(found) and found.columns[called].kind == "ignore"
    assert found.columns[called].why
    kept = reading(wanted={called: "category"})
    assert sorted(kept.examples.inputs.columns) == sorted([called, "a"])


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("year", list(range(1950, 2010))),
        ("anno", list(range(1950, 2010))),
        ("age", list(range(60))),
        ("world rank", [at * 37 % 60 + 1 for at in range(60)]),
        ("dose", list(range(5, 65))),
        ("size", [at * 1.5 for at in range(60)]),
        ("income", [20_000 + 137 * at for at in range(60)]),
        ("patient_id", [at // 2 for at in range(60)]),
        (
            "day",
            [f"2021-03-{at + 1:02d}" for at in range(30)]
            + [f"2021-04-{at + 1:02d}" for at in range(30)],
        ),
        ("text", [f"it was {word} and we liked the film a lot" for word in map(str, range(60))]),
    ],
    ids=str,
)
def test_what_may_matter_is_kept(name: str, cells: list[Any], tmp_path: Path) -> None:
    frame = pl.DataFrame({name: cells, "a": [at % 7 / 2 for at in range(60)], "y": ["p", "q"] * 30})
    assert read(frame, tmp_path).examples.inputs.columns == [name, "a"]


@pytest.mark.parametrize(
    ("deleted", "kind"), [(0, "ignore"), (20, "ignore"), (200, "whole")], ids=str
)
def test_row_numbers_of_which_a_few_are_gone_are_still_some(deleted: int, kind: str) -> None:
    random = np.random.default_rng(3)
    numbers = random.permutation(np.arange(7, 507))[deleted:]
    found = judged_beside([str(number) for number in numbers])
    assert found.form.kind == kind and bool(found.form.why) == (kind == "ignore")


def judged_beside(words: list[str]) -> Judged:
    """Of a column beside another one."""
    cells = pl.DataFrame({"c": words, "a": ["x", "y"] * (len(words) // 2)})
    lines = range(2, 2 + len(words))
    return survey.survey(lambda: [(in_cells(cells), lines)], Table(["c", "a"], ","))[0][0]


def test_the_only_column_is_kept_and_few_rows_say_nothing(tmp_path: Path) -> None:
    only = pl.DataFrame({"t": range(60), "y": [at % 9 / 2 for at in range(60)]})
    assert read(only, tmp_path).examples.inputs.columns == ["t"]
    few = pl.DataFrame({"t": range(12), "a": range(12), "y": [at % 5 / 2 for at in range(12)]})
    assert read(few, tmp_path).examples.inputs.columns == ["t", "a"]


# --- a row is known by its values


def test_a_row_is_the_same_in_any_order_of_columns_and_beside_others(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    frame = pl.DataFrame(
        {"a": rng.normal(size=40).round(3), "b": ["u", "v"] * 20, "y": ["p", "q"] * 20}
    )
    first = read(frame, tmp_path)
    ids = list(first.examples.ids)
    turned = frame.select("y", "b", "a").with_columns(more=pl.Series(["w", "z"] * 20))
    assert list(read(turned, tmp_path, columns=first.columns).examples.ids) == ids
    written = frame.with_columns(a=pl.col("a").map_elements(lambda v: f"{v:.6f}", pl.String))
    assert list(read(written, tmp_path).examples.ids) == ids
    frame.write_parquet(tmp_path / "t.parquet")
    assert list(read_file(tmp_path / "t.parquet").examples.ids) == ids
    first_scheme = [read(one, tmp_path, ids=1).examples.ids for one in (frame, turned)]
    assert list(first_scheme[0]) != list(first_scheme[1])


# --- through the door


@pytest.fixture(scope="module")
def sales(tmp_path_factory: pytest.TempPathFactory) -> tuple[nw.Run, Path]:
    """The day of the week and the price decide."""
    folder = tmp_path_factory.mktemp("sales")
    rng = np.random.default_rng(1)
    days = [datetime(2021, 1, 1) + timedelta(days=at) for at in range(400)]
    price = rng.uniform(900, 3000, 400)
    sold = [10 * (day.weekday() > 4) + cost / 500 for day, cost in zip(days, price, strict=True)]
    frame = pl.DataFrame(
        {
            "nr": range(1, 401),
            "day": [day.strftime("%d.%m.%Y") for day in days],
            "price": [f"€ {cost:,.2f}" for cost in price],
            "sold": [round(one, 3) for one in sold],
        }
    )
    frame.write_csv(folder / "sales.csv")
    run = nw.train(str(folder / "sales.csv"), target="sold", epochs=25, store=folder / "runs")
    return run, folder


def test_a_net_learns_from_dates_and_money(sales: tuple[nw.Run, Path]) -> None:
    run, _ = sales
    assert run.measures["dev"]["r2"]["value"] > 0.8
    kinds = {name: form.kind for name, form in run.record.earlier_reading().columns.items()}
    assert kinds == {"nr": "ignore", "day": "date", "price": "number", "sold": "number"}
    assert run.record.json("data.json")["ids"] == 2


def test_later_files_are_read_so_and_what_does_not_fit_is_named_or_missing(
    sales: tuple[nw.Run, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    run, folder = sales
    plain = {"day": datetime(2021, 5, 1), "price": 1200.0}
    by_type = run.predict(pl.DataFrame([plain]))[0].value
    (folder / "new.csv").write_text("price,day\n1200,01.05.2021\n")
    assert run.predict(str(folder / "new.csv"))[0].value == pytest.approx(by_type, rel=1e-5)
    (folder / "odd.csv").write_text("price,day\n1200,2021-05-01\ncheap,01.05.2021\n")
    with pytest.raises(DataError, match=r"odd\.csv:3: column 'price' .*in €.*--lenient"):
        run.predict(str(folder / "odd.csv"))
    with pytest.warns(NetwrightWarning, match=r"1 in 'price' \(first 'cheap' at odd.csv:3\)"):
        assert len(run.predict(str(folder / "odd.csv"), lenient=True)) == 2
    with pytest.raises(SystemExit):
        main(["predict", run.id, str(folder / "odd.csv"), "--store", str(folder / "runs")])
    assert "--lenient" in capsys.readouterr().err


def test_the_verbs_take_what_a_person_says_of_columns(
    sales: tuple[nw.Run, Path], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    _, folder = sales
    table = str(folder / "sales.csv")
    main(["data", table, "--target", "sold", "--ignore", "price", "--json"])
    described = json.loads(capsys.readouterr().out)
    kinds = {one["name"]: one["kind"] for one in described["columns"]}
    assert kinds == {"day": "date", "nr": "left out", "price": "left out"}
    words = ["--target", "sold", "--epochs", "1", "--json", "--store", str(tmp_path)]
    ways = ["--ignore", "price", "--set", "data.columns={nr: number, day: category}"]
    main(["train", table, *words, *ways])
    run = nw.open(json.loads(capsys.readouterr().out)["run"], store=tmp_path)
    assert run.recipe.data.columns == {"nr": "number", "day": "category", "price": "ignore"}
    kinds = {name: form.kind for name, form in run.record.earlier_reading().columns.items()}
    assert kinds == {"nr": "whole", "day": "words", "price": "ignore", "sold": "number"}


def test_what_a_person_says_of_columns_is_checked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = pl.DataFrame({"a": range(0, 60, 2), "y": ["p", "q", "p"] * 10})
    with pytest.raises(
        DataError, match=r"data\.columns names 'aa', and t\.csv has no such column; did"
    ):
        read(frame, tmp_path, wanted={"aa": "number"})
    with pytest.raises(
        RecipeError, match="number, category, boolean, date, ignore or how dates or"
    ):
        nw.train(frame, target="y", set={"data.columns": {"a": "numbers"}}, store=tmp_path)
    with pytest.raises(DataError, match=r"names 'zzz', and t\.csv .*; its columns are a, y\."):
        read(frame, tmp_path, wanted={"zzz": "ignore"})
    for odd_kinds in ("{a:number}", "{a: numbr}", "{a: [1]}", "{1: number}", "[a]", "a"):
        with pytest.raises(SystemExit):
            main(["data", str(tmp_path / "t.csv"), "--set", f"data.columns={odd_kinds}"])
        said = capsys.readouterr().err
        assert "data.columns = " in said and "expected a mapping, each value one of" in said
    odd = frame.with_columns(a=pl.Series(["x"] * 3 + [str(at) for at in range(27)]))
    reading = read(odd, tmp_path, wanted={"a": "number"})
    assert "NW233" in codes(reading) and reading.examples.inputs.column("a")[:4] == [None] * 3 + [0]
    fits_none = {
        "date": ["44123", "44124"],
        "%m/%d/%Y": ["10/19/20", "1/8/21"],
        "boolean": ["2020", "2021"],
        "number": ["KW 1", "KW 22"],
        "1.234,5": ["a", "b"],
    }
    for kind, cells in fits_none.items():
        odd = frame.with_columns(a=pl.Series(cells * 15))
        with pytest.raises(DataError, match=rf"'a' holds .*, and none of its 30 .*'{cells[0]}' at"):
            read(odd, tmp_path, wanted={"a": kind})
        with pytest.raises(DataError, match=r"'a' .*holds .* none "):
            nw.train(odd, target="y", set={"data.columns": {"a": kind}}, store=tmp_path)


@pytest.mark.parametrize(
    "second", [["mean", "sd", "mean", ""], ["(°C)", "(m)", "", "x"], ["?", "m", "kg", "g"]]
)
def test_a_second_header_is_one_finding(second: list[str], tmp_path: Path) -> None:
    rows = [[str(at % 90), str(at / 8), f"{at % 30}.5", f"w{at % 2}"] for at in range(200)]
    frame = pl.DataFrame([second, *rows], schema=["a", "b", "c", "y"], orient="row")
    (said,) = [one for one in read(frame, tmp_path).findings if one.code == "NW212"]
    assert said.message.startswith("line 2 of t.csv looks like a second header: it holds words in ")
    assert said.figures["line"] == 2 and said.figures["words"] == len(said.figures["columns"]) > 1
    failed = [["error"] * 3 + ["w0"], *rows]  # of a sensor: no header
    apart = [*rows, ["u", "1", "1", "w0"], ["1", "v", "1", "w0"]]
    for lines, many in ((failed, 3), (apart, 2)):
        frame = pl.DataFrame(lines, schema=["a", "b", "c", "y"], orient="row")
        found = [one for one in read(frame, tmp_path).findings if one.code == "NW212"]
        assert len(found) == many and all("mixes" in one.message for one in found)


# --- what a stranger stumbled over


def test_dates_that_a_person_names_have_one_form_in_every_file(tmp_path: Path) -> None:
    """A row's answer hung on which form fitted most rows of its file."""
    days = [f"{1 + at % 28:02d}/{1 + at % 12:02d}/2020" for at in range(60)]
    words = ["unknown" if at % 10 == 0 else day for at, day in enumerate(days)]
    frame = pl.DataFrame({"d": words, "a": [at % 7 / 2 for at in range(60)], "y": ["p", "q"] * 30})
    assert read(frame, tmp_path).columns["d"].kind == "words"
    form = read(frame, tmp_path, wanted={"d": "date"}).columns["d"]
    assert form.pattern == "%d/%m/%Y"
    found = columns.as_form(pl.Series(["05/11/2020"]), form).to_list()
    assert found == [datetime(2020, 11, 5)]
    odd = frame.with_columns(d=pl.Series([f"day {at % 9}" for at in range(60)]))
    with pytest.raises(DataError, match="say how they are written"):
        read(odd, tmp_path, wanted={"d": "date"})


def test_words_of_a_column_that_had_a_type_are_read_one_by_one(tmp_path: Path) -> None:
    """Nobody knows how its dates are written: none is read by what its neighbours look like."""
    days = [datetime(2021, 1, 1) + timedelta(days=at) for at in range(60)]
    typed = pl.DataFrame({"day": days, "y": ["p", "q"] * 30})
    typed.write_parquet(tmp_path / "t.parquet")
    before = read_file(tmp_path / "t.parquet").columns
    assert before["day"] == ColumnForm("date")
    words = ["2020-11-05", "05.11.2020", "5 Nov 2020", "Nov 5, 2020 12:30", "2020-11"]
    found = columns.as_form(pl.Series(words), before["day"]).to_list()
    day = datetime(2020, 11, 5)
    assert found == [day, day, day, day.replace(hour=12, minute=30), datetime(2020, 11, 1)]
    for beside in ("25/11/2020", "11/25/2020", "2020-11-25"):
        table = pl.DataFrame({"day": ["05/11/2020", beside], "y": ["p", "q"]})
        with pytest.raises(DataError, match=r"t.csv:2: .*'05/11/2020': expected a date as 2024-01"):
            read(table, tmp_path, columns=before)


def test_what_is_left_out_is_said_with_what_brings_it_back(tmp_path: Path) -> None:
    rows = {"a": [at % 7 / 2 for at in range(60)], "y": ["p", "q"] * 30}
    one = read(pl.DataFrame({"nr": range(60), **rows}), tmp_path)
    [found] = [one for one in one.findings if one.code == "NW230"]
    assert found.message == (
        "a column is left out, as it only names the rows: 'nr' (row numbers, 0 to 59)."
    )
    assert found.do == ("if 'nr' may decide: --set 'data.columns={nr: number}'",)
    named = pl.DataFrame({"who": [f"P{7 * at}" for at in range(60)], "nr": range(60), **rows})
    [found] = [one for one in read(named, tmp_path).findings if one.code == "NW230"]
    assert found.message.startswith("columns are left out, as they only name the rows: 'who' (")
    assert found.do == ("if 'who' may decide: --set 'data.columns={who: category}'",)


@pytest.mark.parametrize(
    ("good", "bad", "kind"),
    [
        ("$1,2{:02d}.00", "call", "number"),
        ("{:d}.5%", "tbd", "number"),
        ("31.01.20{:02d}", "?!", "date"),
    ],
)
def test_what_nearly_is_a_number_or_a_date_is_named_and_taken_where_a_person_says_so(
    good: str, bad: str, kind: str, tmp_path: Path
) -> None:
    words = [bad if at % 12 == 0 else good.format(at) for at in range(10, 70)]
    frame = pl.DataFrame({"c": words, "a": [at % 7 / 2 for at in range(60)], "y": ["p", "q"] * 30})
    found = read(frame, tmp_path)
    [said] = [one for one in found.findings if one.code == "NW212"]
    assert f"'{bad}' at t.csv:" in said.message and "categories" in said.message
    taken = read(frame, tmp_path, wanted={"c": kind})
    assert taken.columns["c"].kind == kind
    held = taken.examples.inputs.column("c")
    assert [at for at, value in enumerate(held) if value is None] == [2, 14, 26, 38, 50]


def test_one_zero_in_front_makes_no_code_of_many_numbers() -> None:
    assert judged([*(str(at) for at in range(400)), "05"]).form.kind == "whole"
    assert judged([*(f"{at:05d}" for at in range(90_000, 90_400)), "05123"]).form.kind == "words"


def test_words_for_nothing_are_the_same_from_where_columns_have_types(tmp_path: Path) -> None:
    cells = ["NA" if at % 3 == 0 else ("red", "blue")[at % 2] for at in range(60)]
    frame = pl.DataFrame({"c": cells, "a": [at % 7 / 2 for at in range(60)], "y": ["p", "q"] * 30})
    by_words = read(frame, tmp_path).examples
    frame.write_parquet(tmp_path / "t.parquet")
    by_type = read_file(tmp_path / "t.parquet").examples
    assert by_type.inputs.column("c") == by_words.inputs.column("c")
    assert list(by_type.ids) == list(by_words.ids)


def test_what_overrules_a_column_of_any_name_can_be_typed(tmp_path: Path) -> None:
    name = "odd name's $HOME"
    frame = pl.DataFrame({name: ["03/04/2021", "05/06/2021"] * 30, "y": ["p", "q", "p"] * 20})
    frame = frame.with_columns(a=pl.Series([at % 7 / 2 for at in range(60)]))
    [found] = [one for one in read(frame, tmp_path).findings if one.code == "NW231"]
    typed = shlex.split(found.do[0].partition("--set ")[2])[0]
    assert parse_setting(typed) == ("data.columns", {name: "%d/%m/%Y"})
