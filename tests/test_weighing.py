"""Imbalance: weights of examples and of classes, drawing the rare more often, the focal loss (notes
3.1.7).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from sklearn.datasets import load_breast_cancer
from sklearn.utils.class_weight import compute_class_weight
from torch import Tensor, nn
from torch.nn import functional as F

import netwright as nw
import recognize
from netwright.base.errors import DataError, RecipeError
from netwright.contract import Batch, Draws, Examples
from netwright.data.images.augment.mix import draw_mix
from netwright.systems.classifier.recipe import ClassifierRecipe
from netwright.systems.classifier.system import SYSTEM
from netwright.training.batching import example_weights, order
from netwright.training.batching.memory import InMemory
from netwright.training.batching.train_batches import TrainBatches, train_batches
from netwright.training.devices import Device
from netwright.training.optim import flat_weights
from netwright.training.probes import find_rate
from netwright.training.setup import TrainingSetup
from netwright.training.steps import autograd

pytestmark = pytest.mark.usefixtures("no_reports")

CPU = Device(torch.device("cpu"))


def examples(labels: list[Any], weights: list[float] | None = None) -> Examples:
    names = [str(at) for at in range(len(labels))]
    return Examples(np.zeros((len(labels), 2)), labels, names, names, weights=weights)


def recipe(**changes: Any) -> ClassifierRecipe:
    return ClassifierRecipe().changed(
        {key.replace("__", "."): value for key, value in changes.items()}
    )


# --- what counts how much


def test_balanced_weights_are_those_of_scikit_learn() -> None:
    labels = ["a"] * 7 + ["b"] * 2 + ["c"]
    theirs = compute_class_weight("balanced", classes=np.array(["a", "b", "c"]), y=labels)
    ours = example_weights.balanced(labels)
    assert [ours[name] for name in "abc"] == pytest.approx(theirs)


def test_weights_of_the_column_and_of_classes_multiply_and_are_1_on_average() -> None:
    found = example_weights.weights_of(
        SYSTEM,
        recipe(objective__class_weights={"b": 10}),
        examples(["a", "b", "a"], [1.0, 2.0, 0.0]),
    )
    assert found is not None
    assert found.mean() == pytest.approx(1)
    assert (found / found[0]).tolist() == pytest.approx([1, 20, 0])


def test_without_any_weight_nothing_is_weighed() -> None:
    assert example_weights.weights_of(SYSTEM, recipe(), examples(["a", "b"])) is None
    assert example_weights.draw_weights(SYSTEM, recipe(), examples(["a", "b"])) is None


def gradient(rows: Batch, weight: Tensor | None, accumulate: int = 1) -> Tensor:
    """Of one step on these rows."""
    torch.manual_seed(0)
    net = nn.Linear(3, 2)
    flat = flat_weights.flatten(net)

    if weight is not None:
        batches = TrainBatches(
            InMemory(rows),
            lambda batch, draws: batch,
            lambda epoch: [torch.arange(len(rows))],
            weight,
        )
        [rows] = batches.batches(batches.plan(0), CPU)
    setup = setup_of(net, recipe(), {})
    autograd.Eager(net, setup.loss, flat, CPU, accumulate)(rows, rows.divisors().sum())
    return flat.gradient.clone()


@pytest.mark.parametrize("accumulate", [1, 3])
def test_a_weight_of_three_is_a_row_three_times(accumulate: int) -> None:
    generator = torch.Generator().manual_seed(0)
    x, y = torch.randn(5, 3, generator=generator), torch.tensor([0, 1, 1, 0, 1])
    times = torch.tensor([3, 1, 0, 2, 1])
    weighed = gradient(Batch((x,), (y,), torch.ones(5)), times.float(), accumulate)
    twice = x.repeat_interleave(times, 0), y.repeat_interleave(times, 0)
    torch.testing.assert_close(
        weighed, gradient(Batch((twice[0],), (twice[1],), torch.ones(7)), None)
    )


class Plain:
    """Rows of numbers as they are."""

    def encode(self, examples: Examples) -> Batch:
        labels = torch.tensor([" ab".index(label) - 1 for label in examples.targets])
        return Batch(
            (torch.tensor(examples.inputs, dtype=torch.float32),),
            (labels,),
            torch.ones(len(examples)),
        )

    def prepare(self, batch: Batch, recipe: Any, draws: Draws | None) -> Batch:
        return batch


LABELS = replace(
    SYSTEM,
    loss=lambda net, outputs, batch, recipe, training: F.cross_entropy(
        outputs, batch.targets[0], reduction="none"
    ),
)
"""The cross-entropy alone."""


def setup_of(net: nn.Module, recipe: ClassifierRecipe, parts: dict[str, Examples]) -> TrainingSetup:
    return TrainingSetup(LABELS, recipe, Plain(), net, CPU, parts)  # type: ignore[arg-type]


def first_loss(setup: TrainingSetup) -> float:
    """The first one that the learning-rate finder sees."""
    rows = find_rate.rows_of(setup)
    swept = InMemory(setup.codec.encode(setup.train.take(rows.tolist())))
    return find_rate.sweep(setup, swept, rows).losses[0]


def test_a_mixed_example_counts_each_of_its_targets_as_that_example_weighs() -> None:
    """Example by example: (sum of lambda w L(y) + (1 - lambda) w' L(y')) / (sum of lambda w + (1 -
    lambda) w').
    """
    generator = torch.Generator().manual_seed(0)
    x, y = torch.randn(8, 3, generator=generator), torch.arange(8) % 3
    counted = np.array([3.0, 1.0, 0.0, 2.0, 0.5, 1.0, 0.25, 0.25])
    mixes = recipe(augment__mixup=1.0, training__batch_size=8)
    held = InMemory(Batch((x,), (y,), torch.ones(8)))
    torch.manual_seed(0)
    net = nn.Linear(3, 3)
    setup = setup_of(net, mixes, {"train": examples(["a"] * 8)})
    batches = train_batches(setup, held, counted)
    [rows] = batches.batches([torch.arange(8)], CPU)
    prepared = batches.prepare(rows, Draws(0, 4, CPU.torch_device, 8, slice(None)))
    found = (setup.loss(net, prepared).sum() / prepared.divisors().sum()).detach()
    drawn = draw_mix(mixes.augment, 0, 4, 8, ())
    assert 0.05 < drawn.lam < 0.95
    total = torch.zeros(())
    weight = 0.0
    for at, other in enumerate(drawn.partners.tolist()):
        scores = net(drawn.lam * x[at] + (1 - drawn.lam) * x[other])
        for share, row in ((drawn.lam, at), (1 - drawn.lam, other)):
            total = total + share * counted[row] * F.cross_entropy(scores, y[row]).detach()
            weight += share * counted[row]
    assert float(found) == pytest.approx(float(total) / weight, rel=1e-5)


def test_the_finder_sweeps_with_the_weights_of_the_training() -> None:
    """All inputs are 0: the first loss is that of class a alone when b weighs nothing, and of both
    when all weigh alike.
    """
    rows = examples(["ab"[at % 2] for at in range(640)])
    net = nn.Linear(2, 2)
    with torch.no_grad():
        net.bias[:] = torch.tensor([1.0, -1.0])
    of_a, of_b = (
        float(F.cross_entropy(net.bias, torch.tensor(label)).detach()) for label in (0, 1)
    )
    knobs = {
        "training__batch_size": 64,
        "training__average": 0.0,
        "optimizer__name": "adamw",
        "optimizer__weight_decay": 0.0,
    }
    alone, both = (
        first_loss(setup_of(net, recipe(objective__class_weights=wanted, **knobs), {"train": rows}))
        for wanted in ({"b": 0.0}, "none")
    )
    assert alone == pytest.approx(of_a, rel=1e-5)
    assert of_a + 0.2 * (of_b - of_a) < both < of_b


def test_class_weights_are_torchs() -> None:
    generator = torch.Generator().manual_seed(0)
    x, y = torch.randn(6, 3, generator=generator), torch.tensor([0, 1, 1, 0, 1, 1])
    by_class = torch.tensor([5.0, 0.5])
    torch.manual_seed(0)
    net = nn.Linear(3, 2)
    F.cross_entropy(net(x), y, weight=by_class).backward()  # type: ignore[no-untyped-call]
    ours = gradient(Batch((x,), (y,), torch.ones(6)), by_class[y])
    flat = flat_weights.flatten(net)
    flat.take_gradients([dict(net.named_parameters())[name].grad for name in flat.names])  # type: ignore[misc]
    torch.testing.assert_close(ours, flat.gradient)


# --- what is drawn how often


def test_balanced_sampling_draws_classes_alike_and_seeded() -> None:
    labels = ["a"] * 900 + ["b"] * 90 + ["c"] * 10
    shares = example_weights.draw_weights(
        SYSTEM, recipe(training__sampling="balanced"), examples(labels)
    )
    assert shares is not None
    drawn = torch.cat(order.order(1000, 64, 0, 0, shares))
    counts = Counter(labels[at] for at in drawn.tolist())
    assert len(drawn) == 1000
    assert all(270 < counts[name] < 400 for name in "abc")
    assert torch.equal(drawn, torch.cat(order.order(1000, 64, 0, 0, shares)))
    assert not torch.equal(drawn, torch.cat(order.order(1000, 64, 0, 1, shares)))


def test_weighted_sampling_draws_by_the_column_and_never_what_weighs_nothing() -> None:
    shares = example_weights.draw_weights(
        SYSTEM, recipe(training__sampling="weighted"), examples(["a"] * 4, [0.0, 1.0, 3.0, 0.0])
    )
    drawn = Counter(
        torch.cat(order.order(4, 2, 0, epoch, shares)).tolist()[k]
        for epoch in range(300)
        for k in range(4)
    )
    assert set(drawn) == {1, 2}
    assert 2.3 < drawn[2] / drawn[1] < 3.9


def test_what_is_drawn_by_weight_is_not_weighed_again() -> None:
    assert (
        example_weights.weights_of(
            SYSTEM, recipe(training__sampling="weighted"), examples(["a"], [3.0])
        )
        is None
    )


# --- focal


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
def test_the_focal_loss_is_its_formula(gamma: float) -> None:
    net = nn.Linear(3, 4).train()
    batch = Batch((torch.randn(8, 3),), (torch.randint(0, 4, (8,)),), torch.ones(8))
    focal = recipe(
        objective__loss="focal", objective__focal_gamma=gamma, objective__label_smoothing=0.0
    )
    p = net(*batch.inputs).softmax(1).gather(1, batch.targets[0][:, None]).squeeze(1)
    by_hand = -((1 - p) ** gamma) * p.log()
    ours = SYSTEM.loss(net, net(*batch.inputs), batch, focal, True)
    torch.testing.assert_close(ours, by_hand)
    slopes = [
        torch.autograd.grad(one.sum(), net.weight, retain_graph=True)[0] for one in (ours, by_hand)
    ]
    torch.testing.assert_close(*slopes)
    plain = F.cross_entropy(net(*batch.inputs), batch.targets[0], reduction="none")
    # measured alike for every loss
    torch.testing.assert_close(SYSTEM.loss(net, net(*batch.inputs), batch, focal, False), plain)


# --- whole trainings


def rare(folder: Path) -> Path:
    """Real tumours, one malignant in twenty."""
    data = load_breast_cancer()
    malignant = np.flatnonzero(data.target == 0)[:19]
    rows = np.concatenate([np.flatnonzero(data.target == 1), malignant])
    # a few columns: it is not too easy
    frame = pl.DataFrame({f"x{k}": data.data[rows, k] for k in range(3)})
    frame = frame.with_columns(
        pl.Series("kind", np.where(data.target[rows] == 0, "malignant", "benign"))
    )
    frame.write_csv(folder / "tumours.csv")
    return folder / "tumours.csv"


def recall(run: Any) -> float:
    answers = run.predictions("train")
    of = answers.filter(pl.col("truth") == "malignant")
    return float((of["answer"] == "malignant").mean())


@pytest.mark.parametrize(
    "change",
    [
        {"objective.class_weights": "balanced"},
        {"objective.class_weights": {"malignant": 20}},
        {"training.sampling": "balanced"},
    ],
)
def test_the_rare_class_is_found_more_often(change: dict[str, Any], tmp_path: Path) -> None:
    settings = {"optimizer.lr": 0.01, "training.average": 0}
    plain = nw.train(
        str(rare(tmp_path)), target="kind", model="linear", epochs=15, set=settings, store=tmp_path
    )
    better = nw.train(
        str(tmp_path / "tumours.csv"),
        target="kind",
        model="linear",
        epochs=15,
        set=settings | change,
        store=tmp_path,
    )
    assert recall(better) > recall(plain) + 0.15
    assert any(
        "weighs examples" in line or "drawn with replacement" in line
        for line in better.info["messages"]
    )


def weighted_table(folder: Path, weights: list[Any]) -> str:
    """Iris with a column of weights."""
    frame = recognize.read(recognize.recognize("iris")).examples
    table = frame.inputs.frame.with_columns(pl.Series("kind", list(frame.targets)))
    path = folder / "iris.csv"
    table.with_columns(pl.Series("w", (weights * 150)[:150], strict=False)).write_csv(path)
    return str(path)


def test_a_column_of_weights_counts_in_loss_and_figures_and_is_no_input(tmp_path: Path) -> None:
    source = weighted_table(tmp_path, [1, 5, 0])
    run = nw.train(
        source, target="kind", model="linear", epochs=5, set={"data.weight": "w"}, store=tmp_path
    )
    assert "'name': 'w'" not in str(run.record.json("codec.json"))
    measured = run.measures["dev"]
    assert {"error", "macro_f1", "unweighted_error"} == measured.keys()
    assert measured["error"]["low"] <= measured["error"]["value"] <= measured["error"]["high"]
    assert any("column 'w'" in line for line in run.info["messages"])


def test_a_weighted_training_goes_on_after_a_stop_bit_for_bit(tmp_path: Path) -> None:
    source = weighted_table(tmp_path, [1, 5, 2])
    settings = {
        "data.weight": "w",
        "training.sampling": "balanced",
        "objective.class_weights": "balanced",
        "training.checkpoint_minutes": 0,
    }

    def stop(progress: Any) -> None:
        if progress.epoch == 3:
            raise KeyboardInterrupt

    whole = nw.train(source, target="kind", model="linear", epochs=5, set=settings, store=tmp_path)
    with pytest.raises(KeyboardInterrupt) as stopped:
        nw.train(
            source,
            target="kind",
            model="linear",
            epochs=5,
            set=settings,
            store=tmp_path,
            watch=stop,
        )
    resumed = nw.train(resume=str(stopped.value), store=tmp_path)
    kept, other = whole.net.state_dict(), resumed.net.state_dict()
    assert all(torch.equal(kept[name], other[name]) for name in kept)


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        ([1, -2, 1], "iris.csv:3: the weight 'w' is -2: expected a number from 0 to"),
        ([1, 1e300, 1], "iris.csv:3: the weight 'w' is 1e\\+300: expected a number from 0 to"),
        ([1, None, 1], "iris.csv:3: the weight 'w' is missing"),
        ([0], "is 0 in every row"),
        (["a", "b"], "holds words"),
    ],
)
def test_weights_that_are_none_are_refused_with_their_line(
    weights: list[Any], said: str, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=said):
        nw.train(
            weighted_table(tmp_path, weights),
            target="kind",
            set={"data.weight": "w"},
            store=tmp_path / "runs",
        )


@pytest.mark.parametrize(
    ("source", "changes", "said"),
    [
        (
            "iris",
            {"objective.class_weights": {"setoza": 3}},
            "no class 'setoza'; did you mean 'setosa'",
        ),
        (
            "diabetes",
            {"objective.class_weights": "balanced"},
            "is a knob of the systems classifier, signals and text; regressor, which takes these",
        ),
        ("diabetes", {"training.sampling": "balanced"}, "is for classes"),
        ("iris", {"training.sampling": "weighted"}, "names no column"),
        ("iris", {"objective.loss": "focall"}, "no loss for labels; did you mean 'focal'"),
        (
            "iris",
            {"objective.loss": "focal", "objective.label_smoothing": 0.1},
            "expected 0 with focal",
        ),
        (
            "iris",
            {"objective.class_weights": {"setosa": 0, "versicolor": 0, "virginica": 0}},
            "weighs 0",
        ),
        ("digits8", {"data.weight": "w"}, "no table|no weight column"),
    ],
)
def test_what_cannot_be_weighed_is_refused_before_a_run_is_kept(
    source: str, changes: dict[str, Any], said: str, tmp_path: Path
) -> None:
    with pytest.raises((RecipeError, DataError), match=said):
        nw.train(source, set=changes, store=tmp_path)
    assert not list(tmp_path.glob("2*"))
