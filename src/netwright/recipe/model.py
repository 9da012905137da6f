"""The net and its weights before the first step."""

from __future__ import annotations

from typing import Literal

from netwright.recipe.knobs import Auto, Count, Section, Share, knob


class Model(Section):
    """The net."""

    name: str = knob("auto", "the architecture", scale="choice", tier=3)
    hidden: Auto | tuple[Count, ...] = knob(
        "auto",
        "units of each hidden layer (mlp)",
        low=16,
        high=1024,
        scale="log",
        tier=2,
        when=("model.name", ("mlp",)),
    )
    width: Auto | Count = knob(
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
        "g (mlp)",
        scale="choice",
        tier=3,
        when=("model.name", ("mlp",)),
    )
    dropout: Auto | Share = knob("auto", "share of units dropped before the last layers", low=0.0, high=0.5, tier=3)


class Initialization(Section):
    """The weights before the first step (notes 2.1.7)."""

    scheme: Literal["default", "he", "xavier", "glorot_mean", "zeros"] = knob(
        "default", "default: as the architecture was published", scale="choice"
    )
