"""Weights before the first step (notes 2.1.7): He et al. 2015, Glorot and Bengio 2010."""

from __future__ import annotations

from torch import nn


def initialize(net: nn.Module, scheme: str) -> None:
    """Draw the weights of every dense and convolution layer again, in place; biases become 0.

    ``he``: sqrt(2 / n[l-1]); ``xavier``: sqrt(1 / n[l-1]); ``glorot_mean``: sqrt(2 / (n[l-1] + n[l])); ``zeros``: 0;
    ``default`` leaves the net as its architecture made it. n counts inputs per unit (a filter's volume for convolutions).
    """
    if scheme == "default":
        return
    for layer in net.modules():
        if isinstance(layer, nn.Linear | nn.modules.conv._ConvNd):
            fan_in = layer.weight[0].numel()
            fan_out = layer.weight.shape[0] * layer.weight[0, 0].numel()
            variance = {"he": 2 / fan_in, "xavier": 1 / fan_in, "glorot_mean": 2 / (fan_in + fan_out), "zeros": 0.0}[
                scheme
            ]
            nn.init.normal_(layer.weight, std=variance**0.5)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
