"""The knobs of the nets for images and rows, and their weights before the first step."""

from __future__ import annotations

from typing import Annotated, Literal, Protocol

from pydantic import Field

from netwright.recipe.knobs import MOST_LAYERS, Auto, Count, Fraction, Section, Units, knob
from netwright.recipe.model import Model
from netwright.recipe.turns import (
    Either,
    Turn,
    always,
    for_dropout,
    for_width,
    only,
    times,
    twice_each,
)

VGG = ("vgg11", "vgg13", "vgg16", "vgg19")
RESNETS = ("resnet18", "resnet34", "resnet50", "resnet101", "resnet152")
SMALL_RESNETS = ("resnet20", "resnet32", "resnet44", "resnet56", "resnet110")
PLAIN = ("plain20", "plain32", "plain44", "plain56", "plain110")
NORMED = (
    "mlp",
    "mlp-embedded",
    "resnet-small",
    "cnn-small",
    *VGG,
    *RESNETS,
    *SMALL_RESNETS,
    *PLAIN,
)
"""Nets whose norm is a knob."""

WHITENED = ("airbench",)
"""Nets whose first layer whitens patches, by filters that are learned before training."""

PATCHES = 8
"""Filters of the whitening layer, at most: what varies less in small patches is mostly noise."""

FOR_LITTLE = ("lenet5", "lenet5-relu", "cnn-small", "notes-4.1.10", "notes-4.1.13", "mlp", "linear")
"""Nets for images that are small, or for time that is."""

LARGE = 24
"""Pixels a side from which images may be photographs, for which airbench is made."""

ANY_SIDE = ("airbench", "resnet-small", *RESNETS, *SMALL_RESNETS, *PLAIN)
"""Nets that answer images of another size than they were built for."""


def stride_of(side: int) -> int:
    """By how much the first layer of a small net strides, so that large images stay affordable."""
    return 1 if side <= 48 else 2 if side <= 96 else 4


class NetModel(Model):
    """The net: one of the table of architectures for images and rows."""

    name: str = knob(
        "auto",
        "the architecture",
        scale="choice",
        tier=3,
        turns=(
            Turn("bigger net", only(("linear",), "mlp")),
            Turn(
                "another net",
                only(FOR_LITTLE, "resnet-small"),
                beside="data.image_size",
                below=LARGE,
            ),
            Turn(
                "another net",
                only(FOR_LITTLE, Either(("airbench", "resnet-small"))),
                beside="data.image_size",
                least=LARGE,
            ),
            Turn(
                "another net",
                only(("resnet-small",), "airbench"),
                beside="data.image_size",
                least=LARGE,
            ),
            Turn(
                "another net",
                only(("mlp", "linear"), "mlp-embedded"),
                beside="data.encoding",  # rows
            ),
        ),
    )
    hidden: Auto | Annotated[tuple[Units, ...], Field(max_length=MOST_LAYERS)] = knob(
        "auto",
        "units of each hidden layer (mlp, mlp-embedded)",
        low=16,
        high=1024,
        scale="log",
        tier=2,
        when=("model.name", ("mlp", "mlp-embedded")),
        turns=(Turn("bigger net", twice_each),),
    )
    width: Auto | Units = knob(
        "auto",
        "channels of the first stage (airbench, resnet-small, cnn-small)",
        low=8,
        high=128,
        scale="log",
        tier=2,
        when=("model.name", ("airbench", "resnet-small", "cnn-small")),
        turns=for_width(),
    )
    activation: Literal["relu", "tanh", "sigmoid", "leaky_relu", "gelu", "silu"] = knob(
        "relu",
        "the activation g of the hidden layers (mlp, mlp-embedded)",
        scale="choice",
        tier=3,
        when=("model.name", ("mlp", "mlp-embedded")),
        turns=(
            Turn("vanishing gradient", only(("sigmoid", "tanh"), "relu")),
            Turn("saturated units", only(("sigmoid", "tanh"), "relu")),
            Turn("dead units", always("leaky_relu")),
        ),
    )
    norm: Auto | Literal["none", "batch", "layer", "group"] = knob(
        "auto",
        "the norm before each activation; auto: as the net was published",
        scale="choice",
        tier=4,
        when=("model.name", NORMED),
        turns=(
            Turn("vanishing gradient", always("batch"), blind="batch"),
            Turn("exploding layer", always("batch"), blind="batch"),
            Turn("saturated units", always("batch"), blind="batch"),
        ),
    )
    groups: Count = knob(
        8,
        "groups of the group norm; must divide the channels of every layer",
        when=("model.norm", ("group",)),
    )
    dropout: Auto | Fraction | Annotated[tuple[Fraction, ...], Field(max_length=MOST_LAYERS)] = (
        knob(
            "auto",
            "fraction of units dropped (1 - keep_prob), or a list, one for each place;"
            " docs/regularization.md lists the places",
            low=0.0,
            high=0.5,
            tier=3,
            turns=for_dropout(),
        )
    )
    input_dropout: Fraction = knob(
        0.0,
        "fraction of the inputs dropped (mlp, linear)",
        low=0.0,
        high=0.3,
        when=("model.name", ("mlp", "linear")),
    )
    category_dropout: Auto | Fraction = knob(
        "auto",
        "fraction of the categories read as unknown in training, to learn what that means (rows)",
        low=0.0,
        high=0.3,
        when=("model.name", ("mlp-embedded", "mlp", "linear")),
        turns=for_dropout(),
    )
    bins: Annotated[int, Field(ge=1, le=512)] = knob(
        48,
        "parts of a number's range in which its vector is linear (mlp-embedded)",
        low=8,
        high=128,
        scale="log",
        tier=3,
        when=("model.name", ("mlp-embedded",)),
        turns=(Turn("bigger net", times(2, most=256)),),
    )
    vector: Units = knob(
        8,
        "numbers in the vector of a number (mlp-embedded)",
        low=4,
        high=32,
        scale="log",
        tier=3,
        when=("model.name", ("mlp-embedded",)),
        turns=for_width(),
    )


class Initialization(Section):
    """The weights before the first step (notes 2.1.7)."""

    scheme: Literal["default", "he", "xavier", "glorot_mean", "by_activation", "zeros"] = knob(
        "default",
        "default: as the architecture was published; by_activation: he for the relu family, xavier"
        " for tanh and sigmoid",
        scale="choice",
        turns=(
            Turn("vanishing gradient", always("by_activation")),
            Turn("exploding layer", always("by_activation")),
            Turn("dead units", always("by_activation")),
            Turn("saturated units", always("by_activation")),
        ),
    )


class NetSettings(Protocol):
    """What of a recipe an architecture reads."""

    @property
    def model(self) -> NetModel:
        """The net."""
        ...

    @property
    def initialization(self) -> Initialization:
        """Its weights before the first step."""
        ...
