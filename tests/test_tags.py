"""The systems of several targets, tags and multi_regressor: what they read, learn, refuse."""

from __future__ import annotations

import dataclasses
import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import sklearn.datasets
import sklearn.metrics as sk
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import netwright as nw
import small_runs
from netwright.api.answering import AnsweredInput
from netwright.api.reading import read_to_learn
from netwright.base.errors import DataError
from netwright.cli.main import main
from netwright.cli.text import answers as printed
from netwright.contract import Contents, Examples, Metric, ReadOptions
from netwright.data import splits
from netwright.data.several_targets.columns import TargetColumns, as_array
from netwright.data.several_targets.names import in_a_line, named_columns
from netwright.data.sources import image_tables, looking
from netwright.metrics.measure import measure
from netwright.recipe import Recipe
from netwright.runs.project import Project
from netwright.systems.multi_regressor.codec import Predicted
from netwright.systems.multi_regressor.metrics import RELATIVE_RMSE, of_target
from netwright.systems.multi_regressor.system import SYSTEM as NUMBERS
from netwright.systems.tags.codec import Tags
from netwright.systems.tags.metrics import (
    FALSE,
    FOUND,
    MACRO_F1,
    MEAN_AVERAGE_PRECISION,
    MISSED,
    NO_NO,
    SUBSET_ACCURACY,
    average_precision,
    f1_interval,
    of_tag,
)
from netwright.systems.tags.takes import by_rarest
from netwright.systems.tags.thresholds import best_threshold
from netwright.training.recording import opening

pytestmark = pytest.mark.usefixtures("no_pictures")

ROOT = Path(__file__).parents[1]
QUICK = {"training.precision": "float32", "training.layout": "contiguous", "training.threads": 1}
NAN = math.nan


def table(path: Path, lines: list[str]) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def learned(source: Any, target: str | None = None, task: str = "auto") -> tuple[str, Any]:
    """(system, targets of the examples)."""
    system, reading = read_to_learn(source, Recipe.of({"data": {"target": target, "task": task}}))
    return system.name, reading.examples.targets


# --- names


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), min_size=1)))
def test_names_in_a_line_are_read_back(names: list[str]) -> None:
    names = list(dict.fromkeys(stripped for name in names if (stripped := name.strip())))
    if len(names) < 2:
        return
    line = in_a_line(names)
    if line not in names:
        assert list(named_columns(line, names)) == names


def test_a_column_of_that_very_name_goes_first() -> None:
    assert named_columns("a,b", ["a,b", "a", "b"]) == ("a,b",)
    assert named_columns('a, "b, c"', ["a", "b, c"]) == ("a", "b, c")
    assert named_columns("a", ["b"]) == ("a",) and named_columns(None, ["b"]) == ()
    with pytest.raises(DataError, match=r"data.target = 'a,b,a' names 'a' twice"):
        named_columns("a,b,a", ["a", "b"])
    assert in_a_line("a,b") == "a,b" and in_a_line(["a, b"]) == "a, b" and in_a_line(None) is None


# --- what is read

ROWS = ["x,wet,warm", "1,yes,1", "2,No,?", "3,TRUE,0", "4,false,", "5,,", "6,?,1", "7,0,0"]
HELD = [[1, 1], [0, NAN], [1, 0], [0, NAN], [NAN, 1], [0, 0]]


@pytest.mark.parametrize("kind", ["csv", "tsv", "parquet", "frame"])
def test_yes_and_no_in_every_spelling_and_what_is_unknown(tmp_path: Path, kind: str) -> None:
    lines = [line.replace(",", "\t") for line in ROWS] if kind == "tsv" else ROWS
    source: Any = table(tmp_path / f"t.{'tsv' if kind == 'tsv' else 'csv'}", lines)
    if kind in ("parquet", "frame"):
        source = pl.read_csv(source, null_values=["", "?"])
    if kind == "parquet":
        source.write_parquet(tmp_path / "t.parquet")
        source = tmp_path / "t.parquet"
    system, targets = learned(source, "wet,warm")
    assert system == "tags" and targets.names == ("wet", "warm")
    np.testing.assert_array_equal(targets.held, HELD)  # the row without any is left out
    assert targets[1] == {"wet": False, "warm": None} and targets[0] == {"wet": True, "warm": True}


def test_rows_without_a_target_are_counted(tmp_path: Path) -> None:
    recipe = Recipe.of({"data": {"target": "wet,warm"}})
    _, reading = read_to_learn(table(tmp_path / "t.csv", ROWS), recipe)
    (finding,) = (found for found in reading.findings if found.code == "NW214")
    assert finding.message == "1 of 7 rows have none of the targets and are left out."
    assert "2 tags, yes or no: wet (2 of 5 known), warm (2 of 4 known)" in reading.notes
    assert reading.examples.sources[-1] == "t.csv:8"


@pytest.mark.parametrize(
    ("y", "system", "held"),
    [
        ([[1, 0], [1, 1], [0, NAN], [0, 0]], "tags", None),
        ([[True, True], [True, False], [False, False], [False, True]], "tags", None),
        ({"a": [1, None, 0, 1], "b": ["yes", "no", "no", "?"]}, None, None),
        ({"a": [1, None, 0, 1], "b": ["yes", "no", "no", None]}, "tags", [[1, 1], [NAN, 0]]),
        ([[1.5, 3], [2, NAN], [0, 1], [0, 0]], "multi_regressor", None),
        ([[1, 0], [0, 1], [1, 0], [0, 1]], "classifier", None),
    ],
)
def test_targets_in_memory(y: Any, system: str | None, held: Any) -> None:
    x = np.arange(8.0).reshape(4, 2)
    if system is None:
        with pytest.raises(DataError, match=r"y\[3\]: 'b' is '\?': expected yes or no, true or"):
            learned((x, y))
        return
    for form in (y, np.array(y)) if isinstance(y, list) else (y,):
        name, targets = learned((x, form))
        assert name == system
        if system != "classifier":
            expected = np.array(y if held is None else held, float)
            np.testing.assert_array_equal(targets.held[: len(expected)], expected)


def test_probabilities_of_classes_are_no_targets_unless_they_are_named() -> None:
    x, y = np.arange(4.0).reshape(2, 2), np.array([[0.2, 0.8], [0.5, 0.5]])
    with pytest.raises(DataError, match=r"one-hot labels .* several targets that do so are given"):
        learned((x, y))
    assert learned((x, {"a": y[:, 0], "b": y[:, 1]}))[0] == "multi_regressor"


def test_zeros_and_ones_are_numbers_where_that_is_asked_for(tmp_path: Path) -> None:
    path = table(
        tmp_path / "t.csv", ["x,a,b", *(f"{at},{at % 2},{at // 2 % 2}" for at in range(9))]
    )
    assert learned(path, "a,b")[0] == "tags"
    assert learned(path, "a,b", "regression")[0] == "multi_regressor"


@pytest.mark.parametrize(
    ("target", "task", "change", "message"),
    [
        (
            "a,b",
            "auto",
            "maybe",
            r"t.csv:4: 'a' is 'maybe': expected yes or no, true or false",
        ),
        ("a,n", "auto", "1", r"'a' is yes or no and 'n' holds numbers \(0.5 at t.csv:2\): name"),
        ("a,n", "classification", "1", r"t.csv:2: 'n' is '0.5': expected yes or no"),
        ("a,n", "regression", "few", r"t.csv:4: 'a' is 'few': expected a number, or \? or nothing"),
        ("a,fly", "auto", "1", r"t.csv has no target column 'fly'"),
        ("a,a", "auto", "1", r"names 'a' twice: leave one out"),
    ],
)
def test_what_cannot_be_a_target_is_one_sentence(
    tmp_path: Path, target: str, task: str, change: str, message: str
) -> None:
    rows = [f"{at},{change if at == 2 else at % 2},{at // 2 % 2},{at + 0.5}" for at in range(20)]
    path = table(tmp_path / "t.csv", ["x,a,b,n", *rows])
    with pytest.raises(DataError, match=message) as caught:
        learned(path, target, task)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("?", r"the target 'b' is unknown in each of the training examples: nothing to learn"),
        (
            "yes",
            r"the target 'b' is yes in each of the \d+ training examples where it is known: no",
        ),
    ],
)
def test_a_target_that_says_nothing_is_refused(tmp_path: Path, value: str, message: str) -> None:
    path = table(tmp_path / "t.csv", ["x,a,b", *(f"{at},{at % 2},{value}" for at in range(40))])
    with pytest.raises(DataError, match=message):
        nw.train(path, target="a,b", store=tmp_path / "runs")
    assert not list((tmp_path / "runs").glob("*/run.json"))


def test_two_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    path = table(tmp_path / "t.csv", ["x,a,a", "1,0,1", "2,1,0"])
    with pytest.raises(DataError, match="two columns called 'a'"):
        learned(path, "a,b")


# --- tables of images


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reader's own sample: forty images, two tags, one in five unknown."""
    folder = tmp_path_factory.mktemp("pictures")
    path, _ = image_tables.sample(folder)
    return path


@pytest.mark.parametrize("kind", ["csv", "tsv", "parquet"])
def test_a_table_of_images_in_every_format(pictures: Path, kind: str) -> None:
    frame, path = pl.read_csv(pictures, null_values="?"), pictures.with_suffix(f".{kind}")
    if kind == "parquet":
        frame.write_parquet(path)
    elif kind == "tsv":
        frame.write_csv(path, separator="\t")
    system, reading = read_to_learn(path, Recipe())
    assert system.name == "tags" and len(reading.examples) == 40
    targets: Any = reading.examples.targets
    expected = frame.select("light above", "light below").cast(pl.Float64).fill_null(NAN)
    np.testing.assert_array_equal(targets.held, expected.to_numpy())
    bright = [image[:4].mean() > 120 for image in (reading.examples.inputs[at] for at in range(40))]
    assert bright == frame["light above"].cast(pl.Boolean).to_list()


def test_a_class_or_a_number_of_a_table_of_images_is_learned_too(pictures: Path) -> None:
    frame = pl.read_csv(pictures, null_values="?").with_columns(
        kind=pl.Series(["cat", "dog"] * 20), age=pl.Series(np.linspace(0, 3.5, 40))
    )
    path = pictures.with_name("more.csv")
    frame.write_csv(path)
    assert learned(path, "kind")[0] == "classifier" and learned(path, "age")[0] == "regressor"
    with pytest.raises(DataError, match=r"more.csv:2: 'kind' is 'cat': expected yes or no"):
        learned(path, "kind,light above")


def test_a_table_of_names_that_lie_nowhere_is_a_table(tmp_path: Path) -> None:
    path = table(tmp_path / "t.csv", ["f,y", *(f"{at}.png,{'ab'[at % 2]}" for at in range(20))])
    _, reading = read_to_learn(path, Recipe.of({"data": {"target": "y"}}))
    assert reading.source.kind == "table"


@pytest.mark.parametrize("name", ["n" * 5000 + ".png", "a\0b.png", "../" * 900 + "x.png"])
def test_a_name_that_no_file_can_have_is_no_image(tmp_path: Path, name: str) -> None:
    path = table(tmp_path / "t.csv", ["f,y", *(f"{name},{at % 2}" for at in range(20))])
    assert image_tables.recognize(looking.look_at(path)) is None


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "images/nowhere.png,1,0",
            r"bad.csv:42: the image images/nowhere.png is not there; paths a",
        ),
        (",1,0", r"bad.csv:42 names no image in 'image'\."),
        ("tags.csv,1,0", r"1 of 41 files cannot be read: .*tags.csv"),
    ],
)
def test_an_image_that_is_not_there_is_one_sentence(
    pictures: Path, line: str, message: str
) -> None:
    path = pictures.with_name("bad.csv")
    path.write_text(pictures.read_text() + line + "\n")
    with pytest.raises(DataError, match=message):
        learned(path)


def test_groups_and_weights_of_a_table_of_images(pictures: Path) -> None:
    frame = pl.read_csv(pictures).with_columns(
        who=pl.Series([str(at // 4) for at in range(40)]), w=pl.Series([1.0, 3.0] * 20)
    )
    path = pictures.with_name("grouped.csv")
    frame.write_csv(path)
    _, reading = read_to_learn(path, Recipe.of({"data": {"group": "who", "weight": "w"}}))
    examples = reading.examples
    assert list(examples.groups or ()) == [str(at // 4) for at in range(40)]
    assert examples.weights is not None and list(examples.weights) == [1.0, 3.0] * 20
    assert examples.targets[0].keys() == {"light above", "light below"}


def test_every_way_in_and_out(
    pictures: Path, tmp_path: Path, capsys: Any, monkeypatch: Any
) -> None:
    monkeypatch.chdir(tmp_path)

    def out(*arguments: str) -> str:
        capsys.readouterr()
        main(list(arguments))
        return str(capsys.readouterr().out)

    source = str(pictures)
    assert "2 tags, yes or no: light above" in out("data", source, "--sheet", "sheet.png")
    assert (tmp_path / "sheet.png").read_bytes().startswith(b"\x89PNG")
    settings = [part for key, value in QUICK.items() for part in ("--set", f"{key}={value}")]
    trained = out("train", source, "--model", "linear", "--epochs", "8", *settings)
    assert re.search(r"light below +\d+ +\d", trained)
    images = [str(pictures.parent / "images" / f"{at:02}.png") for at in range(4)]
    rows = [json.loads(line) for line in out("predict", "last", *images, "--jsonl").splitlines()]
    run = nw.open("last")
    for row in rows:
        expected = [
            tag for tag, p in row["probabilities"].items() if p >= run.chosen["thresholds"][tag]
        ]
        assert row["tags"] == expected
    by_csv = out("predict", "last", *images, "--csv").splitlines()
    assert by_csv[0] == "source,tags,probabilities.light above,probabilities.light below"
    assert len(by_csv) == 5
    assert "light above" in out("predict", "last", *images)
    assert [row["tags"] for row in rows] == [
        answer["tags"] for answer in json.loads(out("predict", "last", source, "--json"))[:4]
    ]
    assert "macro F1" in out("evaluate", "last", source)
    assert "light below" in out("evaluate", "last", "--split", "test")
    assert "mean average precision" in out("runs")
    page = run.report.read_text()
    assert "Part by part" in page and "The tags on dev" in page
    out("search", source, "--trials", "2", "--rounds", "1", "--epochs", "1", "--model", "linear")


# --- what is learned


def test_an_unknown_tag_has_no_gradient_at_all(tmp_path: Path) -> None:
    made = small_runs.start("tags", tmp_path, {})
    setup, some = made.setup, made.setup.train.take(range(16))
    held = np.array(some.targets.held)  # type: ignore[attr-defined]
    net = setup.net.eval()

    def gradient(values: Any) -> tuple[torch.Tensor, list[torch.Tensor], torch.Tensor]:
        targets = TargetColumns(("high", "sum", "near"), values, are_tags=True)
        batch = setup.codec.encode(Examples(some.inputs, targets, some.ids, some.sources))
        outputs = net(*batch.inputs)
        loss = setup.system.loss(net, outputs, batch, setup.recipe, True)
        wanted = [outputs, *net.parameters()]
        own, *rest = torch.autograd.grad(loss.sum(), wanted)
        return own, rest, batch.count

    own, _, count = gradient(held)
    unknown = torch.from_numpy(np.isnan(held))
    assert unknown.any() and bool((own[unknown] == 0).all()) and bool((own[~unknown] != 0).all())
    assert count.tolist() == (~np.isnan(held)).sum(axis=1).tolist()
    # by hand: sigmoid - y where known
    outputs = net(*setup.codec.encode(some).inputs).detach()
    by_hand = torch.sigmoid(outputs) - torch.from_numpy(np.nan_to_num(held)).float()
    torch.testing.assert_close(own, by_hand.masked_fill(unknown, 0.0))


def test_tags_beat_their_baseline_and_a_pipeline_of_scikit_learn(tmp_path: Path) -> None:
    """A third of the labels is unknown; scikit-learn learns each tag from the rows that know it."""
    from sklearn.linear_model import LogisticRegression

    x, y = sklearn.datasets.make_multilabel_classification(
        900, n_features=12, n_classes=4, n_labels=2, random_state=3
    )
    rng = np.random.default_rng(0)
    known = np.where(rng.uniform(size=y.shape) < 1 / 3, NAN, y)
    names = [f"t{at}" for at in range(4)]
    train, test = slice(0, 600), slice(600, None)
    run = nw.train(
        (x[train], dict(zip(names, known[train].T, strict=True))),
        epochs=12,
        set=QUICK,
        store=tmp_path,
    )
    answers = run.predict(x[test])
    stated = np.array([[*answer.probabilities.values()] for answer in answers])
    ours = sk.average_precision_score(y[test], stated, average="macro")
    theirs = []
    for at in range(4):
        rows = ~np.isnan(known[train][:, at])
        model = LogisticRegression(max_iter=500).fit(x[train][rows], known[train][rows, at])
        theirs.append(
            sk.average_precision_score(y[test][:, at], model.predict_proba(x[test])[:, 1])
        )
    assert ours > y[test].mean(axis=0).mean() + 0.2
    assert ours > np.mean(theirs) - 0.03
    dev, baseline = run.measures["dev"]["mean_average_precision"], run.info["baseline"]
    assert dev["low"] > baseline + 0.1
    assert run.info["baseline"] == pytest.approx(np.nanmean(known[train]), abs=0.08)


def test_several_numbers_beat_their_means(tmp_path: Path) -> None:
    """Flavanoids and proline of wines, of which one third is unknown."""
    data, _ = sklearn.datasets.load_wine(return_X_y=True, as_frame=True)
    frame = pl.from_pandas(data) if hasattr(pl, "from_pandas") else pl.DataFrame(data)
    rng = np.random.default_rng(0)
    proline = [None if rng.uniform() < 1 / 3 else value for value in frame["proline"]]
    frame.with_columns(proline=pl.Series(proline)).write_csv(tmp_path / "w.csv")
    run = nw.train(
        tmp_path / "w.csv",
        target=["flavanoids", "proline"],
        epochs=40,
        set=QUICK,
        store=tmp_path / "runs",
    )
    dev = run.measures["dev"]
    assert dev["relative_rmse"]["high"] < run.info["baseline"] - 0.1
    assert dev["rmse.flavanoids"]["n"] > dev["rmse.proline"]["n"]
    assert dev["rmse.proline"]["unit"] == "" and dev["rmse.proline"]["of"] == "proline"
    assert run.predict(tmp_path / "w.csv")[0].values.keys() == {"flavanoids", "proline"}
    assert "Answers against truths: proline" in run.report.read_text()


def test_physical_exercise_of_twenty_men_is_too_little_and_no_error(tmp_path: Path) -> None:
    x, y = sklearn.datasets.load_linnerud(return_X_y=True)
    run = nw.train((x, y), epochs=5, set=QUICK, store=tmp_path)
    assert run.info["system"] == "multi_regressor" and len(run.predict(x)) == 20


# --- figures

truths = st.lists(st.tuples(*[st.sampled_from([True, False, None])] * 3), min_size=1, max_size=40)


def judged(rows: list[tuple[bool | None, ...]], seed: int) -> tuple[Examples, list[Tags]]:
    rng, names = np.random.default_rng(seed), ("a", "b", "c")
    stated = rng.integers(0, 6, (len(rows), 3)) / 5  # with ties
    answers = [
        Tags(
            tuple(n for n, p in zip(names, row, strict=True) if p >= 0.5),
            dict(zip(names, row.tolist(), strict=True)),
        )
        for row in stated
    ]
    ids = [str(at) for at in range(len(rows))]
    targets = [dict(zip(names, row, strict=True)) for row in rows]
    return Examples([None] * len(rows), targets, ids, ids), answers


def weighted_by(metric: Metric, added: list[Any], weights: Any) -> float:
    assert metric.weighted is not None
    return metric.weighted(added, weights.tolist())


def test_an_example_of_weight_0_counts_in_no_average_precision() -> None:
    """Also where it is the one that is surest of all."""
    stated, truth = np.array([0.9, 0.6, 0.3, 0.2]), np.array([1.0, 0.0, 1.0, 0.0])
    found = average_precision(stated, truth, np.array([0.0, 1.0, 2.0, 1.0]))
    assert found == pytest.approx(2 / 3)  # of 0.6, 0.3, 0.3, 0.2: both found at rank 3, 2 of 3
    assert average_precision(stated, truth, np.array([0.0, 1.0, 0.0, 1.0])) is None


@given(truths, st.integers(0, 1000))
@settings(max_examples=30)
def test_the_figures_of_tags_are_those_of_scikit_learn(
    rows: list[tuple[bool | None, ...]], seed: int
) -> None:
    examples, answers = judged(rows, seed)
    metrics = (MEAN_AVERAGE_PRECISION, MACRO_F1, SUBSET_ACCURACY)
    weights = np.random.default_rng(seed).integers(1, 4, len(rows)).astype(float)
    for weighed in (None, weights):
        values = {}
        for metric in metrics:
            added = list(map(metric.per_example, examples, answers))
            values[metric.name] = (
                metric.value(added) if weighed is None else weighted_by(metric, added, weighed)
            )
        precisions, scores = [], []
        for name in ("a", "b", "c"):
            known = [at for at, row in enumerate(rows) if examples.targets[at][name] is not None]
            truth = [bool(examples.targets[at][name]) for at in known]
            stated = [answers[at].probabilities[name] for at in known]
            on = [name in answers[at].tags for at in known]
            w = None if weighed is None else weighed[known]
            if any(truth):
                precisions.append(sk.average_precision_score(truth, stated, sample_weight=w))
            if any(truth) or any(on):
                scores.append(sk.f1_score(truth, on, sample_weight=w))
        assert values["mean_average_precision"] == pytest.approx(np.mean(precisions or [0.0]))
        assert values["macro_f1"] == pytest.approx(np.mean(scores or [0.0]))
        right = [
            all(yes is None or yes == (n in a.tags) for n, yes in e.target.items())
            for e, a in zip(examples, answers, strict=True)
        ]
        assert values["subset_accuracy"] == pytest.approx(np.average(right, weights=weighed))


def test_a_tags_figures_count_the_examples_where_it_is_known() -> None:
    rows = [(True,), (True,), (False,), (False,), (None,), (None,), (True,)]
    on = [1, 0, 1, 0, 1, 0, 1]
    ids = [str(at) for at in range(7)]
    targets = [{"a": row[0], "b": True} for row in rows]
    answers = [Tags(("a",) if yes else (), {"a": float(yes), "b": 0.0}) for yes in on]
    found = measure((MACRO_F1, *of_tag("a")), Examples([None] * 7, targets, ids, ids), answers)
    counts = {name: (one.value, one.n, one.of) for name, one in found.items()}
    assert counts["f1.a"] == (pytest.approx(4 / 6), 5, "a")
    assert counts["precision.a"] == (pytest.approx(2 / 3), 3, "a")
    assert counts["recall.a"] == (pytest.approx(2 / 3), 3, "a")
    never = [Tags((), {"a": 0.0, "b": 0.0})] * 7
    found = measure((MACRO_F1, *of_tag("a")), Examples([None] * 7, targets, ids, ids), never)
    assert "precision.a" not in found and found["recall.a"].value == 0


def test_the_interval_of_an_f1_holds_the_truth_as_often_as_it_says() -> None:
    rng, inside = np.random.default_rng(0), 0
    rates = {NO_NO: 0.6, MISSED: 0.08, FALSE: 0.07, FOUND: 0.25}
    truth = 2 * 0.25 / (2 * 0.25 + 0.15)
    for _ in range(2000):
        codes = rng.choice(list(rates), 80, p=list(rates.values()))
        low, high = f1_interval(codes.tolist())
        inside += low <= truth <= high
    assert 0.93 < inside / 2000 < 0.98
    low, high = f1_interval([FOUND] * 10)
    assert low < 0.9 and high == pytest.approx(1)
    assert f1_interval([NO_NO] * 9) == (0, 1)


@given(
    st.lists(
        st.tuples(st.integers(0, 9), st.sampled_from([1.0, 0.0, NAN]), st.integers(0, 3)),
        min_size=1,
        max_size=25,
    )
)
def test_no_threshold_is_better_than_the_best(rows: list[tuple[int, float, int]]) -> None:
    stated, truth, weights = (np.array(column, float) for column in zip(*rows, strict=True))
    stated /= 9
    known = ~np.isnan(truth) & (weights > 0)
    if not truth[known].any() or truth[known].all():
        assert best_threshold(stated, truth, weights) == 0.5
        return

    def score(threshold: float) -> float:
        on, true, many = stated[known] >= threshold, truth[known] == 1, weights[known]
        return float(2 * many[on & true].sum() / max(1e-9, many[on].sum() + many[true].sum()))

    best = max(score(at) for at in np.arange(0, 1, 1 / 18))
    assert score(best_threshold(stated, truth, weights)) == pytest.approx(best)


@given(st.integers(2, 30), st.integers(0, 1000))
@settings(max_examples=15)
def test_the_figures_of_several_numbers_are_those_of_scikit_learn(count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    held = rng.normal(size=(count, 2)) * [1, 100]
    held[rng.uniform(size=held.shape) < 0.2] = NAN
    given_ = np.nan_to_num(held) + rng.normal(size=held.shape)
    names, ids = ("a", "b"), [str(at) for at in range(count)]
    targets = TargetColumns(names, held, are_tags=False)
    kept = targets.known
    examples = Examples([None] * count, targets, ids, ids).take(kept)
    answers = [Predicted(dict(zip(names, row, strict=True))) for row in given_[kept].tolist()]
    metrics = (RELATIVE_RMSE, *of_target("a"), *of_target("b"))
    if not kept:
        return
    found = measure(metrics, examples, answers)
    relative = []
    for at, name in enumerate(names):
        rows = ~np.isnan(held[:, at])
        truth, given_here = held[rows, at], given_[rows, at]
        if rows.sum() > 1:
            relative.append(math.sqrt(max(0.0, 1 - sk.r2_score(truth, given_here))))
            assert found[f"r2.{name}"].value == pytest.approx(sk.r2_score(truth, given_here))
        if rows.any():
            mse = sk.mean_squared_error(truth, given_here)
            assert found[f"rmse.{name}"].value == pytest.approx(math.sqrt(mse))
            assert found[f"rmse.{name}"].n == rows.sum()
            mae = sk.mean_absolute_error(truth, given_here)
            assert found[f"mae.{name}"].value == pytest.approx(mae)
    assert found["relative_rmse"].value == pytest.approx(np.mean(relative or [1.0]))


# --- the rest


def test_splits_are_balanced_by_the_rarest_tag() -> None:
    targets = [{"a": True, "b": at < 3} for at in range(10)] + [{"a": False, "b": None}, None]
    assert by_rarest(targets) == ["b"] * 3 + ["a"] * 7 + ["", ""]


def test_targets_of_other_names_are_refused_and_missing_ones_unknown() -> None:
    found = as_array([{"a": True}, None, {"b": 2.5, "a": None}], ("a", "b"))
    np.testing.assert_array_equal(found, [[1, NAN], [NAN, NAN], [NAN, 2.5]])
    with pytest.raises(DataError, match=r"not trained on 'aa'; did you mean 'a'"):
        as_array([{"aa": True}], ("a", "b"))
    with pytest.raises(DataError, match=r"one target a row is named, and the model answers a, b:"):
        as_array([3.5], ("a", "b"))  # type: ignore[list-item]


@pytest.mark.parametrize("system", ["tags", "multi_regressor"])
def test_the_example_of_its_page_runs(system: str, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    page = (ROOT / f"src/netwright/systems/{system}/README.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    exec(compile(code, "README.md", "exec"), {})


def test_a_recipe_that_names_several_targets_is_trained_again(tmp_path: Path) -> None:
    path = table(
        tmp_path / "t.csv", ["x,a,b", *(f"{at},{at % 2},{at // 2 % 2}" for at in range(60))]
    )
    run = nw.train(path, target=("a", "b"), epochs=1, set=QUICK, store=tmp_path / "runs")
    assert run.recipe.data.target == "a,b"
    again = nw.train(repeat=run.id, store=tmp_path / "runs")
    assert again.info["weights"] == run.info["weights"] and again.chosen == run.chosen
    options = ReadOptions(target="a,b").as_json()
    assert options["target"] == run.record.json("data.json")["options"]["target"]


def test_one_cell_that_is_no_number_is_named_by_its_line(tmp_path: Path) -> None:
    rows = [f"{at},{'cheap' if at == 30 else at * 3.5},{at * 2}" for at in range(40)]
    path = tmp_path / "slip.csv"
    path.write_text("\n".join(["x,price,rent", *rows]) + "\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"slip\.csv:32: the target 'price' is 'cheap'"):
        nw.train(str(path), target="price,rent", epochs=1, store=tmp_path / "runs")


def test_targets_of_which_none_is_known_are_one_sentence(tmp_path: Path) -> None:
    nobody = [np.nan] * 40
    given = (np.zeros((40, 2)), {"a": nobody, "b": nobody})
    with pytest.raises(DataError, match="no example has a known target: nothing to learn from"):
        nw.train(given, epochs=1, store=tmp_path / "runs")


@dataclasses.dataclass(frozen=True)
class Mixed:
    values: dict[str, float]
    several: dict[str, list[float]]


def test_each_number_of_an_answer_by_name_has_a_column_of_csv() -> None:
    flat = printed.as_csv(
        NUMBERS, AnsweredInput("a.csv:2", Predicted({"rent": 1.5, "sale price": -2.0}))
    )
    assert flat == {"source": "a.csv:2", "values.rent": 1.5, "values.sale price": -2.0}
    other = dataclasses.replace(NUMBERS, answer=Mixed)
    flat = printed.as_csv(other, AnsweredInput("a", Mixed({"x": 1.0}, {"y": [2.0]})))
    assert flat == {"source": "a", "values.x": 1.0, "several": '{"y": [2.0]}'}


def in_three_rows(path: Path, kind: str) -> Path:
    """200 rows with the targets y and z; z is known in three alone."""
    draw = np.random.default_rng(3)
    lines = ["a,b,y,z"]
    for at in range(200):
        a, b = draw.normal(size=2)
        y, z = (a > 0, at % 2) if kind == "tags" else (a + b, 10.0 + at)
        lines.append(f"{a:.6f},{b:.6f},{float(y):g},{float(z) if at in (4, 6, 7) else '?'}")
    return table(path, lines)


@pytest.mark.parametrize("kind", ["tags", "numbers"])
def test_a_target_that_dev_never_knows_is_a_finding(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, said = in_three_rows(tmp_path / "t.csv", kind), 0
    for seed in range(10):
        recipe = Recipe.of({"data": {"target": "y,z"}, "split": {"seed": seed}})
        system, reading = read_to_learn(path, recipe)
        assigned = splits.as_wanted(system, reading.examples, system.recipe(split=recipe.split))
        known = {
            split: sum(
                target is not None and target["z"] is not None
                for target, own in zip(reading.examples.targets, assigned, strict=True)
                if own == split
            )
            for split in ("train", "dev")
        }
        found = [
            one.figures
            for one in opening.findings(system, reading, assigned, Contents(), Project())
            if one.code == "NW219"
        ]
        dev = assigned.count("dev")
        by_hand = {"part": "z", "dev": 0, "dev_examples": dev, "train": known["train"]}
        assert found == ([by_hand] if not known["dev"] and known["train"] else [])
        said += len(found)
        main(["data", str(path), "--target", "y,z", "--set", f"split.seed={seed}"])
        text = " ".join(capsys.readouterr().out.split())
        words = f"NW219 target-not-in-dev: 'z' is known in 0 of {dev} dev examples"
        assert (words in text) == bool(found)
    assert 0 < said < 10  # both kinds of splits were seen
