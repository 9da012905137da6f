"""Norms, dropout a layer and initialization by activation: what a recipe builds into each net."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

import small_runs
from netwright.base.errors import RecipeError
from netwright.nets import architectures
from netwright.nets.initialization import initialize
from netwright.searching.choose_space import named_dimension
from netwright.systems.classifier.recipe import ClassifierRecipe

PLAIN = {"model.hidden": [16, 8], "model.width": 8, "model.dropout": 0.0}
NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.LayerNorm, nn.GroupNorm)
NORMED = ("mlp", "resnet-small", "cnn-small", "resnet20")
BARE = ("linear", "lenet5", "lenet5-relu", "notes-4.1.10", "notes-4.1.13")
"""Nets that have no norm whatever is chosen; tests/test_classic_nets.py has the large ones."""


def make(name: str, **changes: Any) -> nn.Module:
    settings = {key.replace("__", "."): value for key, value in changes.items()}
    return architectures.build(
        (1, 32, 32), (), 10, ClassifierRecipe().changed({"model.name": name, **PLAIN, **settings})
    )


def run(net: nn.Module, count: int = 5) -> list[nn.Module]:
    """The leaf modules in the order in which they are run."""
    order: list[nn.Module] = []
    hooks = [
        m.register_forward_hook(lambda m, i, o: order.append(m))
        for m in net.modules()
        if not any(m.children())
    ]
    net(torch.randn(count, 1, 32, 32, generator=torch.Generator().manual_seed(0)))
    for hook in hooks:
        hook.remove()
    return [m for m in order if not isinstance(m, nn.Identity)]


# --- norms


@pytest.mark.parametrize("norm", ["auto", "none", "batch", "layer", "group"])
@pytest.mark.parametrize("name", [*NORMED, *BARE])
def test_no_layer_directly_before_a_norm_has_a_bias_and_every_other_has_one(
    name: str, norm: str
) -> None:
    order = [
        m
        for m in run(make(name, model__norm=norm, model__groups=4))
        if not isinstance(m, nn.Dropout)
    ]
    for layer, after in zip(order, [*order[1:], None], strict=True):
        if isinstance(layer, nn.Linear | nn.Conv2d):
            assert not (isinstance(after, NORMS) and layer.bias is not None), (
                f"{name}: a bias before {after}"
            )
    normed = any(isinstance(m, NORMS) for m in order)
    assert normed == (name in NORMED and norm != "none" and not (name == "mlp" and norm == "auto"))
    if not normed:
        assert all(m.bias is not None for m in order if isinstance(m, nn.Linear | nn.Conv2d))


@pytest.mark.parametrize("name", NORMED)
def test_auto_is_what_the_architecture_always_had(name: str) -> None:
    usual = "none" if name == "mlp" else "batch"
    made = []
    for norm in ("auto", usual):
        torch.manual_seed(0)
        made.append(make(name, model__norm=norm).state_dict())
    assert (
        all(torch.equal(made[0][key], made[1][key]) for key in made[0])
        and made[0].keys() == made[1].keys()
    )


@pytest.mark.parametrize("name", NORMED)
def test_layer_and_group_norm_keep_examples_apart_and_batch_norm_does_not(name: str) -> None:
    x = torch.randn(6, 1, 32, 32, generator=torch.Generator().manual_seed(1))
    for norm in ("layer", "group", "batch"):
        torch.manual_seed(0)
        net = make(name, model__norm=norm, model__groups=4).train()
        alone, company = net(x)[:3], net(x[:3])
        assert torch.allclose(alone, company, atol=1e-5) == (norm != "batch"), norm


def test_the_layer_norm_of_images_is_over_channels_and_pixels() -> None:
    """Against torch's layer_norm over all of an example, and the group norm against a loop over
    groups.
    """
    from netwright.nets.blocks.layers import Norm

    x = torch.randn(3, 6, 5, 4) * 3 + 1
    torch.testing.assert_close(
        Norm("layer").over(6, images=True)(x), nn.functional.layer_norm(x, (6, 5, 4))
    )
    grouped = Norm("group", 3).over(6, images=True)(x)
    for group in range(3):
        part = x[:, 2 * group : 2 * group + 2]
        torch.testing.assert_close(
            grouped[:, 2 * group : 2 * group + 2], nn.functional.layer_norm(part, (2, 5, 4))
        )


def test_groups_that_do_not_divide_the_channels_are_refused() -> None:
    with pytest.raises(
        RecipeError, match=r"model\.groups = 5 does not divide the 8 channels .* 1, 2, 4, 8"
    ):
        make("cnn-small", model__norm="group", model__groups=5)
    with pytest.raises(RecipeError, match=r"does not divide the 10"):
        make("mlp", model__norm="group", model__groups=4, model__hidden=[16, 10])


ALL_PARTS = [(1, 1), (2, 2), (4, 2), (5, 2), (2, 1)]


@pytest.mark.parametrize(
    ("name", "norm", "batches"),
    [
        *itertools.product(["mlp"], ["none", "batch", "layer"], ALL_PARTS),
        *itertools.product(NORMED[1:], ["batch"], ALL_PARTS),
    ],
)
def test_a_batch_norm_over_one_value_is_refused_before_training_and_nothing_else_is(
    name: str, norm: str, batches: tuple[int, int], tmp_path: Path
) -> None:
    """Torch's own refusal is the oracle: a net in training mode, on the smallest part of a
    batch.
    """
    size, parts = batches
    changes = {
        "model.name": name,
        "model.norm": norm,
        "model.hidden": [4],
        "training.batch_size": size,
        "training.accumulate": parts,
        "training.epochs": 1,
    }
    examples = small_runs.SYSTEMS["classifier"].sample(24, 0)
    of_train = torch.arange(14).split(size)  # the rest is dev and test
    fewest = min(len(part) for batch in of_train for part in batch.chunk(parts))
    net = architectures.build((1, 12, 12), (), 3, ClassifierRecipe().changed({**PLAIN, **changes}))
    try:
        net.train()(torch.randn(fewest, 1, 12, 12))
    except ValueError:
        with pytest.raises(RecipeError, match="leaves batch norm a single example"):
            small_runs.start("classifier", tmp_path, changes, examples)
        assert not list(tmp_path.iterdir())
    else:
        made = small_runs.finished("classifier", tmp_path, changes, examples)
        assert made.record.info()["status"] == "complete"
        assert len(made.setup.train) == 14


# --- dropout


PLACES = {"mlp": 2, "lenet5": 2, "cnn-small": 3, "resnet-small": 4}


@pytest.mark.parametrize(("name", "places"), PLACES.items())
def test_a_list_drops_each_place_by_its_own_rate(name: str, places: int) -> None:
    wanted = [0.1 * (k + 1) for k in range(places)]
    found = [m.p for m in run(make(name, model__dropout=wanted)) if isinstance(m, nn.Dropout)]
    assert found == pytest.approx(wanted)


@pytest.mark.parametrize(("name", "places"), PLACES.items())
def test_one_rate_acts_where_it_always_did(name: str, places: int) -> None:
    found = [m.p for m in run(make(name, model__dropout=0.3)) if isinstance(m, nn.Dropout)]
    assert found == ([0.3, 0.3] if name == "mlp" else [0.3])
    last = [m for m in run(make(name, model__dropout=0.3)) if isinstance(m, nn.Dropout | nn.Linear)]
    assert isinstance(last[-2], nn.Dropout), "before the last layer"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("mlp", "takes 2, one after each hidden layer"),
        ("lenet5", "takes 2, after its 120"),
        ("cnn-small", "takes 3, one after each convolution"),
        ("resnet-small", "takes 4, inside each of its three blocks"),
        ("linear", "takes none: it has no hidden layer"),
        ("notes-4.1.13", "takes none"),
    ],
)
def test_a_list_of_the_wrong_length_is_refused_with_how_many_are_expected(
    name: str, said: str
) -> None:
    with pytest.raises(RecipeError, match=said):
        make(name, model__dropout=[0.1] * 5)


@pytest.mark.parametrize("name", ["mlp", "linear"])
def test_inputs_can_be_dropped(name: str) -> None:
    net = make(name, model__input_dropout=0.4).train()
    first = run(net)[0]
    assert isinstance(first, nn.Dropout) and first.p == 0.4
    x = torch.ones(1, 1, 32, 32)
    kept = first(x.flatten(1))
    assert sorted(kept.unique().tolist()) == pytest.approx([0.0, 1 / 0.6])
    assert torch.equal(net.eval()(x), net(x))


def test_a_search_over_dropout_gives_single_rates() -> None:
    recipe = ClassifierRecipe().changed({"model.name": "mlp", "model.dropout": 0.1})
    one = named_dimension(recipe, "model.dropout", {"low": 0.0, "high": 0.5})
    assert isinstance(one.value(0.25), float)


# --- initialization


@pytest.mark.parametrize(
    ("activation", "factor"),
    [("relu", 2), ("leaky_relu", 2), ("gelu", 2), ("silu", 2), ("tanh", 1), ("sigmoid", 1)],
)
def test_initialization_by_activation_has_the_notes_variances(activation: str, factor: int) -> None:
    """Notes 2.1.7: 2 / n before relu, 1 / n before tanh; the last layer, which nothing follows, 1 /
    n.
    """
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(400, 600), nn.Identity(), nn.Linear(600, 500))
    initialize(net, "by_activation", activation)
    for layer, wanted in ((net[0], factor / 400), (net[2], 1 / 600)):
        assert float(layer.weight.detach().var()) == pytest.approx(wanted, rel=0.02)  # type: ignore[operator, union-attr, arg-type]
        assert float(layer.bias.detach().abs().max()) == 0  # type: ignore[operator, union-attr, arg-type]


def test_each_architecture_is_initialized_by_its_own_activation() -> None:
    torch.manual_seed(0)
    lenet, mlp, resnet = (
        make(n, initialization__scheme="by_activation") for n in ("lenet5", "mlp", "resnet-small")
    )
    assert float(lenet.layers.c5.weight.detach().var()) == pytest.approx(1 / 400, rel=0.05)  # type: ignore[union-attr, operator, arg-type]
    assert float(mlp.layers[0].weight.detach().var()) == pytest.approx(2 / 1024, rel=0.05)  # type: ignore[union-attr, operator, arg-type, index]
    assert float(resnet.stages[2].conv2.weight.detach().var()) == pytest.approx(
        2 / (9 * 32), rel=0.05
    )  # type: ignore[union-attr, operator, arg-type, index]


def test_activations_keep_their_size_through_thirty_relu_layers() -> None:
    torch.manual_seed(0)
    net = make("mlp", model__hidden=[256] * 30, initialization__scheme="by_activation")
    sizes = []
    for layer in net.layers:  # type: ignore[union-attr]
        layer.register_forward_hook(lambda m, i, o: sizes.append(float(o.detach().square().mean())))
    net(torch.randn(64, 1, 32, 32))
    assert 0.2 < sizes[57] / sizes[0] < 5, "default initialization shrinks by a factor of 6 a layer"
