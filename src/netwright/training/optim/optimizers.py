"""Optimizers (notes 2.2.5-2.2.7) over the flat weights, a few operations each.

The arithmetic of Adam and of gradient descent is torch's own fused kernel, called on one vector;
``torch.optim`` around it costs four times the kernel on a small net. Tests hold every rule against
``torch.optim``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

import torch
from torch import Tensor, nn

from netwright.base.errors import RecipeError, nearest
from netwright.recipe import Optimizer as Knobs
from netwright.recipe import resolved
from netwright.training.optim import muon
from netwright.training.optim.flat_weights import Kind, WeightPart, Weights
from netwright.training.optim.muon import Hidden

REMEMBERED = {"sgd": (), "momentum": ("average",), "nesterov": ("average",), "rmsprop": ("square",)}
"""Which averages a rule keeps; the others keep both."""


@dataclass(frozen=True)
class Span:
    """One part of the weights, as views.

    Args:
        vector, gradient: all its entries; ``matrices`` and ``slopes`` are those of them that decay.
        memory: of the rule's averages.
        hidden: each of its matrices by itself, where the part is orthogonal.
    """

    part: WeightPart
    vector: Tensor
    gradient: Tensor
    matrices: Tensor
    slopes: Tensor
    memory: dict[str, Tensor]
    hidden: tuple[Hidden, ...] = ()


@dataclass(frozen=True)
class FlatOptimizer:
    """An optimizer and what it remembers.

    Args:
        memory: its averages, (P,) each, and the counts of steps, by name; a checkpoint keeps them.
        steps: stage -> how many its weights have made, 0-dim, where the rule counts them.
    """

    knobs: Knobs
    spans: tuple[Span, ...]
    memory: dict[str, Tensor]
    steps: Mapping[int, Tensor] = field(default_factory=dict)

    def step(self, rate: float, frozen: int = 0) -> None:
        """Move the weights along their gradient with this learning rate.

        Args:
            frozen: so many stages stand still, and what is remembered of them, too.
        """
        for stage, count in self.steps.items():
            if stage >= frozen:
                count.add_(1)
        for span in self.spans:
            if span.part.kind.stage >= frozen:
                self._move(span, rate * span.part.kind.factor)

    def _move(self, span: Span, rate: float) -> None:
        knobs, decay = self.knobs, resolved(self.knobs.weight_decay)
        if knobs.l1:  # notes 2.1.3: dW += lambda sign(W)
            span.slopes.add_(span.matrices.sign(), alpha=knobs.l1)
        if decay and knobs.name in ("adamw", "muon"):  # decoupled (Loshchilov and Hutter 2019)
            span.matrices.mul_(1 - rate * decay)
        elif decay:  # notes 2.1.3: dW += lambda W
            span.slopes.add_(span.matrices, alpha=decay)
        if span.hidden:
            for matrix in span.hidden:
                matrix.step(rate)
        elif knobs.name in ("adam", "adamw", "muon"):
            self._adam(span, rate)
        elif knobs.name == "rmsprop":
            square = span.memory["square"].lerp_(span.gradient.square(), 1 - knobs.beta2)
            span.vector.addcdiv_(span.gradient, square.sqrt().add_(knobs.epsilon), value=-rate)
        else:
            self._descend(span, rate)

    def _adam(self, span: Span, rate: float) -> None:
        """Kingma and Ba 2015: v / (1 - k1^t) over sqrt(s / (1 - k2^t)) + eps."""
        memory, knobs = span.memory, self.knobs
        torch._fused_adam_(
            [span.vector],
            [span.gradient],
            [memory["average"]],
            [memory["square"]],
            [],
            [self.steps[span.part.kind.stage]],
            lr=rate,
            beta1=knobs.beta1,
            beta2=knobs.beta2,
            weight_decay=0.0,
            eps=knobs.epsilon,
            amsgrad=False,
            maximize=False,
        )

    def _descend(self, span: Span, rate: float) -> None:
        """w -= r g, or with momentum v = k v + g, w -= r v (Nesterov: w -= r (g + k v)).

        The notes average, v = k v + (1-k) g: the rate here acts like theirs divided by 1-k.
        """
        if self.knobs.name == "sgd":
            span.vector.add_(span.gradient, alpha=-rate)
            return
        average = span.memory["average"].mul_(self.knobs.beta1).add_(span.gradient)
        ahead = (
            span.gradient.add(average, alpha=self.knobs.beta1)
            if self.knobs.name == "nesterov"
            else average
        )
        span.vector.add_(ahead, alpha=-rate)


def build(weights: Weights, knobs: Knobs) -> FlatOptimizer:
    """The recipe's optimizer, its memory at zero. Biases and norms do not decay."""
    memory = {
        name: torch.zeros_like(weights.vector)
        for name in REMEMBERED.get(resolved(knobs.name), ("average", "square"))
    }
    spans = tuple(_span(weights, part, knobs, memory) for part in weights.parts)
    if knobs.name not in ("adam", "adamw", "muon"):
        return FlatOptimizer(knobs, spans, memory)
    stages = sorted({part.kind.stage for part in weights.parts})
    steps = {stage: torch.zeros((), device=weights.vector.device) for stage in stages}
    for stage, count in steps.items():  # what is never frozen is of the last one
        memory["steps" if stage == stages[-1] else f"steps.{stage}"] = count
    return FlatOptimizer(knobs, spans, memory, steps)


def _span(weights: Weights, part: WeightPart, knobs: Knobs, memory: dict[str, Tensor]) -> Span:
    own, wide = slice(part.start, part.end), slice(part.start, part.decayed)
    vector, gradient = weights.vector, weights.gradient
    return Span(
        part,
        vector[own],
        gradient[own],
        vector[wide],
        gradient[wide],
        {k: m[own] for k, m in memory.items()},
        muon.hidden(weights, part, memory["average"]) if part.kind.orthogonal else (),
    )


def kinds(
    net: nn.Module,
    knobs: Knobs,
    stages: Mapping[str, int] | None = None,
    depth: Mapping[str, int] | None = None,
) -> dict[str, Kind]:
    """How each parameter moves, where that is not the usual way: ``optimizer.groups``, the factors
    by depth, Muon's matrices, and what is frozen.

    Muon is for the matrices and filters of hidden layers; the first and the last layer, embeddings,
    biases and norms move by AdamW (Jordan et al. 2024, "Muon: an optimizer for hidden layers").

    Args:
        stages: parameter -> its ``Kind.stage``; None: nothing is ever frozen.
        depth: parameter -> its stage, of all; None: all move at one rate. The last stage moves at
            the rate itself (Howard and Ruder 2018: each earlier one at 1/2.6 of that).

    Raises:
        RecipeError: a pattern that no parameter has, or a net without hidden matrices for Muon.
    """
    factors = _by_depth(knobs.depth_factor, depth or {})
    for name, factor in _factors(net, knobs).items():
        factors[name] = factors.get(name, 1.0) * factor
    hidden = set(_hidden(net)) if knobs.name == "muon" else set()
    stages = stages or {}
    return {
        name: Kind(factors.get(name, 1.0), name in hidden, stages.get(name, 0))
        for name in factors.keys() | hidden | stages.keys()
    }


def _by_depth(factor: float, depth: Mapping[str, int]) -> dict[str, float]:
    last = max(depth.values(), default=0)
    return {name: factor ** max(0, last - stage) for name, stage in depth.items()}


def _factors(net: nn.Module, knobs: Knobs) -> dict[str, float]:
    """parameter -> factor; of several patterns that fit, the last one written."""
    names = [name for name, p in net.named_parameters() if p.requires_grad]
    found: dict[str, float] = {}
    for pattern, factor in knobs.groups.items():
        fitting = [name for name in names if fnmatchcase(name, pattern)]
        if not fitting:
            raise RecipeError(
                f"optimizer.groups: no parameter is called '{pattern}'{nearest(pattern, names)}"
            )
        found |= dict.fromkeys(fitting, factor)
    return found


def _hidden(net: nn.Module) -> list[str]:
    embedded = {
        f"{name}.weight"
        for name, layer in net.named_modules()
        if isinstance(layer, nn.Embedding | nn.EmbeddingBag)
    }
    wide = [
        name
        for name, p in net.named_parameters()
        if p.requires_grad and p.dim() >= 2 and name not in embedded
    ]
    if len(wide) < 3:
        raise RecipeError(
            "optimizer.name = 'muon' is for the matrices between a net's first and last layer, and"
            " this net has none: take adamw, or a deeper net."
        )
    return wide[1:-1]
