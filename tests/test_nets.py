"""The architectures: parameter counts and shapes as published, refusals, initialization."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

import netwright as nw
from netwright.api.summaries import summary
from netwright.base.errors import NetwrightWarning, RecipeError
from netwright.nets import architectures
from netwright.nets.initialization import initialize
from netwright.nets.summary import summarize
from netwright.nets.tabular.mlp import MLP
from netwright.nets.vision.lenet import AvgPool2x2, LeNet5
from netwright.systems.classifier.recipe import ClassifierRecipe

RESOLVED = {"model.hidden": [128, 64], "model.width": 16, "model.dropout": 0.0}


def make(
    name: str,
    shape: tuple[int, ...],
    outputs: int = 10,
    categories: tuple[int, ...] = (),
    **more: Any,
) -> torch.nn.Module:
    return architectures.build(
        shape,
        categories,
        outputs,
        ClassifierRecipe().changed({"model.name": name, **RESOLVED, **more}),
    )


def count(net: torch.nn.Module) -> int:
    return sum(p.numel() for p in net.parameters())


@pytest.mark.parametrize("side", [28, 32])
def test_lenet5_has_the_papers_61706_parameters(side: int) -> None:
    net = make("lenet5", (1, side, side))
    assert count(net) == 61_706
    assert net(torch.zeros(2, 1, side, side)).shape == (2, 10)


@pytest.mark.parametrize("kind", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("sides", [(8, 8), (7, 10), (9, 5)])
def test_the_quick_average_pool_is_pytorchs_bit_for_bit(
    kind: torch.dtype, sides: tuple[int, int]
) -> None:
    torch.manual_seed(0)
    x = torch.randn(3, 4, *sides).to(kind).to(memory_format=torch.channels_last).requires_grad_()
    wanted, found = nn.AvgPool2d(2)(x), AvgPool2x2()(x)
    assert torch.equal(wanted, found)
    above = torch.randn_like(wanted)
    assert torch.equal(*(torch.autograd.grad(out, x, above)[0] for out in (wanted, found)))
    assert torch.autograd.gradgradcheck(
        AvgPool2x2(), torch.randn(1, 2, *sides, dtype=torch.float64, requires_grad=True)
    )


def test_lenet5_layers_are_the_published_ones() -> None:
    rows = summarize(LeNet5(), torch.zeros(1, 1, 32, 32))
    parameters = [row.parameters for row in rows if row.parameters]
    assert parameters == [156, 2_416, 48_120, 10_164, 850]
    shapes = [row.shape for row in rows if row.kind in ("Conv2d", "AvgPool2x2")]
    assert shapes == [(28, 28, 6), (14, 14, 6), (10, 10, 16), (5, 5, 16)]


def test_the_notes_table_4_1_13() -> None:
    rows = summarize(make("notes-4.1.13", (3, 32, 32)), torch.zeros(1, 3, 32, 32))
    assert [row.parameters for row in rows if row.parameters] == [608, 3_216, 48_120, 10_164, 850]
    assert [row.shape for row in rows if row.kind in ("Conv2d", "MaxPool2d")] == [
        (28, 28, 8),
        (14, 14, 8),
        (10, 10, 16),
        (5, 5, 16),
    ]
    assert [row.size for row in rows if row.kind == "MaxPool2d"] == [14 * 14 * 8, 400]


def test_the_notes_table_4_1_10() -> None:
    rows = summarize(make("notes-4.1.10", (3, 39, 39)), torch.zeros(1, 3, 39, 39))
    assert [row.shape for row in rows if row.kind == "Conv2d"] == [
        (37, 37, 10),
        (17, 17, 20),
        (7, 7, 40),
    ]
    assert next(row.size for row in rows if row.kind == "Flatten") == 1960


def test_multiplications_of_a_convolution() -> None:
    rows = summarize(torch.nn.Conv2d(192, 32, 5, padding=2), torch.zeros(1, 192, 28, 28))
    assert rows[-1].multiplications == 28 * 28 * 32 * 5 * 5 * 192  # the notes' 120 million (4.2.9)


def test_a_summary_has_what_works_in_training_alone_and_counts_a_layer_once() -> None:
    rows = summary("googlenet", outputs=1000)  # reads no 28x28: it is of 224x224
    assert sum(row.parameters for row in rows) == 13_378_280  # as published, with its side heads
    assert rows[0].shape == (224, 224, 3)
    assert sum(row.parameters for row in rows if not row.shape) == 13_378_280 - 6_998_552
    twice = torch.nn.Linear(3, 3)
    assert (
        sum(
            row.parameters
            for row in summarize(torch.nn.Sequential(twice, twice), torch.zeros(1, 3))
        )
        == 12
    )


def test_channels_that_come_last_are_named() -> None:
    with pytest.warns(NetwrightWarning, match=r"channels come first, --input 3,32,40"):
        summary("mlp", "32,40,3")


SMALLEST = {entry.module: name for name, entry in reversed(architectures.ARCHITECTURES.items())}
"""One net of each file."""


@pytest.mark.parametrize("name", SMALLEST.values())
def test_what_a_refused_summary_advises_is_taken(name: str) -> None:
    of_images = "images" in architectures.ARCHITECTURES[name].reads
    for shape in ("1,3,3" if of_images else "1,28,28", "13", "2,9"):
        try:
            summary(name, shape)
        except RecipeError as error:
            assert "--set" not in str(error)
            (advised,) = re.findall(r"--input (\d[\d,]*\d)(?!\d|,\d| describes)", str(error))
            assert summary(name, advised)


def test_a_summary_refuses_what_changes_no_layer(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"--set data.image_size changes no layer: .* --input"):
        summary("googlenet", set={"data.image_size": 224})
    with pytest.raises(RecipeError, match="unknown key 'modle'"):
        summary("resnet-small", set={"modle.width": 3})
    run = nw.train("iris", model="linear", epochs=1, store=tmp_path)
    for given in ({"shape": "13"}, {"outputs": 3}, {"set": {"model.hidden": [3]}}):
        with pytest.raises(RecipeError, match=f"the net of {run.id} is as it was trained"):
            summary(str(run.record.path), **given)


def test_a_summary_leaves_the_net_as_it_was() -> None:
    net = make("resnet-small", (3, 32, 32)).train()
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    summarize(net, torch.randn(1, 3, 32, 32))
    assert net.training
    assert all(torch.equal(before[name], tensor) for name, tensor in net.state_dict().items())


@pytest.mark.parametrize(("side", "channels"), [(8, 1), (28, 1), (32, 3), (64, 3), (97, 3)])
def test_the_small_residual_net_reads_any_side(side: int, channels: int) -> None:
    net = make("resnet-small", (channels, side, side)).eval()
    assert net(torch.zeros(2, channels, side, side)).shape == (2, 10)


def test_every_block_starts_as_its_shortcut_when_its_last_norm_is_zero() -> None:
    from netwright.nets.vision.resnet_small import Block

    block = Block(4, 4, stride=1).eval()
    torch.nn.init.zeros_(block.norm2.weight)
    x = torch.randn(2, 4, 6, 6)
    torch.testing.assert_close(block(x), x)


def test_a_linear_model_is_one_layer_and_embeds_nothing_without_categories() -> None:
    net = make("linear", (13,), 1)
    assert count(net) == 14


def test_categories_are_embedded_and_read() -> None:
    net = MLP(numbers=2, categories=(5, 3), hidden=(8,), outputs=2)
    x = torch.zeros(4, 2)
    one, other = (net(x, torch.full((4, 2), k)) for k in (0, 1))
    assert one.shape == (4, 2)
    assert not torch.equal(one, other)


@pytest.mark.parametrize(
    ("name", "shape", "message"),
    [
        ("lenet6", (1, 28, 28), "did you mean 'lenet5'"),
        ("lenet5", (13,), "the data are rows; use linear or mlp"),
        ("lenet5", (1, 6, 6), "at least 12x12"),
        ("notes-4.1.10", (3, 8, 8), "at least 15x15"),
    ],
)
def test_a_net_that_does_not_fit_is_refused_in_one_sentence(
    name: str, shape: tuple[int, ...], message: str
) -> None:
    with pytest.raises(RecipeError, match=message):
        make(name, shape)


@pytest.mark.parametrize(
    ("scheme", "variance"),
    [("he", 2 / 400), ("xavier", 1 / 400), ("glorot_mean", 2 / 1000), ("zeros", 0)],
)
def test_initialization_has_the_named_variance(scheme: str, variance: float) -> None:
    torch.manual_seed(0)
    layer = torch.nn.Linear(400, 600)
    initialize(layer, scheme)
    assert float(layer.weight.detach().var()) == pytest.approx(variance, rel=0.02)
    assert float(layer.bias.detach().abs().max()) == 0


def test_the_default_scheme_changes_nothing() -> None:
    layer = torch.nn.Linear(4, 4)
    before = layer.weight.detach().clone()
    initialize(layer, "default")
    assert torch.equal(before, layer.weight)
