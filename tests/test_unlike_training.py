"""Rows that hold what training never saw are warned of, once, and named one by one."""

from __future__ import annotations

import csv
import io
import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import netwright as nw
from netwright.base.errors import UnlikeTrainingWarning
from netwright.cli.main import main
from netwright.contract import Examples
from netwright.data.tables.rows import Rows
from netwright.data.tables.seen import ColumnSeen, Unlike, seen_in

pytestmark = pytest.mark.usefixtures("no_reports")

HEAD = "size,colour,sold,name"
ALIKE = "50,red,2024-03-03,n1"
NEW = f"{HEAD}\n{ALIKE}\n900,mauve,2024-03-03,n2\n,,2026-03-04,n3\n901,green,,n4\n"
REST = {"sold": ["2024-03-03"], "name": ["n1"]}
UNLIKE = [[], ["size", "colour"], ["sold"], ["size"]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("houses")
    rng = np.random.default_rng(0)
    lines = [f"{HEAD},price"]
    for at in range(240):
        size, colour = rng.uniform(10, 200), ("red", "green")[at % 2]
        sold = f"2024-{1 + at % 12:02d}-{1 + at % 28:02d}"
        size = 200.0 if at == 0 else size
        lines.append(f"{size:.1f},{colour},{sold},n{at},{2 * size:.1f}")
    # the last rows are dev: what they alone hold was not trained on
    lines += ["500,blue,2025-06-01,n240,900", "5,blue,2025-06-01,n241,10"]
    (folder / "houses.csv").write_text("\n".join(lines) + "\n")
    (folder / "new.csv").write_text(NEW)
    return folder


@pytest.fixture(scope="module")
def run(folder: Path) -> nw.Run:
    return train(folder, 1)


def train(folder: Path, seed: int) -> nw.Run:
    return nw.train(
        str(folder / "houses.csv"),
        target="price",
        model="mlp",
        epochs=2,
        store=folder / "runs",
        set={"split.by": "time", "split.test": 0, "training.seed": seed},
    )


def warned(given: Any) -> list[str]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UnlikeTrainingWarning)
        given()
    return [str(one.message) for one in caught if one.category is UnlikeTrainingWarning]


def test_one_warning_counts_by_column_and_names_the_first_place(run: nw.Run, folder: Path) -> None:
    new = folder / "new.csv"
    (line,) = warned(lambda: run.predict(str(new)))
    assert line.startswith("3 of 4 rows hold values unlike all of training: 2 in 'size'")
    assert f"(first {new.name}:3: 900; training had " in line and " to 200)" in line
    assert f"1 in 'colour' (first {new.name}:3: 'mauve'; training had green, red)" in line
    assert (
        f"1 in 'sold' (first {new.name}:4: 2026-03-04; training had 2024-01-01 to 2024-12-" in line
    )
    assert "'name'" not in line
    assert (
        warned(lambda: run.predict(pl.DataFrame({"size": [50.0], "colour": ["red"]} | REST))) == []
    )


def test_what_dev_alone_holds_is_unlike_training(run: nw.Run) -> None:
    frame = pl.DataFrame(
        {"size": [500.0, 5.0], "colour": ["blue"] * 2} | {k: v * 2 for k, v in REST.items()}
    )
    found = [one.beside["unlike"] for one in run.answered_each(frame)]
    assert found == [("size", "colour")] * 2


def test_each_row_names_its_columns_in_every_form(
    run: nw.Run, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call = ["predict", run.id, str(folder / "new.csv"), "--store", str(folder / "runs")]
    printed = {}
    for form in ("--json", "--jsonl", "--csv", ""):
        main([*call, form] if form else call)
        printed[form], err = capsys.readouterr()
        assert err.count("unlike all of training") == 1 and len(err.splitlines()) == 1
    assert [row["unlike"] for row in json.loads(printed["--json"])] == UNLIKE
    rows = map(json.loads, printed["--jsonl"].splitlines())
    assert [row["unlike"] for row in rows] == UNLIKE
    cells = [row["unlike"] for row in csv.DictReader(io.StringIO(printed["--csv"]))]
    assert cells == ["", "size,colour", "sold", "size"]
    assert printed[""].splitlines()[0].split()[-1] == "unlike"
    (folder / "alike.csv").write_text(f"{HEAD}\n{ALIKE}\n")
    main([*call[:2], str(folder / "alike.csv"), *call[3:]])
    out, err = capsys.readouterr()
    assert "unlike" not in out and err == ""


def test_evaluate_counts_them_and_says_nothing_of_its_own_split(
    run: nw.Run, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = folder / "measured.csv"
    other.write_text(NEW.replace("\n", ",100\n").replace("name,100", "name,price"))
    (line,) = warned(lambda: run.evaluate(str(other)))
    assert line.startswith("3 of 4 rows")
    main(["evaluate", run.id, str(other), "--json", "--store", str(folder / "runs")])
    assert json.loads(capsys.readouterr().out)["warnings"] == [line]
    assert warned(lambda: run.evaluate(split="dev")) == []


def test_several_runs_go_by_the_first(run: nw.Run, folder: Path) -> None:
    second = train(folder, 2)
    both = nw.combine([run, second])
    assert [one.beside["unlike"] for one in both.answered_each(str(folder / "new.csv"))] == [
        tuple(row) for row in UNLIKE
    ]
    assert len(warned(lambda: both.predict(str(folder / "new.csv")))) == 1


def test_a_run_that_noted_nothing_says_nothing(run: nw.Run, folder: Path) -> None:
    about = run.record.json("data.json")
    seen = about.pop("seen")
    run.record.write_json("data.json", about)
    try:
        new = str(folder / "new.csv")
        assert warned(lambda: run.predict(new)) == []
        assert all("unlike" not in one.beside for one in run.answered_each(new))
    finally:
        run.record.write_json("data.json", {**about, "seen": seen})


def test_columns_of_which_nearly_each_value_is_new_are_not_watched() -> None:
    frame = pl.DataFrame(
        {
            "kind": ["a", "b"] * 50,
            "once": [f"v{at}" for at in range(6)] + ["w"] * 94,
            "rare": [f"v{at}" for at in range(5)] + ["w"] * 95,
            "yes": [True] * 100,
            "text": ["long " * 50] * 100,
            "none": [None] * 100,
        }
    )
    names = [str(at) for at in range(100)]
    found = seen_in(Examples(Rows(frame), [None] * 100, names, names))
    assert list(found) == ["kind", "rare", "yes"]
    assert found["yes"].values == ("true",)


def test_a_rounded_number_is_not_beyond_the_range() -> None:
    seen = ColumnSeen(float(np.float32(0.1)), float(np.float32(16777.1)))
    assert seen.unlike(pl.Series([0.1, 16777.1, float("nan"), None])).tolist() == [False] * 4
    assert seen.unlike(pl.Series([0.0, 16777.2, float("inf")])).tolist() == [True, True, False]


def test_what_is_kept_comes_back() -> None:
    for seen in (ColumnSeen(1.0, 2.0), ColumnSeen(1.5, 2.0, True), ColumnSeen(values=("a", "b"))):
        assert ColumnSeen.of(json.loads(json.dumps(seen.as_json()))) == seen
    assert Unlike({}).look(Examples([1], [None], ["a"], ["a"])) is None
