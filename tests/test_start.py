"""A training that starts from an earlier run: what is taken over, what is drawn, what is refused,
and that its record is enough to train it again.
"""

from __future__ import annotations

import resource
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import netwright as nw
import small_runs
from netwright.base.errors import DataError, NetwrightError, RecipeError, RunError
from netwright.cli.main import main
from netwright.contract import Examples
from netwright.runs.record import Record
from netwright.training import trainer

pytestmark = pytest.mark.usefixtures("no_reports")

BASE = {
    "training.epochs": 2,
    "training.precision": "float32",
    "training.layout": "contiguous",
    "training.threads": 1,
}


def train(data: Any, folder: Path, **given: Any) -> nw.Run:
    settings = {**BASE, **given.pop("set", {})}
    return nw.train(data, store=folder, set=settings, **given)


def blobs(classes: str, seed: int = 0, count: int = 240, apart: float = 3.0) -> Any:
    """Rows of four numbers around a place of their own for each class."""
    rng = np.random.default_rng(seed)
    middles = np.random.default_rng(7).normal(0, apart, (26, 4))
    names = np.array([classes[at % len(classes)] for at in range(count)])
    x = np.stack([middles[ord(name) - ord("a")] for name in names]) + rng.normal(0, 1, (count, 4))
    return x.astype(np.float32), names


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def first(folder: Path) -> nw.Run:
    return train(blobs("abc"), folder, model="mlp", set={"model.hidden": [8]})


def weights(run: nw.Run) -> dict[str, torch.Tensor]:
    return small_runs.kept(run.record)


# --- what is taken over


def test_a_frozen_second_run_is_the_first(folder: Path, first: nw.Run) -> None:
    """With every factor of the rate at 0 all weights stay as they were taken over, and what is said
    of other data is what the first run says.
    """
    frozen = {"optimizer.groups": {"*": 0.0}, "optimizer.lr": 0.01}
    second = train(blobs("abc", seed=1), folder, start=first.id, set=frozen)
    mine, theirs = weights(second), weights(first)
    assert all(torch.equal(mine[name], theirs[name]) for name in theirs)
    assert second.codec == first.codec
    x, _ = blobs("abc", seed=2, count=20)
    assert second.predict(x) == first.predict(x)
    noted = second.info["started_from"]
    assert noted["run"] == first.id
    assert noted["weights"] == first.info["weights"]
    assert (sorted(noted["taken"]), noted["drawn"]) == (sorted(theirs), [])
    assert noted["codec"] == ["encoder", "classes"]


def test_the_net_is_that_of_the_earlier_run(folder: Path, first: nw.Run) -> None:
    second = train(blobs("abc", seed=1), folder, start="last", set={"training.epochs": 1})
    assert second.recipe.value("model.hidden") == (8,)
    assert second.recipe.value("model.start") in {run.id for run in nw.list_runs(folder)}


def test_new_classes_have_a_new_head(folder: Path, first: nw.Run) -> None:
    settings = {"optimizer.groups": {"layers.0.*": 0.0}, "optimizer.lr": 0.05}
    second = train(blobs("abd", seed=1), folder, start=first.id, set=settings)
    noted = second.info["started_from"]
    assert noted["drawn"] == ["layers.3.weight", "layers.3.bias"]
    assert noted["codec"] == ["encoder"]
    line = (
        f"starts from {first.id}: takes over 2 tensors of its weights and its codec's encoder;"
        " newly drawn: layers.3.weight, layers.3.bias"
    )
    assert line in second.info["messages"]
    mine, theirs = weights(second), weights(first)
    assert torch.equal(mine["layers.0.weight"], theirs["layers.0.weight"])
    assert not torch.equal(mine["layers.3.weight"], theirs["layers.3.weight"])


def test_it_learns_more_from_few_examples(folder: Path) -> None:
    """Six rows of each class: after a run on many of the same classes, far fewer are mistaken."""
    many = train(
        blobs("abcdefgh", count=800, apart=1.2), folder, model="mlp", set={"training.epochs": 20}
    )
    few = blobs("abcdefgh", seed=5, count=60, apart=1.2)
    short = {"training.epochs": 1, "optimizer.lr": 0.001}
    x, y = blobs("abcdefgh", seed=9, count=400, apart=1.2)
    wrong = []
    for start in (None, many.id):
        run = train(few, folder, model="mlp", start=start, set=short)
        answers = [answer.label for answer in run.predict(x)]
        wrong.append(np.mean(np.array(answers) != y))
    # of 8 classes a new net errs on most; 95% intervals of 400 are at most .05 wide each way
    assert wrong[1] + 0.2 < wrong[0]


def test_numbers_keep_the_scale_that_the_weights_expect(folder: Path) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(0, 1, (200, 3)).astype(np.float32)
    first = train((x, 100 + 10 * x[:, 0]), folder, model="mlp", set={"training.epochs": 20})
    far = rng.normal(5, 3, (200, 3)).astype(np.float32)
    frozen = {"optimizer.groups": {"*": 0.0}, "optimizer.lr": 0.01}
    second = train((far, 1000 + far[:, 0]), folder, start=first.id, set=frozen)
    assert second.codec == first.codec
    assert second.predict(x[:5]) == first.predict(x[:5])


def test_images_are_read_at_the_size_of_now_with_the_scale_of_before(folder: Path) -> None:
    rng = np.random.default_rng(0)
    y = np.array(["light", "dark"] * 40)

    def pictures(side: int, level: int) -> Any:
        x = rng.integers(0, 60, (80, side, side, 1)) + level * (y == "light")[:, None, None, None]
        return x.astype(np.uint8), y

    first = train(pictures(12, 120), folder, model="cnn-small", set={"model.width": 4})
    second = train(pictures(12, 60), folder, start=first.id)
    assert second.codec.encoder == first.codec.encoder
    # one that pools over the whole picture takes any size
    first = train(pictures(12, 120), folder, model="resnet-small", set={"model.width": 4})
    larger = train(pictures(20, 60), folder, start=first.id)
    assert larger.codec.encoder.mu == first.codec.encoder.mu
    assert larger.codec.encoder.height == 20


def test_a_factor_of_0_holds_weights_and_not_the_statistics_of_batch_norm(tmp_path: Path) -> None:
    """As docs/transfer.md says: parameters stay bit for bit, running means follow the new data."""
    net = {"model.name": "cnn-small", "model.width": 4}
    first = small_runs.finished("classifier", tmp_path, net)
    held = {**net, "model.start": first.record.id, "optimizer.groups": {"*": 0.0}}
    second = small_runs.finished("classifier", tmp_path, {**held, "optimizer.lr": 0.01})
    mine, theirs = small_runs.kept(second.record), small_runs.kept(first.record)
    names = [name for name, _ in second.setup.net.named_parameters()]
    assert all(torch.equal(mine[name], theirs[name]) for name in names)
    means = [name for name in mine if name.endswith("running_mean")]
    assert means
    assert not any(torch.equal(mine[name], theirs[name]) for name in means)


def test_texts_keep_the_vocabulary_that_the_vectors_are_of(tmp_path: Path) -> None:
    first = small_runs.finished("text", tmp_path, {})
    fewer = small_runs.SYSTEMS["text"].sample(60, 3)
    second = small_runs.start("text", tmp_path, {"model.start": first.record.id}, fewer)
    assert second.setup.codec == first.setup.codec
    alone = small_runs.start("text", tmp_path, {}, fewer)
    assert alone.setup.codec != first.setup.codec
    assert torch.equal(
        second.setup.net.state_dict()["embed.weight"], small_runs.kept(first.record)["embed.weight"]
    )


@pytest.mark.parametrize(
    ("system", "head"), [("tags", "layers.3"), ("multi_regressor", "layers.6")]
)
def test_other_targets_have_a_new_head(tmp_path: Path, system: str, head: str) -> None:
    """Of the same ones all is taken over, mu and sigma of several numbers too."""
    chosen = small_runs.SYSTEMS[system]
    net = {"model.name": "mlp", "model.hidden": [8] if system == "tags" else [8, 8]}
    first = small_runs.finished(system, tmp_path, {**net, "training.epochs": 1})
    changes = {**net, "model.start": first.record.id}
    fewer = chosen.sample(60, 3)
    second = small_runs.start(system, tmp_path, changes, fewer)
    assert second.setup.codec == first.setup.codec
    assert second.setup.taken_over is not None and second.setup.taken_over.drawn == ()
    renamed = replace(
        fewer, targets=replace(fewer.targets, names=tuple("xyz")[: len(fewer.targets.names)])
    )
    third = small_runs.start(system, tmp_path, changes, renamed)
    assert third.setup.taken_over is not None
    assert {name.rpartition(".")[0] for name in third.setup.taken_over.drawn} == {head}
    assert third.setup.codec.encoder == first.setup.codec.encoder
    assert third.setup.codec != first.setup.codec


def test_boxes_of_other_classes_are_looked_for_as_before_and_named_anew(tmp_path: Path) -> None:
    first = small_runs.finished("localizer", tmp_path, {"training.epochs": 1})
    drawn = small_runs.SYSTEMS["localizer"].sample(80, 3)
    boxes = [tuple(replace(box, label="thing") for box in target) for target in drawn.targets]
    changes = {"model.start": first.record.id}
    second = small_runs.start("localizer", tmp_path, changes, replace(drawn, targets=boxes))
    assert second.setup.taken_over is not None
    assert second.setup.taken_over.drawn == ("labels.weight", "labels.bias")
    assert second.setup.codec.encoder.mu == first.setup.codec.encoder.mu
    again = small_runs.start("localizer", tmp_path, changes, drawn)
    assert again.setup.taken_over is not None and again.setup.taken_over.drawn == ()


def test_a_codec_of_fewer_words_would_not_fit(tmp_path: Path) -> None:
    """Of the toy: sentences without the last two words have a smaller codec of their own, and are
    read by the earlier one all the same.
    """
    tagger = small_runs.SYSTEMS["toy-tagger"]
    first = small_runs.finished("toy-tagger", tmp_path, {})
    drawn = tagger.sample(240, 4)
    rows = [at for at, words in enumerate(drawn.inputs) if max(words) < 7]
    few = drawn.take(rows)
    assert small_runs.start("toy-tagger", tmp_path, {}, few).setup.codec.words == 6
    second = small_runs.start("toy-tagger", tmp_path, {"model.start": first.record.id}, few)
    assert second.setup.codec.words == 8


# --- what is said of the data


def test_examples_that_the_earlier_run_was_trained_on_are_counted(
    folder: Path, first: nw.Run
) -> None:
    again = train(blobs("abc"), folder, start=first.id, set={"training.epochs": 1})
    assert not [line for line in again.info["messages"] if "was trained on" in line]
    other = {"training.epochs": 1, "split.seed": 3}
    moved = train(blobs("abc"), folder, start=first.id, set=other)
    seen = first.record.own(ids_of(moved.record, "dev"))["train"]
    assert 0 < seen < len(ids_of(moved.record, "dev"))
    (line,) = [line for line in moved.info["messages"] if "dev example" in line]
    assert line.startswith(f"{seen} of the {len(ids_of(moved.record, 'dev'))} dev examples are")


def ids_of(record: Record, split: str) -> list[str]:
    import polars as pl

    rows = pl.read_parquet(record.path / "splits.parquet")
    return rows.filter(rows["split"] == split)["id"].to_list()


# --- again, from the record


def test_it_is_repeated_from_its_record(folder: Path, first: nw.Run) -> None:
    data = blobs("abd", seed=1)
    second = train(data, folder, start=first.id)
    again = nw.train(data, repeat=second.id, store=folder)
    assert again.info["weights"] == second.info["weights"]
    assert again.info["started_from"] == second.info["started_from"]


def test_the_weights_it_started_from_are_found_under_another_name(
    folder: Path, first: nw.Run, tmp_path: Path
) -> None:
    data = blobs("abd", seed=1)
    shutil.copytree(first.record.path, tmp_path / first.id)
    second = train(data, tmp_path, start=first.id)
    renamed = first.id[:-3] + "fff"
    (tmp_path / first.id).rename(tmp_path / renamed)
    again = nw.train(data, repeat=second.id, store=tmp_path)
    assert again.info["weights"] == second.info["weights"]
    assert again.info["started_from"]["run"] == renamed
    shutil.rmtree(tmp_path / renamed)
    with pytest.raises(RunError) as refused:
        nw.train(data, repeat=second.id, store=tmp_path)
    assert str(refused.value) == (
        f"{second.id} started from the weights of {first.id} (digest {first.info['weights']}),"
        f" which no run in {tmp_path} has now: put that run back, or train anew from another."
    )


def test_killed_before_its_first_checkpoint_it_begins_from_the_same_weights(
    tmp_path: Path,
) -> None:
    first = small_runs.finished("classifier", tmp_path, {})
    changes = {"model.start": first.record.id}
    whole = small_runs.finished("classifier", tmp_path, changes)
    left = small_runs.left_by_a_kill("classifier", tmp_path, changes, 3)
    shutil.rmtree(left.checkpoint.parent)
    resumed = small_runs.resumed("classifier", left)
    assert small_runs.same(whole.record, resumed.record)


def test_killed_later_it_goes_on_without_the_earlier_run(tmp_path: Path) -> None:
    first = small_runs.finished("classifier", tmp_path, {})
    changes = {"model.start": first.record.id}
    whole = small_runs.finished("classifier", tmp_path, changes)
    left = small_runs.left_by_a_kill("classifier", tmp_path, changes, 3)
    shutil.rmtree(first.record.path)
    assert small_runs.same(whole.record, small_runs.resumed("classifier", left).record)


def test_from_a_run_of_another_store(folder: Path, first: nw.Run, tmp_path: Path) -> None:
    second = train(blobs("abd", seed=1), tmp_path, start=str(first.record.path))
    assert second.recipe.value("model.start") == str(first.record.path.resolve())
    again = nw.train(blobs("abd", seed=1), repeat=second.id, store=tmp_path)
    assert again.info["weights"] == second.info["weights"]


def test_trials_of_a_search_start_from_it(folder: Path, first: nw.Run) -> None:
    found = nw.search(
        blobs("abd", seed=1),
        start=first.id,
        trials=2,
        space={"optimizer.lr": [0.001, 0.01]},
        set={**BASE, "training.epochs": 1},
        store=folder,
    )
    for row in found.rows:
        assert nw.open(row.run, store=folder).info["started_from"]["run"] == first.id


def test_two_processes_start_from_the_same(tmp_path: Path) -> None:
    first = small_runs.finished("classifier", tmp_path / "runs", {})
    changes = {"model.start": str(first.record.path), "training.epochs": 1}
    one = small_runs.finished("classifier", tmp_path / "one", changes)
    two = small_runs.by_two("classifier", tmp_path / "two", changes)
    for name, tensor in small_runs.kept(one.record).items():
        torch.testing.assert_close(tensor, small_runs.kept(two)[name], rtol=1e-3, atol=1e-4)


# --- what is refused


def refusal(data: Any, folder: Path, **given: Any) -> str:
    before = sorted(folder.iterdir())
    with pytest.raises(NetwrightError) as refused:
        train(data, folder, **given)
    assert sorted(folder.iterdir()) == before, "a run was left"
    return str(refused.value)


def test_another_shape_is_refused_by_name(folder: Path, first: nw.Run) -> None:
    wider = {"model.hidden": [16]}
    assert refusal(blobs("abc", seed=1), folder, start=first.id, set=wider) == (
        f"weights of {first.id} have other shapes than here: layers.0.weight (8, 4) (here (16, 4)),"
        " layers.0.bias (8,) (here (16,)), layers.3.weight (3, 8) (here (3, 16)); start from a run"
        " whose inputs and section 'model' are as here."
    )


def test_another_architecture_is_refused_by_name(folder: Path, first: nw.Run) -> None:
    deeper = {"model.hidden": [8, 8]}
    assert refusal(blobs("abd", seed=1), folder, start=first.id, set=deeper).startswith(
        f"weights of {first.id} have other shapes than here: layers.3.weight (3, 8) (here (8, 8))"
    )
    deeper = {"model.hidden": [8, 3, 3]}
    assert refusal(blobs("abd", seed=1), folder, start=first.id, set=deeper) == (
        f"{first.id}, a run of model 'mlp', has no weights layers.6.weight, layers.6.bias: start"
        " from a run of the same architecture, or train it as that run was."
    )


def test_a_head_alone_leaves_nothing_to_take_over(folder: Path) -> None:
    linear = train(blobs("abc"), folder, model="linear")
    assert refusal(blobs("abd", seed=1), folder, start=linear.id) == (
        f"no weights of {linear.id} fit what is learned here: train without model.start."
    )


def test_inputs_of_another_kind(folder: Path, first: nw.Run) -> None:
    pictures = (
        np.random.default_rng(0).integers(0, 255, (40, 12, 12, 1), np.uint8),
        np.array(["a", "b"] * 20),
    )
    with pytest.raises(DataError, match="the inputs are not rows, which the run that training"):
        train(pictures, folder, start=first.id)


def test_another_system(folder: Path, first: nw.Run) -> None:
    x, _ = blobs("abc")
    said = refusal((x, x[:, 0]), folder, start=first.id)
    assert said == (
        f"{first.id} is of the system 'classifier', and this training of 'regressor': start from a"
        " run of the same system."
    )


def test_a_run_that_has_not_ended(tmp_path: Path) -> None:
    left = small_runs.left_by_a_kill("classifier", tmp_path, {}, 3)
    with pytest.raises(RunError, match=rf"{left.id} is killed, so that its weights may change yet"):
        small_runs.start("classifier", tmp_path, {"model.start": str(left.path)})


def test_weights_that_were_changed(tmp_path: Path) -> None:
    first = small_runs.finished("classifier", tmp_path, {})
    first.record.weights.write_bytes(first.record.weights.read_bytes() + b" ")
    with pytest.raises(RunError, match="is not the file that this run wrote"):
        small_runs.start("classifier", tmp_path, {"model.start": first.record.id})


def test_no_such_run(folder: Path) -> None:
    assert refusal(blobs("abc"), folder, start="nosuchrun").startswith("no run 'nosuchrun' in")


def test_given_twice(folder: Path, first: nw.Run) -> None:
    said = refusal(blobs("abc"), folder, start=first.id, set={"model.start": "last"})
    assert said.startswith("model.start is given twice")


def test_not_beside_repeat(folder: Path, first: nw.Run) -> None:
    with pytest.raises(RecipeError, match="start cannot change when a run goes on or is repeated"):
        nw.train(blobs("abc"), repeat=first.id, start=first.id, store=folder)


def test_names_that_a_system_has_not_are_its_own_mistake(tmp_path: Path) -> None:
    first = small_runs.finished("toy-tagger", tmp_path, {})
    strange = replace(first.setup.system, adopt=lambda net, codec, before: ("nothing.so",))
    recipe = first.setup.recipe.changed({"model.start": first.record.id})
    examples: Examples = strange.sample(240, 0)
    with pytest.raises(ValueError, match=r"adopt of toy-tagger names 'nothing.so'"):
        trainer.prepare(strange, small_runs.reading(examples), recipe, tmp_path)


# --- the command line


def test_from_on_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    given = ["--store", str(tmp_path), "--set", "training.threads=1"]
    main(["train", "iris", "--epochs", "2", *given])
    main(["train", "iris", "--from", "last", "--epochs", "1", *given])
    first, second = nw.list_runs(tmp_path)
    assert f"starts from {first.id}: takes over" in capsys.readouterr().err
    assert second.info["started_from"]["run"] == first.id
    monkeypatch.setenv("NETWRIGHT_RUNS", str(tmp_path))
    main(["find-lr", "iris", "--set", f"model.start={first.id}"])


@pytest.fixture(scope="module")
def swollen(tmp_path_factory: pytest.TempPathFactory, rows: str) -> nw.Run:
    """A finished run whose recipe names another net than its weights are of: 3.6 GB."""
    knobs = {"model.hidden": [8], "data.target": "label"}
    run = train(rows, tmp_path_factory.mktemp("swollen"), model="mlp", set=knobs)
    recipe = run.record.path / "recipe.yaml"
    text = recipe.read_text(encoding="utf-8")
    assert "hidden: [8]" in text
    recipe.write_text(text.replace("hidden: [8]", "hidden: [30000, 30000]"), encoding="utf-8")
    return nw.open(run.record.path)


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A table of a hundred rows."""
    x, y = blobs("ab", count=100)
    path = tmp_path_factory.mktemp("data") / "rows.csv"
    lines = [
        ",".join([*(f"{value:g}" for value in row), name]) for row, name in zip(x, y, strict=True)
    ]
    path.write_text("\n".join(["a,b,c,d,label", *lines]) + "\n", encoding="utf-8")
    return str(path)


def most_memory() -> int:
    """Bytes that this process has held at most."""
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


@pytest.mark.parametrize(
    "given", ["resume", "start", "repeat", "resume unfinished"], ids=lambda given: given
)
def test_a_net_that_a_changed_recipe_names_is_not_built(
    swollen: nw.Run, rows: str, given: str
) -> None:
    way, _, unfinished = given.partition(" ")
    more: dict[str, Any] = {"start": {"target": "label"}, "resume": {"epochs": 5}}.get(given, {})
    if unfinished:
        swollen.record.note(status="stopped")
    before, source = most_memory(), rows if way == "start" else None
    with pytest.raises(RunError, match="does not fit the recipe's model"):
        nw.train(source, **{way: swollen.id}, store=swollen.record.path.parent, **more)
    assert most_memory() - before < 2**30


def test_without_a_test_split_there_is_nothing_to_count(folder: Path, first: nw.Run) -> None:
    few = {"split.test": 0, "training.epochs": 1}
    assert train(blobs("abc", seed=4), folder, start=first.id, set=few).info["status"] == "complete"
