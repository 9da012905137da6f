"""What rows of a table tell of each other: each way in which a figure on dev may be too good is
found where it is there, and not where it is not.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import netwright as nw
from netwright.base.findings import Finding
from netwright.contract import Examples
from netwright.data import leaks
from netwright.data.tables.rows import Rows


def found(columns: dict[str, Any], targets: Any, **roles: Any) -> dict[str, Finding]:
    """Findings by code, of rows of which every fourth lies in dev and every fourth in test."""
    rows = len(targets)
    splits = [("train", "dev", "train", "test")[at * 7919 % 4] for at in range(rows)]
    ids = [f"{at:016x}" for at in range(rows)]
    frame = pl.DataFrame(columns)
    examples = Examples(Rows(frame), list(targets), ids, ids, **roles)
    labels = [one if isinstance(one, str) else None for one in targets]
    return {one.code: one for one in leaks.check(examples, labels, splits)}


def noise(count: int = 400, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=count)


@pytest.mark.parametrize("classes", [2, 10, 26])
def test_a_code_of_many_classes_with_a_little_noise_gives_the_target_away(classes: int) -> None:
    codes = np.random.default_rng(2).integers(0, classes, 2400)
    columns = {"size": noise(2400), "code": codes + 0.01 * noise(2400, seed=3)}
    told = found(columns, [f"class {code}" for code in codes])
    assert list(told["NW234"].figures["columns"]) == ["code"]


@pytest.mark.parametrize("kind", ["labels", "numbers"])
def test_a_column_that_gives_the_target_away(kind: str) -> None:
    hidden = noise(seed=1)
    targets = ["ill" if one > 0 else "well" for one in hidden] if kind == "labels" else list(hidden)
    codes = [f"c{int(one > 0)}" for one in hidden] if kind == "labels" else list(3 * hidden + 1)
    honest = list(hidden + noise(seed=2))
    told = found({"code": codes, "honest": honest}, targets)
    assert list(told["NW234"].figures["columns"]) == ["code"]
    assert "--ignore code" in told["NW234"].do[0]
    twice = found({"code": codes, "the same": codes, "honest": honest}, targets)
    assert twice["NW234"].do[0].endswith("if not: --ignore code --ignore 'the same'")
    assert not found({"honest": honest, "other": list(noise(seed=3))}, targets)
    assert "NW234" not in found({"code": codes}, targets)  # nothing else is there to learn from


def test_chance_is_no_leak() -> None:
    """Nor does a column of as many values as rows seem to tell anything."""
    for seed in range(20):
        rng = np.random.default_rng(seed)
        columns = {
            "a": rng.normal(size=200),
            "b": rng.integers(0, 50, 200),
            "c": [f"v{one}" for one in rng.integers(0, 60, 200)],
        }
        assert not found(columns, ["p" if one else "q" for one in rng.integers(0, 2, 200)])
        assert not found(columns, list(rng.normal(size=200)))


def test_entities_that_repeat() -> None:
    who = np.random.default_rng(0).permutation(np.repeat(np.arange(50), 8))
    ill = np.random.default_rng(1).integers(0, 2, 50)
    targets = ["ill" if ill[one] else "well" for one in who]
    named = {"patient": [f"P{one}" for one in who], "a": list(noise())}
    told = found(named, targets)
    assert list(told) == ["NW235"] and "--group patient" in told["NW235"].do[0]
    assert list(found({"patient": who, "a": list(noise())}, targets)) == ["NW235"]  # by number, too
    assert not found({"a": named["a"]}, targets, groups=[str(one) for one in who])
    # an age is no name: its neighbours tell as much
    ages = {"age": who, "a": list(noise())}
    assert "NW235" not in found(ages, ["old" if one > 24 else "young" for one in who])
    # a city of three is a category like others
    city = who % 3
    assert "NW235" not in found(
        {"city": [f"C{one}" for one in city], "a": list(noise())},
        ["p" if one == 0 else "q" for one in city],
    )


def test_a_code_for_each_label_is_the_label_by_another_name_and_no_entity() -> None:
    """A number for each of 12 classes, in no order: neighbours tell nothing of it."""
    kind = np.random.default_rng(0).permutation(np.repeat(np.arange(12), 34))[:400]
    code = np.random.default_rng(1).permutation(12)[kind]
    targets = [f"kind {one}" for one in kind]
    assert list(found({"code": list(code), "a": list(noise())}, targets)) == ["NW234"]
    words = [f"C{one}" for one in code]
    assert list(found({"code": words, "a": list(noise())}, targets)) == ["NW234"]


@pytest.mark.parametrize("dated", [True, False])
@pytest.mark.parametrize("kind", ["numbers", "labels"])
def test_rows_in_order_of_time(dated: bool, kind: str) -> None:
    walk = np.cumsum(noise(800))
    targets: list[Any] = list(walk)
    if kind == "labels":
        targets = ["up" if one > np.median(walk) else "down" for one in walk]
    columns: dict[str, Any] = {"a": list(noise(800, 5))}
    if dated:
        columns["day"] = [datetime(2020, 1, 1) + timedelta(days=at) for at in range(800)]
    told = found(columns, targets)
    assert list(told) == ["NW236"]
    wanted = "split.by=time --set data.time=day" if dated else "split.by=time"
    assert told["NW236"].do[0].endswith(wanted)
    turned = np.random.default_rng(2).permutation(800)
    by_day = {name: [values[at] for at in turned] for name, values in columns.items()}
    mixed = found(by_day, [targets[at] for at in turned])
    assert list(mixed) == (["NW236"] if dated else [])  # the dates still tell the order
    assert not found(columns, targets, times=np.arange(800))


def test_what_is_sorted_by_its_target_is_in_no_order_of_time() -> None:
    columns = {"a": list(noise()), "b": list(noise(seed=1))}
    assert not found(columns, sorted(noise(seed=3)))
    assert not found(columns, ["p"] * 200 + ["q"] * 200)


def test_rows_nearly_the_same() -> None:
    rng = np.random.default_rng(0)
    once = rng.normal(size=(200, 4))
    twice = np.concatenate([once, once + 1e-4 * rng.normal(size=once.shape)])
    order = rng.permutation(400)
    targets = rng.normal(size=400)
    columns = {f"c{at}": list(twice[order, at]) for at in range(4)}
    told = found(columns, list(targets))
    assert list(told) == ["NW237"] and told["NW237"].figures["near"] >= 30
    apart = rng.normal(size=(400, 4))
    assert not found({f"c{at}": list(apart[:, at]) for at in range(4)}, list(targets))
    same = np.concatenate([once, once])[order]  # exact copies are counted elsewhere
    assert not found({f"c{at}": list(same[:, at]) for at in range(4)}, list(targets))


def test_a_few_far_values_do_not_make_all_others_near() -> None:
    rng = np.random.default_rng(0)
    columns = {name: list(rng.pareto(0.8, 400)) for name in "abc"}
    assert not found(columns, list(rng.normal(size=400)))


def test_rows_sorted_by_whose_they_are_are_in_no_order_of_time() -> None:
    rng = np.random.default_rng(0)
    level = np.repeat(rng.normal(size=40), 10)
    columns = {"state": [f"S{at // 10}" for at in range(400)], "a": list(noise())}
    assert "NW236" not in found(columns, list(level + 0.8 * noise(seed=4)))
    nearly = np.sort(noise(seed=5)) + 1e-4 * noise(seed=6)
    assert not found({"a": list(noise()), "b": list(noise(seed=1))}, list(nearly))


def test_of_a_large_table_both_splits_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the source brings them, and dev comes after all of train."""
    monkeypatch.setattr("netwright.data.leaks.leaks.MOST_ROWS", {"train": 100, "dev": 40})
    targets = [str(at % 2) for at in range(400)]
    frame = pl.DataFrame({"code": [f"c{at % 2}" for at in range(400)], "a": list(noise())})
    examples = Examples(Rows(frame), targets, *[[f"{at:016x}" for at in range(400)]] * 2)
    told = leaks.check(examples, targets, ["train"] * 300 + ["dev"] * 100)
    assert [one.code for one in told] == ["NW234"]


def test_the_targets_of_the_test_split_are_not_looked_at() -> None:
    targets = [str(at % 2) for at in range(400)]
    columns = {"code": [f"c{at % 2}" for at in range(400)], "a": list(noise())}
    splits = [("train", "dev", "train", "test")[at * 7919 % 4] for at in range(400)]
    other = ["none of yours" if s == "test" else t for s, t in zip(splits, targets, strict=True)]
    assert found(columns, targets) == found(columns, other)


@pytest.mark.usefixtures("no_reports")
def test_data_and_train_say_it_and_a_project_mutes_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from netwright.cli.main import main

    who = np.random.default_rng(0).permutation(np.repeat(np.arange(40), 8))
    ill = np.random.default_rng(1).integers(0, 2, 40)
    frame = pl.DataFrame(
        {
            "patient": [f"P{one}" for one in who],
            "a": noise(320).round(3),
            "dx": ["ill" if ill[one] else "well" for one in who],
        }
    )
    frame.write_csv(tmp_path / "p.csv")
    main(["data", str(tmp_path / "p.csv"), "--target", "dx"])
    assert "NW235 entities-repeat" in capsys.readouterr().out
    monkeypatch.chdir(tmp_path)
    run = nw.train("p.csv", target="dx", epochs=1, store=tmp_path / "runs")
    noted = [one["code"] for one in run.record.json("data.json")["findings"]]
    assert "NW235" in noted
    (tmp_path / "project.yaml").write_text("mute: [NW235]\n")
    run = nw.train("p.csv", target="dx", epochs=1, store=tmp_path / "runs")
    assert "NW235" not in [one["code"] for one in run.record.json("data.json")["findings"]]


def test_numbers_too_large_to_learn_from_are_looked_at_in_silence() -> None:
    targets = np.random.default_rng(0).choice([-1e308, 1e-300, 1e308], 200)
    assert not found({"a": list(range(200))}, targets)
