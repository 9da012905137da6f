"""Folders with one subfolder a class, as people have them: wrapped, mixed, named twice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from PIL import Image

import netwright as nw
from netwright.base.errors import DataError
from netwright.cli.main import command
from netwright.data import classes


def images(folder: Path, count: int = 6) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for at in range(count):
        Image.new("L", (8, 8), 40 * at).save(folder / f"{at}.png")


def described(source: Path) -> dict[str, Any]:
    """What ``netwright data`` says."""
    done = CliRunner().invoke(command, ["data", str(source), "--json"])
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def codes(source: Path) -> dict[str, Any]:
    return {one["code"]: one for one in described(source)["findings"]}


def test_a_class_may_begin_with_underscores_but_what_programs_leave_is_none(tmp_path: Path) -> None:
    for name in ("__background__", "cats", "__MACOSX", "__pycache__", ".hidden"):
        images(tmp_path / "pets" / name)
    assert set(described(tmp_path / "pets")["classes"]) == {"__background__", "cats"}


@pytest.mark.parametrize("around", [1, 2, 4])
def test_folders_around_a_folder_around_the_classes_do_too(tmp_path: Path, around: int) -> None:
    inner = tmp_path.joinpath("pets", *"abcd"[:around])
    for name in ("cats", "dogs"):
        images(inner / name)
    (tmp_path / "pets" / "a" / "README.txt").write_text("unpacked")
    with pytest.raises(DataError, match=rf"pets holds one folder, .*: give {inner}\.$"):
        nw.train(str(tmp_path / "pets"), store=tmp_path / "runs")
    images(inner)  # one class, in folders: as it lies
    assert set(described(tmp_path / "pets")["classes"]) == {"a"}


@pytest.mark.parametrize("below", ["", "train", "other"])
def test_a_folder_around_the_classes_names_the_path_to_give(tmp_path: Path, below: str) -> None:
    wrapper = tmp_path / "pets" / "archive"
    for name in ("cats", "dogs"):
        images(wrapper / below / name)
    if below == "train":
        images(wrapper / "test" / "cats")
    if below == "other":  # wrapped twice: one step after the other
        images(wrapper / "more" / "birds")
    with pytest.raises(DataError, match=rf"pets holds one folder, .*: give {wrapper}\.$"):
        nw.train(str(tmp_path / "pets"), store=tmp_path / "runs")
    if below != "other":
        assert set(described(wrapper)["classes"]) == {"cats", "dogs"}


def test_one_folder_of_images_in_folders_is_no_wrapper_where_it_holds_images(
    tmp_path: Path,
) -> None:
    images(tmp_path / "pets" / "cats")
    images(tmp_path / "pets" / "cats" / "more")
    images(tmp_path / "pets" / "cats" / "less")
    with pytest.raises(DataError, match="always 'cats'"):
        nw.train(str(tmp_path / "pets"), store=tmp_path / "runs")


def test_what_is_not_read_is_counted_and_named_with_the_classes_that_vanish(tmp_path: Path) -> None:
    for name in ("cats", "dogs"):
        images(tmp_path / "pets" / name)
    (tmp_path / "pets" / "hamsters").mkdir()
    for at, folder in enumerate(["hamsters", "hamsters", "dogs"]):
        (tmp_path / "pets" / folder / f"IMG_{at}.DNG").write_bytes(b"II*")
    (tmp_path / "pets" / "dogs" / ".DS_Store").write_bytes(b"x")
    found = codes(tmp_path / "pets")["NW220"]
    assert found["figures"]["files"] == 3 and found["figures"]["endings"] == {".DNG": 3}
    assert found["figures"]["classes"] == ["hamsters"]
    assert found["message"] == (
        "3 files in class folders are not read as images: 3 .DNG, first dogs/IMG_2.DNG; the class"
        " hamsters has no others."
    )
    run = nw.train(str(tmp_path / "pets"), epochs=1, store=tmp_path / "runs")
    assert "NW220" in {one["code"] for one in run.record.json("data.json")["findings"]}


def test_texts_say_so_too(tmp_path: Path) -> None:
    for name in ("good", "bad"):
        (tmp_path / name).mkdir()
        for at in range(6):
            (tmp_path / name / f"{at}.txt").write_text(f"a {name} day, number {at}")
    (tmp_path / "bad" / "7.docx").write_bytes(b"PK")
    assert codes(tmp_path)["NW220"]["figures"]["endings"] == {".docx": 1}


def test_nothing_is_said_where_all_is_read(tmp_path: Path) -> None:
    for name in ("cats", "dogs"):
        images(tmp_path / name)
    assert not codes(tmp_path).keys() & {"NW220", "NW221"}


@pytest.mark.parametrize(
    ("labels", "groups"),
    [
        (["Cats", "cats", "dogs"], [["Cats", "cats"]]),
        (["yes", "Yes", "YES", "no", "No "], [["YES", "Yes", "yes"], ["No ", "no"]]),
        (["type_a", "type-a", "Type A", None], [["Type A", "type-a", "type_a"]]),
        (["a1", "a 1", "a2"], []),
        ([None], []),
    ],
)
def test_classes_of_like_names_are_found(labels: list[str | None], groups: list[Any]) -> None:
    found = classes.like_named(labels)
    assert sorted([one for f in found for one in f.figures["groups"]]) == sorted(groups)


def test_like_names_are_said_with_their_counts(tmp_path: Path) -> None:
    for name, count in (("Cats", 7), ("cats", 5), ("dogs", 6)):
        images(tmp_path / "pets" / name, count)
    found = codes(tmp_path / "pets")["NW221"]
    assert found["message"] == (
        "classes of like names are learned as different ones: 'Cats' (7), 'cats' (5)."
    )


def test_copies_across_the_source_s_own_splits_are_said_by_train_and_report(tmp_path: Path) -> None:
    for name in ("cats", "dogs"):
        images(tmp_path / "pets" / "train" / name, 12)
        images(tmp_path / "pets" / "val" / name, 3)
    done = CliRunner().invoke(
        command,
        ["train", str(tmp_path / "pets"), "--epochs", "1", "--store", str(tmp_path / "runs")],
    )
    assert done.exit_code == 0, done.output
    assert "NW203" in done.output and "in more than one split" in done.output
    [report] = (tmp_path / "runs").glob("*/report.html")
    assert "NW203" in report.read_text()
