"""Learning and capacity curves: parts inside each other, a law against numbers of its own, what it
says of data of a known law, a budget kept to, a kill that trains nothing twice.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import netwright as nw
from netwright.api.studies import sizes as sizing
from netwright.api.studies.curves import CurvePlan
from netwright.api.studies.curves import _work as work
from netwright.api.studies.trained import StudyData, begun_with
from netwright.base.errors import DataError, NetwrightError, RecipeError, RunError
from netwright.cli.main import main
from netwright.contract import Metric
from netwright.metrics import intervals
from netwright.metrics.measure import Lead
from netwright.metrics.paired import Paired
from netwright.studies import points as pointing
from netwright.studies import study as studies
from netwright.studies import verdict
from netwright.studies.curve import Curve
from netwright.studies.forecast import forecast
from netwright.studies.pace import Budget, SizeWanted, Took
from netwright.studies.points import DrawnErrors
from netwright.studies.power_law import fit
from netwright.studies.verdict import Wording
from test_folds import BUILT_IN, QUICK, Killed, counted, data_of, table

pytestmark = pytest.mark.usefixtures("no_reports", "no_pictures")

__all__ = ["counted"]

GIVEN: dict[str, Any] = {"target": "kind", "model": "mlp", "set": QUICK}


# --- the sizes


@pytest.mark.parametrize("name", BUILT_IN)
def test_smaller_parts_lie_inside_larger_ones(name: str, tmp_path: Path) -> None:
    data = data_of(name, tmp_path)
    held: set[int] = set()
    for size in (20, 50, 100, data.assigned.count("train")):
        now = sizing.assigned(data, size, 0)
        train = {row for row, split in enumerate(now) if split == "train"}
        assert len(train) == size and held <= train
        assert all(a == b for a, b in zip(now, data.assigned, strict=True) if b != "train")
        held = train
    another = sizing.assigned(data, 50, 1)
    assert another != sizing.assigned(data, 50, 0) and another.count("train") == 50


def test_labels_keep_their_fractions_and_none_is_unknown(tmp_path: Path) -> None:
    lines = [f"{at},{'aaaaab'[at % 6]}" for at in range(300)] + [f"{at + 0.5},c" for at in range(8)]
    (tmp_path / "t.csv").write_text("\n".join(["x,kind", *lines]), encoding="utf-8")
    data = begun_with(tmp_path / "t.csv", tmp_path / "runs", dict(QUICK), target="kind")
    labels = data.system.labels(data.examples.targets)
    for size in (3, 30, 90):
        now = sizing.assigned(data, size, 0)
        counts = Counter(
            label for label, split in zip(labels, now, strict=True) if split == "train"
        )
        assert set(counts) == {"a", "b", "c"}
        assert size < 30 or abs(counts["b"] / counts["a"] - 0.2) < 0.1


def grouped(tmp_path: Path) -> StudyData:
    changes = {**QUICK, "data.target": "kind", "data.group": "of"}
    return begun_with(table(tmp_path, 150), tmp_path / "runs", changes)


def test_groups_are_whole(tmp_path: Path) -> None:
    data = grouped(tmp_path)
    now = sizing.assigned(data, 31, 0)
    groups = [
        group
        for group, split in zip(data.examples.groups or (), now, strict=True)
        if split == "train"
    ]
    assert len(groups) == 30 and set(Counter(groups).values()) == {3}


def test_sizes_that_cannot_be(tmp_path: Path) -> None:
    def refused(why: str, kind: type[Exception] = RecipeError, **given: Any) -> None:
        with pytest.raises(kind, match=why):
            nw.curve(table(tmp_path), store=tmp_path / "runs", **{**GIVEN, **given})

    refused(r"--sizes 500: train has 54 examples: expected 2 to 54", sizes=["500"])
    refused(r"--sizes many: ", sizes=["many"])
    refused(r"takes 3 sizes at least, .* train has 54 examples; name the sizes", DataError)
    refused(r"--budget never: .*how long all of it may take", budget="never")
    refused(r"--repeats 0: expected 1 to 100", repeats=0, sizes=[20, 40])
    linear = {"model": "linear", "capacity": True}
    refused(r"the net 'linear' has no setting of its size: choose another with --model", **linear)
    refused(r"--sizes 1000: expected 0.01 to 100 times", sizes=["1000"], capacity=True)
    refused(r"expected a width beside that of the net as it is", sizes=["1"], capacity=True)
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_system_can_be_wider(name: str, tmp_path: Path) -> None:
    data = data_of(name, tmp_path)
    if name in ("classifier", "regressor"):
        data = data_of(name, tmp_path, **{"model.name": "mlp"})
    train = data.examples.take([at for at, one in enumerate(data.assigned) if one == "train"])

    def parameters(factor: float) -> int:
        recipe = data.system.completed(data.recipe.changed(sizing.widened(data, factor)), train)
        net = data.system.model(data.system.fit(train, recipe), recipe)
        return sum(one.numel() for one in net.parameters())

    assert 1.3 < parameters(2.0) / parameters(1.0) < 4.5


# --- drawn at once


def test_paired_draws_are_those_of_one_set(tmp_path: Path) -> None:
    """The differences of two equal sets are 0 in every draw; the spread is the bootstrap's."""
    data = data_of("classifier", tmp_path)
    examples = data.examples.without_inputs()
    metric = Metric("half", "lower", lambda example, answer: answer, np.mean, is_proportion=True)
    rng = np.random.default_rng(0)
    first = rng.integers(0, 2, len(examples)).astype(float).tolist()
    second = [1.0 - value for value in first]
    paired = Paired.of(metric, examples, [first, first, second])
    drawn = paired.draws(seed=3, rounds=400)
    assert (drawn[:, 0] == drawn[:, 1]).all() and np.allclose(drawn[:, 0] + drawn[:, 2], 1)
    assert paired.figures().tolist() == pytest.approx(
        [np.mean(first), np.mean(first), np.mean(second)]
    )
    low, high = intervals.bootstrap(first, np.mean, rounds=400)
    assert np.percentile(drawn[:, 0], [2.5, 97.5]) == pytest.approx([low, high], abs=0.02)


# --- the law


SIZES = np.array([50.0, 100, 200, 400, 800])


@pytest.mark.parametrize(("a", "b", "c"), [(0.02, 0.05, 0.5), (0.0, 0.1, 1.0), (0.3, 0.2, 0.25)])
def test_a_law_without_noise_is_found(a: float, b: float, c: float) -> None:
    errors = a + b * (SIZES / 800) ** -c
    found = fit(SIZES, errors[None], np.full(5, 1e-6))
    assert found.c[0] == pytest.approx(c, rel=0.04)
    for size in (50, 800, 1600):
        law = a + b * (size / 800) ** -c
        assert found.at(size)[0] == pytest.approx(law, rel=0.04)


def test_the_nearest_law_by_brute_force() -> None:
    rng = np.random.default_rng(0)
    noise = np.array([0.02, 0.015, 0.01, 0.01, 0.008])
    errors = 0.05 + 0.05 * (SIZES / 800) ** -0.5 + rng.normal(size=(4, 5)) * noise
    found = fit(SIZES, errors, noise)
    for row in range(4):
        c = found.c[row]

        def distance(a: float, b: float, row: int = row, c: float = c) -> float:
            law = a + b * (SIZES / 800) ** -c
            return float((((errors[row] - law) / noise) ** 2).sum())

        best = distance(found.a[row], found.b[row])
        for a in np.linspace(0, 0.2, 81):
            for b in np.linspace(0, 0.2, 81):
                assert distance(a, b) >= best - 1e-9


def drawn_of(a: float, b: float, c: float, seed: int, dev: int = 400) -> DrawnErrors:
    """What would be measured of a known law: dev examples of different hardness, the same for all
    sizes, of which a net mistakes half by luck of its own.
    """
    rng = np.random.default_rng(seed)
    law, common = a + b * (SIZES / 800) ** -c, rng.random(dev)
    own = rng.random((5, dev))
    hits = np.where(rng.random((5, dev)) < 0.5, own, common) < law[:, None]
    rows = rng.integers(0, dev, (100, dev))
    drawn = hits[:, rows].mean(axis=2).T
    drawn = drawn + rng.normal(size=drawn.shape) * np.sqrt(0.5) * drawn.std(axis=0)
    return DrawnErrors(SIZES, hits.mean(axis=1), drawn, drawn.std(axis=0))


def test_intervals_of_known_laws_cover_what_twice_the_data_give() -> None:
    covered, held, total = 0, 0, 0
    for law in ((0.02, 0.05, 0.5), (0.1, 0.02, 1.0), (0.05, 0.1, 0.25), (0.2, 0.0, 0.5)):
        for seed in range(15):
            found = forecast(drawn_of(*law, seed), floor=True)
            assert found is not None and found.held_out is not None
            truth = law[0] + law[1] * 2.0 ** -law[2]
            covered += found.low <= truth <= found.high
            held += not found.held_out.beyond_noise
            total += 1
    assert covered >= 0.88 * total and held >= 0.85 * total


def test_few_sizes_foretell_nothing() -> None:
    whole = drawn_of(0.02, 0.05, 0.5, 0)

    def first(count: int) -> DrawnErrors:
        return DrawnErrors(
            whole.sizes[:count], whole.errors[:count], whole.drawn[:, :count], whole.noise[:count]
        )

    assert forecast(first(2), floor=True) is None
    three = forecast(first(3), floor=True)
    assert three is not None and three.held_out is None


# --- the budget


def test_a_budget_takes_what_fits() -> None:
    budget = Budget(10.0, {100.0: 1.0, 200.0: 2.0, 400.0: 4.0, 800.0: 8.0})
    wanted = [SizeWanted(size, seed) for seed in range(2) for size in budget.work]
    done: list[tuple[SizeWanted, Took]] = []
    while (one := budget.next(wanted, done, fewest=3)) is not None:
        seconds = budget.work[one.size]
        done.append((one, Took(seconds + 0.1, seconds)))
    assert [one.size for one, _ in done] == [100, 200, 400], "800 more would take 8 s of 3 left"
    free = Budget(None, budget.work)
    assert free.next(wanted, done, fewest=3) == SizeWanted(800, 0)
    with pytest.raises(RecipeError, match=r"--budget 2.0 s: 3 sizes take about .* which stay"):
        Budget(2.0, budget.work).next(wanted, done[:2], fewest=3)


def test_a_budget_too_small_for_one_training_is_refused_before_it(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"one training alone takes about"):
        nw.curve(
            table(tmp_path), sizes=[20, 40, 54], budget=0.0001, store=tmp_path / "runs", **GIVEN
        )
    assert not [path for path in (tmp_path / "runs").iterdir() if path.name != "studies"]


# --- whole curves


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("curves")


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_system_has_a_curve(name: str, tmp_path: Path) -> None:
    plan = CurvePlan.of(data_of(name, tmp_path), [24, 48, 96, 144], None, None, capacity=False)
    study = studies.create(tmp_path, "curve", plan.data.about(plan.question, plan.as_json()))
    found = work(study, plan)
    assert [point.size for point in found.result.points] == [24, 48, 96, 144]
    ahead = found.result.forecast
    assert ahead is not None and ahead.size == 288 and ahead.low <= ahead.error <= ahead.high
    assert ahead.held_out is not None and ahead.held_out.size == 144
    assert "Twice the data, 288 examples, would give dev" in found.verdict
    assert Curve.from_json(json.loads(json.dumps(found.result.as_json()))) == found.result
    page = found.report.read_text(encoding="utf-8")
    assert found.verdict[:40] in page and "<svg" in page
    for point in found.result.points:
        record = nw.open(point.runs[0], store=tmp_path).record
        assert record.info()["splits"]["train"] == point.size
        assert record.info()["splits"]["dev"] == plan.data.assigned.count("dev")


def test_repeats_draw_other_parts(folder: Path) -> None:
    found = nw.curve(
        table(folder, 200), sizes=[20, 40, 80], repeats=2, store=folder / "repeats", **GIVEN
    )
    assert [len(point.runs) for point in found.result.points] == [2, 2, 2]
    first, second = (nw.open(run, store=folder / "repeats") for run in found.result.points[0].runs)
    assert first.recipe.training.seed == 0 and second.recipe.training.seed == 1
    assert first.record.splits() != second.record.splits()
    runs = pointing.by_size(
        [pointing.SizedRun(20, seed, run.record) for seed, run in enumerate((first, second))]
    )
    mean = np.mean([run.measures["dev"]["error"]["value"] for run in (first, second)])
    point = found.result.points[0]
    assert point.dev.error == pytest.approx(mean) and len(runs[20]) == 2
    shown = {one["id"]: one for one in nw.list_studies(folder / "repeats")}[found.id]
    assert shown["kind"] == "curve" and shown["members"] == 6


def test_a_killed_curve_goes_on_and_trains_nothing_twice(
    folder: Path, tmp_path: Path, counted: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    given = {**GIVEN, "sizes": [20, 40, 80], "store": tmp_path}
    given["set"] = {**QUICK, "training.checkpoint_minutes": 0}
    ended = 0

    def kill(now: Any) -> None:
        nonlocal ended
        ended += now.step == now.steps and now.dev is not None
        if ended == 1 and now.step == 1:
            raise Killed

    with pytest.raises(Killed):
        nw.curve(table(folder, 200), watch=kill, **given)
    (study,) = studies.every(tmp_path)
    assert study.status == "killed" and list(study.members()) == ["20 examples"]
    found = nw.curve(table(folder, 200), repeats=1, **given)
    assert found.id == study.id and study.status == "complete"
    assert [counted.count(name) for name in dict.fromkeys(counted)] == [1, 2, 1]
    main(["curve", "--resume", study.id, "--store", str(tmp_path), "--json"])
    assert json.loads(capsys.readouterr().out)["verdict"] == found.verdict
    main(["show", study.id, "--store", str(tmp_path)])
    assert "Twice the data, 160 examples" in capsys.readouterr().out
    with pytest.raises(NetwrightError, match="is a study of curve: netwright curve --resume"):
        nw.train(resume=study.id, store=tmp_path)


def test_a_capacity_curve_tells_of_the_width(folder: Path) -> None:
    found = nw.curve(
        table(folder, 200), capacity=True, sizes=["0.25", "2"], store=folder / "wide", **GIVEN
    )
    points = found.result.points
    assert [point.name for point in points] == ["0.25 times as wide", "as it is", "2 times as wide"]
    assert [point.size for point in points] == sorted(point.size for point in points)
    assert found.result.forecast is None and found.verdict


def test_another_member_is_named(folder: Path, tmp_path: Path) -> None:
    given = {**GIVEN, "sizes": [20, 40, 80], "store": tmp_path}
    found = nw.curve(table(folder, 200), **given)
    nw.open(found.result.points[1].runs[0], store=tmp_path).remove()
    found.study.note(status="stopped")
    with pytest.raises(RunError, match=r"40 examples of .* is not in .* any more: it was removed"):
        nw.curve(resume=found.id, store=tmp_path)


# --- the sentences


def rung(name: str, error: float, half: float) -> pointing.Rung:
    return pointing.Rung(name, error, 400, error - half, error + half)


def point(size: float, train: float, dev: float) -> pointing.Point:
    levels = rung("train", train, 0.01), rung("dev", dev, 0.01)
    return pointing.Point(size, f"{size:,.0f}", ("x",), *levels)


WORDS = Wording(verdict.FigureFormat("fraction"))


def test_bias_and_variance_are_told_apart_without_people() -> None:
    far, near = [point(800, 0.01, 0.1)], [point(800, 0.095, 0.1)]
    falling = forecast(drawn_of(0.0, 0.1, 0.7, 0, dev=4000), floor=True)
    flat = forecast(drawn_of(0.1, 0.0, 0.7, 0, dev=40000), floor=True)
    assert verdict.of_learning(far, falling, WORDS).startswith("Variance: dev is 9.0 points")
    assert verdict.of_learning(far, flat, WORDS).startswith("Variance that more of the same data")
    assert verdict.of_learning(near, flat, WORDS).startswith("Bias, or what the data leave open")
    assert verdict.of_learning(near, falling, WORDS).startswith("No gap to close")
    worse = replace(flat, fell=-0.002, fell_low=-0.01, fell_high=0.006)
    assert "(by 0.2 points (-0.6 to 1.0) worse, trained" in verdict.of_learning(near, worse, WORDS)
    assert "Three sizes are needed" in verdict.of_learning(far, None, WORDS)


def test_a_bigger_net_helps_where_it_does() -> None:
    three = [point(100, 0.2, 0.21), point(400, 0.1, 0.11), point(1600, 0.01, 0.03)]
    none, better = Lead(0.0, -0.01, 0.01), Lead(0.08, 0.05, 0.11)
    said = verdict.of_capacity(three, [Lead(-0.1, -0.12, -0.08), none, better], 1, WORDS)
    assert said.startswith("Bias: a net 1,600 has dev 3.0%, 8.0 points (5.0 to 11.0) better")
    wide = [point(100, 0.2, 0.21), point(400, 0.01, 0.11), point(1600, 0.0, 0.11)]
    assert verdict.of_capacity(wide, [none, none, none], 1, WORDS).startswith("Variance: dev")
    level = [point(100, 0.1, 0.11), point(400, 0.1, 0.11), point(1600, 0.1, 0.11)]
    said = verdict.of_capacity(level, [none, none, none], 1, WORDS)
    assert said.startswith("Not the size of the net") and "longer training" in said
