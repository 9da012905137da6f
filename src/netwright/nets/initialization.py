"""Weights before the first step (notes 2.1.7): He et al. 2015, Glorot and Bengio 2010."""

from __future__ import annotations

from torch import nn

SATURATING = ("tanh", "sigmoid")
"""Activations that want the variance 1 / n; relu and its kin lose half of it, want 2 / n."""


def initialize(net: nn.Module, scheme: str, activation: str = "relu") -> None:
    """Draw the weights of every dense and convolution layer again, in place; biases become 0.

    ``he``: sqrt(2 / n[l-1]); ``xavier``: sqrt(1 / n[l-1]); ``glorot_mean``: sqrt(2 / (n[l-1] +
    n[l])); ``zeros``: 0; ``by_activation``: xavier where tanh or sigmoid follows and in the last
    layer, which no activation follows, else he; ``default`` leaves the net as its architecture made
    it. n counts inputs per unit (a filter's volume for convolutions).

    Args:
        activation: the net's, for ``by_activation``.
    """
    if scheme == "default":
        return
    layers = [
        layer for layer in net.modules() if isinstance(layer, nn.Linear | nn.modules.conv._ConvNd)
    ]
    for layer in layers:
        last = layer is layers[-1]
        by_activation = "xavier" if last or activation in SATURATING else "he"
        std = variance(layer, by_activation if scheme == "by_activation" else scheme) ** 0.5
        nn.init.normal_(layer.weight, std=std)
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)


def variance(layer: nn.Linear | nn.modules.conv._ConvNd, scheme: str) -> float:
    """Of each weight of the layer."""
    fan_in = layer.weight[0].numel()
    fan_out = layer.weight.shape[0] * layer.weight[0, 0].numel()
    return {
        "he": 2 / fan_in,
        "xavier": 1 / fan_in,
        "glorot_mean": 2 / (fan_in + fan_out),
        "zeros": 0.0,
    }[scheme]
