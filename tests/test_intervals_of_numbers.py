"""Intervals of numbers hold the truth as often as they say, in every form and measured."""

from __future__ import annotations

import csv
import io
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import netwright as nw
from netwright.base.errors import DataError, NetwrightError, NetwrightWarning, RunError
from netwright.cli.main import main
from netwright.metrics import conformal

pytestmark = pytest.mark.usefixtures("no_reports")


def rows(count: int, seed: int) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    a, b = rng.uniform(-1, 1, (2, count)).round(6)
    noise = rng.standard_t(4, (2, count))
    return pl.DataFrame(
        {"a": a, "b": b, "price": 10 + 3 * a + noise[0], "rent": 100 + 30 * b + 10 * noise[1]}
    )


def train(folder: Path, target: str, **changes: Any) -> nw.Run:
    table = folder / f"{target}.csv"
    rows(400, 7).select("a", "b", *target.split(",")).write_csv(table)
    return nw.train(
        str(table),
        target=target,
        model="mlp",
        epochs=3,
        store=folder,
        set={"split.dev": 0.3, "split.test": 0.3, **changes},
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("numbers")


@pytest.fixture(scope="module")
def run(folder: Path) -> nw.Run:
    return train(folder, "price")


@pytest.fixture(scope="module")
def several(folder: Path) -> nw.Run:
    return train(folder, "price,rent")


@pytest.mark.parametrize("level", [0.5, 0.8, 0.9, 0.95])
@pytest.mark.parametrize("count", [19, 60, 200])
def test_the_radius_is_the_smallest_that_holds_enough(level: float, count: int) -> None:
    residuals = np.random.default_rng(count).exponential(size=count).tolist()
    found = conformal.radius(residuals, level)
    enough = [
        r for r in residuals if sum(s <= r for s in residuals) >= round((count + 1) * level, 9)
    ]
    assert found == min(enough)


@pytest.mark.parametrize(("level", "count"), [(0.5, 1), (0.8, 4), (0.9, 9), (0.95, 19), (0.99, 99)])
def test_so_many_residuals_it_takes(level: float, count: int) -> None:
    assert conformal.fewest(level) == count
    assert conformal.radius([1.0] * count, level) == 1.0
    assert conformal.radius([1.0] * (count - 1), level) is None


def test_over_many_splits_nine_in_ten_truths_lie_within() -> None:
    """A line fitted on 30 rows, 49 of dev, heavy tails: the mean over 2,000 splits is 90%, as
    (n + 1) 0.9 is whole.
    """
    rng, within = np.random.default_rng(0), []
    for _ in range(2000):
        x = rng.uniform(-1, 1, 30 + 49 + 20)
        y = np.sin(3 * x) + rng.standard_t(3, len(x)) * (1 + x)
        off = np.abs(y - np.polyval(np.polyfit(x[:30], y[:30], 1), x))
        within.append((off[79:] <= conformal.radius(off[30:79].tolist(), 0.9)).mean())
    noise = np.std(within) / math.sqrt(len(within))
    assert abs(np.mean(within) - 0.9) < 4 * noise < 0.01


def test_an_answer_has_the_ends_that_dev_gives_it(run: nw.Run) -> None:
    dev = run.predictions("dev")
    off = sorted((dev["truth"] - dev["answer"]).abs().to_list())
    half = off[math.ceil((len(off) + 1) * 0.8) - 1]
    plain, (one,) = run.predict(NEW), run.predict(NEW, interval=0.8)
    assert one.value == plain[0].value
    assert (one.low, one.high) == pytest.approx((one.value - half, one.value + half))
    assert not hasattr(plain[0], "low")


NEW = pl.DataFrame({"a": [0.5], "b": [0.1]})


def test_each_of_several_numbers_has_ends_of_its_own(several: nw.Run) -> None:
    (one,) = several.predict(NEW, interval=0.9)
    widths = {name: one.high[name] - one.low[name] for name in ("price", "rent")}
    assert widths["rent"] > 3 * widths["price"] > 0
    found = several.evaluate(rows(500, 1), interval=0.9)
    for name in widths:
        assert found[f"interval_coverage.{name}"]["of"] == name
        assert 0.8 < found[f"interval_coverage.{name}"]["value"] < 0.98


def test_coverage_is_measured_on_other_data_and_on_test(run: nw.Run) -> None:
    other = run.evaluate(rows(2000, 1).drop("rent"), interval=0.9)["interval_coverage"]
    assert 0.84 < other["value"] < 0.96 and other["n"] == 2000
    assert other["low"] < other["value"] < other["high"] and other["is_proportion"]
    test = run.evaluate(split="test", interval=0.9)
    assert test["interval_coverage"]["n"] == 120
    assert "interval_coverage" not in run.measures["test"]
    assert "interval_coverage" not in run.evaluate(rows(50, 2).drop("rent"))


def test_examples_of_dev_are_warned_of(run: nw.Run) -> None:
    with (
        pytest.warns(NetwrightWarning, match=r"120 of these .* of dev, .* coverage looks better"),
        pytest.warns(NetwrightWarning, match="trained on"),
    ):
        run.evaluate(rows(400, 7).drop("rent"), interval=0.9)


def test_every_form_has_the_interval_of_90_percent_unless_another_is_named(
    run: nw.Run, several: nw.Run, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    NEW.write_csv(folder / "new.csv")

    def printed(of: nw.Run, *options: str) -> str:
        main(["predict", of.id, str(folder / "new.csv"), "--store", str(folder), *options])
        return capsys.readouterr().out

    (usual,) = run.predict(NEW, interval=0.9)
    assert json.loads(printed(run, "--jsonl"))["low"] == usual.low
    assert json.loads(printed(run, "--json"))[0]["high"] == usual.high
    (row,) = csv.DictReader(io.StringIO(printed(several, "--csv")))
    assert {"low.rent", "high.price"} <= row.keys()
    assert printed(run).split()[:4] == ["source", "value", "low", "high"]
    (wide,) = run.predict(NEW, interval=0.95)
    assert json.loads(printed(run, "--jsonl", "--interval", "95%"))["low"] == wide.low
    assert "low" not in json.loads(printed(run, "--jsonl", "--interval", "0"))


def test_evaluate_prints_the_coverage(
    run: nw.Run, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows(300, 3).drop("rent").write_csv(folder / "more.csv")
    call = ["evaluate", run.id, str(folder / "more.csv"), "--store", str(folder)]
    main(call)
    assert "within the 90% interval " in capsys.readouterr().out
    main([*call, "--interval", "0.5", "--json"])
    found = json.loads(capsys.readouterr().out)["measures"]["interval_coverage"]
    assert found["title"] == "within the 50% interval" and found["low"] < 0.5 < found["high"]


def test_several_runs_have_the_interval_of_their_answers_together(
    run: nw.Run, folder: Path
) -> None:
    second = train(folder, "price", **{"training.seed": 5})
    both = nw.combine([run, second])
    dev = [one.predictions("dev") for one in both.members]
    off = (dev[0]["truth"] - (dev[0]["answer"] + dev[1]["answer"]) / 2).abs().sort()
    (one,) = both.predict(NEW, interval=0.9)
    assert one.high - one.value == pytest.approx(off[math.ceil(121 * 0.9) - 1])
    assert both.evaluate(rows(300, 4).drop("rent"), interval=0.9)["interval_coverage"]["n"] == 300
    other = train(folder, "price", **{"split.seed": 5})
    with pytest.raises(RunError, match="have other dev splits"):
        nw.combine([run, other]).predict(NEW, interval=0.9)


def test_what_has_no_interval_says_why(
    run: nw.Run, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(
        RunError, match=r"120 examples, and an interval of 99.9% takes at least 999"
    ):
        run.predict(NEW, interval=0.999)
    for wrong in (0.0, 1.0, 90.0, -1.0, math.nan):
        with pytest.raises(DataError, match="expected a fraction between 0 and 1"):
            run.predict(NEW, interval=wrong)
    heavy = rows(400, 7).drop("rent").with_columns(w=pl.lit(1.0) + (pl.col("a") > 0))
    heavy.write_csv(folder / "heavy.csv")
    weighted = nw.train(
        str(folder / "heavy.csv"),
        target="price",
        model="mlp",
        epochs=1,
        store=folder,
        set={"data.weight": "w"},
    )
    with pytest.raises(RunError, match="weighted examples"):
        weighted.predict(NEW, interval=0.9)
    NEW.write_csv(folder / "new.csv")
    call = [str(folder / "new.csv"), "--store", str(folder), "--jsonl"]
    main(["predict", weighted.id, *call])
    out, err = capsys.readouterr()
    assert "low" not in json.loads(out) and "no interval: " in err and "weighted" in err
    with pytest.raises((SystemExit, NetwrightError)):
        main(["predict", weighted.id, *call, "--interval", "90%"])
    capsys.readouterr()
    labels = rows(200, 0).select("a", "b", kind=pl.col("price").gt(10).cast(pl.String))
    classifier = nw.train(labels, target="kind", model="mlp", epochs=1, store=folder)
    with pytest.raises(RunError, match="answers with no numbers"):
        classifier.predict(NEW, interval=0.9)
    main(["predict", classifier.id, *call])
    assert capsys.readouterr().err == ""
