"""What a net of classes puts out where it answers outside, and the answers made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from netwright.contract import AnswerColumns, Examples
from netwright.data import labels

if TYPE_CHECKING:
    from torch import Tensor

    from netwright.contract import Arrays, Chosen, Plain, Tensors


def outputs(found: Tensor, codec: Any, chosen: Chosen) -> Tensors:
    """``probabilities``: (N, K) float32."""
    return {"probabilities": labels.softmax(found, chosen)}


def answers(about: Plain, found: Arrays, examples: Examples) -> AnswerColumns:
    """The likeliest label, with the probabilities of all.

    Args:
        about: ``classes`` are in the order of the probabilities.
    """
    return labels.of_probabilities(found["probabilities"], about["classes"])
