"""Splits by time and by group: nothing later in train, nothing divided, the gap held, all there."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import netwright as nw
from netwright import systems
from netwright.api.reading import read, read_to_learn
from netwright.base.errors import DataError, NetwrightError, RecipeError
from netwright.cli.main import main
from netwright.contract import Examples, Reading, Source
from netwright.data import splits
from netwright.data.describe import describe
from netwright.data.splits import unread
from netwright.data.times import times_of
from netwright.recipe import Recipe, Split, knob
from netwright.systems.regressor.recipe import RegressorRecipe
from netwright.training.setup import arranged

pytestmark = pytest.mark.usefixtures("no_reports")

QUICK = {
    "training.precision": "float32",
    "training.layout": "contiguous",
    "training.threads": 1,
    "model.name": "linear",
}


def examples_at(
    times: Any,
    *,
    groups: Sequence[str] | None = None,
    given: Sequence[str | None] | None = None,
    count: int = 0,
) -> Examples:
    count = count or len(times)
    names = [f"{at:016x}" for at in range(count)]
    rows = [f"row:{at}" for at in range(count)]
    return Examples([None] * count, [1.0] * count, names, rows, groups, given, times=times)


def at_split(times: Sequence[int], assigned: Sequence[str], name: str) -> list[int]:
    return [time for time, split in zip(times, assigned, strict=True) if split == name]


# --- what holds of any split by time


@given(
    st.lists(st.integers(0, 60), min_size=12, max_size=120),
    st.integers(0, 6),
    st.sampled_from(["rows", "units"]),
    st.floats(0.05, 0.4),
    st.sampled_from([0.0, 0.1, 0.3]),
    st.booleans(),
)
@settings(max_examples=300, deadline=None)
def test_train_then_gap_then_dev_then_gap_then_test(
    times: list[int], gap: int, unit: str, dev: float, test: float, grouped: bool
) -> None:
    groups = [f"g{time // 7}" for time in times] if grouped else None
    examples = examples_at(np.array(times), groups=groups)
    try:
        assigned = splits.assign(examples, by="time", dev=dev, test=test, gap=f"{gap} {unit}")
    except DataError as error:
        assert "too few to cut" in str(error)
        return
    order = ["train", "dev", "test"] if test else ["train", "dev"]
    assert set(assigned) - {"gap"} == set(order)
    own = {name: at_split(times, assigned, name) for name in order}
    left = at_split(times, assigned, "gap")
    for before, after in pairwise(order):
        last, first = max(own[before]), min(own[after])
        assert last < first
        between = [time for time in left if last < time < first]
        if unit == "units":
            assert first - last >= gap
        else:
            assert len(between) >= gap
    # what lies in no split lies between two of them, and never at a time of one
    assert not set(left) & {time for name in order for time in own[name]}
    assert all(min(own["train"]) < time < max(own[order[-1]]) for time in left)
    if not gap:
        assert not left
    if groups is not None:
        held = defaultdict(set)
        for name, split in zip(groups, assigned, strict=True):
            held[name].add(split)
        assert all(len(names - {"gap"}) <= 1 for names in held.values())


def test_the_fractions_are_those_asked_for_where_every_border_is_possible() -> None:
    times = np.random.default_rng(0).permutation(1000)
    assigned = splits.assign(examples_at(times), by="time", dev=0.1, test=0.25, gap=30)
    wanted = ["train"] * 590 + ["gap"] * 30 + ["dev"] * 100 + ["gap"] * 30 + ["test"] * 250
    assert [assigned[at] for at in np.argsort(times)] == wanted


@given(st.lists(st.integers(0, 9), min_size=1, max_size=14), st.floats(0.1, 0.6))
@settings(max_examples=200, deadline=None)
def test_the_border_is_the_possible_one_nearest_to_the_fraction(
    times: list[int], dev: float
) -> None:
    ordered = sorted(times)
    possible = [at for at in range(1, len(times)) if ordered[at] != ordered[at - 1]]
    examples = examples_at(np.array(times))
    if not possible:
        with pytest.raises(DataError, match="too few to cut dev"):
            splits.assign(examples, by="time", dev=dev, test=0.0)
        return
    count = splits.assign(examples, by="time", dev=dev, test=0.0).count("train")
    wanted = len(times) - max(1, round(len(times) * dev))
    assert abs(count - wanted) == min(abs(at - wanted) for at in possible)


def test_groups_over_all_of_time_cannot_be_split_by_it() -> None:
    examples = examples_at(np.arange(60), groups=[f"g{at % 3}" for at in range(60)])
    with pytest.raises(
        DataError,
        match=r"no moments to cut at \(1 part\).* leave data\.group out; .* split\.by=group\.$",
    ):
        splits.assign(examples, by="time")


def cut(count: int, part: int, gap: int | str, **fractions: float) -> list[str]:
    """Of so many rows an hour apart, as many in a group as ``part``."""
    hours = np.datetime64("2024-01-01", "h") + np.arange(count)
    groups = None if part == 1 else [f"g{at // part}" for at in range(count)]
    return splits.assign(examples_at(hours, groups=groups), by="time", gap=gap, **fractions)  # type: ignore[arg-type]


@pytest.mark.parametrize("part", [1, 3, 24])
@pytest.mark.parametrize("gap", [0, 10, 41, "2 days"])
@pytest.mark.parametrize("fractions", [{"dev": 0.2, "test": 0.2}, {"dev": 0.1, "test": 0.0}])
def test_too_few_are_told_how_many_are_needed(
    part: int, gap: int | str, fractions: dict[str, float]
) -> None:
    """By trying every number."""
    least = next(count for count in range(2, 2000) if can_be_cut(count, part, gap, fractions))
    with pytest.raises(DataError, match="too few") as refused:
        cut(least - 1, part, gap, **fractions)
    said = re.search(r"expected (?:about (\d+)|[23] parts or more)", str(refused.value))
    assert said is not None
    if said[1] is None:
        assert least - 1 < part * (3 if fractions["test"] else 2)
        return
    needed = int(said[1])
    assert needed <= 1.5 * least + 3
    assert all(can_be_cut(count, part, gap, fractions) for count in range(needed, needed + 50))


def can_be_cut(count: int, part: int, gap: int | str, fractions: dict[str, float]) -> bool:
    try:
        return bool(cut(count, part, gap, **fractions))
    except DataError:
        return False


def test_too_few_are_said_in_words() -> None:
    with pytest.raises(
        DataError,
        match=r"^59 examples in 3 parts \(equal times, and those of one group, stay together\) are"
        r" too few to cut dev and test by time from, with a gap of 41 rows before each: expected"
        r" about \d+, or a smaller gap\.$",
    ):
        cut(59, 24, 41)
    with pytest.raises(DataError, match=r"^19 examples in 1 part \(.*with a gap of 2 d before"):
        cut(19, 24, "2 days")


def test_no_class_is_too_small_where_there_are_none() -> None:
    few = examples_at(np.arange(19), groups=["day"] * 19)
    recipe = Recipe().changed({"split.by": "time", "split.gap": 5})
    (found,) = describe(Reading(few, Source("x", "x", ""), (), (), ""), recipe=recipe).findings
    assert (found.code, found.name) == ("NW222", "cannot-be-split")
    assert found.message.startswith("19 examples in 1 part (equal times,")
    (found,) = describe(Reading(few[:0], Source("x", "x", ""), (), (), "")).findings
    assert found.code == "NW222" and found.message.startswith("no examples were found")


def test_without_times_the_order_of_the_rows_is_the_time() -> None:
    assigned = splits.assign(examples_at(None, count=10), by="time", gap=1)
    assert assigned == ["train"] * 4 + ["gap"] + ["dev"] * 2 + ["gap"] + ["test"] * 2


def test_splits_of_the_source_are_kept_and_dev_is_the_latest_of_train() -> None:
    times = np.array([5, 1, 4, 2, 3, 0, 9, 8])
    brought = ["train"] * 6 + ["test"] * 2
    assigned = splits.assign(examples_at(times, given=brought), by="time", dev=0.33)
    assert assigned == ["dev", "train", "dev", "train", "train", "train", "test", "test"]
    train_dev = ["train"] * 5 + ["train_dev", "test", "test"]
    assigned = splits.assign(examples_at(times, given=train_dev), by="time", dev=0.2)
    assert assigned == ["dev", "train", "train", "train", "train", "train_dev", "test", "test"]


def test_dates_have_a_gap_in_days_and_numbers_one_in_units() -> None:
    days = np.array([np.datetime64("2024-01-01") + at for at in range(100)], "datetime64[us]")
    assigned = splits.assign(examples_at(days), by="time", dev=0.1, test=0.1, gap="7 days")
    # the first day of dev is seven days after the last of train: six lie between
    assert Counter(assigned) == {"train": 68, "gap": 12, "dev": 10, "test": 10}
    week = splits.assign(examples_at(days), by="time", dev=0.1, test=0.1, gap="1 week")
    hours = splits.assign(examples_at(days), by="time", dev=0.1, test=0.1, gap="168 hours")
    assert assigned == week == hours
    found = splits.timeline(examples_at(days), assigned, "day", "7 days")
    assert [(one.split, one.first, one.last) for one in found.spans] == [
        ("train", "2024-01-01", "2024-03-08"),
        ("dev", "2024-03-15", "2024-03-24"),
        ("test", "2024-03-31", "2024-04-09"),
    ]
    assert found.left_out == 12


@pytest.mark.parametrize(
    ("gap", "times", "message"),
    [
        ("soon", None, "split.gap = 'soon': expected a whole number of rows, a duration"),
        ("1.5", None, "expected a whole number of rows"),
        ("7 days", np.arange(50), "split.gap is in seconds, and the times are numbers"),
        ("3 units", np.arange(50).astype("datetime64[D]"), "in units, and the times are dates"),
    ],
)
def test_gaps_that_are_refused(gap: str, times: Any, message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        splits.assign(examples_at(times, count=50), by="time", gap=gap)


def test_what_has_no_time_or_group_is_refused() -> None:
    cats = ["cat"] * 20 + ["dog"] * 20
    with pytest.raises(DataError, match="stand class by class, 'cat' first and 'dog' last"):
        splits.assign(examples_at(None, count=40), by="time", classes=cats)
    with pytest.raises(DataError, match=r"have no groups: .*, --set data\.group=COLUMN"):
        splits.assign(examples_at(None, count=40), by="group")
    with pytest.raises(RecipeError, match="a gap lies between splits by time"):
        splits.assign(examples_at(None, count=40), gap=3)


@given(st.lists(st.integers(0, 8), min_size=20, max_size=80), st.integers(0, 3))
@settings(max_examples=60, deadline=None)
def test_no_group_lies_in_two_splits(groups: list[int], seed: int) -> None:
    names = [f"g{group}" for group in groups]
    examples = examples_at(None, count=len(names), groups=names)
    if len(set(names)) < 3:
        return
    held = defaultdict(set)
    for name, split in zip(names, splits.assign(examples, by="group", seed=seed), strict=True):
        held[name].add(split)
    assert all(len(found) == 1 for found in held.values())
    assert splits.assign(examples, by="group") == splits.assign(examples, by="hash")


def test_later_rows_move_the_borders_on() -> None:
    """Dev and test are always the latest: what is appended comes into test, and what was there
    moves to dev and train, never the other way.
    """
    rank = {"train": 0, "dev": 1, "test": 2}
    before = splits.assign(examples_at(np.arange(100)), by="time")
    after = splits.assign(examples_at(np.arange(150)), by="time")
    assert all(rank[b] >= rank[a] for b, a in zip(before, after, strict=False))
    assert after[-1] == "test"


# --- times


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["2024-01-31", "2024-02-01 12:30"], ["2024-01-31T00:00", "2024-02-01T12:30"]),
        (["2024-02", "20240301"], ["2024-02-01T00:00", "2024-03-01T00:00"]),
        (
            ["2024-01-31T12:00:00+02:00", "2024-01-31T12:00Z"],
            ["2024-01-31T10:00", "2024-01-31T12:00"],
        ),
        (["2024-01-31T12:00:00.25"], ["2024-01-31T12:00:00.250000"]),
    ],
)
def test_dates_in_the_iso_form(words: list[str], wanted: list[str]) -> None:
    found = times_of(pl.Series(words), "day", [""] * len(words), dates=False)
    assert found.tolist() == [datetime.fromisoformat(one) for one in wanted]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (["2024-01-31", "31/01/2024"], "^t:1: the time 'day' is '31/01/2024': expected a date as"),
        (["2024-01-31", None], "^t:1: the time 'day' is missing"),
        ([1.0, float("nan")], "^t:1: the time 'day' is missing"),
        ([1.0, float("inf")], "^t:1: the time 'day' is infinite"),
        ([True, False], "holds yes and no"),
        (["2024-01-31", "2024-01-31T00:00Z"], "^t:1: .* have no time zone: expected all alike"),
        (["2024-01-31T00:00Z", "2024-01-31"], "^t:1: .* have a time zone: expected all alike"),
    ],
)
def test_times_that_are_refused_by_line(values: list[Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        times_of(pl.Series(values), "day", ["t:0", "t:1"], dates=False)


# --- from every source


COUNT = 120
DAYS = [date(2024, 1, 1) + timedelta(days=(at * 37) % COUNT) for at in range(COUNT)]
SIZES = [float(at % 17) for at in range(COUNT)]
FRAME = pl.DataFrame({"sold": DAYS, "size": SIZES, "price": [size * 3 + 0.5 for size in SIZES]})


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    FRAME.write_csv(folder / "h.csv")
    FRAME.write_parquet(folder / "h.parquet")
    rows = [{**row, "sold": row["sold"].isoformat()} for row in FRAME.iter_rows(named=True)]
    (folder / "h.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n", encoding="utf-8")
    return folder


def source_of(name: str, home: Path) -> Any:
    made = {"frame": FRAME, "columns": FRAME.to_dict(as_series=False)}
    if name == "pandas":
        pandas = pytest.importorskip("pandas")
        return pandas.DataFrame({**made["columns"], "sold": pandas.to_datetime(DAYS)})
    return made[name] if name in made else home / name


@pytest.mark.parametrize("name", ["h.csv", "h.parquet", "h.jsonl", "frame", "pandas", "columns"])
def test_the_same_splits_from_anywhere(name: str, home: Path) -> None:
    recipe = Recipe.of({"data": {"target": "price", "time": "sold"}})
    examples = read(source_of(name, home), recipe).examples
    assert examples.inputs.columns == ["size"]
    assigned = splits.assign(examples, by="time", gap="3 days")
    # by hand: 120 days, 24 of test, 2 left out, 24 of dev, 2 left out
    wanted = ["train"] * 68 + ["gap"] * 2 + ["dev"] * 24 + ["gap"] * 2 + ["test"] * 24
    assert [assigned[at] for at in np.argsort(DAYS)] == wanted


def test_a_streamed_table_has_the_same_splits(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from netwright.contract import ReadOptions, Source
    from netwright.data.tables import to_examples

    monkeypatch.setenv("NETWRIGHT_CACHE", str(tmp_path))
    for name in ("h.csv", "h.parquet"):
        options = ReadOptions(target="price", time="sold")
        source = Source("table", str(home / name), "", options)
        held = to_examples.read_table(source).examples
        streamed = to_examples.read_table(source, memory=1024).examples
        assert list(streamed.times) == list(held.times) and streamed.inputs.columns == ["size"]
        assert splits.assign(streamed, by="time") == splits.assign(held, by="time")
        plain = to_examples.read_table(
            Source("table", str(home / name), "", ReadOptions(target="price")), memory=1024
        ).examples
        assert plain.times is None and plain.inputs.columns == ["sold", "size"]


def test_arrays_go_by_their_order_and_name_no_column() -> None:
    x, y = np.arange(80.0).reshape(40, 2), np.arange(40.0) / 7
    recipe = Recipe.of({"split": {"by": "time"}})
    system, reading = read_to_learn((x, y), recipe)
    assigned = splits.as_wanted(system, reading.examples, recipe)
    assert assigned == ["train"] * 24 + ["dev"] * 8 + ["test"] * 8
    with pytest.raises(DataError, match="domain name columns of a data frame"):
        read_to_learn((x, y), Recipe.of({"data": {"time": "t"}}))


def test_a_time_is_an_input_where_it_is_asked_for(home: Path) -> None:
    data = {"target": "price", "time": "sold", "time_is_input": True}
    _, reading = read_to_learn(home / "h.parquet", Recipe.of({"data": data}))
    dates = reading.examples.inputs.column("sold")
    assert dates[0] == datetime(2024, 1, 1)
    _, reading = read_to_learn(home / "h.csv", Recipe.of({"data": data}))
    assert reading.examples.inputs.column("sold") == dates


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"time": "sld"}, r"no time column 'sld'; did you mean 'sold'\?"),
        ({"time": "price"}, "'price' is both time and target"),
        ({"time": "sold", "group": "sold"}, "'sold' is both time and group"),
        ({"time": "size", "weight": "size"}, "'size' is both time and weight"),
    ],
)
def test_columns_that_are_refused(data: dict[str, str], message: str, home: Path) -> None:
    with pytest.raises(DataError, match=message):
        read_to_learn(home / "h.csv", Recipe.of({"data": {"target": "price", **data}}))


@pytest.mark.parametrize("role", ["time", "group", "weight"])
def test_a_folder_has_no_columns(role: str, tmp_path: Path) -> None:
    for name in ("good", "bad"):
        (tmp_path / name).mkdir()
        for at in range(9):
            (tmp_path / name / f"{at}.txt").write_text(f"it is {name} {at}", encoding="utf-8")
    with pytest.raises(DataError, match=f"data.{role} = 'when' names a column, and .* no table"):
        read_to_learn(tmp_path, Recipe.of({"data": {role: "when"}}))
    with pytest.raises(DataError, match="stand class by class, 'bad' first and 'good' last"):
        nw.train(tmp_path, epochs=1, set={"split.by": "time"}, store=tmp_path / "runs")


# --- a run, and what is said before it


def test_a_run_says_and_keeps_its_borders(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told: list[str] = []
    wanted = {**QUICK, "split.by": "time", "data.time": "sold", "split.gap": "3 days"}
    given: dict[str, Any] = {"target": "price", "epochs": 1, "store": tmp_path / "runs"}
    run = nw.train(home / "h.csv", set=wanted, log=told.append, **given)
    line = (
        "split by time ('sold'): train 2024-01-01 to 2024-03-08, dev 2024-03-11 to 2024-04-03,"
        " test 2024-04-06 to 2024-04-29, 4 between them left out (gap 3 days)"
    )
    assert line in told
    assert run.info["splits"] == {"train": 68, "dev": 24, "test": 24}
    kept = run.record.json("data.json")["timeline"]
    assert kept["left_out"] == 4 and kept["column"] == "sold" and kept["gap"] == "3 days"
    assert [span["first"] for span in kept["spans"]] == ["2024-01-01", "2024-03-11", "2024-04-06"]
    assert Counter(run.record.splits()) == {"train": 68, "gap": 4, "dev": 24, "test": 24}
    assert run.evaluate(split="test")["rmse"]["n"] == 24
    # other data to measure on need no time
    FRAME.drop("sold").write_csv(tmp_path / "other.csv")
    assert run.evaluate(tmp_path / "other.csv")["rmse"]["n"] == COUNT
    assert len(run.predict(tmp_path / "other.csv")) == COUNT
    capsys.readouterr()
    arguments = ["--target", "price", "--time", "sold", "--split-by", "time", "--gap", "3 days"]
    main(["data", str(home / "h.csv"), *arguments])
    assert " ".join(capsys.readouterr().out.split()).count(line) == 1
    main(["data", str(home / "h.csv"), *arguments, "--json"])
    assert json.loads(capsys.readouterr().out)["timeline"]["left_out"] == 4


def test_a_run_goes_on_and_is_repeated_with_its_splits(home: Path, tmp_path: Path) -> None:
    def stop(progress: object) -> None:
        raise KeyboardInterrupt

    table = tmp_path / "h.csv"
    table.write_bytes((home / "h.csv").read_bytes())
    wanted = {**QUICK, "split.by": "time", "data.time": "sold"}
    given: dict[str, Any] = {"target": "price", "epochs": 2, "set": wanted}
    whole = nw.train(table, store=tmp_path / "whole", **given)
    with pytest.raises(KeyboardInterrupt):
        nw.train(table, watch=stop, store=tmp_path / "runs", **given)
    again = nw.train(resume="last", store=tmp_path / "runs")
    assert again.record.weights.read_bytes() == whole.record.weights.read_bytes()
    repeated = nw.train(repeat="last", store=tmp_path / "whole")
    assert repeated.record.splits() == whole.record.splits()
    table.write_text(table.read_text(encoding="utf-8") + "2024-12-31,3.0,10.0\n", encoding="utf-8")
    with pytest.raises(NetwrightError, match="have changed since"):
        nw.train(repeat="last", store=tmp_path / "whole")


def test_a_time_that_splits_nothing_is_said(home: Path, tmp_path: Path) -> None:
    told: list[str] = []
    wanted = {**QUICK, "data.time": "sold"}
    nw.train(home / "h.csv", target="price", epochs=1, set=wanted, store=tmp_path, log=told.append)
    assert any("split.by=time takes the latest for dev and test" in line for line in told)


def test_a_search_and_a_group_column_go_the_same_way(home: Path, tmp_path: Path) -> None:
    wanted = {**QUICK, "data.group": "size", "split.by": "group"}
    run = nw.train(home / "h.csv", target="price", epochs=1, set=wanted, store=tmp_path / "one")
    held = defaultdict(set)
    for size, split in zip(SIZES, run.record.splits(), strict=True):
        held[size].add(split)
    assert all(len(found) == 1 for found in held.values())
    by_time = {**QUICK, "data.time": "sold", "split.by": "time", "split.gap": 2}
    found = nw.search(
        home / "h.csv",
        target="price",
        trials=2,
        epochs=1,
        name="t",
        set=by_time,
        seed=1,
        store=tmp_path / "s",
    )
    assert found.winner is not None


def test_times_with_a_zone_are_compared_in_one() -> None:
    words = [datetime(2024, 1, 1, at, tzinfo=UTC).isoformat() for at in range(20)]
    examples = examples_at(times_of(pl.Series(words), "at", words, dates=False))
    assigned = splits.assign(examples, by="time", gap="2 hours")
    assert assigned == [*["train"] * 10, "gap", *["dev"] * 4, "gap", *["test"] * 4]


# --- what a person says where it is not read


class LaterSplit(Split):
    """As of a system that forecasts."""

    by: Literal["hash", "group", "time"] = knob("time", "time: the latest")
    gap: int | str = knob(3, "left out before dev and test")


class LaterRecipe(RegressorRecipe):
    split: LaterSplit = LaterSplit()


REGRESSOR = systems.load("regressor")
LATER = replace(REGRESSOR, recipe=LaterRecipe)
GIVEN: list[str | None] = [*["train"] * 20, *["dev"] * 10, *["test"] * 10]


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ({"by": "group"}, "split.by = 'group' has nothing to say here: "),
        ({"gap": 48}, "split.gap = 48 has nothing to say here: "),
        (
            {"by": "group", "gap": "2 days"},
            "split.by = 'group' and split.gap = '2 days' have nothing to say here: ",
        ),
    ],
)
@pytest.mark.parametrize("default", [RegressorRecipe, LaterRecipe])
def test_a_way_to_split_is_refused_where_the_splits_are_given(
    said: dict[str, Any], named: str, default: type[RegressorRecipe]
) -> None:
    examples = examples_at(np.arange(40), given=GIVEN)
    system = replace(REGRESSOR, recipe=default)
    with pytest.raises(RecipeError) as refused:
        splits.as_wanted(system, examples, default.of({"split": said}))
    given = "the splits are given by the source or the system; leave"
    assert str(refused.value).startswith(named + given)


def test_a_default_way_to_split_is_not_read_and_not_claimed_where_the_splits_are_given() -> None:
    examples = examples_at(np.arange(40), given=GIVEN)
    assigned = splits.as_wanted(LATER, examples, LaterRecipe())
    assert assigned == GIVEN
    assert splits.timeline_if_any(examples, assigned, LaterRecipe()) is None
    # where dev is still to be cut, the way says how
    cut = examples_at(np.arange(40), given=[*["train"] * 30, *["test"] * 10])
    assert splits.as_wanted(LATER, cut, LaterRecipe()) == (
        [*["train"] * 21, *["gap"] * 3, *["dev"] * 6, *["test"] * 10]
    )


def test_only_a_gap_that_a_person_set_is_refused_by_hash() -> None:
    examples = examples_at(np.arange(40))
    by_hash = LaterRecipe.of({"split": {"by": "hash"}})
    assert splits.as_wanted(LATER, examples, by_hash) == splits.assign(
        examples, stratify=LATER.stratify
    )
    # as a record has it, with every default filled in
    kept = LaterRecipe.of(by_hash.model_dump(mode="json"))
    assert Counter(splits.as_wanted(LATER, examples, kept)) == {"train": 24, "dev": 8, "test": 8}
    for gap in (5, "2 days"):
        wanted = LaterRecipe.of({"split": {"by": "hash", "gap": gap}})
        with pytest.raises(RecipeError, match="a gap lies between splits by time"):
            splits.as_wanted(LATER, examples, wanted)


def test_what_else_is_not_read_of_the_splits_is_said() -> None:
    said = Recipe.of({"split": {"dev": 0.3, "seed": 4, "stratify": False, "test": 0.1}})
    given = examples_at(np.arange(40), given=GIVEN)
    assert unread.messages(given, said) == [
        "split.dev, split.test, split.stratify, split.seed are not read: the splits are given by"
        " the source or the system"
    ]
    by_time = said.changed({"split.by": "time"})
    free = examples_at(np.arange(40))
    assert unread.messages(free, by_time) == [
        "split.stratify, split.seed are not read: the splits are by time"
    ]
    assert unread.messages(free, said) == unread.messages(given, Recipe()) == []
    half = examples_at(np.arange(40), given=[*["train"] * 30, *["test"] * 10])
    assert unread.messages(half, said) == [
        "split.test is not read: the source or the system gives test"
    ]


def test_splits_that_a_system_gives_are_said_and_no_others(home: Path) -> None:
    def arrange(examples: Examples, recipe: Recipe) -> Examples:
        count = len(examples)
        own = ["train" if at < count // 2 else "dev" for at in range(count)]
        return replace(examples, splits=own)

    giving = replace(LATER, arrange=arrange)
    data = {"data": {"target": "price", "time": "sold"}}
    found = arranged(giving, read(home / "h.csv", Recipe.of(data)), LaterRecipe())
    assert found.notes[-1] == "the system brings train and dev, and no test"
    described = describe(found, giving.takes)
    assert described.splits == {"train": COUNT // 2, "dev": COUNT // 2}
    assert described.timeline is None
