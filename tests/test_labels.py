"""Wrong labels: found, corrected over the data, counted by every verb, undone."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import netwright as nw
import small_runs
from netwright.api.errors import by_folds
from netwright.api.errors import labels as of_labels
from netwright.base.errors import NetwrightError, NetwrightWarning, RecipeError, RunError
from netwright.base.measure import Measure
from netwright.cli.main import main
from netwright.doctor import label_findings
from netwright.doctor.errors import wrong_labels
from netwright.doctor.errors.label_verdict import verdict
from netwright.doctor.errors.table import ErrorLevel, Looked, table
from netwright.runs.annotations import overlay
from netwright.runs.annotations.lines import LABEL_IS_WRONG
from netwright.runs.annotations.noted import Correction
from netwright.runs.annotations.targets import corrected

pytestmark = pytest.mark.usefixtures("no_reports")

Probabilities = NDArray[np.float64]


def planted(
    rng: np.random.Generator, n: int = 600, k: int = 4, rate: float = 0.08
) -> tuple[Probabilities, NDArray[np.int64], NDArray[np.bool_]]:
    """What a good net says of examples of which some are labelled wrong."""
    truth = rng.integers(0, k, n)
    given = truth.copy()
    bad = rng.random(n) < rate
    given[bad] = (truth[bad] + rng.integers(1, k, bad.sum())) % k
    logits = rng.normal(0, 1, (n, k))
    logits[np.arange(n), truth] += 4
    p = np.exp(logits)
    return p / p.sum(1, keepdims=True), given, bad


def reported_of(p: Any, given: Any) -> list[wrong_labels.Pattern]:
    """The patterns of these labels."""
    return wrong_labels.patterns(p, given)


def stated(answered: Any, sure: Any) -> Any:
    """(N, 3) probabilities: so much for what is answered, the rest for the other two."""
    rest = (1 - sure)[:, None] / 2
    return np.where(np.arange(3) == answered[:, None], sure[:, None], rest)


class TestSuspects:
    def test_planted_ones_are_found(self) -> None:
        p, given, bad = planted(np.random.default_rng(0))
        found, estimate = wrong_labels.suspects(p, given)
        rows = {one.row for one in found}
        hits = len(rows & set(np.flatnonzero(bad).tolist()))
        assert hits / bad.sum() > 0.85
        assert hits / len(rows) > 0.7
        assert estimate.resampled_low <= bad.sum() <= estimate.resampled_high + 0.3 * bad.sum()
        assert [one.stated for one in found] == sorted(one.stated for one in found)

    def test_by_hand(self) -> None:
        """Two classes, thresholds .8 and .7 (the means of p over the labels of each): row 3 is
        labelled 0 and confidently of 1; so 1 of 4 labels 0 is wrong, the one with the largest
        p_1 - p_0.
        """
        p0 = np.array([0.95, 0.95, 0.95, 0.05, 0.2, 0.3, 0.4])
        p = np.stack([p0, 1 - p0], 1)
        given = np.array([0, 0, 0, 0, 1, 1, 1])
        found, estimate = wrong_labels.suspects(p, given)
        assert [(one.row, one.given, one.likely) for one in found] == [(3, 0, 1)]
        assert found[0].stated == pytest.approx(0.05)
        assert estimate.count == pytest.approx(4 * 1 / 4)

    def test_without_wrong_labels_few_are_suspected(self) -> None:
        p, given, _ = planted(np.random.default_rng(1), rate=0.0)
        found, _ = wrong_labels.suspects(p, given)
        assert len(found) < 0.06 * len(given)

    @pytest.mark.parametrize("shape", [(0, 3), (1, 3), (5, 1)])
    def test_hardly_any_examples(self, shape: tuple[int, int]) -> None:
        p = np.full(shape, 1 / shape[1])
        found, estimate = wrong_labels.suspects(p, np.zeros(shape[0], int))
        assert found == []
        assert estimate.count == 0
        assert wrong_labels.patterns(p, np.zeros(shape[0], int)) == []

    def test_a_class_that_nobody_has(self) -> None:
        p, given, _ = planted(np.random.default_rng(2))
        wider = np.concatenate([p, np.zeros((len(p), 1))], 1)
        assert wrong_labels.suspects(wider, given)[0] == wrong_labels.suspects(p, given)[0]

    def test_a_systematic_pattern_is_reported_random_slips_are_not(self) -> None:
        rng = np.random.default_rng(3)
        p, given, _ = planted(rng, 2000, rate=0.0)
        truth = p.argmax(1)
        flipped = (given == 2) & (rng.random(2000) < 0.3)
        systematic = np.where(flipped, 1, given)
        (found,) = reported_of(p, systematic)
        assert (found.given, found.likely) == (1, 2)
        assert found.p < 0.001
        assert len(truth) == 2000
        reported = 0
        for seed in range(30):
            p, given, _ = planted(np.random.default_rng(seed), 600, rate=0.1)
            reported += bool(reported_of(p, given))
        assert reported <= 2

    def test_what_a_net_mistakes_by_system_is_no_pattern_of_labels(self) -> None:
        """Class 1 is often answered 2: less surely than what is 2, or as surely as a class is
        answered that was never learned.
        """
        rng = np.random.default_rng(4)
        given = np.repeat([0, 1, 2], 300)
        answered = np.where((given == 1) & (rng.random(900) < 0.4), 2, given)
        sure = np.where(answered == given, 0.95, 0.6) + rng.uniform(-0.05, 0.04, 900)
        assert reported_of(stated(answered, sure), given) == []
        (found,) = reported_of(stated(answered, rng.uniform(0.8, 0.9, 900)), given)
        assert (found.given, found.likely) == (1, 2)
        unlearned = np.where(given == 1, 2, given)
        assert reported_of(stated(unlearned, rng.uniform(0.8, 0.9, 900)), given) == []

    @pytest.mark.parametrize(("others", "named"), [(300, True), (900, False)])
    def test_a_pattern_among_many_other_mistakes_mends_little(
        self, others: int, named: bool
    ) -> None:
        """40 labels of class 1 are surely of class 2; others are answered by guess."""
        rng = np.random.default_rng(5)
        given = np.repeat([0, 1, 2], 1000)
        answered, sure = given.copy(), rng.uniform(0.8, 0.9, 3000)
        answered[1000:1040] = 2
        answered[:others] = rng.integers(1, 3, others)
        sure[:others] = rng.uniform(0.4, 0.6, others)
        assert bool(reported_of(stated(answered, sure), given)) == named


def test_mistakes_on_a_split_from_elsewhere_are_no_pattern_of_labels() -> None:
    def found(**errors: float) -> bool:
        measures = {
            name: {"error": Measure(value, 500, value - 0.03, value + 0.03, "fraction", "lower")}
            for name, value in errors.items()
        }
        record: Any = SimpleNamespace(measures=lambda: measures)
        system: Any = SimpleNamespace(metrics=[SimpleNamespace(name="error")])
        return of_labels._is_elsewhere(record, system, "dev")

    assert found(train=0.1, train_dev=0.1, dev=0.2)
    assert not found(train=0.1, train_dev=0.1, dev=0.14)  # as far as chance goes
    assert not found(train=0.1, dev=0.2)


class TestVerdict:
    """Notes 3.2.3: 0.6 points of wrong labels are little of 10%, and much of 2%."""

    def of(self, error: float, wrong: int, n: int = 100, **how: Any) -> Any:
        level = ErrorLevel("error", error, None, None, 5000, round(5000 * error))
        tags = [[LABEL_IS_WRONG] if at < wrong else [] for at in range(n)]
        looked = [Looked(1, own, True, False) for own in tags]
        return verdict(table(level, looked, sampled=n, is_random=True), "a-run", **how)

    def test_6_of_100_are_left(self) -> None:
        found = self.of(0.10, 6)
        assert found.worth == "leave"
        assert found.fraction == pytest.approx(0.06)
        assert "6.0% (2.8-12.5) of the dev error" in found.message

    def test_30_of_100_are_fixed(self) -> None:
        assert self.of(0.02, 30).worth == "fix"

    def test_few_are_unclear(self) -> None:
        assert self.of(0.10, 5, 10).worth == "unclear"
        assert self.of(0.10, 1, 1).worth == "unclear"

    def test_none_wrong_of_many_are_left(self) -> None:
        assert self.of(0.10, 0).worth == "leave"

    def test_nobody_looked(self) -> None:
        found = self.of(0.10, 0, 0)
        assert found.worth == "unknown"
        assert found.message.endswith("netwright errors a-run.")

    def test_another_winner_is_worth_it(self) -> None:
        found = self.of(0.10, 6, winners=("a", "b"))
        assert found.worth == "fix"
        assert "change which run is the best: b, no longer a" in found.message
        assert "leave a the best run" in self.of(0.10, 6, winners=("a", "a")).message


class TestOverlay:
    def test_a_correction_is_of_the_label_that_it_was_made_of(self) -> None:
        system = small_runs.SYSTEMS["classifier"]
        examples = system.sample(5, 0).without_inputs()
        old, name = examples.targets[0], examples.ids[0]
        fix = Correction(name, old, "vertical", "a", "", "", "w:0")
        found, rows = corrected(system, examples, {name: fix})
        assert (found.targets[0], rows) == ("vertical", [0] if old != "vertical" else [])
        mended = replace(fix, old="no such label")
        assert corrected(system, examples, {name: mended}) == (examples, [])
        assert examples.targets[0] == old

    @pytest.mark.parametrize("name", small_runs.SYSTEMS)
    def test_every_system_counts_and_undoes(
        self, name: str, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        system = small_runs.SYSTEMS[name]
        store = tmp_path_factory.mktemp(name)
        record = small_runs.finished(name, store, {"training.epochs": 1}).record
        before = record.examples("dev", system)
        review = of_labels.of_record(record, system)
        assert review.doubtful
        json.dumps(review.as_json(), allow_nan=False)
        first = next(
            (a, b)
            for a in before.targets
            for b in before.targets
            if a is not None and b is not None and repr(a) != repr(b)
        )
        row = next(at for at, t in enumerate(before.targets) if t is first[0])
        other = next(at for at, t in enumerate(before.targets) if t is first[1])
        new = review.truths.old(before.ids[other])
        review.correct(before.ids[row], new, "to try")
        after = record.examples("dev", system)
        assert repr(after.targets[row]) == repr(before.targets[other])
        assert [repr(t) for at, t in enumerate(after.targets) if at != row] == [
            repr(t) for at, t in enumerate(before.targets) if at != row
        ]
        review.undo(before.ids[row])
        assert repr(record.examples("dev", system).targets) == repr(before.targets)


@pytest.fixture(scope="module")
def table_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Rows of two classes, some labelled wrong."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(500, 2))
    kinds = np.where(x[:, 0] + 0.2 * rng.normal(size=500) > 0, "cat", "dog")
    bad = rng.random(500) < 0.06
    kinds[bad] = np.where(kinds[bad] == "cat", "dog", "cat")
    path = tmp_path_factory.mktemp("labels") / "t.csv"
    lines = [f"{a},{b},{kind}" for (a, b), kind in zip(x.tolist(), kinds, strict=True)]
    path.write_text("\n".join(["x,y,kind", *lines]))
    return path


def flipped(table_file: Path) -> set[int]:
    """The lines of the table that are labelled against x, well beyond its noise."""
    rows = csv.DictReader(table_file.read_text().splitlines())
    against = {"cat": -1.0, "dog": 1.0}
    return {
        line
        for line, row in enumerate(rows, start=2)
        if float(row["x"]) * against[row["kind"]] > 0.1
    }


@pytest.fixture(scope="module")
def run(table_file: Path) -> nw.Run:
    return trained(table_file)


def trained(table_file: Path, epochs: int = 8) -> nw.Run:
    values = {"training.reference_seconds": 0, "training.threads": 1}
    store = table_file.parent / "runs"
    return nw.train(table_file, target="kind", epochs=epochs, set=values, store=store)


@pytest.fixture(autouse=True)
def clean(request: pytest.FixtureRequest) -> Iterator[None]:
    """Nothing is noted afterwards."""
    yield
    if "run" in request.fixturenames:
        run = request.getfixturevalue("run")
        for path in (run.record.path.parent / "annotations").glob("*"):
            path.unlink()


def error(run: nw.Run) -> float:
    return float(run.evaluate(split="dev")["error"]["value"])


def correct_mistakes(run: nw.Run, count: int) -> list[str]:
    """As if so many wrong answers were right."""
    found = run.labels()
    chosen = [one for one in found.doubtful if one.given != one.answer][:count]
    for one in chosen:
        found.correct(one.id, one.answer, "as the net says")
    return [one.id for one in chosen]


class TestRun:
    def test_every_verb_counts_them_and_forgets_them(self, run: nw.Run, table_file: Path) -> None:
        content = hashlib.sha256(table_file.read_bytes()).hexdigest()
        kept, n = error(run), run.measures["dev"]["error"]["n"]
        ids = correct_mistakes(run, 3)
        assert error(run) == pytest.approx(kept - 3 / n)
        diagnosis = run.diagnose()
        rungs = {rung["name"]: rung["error"] for rung in diagnosis.as_json()["rungs"]}
        assert rungs["dev"] == pytest.approx(kept - 3 / n)
        (finding,) = [one for one in diagnosis.findings if one.code == "NW118"]
        assert finding.figures == {"dev": 3}
        assert finding.do[0].startswith(f"netwright labels {run.id} shows them")
        assert " RUN" not in json.dumps(diagnosis.as_json())
        assert run.measures["dev"]["error"]["value"] == kept  # the record stays as it was
        with pytest.warns(NetwrightWarning, match="was trained on"):
            whole = run.evaluate(table_file)["error"]["value"]
        for one in ids:
            run.labels().undo(one)
        assert error(run) == kept
        with pytest.warns(NetwrightWarning, match="was trained on"):
            assert run.evaluate(table_file)["error"]["value"] > whole
        assert not [one for one in run.diagnose().findings if one.code == "NW118"]
        assert hashlib.sha256(table_file.read_bytes()).hexdigest() == content

    def test_training_learns_from_them_and_is_repeated_and_resumed_as_it_was(
        self, run: nw.Run, table_file: Path
    ) -> None:
        ids = correct_mistakes(run, 3)
        learned = trained(table_file)
        assert "labels corrected by annotations: dev 3" in learned.info["messages"]
        assert set(overlay.kept(learned.record.path)) == set(ids)
        now = error(learned)
        for one in ids:
            run.labels().undo(one)
        n = learned.measures["dev"]["error"]["n"]
        assert error(learned) == pytest.approx(now + 3 / n) or error(learned) > now
        store = table_file.parent / "runs"
        again = nw.train(repeat=learned.id, store=store)
        assert "the same weights, bit for bit" in " ".join(again.info["messages"])
        further = nw.train(resume=learned.id, epochs=10, store=store)
        assert set(overlay.kept(further.record.path)) == set(ids)
        fresh = trained(table_file)
        assert overlay.kept(fresh.record.path) == {}

    def test_splits_stay_as_they_were(self, run: nw.Run, table_file: Path) -> None:
        """Though they are stratified by label."""
        correct_mistakes(run, 5)
        other = trained(table_file, epochs=1)
        assert other.record.splits() == run.record.splits()
        assert nw.compare([run, other]).rows

    def test_who_wins_may_turn(self, table_file: Path, tmp_path: Path) -> None:
        path = tmp_path / "t.csv"
        path.write_bytes(table_file.read_bytes())
        better, worse = trained(path), trained(path, epochs=1)
        assert error(better) < error(worse)
        found = better.labels()
        assert found.verdict.winner_before == ""  # nothing is corrected
        for row in worse.record.predictions("dev").iter_rows(named=True):
            if row["wrong"]:
                found.correct(row["id"], row["answer"])
        verdict = better.labels().verdict
        assert (verdict.winner_before, verdict.winner_after) == (better.id, worse.id)
        assert verdict.worth == "fix"

    def test_chosen_corrections_say_nothing_of_the_sample(self, run: nw.Run) -> None:
        """Those that were looked for because they look wrong would make all mistakes look so."""
        ids = correct_mistakes(run, 2)
        found = run.errors()
        assert found.table.looked_at == 0
        found.see(ids[0])
        assert [(kind.tag, kind.count) for kind in found.table.kinds] == [(LABEL_IS_WRONG, 1)]

    def test_the_test_split_is_sealed(self, table_file: Path) -> None:
        fresh = trained(table_file, epochs=1)
        with pytest.raises(RunError, match="is sealed"):
            fresh.labels("test")
        fresh.evaluate(split="test")
        assert fresh.labels("test").n == fresh.measures["test"]["error"]["n"]
        one = fresh.labels("test").doubtful[0]
        before = fresh.evaluate(split="test")["error"]["value"]
        fresh.labels("test").correct(one.id, one.answer)
        assert fresh.evaluate(split="test")["error"]["value"] < before
        fresh.labels("test").undo(one.id)

    def test_train_is_not_ranked(self, run: nw.Run) -> None:
        with pytest.raises(RunError, match="labels of train are not ranked"):
            run.labels("train")

    def test_by_folds_those_of_train_are_held_against_nets_that_never_saw_them(
        self, run: nw.Run, table_file: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        lines: list[str] = []
        with pytest.raises(RecipeError, match=r"--budget 0\.1 s: 3 folds of .* take about"):
            by_folds.review(run, 3, budget=0.1)
        found = by_folds.review(run, 3, log=lines.append)
        split = {}
        for name in ("train", "dev"):
            split |= dict.fromkeys(run.record.examples(name, run.system).ids, name)
        assert found.n == len(split)
        assert {one.split for one in found.doubtful} == {"train", "dev"}
        assert all(one.split == split[one.id] for one in found.doubtful)
        suspects = [one for one in found.doubtful if one.is_suspect and one.split == "train"]
        lines_of = {int(one.source.rpartition(":")[2]) for one in suspects}
        assert len(lines_of & flipped(table_file)) / len(suspects) > 0.6
        assert any("are of train: random slips there" in line for line in found.patterns)
        again = by_folds.review(run, 3, log=lines.append)
        assert again.doubtful == found.doubtful
        assert "by the folds of" in lines[-1]  # nothing is trained twice
        one = next(one for one in found.doubtful if one.split == "train")
        store = str(run.record.path.parent)
        fix = f"{one.id}={one.likely}"
        main(["labels", run.id, "--folds", "3", "--store", store, "--correct", fix])
        assert "1 label corrected" in capsys.readouterr().out
        for words in (["--folds", "3", "--split", "test"], ["--budget", "1m"]):
            with pytest.raises(SystemExit):
                main(["labels", run.id, *words, "--store", store])

    def test_what_is_not_there_is_refused(self, run: nw.Run) -> None:
        found = run.labels()
        with pytest.raises(NetwrightError, match="no example 'nobody'"):
            found.correct("nobody", "cat")
        with pytest.raises(NetwrightError, match="no class 'cta'; did you mean 'cat'"):
            found.correct(found.doubtful[0].id, "cta")
        with pytest.raises(NetwrightError, match="is not corrected: nothing to undo"):
            found.undo(found.doubtful[0].id)

    def test_a_damaged_list_of_corrections_is_one_sentence(self, table_file: Path) -> None:
        fresh = trained(table_file, epochs=1)
        (fresh.record.path / overlay.FILE).write_text('[{"id": 1}]')
        with pytest.raises(RunError, match=r"corrections\.json"):
            fresh.evaluate(split="dev")


def command(run: nw.Run, *arguments: str) -> None:
    main(["labels", run.id, "--store", str(run.record.path.parent), *arguments])


class TestCommand:
    def test_a_list_and_what_was_corrected(
        self, run: nw.Run, capsys: pytest.CaptureFixture[str]
    ) -> None:
        one = run.labels().doubtful[0]
        other = "dog" if one.given == "cat" else "cat"
        command(run, "--correct", f"{one.id}={other}", "--why", "a typo", "--top", "3")
        out = " ".join(capsys.readouterr().out.split())
        assert "1 label corrected" in out
        assert "a typo" in out
        assert "Right answers to look at, too" in out
        command(run, "--json")
        found = json.loads(capsys.readouterr().out)
        assert [fix["new"] for fix in found["corrections"]] == [other]
        estimate = found["estimate"]
        assert estimate["resampled_low"] <= estimate["count"] <= estimate["resampled_high"]
        assert f"at most about {estimate['count']:.0f} of {found['n']} dev labels look wrong" in out
        assert f"The net answers {len(found['doubtful'])} (" in out
        command(run, "--undo", one.id)
        assert "corrected:" not in capsys.readouterr().out
        command(run, "--csv")
        rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
        assert rows[0]["id"] == one.id

    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            (["--correct", "nobody=cat"], "no example 'nobody'"),
            (["--correct", "cat"], "expected ID=LABEL"),
            (["--why", "x"], "--why says why --correct"),
            (["--undo", "nobody"], "no example 'nobody'"),
            (["--csv", "--json"], "exclude each other"),
        ],
    )
    def test_what_cannot_be_is_one_sentence(
        self,
        run: nw.Run,
        arguments: list[str],
        sentence: str,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        with pytest.raises(SystemExit):
            command(run, *arguments)
        assert sentence in capsys.readouterr().err

    def test_an_example_is_named_by_its_id_or_its_source(
        self, run: nw.Run, capsys: pytest.CaptureFixture[str]
    ) -> None:
        one = next(one for one in run.labels().doubtful if one.is_suspect)
        other = "dog" if one.given == "cat" else "cat"
        command(run, "--correct", f"{one.source}={other}")
        lines = capsys.readouterr().out.splitlines()
        # the star stands in a column of its own: what is copied is an id
        assert any(line.split()[:3] == ["*", one.id, one.source] for line in lines)
        assert [fix.id for fix in run.labels().corrections] == [one.id]
        command(run, "--undo", one.source)
        assert run.labels().corrections == ()
        for twice in (["--correct", f"{one.id}=cat"], ["--undo", one.id]):
            with pytest.raises(SystemExit):
                command(run, "--correct", f"{one.source}={other}", *twice)
            assert f"the example {one.id} is named twice" in capsys.readouterr().err

    def test_all_are_corrected_or_none(self, run: nw.Run) -> None:
        one = run.labels().doubtful[0]
        with pytest.raises(SystemExit):
            command(run, "--correct", f"{one.id}=cat", "--correct", "nobody=cat")
        assert run.labels().corrections == ()


def test_the_finding() -> None:
    assert label_findings.find({}) == ()
    assert label_findings.find({"dev": 1}, {"NW118"}) == ()
    (found,) = label_findings.find({"dev": 1})
    assert found.message.startswith("1 label is corrected by annotations (dev 1)")
