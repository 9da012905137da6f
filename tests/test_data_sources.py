"""What a source is taken for, the ready data sets, the description, and the verb ``data``."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import recognize
from netwright import systems
from netwright.base.errors import DataError
from netwright.base.findings import CODES
from netwright.cli.main import command
from netwright.contract import Examples
from netwright.data import catalogue, duplicates
from netwright.data.describe import describe
from netwright.data.images.columns import as_array
from netwright.data.images.near_duplicates import near_pairs
from netwright.data.images.pixel_array import PixelArray
from netwright.data.numbers import numbers
from netwright.data.sources import ready

CLASSIFIER, REGRESSOR = systems.load("classifier"), systems.load("regressor")


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETWRIGHT_CACHE", str(tmp_path / "cache"))


def noise(*shape: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def folder_of(root: Path, counts: dict[str, int]) -> Path:
    for number, (name, count) in enumerate(counts.items()):
        (root / name).mkdir(parents=True)
        for at in range(count):
            Image.fromarray(noise(8, 8, 3, seed=1000 * number + at)).save(root / name / f"{at}.png")
    return root


@pytest.mark.parametrize(
    ("name", "count", "classes", "columns"),
    [
        ("digits", 5000, {str(d): 500 for d in range(10)}, 0),
        # UCI's own table of the test part of optdigits
        (
            "digits8",
            1797,
            dict(
                zip("0123456789", [178, 182, 177, 183, 181, 182, 181, 179, 174, 180], strict=True)
            ),
            0,
        ),
        ("iris", 150, {"setosa": 50, "versicolor": 50, "virginica": 50}, 4),
        ("wine", 178, {"grower 1": 59, "grower 2": 71, "grower 3": 48}, 13),
        ("breast-cancer", 569, {"malignant": 212, "benign": 357}, 30),
        ("diabetes", 442, None, 10),
    ],
)
def test_the_ready_data_sets_are_what_their_sources_hold(
    name: str, count: int, classes: dict[str, int] | None, columns: int
) -> None:
    reading = recognize.read(recognize.recognize(name))
    examples = reading.examples
    assert len(examples) == count and reading.findings == ()
    if classes is None:
        assert all(isinstance(target, float) for target in examples.targets)
        # Efron et al. 2004, section 1
        assert sum(examples.targets) / count == pytest.approx(152.13, abs=0.01)
    else:
        assert Counter(examples.targets) == classes
    if columns:
        assert len(examples.inputs.columns) == columns == len(examples.inputs.frame.columns)


def test_digits_are_the_numbers_in_the_package_file() -> None:
    entry = catalogue.ENTRIES["digits"]
    lines = (
        gzip.decompress(ready._locate(entry.package, entry.file, entry.name).read_bytes())
        .decode()
        .split()
    )
    expected = np.array([[int(cell) for cell in line.split(",")] for line in lines])
    for _ in range(2):  # decoded, then from the cache
        examples = recognize.read(recognize.recognize("digits")).examples
        assert np.array_equal(examples.inputs.reshape(5000, 784), expected[:, :-1])
        assert examples.targets == [str(label) for label in expected[:, -1]]


def test_tables_agree_with_scikit_learn() -> None:
    load = pytest.importorskip("sklearn.datasets")
    for name, theirs in (
        ("wine", load.load_wine()),
        ("breast-cancer", load.load_breast_cancer()),
        ("diabetes", load.load_diabetes(scaled=False)),
    ):
        frame = recognize.read(recognize.recognize(name)).examples.inputs.frame
        assert np.array_equal(frame.to_numpy(), theirs.data)


def test_a_damaged_cache_is_read_anew(tmp_path: Path) -> None:
    first = recognize.read(recognize.recognize("digits8"))
    (kept,) = (tmp_path / "cache" / "ready").iterdir()
    content = bytearray(kept.read_bytes())
    content[500] ^= 255
    kept.write_bytes(bytes(content))
    assert recognize.read(recognize.recognize("digits8")).fingerprint == first.fingerprint


def test_a_changed_or_missing_package_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(ready, "_locate", lambda *_: tmp_path / "iris.csv")
    (tmp_path / "iris.csv").write_text("150,4\n1,2,3,4,0\n")
    with pytest.raises(DataError, match="is not what it was"):
        recognize.read(recognize.recognize("iris"))
    monkeypatch.undo()
    monkeypatch.setattr("importlib.util.find_spec", lambda *_: None)
    with pytest.raises(DataError, match="pip install scikit-learn"):
        recognize.read(recognize.recognize("iris"))


def test_a_ready_table_takes_another_target() -> None:
    reading = recognize.read(recognize.recognize("iris", target="petal width (cm)"))
    assert reading.examples.targets[0] == 0.2 and "species" in reading.examples.inputs.columns
    with pytest.raises(DataError, match="did you mean 'petal width"):
        recognize.read(recognize.recognize("iris", target="petal width"))


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("digit", "did you mean 'digits'"),
        ("nowhere/at/all", "no such file, folder or ready data set; ready data sets are"),
        ("{tmp}/hous.csv", "did you mean '{tmp}/house.csv'"),
        ("{tmp}/empty", "is an empty folder"),
        ("{tmp}/flat", "holds 2 images but no folder a class"),
        ("{tmp}/tables", "name one of them"),
        ("{tmp}/hollow", "cannot be read as data: expected the name of a ready data set"),
        ("{tmp}/film.mp4", "cannot be read as data"),
        ("{tmp}/flat/0.png", "is one image"),
        ("n" * 5000, "cannot be looked at: File name too long"),
        ("~nobody-of-that-name/a", "cannot be looked at"),
        ("{tmp}/pipe.csv", "is a device, a pipe or a socket"),
        ("/dev/zero", "is a device, a pipe or a socket"),
        ("{tmp}/latin/caf\udce9.csv", r"latin/caf\xe9.csv: the name is not UTF-8"),
        ("{tmp}/latin", r"latin/\xe9t\xe9/0.png: the name is not UTF-8"),
    ],
)
def test_what_is_no_source_is_one_sentence(tmp_path: Path, source: str, message: str) -> None:
    (tmp_path / "house.csv").write_text("a,b\n1,2\n")
    (tmp_path / "film.mp4").write_bytes(b"film")
    for name in ("empty", "tables", "hollow/cat"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "tables" / "t.csv").write_text("a\n1\n")
    (tmp_path / "hollow" / "cat" / "notes.md").write_text("no image")
    folder_of(tmp_path, {"flat": 2, "latin/\udce9t\udce9": 1})
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(DataError) as caught:
        recognize.read(recognize.recognize(source.format(tmp=tmp_path)))
    assert message.format(tmp=tmp_path) in str(caught.value) and "\n" not in str(caught.value)
    assert len(str(caught.value)) < 800 and str(caught.value).encode()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("n" * 5000, "cannot be looked at: File name too long"),
        ("{tmp}/nothing", "no such file or folder"),
        ("{tmp}/pipe.png", "is a device, a pipe or a socket"),
        ("{tmp}/latin", r"\xe9.png: the name is not UTF-8"),
    ],
)
def test_what_cannot_be_labelled_is_one_sentence(tmp_path: Path, given: str, message: str) -> None:
    folder_of(tmp_path, {"flat": 1})
    (tmp_path / "latin").mkdir()
    (tmp_path / "flat" / "0.png").rename(tmp_path / "latin" / "\udce9.png")
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(DataError) as caught:
        recognize.read_inputs(given.format(tmp=tmp_path))
    assert message in str(caught.value) and len(str(caught.value)) < 500


def test_a_file_called_as_a_ready_data_set_wins_only_as_a_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder_of(tmp_path / "iris", {"a": 2, "b": 2})
    assert recognize.recognize("iris").kind == "ready"
    assert recognize.recognize("./iris").kind == "images"


def test_recognizing_loads_nothing_heavy() -> None:
    code = (
        "import sys; from netwright.api.reading import ReadOptions, recognize;"
        " recognize('iris').read(ReadOptions());print([m for m in ('numpy', 'polars',"
        " 'torch', 'PIL', 'matplotlib', 'sklearn', 'pydantic') if m in sys.modules])"
    )
    assert (
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout
        == "[]\n"
    )


def test_the_verb_loads_neither_torch_nor_matplotlib_nor_polars() -> None:
    # a system says what is a class, and its knobs are pydantic's
    code = (
        "import sys; from netwright.cli.main import main; main(['data', 'digits8',"
        " '--json']);print([m for m in ('polars', 'torch', 'matplotlib', 'sklearn') if m in"
        " sys.modules], file=sys.stderr)"
    )
    assert (
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stderr
        == "[]\n"
    )


def test_a_description_counts_by_class_and_split() -> None:
    found = describe(recognize.read(recognize.recognize("digits8")), CLASSIFIER.takes)
    # 20% of 1797 is 359.4
    assert found.splits == {"train": 1797 - 2 * 359, "dev": 359, "test": 359}
    assert (
        sum(found.classes["3"].values()) == 183 and abs(found.classes["3"]["dev"] - 183 * 0.2) < 1
    )
    assert (
        found.images is not None
        and found.images.shapes == {"8x8x1": 1797}
        and found.images.values.high == 255
    )
    assert (
        json.loads(json.dumps(found.as_json()))["classes"]["0"]["train"]
        == found.classes["0"]["train"]
    )


def test_a_description_measures_the_columns_of_a_table() -> None:
    found = describe(recognize.read(recognize.recognize("diabetes")), REGRESSOR.takes)
    bmi = next(column for column in found.columns if column.name == "body mass index")
    assert (bmi.kind, bmi.missing, bmi.low, bmi.high) == ("number", 0, 18.0, 42.2)
    assert sum(part.count for part in found.target.values()) == 442


def test_numbers_are_summed_up() -> None:
    found = numbers([1.0, 2.0, 3.0, 4.0])
    assert (found.mean, found.low, found.high) == (
        2.5,
        1.0,
        4.0,
    ) and found.deviation == pytest.approx(1.25**0.5)


@given(st.lists(st.floats(-1.7e308, 1.7e308), min_size=1))
def test_numbers_of_any_size_are_summed_up(values: list[float]) -> None:
    found = numbers(values)
    mean = sum(map(Fraction, values)) / len(values)
    assert found.mean == pytest.approx(float(mean), rel=1e-12, abs=1e-12 * max(map(abs, values)))
    assert 0 <= found.deviation <= max(map(abs, values)) * (1 + 1e-12)


@pytest.mark.parametrize(
    ("counts", "code"),
    [({"cat": 5}, "NW207"), ({"cat": 9, "dog": 1}, "NW206"), ({"cat": 50, "dog": 4}, "NW205")],
)
def test_classes_that_cannot_be_learned_well_are_found(
    tmp_path: Path, counts: dict[str, int], code: str
) -> None:
    found = describe(
        recognize.read(recognize.recognize(str(folder_of(tmp_path / "p", counts)))),
        systems.takes("classifier"),
    )
    assert code in [finding.code for finding in found.findings]


def test_labels_that_train_never_saw_are_found_in_a_folder(tmp_path: Path) -> None:
    folder_of(tmp_path / "p" / "train", {"cat": 3, "dog": 3})
    folder_of(tmp_path / "p" / "dev", {"cat": 2, "cow": 2})
    found = describe(
        recognize.read(recognize.recognize(str(tmp_path / "p"))), systems.takes("classifier")
    )
    assert "NW208" in [finding.code for finding in found.findings]
    # the same pictures stand in train and dev of 'cat'
    assert found.duplicates.across >= 2 and "NW203" in [finding.code for finding in found.findings]


def test_a_source_that_is_only_for_testing_is_described_as_it_is(tmp_path: Path) -> None:
    folder_of(tmp_path / "p" / "test", {"cat": 3, "dog": 3})
    found = describe(
        recognize.read(recognize.recognize(str(tmp_path / "p"))), systems.takes("classifier")
    )
    assert found.splits == {"test": 6} and found.findings == ()


def examples_of(inputs: Any, ids: list[str], targets: list[str]) -> Examples:
    return Examples(inputs, targets, ids, [f"row:{at}" for at in range(len(ids))])


def test_duplicates_are_counted_within_and_across_splits() -> None:
    whole = examples_of([None] * 6, ["p", "p", "p", "q", "q", "r"], ["a", "a", "b", "a", "a", "a"])
    found = duplicates.find(whole, ["train", "train", "dev", "dev", "dev", "test"], whole.targets)
    assert (
        found.within == {"train": 1, "dev": 1}
        and found.across == 1
        and found.across_examples == (("row:0", "row:2"),)
    )
    assert found.contradictory == 1 and found.near is None
    assert [finding.code for finding in duplicates.findings(found, 6)] == [
        "NW203",
        "NW202",
        "NW217",
    ]


def test_near_duplicates_are_found_and_others_are_not() -> None:
    rng = np.random.default_rng(0)
    base = as_array(noise(300, 6, 6, 1), (32, 32), 1)  # smooth random pictures
    copies = np.clip(base[:40] * 0.9 + 10 + rng.normal(0, 3, base[:40].shape), 0, 255).astype(
        np.uint8
    )
    pairs = set(near_pairs(np.concatenate([base, copies])))
    assert pairs <= {(at, 300 + at) for at in range(40)} and len(pairs) >= 39


def test_a_training_names_images_that_are_nearly_equal_across_splits() -> None:
    """Not one pair among 100 images of dev, nor pairs inside train, nor very large data."""
    base = as_array(noise(300, 6, 6, 1), (32, 32), 1)
    images = np.concatenate([base, np.clip(base[:40] * 0.9 + 10, 0, 255).astype(np.uint8)])
    assigned = ["train"] * 200 + ["dev"] * 100 + ["dev"] * 40

    def noted(rows: int, splits: list[str]) -> list[str]:
        column = PixelArray.of(images[:rows], each=images.shape[1:])
        whole = examples_of(column, [f"{at}" for at in range(rows)], ["a"] * rows)
        found = duplicates.across_splits(whole, splits[:rows], whole.targets)
        return [one.code for one in found]

    assert noted(340, assigned) == ["NW204"]
    assert noted(301, assigned) == [] and noted(300, assigned) == []
    assert noted(340, ["train"] * 340) == []


def test_blank_images_are_not_called_alike() -> None:
    assert (
        near_pairs(np.stack([np.full((8, 8, 1), level, np.uint8) for level in range(0, 200, 10)]))
        == []
    )


def run(*arguments: str) -> Any:
    return CliRunner().invoke(command, ["data", *arguments], catch_exceptions=False)


def test_the_verb_prints_counts_and_findings(tmp_path: Path) -> None:
    out = run(str(folder_of(tmp_path / "photos", {"cat": 30, "dog": 2}))).output
    assert "32 examples: " in out and "NW205 imbalanced-classes" in out and "dog" in out
    assert max(map(len, out.splitlines())) <= 100


def test_the_verb_prints_one_json_object() -> None:
    found = json.loads(run("wine", "--json").stdout)
    assert (
        found["count"] == 178
        and found["classes"]["grower 2"]["train"] > 0
        and len(found["columns"]) == 13
    )


def test_the_verb_lists_the_ready_data_sets() -> None:
    assert all(name in run().output for name in catalogue.ENTRIES)
    assert {entry["name"] for entry in json.loads(run("--json").stdout)} == set(catalogue.ENTRIES)


def test_the_sheet_has_a_row_for_each_class(tmp_path: Path) -> None:
    folder_of(
        tmp_path / "photos",
        {"cat": 3, "a very long name of a class that does not fit": 2, "owl": 20},
    )
    result = run(str(tmp_path / "photos"), "--sheet", str(tmp_path / "sheet.png"))
    assert result.exit_code == 0
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.format == "PNG" and 3 * 60 < sheet.height < 3 * 80
    for source, file, message in (
        ("iris", "a.png", "draws images and texts, and these examples are neither"),
        (str(tmp_path / "photos"), "a.jpg", "ends in .png"),
    ):
        with pytest.raises(DataError, match=message):
            run(source, "--sheet", str(tmp_path / file))


def test_every_finding_of_the_data_room_has_a_page() -> None:
    pages = Path(__file__).parents[1] / "docs" / "findings"
    assert all((pages / f"{code}.md").exists() for code in CODES)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("a,y\n1,u\n", "'u' in all of 1 row:"),
        ("a,y\n1,\n", "no value in any of 1 row:"),
        ("a,b,y\n1,u,v\n2\n", "1 cell where the header has"),
    ],
)
def test_a_table_of_one_is_no_plural(lines: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(lines, encoding="utf-8")
    with pytest.raises(DataError, match=said):
        recognize.read(recognize.recognize(str(tmp_path / "t.csv"), target="y"))


def test_a_name_without_an_ending_is_called_so(tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(b"\xff\xfe\x00 no data")
    with pytest.raises(DataError, match=r"its name has no ending"):
        recognize.recognize(str(tmp_path / "data"))
