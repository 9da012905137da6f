"""Runs as real processes that are killed, stopped, starved of disk and shared; and run folders that
were damaged or changed.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import netwright as nw
import small_runs
from netwright.api import Run
from netwright.base.errors import NetwrightError, RecipeError, RunError
from netwright.cli.main import main
from netwright.report import html_page
from netwright.runs import store
from netwright.training import trainer
from processes import Command

pytestmark = pytest.mark.usefixtures("no_reports")

TABLE = ["--target", "kind", "--set", "training.checkpoint_minutes=0", "--set", "optimizer.lr=0.01"]
TORCHRUN = [
    sys.executable,
    "-m",
    "torch.distributed.run",
    "--nproc-per-node=2",
    "--standalone",
    "-m",
    "netwright",
    "train",
]
LONG = 50
"""Epochs of the runs that are interrupted: far more than pass before the interruption."""


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """120 rows of two numbers, three kinds that a line does not part."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(120, 2))
    kinds = np.array(["low", "mid", "high"])[np.digitize((x**2).sum(axis=1), [0.8, 2.2])]
    path = tmp_path_factory.mktemp("data") / "rings.csv"
    lines = [f"{a:.4f},{b:.4f},{kind}" for (a, b), kind in zip(x, kinds, strict=True)]
    path.write_text("a,b,kind\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def finished(table: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """One complete run; tests copy its folder."""
    store = tmp_path_factory.mktemp("store")
    return nw.train(str(table), target="kind", epochs=4, set={"optimizer.lr": 0.01}, store=store)


@pytest.fixture
def copy(finished: Run, tmp_path: Path) -> Path:
    """A store that holds the complete run once as it is and once, under another name, to be
    damaged.
    """
    store = tmp_path / "store"
    shutil.copytree(finished.record.path, store / finished.id)
    return Path(shutil.copytree(finished.record.path, store / "20990101-000000-broken-abc"))


def start(store: Path, *arguments: str, limit: int | None = None) -> Command:
    """``netwright train`` in a process of its own; ``limit``: the most bytes a file may have."""
    return Command(["train", *arguments, "--store", str(store)], limit)


def wait_for(
    condition: Callable[[], bool], process: Command | subprocess.Popen[str], seconds: float = 180
) -> None:
    """Until the condition holds; fails when the process ends or the time is over."""
    until = time.monotonic() + seconds
    while not condition():
        if process.poll() is not None or time.monotonic() > until:
            process.kill()
            raise AssertionError(f"not reached; the process said: {process.communicate()}")
        time.sleep(0.01)


def only_run(store: Path) -> Path:
    (run,) = (path for path in store.iterdir() if path.is_dir())
    return run


def epochs_done(store: Path) -> int:
    """As run.json says; 0 before there is one."""
    notes = list(store.glob("*/run.json"))
    return int(json.loads(notes[0].read_text(encoding="utf-8")).get("epochs", 0)) if notes else 0


def losses(run: Run) -> list[tuple[float, float]]:
    return [(row["loss"], row["dev_loss"]) for row in run.curves]


def test_a_run_that_is_refused_when_it_goes_on_can_still_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(progress: Any) -> None:
        if progress.epoch == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as stopped:
        nw.train(
            "digits8",
            model="linear",
            epochs=4,
            set={"training.threads": 1},
            store=tmp_path,
            watch=stop,
        )
    with monkeypatch.context() as here, pytest.raises(RecipeError, match="not on this machine"):
        here.setattr(trainer, "fit", refuse)
        nw.train(resume=str(stopped.value), store=tmp_path)
    [run] = nw.list_runs(store=tmp_path)
    assert (run.record.status, run.info["message"]) == ("stopped", "not on this machine.")
    assert nw.train(resume=run.id, store=tmp_path).info["status"] == "complete"


def refuse(*given: Any) -> Any:
    raise RecipeError("not on this machine.")


def test_a_stream_draws_the_same_dropout(tmp_path: Path) -> None:
    changes = {"model.name": "mlp", "model.dropout": 0.4}
    held, streamed = (
        small_runs.finished(
            "classifier", tmp_path / where, {**changes, "training.batches": where}
        ).record
        for where in ("memory", "stream")
    )
    assert small_runs.same(held, streamed)


def assert_equal(resumed: Run, whole: Run) -> None:
    """The same weights bit for bit, and the same curves."""
    assert resumed.info["status"] == whole.info["status"] == "complete"
    assert losses(resumed) == losses(whole)
    assert resumed.record.weights.read_bytes() == whole.record.weights.read_bytes()
    assert resumed.measures == whole.measures


@pytest.fixture(scope="module")
def whole(table: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The long run, never interrupted."""
    changes = {"training.checkpoint_minutes": 1000, "optimizer.lr": 0.01}
    return nw.train(
        str(table), target="kind", epochs=LONG, set=changes, store=tmp_path_factory.mktemp("whole")
    )


class TestInterrupted:
    def test_killed_in_the_middle(self, table: Path, whole: Run, tmp_path: Path) -> None:
        process = start(tmp_path, str(table), *TABLE, "--epochs", str(LONG))
        wait_for(lambda: epochs_done(tmp_path) >= 2, process)
        process.kill()
        process.communicate()
        run = nw.open(only_run(tmp_path).name, store=tmp_path)
        assert run.info["status"] == "running"
        assert 2 <= run.info["epochs"] < LONG
        assert len(run.predict(str(table))) == 120, "the best weights so far can be used"
        assert_equal(nw.train(resume=run.id, store=tmp_path), whole)
        assert list(run.record.checkpoint.parent.iterdir()) == [run.record.checkpoint]

    @pytest.mark.parametrize("asked", [signal.SIGINT, signal.SIGTERM])
    def test_ctrl_c(self, asked: signal.Signals, table: Path, whole: Run, tmp_path: Path) -> None:
        process = start(tmp_path, str(table), *TABLE, "--epochs", str(LONG))
        wait_for(lambda: epochs_done(tmp_path) >= 2, process)
        process.send_signal(asked)
        out, err = process.communicate(timeout=180)
        run = nw.open(only_run(tmp_path).name, store=tmp_path)
        assert process.returncode == 128 + asked
        assert out == ""
        assert f"netwright train --resume {run.id} --store {tmp_path}" in err.splitlines()[-1]
        assert "Traceback" not in err
        assert run.info["status"] == "stopped"
        assert run.record.events("stopped")
        assert_equal(nw.train(resume=run.id, store=tmp_path), whole)

    def test_disk_full(self, table: Path, tmp_path: Path) -> None:
        """A limit on the size of a file: the checkpoint of this net (70 KB) cannot be written, the
        small files can.
        """
        settings = [*TABLE, "--epochs", "2", "--set", "model.hidden=[64,64]"]
        process = start(tmp_path, str(table), *settings, limit=30_000)
        out, err = process.communicate(timeout=180)
        run = nw.open(only_run(tmp_path).name, store=tmp_path)
        assert process.returncode == 2, err
        assert out == ""
        assert "Traceback" not in err
        assert "File too large" in err.splitlines()[-1]
        assert f"netwright train --resume {run.id}" in err.splitlines()[-1]
        assert run.info["status"] == "stopped"
        assert not list(only_run(tmp_path).rglob(".*safetensors*")), "no half-written file is left"
        resumed = nw.train(resume=run.id, store=tmp_path)
        changes = {"model.hidden": [64, 64], "optimizer.lr": 0.01}
        again = nw.train(str(table), target="kind", epochs=2, set=changes, store=tmp_path / "again")
        assert_equal(resumed, again)

    def test_two_at_once_get_different_ids_and_a_running_run_is_not_resumed(
        self, table: Path, tmp_path: Path
    ) -> None:
        processes = [start(tmp_path, str(table), *TABLE, "--epochs", "10") for _ in range(2)]
        wait_for(lambda: len(list(tmp_path.glob("*/checkpoint/*"))) == 2, processes[0])
        for process in processes:  # or it might end before it is looked at
            process.send_signal(signal.SIGSTOP)
        with pytest.raises(RunError, match="is being trained by another process"):
            nw.train(resume=nw.list_runs(tmp_path)[0].id, store=tmp_path)
        for process in processes:
            process.send_signal(signal.SIGCONT)
        ended = [process.communicate(timeout=180) for process in processes]
        assert [process.returncode for process in processes] == [0, 0], ended
        first, second = nw.list_runs(tmp_path)
        assert first.id != second.id
        assert_equal(first, second)

    def test_torchrun_equals_one_process(self, table: Path, tmp_path: Path) -> None:
        settings = ["training.precision=float32", "training.batch_size=32", "model.dropout=0.3"]
        command = [
            *TORCHRUN,
            str(table),
            "--target",
            "kind",
            "--epochs",
            "3",
            "--store",
            str(tmp_path / "two"),
            "--json",
        ]
        command += [part for setting in settings for part in ("--set", setting)]
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=300,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
        assert done.returncode == 0, done.stderr
        printed = json.loads(done.stdout)  # one document: one process prints
        (two,) = nw.list_runs(tmp_path / "two")
        assert printed["run"] == two.id
        changes = {"training.precision": "float32", "training.batch_size": 32, "model.dropout": 0.3}
        one = nw.train(str(table), target="kind", epochs=3, set=changes, store=tmp_path / "one")
        for left, right in zip(two.net.parameters(), one.net.parameters(), strict=True):
            np.testing.assert_allclose(left.detach().numpy(), right.detach().numpy(), atol=1e-4)
        np.testing.assert_allclose(losses(two), losses(one), atol=1e-4)

    def test_ctrl_c_under_torchrun_stops_all_processes_at_one_step(
        self, table: Path, tmp_path: Path
    ) -> None:
        command = [
            *TORCHRUN,
            str(table),
            "--target",
            "kind",
            "--epochs",
            "100000",
            "--store",
            str(tmp_path),
        ]
        surroundings = {**os.environ, "OMP_NUM_THREADS": "1"}
        process = subprocess.Popen(
            command, stderr=subprocess.PIPE, text=True, env=surroundings, start_new_session=True
        )
        try:
            wait_for(
                lambda: any(
                    "first_step" in path.read_text() for path in tmp_path.glob("*/events.jsonl")
                ),
                process,
            )
            os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to torchrun and to both
            said = process.communicate(timeout=180)[1]
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        (run,) = nw.list_runs(tmp_path)
        assert run.info["status"] == "stopped", said
        assert run.record.checkpoint.exists()
        assert "RuntimeError" not in said


class TestResume:
    def test_a_complete_run_has_nothing_to_resume(self, finished: Run) -> None:
        with pytest.raises(RunError, match="is complete"):
            nw.train(resume=finished.id, store=finished.record.path.parent)

    def test_what_cannot_change_is_refused(self, finished: Run) -> None:
        with pytest.raises(NetwrightError, match="target cannot change when a run goes on"):
            nw.train(resume=finished.id, target="a", store=finished.record.path.parent)

    def test_changed_data_are_refused(self, table: Path, tmp_path: Path) -> None:
        mine = Path(shutil.copy(table, tmp_path / "mine.csv"))

        def stop(progress: object) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt) as stopped:
            nw.train(str(mine), target="kind", epochs=3, store=tmp_path, watch=stop)
        run = nw.open(stopped.value.args[0], store=tmp_path)
        assert run.info["status"] == "stopped"
        mine.write_text(mine.read_text(encoding="utf-8") + "0.1,0.2,low\n", encoding="utf-8")
        with pytest.raises(RunError, match="have changed since it started"):
            nw.train(resume=run.id, store=tmp_path)

    def test_stopped_by_the_watcher_and_resumed_is_equal(self, table: Path, tmp_path: Path) -> None:
        def stop(progress: object) -> None:
            raise RuntimeError("enough")

        plain = nw.train(str(table), target="kind", epochs=3, store=tmp_path / "plain")
        with pytest.raises(RuntimeError, match="enough"):
            nw.train(str(table), target="kind", epochs=3, store=tmp_path, watch=stop)
        (run,) = (r for r in nw.list_runs(tmp_path))
        assert run.info["status"] == "stopped"
        assert_equal(nw.train(resume=run.id, store=tmp_path), plain)


def refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """The one sentence with which a command ends: exit code 2, nothing on stdout, no traceback."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    printed = capsys.readouterr()
    assert ended.value.code == 2
    assert printed.out == ""
    assert printed.err.startswith("netwright: ")
    assert printed.err.count("\n") == 1, printed.err
    return printed.err


def verbs_on(run: Path, rows: Path) -> list[list[str]]:
    return [["predict", str(run), str(rows)], ["show", str(run)], ["diagnose", str(run)]]


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    path = tmp_path / "rows.csv"
    path.write_text("a,b\n0.1,0.2\n1.5,-1\n", encoding="utf-8")
    return path


class TestDamaged:
    @pytest.mark.parametrize(
        "name",
        [
            "run.json",
            "recipe.yaml",
            "codec.json",
            "net.safetensors",
            "splits.parquet",
            "measures.json",
            "data.json",
            "environment.json",
            "curves.csv",
            "events.jsonl",
            "diagnosis.json",
            "predictions/dev.parquet",
        ],
    )
    @pytest.mark.parametrize("how", ["missing", "other"])
    def test_every_verb_ends_well_or_in_one_sentence(
        self, name: str, how: str, copy: Path, rows: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """``show`` makes weights that are lost again, so it comes after the answers."""
        before = (copy / name).read_bytes()
        damage(copy / name, how)
        needed = {"recipe.yaml", "codec.json", "net.safetensors"}
        spoilt = set()
        test = ["evaluate", str(copy), "--split", "test"]
        for arguments in [["runs", "--store", str(copy.parent)], *verbs_on(copy, rows), test]:
            capsys.readouterr()
            try:
                main(arguments)
            except SystemExit as ended:
                assert ended.code in (0, 2)
                printed = capsys.readouterr()
                if ended.code == 2:
                    spoilt.add(arguments[0])
                    assert printed.err.count("\n") == 1, printed.err
        assert "runs" not in spoilt
        if name in needed:
            assert "predict" in spoilt
        if name == "run.json":
            assert {"show", "predict", "diagnose", "evaluate"} <= spoilt
        if (name, how) == ("net.safetensors", "missing"):
            assert spoilt == {"predict"}
            assert (copy / name).read_bytes() == before

    def test_a_broken_run_does_not_hide_the_others(
        self, copy: Path, finished: Run, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (copy / "run.json").write_text("{", encoding="utf-8")
        main_ok(["runs", "--store", str(copy.parent)])
        listed = capsys.readouterr().out
        assert f"{finished.id}  complete" in listed
        assert f"{copy.name}  cannot be read: " in listed
        main_ok(["runs", "--store", str(copy.parent), "--json"])
        whole, broken = json.loads(capsys.readouterr().out)
        assert whole["problem"] is None
        assert broken["problem"]

    def test_a_copy_is_called_as_its_folder_everywhere(
        self, copy: Path, finished: Run, capsys: pytest.CaptureFixture[str]
    ) -> None:
        run = nw.open(str(copy))
        assert run.id == run.info["id"] == run.files.id == copy.name
        run.diagnose()
        capsys.readouterr()
        for arguments in (["show", str(copy)], ["show", str(copy), "--json"]):
            main_ok(arguments)
            shown = capsys.readouterr().out
            assert copy.name in shown and finished.id not in shown
        page = html_page.render(run.files)
        assert copy.name in page and f"predict {finished.id}" not in page

    def test_lost_weights_are_made_again_as_the_refusal_says(
        self, copy: Path, rows: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        before = (copy / "net.safetensors").read_bytes()
        (copy / "net.safetensors").unlink()
        sentence = refused(["predict", str(copy), str(rows)], capsys)
        again = f"netwright train --resume {copy.name} --store {copy.parent}"
        assert f"; {again} makes it again." in sentence
        main_ok(["train", "--resume", copy.name, "--store", str(copy.parent)])
        assert (copy / "net.safetensors").read_bytes() == before
        (copy / "net.safetensors").unlink()
        (copy / "checkpoint" / "state.safetensors").unlink()
        sentence = refused(["predict", str(copy), str(rows)], capsys)
        assert "net.safetensors is missing; put the file back from a copy" in sentence

    def test_without_its_recipe(
        self, copy: Path, rows: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (copy / "recipe.yaml").unlink()
        sentence = refused(["predict", str(copy), str(rows)], capsys)
        assert f"{copy} is no complete run: recipe.yaml is missing; put the file back" in sentence

    def test_a_newer_format(
        self, copy: Path, rows: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        note(copy, format=99)
        for arguments in verbs_on(copy, rows):
            assert "newer netwright (format 99" in refused(arguments, capsys)

    def test_changed_weights(
        self, copy: Path, rows: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        content = bytearray((copy / "net.safetensors").read_bytes())
        content[-3] ^= 0xFF
        (copy / "net.safetensors").write_bytes(content)
        assert "it was changed afterwards" in refused(["predict", str(copy), str(rows)], capsys)

    def test_weights_of_another_model_with_the_digest_changed_to_fit(
        self, copy: Path, rows: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        import torch
        from safetensors.torch import save_file

        from netwright.base.files import digest

        save_file({"0.weight": torch.zeros(3, 3)}, copy / "net.safetensors")
        note(copy, weights=digest((copy / "net.safetensors").read_bytes()))
        assert "does not fit the recipe's model" in refused(
            ["predict", str(copy), str(rows)], capsys
        )

    def test_another_model_in_the_recipe(
        self, copy: Path, rows: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        swap(copy / "recipe.yaml", "name: mlp-embedded", "name: linear")
        assert "does not fit the recipe's model" in refused(
            ["predict", str(copy), str(rows)], capsys
        )

    def test_a_recipe_that_runs_code_is_only_text(
        self, copy: Path, rows: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        touched = tmp_path / "touched"
        (copy / "recipe.yaml").write_text(
            f"system: !!python/object/apply:os.mkdir ['{touched}']\n", encoding="utf-8"
        )
        assert "not YAML" in refused(["predict", str(copy), str(rows)], capsys)
        assert not touched.exists()

    def test_weights_that_are_a_pickle_are_not_opened(
        self, copy: Path, rows: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        import pickle

        from netwright.base.files import digest

        touched = tmp_path / "touched"

        class Trap:
            def __reduce__(self) -> tuple[object, tuple[str]]:
                return os.mkdir, (str(touched),)

        (copy / "net.safetensors").write_bytes(pickle.dumps(Trap()))
        note(copy, weights=digest((copy / "net.safetensors").read_bytes()))
        assert "cannot be read as weights" in refused(["predict", str(copy), str(rows)], capsys)
        assert not touched.exists()

    def test_a_system_that_is_a_path(
        self, copy: Path, rows: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        note(copy, system="..verbs")
        assert "no system '..verbs'" in refused(["predict", str(copy), str(rows)], capsys)

    @pytest.mark.parametrize(
        ("change", "value"),
        [
            ("classes", []),
            ("classes", ["low", "mid"]),
            ("encoder", {"kind": "rows"}),
            ("encoder", None),
            ("encoder", "rows"),
        ],
    )
    def test_a_changed_codec(
        self, change: str, value: object, copy: Path, rows: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        codec = json.loads((copy / "codec.json").read_text(encoding="utf-8"))
        (copy / "codec.json").write_text(json.dumps({**codec, change: value}), encoding="utf-8")
        refused(["predict", str(copy), str(rows)], capsys)

    def test_curves_with_words(self, copy: Path) -> None:
        (copy / "curves.csv").write_text("epoch,loss\none,two\n", encoding="utf-8")
        with pytest.raises(RunError, match=r"curves\.csv cannot be read"):
            _ = nw.open(str(copy)).curves

    def test_an_event_cut_by_a_kill_is_passed_over(self, copy: Path) -> None:
        run = nw.open(str(copy))
        before = run.record.events("complete")
        with (copy / "events.jsonl").open("a", encoding="utf-8") as file:
            file.write('{"time": "2026-11-2')
        assert run.record.events("complete") == before != []

    def test_a_damaged_checkpoint(self, copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
        note(copy, status="stopped")
        (copy / "checkpoint" / "state.safetensors").write_bytes(b"\0" * 100)
        said = refused(["train", "--resume", str(copy)], capsys)
        assert "cannot be read as a checkpoint" in said

    def test_no_run_of_that_name(
        self, copy: Path, finished: Run, capsys: pytest.CaptureFixture[str]
    ) -> None:
        said = refused(["show", finished.id[:-1] + "z", "--store", str(copy.parent)], capsys)
        assert f"did you mean '{finished.id}'" in said


def test_a_store_that_cannot_be_written(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    store = tmp_path / "file" / "runs"
    with pytest.raises(SystemExit) as ended:
        main(["train", str(table), "--target", "kind", "--store", str(store)])
    assert ended.value.code == 2
    assert f"a run cannot be kept in {store}" in capsys.readouterr().err.splitlines()[-1]


def main_ok(arguments: list[str]) -> None:
    main(arguments)


def note(run: Path, **changes: object) -> None:
    """Change entries of run.json."""
    path = run / "run.json"
    path.write_text(
        json.dumps({**json.loads(path.read_text(encoding="utf-8")), **changes}), encoding="utf-8"
    )


def swap(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def damage(path: Path, how: str) -> None:
    """Take the file away, empty it, cut it in the middle, or put something of another shape
    there.
    """
    content = path.read_bytes()
    if how == "missing":
        path.unlink()
    else:
        path.write_bytes(
            {"empty": b"", "cut": content[: len(content) // 2], "other": b'[{"a": [1]}, 2]\n'}[how]
        )


def test_any_part_of_an_id_that_fits_one_run_alone_finds_it(tmp_path: Path) -> None:
    ids = ("20261122-153012-lenet5-a3f", "20261122-160000-mlp-3fb", "20261123-153012-mlp-fa3")
    for one in ids:
        write_info(tmp_path / one)
    for part, found in (
        ("lenet5", 0), ("a3f", 0), ("20261123", 2), ("160000", 1), ("mlp-3", 1), ("last", 2),
        ("fa3", 2), ("3fb", 1),
    ):  # fmt: skip
        assert store.find(part, tmp_path).id == ids[found]
    assert store.find("a3", tmp_path).id == ids[2], "an end goes before a part of the middle"
    for part, count in (("mlp", 2), ("153012", 2), ("2026", 3), ("-", 3)):
        with pytest.raises(RunError, match=f"'{part}' fits {count} runs: .*; give more of the id"):
            store.find(part, tmp_path)
    with pytest.raises(RunError, match="no run 'resnet' in"):
        store.find("resnet", tmp_path)


def write_info(folder: Path) -> None:
    folder.mkdir()
    info = {"status": "complete", "system": "classifier", "model": "mlp"}
    (folder / "run.json").write_text(json.dumps(info), encoding="utf-8")


def test_runs_of_one_second_come_in_the_order_they_began(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter(
        datetime(2026, 11, 26, 20, 38, 19, part, tzinfo=UTC)
        for part in (0, 500, 140_000, 140_000, 140_000, 700_000)
    )
    monkeypatch.setattr(store, "datetime", SimpleNamespace(now=lambda zone: next(clock)))
    # names of nets that would sort the other way round; the third name is taken twice over
    made = [store.create(tmp_path, net) for net in ("z", "y", "a", "a", "b")]
    assert [run.id for run in store.every(tmp_path)] == [run.id for run in made]
    assert len({run.id for run in made}) == 5
