"""Sheets of examples without classes, and the pictures that a run keeps of its worst mistakes."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

import report_run
from netwright import systems
from netwright.api.reading import read_to_learn
from netwright.cli.main import main
from netwright.contract import Examples, Takes
from netwright.data.boxes import table as box_table
from netwright.data.boxes.box import Box
from netwright.data.boxes.draw import TRUE
from netwright.data.images.letterbox import Corners
from netwright.data.images.sheets import examples as sheet
from netwright.data.images.sheets import grid, rows
from netwright.data.images.sheets.page import fitted, wrapped
from netwright.data.sources import image_tables
from netwright.recipe import Recipe
from netwright.report import html_page
from netwright.report.sections import pictures as embedding
from netwright.runs.answers import mistakes
from netwright.runs.contents import read
from netwright.systems.localizer.takes import labelled

STEP = grid.CELL + grid.GAP


def photos(count: int, height: int = 12, width: int = 16) -> np.ndarray[Any, Any]:
    return np.random.default_rng(0).integers(60, 256, (count, height, width, 3), dtype=np.uint8)


def of(images: Any, targets: Any) -> Examples:
    names = [f"photos/{at}.png" for at in range(len(images))]
    return Examples(images, targets, names, names)


@pytest.fixture
def tiles(monkeypatch: pytest.MonkeyPatch) -> list[grid.Tile]:
    """What is drawn in a grid, in place of drawing it."""
    found: list[grid.Tile] = []
    monkeypatch.setattr(grid, "write", lambda some, path: found.extend(some))
    return found


# --- a grid


def test_each_picture_stands_in_its_cell_above_its_caption(tmp_path: Path) -> None:
    images = photos(8)
    tiles = [grid.Tile(pixels, "two words", f"{at}.png") for at, pixels in enumerate(images)]
    grid.write(tiles, tmp_path / "sheet.png")
    with Image.open(tmp_path / "sheet.png") as drawn:
        sheet_pixels = np.asarray(drawn)
    height = (sheet_pixels.shape[0] - grid.GAP) // 2
    assert height == grid.GAP + grid.CELL * 3 // 4 + grid.GAP // 2 + 2 * grid.LINE
    for at, pixels in enumerate(images):
        top = grid.GAP + (at // grid.COLUMNS) * height
        left = grid.GAP + (at % grid.COLUMNS) * STEP
        cell = sheet_pixels[top : top + height - grid.GAP, left : left + grid.CELL]
        wanted = np.asarray(fitted(pixels, grid.CELL))
        assert (cell[: wanted.shape[0]] == wanted).all()
        lines = (cell[wanted.shape[0] :] < 200).any(axis=(1, 2))
        assert np.count_nonzero(np.diff(lines.astype(int)) == 1) == 2, "a caption and a source"


@given(st.text("abc de", max_size=300), st.integers(20, 300), st.integers(1, 4))
@settings(max_examples=60, deadline=None)
def test_a_caption_is_broken_between_words_and_fits(text: str, width: int, most: int) -> None:
    pen, font = ImageDraw.Draw(Image.new("RGB", (9, 9))), ImageFont.load_default(12)
    lines = wrapped(pen, text, width, font, most)
    assert len(lines) <= most and all(pen.textlength(line, font) <= width for line in lines)
    if not any("…" in line for line in lines):
        assert " ".join(lines).split() == text.split()
    else:
        assert pen.textlength(text, font) > width


def test_examples_without_classes_are_spread_over_the_source(tiles: list[grid.Tile]) -> None:
    examples = of(photos(60), [at / 2 for at in range(60)])
    sheet.draw(examples, systems.takes("regressor"), Path("a.png"))
    assert [tile.source for tile in tiles[:3]] == ["0.png", "2.png", "5.png"]
    assert [tile.caption for tile in tiles[:3]] == ["0", "1", "2.5"] and len(tiles) == grid.MOST


def test_tags_are_written_below_their_pictures(tmp_path: Path, tiles: list[grid.Tile]) -> None:
    path, _ = image_tables.sample(tmp_path)
    system, reading = read_to_learn(path, Recipe())
    assert system.name == "tags"
    sheet.draw(reading.examples, system.takes, Path("a.png"))
    for tile in tiles:
        at = next(
            i for i, name in enumerate(reading.examples.sources) if name.endswith(tile.source)
        )
        target = reading.examples.targets[at]
        having = ", ".join(tag for tag, yes in target.items() if yes) or "none"
        assert tile.caption.startswith(f"has {having}")


def test_several_numbers_are_written_below_their_pictures(tiles: list[grid.Tile]) -> None:
    targets = [{"width": 2.5, "depth": None}, {"width": 1.0, "depth": 3.0}]
    sheet.draw(of(photos(2), targets), systems.takes("multi_regressor"), Path("a.png"))
    assert [tile.caption for tile in tiles] == ["width 2.5, depth none", "width 1, depth 3"]


def test_boxes_are_drawn_and_named(tmp_path: Path) -> None:
    path, _ = box_table.sample(tmp_path)
    system, reading = read_to_learn(path, Recipe())
    assert system.name == "localizer"
    sheet.draw(reading.examples, system.takes, tmp_path / "sheet.png")
    with Image.open(tmp_path / "sheet.png") as drawn:
        green = (np.asarray(drawn) == TRUE).all(axis=2)
    assert green.any(axis=0).sum() > grid.COLUMNS * 40, "boxes in every column"
    takes = system.takes
    assert takes.in_words(()) == "none"
    box = next(target for target in reading.examples.targets if target)[0]
    assert takes.in_words((box,)) == f"({box.x0:g}, {box.y0:g}, {box.x1:g}, {box.y1:g})"
    two = (Box(1, 2, 3.4, 4.6, "cat"), Box(5, 6, 7, 8, "dog"))
    assert takes.in_words(two) == "cat (1, 2, 3, 5); dog (5, 6, 7, 8)"
    assert labelled(None, Corners(1, 2, 3.4, 4.6)) == "(1, 2, 3, 5)"
    assert labelled(None, None) == "none"


def test_texts_without_classes_have_a_row_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[rows.SheetRow] = []
    monkeypatch.setattr(rows, "write", lambda some, path: drawn.extend(some))
    text = systems.takes("text")
    examples = Examples(
        ["so it goes " * 40, "an end"], [3.5, 1.0], ["a", "b"], ["r.csv:2", "r.csv:3"]
    )
    sheet.draw(examples, Takes(text.accepts, show=text.show), tmp_path / "sheet.png")
    assert [(row.name, row.note) for row in drawn] == [("3.5", "r.csv:2"), ("1", "r.csv:3")]
    assert len(drawn[0].texts) == 4 and "".join(drawn[0].texts).startswith("so it goes so")
    assert drawn[1].texts == ["an end"]


def test_classes_keep_a_row_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[rows.SheetRow] = []
    monkeypatch.setattr(rows, "write", lambda some, path: drawn.extend(some))
    examples = of(photos(30), [("cat", "dog")[at % 2] for at in range(30)])
    sheet.draw(examples, systems.takes("classifier"), tmp_path / "sheet.png")
    assert [(row.name, row.note) for row in drawn] == [
        ("cat", "15 examples"),
        ("dog", "15 examples"),
    ]
    assert all(len(row.images) == rows.COLUMNS for row in drawn)


# --- the worst mistakes


@pytest.mark.parametrize(
    ("have", "kept"),
    [
        ((480, 640), (240, 320)),
        ((1000, 200), (320, 64)),
        ((200, 300), (200, 300)),
        ((28, 28), (84, 84)),
        ((60, 96), (60, 96)),
        ((5, 3), (95, 57)),
    ],
)
def test_a_mistake_is_kept_large_enough_to_see(
    have: tuple[int, int], kept: tuple[int, int]
) -> None:
    with Image.open(io.BytesIO(mistakes.png(photos(1, *have)[0]))) as picture:
        assert (picture.height, picture.width) == kept


def test_twenty_four_large_photographs_fit_into_a_report(tmp_path: Path) -> None:
    folder = report_run.classifier_run(tmp_path)
    noise = np.random.default_rng(0).integers(0, 256, (60, 80, 3), dtype=np.uint8)
    photo = Image.fromarray(noise).resize((640, 480), Image.Resampling.BICUBIC)
    content = mistakes.png(np.asarray(photo))
    assert len(content) > 2 * embedding.LARGE, "as a PNG it is large"
    entry = {"source": "s", "truth": "t", "answer": "a", "probability": None, "loss": 1.0}
    for at in range(24):
        (folder / "pictures" / f"worst-{at:02}.png").write_bytes(content)
    entries = [{**entry, "file": f"worst-{at:02}.png"} for at in range(24)]
    report_run.write_json(folder, "pictures/worst.json", entries)
    page = html_page.write_of(read(folder)).read_text(encoding="utf-8")
    uris = [part.partition('"')[0] for part in page.split('src="data:image/')[1:]]
    assert len(uris) == 24 and len(page) < html_page.LIMIT
    assert 'class="pictures large"' in page
    for uri in uris:
        kind, _, encoded = uri.partition(";base64,")
        with Image.open(io.BytesIO(base64.b64decode(encoded))) as shown:
            assert kind == "jpeg" and shown.size == (320, 240)
            apart = np.asarray(shown, float) - np.asarray(photo.resize((320, 240)), float)
            assert np.abs(apart).mean() < 12


# --- texts


def test_a_sheet_counts_what_the_table_beside_it_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A text that is empty is left out of both."""
    lines = [
        f'"{"" if at % 8 == 0 else f"the day of number {at} was long and bright"}",{"ab"[at % 2]}'
        for at in range(60)
    ]
    path = tmp_path / "notes.csv"
    path.write_text("\n".join(["text,label", *lines]) + "\n")
    drawn: list[rows.SheetRow] = []
    monkeypatch.setattr(rows, "write", lambda some, path: drawn.extend(some))
    place = tmp_path / "sheet.png"
    main(["data", str(path), "--target", "label", "--sheet", str(place), "--json"])
    described = json.loads(capsys.readouterr().out)
    table = {name: sum(parts.values()) for name, parts in described["classes"].items()}
    assert table == {"a": 22, "b": 30}  # of 30 of each, the 8 of at % 8 == 0 are of a
    assert {row.name: int(row.note.split()[0]) for row in drawn} == table
    assert all(text.strip() for row in drawn for text in row.texts)


def test_nothing_is_written_at_the_edge_of_a_sheet_of_texts(tmp_path: Path) -> None:
    texts = ["Ä long line of words, " * 20] * rows.LINES
    rows.write([rows.SheetRow("name " * 20, "note", texts=texts)] * 2, tmp_path / "sheet.png")
    with Image.open(tmp_path / "sheet.png") as picture:
        inked = np.argwhere(np.asarray(picture.convert("L")) < 255)
        (top, left), (bottom, right) = inked.min(axis=0), inked.max(axis=0)
        assert (
            min(top, left) >= 10 and right <= picture.width - 10 and bottom <= picture.height - 10
        )


def test_how_often_is_never_cut(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    drawn: list[str] = []
    text = ImageDraw.ImageDraw.text

    def noted(pen: Any, at: Any, words: str, *more: Any) -> None:
        drawn.append(words)
        assert at[0] + pen.textlength(words, more[1]) <= rows.LABEL
        text(pen, at, words, *more)

    monkeypatch.setattr(ImageDraw.ImageDraw, "text", noted)
    long = "a class with a very long name, number"
    few = rows.SheetRow("unit 0", counts=[(f"{long} 1", 6), (f"{long} 2", 1_203)])
    many = rows.SheetRow("unit 1", counts=[(f"{long} {at}", 9 - at) for at in range(6)])
    rows.write([few, many, rows.SheetRow("unit 2", counts=[("cat", 9)])], tmp_path / "sheet.png")
    ends = [line.rpartition(" ")[2] for line in drawn]
    assert ends == ["0", "(6)", "(1,203)", "1", "(9)", "(8)", "(22)", "2", "(9)"]
    assert drawn[6] == "4 others (22)"
    assert drawn[-1] == "cat (9)"
