"""Runs side by side: who wins, by how much, within which bounds; whether chance may decide."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import netwright as nw
from netwright.api.comparing import weighing
from netwright.base.errors import RecipeError, RunError
from netwright.base.measure import Measure
from netwright.cli.main import main
from netwright.cli.text.comparison import comparison_text
from netwright.data.labels import Label
from netwright.metrics import named
from netwright.metrics.labels import per_class
from netwright.metrics.measure import Lead, lead, measure
from netwright.runs.choosing import bounds
from netwright.runs.choosing.comparison import Comparison, Contestant, compare
from netwright.runs.choosing.costs import COSTS
from netwright.systems.classifier.system import SYSTEM as CLASSIFIER


def rate(value: float, n: int = 1000) -> Measure:
    half = 1.96 * (value * (1 - value) / n) ** 0.5
    return Measure(value, n, value - half, value + half, "fraction", "higher", True)


def of_notes(*texts: str, ahead: Lead | None = None) -> Comparison:
    """The notes' case (3.1.3): accuracy .90, .92, .95 at 80, 95, 1,500 ms."""
    contestants = [
        Contestant(name, {"accuracy": rate(value), "latency": Measure(ms / 1000, 1, unit="s")})
        for name, value, ms in (("A", 0.90, 80), ("B", 0.92, 95), ("C", 0.95, 1500))
    ]
    return compare(
        contestants,
        lambda winner, other: ahead or Lead(0.02, 0.001, 0.04),
        optimized="accuracy",
        bounds=[bounds.parse(text, {"accuracy": "fraction", "latency": "s"}) for text in texts],
    )


class TestRanking:
    def test_the_notes_case(self) -> None:
        found = of_notes("latency<=100ms")
        assert found.winner == "B"
        assert [(row.name, row.place, row.missed) for row in found.rows] == [
            ("B", "first", ()),
            ("A", "behind", ()),
            ("C", "dropped", ("latency<=100ms",)),
        ]
        assert found.verdict.startswith("B wins with accuracy 92.0%")
        assert "ahead of A by 2.0 points (0.1 to 4.0): more than noise" in found.verdict

    def test_without_bounds_the_best_figure_wins(self) -> None:
        assert [row.name for row in of_notes().rows] == ["C", "B", "A"]

    def test_where_no_one_keeps_to_the_bounds_there_is_no_winner(self) -> None:
        found = of_notes("latency<=1ms")
        assert found.winner is None
        assert {row.place for row in found.rows} == {"dropped"}
        assert all(row.lead is None for row in found.rows)
        assert "nearest is A" in found.verdict

    def test_a_lead_that_may_be_chance_is_said(self) -> None:
        found = of_notes(ahead=Lead(0.02, -0.001, 0.04))
        assert "its lead over B, A is within noise" in found.verdict

    def test_a_tie_is_said(self) -> None:
        assert (
            "C and B have the same accuracy, 95.0%" in of_notes(ahead=Lead(0.0, -0.1, 0.1)).verdict
        )

    def test_a_better_one_that_misses_a_bound_within_noise_is_said(self) -> None:
        found = of_notes("accuracy<=94%", ahead=Lead(-0.03, -0.05, -0.01))
        assert found.winner == "B"
        assert "That C misses accuracy<=94% is within noise." in found.verdict
        assert "dropped: C misses accuracy<=94% (within noise)" in comparison_text(found)

    def test_a_bound_that_chance_may_decide_is_said(self) -> None:
        found = of_notes("accuracy>=94%")
        assert found.rows[0].doubtful == ("accuracy>=94%",)
        assert "Whether it keeps to accuracy>=94% is within noise." in found.verdict
        assert not of_notes("accuracy>=80%").rows[0].doubtful

    def test_as_text_and_as_json(self) -> None:
        found = of_notes("latency<=100ms")
        text = comparison_text(found)
        assert "dropped: C misses latency<=100ms" in text
        assert "1.5e+03 ms" not in text
        assert "1,500 ms" in text
        assert json.loads(json.dumps(found.as_json()))["winner"] == "B"


class TestNamedMetrics:
    @pytest.fixture
    def judged(self) -> tuple[Any, list[Label]]:
        rng = np.random.default_rng(0)
        names = np.array(["cat", "dog", "emu"])
        truths = names[rng.integers(0, 3, 400)].tolist()
        answers = np.where(rng.random(400) < 0.7, truths, names[rng.integers(0, 3, 400)]).tolist()
        examples = replace(CLASSIFIER.sample(400, 0), inputs=[None] * 400, targets=truths)
        return examples, [Label(answer, 1.0, {answer: 1.0}) for answer in answers]

    @pytest.mark.parametrize("figure", ["recall", "precision", "f1"])
    def test_of_a_class_they_are_those_of_the_confusion_matrix(
        self, figure: str, judged: tuple[Any, list[Label]]
    ) -> None:
        examples, answers = judged
        names = ["cat", "dog", "emu"]
        counts = [
            [
                sum(t == a and b.label == c for t, b in zip(examples.targets, answers, strict=True))
                for c in names
            ]
            for a in names
        ]
        expected = per_class(counts, names)
        for at, name in enumerate(names):
            metric = named.find(CLASSIFIER, None, f"{figure}[{name}]", names)
            found = measure((metric,), examples, answers)[metric.name]
            assert found.value == pytest.approx(getattr(expected[at], figure))
            assert found.low is not None
            assert found.low < found.value < (found.high or 0)

    def test_accuracy_is_1_minus_error(self, judged: tuple[Any, list[Label]]) -> None:
        both = [named.find(CLASSIFIER, None, name) for name in ("error", "accuracy")]
        found = measure(both, *judged)
        assert found["accuracy"].value == pytest.approx(1 - found["error"].value)
        assert found["accuracy"].low == pytest.approx(1 - (found["error"].high or 0))

    def test_a_class_that_is_never_answered_has_no_precision(
        self, judged: tuple[Any, list[Label]]
    ) -> None:
        examples, answers = judged
        cats = [Label("cat", 1.0, {"cat": 1.0}) for _ in answers]
        metric = named.find(CLASSIFIER, None, "precision[dog]", ["cat", "dog"])
        found = measure((metric,), examples, cats)[metric.name]
        assert np.isnan(found.value)
        assert found.low is None
        ahead = lead(metric, examples, answers, cats)
        assert ahead is not None
        assert ahead.low is None

    def test_the_f1_of_a_class_is_as_unsure_as_its_examples_are_few(self) -> None:
        truths = ["rare"] + ["common"] * 200
        examples = replace(CLASSIFIER.sample(201, 0), inputs=[None] * 201, targets=truths)
        answers = [Label("common", 1.0, {"common": 1.0}) for _ in truths]
        metric = named.find(CLASSIFIER, None, "f1[rare]", ["rare", "common"])
        found = measure((metric,), examples, answers)[metric.name]
        assert found.value == 0
        assert found.high is not None
        assert found.high > 0.5

    @pytest.mark.parametrize(
        "text", ["recall[very good]>=0.9", "recall[bad]]>=0.9", "recall[a<=b] >= 90%"]
    )
    def test_a_bound_of_a_class_can_be_typed_again(self, text: str) -> None:
        name = bounds.figure_of(text)
        found = bounds.parse(text, {name: "fraction"})
        assert (found.figure, found.limit) == (name, 0.9)
        assert bounds.parse(found.text, {name: "fraction"}) == found

    def test_accuracy_counts_what_error_counts(self, judged: tuple[Any, list[Label]]) -> None:
        examples, answers = judged
        error = CLASSIFIER.metrics[0]

        def of_cats(example: Any, answer: Any) -> float | None:
            return error.per_example(example, answer) if example.target == "cat" else None

        cats = replace(CLASSIFIER, metrics=(replace(error, per_example=of_cats),))
        found = measure(
            [named.find(cats, None, n) for n in ("error", "accuracy")], examples, answers
        )
        assert found["accuracy"].n == found["error"].n == examples.targets.count("cat")
        assert found["accuracy"].value == pytest.approx(1 - found["error"].value)
        no_rate = replace(CLASSIFIER, metrics=(replace(error, is_proportion=False),))
        with pytest.raises(RecipeError, match="nothing called 'accuracy' is measured"):
            named.find(no_rate, None, "accuracy")

    @pytest.mark.parametrize(
        ("name", "sentence"),
        [("eror", "did you mean 'error'"), ("recall[cot]", "no class 'cot'; did you mean 'cat'")],
    )
    def test_what_is_not_measured_is_refused(self, name: str, sentence: str) -> None:
        with pytest.raises(RecipeError) as refused:
            named.find(CLASSIFIER, None, name, ["cat", "dog"])
        assert sentence in str(refused.value)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """A net, and one that hardly learned, on the same splits."""
    store = tmp_path_factory.mktemp("compare")
    settings = ({"training.epochs": 30, "optimizer.lr": 0.01}, {"training.epochs": 1})
    runs = [nw.train("iris", set=values, store=store) for values in settings]
    runs[0].rename("long")
    return store, [run.id for run in runs]


class TestRuns:
    def test_the_better_one_wins_with_its_interval(self, pair: tuple[Path, list[str]]) -> None:
        store, ids = pair
        found = nw.compare(ids[::-1], store=store)
        assert found.winner == "long"
        for row, name in zip(found.rows, ids, strict=True):
            kept = nw.open(name, store=store).measures["dev"]["error"]
            assert row.figures["error"].as_json() == kept
        ahead = found.rows[1].lead
        assert ahead is not None
        assert ahead.value > 0

    def test_costs_are_measured(self, pair: tuple[Path, list[str]]) -> None:
        store, ids = pair
        satisfy = [f"{name}<={limit}" for name, limit in LIMITS.items()]
        found = nw.compare(ids, optimize="latency", satisfy=satisfy, store=store)
        assert found.winner is not None
        for row in found.rows:
            assert not row.missed
            assert all(row.figures[name].value > 0 for name in COSTS)
            run = nw.open(row.name, store=store)
            weights = sum(part.nbytes for part in run.net.parameters())
            assert row.figures["memory"].value >= weights
            taken = row.figures["latency"]
            assert taken.low is not None and taken.high is not None
            assert taken.low <= taken.value <= taken.high
        lead = found.rows[1].lead
        assert lead is not None and lead.low is not None and lead.high is not None
        assert lead.low <= lead.value <= lead.high
        assert ("within noise" in found.verdict) == (lead.low <= 0)

    def test_by_commands(
        self, pair: tuple[Path, list[str]], capsys: pytest.CaptureFixture[str]
    ) -> None:
        store, ids = pair
        main(["compare", *ids, "--store", str(store), "--satisfy", "accuracy>=50%", "--json"])
        found = json.loads(capsys.readouterr().out)
        assert found["winner"] == "long"
        main(["compare", *ids, "--store", str(store)])
        assert "long wins with error" in capsys.readouterr().out
        with pytest.raises(SystemExit) as ended:
            main(["compare", *ids, "--store", str(store), "--satisfy", "parameters<=1"])
        assert ended.value.code == 1
        assert "none meets the bound" in capsys.readouterr().out

    def test_data_that_are_gone_are_said(
        self, pair: tuple[Path, list[str]], tmp_path: Path
    ) -> None:
        path = tmp_path / "t.csv"
        path.write_text("x,y\n" + "".join(f"{at / 7},{'ab'[at % 2]}\n" for at in range(200)))
        runs = [nw.train(path, target="y", epochs=1, store=tmp_path / "runs") for _ in range(2)]
        path.unlink()
        with pytest.raises(RunError, match=r"on an example of the data of .* put .*t\.csv"):
            nw.compare(runs, optimize="latency")
        assert nw.compare(runs).verdict.endswith("the one that was named first is taken.")

    def test_weights_that_are_gone_are_missed_only_where_they_matter(
        self, pair: tuple[Path, list[str]], tmp_path: Path
    ) -> None:
        store, ids = pair
        for name in ids:
            shutil.copytree(store / name, tmp_path / name)
        (tmp_path / ids[1] / "net.safetensors").unlink()
        assert nw.compare(ids, store=tmp_path).winner == "long"
        with pytest.raises(RunError, match=r"net\.safetensors"):
            nw.compare(ids, optimize="size", store=tmp_path)

    def test_a_run_that_has_not_ended_is_refused(self, pair: tuple[Path, list[str]]) -> None:
        store, ids = pair

        def stop(progress: Any) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt) as stopped:
            nw.train("iris", epochs=2, store=store, watch=stop)
        name = str(stopped.value)
        with pytest.raises(RunError, match=rf"{name} is stopped, and has no answers .* --resume"):
            nw.compare([ids[0], name], store=store)

    def test_other_dev_examples_are_refused(self, pair: tuple[Path, list[str]]) -> None:
        store, ids = pair
        values = {"training.epochs": 1, "split.seed": 5}
        other = nw.train("iris", set=values, store=store)
        with pytest.raises(RunError, match=r"other dev examples \(\d+ in common of"):
            nw.compare([ids[0], other.id], store=store)

    def test_other_targets_are_refused(
        self, pair: tuple[Path, list[str]], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store, ids = pair
        first, second = (nw.open(name, store=store) for name in ids)
        examples = second.record.examples("dev", second.system)
        turned = replace(examples, targets=examples.targets[::-1])
        monkeypatch.setattr(
            type(second.record),
            "examples",
            lambda self, split, system: turned if self.id == second.id else examples,
        )
        with pytest.raises(RunError, match="the same dev examples with other targets"):
            nw.compare([first, second])

    @pytest.mark.parametrize(
        ("given", "sentence"),
        [
            ({"runs": [0]}, "1 run to compare: expected at least two"),
            ({"runs": [0, 0]}, "is named twice"),
            ({"runs": [0, 1], "satisfy": "latency<=1"}, "us, ms, s"),
            ({"runs": [0, 1], "optimize": "eror"}, "--optimize eror: nothing called 'eror'"),
            ({"runs": [0, 1], "satisfy": ["eror<=1"]}, "--satisfy eror<=1: nothing called"),
            ({"runs": [0, 1], "satisfy": ["latency<=1"]}, "us, ms, s"),
            ({"runs": [0, 1], "satisfy": ["latency"]}, "expected a figure, <= or >="),
        ],
    )
    def test_what_cannot_be_compared_is_refused(
        self, given: dict[str, Any], sentence: str, pair: tuple[Path, list[str]]
    ) -> None:
        store, ids = pair
        runs = [ids[at] for at in given.pop("runs")]
        with pytest.raises((RunError, RecipeError)) as refused:
            nw.compare(runs, store=store, **given)
        assert sentence in str(refused.value)

    def test_runs_of_two_systems_are_refused(self, pair: tuple[Path, list[str]]) -> None:
        store, ids = pair
        other = nw.train("diabetes", epochs=1, store=store)
        with pytest.raises(RunError, match="compare runs of one system"):
            nw.compare([ids[0], other.id], store=store)


LIMITS = {"latency": "10s", "memory": "8GB", "size": "1GB", "parameters": "1M", "seconds": "1h"}


def test_groups_and_weights_of_examples_come_back(tmp_path: Path) -> None:
    """So that what is drawn anew from a record is drawn by group, and counts as it counted."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=300)
    lines = [f"{v},{'ab'[int(v > 0)]},p{at // 3},{1 + at % 2}" for at, v in enumerate(x)]
    path = tmp_path / "t.csv"
    path.write_text("x,y,person,heavy\n" + "\n".join(lines))
    values = {"data.group": "person", "data.weight": "heavy", "training.epochs": 2}
    run = nw.train(path, target="y", set=values, store=tmp_path / "runs")
    kept = run.record.examples("dev", run.system)
    assert kept.groups is not None
    assert {name[0] for name in kept.groups} == {"p"}
    assert set(kept.weights or ()) == {1.0, 2.0}
    answers = run.record.answers("dev", run.system)
    again = measure(run.system.all_metrics(run.codec), kept, answers)
    assert {name: one.as_json() for name, one in again.items()} == run.measures["dev"]


class TestAnotherYardstick:
    def test_a_class_that_counts_more_turns_the_winner(
        self, pair: tuple[Path, list[str]], tmp_path: Path
    ) -> None:
        store, ids = pair
        system = nw.open(ids[0], store=store).system
        for name in ids:
            shutil.copytree(store / name, tmp_path / name)
        runs = [nw.open(name, store=tmp_path) for name in ids]
        dev = runs[0].record.examples("dev", system)
        labels = sorted(set(dev.targets))
        rare = labels[0]
        # the one is wrong on the rare class alone, the other on two thirds of the rest
        for run, rule in (
            (runs[0], lambda at, t: labels[1] if t == rare else t),
            (runs[1], lambda at, t: t if t == rare or at % 3 == 0 else labels[0]),
        ):
            answers = [
                Label(said, 1.0, {said: 1.0})
                for at, truth in enumerate(dev.targets)
                for said in [rule(at, truth)]
            ]
            run.record.write_predictions("dev", system, dev, answers, [0.0] * len(dev))
        plain = nw.compare(ids, store=tmp_path)
        heavy = nw.compare(ids, weigh={rare: 100}, store=tmp_path)
        assert (plain.winner, heavy.winner) == ("long", ids[1])
        assert "without them long wins" in heavy.verdict
        assert heavy.weights == {rare: 100}
        # by hand: (1 / sum w) sum w [wrong]
        count = dev.targets.count(rare)
        row = next(row for row in heavy.rows if row.name == "long")
        assert row.figures["error"].value == pytest.approx(
            100 * count / (100 * count + len(dev) - count)
        )
        none = nw.compare(ids, weigh={rare: 1}, store=tmp_path)
        assert none.winner == plain.winner
        assert "Winner and order are the same" in none.verdict
        lines = [json.loads(line) for line in (tmp_path / "yardsticks.jsonl").open()]
        assert [line["weights"] for line in lines] == [{rare: 100}, {rare: 1}]
        nw.compare(ids, weigh={rare: 1}, store=tmp_path)
        assert len((tmp_path / "yardsticks.jsonl").read_text().splitlines()) == 2

    @pytest.mark.parametrize(
        ("weigh", "message"),
        [
            ({"nix": 2.0}, "no class 'nix' in dev"),
            (dict.fromkeys("0123456789", 0.0), "leaves no example that counts"),
        ],
    )
    def test_weights_that_cannot_be_are_refused(
        self, pair: tuple[Path, list[str]], weigh: dict[str, float], message: str
    ) -> None:
        store, ids = pair
        if "no class" not in message:
            dev = nw.open(ids[0], store=store).record.examples("dev", CLASSIFIER)
            weigh = dict.fromkeys(set(dev.targets), 0.0)
        with pytest.raises(RecipeError, match=message):
            nw.compare(ids, weigh=weigh, store=store)

    @pytest.mark.parametrize("text", ["cat=", "=2", "cat=-1", "cat=nan", "cat=many"])
    def test_as_it_is_typed(self, text: str) -> None:
        with pytest.raises(RecipeError, match="expected CLASS=NUMBER"):
            weighing.typed([text])
        assert weighing.typed(["a=b=2", "c= 3"]) == {"a=b": 2.0, "c": 3.0}
        with pytest.raises(RecipeError, match="given twice"):
            weighing.typed(["a=1", "a=2"])
