"""Update rules (notes 2.2.5-2.2.7) over the flat weights: torch's own, fused where they are."""

from __future__ import annotations

from typing import Any

import torch
from torch.optim import Optimizer

from netwright.recipe import Optimizer as Knobs
from netwright.recipe import settled
from netwright.training.weights import Weights


def build(weights: Weights, knobs: Knobs) -> Optimizer:
    """The optimizer over two vectors: weights that decay, and biases and norms that do not.

    In the notes' letters: momentum and Nesterov use k = beta1, RMSprop beta2, Adam both. torch's momentum adds up
    v = k v + g where the notes average v = k v + (1-k) g, so the rate here acts like the notes' rate / (1-k).
    """
    decay = settled(knobs.weight_decay)
    parts = ((weights.vector[: weights.decayed], weights.gradient[: weights.decayed], decay),
             (weights.vector[weights.decayed :], weights.gradient[weights.decayed :], 0.0))  # fmt: skip
    groups: list[dict[str, Any]] = []
    for vector, gradient, own_decay in parts:
        if len(vector):
            part = vector.requires_grad_()
            part.grad = gradient
            groups.append({"params": [part], "weight_decay": own_decay})
    rate, betas = settled(knobs.lr), (knobs.beta1, knobs.beta2)
    if knobs.name == "adamw":
        return torch.optim.AdamW(groups, lr=rate, betas=betas, eps=knobs.epsilon, fused=True)
    if knobs.name == "adam":
        return torch.optim.Adam(groups, lr=rate, betas=betas, eps=knobs.epsilon, fused=True)
    if knobs.name == "rmsprop":
        return torch.optim.RMSprop(groups, lr=rate, alpha=knobs.beta2, eps=knobs.epsilon)
    momentum = 0.0 if knobs.name == "sgd" else knobs.beta1
    return torch.optim.SGD(groups, lr=rate, momentum=momentum, nesterov=knobs.name == "nesterov", fused=True)
