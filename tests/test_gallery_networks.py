"""The gallery's scripts of chapters 2.2, 2.3 and 4 run, print their numbers and leave a picture open."""

from __future__ import annotations

import runpy
import time
from pathlib import Path

import pytest

GALLERY = Path(__file__).parents[1] / "docs" / "gallery"
SCRIPTS = sorted(script for start in ("2_2", "2_3", "4") for script in GALLERY.glob(f"notes_{start}_*.py"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
@pytest.mark.filterwarnings("error")
def test_a_script_prints_and_draws_in_ten_seconds(script: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    plt.close("all")
    began = time.process_time()
    runpy.run_path(str(script))
    try:
        assert time.process_time() - began < 10
        assert capsys.readouterr().out.strip()
        figures = [plt.figure(number) for number in plt.get_fignums()]
        assert figures
        for figure in figures:
            figure.canvas.draw()  # a letter without a glyph would warn here
            assert all(axis.get_title() for axis in figure.axes if axis.get_label() != "<colorbar>")
    finally:
        plt.close("all")


def test_every_row_of_this_part_has_a_script() -> None:
    rows = {"_".join(script.stem.split("_")[1:4]) for script in SCRIPTS}
    assert rows >= {"2_2_1", "2_2_3", "2_2_8", "2_2_9", "2_2_13", "2_3_2", "2_3_5", "2_3_8"}
    assert rows >= {"4_1_2", "4_1_6", "4_1_9", "4_1_11", "4_2_5", "4_3_7"}
