"""Answers of any kind: kept whole and read back equal, reported, printed, measured.

And no target of the sealed test split stands in clear in what a training writes.
"""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import click
import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import netwright as nw
import small_runs
import toy_answers
from netwright import systems
from netwright.api import answering
from netwright.api.answering import AnsweredInput
from netwright.api.judged import views
from netwright.api.run import Run
from netwright.base import figures
from netwright.base.errors import DataError, RunError, UnreadableError
from netwright.base.measure import Measure
from netwright.cli.text import answers as printed
from netwright.cli.text import data as data_text
from netwright.cli.text.diagnosis import diagnosis_text
from netwright.cli.text.runs import run_text
from netwright.contract import AnswerColumns, AnySystem, Examples
from netwright.data.describe import describe
from netwright.data.images.sheets import examples as sheet
from netwright.data.images.sheets import rows as sheet_rows
from netwright.report import html_page
from netwright.runs.answers import mistakes, predictions
from netwright.runs.record import Record
from netwright.training import trainer

FIXTURES = Path(__file__).parent / "fixtures" / "runs_0_1" / "runs"


@dataclass(frozen=True)
class Tagged:
    """A tag for each word."""

    tags: tuple[str, ...]


@dataclass(frozen=True)
class Box:
    """A box, or none."""

    corners: tuple[float, float, float, float] | None
    sure: float


@dataclass(frozen=True)
class Text:
    """A text, with fields named as our own columns are."""

    text: str
    source: list[int]
    wrong: bool | None
    answer: str | None


@dataclass(frozen=True)
class Labelled:
    """A label with probabilities."""

    label: str
    probability: float
    probabilities: dict[str, float]


@dataclass(frozen=True)
class Nested:
    """Whatever may lie in each other."""

    boxes: list[Box]
    notes: dict[str, list[int | None]]
    best: Box | None
    pair: tuple[int, tuple[str, ...]] | None


NUMBER = st.floats(allow_nan=False)
WORD = st.text(max_size=8)
BOX = st.builds(Box, st.none() | st.tuples(*[NUMBER] * 4), NUMBER)
ANSWERS: dict[type[Any], st.SearchStrategy[Any]] = {
    Tagged: st.builds(Tagged, st.lists(WORD).map(tuple)),
    Box: BOX,
    Text: st.builds(
        Text, WORD, st.lists(st.integers()), st.none() | st.booleans(), st.none() | WORD
    ),
    Labelled: st.builds(Labelled, WORD, NUMBER, st.dictionaries(WORD, NUMBER, max_size=4)),
    Nested: st.builds(
        Nested,
        st.lists(BOX, max_size=3),
        st.dictionaries(WORD, st.lists(st.none() | st.integers(), max_size=3), max_size=3),
        st.none() | BOX,
        st.none() | st.tuples(st.integers(), st.lists(WORD, max_size=3).map(tuple)),
    ),
}
PLAIN = st.none() | st.booleans() | st.integers() | NUMBER | WORD
TARGETS = st.one_of(
    *(st.lists(kind, max_size=6) for kind in (WORD, st.integers(), NUMBER, st.booleans())),
    st.lists(
        st.recursive(
            PLAIN,
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORD, inner, max_size=3),
            max_leaves=6,
        ),
        max_size=6,
    ),
    st.lists(st.fixed_dictionaries({"x": NUMBER, "y": NUMBER}), max_size=6),
)
BASE = toy_answers.SYSTEMS["sentences"]


def examples_of(targets: list[Any]) -> Examples:
    names = [str(at) for at in range(len(targets))]
    return Examples([None] * len(targets), targets, names, names)


def written(
    folder: Path, answer: type[Any], answers: Any, targets: list[Any] | None = None
) -> predictions.Predictions:
    """Read back from a file."""
    path = folder / "dev.parquet"
    system = dataclasses.replace(BASE, answer=answer)
    held = examples_of([None] * len(answers) if targets is None else targets)
    predictions.write(path, system, held, answers, [0.5] * len(answers))
    return predictions.read(path)


def back(found: predictions.Predictions, answer: type[Any]) -> list[Any]:
    return found.answers(dataclasses.replace(BASE, answer=answer))


# --- kept whole


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda kind: kind.__name__)
def test_answers_are_read_back_as_they_were_given(
    answer: type[Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("answers")

    @given(st.lists(ANSWERS[answer], max_size=6))
    def check(answers: list[Any]) -> None:
        found = back(written(folder, answer, answers), answer)
        assert found == answers and list(map(repr, found)) == list(map(repr, answers))

    check()


def test_targets_of_any_plain_kind_are_read_back(
    new_folder: Callable[[], Path],
) -> None:
    folder = new_folder()

    @given(TARGETS)
    def check(targets: list[Any]) -> None:
        answers = [Tagged(())] * len(targets)
        assert written(folder, Tagged, answers, targets).values("truth") == targets

    check()


@dataclass(frozen=True)
class Mapped:
    """Arrays of numbers."""

    of_one_shape: np.ndarray[Any, Any]
    of_many: np.ndarray[Any, Any] | None


@pytest.mark.parametrize("kind", ["float32", "float64", "uint8", "int64", "bool"])
def test_arrays_come_back_with_shape_and_type(tmp_path: Path, kind: str) -> None:
    rng = np.random.default_rng(0)
    many = [(rng.random((2, n)) * 9).astype(kind) if n != 1 else None for n in range(4)]
    answers = [Mapped((rng.random((2, 3)) * 9).astype(kind), array) for array in many]
    for answer, found in zip(
        answers, back(written(tmp_path, Mapped, answers), Mapped), strict=True
    ):
        for one, other in zip(dataclasses.astuple(answer), dataclasses.astuple(found), strict=True):
            assert (one is None) == (other is None)
            if one is not None:
                assert one.dtype == other.dtype and np.array_equal(one, other)
                assert one.shape == other.shape


def test_columns_are_written_as_the_answers_that_they_hold(tmp_path: Path) -> None:
    classes, rows = ("cat", "dog"), np.array([[0.25, 0.75], [0.5, 0.5]], np.float32)
    columns = AnswerColumns(
        lambda label, p, row: Labelled(
            label, float(p), dict(zip(classes, row.tolist(), strict=True))
        ),
        {"label": ["dog", "cat"], "probability": rows.max(axis=1), "probabilities": rows},
        keys={"probabilities": classes},
    )
    found = written(tmp_path, Labelled, columns)
    assert back(found, Labelled) == list(columns)
    assert found.frame["probabilities"].dtype == pl.List(pl.Float32), "no key a row"
    # columns that are not the answer's fields: the answers are built
    other = AnswerColumns(lambda text: Tagged(tuple(text)), {"text": ["ab", ""]})
    assert back(written(tmp_path, Tagged, other), Tagged) == [Tagged(("a", "b")), Tagged(())]


def test_a_system_says_what_is_a_label_what_is_wrong_and_how_probable(tmp_path: Path) -> None:
    classifier = systems.load("classifier")
    answers = [
        classifier.answer("cat", 0.75, {"cat": 0.75, "dog": 0.25}),
        classifier.answer("dog", 0.5, {"cat": 0.5, "dog": 0.5}),
        classifier.answer("dog", 1.0, {"cat": 0.0, "dog": 1.0}),
    ]
    path = tmp_path / "dev.parquet"
    predictions.write(path, classifier, examples_of(["cat", "cat", None]), answers, [0.1, 0.7, 0.0])
    found = predictions.read(path)
    judged = found.frame.select("label", "answered", "stated", "wrong").rows()
    assert judged == [
        ("cat", "cat", 0.75, False),
        ("cat", "dog", 0.5, True),
        (None, "dog", 1.0, None),
    ]
    assert found.worst(9) == [1]
    # of sentences nobody says that they are classes: the largest loss is the worst
    plain = written(tmp_path, Tagged, [Tagged(("a",)), Tagged(("b",))], ["a", "b"])
    assert (
        plain.frame.select("label", "answered", "stated", "wrong").null_count().row(0) == (2,) * 4
    )
    assert plain.worst(9) == [0, 1]


def test_answers_of_an_earlier_release_open_in_part(tmp_path: Path) -> None:
    old = next(FIXTURES.glob("*/predictions/dev.parquet"))
    record = Record(old.parent.parent)
    found = record.read_predictions("dev")
    assert not found.forms and len(record.predictions("dev"))
    with pytest.raises(RunError, match=r"dev\.parquet cannot be read \(it does not hold all of"):
        record.answers("dev", systems.load("classifier"))


@pytest.mark.parametrize(
    ("meant", "refusal"),
    [
        ('{"answer": {"kind": "pickle"}}', "kind"),
        ("[1]", "a mapping"),
        ('{"answer": {"kind": "array", "dtype": "O", "shape": [1]}}', "its column 'answer'"),
        ('{"answer": {"kind": "json"}}', "its column 'answer'"),
        ('{"answer": {"kind": "mapping", "keys": ["a"]}}', "its column 'answer'"),
        ('{"other": {"kind": "plain"}}', "its column 'other' is missing"),
    ],
)
def test_a_changed_file_of_answers_is_one_sentence(
    tmp_path: Path, meant: str, refusal: str
) -> None:
    path = tmp_path / "dev.parquet"
    frame = pl.DataFrame({"source": ["s"], "truth": ["t"], "answer": ["{"], "loss": [1.0]})
    frame.write_parquet(path, metadata={predictions.KEY: meant})
    with pytest.raises(UnreadableError, match=refusal):
        predictions.read(path).values("answer")
    for column in ("wrong", "loss"):
        changed = frame.with_columns(pl.lit("no").alias(column))
        changed.write_parquet(path, metadata={predictions.KEY: '{"answer": {"kind": "plain"}}'})
        with pytest.raises(UnreadableError, match=f"its column '{column}'"):
            predictions.read(path)


# --- each toy through everything


@pytest.fixture(params=toy_answers.SYSTEMS, scope="module")
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def system(kind: str) -> AnySystem:
    return toy_answers.SYSTEMS[kind]


@pytest.fixture(scope="module")
def examples(system: AnySystem) -> Examples:
    return system.sample(160, 0)


@pytest.fixture(scope="module")
def run(
    system: AnySystem, examples: Examples, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Run]:
    """A complete run of a toy, diagnosed and reported."""
    store = tmp_path_factory.mktemp("runs")
    recipe = system.recipe().changed({"training.precision": "float32", "training.threads": 1})
    made = small_runs.fitted(trainer.prepare(system, small_runs.reading(examples), recipe, store))
    opened = Run(made.record)
    opened.__dict__["system"] = system
    mistakes.keep(made.record, system, made.setup.dev)
    views.make(opened, made.setup.dev)
    opened.diagnose()
    yield opened
    shutil.rmtree(store)


class Page(HTMLParser):
    """The text of a page, and that of each section."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.sections: dict[str, str] = {}
        self.at = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "section":
            self.at = str(dict(attrs)["id"])

    def handle_data(self, data: str) -> None:
        self.sections[self.at] = self.sections.get(self.at, "") + data


def test_the_answers_of_a_run_are_read_back(run: Run, system: AnySystem) -> None:
    found = run.record.answers("dev", system)
    again = run._answerer()(system.sample(160, 0)).answers
    known = {repr(answer) for answer in again}
    assert found and {repr(answer) for answer in found} <= known
    assert all(isinstance(answer, system.answer) for answer in found)


def test_the_report_makes_sense(run: Run, kind: str) -> None:
    html = html_page.render(run.files)
    page = Page(html).sections
    assert "Confusion matrix" not in html and "Class by class" not in html
    assert "Balance" not in page["data"]
    assert "cannot be made" not in html and "do not hold" not in html
    assert 'class="missing"' not in html
    assert "Some answers, evenly spread over dev" in page["answers"]
    assert f"{kind}[" in page["answers"] and f"{kind}[" in page["mistakes"]
    assert {"sentences": " then ", "boxes": "none", "numbers": "[0."}[kind] in page["answers"]
    assert ("four numbers from" in page["mistakes"]) == (kind == "boxes")
    printed_name = {"sentences": "word error", "boxes": "boxes missed", "numbers": "mean distance"}
    assert printed_name[kind] in html


def test_the_worst_examples_are_wrong_where_that_is_known(run: Run, kind: str) -> None:
    found = run.record.read_predictions("dev")
    rows = found.worst(100)
    losses = found.frame["loss"].to_list()
    assert [losses[row] for row in rows] == sorted((losses[row] for row in rows), reverse=True)
    if kind == "boxes":
        assert set(rows) == {row for row, off in enumerate(found.frame["wrong"].to_list()) if off}
    else:
        assert len(rows) == len(losses)


def test_no_finding_and_no_advice_takes_them_for_classes_or_images(run: Run) -> None:
    codes = {finding["code"] for finding in run.files.data["findings"]}
    assert not codes & {"NW205", "NW206", "NW207", "NW208", "NW217"}
    text = diagnosis_text(run.diagnose())
    assert "class" not in text.replace("classif", "")


def test_no_target_of_the_test_split_is_in_clear(run: Run, examples: Examples) -> None:
    data = run.files.data
    assert data["classes"] is None and "targets" not in data
    sealed, known = set(), set()
    for target, split in zip(examples.targets, run.record.splits(), strict=True):
        (sealed if split == "test" else known).add(json.dumps(target))
    assert sealed - known
    for path in run.record.path.rglob("*"):
        if path.suffix in (".json", ".jsonl", ".csv", ".yaml", ".html"):
            held = path.read_text(encoding="utf-8")
            assert not [target for target in sealed - known if target in held], path.name


def test_answers_are_printed_in_every_form(run: Run, system: AnySystem, examples: Examples) -> None:
    answers = run._answerer()(examples.take(range(5))).answers
    rows = list(map(AnsweredInput, examples.sources[:5], answers))
    lines = click.unstyle(printed.table(system, rows)).splitlines()
    assert len(lines) == 6 and max(map(len, lines)) < 200
    heads = ["source", *(part.name for part in dataclasses.fields(system.answer))]
    assert lines[0].split() == heads
    whole = json.loads(json.dumps([printed.as_json(row) for row in rows], allow_nan=False))
    assert [list(row) for row in whole] == [heads] * 5
    flat = [printed.as_csv(system, row) for row in rows]
    out = io.StringIO()
    writer = csv.DictWriter(out, list(flat[0]))
    writer.writeheader()
    writer.writerows(flat)
    read = list(csv.DictReader(io.StringIO(out.getvalue())))
    for row, line in zip(whole, read, strict=True):
        for name, value in row.items():
            if isinstance(value, list | dict):
                assert json.loads(line[name]) == value
            else:
                assert line[name] == ("" if value is None else str(value))


def test_it_is_measured_on_other_data(
    run: Run, system: AnySystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = small_runs.reading(system.sample(40, 1))
    monkeypatch.setattr(answering, "read", lambda source, recipe, before=None: other)
    found = run.evaluate("elsewhere")
    (name,) = (metric.name for metric in system.metrics)
    assert found[name]["n"] == 40 and 0 <= found[name]["value"] < 2


def test_it_is_described_without_classes(system: AnySystem, examples: Examples) -> None:
    for known in (system.takes, None):
        found = describe(small_runs.reading(examples), known)
        assert not (found.classes or found.target or found.images or found.columns)
        assert not found.findings and found.duplicates.near is None
        text = "\n".join(data_text.parts(found))
        assert "160 examples: 96 train, 32 dev, 32 test" in text and "class" not in text


def test_the_line_of_progress_and_the_result_say_the_same_figure(
    run: Run, system: AnySystem, capsys: pytest.CaptureFixture[str]
) -> None:
    from netwright.cli import progress
    from netwright.training.trainer import Progress

    metric = system.metrics[0]
    dev = run.record.measures()["dev"][metric.name]
    now = Progress(1, 1, 5, 5, 0.5, 1.0, {"loss": 0.1, metric.name: dev.value}, None, metric)
    with progress.progress() as watch:
        watch(now)
    line = capsys.readouterr().err
    alone = figures.figure(
        metric.name, Measure(dev.value, dev.n, unit=dev.unit, title=metric.title)
    )
    assert f"  dev {alone}  " in line
    named = alone.rpartition(" ")[0] if metric.unit == "fraction" else "mean distance"
    assert named in run_text(run.files)


# --- shown


def test_a_sheet_shows_what_the_system_can_show(tmp_path: Path) -> None:
    boxes, sentences = toy_answers.SYSTEMS["boxes"], toy_answers.SYSTEMS["sentences"]
    sheet.draw(boxes.sample(40, 0), boxes.takes, tmp_path / "texts.png")
    with Image.open(tmp_path / "texts.png") as drawn:
        cells = np.asarray(drawn.convert("L"))
    lines = (cells[:, sheet_rows.LABEL :] < 128).any(axis=1)
    assert np.count_nonzero(np.diff(lines.astype(int)) == 1) >= sheet_rows.LINES
    for system in (sentences.takes, None):
        with pytest.raises(DataError, match="draws images and texts, and these examples are nei"):
            sheet.draw(sentences.sample(9, 0), system, tmp_path / "none.png")
    classifier = systems.load("classifier")
    images = classifier.sample(30, 0)
    sheet.draw(images, classifier.takes, tmp_path / "classes.png")
    with Image.open(tmp_path / "classes.png") as three:
        assert 3 * sheet_rows.CELL < three.height < 4 * sheet_rows.CELL


def test_the_worst_images_of_a_regressor_are_kept_as_pictures(tmp_path: Path) -> None:
    images = systems.load("classifier").sample(60, 0)
    numbers = [float(pixels.mean()) for pixels in images.inputs]
    run = nw.train((images.inputs, numbers), epochs=1, store=tmp_path, set={"model.name": "mlp"})
    worst = json.loads((run.record.path / "pictures" / "worst.json").read_text())
    losses = [entry["loss"] for entry in worst]
    assert len(worst) == 12 and losses == sorted(losses, reverse=True)
    assert all((run.record.path / "pictures" / entry["file"]).is_file() for entry in worst)
    page = Page(run.report.read_text(encoding="utf-8"))
    assert worst[0]["source"] in page.sections["mistakes"]


@given(st.lists(st.floats(-1e4, 1e4), min_size=2, max_size=40), st.integers(25, 80))
def test_a_list_that_is_cut_shows_whole_numbers_or_none(numbers: list[float], most: int) -> None:
    """Two halves of numbers with an ellipsis between them would read as one number."""
    words = [figures.readable(number, 6) for number in numbers]
    for text in (figures.value(numbers, most, digits=6), figures.shorten("  ".join(words), most)):
        assert len(text) <= most
        shown = text.strip("[]").replace("…", " ").replace(", ", " ").split()
        assert set(shown) <= set(words)
        assert not re.search(r"\d…\d", text)
