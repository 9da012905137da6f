"""Runs kept in order: names, notes, removal, what may go."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import time
import warnings
from pathlib import Path
from typing import Any

import pytest

import netwright as nw
import report_run
from netwright.base.errors import NetwrightError, NetwrightWarning, RunError
from netwright.base.files import take_away
from netwright.base.paths import Inside
from netwright.cli.main import main
from netwright.runs import store as stores
from netwright.runs.record import Record

pytestmark = pytest.mark.usefixtures("no_pictures")

OTHER = "20261122-160000-mlp-b2c"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run as a training leaves it; tests copy it."""
    return report_run.classifier_run(tmp_path_factory.mktemp("made") / report_run.ID, dev=20)


@pytest.fixture
def store(made: Path, tmp_path: Path) -> Path:
    """Two complete runs, each with the state of its end."""
    for name in (report_run.ID, OTHER):
        shutil.copytree(made, tmp_path / "runs" / name)
        state = Record(tmp_path / "runs" / name).checkpoint
        state.parent.mkdir()
        state.write_bytes(b"0" * 1000)
    return tmp_path / "runs"


def out(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    capsys.readouterr()
    main([str(word) for word in words])
    return capsys.readouterr().out


def refused(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main([str(word) for word in words])
    assert ended.value.code == 2
    printed = capsys.readouterr()
    assert "Traceback" not in printed.err and printed.out == ""
    return printed.err.splitlines()[-1]


def age(path: Path) -> None:
    """As if nobody had touched it for two hours."""
    for one in [path, *path.rglob("*")]:
        os.utime(one, (time.time() - 7200,) * 2, follow_symlinks=False)


Capsys = pytest.CaptureFixture[str]


class TestNames:
    def test_every_verb_takes_it(self, store: Path, capsys: Capsys) -> None:
        at = ("--store", store)
        out(capsys, "runs", "rename", OTHER, "best so far", *at)
        assert OTHER in out(capsys, "show", "best so far", *at)
        assert json.loads(out(capsys, "show", "best so far", *at, "--json"))["id"] == OTHER
        assert nw.open("best so far", store=store).id == OTHER
        table = out(capsys, "runs", *at).splitlines()
        assert "best so far" in next(line for line in table if line.startswith(OTHER))
        rows = {row["id"]: row for row in json.loads(out(capsys, "runs", *at, "--json"))}
        assert [rows[name]["name"] for name in (report_run.ID, OTHER)] == ["", "best so far"]

    def test_it_is_seen_and_taken_away_again(self, store: Path, capsys: Capsys) -> None:
        run = nw.open(OTHER, store=store)
        run.report.write_text("old", encoding="utf-8")
        run.rename("mine")
        assert "<b>mine</b>" in run.report.read_text(encoding="utf-8")
        assert run.name == "mine"
        run.rename("another")
        assert "no run 'mine'" in refused(capsys, "show", "mine", "--store", store)
        printed = out(capsys, "runs", "rename", "another", "--store", store)
        assert printed == f"{OTHER} has no other name\n"
        assert nw.open(OTHER, store=store).name == ""
        assert "<b>another</b>" not in run.report.read_text(encoding="utf-8")

    def test_a_misspelt_one_is_known(self, store: Path, capsys: Capsys) -> None:
        nw.open(OTHER, store=store).rename("baseline")
        assert "did you mean 'baseline'?" in refused(capsys, "show", "basline", "--store", store)

    @pytest.mark.parametrize(
        "name", ["last", "a/b", "../up", "-x", ".x", "x\n", " x", "é\x1b", "x" * 61]
    )
    def test_what_no_run_can_be_called(self, name: str, store: Path, capsys: Capsys) -> None:
        words = ("runs", "rename", "--store", store, "--", OTHER, name)
        assert "a run cannot be called" in refused(capsys, *words)

    @pytest.mark.parametrize("name", ["a", "Größe 7", "v1.2_final+", "名前"])
    def test_what_it_can(self, name: str, store: Path) -> None:
        nw.open(OTHER, store=store).rename(name)
        assert nw.open(name, store=store).id == OTHER

    def test_one_name_is_of_one_run(self, store: Path) -> None:
        first = nw.open(report_run.ID, store=store)
        first.rename("mine")
        first.rename("mine")
        for taken in ("mine", report_run.ID):
            with pytest.raises(RunError, match=f"^{report_run.ID} is called '{taken}'"):
                nw.open(OTHER, store=store).rename(taken)

    def test_an_id_comes_before_a_name(self, store: Path) -> None:
        nw.open(OTHER, store=store).rename("a3f")
        assert nw.open("a3f", store=store).id == OTHER, "and a name before the end of an id"
        assert nw.open(report_run.ID, store=store).id == report_run.ID

    def test_a_damaged_label_is_named(self, store: Path, capsys: Capsys) -> None:
        (store / OTHER / "label.json").write_text('{"name": 3}', encoding="utf-8")
        assert "name" in refused(capsys, "runs", "note", OTHER, "text", "--store", store)
        assert "label.json" in out(capsys, "show", OTHER, "--store", store)
        assert len(out(capsys, "runs", "--store", store).splitlines()) == 4


class TestNotes:
    def test_they_are_shown_wherever_the_run_is(self, store: Path, capsys: Capsys) -> None:
        at = ("--store", store)
        run = nw.open(OTHER, store=store)
        run.report.write_text("old", encoding="utf-8")
        out(capsys, "runs", "note", OTHER, "too slow <b>", *at)
        out(capsys, "runs", "note", OTHER, "another time", *at)
        assert run.notes == ["too slow <b>", "another time"]
        shown = out(capsys, "show", OTHER, *at)
        assert "note  too slow <b>" in shown and "note  another time" in shown
        page = run.report.read_text(encoding="utf-8")
        assert "too slow &lt;b&gt;" in page and "another time" in page
        kept = json.loads(out(capsys, "runs", "note", OTHER, *at, "--json"))["notes"]
        assert [note["message"] for note in kept] == run.notes
        out(capsys, "runs", "note", OTHER, "--clear", *at)
        assert run.notes == []
        assert "another time" not in run.report.read_text(encoding="utf-8")

    def test_an_empty_one_is_refused(self, store: Path, capsys: Capsys) -> None:
        for text in (" ", "x" * 10_001):
            words = ("runs", "note", OTHER, text, "--store", store)
            assert "a note holds 1 to 10,000 characters" in refused(capsys, *words)


class TestRemoval:
    def test_it_is_gone(self, store: Path, capsys: Capsys) -> None:
        words = ("runs", "remove", OTHER, report_run.ID, OTHER, "--yes", "--store", store, "--json")
        size = sum(path.stat().st_size for path in (store / OTHER).rglob("*") if path.is_file())
        removed = json.loads(out(capsys, *words))["removed"]
        assert {row["id"]: row["bytes"] for row in removed} == {OTHER: size, report_run.ID: size}
        assert list(store.iterdir()) == []

    def test_nobody_is_asked(self, store: Path, capsys: Capsys) -> None:
        said = refused(capsys, "runs", "remove", OTHER, "--store", store)
        assert "say it with --yes" in said
        assert (store / OTHER).is_dir()

    @pytest.mark.parametrize(("answer", "left"), [("n", 2), ("", 2), ("y", 1)])
    def test_a_person_is_asked(
        self, answer: str, left: int, store: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from click.testing import CliRunner

        from netwright.cli.runs.runs import command

        monkeypatch.setattr("click.testing._NamedTextIOWrapper.isatty", lambda _: True)
        words = ["remove", OTHER, "--store", str(store)]
        done = CliRunner().invoke(command, words, input=f"{answer}\n")
        assert "Remove 1 run" in done.output
        assert len(stores.every(store)) == left

    def test_one_that_is_trained_stays(self, store: Path, capsys: Capsys) -> None:
        run = nw.open(OTHER, store=store)
        with run.record.held():
            words = ("runs", "remove", OTHER, "--yes", "--store", store)
            assert "is being trained by another process" in refused(capsys, *words)
        assert (store / OTHER / "run.json").exists()

    def test_a_damaged_one_can_go(self, store: Path, capsys: Capsys) -> None:
        (store / OTHER / "run.json").write_text("{", encoding="utf-8")
        out(capsys, "runs", "remove", OTHER, "--yes", "--store", store)
        assert [run.id for run in stores.every(store)] == [report_run.ID]

    def test_a_removal_that_was_cut_off_is_out_of_sight(
        self, store: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(path: str, *, dir_fd: int) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(shutil, "rmtree", fail)
        with pytest.raises(NetwrightError, match="cannot be removed: Permission denied"):
            nw.open(OTHER, store=store).remove()
        monkeypatch.undo()
        assert [run.id for run in nw.list_runs(store)] == [report_run.ID]
        (left,) = nw.tidy(store, kinds=["leftovers"], remove=True)
        assert left.why == "a run whose removal was cut off"
        assert [path.name for path in store.iterdir()] == [report_run.ID]

    def test_options_of_the_list_are_told_their_place(self, store: Path, capsys: Capsys) -> None:
        words = ("runs", "--store", store, "remove", OTHER, "--yes")
        assert "--store goes behind the word" in refused(capsys, *words)
        assert len(stores.every(store)) == 2


class TestTidying:
    def test_states_are_found_and_taken(self, store: Path, capsys: Capsys) -> None:
        words = ("runs", "tidy", "--only", "states", "--store", store, "--json")
        found = json.loads(out(capsys, *words))
        assert found["removed"] is False
        paths = {str(Record(store / name).checkpoint) for name in (report_run.ID, OTHER)}
        assert {row["path"] for row in found["found"]} == paths
        assert {row["bytes"] for row in found["found"]} == {1000}
        assert "say it with --yes" in refused(capsys, *words[:-1])
        assert "removed states: 2 things, 2 kB" in out(capsys, *words[:-1], "--yes")
        assert nw.tidy(store, kinds=["states"]) == []
        assert out(capsys, *words[:-1]) == "nothing to tidy up\n"

    def test_a_run_that_is_not_complete_keeps_its_state(self, store: Path) -> None:
        Record(store / OTHER).note(status="stopped")
        (found,) = nw.tidy(store, kinds=["states"])
        assert report_run.ID in str(found.path)

    def test_what_killed_processes_left(self, store: Path) -> None:
        run = Record(store / OTHER)
        left = [
            run.path / ".run.json.ab12_x9z",
            run.path / "pictures" / ".worst-00.png.0a1b2c3d",
            run.path / "requests",
            run.checkpoint.parent / "epochs",
            store / "20261122-170000-mlp-c3d",
        ]
        for path in left[2:]:
            path.mkdir()
        for path in left[:2]:
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(b"half")
        first = {spare.path for spare in nw.tidy(store, kinds=["leftovers"])}
        assert first == {*left[:2], left[3]}, "the rest is new: somebody may be waiting"
        age(store)
        found = nw.tidy(store, kinds=["leftovers"])
        assert {spare.path for spare in found} == set(left)
        with run.held():
            assert len(nw.tidy(store, kinds=["leftovers"])) == 1, "it is being trained"
        before = {path for path in run.path.rglob("*") if path.is_file()}
        nw.tidy(store, kinds=["leftovers"], remove=True)
        assert {path for path in run.path.rglob("*") if path.is_file()} == before - set(left)
        assert nw.open(OTHER, store=store).info["status"] == "complete"

    def test_the_cache(self, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("NETWRIGHT_CACHE", str(tmp_path / "cache"))
        assert nw.tidy(store, kinds=["cache"]) == []
        (tmp_path / "cache" / "tables").mkdir(parents=True)
        (tmp_path / "cache" / "tables" / "a").write_bytes(b"0" * 7)
        assert nw.tidy(store, kinds=["cache"]) == []
        age(tmp_path / "cache")
        (found,) = nw.tidy(store, kinds=["cache"], remove=True)
        assert found.bytes == 7
        assert list((tmp_path / "cache").iterdir()) == []


def test_the_size_of_the_store_is_shown(store: Path, capsys: Capsys) -> None:
    last = out(capsys, "runs", "--store", store).splitlines()[-1]
    size = sum(path.stat().st_size for path in store.rglob("*") if path.is_file())
    assert last == f"2 runs, {size / 1e3:.3g} kB in {store}"
    rows = json.loads(out(capsys, "runs", "--store", store, "--json"))
    assert sum(row["bytes"] for row in rows) == size


def test_a_search_whose_best_run_is_removed_still_opens(tmp_path: Path) -> None:
    def again(**more: Any) -> Any:
        space = {"optimizer.lr": [1e-3, 1e-1]}
        return nw.search(
            "iris", space=space, trials=2, rounds=1, name="a", store=tmp_path,
            set={"training.epochs": 1}, **more,
        )  # fmt: skip

    best = again().winner.run
    nw.open(best, store=tmp_path).remove()
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always", NetwrightWarning)
        outcome = nw.api.join("a", store=tmp_path)
    assert outcome.winner.run == best
    assert any(f"{best} is not in" in str(one.message) for one in found)


NO_NAMES = ("", " ", "\t\n")


@pytest.mark.parametrize("name", NO_NAMES)
def test_an_empty_name_names_no_run(
    name: str, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(store / OTHER)  # it is a part of every id, and would fit the only one
    for verb in (
        ("show",),
        ("diagnose",),
        ("report",),
        ("predict",),
        ("tweak",),
        ("runs", "rename"),
        ("runs", "note"),
        ("runs", "remove"),
        ("train", "--resume"),
        ("train", "--repeat"),
        ("train", "digits", "--from"),
    ):
        more = {"predict": ["5"], "tweak": ["optimizer.lr=1"], "rename": ["better"]}
        more |= {"remove": ["--yes"], "note": ["text"]}
        said = refused(capsys, *verb, name, *more.get(verb[-1], []), "--store", store)
        assert f"{name!r} names no run: expected an id" in said, verb
    assert [path.name for path in store.iterdir()] == [report_run.ID]


@pytest.mark.parametrize("name", [*NO_NAMES, None, 5, b"last", ["last"]])
def test_what_is_no_name_opens_no_run(name: Any, store: Path) -> None:
    with pytest.raises(RunError, match="names no run: expected an id"):
        nw.open(name, store=store)


def test_a_folder_opens_its_run(store: Path) -> None:
    assert nw.open(store / OTHER).id == nw.open(str(store / OTHER)).id == OTHER


def small(runs: Path, **options: Any) -> nw.Run:
    """A run of a few steps on a store that is not the usual one."""
    few = {"training.max_examples": 256} | options
    return nw.train("iris", model="linear", epochs=1, set=few, store=runs)


def cut_off(run: nw.Run, lacks: tuple[str, ...]) -> None:
    """As a kill leaves a run before its first step, in the order in which a training writes."""
    kept = ("run.json", "events.jsonl", "recipe.yaml", "codec.json", "data.json", "splits.parquet")
    for path in run.record.path.iterdir():
        if path.name not in kept or path.name in lacks:
            take_away(Inside(path.parent, path.name))
    noted = {**run.info, "status": "running", "epochs": 0, "steps": 0}
    for name in ("trained", "promised", "weights", "epoch_kept"):
        noted.pop(name, None)
    (run.record.path / "run.json").write_text(json.dumps(noted), encoding="utf-8")


CUT = [
    ("recipe.yaml", "codec.json", "data.json", "splits.parquet"),
    ("codec.json", "data.json", "splits.parquet"),
    ("data.json", "splits.parquet"),
    ("splits.parquet",),
    (),
]


@pytest.mark.parametrize("lacks", CUT, ids=lambda lacks: f"{len(lacks)} lacking")
def test_what_is_promised_of_a_killed_run_is_what_resume_does(
    lacks: tuple[str, ...], tmp_path: Path, capsys: Capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    runs = Path("other place")
    run = small(runs)
    cut_off(run, lacks)
    shown = out(capsys, "show", run.id, "--store", runs)
    diagnosed = refused(capsys, "diagnose", run.id, "--store", runs)
    command = f"netwright train --resume {run.id} --store 'other place'"
    if lacks:
        said = refused(capsys, "train", "--resume", run.id, "--store", runs)
        why = "it had not begun, and there is nothing to go on from: train again"
        assert all(why in one and "--resume" not in one for one in (shown, diagnosed, said))
        recipe = f"netwright train --recipe 'other place/{run.id}/recipe.yaml'"
        for one in (shown, diagnosed, said):
            assert (recipe in " ".join(one.split())) == ("recipe.yaml" not in lacks)
    else:
        assert command in " ".join(shown.split()) and command in diagnosed
        out(capsys, *shlex.split(command)[1:])
        assert nw.open(run.id, store=runs).info["status"] == "complete"


def test_a_run_that_lost_what_it_began_with_is_not_promised_to_go_on(
    tmp_path: Path, capsys: Capsys
) -> None:
    runs = tmp_path / "runs"
    run = small(runs)
    noted = {**run.info, "status": "stopped", "trained": False, "promised": []}
    (run.record.path / "run.json").write_text(json.dumps(noted), encoding="utf-8")
    (run.record.path / "splits.parquet").unlink()
    (run.record.path / "measures.json").unlink()
    shown = out(capsys, "show", run.id, "--store", runs)
    diagnosed = refused(capsys, "diagnose", run.id, "--store", runs)
    said = refused(capsys, "train", "--resume", run.id, "--store", runs)
    for one in (shown, diagnosed, said):
        one = " ".join(one.split())
        assert "it lost splits.parquet, without which it cannot go on: put that back" in one
        assert "--resume" not in one


def test_a_command_that_is_suggested_names_the_store(
    tmp_path: Path, capsys: Capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for runs, place in ((Path("elsewhere"), " --store elsewhere"), (Path("runs"), "")):
        run = small(runs, **{"training.max_examples": None})
        said = refused(capsys, "train", "--resume", run.id, "--store", runs)
        assert f"netwright train --resume {run.id}{place} --epochs 2." in said
        page = run.report.read_text(encoding="utf-8")
        assert f"netwright predict {run.id} PATH{place}<" in page
        assert f"netwright train --repeat {run.id}{place}<" in page
    monkeypatch.setenv("NETWRIGHT_RUNS", "elsewhere")
    run = nw.open("last")
    assert run.record.path.parent == Path("elsewhere")
    said = refused(capsys, "train", "--resume", run.id)
    assert f"netwright train --resume {run.id} --epochs 2." in said
