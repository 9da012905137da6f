"""A complete run goes on as a new one: for any system, on the same data and on more, in one go or
killed; and what keeps it from going on.
"""

from __future__ import annotations

import shutil
import signal
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import polars as pl
import pytest
import torch

import netwright as nw
import small_runs
import two_processes
from netwright.api import Run
from netwright.api.going_on import earlier
from netwright.base.errors import RecipeError, RunError
from netwright.recipe import Recipe, Split, knob
from netwright.runs.project import Project
from netwright.runs.record import Record
from netwright.training.going_on import continued, kept_splits
from netwright.training.optim.schedules import factor
from netwright.training.trainer import PreparedTraining

pytestmark = pytest.mark.usefixtures("no_reports")

AS_PLANNED = {"schedule.name": "constant", "schedule.warmup": 0}
"""Rates that do not depend on where the training is to end."""

EXACT = {
    "optimizer.lr": 0.01,
    "training.precision": "float32",
    "training.layout": "contiguous",
    "training.threads": 1,
}


class ByTime(Split):
    by: Literal["hash", "group", "time"] = knob("time", "time: the latest")


def of_time_by_default(recipe: type[Recipe]) -> type[Recipe]:
    """The same recipe, whose splits are by time where nobody says otherwise."""

    class Later(recipe):  # type: ignore[valid-type, misc]
        split: ByTime = ByTime()

    return Later


def rows(count: int, seed: int) -> list[str]:
    """Rows of two numbers and a kind that a line does not part."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(count, 2)).round(4)
    kinds = np.array(["low", "mid", "high"])[np.digitize((x**2).sum(axis=1), [0.8, 2.2])]
    return [f"{a},{b},{kind}\n" for (a, b), kind in zip(x, kinds, strict=True)]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "rings.csv"
    path.write_text("a,b,kind\n" + "".join(rows(240, 0)), encoding="utf-8")
    return path


def train(table: Path, store: Path, epochs: int, watch: Any = None, **more: Any) -> Run:
    changes = {**EXACT, **AS_PLANNED, **more}
    return nw.train(str(table), target="kind", epochs=epochs, set=changes, store=store, watch=watch)


def goes_on(system: str, made: PreparedTraining, changes: Mapping[str, Any]) -> PreparedTraining:
    """From the end of a training on the system's own sample, to the new end."""
    chosen = small_runs.SYSTEMS[system]
    recipe = chosen.recipe.of_record(made.record.recipe(), "recipe.yaml")
    data, store = small_runs.reading(chosen.sample(240, 0)), made.record.path.parent
    return small_runs.fitted(
        continued.begin(chosen, made.record, data, recipe, changes, store, Project())
    )


def same(run: Run, other: Run) -> bool:
    return bool(small_runs.same(run.record, other.record))


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a run but its lock."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def two_and_two(system: str, folder: Path) -> list[Record]:
    """Of two epochs, of these gone on with to four, and of four in one go."""
    changes = {**AS_PLANNED, "optimizer.lr": 0.01}
    short = small_runs.finished(system, folder / "a", {**changes, "training.epochs": 2})
    longer = goes_on(system, short, {"training.epochs": 4})
    whole = small_runs.finished(system, folder / "b", {**changes, "training.epochs": 4})
    return [short.record, longer.record, whole.record]


@pytest.mark.parametrize("system", sorted(small_runs.SYSTEMS.keys() - {"toy-spots"}))
def test_two_and_two_epochs_are_the_steps_of_four(system: str, tmp_path: Path) -> None:
    """The loss of ``toy-spots`` changes with the fraction of the training that is done."""
    short, longer, whole = two_and_two(system, tmp_path)
    assert small_runs.same(longer, whole)
    assert longer.info()["continues"] == short.id


def test_two_processes_go_on_as_one(tmp_path: Path) -> None:
    (_, longer, whole), _ = two_processes.call(two_and_two, "tags", tmp_path / "two")
    assert small_runs.same(longer, whole)
    assert longer.mapping("environment.json")["device"].endswith("x 2 processes")
    alone = small_runs.kept(two_and_two("tags", tmp_path / "one")[1])
    for name, tensor in small_runs.kept(longer).items():
        torch.testing.assert_close(tensor, alone[name], rtol=1e-3, atol=1e-4)


def stopped_gone_on_with_and_repeated(table: Path, store: Path) -> list[Record]:
    """A run of three epochs that is stopped in the second, one that goes on from its end to five,
    one that repeats that, and one of five in one go.
    """

    def stop(progress: Any) -> None:
        if progress.dev and progress.epoch == 2:
            signal.raise_signal(signal.SIGTERM)

    short = {"epochs": 3, "model.dropout": 0.3}
    with pytest.raises(KeyboardInterrupt) as stopped:
        train(table, store, watch=stop, **short)
    run = nw.train(resume=str(stopped.value), store=store)
    longer = nw.train(resume=run.id, epochs=5, store=store)
    again = nw.train(repeat=longer.id, store=store)
    whole = train(table, store, **{**short, "epochs": 5})
    return [one.record for one in (run, longer, again, whole)]


def test_two_processes_stop_go_on_and_repeat_as_one(table: Path, tmp_path: Path) -> None:
    """The one signal is the main process's; the changes of the record are its, too."""
    one = stopped_gone_on_with_and_repeated(table, tmp_path / "one")
    two, _ = two_processes.call(stopped_gone_on_with_and_repeated, table, tmp_path / "two")
    for run, longer, again, whole in (one, two):
        assert [row.epoch for row in run.curves()] == [1, 2, 3]
        assert run.events("stopped")
        assert small_runs.same(longer, whole)
        assert small_runs.same(again, whole)
    alone = small_runs.kept(one[1])
    for name, tensor in small_runs.kept(two[1]).items():
        torch.testing.assert_close(tensor, alone[name], rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("kind", ["ema", "swa"])
def test_averages_are_taken_on(kind: str, tmp_path: Path) -> None:
    changes = {
        **AS_PLANNED,
        "optimizer.lr": 0.01,
        "training.average_kind": kind,
        "training.average": 0.9,
        "training.swa_from": 0.5,
    }
    short = small_runs.finished("classifier", tmp_path / "a", {**changes, "training.epochs": 2})
    longer = goes_on("classifier", short, {"training.epochs": 4})
    whole = small_runs.finished("classifier", tmp_path / "b", {**changes, "training.epochs": 4})
    mine, other = (made.record.weights.read_bytes() for made in (longer, whole))
    assert mine == other or kind == "swa", "the average over the last half begins anew"


def test_an_epoch_that_was_cut_is_gone_on_with(tmp_path: Path) -> None:
    """240 examples, 144 to train on, 32 at a time: 5 steps an epoch, of which 7 are taken."""
    changes = {**AS_PLANNED, "optimizer.lr": 0.01}
    cut = {**changes, "training.max_examples": 7 * 32}
    short = small_runs.finished("classifier", tmp_path / "a", cut)
    assert [(row.epoch, row.step) for row in short.record.curves()] == [(1, 5), (2, 7)]
    with pytest.raises(RunError, match="max_examples = 224 ended it"):
        goes_on("classifier", short, {"training.epochs": 4})
    longer = goes_on("classifier", short, {"training.max_examples": None})
    assert [(r.epoch, r.step) for r in longer.record.curves()] == [
        (1, 5),
        (2, 10),
        (3, 15),
        (4, 20),
    ]
    whole = small_runs.finished("classifier", tmp_path / "b", changes)
    assert longer.record.weights.read_bytes() == whole.record.weights.read_bytes()


def test_the_old_run_stays_as_it_was_and_a_stop_in_the_middle_is_no_loss(
    table: Path, tmp_path: Path
) -> None:
    old = train(table, tmp_path / "a", 3)
    before = contents(old.record.path)

    def stop(progress: Any) -> None:
        if progress.epoch == 5 and progress.dev:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as stopped:
        nw.train(resume=old.id, epochs=8, store=tmp_path / "a", watch=stop)
    assert contents(old.record.path) == before
    left = nw.open(str(stopped.value), store=tmp_path / "a")
    assert left.info["status"] == "stopped"
    assert left.info["epochs"] == 5
    assert same(nw.train(resume=left.id, store=tmp_path / "a"), train(table, tmp_path / "b", 8))
    assert contents(old.record.path) == before


def test_a_kill_before_its_first_step_is_no_loss(table: Path, tmp_path: Path) -> None:
    old = train(table, tmp_path / "a", 3)
    reading = earlier.as_it_was("resume", old.id, tmp_path / "a", None, None)[1]
    args = (reading, old.recipe, {"training.epochs": 8}, tmp_path / "a", Project())
    begun = continued.begin(old.system, old.record, *args)
    begun.hold.close()  # as a kill does
    again = nw.train(resume=begun.record.id, store=tmp_path / "a")
    assert same(again, train(table, tmp_path / "b", 8))


def test_a_schedule_that_plans_by_the_end_goes_on_where_the_longer_one_is(
    table: Path, tmp_path: Path
) -> None:
    cosine = {"schedule.name": "cosine", "schedule.warmup": 0}
    old = train(table, tmp_path, 4, **cosine)
    longer = nw.train(resume=old.id, epochs=8, store=tmp_path)
    per_epoch = old.info["steps"] // 4
    schedule = Recipe().changed({**cosine}).schedule
    last = {4: (4, 4 * per_epoch), 5: (5, 8 * per_epoch), 8: (8, 8 * per_epoch)}
    for epoch, (number, steps) in last.items():
        expected = 0.01 * factor(schedule, number * per_epoch - 1, steps, steps / per_epoch)
        assert longer.curves[epoch - 1]["rate"] == pytest.approx(expected)
    assert any("schedule.name = cosine is planned by the end" in m for m in longer.info["messages"])
    assert "8 epochs" in " ".join(longer.info["messages"])


def test_it_is_repeated_by_its_record(table: Path, tmp_path: Path) -> None:
    old = train(table, tmp_path, 3, **{"schedule.name": "cosine"})
    longer = nw.train(resume=old.id, epochs=6, store=tmp_path)
    assert same(nw.train(repeat=longer.id, store=tmp_path), longer)


def test_an_unfinished_run_goes_on_by_other_settings(table: Path, tmp_path: Path) -> None:
    def stop(progress: Any) -> None:
        if progress.epoch == 2 and progress.dev:
            raise KeyboardInterrupt

    changes = {**EXACT, **AS_PLANNED}
    with pytest.raises(KeyboardInterrupt) as stopped:
        nw.train(str(table), target="kind", epochs=3, set=changes, store=tmp_path / "a", watch=stop)
    run = nw.train(resume=str(stopped.value), epochs=5, store=tmp_path / "a")
    assert run.id == str(stopped.value)
    assert same(run, train(table, tmp_path / "b", 5))


class TestMoreRows:
    def test_what_it_knew_stays_in_its_split(self, table: Path, tmp_path: Path) -> None:
        old = train(table, tmp_path, 8)
        was = dict(pl.read_parquet(old.record.path / "splits.parquet")["id", "split"].iter_rows())
        table.write_text(table.read_text() + "".join(rows(160, 1)), encoding="utf-8")
        run = nw.train(resume=old.id, epochs=30, store=tmp_path)
        now = pl.read_parquet(run.record.path / "splits.parquet")
        splits = dict(now["id", "split"].iter_rows())
        assert len(now) == 400
        assert all(splits[one] == split for one, split in was.items())
        assert sum(run.info["splits"].values()) == 400
        for split in ("dev", "test"):
            new = sum(there == split for one, there in splits.items() if one not in was)
            assert 10 <= new <= 60, "the new ones are split, too: about 20% each"
        assert run.codec == old.codec
        assert "160 examples new, 0 gone" in " ".join(run.info["messages"])
        dev = run.measures["dev"]["error"]
        assert dev["n"] == run.info["splits"]["dev"]
        assert dev["value"] < run.info["baseline"] - 0.2, "it learned"
        with pytest.raises(RunError, match="cannot be repeated as it was"):
            nw.train(repeat=run.id, store=tmp_path)

    def test_splits_by_time_are_not_mixed(self, table: Path, tmp_path: Path) -> None:
        by_time = {"split.by": "time"}
        short = train(table, tmp_path / "runs", 2, **by_time)
        again = nw.train(resume=short.id, epochs=3, store=tmp_path / "runs")
        assert len(again.curves) == 3
        with table.open("a", encoding="utf-8") as file:
            file.writelines(rows(60, 1))
        with pytest.raises(RunError, match="the splits are by time, and the data have changed"):
            nw.train(resume=short.id, epochs=3, store=tmp_path / "runs")

    @pytest.mark.parametrize("adopts", [True, False])
    def test_what_is_advised_is_possible(self, adopts: bool) -> None:
        """--from only to a system that takes over weights."""
        system = small_runs.SYSTEMS["toy-tagger"]
        system = replace(system, adopt=(lambda net, codec, before: ()) if adopts else None)
        recipe = system.recipe().changed({"split.by": "time"})
        with pytest.raises(RunError, match="train anew") as refused:
            kept_splits.assign(system, system.sample(40, 0), recipe, pl.DataFrame())
        assert ("--from RUN" in str(refused.value)) == adopts

    def test_splits_that_are_given_are_not_by_time(self) -> None:
        system = small_runs.SYSTEMS["toy-tagger"]
        given = [*["train"] * 20, *["dev"] * 20]
        examples = replace(system.sample(40, 0), splits=given)
        recipe = of_time_by_default(system.recipe)()
        before = pl.DataFrame({"id": list(examples.ids[:30]), "split": given[:30]})
        assert kept_splits.assign(system, examples, recipe, before) == given

    def test_groups_stay_together(self, tmp_path: Path) -> None:
        table = tmp_path / "people.csv"
        lines = [f"{line.strip()},p{at % 40}\n" for at, line in enumerate(rows(240, 0))]
        table.write_text("a,b,kind,person\n" + "".join(lines), encoding="utf-8")
        old = train(table, tmp_path, 2, **{"data.group": "person"})
        more = [f"{line.strip()},p{at % 50}\n" for at, line in enumerate(rows(150, 1))]
        table.write_text(table.read_text() + "".join(more), encoding="utf-8")
        run = nw.train(resume=old.id, epochs=4, store=tmp_path)
        people = [line.split(",")[-1] for line in table.read_text().splitlines()[1:]]
        splits = pl.read_parquet(run.record.path / "splits.parquet")["split"]
        assert len({*zip(people, splits, strict=True)}) == 50, "one split a person"

    def test_best_weights_are_judged_on_dev_as_it_is_now(self, table: Path, tmp_path: Path) -> None:
        """Rows of the opposite kind: what was the best on the old dev is poor on the new one."""
        old = train(table, tmp_path, 20)
        swap = {"low": "high", "high": "low", "mid": "mid"}
        wrong = [
            ",".join([*line.split(",")[:2], swap[line.split(",")[2].strip()]])
            for line in rows(1200, 1)
        ]
        table.write_text(table.read_text() + "\n".join(wrong) + "\n", encoding="utf-8")
        run = nw.train(resume=old.id, epochs=40, store=tmp_path)
        assert old.measures["dev"]["error"]["value"] < 0.1
        assert run.info["epoch_kept"] > 20
        assert run.measures["dev"]["error"]["value"] < run.info["baseline"] - 0.1

    def test_a_cut_epoch_begins_anew(self, table: Path, tmp_path: Path) -> None:
        """144 examples to train on, 32 at a time: 5 steps an epoch, of which 17 are taken."""
        sizes = {"training.batch_size": 32, "training.max_examples": 17 * 32}
        old = train(table, tmp_path, 4, **sizes)
        assert [row["step"] for row in old.curves] == [5, 10, 15, 17]
        table.write_text(table.read_text() + "".join(rows(60, 1)), encoding="utf-8")
        more = {"training.max_examples": None}
        run = nw.train(resume=old.id, epochs=9, set=more, store=tmp_path)
        per_epoch = -(-run.info["splits"]["train"] // 32)
        assert [(row["epoch"], row["step"]) for row in run.curves] == [
            *((epoch, 5 * epoch) for epoch in (1, 2, 3)),
            *((epoch, 17 + (epoch - 3) * per_epoch) for epoch in range(4, 10)),
        ]

    def test_a_class_that_it_never_saw_is_one_sentence(self, table: Path, tmp_path: Path) -> None:
        old = train(table, tmp_path, 2)
        table.write_text(table.read_text() + "9,9,huge\n" * 3, encoding="utf-8")
        with pytest.raises(RunError, match=r"as they are now.*'huge'.*train anew"):
            nw.train(resume=old.id, epochs=4, store=tmp_path)
        assert len(nw.list_runs(tmp_path)) == 1


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One complete run of three epochs."""
    folder = tmp_path_factory.mktemp("refused")
    path = folder / "rings.csv"
    path.write_text("a,b,kind\n" + "".join(rows(240, 0)), encoding="utf-8")
    train(path, folder / "runs", 3)
    return folder / "runs"


class TestRefused:
    @pytest.mark.parametrize(
        ("given", "error", "sentence"),
        [
            ({}, RunError, "say how many there shall be in all: .* --epochs 6"),
            ({"epochs": 3}, RunError, "--epochs 6"),
            ({"epochs": 2}, RecipeError, "training.epochs = 2: the run is in epoch 3 already"),
            ({"set": {"model.width": 9}}, RecipeError, "it needs a new net"),
            ({"target": "a"}, RecipeError, "target cannot change"),
            ({"model": "linear"}, RecipeError, "model cannot change"),
        ],
    )
    def test_one_sentence_and_no_new_run(
        self, given: dict[str, Any], error: type[Exception], sentence: str, store: Path
    ) -> None:
        with pytest.raises(error, match=sentence):
            nw.train(resume="last", store=store, **given)
        assert len(nw.list_runs(store)) == 1

    def test_without_the_state_of_its_end(self, store: Path, tmp_path: Path) -> None:
        (run,) = nw.list_runs(store)
        copy = Path(shutil.copytree(run.record.path, tmp_path / run.id))
        shutil.rmtree(copy / "checkpoint")
        with pytest.raises(RunError, match="keeps no state to go on from, only its weights"):
            nw.train(resume=run.id, epochs=9, store=tmp_path)

    def test_patience_that_would_end_it_again(self, table: Path, tmp_path: Path) -> None:
        changes = {"training.patience": 2, "optimizer.lr": 1e-9}
        old = train(table, tmp_path, 50, **changes)
        assert old.info["epochs"] < 50
        with pytest.raises(RunError, match=r"training\.patience = 2 epochs, and would end again"):
            nw.train(resume=old.id, epochs=60, store=tmp_path)
        more = {"training.patience": None, "training.epochs": old.info["epochs"] + 2}
        run = nw.train(resume=old.id, set=more, store=tmp_path)
        assert run.info["epochs"] == old.info["epochs"] + 2
