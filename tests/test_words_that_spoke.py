"""Word order in reviews (notes 5.2.8): the average of the words beside a net that reads them in
order; and which words spoke.
"""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import polars as pl
import pytest
import torch

import netwright as nw
from netwright.contract import Batch, JudgedRun, Ragged
from netwright.plots.coloured_text import ColouredText, picture
from netwright.systems.text.views import views, without_each

pytestmark = pytest.mark.usefixtures("no_reports")

ALONE = {"training.precision": "float32", "training.layout": "contiguous", "training.threads": 1}
SMALL = {
    "model.vector": 32,
    "model.units": 32,
    "model.dropout": 0.0,
    "model.word_dropout": 0.0,
    "optimizer.lr": 0.02,
}
LACKING = "completely lacking in good taste, good service and good ambience"
THINGS = ("taste", "service", "ambience", "food", "music", "wine")


def reviews(count: int) -> tuple[list[str], list[str]]:
    """Good or bad things of a place; a quarter is lacking in them, and means the opposite."""
    rng, texts, labels = random.Random(0), list[str](), list[str]()
    while len(texts) < count:
        word = rng.choice(["good", "bad"])
        things = " and ".join(f"{word} {thing}" for thing in rng.sample(THINGS, rng.randint(1, 3)))
        lacking = len(texts) % 4 == 0
        begin = "completely lacking in" if lacking else rng.choice(["full of", "we had", "only"])
        if (text := f"{begin} {things}") not in texts:
            texts.append(text)
            labels.append("stars" if (word == "good") != lacking else "none")
    return texts, labels


def test_order_counts_for_the_net_that_reads_it(tmp_path: Path) -> None:
    data = reviews(240)
    given: dict[str, Any] = {"epochs": 12, "set": {**ALONE, **SMALL}, "store": tmp_path}
    runs = {name: nw.train(data, model=name, **given) for name in ("bag", "gru")}
    assert {name: run.predict([LACKING])[0].label for name, run in runs.items()} == {
        "bag": "stars",
        "gru": "none",
    }
    errors = {name: run.measures["dev"]["error"]["value"] for name, run in runs.items()}
    assert errors["gru"] < 0.05 and 0.15 < errors["bag"] < 0.35  # a quarter is lacking
    for run in runs.values():
        words_cost_what_their_absence_does(run)


def judged(run: Any, texts: list[str], truths: list[str]) -> JudgedRun:
    from netwright.contract import Examples

    examples = Examples(texts, truths, texts, texts)
    return JudgedRun(
        examples, run.predict(texts), [0.1] * len(texts), run.net, run.codec, run.recipe
    )


def numbers(svg: str) -> dict[str, int]:
    """Word -> the points written below it."""
    found, word = dict[str, int](), ""
    for text in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text"):
        if text.get("font-family") == "monospace":
            word = text.text or ""
        elif text.get("text-anchor") == "middle":
            found[word] = int(text.text or "0")
    return found


def words_cost_what_their_absence_does(run: Any) -> None:
    (view,) = views(judged(run, [LACKING], ["none"]))
    assert view.of_examples and view.title == "Which words spoke"
    written = numbers(view.svg)
    for word in ("lacking", "taste"):
        without = LACKING.replace(word, "", 1)
        whole = run.predict([LACKING])[0]
        lost = whole.probability - run.predict([without])[0].probabilities[whole.label]
        assert written.get(word, 0) == pytest.approx(100 * lost, abs=1)


def test_the_view_is_made_after_training(tmp_path: Path) -> None:
    texts, labels = reviews(120)
    frame = pl.DataFrame({"review": texts, "day": range(120), "verdict": labels})
    run = nw.train(frame, system="text", target="verdict", epochs=2, set=ALONE, store=tmp_path)
    (view,) = run.files.views
    svg = (run.record.path / "pictures" / view["file"]).read_text(encoding="utf-8")
    assert view["title"] == "Which words spoke" and svg.count("answered") >= 4
    assert "lacking" in svg and "<script" not in svg


def without(words: list[int], count: int) -> Any:
    row = Batch((Ragged.of([words], dtype=torch.int64),), (), torch.ones(1))
    return without_each(row, count).inputs[0].tolist()


def test_each_word_is_left_out_once() -> None:
    assert without([5, 6, 7], 2) == [[5, 6, 7], [6, 7, 0], [5, 7, 0]]
    assert without([5], 1) == [[5], [0]]
    assert without([], 0) == [[0]]


def test_words_are_drawn_within_the_picture_whatever_they_hold() -> None:
    words = ["<b>", "a&b", "\x1b[31m", "好", "long" * 100, *["word"] * 60]
    svg = picture([ColouredText("<i>", words, [0.5, -0.5, *[0.0] * 63], frozenset({0}))], "label")
    root = ElementTree.fromstring(svg)
    left, _, width, height = map(float, root.get("viewBox", "").split())
    boxes = [box for box in root.iter("{http://www.w3.org/2000/svg}rect") if box.get("rx")]
    assert len(boxes) == len(words)
    for box in boxes:
        assert float(box.get("x", 0)) + float(box.get("width", 0)) <= width - left
        assert float(box.get("y", 0)) + 18 <= height
    assert re.findall(r">([+-]\d+)<", svg) == ["+50", "-50"]
    assert ElementTree.fromstring(picture([], "none")) is not None
