"""A run that is changed while it trains: tweaks and rewinds, from this process and from another
(notes 2.3.4).
"""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

import netwright as nw
import processes
from netwright.base.errors import NetwrightError, RecipeError, RunError
from netwright.base.files import write_bytes
from netwright.cli.main import main
from netwright.recipe import knobs, live
from netwright.report import html_page
from netwright.runs import contents
from netwright.runs.history import changes_on_curves
from netwright.systems.classifier.recipe import ClassifierRecipe
from netwright.training.live import live_knobs, requests, rewind_states

pytestmark = pytest.mark.usefixtures("no_reports")

SETTINGS = {
    "model.hidden": [8],
    "training.threads": 1,
    "optimizer.lr": 0.01,
    "schedule.name": "constant",
}


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)


def hurry(patch: pytest.MonkeyPatch) -> None:
    """Every step looks for requests, every epoch's end is kept."""
    patch.setattr(requests, "LOOKED", 0.0)
    patch.setattr(rewind_states, "FRACTION", 1e9)


def request(store: Path, changes: dict[str, Any], epoch: int | None = None) -> Path:
    """Leave a request in the newest run's folder, as another process would; returns where the
    answer will be.
    """
    folder = max(store.glob("2*"), key=lambda path: path.stat().st_mtime_ns) / "requests"
    folder.mkdir(exist_ok=True)
    name = f"{time.time_ns()}.json"
    (folder / "beside").write_text(json.dumps({"changes": changes, "epoch": epoch}))
    (folder / "beside").rename(folder / name)
    return folder / name.replace(".json", ".answer")


def train(store: Path, at: dict[int, Callable[[], Any]], epochs: int = 8, **more: Any) -> Any:
    """Train and call ``at[epoch]`` at that epoch's first end."""

    def watch(progress: Any) -> None:
        if progress.dev and progress.epoch in at:
            at.pop(progress.epoch)()

    return nw.train(
        "digits8", model="mlp", epochs=epochs, set={**SETTINGS, **more}, store=store, watch=watch
    )


@pytest.fixture(scope="module")
def straight(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A run that nobody changes."""
    return train(tmp_path_factory.mktemp("straight"), {})


@pytest.fixture(scope="module")
def changed_once(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A run with a tweak, a tweak on a branch that is left, a rewind with a change, and a tweak
    after it.
    """
    store = tmp_path_factory.mktemp("changed")
    changes: dict[int, Callable[[], Any]] = {
        2: lambda: request(store, {"optimizer.weight_decay": 0.1}),
        4: lambda: request(store, {"optimizer.lr": 0.1}),
        5: lambda: request(store, {"training.clip_norm": 0.5}, epoch=3),
        7: lambda: request(store, {"training.epochs": 9}),
    }
    with pytest.MonkeyPatch.context() as patch:
        hurry(patch)
        return train(store, changes)


@pytest.fixture
def changed(changed_once: Any, tmp_path: Path) -> Any:
    """The same in a store of the test's own."""
    shutil.copytree(changed_once.record.path, tmp_path / changed_once.id)
    return nw.open(changed_once.id, store=tmp_path)


def weights_of(run: Any) -> list[Any]:
    return [tensor for _, tensor in sorted(run.net.state_dict().items())]


def same(first: Any, second: Any) -> bool:
    return all(map(torch.equal, weights_of(first), weights_of(second)))


def stop() -> None:
    raise KeyboardInterrupt


@pytest.mark.usefixtures("at_once")
class TestTweaks:
    def test_the_rate_changes_at_the_step_and_the_record_says_so(self, tmp_path: Path) -> None:
        run = train(tmp_path, {3: lambda: request(tmp_path, {"optimizer.lr": 0.001})})
        assert [row["rate"] for row in run.curves] == [0.01] * 3 + [0.001] * 5
        [event] = run.record.events("tweak")
        assert event["changes"] == {"optimizer.lr": [0.01, 0.001]}
        assert event["step"] == run.curves[2]["step"]

    def test_a_stopped_run_goes_on_with_the_tweak_bit_for_bit(
        self, tmp_path: Path, straight: Any
    ) -> None:
        change = {
            "optimizer.weight_decay": 0.5,
            "training.clip_norm": 0.1,
            "objective.label_smoothing": 0.2,
        }
        whole = train(tmp_path / "a", {3: lambda: request(tmp_path / "a", change)})
        with pytest.raises(KeyboardInterrupt) as stopped:
            train(tmp_path / "b", {3: lambda: request(tmp_path / "b", change), 5: stop})
        resumed = nw.train(resume=str(stopped.value), store=tmp_path / "b")
        assert same(whole, resumed)
        assert not same(whole, straight)

    def test_more_epochs_stretch_the_schedule_and_fewer_end_sooner(self, tmp_path: Path) -> None:
        longer = train(
            tmp_path / "a", {3: lambda: request(tmp_path / "a", {"training.epochs": 10})}
        )
        sooner = train(tmp_path / "b", {3: lambda: request(tmp_path / "b", {"training.epochs": 4})})
        assert [len(run.curves) for run in (longer, sooner)] == [10, 4]

    def test_a_request_that_the_run_refuses_changes_nothing_and_is_answered(
        self, tmp_path: Path, straight: Any
    ) -> None:
        answers: list[Path] = []
        run = train(tmp_path, {2: lambda: answers.append(request(tmp_path, {"model.hidden": [4]}))})
        assert (
            "cannot change while a run trains: it needs a new net"
            in json.loads(answers[0].read_text())["error"]
        )
        assert not run.record.events("tweak")
        assert same(run, straight)

    def test_parts_too_small_for_batch_norm_are_refused(self, tmp_path: Path) -> None:
        answers: list[Path] = []
        change = {"training.accumulate": 1000}
        normed = {"model.norm": "batch", "training.batch_size": 16}
        train(tmp_path, {2: lambda: answers.append(request(tmp_path, change))}, 4, **normed)
        refusal = json.loads(answers[0].read_text())["error"]
        assert "in 1000 parts (training.accumulate) leaves batch norm a single example" in refusal

    def test_what_is_no_request_is_answered_and_does_no_harm(self, tmp_path: Path) -> None:
        def broken() -> None:
            folder = max(tmp_path.glob("2*")) / "requests"
            folder.mkdir()
            (folder / "1.json").write_text("{")

        run = train(tmp_path, {2: broken})
        assert run.info["status"] == "complete"
        assert "no request" in (run.record.path / "requests" / "1.answer").read_text()


@pytest.mark.usefixtures("at_once")
class TestRewinds:
    def test_it_goes_back_and_comes_the_same_way_again(self, tmp_path: Path, straight: Any) -> None:
        run = train(tmp_path, {5: lambda: request(tmp_path, {}, epoch=2)})
        assert [row["epoch"] for row in run.curves] == list(range(1, 9))
        left = run.record.curves("abandoned.csv")
        assert [(row.epoch, row.branch) for row in left] == [(3, 0), (4, 0), (5, 0)]
        assert [row.figure("dev_loss") for row in left] == [
            row["dev_loss"] for row in run.curves[2:5]
        ]
        assert same(run, straight)

    def test_it_goes_on_otherwise_with_a_change(self, tmp_path: Path) -> None:
        run = train(tmp_path, {5: lambda: request(tmp_path, {"optimizer.lr": 0.001}, epoch=2)})
        assert [row["rate"] for row in run.curves] == [0.01] * 2 + [0.001] * 6
        [event] = run.record.events("rewind")
        assert (event["to"], event["changes"]) == (2, {"optimizer.lr": [0.01, 0.001]})

    def test_a_tweak_after_that_epoch_is_undone(self, tmp_path: Path, straight: Any) -> None:
        at = {
            3: lambda: request(tmp_path, {"optimizer.lr": 1.0}),
            5: lambda: request(tmp_path, {}, epoch=2),
        }
        assert same(train(tmp_path, at), straight)

    def test_a_run_stopped_after_it_goes_on_bit_for_bit(
        self, tmp_path: Path, straight: Any
    ) -> None:
        with pytest.raises(KeyboardInterrupt) as stopped:
            train(tmp_path, {5: lambda: request(tmp_path, {}, epoch=2), 6: stop})
        resumed = nw.train(resume=str(stopped.value), store=tmp_path)
        assert same(resumed, straight)

    def test_a_stopped_run_is_put_back_and_resumed_from_there(
        self, tmp_path: Path, straight: Any
    ) -> None:
        with pytest.raises(KeyboardInterrupt) as stopped:
            train(tmp_path, {6: stop})
        said = nw.open(str(stopped.value), store=tmp_path).rewind(3)
        assert said["between"]
        resumed = nw.train(resume=str(stopped.value), store=tmp_path)
        assert [row.epoch for row in resumed.record.curves("abandoned.csv")] == [4, 5, 6]
        assert [row["epoch"] for row in resumed.curves] == list(range(1, 9))
        assert same(resumed, straight)

    def test_an_epoch_that_is_not_kept_is_refused_with_those_that_are(self, tmp_path: Path) -> None:
        with pytest.raises(KeyboardInterrupt) as stopped:
            train(tmp_path, {3: stop})
        with pytest.raises(RunError, match="cannot go back to epoch 7: kept are epochs 1, 2, 3"):
            nw.open(str(stopped.value), store=tmp_path).rewind(7)

    def test_the_states_go_when_the_run_is_complete(self, tmp_path: Path) -> None:
        run = train(tmp_path, {})
        assert list(run.record.checkpoint.parent.iterdir()) == [run.record.checkpoint]
        with pytest.raises(RunError, match="is complete, and the states of its epochs are gone"):
            run.rewind(2)


@pytest.mark.usefixtures("at_once")
class TestRepeats:
    def test_a_run_is_trained_again_with_its_changes_at_their_steps(
        self, tmp_path: Path, changed: Any
    ) -> None:
        run, said = changed, list[str]()
        again = nw.train(repeat=run.id, store=tmp_path, say=said.append)
        assert run.info["epochs"] == 9 and len(run.record.events("rewind")) == 1
        assert again.record.weights.read_bytes() == run.record.weights.read_bytes()
        assert (
            said[-1]
            == f"repeats {run.id}: the same weights, bit for bit"
            == again.info["messages"][-1]
        )
        for name in ("epoch", "rate", "loss", "dev_loss"):
            assert [row[name] for row in again.curves] == [row[name] for row in run.curves]
        made = [next(iter(event["changes"])) for event in again.record.events("tweak")]
        assert made == ["optimizer.weight_decay", "training.clip_norm", "training.epochs"]
        assert not again.record.curves("abandoned.csv")
        third = nw.train(repeat=again.id, store=tmp_path)  # of a repeat, by the same record
        assert same(third, run) and third.info["repeats"] == again.id

    def test_a_rewind_to_an_epoch_that_never_came_again_is_no_obstacle(
        self, tmp_path: Path
    ) -> None:
        ends = 0

        def watch(progress: Any) -> None:
            nonlocal ends
            ends += bool(progress.dev)
            if progress.dev and ends == 4:
                request(tmp_path, {"optimizer.lr": 0.5}, epoch=3)
            if progress.dev and ends == 5:
                request(tmp_path, {"optimizer.lr": 0.002}, epoch=1)
            if progress.dev and ends == 6:  # the end of epoch 2: 3 is not in the curves any more
                stop()

        with pytest.raises(KeyboardInterrupt) as stopped:
            nw.train("digits8", model="mlp", epochs=8, set=SETTINGS, store=tmp_path, watch=watch)
        run = nw.open(str(stopped.value), store=tmp_path)
        assert run.info["epochs"] == 2 and len(run.record.events("rewind")) == 2
        again = nw.train(repeat=run.id, store=tmp_path)
        assert [row["rate"] for row in again.curves] == [0.01, *[0.002] * 7]
        assert "nothing to compare" in again.info["messages"][-1]

    def test_stopped_in_the_middle_it_goes_on_with_the_rest_of_them(
        self, tmp_path: Path, changed: Any
    ) -> None:
        run = changed

        def watch(progress: Any) -> None:
            if progress.dev and progress.epoch == 5:
                stop()

        with pytest.raises(KeyboardInterrupt) as stopped:
            nw.train(repeat=run.id, store=tmp_path, watch=watch)
        assert same(nw.train(resume=str(stopped.value), store=tmp_path), run)

    def test_nobody_changes_it_before_it_has_made_its_changes(
        self, tmp_path: Path, changed: Any
    ) -> None:
        run, answers = changed, list[Path]()

        def watch(progress: Any) -> None:
            if progress.dev and progress.epoch == 1 and not answers:
                answers.append(request(tmp_path, {"optimizer.lr": 1.0}))

        again = nw.train(repeat=run.id, store=tmp_path, watch=watch)
        assert re.search(
            r"again, the last after step \d+: it can be changed",
            json.loads(answers[0].read_text())["error"],
        )
        assert same(again, run)

    def test_other_data_are_refused(self, tmp_path: Path) -> None:
        table = tmp_path / "t.csv"
        table.write_text("a,b,y\n" + "".join(f"{i},{i % 7},{'ny'[i % 2]}\n" for i in range(60)))
        run = nw.train(str(table), target="y", epochs=2, set=SETTINGS, store=tmp_path / "runs")
        table.write_text(table.read_text().replace("3,3,y", "3,4,y"))
        with pytest.raises(RunError, match=r"the data of .* have changed since it started"):
            nw.train(repeat=run.id, store=tmp_path / "runs")
        assert [found.id for found in nw.list_runs(store=tmp_path / "runs")] == [run.id]

    @pytest.mark.parametrize(
        "more", [{"epochs": 3}, {"set": {"optimizer.lr": 1}}, {"recipe": "sketch"}]
    )
    def test_what_would_make_it_another_run_is_refused(
        self, tmp_path: Path, more: dict[str, Any]
    ) -> None:
        with pytest.raises(
            RecipeError, match=f"{next(iter(more))} cannot change when a run goes on or is repeated"
        ):
            nw.train(repeat="last", store=tmp_path, **more)
        with pytest.raises(RecipeError, match="resume and repeat exclude each other: name one"):
            nw.train(resume="last", repeat="last", store=tmp_path)


def test_states_beyond_the_budget_are_thinned_from_the_middle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rewind_states, "FRACTION", 1e9)
    monkeypatch.setattr(rewind_states, "MOST", 50)
    from netwright.runs.record import Record

    keeper = rewind_states.Keeper(Record(tmp_path))
    rewind_states.folder(Record(tmp_path)).path.mkdir(parents=True)
    for epoch in range(1, 31):
        keeper.offer(epoch, lambda place: write_bytes(place, b"x" * 10))
    kept = rewind_states.kept(Record(tmp_path))
    assert len(kept) == 5
    assert (kept[0], kept[-1]) == (1, 30)


# --- from another process


def train_on(store: Path) -> None:
    small = {"model.hidden": [8], "training.threads": 1}
    nw.train("digits8", model="mlp", epochs=100000, set=small, store=store)


@pytest.fixture
def trained(tmp_path: Path) -> Any:
    """A run that another process trains, and that process."""
    process = processes.start(train_on, tmp_path)
    try:
        for _ in range(2400):
            runs = list(tmp_path.glob("2*/run.json"))
            if runs and list(runs[0].parent.glob("checkpoint/epochs/*")):
                break
            time.sleep(0.05)
        else:
            raise AssertionError("no epoch ended in two minutes")
        yield runs[0].parent.name, process
    finally:
        process.kill()
        process.join()


def test_another_process_tweaks_and_the_run_killed_after_it_resumes(
    trained: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name, process = trained
    main(["tweak", name, "optimizer.lr=0.003", "training.epochs=5000", "--store", str(tmp_path)])
    assert "tweaked after step" in capsys.readouterr().out
    said = nw.open(name, store=tmp_path).tweak({"training.patience": 3000})
    assert said["changes"] == {"training.patience": [None, 3000]}
    process.kill()
    process.join()
    main(["runs", "--store", str(tmp_path)])
    assert "killed" in capsys.readouterr().out
    with pytest.raises(
        RunError,
        match=(
            "was killed: only a run that is being trained can be tweaked; netwright train --resume"
        ),
    ):
        nw.open(name, store=tmp_path).tweak({"optimizer.lr": 1.0})

    seen: list[Any] = []

    def watch(progress: Any) -> None:
        seen.append(progress)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        nw.train(resume=name, store=tmp_path, watch=watch)
    assert seen[0].epochs == 5000


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"optimizer.lrr": 1}, "did you mean 'optimizer.lr'"),
        ({"optimizer.lr": -1}, "expected auto or find or a number above 0"),
        ({"optimizer.lr": "auto"}, "is chosen before training: expected a value now"),
        ({"model.width": 3}, "needs a new net"),
        ({"data.target": "x"}, "needs other data"),
        ({"training.seed": 3}, "needs a new run"),
        ({"optimizer.name": "sgd"}, "an optimizer that begins anew"),
    ],
)
def test_what_cannot_change_is_refused_before_anyone_is_asked(
    change: dict[str, Any], said: str
) -> None:
    with pytest.raises(RecipeError, match=said):
        live_knobs.changed(ClassifierRecipe().changed({"optimizer.lr": 0.1}), change)


def test_a_finished_run_is_refused(tmp_path: Path) -> None:
    run = train(tmp_path, {}, epochs=1)
    with pytest.raises(
        RunError, match="is complete: only a run that is being trained can be tweaked; train again"
    ):
        run.tweak({"optimizer.lr": 0.1})


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_is_not_ones_own_is_said(tmp_path: Path) -> None:
    run = train(tmp_path, {}, epochs=1)
    run.record.path.chmod(0o500)
    with pytest.raises(NetwrightError):
        requests.ask(run.record, requests.Request({}), 0.1)


def test_a_knob_says_whether_it_is_live() -> None:
    found = live(ClassifierRecipe)
    assert {"optimizer.lr", "schedule.warmup", "training.epochs", "augment.mixup"} < found
    assert found < knobs(ClassifierRecipe).keys()
    assert not {"optimizer.name", "model.width", "objective.class_weights", "training.seed"} & found


# --- marks on the curves


def test_marks_lie_where_things_changed_and_those_of_a_left_branch_have_no_place() -> None:
    events = [
        {"event": "tweak", "step": 40, "changes": {"optimizer.lr": [1.0, 0.5]}},
        {"event": "rewind", "step": 60, "to": 3, "changes": {}},
        {"event": "tweak", "step": 35, "changes": {"optimizer.lr": [1.0, 0.1]}},
        {"event": "stopped", "step": 50},
        {"event": "resumed"},
        {"event": "complete", "step": 100},
    ]
    found = changes_on_curves(events, 10.0)
    assert [mark.place for mark in found] == [None, 3.0, 3.5, 5.0]
    assert found[0].message == "tweaked after step 40: optimizer.lr 1 -> 0.5"
    assert found[1].message == "rewound from step 60 to the end of epoch 3"


@pytest.mark.usefixtures("at_once")
def test_report_and_show_carry_the_marks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = train(tmp_path, {5: lambda: request(tmp_path, {"optimizer.lr": 0.001}, epoch=2)})
    main(["show", run.id, "--store", str(tmp_path)])
    assert (
        "1  rewound from step 85 to the end of epoch 2, with optimizer.lr 0.01 -> 0.001"
        in capsys.readouterr().out
    )
    page = html_page.render(contents.read(run.record.path))
    assert "rewound from step 85" in page
