"""The localizer: its net, its loss, its figures, and every way in and out."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from torch.nn import functional as F

import netwright as nw
from netwright.base.errors import DataError, NetwrightWarning
from netwright.cli.main import main
from netwright.contract import Batch, Draws, Example, Examples, JudgedRun
from netwright.data.boxes import voc
from netwright.data.boxes.box import Box
from netwright.data.boxes.draw import ANSWERED, TRUE
from netwright.data.images.letterbox import Corners
from netwright.metrics.boxes import CLASS_ERROR, MEAN_IOU, PRESENCE_ERROR, iou
from netwright.metrics.measure import measure
from netwright.nets.box_loss import BOX_LOSSES, corners_of, giou_loss
from netwright.nets.vision.box_votes import BoxVotes
from netwright.runs.answers.predictions import read as read_predictions
from netwright.systems.localizer import system as localizer
from netwright.systems.localizer.codec import BoxCodec, Located
from netwright.systems.localizer.recipe import LocalizerRecipe
from netwright.systems.localizer.takes import accepts, by_class, show
from netwright.systems.localizer.views import views

pytestmark = pytest.mark.usefixtures("no_pictures")

QUICK = {
    "training.precision": "float32",
    "training.layout": "contiguous",
    "training.threads": 1,
}
SQUARES = st.tuples(*[st.integers(0, 12)] * 4)


def example(boxes: Any) -> Example:
    return Example(None, boxes)


def located(*corners: float, label: str = "", p: float = 0.9) -> Located:
    return Located(Corners(*corners), p, label)


NONE = Located(None, 0.1, None)


# --- figures


@given(SQUARES, SQUARES)
def test_iou_counts_the_pixels_of_both_boxes_and_of_either(
    first: tuple[int, ...], second: tuple[int, ...]
) -> None:
    masks = []
    for x0, y0, x1, y1 in (first, second):
        mask = np.zeros((12, 12), bool)
        mask[y0:y1, x0:x1] = True
        masks.append(mask)
    either = (masks[0] | masks[1]).sum()
    expected = (masks[0] & masks[1]).sum() / either if either else 0.0
    assert iou(first, second) == pytest.approx(expected)


def test_the_figures_of_a_hand_made_set() -> None:
    pairs = [
        (example((Box(0, 0, 4, 4, "cat"),)), located(0, 0, 4, 2, label="cat")),  # IoU 1/2
        (example((Box(0, 0, 4, 4, "cat"),)), located(0, 0, 4, 4, label="dog")),  # IoU 1
        (example((Box(0, 0, 4, 4, "dog"),)), NONE),  # missed
        (example(()), located(0, 0, 4, 4, label="dog")),  # made up
        (example(()), NONE),
    ]
    expected = {MEAN_IOU: (0.5 + 1 + 0) / 3, PRESENCE_ERROR: 2 / 5, CLASS_ERROR: 2 / 3}
    for metric, figure in expected.items():
        values = [metric.per_example(*pair) for pair in pairs]
        assert metric.value(values) == pytest.approx(figure)
        assert metric.weighted is not None
        thrice = [values[0]] * 2 + values
        assert metric.weighted(values, [3, 1, 1, 1, 1]) == pytest.approx(metric.value(thrice))
    wrong = [localizer.wrong(*pair) for pair in pairs]
    assert wrong == [False, True, True, True, False]
    assert localizer.wrong(example(None), NONE) is None
    close = located(0, 0, 4, 1.9, label="cat")
    assert localizer.wrong(pairs[0][0], close) is True


def test_the_best_answer_without_the_image_is_the_mean_box() -> None:
    targets = [(Box(0, 0, 4, 4, "a"),), (Box(2, 4, 6, 8, "b"),), (Box(4, 8, 8, 12, "b"),), ()]
    names = list("abcd")
    train = Examples([None] * 4, targets, names, names)
    answer = localizer.baseline(train)(example(None))
    assert answer == Located(Corners(2.0, 4.0, 6.0, 8.0), 0.75, "b")
    assert localizer.baseline(train.take([0, 3, 3]))(example(None)).box is None


# --- net and loss


@pytest.mark.parametrize("name", BOX_LOSSES)
def test_a_right_box_costs_nothing_and_a_farther_one_more(name: str) -> None:
    truth = torch.tensor([[0.2, 0.3, 0.5, 0.7]])
    costs = [float(BOX_LOSSES[name](truth + shift, truth)) for shift in (0.0, 0.1, 0.2, 0.6)]
    assert costs[0] == pytest.approx(0, abs=1e-6) and costs == sorted(costs)
    away = (truth + 0.6).requires_grad_()
    BOX_LOSSES[name](away, truth).sum().backward()
    assert away.grad is not None and (away.grad[0, :2] > 0).all()


def test_giou_is_that_of_its_definition() -> None:
    boxes = torch.tensor([[0.0, 0, 2, 2], [0, 0, 1, 1], [0, 0, 4, 4]])
    truths = torch.tensor([[1.0, 1, 3, 3], [2, 0, 3, 1], [1, 1, 3, 3]])
    # intersection, union, area around both, counted by hand
    parts = [(1, 7, 9), (0, 2, 3), (4, 16, 16)]
    expected = [1 - (both / union - (around - union) / around) for both, union, around in parts]
    assert giou_loss(boxes, truths).tolist() == pytest.approx(expected)


def test_the_loss_is_that_of_the_notes_and_does_not_care_where_nothing_is() -> None:
    recipe = LocalizerRecipe.of({"objective": {"box_loss": "squared", "box_weight": 2.0}})
    outputs = torch.randn(4, 8, requires_grad=True)
    present, boxes = torch.tensor([1.0, 0, 1, 1]), torch.rand(4, 4)
    labels, count = torch.tensor([2, 0, 1, 0]), torch.tensor([1.0, 1, 1, 0])
    batch = Batch((), (present, boxes, labels), count)
    found = localizer.loss(torch.nn.Identity(), outputs, batch, recipe, True)
    sure = F.binary_cross_entropy_with_logits(outputs[:, 0], present, reduction="none")
    corners = corners_of(outputs[:, 1:5])
    for row in range(4):
        expected = sure[row]
        if present[row]:
            expected = expected + 2 * 10 * ((corners[row] - boxes[row]) ** 2).sum()
            expected = expected - outputs[row, 5:].log_softmax(0)[labels[row]]
        torch.testing.assert_close(found[row], expected * count[row])
    found.sum().backward()
    assert outputs.grad is not None
    assert (outputs.grad[1, 1:] == 0).all() and (outputs.grad[3] == 0).all()
    plain = LocalizerRecipe.of({"objective": {"box_loss": "giou"}})
    measured = localizer.loss(torch.nn.Identity(), outputs, batch, recipe, False)
    torch.testing.assert_close(
        measured, localizer.loss(torch.nn.Identity(), outputs, batch, plain, True)
    )


@pytest.mark.parametrize("side", [8, 24, 25, 48, 96, 160])
def test_the_net_moves_its_box_with_the_thing(side: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Votes of the same places, moved by whole places, away from the edges of the map."""
    torch.manual_seed(0)
    net = BoxVotes(shape=(1, side, side), labels=3, width=4).eval()
    assert net(torch.zeros(2, 1, side, side)).shape == (2, 7)
    count = net.places.shape[1]
    edges = (torch.tensor([0.1, 0.2, 0.3, 0.4]).log() + 2).view(1, 4, 1).expand(1, 4, count)
    for place in (0, count - 1):
        counts = torch.full((1, 1, count), -30.0)
        counts[0, 0, place] = 30.0
        for layer, held in ((net.counts, counts), (net.edges, edges)):
            monkeypatch.setattr(layer, "forward", lambda a, held=held: held)
        box = corners_of(net(torch.zeros(1, 1, side, side))[:, 1:5])[0]
        x, y = net.places[:, place].tolist()
        expected = (x - 0.1, y - 0.2, x + 0.3, y + 0.4)
        assert box.tolist() == pytest.approx(expected, abs=1e-4)
    assert net.places.min() > 0 and net.places.max() < 1


# --- codec


def codec_of(images: np.ndarray[Any, Any], targets: list[Any], **augment: Any) -> Any:
    names = [str(at) for at in range(len(images))]
    examples = Examples(images, targets, names, names)
    recipe = LocalizerRecipe.of({"augment": augment, "data": {"image_size": 16}})
    recipe = localizer.complete(recipe, examples)
    return localizer.fit(examples, recipe), recipe, examples


def test_a_box_comes_back_from_the_square_in_the_pixels_of_its_image() -> None:
    images = np.random.default_rng(0).integers(0, 256, (3, 20, 40, 3), dtype=np.uint8)
    targets = [(Box(4, 2, 14, 12, "cat"),), (), (Box(0, 0, 40, 20, "dog"),)]
    codec, recipe, examples = codec_of(images, targets)
    batch = codec.prepare(codec.encode(examples), recipe, None)
    present, boxes, labels = batch.targets
    assert present.tolist() == [1, 0, 1] and labels.tolist() == [0, 0, 1]
    assert batch.count.tolist() == [1, 1, 1]
    assert boxes[0].tolist() == pytest.approx([4 / 40, 0.25 + 2 / 40, 14 / 40, 0.25 + 12 / 40])
    x0, y0, x1, y1 = boxes.unbind(1)
    middles = torch.stack(((x0 + x1) / 2, (y0 + y1) / 2, y1 - y0, x1 - x0), 1)
    sure = (2 * present - 1)[:, None] * 5
    outputs = torch.cat((sure, middles, F.one_hot(labels, 2).float()), 1)
    answers = codec.decode(torch.nn.Identity(), outputs, batch, recipe, {})
    assert answers[0].box == pytest.approx((4, 2, 14, 12), abs=1e-4)
    assert answers[2].box == pytest.approx((0, 0, 40, 20), abs=1e-4)
    assert [answer.label for answer in answers] == ["cat", None, "dog"]
    assert answers[1].box is None and answers[1].p == pytest.approx(1 / (1 + np.exp(5)), abs=1e-5)
    masked = codec.encode(Examples(images, [None] * 3, ["a"] * 3, ["a"] * 3))
    assert masked.count.tolist() == [0, 0, 0]
    with pytest.raises(DataError, match="of the class 'cow', which training never saw; known are"):
        codec.encode(Examples(images[:1], [(Box(1, 1, 2, 2, "cow"),)], ["a"], ["a"]))


def test_augmentation_moves_the_box_with_the_thing_in_it() -> None:
    """The white pixels of the moved image lie in the moved box, up to a pixel of resampling."""
    count, rng = 64, np.random.default_rng(1)
    images, targets = np.zeros((count, 16, 16, 1), np.uint8), []
    for picture in images:
        x, y = rng.integers(0, 11, 2)
        picture[y : y + 5, x : x + 5] = 255
        targets.append((Box(float(x), float(y), float(x + 5), float(y + 5)),))
    codec, recipe, examples = codec_of(images, targets, mirror=True, flip=True, shift=0.3)
    encoded = codec.encode(examples)
    draws = Draws(0, 3, torch.device("cpu"), count, slice(None))
    batch = codec.prepare(encoded, recipe, draws)
    lost = 0
    black = float(batch.inputs[0].min())
    for picture, box, known in zip(batch.inputs[0], batch.targets[1], batch.count, strict=True):
        if not known:
            lost += 1
            continue
        bright = picture[0] > (float(picture.max()) + black) / 2
        rows, columns = bright.nonzero().T
        x0, y0, x1, y1 = (16 * box).tolist()
        assert x0 - 1 <= columns.min() <= x0 + 1 and x1 - 2 <= columns.max() <= x1
        assert y0 - 1 <= rows.min() <= y0 + 1 and y1 - 2 <= rows.max() <= y1
    assert 0 < lost < count / 2
    assert not torch.equal(batch.targets[1] * 16, encoded.targets[1])


# --- what it takes and shows


def test_what_it_takes() -> None:
    images = np.zeros((2, 8, 8, 1), np.uint8)
    box = Box(1, 1, 3, 3)

    def strength(targets: list[Any], inputs: Any = images) -> int:
        claim = accepts(Examples(inputs, targets, ["a", "b"], ["a", "b"]))
        return 0 if claim is None else claim.strength

    assert strength([(box,), ()]) == strength([None, (box,)]) == 2
    assert strength([(box, box), ()]) == 1
    assert strength(["cat", "dog"]) == strength([None, None]) == strength([1.0, 2.0]) == 0
    assert strength([(box,), ()], [[1], [2]]) == 0
    assert by_class([(box,), (), None]) == ["box ", "none", "unknown"]


def test_images_with_several_boxes_are_refused_or_left_out() -> None:
    box = Box(1, 1, 3, 3)
    names = ["a.png", "b.png", "c.png", "d.png"]
    targets = [(box,), (box, box), (), (box, box, box)]
    examples = Examples(np.zeros((4, 8, 8, 1), np.uint8), targets, names, names)
    with pytest.raises(DataError, match=r"2 of 4 images have more than one box, first b\.png, and"):
        localizer.arrange(examples, LocalizerRecipe())
    left = LocalizerRecipe.of({"data": {"several_boxes": "leave_out"}})
    assert list(localizer.arrange(examples, left).sources) == ["a.png", "c.png"]


def test_the_true_box_and_the_answered_one_are_shown_in_two_colours() -> None:
    pixels = np.zeros((16, 16, 3), np.uint8)
    shown = show(Example(pixels, (Box(1, 1, 6, 6),)), located(8, 8, 15, 15))
    assert shown is not None and shown.pixels is not None
    assert tuple(shown.pixels[1, 1]) == TRUE and tuple(shown.pixels[8, 8]) == ANSWERED
    assert show(Example(pixels, ()), NONE) is not None
    assert show(Example(None, ())) is None


# --- from a source to answers


def photos(folder: Path, count: int = 90) -> Path:
    """Noise in which a light disc lies, of one of two shapes of image; some have none, three have
    two. Written as a table.
    """
    rng, lines = np.random.default_rng(0), ["image,xmin,ymin,xmax,ymax,class"]
    (folder / "photos").mkdir(parents=True)
    for at in range(count):
        height, width = ((24, 32), (30, 20))[at % 2]
        pixels = rng.integers(0, 90, (height, width, 3), dtype=np.uint8)
        name = f"photos/{at:03}.png"
        boxes = 0 if at % 9 == 0 else 2 if at % 40 == 5 else 1
        for _ in range(boxes):
            side = int(rng.integers(8, 14))
            x, y = (int(rng.integers(0, most - side + 1)) for most in (width, height))
            pixels[y : y + side, x : x + side] += 150
            lines.append(f"{name},{x},{y},{x + side},{y + side},pane")
        if not boxes:
            lines.append(f"{name},,,,,")
        Image.fromarray(pixels).save(folder / name)
    path = folder / "boxes.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    photos(folder / "s")
    return folder


@pytest.fixture(scope="module")
def run(home: Path) -> Any:
    settings = {**QUICK, "data.several_boxes": "leave_out", "model.width": 8}
    return nw.train(home / "s/boxes.csv", epochs=25, set=settings, store=home / "runs")


def test_it_beats_the_mean_box_by_far(run: Any) -> None:
    dev = run.measures["dev"]
    assert run.info["system"] == "localizer"
    assert dev["iou"]["low"] > run.info["baseline"] + 0.15
    assert dev["presence_error"]["value"] <= 0.2


def test_what_is_left_out_is_said_and_kept(run: Any, home: Path) -> None:
    line = "NW218 examples-left-out: 2 of 90 examples are left out, as they have more than one box,"
    assert any(message.startswith(line) for message in run.info["messages"])
    assert sum(run.info["splits"].values()) == 88
    with pytest.warns(NetwrightWarning) as warned:
        found = run.evaluate(home / "s/boxes.csv")
    assert str(warned[0].message).startswith("2 of 90 examples are left out, as they have")
    assert found["presence_error"]["n"] == 88


def test_truths_and_answers_are_said_alike_each_with_its_class(run: Any) -> None:
    """As the report's "Some answers" and "Worst mistakes" list them."""
    found = read_predictions(run.record.path / "predictions/dev.parquet")
    truths, given = found.in_words("truth", 80), found.in_words("answer", 80)
    assert len(truths) == len(given) == run.measures["dev"]["presence_error"]["n"]
    form = re.compile(r"none|(\w+) \((-?\d+, ){3}-?\d+\)")
    held = {line: form.fullmatch(line) for line in (*truths, *given)}
    assert None not in held.values()
    boxes = [(one.box, one.label) for one in found.answers(localizer.SYSTEM)]
    for (box, label), line in zip(boxes, given, strict=True):
        edges = None if box is None else ", ".join(f"{edge:.0f}" for edge in box)
        assert line == ("none" if edges is None else f"{label} ({edges})")


def test_the_answers_are_boxes_in_the_pixels_of_each_image(run: Any, home: Path) -> None:
    folder = home / "s/photos"
    answers = run.predict(folder)
    assert len(answers) == 90 and all(isinstance(answer, Located) for answer in answers)
    for at, answer in enumerate(answers):
        height, width = ((24, 32), (30, 20))[at % 2]
        if answer.box is not None:
            x0, y0, x1, y1 = answer.box
            assert 0 <= x0 < x1 <= width and 0 <= y0 < y1 <= height and answer.label == "pane"
    alone = run.predict([folder / "003.png"])[0]
    assert alone.box == pytest.approx(answers[3].box, abs=1e-3)


def test_predict_prints_a_table_csv_and_lines_of_json(
    run: Any, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [str(home / f"s/photos/{at:03}.png") for at in (0, 3)]
    common = ["predict", run.id, *files, "--store", str(home / "runs")]
    main(common)
    head, *rows = capsys.readouterr().out.splitlines()
    assert head.split() == ["source", "box", "p", "label"]
    assert rows[-1].split()[-1] == "pane" and "[" in rows[-1]
    main([*common, "--csv"])
    assert capsys.readouterr().out.splitlines()[0] == "source,box.x0,box.y0,box.x1,box.y1,p,label"
    main([*common, "--jsonl"])
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert set(lines[0]) == {"schema", "source", "box", "p", "label"} and len(lines[1]["box"]) == 4


def test_the_report_shows_boxes_and_the_mistakes_are_drawn(home: Path) -> None:
    settings = {**QUICK, "data.several_boxes": "leave_out", "model.width": 8}
    run = nw.train(home / "s/boxes.csv", epochs=5, set=settings, store=home / "weak")
    page = (run.record.path / "report.html").read_text(encoding="utf-8")
    assert "IoU" in page and "presence error" in page and "Found or not" in page
    kept = json.loads((run.record.path / "pictures/worst.json").read_text(encoding="utf-8"))
    pictures = [
        np.asarray(Image.open(path)) for path in (run.record.path / "pictures").glob("*.png")
    ]
    assert kept and len(kept) == len(pictures)
    assert "none" in {entry["truth"] for entry in kept} | {entry["answer"] for entry in kept}
    assert not {"[]", "()"} & {entry["truth"] for entry in kept}
    assert any((pixels == TRUE).all(axis=2).any() for pixels in pictures)
    assert any((pixels == ANSWERED).all(axis=2).any() for pixels in pictures)


def test_data_describes_boxes_and_draws_them(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet = home / "sheet.png"
    main(["data", str(home / "s/boxes.csv"), "--sheet", str(sheet)])
    out = capsys.readouterr().out
    assert "90 images; 82 boxes of 'pane': none on 10, one on 78, more on 2" in out
    assert "cut to their middle square" not in out
    pixels = np.asarray(Image.open(sheet))
    assert (pixels == TRUE).all(axis=2).sum() > 100


def test_the_augmented_sheet_shows_the_boxes_that_training_sees(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    drawn = home / "augmented.png"
    source = ["data", str(home / "s/boxes.csv"), "--augment", "--sheet", str(drawn)]
    main([*source, "--set", "data.several_boxes=leave_out"])
    assert "as training sees them, drawn in" in capsys.readouterr().err
    pixels = np.asarray(Image.open(drawn))
    green = (pixels[:, :, 1].astype(int) - pixels[:, :, [0, 2]].max(axis=2)) > 40
    columns = [green[:, 170 + 68 * at : 170 + 68 * (at + 1)].sum() for at in range(12)]
    assert min(columns) > 100  # in every copy of most images


def test_what_the_net_reads_is_seen_as_it_was() -> None:
    images = np.random.default_rng(0).integers(0, 256, (3, 16, 16, 3), dtype=np.uint8)
    codec, recipe, examples = codec_of(images, [(), (Box(2, 3, 9, 11),), ()])
    batch = codec.prepare(codec.encode(examples), recipe, None)
    found = [one.pixels for one in localizer.seen(codec, batch)]
    assert np.array_equal(found[0], images[0]) and np.array_equal(found[2], images[2])
    outlined = show(Example(images[1], (Box(2, 3, 9, 11),)))
    assert outlined is not None and np.array_equal(found[1], outlined.pixels)


def test_the_views_count_boxes_and_images() -> None:
    truths: list[Any] = [(Box(0, 0, 4, 4),)] * 4 + [(), (), None]
    answers = [
        located(0, 0, 4, 4),  # IoU 1
        located(0, 0, 4, 3),  # 3/4
        located(0, 0, 4, 1),  # 1/4
        NONE,
        located(0, 0, 4, 4),
        NONE,
        NONE,
    ]
    names = list("abcdefg")
    examples = Examples([None] * 7, truths, names, names)
    judged = JudgedRun(examples, answers, [0.0] * 7, torch.nn.Identity(), None, None)
    fit, there = views(judged)
    assert fit.title == "How well 4 boxes fit"
    assert list(fit.rows) == [("0.5", 2), ("0.75", 2), ("0.9", 1)]
    assert list(there.rows) == [("with a box", 3, 1), ("without", 1, 1)]


def test_a_search_finds_its_knobs(home: Path) -> None:
    settings = {**QUICK, "data.several_boxes": "leave_out", "model.width": 8}
    outcome = nw.search(
        home / "s/boxes.csv", trials=2, epochs=1, set=settings, store=home / "runs", tier=2
    )
    assert len(outcome.rows) == 2


def test_what_is_refused_before_training(tmp_path: Path) -> None:
    folder = tmp_path / "cells"
    voc.sample(folder)
    with pytest.raises(DataError, match="no box is of the class 'cell'"):
        nw.train(folder, target="cell", store=tmp_path)
    images = np.random.default_rng(0).integers(0, 256, (20, 12, 12), dtype=np.uint8)
    with pytest.raises(DataError, match="no image of the training split has a box"):
        nw.train((images, [None] * 19 + [[]]), system="localizer", store=tmp_path)


def test_the_codec_needs_a_class() -> None:
    images = np.random.default_rng(0).integers(0, 256, (2, 8, 8, 1), dtype=np.uint8)
    codec, _, _ = codec_of(images, [(Box(1, 1, 3, 3),), ()])
    assert codec.classes == ("",)
    with pytest.raises(ValueError, match="expected at least one"):
        BoxCodec(codec.encoder, ())


def test_no_error_on_a_few_images_is_not_called_certain() -> None:
    """Wilson's interval by hand: of 20 without an error the upper end is z^2 / (20 + z^2)."""
    truth = (Box(1, 2, 3, 4, "a"),)
    examples = Examples([None] * 20, [truth] * 20, list(map(str, range(20))), ["s"] * 20)
    answers = [Located((1.0, 2.0, 3.0, 4.0), 0.9, "a")] * 20
    found = measure((PRESENCE_ERROR, CLASS_ERROR), examples, answers)
    for one in found.values():
        assert one.value == 0 and one.low == 0
        assert one.high == pytest.approx(1.96**2 / (20 + 1.96**2), rel=1e-3)
