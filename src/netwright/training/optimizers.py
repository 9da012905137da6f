"""Update rules (notes 2.2.5-2.2.7) over the flat weights, one operation each.

The arithmetic of Adam and of gradient descent is torch's own fused kernel, called on one vector; ``torch.optim`` around it
costs four times the kernel on a small net. Tests hold every rule against ``torch.optim``.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from netwright.recipe import Optimizer as Knobs
from netwright.recipe import settled
from netwright.training.weights import Weights


@dataclass(frozen=True)
class Rule:
    """An update rule and what it remembers.

    Args:
        memory: its averages, (P,) each, and the count of steps, by name; a checkpoint keeps them.
    """

    knobs: Knobs
    weights: Weights
    memory: dict[str, Tensor]

    def step(self, rate: float) -> None:
        """Move ``weights.vector`` along ``weights.gradient`` with this learning rate."""
        vector, gradient, knobs = self.weights.vector, self.weights.gradient, self.knobs
        decay, end = settled(knobs.weight_decay), self.weights.decayed
        if decay and knobs.name == "adamw":  # decoupled (Loshchilov and Hutter 2019)
            vector[:end].mul_(1 - rate * decay)
        elif decay:  # notes 2.1.3: dW += lambda W
            gradient[:end].add_(vector[:end], alpha=decay)
        if knobs.name in ("adam", "adamw"):
            self._adam(vector, gradient, rate)
        elif knobs.name == "rmsprop":
            square = self.memory["square"].lerp_(gradient.square(), 1 - knobs.beta2)
            vector.addcdiv_(gradient, square.sqrt().add_(knobs.epsilon), value=-rate)
        else:
            self._descend(vector, gradient, rate)

    def _adam(self, vector: Tensor, gradient: Tensor, rate: float) -> None:
        """Kingma and Ba 2015: v / (1 - k1^t) over sqrt(s / (1 - k2^t)) + eps."""
        memory, knobs = self.memory, self.knobs
        memory["steps"].add_(1)
        torch._fused_adam_(
            [vector], [gradient], [memory["average"]], [memory["square"]], [], [memory["steps"]],
            lr=rate, beta1=knobs.beta1, beta2=knobs.beta2, weight_decay=0.0, eps=knobs.epsilon, amsgrad=False, maximize=False,
        )  # fmt: skip

    def _descend(self, vector: Tensor, gradient: Tensor, rate: float) -> None:
        """w -= r g, or with momentum v = k v + g, w -= r v (Nesterov: w -= r (g + k v)).

        The notes average, v = k v + (1-k) g: the rate here acts like theirs divided by 1-k.
        """
        if self.knobs.name == "sgd":
            vector.add_(gradient, alpha=-rate)
            return
        average = self.memory["average"].mul_(self.knobs.beta1).add_(gradient)
        ahead = gradient.add(average, alpha=self.knobs.beta1) if self.knobs.name == "nesterov" else average
        vector.add_(ahead, alpha=-rate)


def build(weights: Weights, knobs: Knobs) -> Rule:
    """The recipe's update rule, its memory at zero. Biases and norms do not decay."""
    names = {"sgd": (), "momentum": ("average",), "nesterov": ("average",), "rmsprop": ("square",)}
    memory = {name: torch.zeros_like(weights.vector) for name in names.get(knobs.name, ("average", "square"))}
    if knobs.name in ("adam", "adamw"):
        memory["steps"] = torch.zeros((), device=weights.vector.device)
    return Rule(knobs, weights, memory)
