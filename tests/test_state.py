"""Nothing of a run is lost or left over: whatever ends its training, whoever else writes into it,
and whatever the disk and the clock do.
"""

from __future__ import annotations

import errno
import json
import multiprocessing
import os
import re
import shutil
import signal
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

import netwright as nw
import small_runs
from netwright.api.judged import views
from netwright.base import files
from netwright.base.errors import DataError, NetwrightError, RunError
from netwright.base.paths import Inside
from netwright.cli.main import main
from netwright.report import html_page
from netwright.runs import reading, store
from netwright.runs.keeping import label, promises, tidying, writing
from netwright.runs.record import Record
from netwright.training import checkpoints, loop, trainer
from netwright.training.live import requests, rewind_states, stopping
from netwright.training.recording.curves import Curves

SETTINGS: dict[str, Any] = {
    "model.hidden": [8],
    "optimizer.lr": 0.01,
    "schedule.name": "constant",
    "schedule.warmup": 0.0,
    "training.precision": "float32",
    "training.layout": "contiguous",
    "training.threads": 1,
    "training.step": "eager",
}

MAY_DIFFER = ("events.jsonl", "run.json", ".lock")
"""Files that hold times, or who trained it last."""

Capsys = pytest.CaptureFixture[str]


def train(folder: Path, epochs: int = 3, source: str = "iris", **more: Any) -> Any:
    changes = {**SETTINGS, **more.pop("set", {})}
    return nw.train(source, model="mlp", epochs=epochs, set=changes, store=folder, **more)


@pytest.fixture
def short_report(monkeypatch: pytest.MonkeyPatch) -> None:
    """A report that takes no time to draw."""
    monkeypatch.setattr(html_page, "render", lambda run: f"{run.status} {run.info['seconds']}")


def contents(folder: Path) -> dict[str, bytes]:
    """Every file that must be the same to the byte, wherever the store lies."""
    store = str(folder.parent).encode()
    found = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
    return {
        name: path.read_bytes().replace(store, b"STORE")
        for name, path in sorted(found.items())
        if name not in MAY_DIFFER
    }


def facts(folder: Path) -> dict[str, Any]:
    """run.json without what may differ."""
    found = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    return {name: value for name, value in found.items() if name != "process"}


def on_epoch(epoch: int, do: Callable[[], Any]) -> Callable[[Any], None]:
    """Calls ``do`` at the first end of that epoch."""
    left = [epoch]

    def watch(progress: Any) -> None:
        if progress.dev and progress.epoch in left:
            left.clear()
            do()

    return watch


def stop() -> None:
    raise KeyboardInterrupt


def only(folder: Path) -> Path:
    (run,) = folder.glob("2*")
    return run


def run_in_processes(count: int, target: Callable[..., None], *args: Any) -> None:
    """``target(*args, number)`` in so many processes at once."""
    fork = multiprocessing.get_context("fork")
    made = [fork.Process(target=target, args=(*args, number)) for number in range(count)]
    for process in made:
        process.start()
    for process in made:
        process.join(60)
        assert process.exitcode == 0


# --- after the last step


@pytest.fixture(scope="module")
def cuts(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Path]]:
    """A complete run, and what a kill would have left of it at every write after its last step,
    each in a store of its own.
    """
    folder = tmp_path_factory.mktemp("cuts")
    sync, left, seen = os.fsync, list[Path](), set[frozenset[str]]()

    def syncing(handle: int) -> None:
        sync(handle)
        run = only(folder / "whole")
        if not json.loads((run / "run.json").read_text(encoding="utf-8")).get("trained"):
            return
        written = (*promises.JUDGED, "pictures", "views.json", *promises.DERIVED)
        there = frozenset(name for name in written if (run / name).exists())
        if there not in seen or "report.html" in there:
            seen.add(there)
            left.append(Path(shutil.copytree(run, folder / str(len(left)) / run.name)))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            os, "fsync", lambda handle: syncing(handle) if has_run(folder) else sync(handle)
        )
        run = train(folder / "whole", source="digits8", human_error=0.01)
    return run.record.path, left


def has_run(folder: Path) -> bool:
    return any(folder.glob("*/2*/run.json"))


def again(cut: Path, folder: Path) -> Path:
    """A copy of what was left, to go on with."""
    return Path(shutil.copytree(cut, folder / cut.name))


def expect_whole(run: Path, whole: Path) -> None:
    assert contents(run) == contents(whole)
    assert facts(run) == facts(whole)
    assert not (run / "requests").exists()


class TestCutOff:
    def test_every_write_is_seen(self, cuts: tuple[Path, list[Path]]) -> None:
        lacking = [{*promises.DERIVED, "measures.json"} - {*contents(cut)} for cut in cuts[1]]
        assert {len(names) for names in lacking} == {0, 1, 2, 3}
        statuses = {facts(cut)["status"] for cut in cuts[1]}
        assert statuses == {"running"}, "complete comes last"
        assert facts(cuts[0])["human_error"] == 0.01

    @pytest.mark.usefixtures("short_report")
    def test_resumed_it_is_the_same_to_the_byte(
        self,
        cuts: tuple[Path, list[Path]],
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(loop, "_count", None)  # no step can be taken
        whole, left = cuts
        seconds = facts(whole)["seconds"]
        for at, cut in enumerate(left):
            run = again(cut, tmp_path / str(at))
            nw.train(resume=run.name, store=run.parent)
            assert (run / "report.html").read_text(encoding="utf-8") == f"complete {seconds}"
            (run / "report.html").write_text(
                (whole / "report.html")
                .read_text(encoding="utf-8")
                .replace(str(whole.parent), str(run.parent)),
                encoding="utf-8",
            )
            expect_whole(run, whole)

    @pytest.mark.parametrize("verb", ["show", "diagnose"])
    def test_it_is_completed_before_it_is_shown(
        self, verb: str, cuts: tuple[Path, list[Path]], tmp_path: Path, capsys: Capsys
    ) -> None:
        whole, left = cuts
        run = again(left[2], tmp_path)
        main([verb, run.name, "--store", str(tmp_path), "--json"])
        printed = capsys.readouterr()
        assert json.loads(printed.out)
        assert "lacked files that follow its last step: they have been made" in printed.err
        expect_whole(run, whole)
        main([verb, run.name, "--store", str(tmp_path)])
        assert "lacked" not in capsys.readouterr().err

    @pytest.mark.parametrize("name", ["report.html", "diagnosis.json", "pictures", "measures.json"])
    def test_what_a_complete_run_lost_is_made_again(
        self, name: str, cuts: tuple[Path, list[Path]], tmp_path: Path, capsys: Capsys
    ) -> None:
        run = again(cuts[0], tmp_path)
        assert promises.missing(Record(run)) == []
        if name == "pictures":
            shutil.rmtree(run / name)
        else:
            (run / name).unlink()
        main(["train", "--resume", run.name, "--store", str(tmp_path)])
        expect_whole(run, cuts[0])

    def test_one_that_lacks_nothing_is_not_resumed(
        self, cuts: tuple[Path, list[Path]], tmp_path: Path
    ) -> None:
        run = again(cuts[0], tmp_path)
        with pytest.raises(RunError, match="is complete: nothing to resume"):
            nw.train(resume=run.name, store=tmp_path)

    def test_what_was_opened_of_test_is_kept(
        self, cuts: tuple[Path, list[Path]], tmp_path: Path
    ) -> None:
        run = again(cuts[0], tmp_path)
        opened = nw.open(run.name, store=tmp_path).evaluate(split="test")
        shutil.rmtree(run / "pictures")
        made = nw.train(resume=run.name, store=tmp_path)
        assert made.measures["test"] == opened
        assert made.predictions("test").height == opened["error"]["n"]

    def test_more_epochs_take_back_what_was_made(
        self, cuts: tuple[Path, list[Path]], tmp_path: Path
    ) -> None:
        run = again(cuts[1][-1], tmp_path / "a")
        longer = nw.train(resume=run.name, store=run.parent, epochs=5)
        assert contents(longer.record.path)["net.safetensors"] == (
            train(tmp_path / "b", 5, "digits8").record.weights.read_bytes()
        )
        assert not promises.missing(longer.record)

    def test_it_says_what_it_cannot_make(
        self,
        cuts: tuple[Path, list[Path]],
        tmp_path: Path,
        capsys: Capsys,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        def gone(*args: Any, **how: Any) -> Any:
            raise DataError("digits8 is gone.")

        monkeypatch.setattr("netwright.api.going_on.earlier.read_again", gone)
        run = again(cuts[1][-1], tmp_path)
        main(["show", run.name, "--store", str(tmp_path)])
        printed = capsys.readouterr()
        assert "digits8 is gone; once that is mended" in printed.err
        assert "dev" in printed.out

    def test_a_run_that_only_claims_its_end_takes_no_step(
        self, tmp_path: Path, capsys: Capsys
    ) -> None:
        with pytest.raises(KeyboardInterrupt):
            train(tmp_path, watch=on_epoch(1, stop))
        run = Record(only(tmp_path))
        run.note(trained=True)
        step = checkpoints.step_of(run.state)
        main(["show", run.id, "--store", str(tmp_path)])
        assert "its files are not of one training" in capsys.readouterr().err
        assert checkpoints.step_of(run.state) == step
        assert not run.has("measures.json")


@pytest.mark.usefixtures("short_report")
class TestStopsByHand:
    def test_it_is_heard_where_python_ignores_what_is_raised(self) -> None:
        class Held:
            pass

        held = Held()
        watch = weakref.ref(held, lambda gone: signal.raise_signal(signal.SIGINT))
        with pytest.raises(KeyboardInterrupt), stopping.at_once():
            del held
            for _ in range(500):
                time.sleep(0.01)
        assert watch() is None

    @pytest.mark.parametrize("where", ["views", "answers"])
    def test_after_the_last_step(
        self, where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capsys
    ) -> None:
        words = ["train", "iris", "--model", "mlp", "--epochs", "2", "--human-error", "0.01"]
        words += [f"--set={key}={json.dumps(value)}" for key, value in SETTINGS.items()]

        def stopped(*args: Any, **more: Any) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            place = (views, "make") if where == "views" else (Record, "write_predictions")
            patch.setattr(*place, stopped)
            with pytest.raises(SystemExit):
                main([*words, "--store", str(tmp_path)])
        said = capsys.readouterr().err.splitlines()[-1]
        run = only(tmp_path)
        assert re.search(r"stopped after \d+ steps, epoch 2, the last; netwright train", said)
        assert run.name in said and "no run" not in said
        assert facts(run)["status"] == "stopped"
        main(["train", "--resume", run.name, "--store", str(tmp_path)])
        assert facts(run)["status"] == "complete" and facts(run)["human_error"] == 0.01
        assert not promises.missing(Record(run))

    def test_before_the_run_is_one(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(Record, "write_splits", lambda *args: stop())
        with pytest.raises(KeyboardInterrupt) as stopped:
            train(tmp_path)
        assert not stopped.value.args
        assert list(tmp_path.iterdir()) == []

    def test_before_the_first_step(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(trainer, "first_state", lambda setup: stop())
        with pytest.raises(KeyboardInterrupt) as stopped:
            train(tmp_path)
        assert stopped.value.args == (only(tmp_path).name,)
        assert facts(only(tmp_path))["status"] == "stopped"

    def test_when_nothing_could_be_resumed(
        self, cuts: tuple[Path, list[Path]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        run = again(cuts[1][0], tmp_path)
        monkeypatch.setattr(
            "netwright.api.going_on.earlier.read_again", lambda *args, **how: stop()
        )
        with pytest.raises(SystemExit):
            main(["train", "--resume", run.name, "--store", str(tmp_path)])


# --- going back


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every epoch is kept to go back to, and every look for a request looks."""
    monkeypatch.setattr(requests, "LOOKED", 0.0)
    monkeypatch.setattr(rewind_states, "FRACTION", 1e9)


def request(folder: Path, changes: dict[str, Any], epoch: int | None = None) -> Path:
    place = only(folder) / "requests"
    files.write_json(place / "1.json", {"changes": changes, "epoch": epoch})
    return place / "1.answer"


def same(first: Any, second: Any) -> bool:
    return bool(small_runs.same(first.record, second.record))


RARELY = {"training.checkpoint_minutes": 1000}


@pytest.mark.usefixtures("at_once", "short_report")
class TestAhead:
    """A kill when epochs are kept that are later than the checkpoint."""

    @pytest.fixture
    def killed(self, at_once: None, tmp_path: Path) -> Path:
        def kill() -> None:
            shutil.copytree(only(tmp_path / "cut"), tmp_path / "runs" / only(tmp_path / "cut").name)
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            train(tmp_path / "cut", 8, set=RARELY, watch=on_epoch(6, kill))
        run = only(tmp_path / "runs")
        assert rewind_states.kept(Record(run)) == [1, 2, 3, 4, 5, 6]
        assert not Record(run).has_state
        return run

    def test_they_are_dropped_and_come_again(self, killed: Path, tmp_path: Path) -> None:
        kept = list[list[int]]()
        watch = on_epoch(2, lambda: kept.append(rewind_states.kept(Record(killed))))
        run = nw.train(resume=killed.name, store=killed.parent, watch=watch)
        assert kept == [[1, 2]]
        assert same(run, train(tmp_path / "whole", 8))

    def test_a_stopped_run_does_not_jump_ahead(self, killed: Path) -> None:
        with pytest.raises(RunError, match="cannot go back to epoch 4: no epoch's end is kept"):
            nw.open(killed.name, store=killed.parent).rewind(4)
        assert not Record(killed).events("rewind")

    def test_a_tweak_stays_and_a_running_run_does_not_jump_ahead(
        self, killed: Path, tmp_path: Path
    ) -> None:
        ahead = rewind_states.path_of(Record(killed), 5)
        state, answers = ahead.path.read_bytes(), list[Path]()

        def jump() -> None:
            ahead.path.write_bytes(state)
            answers.append(request(killed.parent, {}, epoch=5))

        def tweaked(progress: Any) -> None:
            if progress.dev and progress.epoch == 1:
                request(killed.parent, {"optimizer.lr": 0.002})
            if progress.dev and progress.epoch == 2 and not answers:
                jump()

        run = nw.train(resume=killed.name, store=killed.parent, watch=tweaked)
        refusal = json.loads(answers[0].read_text(encoding="utf-8"))["error"]
        assert "cannot go back to epoch 5: kept are epochs 1, 2" in refusal
        assert [row["rate"] for row in run.curves] == [0.01] + 7 * [0.002]
        assert same(nw.train(repeat=run.id, store=killed.parent), run)

    @pytest.mark.parametrize("event", ["tweak", "rewind"])
    def test_a_kill_when_a_change_is_noted_and_not_yet_saved(
        self, event: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What is noted is done again, to whatever epoch it leads."""
        noted, epoch = Record.event, 3 if event == "rewind" else None

        def killed(record: Record, kind: str, **fields: Any) -> None:
            noted(record, kind, **fields)
            if kind == event and not (tmp_path / "left").exists():
                shutil.copytree(record.path, tmp_path / "left" / record.id)

        monkeypatch.setattr(Record, "event", killed)
        ask = on_epoch(5, lambda: request(tmp_path / "runs", {"optimizer.lr": 0.002}, epoch))
        whole = train(tmp_path / "runs", 8, set=RARELY, watch=ask)
        monkeypatch.setattr(rewind_states, "FRACTION", 1e-9)  # none is kept for itself
        left = only(tmp_path / "left")
        run = nw.train(resume=left.name, store=left.parent)
        assert same(run, whole)
        columns = ("epoch", "branch", "dev_loss")
        branches = [
            [
                [row.figure(name) for name in columns[:1]] + [row.branch, row.figure("dev_loss")]
                for row in one.record.curves("abandoned.csv")
            ]
            for one in (run, whole)
        ]
        assert branches[0] == branches[1]
        assert len(branches[0]) == (2 if event == "rewind" else 0)

    def test_two_rewinds_of_a_stopped_run_leave_each_row_once(self, tmp_path: Path) -> None:
        with pytest.raises(KeyboardInterrupt):
            train(tmp_path, 8, watch=on_epoch(6, stop))
        run = nw.open("last", store=tmp_path)
        run.rewind(4)
        run.rewind(2)
        left = [(row.epoch, row.branch) for row in run.record.curves("abandoned.csv")]
        assert left == [(5, 0), (6, 0), (3, 1), (4, 1)]
        assert [event["to_step"] for event in run.record.events("rewind")] == [
            row["step"] for row in (run.curves[3:4] or [{"step": 4 * run.curves[0]["step"]}])
        ] + [run.curves[1]["step"]]
        resumed = nw.train(resume=run.id, store=tmp_path)
        assert [(row.epoch, row.branch) for row in resumed.record.curves("abandoned.csv")] == left
        assert same(resumed, train(tmp_path / "straight", 8))


@pytest.mark.usefixtures("at_once", "short_report")
class TestAbsence:
    """A rewind to before something began takes it away again."""

    @pytest.mark.parametrize(
        "changes",
        [
            {"training.average_kind": "swa", "training.swa_from": 0.5},
            {"training.average_kind": "ema", "training.average": 0.9},
            {"schedule.name": "plateau", "schedule.wait": 1, "schedule.factor": 0.1},
        ],
    )
    def test_it_comes_the_same_way_again(self, changes: dict[str, Any], tmp_path: Path) -> None:
        ask = on_epoch(6, lambda: request(tmp_path / "a", {}, epoch=2))
        back = train(tmp_path / "a", 8, set=changes, watch=ask)
        straight = train(tmp_path / "b", 8, set=changes)
        assert len(back.record.curves("abandoned.csv")) == 4
        assert same(back, straight)

    def test_a_rate_that_was_lowered_is_whole_again(self, tmp_path: Path) -> None:
        lowers = {"schedule.name": "plateau", "schedule.wait": 1, "schedule.factor": 0.1}
        at = {
            1: lambda: request(tmp_path / "a", {**lowers, "optimizer.lr": 3.0}),
            7: lambda: request(tmp_path / "a", {}, epoch=1),
        }

        def watch(progress: Any) -> None:
            if progress.dev and progress.epoch in at:
                at.pop(progress.epoch)()

        back = train(tmp_path / "a", 8, watch=watch)
        rates = [row.figure("rate") for row in back.record.curves("abandoned.csv")]
        assert min(rates) < 1, "it was lowered"
        assert same(back, train(tmp_path / "b", 8))

    def test_of_a_state(self, tmp_path: Path) -> None:
        changes = {"training.epochs": 1, "training.average": 0.0}
        started = small_runs.start("classifier", tmp_path, changes)
        state = trainer.first_state(started.setup)
        place = Inside(tmp_path, "state")
        curves = Curves(1).as_json()
        extra = {"seconds": 0.0, "cpu_seconds": 0.0, "recipe": {}, "changes": 0, "layers": []}
        extra |= {"best_key": None, "best_epoch": 0, **curves}
        checkpoints.save(place, state, {}, extra)
        state.average = torch.ones_like(state.weights.vector)
        state.carry = (torch.ones(3),)
        checkpoints.load(place, state)
        assert state.average is None and state.carry == ()


# --- several at once


def notes(folder: Path, number: int) -> None:
    for at in range(200):
        Record(folder).note(**{f"key-{number}-{at}": at})


def says(folder: Path, number: int) -> None:
    for at in range(20):
        label.note(folder, f"{number}, {at}")


def begins(folder: Path, number: int) -> None:
    store.create(folder, "mlp").note(number=number)


@pytest.mark.usefixtures("short_report")
class TestSeveralAtOnce:
    def test_no_note_is_lost(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, "fsync", lambda handle: None)  # 400 of them take seconds
        run_in_processes(2, notes, tmp_path)
        values = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
        assert sum(key.startswith("key-") for key in values) == 400

    def test_no_word_about_it_is_lost(self, tmp_path: Path) -> None:
        run_in_processes(2, says, tmp_path)
        assert len({note["message"] for note in label.of(tmp_path)["notes"]}) == 40

    def test_threads_wait_for_each_other_and_blocks_may_be_nested(self, tmp_path: Path) -> None:
        inside, most = list[int](), list[int]()

        def work() -> None:
            for _ in range(50):
                with writing.alone(tmp_path), writing.alone(tmp_path):
                    inside.append(1)
                    most.append(len(inside))
                    inside.pop()

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert set(most) == {1} and len(most) == 200

    def test_who_waits_for_ever_is_told(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(writing, "WAIT", 0.05)
        said = list[str]()

        def other() -> None:
            with pytest.raises(NetwrightError) as refused:
                Record(tmp_path).note(a=1)
            said.append(str(refused.value))

        with writing.alone(tmp_path):
            thread = threading.Thread(target=other)
            thread.start()
            thread.join()
        assert "another process has been writing into" in said[0]

    def test_ten_runs_begin_at_once(self, tmp_path: Path) -> None:
        run_in_processes(10, begins, tmp_path / "runs")
        assert len(store.every(tmp_path / "runs")) == 10

    def test_the_second_of_two_resumes_changes_nothing(
        self, cuts: tuple[Path, list[Path]], tmp_path: Path, capsys: Capsys
    ) -> None:
        run = again(cuts[1][0], tmp_path)
        before = contents(run), facts(run)
        with Record(run).held():
            with pytest.raises(SystemExit):
                main(["train", "--resume", run.name, "--store", str(tmp_path)])
            assert (contents(run), facts(run)) == before
            assert not Record(run).events("resumed")
        assert "is being trained by another process" in capsys.readouterr().err

    def test_a_run_is_held_from_its_first_file_to_its_last(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seen, note = list[bool](), Record.note

        def noted(record: Record, **changes: Any) -> None:
            seen.append(record.trained_now)
            note(record, **changes)

        monkeypatch.setattr(Record, "note", noted)
        run = train(tmp_path, 1)
        assert all(seen) and len(seen) > 5
        assert not run.record.trained_now

    def test_who_only_looks_is_in_nobodys_way(self, tmp_path: Path) -> None:
        over = threading.Event()

        def look() -> None:
            while not over.is_set():
                reading.is_held(tmp_path)

        threads = [threading.Thread(target=look) for _ in range(3)]
        for thread in threads:
            thread.start()
        try:
            for _ in range(50):
                assert not reading.is_held(tmp_path)
                with reading.held(tmp_path):
                    assert reading.is_held(tmp_path)
        finally:
            over.set()
            for thread in threads:
                thread.join()

    def test_a_diagnosis_beside_the_training_waits_for_its_end(
        self, cuts: tuple[Path, list[Path]], tmp_path: Path
    ) -> None:
        run = nw.open(str(again(cuts[1][-1], tmp_path)))
        before = contents(run.record.path), facts(run.record.path)
        with (
            run.record.held(),
            pytest.raises(RunError, match="is being trained now, and is diagnosed when it ends"),
        ):
            run.diagnose(0.02)
        assert (contents(run.record.path), facts(run.record.path)) == before

    def test_a_note_made_beside_the_training_stays(self, tmp_path: Path) -> None:
        def beside() -> None:
            Record(only(tmp_path)).note(human_error=0.03)

        run = train(tmp_path, watch=on_epoch(2, beside))
        assert run.info["human_error"] == 0.03 and run.info["status"] == "complete"
        assert run.info["weights"]


# --- disks


@pytest.mark.usefixtures("short_report")
class TestDisks:
    @pytest.mark.parametrize("minutes", [0, 1000])
    @pytest.mark.parametrize("way", ["deleted", "moved", "store"])
    def test_a_run_that_is_gone_ends_at_once(
        self, way: str, minutes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(requests, "LOOKED", 0.0)
        after = list[Any]()
        change = {"training.checkpoint_minutes": minutes}

        def gone() -> None:
            run = only(tmp_path / "runs")
            if way == "deleted":
                shutil.rmtree(run)
            else:
                (run if way == "moved" else tmp_path / "runs").rename(tmp_path / "elsewhere")

        def watch(progress: Any) -> None:
            if not (tmp_path / "runs").is_dir() or not has_run(tmp_path):
                after.append(progress)
            elif progress.dev:
                gone()

        with pytest.raises(NetwrightError) as refused:
            train(tmp_path / "runs", 50, set=change, watch=watch)
        said = str(refused.value)
        assert "is not there any more" in said and "\n" not in said
        assert "back in its place, netwright train --resume 2" in said
        assert len(after) <= 1, "it ends with the next step"
        assert not list((tmp_path / "runs").glob("*")), "nothing is made anew"
        if way != "deleted":
            moved = tmp_path / "elsewhere"
            run = moved if way == "moved" else only(moved)
            assert Record(run).info()["status"] == "running" and not Record(run).trained_now

    @pytest.mark.parametrize("at", [0.1, 0.5, 0.8, 0.95])
    def test_a_disk_that_is_full_or_read_only_is_one_sentence_and_no_loss(
        self, at: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """From some write on every write fails."""
        number = errno.EROFS if at == 0.5 else errno.ENOSPC
        sync, count = os.fsync, [0]

        def counting(handle: int) -> None:
            count[0] += 1
            sync(handle)

        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", counting)
            whole = train(tmp_path / "whole", human_error=0.01)
        left = int(at * count[0])

        def failing(handle: int) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise OSError(number, os.strerror(number))
            sync(handle)

        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", failing)
            with pytest.raises(NetwrightError) as refused:
                train(tmp_path / "runs", human_error=0.01)
        assert os.strerror(number) in str(refused.value) and "\n" not in str(refused.value)
        runs = list((tmp_path / "runs").glob("2*"))
        if at == 0.1:
            assert not runs, "nothing stays of a run that never began"
            return
        resumed = nw.train(resume=runs[0].name, store=runs[0].parent)
        assert same(resumed, whole)
        assert contents(runs[0]).keys() == contents(whole.record.path).keys()

    def test_a_line_that_a_full_disk_cut_spoils_no_other(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        record, write = Record(tmp_path), os.write
        record.event("first")
        with monkeypatch.context() as patch:
            patch.setattr(os, "write", lambda handle, content: write(handle, content[:9]))
            with pytest.raises(NetwrightError, match="No space left on device"):
                record.event("second")
        record.event("third")
        events, torn = reading.events(tmp_path)
        assert [event["event"] for event in events] == ["first", "third"] and torn == 1


class TestLeftovers:
    HALF = (
        ".run.json.abcd1234",
        "checkpoint/.state.safetensors.x_y1z2w3",
        "pictures/.a.png.00000000",
    )

    def half_written(self, run: Path) -> list[Path]:
        made = [run / name for name in self.HALF]
        for path in made:
            path.parent.mkdir(exist_ok=True)
            path.write_text("half", encoding="utf-8")
        return made

    def test_of_dead_writers_go_when_the_run_goes_on(
        self, cuts: tuple[Path, list[Path]], tmp_path: Path
    ) -> None:
        run = again(cuts[1][-1], tmp_path)
        self.half_written(run)
        nw.train(resume=run.name, store=tmp_path)
        expect_whole(run, cuts[0])

    def test_of_the_last_step_go_with_the_end(self, tmp_path: Path) -> None:
        run = train(tmp_path, watch=on_epoch(2, lambda: self.half_written(only(tmp_path))))
        assert writing.half_written(run.record.path) == []

    def test_they_are_tidied_but_not_those_of_the_living(
        self, cuts: tuple[Path, list[Path]], tmp_path: Path
    ) -> None:
        run = again(cuts[0], tmp_path)
        made = self.half_written(run)

        def found() -> list[Path]:
            return [spare.path for spare in tidying.find(tmp_path, ["leftovers"])]

        with Record(run).held():
            assert found() == []
        assert sorted(found()) == sorted(made)

    def test_an_answer_that_nobody_waits_for(self, tmp_path: Path) -> None:
        def forgotten() -> None:
            place = only(tmp_path) / "requests" / "1.answer"
            files.write_json(place, {})
            os.utime(place, (0, 0))

        run = train(tmp_path, watch=on_epoch(2, forgotten))
        assert not (run.record.path / "requests").exists()


# --- the clock


class TestClocks:
    @pytest.fixture
    def clock(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[datetime]]:
        now = [datetime(2026, 11, 26, 12, 0, 0, tzinfo=UTC)]
        monkeypatch.setattr(store, "datetime", SimpleNamespace(now=lambda zone: now[0]))
        yield now

    @pytest.mark.parametrize("back", [timedelta(seconds=1), timedelta(days=400)])
    def test_a_run_begun_later_is_listed_later(
        self, back: timedelta, clock: list[datetime], tmp_path: Path
    ) -> None:
        made = [store.create(tmp_path, "z")]
        clock[0] -= back
        for net in ("a", "a", "b"):
            made.append(store.create(tmp_path, net))
            made[-1].note(status="stopped", system="classifier", model=net)
            assert store.find("last", tmp_path).id == made[-1].id
        assert [run.id for run in store.every(tmp_path)] == [run.id for run in made]
        assert all(store.NAME.fullmatch(run.id) for run in made)

    def test_once_the_clock_is_right_again_so_are_ids(
        self, clock: list[datetime], tmp_path: Path
    ) -> None:
        store.create(tmp_path, "a")
        clock[0] += timedelta(hours=1)
        assert store.create(tmp_path, "a").id == "20261126-130000-a-000"

    @pytest.mark.parametrize("odd", ["99999999-999999-x-fff", "20261399-000000-x-000", "zz"])
    def test_what_is_no_date_is_passed_over(
        self, odd: str, clock: list[datetime], tmp_path: Path
    ) -> None:
        (tmp_path / odd).mkdir()
        assert store.create(tmp_path, "a").id == "20261126-120000-a-000"

    def test_the_last_tick_of_a_second_is_followed_by_the_next_second(
        self, clock: list[datetime], tmp_path: Path
    ) -> None:
        (tmp_path / "20261231-235959-a-fff").mkdir()
        assert store.create(tmp_path, "a").id == "20270101-000000-a-000"
