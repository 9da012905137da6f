"""What comes from outside: JSON, YAML, CSV, numbers that people type; bounded, and refused with the
place of the fault.
"""

from __future__ import annotations

import ast
import json
import math
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from netwright.base import files, read_csv, read_json, read_yaml, shapes, typed_numbers
from netwright.base.errors import UnreadableError

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63) + 1, 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc"), inner, max_size=3),
    max_leaves=12,
)


# --- files


def _folder(path: Path) -> None:
    path.mkdir()


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _device(path: Path) -> None:
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize("make", [_folder, _pipe, _device])
def test_only_files_are_read(make: Callable[[Path], None], tmp_path: Path) -> None:
    make(tmp_path / "it")
    with pytest.raises(UnreadableError, match=r"^it is no file$"):
        files.read_bytes(tmp_path / "it", 100)


def test_a_file_is_read_to_its_bound_and_no_further(tmp_path: Path) -> None:
    path = tmp_path / "it"
    path.write_bytes(b"\xe2\x82\xac")
    assert files.read_text(path, 3) == "€"
    with pytest.raises(UnreadableError, match=r"it holds 3 bytes, more than 2"):
        files.read_bytes(path, 2)
    path.write_bytes(b"\xe2\x82")
    with pytest.raises(UnreadableError, match="it is not UTF-8"):
        files.read_text(path, 3)
    with pytest.raises(FileNotFoundError):
        files.read_bytes(tmp_path / "none", 1)


# --- JSON


@given(PLAIN)
def test_json_is_read_as_python_reads_it(value: Any) -> None:
    assert read_json.parse(json.dumps(value)) == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "it is no JSON, or cut off, at line 1, column 1"),
        ('{"a": 1,\n "b"', "it is no JSON, or cut off, at line 2, column 5"),
        ("[" * 101 + "]" * 101, "nested too deeply"),
        ("[" * 100_000, "nested too deeply"),
        ('{"a":' * 300 + "1" + "}" * 300, "nested too deeply"),
        ("9" * 5000, "a number too large"),
        ("[" + "9" * 301 + "]", "a number too large"),
        ("[" + "1," * 2_000_000 + "1]", "more than 2,000,000 values"),
    ],
)
def test_json_that_is_refused(text: str, message: str) -> None:
    with pytest.raises(UnreadableError, match=message):
        read_json.parse(text)


def test_json_of_many_values_side_by_side_is_not_deep() -> None:
    assert read_json.parse("[" + "[]," * 1000 + "[]]") == [[]] * 1001
    assert math.isnan(read_json.parse("NaN"))


# --- YAML


@given(PLAIN)
def test_yaml_is_read_as_it_was_written(value: Any) -> None:
    assert read_yaml.parse(yaml.safe_dump(value, allow_unicode=True)) == value


def test_a_date_is_text_and_an_empty_text_is_nothing() -> None:
    assert read_yaml.parse("source: 2026-11-22") == {"source": "2026-11-22"}
    assert read_yaml.parse("when: 2026-13-45") == {"when": "2026-13-45"}
    assert read_yaml.parse("") is None


def test_an_alias_stands_for_what_it_names() -> None:
    assert read_yaml.parse("a: &x [1, 2]\nb: *x\nc: {<<: {d: 1}}") == {
        "a": [1, 2],
        "b": [1, 2],
        "c": {"d": 1},
    }


def bomb(levels: int, form: str) -> str:
    """Every line stands for nine of the one before."""
    lines = ["a0: &a0 {k: 1}"]
    for at in range(1, levels):
        nine = ", ".join([f"*a{at - 1}"] * 9)
        lines.append(f"a{at}: &a{at} {form.format(nine)}")
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [1", "line 1, column 6: not YAML: "),
        ("a: b: c", "line 1, column 5: not YAML: "),
        ("a: \x00", "not YAML"),
        ("a: \ud800", "not YAML"),
        ("[" * 100_000, "^line 1, column 51: it is nested too deeply"),
        ("a: !!int x", "^line 1, column 4: a value does not fit its tag"),
        ("a: !!float ''", "does not fit its tag"),
        ("a: !!bool maybe", "does not fit its tag"),
        ("a: !!timestamp 2026-11-22", "could not determine a constructor"),
        ("a: !!binary x", "could not determine a constructor"),
        ("a: !!python/object/apply:os.system [ls]", "could not determine a constructor"),
        ("a: " + "9" * 5000, "too large"),
        ("a: 12345678901234567890123", "a whole number is too large"),
        ("a: 0x" + "f" * 10_000, "too large"),
        ("? [1, 2]\n: 3", "unhashable"),
        ("a: &x [*x]", "an alias stands inside what it names"),
        ("a: *x", "undefined alias"),
        (bomb(9, "[{}]"), "more than 100,000 values, aliases counted"),
        (bomb(9, "{{<<: [{}]}}"), "more than 100,000 values, aliases counted"),
        ("x" * 2**18 + "x", "it holds more than 262,144 characters"),
    ],
)
def test_yaml_that_is_refused(text: str, message: str) -> None:
    began = time.process_time()
    with pytest.raises(UnreadableError, match=message) as refused:
        read_yaml.parse(text)
    assert time.process_time() - began < 5
    assert "\n" not in str(refused.value) and len(str(refused.value)) < 400


@given(st.text(alphabet="ab:-[]{}&*!|>'\"#,? \n0123456789.", max_size=60))
@settings(max_examples=300)
def test_any_text_is_yaml_or_refused(text: str) -> None:
    try:
        value = read_yaml.parse(text)
    except UnreadableError as error:
        assert "\n" not in str(error)
    else:
        json.dumps(value, default=str)


# --- CSV


def test_rows_are_numbers_and_an_empty_cell_is_left_out() -> None:
    assert read_csv.parse("step,loss,layer\n1,,a\n2,nan\n", ["layer"])[1][0] == {
        "step": 1.0,
        "layer": "a",
    }
    columns, rows = read_csv.parse("a,b\n1,2\n")
    assert (columns, rows) == (["a", "b"], [{"a": 1.0, "b": 2.0}])
    assert read_csv.parse("") == ([], [])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1,2,3\n", "line 2 has 3 cells, the header 2"),
        ("a,b\n1,2\n1,x\n", "line 3, column 'b': expected a number, got 'x'"),
        ("a,a\n1,2\n", "two of its columns have one name"),
        (",".join(map(str, range(1001))), "it has 1,001 columns"),
        ("a\n" + "9" * 200_000, "line 2 is no CSV"),
    ],
)
def test_csv_that_is_refused(text: str, message: str) -> None:
    with pytest.raises(UnreadableError, match=message):
        read_csv.parse(text)


# --- numbers that people type


@pytest.mark.parametrize(
    ("text", "value"),
    [("0.088", 0.088), (" 8.8% ", 0.088), ("1", 1.0), ("100%", 1.0), ("1e-3", 1e-3)],
)
def test_fractions(text: str, value: float) -> None:
    assert typed_numbers.fraction(text) == pytest.approx(value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("8.8", "8.8 is no fraction; .* for 8.8 percent write 8.8%"),
        ("120%", "120% is no fraction; expected 0 to 1, or 0% to 100%$"),
        ("nan", "'nan' is no number"),
        ("1_0", "'1_0' is no number"),
        ("", "'' is no number"),
        ("9" * 400, "is no number"),
    ],
)
def test_what_is_no_fraction(text: str, message: str) -> None:
    with pytest.raises(UnreadableError, match=message):
        typed_numbers.fraction(text)


@pytest.mark.parametrize("text", ["20000", "20,000", "20_000", "2e4"])
def test_counts(text: str) -> None:
    assert typed_numbers.count(text) == 20000


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "nan", "1e308", "1e16", "", "x"])
def test_what_is_no_count(text: str) -> None:
    with pytest.raises(UnreadableError, match="is no whole number"):
        typed_numbers.count(text)


def test_quantities() -> None:
    assert typed_numbers.quantity("500MB", typed_numbers.BYTES) == 500e6
    assert typed_numbers.quantity(" 1.5 GiB ", typed_numbers.BYTES) == 1.5 * 2**30
    for text, message in (
        ("5", "expected B, kB, .* got no unit"),
        ("5 ms", "got 'ms'"),
        ("MB", "no number with a unit"),
        ("1e308GB", "too large"),
    ):
        with pytest.raises(UnreadableError, match=message):
            typed_numbers.quantity(text, typed_numbers.BYTES)


@pytest.mark.parametrize(
    ("text", "value"), [("7", 7), (" -3 ", -3), ("+0", 0), ("1" + "0" * 15, 10**15)]
)
def test_whole_numbers(text: str, value: int) -> None:
    assert typed_numbers.whole(text) == value


@pytest.mark.parametrize("text", ["", "1.0", "1e3", "x", "1_0", "٣", "9" * 16, "9" * 5000, "0x1"])
def test_what_is_no_whole_number(text: str) -> None:
    with pytest.raises(UnreadableError, match=r"is no whole number from -10\^15 to 10\^15"):
        typed_numbers.whole(text)


# --- one reader each

PARSERS = {"json.loads", "json.load", "yaml.load", "yaml.safe_load", "csv.reader"}
READS = {
    "base/read_json.py": {"json.loads"},
    "base/read_yaml.py": {"yaml.load"},
    "base/read_csv.py": {"csv.reader"},
    # tables that people bring, and the columns that they name as a table's first line does
    "data/tables/formats/csv_text.py": {"csv.reader"},
    "data/tables/formats/delimiter.py": {"csv.reader"},
    "data/sources/image_tables.py": {"csv.reader"},
    "data/boxes/table.py": {"csv.reader"},
    "data/several_targets/names.py": {"csv.reader"},
    # what this very process, or one that it started, has just written
    "data/sources/ready.py": {"csv.reader"},
    "training/probes/memory.py": {"json.loads"},
    "training/recording/choosing.py": {"json.loads"},
    "searching/study.py": {"json.loads"},
    "searching/choose_space.py": {"json.loads"},
    "api/checking/checks.py": {"json.loads"},
    "runs/contents.py": {"json.loads"},
}


def test_each_format_has_one_reader() -> None:
    package = Path(files.__file__).parents[1]
    found: dict[str, set[str]] = {}
    for path in package.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and (called := ast.unparse(node.func)) in PARSERS:
                found.setdefault(path.relative_to(package).as_posix(), set()).add(called)
    assert found == READS


# --- shapes


@pytest.mark.parametrize(
    ("check", "value", "message"),
    [
        (shapes.count, -1, "has at = -1: expected a whole number"),
        (shapes.count, True, "has at = true: expected a whole number"),
        (shapes.count, 2**60, "expected a whole number"),
        (shapes.number, math.inf, "has at = Infinity: expected a number"),
        (shapes.number, 10**400, "expected a number"),
        (shapes.text, 3, "has at = 3: expected text"),
        (shapes.text, "x" * 100_001, "…: expected at most 100,000 characters"),
        (shapes.flag, 1, "expected true or false"),
        (shapes.one_of("a", "b"), "c", 'has at = "c": expected one of a, b'),
        (shapes.maybe(shapes.text), 3, "expected text"),
        (shapes.listed(shapes.text), {}, "has at = {}: expected a list"),
        (shapes.listed(shapes.text), ["a", 1], "has at.1 = 1: expected text"),
        (shapes.listed(shapes.text, most=1), ["a", "b"], "expected at most 1 entries"),
        (shapes.mapped(shapes.count), {"k": {"n": 1}}, 'has at.k = {"n": 1}: expected a whole'),
        (shapes.fields({"n": shapes.count}), {}, "lacks 'at.n': it is incomplete or was changed"),
        (shapes.fields({}, {"n": shapes.count}), {"n": None}, "has at.n = null"),
        (shapes.fields({}), [], "expected a mapping"),
    ],
)
def test_a_misfit_names_its_place_and_what_was_expected(
    check: shapes.Check, value: Any, message: str
) -> None:
    with pytest.raises(shapes.MisfitError) as misfit:
        check(value, "at")
    assert message in str(misfit.value)


def test_what_fits() -> None:
    check = shapes.fields(
        {"n": shapes.count},
        {"parts": shapes.listed(shapes.mapped(shapes.maybe(shapes.number)))},
    )
    check({"n": 3, "parts": [{"a": 1.5, "b": None}], "more": object()}, "")
