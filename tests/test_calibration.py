"""Probabilities that say how often they are right: measured, and mended by one temperature."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import optimize

import netwright as nw
import small_runs
from netwright.base.findings import Finding
from netwright.doctor.calibration_findings import Stated, cooled_by_halves, find
from netwright.metrics import temperature
from netwright.metrics.calibration import calibration

pytestmark = pytest.mark.usefixtures("no_reports")


def drawn(
    sharper: float, count: int = 1200, seed: int = 0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(stated, truth, right): truths are drawn by p, and p ** sharper is stated."""
    rng = np.random.default_rng(seed)
    p = rng.dirichlet([0.6] * 4, count)
    truth = (p.cumsum(axis=1) < rng.random((count, 1))).sum(axis=1)
    stated = temperature.scaled(p, 1 / sharper)
    return stated, truth, stated.argmax(axis=1) == truth


def stated_of(sharper: float, smoothing: float = 0.0) -> Stated:
    probabilities, truth, right = drawn(sharper)
    halves = [*range(0, 1200, 2)], [*range(1, 1200, 2)]
    whole = probabilities, truth, halves
    return Stated(probabilities.max(axis=1), right, None, smoothing, lambda: whole)


class TestTemperature:
    def test_it_is_that_of_the_least_log_loss(self) -> None:
        stated, truth, _ = drawn(2.0)

        def loss(t: float) -> float:
            return float(-np.log(temperature.scaled(stated, t)[np.arange(1200), truth]).mean())

        best = optimize.minimize_scalar(loss, bounds=(0.05, 20), method="bounded").x
        assert temperature.fitted(stated, truth) == pytest.approx(best, rel=1e-3)
        assert temperature.fitted(stated, truth) == pytest.approx(2.0, rel=0.1)

    def test_of_tags_it_is_that_of_the_least_log_loss(self) -> None:
        rng = np.random.default_rng(0)
        z = rng.normal(0, 2, (800, 3))
        truth = (rng.random(z.shape) < 1 / (1 + np.exp(-z))).astype(float)
        truth[rng.random(z.shape) < 0.2] = np.nan
        stated, weights = 1 / (1 + np.exp(-2.5 * z)), rng.random(800)

        def loss(t: float) -> float:
            p = 1 / (1 + np.exp(-2.5 * z / t))
            each = -np.where(truth == 1, np.log(p), np.log1p(-p))
            return float(np.nansum(np.where(np.isnan(truth), 0, weights[:, None] * each)))

        best = optimize.minimize_scalar(loss, bounds=(0.05, 20), method="bounded").x
        found = temperature.fitted_of_each(stated, truth, weights)
        assert found == pytest.approx(best, rel=1e-3)
        assert found == pytest.approx(2.5, rel=0.15)
        assert temperature.scaled_of_each(stated, 2.5) == pytest.approx(1 / (1 + np.exp(-z)))
        assert np.isfinite(temperature.scaled_of_each(np.array([[0.0, 1.0]]), 0.05)).all()

    def test_weights_count_as_so_many_alike(self) -> None:
        stated, truth, _ = drawn(0.5, 300)
        weights = np.arange(300) % 3
        rows = np.repeat(np.arange(300), weights)
        assert temperature.fitted(stated, truth, weights) == pytest.approx(
            temperature.fitted(stated[rows], truth[rows])
        )

    def test_what_is_certain_ends_at_the_bounds(self) -> None:
        sure = np.array([[0.9, 0.1], [0.1, 0.9]] * 5)
        assert temperature.fitted(sure, np.array([0, 1] * 5)) == pytest.approx(0.05)
        assert temperature.fitted(sure, np.array([1, 0] * 5)) == pytest.approx(20)
        assert np.isfinite(temperature.scaled(np.array([[1.0, 0.0]]), 0.05)).all()


class TestExpectedError:
    def test_by_hand(self) -> None:
        """Two bins: 0.6 stated and 1 of 2 right, 0.9 stated and 2 of 2 right."""
        found = calibration(np.array([0.9, 0.6, 0.6, 0.9]), np.array([1, 1, 0, 1]), rounds=20)
        # of four answers each is a bin of its own: |0.6 - 1|, |0.6 - 0|, twice |0.9 - 1|
        assert found.error == pytest.approx((0.4 + 0.6 + 0.1 + 0.1) / 4)
        assert (found.stated, found.right) == (pytest.approx(0.75), pytest.approx(0.75))

    def test_of_right_probabilities_it_is_noise(self) -> None:
        low = 0
        for seed in range(60):
            stated, _, right = drawn(1.0, 300, seed)
            low += calibration(stated.max(axis=1), right, rounds=100).p < 0.05
        assert low <= 9  # binomial of 60 and 1 in 20: more in 1 of 1,000

    def test_of_others_it_is_not(self) -> None:
        stated, _, right = drawn(2.0)
        found = calibration(stated.max(axis=1), right)
        assert found.p < 0.01
        assert found.low <= found.error <= found.high
        assert found.error > found.noise


class TestFinding:
    def test_too_sure(self) -> None:
        (found,) = find(stated_of(2.5), "netwright train again")
        assert found.code == "NW119"
        assert found.message.startswith("The probabilities are too sure: ")
        assert found.do[0].endswith(": netwright train again")
        assert found.figures["log_loss_with_temperature"] < found.figures["log_loss"]
        assert found.figures["temperature"] == pytest.approx(2.5, rel=0.15)

    def test_not_sure_enough_and_no_knob(self) -> None:
        (found,) = find(stated_of(0.4), None)
        assert "not sure enough" in found.message
        assert len(found.do) == 1

    def test_nothing_to_say(self) -> None:
        assert find(stated_of(1.0), "") == ()
        assert find(None, "") == ()
        assert find(stated_of(2.5), "", {"NW119"}) == ()

    def test_as_unsure_as_label_smoothing_makes_it_is_by_design(self) -> None:
        """What a net that learned what it was taught states: (1 - s) p + s / K."""
        rng = np.random.default_rng(0)
        p = np.full(2000, 0.97)
        right = rng.random(2000) < p
        smooth = 0.9 * p + 0.1 / 4
        rest = np.repeat((1 - smooth[:, None]) / 3, 3, axis=1)
        whole = np.column_stack([smooth, rest]), np.where(right, 0, 1), ([*range(1000)],) * 2

        def found(stated: np.ndarray, smoothing: float) -> tuple[Finding, ...]:
            return find(Stated(stated, right, None, smoothing, lambda: whole), None)

        assert found(smooth, 0.1) == ()
        assert "not sure enough" in found(smooth, 0.0)[0].message
        assert "not sure enough" in found(smooth - 0.05, 0.1)[0].message  # by more than that
        assert "too sure" in found(np.full(2000, 0.999), 0.1)[0].message

    def test_what_halves_say_is_of_the_other_half(self) -> None:
        found = cooled_by_halves(stated_of(1.0))
        assert found.low < 0 < found.high + 0.01
        assert found.temperature == pytest.approx(1.0, rel=0.15)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, no_reports: None) -> tuple[nw.Run, nw.Run]:
    knobs = {**small_runs.QUICK, "objective.label_smoothing": 0.2}
    store = tmp_path_factory.mktemp("runs")
    plain, cooled = (
        nw.train("digits8", model="linear", set={**knobs, **more}, store=store)
        for more in ({}, {"objective.temperature": "fit"})
    )
    return plain, cooled


class TestRun:
    def test_answers_stay_and_probabilities_do_not(self, runs: tuple[nw.Run, nw.Run]) -> None:
        plain, cooled = (run.predictions("dev") for run in runs)
        assert plain["answer"].to_list() == cooled["answer"].to_list()
        assert plain["loss"].to_list() == cooled["loss"].to_list()
        sure = [run["stated"].mean() for run in (plain, cooled)]
        right = 1 - plain["wrong"].mean()
        assert abs(sure[1] - right) < abs(sure[0] - right)

    def test_it_is_kept_and_read(self, runs: tuple[nw.Run, nw.Run]) -> None:
        plain, cooled = runs
        assert not plain.record.has("chosen.json")
        assert plain.chosen == {}
        kept = json.loads((cooled.record.path / "chosen.json").read_text())["temperature"]
        assert cooled.chosen == {"temperature": kept}
        image = np.full((1, 8, 8), 128, np.uint8)
        (before,), (after,) = plain.predict(image), cooled.predict(image)
        names = list(before.probabilities)
        told = temperature.scaled(np.array([[before.probabilities[name] for name in names]]), kept)
        assert [after.probabilities[name] for name in names] == pytest.approx(told[0], rel=1e-3)

    def test_on_dev_it_is_cross_fitted(self, runs: tuple[nw.Run, nw.Run]) -> None:
        from netwright.training.recording.choosing import halves

        plain, cooled = runs
        examples = plain.record.examples("dev", plain.system)
        answers = plain.record.answers("dev", plain.system)
        names = list(answers[0].probabilities)
        stated = np.array([list(one.probabilities.values()) for one in answers])
        truth = np.array([names.index(name) for name in examples.targets])
        own = cooled.record.answers("dev", cooled.system)
        both = halves(examples)
        for rows, other in (both, both[::-1]):
            t = temperature.fitted(stated[other], truth[other])
            expected = temperature.scaled(stated[rows], t)
            found = np.array([list(own[row].probabilities.values()) for row in rows])
            assert found == pytest.approx(expected, abs=1e-4)

    def test_the_diagnosis_offers_it_once(self, runs: tuple[nw.Run, nw.Run]) -> None:
        plain, cooled = runs
        (found,) = [one for one in plain.diagnose().findings if one.code == "NW119"]
        assert found.do[0].endswith(" --set objective.temperature=fit")
        assert all(
            "temperature" not in step for one in cooled.diagnose().findings for step in one.do
        )

    def test_of_tags(self, tmp_path: Path) -> None:
        knobs = {"training.epochs": 2}
        fit = {**knobs, "objective.temperature": "fit"}
        plain = small_runs.finished("tags", tmp_path / "plain", knobs)
        cooled = small_runs.finished("tags", tmp_path / "cooled", fit)
        system = small_runs.SYSTEMS["tags"]
        own, other = (one.record.answers("dev", system) for one in (cooled, plain))
        assert cooled.record.mapping("chosen.json").keys() == {"temperature", "thresholds"}
        # one temperature a half: the ratio of the scores is one of two
        ratios = {
            round(float(np.log(b / (1 - b)) / np.log(a / (1 - a))), 2)
            for one, two in zip(own, other, strict=True)
            for a, b in zip(one.probabilities.values(), two.probabilities.values(), strict=True)
            if abs(b - 0.5) > 0.1
        }
        assert 1 <= len(ratios) <= 2
        assert ratios != {1.0}

    def test_texts_and_resumed_after_a_kill(self, tmp_path: Path) -> None:
        knobs = {"objective.temperature": "fit", "training.epochs": 2}
        left = small_runs.left_by_a_kill("text", tmp_path, knobs, 5)
        resumed = small_runs.resumed("text", left)
        straight = small_runs.finished("text", tmp_path / "straight", knobs)
        chosen = [one.record.mapping("chosen.json") for one in (resumed, straight)]
        assert chosen[0] == chosen[1]
        assert chosen[0].keys() == {"temperature"}
