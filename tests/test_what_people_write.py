"""What stood in people's files and was read wrongly, or refused clumsily: units, quarters,
versions, titles above the header, several columns to ignore, numbers that nothing can learn.
"""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import netwright as nw
import table_files_of
from netwright.base.errors import DataError
from netwright.cli.main import main
from netwright.data import labels, targets
from netwright.data.tables import columns
from netwright.data.tables.cells.repeated import in_cells
from netwright.data.tables.judging import oddities, survey
from netwright.data.tables.judging.judged import Judged, Table

pytestmark = pytest.mark.usefixtures("no_reports")


def judged(words: Sequence[str], delimiter: str = ",", labels: Sequence[str] = ()) -> Judged:
    cells = pl.DataFrame({"c": list(words)}, schema={"c": pl.String})
    table = Table(["c"], delimiter, labels=labels, roles=["c"])
    return survey.survey(lambda: [(in_cells(cells), range(2, 2 + len(words)))], table)[0][0]


def values(words: Sequence[str], delimiter: str = ",") -> list[Any]:
    return columns.as_form(pl.Series(words), judged(words, delimiter).form).to_list()


def described(path: Path, *ways: str) -> dict[str, Any]:
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        main(["data", str(path), *ways, "--json"])
    found: dict[str, Any] = json.loads(said.getvalue())
    found["by_code"] = {one["code"]: one for one in found["findings"]}
    found["by_column"] = {one["name"]: one for one in found["columns"]}
    return found


def table(path: Path, **more: Any) -> Path:
    rows = range(60)
    frame = {"a": [at * 1.5 for at in rows], "b": [f"v{at % 3}" for at in rows], **more}
    pl.DataFrame({**frame, "y": [at * 7.25 for at in rows]}).write_csv(path)
    return path


# --- units


@pytest.mark.parametrize(
    ("words", "unit", "wanted"),
    [
        (["67 kg", "12.5 kg", "80 kg"], "kg", [67, 12.5, 80]),
        (["67kg", "70", "80 kg"], "kg", [67, 70, 80]),  # people leave it out now and then
        (["1 month", "36 months", "12 months"], "months", [1, 36, 12]),
        (["21 °C", "-3 °C", "0.5 °C"], "°C", [21, -3, 0.5]),
        (["120 m2", "80 m2", "1,080 m2"], "m2", [120, 80, 1080]),
        (["1,200 sq ft", "800 sq ft", "10,200 sq ft"], "sq ft", [1200, 800, 10200]),
        (["100 km/h", "80 km/h", "33.5 km/h"], "km/h", [100, 80, 33.5]),
        (["1.234 kg", "2.345 kg", "12.345 kg"], "kg", [1.234, 2.345, 12.345]),  # to the gram
        (["10A", "20A", "30A"], "A", [10, 20, 30]),
    ],
)
def test_one_unit_in_a_column_is_a_column_of_numbers(
    words: list[str], unit: str, wanted: list[float]
) -> None:
    form = judged(words * 10).form
    assert (form.kind, form.unit) == ("number", unit)
    assert values(words * 10)[:3] == wanted


def test_decimal_commas_and_units() -> None:
    assert values(["12,5 km", "3,25 km", "7 km"], ";") == [12.5, 3.25, 7.0]


@pytest.mark.parametrize(
    "words",
    [
        ["2A", "3B"],
        ["10", "11", "2A"],
        ["10", "11", "12", "2AB"],
        ["4x4", "6x2"],
        ["0.png", "1.png"],
    ],
)
def test_codes_are_no_numbers_with_units(words: list[str]) -> None:
    assert judged(words * 30).form.kind == "words"


@pytest.mark.parametrize(
    "words",
    [["67 kg", "150 lb"], ["67 kg", "150 lb", "12 st"], ["5 mW", "6 MW"], ["5 kg", "6 kg", "7 g"]],
)
def test_mixed_units_stay_words_and_are_said(words: list[str]) -> None:
    one = judged(words * 30)
    assert one.form.kind == "words"
    (found,) = oddities.oddities([one], "t.csv")
    assert found.code == "NW212" and "mixes numbers in" in found.message
    assert any(f"first '{word}'" in found.message for word in words)


def test_the_unit_is_kept_and_later_files_have_it_or_none(tmp_path: Path) -> None:
    path = table(tmp_path / "t.csv", weight=[f"{50 + at} kg" for at in range(60)])
    shown = described(path, "--target", "y")["by_column"]["weight"]
    assert shown["kind"] == "number" and shown["why"] == "in kg" and shown["high"] == 109
    run = nw.train(path, target="y", epochs=1, store=tmp_path / "runs")
    rows = {"a": [1.0] * 2, "b": ["v1"] * 2}
    pl.DataFrame({**rows, "weight": ["60 kg", "60"]}).write_csv(tmp_path / "new.csv")
    one, two = run.predict(tmp_path / "new.csv")
    assert one.value == pytest.approx(two.value, rel=1e-6)
    pl.DataFrame({**rows, "weight": ["60 kg", "132 lb"]}).write_csv(tmp_path / "new.csv")
    with pytest.raises(DataError, match=r"new.csv:3: column 'weight' holds '132 lb'.*\(in kg\)"):
        run.predict(tmp_path / "new.csv")


def test_labels_keep_their_words() -> None:
    stars = ["5 stars", "1 star", "3 stars"] * 20
    assert judged(stars, labels=["c"]).form.kind == "words"
    assert judged(stars).form.kind == "number"
    assert judged([f"{at} kg" for at in range(60)], labels=["c"]).form.kind == "number"


# --- quarters, weeks, versions


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["2021Q4", "2022Q1"], [datetime(2021, 10, 1), datetime(2022, 1, 1)]),
        (["2021-q4", "2022-Q1"], [datetime(2021, 10, 1), datetime(2022, 1, 1)]),
        (["Q2 2021", "Q3 2021"], [datetime(2021, 4, 1), datetime(2021, 7, 1)]),
        (["2021-W01", "2020-W53"], [datetime(2021, 1, 4), datetime(2020, 12, 28)]),
    ],
)
def test_quarters_and_weeks_are_dates(words: list[str], wanted: list[datetime]) -> None:
    assert values(words * 20)[:2] == wanted


def test_quarters_are_no_entities(tmp_path: Path) -> None:
    """Rows of one quarter are alike as those of one patient are, and it is a time."""
    rng, rows = np.random.default_rng(0), range(600)
    level = np.repeat(rng.permutation(60), 10)
    frame = pl.DataFrame(
        {
            "quarter": [f"{1990 + at // 40}Q{1 + at // 10 % 4}" for at in rows],
            "noise": rng.normal(size=600),
            "y": level + rng.normal(size=600),
        }
    )
    frame.write_csv(tmp_path / "q.csv")
    found = described(tmp_path / "q.csv", "--target", "y")
    assert found["by_column"]["quarter"]["kind"] == "date"
    assert "NW235" not in found["by_code"]
    as_words = ("--set", "data.columns={quarter: category}")
    assert "NW235" in described(tmp_path / "q.csv", "--target", "y", *as_words)["by_code"]


@pytest.mark.parametrize(
    "words",
    [["1.2.10", "1.3.4", "3.11.10"], ["1.2.10", "2.11.12", "10.2.11"], ["18.04.1", "22.04.3"]],
)
def test_versions_are_no_dates(words: list[str]) -> None:
    assert judged(words * 20).form.kind == "words"


@pytest.mark.parametrize("words", [["01.02.10", "02.03.11"], ["1.2.10", "15.3.11"]])
def test_short_years_are_dates_still(words: list[str]) -> None:
    assert judged(words * 20).form.pattern == "%d.%m.%y"


# --- a title above the header


@pytest.mark.parametrize(
    "top",
    [
        ["Sales report 2024"],
        ["Sales, 2024", "made by me", ""],
        ["Report,,", "From: x,,"],  # as Excel writes it
        ["A title", "Source: office, 2024-01-01, all rights", "Units: kg"],
        ['"A title, with a comma"', ",,"],
    ],
)
def test_titles_above_the_header_are_skipped_and_said(top: list[str], tmp_path: Path) -> None:
    plain = table(tmp_path / "plain.csv")
    path = tmp_path / "t.csv"
    path.write_text("\n".join([*top, plain.read_text(encoding="utf-8")]), encoding="utf-8")
    found, wanted = (described(one, "--target", "y") for one in (path, plain))
    assert found["columns"] == wanted["columns"] and found["count"] == wanted["count"]
    (note,) = [one for one in found["notes"] if "the header is line" in one]
    assert f"line {len(top) + 1}:" in note and top[0].strip('",')[:5] in note
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[len(top) + 33] = "broken"
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(DataError, match=rf"t.csv:{len(top) + 34}: 1 cell"):
        nw.train(path, target="y")


@pytest.mark.parametrize(
    "cell",
    [
        "2.838,60 €",
        "-1,200.50",
        "$1,200",
        "USD 5",
        "(12.5)",
        "1 234,50 zł",
        "1'234.50",
        "12 %",
        "3-",
    ],
)
def test_numbers_below_a_title_are_known_however_they_are_written(
    cell: str, tmp_path: Path
) -> None:
    rows = [f"a{at};{cell};w{at % 2}" for at in range(8)]
    lines = ['"Sales of";"the office"', '"From";"2024"', "", "who;paid;label", *rows]
    (tmp_path / "t.csv").write_text("\n".join([*lines, ""]), encoding="utf-8")
    found = described(tmp_path / "t.csv", "--target", "label")
    assert any("the header is line 4:" in note for note in found["notes"])
    dates = [line.replace(cell, "31.12.2024") for line in lines]
    (tmp_path / "d.csv").write_text("\n".join([*dates, ""]), encoding="utf-8")
    with pytest.raises(DataError, match=r"; line 4 holds 'label'"):
        nw.train(tmp_path / "d.csv", target="label")


@pytest.mark.parametrize(
    "text",
    [
        "a,b,c\n1,2\nx,y,z\n1,2,3\n2,3,4\n",  # a row that is cut off, not a title
        "a,b\nx,y,3\nz,u,4\n",  # a header with a name less
    ],
)
def test_broken_rows_are_no_titles(text: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=r"t\.csv:2: . cells where the header has"):
        nw.train(tmp_path / "t.csv", target="b")


def test_a_title_of_a_sheet_is_skipped_and_said(tmp_path: Path) -> None:
    pytest.importorskip("fastexcel")
    rows = [("a", "b", "y"), *((at, at % 7, "pq"[at % 2]) for at in range(40))]
    top = [("Sales report",), ("by me", None, "2024-10-02"), ()]
    table_files_of.xlsx(tmp_path / "t.xlsx", {"one": [(), *top, *rows]})
    found = described(tmp_path / "t.xlsx", "--target", "y")
    assert found["count"] == 40 and {one["name"] for one in found["columns"]} == {"a", "b"}
    assert any("the header is row 5: 3 rows above it (first 'Sales" in n for n in found["notes"])
    table_files_of.xlsx(tmp_path / "plain.xlsx", {"one": [("a", None, None), ("b", "c", "y")]})
    with pytest.raises(DataError, match=r"no target column 'y'; row 2 holds 'y': if that is the"):
        nw.train(tmp_path / "plain.xlsx", target="y")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Customers\ncity,y\nGraz,p\nLinz,q\nGraz,p\n", 2),  # without a number below it
        ("2023,,2024\nq,b,y\n1,2,p\n2,3,q\n", 2),
        ("# none\n" + "a title\n" * 6 + "a;y\n1;p\n2;q\n", 8),
    ],
)
def test_a_header_below_what_is_no_known_title_is_named(
    text: str, line: int, tmp_path: Path
) -> None:
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=f"no target column 'y'.*; line {line} holds 'y': if that"):
        nw.train(tmp_path / "t.csv", target="y")


# --- times of day, and targets that are none


def test_times_of_day_are_shown_without_a_day(tmp_path: Path) -> None:
    rows = [f"{at % 7}:{at % 60:02}:{at * 7 % 60:02},{'pq'[at % 2]}" for at in range(60)]
    (tmp_path / "t.csv").write_text("\n".join(["at,y", *rows, ""]), encoding="utf-8")
    found = described(tmp_path / "t.csv", "--target", "y")
    (column,) = found["columns"]
    assert (column["first"], column["last"]) == ("00:00:00", "06:55:25")
    assert any("'at' (times as 17:05:09)" in note for note in found["notes"])


def test_a_target_that_is_no_number_is_named_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,y\n1,no\n2,yes\n3,no\n", encoding="utf-8")
    sentence = r"holds 'no' at t\.csv:2: expected a number.*; --task classification takes labels"
    with pytest.raises(DataError, match=sentence):
        nw.train(path, target="y", set={"data.task": "regression"})


def test_a_class_whose_inputs_are_all_those_of_others_is_named_by_its_rows() -> None:
    with pytest.raises(DataError, match=r"label 'L44' \(t:2, t:3\) is not among") as raised:
        labels.indices(["L4", "L44", "L44"], ["L4", "L5"], ["t:1", "t:2", "t:3"])
    assert "leave its rows out" in str(raised.value) and "did you mean" not in str(raised.value)


# --- columns to ignore, in a line


@pytest.mark.parametrize(
    ("ways", "left"),
    [
        (["--ignore", "b,c"], {"a", "x,y"}),
        (["--ignore", "b, c"], {"a", "x,y"}),
        (["--ignore", "x,y"], {"a", "b", "c"}),  # a name with a comma in it
        (["--ignore", "b", "--ignore", "x,y"], {"a", "c"}),
        (["--ignore", '"x,y",b'], {"a", "c"}),
        (["--set", "data.columns={'b,c': ignore, c: category}"], {"a", "x,y", "c"}),
    ],
)
def test_several_columns_are_ignored_in_a_line(
    ways: list[str], left: set[str], tmp_path: Path
) -> None:
    more = {"c": [f"w{at % 4}" for at in range(60)], "x,y": [at % 5 for at in range(60)]}
    found = described(table(tmp_path / "t.csv", **more), "--target", "y", *ways)
    assert {name for name, one in found["by_column"].items() if one["kind"] != "left out"} == left


def test_a_column_in_a_line_that_is_not_there_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["data", str(table(tmp_path / "t.csv")), "--target", "y", "--ignore", "b,bb"])
    assert "names 'bb'" in capsys.readouterr().err


# --- targets


@pytest.mark.parametrize(
    ("name", "held", "is_id"),
    [
        ("price", [3 * at * at + 7 for at in range(30)], False),
        ("number", [1000 + at for at in range(30)], True),
        ("user_id", [3 * at * at for at in range(30)], True),
        ("name", [f"n{at}" for at in range(30)], True),
    ],
)
def test_a_target_of_whole_numbers_is_an_id_only_if_it_looks_like_one(
    name: str, held: list[Any], is_id: bool
) -> None:
    wanted = ["NW215"] if is_id else []
    listed = targets.work_out(held, task="auto", name=name)
    column = targets.of_column(pl.Series(held), task="auto", name=name)
    assert [one.code for one in listed.findings] == wanted
    assert [one.code for one in column.findings] == wanted


@pytest.mark.parametrize(("far", "says"), [("y", "the target of"), ("z", "column 'z' of")])
def test_what_train_refuses_as_too_large_data_says_too(far: str, says: str, tmp_path: Path) -> None:
    frame = {"x": [at * 1.5 for at in range(120)], "z": [at / 7 for at in range(120)]}
    frame["y"] = [at * 7.25 for at in range(120)]
    path = tmp_path / "t.csv"
    pl.DataFrame(frame).write_csv(path)
    assert "NW240" not in described(path, "--target", "y")["by_code"]
    pl.DataFrame({**frame, far: [1e300, 0.5, 2.5] * 40}).write_csv(path)
    message = described(path, "--target", "y")["by_code"]["NW240"]["message"]
    assert says in message and "is 1e+300: expected numbers from -1e+100 to 1e+100" in message
    with pytest.raises(DataError) as refused:
        nw.train(path, target="y")
    assert str(refused.value).startswith(says) and "is 1e+300" in str(refused.value)


def test_equal_inputs_are_said_to_be_equal_inputs(tmp_path: Path) -> None:
    pl.DataFrame({"a": [1.5, 2.5] * 40, "y": [at * 7.25 for at in range(80)]}).write_csv(
        tmp_path / "t.csv"
    )
    message = described(tmp_path / "t.csv", "--target", "y")["by_code"]["NW202"]["message"]
    assert "have the same inputs as another one" in message and "exactly" not in message


# --- yes and no


@pytest.mark.parametrize(("no", "yes"), [("no", "yes"), ("N", "Y"), ("off", "on")])
def test_yes_and_no_are_shown_in_the_words_of_the_file(no: str, yes: str, tmp_path: Path) -> None:
    path = table(tmp_path / "t.csv", open=[(no, yes)[at % 3 > 0] for at in range(60)])
    shown = described(path, "--target", "y")["by_column"]["open"]
    assert (shown["kind"], shown["top"], shown["top_count"]) == ("yes/no", yes, 40)
