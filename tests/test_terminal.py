"""How a run reads in the terminal."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import report_run as make
from netwright.base import figures
from netwright.base.errors import RunError
from netwright.base.figures import duration, figure, percent
from netwright.base.measure import Measure
from netwright.base.visible import columns
from netwright.cli.console import table
from netwright.cli.look.data import command as data
from netwright.cli.text.runs import BLOCKS, show_run, sparkline
from netwright.doctor.gaps.figures import FigureFormat

FLOATS = st.floats(allow_nan=True, allow_infinity=True)


@given(st.lists(FLOATS, max_size=60), st.integers(1, 60))
def test_a_sparkline_has_one_sign_a_value_up_to_its_width(values: list[float], width: int) -> None:
    drawn = sparkline(values, width)
    assert len(drawn) == min(len(values), width)
    assert set(drawn) <= {*BLOCKS, " "}


@given(st.lists(FLOATS, max_size=40))
def test_a_sparkline_keeps_the_order_and_shows_the_ends(values: list[float]) -> None:
    drawn = sparkline(values)
    known = [
        (value, BLOCKS.index(sign))
        for value, sign in zip(values, drawn, strict=True)
        if math.isfinite(value)
    ]
    assert all(
        sign == " " for value, sign in zip(values, drawn, strict=True) if not math.isfinite(value)
    )
    assert [height for _, height in sorted(known)] == sorted(height for _, height in known)
    if known and max(known)[0] / 2 > min(known)[0] / 2:
        assert {min(known)[1], max(known)[1]} == {0, 7}


def test_a_sparkline_of_nothing_and_of_equal_values() -> None:
    assert sparkline([]) == ""
    assert sparkline([2.0, 2.0]) == "▄▄"
    assert sparkline([math.nan]) == " "
    assert sparkline([0, 1, 2, 3, 4, 5, 6, 7]) == BLOCKS
    assert sparkline([0.0, 0.0, 9.0, 9.0], 2) == "▁█"


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ((0.019, 0.012, 0.029), "1.9% (1.2-2.9)"),
        ((0.0188, 0.0181, 0.0196), "1.88% (1.81-1.96)"),
        ((0.5, None, None), "50.0%"),
        ((0.0, 0.0, 0.0037), "0.00% (0.00-0.37)"),
        ((1.0, 0.7, 1.0), "100.0% (70.0-100.0)"),
        ((math.nan, 0.1, 0.2), "unknown"),
        ((0.0004, None, None), "0.04%"),
    ],
)
def test_percent_shows_the_digits_that_the_interval_allows(
    arguments: tuple[float, float | None, float | None], text: str
) -> None:
    assert percent(*arguments) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.04, "0.0 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (61, "1 min 1 s"),
        (200, "3 min 20 s"),
        (3599.7, "1 h"),
        (7500, "2 h 5 min"),
        (86400, "1 d"),
        (273_600, "3 d 4 h"),
        (math.nan, "unknown"),
        (-1, "unknown"),
        (math.inf, "unknown"),
    ],
)
def test_duration(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("measured", "text"),
    [
        (Measure(0.019, 9, 0.012, 0.029, "fraction"), "error 1.9% (1.2-2.9)"),
        (Measure(51.2, 9, 44.0, 58.9, "m"), "error 51.2 m (44.0 to 58.9)"),
        (Measure(181234.4, 9, 170000.0, 190000.0), "error 181,234 (170,000 to 190,000)"),
        (Measure(0.5, 9), "error 0.5"),
        (None, ""),
    ],
)
def test_figure(measured: Measure | None, text: str) -> None:
    assert figure("error", measured) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (31271.4, "31,271"),
        (-520580.0, "-520,580"),
        (9999.7, "10,000"),
        (1234.0, "1,234"),
        (0.31412, "0.3141"),
        (-0.0, "0"),
        (0.00002, "2e-05"),
        (3e20, "3e+20"),
    ],
)
def test_a_figure_is_written_alike_with_and_without_an_interval(value: float, text: str) -> None:
    assert figures.readable(value) == figures.number(value) == text
    assert FigureFormat("m").level(value) == f"{text} m"
    if 1e3 <= abs(value) < 1e15:
        assert text in figures.number(value, value - 2000, value + 2000)


def test_differences_carry_their_sign() -> None:
    assert figures.points(0.083, 0.082, 0.084) == "+8.3 points (8.2 to 8.4)"
    assert figures.points(-0.003, -0.007, 0.001) == "-0.3 points (-0.7 to 0.1)"
    assert figures.points(8.2, 0.5, 16.0, unit="m") == "+8.2 m (0.5 to 16.0)"
    assert figures.unsigned(-0.003, -0.007, 0.001) == (0.003, -0.001, 0.007)
    assert figures.unsigned(0.003, -0.001, None) == (0.003, -0.001, None)


@given(st.floats(1e-5, 1e5), st.floats(0.001, 10), st.sampled_from(["fraction", "m", ""]))
def test_a_gap_reads_alike_in_a_table_and_in_a_sentence(
    size: float, half: float, unit: str
) -> None:
    low, high = size * (1 - half), size * (1 + half)
    sentence = FigureFormat(unit).sized(size, low, high)
    assert figures.points(size, low, high, unit=unit) in (f"+{sentence}", f"+{sentence} ".rstrip())


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0 rows"), (1, "1 row"), (2, "2 rows"), (20_000, "20,000 rows")]
)
def test_one_is_no_plural(number: int, text: str) -> None:
    assert figures.counted(number, "row") == text
    assert figures.counted(number, "class", "classes") == text.replace("rows", "classes").replace(
        "row", "class"
    )


def test_a_table_is_aligned_also_with_wide_signs() -> None:
    text = click.unstyle(table([["a", 1], ["名前", 1000]], ["name", "size"], ["l", "r"]))
    assert text == "name  size\na        1\n名前  1000"
    assert len({columns(line) for line in text.splitlines()}) == 1


def test_a_table_prints_no_sign_that_a_terminal_obeys() -> None:
    text = click.unstyle(table([["\x1b[2Jgone\r\x07", "a\nb"]], ["x", "y"], ["l", "l"]))
    assert text.splitlines()[1] == r"\x1b[2Jgone\x0d\x07  a b"


def test_an_empty_table_is_its_headers() -> None:
    assert click.unstyle(table([], ["run", "status"], ["l", "l"])) == "run  status"


# --- show


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A complete run; read only."""
    return make.classifier_run(tmp_path_factory.mktemp("store") / make.ID)


def test_show_says_the_result_the_curves_the_gaps_and_the_choices(digits: Path) -> None:
    text = click.unstyle(show_run(digits))
    for expected in (
        "resnet-small on digits",
        make.ID,
        "dev error 2.0% (1.3-3.1) on 1,000 examples",
        "train error 0.6%",
        "train loss  ",
        "dev error  ",
        "Work on variance first",
        "Knobs for variance",
        "augment.shift 0.07",
        "training.epochs 12",
        "12 epochs in 41 s",
    ):
        assert expected in text, expected
    assert any(sign in text for sign in BLOCKS)


def test_show_of_a_regressor(tmp_path: Path) -> None:
    text = click.unstyle(show_run(make.regressor_run(tmp_path)))
    assert "dev RMSE 51.2 (44.0 to 58.9) on 90 examples" in text
    assert "dev MAE 41.0" in text


def test_show_of_a_run_that_has_only_begun(tmp_path: Path) -> None:
    make.write_info(
        tmp_path,
        status="stopped",
        message="stopped by hand",
        splits={"train": 3},
        source="digits",
        epochs=0,
        steps=0,
    )
    text = click.unstyle(show_run(tmp_path))
    assert "Stopped after 0 epochs, 0 steps: stopped by hand; it had not begun" in text
    assert "netwright train --resume" not in text


def test_show_names_what_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"holds no run\.json"):
        show_run(tmp_path)


def test_a_strangers_run_cannot_write_to_the_terminal(tmp_path: Path) -> None:
    make.classifier_run(tmp_path, classes=["a", "b"], dev=40, source="x\x1b]0;title\x07")
    path = tmp_path / "diagnosis.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "verdict": "\x1b[2J\x9b gone"}))
    text = click.unstyle(show_run(tmp_path))
    assert all(sign.isprintable() or sign == "\n" for sign in text)


@pytest.mark.parametrize("name", ["run.json", "measures.json", "diagnosis.json"])
@pytest.mark.parametrize(
    "content",
    ["[]", "{}", '{"dev": 3, "metric": 4, "splits": 5, "rungs": 6, "differs": 7}', "null", "{"],
)
def test_a_damaged_run_is_shown_or_refused_in_one_sentence(
    tmp_path: Path, name: str, content: str
) -> None:
    make.classifier_run(tmp_path, dev=50)
    (tmp_path / name).write_text(content)
    try:
        show_run(tmp_path)
    except RunError as error:
        assert "\n" not in str(error)


def test_show_loads_nothing_heavy(digits: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from netwright.cli.text.runs import"
        f" show_run;show_run(Path({str(digits)!r}));heavy = {{'numpy', 'polars', 'torch',"
        " 'matplotlib', 'pydantic', 'rich', 'sklearn', 'PIL'} & set(sys.modules); assert not"
        " heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(("size", "cut"), [((20, 20), False), ((30, 20), True)])
def test_data_says_what_of_an_oblong_image_is_seen(
    tmp_path: Path, size: tuple[int, int], cut: bool
) -> None:
    for k in range(8):
        folder = tmp_path / "pictures" / "ab"[k % 2]
        folder.mkdir(parents=True, exist_ok=True)
        Image.new("L", size, color=20 * k).save(folder / f"{k}.png")
    text = CliRunner().invoke(data, [str(tmp_path / "pictures")]).stdout
    assert ("middle square" in text) == cut
