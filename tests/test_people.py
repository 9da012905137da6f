"""What people reach: typed, noted, measured from the sheets that they fill in."""

from __future__ import annotations

import csv
import io
import json
import shlex
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

import netwright as nw
import small_runs
from netwright.api.judged.human_examples import write_sheet
from netwright.api.judged.human_session import HumanSession
from netwright.api.judged.people import people
from netwright.api.kept.levels import restore, withdraw, withdrawn
from netwright.base.errors import DataError, NetwrightError, NetwrightWarning, RunError
from netwright.base.measure import Measure
from netwright.cli.main import main
from netwright.contract import Examples
from netwright.doctor.diagnose import diagnose
from netwright.metrics.agreement import kappa
from netwright.metrics.measure import measure
from netwright.runs.annotations.files import user
from netwright.runs.answers import sheets
from netwright.runs.answers.forms import AnswerForm
from netwright.runs.human_levels import HumanLevel, levels_of, noted, of_note, typed

pytestmark = pytest.mark.usefixtures("no_reports")


class TestLevels:
    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            (None, ()),
            (0.01, (HumanLevel(0.01),)),
            ("1%", (HumanLevel(0.01),)),
            ("1%/500", (HumanLevel(0.01, 500),)),
            (
                {"expert": "0.5%/1,000", "layman": 0.03},
                (HumanLevel(0.005, 1000, name="expert"), HumanLevel(0.03, name="layman")),
            ),
        ],
    )
    def test_as_they_are_given(self, given: Any, expected: Any) -> None:
        assert levels_of(given, "human_error") == expected
        assert of_note(json.loads(json.dumps(noted(expected)))) == expected

    @pytest.mark.parametrize(
        "given",
        ["", "low", "1%/", "1%/0", "1%/2.5", True, float("nan"), 1e101, [0.1], {}, {"": 1}, {3: 1}],
    )
    def test_what_is_no_level_is_refused(self, given: Any) -> None:
        with pytest.raises(NetwrightError, match=r"^place"):
            levels_of(given, "place")

    def test_as_they_are_typed(self) -> None:
        assert typed(()) is None
        assert typed(("1%/9",)) == "1%/9"
        assert typed(("an expert=1%/9", "b=2")) == {"an expert": "1%/9", "b": "2"}
        for texts in (("1%", "2%"), ("a=1", "2"), ("a=1", "a=2"), ("=1", "b=2"), ("a=1,b=2",)):
            with pytest.raises(NetwrightError, match="--human-error"):
                typed(texts)

    def test_the_best_is_the_rung_and_its_count_gives_noise(self) -> None:
        measures = {
            "train": Measure(0.08, 10_000, unit="fraction", is_proportion=True),
            "dev": Measure(0.10, 10_000, unit="fraction", is_proportion=True),
        }
        exact, counted = (
            diagnose(measures, human_error={"layman": "7.9%/50", "expert": expert})
            for expert in (0.075, "7.5%/100")
        )
        for found in (exact, counted):
            assert (found.rungs[0].by, found.rungs[0].error) == ("expert", 0.075)
            assert [rung.by for rung in found.other_people] == ["layman"]
            assert type(found).from_json(json.loads(json.dumps(found.as_json()))) == found
        (bias, _), (unsure, _) = exact.gaps, counted.gaps
        assert unsure.low is not None
        assert bias.low is not None
        assert unsure.low < 0 < bias.size
        assert unsure.high is not None
        assert unsure.high - unsure.low > 5 * ((bias.high or 0) - bias.low)

    def test_of_a_metric_of_which_more_is_better_the_highest_stands(self) -> None:
        measures = {
            split: Measure(value, 100, value - 1, value + 1, "dB", "higher")
            for split, value in (("train", 20.0), ("dev", 18.0))
        }
        found = diagnose(measures, metric="snr", human_error={"a": 22, "b": 25})
        assert (found.rungs[0].by, found.rungs[0].error) == ("b", -25)


@pytest.mark.parametrize("system", sorted(small_runs.SYSTEMS))
def test_who_says_the_truth_is_right(system: str) -> None:
    chosen = small_runs.SYSTEMS[system]
    if chosen.certain is None:
        pytest.skip("people are not measured at it")
    examples = small_runs.sample(system).without_inputs()
    answers = [chosen.certain(target) for target in examples.targets]
    metric = chosen.metrics[0]
    found = measure((metric,), examples, answers)[metric.name]
    assert found.value == (0 if metric.better == "lower" else 1)
    assert not any(map(chosen.wrong, examples, answers))


def test_kappa_is_scikit_learns() -> None:
    rng = np.random.default_rng(0)
    first, second = (rng.choice(list("abc"), 300, p=(0.6, 0.3, 0.1)).tolist() for _ in range(2))
    second[:200] = first[:200]
    assert kappa(first, second) == pytest.approx(cohen_kappa_score(first, second))
    assert kappa(["a", "a"], ["a", "a"]) is None


# --- sheets


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> nw.Run:
    return nw.train(
        "iris", epochs=20, human_error=0.001, store=tmp_path_factory.mktemp("people"),
        set={"training.reference_seconds": 0},
    )  # fmt: skip


class TestTakenBack:
    @pytest.fixture(autouse=True)
    def before(self, run: nw.Run) -> Iterator[None]:
        yield
        run.record.note(human_error=0.001)
        run.diagnose()

    def test_one_by_one_and_brought_back_as_they_were(self, run: nw.Run) -> None:
        given = {"expert": "1%/400", "layman": "4%/50"}
        run.diagnose(given)
        before, log = run.info["human_error"], run.record.path / "events.jsonl"
        lines = log.read_text().splitlines()
        assert human_rung(run) == ("expert", 0.01)
        changed = withdraw(run, "expert")
        assert (list(changed.levels), changed.counts) == (["layman"], False)
        assert human_rung(run) == ("layman", 0.04)
        withdraw(run, "layman")
        assert human_rung(run) is None
        for name in given:
            assert restore(run, name).counts
        assert run.info["human_error"] == before
        assert human_rung(run) == ("expert", 0.01)
        after = log.read_text().splitlines()
        assert after[: len(lines)] == lines  # what was logged stays
        assert len(after) == len(lines) + 4
        assert {json.loads(line)["who"] for line in after[-4:]} == {user()}

    def test_a_level_measured_anew_counts_beside_one_taken_back(self, run: nw.Run) -> None:
        run.diagnose({"expert": "1%/400", "layman": "4%/50"})
        withdraw(run, "expert")
        run.diagnose({"expert": "2%/80", "layman": "4%/50"})
        assert human_rung(run) == ("expert", 0.02)
        with pytest.raises(RunError, match=r"'expert' of .* counts: nothing to bring back"):
            restore(run, "expert")
        withdraw(run, "expert")
        assert withdrawn(run)["expert"].figure == 0.02  # as it was last

    def test_what_cannot_be_is_a_sentence(self, run: nw.Run) -> None:
        with pytest.raises(RunError, match=r"no human level 'x'; those that count: as given\.$"):
            withdraw(run, "x")
        with pytest.raises(RunError, match=r"no human level 'x' of .* was taken back"):
            restore(run, "x")
        with pytest.raises(RunError, match=r"no human level 'x'\.$"):
            withdraw(run, "x", "general")
        assert human_rung(run) == ("", 0.001)

    def test_by_the_command_line(self, run: nw.Run, capsys: pytest.CaptureFixture[str]) -> None:
        at = [run.id, "--store", str(run.record.path.parent)]
        main(["human", *at, "--withdraw", "as given"])
        said = capsys.readouterr().out
        assert f"as given counts no more as a human level of {run.id}, which is" in said
        assert "those that count: none." in said
        (way,) = [line for line in said.splitlines() if line.startswith("netwright ")]
        main([*shlex.split(way.removesuffix(" undoes that."))[1:], *at[1:], "--json"])
        found = json.loads(capsys.readouterr().out)
        assert (found["counts"], found["levels"]) == (True, [{"figure": 0.001, "name": "as given"}])
        assert run.info["human_error"] == 0.001
        with pytest.raises(SystemExit):
            main(["human", *at, "--withdraw", "a", "--restore", "b"])
        assert "--withdraw and --restore exclude each other" in capsys.readouterr().err


def human_rung(run: nw.Run) -> tuple[str, float] | None:
    """Who stands for the best error there can be, as the run's diagnosis has it, and how much."""
    found = run.record.json("diagnosis.json")["rungs"]
    rungs = [rung for rung in found if rung["name"] == "human"]
    return (rungs[0].get("by", ""), rungs[0]["error"]) if rungs else None


def filled(path: Path, answer: Callable[[int, Any], str], examples: Examples) -> Path:
    """A sheet whose answers are a function of row and truth."""
    truths = dict(zip(examples.ids, examples.targets, strict=True))
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    for at, row in enumerate(rows):
        row["answer"] = answer(at, truths[row["id"].removeprefix("id-")])
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_a_sheet_is_answered_and_measured(run: nw.Run, tmp_path: Path) -> None:
    dev = run.record.examples("dev", run.system)
    for name in ("expert", "layman"):
        assert write_sheet(run, tmp_path / f"{name}.csv", examples=20) == 20
    sheet = (tmp_path / "expert.csv").read_text()
    assert not any(label in sheet for label in set(dev.targets))
    expert = filled(tmp_path / "expert.csv", lambda at, truth: truth if at else "", dev)
    layman = filled(
        tmp_path / "layman.csv",
        lambda at, truth: "setosa" if at < 15 else truth if at < 18 else "",
        dev,
    )
    found = people(run, [expert, layman])
    assert [(level.name, level.n) for level in found.levels] == [("expert", 19), ("layman", 18)]
    assert found.levels[0].figure == 0
    assert 0.3 < found.levels[1].figure < 0.9
    assert [one.between for one in found.agreements] == [
        ("expert", "the labels"), ("layman", "the labels"), ("expert", "layman"),
    ]  # fmt: skip
    assert found.agreements[0].kappa == 1
    assert found.agreements[2].n == 17
    # they are kept beside what was known, and the run is diagnosed with them
    noted = of_note(run.info["human_error"])
    assert {level.name for level in noted} == {"as given", "expert", "layman"}
    assert run.diagnose().rungs[0].by == "expert"


@pytest.mark.parametrize("name", sorted(small_runs.SYSTEMS))
def test_no_sheet_names_a_source(name: str, tmp_path: Path) -> None:
    """A folder may be called as the class is: pictures and long texts are copies by number."""
    system, examples = small_runs.SYSTEMS[name], small_runs.sample(name).take(range(4))
    sources = [f"the-class/{at}-of-it" for at in range(4)]
    sheets.write(tmp_path / "s.csv", system, replace(examples, sources=sources), [2, 0])
    text = (tmp_path / "s.csv").read_text()
    assert "the-class" not in text
    assert next(csv.DictReader(text.splitlines()))["id"] == f"id-{examples.ids[2]}"
    for at, row in enumerate(csv.DictReader((tmp_path / "s.csv").open(newline="")), start=1):
        assert row["file"] or row["example"]
        if row["file"]:
            assert row["file"] == f"s-examples/{at:03}.png"
            assert (tmp_path / row["file"]).read_bytes().startswith(b"\x89PNG")


def test_a_long_text_is_a_file_beside_the_sheet(tmp_path: Path) -> None:
    system, examples = small_runs.SYSTEMS["text"], small_runs.sample("text").take([0, 1])
    long = replace(examples, inputs=["word " * 900, "short"])
    sheets.write(tmp_path / "s.csv", system, long, [0, 1])
    first, second = csv.DictReader((tmp_path / "s.csv").open(newline=""))
    assert (first["file"], first["example"]) == ("s-examples/001.txt", "")
    assert (tmp_path / first["file"]).read_text() == "word " * 900
    assert (second["file"], second["example"]) == ("", "short")
    (tmp_path / "s.csv").unlink()
    with pytest.raises(DataError, match=r"s-examples is there already, and may hold answers"):
        sheets.write(tmp_path / "s.csv", system, long, [0])


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_a_sheet_in_another_encoding_says_what_to_do(
    run: nw.Run, tmp_path: Path, encoding: str
) -> None:
    path = tmp_path / "sheet.csv"
    path.write_bytes("id,answer\nid-1,käse\n".encode(encoding))
    with pytest.raises(DataError, match=r"sheet.csv is not in UTF-8 .* save it as 'CSV UTF-8'"):
        people(run, [path])


def test_blanks_around_a_class_do_not_count(run: nw.Run) -> None:
    examples = run.record.examples("dev", run.system)
    form = AnswerForm.of(run.system, examples, ["dog", " dog ", "cat "])
    for cell, meant in [
        ("dog", "dog"), (" dog ", " dog "), ("dog  ", "dog"), ("cat", "cat "), ("\tcat  ", "cat "),
    ]:  # fmt: skip
        assert form.target({"answer": cell}, "here") == meant
    with pytest.raises(DataError, match="no class 'Dog'"):
        form.target({"answer": " Dog"}, "here")


def test_a_sheet_that_is_there_stays_as_it_is(run: nw.Run, tmp_path: Path) -> None:
    path = tmp_path / "there.csv"
    path.write_text("mine")
    with pytest.raises(DataError, match="may hold answers"):
        write_sheet(run, path)
    assert path.read_text() == "mine"


def test_two_sheets_of_other_examples_say_that_nothing_is_known_between_them(
    run: nw.Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dev, paths = run.record.examples("dev", run.system), []
    for at, name in enumerate(("one", "other")):
        rows = "".join(f"{dev.ids[row]},{dev.targets[row]}\n" for row in range(at, 8, 2))
        paths.append(tmp_path / f"{name}.csv")
        paths[-1].write_text(f"ID,Answer\n{rows}")  # as spreadsheets write headers
    store = str(run.record.path.parent)
    main(["human", run.id, "--labels", str(paths[0]), "--labels", str(paths[1]), "--store", store])
    said = capsys.readouterr().out
    assert "one and other told no example in common: how far they agree is not known" in said


def test_a_name_is_of_one_sheet(run: nw.Run, tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    dev = run.record.examples("dev", run.system)
    both = [tmp_path / "a.csv", tmp_path / "b" / "a.csv"]
    for path in both:
        path.write_text(f"id,answer\n{dev.ids[0]},setosa\n")
    with pytest.raises(DataError, match=r"called 'a'.*with another --name, or rename a file"):
        people(run, both)
    with pytest.raises(DataError, match="--name she names one sheet, and there are 2"):
        people(run, both, name="she")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1,2\n", "names a, b: expected id or source, and answer"),
        ("", "names nothing"),
        ("id,answer\nnone,setosa\n", "line 2: 'none' is no dev example"),
        ("source,answer\nSOURCE,setosaa\n", "line 2: no class 'setosaa'; did you mean 'setosa'"),
        ("source,answer\nSOURCE,\n", "no example is answered: fill in answer"),
        ("source,answer\nSOURCE,setosa\nSOURCE,virginica\n", "line 3: .* answered twice"),
    ],
)
def test_a_sheet_that_cannot_be_read_is_refused(
    run: nw.Run, tmp_path: Path, text: str, message: str
) -> None:
    source = run.record.examples("dev", run.system).sources[0]
    path = tmp_path / "sheet.csv"
    path.write_text(text.replace("SOURCE", source))
    with pytest.raises(DataError, match=message):
        people(run, [path])


def test_who_cannot_tell_is_counted_as_the_baseline(run: nw.Run, tmp_path: Path) -> None:
    dev = run.record.examples("dev", run.system)
    write_sheet(run, tmp_path / "some.csv", examples=20)
    path = filled(tmp_path / "some.csv", lambda at, truth: "?" if at < 5 else truth, dev)
    found = people(run, [path])
    with path.open(newline="") as file:
        rows = [dev.ids.index(row["id"].removeprefix("id-")) for row in csv.DictReader(file)]
    train = run.record.examples("train", run.system)
    usual = run.system.baseline(train)(dev[0]).label
    wrong = sum(dev.targets[row] != usual for row in rows[:5])
    assert (found.levels[0].figure, found.levels[0].n) == (wrong / 20, 20)
    assert found.unsure == {"some": 5}
    assert [(one.n, one.figure.value) for one in found.agreements] == [(15, 0.0)]


@pytest.mark.parametrize(("told", "message"), [(0, "could tell none of 20"), (9, "tell 9 of 20")])
def test_who_could_tell_too_few_is_not_measured(
    run: nw.Run, tmp_path: Path, told: int, message: str
) -> None:
    dev, before = run.record.examples("dev", run.system), run.info["human_error"]
    write_sheet(run, tmp_path / "some.csv", examples=20)
    path = filled(tmp_path / "some.csv", lambda at, truth: truth if at < told else "?", dev)
    with pytest.raises(DataError, match=message):
        people(run, [path])
    session = HumanSession.of(run, who=f"told {told}", examples=20)
    for at in range(20):
        session.answer(at, {"answer": "setosa"} if at < told else None)
    with pytest.raises(DataError, match=message):
        session.end()
    assert not session.is_over  # they may go on
    assert run.info["human_error"] == before


def test_of_equal_examples_each_has_its_own_answer(run: nw.Run) -> None:
    dev = run.record.examples("dev", run.system)
    twins = replace(dev, ids=["same"] * len(dev))
    text = "id,source,answer\n" + "".join(f"same,{source},setosa\n" for source in dev.sources)
    path = run.record.path / "twins.csv"
    path.write_text(text)
    assert len(sheets.read(path, run.system, twins, ["setosa"]).rows) == len(dev)


def test_targets_with_parts_have_a_column_each(tmp_path: Path) -> None:
    chosen = small_runs.SYSTEMS["multi_regressor"]
    examples = chosen.sample(30, 0)
    names = list(examples.targets[0])
    sheets.write(tmp_path / "empty.csv", chosen, examples, range(3))
    assert (tmp_path / "empty.csv").read_text().startswith(f"id,file,{','.join(names)},example")
    cells = ["1.5", *[""] * (len(names) - 1)]
    path = tmp_path / "said.csv"
    path.write_text(f"source,{','.join(names)}\n{examples.sources[4]},{','.join(cells)}\n")
    said = sheets.read(path, chosen, examples, [])
    assert (said.rows, said.targets) == ((4,), ({names[0]: 1.5},))
    path.write_text(
        f"source,{','.join(names)}\n{examples.sources[4]},{','.join(['x'] * len(names))}\n"
    )
    with pytest.raises(DataError, match=f"line 2, column '{names[0]}': 'x' is no number"):
        sheets.read(path, chosen, examples, [])


def test_boxes_are_answered_as_json(tmp_path: Path) -> None:
    chosen = small_runs.SYSTEMS["localizer"]
    examples = chosen.sample(10, 0)
    sheets.write(tmp_path / "empty.csv", chosen, examples, [1])
    path = tmp_path / "said.csv"
    for text, boxes in (("[]", 0), ('[{"x0": 1, "y0": 2, "x1": 3, "y1": 4}]', 1)):
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([["source", "answer"], [examples.sources[1], text]])
        said = sheets.read(path, chosen, examples, [])
        assert len(said.targets[0]) == boxes
    path.write_text(f"source,answer\n{examples.sources[1]},somewhere\n")
    with pytest.raises(DataError, match=r"line 2: 'somewhere' is no answer .* such as .*x0"):
        sheets.read(path, chosen, examples, [])


def test_a_system_at_which_people_are_not_measured_says_so(run: nw.Run, tmp_path: Path) -> None:
    class Other(nw.Run):
        system = replace(run.system, certain=None)

    with pytest.raises(RunError, match="people are not measured"):
        write_sheet(Other(run.record), tmp_path / "sheet.csv")


def test_classes_have_numbers_in_the_terminal(
    run: nw.Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("2\n9\nvirg\nq\n"))
    store = str(run.record.path.parent)
    main(["human", run.id, "--by", "ben", "--terminal", "--store", store])
    err = capsys.readouterr().err
    assert "Type one of: 1 setosa, 2 versicolor, 3 virginica." in err
    assert "no class '9'" in err
    typed = HumanSession.of(run, who="ben").typed
    assert typed == {0: {"answer": "versicolor"}, 1: {"answer": "virginica"}}


def test_on_the_command_line(
    run: nw.Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, store = tmp_path / "her.csv", str(run.record.path.parent)
    main(["human", run.id, "--sheet", str(path), "--examples", "10", "--store", store])
    assert f"netwright human {run.id} --labels" in capsys.readouterr().out
    filled(path, lambda at, truth: truth, run.record.examples("dev", run.system))
    main(["human", run.id, "--labels", str(path), "--name", "she", "--store", store])
    assert (
        "she: error 0.0% (0.0-27.8) on 10 examples; kept as a human level"
        in capsys.readouterr().out
    )
    for words in (["--sheet", "a", "--labels", "b"], ["--terminal", "--sheet", "a"]):
        with pytest.raises(SystemExit):
            main(["human", run.id, *words, "--store", store])
        assert "exclude each other" in capsys.readouterr().err


def test_measured_levels_that_count_no_more_are_named_with_what_brings_them_back(
    tmp_path: Path,
) -> None:
    run = nw.train("iris", model="linear", epochs=1, set={"training.threads": 1}, store=tmp_path)
    run.diagnose({"o'brien": "2%/50", "typical": "5%"})
    with pytest.warns(NetwrightWarning, match="o'brien.*give them beside others: ") as caught:
        run.diagnose(0.01)
    printed = shlex.split(str(caught[0].message).partition("beside others: ")[2])
    assert printed == ["--human-error", "o'brien=0.02/50"]
    assert len(caught) == 1 and "typical" not in str(caught[0].message)
    run.diagnose(0.02)  # one that was never measured is replaced as it was given
