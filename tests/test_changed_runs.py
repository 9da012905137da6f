"""A trained run one of whose files was changed afterwards: every verb that needs the file refuses
in one sentence with its path, what is wrong with it and what to do, and no warning leaks.
"""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import torch
from safetensors import safe_open

import netwright as nw
import small_runs
from netwright import systems
from netwright.api import Run
from netwright.base.errors import (
    DataError,
    NetwrightError,
    NetwrightWarning,
    RecipeError,
    RunError,
)
from netwright.cli.main import main
from netwright.contract import Batch
from netwright.runs import contents
from netwright.runs.choosing.choice import rank
from netwright.runs.record import Record
from netwright.runs.rows import EpochRow

pytestmark = pytest.mark.usefixtures("no_pictures")

QUICK = {"training.batch_size": 16, "optimizer.lr": 0.01, "training.threads": 1}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    """A run of labels from rows, of numbers from rows, and of labels from images."""
    store = tmp_path_factory.mktemp("store")
    return {
        name: nw.train(name, model="linear", epochs=2, set=QUICK, store=store)
        for name in ("iris", "diabetes", "digits8")
    }


@pytest.fixture
def changed(trained: dict[str, Run], tmp_path: Path) -> Callable[..., Run]:
    """A copy of the run of a source."""

    def copied(source: str = "iris") -> Run:
        run = trained[source]
        shutil.copytree(run.record.path, tmp_path / run.id)
        return nw.open(run.id, store=tmp_path)

    return copied


def refusal(run: Run, name: str, verb: Callable[[], Any]) -> str:
    """The sentence that ``verb`` refuses with."""
    with warnings.catch_warnings(), pytest.raises(NetwrightError) as refused:
        warnings.simplefilter("error")
        verb()
    said = str(refused.value)
    assert "\n" not in said and len(said) < 500
    assert said.startswith(str(run.record.path / name))
    assert said.endswith(f"or delete {run.record.path} if the run is not needed.")
    return said


def without(*columns: str) -> Callable[[Path], None]:
    return lambda path: pl.read_parquet(path).drop(columns).write_parquet(path)


def numbered(column: str) -> Callable[[Path], None]:
    """Whole numbers in place of a column's text."""
    new = pl.int_range(pl.len()).alias(column)
    return lambda path: pl.read_parquet(path).with_columns(new).write_parquet(path)


def halved(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


TABLES: list[tuple[str, Callable[[Path], None], str]] = [
    *(
        (name, harm, message)
        for name in ("splits.parquet", "predictions/dev.parquet")
        for harm, message in (
            (halved, "cannot be read"),
            (emptied, "cannot be read"),
            (a_folder, "cannot be read (it is no file)"),
            (without("id"), "lacks 'id'"),
            (numbered("id"), "has the column 'id' of type = \"Int64\": expected text"),
        )
    ),
    ("splits.parquet", without("split"), "lacks 'split'"),
    ("predictions/dev.parquet", without("truth", "answer"), "lacks 'truth'"),
]


@pytest.mark.parametrize(("name", "harm", "message"), TABLES)
def test_a_changed_table(
    name: str, harm: Callable[[Path], None], message: str, changed: Callable[..., Run]
) -> None:
    run = changed()
    harm(run.record.path / name)
    if name == "splits.parquet":
        verbs = (run.evaluate, lambda: run.evaluate("iris"))
    else:
        verbs = (run.predictions,)
        with pytest.warns(NetwrightWarning, match="the report shows no answers on dev: "):
            run.diagnose()
        assert "predictions/dev.parquet" in run.report.read_text(encoding="utf-8")
    for verb in verbs:
        assert message in refusal(run, name, verb)


def figure(*keys: str | int) -> Callable[[Any, Any], None]:
    """Puts a value in the place that the keys lead to."""

    def put(values: Any, new: Any) -> None:
        for key in keys[:-1]:
            values = values[key]
        values[keys[-1]] = new

    return put


@pytest.mark.parametrize("wrong", [0, -1.0, float("nan"), float("inf"), "wide", None])
@pytest.mark.parametrize(
    ("source", "place"),
    [
        ("iris", ("encoder", "numbers", 0, "sigma")),
        ("diabetes", ("sigma",)),
        ("diabetes", ("encoder", "numbers", 1, "sigma")),
        ("digits8", ("encoder", "sigma", 0)),
    ],
)
def test_a_deviation_that_nothing_can_be_divided_by(
    source: str, place: tuple[str | int, ...], wrong: Any, changed: Callable[..., Run]
) -> None:
    run = changed(source)
    path = run.record.path / "codec.json"
    values = json.loads(path.read_text(encoding="utf-8"))
    figure(*place)(values, wrong)
    path.write_text(json.dumps(values), encoding="utf-8")
    message = refusal(run, "codec.json", lambda: run.evaluate(source))
    assert str(place[0]) in message and "expected a " in message, message
    assert "Input should" not in message and "Field required" not in message


@pytest.mark.parametrize(("source", "key"), [("iris", "encoder"), ("diabetes", "mu")])
def test_a_codec_that_lacks_a_part(source: str, key: str, changed: Callable[..., Run]) -> None:
    run = changed(source)
    path = run.record.path / "codec.json"
    values = json.loads(path.read_text(encoding="utf-8"))
    del values[key]
    path.write_text(json.dumps(values), encoding="utf-8")
    assert f"lacks '{key}'" in refusal(run, "codec.json", lambda: run.evaluate(source))


@pytest.mark.parametrize("way", ["predict", "evaluate", "test", "go on", "repeat"])
@pytest.mark.parametrize(
    ("place", "add"),
    [(("classes",), True), (("classes",), False), (("encoder", "numbers"), False)],
    ids=["a class more", "a class less", "a column less"],
)
def test_a_codec_of_another_net_than_the_weights(
    place: tuple[str, ...], add: bool, way: str, changed: Callable[..., Run]
) -> None:
    """The refusal names the codec, too: the weights may be as they were."""
    run = changed("iris")
    path = run.record.path / "codec.json"
    values = json.loads(path.read_text(encoding="utf-8"))
    held = values
    for key in place[:-1]:
        held = held[key]
    held[place[-1]] = [*held[place[-1]], "another"] if add else held[place[-1]][:-1]
    path.write_text(json.dumps(values), encoding="utf-8")
    store = run.record.path.parent
    ways: dict[str, Callable[[], object]] = {
        "predict": lambda: run.predict("iris"),
        "evaluate": lambda: run.evaluate("iris"),
        "test": lambda: run.evaluate(split="test"),
        "go on": lambda: nw.train(resume=run.id, epochs=9, store=store),
        "repeat": lambda: nw.train(repeat=run.id, store=store),
    }
    with warnings.catch_warnings(), pytest.raises(RunError, match="recipe's model") as refused:
        warnings.simplefilter("ignore")
        ways[way]()
    said = str(refused.value)
    assert run.id in said and "codec.json" in said and "classes" in said and "' is (" in said


def test_a_codec_that_names_a_column_that_training_had_not(tmp_path: Path) -> None:
    """Other data than the run's own: the column is missing there, but it is the codec that is
    wrong. Of a column that training had it is the data.
    """
    rows = {"length": [at / 2 for at in range(60)], "width": [at % 7 for at in range(60)]}
    table = pl.DataFrame({**rows, "y": [at * 1.25 for at in range(60)]})
    run = nw.train(table, target="y", model="linear", epochs=1, set=QUICK, store=tmp_path)
    path = run.record.path / "codec.json"
    with pytest.raises(DataError, match=r"column 'length' is missing.*its columns are width, y"):
        run.predict(table.drop("length"))
    values = json.loads(path.read_text(encoding="utf-8"))
    figure("encoder", "numbers", 0, "name")(values, "another")
    path.write_text(json.dumps(values), encoding="utf-8")
    run = nw.open(run.id, store=run.record.path.parent)
    said = refusal(run, "codec.json", lambda: run.predict(pl.DataFrame(rows)))
    assert "names the column 'another'" in said and "data.json" in said


@pytest.mark.parametrize("way", ["test", "go on", "resume"])
@pytest.mark.parametrize("place", [("classes", 0), ("encoder", "numbers", 0, "name")])
def test_a_codec_that_cannot_read_the_own_data(
    place: tuple[str | int, ...], way: str, changed: Callable[..., Run]
) -> None:
    """The data are as they were: so it is the codec that was changed, and it is named."""
    run = changed("iris")
    path = run.record.path / "codec.json"
    values = json.loads(path.read_text(encoding="utf-8"))
    figure(*place)(values, "another")
    path.write_text(json.dumps(values), encoding="utf-8")
    if way == "resume":
        info = {**run.info, "status": "stopped"}
        info.pop("trained", None)
        (run.record.path / "run.json").write_text(json.dumps(info), encoding="utf-8")
    with warnings.catch_warnings(), pytest.raises(NetwrightError) as refused:
        warnings.simplefilter("ignore")
        if way == "test":
            run.evaluate(split="test")
        else:
            store, epochs = run.record.path.parent, 9 if way == "go on" else None
            nw.train(resume=run.id, epochs=epochs, store=store)
    said = str(refused.value)
    assert str(path) in said and "another" in said and "\n" not in said
    assert run.test_openings == (1 if way == "test" else 0)


@pytest.mark.parametrize(
    ("source", "system", "metric"),
    [("iris", "regressor", "rmse"), ("diabetes", "classifier", "error")],
)
def test_another_system_than_the_one_that_measured(
    source: str, system: str, metric: str, changed: Callable[..., Run]
) -> None:
    run = changed(source)
    run.record.note(system=system)
    run = nw.open(run.id, store=run.record.path.parent)
    said = refusal(run, "measures.json", run.diagnose)
    assert f"lacks 'train.{metric}', which the system '{system}' measures" in said


# --- runs that did not come to their end


def ended(folder: Path, status: str, *, weights: bool) -> Record:
    """What a training that never came to its end leaves behind."""
    record = Record(folder / "20261122-100000-linear-aaa")
    record.path.mkdir(parents=True)
    record.note(status=status, system="classifier", model="linear", epochs=1, steps=4)
    record.write_recipe("system: classifier\nmodel: {name: linear}\n")
    for name in ("codec.json", "data.json", "splits.parquet"):  # with which it goes on
        (record.path / name).touch()
    if weights:
        record.note(epoch_kept=1)
    return record


WAITS, RESUMES, TRAINS_AGAIN, RESTORES = (
    "is being trained now, and writes that file",
    "its training has not ended: netwright train --resume 20261122-100000-linear-aaa --store ",
    "its training diverged: train again",
    "put the file back from a copy",
)


@pytest.mark.parametrize(
    ("status", "held", "weights", "advice"),
    [
        ("running", True, False, WAITS),
        ("running", False, False, RESUMES),
        ("stopped", False, False, RESUMES),
        ("failed", False, False, RESUMES),
        ("diverged", False, False, TRAINS_AGAIN),
        ("complete", False, True, RESTORES),
        ("stopped", False, True, RESTORES),
        ("running", True, True, RESTORES),
    ],
)
def test_the_advice_about_weights_that_are_not_there_can_be_followed(
    status: str, held: bool, weights: bool, advice: str, tmp_path: Path
) -> None:
    record = ended(tmp_path, status, weights=weights)
    with record.held() if held else contextlib.nullcontext():
        with pytest.raises(RunError, match=re.escape("net.safetensors is missing")) as refused:
            record.check_weights()
        assert advice in str(refused.value)


@pytest.mark.parametrize(
    ("status", "held", "advice"),
    [
        ("running", True, WAITS),
        ("running", False, RESUMES),
        ("stopped", False, RESUMES),
        ("diverged", False, TRAINS_AGAIN),
        ("complete", False, RESTORES),
    ],
)
def test_the_advice_about_a_diagnosis_that_cannot_be_made_can_be_followed(
    status: str, held: bool, advice: str, tmp_path: Path
) -> None:
    run = Run(ended(tmp_path, status, weights=False))
    with (
        run.record.held() if held else contextlib.nullcontext(),
        pytest.raises(RunError) as refused,
    ):
        run.diagnose()
    assert advice in str(refused.value)


@pytest.mark.parametrize(
    ("status", "held", "advice"),
    [
        ("running", True, "it is being trained now, and writes them when it ends: wait"),
        ("stopped", False, RESUMES),
        ("diverged", False, TRAINS_AGAIN),
    ],
)
def test_the_advice_about_answers_that_never_were_can_be_followed(
    status: str, held: bool, advice: str, tmp_path: Path
) -> None:
    run = Run(ended(tmp_path, status, weights=True))
    with run.record.held() if held else contextlib.nullcontext():
        for verb in (run.errors, run.labels, lambda: nw.slices(run), run.predictions):
            with pytest.raises(RunError, match=f"holds no answers on dev.*{advice}"):
                verb()


def test_who_asks_a_diverged_run_is_warned(tmp_path: Path) -> None:
    table = pl.DataFrame({"a": range(60), "y": ["x", "y", "x"] * 20})
    run = nw.train(table, target="y", model="linear", epochs=1, store=tmp_path)
    run.record.note(status="diverged")
    other = ended(tmp_path, "complete", weights=True)
    with pytest.warns(NetwrightWarning, match=r"diverged: its answers are those of .* epoch 1\."):
        run.predict(table[1:2])
    with pytest.raises(RunError, match="is diverged, and has no answers to compare: train again"):
        nw.compare([run.id, other.id], store=tmp_path)


def test_a_diverged_run_answers_by_its_id_alone(tmp_path: Path) -> None:
    table = pl.DataFrame({"a": range(60), "y": ["x", "y", "x"] * 20})
    good = nw.train(table, target="y", model="linear", epochs=1, store=tmp_path)
    run = nw.train(table, target="y", model="mlp", epochs=2, store=tmp_path)
    run.record.note(status="diverged")
    meant = f"name {run.id} for its best weights before that, {good.id} for the last that is"
    for ask in (
        lambda: nw.open("last", store=tmp_path).predict(table[1:2]),
        lambda: nw.open("last", store=tmp_path).evaluate(table),
        lambda: nw.open("last", store=tmp_path).net,  # export, inspect
        lambda: nw.train(table, target="y", start="last", store=tmp_path),
    ):
        with pytest.raises(RunError, match=rf"^the last run diverged: {meant} complete; or train"):
            ask()
    assert nw.open("last", store=tmp_path).id == run.id  # to show, to rename, to take back
    with pytest.warns(NetwrightWarning, match=r"diverged: its answers are those of .* epoch"):
        nw.open(run.id, store=tmp_path).predict(table[1:2])


@pytest.mark.parametrize(
    ("held", "shown"),
    [
        (True, "It is being trained now. This record ends after 1 epoch, 4 steps;"),
        (False, "Killed; the record ends after 1 epoch, 4 steps; netwright train --resume"),
    ],
)
def test_show_knows_whether_a_run_is_still_trained(
    held: bool, shown: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record = ended(tmp_path, "running", weights=False)
    with record.held() if held else contextlib.nullcontext():
        main(["show", str(record.path)])
        assert shown in capsys.readouterr().out
        assert str(Run(record)).endswith("running" if held else "killed")


@pytest.mark.parametrize("keep", ["best", "last"])
@pytest.mark.parametrize("system", ["classifier", "regressor"])
def test_the_epoch_that_is_kept_is_noted_with_its_weights(
    system: str, keep: str, tmp_path: Path
) -> None:
    """Whatever ends the training: killed, stopped, or complete."""
    changes = {"training.keep": keep, "training.epochs": 12, "optimizer.lr": 0.03}
    left = small_runs.left_by_a_kill(system, tmp_path, changes, after=46)
    state = json.loads(safe_open(left.checkpoint, "pt").metadata()["state"])
    (cut,) = (path for path in tmp_path.iterdir() if path != left.path)
    for folder in (left.path, cut):
        assert contents.read(folder).kept_epoch == state["extra"]["best_epoch"] > 0
    whole = small_runs.resumed(system, left)
    rows = whole.record.curves()
    metric = whole.setup.system.metrics[0]
    keys = [
        rank(row.figure(f"dev_{metric.name}"), (row.figure("dev_loss"),), metric.better)
        for row in rows
    ]
    best = max(at for at, key in enumerate(keys, start=1) if key == min(keys))
    expected = best if keep == "best" else len(rows)
    assert contents.read(whole.record.path).kept_epoch == expected


def test_where_nothing_is_noted_no_epoch_is_named(tmp_path: Path) -> None:
    """A run of an earlier release that was stopped: which weights it has nobody can tell."""
    record = ended(tmp_path, "stopped", weights=False)
    record.write_rows("curves.csv", [EpochRow(1, 4, figures={"dev_error": 0.5})])
    assert contents.read(record.path).kept_epoch is None


@pytest.mark.parametrize("system", ["regressor", "multi_regressor"])
def test_a_recipe_without_its_loss_is_named_when_the_loss_is_needed(system: str) -> None:
    """A record whose section of the loss was lost has the knob at auto."""
    loaded = systems.load(system)
    recipe = loaded.recipe.of_record({"objective": True})
    batch = Batch((), (torch.zeros(2, 1), torch.ones(2, 1)), count=torch.ones(2))
    with pytest.raises(RecipeError, match="at auto where its value is needed"):
        loaded.loss(torch.nn.Identity(), torch.zeros(2, 1), batch, recipe, False)
