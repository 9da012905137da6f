"""Every script of docs/gallery runs block by block, prints numbers and draws whole pictures."""

from __future__ import annotations

import ast
import importlib
import re
import unicodedata
from fnmatch import fnmatch
from pathlib import Path

import pytest

pytestmark = pytest.mark.usefixtures("whole_pictures")

DOCS = Path(__file__).parents[1] / "docs"
SCRIPTS = sorted((DOCS / "gallery").glob("*.py"))
each_script = pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)


def statements(script: Path) -> int:
    """How many statements a script has, however they are broken into lines; prose is none."""
    tree = ast.parse(script.read_text(encoding="utf-8"))
    return sum(isinstance(node, ast.stmt) for node in ast.walk(tree)) - 1  # the docstring


def blocks(script: Path) -> list[str]:
    """The source cut at its ``# %%`` lines, each part padded to keep its line numbers."""
    parts: list[list[str]] = [[]]
    for number, line in enumerate(script.read_text(encoding="utf-8").splitlines()):
        if line.startswith("# %%"):
            parts.append([""] * number)
        parts[-1].append(line)
    return ["\n".join(part) for part in parts]


@each_script
@pytest.mark.filterwarnings("error")  # a letter without a glyph, too
def test_a_script_prints_and_draws_whole_pictures_in_ten_seconds(
    script: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    plt.close("all")
    names: dict[str, object] = {"__name__": "__main__"}
    pictures = 0
    try:
        for block in blocks(script):
            exec(compile(block, str(script), "exec"), names)
            # the builder takes the block's pictures and closes them: what a later block adds is
            # never seen
            for figure in map(plt.figure, plt.get_fignums()):
                pictures += 1
                figure.draw_without_rendering()
                assert figure.get_figwidth() <= 11, "wider than its letters can be read on a page"
                for axis in figure.axes:
                    assert axis.has_data(), (
                        f"a panel is still empty when its block ends: {axis.get_title()!r}"
                    )
                    assert axis.get_title() or axis.get_label() == "<colorbar>", (
                        "a panel has no title"
                    )
            plt.close("all")
    finally:
        plt.close("all")
    assert pictures
    assert capsys.readouterr().out.strip()


@each_script
def test_a_script_is_read_in_one_sitting(script: Path) -> None:
    assert 15 <= statements(script) <= 50


@each_script
def test_a_page_has_a_title_with_the_chinese_term_and_a_paragraph(script: Path) -> None:
    text = ast.get_docstring(ast.parse(script.read_text(encoding="utf-8"))) or ""
    title, underline, blank, first, *_ = text.splitlines()
    assert re.search("[\u4e00-\u9fff]", title)
    columns = sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in title)
    assert underline == "=" * columns, "a Chinese letter is two columns wide"
    assert not blank
    assert first.startswith("Notes ")


@each_script
def test_a_page_is_listed_in_one_chapter(script: Path) -> None:
    index = (DOCS / "gallery.rst").read_text(encoding="utf-8")
    shown = [
        glob for glob in re.findall(r"gallery/(notes_\S+\.py)", index) if fnmatch(script.name, glob)
    ]
    linked = [
        glob
        for glob in re.findall(r"auto_gallery/(notes_\S+)", index)
        if fnmatch(script.stem, glob)
    ]
    assert len(shown) == len(linked) == 1, (
        "give docs/gallery.rst a chapter whose pattern fits this script"
    )


def test_pages_stand_in_the_order_of_their_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(DOCS))
    by_row = importlib.import_module("gallery_order").by_row

    assert by_row("gallery/notes_2_2_9_saddle_point.py") < by_row("notes_2_2_13_optimizers_race.py")
    with pytest.raises(ValueError, match=r"plot_saddle\.py names no row"):
        by_row("docs/gallery/plot_saddle.py")


def test_every_row_that_the_course_draws_has_a_page() -> None:
    rows = {"_".join(script.stem.split("_")[1:4]) for script in SCRIPTS}
    assert rows >= {
        "1_2_1",
        "1_2_3",
        "1_2_4",
        "1_2_5",
        "1_2_7",
        "1_3_1",
        "1_3_4",
        "1_3_5",
        "1_3_6",
        "1_4_3",
    }
    assert rows >= {
        "2_1_3",
        "2_1_6",
        "2_1_7",
        "2_1_8",
        "2_2_1",
        "2_2_3",
        "2_2_8",
        "2_2_9",
        "2_2_13",
    }
    assert rows >= {
        "2_3_2",
        "2_3_5",
        "2_3_8",
        "4_1_2",
        "4_1_6",
        "4_1_9",
        "4_1_11",
        "4_2_5",
        "4_3_7",
    }
    assert rows >= {"5_1_2", "5_1_3", "5_1_8", "5_1_9", "5_1_12"}
