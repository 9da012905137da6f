"""A training from other weights whose last layer is new: what the frozen net makes of the examples
is computed once and kept, how deep it stays frozen is measured on it, the new layer fitted on it.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from torch import nn

import netwright as nw
import small_runs
from netwright.base.errors import RecipeError
from netwright.base.files import cache_folder
from netwright.cli import options
from netwright.contract import Batch, Examples
from netwright.recipe import Optimizer
from netwright.training.freezing import features, fitted_head, stages, transfer
from netwright.training.optim import optimizers
from netwright.training.trainer import PreparedTraining

pytestmark = pytest.mark.usefixtures("no_reports", "no_pictures")

NET = {"model.name": "resnet-small", "model.width": 4}
CACHED = {"training.cache_features": True, "optimizer.lr": 0.003}


def renamed(examples: Examples) -> Examples:
    """Of other classes, so that the last layer is new."""
    return replace(examples, targets=[f"a {target} bar" for target in examples.targets])


NEW = renamed(small_runs.SYSTEMS["classifier"].sample(120, 5))


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NETWRIGHT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "features"


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> PreparedTraining:
    return small_runs.finished("classifier", tmp_path_factory.mktemp("first"), NET)


def begun(first: PreparedTraining, folder: Path, **changes: Any) -> PreparedTraining:
    given = {**NET, **CACHED, "model.start": str(first.record.path)}
    return small_runs.start("classifier", folder, {**given, **changes}, NEW)


def messages(made: PreparedTraining) -> list[str]:
    found: list[str] = made.record.info()["messages"]
    return found


def test_all_but_the_last_layer_frozen_it_alone_is_trained_on_kept_features(
    first: PreparedTraining, tmp_path: Path, cache: Path
) -> None:
    made = small_runs.fitted(begun(first, tmp_path, **{"training.freeze": "all"}))
    assert made.setup.recipe.training.freeze == 4
    before, after = small_runs.kept(first.record), small_runs.kept(made.record)
    assert before.keys() == after.keys()
    moved = {name for name in before if not torch.equal(before[name], after[name])}
    assert moved == {"head.weight", "head.bias"}  # running statistics stay, too
    assert len(list(cache.iterdir())) == 2  # train and dev
    lines = messages(made)
    assert sum("and kept in" in line for line in lines) == 1
    assert "the last layer alone is trained, on these features: nothing is augmented" in lines
    # what the run says of raw examples is what training measured on features
    opened = nw.open(made.record.id, store=tmp_path)
    truth = list(made.setup.dev.targets)
    said = [answer.label for answer in opened.predict(made.setup.dev.inputs[:])]
    error = np.mean([one != other for one, other in zip(said, truth, strict=True)])
    assert error == pytest.approx(opened.measures["dev"]["error"]["value"])


def test_they_are_read_the_next_time_and_computed_anew_where_the_file_is_damaged(
    first: PreparedTraining, tmp_path: Path, cache: Path
) -> None:
    one = begun(first, tmp_path, **{"training.freeze": "all"})
    two = begun(first, tmp_path, **{"training.freeze": "all"})
    assert any("read from" in line for line in messages(two))
    for file in cache.iterdir():
        file.write_bytes(b"torn")
    three = begun(first, tmp_path, **{"training.freeze": "all"})
    assert any("and kept in" in line for line in messages(three))
    heads = [made.setup.net.state_dict()["head.weight"] for made in (one, two, three)]
    assert all(torch.equal(heads[0], head) for head in heads)
    other = begun(first, tmp_path, **{"training.freeze": "all", "data.image_size": 16})
    assert any("and kept in" in line for line in messages(other))
    for made in (one, two, three, other):
        made.hold.close()


def test_the_depth_is_measured_and_the_table_shown(first: PreparedTraining, tmp_path: Path) -> None:
    made = begun(first, tmp_path, **{"training.freeze": "auto"})
    made.hold.close()
    table = [line for line in messages(made) if line.startswith("a last layer on the")]
    assert [line.split(" frozen")[0].split()[-3:] for line in table] == [
        [str(depth), "of", "4"] for depth in (2, 3, 4)
    ]
    assert all("(3 folds of train)" in line for line in table)
    assert made.setup.recipe.training.freeze in (2, 3, 4)


def test_the_fitted_layer_is_logistic_regression(first: PreparedTraining, tmp_path: Path) -> None:
    """scikit-learn's minimum of the same loss."""
    made = begun(first, tmp_path, **{"training.freeze": 1})
    made.hold.close()
    setup, rng = made.setup, np.random.default_rng(0)
    x = torch.from_numpy(rng.normal(size=(90, 6)).astype(np.float32))
    y = torch.arange(90) % 3
    x[:, 0] += y
    batch = Batch((x,), (y,), torch.ones(90))
    setup.net.eval()
    found = fitted_head.fitted(setup, nn.Linear(6, 3), batch, penalty=0.1)
    assert isinstance(found, nn.Linear)
    penalty = 0.1 * float(x.square().mean()) * 90
    theirs = LogisticRegression(C=1 / penalty, tol=1e-8, max_iter=1000).fit(x.numpy(), y.numpy())
    np.testing.assert_allclose(found.weight.detach().numpy(), theirs.coef_, atol=2e-3)


def test_killed_it_goes_on_to_the_same_bits(first: PreparedTraining, tmp_path: Path) -> None:
    given = {**NET, **CACHED, "training.freeze": "all", "model.start": str(first.record.path)}
    whole = small_runs.finished("classifier", tmp_path / "whole", given, NEW)
    left = small_runs.left_by_a_kill("classifier", tmp_path / "cut", given, 3, NEW)
    shutil.rmtree(cache_folder())  # safe to delete
    resumed = small_runs.resumed("classifier", left, NEW)
    assert small_runs.same(whole.record, resumed.record)
    left = small_runs.left_by_a_kill("classifier", tmp_path / "early", given, 3, NEW)
    shutil.rmtree(left.checkpoint.parent)
    assert small_runs.same(whole.record, small_runs.resumed("classifier", left, NEW).record)


def test_a_complete_one_is_gone_on_with(first: PreparedTraining, tmp_path: Path) -> None:
    x = np.stack([np.full((8, 8, 3), 40 * at % 250, np.uint8) for at in range(60)])
    names = np.array(list("abc"))[np.arange(60) % 3]
    small = {**NET, "training.threads": 1, "training.precision": "float32", "split.test": 0}
    start = nw.train((x, names), set={**small, "training.epochs": 1}, store=tmp_path)
    other = np.char.add(names, "!")
    given = {**small, **CACHED, "training.freeze": "all", "training.epochs": 2}
    run = nw.train((x, other), start=start.id, set=given, store=tmp_path)
    longer = nw.train((x, other), resume=run.id, epochs=4, store=tmp_path)
    assert longer.info["epochs"] == 4
    held, moved = small_runs.kept(start.record), small_runs.kept(longer.record)
    assert {name for name in held if not torch.equal(held[name], moved[name])} == {
        "head.weight",
        "head.bias",
    }


def test_what_is_not_run_is_not_thawed(first: PreparedTraining, tmp_path: Path) -> None:
    made = begun(first, tmp_path, **{"training.freeze": "all"})
    made.hold.close()
    with pytest.raises(RecipeError, match="trains its last layer on features, and nothing before"):
        transfer.check_change(made.setup, {"training.thaw": 1})
    transfer.check_change(made.setup, {"training.thaw": None, "training.epochs": 3})


def test_mixed_examples_need_the_whole_net(first: PreparedTraining, tmp_path: Path) -> None:
    made = begun(first, tmp_path, **{"training.freeze": "all", "augment.mixup": 0.2})
    made.hold.close()
    assert not made.setup.recipe.training.cache_features
    assert any(line.startswith("features are not computed once") for line in messages(made))


def test_the_same_classes_keep_their_last_layer(first: PreparedTraining, tmp_path: Path) -> None:
    given = {**NET, **CACHED, "training.freeze": "auto", "model.start": str(first.record.path)}
    made = small_runs.start("classifier", tmp_path, given)
    made.hold.close()
    assert made.setup.recipe.training.freeze == 0
    head = small_runs.kept(first.record)["head.weight"]
    assert torch.equal(made.setup.net.state_dict()["head.weight"], head)


@pytest.mark.parametrize("system", ["tags", "multi_regressor", "text"])
def test_every_system_whose_net_ends_in_a_layer_of_its_own(system: str, tmp_path: Path) -> None:
    """A last layer that stays is read by its features, too."""
    net = {"training.epochs": 1}
    earlier = small_runs.finished(system, tmp_path / "first", net)
    changes = {**CACHED, "training.freeze": "all", "model.start": str(earlier.record.path)}
    made = small_runs.finished(system, tmp_path / "second", {**net, **changes})
    before, after = small_runs.kept(earlier.record), small_runs.kept(made.record)
    moved = {name for name in before if not torch.equal(before[name], after[name])}
    head = features.head_of(made.setup.system, made.setup.net)
    assert moved == {f"{head}.weight", f"{head}.bias"}


def test_stages_learn_slower_the_earlier_they_are(first: PreparedTraining, tmp_path: Path) -> None:
    system, net = first.setup.system, first.setup.net
    depth = stages.stage_of_each(net, stages.stages_of(system, net))
    knobs = Optimizer(depth_factor=0.5, groups={"head.*": 3.0})
    kinds = optimizers.kinds(net, knobs, None, depth)
    assert kinds["head.weight"].factor == 3.0
    assert kinds["stages.1.conv1.weight"].factor == 0.25
    assert kinds["stem.0.weight" if "stem.0.weight" in kinds else "stem.weight"].factor == 0.0625


@pytest.mark.usefixtures("with_references")
def test_from_scratch_beside_it_says_whether_transfer_paid(tmp_path: Path) -> None:
    """Weights that tell the classes apart, and few examples of these."""
    rng = np.random.default_rng(0)
    middles = rng.normal(0, 1.2, (6, 4))

    def rows(count: int, names: str) -> Any:
        kind = np.arange(count) % 6
        x = (middles[kind] + rng.normal(0, 1, (count, 4))).astype(np.float32)
        return x, np.array(list(names))[kind]

    fast = {"training.epochs": 20, "training.threads": 1, "model.hidden": [16]}
    first = nw.train(rows(600, "abcdef"), model="mlp", set=fast, store=tmp_path)
    few = {"training.epochs": 1, "training.threads": 1, "model.hidden": [16]}
    few |= {"split.dev": 0.5, "split.test": 0, "optimizer.lr": 0.001}
    given = {**few, "training.freeze": "all", "training.cache_features": True}
    lines = list[str]()
    run = nw.train(
        rows(240, "uvwxyz"),
        start=first.id,
        model="mlp",
        set=given,
        store=tmp_path,
        sanity=True,
        log=lines.append,
    )
    assert run.info["on_features"] and "on_features" not in nw.list_runs(tmp_path)[-2].info
    (beside,) = [one for one in run.references if one["name"] == "from scratch"]
    plain = nw.list_runs(tmp_path)[-2]
    assert beside["how"] == f"the run {plain.id}: mlp, without --from, on the same splits"
    assert beside["measure"]["value"] == plain.measures["dev"]["error"]["value"]
    assert "started_from" not in plain.info
    lead = beside["lead"]["value"]
    both = plain.measures["dev"]["error"]["value"] - run.measures["dev"]["error"]["value"]
    assert lead == pytest.approx(both)
    (line,) = [line for line in lines if line.startswith("transfer paid: better than from scratch")]
    assert line in run.info["messages"]
    with pytest.raises(RecipeError, match="name what the other training starts from, --from RUN"):
        nw.train("digits8", sanity=True, store=tmp_path)
    with pytest.raises(RecipeError, match="sanity cannot change when a run goes on"):
        nw.train(resume=run.id, sanity=True, store=tmp_path)


@pytest.mark.parametrize(("typed", "stands_for"), [("none", 0), ("all", "all"), ("3", 3)])
def test_how_the_stages_are_typed(typed: str, stands_for: str | int) -> None:
    assert options.stages_of(typed) == stands_for
    assert options.stages_of(None) is None
