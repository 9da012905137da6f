"""The nets of the papers: their sizes, and the answers of the reference implementations.

The figures are outputs of torchvision 0.29.1 and timm 1.0 for weights and an image made by a rule.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import netwright as nw
from netwright.base.errors import RecipeError
from netwright.nets import architectures
from netwright.nets.blocks.layers import BATCH_NORM, NO_NORM
from netwright.nets.side_heads import WithSides, over_heads
from netwright.nets.summary import summarize
from netwright.nets.vision.googlenet import MODULES, GoogLeNet, Inception
from netwright.nets.vision.resnet import Bottleneck
from netwright.nets.vision.resnet_cifar import ShortcutBlock
from netwright.systems.classifier.recipe import ClassifierRecipe

NUMBERS = np.random.RandomState(0).standard_normal(1009).astype(np.float32)


def make(name: str, outputs: int = 1000, side: int = 224, **more: Any) -> nn.Module:
    values = {"model.name": name, "model.dropout": 0.0, "model.norm": "auto", **more}
    return architectures.build((3, side, side), (), outputs, ClassifierRecipe().changed(values))


def count(net: nn.Module, *, without: str = "-") -> int:
    return sum(p.numel() for name, p in net.named_parameters() if not name.startswith(without))


SIZES = {
    "alexnet": 60_965_224,
    "alexnet-ungrouped": 62_378_344,
    "alexnet-one-tower": 61_100_840,
    "vgg11": 132_863_336,
    "vgg13": 133_047_848,
    "vgg16": 138_357_544,
    "vgg19": 143_667_240,
    "resnet18": 11_689_512,
    "resnet34": 21_797_672,
    "resnet50": 25_557_032,
    "resnet101": 44_549_160,
    "resnet152": 60_192_808,
    "googlenet": 13_378_280,
    "googlenet-bn": 13_004_888,
    "efficientnet-lite0": 4_652_008,
}

SMALL_SIZES = {20: 269_722, 32: 464_154, 44: 658_586, 56: 853_018, 110: 1_727_962}


class TestSizes:
    @pytest.mark.parametrize("name", SIZES)
    def test_for_a_thousand_classes(self, name: str) -> None:
        with torch.device("meta"):
            assert count(make(name)) == SIZES[name]

    def test_batch_norm_adds_two_weights_a_channel_to_vgg(self) -> None:
        with torch.device("meta"):
            assert count(make("vgg16", **{"model.norm": "batch"})) == 138_365_992

    def test_googlenet_without_its_side_heads(self) -> None:
        with torch.device("meta"):
            assert count(make("googlenet"), without="aux") == 6_998_552

    @pytest.mark.parametrize("depth", SMALL_SIZES)
    @pytest.mark.parametrize("kind", ["resnet", "plain"])
    def test_of_small_residual_nets_for_ten_classes(self, kind: str, depth: int) -> None:
        with torch.device("meta"):
            net = make(f"{kind}{depth}", outputs=10, side=32)
        assert count(net) == SMALL_SIZES[depth]
        layers = [m for m in net.modules() if isinstance(m, nn.Conv2d | nn.Linear)]
        assert len(layers) == depth

    def test_what_a_bottleneck_saves_an_inception_module(self) -> None:
        """Notes 4.2.9: 28x28x192 to 28x28x32 by 5x5, at once and by way of 16 channels."""
        at_once = nn.Conv2d(192, 32, 5, padding=2)
        by_way = nn.Sequential(nn.Conv2d(192, 16, 1), nn.Conv2d(16, 32, 5, padding=2))
        maps = torch.zeros(1, 192, 28, 28)
        costs = [
            sum(row.multiplications for row in summarize(net, maps)) for net in (at_once, by_way)
        ]
        assert costs == [120_422_400, 12_443_648]

    def test_the_notes_inception_module(self) -> None:
        module = Inception(MODULES["inception3a"], 5, NO_NORM)
        assert module(torch.zeros(1, 192, 28, 28)).shape == (1, 256, 28, 28)


FEATURES = {
    ("alexnet-one-tower", "auto", 97): [0.0911184, 0.0, 0.0359423, 0.0, 0.0, 0.0448692, 0.165948],
    ("vgg11", "auto", 64): [0.0, 0.0726282, 0.0266369, 0.0959692, 0.0, 0.250816, 0.0, 0.0],
    ("vgg11", "batch", 64): [0.0514906, 0.0, 0.0184271, 0.241288, 0.253237, 0.246896, 0.0, 0.0],
}
"""The first channels before the dense layers, which hold nearly all of the weights, on the mean."""

OUTPUTS = {
    ("resnet18", 97): [0.00606997, 0.0898322, -0.803578, 0.058021],
    ("resnet50", 97): [1.73674, -0.824601, -0.73488, -1.40809],
    ("googlenet-bn", 97): [-0.112295, -0.296928, -0.199472, -0.193545],
}
"""Of the reference with these weights, for the first four of ten classes."""


def by_rule(net: nn.Module) -> nn.Module:
    """Weights that depend on nothing but their place and shape."""
    for place, (name, weights) in enumerate(sorted(net.state_dict().items())):
        if not weights.is_floating_point():
            continue
        values = np.resize(np.roll(NUMBERS, 7 * place), weights.shape)
        if weights.dim() > 1:
            values = values * (2 / weights[0].numel()) ** 0.5
        elif name.endswith(("running_var", "weight")):
            values = 1 + 0.1 * np.abs(values)
        else:
            values = 0.1 * values
        weights.copy_(torch.from_numpy(values))
    return net.eval()


def image(side: int) -> torch.Tensor:
    return torch.from_numpy(np.resize(NUMBERS, (1, 3, side, side)).copy())


class TestAnswers:
    @pytest.mark.parametrize(("name", "side"), OUTPUTS)
    def test_are_those_of_the_reference(self, name: str, side: int) -> None:
        with torch.device("meta"):
            net = make(name, outputs=10)
        net = by_rule(net.to_empty(device="cpu"))
        with torch.no_grad():
            found = net(image(side))[0, :4].tolist()
        assert found == pytest.approx(OUTPUTS[name, side], rel=1e-3, abs=1e-5)

    @pytest.mark.parametrize(("name", "norm", "side"), FEATURES)
    def test_features_are_those_of_the_reference(self, name: str, norm: str, side: int) -> None:
        wanted = FEATURES[name, norm, side]
        with torch.device("meta"):
            features = make(name, **{"model.norm": norm}).features
        assert isinstance(features, nn.Module)
        features = by_rule(features.to_empty(device="cpu"))
        with torch.no_grad():
            found = features(image(side)).mean(dim=(2, 3))[0, : len(wanted)].tolist()
        assert found == pytest.approx(wanted, rel=1e-3, abs=1e-5)

    @pytest.mark.parametrize(
        "name", ["alexnet", "resnet18", "resnet20", "plain20", "googlenet", "efficientnet-lite0"]
    )
    @pytest.mark.parametrize("sides", [(64, 96), (75, 67)])
    def test_of_any_size_and_any_channels(self, name: str, sides: tuple[int, int]) -> None:
        values = {"model.name": name, "model.dropout": 0.0}
        with torch.device("meta"):
            net = architectures.build((2, *sides), (), 3, ClassifierRecipe().changed(values))
            assert net.eval()(torch.zeros(2, 2, *sides)).shape == (2, 3)

    @pytest.mark.parametrize(
        ("name", "least"),
        [
            ("alexnet", 63),
            ("alexnet-one-tower", 63),
            ("vgg11", 32),
            ("googlenet", 31),
            ("googlenet-bn", 15),
            ("lenet5-relu", 12),
            ("cnn-small", 8),
        ],
    )
    def test_smaller_than_the_net_can_take(self, name: str, least: int) -> None:
        values = {"model.width": 8}
        with torch.device("meta"):
            net = make(name, side=least, **values).eval()
            assert net(torch.zeros(1, 3, least, least)).shape == (1, 1000)
        with pytest.raises(RecipeError, match=f"at least {least}x{least}.*{least - 1}x{least - 1}"):
            make(name, side=least - 1, **values)

    @pytest.mark.parametrize("name", ["resnet18", "resnet50", "resnet20", "efficientnet-lite0"])
    def test_of_one_pixel(self, name: str) -> None:
        with torch.device("meta"):
            assert make(name, side=1).eval()(torch.zeros(1, 3, 1, 1)).shape == (1, 1000)


class TestBlocks:
    def test_a_residual_block_whose_last_norm_is_zero_is_its_shortcut(self) -> None:
        """Notes 4.2.6: the identity is easily learned."""
        x = torch.rand(2, 8, 6, 6)
        block = ShortcutBlock(8, 8, 1, plain=False, norm=BATCH_NORM)
        nn.init.zeros_(block.bn2.weight)  # type: ignore[arg-type]
        assert torch.equal(block(x), x)
        deep = Bottleneck(16, 4, 1, BATCH_NORM)
        nn.init.zeros_(deep.bn3.weight)  # type: ignore[arg-type]
        y = torch.rand(2, 16, 6, 6)
        assert torch.equal(deep(y), y)

    def test_a_shortcut_without_weights_keeps_every_second_pixel(self) -> None:
        block = ShortcutBlock(4, 8, 2, plain=False, norm=BATCH_NORM)
        nn.init.zeros_(block.bn2.weight)  # type: ignore[arg-type]
        x = torch.rand(1, 4, 6, 6)
        out = block(x)
        assert torch.equal(out[:, 2:6], x[:, :, ::2, ::2])
        assert not out[:, :2].any() and not out[:, 6:].any()

    @pytest.mark.parametrize("norm", ["none", "group"])
    def test_other_norms_than_the_published_one(self, norm: str) -> None:
        for name in ("resnet18", "resnet20"):
            net = make(name, outputs=3, side=40, **{"model.norm": norm})
            assert not any(isinstance(module, nn.BatchNorm2d) for module in net.modules())
            assert net(torch.rand(1, 3, 40, 40)).isfinite().all()


class TestSideHeads:
    def test_a_training_with_them_learns(self, tmp_path: Path) -> None:
        """Rows dark or light; the whole way from source to answers."""
        rng = np.random.default_rng(0)
        light = rng.random(48) < 0.5
        noise = rng.integers(0, 60, (48, 31, 31, 1))
        pictures = (noise + 150 * light[:, None, None, None]).astype(np.uint8)
        changes = {
            "optimizer.lr": 1e-3,
            "training.batch_size": 8,
            "schedule.name": "constant",
            "training.threads": 1,
            "training.step": "eager",
            "training.average": 0.0,
            "model.dropout": 0.0,
            "split.dev": 0.4,
            "split.test": 0.0,
            "data.image_size": 31,
            "augment.strength": 0,
        }
        labels = np.where(light, "light", "dark")
        run = nw.train(
            (pictures, labels), model="googlenet-bn", epochs=8, set=changes, store=tmp_path
        )
        assert run.measures["dev"]["error"]["value"] <= 0.25

    def test_count_a_third_in_training_and_nothing_in_answers(self) -> None:
        net = GoogLeNet(outputs=4, dropout=(0.0, 0.0))
        picture = torch.rand(1, 3, 64, 64)
        outputs = net(picture)
        assert isinstance(outputs, WithSides) and len(outputs.sides) == 2
        losses = [one.sum(dim=1) for one in (outputs.main, *outputs.sides)]
        found = over_heads(outputs, lambda one: one.sum(dim=1))
        torch.testing.assert_close(found, losses[0] + 0.3 * losses[1] + 0.3 * losses[2])
        torch.testing.assert_close(net.eval()(picture), outputs.main)

    def test_reach_the_early_layers_where_the_late_ones_give_no_gradient(self) -> None:
        net = GoogLeNet(outputs=4)
        nn.init.zeros_(net.fc.weight)
        over_heads(net(torch.rand(2, 3, 64, 64)), lambda one: one.sum(dim=1)).sum().backward()
        assert net.conv1.conv.weight.grad is not None
        assert net.conv1.conv.weight.grad.abs().sum() > 0
