"""The one place that prints: results and messages apart, and nothing that a terminal would obey."""

from __future__ import annotations

import ast
import csv
import io
import json
import subprocess
import sys
import unicodedata
from pathlib import Path

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netwright.base.errors import NetwrightError
from netwright.cli import console
from netwright.cli.main import main
from netwright.cli.progress import progress
from netwright.cli.text import results
from netwright.training.trainer import Progress

CLI = Path(console.__file__).parent
HOSTILE = "\x1b]0;title\x07\x1b[2J\x9b1A\x08\u202egnp.\r\x00"


def obeyed(text: str) -> list[str]:
    return [sign for sign in text if not sign.isprintable() and sign not in "\n\t"]


@given(st.text())
def test_whatever_is_printed_a_terminal_prints_it(text: str) -> None:
    plain = click.unstyle(console.printable(console.bold(text)))
    controls = [sign for sign in plain if unicodedata.category(sign) in ("Cc", "Cs")]
    assert set(controls) <= {"\n", "\t"}
    assert not set(plain) & set("\u200e\u200f\u202a\u202e\u2066\u2069")


def test_our_own_styles_stay_and_no_other() -> None:
    styled = f"{console.bold('a')} {console.colored('b', 'red')} {console.faint('c')}"
    assert console.printable(styled) == ("\x1b[1ma\x1b[0m \x1b[31mb\x1b[0m \x1b[90mc\x1b[0m")
    printed = console.printable("\x1b[8mhidden\x1b[2J\x1b[38;5;1m")
    assert printed == r"\x1b[8mhidden\x1b[2J\x1b[38;5;1m"
    assert console.colored("plain", None) == "plain"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


COLORED = "".join(f"\x1b[{code}mx" for code in (0, 1, 31, 33, 36, 90))


def test_text_from_outside_brings_no_style_to_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    out, err = Terminal(), Terminal()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    console.result(console.bold(COLORED))
    console.result(console.table([[COLORED]], [COLORED], ["l"]))
    console.as_csv([{COLORED: COLORED}])
    console.message(COLORED)
    console.problem(COLORED)
    with progress() as watch:
        watch(Progress(1, 1, 2, 1.0, 1, 0.0, message=COLORED))
    printed = out.getvalue() + err.getvalue()
    written = printed.count(r"\x1b[31mx")
    assert written == 8 and "\x1b[31m" not in printed and "\x1b[33m" not in printed
    assert out.getvalue().startswith("\x1b[1m\\x1b[0mx")


def test_the_bar_begins_with_the_first_step(monkeypatch: pytest.MonkeyPatch) -> None:
    err = Terminal()
    monkeypatch.setattr(sys, "stderr", err)
    with progress():
        pass
    assert err.getvalue() == ""
    with progress() as watch:
        watch(Progress(1, 2, 1, 4, 0.25, 1.0))
    assert "epoch   1/2" in err.getvalue() and "0.2500" in err.getvalue()
    assert "nan" not in err.getvalue()


def test_results_and_messages_are_apart(capsys: pytest.CaptureFixture[str]) -> None:
    console.result(f"result {HOSTILE}")
    console.message(f"message {HOSTILE}")
    console.problem(f"problem {HOSTILE}\nsecond line")
    printed = capsys.readouterr()
    assert printed.out == (r"result \x1b]0;title\x07\x1b[2J\x9b1A\x08\u202egnp.\x0d\x00" + "\n")
    message, problem = printed.err.splitlines()
    assert message.startswith("message ") and problem.startswith("netwright: problem ")
    assert problem.endswith(" second line")
    assert not obeyed(printed.out + printed.err)


def test_json_is_the_same_value_and_prints_no_control(capsys: pytest.CaptureFixture[str]) -> None:
    value = {HOSTILE: [HOSTILE, "é 名前", "\udcff"]}
    console.as_json(value)
    printed = capsys.readouterr().out
    assert json.loads(printed) == {"schema": 1, **value}
    assert not obeyed(printed) and "é 名前" in printed


def test_json_holds_null_where_a_number_is_not_finite(capsys: pytest.CaptureFixture[str]) -> None:
    console.as_json({"a": [{"b": float("inf")}, (-float("inf"), 1.5)], "c": float("nan")})
    found = json.loads(capsys.readouterr().out)
    assert found == {"schema": 1, "a": [{"b": None}, [None, 1.5]], "c": None}


def test_json_says_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    console.as_json([{"a": 1}, {"a": {"b": 2}}])
    console.as_json([])
    console.as_json_line({"a": 1})
    rows, none, line = capsys.readouterr().out.rpartition("\n[]\n")
    assert json.loads(rows) == [{"schema": 1, "a": 1}, {"schema": 1, "a": {"b": 2}}]
    assert (none, line) == ("\n[]\n", '{"schema": 1, "a": 1}\n')


@pytest.mark.parametrize(
    ("given", "document"),
    [
        ("a text", {"result": "a text"}),
        (None, {"result": None}),
        (["a", "b"], {"result": ["a", "b"]}),
        ([{"a": 1}, "b"], {"result": [{"a": 1}, "b"]}),
        ({"schema": "public"}, {"result": {"schema": "public"}}),
        ({"a": [1]}, {"a": [1]}),
        ([{"a": 1}], [{"a": 1}]),
    ],
)
def test_what_a_systems_verb_gives_is_one_document(given: object, document: object) -> None:
    assert results.document(given) == document


def test_csv_holds_the_values_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    console.as_csv([{"a": 1, "b": "x,\x1by"}, {"a": 2, "b": ""}])
    assert capsys.readouterr().out == 'a,b\n1,"x,\x1by"\n2,\n'


def test_half_a_character_is_written_out_in_csv(capsys: pytest.CaptureFixture[str]) -> None:
    """JSON can hold it, and UTF-8 cannot."""
    console.as_csv([{"a": "x\ud83d"}])
    assert capsys.readouterr().out == "a\nx\\ud83d\n"


def test_blanks_at_the_edge_of_a_value_are_seen() -> None:
    (shown,) = results.texts([{"token": one} for one in (" a", "\n", "b c")])
    assert [line.strip() for line in shown.splitlines()[-3:]] == ['" a"', '"\\n"', "b c"]


def test_rows_of_other_columns_are_refused_in_a_sentence() -> None:
    with pytest.raises(NetwrightError, match="the column 'b' is in some rows and not in others"):
        console.as_csv([{"a": 1}, {"a": 2, "b": 3}])


FORMULAS = ("=1+1", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "-x", "+")
PLAIN = ("-1.5", "+2", "-1e-3", "1-2", "a=b", "", " =1", "'=1", "cat", "-.5")


@pytest.mark.parametrize("cell", FORMULAS)
def test_a_spreadsheet_takes_no_cell_of_csv_for_a_formula(
    cell: str, capsys: pytest.CaptureFixture[str]
) -> None:
    console.as_csv([{cell: cell}])
    harmless = list(csv.reader(io.StringIO(capsys.readouterr().out, newline="")))
    assert harmless == [[f"'{cell}"], [f"'{cell}"]]
    console.as_csv([{cell: cell}], formulas=True)
    assert list(csv.reader(io.StringIO(capsys.readouterr().out, newline=""))) == [[cell], [cell]]


def test_numbers_and_other_words_stay_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    console.as_csv([{"a": cell} for cell in (*PLAIN, -1.5, -1, None)])
    rows = list(csv.reader(io.StringIO(capsys.readouterr().out)))
    assert [row[0] if row else "" for row in rows[1:]] == [*PLAIN, "-1.5", "-1", ""]


def test_a_mistake_is_a_line_of_bounded_length(capsys: pytest.CaptureFixture[str]) -> None:
    console.problem("a" * 10_000 + "\n" + "b" * 10_000)
    line = capsys.readouterr().err
    assert line.count("\n") == 1 and len(line) < 1600


def test_a_cell_is_one_line_without_styles() -> None:
    text = click.unstyle(
        console.table([[f"a\n{HOSTILE}", console.bold("b")]], ["x", "y\x1b"], "ll")
    )
    assert len(text.splitlines()) == 2 and "\x1b" not in text
    assert console.aligned([("a", "1"), ("名前", "22")], right=(1,)) == "a      1\n名前  22"


def test_quiet_leaves_results_and_mistakes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["train", "iris", "--epochs", "1", "--store", str(tmp_path)]
    main(["--quiet", *arguments])
    printed = capsys.readouterr()
    assert printed.err == "" and "on iris" in printed.out
    with pytest.raises(SystemExit):
        main(["--quiet", "train", "irs"])
    assert "did you mean 'iris'" in capsys.readouterr().err


@pytest.mark.parametrize(
    "path",
    [path for path in CLI.rglob("*.py") if path.name != "console.py"],
    ids=lambda path: str(path.relative_to(CLI)),
)
def test_no_other_file_prints(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            assert called not in ("print", "click.echo", "click.secho", "click.style"), called
            assert not called.startswith(("sys.stdout.", "sys.stderr.write")), called


@pytest.mark.usefixtures("whole_pictures")
def test_names_from_a_table_reach_no_terminal_raw(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "rows.csv"
    rows = [f"{at},{'ab'[at % 2]}\x1b[2J" for at in range(40)]
    path.write_text("size\x1b[31m,kind\x9b\n" + "\n".join(rows) + "\n", encoding="utf-8")
    target = "kind\x9b"
    for arguments in (
        ["data", str(path), "--target", target],
        ["data", str(path), "--target", "no\x1b[2J"],
        ["train", str(path), "--target", target, "--epochs", "1", "--store", str(tmp_path / "r")],
        ["runs", "--store", str(tmp_path / "r")],
        ["show", "last", "--store", str(tmp_path / "r")],
        ["runs", "note", "last", "x\x1b[2J\u202e", "--store", str(tmp_path / "r")],
        ["show", "last", "--store", str(tmp_path / "r")],
        ["predict", "last", str(path), "--store", str(tmp_path / "r")],
        ["evaluate", "last", str(path), "--store", str(tmp_path / "r")],
        ["diagnose", "last", "--store", str(tmp_path / "r")],
        ["evaluate", "last", str(path), "--split", "no\x9b", "--store", str(tmp_path / "r")],
        ["predict", "no\x1b[2J", str(path), "--store", str(tmp_path / "r")],
        ["train", str(path), "--set", "no\x1b[2J=1"],
    ):
        try:
            main(arguments)
        except SystemExit as ended:
            assert ended.code == 2
        printed = capsys.readouterr()
        text = click.unstyle(printed.out) + printed.err
        assert not obeyed(text), (arguments, obeyed(text))
    (report,) = (tmp_path / "r").glob("*/report.html")
    assert not obeyed(report.read_text(encoding="utf-8"))


def test_a_name_of_two_lines_forges_no_message(capsys: pytest.CaptureFixture[str]) -> None:
    console.message("took a\nnetwright: all is well")
    console.problem("a\nnetwright: all is well")
    assert len(capsys.readouterr().err.splitlines()) == 2


def test_runs_show_and_help_load_nothing_heavy(tmp_path: Path) -> None:
    import report_run

    report_run.classifier_run(tmp_path / report_run.ID, dev=20)
    code = (
        "import sys; from netwright.cli.main import main\n"
        "for arguments in (['--help'], ['runs', '--store', STORE], ['show', 'last', '--store',"
        " STORE]):\n"
        "    try: main(arguments)\n"
        "    except SystemExit as ended: assert not ended.code\n"
        "heavy = {'numpy', 'polars', 'torch', 'matplotlib', 'pydantic', 'rich', 'sklearn', 'PIL',"
        " 'yaml'} & set(sys.modules); assert not heavy, heavy"
    ).replace("STORE", repr(str(tmp_path)))
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
