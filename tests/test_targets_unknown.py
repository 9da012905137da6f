"""Examples whose target is unknown: counted before a training, refused where nothing is left to be
measured; and figures that are of fewer examples than others.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import netwright as nw
import small_runs
import toy_later
from netwright import systems
from netwright.api import Run
from netwright.api.inputs import read_inputs
from netwright.api.reading import system_for
from netwright.base.errors import DataError, NetwrightWarning, RecipeError
from netwright.cli.main import main
from netwright.contract import Examples, ReadOptions, Source, reading
from netwright.data.tables import json_lines
from netwright.recipe import Recipe

pytestmark = pytest.mark.usefixtures("no_reports")

QUICK = {"model.name": "linear", "training.threads": 1, "training.precision": "float32"}


def table(path: Path, targets: Sequence[str], header: str = "a,b,y") -> Path:
    rng = np.random.default_rng(len(targets))
    inputs = rng.normal(size=(len(targets), 2)).round(3)
    rows = [f"{a},{b},{y}" for (a, b), y in zip(inputs, targets, strict=True)]
    path.write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("unknown")


@pytest.fixture(scope="module")
def run(home: Path) -> Run:
    """Its targets are those of 3 rows later."""
    system = toy_later.outside(home, "later", toy_later.FREE)
    path = table(home / "t.csv", [f"{at * 31 % 101 / 7:.3f}" for at in range(100)])
    return nw.train(path, target="y", system=system, epochs=1, set=QUICK, store=home / "runs")


@pytest.fixture(scope="module", autouse=True)
def _forgotten() -> Iterator[None]:
    yield
    toy_later.forget()


def test_how_many_have_no_target_is_said_before_the_first_step(tmp_path: Path) -> None:
    examples = small_runs.SYSTEMS["toy-tagger"].sample(100, 0)
    targets = [None if at % 5 == 0 else target for at, target in enumerate(examples.targets)]
    made = small_runs.start("toy-tagger", tmp_path, {}, replace(examples, targets=targets))
    parts = made.setup.splits
    unknown = {name: sum(one is None for one in part.targets) for name, part in parts.items()}
    assert sum(unknown.values()) == 20 and unknown["train"] and unknown["dev"]
    line = (
        f"no target is known of {unknown['train']} of the {len(parts['train'])} train examples and"
        f" {unknown['dev']} of the {len(parts['dev'])} dev examples: figures are of the others"
    )
    assert made.record.info()["messages"].count(line) == 1


def test_nothing_is_said_where_all_are_known(run: Run, tmp_path: Path) -> None:
    made = small_runs.start("toy-tagger", tmp_path, {})
    lines = [*made.record.info()["messages"], *run.info["messages"]]
    assert lines and not [line for line in lines if "no target is known" in line]


def test_a_search_counts_those_that_judge(run: Run, home: Path, tmp_path: Path) -> None:
    """20 of 100 rows are dev, by time; far ahead none of the last 30 has a target, of which 3 lie
    in dev: 20 of test and 7 left out before it.
    """
    lines: list[str] = []
    nw.search(
        home / "t.csv", target="y", system=home / "later", epochs=1, trials=1,
        set={**QUICK, "data.ahead": 30}, store=tmp_path, log=lines.append,
    )  # fmt: skip
    assert "17 dev examples judge each trial" in lines


def test_two_reasons_for_no_truth_are_two_sentences(run: Run, home: Path) -> None:
    short = table(home / "short.csv", ["1.5", "2.5", "3.5"])
    with pytest.raises(DataError) as refused:
        run.evaluate(short)
    assert str(refused.value) == (
        f"nothing to measure on: none of the 3 examples of {short} has a known target."
    )
    longer = table(home / "longer.csv", ["1.5", "2.5", "3.5", "4.5", "5.5"])
    assert run.evaluate(longer)["rmse"]["n"] == 2
    memory = [[float(at), at / 7] for at in range(40)], [at / 3 for at in range(40)]
    plain = nw.train(memory, epochs=1, set=QUICK, store=home / "memory")
    with pytest.raises(DataError, match="holds no truth to measure against: name the column"):
        plain.evaluate(np.ones((5, 2)))


def test_a_split_without_known_targets_is_not_opened(run: Run, home: Path) -> None:
    far = nw.train(
        home / "t.csv", target="y", system=home / "later", epochs=1,
        set={**QUICK, "data.ahead": 30}, store=home / "far",
    )  # fmt: skip
    with pytest.raises(DataError, match=r"none of the 20 examples of the test split of .* has a"):
        far.evaluate(split="test")
    assert far.test_openings == 0


# --- figures of some examples alone


def test_a_figure_of_fewer_examples_says_of_how_many(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sample = systems.load("localizer").sample(60, 0)
    with_box = sum(bool(target) for target in sample.targets)
    assert 0 < with_box < 60
    pixels, boxes = np.stack([np.asarray(one) for one in sample.inputs]), list(sample.targets)
    folder = home / "boxes"
    folder.mkdir()
    images, marks = [], []
    for at, (image, own) in enumerate(zip(pixels, boxes, strict=True)):
        Image.fromarray(image[..., 0]).save(folder / f"{at}.png")
        images.append({"id": at, "file_name": f"{at}.png", "height": 20, "width": 24})
        for box in own:
            x0, y0, x1, y1 = (float(side) for side in box.corners)
            name = sorted({one.label for some in boxes for one in some}).index(box.label) + 1
            marks.append({"id": len(marks), "image_id": at, "category_id": name,
                          "bbox": [x0, y0, x1 - x0, y1 - y0]})  # fmt: skip
    names = sorted({one.label for some in boxes for one in some})
    kinds = [{"id": at, "name": name} for at, name in enumerate(names, start=1)]
    coco = {"images": images, "annotations": marks, "categories": kinds}
    (folder / "boxes.json").write_text(json.dumps(coco), encoding="utf-8")
    made = nw.train(folder, epochs=1, set={"training.threads": 1}, store=home / "of_boxes")
    capsys.readouterr()
    main(["evaluate", str(made.record.path), str(folder)])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith(": 60 examples")
    (iou,) = (line for line in lines if "IoU" in line)
    assert iou.endswith(f" on {with_box} of them")
    (presence,) = (line for line in lines if "presence error" in line)
    assert "of them" not in presence


# --- sources that hold nothing, or are several


def test_a_folder_of_empty_texts_is_refused(home: Path) -> None:
    for name in ("good", "bad"):
        for kind in ("words", "empty", "blank"):
            (home / kind / name).mkdir(parents=True)
            for at in range(20):
                text = {"words": f"{name} {at}", "empty": "", "blank": " \n"}[kind]
                (home / kind / name / f"{at}.txt").write_text(text, encoding="utf-8")
    texts = nw.train(home / "words", epochs=1, set={"training.threads": 1}, store=home / "texts")
    for kind in ("empty", "blank"):
        with pytest.raises(DataError, match=f"{kind}: each of the 40 texts is empty"):
            texts.evaluate(home / kind)
        with pytest.raises(DataError, match="each of the 40 texts is empty"):
            nw.train(home / kind, epochs=1, store=home / "texts")
    (home / "empty" / "good" / "0.txt").write_text("good", encoding="utf-8")
    with pytest.warns(NetwrightWarning, match="39 of 40 examples are left out, as their texts are"):
        assert texts.evaluate(home / "empty")["error"]["n"] == 1


@pytest.mark.parametrize("count", [2, 3])
@pytest.mark.parametrize("own", [True, False])
def test_one_source_at_a_time_is_said(
    count: int, own: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a reader whose ``inputs`` take one alone, and by one that has none."""
    reader = json_lines.READER if own else replace(json_lines.READER, inputs=None)
    monkeypatch.setattr(systems, "readers", lambda name: (reader,))
    names = [str(tmp_path / f"{at}.jsonl") for at in range(count)]
    for name in names:
        Path(name).write_text('{"text": "so good"}\n', encoding="utf-8")
    with pytest.raises(DataError) as refused:
        read_inputs(names, "text", Recipe())
    listed = f"{names[0]}, {names[1]}{', ...' if count > 2 else ''}"
    assert str(refused.value) == (
        f"{listed} are {count} sources, and the system 'text' answers one at a time: name one."
    )


def test_what_is_no_source_is_still_listed_whole(tmp_path: Path) -> None:
    names = [tmp_path / "a.bin", tmp_path / "b.bin"]
    for name in names:
        name.write_bytes(b"\0\1")
    with pytest.raises(DataError) as refused:
        read_inputs(names, "regressor", Recipe())
    assert str(refused.value).startswith(f"{names[0]}, {names[1]} cannot be answered: ")


# --- --time, a duration to one verb and a column to the other


def test_a_column_given_to_train_as_its_time_is_told_its_place(run: Run, home: Path) -> None:
    with pytest.raises(RecipeError, match=r"--set data\.time=day"):
        nw.train(home / "t.csv", target="y", time="day")


def test_a_duration_given_to_data_as_its_column_is_told_its_place(
    run: Run, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for time, hinted in (("10m", True), ("day", False)):
        with pytest.raises(SystemExit):
            main(["data", str(home / "t.csv"), "--target", "y", "--time", time])
        refused = capsys.readouterr().err
        assert f"no time column '{time}'" in refused
        assert (f"netwright train --time {time} says how long" in refused) == hinted


@pytest.mark.parametrize(
    ("count", "target", "why"),
    [
        (0, "load", "one.csv holds no examples: there is nothing to learn from."),
        (2, "load", "one.csv: no target of its 2 examples is known in 'load': nothing to learn."),
        (2, None, "one.csv has no targets: nothing to learn; for a table name the column with"),
    ],
)
def test_why_there_is_nothing_to_learn(count: int, target: str | None, why: str) -> None:
    names = [str(at) for at in range(count)]
    none = Examples([None] * count, [None] * count, names, names)
    read = reading(none, Source("x", "one.csv", "", ReadOptions(target=target)))
    with pytest.raises(DataError) as refused:
        system_for(read, ["regressor"], "regressor")
    assert str(refused.value).startswith(why)
