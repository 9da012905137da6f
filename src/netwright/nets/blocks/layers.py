"""Layers that several architectures are made of, and the places where units are dropped."""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn

from netwright.base.errors import RecipeError
from netwright.recipe import NetModel

FILTERS = {1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d}
"""How many axes there are -> the layer of filters: signals, images, volumes (notes 4.4.12)."""

BATCH_NORMS = {1: nn.BatchNorm1d, 2: nn.BatchNorm2d, 3: nn.BatchNorm3d}


@dataclass(frozen=True)
class Norm:
    """Which norm stands behind the layers of a net (notes 2.3.5-2.3.7).

    Args:
        kind: ``none``, ``batch`` (Ioffe and Szegedy 2015), ``layer`` (Ba et al. 2016) or ``group``
            (Wu and He 2018).
        groups: of the group norm.
    """

    kind: str = "none"
    groups: int = 1

    @property
    def absent(self) -> bool:
        """Whether there is none; then layers have biases, which a norm's shift replaces."""
        return self.kind == "none"

    def over(self, channels: int, *, images: bool, eps: float = 1e-5, axes: int = 2) -> nn.Module:
        """The norm over so many channels or units: an identity where there is none.

        The layer norm of images is the group norm of one group, over all channels and pixels of an
        example, as Ba et al. 2016 have it; ConvNeXt's, over the channels of each pixel, is another.

        Args:
            images: (B, C, *axes) goes in, else (B, C).
            eps: added to the variance by batch norm.
            axes: of the places of images; 1 of signals, 3 of volumes.

        Raises:
            RecipeError: the groups do not divide the channels.
        """
        if self.absent:
            return nn.Identity()
        if self.kind == "batch":
            return BATCH_NORMS[axes if images else 1](channels, eps)
        if self.kind == "layer":
            return nn.GroupNorm(1, channels) if images else nn.LayerNorm(channels)
        if channels % self.groups:
            fitting = ", ".join(str(n) for n in range(1, channels + 1) if channels % n == 0)
            raise RecipeError(
                f"model.groups = {self.groups} does not divide the {channels} channels of a layer:"
                f" expected one of {fitting}, or another model.width or model.hidden."
            )
        return nn.GroupNorm(self.groups, channels)


NO_NORM, BATCH_NORM = Norm(), Norm("batch")


def norm_of(model: NetModel, usual: str) -> Norm:
    """The recipe's norm.

    Args:
        usual: what ``auto`` stands for: as the architecture was published.
    """
    return Norm(usual if model.norm == "auto" else model.norm, model.groups)


def dense(inputs: int, units: int, norm: Norm) -> list[nn.Module]:
    """A dense layer and its norm, if any (notes 2.3.5)."""
    layer = nn.Linear(inputs, units, bias=norm.absent)
    return [layer] if norm.absent else [layer, norm.over(units, images=False)]


def convolution(
    inputs: int,
    outputs: int,
    side: int,
    norm: Norm,
    *,
    stride: int = 1,
    padding: int = 0,
    bias: bool = False,
) -> list[nn.Module]:
    """A convolution and its norm, if any.

    Args:
        side: of the square filters.
        stride, padding: of ``nn.Conv2d``.
        bias: although a norm follows.
    """
    layer = nn.Conv2d(inputs, outputs, side, stride, padding, bias=bias or norm.absent)
    return [layer] if norm.absent else [layer, norm.over(outputs, images=True)]


def convolution_and_norm(
    inputs: int, outputs: int, side: int, norm: Norm, *, stride: int = 1
) -> tuple[nn.Module, nn.Module]:
    """A convolution to ceil(side / stride), and its norm: an identity where there is none."""
    layer = nn.Conv2d(inputs, outputs, side, stride, side // 2, bias=norm.absent)
    return layer, norm.over(outputs, images=True)


class SmallImagesError(RecipeError):
    """Images are smaller than a net can read.

    Args:
        least: pixels a side that it needs.
        why: the same as the beginning of a sentence.
    """

    def __init__(self, name: str, shape: tuple[int, ...], least: int) -> None:
        _, height, width = shape
        self.least = least
        self.why = (
            f"{name} needs images of at least {least}x{least} pixels, these are {height}x{width}"
        )
        super().__init__(f"{self.why}; --set data.image_size={least} enlarges them.")


def needs_side(name: str, shape: tuple[int, ...], least: int) -> None:
    """Images (C, H, W) have at least so many pixels a side.

    Raises:
        SmallImagesError: they do not.
    """
    if min(shape[1:]) < least:
        raise SmallImagesError(name, shape, least)


def drop_rates(
    model: NetModel, places: int, what: str, *, single: str = "all"
) -> tuple[float, ...]:
    """The dropout rate of each place where a net can drop units (notes 2.1.4).

    keep_prob is 1 - rate.

    Args:
        places: how many there are.
        what: the places in words, in their order: ``after each hidden layer``.
        single: where a single rate acts: at ``all`` places, or at the ``last``.

    Raises:
        RecipeError: the recipe lists another number of rates.
    """
    assert model.dropout != "auto", "complete() left an auto value in the recipe"
    wanted = model.dropout
    if not isinstance(wanted, tuple):
        return (0.0,) * (places - 1) + (wanted,) if single == "last" else (wanted,) * places
    if len(wanted) != places:
        expected = f"{places}, {what}" if places else f"none: {what}"
        raise RecipeError(
            f"model.dropout = {list(wanted)} lists {len(wanted)} rates; model '{model.name}' takes"
            f" {expected}."
        )
    return wanted


def drop(rate: float) -> nn.Module:
    """Dropout, or nothing at all where the rate is 0."""
    return nn.Dropout(rate) if rate else nn.Identity()
