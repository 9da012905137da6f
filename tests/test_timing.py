"""How long a training takes: the estimate before its first step, and a time that it keeps to."""

from __future__ import annotations

import random
import shutil
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import netwright as nw
import small_runs
import two_processes
from netwright.api.going_on import timing
from netwright.api.run import Run
from netwright.base.errors import RecipeError
from netwright.runs.record import Record
from netwright.training import recorder
from netwright.training.steps.autograd import Eager
from netwright.training.timing import rehearsal
from netwright.training.timing.pace import Pace, StepTimes

pytestmark = pytest.mark.usefixtures("no_reports")

EVERY_STEP = {
    "training.step": "eager",
    "training.precision": "float32",
    "training.layout": "contiguous",
    "training.threads": 1,
    "training.batch_size": 32,
    "optimizer.lr": 0.01,
}
PER_EPOCH = 5
"""Steps of 144 examples to train on, 32 at a time."""

WRITING = 2.0
"""Seconds that are kept for the end."""


class Ticking:
    """A clock that a training step moves, and nothing else."""

    now = 0.0
    step: Callable[[int], float] = staticmethod(lambda number: 0.1)

    def __init__(self) -> None:
        self.before = (0.0, 0.0)
        Ticking.now = 0.0

    @property
    def wall(self) -> float:
        return Ticking.now

    cpu = wall

    def go_on(self, wall: float, cpu: float) -> None:
        Ticking.now = wall


@pytest.fixture
def ticking(monkeypatch: pytest.MonkeyPatch) -> type[Ticking]:
    return tick(monkeypatch)


def tick(monkeypatch: pytest.MonkeyPatch) -> type[Ticking]:
    """A step takes .1 s, all else no time."""
    plain, count = Eager.__call__, [0]

    def step(self: Eager, *batch: Any) -> Any:
        count[0] += 1
        Ticking.now += Ticking.step(count[0])
        return plain(self, *batch)

    monkeypatch.setattr(Eager, "__call__", step)
    monkeypatch.setattr(recorder, "Clock", Ticking)
    # measuring dev takes no time either, on however busy a machine
    monkeypatch.setattr(recorder, "time", SimpleNamespace(perf_counter=lambda: Ticking.now))
    monkeypatch.setattr(Ticking, "step", staticmethod(lambda number: 0.1))
    monkeypatch.setattr(rehearsal, "rehearse", lambda setup, loaders: Pace(0.1, 0.0, 3))
    monkeypatch.setattr(timing, "note", _note)
    return Ticking


def _note(record: Record, seconds: float, epochs: Any, *, ahead: float) -> None:
    """As it is, but that reading took no time."""
    limit = {"seconds": seconds, "since": record.info()["seconds"]}
    record.note(time_limit=limit if epochs is None else {**limit, "epochs": epochs})


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """240 rows of two numbers, whose product's sign is the kind."""
    path = tmp_path / "signs.csv"
    rows = [(i % 17 - 8.5, i % 23 - 11.5) for i in range(240)]
    lines = [f"{a},{b},{'same' if a * b > 0 else 'other'}\n" for a, b in rows]
    path.write_text("a,b,kind\n" + "".join(lines), encoding="utf-8")
    return path


def train(table: Path, store: Path, seconds: Any, **more: Any) -> Run:
    watch, log = more.pop("watch", None), more.pop("log", None)
    epochs = more.pop("epochs", None)
    alone = {"training.reference_seconds": 0}
    changes = {**EVERY_STEP, **alone, "schedule.name": "cosine", **more}
    return nw.train(
        str(table), target="kind", time=seconds, epochs=epochs, set=changes, store=store,
        watch=watch, log=log,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("given", "seconds"),
    [("90s", 90), ("10m", 600), ("1.5h", 5400), (" 2 min ", 120), (7, 7), (0.5, 0.5), (None, None)],
)
def test_a_time_is_read(given: Any, seconds: float | None) -> None:
    assert timing.seconds_of(given) == seconds


@pytest.mark.parametrize("given", ["10", "ten minutes", "0s", "-3m", "10 weeks", "", 0, -1, 1e12])
def test_what_is_no_time_is_refused(given: Any, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"^time .*expected"):
        nw.train("iris", time=given, store=tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


@pytest.mark.usefixtures("ticking")
class TestItEndsInTime:
    def test_whole_epochs_where_many_fit(self, table: Path, tmp_path: Path) -> None:
        run = train(table, tmp_path, "20s")
        fit = int((20 - WRITING) / 0.1 * 0.98 / PER_EPOCH)
        assert fit - 1 <= run.info["epochs"] <= fit
        assert run.info["steps"] == PER_EPOCH * run.info["epochs"]
        assert run.info["seconds"] <= 20 - WRITING
        assert run.info["status"] == "complete"
        assert any(line.startswith("stopped by time: 20 s") for line in run.info["messages"])
        assert run.curves[-1]["rate"] < 0.02 * 0.01, "the schedule came to its end"
        assert run.measures["dev"]["error"]["value"] < run.info["baseline"] - 0.1

    def test_a_tenth_is_left_to_the_references(self, table: Path, tmp_path: Path) -> None:
        run = train(table, tmp_path, "20s", **{"training.reference_seconds": 20})
        fit = int((20 - 2 - WRITING) / 0.1 * 0.98 / PER_EPOCH)
        assert fit - 1 <= run.info["epochs"] <= fit

    def test_the_last_epoch_is_cut_where_few_fit(self, table: Path, tmp_path: Path) -> None:
        run = train(table, tmp_path, "3.8s")
        assert 15 <= run.info["steps"] <= 18, "1.8 s are 18 steps"
        assert run.curves[-1]["step"] == run.info["steps"]
        assert run.curves[-1]["rate"] < 0.05 * 0.01

    def test_a_time_that_is_over_at_once_leaves_a_run(self, table: Path, tmp_path: Path) -> None:
        run = train(table, tmp_path, "1s")
        assert run.info["steps"] == 1
        assert run.measures["dev"]["error"]["n"] == run.info["splits"]["dev"]

    @pytest.mark.parametrize("after", [0.2, 0.04])
    def test_a_pace_that_changes_changes_the_plan(
        self, after: float, ticking: type[Ticking], table: Path, tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        pace = staticmethod(lambda number: 0.1 if number <= 60 else after)
        monkeypatch.setattr(ticking, "step", pace)
        run = train(table, tmp_path, "20s")
        fit = 60 + (20 - WRITING - 6) / after
        assert 0.88 * fit <= run.info["steps"] <= fit
        assert run.info["seconds"] <= 20 - WRITING
        assert run.curves[-1]["rate"] < 0.1 * max(row["rate"] for row in run.curves)
        assert len(run.record.events("tweak")) <= 12

    def test_plans_do_not_follow_the_noise_of_the_pace(
        self, ticking: type[Ticking], table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Steps of a tenth of a second on average, each up to twice as long or none at all: without
        a thought for noise there are 8 and 7 plans.
        """
        plans = 0
        for seed in (2, 4):
            draw = random.Random(seed)
            monkeypatch.setattr(ticking, "step", staticmethod(lambda _, d=draw: 0.2 * d.random()))
            run = train(table, tmp_path / str(seed), "6s")
            plans += len(run.record.events("tweak"))
            assert 0.8 * 4 <= run.info["seconds"] <= 4.2
            assert run.curves[-1]["rate"] < 0.05 * 0.01
        assert plans <= 8

    def test_no_more_epochs_than_asked_for(self, table: Path, tmp_path: Path) -> None:
        run = train(table, tmp_path, "1h", epochs=3)
        assert run.info["epochs"] == 3
        assert "ended after 3 epochs, 15 steps, within the 1 h given" in run.info["messages"]

    def test_patience_ends_it_before(self, table: Path, tmp_path: Path) -> None:
        run = train(table, tmp_path, "1h", **{"training.patience": 3, "optimizer.lr": 0.3})
        assert run.info["epochs"] < 500, "of 7,000 that fit"
        assert "within the 1 h given" in run.info["messages"][-1]

    def test_less_time_than_patience(self, table: Path, tmp_path: Path) -> None:
        run = train(table, tmp_path, "4s", **{"training.patience": 30})
        assert 16 <= run.info["steps"] <= 20


@pytest.mark.usefixtures("ticking")
class TestTheRecordTellsIt:
    def test_it_is_repeated_step_by_step(self, table: Path, tmp_path: Path) -> None:
        run = train(table, tmp_path, "5s")
        again = nw.train(repeat=run.id, store=tmp_path)
        assert small_runs.same(run.record, again.record)

    def test_a_kill_is_no_loss(self, table: Path, tmp_path: Path) -> None:
        """Killed at step 60, with the checkpoint of an earlier step; gone on with it takes the
        same steps up to there, and ends in its time.
        """
        left = tmp_path / "left"

        def kill(progress: Any) -> None:
            if progress.step == 60:
                shutil.copytree(next((tmp_path / "a").iterdir()), left / "20990101-000000-cut-abc")

        whole = train(table, tmp_path / "a", "20s", watch=kill)
        run = nw.train(resume="last", store=left)
        before = [row for row in whole.curves if row["step"] <= 60]
        assert len(before) == 12
        for mine, other in zip(run.curves, before, strict=False):
            assert (mine["loss"], mine["rate"]) == (other["loss"], other["rate"])
        assert run.info["seconds"] <= 20 - WRITING
        assert run.info["steps"] == pytest.approx(whole.info["steps"], rel=0.1)

    def test_it_goes_on_for_as_long_again(self, table: Path, tmp_path: Path) -> None:
        run = train(table, tmp_path, "3.8s")
        longer = nw.train(resume=run.id, time="3.8s", store=tmp_path)
        assert longer.info["continues"] == run.id
        assert longer.info["seconds"] == pytest.approx(2 * 1.8, abs=0.3)
        more = nw.train(resume=run.id, epochs=9, store=tmp_path)
        assert more.info["epochs"] == 9

    def test_it_never_goes_on_without_a_step(self, table: Path, tmp_path: Path) -> None:
        run = train(table, tmp_path, "3.8s")
        longer = nw.train(resume=run.id, time="0.1s", store=tmp_path)
        assert longer.info["steps"] == run.info["steps"] + 1

    def test_time_that_is_overrun_is_said(self, table: Path, tmp_path: Path) -> None:
        said: list[str] = []
        train(table, tmp_path, "0.05s", log=said.append)
        assert any(line.startswith("stopped by time: 0.1 s were given, ") for line in said), said


@given(st.lists(st.floats(0.01, 10), min_size=4, max_size=40))
def test_the_error_of_a_pace_is_about_that_of_students_interval(seconds: list[float]) -> None:
    times = StepTimes()
    assert times.error == 0
    for one in seconds:
        times.add(one)
    count = len(seconds)
    half = stats.t.ppf(0.975, count - 1) * statistics.stdev(seconds) / count**0.5
    assert half - 1e-9 <= 1.96 * times.error <= 1.4 * half + 1e-9
    assert times.noise == pytest.approx(times.error / statistics.mean(seconds))


def in_a_given_time(table: Path, store: Path, seconds: str, pace: float) -> Record:
    """A training whose steps take .1 s, and from the eleventh on as long as ``pace`` says."""
    with pytest.MonkeyPatch.context() as patch:
        tick(patch).step = staticmethod(lambda number: 0.1 if number <= 10 else pace)
        return train(table, store, seconds).record


@pytest.mark.parametrize(
    ("seconds", "pace", "least", "most"),
    [("3.8s", 0.1, 15, 18), ("8s", 0.1, 50, 60), ("8s", 0.2, 30, 35)],
)
def test_two_processes_end_in_time_as_one(
    seconds: str, pace: float, least: int, most: int, table: Path, tmp_path: Path
) -> None:
    """The main one's clock is everybody's."""
    one = in_a_given_time(table, tmp_path / "one", seconds, pace)
    two, _ = two_processes.call(in_a_given_time, table, tmp_path / "two", seconds, pace)
    assert least <= two.info()["steps"] <= most
    assert two.info()["messages"][-1] == one.info()["messages"][-1]
    for kind in ("step", "changes"):
        assert [e[kind] for e in two.events("tweak")] == [e[kind] for e in one.events("tweak")]
    for mine, other in zip(two.curves(), one.curves(), strict=True):
        assert (mine.step, mine.rate) == (other.step, other.rate)
        assert mine.loss == pytest.approx(other.loss, rel=1e-3)


def rehearsed(system: str, folder: Path) -> tuple[Pace, Record]:
    made = small_runs.start(system, folder, {})
    pace = rehearsal.rehearse(made.setup, made.loaders)
    small_runs.fitted(replace(made, pace=pace))
    return pace, made.record


def test_two_processes_rehearse_by_one_clock(tmp_path: Path) -> None:
    (pace, record), (other, _) = two_processes.call(rehearsed, "tags", tmp_path / "a")
    assert pace == other and pace.step > 0
    assert small_runs.same(record, small_runs.by_two("tags", tmp_path / "b", {}))


def test_two_ends_are_one_too_many(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="leave one out"):
        nw.train("iris", time="10m", set={"training.max_examples": 100}, store=tmp_path)
    with pytest.raises(RecipeError, match="time cannot change"):
        nw.train(repeat="last", time="10m", store=tmp_path)


@pytest.mark.parametrize("system", small_runs.SYSTEMS)
def test_a_rehearsal_changes_nothing(system: str, tmp_path: Path) -> None:
    pace, record = rehearsed(system, tmp_path / "a")
    assert pace.step > 0
    assert small_runs.same(record, small_runs.finished(system, tmp_path / "b", {}).record)
    assert record.info()["estimate"] > 0


def test_the_estimate_is_of_the_steps_that_follow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = Eager.__call__

    def slow(self: Eager, *batch: Any) -> Any:
        time.sleep(0.05)
        return plain(self, *batch)

    monkeypatch.setattr(Eager, "__call__", slow)
    lines: list[str] = []
    changes = {**EVERY_STEP, "training.watch_layers": False}
    run = nw.train("iris", epochs=8, set=changes, store=tmp_path, log=lines.append)
    steps = run.info["steps"]
    assert [line for line in lines if line.startswith("about ") and f" {steps} steps of" in line]
    assert 0.05 * steps <= run.info["estimate"] <= 0.3 * steps


def test_the_command_says_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from netwright.cli.main import main

    main(["train", "iris", "--time", "6s", "--store", str(tmp_path)])
    printed = capsys.readouterr()
    assert "about " in printed.err
    (run,) = nw.list_runs(tmp_path)
    assert run.info["time_limit"]["seconds"] == 6
    assert 0 < run.info["seconds"] < 6
