"""A report to pass on shows what was learned, and nothing of a person's examples."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PIL import Image

import netwright as nw
import report_run
from netwright.api.run import Run
from netwright.cli.main import main
from netwright.report import html_page
from netwright.runs.contents import read

pytestmark = pytest.mark.usefixtures("whole_pictures")

QUICK = {"training.batch_size": 16, "optimizer.lr": 0.05}


def shared(run: Run) -> str:
    return run.write_report(examples=False).read_text(encoding="utf-8")


def whole(run: Run) -> str:
    return run.report.read_text(encoding="utf-8")


def found(page: str, words: Iterable[str]) -> set[str]:
    """The words that a page holds, as text or inside a picture that it carries."""
    pictures = re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"', page)
    held = html.unescape(page) + "".join(base64.b64decode(one).decode() for one in pictures)
    return {word for word in words if word in held}


def kept(run: Run) -> set[str]:
    """The ids and the sources of all examples."""
    table = pl.read_parquet(run.record.path / "splits.parquet")
    return {*table["id"], *table["source"]}


def test_no_word_of_a_text(tmp_path: Path) -> None:
    """Words that stand in one review alone; every seventh verdict is wrong, so that there are
    mistakes to show.
    """
    rng = np.random.default_rng(0)
    letters = list("bcdfghjklmnpqrstvwxz")
    own = ["q" + "".join(rng.choice(letters, 9)) for _ in range(160)]
    rows = []
    for at, word in enumerate(own):
        good = at % 2 == 0
        mood = "bright warm kindly" if good else "grey cold harshly"
        verdict = good if at % 7 else not good
        rows.append(f"{mood} they were and {word} it went,{'fine' if verdict else 'poor'}\n")
    place = tmp_path / "the-ward"
    place.mkdir()
    (place / "patients.csv").write_text("review,verdict\n" + "".join(rows), encoding="utf-8")
    changes = {**QUICK, "training.epochs": 6}
    run = nw.train(str(place / "patients.csv"), target="verdict", set=changes, store=tmp_path / "r")
    run.note("written about Ms Somebody")
    secret = {*own, *kept(run), "harshly", "the-ward", "patients.csv", "Somebody"}
    assert len(found(whole(run), secret)) > 10, "the whole report shows them"
    page = shared(run)
    assert found(page, secret) == set()
    error = run.files.measured("dev")
    assert error is not None
    assert f"{100 * error.value:.1f}%" in page
    for name in (
        "fine",
        "poor",
        "Confusion matrix",
        "Training curves",
        "Where the error comes from",
    ):
        assert name in page
    assert "left out" in page


def test_no_pixel_and_no_name_of_a_picture(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for kind, level in (("dark", 110), ("light", 140)):
        (tmp_path / "album" / kind).mkdir(parents=True)
        for at in range(40):
            pixels = np.clip(rng.normal(level, 60, (8, 8)), 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(tmp_path / "album" / kind / f"holiday{at:03}.png")
        copy = (tmp_path / "album" / kind / "holiday000.png").read_bytes()
        (tmp_path / "album" / kind / "twin000.png").write_bytes(copy)
    changes = {**QUICK, "training.epochs": 2}
    run = nw.train(str(tmp_path / "album"), model="linear", set=changes, store=tmp_path / "r")
    names = {path.name for path in (tmp_path / "album").rglob("*.png")}
    secret = {*names, *kept(run), "album", "twin"}
    assert len(found(whole(run), secret)) > 2
    assert "data:image/png" in whole(run)
    page = shared(run)
    assert found(page, secret) == set()
    assert "data:image/" not in page
    assert "dark" in page
    assert "<svg" in page


def test_no_row_of_a_table(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=150)
    prices = 31_000 + 2_000 * x + 900 * rng.normal(size=150)
    lines = [f"{a:.6f},{p:.4f}\n" for a, p in zip(x, prices, strict=True)]
    (tmp_path / "homes.csv").write_text("area,price\n" + "".join(lines), encoding="utf-8")
    run = nw.train(
        str(tmp_path / "homes.csv"), target="price", epochs=4, set=QUICK, store=tmp_path / "r"
    )
    secret = {*kept(run), "homes.csv", *(f"{price:.4f}" for price in prices)}
    assert found(whole(run), secret)
    page = shared(run)
    assert found(page, secret) == set()
    assert "Every dev example" in whole(run)
    assert "Every dev example" not in page, "each of its points would be one"
    assert "the middle 90%" in page


def test_views_are_shown_that_are_figures_alone(tmp_path: Path) -> None:
    run = report_run.classifier_run(tmp_path / report_run.ID, dev=20)
    views = json.loads((run / "views.json").read_text(encoding="utf-8"))
    views[0]["of_examples"] = False
    (run / "views.json").write_text(json.dumps(views), encoding="utf-8")
    path = html_page.write_of(read(run), tmp_path / "page.html", examples=False)
    page = path.read_text(encoding="utf-8")
    assert "Sizes" in page
    assert "In words" not in page
    assert "In words" in html_page.render(read(run))


@pytest.mark.parametrize("name", ["recipe.yaml", "data.json", "diagnosis.json", "run.json"])
def test_a_run_with_less_is_passed_on_too(name: str, tmp_path: Path) -> None:
    run = report_run.classifier_run(tmp_path / report_run.ID, dev=20)
    if name == "run.json":
        values = json.loads((run / name).read_text(encoding="utf-8"))
        (run / name).write_text(json.dumps({**values, "status": "failed", "message": "in x.csv"}))
    else:
        (run / name).unlink()
    page = html_page.write_of(read(run), examples=False).read_text(encoding="utf-8")
    assert "x.csv" not in page
    assert "Training curves" in page


def test_the_command_writes_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = report_run.classifier_run(tmp_path / "runs" / report_run.ID, dev=20)
    at = ["--store", str(tmp_path / "runs")]
    main(["report", "last", *at])
    main(["report", "last", "--without-examples", *at])
    main(["report", "last", "--without-examples", "--out", str(tmp_path / "mine.html"), *at])
    paths = [run / "report.html", run / "report-without-examples.html", tmp_path / "mine.html"]
    assert capsys.readouterr().out.splitlines() == [f"report  {path}" for path in paths]
    assert paths[1].read_bytes() == paths[2].read_bytes() != paths[0].read_bytes()
    main(["report", "last", "--json", *at])
    printed = json.loads(capsys.readouterr().out)
    assert printed == {"schema": 1, "run": report_run.ID, "path": str(paths[0])}
