"""Searches from the first trial to the report: one process, several, killed ones, refused ones."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

import netwright as nw
import processes
from netwright import api
from netwright.api.searching.rounds import open_storage
from netwright.base.errors import NetwrightError, NetwrightWarning, RecipeError
from netwright.cli.main import main
from netwright.runs import store
from netwright.searching import analysis, worker
from netwright.searching.outcome import Outcome
from netwright.searching.storage import journal_file, postgres
from netwright.searching.storage.interface import readable_errors
from netwright.searching.study import last_round
from netwright.training import trainer

pytestmark = pytest.mark.usefixtures("no_pictures")

QUICK: dict[str, Any] = {"model": "linear", "epochs": 1, "set": {"training.threads": 1}}
RATES = {"optimizer.lr": {"low": 1e-3, "high": 1e-1, "scale": "log"}}

RANGE = {"optimizer.lr": [1e-3, 1e-1]}


def hangs(folder: Path, storage: str | None) -> None:
    """A worker that takes a trial and never ends it."""
    trainer.prepare = lambda *given: time.sleep(600)  # type: ignore[assignment]
    api.search(
        "digits8", **QUICK, space=RANGE, trials=3, sampler="random", name="hangs", store=folder,
        storage=storage,
    )  # fmt: skip


def leads(folder: Path, storage: str | None, decide: Any = None) -> None:
    """A search of five trials and four."""
    api.search(
        "digits8", **QUICK, space=RANGE, trials=9, rounds=2, sampler="random", name="led",
        store=folder, storage=storage, decide=decide,
    )  # fmt: skip


def leads_and_hangs(folder: Path, storage: str | None) -> None:
    """In its third trial."""
    prepare, made = trainer.prepare, list[None]()

    def hang(*given: Any) -> Any:
        made.append(None)
        return prepare(*given) if len(made) <= 2 else time.sleep(600)

    trainer.prepare = hang
    leads(folder, storage)


def leads_and_refuses(folder: Path, storage: str | None) -> None:
    """The person takes some time to say no."""

    def decide(first: Any, finer: Any) -> bool:
        while not (folder / "refuse").exists():
            time.sleep(0.05)
        return False

    leads(folder, storage, decide)


@contextlib.contextmanager
def beside(
    work: Callable[[Path, str | None], None], folder: Path, storage: str | None = None
) -> Iterator[None]:
    """A process that does this; killed without a chance to say anything when the block ends."""
    process = processes.start(work, folder, storage)
    try:
        yield
    finally:
        process.kill()
        process.join()


def wait_until(true: Any, seconds: float = 120) -> None:
    """Until ``true()``, or the test fails."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.1)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def found(place: Path) -> Outcome:
    """Six trials in two rounds."""
    space = {**RATES, "optimizer.name": ["sgd", "adamw"]}
    return nw.search(
        "digits8",
        **QUICK,
        space=space,
        trials=8,
        rounds=2,
        sampler="random",
        name="base",
        store=place,
    )


class TestASearch:
    def test_the_winner_is_the_trial_with_the_lowest_dev_error(self, found: Outcome) -> None:
        done = [row for row in found.rows if row.state == "complete"]
        assert len(done) == 8
        assert found.winner is not None
        assert found.winner.value == min(row.value for row in done if row.value is not None)

    def test_every_trial_is_a_run_like_any_other(self, found: Outcome, place: Path) -> None:
        for row in found.rows:
            run = nw.open(row.run, store=place)
            assert run.info["status"] == "complete"
            assert (run.info["search"], run.info["round"], run.info["trial"]) == (
                "base",
                row.round,
                row.number,
            )
            assert run.measures["dev"]["error"]["value"] == row.value
            assert run.recipe.optimizer.lr == row.values["optimizer.lr"]
            assert run.recipe.optimizer.name == row.values["optimizer.name"]

    def test_the_test_split_stays_sealed(self, found: Outcome, place: Path) -> None:
        for row in found.rows:
            run = nw.open(row.run, store=place)
            assert not run.record.events("test_opened")
            assert set(run.measures) == {"train", "dev"}

    def test_all_trials_have_the_same_dev_examples(self, found: Outcome, place: Path) -> None:
        assert (
            len({tuple(nw.open(row.run, store=place).record.splits()) for row in found.rows}) == 1
        )

    def test_the_second_round_is_the_region_of_the_first(self, found: Outcome) -> None:
        first, second = found.rounds
        rows = [row for row in found.rows if row.round == 1]
        assert second.space == analysis.region(rows, first.space, "lower", found.recipe)
        for row in found.rows:
            if row.round == 2:
                assert all(
                    one.low <= row.values[one.key] <= one.high
                    for one in second.space
                    if one.scale != "choice"
                )

    def test_the_same_seed_tries_the_same_settings(self, found: Outcome, tmp_path: Path) -> None:
        space = {**RATES, "optimizer.name": ["sgd", "adamw"]}
        again = nw.search(
            "digits8", **QUICK, space=space, trials=4, sampler="random", name="b", store=tmp_path
        )
        assert [row.values for row in again.rows] == [
            row.values for row in found.rows if row.round == 1
        ]
        assert [row.value for row in again.rows] == [
            row.value for row in found.rows if row.round == 1
        ]

    def test_the_report_stands_alone_and_holds_what_to_know(self, found: Outcome) -> None:
        page = (found.folder / "report.html").read_text(encoding="utf-8")
        assert "http://" not in page.replace("http://www.w3.org/2000/svg", "")
        assert "<script" not in page
        for message in found.messages:
            assert message.split(":")[0] in page
        assert found.winner is not None
        assert found.winner.run in page
        assert (
            json.loads((found.folder / "search.json").read_text())["winner"]["run"]
            == found.winner.run
        )

    def test_the_winner_is_diagnosed(self, found: Outcome, place: Path) -> None:
        assert found.winner is not None
        assert (place / found.winner.run / "report.html").exists()

    def test_a_damaged_winner_does_not_hide_the_search(
        self, found: Outcome, place: Path, tmp_path: Path
    ) -> None:
        import shutil

        store = tmp_path / "runs"
        shutil.copytree(place, store)
        assert found.winner is not None
        (store / "searches" / "base" / "report.html").unlink()
        (store / found.winner.run / "run.json").write_text("{", encoding="utf-8")
        space = {**RATES, "optimizer.name": ["sgd", "adamw"]}
        with pytest.warns(
            NetwrightWarning, match="the best trial's run has no diagnosis: .*cut off"
        ):
            again = nw.search(
                "digits8",
                **QUICK,
                space=space,
                trials=8,
                rounds=2,
                sampler="random",
                name="base",
                store=store,
            )
        assert again.winner == found.winner
        assert (store / "searches" / "base" / "report.html").exists()

    def test_it_goes_on_to_more_trials(self, found: Outcome, place: Path) -> None:
        more = api.join("base", trials=9, store=place)
        assert [row.run for row in more.rows if row.run][:8] == [row.run for row in found.rows]
        assert sum(row.state == "complete" for row in more.rows) == 9

    @pytest.mark.parametrize(
        "rubbish", [b"", b"\xff", b"[]", b"null", b"3", b'"x"', b"{}", b"[" * 100_000, None]
    )
    def test_any_line_of_its_file_damaged_or_lost_is_one_sentence(
        self, rubbish: bytes | None, found: Outcome, place: Path, tmp_path: Path
    ) -> None:
        """Lines that only tell how a trial went may be missing: that trial is another then, or
        none.
        """
        lines = (
            (place / "searches" / "base" / "trials.jsonl").read_bytes().splitlines(keepends=True)
        )
        path = tmp_path / "searches" / "base" / "trials.jsonl"
        path.parent.mkdir(parents=True)
        for at in range(15):
            path.write_bytes(
                b"".join(
                    [*lines[:at], b"" if rubbish is None else rubbish + b"\n", *lines[at + 1 :]]
                )
            )
            try:
                rows = last_round(open_storage(tmp_path, "base", None), "base").rows()
            except NetwrightError as refused:
                assert re.fullmatch(r"[^\n]+\.", str(refused))
            else:
                assert rubbish is None and rows

    def test_again_on_other_data_lists_what_moved(self, found: Outcome, place: Path) -> None:
        other = api.again("base", "wine", store=place)
        assert other.plan.name == "base-on-wine"
        assert len(other.rows) == 4
        assert {line.split(":")[0] for line in other.moves} <= {"optimizer.lr", "optimizer.name"}
        assert "Against the search" in (other.folder / "report.html").read_text(encoding="utf-8")


class TestRefused:
    def test_another_space_under_the_same_name(self, found: Outcome, place: Path) -> None:
        with pytest.raises(
            NetwrightError,
            match=r"there is a search 'base' with another space .*choose another --name",
        ):
            nw.search("digits8", **QUICK, space=RATES, sampler="random", name="base", store=place)
        with pytest.raises(NetwrightError, match="with another data"):
            nw.search(
                "iris",
                **QUICK,
                space={**RATES, "optimizer.name": ["sgd", "adamw"]},
                sampler="random",
                name="base",
                store=place,
            )

    def test_a_search_that_is_not_there(self, found: Outcome, place: Path) -> None:
        with pytest.raises(NetwrightError, match=r"no search 'bas'.*did you mean 'base'"):
            api.join("bas", store=place)

    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            ({"sampler": "tep"}, "did you mean 'tpe'"),
            ({"pruner": "mean"}, "did you mean 'median'"),
            ({"trials": 0}, "--trials 0"),
            ({"trials": 2, "rounds": 3}, "at least one for each"),
            ({"name": "../x"}, "cannot be called"),
            ({"satisfy": ["speed<=1s"]}, "--satisfy"),
            ({"space": {"model.name": ["linear", "liner"]}}, "no model 'liner'"),
            (
                {
                    "space": {"optimizer.name": ["sgd", "adam", "adamw"]},
                    "sampler": "grid",
                    "trials": 2,
                },
                "at least 3 points",
            ),
            ({"storage": "mysql://x"}, "expected postgresql"),
            ({"storage": "nonsense"}, "expected postgresql"),
        ],
    )
    def test_in_one_sentence_and_nothing_is_kept(
        self, given: dict[str, Any], expected: str, tmp_path: Path
    ) -> None:
        with pytest.raises((NetwrightError, RecipeError), match=r"^[^\n]+$") as refused:
            nw.search("digits8", **{**QUICK, **given}, store=tmp_path)
        assert expected in str(refused.value)
        assert not store.every(tmp_path)

    def test_workers_on_data_in_memory(self, tmp_path: Path) -> None:
        data = (np.random.default_rng(0).random((60, 3)), ["a", "b"] * 30)
        with pytest.raises(NetwrightError, match="share no memory"):
            nw.search(data, **QUICK, workers=2, store=tmp_path)

    def test_a_damaged_file(self, tmp_path: Path) -> None:
        (tmp_path / "searches" / "x").mkdir(parents=True)
        (tmp_path / "searches" / "x" / "trials.jsonl").write_text('{"op_code": "what"}\n')
        with pytest.raises(NetwrightError, match="does not hold what a search's file does"):
            api.join("x", store=tmp_path)

    @pytest.mark.parametrize(
        ("content", "why"),
        [
            (b'{"op_code":2,"user_attr":{"x":' + b"[" * 200 + b"]" * 200 + b"}}\n", "too deeply"),
            (b"[" * 100_000 + b"\n", "too deeply"),
            (b'"' + b"x" * 2**20 + b'"\n', "line 1 holds more than 1,048,576 bytes"),
            (b"x" * 2**21, "line 1 holds more than 1,048,576 bytes"),
            (b"{}\n" + b'{"a":[' + b"0," * 40 + b"0]}\n", "line|op_code"),
            (b"\0", r"it holds 268,435,457 bytes, more than 268,435,456"),
        ],
    )
    def test_a_file_of_a_stranger_is_bounded_before_it_is_read(
        self, content: bytes, why: str, tmp_path: Path
    ) -> None:
        path = tmp_path / "trials.jsonl"
        path.write_bytes(content)
        if content == b"\0":  # of holes: it takes no room on the disk
            os.truncate(path, journal_file.MOST_BYTES + 1)
        size = path.stat().st_size
        with pytest.raises(NetwrightError, match=why) as refused:
            journal_file.open_file(tmp_path)
        assert "\n" not in str(refused.value) and len(str(refused.value)) < 500
        assert path.stat().st_size == size

    @pytest.mark.parametrize(
        ("bound", "why"), [("MOST_VALUES", "30 values"), ("MOST_TRIALS", "30 trials")]
    )
    def test_so_is_what_its_lines_hold_in_all(
        self, bound: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        import optuna

        storage = journal_file.open_file(tmp_path).optuna
        study = optuna.create_study(storage=storage)
        for _ in range(31):
            study.ask()
        assert len(optuna.load_study(study_name=None, storage=storage).trials) == 31
        monkeypatch.setattr(journal_file, bound, 30)
        with pytest.raises(NetwrightError, match=f"it holds more than {why}"):
            journal_file.open_file(tmp_path)


class TestWays:
    def test_the_recipe_file_holds_the_space(self, tmp_path: Path) -> None:
        recipe = tmp_path / "r.yaml"
        section = {"optimizer.lr": {"low": 0.01, "high": 0.1, "scale": "log"}}
        recipe.write_text(
            yaml.safe_dump(
                {"model": {"name": "linear"}, "training": {"epochs": 1}, "search": section}
            )
        )
        done = nw.search("digits8", recipe=recipe, sampler="grid", trials=2, store=tmp_path)
        assert [row.values["optimizer.lr"] for row in done.rows] == [0.01, 0.1]
        nw.train("digits8", recipe=recipe, store=tmp_path)

    def test_data_in_memory_are_searched_by_one_worker(self, tmp_path: Path) -> None:
        x = np.random.default_rng(0).random((90, 3))
        done = nw.search(
            (x, ["yes" if a > 0.5 else "no" for a, _, _ in x]),
            **QUICK,
            space=RATES,
            trials=2,
            store=tmp_path,
        )
        assert done.winner is not None

    def test_bounds_keep_a_better_trial_from_winning(self, tmp_path: Path) -> None:
        given = {
            "epochs": 3,
            "set": {"training.threads": 1},
            "space": {"model.hidden": [[4], [256]]},
            "sampler": "grid",
            "trials": 2,
        }
        done = nw.search(
            "digits8", model="mlp", **given, satisfy=["size<=20kB", "latency<=10s"], store=tmp_path
        )
        assert done.winner is not None
        small, large = done.rows
        assert small.value is not None
        assert large.value is not None
        assert large.value < small.value
        assert done.winner == small
        assert 0 < small.figures["latency"] < 1
        none = nw.search("digits8", model="mlp", **given, satisfy=["size<=1B"], store=tmp_path)
        assert none.winner is None
        assert "nearest is trial 0" in none.why_none

    def test_two_begun_in_one_second_are_two(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from datetime import datetime

        from netwright.api.searching import verbs

        class Standing(datetime):
            @classmethod
            def now(cls, tz: Any = None) -> datetime:
                return datetime(2026, 11, 26, 11, 37, 18, tzinfo=tz)

        monkeypatch.setattr(verbs, "datetime", Standing)
        given: dict[str, Any] = {**QUICK, "space": RATES, "trials": 1, "store": tmp_path}
        one, two = (nw.search("digits8", **given, seed=seed) for seed in (0, 1))
        assert one.folder != two.folder
        assert one.rows[0].run != two.rows[0].run

    def test_poor_trials_are_stopped_early_and_the_run_has_the_reason(self, tmp_path: Path) -> None:
        rates = {"optimizer.lr": {"choices": [0.1, 0.09, 0.08, 0.07, 1e-5]}}
        given: dict[str, Any] = {**QUICK, "epochs": 6, "sampler": "grid", "trials": 5}
        done = nw.search("digits8", **given, space=rates, store=tmp_path)
        assert [row.state for row in done.rows] == ["complete"] * 4 + ["stopped early"]
        assert max(done.rows[4].curve) < 6
        run = nw.open(done.rows[4].run, store=tmp_path)
        assert "stopped early by its search" in run.info["message"]

    def test_a_diverged_trial_does_not_end_the_search(self, tmp_path: Path) -> None:
        rates = {"optimizer.lr": {"choices": [0.05, 999.0]}}
        data = {"data.task": "regression"}
        done = nw.search(
            "diabetes",
            model="mlp",
            epochs=2,
            set={"optimizer.name": "sgd", "training.threads": 1, **data},
            space=rates,
            sampler="grid",
            trials=2,
            store=tmp_path,
        )
        assert done.rows[1].state == "diverged", done.rows[1].why
        assert done.winner is not None or done.rows[0].state == "diverged"

    def test_when_all_fail_alike_it_stops(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(*given: Any) -> Any:
            raise RecipeError("no such thing.")

        monkeypatch.setattr(trainer, "prepare", broken)
        with pytest.raises(NetwrightError, match=r"the first 3 trials all failed.*no such thing"):
            nw.search("digits8", **QUICK, trials=9, store=tmp_path)

    def test_the_command_says_why_a_trial_failed(
        self,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        def broken(*given: Any) -> Any:
            raise RecipeError("no such thing.")

        monkeypatch.setattr(trainer, "prepare", broken)
        monkeypatch.chdir(tmp_path)
        with pytest.raises(SystemExit):
            main(["search", "digits8", "--trials", "2", "--epochs", "1"])
        told = capsys.readouterr()
        assert (told.out + told.err).count("no such thing.") >= 2


class TestProcesses:
    def test_several_workers_make_each_trial_once(self, tmp_path: Path) -> None:
        seen: list[int] = []
        done = nw.search(
            "digits8",
            **QUICK,
            space=RATES,
            trials=5,
            workers=2,
            sampler="random",
            name="several",
            store=tmp_path,
            watch=lambda row, found: seen.append(row.number),
        )
        assert [row.state for row in done.rows] == ["complete"] * 5
        assert sorted(seen) == list(range(5))
        assert len({row.run for row in done.rows}) == len(store.every(tmp_path)) == 5

    def test_a_killed_worker_loses_its_trial_alone_which_is_tried_again(
        self, tmp_path: Path
    ) -> None:
        journal = tmp_path / "searches" / "hangs" / "trials.jsonl"
        with beside(hangs, tmp_path):
            wait_until(
                lambda: journal.exists() and '"values"' in journal.read_text(encoding="utf-8")
            )
        done = api.join("hangs", store=tmp_path)
        lost = [row for row in done.rows if row.state == "lost"]
        again = [row for row in done.rows if row.again]
        assert [row.number for row in lost] == [0]
        assert [list(row.again) for row in again] == [[0]]
        assert again[0].values == lost[0].values
        assert sum(row.state == "complete" for row in done.rows) == 3

    def test_a_living_workers_trial_is_left_to_it(self, tmp_path: Path) -> None:
        journal = tmp_path / "searches" / "hangs" / "trials.jsonl"
        with beside(hangs, tmp_path):
            wait_until(
                lambda: journal.exists() and '"values"' in journal.read_text(encoding="utf-8")
            )
            here = journal_file.open_file(journal.parent)
            with here.turn():
                assert here.lost(last_round(here, "hangs").study) == []

    def test_who_joins_goes_on_to_the_rounds_of_a_search_whose_leader_was_killed(
        self, tmp_path: Path
    ) -> None:
        journal, lines = tmp_path / "searches" / "led" / "trials.jsonl", list[str]()
        with beside(leads_and_hangs, tmp_path):
            # a trial writes its settings before it trains: the third hangs there for good
            wait_until(
                lambda: (
                    journal.exists()
                    and journal.read_text(encoding="utf-8").count('"values":{') == 3
                )
            )
        done = api.join("led", store=tmp_path, log=lines.append)
        complete = [row for row in done.rows if row.state == "complete"]
        assert [sum(row.round == number for row in complete) for number in (1, 2)] == [5, 4]
        assert sum(row.state == "lost" for row in done.rows) == 1 and lines == []
        first, second = (part.space[0] for part in done.rounds)
        assert second.ends[1] - second.ends[0] < first.ends[1] - first.ends[0]
        assert (done.folder / "report.html").exists()

    def test_the_leader_alone_chooses_the_space_of_the_next_round(self, tmp_path: Path) -> None:
        journal, lines = tmp_path / "searches" / "led" / "trials.jsonl", list[str]()

        def log(line: str) -> None:
            lines.append(line)
            (tmp_path / "refuse").touch()

        def decide(first: Any, finer: Any) -> bool:
            raise AssertionError("it leads nothing")

        with beside(leads_and_refuses, tmp_path):
            wait_until(
                lambda: journal.exists() and '"values"' in journal.read_text(encoding="utf-8")
            )
            done = api.join("led", store=tmp_path, log=log, decide=decide)
        assert lines == [
            "round 1 has all its trials; the process that leads the search chooses where the next"
            " one looks"
        ]
        assert done.rounds[1].space == done.rounds[0].space
        assert sum(row.state == "complete" for row in done.rows) == 9

    def test_settings_that_kill_every_worker_are_given_up(self, tmp_path: Path) -> None:
        nw.search("digits8", **QUICK, space=RATES, trials=1, name="x", store=tmp_path)
        part = last_round(journal_file.open_file(tmp_path / "searches" / "x"), "x")
        for _ in range(worker.TRIES):
            part.study.ask().suggest_float("optimizer.lr", *part.space[0].ends)
            for lost in part.storage.lost(part.study):
                worker.put_back(part, lost)
        assert not any(row.state == "waiting" for row in part.rows())

    def test_stopped_by_hand_the_trial_waits(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fit, calls = trainer.fit, [0]

        def stopped(*given: Any) -> Iterator[Any]:
            calls[0] += 1
            if calls[0] == 2:
                raise KeyboardInterrupt
            return fit(*given)

        monkeypatch.setattr(trainer, "fit", stopped)
        with pytest.raises(KeyboardInterrupt, match="stop"):
            nw.search("digits8", **QUICK, space=RATES, trials=3, name="stop", store=tmp_path)
        done = api.join("stop", store=tmp_path)
        assert sum(row.state == "complete" for row in done.rows) == 3
        assert [list(row.again) for row in done.rows if row.again] == [[1]]

    def test_a_line_cut_by_a_crash_never_counted(self, tmp_path: Path) -> None:
        nw.search("digits8", **QUICK, space=RATES, trials=1, name="cut", store=tmp_path)
        with (tmp_path / "searches" / "cut" / "trials.jsonl").open("a") as file:
            file.write('{"op_code": 4, "worker')
        done = api.join("cut", trials=2, store=tmp_path)
        assert [row.state for row in done.rows] == ["complete"] * 2


class TestDatabase:
    """What needs no server."""

    def test_a_worker_gives_signs_of_life_again_after_one_that_did_not_get_through(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from optuna.exceptions import StorageInternalError
        from sqlalchemy.exc import OperationalError

        monkeypatch.setattr(postgres, "BEAT", 0.001)
        cut = OperationalError("select", {}, Exception("cut"))
        answers = [None, cut, StorageInternalError("commit"), None, None]
        through = threading.Event()

        class Cut:
            def record_heartbeat(self, trial: int) -> None:
                answer = answers.pop(0)
                if not answers:
                    through.set()
                    answers.append(None)
                if answer is not None:
                    raise answer

        with postgres._beating(Cut(), 0):  # type: ignore[arg-type]
            assert through.wait(20)

    def test_the_reason_is_what_the_driver_said_first(self) -> None:
        from sqlalchemy.exc import OperationalError, PendingRollbackError

        with (
            pytest.raises(NetwrightError, match=r"cannot be reached \(the server is gone\)"),
            readable_errors("here"),
        ):
            try:
                raise OperationalError("select", {}, Exception("the server is gone"))
            finally:
                raise PendingRollbackError("roll back first")


class TestCommandLine:
    def test_it_prints_json_alone_and_the_best_in_words(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        from netwright.cli.main import main

        given = [
            "search",
            "digits8",
            "--model",
            "linear",
            "--epochs",
            "1",
            "--set",
            "training.threads=1",
            "--space",
            "optimizer.lr=1e-3:1e-1:log",
            "--store",
            str(tmp_path),
        ]
        main([*given, "--trials", "2", "--name", "a", "--json"])
        printed_json = json.loads(capsys.readouterr().out)
        assert printed_json["winner"]["state"] == "complete"
        assert len(printed_json["trials"]) == 2
        main([*given, "--trials", "3", "--name", "a"])
        printed = capsys.readouterr()
        assert "best: dev error" in printed.out
        assert "dev was consulted 3 times" in printed.out
        assert printed.err.count("trial ") == 1, "two were there already"
        with pytest.raises(SystemExit) as ended:
            main([*given, "--trials", "1", "--satisfy", "size<=1B"])
        assert ended.value.code == 1

    def test_a_refused_region_keeps_the_space(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        from netwright.cli.main import main

        given = [
            "search",
            "digits8",
            "--model",
            "linear",
            "--epochs",
            "1",
            "--trials",
            "8",
            "--rounds",
            "2",
            "--region",
            "keep",
            "--name",
            "k",
            "--json",
        ]
        main([*given, "--set", "training.threads=1", "--store", str(tmp_path)])
        printed = capsys.readouterr()
        assert "looks nearer" in printed.err
        first, second = json.loads(printed.out)["space"]
        assert first == second


def test_the_search_costs_no_start() -> None:
    code = (
        "import sys, netwright.cli.train.search, netwright.searching.space; assert not {'torch',"
        " 'optuna', 'matplotlib'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ})
