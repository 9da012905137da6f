"""The codec: from examples to tensors, and from outputs to answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from netwright.contract.answers import Answer, AnswerColumns
from netwright.contract.batch import Batch, Draws
from netwright.contract.examples import Examples

if TYPE_CHECKING:
    from torch import Tensor, nn


Chosen: TypeAlias = Mapping[str, Any]
"""What was set on dev after training, name -> value: thresholds, a temperature; plain JSON."""


class Codec(Protocol):
    """What was learned from the training split alone: examples to tensors, outputs to answers.

    A frozen dataclass of plain values that JSON can hold; the same one trains, evaluates, predicts
    and exports.
    """

    def encode(self, examples: Examples) -> Batch:
        """Tensors to keep: small (uint8 images stay uint8), on the CPU, deterministic.

        Raises:
            DataError: an example cannot be read, or has a shape or a label that this codec does not
                know.
        """
        ...

    def prepare(self, batch: Batch, recipe: Any, draws: Draws | None) -> Batch:
        """What the net reads: normalized, and augmented when ``draws`` is given (in training).

        What it does not change it keeps: ``dataclasses.replace(batch, inputs=...)``.
        """
        ...

    def decode(
        self, net: nn.Module, outputs: Any, batch: Batch, recipe: Any, chosen: Chosen
    ) -> list[Answer] | AnswerColumns:
        """One answer a row of a prepared batch.

        Args:
            net: in evaluation mode; it is run again only to search (a beam).
            outputs: what the system's ``forward`` gave of this batch.
            chosen: what was set on dev after training: thresholds, a temperature; empty until then.
        """
        ...


@dataclass(frozen=True)
class EarlierRun:
    """What an earlier run of the same system learned, where a training starts from it.

    Args:
        name: of the run, for messages.
        codec, recipe: the system's own; the recipe is completed.
        weights: the parameters and buffers of its net that it kept, by name, on the CPU.
        digest: that stands for these weights.
    """

    name: str
    codec: Any
    recipe: Any
    weights: Mapping[str, Tensor]
    digest: str
