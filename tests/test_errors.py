"""Error analysis: the sample, the table, every system, the terminal."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import netwright as nw
import small_runs
from netwright.api.errors import analysis
from netwright.base.errors import DataError, NetwrightError, RunError
from netwright.cli.main import main
from netwright.cli.text.errors import picture, table_text
from netwright.doctor.errors import similar
from netwright.doctor.errors.sample import draw
from netwright.doctor.errors.table import ErrorLevel, ErrorTable, Looked
from netwright.doctor.errors.table import table as table_of
from netwright.doctor.errors.words import headline
from netwright.metrics.intervals import wilson
from netwright.runs.annotations.files import AnnotationWriter

pytestmark = pytest.mark.usefixtures("no_reports")


class TestSample:
    def test_mistakes_alone_each_once(self) -> None:
        sizes = [0.0, 1.0, 0.0, 1.0, 1.0]
        found = draw(sizes, [0] * 5, 100, "uniform", 0)
        assert sorted(found.rows) == [1, 3, 4]
        assert found.counts == (1, 1, 1)
        assert found.is_random

    def test_a_larger_sample_goes_on_from_a_smaller_one(self) -> None:
        for sizes in ([1.0] * 300, list(np.random.default_rng(0).random(300))):
            small, large = (draw(sizes, sizes, n, "uniform", 3) for n in (20, 60))
            assert large.rows[: len(small.rows)] == small.rows

    def test_another_seed_is_another_sample(self) -> None:
        a, b = (draw([1.0] * 300, [0.0] * 300, 20, "uniform", seed) for seed in (0, 1))
        assert a.rows != b.rows

    def test_every_mistake_is_as_likely(self) -> None:
        times = np.zeros(10)
        for seed in range(2000):
            times[list(draw([1.0] * 10, [0.0] * 10, 3, "uniform", seed).rows)] += 1
        assert np.abs(times / 2000 - 0.3).max() < 0.05

    def test_where_errors_are_of_unequal_size_draws_go_by_it(self) -> None:
        sizes = np.array([1.0, 2.0, 3.0, 4.0, float("nan")])
        drawn = np.zeros(5)
        for seed in range(500):
            found = draw(sizes, sizes, 20, "uniform", seed)
            drawn[list(found.rows)] += found.counts
            assert sum(found.counts) == 20
        assert np.abs(drawn / drawn.sum() - [0.1, 0.2, 0.3, 0.4, 0]).max() < 0.02

    def test_the_worst_first_speak_for_themselves(self) -> None:
        found = draw([1.0] * 5, [0.3, 9.0, float("nan"), 2.0, 1.0], 2, "worst", 0)
        assert found.rows == (1, 3)
        assert not found.is_random
        assert draw([1.0] * 5, [1.0] * 5, 5, "worst", 0).is_random  # all of them

    def test_none_wrong_is_an_empty_sample(self) -> None:
        assert draw([0.0] * 5, [0.0] * 5, 10, "uniform", 0).rows == ()

    def test_no_sample_at_all_is_refused(self) -> None:
        with pytest.raises(DataError, match="0 mistakes to look at"):
            draw([1.0], [1.0], 0, "uniform", 0)


LEVEL = ErrorLevel("error", 0.10, 0.08, 0.12, 1000, 100)


def table(level: ErrorLevel, looked: list[Looked], *, is_random: bool) -> ErrorTable:
    sampled = sum(one.count for one in looked)
    return table_of(level, looked, sampled=sampled, is_random=is_random)


class TestTable:
    def test_the_notes_case(self) -> None:
        """Notes 3.2.1: 5 of 100 are dogs: at best 10% becomes 9.5%; 50 of 100: 5%."""
        for count, ceiling in ((5, 0.095), (50, 0.05)):
            looked = [Looked(1, ["dog"] if at < count else [], True, False) for at in range(100)]
            (row,) = table(LEVEL, looked, is_random=True).kinds
            assert row.ceiling == pytest.approx(ceiling)
            assert (row.low, row.high) == wilson(count, 100)
            assert row.ceiling_low == pytest.approx(0.10 * (1 - wilson(count, 100)[1]))
            assert row.ceiling_high == pytest.approx(0.10 * (1 - wilson(count, 100)[0]))

    def test_tags_overlap_and_skips_are_left_out(self) -> None:
        looked = [
            Looked(1, ["a", "b"], True, False),
            Looked(1, ["a"], True, False),
            Looked(1, [], True, False),
            Looked(1, ["a"], False, True),
            Looked(1, [], False, False),
        ]
        found = table(LEVEL, looked, is_random=True)
        assert (found.sampled, found.looked_at, found.skipped, found.untagged) == (5, 3, 1, 1)
        assert [(kind.tag, kind.count, kind.fraction) for kind in found.kinds] == [
            ("a", 2, pytest.approx(2 / 3)),
            ("b", 1, pytest.approx(1 / 3)),
        ]

    def test_the_worst_have_no_intervals(self) -> None:
        found = table(LEVEL, [Looked(1, ["a"], True, False)] * 10, is_random=False)
        assert found.kinds[0].low is None
        assert found.kinds[0].ceiling == pytest.approx(0.10 * (1 - 10 / 100))
        assert "speak for themselves alone" in headline(found)

    def test_what_was_drawn_twice_counts_twice(self) -> None:
        found = table(
            LEVEL, [Looked(3, ["a"], True, False), Looked(1, [], True, False)], is_random=True
        )
        assert found.kinds[0].fraction == pytest.approx(3 / 4)

    def test_mistakes_of_one_group_are_as_sure_as_one(self) -> None:
        alone = [Looked(1, ["a"] if at < 8 else [], True, False) for at in range(16)]
        grouped = [Looked(1, one.tags, True, False, f"g{at // 2}") for at, one in enumerate(alone)]
        kind = table(LEVEL, grouped, is_random=True).kinds[0]
        assert (kind.low, kind.high) == pytest.approx(wilson(4, 8))

    def test_intervals_cover_the_truth(self) -> None:
        """Of 2,000 mistakes a part has the tag; 100 are looked at."""
        has, rng, covered = 0.3, np.random.default_rng(0), 0
        tagged = rng.random(2000) < has
        for seed in range(300):
            rows = draw([1.0] * 2000, [0.0] * 2000, 100, "uniform", seed).rows
            looked = [Looked(1, ["a"] if tagged[row] else [], True, False) for row in rows]
            kind = table(LEVEL, looked, is_random=True).kinds[0]
            assert kind.low is not None and kind.high is not None
            covered += kind.low <= tagged.mean() <= kind.high
        assert covered / 300 > 0.92

    def test_nobody_looked_yet(self) -> None:
        found = table(LEVEL, [Looked(1, [], False, False)] * 3, is_random=True)
        assert found.kinds == ()
        assert "0 of 3 mistakes looked at" in table_text(found)


class TestSimilar:
    def test_those_of_one_truth_and_answer(self) -> None:
        kinds = ["a → b", "b → a", "a → b"]
        assert similar.groups(kinds, None) == kinds

    def test_large_ones_are_cut_by_what_answers_say(self) -> None:
        rng = np.random.default_rng(0)
        vectors = np.concatenate([rng.normal(at, 0.01, (20, 2)) for at in (0, 5)])
        found = similar.groups(["a → b"] * 40, vectors)
        assert not set(found[:20]) & set(found[20:])

    def test_without_anything_known_none_are_alike(self) -> None:
        assert similar.groups([""] * 30, None) == [""] * 30
        assert similar.groups([""] * 30, np.ones((30, 2))) == [""] * 30

    def test_the_same_twice(self) -> None:
        vectors = np.random.default_rng(0).normal(size=(60, 3))
        first, again = (similar.groups([""] * 60, vectors) for _ in range(2))
        assert first == again


def test_of_boxes_by_what_is_wrong() -> None:
    from netwright.data.images.letterbox import Corners
    from netwright.systems.localizer.codec import Located

    system = small_runs.SYSTEMS["localizer"]
    examples = list(small_runs.sample("localizer").without_inputs())
    one = next(example for example in examples if example.target)
    empty = next(example for example in examples if example.target == ())
    box = one.target[0]
    away = Corners(*(edge + 1000 for edge in box.corners))
    kinds = [
        (one, Located(None, 0.1, None)), (empty, Located(away, 0.9, "light")),
        (one, Located(away, 0.9, box.label)), (one, Located(box.corners, 0.9, "other")),
        (one, Located(away, 0.9, "other")),
    ]  # fmt: skip
    assert [system.mistake(*pair) for pair in kinds] == [
        "missing", "made up", "wrong place", "wrong class", "wrong place, wrong class",
    ]  # fmt: skip
    assert all(system.wrong(*pair) for pair in kinds)
    assert system.mistake(one, system.certain(one.target)) is None


def test_of_tags_by_those_that_are_wrong() -> None:
    from netwright.contract import Example
    from netwright.systems.tags.codec import Tags

    system = small_runs.SYSTEMS["tags"]
    example = Example(None, {"sun": True, "sea": False, "cat": None, "dog": True}, "id", "source")
    assert system.mistake(example, Tags(("sea", "dog", "cat"), {})) == "missing sun; made up sea"
    assert system.mistake(example, Tags(("sun", "dog"), {})) is None


SYSTEMS = (*small_runs.SYSTEMS,)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """System -> its small run, trained once."""
    runs: dict[str, Any] = {}

    def of(name: str) -> Any:
        if name not in runs:
            store = tmp_path_factory.mktemp(name)
            runs[name] = small_runs.finished(name, store, {"training.epochs": 1}).record
        return runs[name]

    yield of


@pytest.mark.parametrize("name", SYSTEMS)
class TestEverySystem:
    def test_its_mistakes_are_looked_at(self, name: str, made: Any) -> None:
        record, system = made(name), small_runs.SYSTEMS[name]
        found = analysis.of_record(record, system, 10)
        assert found.mistakes
        first, last = found.mistakes[0], found.mistakes[-1]
        found.tag([one.id for one in found.like(first)], "odd")
        found.see(last.id)
        assert found.table.looked_at >= 1
        again = analysis.of_record(record, system, 10)
        assert again.table == found.table
        assert [one.id for one in again.mistakes] == [one.id for one in found.mistakes]
        assert "odd" in str(found)
        json.dumps(found.as_json(), allow_nan=False)
        assert {row["id"] for row in found.rows()} == {one.id for one in found.mistakes}
        found.undo()
        found.undo()
        assert analysis.of_record(record, system, 10).table.looked_at == 0

    def test_a_label_is_corrected_in_its_own_terms(self, name: str, made: Any) -> None:
        record, system = made(name), small_runs.SYSTEMS[name]
        found = analysis.of_record(record, system, 10)
        one = found.mistakes[0].id
        old = found.truths.old(one)
        if old is None:
            pytest.skip("its truth is not known")
        with pytest.raises(NetwrightError):
            found.correct(one, "no such target \x00" if found.truths.classes else '{"zzz": [[]]}')
        with pytest.raises(NetwrightError, match="already: there is nothing to correct"):
            found.correct(one, found.truths.new(one, old))
        every = map(found.truths.old, found.truths.examples.ids)
        found.correct(one, next(new for new in every if new is not None and new != old))
        assert found.noted(one).correction is not None
        found.undo()
        assert found.noted(one).correction is None


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> nw.Run:
    """A net that hardly learned."""
    store = tmp_path_factory.mktemp("errors")
    return nw.train("digits8", model="linear", epochs=1, store=store)


@pytest.fixture
def clean(run: nw.Run) -> Iterator[nw.Run]:
    """The run, and nothing noted afterwards."""
    yield run
    for path in (run.record.path.parent / "annotations").glob("*"):
        path.unlink()


class TestRun:
    def test_what_is_noted_of_one_run_is_known_of_the_next(self, clean: nw.Run) -> None:
        found = clean.errors(20)
        found.tag(found.mistakes[0].id, "blurry")
        other = nw.open(clean.id, store=clean.record.path.parent).errors(20)
        assert other.noted(found.mistakes[0].id).tags == ("blurry",)

    def test_keys_are_of_tags_that_this_data_has(self, clean: nw.Run) -> None:
        writer = AnnotationWriter(clean.record.path.parent)
        learned = clean.record.examples("train", small_runs.SYSTEMS["classifier"]).ids[0]
        writer.write(["of another project"], "tag", tag="muddy")
        writer.write([learned], "tag", tag="torn")
        found = clean.errors(5)
        assert found.tags() == ["torn"]
        found.tag(found.mistakes[0].id, "blurry")
        assert found.tags() == ["torn", "blurry"]
        assert found.annotations.tags() == ["muddy", "torn", "blurry"]

    def test_examples_that_do_not_exist_are_refused(self, clean: nw.Run) -> None:
        found = clean.errors(5)
        for act in (found.skip, found.see, lambda one: found.tag(one, "a")):
            with pytest.raises(NetwrightError, match="no example 'nobody' among these"):
                act("nobody")
        with pytest.raises(NetwrightError, match="no example 'nobody'"):
            found.correct("nobody", "1")
        assert not (clean.record.path.parent / "annotations").exists() or not list(
            (clean.record.path.parent / "annotations").iterdir()
        )

    def test_classes_that_do_not_exist_are_refused(self, clean: nw.Run) -> None:
        found = clean.errors(5)
        with pytest.raises(NetwrightError, match="no class '77'; did you mean '7'"):
            found.correct(found.mistakes[0].id, "77")

    def test_a_run_without_dev_answers_is_refused(self, clean: nw.Run, tmp_path: Path) -> None:
        import shutil

        copy = tmp_path / clean.id
        shutil.copytree(clean.record.path, copy)
        (copy / "predictions" / "dev.parquet").unlink()
        back = r"dev: put predictions/dev.parquet back from a copy, or .*--resume .* makes them\.$"
        with pytest.raises(RunError, match=f"holds no answers on {back}"):
            nw.open(copy).errors()


def command(run: nw.Run, *arguments: str) -> None:
    main(["errors", run.id, "--store", str(run.record.path.parent), *arguments])


class TestTerminal:
    def test_a_line_for_each(
        self, clean: nw.Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        typed = "+ blurry|+ Blurry|+ dark||1 2|1|= 3||-|b|u|?|9|q"
        monkeypatch.setattr("sys.stdin", io.StringIO(typed.replace("|", "\n")))
        command(clean, "--terminal", "--sample", "20")
        out, err = capsys.readouterr()
        assert "use 'blurry'" in err
        assert "'9' is no number of a tag" in err
        found = clean.errors(20)
        ids = [one.id for one in found.mistakes]
        assert found.noted(ids[0]).tags == ("blurry", "dark")
        assert found.noted(ids[1]).tags == ("dark",)
        fix = found.noted(ids[1]).correction
        assert fix is not None
        assert fix.new == "3"
        assert not found.noted(ids[2]).skipped  # undone
        assert "2 of 20 mistakes looked at" in out
        assert "label is wrong" in out

    def test_a_label_and_what_was_undone_are_confirmed(
        self, clean: nw.Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        one = clean.errors(20).mistakes[0]
        right = next(name for name in "01" if name != one.truth)
        typed = f"= {right} -- a typo|u|u|= {one.truth}|+ odd||+ far|u|u|q"
        monkeypatch.setattr("sys.stdin", io.StringIO(typed.replace("|", "\n")))
        command(clean, "--terminal", "--sample", "20")
        out, err = capsys.readouterr()
        assert f"label is wrong, right is {right} (a typo)" in out
        assert f"undone: that {right} is right, of 1/20" in out
        assert "nothing to undo" in out
        assert "undone: the tag far, of 2/20" in out
        assert "undone: that it was looked at, of 1/20" in out
        assert f"the label in the data is {one.truth} already" in err
        assert clean.errors(20).noted(one.id).correction is None

    def test_one_line_tags_all_that_are_alike(
        self, clean: nw.Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO("+ odd\nu\n+ odd\ng 1\n"))
        command(clean, "--terminal")
        found = clean.errors()
        like = found.like(found.mistakes[0])
        tagged = [one for one in found.mistakes if found.noted(one.id).tags]
        assert {one.id for one in tagged} == {one.id for one in like}

    def test_who_is_tagged_for_likeness_alone_counts_once_looked_at(self, clean: nw.Run) -> None:
        found = clean.errors()
        first = next(one for one in found.mistakes if len(found.like(one)) > 2)
        second, third, *_ = found.like(first)[1:]
        ids = [one.id for one in found.like(first)]
        found.skip(third.id)
        found.tag(ids, "odd", like=first.id)
        # nobody looked at more than one, whoever reads it
        for read in (found, clean.errors()):
            table = read.table
            assert (table.looked_at, table.alike, table.skipped) == (1, len(ids) - 2, 1)
            assert (table.kinds[0].low, table.kinds[0].high) == wilson(1, 1)
            assert read.noted(second.id).tags == ("odd",)
            assert f"{len(ids) - 2} tagged with others, not looked at yet" in str(read)
            rows = {row["id"]: row for row in read.rows()}
            assert [rows[key]["looked_at"] for key in ids[:2]] == [True, False]
            assert [rows[key]["tagged_alike"] for key in ids[:2]] == [False, True]
        found.see(second.id)
        assert (found.table.looked_at, found.table.kinds[0].count) == (2, 2)
        found.untag(first.id, "odd")
        found.tag([second.id, first.id], "odd", like=second.id)
        assert not found.noted(first.id).is_looked_at
        # nothing waits: the sample is whole
        found.see([one.id for one in found.mistakes if one.id not in ids])
        assert found.table.looked_at == len(found.mistakes) - 1
        assert (found.table.alike, found.table.kinds[0].count) == (0, len(ids) - 1)
        assert sum(row["looked_at"] for row in found.rows()) == len(found.mistakes) - 1

    def test_where_data_cannot_be_read_again_it_goes_on(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        rng = np.random.default_rng(0)
        x, y = rng.random((200, 8, 8)).astype("float32"), rng.integers(0, 2, 200)
        run = nw.train((x, y), model="linear", epochs=1, store=tmp_path)
        monkeypatch.setattr("sys.stdin", io.StringIO("+ odd\nq\n"))
        command(run, "--terminal")
        assert "The example is not drawn" in capsys.readouterr().err
        assert run.errors().table.looked_at == 1

    def test_csv_and_json(self, clean: nw.Run, capsys: pytest.CaptureFixture[str]) -> None:
        found = clean.errors(5)
        found.tag(found.mistakes[2].id, "=1+1")
        capsys.readouterr()
        command(clean, "--csv", "--sample", "5")
        rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
        assert [row["id"] for row in rows] == [one.id for one in found.mistakes]
        assert rows[2]["tags"] == "'=1+1"
        command(clean, "--json", "--sample", "5")
        assert json.loads(capsys.readouterr().out)["mistakes"][2]["tags"] == ["=1+1"]

    def test_two_ways_at_once_are_refused(
        self, run: nw.Run, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with pytest.raises(SystemExit):
            command(run, "--csv", "--json")
        assert "exclude each other" in capsys.readouterr().err

    def test_a_picture_is_drawn_in_characters(self) -> None:
        pixels = np.zeros((8, 8, 1), np.uint8)
        pixels[:, 4:] = 255
        lines = picture(pixels)
        assert set(lines) == {" " * 8 + "@" * 8}
