"""The door through which a run's files are read: every field that has a type is checked, and a
changed file ends in one sentence that names it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import report_run as make
from netwright.base import shapes
from netwright.base.errors import RunError
from netwright.base.findings import Finding
from netwright.base.measure import Measure
from netwright.base.shapes import Check, MisfitError
from netwright.cli.main import main
from netwright.report import html_page
from netwright.runs import contents, reading, schema
from netwright.runs.record import Record


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return make.classifier_run(tmp_path / make.ID, dev=60)


WRONG = complex(1, 1)
"""No check takes it."""

TYPED: list[tuple[str, Any, Check, dict[str, Any]]] = [
    ("run.json", schema.RunInfo, schema.run, {"status": "complete", "system": "s", "model": "m"}),
    ("a finding", schema.FindingJson, schema.FINDING, Finding("NW101", "x").as_json() | {"do": []}),
    ("data.json", schema.DataInfo, schema.DATA, {}),
    ("environment.json", schema.EnvironmentInfo, schema.ENVIRONMENT, {}),
    (
        "diagnosis.json",
        schema.DiagnosisJson,
        schema.diagnosis,
        make.diagnosis({split: {"error": make.proportion(1, 9)} for split in ("train", "dev")}),
    ),
]


@pytest.mark.parametrize(
    ("kind", "check", "good", "key"),
    [
        pytest.param(kind, check, good, key, id=f"{name}-{key}")
        for name, kind, check, good in TYPED
        for key in get_type_hints(kind)
    ],
)
def test_every_key_that_has_a_type_is_checked(
    kind: Any, check: Check, good: dict[str, Any], key: str
) -> None:
    check(good, "")
    with pytest.raises(MisfitError, match=f"has {key} ="):
        check({**good, key: WRONG}, "")
    if key in kind.__required_keys__:
        with pytest.raises(MisfitError, match=f"lacks '{key}'"):
            check({name: value for name, value in good.items() if name != key}, "")


def test_a_measure_is_the_same_after_json() -> None:
    one = Measure(0.1, 20, 0.05, None, "fraction", "higher", True)
    assert Measure.from_json(json.loads(json.dumps(one.as_json()))) == one
    assert Measure.from_json({"value": 0.1, "n": 2, "name": "error"}) == Measure(0.1, 2)


def test_a_whole_run_is_read_once_with_its_types(run: Path) -> None:
    files = contents.read(run)
    assert not files.missing
    assert files.measures["dev"]["error"] == files.measured("dev")
    assert files.curves[0].epoch == 1 and len(files.curves) == 12
    assert files.events == [
        {"time": "2026-11-22T15:30:12.000+00:00", "event": "complete", "step": 564}
    ]
    record = Record(run)
    assert record.info() == files.info
    assert record.measures() == files.measures
    assert record.curves() == files.curves
    assert record.events("complete") == files.events


# --- one change to a file


def to(name: str, content: str | bytes) -> Callable[[Path], None]:
    raw = content if isinstance(content, bytes) else content.encode()
    return lambda run: (run / name).write_bytes(raw) and None


def changed(name: str, **changes: Any) -> Callable[[Path], None]:
    def change(run: Path) -> None:
        values = json.loads((run / name).read_text(encoding="utf-8"))
        (run / name).write_text(json.dumps({**values, **changes}), encoding="utf-8")

    return change


def without(name: str, key: str) -> Callable[[Path], None]:
    def change(run: Path) -> None:
        values = json.loads((run / name).read_text(encoding="utf-8"))
        del values[key]
        (run / name).write_text(json.dumps(values), encoding="utf-8")

    return change


def device(name: str) -> Callable[[Path], None]:
    def change(run: Path) -> None:
        (run / name).unlink()
        (run / name).symlink_to("/dev/zero")

    return change


def pipe(name: str) -> Callable[[Path], None]:
    def change(run: Path) -> None:
        (run / name).unlink()
        os.mkfifo(run / name)

    return change


def huge(name: str) -> Callable[[Path], None]:
    def change(run: Path) -> None:
        with (run / name).open("r+b") as file:
            file.truncate(2**33)  # a file of holes

    return change


LAYERS = "step,layer,rms,gradient,dead,flat\n"

HARMS: list[tuple[str, Callable[[Path], None], str]] = [
    ("measures.json", to("measures.json", '{"dev": {"error": 3}}'), "has dev.error = 3: expected"),
    (
        "measures.json",
        to("measures.json", '{"dev": {"error": {"n": 3}}}'),
        "lacks 'dev.error.value'",
    ),
    (
        "curves.csv",
        to("curves.csv", "epoch,step\n0,0\n"),
        "has in row 2 epoch = 0.0: expected a whole",
    ),
    ("curves.csv", to("curves.csv", "epoch,loss\n1,2\n"), "lacks 'step'"),
    ("curves.csv", to("curves.csv", "epoch,step\n1,nan\n"), "has in row 2 step = NaN"),
    (
        "curves.csv",
        to("curves.csv", "epoch,step\n1,x\n"),
        "line 2, column 'step': expected a number",
    ),
    ("steps.csv", to("steps.csv", "step,loss\n1,2,3\n"), "line 2 has 3 cells, the header 2"),
    ("layers.csv", to("layers.csv", LAYERS + "nan,a,1,1,1,1\n"), "has in row 2 step = NaN"),
    ("layers.csv", to("layers.csv", "step,layer\n1,a\n"), "lacks 'rms'"),
    ("events.jsonl", to("events.jsonl", b"\xff"), "it is not UTF-8"),
    ("events.jsonl", to("events.jsonl", '{"event": "tweak"}'), "line 1 lacks 'number'"),
    ("events.jsonl", to("events.jsonl", '{"event": "x", "step": []}'), "line 1 has step = []"),
    ("events.jsonl", to("events.jsonl", "[1]"), "line 1 holds [1]: expected a mapping"),
    ("events.jsonl", to("events.jsonl", "{}\n" * 3), "line 1 lacks 'event'"),
    ("events.jsonl", to("events.jsonl", '{"event": "x"}\n' * 10_001), "more than 10,000 lines"),
    ("diagnosis.json", without("diagnosis.json", "verdict"), "lacks 'verdict'"),
    ("diagnosis.json", changed("diagnosis.json", rungs=[{"name": "dev"}]), "lacks 'rungs.0.error'"),
    ("data.json", changed("data.json", targets=6), "has targets = 6: expected a mapping"),
    ("environment.json", changed("environment.json", packages=[]), "has packages = []: expected"),
    (
        "pictures/worst.json",
        to("pictures/worst.json", json.dumps([{"file": "x" * 5000}])),
        "has 0.file = ",
    ),
    ("codec.json", to("codec.json", "[" * 10_000), "nested too deeply"),
    *((name, huge(name), "more than") for name in ("layers.csv", "diagnosis.json", "recipe.yaml")),
]


@pytest.mark.parametrize(
    ("name", "harm", "message"),
    HARMS,
    ids=[f"{at}-{name}" for at, (name, _, _) in enumerate(HARMS)],
)
def test_a_changed_file_is_named_and_the_rest_is_shown(
    name: str,
    harm: Callable[[Path], None],
    message: str,
    run: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    harm(run)
    files = contents.read(run)
    assert list(files.missing) == [name]
    assert files.missing[name].startswith(name) and message in files.missing[name]
    assert "\n" not in files.missing[name] and len(files.missing[name]) < 300
    html_page.write(run)
    main(["show", str(run)])
    shown = capsys.readouterr().out
    assert "resnet-small on digits" in shown
    assert f"not shown: {files.missing[name]}" in shown


@pytest.mark.parametrize("put", [device, pipe])
@pytest.mark.parametrize("name", ["curves.csv", "codec.json", "events.jsonl", "recipe.yaml"])
def test_a_link_or_a_pipe_is_refused_by_name(
    name: str, put: Callable[[str], Callable[[Path], None]], run: Path
) -> None:
    put(name)(run)
    with pytest.raises(RunError, match=f"{run} is not opened: its {name} is a (link|pipe)"):
        contents.read(run)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"human_error": "x"}, 'has human_error = "x": expected a number'),
        ({"baseline": "x"}, 'has baseline = "x": expected a number'),
        ({"metric": {"name": "error"}}, "lacks 'metric.unit'"),
        ({"splits": {"dev": -1}}, "has splits.dev = -1: expected a whole number"),
        ({"messages": "none"}, 'has messages = "none": expected a list'),
        ({"differs": [{"key": "a"}]}, "lacks 'differs.0.default'"),
        ({"id": 7}, "has id = 7: expected text"),
        ({"format": 99}, "was written by a newer netwright (format 99"),
    ],
)
def test_a_changed_run_json_is_one_sentence(
    changes: dict[str, Any], message: str, run: Path
) -> None:
    changed("run.json", **changes)(run)
    with pytest.raises(RunError) as refused:
        contents.read(run)
    assert message in str(refused.value) and "\n" not in str(refused.value)
    assert str(refused.value).startswith(str(run))
    with pytest.raises(RunError) as again:
        Record(run).info()
    assert str(again.value) == str(refused.value)


@pytest.mark.parametrize("figure", [7, 1.01, -0.1])
@pytest.mark.parametrize(
    ("name", "place"),
    [
        *(
            ("measures.json", f"{split}.error.{key}")
            for split in ("train", "dev")
            for key in ("value", "low", "high")
        ),
        *(("diagnosis.json", f"rungs.1.{key}") for key in ("error", "low", "high")),
    ],
)
def test_a_fraction_lies_between_0_and_1(name: str, place: str, figure: float, run: Path) -> None:
    values = inner = json.loads((run / name).read_text(encoding="utf-8"))
    *keys, last = (int(key) if key.isdecimal() else key for key in place.split("."))
    for key in keys:
        inner = inner[key]
    inner[last] = figure
    (run / name).write_text(json.dumps(values), encoding="utf-8")
    found = contents.read(run).missing
    assert found == {name: f"{name} has {place} = {figure}: expected a fraction, 0 to 1"}


def test_a_baseline_is_a_fraction_where_the_metric_is(run: Path) -> None:
    changed("run.json", baseline=7)(run)
    with pytest.raises(RunError, match="has baseline = 7: expected a fraction, 0 to 1"):
        contents.read(run)
    unit = {"name": "rmse", "unit": "m", "better": "lower"}
    changed("run.json", baseline=7, metric=unit)(run)
    assert contents.read(run).info["baseline"] == 7


def test_a_line_that_a_kill_tore_is_passed_over_and_named(run: Path) -> None:
    whole = (run / "events.jsonl").read_text(encoding="utf-8")
    (run / "events.jsonl").write_text(whole + whole[:20] + "\n" + "[" * 50_000 + "\n" + whole)
    assert len(Record(run).events("complete")) == 2
    assert contents.read(run).missing == {
        "events.jsonl": "events.jsonl holds 2 lines that cannot be read"
    }


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(
    name=st.sampled_from([*schema.JSON_FILES]),
    key=st.sampled_from(
        ["metric", "dev", "rungs", "findings", "targets", "differs", "epochs", "encoder", "classes"]
    ),
    value=json_values,
)
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_value_in_any_place_is_shown_or_refused_in_one_sentence(
    name: str, key: str, value: Any, run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (run / name).read_bytes()
    kept = json.loads(before)
    (run / name).write_text(json.dumps({**kept, key: value} if isinstance(kept, dict) else value))
    try:
        main(["show", str(run)])
    except SystemExit:
        assert capsys.readouterr().err.count("\n") == 1
    finally:
        (run / name).write_bytes(before)


def test_the_names_of_the_files_are_those_of_the_record(run: Path) -> None:
    for name in schema.JSON_FILES:
        assert reading.json_file(run, name) == Record(run).json(name)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), [1, {"a": float("-inf")}]], ids=str)
def test_what_json_cannot_hold_is_refused_wherever_it_lies(value: Any) -> None:
    """Python reads NaN from a file, and the next writer would fail over it."""
    with pytest.raises(shapes.MisfitError, match=r"has knob.*expected a finite number"):
        shapes.anything(value, "knob")
