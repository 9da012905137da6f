"""Figures of examples that count unequally: scikit-learn's, their intervals, and where the weights
come from (notes 3.1.7).
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch
from sklearn import metrics as sk

import netwright as nw
import recognize
import small_runs
from netwright.base import figures
from netwright.base.errors import DataError
from netwright.base.measure import Measure
from netwright.contract import Batch, Examples, Metric
from netwright.data.labels import Label
from netwright.data.sources import arrays
from netwright.doctor.diagnose import diagnose
from netwright.metrics import labels, regression
from netwright.metrics.measure import measure, value_of
from netwright.recipe import knobs
from netwright.systems.classifier.recipe import ClassifierRecipe
from netwright.systems.classifier.system import SYSTEM as CLASSIFIER

pytestmark = pytest.mark.usefixtures("no_reports")

rng = np.random.default_rng(0)


def test_weighted_label_figures_are_scikit_learns() -> None:
    truth, answer = rng.choice(list("abc"), (2, 200))
    weights = rng.uniform(0.1, 9, 200)
    pairs = [(str(t), str(a)) for t, a in zip(truth, answer, strict=True)]
    wrong = [float(t != a) for t, a in pairs]
    assert labels.ERROR.weighted and labels.MACRO_F1.weighted
    assert labels.ERROR.weighted(wrong, weights) == pytest.approx(
        1 - sk.accuracy_score(truth, answer, sample_weight=weights)
    )
    assert labels.MACRO_F1.weighted(pairs, weights) == pytest.approx(
        sk.f1_score(truth, answer, average="macro", sample_weight=weights)
    )


def test_weighted_figures_of_numbers_are_scikit_learns() -> None:
    truth, noise, weights = rng.normal(3, 2, 100), rng.normal(0, 1, 100), rng.uniform(0.1, 9, 100)
    pairs = [(float(t), float(e)) for t, e in zip(truth, noise, strict=True)]
    assert regression.RMSE.weighted and regression.MAE.weighted and regression.R2.weighted
    assert regression.RMSE.weighted(noise**2, weights) == pytest.approx(
        sk.root_mean_squared_error(truth, truth + noise, sample_weight=weights)
    )
    assert regression.MAE.weighted(abs(noise), weights) == pytest.approx(
        sk.mean_absolute_error(truth, truth + noise, sample_weight=weights)
    )
    assert regression.R2.weighted(pairs, weights) == pytest.approx(
        sk.r2_score(truth, truth + noise, sample_weight=weights)
    )


def measured(wrong: list[bool], weights: list[float] | None, *only: Metric) -> dict[str, Measure]:
    count = len(wrong)
    names = [str(at) for at in range(count)]
    examples = Examples(np.zeros((count, 2)), ["a"] * count, names, names, weights=weights)
    answers = [Label("b" if one else "a", 0.9, {"a": 0.5, "b": 0.5}) for one in wrong]
    return measure(only or CLASSIFIER.metrics, examples, answers)


@pytest.mark.parametrize("weights", [None, [1.0, 2.0, 3.0]])
@pytest.mark.parametrize("own_interval", [False, True])
def test_figures_are_plain_floats_whatever_a_metric_gives(
    weights: list[float] | None, own_interval: bool
) -> None:
    """A system's function is often one of numpy, whose numbers print and repr as np.float64."""
    metric = Metric(
        "off",
        "lower",
        lambda example, answer: np.float64(answer.probability),
        lambda values: np.float32(np.mean(values)),  # type: ignore[arg-type, return-value]
        weighted=lambda values, weights: np.average(values, weights=weights),  # type: ignore
        interval=(lambda values: tuple(np.quantile(values, [0.1, 0.9]))) if own_interval else None,  # type: ignore
    )
    kinds = {
        type(figure)
        for one in measured([True, False, True], weights, metric).values()
        for figure in (one.value, one.low, one.high)
    }
    assert kinds == {float}
    names = list("abc")
    examples = Examples(np.zeros((3, 2)), ["a"] * 3, names, names, weights=weights)
    answers = [Label("b", 0.9, {"b": 0.9})] * 3
    assert type(value_of(metric, examples, answers)) is float


def test_a_weight_of_0_is_a_row_left_out_and_equal_weights_change_no_figure() -> None:
    wrong = [at % 5 == 0 for at in range(40)]
    some = measured([*wrong, True, True], [2.0] * 40 + [0.0, 0.0])
    plain = measured(wrong, None)
    for name in ("error", "macro_f1"):
        assert (some[name].value, some[name].n) == pytest.approx((plain[name].value, plain[name].n))
    assert (some["error"].low, some["error"].high) == pytest.approx(
        (plain["error"].low, plain["error"].high)
    )


@pytest.mark.parametrize("groups", [None, [str(at % 12) for at in range(48)]])
@pytest.mark.parametrize("value", [1.0, 1 - 1e-15, 0.0, 0.7])
def test_a_fraction_whose_resamples_are_all_alike_is_bounded_as_a_rate(
    groups: list[str] | None, value: float
) -> None:
    """48 perfect answers do not say that the 49th is: z^2 / (n + z^2) of all may be wrong."""
    names = [str(at) for at in range(48)]
    examples = Examples(np.zeros((48, 1)), ["a"] * 48, names, names, groups=groups)
    answers = [Label("a", 1.0, {"a": 1.0})] * 48
    fraction = Metric("ap", "higher", lambda example, answer: value, lambda held: float(held[0]))
    own_unit = replace(fraction, name="off", unit="m")
    found = measure((fraction, own_unit), examples, answers)
    (n, z2), one = (48 if groups is None else 12, 1.959963984540054**2), found["ap"]
    middle, half = value + z2 / (2 * n), (z2 * (value * (1 - value) / n + z2 / (4 * n * n))) ** 0.5
    ends = ((middle - half) / (1 + z2 / n), (middle + half) / (1 + z2 / n))
    assert (one.low, one.high) == pytest.approx(ends, abs=1e-9)
    assert one.value == value
    if value == 1:
        assert one.low == pytest.approx(1 - z2 / (n + z2))
        shown = "100.0% (92.6-100.0)" if groups is None else "100.0% (75.8-100.0)"
        assert figures.level(one) == shown
    # no number bounds an error in metres
    assert (found["off"].low, found["off"].high) == (None, None)


def test_perfect_tags_are_no_surer_than_their_count_in_the_ladder_too() -> None:
    perfect = measured([False] * 48, None)["macro_f1"]
    assert perfect.low == pytest.approx(1 - 3.8414588 / (48 + 3.8414588))
    rounded = replace(perfect, value=1 - 1e-16)
    judged = diagnose({"train": replace(perfect, n=400), "dev": rounded}, metric="macro_f1")
    text = str(judged)
    assert "0.000000" not in text and judged.rungs[1].high == pytest.approx(1 - (perfect.low or 0))
    (variance,) = judged.gaps
    assert variance.high is not None and variance.high > 0.05 and variance.verdict == "noise"


def test_the_interval_of_a_weighted_error_holds_the_truth_as_often_as_it_says() -> None:
    inside = 0
    for trial in range(1000):
        draw = np.random.default_rng(trial)
        # a dear mistake is as likely as a cheap one: the true figure is 0.2
        weights = draw.choice([1.0, 10.0], 120)
        found = measured((draw.uniform(size=120) < 0.2).tolist(), weights.tolist(), labels.ERROR)[
            "error"
        ]
        assert found.low is not None and found.high is not None
        inside += found.low <= 0.2 <= found.high
    assert 0.93 < inside / 1000 < 0.98
    # one row bears nearly all of it
    high = measured([False] * 30, [1.0] * 29 + [50.0], labels.ERROR)["error"].high
    assert high is not None and high > 0.5


# measured where it was trained
@pytest.mark.filterwarnings("ignore::netwright.base.errors.NetwrightWarning")
def test_one_weights_array_beside_x_and_y_is_the_column(tmp_path: Path) -> None:
    x, y, w = rng.normal(size=(120, 3)), rng.choice(["a", "b"], 120), rng.uniform(0, 3, 120)
    settings = {
        "training.precision": "float32",
        "training.threads": 1,
        "training.layout": "contiguous",
    }
    run = nw.train((x, y), weights=w, model="linear", epochs=2, set=settings, store=tmp_path)
    assert "unweighted_error" in run.measures["dev"]
    assert any("weights given" in line for line in run.info["messages"])
    assert "unweighted_error" in run.evaluate((x, y, w)) and "unweighted_error" not in run.evaluate(
        (x, y)
    )
    np.savez(tmp_path / "held.npz", x=x, y=y, weights=w)
    read = recognize.read(recognize.recognize(str(tmp_path / "held.npz"))).examples
    assert read.weights == pytest.approx(w)
    np.savez(
        tmp_path / "two.npz",
        x_train=x,
        y_train=y,
        weights_train=w,
        x_test=x[:9],
        y_test=y[:9],
        weights_test=w[:9],
    )
    assert recognize.read(
        recognize.recognize(str(tmp_path / "two.npz"))
    ).examples.weights == pytest.approx([*w, *w[:9]])
    np.savez(
        tmp_path / "bad.npz", x_train=x, y_train=y, weights_train=w, x_test=x[:9], y_test=y[:9]
    )
    with pytest.raises(DataError, match="expected weights_test"):
        recognize.read(recognize.recognize(str(tmp_path / "bad.npz")))
    with pytest.raises(DataError, match=r"\(3,\): expected \(120,\)"):
        nw.train((x, y), weights=w[:3], store=tmp_path)
    with pytest.raises(DataError, match="name the column"):
        nw.train("iris", weights=w, store=tmp_path)


def test_data_whose_weights_changed_are_not_the_same_data() -> None:
    frame = pl.DataFrame({"a": [1.0, 2, 3], "y": ["u", "v", "u"], "w": [1, 2, 3]})
    one = arrays.read_arrays(frame, target="y", weight="w")
    other = arrays.read_arrays(frame.with_columns(w=pl.Series([1, 2, 4])), target="y", weight="w")
    assert one.fingerprint != other.fingerprint


@pytest.mark.filterwarnings("ignore::netwright.base.errors.NetwrightWarning")
def test_other_data_are_weighted_where_they_have_the_column(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {"a": rng.normal(size=90), "y": rng.choice(["u", "v"], 90), "w": rng.uniform(1, 5, 90)}
    )
    run = nw.train(
        frame, target="y", model="linear", epochs=2, set={"data.weight": "w"}, store=tmp_path
    )
    frame.drop("w").write_csv(tmp_path / "plain.csv")
    frame.write_csv(tmp_path / "weighted.csv")
    assert "unweighted_error" not in run.evaluate(str(tmp_path / "plain.csv"))
    assert "unweighted_error" in run.evaluate(str(tmp_path / "weighted.csv"))
    assert run.predict(str(tmp_path / "plain.csv")) == run.predict(str(tmp_path / "weighted.csv"))


def test_a_table_read_by_place_has_the_weights_of_one_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NETWRIGHT_CACHE", str(tmp_path / "cache"))
    frame = pl.DataFrame(
        {
            "a": rng.normal(size=5000),
            "y": rng.choice(["u", "v"], 5000),
            "w": rng.uniform(1, 5, 5000),
        }
    )
    frame.write_csv(tmp_path / "t.csv")
    source = recognize.recognize(str(tmp_path / "t.csv"), target="y", weight="w")
    held, by_place = recognize.read(source), recognize.read(source, memory=100_000)
    assert any("by place" in note for note in by_place.notes)
    for found in (held, by_place):
        assert found.examples.weights == pytest.approx(frame["w"].to_numpy())
    assert by_place.examples.inputs.columns == held.examples.inputs.columns
    assert by_place.fingerprint == held.fingerprint


# --- every system, every way to hold and to step


def sample(system: str) -> Examples:
    plain = small_runs.SYSTEMS[system].sample(240, 0)
    weights = np.random.default_rng(3).choice([0.0, 1.0, 4.0], 240).tolist()
    return Examples(plain.inputs, plain.targets, plain.ids, plain.sources, weights=weights)


@pytest.mark.parametrize(
    "system",
    [name for name, one in small_runs.SYSTEMS.items() if one.step is None and one.carry is None],
)
def test_traced_and_streamed_weighted_trainings_are_the_eager_one_in_memory(
    system: str, tmp_path: Path
) -> None:
    ways = [("eager", "memory"), ("traced", "memory"), ("eager", "stream")]
    plain = {"training.epochs": 1, "optimizer.lr": 0.01}
    if "model.dropout" in knobs(small_runs.SYSTEMS[system].recipe):
        plain["model.dropout"] = 0
    runs = [
        small_runs.finished(
            system,
            tmp_path / f"{at}",
            {**plain, "training.step": step, "training.batches": held},
            sample(system),
        )
        for at, (step, held) in enumerate(ways)
    ]
    first = small_runs.kept(runs[0].record)
    alike = small_runs.finished(system, tmp_path / "plain", {**plain, "training.step": "eager"})
    assert any(
        not torch.equal(tensor, first[name])
        for name, tensor in small_runs.kept(alike.record).items()
    )
    for run in runs[1:]:
        for name, tensor in small_runs.kept(run.record).items():
            torch.testing.assert_close(tensor, first[name], rtol=1e-5, atol=1e-6)


def test_two_processes_equal_one_with_class_weights_and_balanced_sampling(tmp_path: Path) -> None:
    on = {
        "objective.class_weights": {"diagonal": 5},
        "training.sampling": "balanced",
        "training.epochs": 2,
    }
    one = small_runs.finished("classifier", tmp_path / "one", on).record
    two = small_runs.by_two("classifier", tmp_path / "two", on)
    own, theirs = small_runs.kept(one), small_runs.kept(two)
    for name in own:
        torch.testing.assert_close(
            own[name], theirs[name], rtol=2e-3, atol=2e-4, msg=lambda t, name=name: f"{name}: {t}"
        )


def test_a_split_that_weighs_nothing_is_refused_before_training(tmp_path: Path) -> None:
    examples = sample("classifier")
    weights = [0.0] * 239 + [1.0]
    held = Examples(
        examples.inputs, examples.targets, examples.ids, examples.sources, weights=weights
    )
    with pytest.raises(DataError, match="examples weighs 0"):
        small_runs.start("classifier", tmp_path, {}, held)


@pytest.mark.parametrize("gamma", [0.0, 0.3, 2.0])
def test_the_focal_loss_has_a_slope_where_the_net_is_perfectly_sure(gamma: float) -> None:
    net = torch.nn.Linear(1, 2, bias=False).train()
    torch.nn.init.constant_(net.weight, 0)
    net.weight.data[0] = 200.0
    batch = Batch((torch.ones(1, 1),), (torch.zeros(1, dtype=torch.int64),), torch.ones(1))
    recipe = ClassifierRecipe().changed(
        {
            "objective.loss": "focal",
            "objective.focal_gamma": gamma,
            "objective.label_smoothing": 0.0,
        }
    )
    (slope,) = torch.autograd.grad(
        CLASSIFIER.loss(net, net(*batch.inputs), batch, recipe, True).sum(), net.weight
    )
    assert slope.abs().max() == 0
