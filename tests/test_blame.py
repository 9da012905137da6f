"""Blame: which component of a system that answers in steps the error comes from, on a system of two
steps outside the package, whole and with a fault planted in either; and on simulated ones.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import netwright as nw
from forgetting import forget
from netwright import systems
from netwright.api.checking.components import chain_to_its_answers
from netwright.api.checking.tried import Tried
from netwright.base.errors import DataError, RunError
from netwright.cli.main import main
from netwright.contract import AnySystem, Component, Examples, Metric
from netwright.doctor.errors.components import Blame, Replaced, blamed
from netwright.metrics.measure import Lead

pytestmark = pytest.mark.usefixtures("no_reports")

FOLDER = Path(__file__).parent / "outside" / "toy_strips"
QUICK = {"training.precision": "float32", "training.layout": "contiguous", "training.threads": 1}
BLIND = ("none", "find", "read")


@pytest.fixture(scope="module")
def toy() -> Iterator[AnySystem]:
    yield systems.load(systems.named(FOLDER))
    forget()


@pytest.fixture(scope="module")
def source(toy: AnySystem, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("strips") / "all.strips", 0)


def written(path: Path, unknown: int) -> Path:
    """900 strips; of the first ``unknown`` nobody noted where the sign stands."""
    from netwright.systems.toy_strips import sources  # type: ignore[import-not-found]

    strips, signs = sources.drawn(900, 3)
    signs = [sign._replace(at=None) if at < unknown else sign for at, sign in enumerate(signs)]
    found: Path = sources.write(path, strips, signs)
    return found


@pytest.fixture(scope="module")
def runs(source: Path) -> dict[str, nw.Run]:
    """By which component sees half of what it should."""
    return {
        blind: nw.train(
            source, system=FOLDER, set={**QUICK, "model.blind": blind}, store=source.parent / blind
        )
        for blind in BLIND
    }


class TestTwoSteps:
    @pytest.mark.parametrize("blind", BLIND)
    def test_a_planted_fault_is_found_and_none_where_there_is_none(
        self, blind: str, runs: dict[str, nw.Run]
    ) -> None:
        found = nw.blame(runs[blind])
        assert found.first == (None if blind == "none" else blind)
        assert [one.name for one in found.components] == ["find", "read"]
        assert found.notes == ()
        assert found.own.value == runs[blind].measures["dev"]["error"]["value"]
        last = found.components[-1]
        assert last.up_to.value == last.alone.value == 0
        # what the components gain is all there is
        assert sum(one.gain.value for one in found.components) == pytest.approx(found.own.value)
        if blind == "none":
            assert "none is to blame" in found.verdict
        else:
            assert f"work on '{blind}' first" in found.verdict
            assert found.ahead is not None
            assert found.ahead.low is not None and found.ahead.low > 0

    def test_the_command_line(
        self, runs: dict[str, nw.Run], capsys: pytest.CaptureFixture[str]
    ) -> None:
        run = runs["find"]
        words = [str(run.record.path), "--system", str(FOLDER)]
        main(["blame", *words])
        printed = capsys.readouterr().out
        assert "work on 'find' first: with the truth of 'find' error falls by" in printed
        main(["blame", *words, "--json"])
        assert json.loads(capsys.readouterr().out)["first"] == "find"

    def test_truths_that_few_have(self, toy: AnySystem, tmp_path: Path) -> None:
        source = written(tmp_path / "some.strips", 300)
        run = nw.train(source, system=FOLDER, epochs=2, set=QUICK, store=tmp_path / "runs")
        found = nw.blame(run)
        assert 0 < found.n < found.of == run.info["splits"]["dev"]
        assert found.notes[0].startswith(f"on the {found.n} of {found.of} dev examples")

    def test_a_truth_that_nobody_has(self, runs: dict[str, nw.Run], toy: AnySystem) -> None:
        find, read = toy.components
        nobody = lambda example: None  # noqa: E731
        found = nw.blame(with_components(runs["find"], replace(find, truth=nobody), read))
        assert [one.name for one in found.components] == ["find + read"]
        assert "of no other component the truth is known" in found.verdict
        found = nw.blame(with_components(runs["find"], find, replace(read, truth=nobody)))
        assert [one.name for one in found.components] == ["find"]
        assert found.notes == (
            "the truth of read is known of no example: what the others leave is theirs",
        )
        blank = [replace(one, truth=nobody) for one in (find, read)]
        with pytest.raises(DataError, match=r"of none of the .* the truth of a component"):
            nw.blame(with_components(runs["find"], *blank))

    def test_components_that_are_not_those_of_the_system(
        self, runs: dict[str, nw.Run], toy: AnySystem
    ) -> None:
        find, read = toy.components
        blind = replace(find, output=lambda net, examples, *others: [0] * len(examples))
        (note,) = nw.blame(with_components(runs["none"], blind, read)).notes
        assert note.startswith("its components, chained, reach error ")
        few = replace(find, output=lambda *given: [0])
        with pytest.raises(DataError, match="gives 1 outputs to 180 examples: expected one each"):
            nw.blame(with_components(runs["none"], few, read))


def with_components(run: nw.Run, *components: Component) -> nw.Run:
    """The run, its system with other components."""
    other = replace(run)
    other.__dict__["system"] = replace(run.system, components=components)
    return other


class TestRefused:
    def test_a_system_that_answers_at_once(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        run = nw.train("iris", model="linear", epochs=1, set=QUICK, store=tmp_path)
        with pytest.raises(SystemExit):
            main(["blame", str(run.record.path)])
        assert capsys.readouterr().err.strip().splitlines()[-1] == (
            f"netwright: the system 'classifier' of {run.id} answers at once: blame takes apart a"
            " system that names its components, each with how its output is made and what is true"
            " of it (components; docs/blame.md)."
        )

    def test_data_that_are_gone(self, toy: AnySystem, tmp_path: Path) -> None:
        source = written(tmp_path / "gone.strips", 0)
        run = nw.train(source, system=FOLDER, epochs=1, set=QUICK, store=tmp_path / "runs")
        source.unlink()
        with pytest.raises(DataError, match=r"gone\.strips"):
            nw.blame(run)
        written(source, 5)
        with pytest.raises(RunError, match="have changed since it was trained"):
            nw.blame(run)

    def test_one_component_is_none(self, toy: AnySystem) -> None:
        with pytest.raises(ValueError, match="expected two or more, each of a name of its own"):
            replace(toy, components=toy.components[:1])
        with pytest.raises(ValueError, match="expected two or more"):
            replace(toy, components=toy.components[:1] * 2)


@pytest.fixture(scope="module")
def tried(toy: AnySystem, tmp_path_factory: pytest.TempPathFactory) -> Tried:
    return Tried(toy, tmp_path_factory.mktemp("tried"))


class TestChecked:
    def other(self, tried: Tried, *components: Component) -> Tried:
        found = replace(tried, system=replace(tried.system, components=components))
        found.__dict__["made"] = tried.made
        return found

    def test_it_holds(self, tried: Tried) -> None:
        assert chain_to_its_answers(tried) == ""
        assert chain_to_its_answers(self.other(tried)) == ""

    def test_a_chain_that_answers_something_else(self, tried: Tried) -> None:
        find, read = tried.system.components
        wrong = replace(find, output=lambda net, examples, *others: [0] * len(examples))
        assert "and the system with" in chain_to_its_answers(self.other(tried, wrong, read))

    def test_a_last_truth_that_is_wrong_or_no_answer(self, tried: Tried) -> None:
        find, read = tried.system.components
        flipped = replace(read, truth=lambda example: replace(read.truth(example), label="z"))
        assert "is counted as wrong" in chain_to_its_answers(self.other(tried, find, flipped))
        plain = replace(read, truth=lambda example: example.target.kind)
        assert "is str: expected an answer" in chain_to_its_answers(self.other(tried, find, plain))


ERROR = Metric(
    "error", "lower", lambda example, answer: float(answer), np.mean, is_proportion=True,
    weighted=lambda values, weights: float(np.average(values, weights=weights)),
)  # fmt: skip
"""Of answers that are 1 where wrong."""


def simulated(faults: Sequence[float], seed: int, **columns: Any) -> Blame:
    """300 examples of which each component, in a chain, damages so many by itself."""
    draw = np.random.default_rng(seed)
    own = [draw.random(300) < fault for fault in faults]
    # wrong as long as any component from there on is
    left = [np.logical_or.reduce(own[at:]).astype(int).tolist() for at in range(len(own))]
    left.append([0] * 300)
    replaced = [Replaced(str(at), left[at + 1], left[at + 1]) for at in range(len(own))]
    names = [str(at) for at in range(300)]
    examples = Examples([None] * 300, [0] * 300, names, names, **columns)
    return blamed("run", ERROR, examples, left[0], replaced, of=300)


class TestSimulated:
    def many(self, *faults: float) -> Iterator[str | None]:
        return (simulated(faults, seed).first for seed in range(12))

    @pytest.mark.parametrize("at", [0, 2])
    def test_the_one_with_the_most_faults_is_named(self, at: int) -> None:
        faults = [0.02, 0.02, 0.02]
        faults[at] = 0.15
        found = list(self.many(*faults))
        assert found.count(str(at)) >= 11
        assert set(found) <= {str(at), None}

    def test_among_equals_none_is_named(self) -> None:
        assert list(self.many(0.08, 0.08)).count(None) >= 10
        assert simulated([0.0, 0.0], 0).first is None

    def test_groups_count_as_one(self) -> None:
        """Of examples that are wrong fifty at a time less is known than of as many single ones."""
        draw = np.random.default_rng(1)
        wrong = np.repeat(draw.permutation([1] * 3 + [0] * 9), 50).tolist()
        names, none = [str(at) for at in range(600)], [0] * 600
        replaced = [Replaced("first", none, none), Replaced("second", none, none)]
        alone = Examples(names, [0] * 600, names, names)
        grouped = replace(alone, groups=[str(at // 50) for at in range(600)])
        narrow, wide = (
            blamed("run", ERROR, some, wrong, replaced, of=600) for some in (alone, grouped)
        )
        assert width(wide.components[0].gain) > 3 * width(narrow.components[0].gain)
        assert width(wide.ahead) > 3 * width(narrow.ahead)

    def test_weights_count(self) -> None:
        weights = [3.0] * 150 + [1.0] * 150
        found = simulated([0.1, 0.0], 0, weights=weights)
        draw = np.random.default_rng(0).random(300) < 0.1
        assert found.components[0].gain.value == pytest.approx(np.average(draw, weights=weights))
        assert found.first == "0"

    def test_a_figure_that_is_no_rate(self) -> None:
        """F1 of answers against targets, by hand."""
        truth = [1, 0] * 100
        draw = np.random.default_rng(0)
        own = [t if keep else 0 for t, keep in zip(truth, draw.random(200) < 0.5, strict=True)]

        def f1(pairs: Sequence[tuple[int, int]]) -> float:
            right = sum(t and a for t, a in pairs)
            return 2 * right / (sum(t for t, _ in pairs) + sum(a for _, a in pairs))

        metric = Metric("f1", "higher", lambda example, answer: (example.target, answer), f1)
        names = [str(at) for at in range(200)]
        examples = Examples(names, truth, names, names)
        found = blamed(
            "run", metric, examples, own, [Replaced("a", own, own), Replaced("b", truth, truth)],
            of=200,
        )  # fmt: skip
        pairs = list(zip(truth, own, strict=True))
        assert found.components[1].gain.value == pytest.approx(1 - f1(pairs))
        assert found.first == "b"
        assert "f1 rises by" in found.verdict


def width(one: Lead | None) -> float:
    assert one is not None and one.low is not None and one.high is not None
    return one.high - one.low
