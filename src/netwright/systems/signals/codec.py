"""From signals and volumes to tensors, and from outputs to labels."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from netwright.contract import AnswerColumns, Batch, Chosen, Draws, Examples
from netwright.data import labels
from netwright.data.signals.encoder import SignalEncoder

if TYPE_CHECKING:
    from torch import Tensor, nn


@dataclass(frozen=True)
class SignalCodec:
    """An encoder and the names of the classes, in natural order."""

    encoder: SignalEncoder
    classes: tuple[str, ...]

    def __post_init__(self) -> None:
        labels.expect_two(self.classes)

    def encode(self, examples: Examples) -> Batch:
        """Inputs (N, C, *axes) float32, targets (N,) int64, count 1 where there is a label.

        Raises:
            DataError: an example of another shape, or a label that training never saw.
        """
        targets, known = labels.encoded(examples, self.classes)
        return Batch(self.encoder.encode(examples), (targets,), known)

    def prepare(self, batch: Batch, recipe: Any, draws: Draws | None) -> Batch:
        """Each channel of mean about 0 and deviation about 1."""
        return replace(batch, inputs=self.encoder.prepare(batch.inputs))

    def decode(
        self, net: nn.Module, outputs: Tensor, batch: Batch, recipe: Any, chosen: Chosen
    ) -> AnswerColumns:
        """The softmax of the net's outputs, in float32."""
        return labels.answers(outputs, self.classes, chosen)
