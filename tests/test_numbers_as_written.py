"""Numbers as people write them by hand: behind a sign, about so, in thousands, in hours."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import netwright as nw
from netwright.base.errors import DataError
from netwright.contract import Reading, ReadOptions, Source
from netwright.data.tables import columns, to_examples
from netwright.data.tables.cells.repeated import in_cells
from netwright.data.tables.judging import survey
from netwright.data.tables.judging.judged import Judged, Table
from netwright.data.tables.judging.oddities import way

pytestmark = pytest.mark.usefixtures("no_reports")

MINUTE, HOUR, DAY = 60, 3600, 86400


def judged(words: Sequence[str], labels: Sequence[str] = ()) -> Judged:
    cells = pl.DataFrame({"c": list(words)}, schema={"c": pl.String})
    table = Table(["c"], ";", labels=labels, roles=["c"])
    return survey.survey(lambda: [(in_cells(cells), range(2, 2 + len(words)))], table)[0][0]


def values(words: Sequence[str]) -> list[Any]:
    return columns.as_form(pl.Series(words), judged(list(words) * 40).form).to_list()


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["356.50-", "12.00", "1,234.50-"], [-356.5, 12, -1234.5]),
        (["1.234,50-", "7,00"], [-1234.5, 7]),
        (["12.50- EUR", "3 EUR-", "4 EUR"], [-12.5, -3, 4]),
        (["5%-", "3%"], [-5, 3]),
        (["(1,234.50)", "$(2.50)", "($3)", "$4"], [-1234.5, -2.5, -3, 4]),
        (["~45", "ca. 46", "about 47", "48", "approx. 49 ", "≈50"], [45, 46, 47, 48, 49, 50]),
        (["ca. 45 €", "50 €", "~$5"], None),
        (["ca. 45 €", "50 €"], [45, 50]),
        (["~5.5 kg", "6 kg"], [5.5, 6]),
        (["4.1K", "950", "2.3M"], [4100, 950, 2.3e6]),
        (["19M", "8.7M", "201k"], [19e6, 8.7e6, 201e3]),
        (["73k €", "1.2 Mio. €", "900 €"], [73e3, 1.2e6, 900]),
        (["€110.5M", "€565K", "€0"], [110.5e6, 565e3, 0]),
        (["1.2K-", "(1.2M)", "3"], [-1200, -1.2e6, 3]),
        (["2,5 Tsd.", "1,2 Mrd"], [2500, 1.2e9]),
        (["1.2 million", "500,000"], [1.2e6, 5e5]),
        (["5h 14min", "2h", "45min", "5h14"], [5 * HOUR + 14 * MINUTE, 2 * HOUR, 2700, 18840]),
        (["1:23:45", "25:10:00", "59:12"], [HOUR + 23 * MINUTE + 45, 25 * HOUR + 600, 3552]),
        (["2 days 03:10", "0 days 05:14:00", "1 day, 0:00:01"], [184200, 18840, DAY + 1]),
        (["2 days, 3 hours and 5 minutes", "1 hr"], [2 * DAY + 3 * HOUR + 300, HOUR]),
        (["PT5M33S", "P1DT2H"], [333, DAY + 2 * HOUR]),
        (["1 year", "3 weeks", "2 days"], [365.25 * DAY, 21 * DAY, 2 * DAY]),
        (["-0:05", "25:10"], [-5, 1510]),
    ],
    ids=str,
)
def test_what_a_column_of_such_cells_holds(words: list[str], wanted: list[float] | None) -> None:
    words = [word.strip() for word in words]
    if wanted is None:
        assert judged(words * 40).form.kind == "words"
        return
    assert values(words) == pytest.approx(wanted)
    assert way(judged(words * 40).form)


@pytest.mark.parametrize(
    "words",
    [
        ["M", "L", "XL"],
        ["4K", "1080p"],
        ["4K", "8K", "1080"],
        ["12", "12B"],
        ["10K", "12A"],
        ["1.5m", "3"],
        ["2D", "3D", "4H"],
        ["1", "2-", "2", "3-"],
        ["<5", "5", ">90"],
        ["18-24", "65+"],
        ["16:9", "4:3"],
        ["1:2:3", "4:5:6"],
        ["3.5 GB", "200 MB"],
    ],
    ids=str,
)
def test_codes_sizes_and_grades_are_none(words: list[str]) -> None:
    assert judged(words * 40).form.kind == "words"


@pytest.mark.parametrize(
    ("cell", "wanted"), [("356.50-", -356.5), ("(5)", -5), ("~45", 45), ("4.1K", 4100)]
)
def test_one_such_cell_among_many_plain_numbers_is_a_number_too(cell: str, wanted: float) -> None:
    found = judged([*map(str, range(200)), cell])
    assert (found.form.kind, found.strays) == ("number", 0)
    assert columns.as_form(pl.Series([cell, "7"]), found.form).to_list() == [wanted, 7]
    assert cell == "(5)" or f"{cell} is " in way(found.form)


@pytest.mark.parametrize("every", [9, 100])
def test_marks_behind_a_number_are_named_with_a_line_and_what_overrules_them(
    every: int, tmp_path: Path
) -> None:
    """0.64 (H) is no number; who knows that H only says it is high types what is offered."""
    cells = [f"{at / 8} (H)" if at % every == 7 else str(at / 8) for at in range(300)]
    frame = pl.DataFrame({"level": cells, "y": [at * 1.25 for at in range(300)]})
    frame.write_csv(tmp_path / "t.csv")

    def read(**options: Any) -> Reading:
        source = Source("table", str(tmp_path / "t.csv"), "", ReadOptions(target="y", **options))
        return to_examples.read_table(source)

    [said] = [one for one in read().findings if one.code == "NW212"]
    assert "0.875 (H)' at t.csv:9" in said.message
    kind = "number" if every == 9 else "category"
    assert said.do[-1].endswith(f"--set 'data.columns={{level: {kind}}}'")
    form = read(wanted={"level": kind}).columns["level"]
    assert form.kind == ("words" if kind == "category" else "number")


@given(st.lists(st.integers(0, 40 * HOUR), min_size=1, max_size=20))
@settings(max_examples=40, deadline=None)
def test_seconds_written_as_a_clock_or_in_words_come_back(seconds: list[int]) -> None:
    seconds = [*seconds, 30 * HOUR]
    parts = [(s // HOUR, s // MINUTE % 60, s % 60) for s in seconds]
    assert values([f"{h}:{m:02}:{s:02}" for h, m, s in parts]) == seconds
    assert values([f"{h}h {m}min {s}s" for h, m, s in parts]) == seconds


def test_times_of_day_are_durations_where_a_person_says_so(tmp_path: Path) -> None:
    rows = range(60)
    frame = pl.DataFrame({"took": [f"{at % 5 + 1}:{at:02}:10" for at in rows], "y": list(rows)})
    frame.write_csv(tmp_path / "t.csv")

    def kind(**options: Any) -> tuple[str, str]:
        source = Source("table", str(tmp_path / "t.csv"), "", ReadOptions(target="y", **options))
        form = to_examples.read_table(source).columns["took"]
        return form.kind, form.pattern

    assert kind()[0] == "date"
    assert kind(wanted={"took": "number"}) == ("number", "h:mm:ss")


def test_few_labels_stay_as_they_are_written_and_many_are_numbers() -> None:
    assert judged(["4.1K", "2.3M"] * 40, labels=["c"]).form.kind == "words"
    assert judged([f"{at}.5K" for at in range(40)], labels=["c"]).form.kind == "number"


def test_a_later_file_is_read_so_and_what_does_not_fit_is_named(tmp_path: Path) -> None:
    rows = range(80)
    frame = pl.DataFrame(
        {
            "took": [f"{at % 7}h {at % 60}min" for at in rows],
            "cost": [f"{at % 9}.5K" if at % 2 else f"{100 + at}-" for at in rows],
            "y": [at * 1.25 for at in rows],
        }
    )
    frame.write_csv(tmp_path / "t.csv")
    run = nw.train(tmp_path / "t.csv", target="y", epochs=1, store=tmp_path)
    answers = run.predict([{"took": "2h", "cost": "7"}, {"took": "120min", "cost": "7.0"}])
    assert answers[0].value == pytest.approx(answers[1].value, rel=1e-6)
    frame.with_columns(took=pl.lit("soon")).write_csv(tmp_path / "new.csv")
    with pytest.raises(DataError, match=r"'took' holds 'soon': expected a duration as 1:23:45"):
        run.predict(tmp_path / "new.csv")
