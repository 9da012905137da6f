"""netwright explain: the walk as a table, as JSON and as SVG; one sentence for each mistake; a
quick start.
"""

from __future__ import annotations

import json
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from netwright.cli.main import main

NOTES = ("J = 3*(a + b*c)", "a=5", "b=3", "c=2")


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def explain(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    main(["explain", *arguments])
    return capsys.readouterr().out


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as ended:
        main(["explain", *arguments])
    printed = capsys.readouterr()
    assert ended.value.code == 2 and printed.out == ""
    assert printed.err.startswith("netwright: ") and printed.err.count("\n") == 1
    return printed.err


def test_the_walk_of_the_notes_is_a_table_and_a_picture(capsys: pytest.CaptureFixture[str]) -> None:
    lines = explain(capsys, *NOTES).splitlines()
    cells = [line.split() for line in lines]
    assert ["u1", "b*c", "6", "3"] in cells and ["c", "given", "2", "9"] in cells
    assert lines[-1] == "J = 33, dJ/da = 3, dJ/db = 6, dJ/dc = 9"
    root = ElementTree.parse("J.svg").getroot()
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert list(Path.cwd().iterdir()) == [Path.cwd() / "J.svg"]


def test_json_holds_every_step_and_draws_only_when_asked(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = json.loads(explain(capsys, *NOTES, "--json"))
    assert found["value"] == 33 and found["derivatives"] == {"a": 3, "b": 6, "c": 9}
    assert {"name": "u2", "is": "a + u1", "value": 11, "derivative": 3} in found["steps"]
    assert found["svg"] is None and not list(Path.cwd().iterdir())
    drawn = json.loads(explain(capsys, *NOTES, "--json", "--out", "deep/graph.svg"))
    assert drawn["svg"] == "deep/graph.svg" and Path("deep/graph.svg").exists()


def test_matrices_columns_and_negative_values(capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(explain(capsys, "w @ x*b", "w=[[0.5,-1]]", "x=[1,2]", "b=-2", "--json"))
    assert found["value"] == 3.0
    assert found["derivatives"] == {"w": [[-2.0, -4.0]], "x": [[-1.0], [2.0]], "b": -1.5}
    assert json.loads(explain(capsys, "-a**2", "a=-1", "--json"))["value"] == -1


@pytest.mark.parametrize(
    ("expression", "value", "slope"),
    [
        ("J = -2*x", -6, -2),
        ("-x", -3, -1),
        ("--x", 3, 1),
        ("-2**2*x", -12, -4),
        ("2**-1*x", 1.5, 0.5),
        ("-(1 + 2)*-x", 9, 3),
    ],
)
def test_constants_and_minus_signs(
    expression: str, value: float, slope: float, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        explain(capsys, expression, "x=3").splitlines()[-1] == f"J = {value:g}, dJ/dx = {slope:g}"
    )
    ElementTree.parse("J.svg")
    found = json.loads(explain(capsys, expression, "x=3", "--json"))
    assert found["derivatives"] == {"x": slope} and found["value"] == value


def test_a_step_of_constants_shows_that_it_has_no_derivative(
    capsys: pytest.CaptureFixture[str],
) -> None:
    rows = [line.split() for line in explain(capsys, "J = -2*x", "x=3").splitlines()]
    assert ["u1", "-2", "-2", "none", "(constant)"] in rows
    found = json.loads(explain(capsys, "J = -2*x", "x=3", "--json"))
    assert {step["name"]: step["derivative"] for step in found["steps"]} == {
        "2": None,
        "u1": None,
        "x": -2,
        "J": 1,
    }


def test_a_minus_before_h_is_no_call_for_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert explain(capsys, "-h*2", "h=1").splitlines()[-1] == "J = -2, dJ/dh = -2"
    assert "Usage: " in explain(capsys, "-h")


def test_a_picture_of_ours_is_drawn_again_and_a_file_of_the_person_is_not(
    capsys: pytest.CaptureFixture[str],
) -> None:
    explain(capsys, *NOTES)
    before = Path("J.svg").read_text()
    explain(capsys, "J = a*2", "a=1")
    assert Path("J.svg").read_text() != before
    Path("J.svg").write_text("<svg/>")
    assert "J.svg is there already" in refused(capsys, *NOTES)
    assert Path("J.svg").read_text() == "<svg/>"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("a/b", "a=1", "b=0"), "explain: J = a/b divides by zero: b is 0."),
        (("a + b", "a=1"), "b has no value: give b=NUMBER."),
        (("__import__('os').system('touch x')",), "has no meaning here."),
        (("a", "a"), "does not understand 'a'; values are given as NAME=VALUE"),
        (("a", "a=x"), "a is 'x'; expected a number"),
        (("a", "a=[[1,2],[3]]"), "a is no matrix"),
        (("a", "a=[]"), "a is no matrix"),
        (("a", 'a=["x"]'), "a is no matrix"),
        (("a", "a=[" * 5000), "expected a number"),
        (("a", "a=1", "a=2"), "one name twice"),
        (("a", "a=inf"), "a is 'inf'; expected a number"),
        (("a", "a=1", "--out", "x.png"), "x.png is no SVG file"),
    ],
)
def test_a_mistake_is_one_sentence(
    arguments: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert says in refused(capsys, *arguments)
    assert not list(Path.cwd().iterdir())


def test_explain_starts_without_torch() -> None:
    code = (
        "import sys; from netwright.cli.main import main; main(sys.argv[1:]); print('torch' in"
        " sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "explain", *NOTES], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "False"
