"""Tables of series for the system signals: a row a step, and a row a series (notes 4.4.12)."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import netwright as nw
from netwright.api.reading import read_to_learn
from netwright.base.errors import DataError, NetwrightWarning
from netwright.contract import Examples, Look, Reading, ReadOptions
from netwright.data.signals.arrays import ids_of_signals
from netwright.data.signals.encoder import SignalEncoder, ended_at, fit_signals
from netwright.data.signals.tables import reader
from netwright.recipe import Recipe
from netwright.systems.signals.takes import TAKES
from table_files_of import xlsx

pytestmark = pytest.mark.usefixtures("no_reports", "no_pictures")

ORDERED = {"data.series": "id", "data.time": "t"}


def reading_of(source: Any, target: str | None = "kind", **data: Any) -> Reading:
    """A table of series, read to learn from it."""
    recipe = Recipe.of({"system": "signals", "data": {"target": target, **data}})
    return read_to_learn(source, recipe)[1]


def long(source: Any, **data: Any) -> Reading:
    return reading_of(source, **{"series": "id", "time": "t", **data})


def text(path: Path, content: str) -> Path:
    path.write_text(content, encoding="utf-8")
    return path


def waves(lengths: list[int], start: Any = lambda at: 0, channels: int = 2) -> pl.DataFrame:
    """A row a step of series of these lengths, whose kinds take turns."""
    rng = np.random.default_rng(len(lengths))
    return pl.concat(
        pl.DataFrame(
            {
                "id": [f"s{at}"] * length,
                "t": [start(at) + step for step in range(length)],
                **{f"c{c}": rng.normal(3 * (at % 2), 1, length) for c in range(channels)},
                "kind": [("low", "high")[at % 2]] * length,
            }
        )
        for at, length in enumerate(lengths)
    )


def array_of(frame: pl.DataFrame, channels: int = 2) -> np.ndarray[Any, Any]:
    """(N, C, T) by hand, NaN behind the ends, in the order in which the series come first."""
    every = [
        frame.filter(pl.col("id") == name).sort("t")[:, 2 : 2 + channels].to_numpy().T
        for name in frame["id"].unique(maintain_order=True)
    ]
    found = np.full((len(every), channels, max(one.shape[1] for one in every)), np.nan, np.float32)
    for at, one in enumerate(every):
        found[at, :, : one.shape[1]] = one
    return found


WRITE: dict[str, Callable[[pl.DataFrame, Path], Any]] = {
    "csv": lambda frame, path: frame.write_csv(path),
    "tsv": lambda frame, path: frame.write_csv(path, separator="\t"),
    "parquet": lambda frame, path: frame.write_parquet(path),
    "jsonl": lambda frame, path: frame.write_ndjson(path),
    "xlsx": lambda frame, path: xlsx(path, {"one": [frame.columns, *frame.rows()]}),
}

LENGTHS = st.lists(st.integers(1, 9), min_size=4, max_size=7)
ANY_FOLDER = [HealthCheck.function_scoped_fixture]


@settings(max_examples=25, suppress_health_check=ANY_FOLDER)
@given(LENGTHS, st.integers(1, 3), st.sampled_from(list(WRITE)), st.randoms(use_true_random=False))
def test_rows_in_any_order_are_the_series(
    tmp_path: Path, lengths: list[int], channels: int, ending: str, rng: Any
) -> None:
    frame = waves(lengths, lambda at: 7 * at - 3, channels)
    order = list(range(len(frame)))
    rng.shuffle(order)
    frame = frame[order]
    WRITE[ending](frame, path := tmp_path / f"steps.{ending}")
    found = long(path).examples
    x = array_of(frame, channels)
    assert found.inputs.dtype == np.float32 and np.array_equal(found.inputs, x, equal_nan=True)
    firsts = frame.unique("id", keep="first", maintain_order=True)
    assert list(found.targets) == firsts["kind"].to_list()
    assert list(found.sources) == [f"steps.{ending}[{name}]" for name in firsts["id"]]
    assert list(found.ids) == ids_of_signals(x)
    known = [one[:, : int((~np.isnan(one[0])).sum())] for one in x]
    assert list(found.ids) == [ids_of_signals(one[None])[0] for one in known]


@settings(max_examples=15, suppress_health_check=ANY_FOLDER)
@given(LENGTHS, st.integers(1, 3), st.sampled_from(["csv", "tsv", "parquet"]), st.booleans())
def test_a_row_a_series_is_the_same_series(
    tmp_path: Path, lengths: list[int], channels: int, ending: str, is_numbered: bool
) -> None:
    x = array_of(waves(lengths, channels=channels), channels)
    names = ["" if is_numbered and channels == 1 else f"c{c}_" for c in range(channels)]
    places = range(x.shape[2]) if "" in names else reversed(range(x.shape[2]))
    steps = {
        f"{name}{at}": pl.Series(x[:, c, at].astype(float)).fill_nan(None)
        for at in places
        for c, name in enumerate(names)
    }
    kinds = ["a", "b"] * len(lengths)
    frame = pl.DataFrame({"kind": kinds[: len(lengths)], **steps})
    WRITE[ending](frame, path := tmp_path / f"rows.{ending}")
    found = reading_of(path).examples
    assert list(found.ids) == ids_of_signals(x)
    assert np.array_equal(found.inputs, x, equal_nan=True)


def test_the_archive_of_ucr_has_the_label_first_and_no_line_of_names(tmp_path: Path) -> None:
    path = text(tmp_path / "u_TRAIN.tsv", "1\t0.5\t-.5\t1\n-1\t.2\t.1\tNaN\n1\t0.5\t3\t2\n" * 4)
    found = reading_of(path, "column1")
    assert found.examples.inputs.shape == (12, 1, 3) and found.examples.targets[0] == "1"
    assert found.examples.sources[0] == "u_TRAIN.tsv:1"
    assert any("no line of names" in note for note in found.notes)
    assert any("2 to 3 steps, where shorter ones end early" in note for note in found.notes)


def test_a_frame_in_memory(tmp_path: Path) -> None:
    frame = waves([5, 4, 5, 4])
    for some in (frame, frame.to_dict(as_series=False), frame.to_dicts()):
        assert list(long(some).examples.ids) == ids_of_signals(array_of(frame))
    with pytest.raises(DataError, match="name their column with --target"):
        long((frame, [1, 2, 3, 4]))
    with pytest.raises(DataError, match="has no rows"):
        long(frame[:0])


@pytest.mark.parametrize(
    ("days", "step"),
    [
        (["2024-01-31", "2024-02-01", "2024-01-30"], "1 d each"),
        (["2024-01-01", "2024-03-01", "2024-02-01"], "1 month each"),
        (["2024-01-01 12:00", "2024-01-01 12:30", "2024-01-01 13:00"], "30 min each"),
    ],
)
def test_dates_are_sorted_and_the_step_is_told(days: list[str], step: str, tmp_path: Path) -> None:
    rows = [f"{name},{day},{day[-2:]},{name}" for name in "ab" for day in days]
    found = long(text(tmp_path / "d.csv", "\n".join(["id,t,c,kind", *rows, ""])))
    assert any(step in note for note in found.notes), found.notes
    values = [float(day[-2:]) for day in sorted(days)]
    assert found.examples.inputs[0].tolist() == [values]


HEAD = "id,t,c,kind\na,0,1,x\na,1,2,x\na,2,3,x\nb,0,1,y\nb,1,1,y\n"

WRONG = {
    "b,1,5,y": r"s\.csv:7: 't' of the series 'b' comes twice: expected each step once\.",
    "b,4,5,y": r"s\.csv:7: 't' .* 'b' comes 3 after .* most steps are 1: 2 steps missing; fill in",
    "b,1.5,5,y": r"s\.csv:7: 't' .* comes 0\.5 after .* are 1: expected all of one size; bring",
    "b,2,5,x": r"s\.csv:7: the target 'kind' of the series 'b' is 'x', .* before it 'y': expected",
    "b,2,,y": r"s\.csv:7: 'c' is empty: expected a number .* in each step of a series; mend",
    "b,2,up,y": r"s\.csv:7: 'c' holds 'up': expected a number that float32 holds .* --ignore\.",
    "b,2,1e99,y": r"s\.csv:7: 'c' holds '1e99': expected a number that float32 holds",
    ",2,5,y": r"s\.csv:7: the column 'id' is empty, which says whose step a row is \(data\.series",
    "b,,5,y": r"s\.csv:7: the time 't' is missing: expected one in every row",
}


@pytest.mark.parametrize("line", WRONG)
def test_a_step_that_is_wrong_is_one_sentence_with_its_line(line: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=WRONG[line]) as caught:
        long(text(tmp_path / "s.csv", HEAD + line + "\n"))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"series": "who"}, "has no series column 'who'"),
        ({"time": "when"}, "has no time column 'when'"),
        ({"time": "id"}, "'id' is both time and series"),
        ({"columns": {"c": "ignore"}}, "holds no channel beside"),
        ({"group": "t", "time": None}, "the group 't' of the series 'a' is '1', .* before it '0'"),
        (
            {"series": None, "time": None},
            r"'id' names no step .*: --set data\.series=id --set data\.time=t\.",
        ),
    ],
)
def test_columns_that_do_not_fit(data: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=message):
        long(text(tmp_path / "s.csv", HEAD), **data)


def test_group_and_weight_are_those_of_the_series(tmp_path: Path) -> None:
    whose = {"s0": "p", "s1": "q", "s2": "p", "s3": "q"}
    frame = waves([3, 2, 4, 3]).with_columns(
        who=pl.col("id").replace_strict(whose), w=pl.col("id").str.slice(1).cast(pl.Int64) + 1
    )
    frame.write_csv(path := tmp_path / "g.csv")
    found = long(path, group="who", weight="w").examples
    assert [*(found.groups or ())] == [*"pqpq"] and found.weights is not None
    assert list(found.weights) == [1, 2, 3, 4]
    assert found.inputs.shape == (4, 2, 4)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("kind,t0,t2,t3\nx,1,2,3\ny,1,2,3\n", "'t2' comes 2 after .* most steps are 1: 1 step mis"),
        ("kind,a0,a1,b0\nx,1,2,3\ny,1,2,3\n", "'b0' to 'b0' are 1 step, and those of 'a0' to 'a1'"),
        ("kind,t0,t1,t2\nx,1,,3\ny,1,2,3\n", r"w\.csv:2: 't1' is empty: .* may end early"),
        ("kind,t0,t1,t2\nx,1,2,3\ny,,,\n", r"w\.csv:3: 't0' is empty"),
        ("kind,t0,t1,mood\nx,1,2,3\ny,1,2,3\n", r"'mood' names no step .*data\.time=COLUMN\."),
    ],
)
def test_rows_that_are_no_series(content: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=message):
        reading_of(text(tmp_path / "w.csv", content))


def test_a_table_is_one_of_rows_where_nobody_says_otherwise(tmp_path: Path) -> None:
    path = text(tmp_path / "t.csv", "kind,t0,t1\n" + "x,1.5,2\ny,2.5,4\n" * 20)
    plain = {"data": {"target": "kind"}}
    assert read_to_learn(path, Recipe.of(plain))[0].name == "classifier"
    assert read_to_learn(path, Recipe.of({**plain, "system": "signals"}))[0].name == "signals"
    steps = text(tmp_path / "s.csv", HEAD)
    series = {"data": {"target": "kind", "series": "id"}}
    assert read_to_learn(steps, Recipe.of(series))[0].name == "signals"
    with pytest.raises(DataError, match="the system 'text' reads no series of them"):
        read_to_learn(steps, Recipe.of({**series, "system": "text"}))


def test_signals_that_end_early_stand_at_the_mean_behind() -> None:
    examples = long(waves([6, 4, 6, 5] * 5)).examples
    encoder = fit_signals(examples)
    values = [one[:, ~np.isnan(one[0])] for one in examples.inputs]
    assert encoder.may_end
    assert np.allclose(encoder.mu, np.concatenate(values, axis=1).mean(axis=1, dtype=float))
    (ready,) = encoder.prepare(encoder.encode(examples))
    assert ready.isfinite().all() and not ready[1, :, 4:].any()
    shorter = examples.take([1])
    alone = dataclasses.replace(shorter, inputs=shorter.inputs[:, :, :4])
    (again,) = encoder.prepare(encoder.encode(alone))
    assert again.shape == (1, 2, 6) and (again == ready[1]).all()
    assert ended_at(np.full((1, 1, 3), np.nan), 2).shape == (1, 1, 2)
    longer = dataclasses.replace(shorter, inputs=np.pad(shorter.inputs, ((0, 0), (0, 0), (0, 2))))
    with pytest.warns(NetwrightWarning, match="read up to place 6, the end of the longest"):
        assert encoder.raw(longer).shape == (1, 2, 6)
    shown = TAKES.show(examples[1], None)
    assert shown is not None and shown.pixels is not None and shown.pixels.dtype == np.uint8
    whole = SignalEncoder((2, 6), encoder.mu, encoder.sigma)
    with pytest.raises(DataError, match=r"of shape \(2, 4\): the model was trained on \(2, 6\)"):
        whole.encode(long(waves([4, 4])).examples)


def test_a_row_a_series_is_known_again_by_its_channels_and_steps(tmp_path: Path) -> None:
    x = array_of(waves([4, 4, 4, 4]))
    steps = {f"{name}{2 * at}": x[:, c, at] for c, name in enumerate("ab") for at in range(4)}
    frame = pl.DataFrame({"kind": [*"xyxy"], **steps})
    found = reading_of(frame)
    before = {"target": "kind", "columns": found.columns}

    def again(some: pl.DataFrame) -> Examples | None:
        look = Look("memory", "memory", value=some)
        return reader.inputs([look], ReadOptions(**before))

    turned = again(frame.drop("kind")[:, ::-1])
    assert turned is not None and list(turned.ids) == list(found.examples.ids)
    with pytest.raises(DataError, match="its columns go up by 1, and in training by 2: bring"):
        again(frame.rename({f"{n}{2 * at}": f"{n}{at}" for n in "ab" for at in range(4)}))
    with pytest.raises(
        DataError, match=r"begin with the columns 'a0', 'c0', .* with 'a0', 'b0': ex"
    ):
        again(frame.rename({f"b{2 * at}": f"c{2 * at}" for at in range(4)}))


def test_new_series_without_labels_are_answered(tmp_path: Path) -> None:
    frame = waves([12, 9] * 20)
    frame.write_csv(steps := tmp_path / "steps.csv")
    quick = {"training.threads": 1, "training.batch_size": 8, "model.width": 4, **ORDERED}
    trained = nw.train(steps, target="kind", epochs=6, set=quick, store=tmp_path / "runs")
    kept = trained.record.splits()
    assert len(kept) == 40 and {*kept} == {"train", "dev", "test"}  # no series is cut
    few = frame.filter(pl.col("id").is_in(["s1", "s4"]))[:, ::-1]
    few.drop("kind").write_csv(tmp_path / "new.csv")
    whole, new = (
        {source: answer.label for source, answer in trained.predict_each(path)}
        for path in (steps, tmp_path / "new.csv")
    )
    assert new == {f"new.csv[{name}]": whole[f"steps.csv[{name}]"] for name in ("s1", "s4")}
    assert trained.predict(few)[0].label == new["new.csv[s1]"]
    with pytest.warns(NetwrightWarning, match="24 of these 40 examples"):
        assert trained.evaluate(steps)["error"]["value"] < 0.3
    few.with_columns(pl.col("t") * 2).write_csv(tmp_path / "slow.csv")
    with pytest.raises(
        DataError, match=r"'t' goes by steps of 2, and in training .* by steps of 1"
    ):
        trained.predict(tmp_path / "slow.csv")
    few.drop("c1").write_csv(tmp_path / "one.csv")
    with pytest.raises(DataError, match="has no channel column 'c1', as training had"):
        trained.predict(tmp_path / "one.csv")
