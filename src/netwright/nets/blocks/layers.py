"""Layers that several architectures are made of, and the places where units are dropped."""

from __future__ import annotations

from typing import Any

from torch import nn

from netwright.base.errors import RecipeError
from netwright.recipe import Model


def norm_of(model: Model, usual: str) -> tuple[str, int]:
    """(kind, groups) of the recipe's norm.

    Args:
        usual: what ``auto`` stands for: as the architecture was published.
    """
    return (usual if model.norm == "auto" else model.norm), model.groups


def norm(kind: str, groups: int, channels: int, *, images: bool) -> nn.Module:
    """A norm over ``channels`` channels or units (notes 2.3.5-2.3.7).

    The layer norm of images is the group norm of one group, over all channels and pixels of an
    example, as Ba et al. 2016 have it; ConvNeXt's, over the channels of each pixel, is another.

    Args:
        kind: ``none``, ``batch`` (Ioffe and Szegedy 2015), ``layer`` (Ba et al. 2016) or ``group``
            (Wu and He 2018).
        groups: of the group norm.
        images: (B, C, H, W) goes in, else (B, C).

    Raises:
        RecipeError: the groups do not divide the channels.
    """
    if kind == "none":
        return nn.Identity()
    if kind == "batch":
        return nn.BatchNorm2d(channels) if images else nn.BatchNorm1d(channels)
    if kind == "layer":
        return nn.GroupNorm(1, channels) if images else nn.LayerNorm(channels)
    if channels % groups:
        fitting = ", ".join(str(n) for n in range(1, channels + 1) if channels % n == 0)
        raise RecipeError(
            f"model.groups = {groups} does not divide the {channels} channels of a layer: expected"
            f" one of {fitting}, or another model.width or model.hidden."
        )
    return nn.GroupNorm(groups, channels)


def dense(inputs: int, units: int, kind: str, groups: int) -> list[nn.Module]:
    """A dense layer and its norm, if any (notes 2.3.5).

    Before a norm, whose shift takes its part, the bias is left out.
    """
    layer = nn.Linear(inputs, units, bias=kind == "none")
    return [layer] if kind == "none" else [layer, norm(kind, groups, units, images=False)]


def convolution(
    inputs: int, outputs: int, side: int, kind: str, groups: int, **more: Any
) -> list[nn.Module]:
    """A convolution and its norm, if any; the bias is left out before a norm.

    Args:
        side: of the square filters.
        more: ``stride`` and ``padding`` of ``nn.Conv2d``.
    """
    layer = nn.Conv2d(inputs, outputs, side, bias=kind == "none", **more)
    return [layer] if kind == "none" else [layer, norm(kind, groups, outputs, images=True)]


def drop_rates(model: Model, places: int, what: str, *, single: str = "all") -> tuple[float, ...]:
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
