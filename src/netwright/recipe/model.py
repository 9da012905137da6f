"""The net and its weights before the first step."""

from __future__ import annotations

from typing import Literal

from netwright.recipe.knobs import Auto, Count, Fraction, Section, Units, knob


class Model(Section):
    """The net."""

    name: str = knob("auto", "the architecture", scale="choice", tier=3)
    hidden: Auto | tuple[Units, ...] = knob(
        "auto",
        "units of each hidden layer (mlp)",
        low=16,
        high=1024,
        scale="log",
        tier=2,
        when=("model.name", ("mlp",)),
    )
    width: Auto | Units = knob(
        "auto",
        "channels of the first stage (resnet-small, cnn-small)",
        low=8,
        high=128,
        scale="log",
        tier=2,
        when=("model.name", ("resnet-small", "cnn-small")),
    )
    activation: Literal["relu", "tanh", "sigmoid", "leaky_relu", "gelu", "silu"] = knob(
        "relu",
        "the activation g of the hidden layers (mlp)",
        scale="choice",
        tier=3,
        when=("model.name", ("mlp",)),
    )
    norm: Auto | Literal["none", "batch", "layer", "group"] = knob(
        "auto",
        "the norm before each activation; auto: batch in convolution nets, none in mlp",
        scale="choice",
        tier=4,
        when=("model.name", ("mlp", "resnet-small", "cnn-small")),
    )
    groups: Count = knob(
        8,
        "groups of the group norm; must divide the channels of every layer",
        when=("model.norm", ("group",)),
    )
    dropout: Auto | Fraction | tuple[Fraction, ...] = knob(
        "auto",
        "fraction of units dropped (1 - keep_prob), or a list, one for each place;"
        " docs/regularization.md lists the places",
        low=0.0,
        high=0.5,
        tier=3,
    )
    input_dropout: Fraction = knob(
        0.0,
        "fraction of the inputs dropped (mlp, linear)",
        low=0.0,
        high=0.3,
        when=("model.name", ("mlp", "linear")),
    )


class Initialization(Section):
    """The weights before the first step (notes 2.1.7)."""

    scheme: Literal["default", "he", "xavier", "glorot_mean", "by_activation", "zeros"] = knob(
        "default",
        "default: as the architecture was published; by_activation: he for the relu family, xavier"
        " for tanh and sigmoid",
        scale="choice",
    )
