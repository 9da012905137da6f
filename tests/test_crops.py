"""Images answered in several crops: which crops, the mean of the answers by hand, what is refused,
what is printed.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

import netwright as nw
from netwright import systems
from netwright.api.kept import crops as cropping
from netwright.base.errors import RunError
from netwright.cli.main import main
from netwright.contract import Examples
from netwright.data.images.augment.crops import crops_of
from netwright.data.images.encoder import ImageEncoder
from netwright.data.tables.encoder import RowEncoder
from netwright.systems.classifier.recipe import ClassifierRecipe

pytestmark = pytest.mark.usefixtures("no_reports")

FAST = {
    "training.epochs": 2,
    "training.threads": 1,
    "training.precision": "float32",
    "model.width": 4,
}
RECIPE = ClassifierRecipe()


def encoder(side: int = 14) -> ImageEncoder:
    return ImageEncoder(side, side, 3, (0.5,) * 3, (0.25,) * 3)


def pictures(count: int = 80, names: Sequence[str] = ("cat", "dog")) -> tuple[Any, Any]:
    """Noise that is lighter at the top, or at the bottom."""
    rng = np.random.default_rng(0)
    x = rng.integers(0, 200, (count, 16, 16, 3))
    kinds = np.arange(count) % 2
    for image, kind in zip(x, kinds, strict=True):
        image[8 * kind : 8 * kind + 8] += 55
    return x.astype(np.uint8), np.array(names)[kinds]


def examples(x: Any) -> Examples:
    names = [str(at) for at in range(len(x))]
    return Examples(x, [None] * len(x), names, names)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> nw.Run:
    folder = tmp_path_factory.mktemp("pictures")
    for at, (image, name) in enumerate(zip(*pictures(), strict=True)):
        (folder / name).mkdir(exist_ok=True)
        Image.fromarray(image).save(folder / name / f"{at}.png")
    given = {**FAST, "model.mirror_answers": False}
    return nw.train(folder, model="resnet-small", set=given, store=folder.parent / "runs")


# --- which crops


def test_two_are_the_image_and_its_mirror() -> None:
    x = pictures(3)[0][:, :14, :14]
    own, mirror = crops_of(encoder(), RECIPE, 2, ("cat", "dog"))(examples(x))
    assert np.array_equal(own.inputs, x)
    assert np.array_equal(mirror.inputs, x[:, :, ::-1])


def test_five_are_the_middle_and_the_corners_of_a_larger_image_ten_their_mirrors_too() -> None:
    """Of 16 pixels no larger one is to be made: 14 of 16 are a crop."""
    x = pictures(3)[0]
    five = crops_of(encoder(), RECIPE, 5, ("7", "8"))(examples(x))  # none is mirrored
    places = [(1, 1), (0, 0), (0, 2), (2, 0), (2, 2)]
    for one, (top, left) in zip(five, places, strict=True):
        assert np.array_equal(one.inputs, x[:, top : top + 14, left : left + 14])
    ten = crops_of(encoder(), RECIPE, 10, ("cat", "dog"))(examples(x))
    assert all(np.array_equal(a.inputs, b.inputs) for a, b in zip(five, ten[:5], strict=True))
    for one, other in zip(ten[:5], ten[5:], strict=True):
        assert np.array_equal(one.inputs[:, :, ::-1], other.inputs)


def test_a_net_that_answers_to_the_mirror_is_given_none() -> None:
    both = RECIPE.changed({"model.mirror_answers": True})
    assert len(crops_of(encoder(), both, 10, ("cat", "dog"))(examples(pictures(3)[0]))) == 5
    with pytest.raises(RunError, match="this run answers by both already"):
        crops_of(encoder(), both, 2, ("cat", "dog"))


@pytest.mark.parametrize("labels", [("7", "8"), ("turn_left", "turn_right"), None])
def test_labels_that_a_mirror_may_change_are_not_mirrored(labels: Sequence[str] | None) -> None:
    for count in (2, 10):
        with pytest.raises(RunError, match="a mirror may change what these images show"):
            crops_of(encoder(), RECIPE, count, labels)
    mirrored = RECIPE.changed({"augment.mirror": True})  # by a person
    assert crops_of(encoder(), mirrored, 10, labels)


def test_what_has_no_crops_is_refused() -> None:
    with pytest.raises(RunError, match=r"3 crops: expected 2, 5 or 10\."):
        crops_of(encoder(), RECIPE, 3, ("cat", "dog"))
    with pytest.raises(RunError, match="crops are of images, and this run answers rows"):
        crops_of(RowEncoder((), ()), RECIPE, 5, ("cat", "dog"))
    for name in ("text", "signals", "localizer"):
        run: Any = SimpleNamespace(id="RUN", system=systems.load(name))
        whole = f"RUN is of the system '{name}', which answers its inputs whole"
        with pytest.raises(RunError, match=whole):
            cropping.of_run(run, 5)


# --- the answers


def test_answers_are_the_means_over_the_crops(run: nw.Run) -> None:
    x = pictures(7)[0]
    found = nw.combine([run], crops=10).predict(x)
    crops = crops_of(run.codec.encoder, RECIPE, 10, ("cat", "dog"))(examples(x))
    each = [[one.probabilities["cat"] for one in run.predict(some.inputs)] for some in crops]
    assert len(each) == 10
    stated = [one.probabilities["cat"] for one in found]
    assert stated == pytest.approx(np.mean(each, axis=0), abs=1e-6)


def test_what_they_gain_is_measured_pair_by_pair(
    run: nw.Run, capsys: pytest.CaptureFixture[str]
) -> None:
    together = nw.combine([run], crops=5)
    found = together.evaluate(split="dev")
    plain = run.measures["dev"]["error"]["value"]
    assert found["gain_of_crops"]["value"] == pytest.approx(plain - found["error"]["value"])
    assert found["gain_of_crops"]["low"] <= found["gain_of_crops"]["high"]
    assert found["time_of_crops"]["value"] > 1
    assert run.measures["dev"]["error"]["value"] == plain  # nothing of it is kept
    main(["evaluate", str(run.record.path), "--split", "dev", "--crops", "5"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1].startswith("  the crops gain ")
    assert lines[-1].endswith(" times the time")
    before = run.test_openings
    together.evaluate(split="test")
    assert run.test_openings == before + 1
    assert run.record.events("test_opened")[-1]["how"].endswith(" of its examples, in 5 crops")


def test_several_runs_answer_several_crops_together(run: nw.Run, tmp_path: Path) -> None:
    other = nw.train(pictures(), model="lenet5", set={"training.epochs": 1}, store=tmp_path)
    x = pictures(5)[0]
    found = nw.combine([run, other], crops=5).predict(x)
    alone = [nw.combine([one], crops=5).predict(x) for one in (run, other)]
    means = np.mean([[one.probabilities["cat"] for one in each] for each in alone], axis=0)
    assert [one.probabilities["cat"] for one in found] == pytest.approx(means, abs=1e-6)


def test_files_are_answered_in_crops(
    run: nw.Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for at, image in enumerate(pictures(2)[0]):
        Image.fromarray(image).save(tmp_path / f"{at}.png")
    line = ["predict", str(run.record.path), str(tmp_path), "--crops", "10", "--csv"]
    main(line)
    assert len(capsys.readouterr().out.splitlines()) == 3
    with pytest.raises(SystemExit):
        main(["predict", "net.onnx", str(tmp_path), "--crops", "5"])
    assert "net.onnx answers inputs whole: --crops takes a run." in capsys.readouterr().err
