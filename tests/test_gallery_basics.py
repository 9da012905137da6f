"""The gallery's scripts of chapters 1 and 2.1 run, print their numbers and leave a picture open."""

from __future__ import annotations

import runpy
import time
from pathlib import Path

import pytest

GALLERY = Path(__file__).parents[1] / "docs" / "gallery"
SCRIPTS = sorted([*GALLERY.glob("notes_1_*.py"), *GALLERY.glob("notes_2_1_*.py")])


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_a_script_prints_and_draws_in_ten_seconds(script: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    plt.close("all")
    began = time.monotonic()
    runpy.run_path(str(script))
    try:
        assert time.monotonic() - began < 10
        assert capsys.readouterr().out.strip()
        figures = [plt.figure(number) for number in plt.get_fignums()]
        assert figures
        for figure in figures:
            figure.canvas.draw()
            assert all(axis.get_title() for axis in figure.axes)
    finally:
        plt.close("all")


def test_every_row_of_this_part_has_a_script() -> None:
    rows = {"_".join(script.stem.split("_")[1:4]) for script in SCRIPTS}
    assert rows >= {"1_2_1", "1_2_3", "1_2_4", "1_2_5", "1_2_7", "1_3_1", "1_3_4", "1_3_5", "1_3_6", "1_4_3"}
    assert rows >= {"2_1_3", "2_1_6", "2_1_7", "2_1_8"}
