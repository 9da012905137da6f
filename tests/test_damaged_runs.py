"""One damaged run in a store: the others are listed, and it is named with what is wrong with it and
what to do.
"""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import netwright as nw
from netwright.base.errors import NetwrightWarning, RunError
from netwright.base.visible import one_line
from netwright.cli.main import main
from netwright.runs import store as stores

GOOD, BAD, LATER = "20261122-100000-mlp-aaa", "20261122-110000-mlp-bbb", "20261122-120000-mlp-ccc"
INFO = {
    "format": 1,
    "id": GOOD,
    "status": "complete",
    "system": "classifier",
    "model": "mlp",
    "source": "iris.csv",
    "epochs": 3,
    "seconds": 1.5,
    "metric": {"name": "error", "unit": "fraction", "better": "lower"},
}
MEASURES = {"dev": {"error": {"value": 0.1, "n": 20, "low": 0.05, "high": 0.2, "unit": "fraction"}}}


def write(store: Path, name: str, info: Any = INFO, measures: Any = MEASURES) -> Path:
    folder = store / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "run.json").write_text(json.dumps(info), encoding="utf-8")
    (folder / "measures.json").write_text(json.dumps(measures), encoding="utf-8")
    return folder


def _file_in_place(run: Path) -> None:
    for path in run.iterdir():
        path.unlink()
    run.rmdir()
    run.write_text("a file", encoding="utf-8")


def _folder_in_place(run: Path) -> None:
    (run / "run.json").unlink()
    (run / "run.json").mkdir()


def _pipe_in_place(run: Path) -> None:
    (run / "run.json").unlink()
    os.mkfifo(run / "run.json")


def _link_to_nothing(run: Path) -> None:
    (run / "run.json").unlink()
    (run / "run.json").symlink_to(run / "gone.json")


def holding(content: bytes, name: str = "run.json") -> Callable[[Path], Any]:
    return lambda run: (run / name).write_bytes(content)


def saying(**changes: Any) -> Callable[[Path], Any]:
    return holding(json.dumps({**INFO, **changes}).encode())


DAMAGES: list[tuple[str, Callable[[Path], Any], str]] = [
    ("empty", holding(b""), "no JSON, or cut off"),
    ("cut off", holding(json.dumps(INFO).encode()[:70]), "no JSON, or cut off"),
    ("words", holding(b"run"), "no JSON, or cut off"),
    ("not UTF-8", holding(b'{"status": "\xff"}'), "it is not UTF-8"),
    ("UTF-16", holding(json.dumps(INFO).encode("utf-16")), "it is not UTF-8"),
    ("deep", holding(b"[" * 100_000), "nested too deeply"),
    ("deep mapping", holding(b'{"a":' * 100_000), "nested too deeply"),
    ("long number", holding(b'{"epochs": ' + b"9" * 100_000 + b"}"), "a number too large"),
    ("list", holding(b"[1]"), "run.json holds [1]: expected a mapping"),
    ("null", holding(b"null"), "run.json holds null: expected a mapping"),
    (
        "missing field",
        holding(json.dumps({**INFO, "model": None}).encode()),
        "model = null: expected text",
    ),
    ("nothing", holding(b"{}"), "lacks 'status'"),
    ("format", saying(format="1"), 'format = "1": expected 2'),
    ("format true", saying(format=True), "format = true: expected 2"),
    ("epochs", saying(epochs="three"), 'epochs = "three": expected a whole number'),
    (
        "epochs infinite",
        holding(json.dumps({**INFO, "epochs": 7}).replace("7", "1e999").encode()),
        "epochs = Infinity",
    ),
    (
        "seconds infinite",
        holding(json.dumps({**INFO, "seconds": 7}).replace("7", "-1e999").encode()),
        "seconds = -Infinity",
    ),
    ("seconds NaN", saying(seconds=float("nan")), "seconds = NaN: expected a number"),
    ("seconds enormous", saying(seconds=10**400), "seconds = 1000"),
    ("seconds longer still", saying(seconds=-(10**4000)), "seconds = -1000"),
    ("source", saying(source=["a"]), 'source = ["a"]: expected text'),
    ("metric", saying(metric="error"), 'metric = "error": expected a mapping'),
    (
        "metric's name",
        saying(metric={"name": 3, "unit": "", "better": "lower"}),
        "metric.name = 3: expected text",
    ),
    ("measures cut", holding(b'{"dev": {"er', "measures.json"), "measures.json cannot be read"),
    (
        "measures list",
        holding(b"[]", "measures.json"),
        "measures.json holds []: expected a mapping",
    ),
    (
        "dev word",
        holding(b'{"dev": "good"}', "measures.json"),
        'measures.json has dev = "good": expected a mapping',
    ),
    (
        "dev value",
        holding(b'{"dev": {"error": {"value": "x", "n": 1}}}', "measures.json"),
        'measures.json has dev.error.value = "x": expected a number',
    ),
    (
        "dev infinite",
        holding(b'{"dev": {"error": {"value": 1e999, "n": 1}}}', "measures.json"),
        "measures.json has dev.error.value = Infinity: expected a number",
    ),
    (
        "no run.json",
        lambda run: (run / "run.json").unlink(),
        "holds no run.json: wait if its training is just beginning",
    ),
    ("link to nothing", _link_to_nothing, "is not opened: its run.json is a link"),
    (
        "file in place of the folder",
        _file_in_place,
        "is a file where a run's folder is expected: move it elsewhere",
    ),
    ("folder in place of the file", _folder_in_place, "run.json cannot be read (it is no file)"),
    ("pipe in place of the file", _pipe_in_place, "is not opened: its run.json is a pipe"),
]
each_damage = pytest.mark.parametrize(
    ("harm", "says"),
    [(harm, says) for _, harm, says in DAMAGES],
    ids=[name for name, _, _ in DAMAGES],
)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    for name in (GOOD, BAD, LATER):
        write(tmp_path / "runs", name)
    return tmp_path / "runs"


def listed(
    store: Path, capsys: pytest.CaptureFixture[str]
) -> tuple[list[str], list[dict[str, Any]]]:
    """What ``netwright runs`` prints for people, line by line but for the last, which says what all
    of them take, and for programs.
    """
    main(["runs", "--store", str(store)])
    *lines, size = capsys.readouterr().out.splitlines()
    assert size.endswith(f" in {one_line(str(store))}")

    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is no JSON")

    main(["runs", "--store", str(store), "--json"])
    return lines, json.loads(capsys.readouterr().out, parse_constant=refuse)


@each_damage
def test_the_others_are_listed_and_it_is_named(
    harm: Callable[[Path], Any], says: str, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    harm(store / BAD)
    lines, rows = listed(store, capsys)
    assert [line.split()[0] for line in lines] == ["run", GOOD, LATER, BAD]
    assert all(
        "complete  iris.csv" in line and "error 10.0% (5.0-20.0)" in line for line in lines[1:3]
    )
    assert says in lines[3]
    assert lines[3].startswith(f"{BAD}  cannot be read: {store / BAD}")
    assert any(
        way in lines[3] for way in ("put the file back from a copy, or delete", "move it elsewhere")
    )
    assert [(row["id"], row["problem"] is None) for row in rows] == [
        (GOOD, True),
        (BAD, False),
        (LATER, True),
    ]
    assert says in rows[1]["problem"]
    assert len(rows[1]["problem"]) < 400 + 2 * len(str(store))


@each_damage
def test_python_gets_the_others_and_is_told(
    harm: Callable[[Path], Any], says: str, store: Path
) -> None:
    harm(store / BAD)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        runs = nw.list_runs(store)
    assert [run.id for run in runs] == [GOOD, LATER]
    assert [run.measures["dev"]["error"]["value"] for run in runs] == [0.1, 0.1]
    (one,) = told
    assert one.category is NetwrightWarning and says in str(one.message) and BAD in str(one.message)


@each_damage
def test_the_last_run_is_the_last_and_a_damaged_one_is_named(
    harm: Callable[[Path], Any], says: str, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    harm(store / BAD)
    assert nw.open("last", store=store).id == LATER
    harm(store / LATER)
    # what never began is not the last
    if says.startswith(("holds no run.json: wait", "is a file where")):
        assert nw.open("last", store=store).id == GOOD
    elif "measures.json" in says:
        assert nw.open("last", store=store).id == LATER  # it can still predict
    else:
        with pytest.raises(RunError) as refused:
            nw.open("last", store=store)
        assert says in str(refused.value)
        assert str(refused.value).endswith(f"The last run that can be read is {GOOD}.")
        with pytest.raises(SystemExit):
            main(["show", "last", "--store", str(store)])
        printed = capsys.readouterr()
        assert GOOD in printed.err and printed.err.count("\n") == 1 and printed.out == ""


@each_damage
def test_a_damaged_run_is_found_by_its_name(
    harm: Callable[[Path], Any], says: str, store: Path
) -> None:
    harm(store / BAD)
    assert stores.find("bbb", store).id == BAD
    assert says in stores.line(stores.find(BAD, store))["problem"]


@pytest.mark.parametrize("name", ["a" * 300, "a\0b", "/" * 5000, os.fsdecode(b"\xff")])
def test_what_can_be_no_name_is_no_run(name: str, store: Path) -> None:
    assert not stores.is_run(name, store)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from([10**400, 10**305, -(10**299), 10**299]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "dev", "error", "value", "n", "low"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)


@given(field=st.sampled_from([*INFO, "measures", "dev", "value", "n", "low"]), value=json_values)
@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_value_in_any_field_is_listed_or_named(
    field: str, value: Any, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    info, measures = dict(INFO), json.loads(json.dumps(MEASURES))
    if field in INFO:
        info[field] = value
    elif field == "measures":
        measures = value
    elif field == "dev":
        measures["dev"] = value
    else:
        measures["dev"]["error"][field] = value
    write(store, BAD, info, measures)
    lines, rows = listed(store, capsys)
    assert {row["id"] for row in rows if row["problem"] is None} >= {GOOD, LATER}
    assert [row["id"] for row in rows] == [GOOD, BAD, LATER]
    assert len(lines) == 4 and all(name in "\n".join(lines) for name in (GOOD, BAD, LATER))


@given(content=st.binary(max_size=40), name=st.sampled_from(["run.json", "measures.json"]))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_bytes_in_place_of_a_file(
    content: bytes, name: str, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (store / BAD / name).write_bytes(content)
    _, rows = listed(store, capsys)
    assert [(row["id"], row["problem"] is None) for row in rows] == [
        (GOOD, True),
        (BAD, False),
        (LATER, True),
    ]


def test_what_is_no_run_is_passed_over(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (store / "searches").mkdir()
    (store / "notes.txt").write_text("mine", encoding="utf-8")
    (store / ".DS_Store").write_bytes(b"\0")
    _, rows = listed(store, capsys)
    assert [row["id"] for row in rows] == [GOOD, BAD, LATER]


def test_names_that_no_terminal_should_obey_and_that_are_no_text(
    store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(store, "zz\x1b[31m\nred", {**INFO, "source": "\x1b[2J"})
    write(store, os.fsdecode(b"zz\xff"), {})
    lines, rows = listed(store, capsys)
    assert len(lines) == 6 and "\x1b" not in "".join(lines)
    assert rows[-1]["id"] == os.fsdecode(b"zz\xff") and "lacks 'status'" in rows[-1]["problem"]
