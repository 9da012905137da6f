"""The default net of rows: scores of quantiles, learned vectors, rare and unknown categories."""

from __future__ import annotations

from pathlib import Path
from statistics import NormalDist
from unittest import mock

import numpy as np
import polars as pl
import pytest
import torch

import netwright as nw
from netwright.contract import Draws, Examples
from netwright.data.tables import encoder
from netwright.data.tables.encoder import Category, RowEncoder, fit_rows
from netwright.data.tables.rows import Rows
from netwright.data.tables.scaling.scales import NumberScale, NumberScores
from netwright.nets.tabular.embedded import EmbeddedMLP
from netwright.nets.tabular.piecewise import PiecewiseLinear, quantile_edges
from netwright.recipe import ImageOrRowRecipe
from netwright.systems.classifier.recipe import ClassifierRecipe
from netwright.systems.classifier.system import complete


def examples(frame: pl.DataFrame, targets: list[str] | None = None) -> Examples:
    count = len(frame)
    names = [f"row {at}" for at in range(count)]
    return Examples(Rows(frame), targets or ["a", "b"] * (count // 2), names, names)


def anywhere(at: int) -> str:
    return f"row {at}"


# --- numbers


def test_scores_are_normal_whatever_the_numbers_are() -> None:
    """The scores of a heavy tail are those of a normal sample of its order."""
    numbers = np.exp(3 * np.random.default_rng(0).normal(size=10_001))
    scores = NumberScores.of("a", numbers, marked=False).scaled(numbers, anywhere)
    normal = NormalDist()
    wanted = [normal.inv_cdf((rank + 0.5) / 10_001) for rank in range(10_001)]
    middle = slice(500, -500)
    assert np.abs(np.sort(scores) - wanted)[middle].max() < 0.02
    assert (scores.min(), scores.max()) == pytest.approx((-3, 3))
    assert (np.argsort(scores, kind="stable") == np.argsort(numbers, kind="stable")).all()


def test_beyond_the_numbers_of_training_a_score_stays_and_a_missing_one_is_0() -> None:
    column = NumberScores.of("a", np.arange(100.0), marked=True)
    found = column.scaled(np.array([-1e99, 0, 49.5, 99, 1e300, np.nan]), anywhere)
    assert found == pytest.approx([-3, -3, 0, 3, 3, 0])


def test_equal_numbers_have_the_mean_of_their_scores() -> None:
    column = NumberScores.of("a", np.repeat([0.0, 1.0], 500), marked=False)
    low, high = column.scaled(np.array([0.0, 1.0]), anywhere)
    assert low == pytest.approx(-high, abs=0.02)
    assert high == pytest.approx(0.8, abs=0.03)  # E|z| of a normal z is sqrt(2 / pi)
    assert NumberScores.of("a", np.full(9, 7.0), marked=False).scores == pytest.approx((0.0,))
    assert NumberScores.of("a", np.zeros(0), marked=True).scaled(np.array([5.0]), anywhere) == [0]


@pytest.mark.parametrize(
    ("values", "scores"), [((), ()), ((1.0, 1.0), (0.0, 1.0)), ((1.0,), (0.0, 1.0))]
)
def test_scores_that_no_training_leaves_are_refused(
    values: tuple[float, ...], scores: tuple[float, ...]
) -> None:
    with pytest.raises(ValueError, match="values"):
        NumberScores("a", values, scores, marked=False)


def test_quantiles_of_many_rows_are_those_of_a_drawn_part(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    train = examples(pl.DataFrame({"a": rng.normal(size=4000), "b": rng.normal(size=4000)}))
    with mock.patch.object(encoder, "MOST_RANKED", 1000):
        first, again = (fit_rows(train, ranked=True) for _ in range(2))
    whole = fit_rows(train, ranked=True)
    assert first == again != whole
    for drawn, all_rows in zip(first.numbers, whole.numbers, strict=True):
        asked = np.linspace(-1.5, 1.5, 50)
        apart = drawn.scaled(asked, anywhere) - all_rows.scaled(asked, anywhere)
        assert np.abs(apart).max() < 0.15


def test_the_vector_of_a_number_follows_its_formula() -> None:
    torch.manual_seed(0)
    edges = quantile_edges(5)
    layer = PiecewiseLinear(numbers=2, edges=edges, width=3)
    torch.nn.init.normal_(layer.bias)
    x = torch.tensor([[-3.0, 0.1], [2.5, 3.0], [0.0, -0.7]])
    itself, found = layer(x).unflatten(1, (2, 4)).split([1, 3], dim=2)
    assert torch.equal(itself.squeeze(2), x)
    for row in range(3):
        for number in range(2):
            total = layer.bias[number].clone()
            for at in range(5):
                low, high = float(edges[at]), float(edges[at + 1])
                part = min(max((float(x[row, number]) - low) / (high - low), 0.0), 1.0)
                total += part * layer.weight[number, at]
            torch.testing.assert_close(found[row, number], total.clamp_min(0))


def test_normal_scores_lie_equally_often_between_the_edges() -> None:
    scores = torch.from_numpy(np.random.default_rng(0).normal(size=48_000)).clamp(-3, 3)
    counts = torch.histogram(scores.float(), quantile_edges(48)).hist
    assert counts.sum() == 48_000
    assert (counts - 1000).abs().max() < 150
    assert len(set(quantile_edges(512).tolist())) == 513  # as many as model.bins may be


def test_rows_of_categories_alone_and_of_numbers_alone_are_read() -> None:
    none, three = (
        PiecewiseLinear(numbers=count, edges=quantile_edges(4), width=3) for count in (0, 3)
    )
    words = EmbeddedMLP(numbers=none, categories=(4,), hidden=(8,), outputs=2)
    numbers = EmbeddedMLP(numbers=three, hidden=(8,), outputs=2)
    assert words(torch.zeros(5, 0), torch.ones(5, 1, dtype=torch.int64)).shape == (5, 2)
    assert numbers(torch.zeros(5, 3)).shape == (5, 2)


# --- categories


def test_rare_categories_are_pooled_and_missing_ones_are_one() -> None:
    words = ["Oslo"] * 5 + ["Rome"] * 3 + ["Bern"] * 2 + [None] * 4
    train = examples(pl.DataFrame({"city": words}))
    codec = fit_rows(train, ranked=True, rare=3)
    assert codec.categories == (Category("city", ("Oslo", "Rome"), marked=True),)
    assert codec.cardinalities == (4,)
    asked = examples(pl.DataFrame({"city": ["Rome", "Bern", "Paris", None]}))
    assert codec.encode(asked)[1].tolist() == [[2], [0], [0], [3]]
    few = fit_rows(train.take(range(11)), ranked=True, rare=3)  # one missing: too few to learn of
    assert few.categories == (Category("city", ("Oslo", "Rome")),)
    assert few.encode(asked)[1].tolist() == [[2], [0], [0], [0]]


def draws(rows: slice, total: int = 4000) -> Draws:
    return Draws(seed=1, step=3, device=torch.device("cpu"), total=total, rows=rows)


def test_in_training_categories_are_read_as_unknown_the_same_on_several_processes() -> None:
    codec = RowEncoder((NumberScale("a", 0, 1, False),), (Category("b", ("u", "v")),) * 2)
    recipe = ImageOrRowRecipe().changed({"model.category_dropout": 0.1})
    inputs = torch.ones(4000, 1), torch.full((4000, 2), 2)
    numbers, read = codec.prepare(inputs, recipe, draws(slice(0, 4000)))
    assert torch.equal(numbers, inputs[0])
    assert set(read.unique().tolist()) == {0, 2}
    assert float((read == 0).float().mean()) == pytest.approx(0.1, abs=0.015)
    halves = [
        codec.prepare(tuple(t[own] for t in inputs), recipe, draws(own))[1]
        for own in (slice(0, 2000), slice(2000, 4000))
    ]
    assert torch.equal(torch.cat(halves), read)
    assert codec.prepare(inputs, recipe, None) is inputs
    assert codec.prepare(inputs, ImageOrRowRecipe(), draws(slice(0, 4000))) is inputs


def cities(tmp_path: Path) -> Path:
    """400 rows: what is good in one city is bad in the other."""
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 400))
    city = np.where(np.arange(400) % 2, "Oslo", "Rome")
    good = np.where(city == "Oslo", a + 0.2 * b > 0, a + 0.2 * b < 0)
    path = tmp_path / "cities.csv"
    frame = pl.DataFrame({"a": a, "b": b, "city": city, "y": np.where(good, "good", "bad")})
    frame.write_csv(path)
    return path


@pytest.mark.usefixtures("no_reports")
def test_a_row_of_an_unknown_category_is_answered_less_surely(tmp_path: Path) -> None:
    """Where the city decides, nothing is known of a row of another one."""
    run = nw.train(cities(tmp_path), target="y", epochs=30, store=tmp_path / "runs")
    assert run.recipe.model.name == "mlp-embedded"

    def sure(city: str) -> float:
        rows = [{"a": a, "b": 0.0, "city": city} for a in (-1.5, -1.0, 1.0, 1.5)]
        answers = run.predict(pl.DataFrame(rows))
        return float(np.mean([max(answer.probabilities.values()) for answer in answers]))

    assert sure("Oslo") > 0.95
    assert sure("Paris") < 0.8


# --- defaults


def test_the_default_net_of_rows_brings_its_encoding_and_the_others_keep_theirs() -> None:
    train = examples(pl.DataFrame({"a": [1.0, 2.0] * 10, "b": ["u", "v"] * 10}))
    keys = ("model.name", "data.encoding", "data.rare", "model.category_dropout", "model.hidden")

    def chosen(name: str) -> tuple[object, ...]:
        recipe = complete(ClassifierRecipe().changed({"model.name": name}), train)
        return tuple(recipe.value(key) for key in keys)

    assert chosen("auto") == chosen("mlp-embedded")
    assert chosen("auto") == ("mlp-embedded", "quantile", 3, 0.05, (128, 128))
    assert chosen("mlp") == ("mlp", "standard", 1, 0.0, (128, 64))
    assert chosen("linear") == ("linear", "standard", 1, 0.0, "auto")
    assert chosen("own-Net")[1:4] == ("standard", 1, 0.0)
