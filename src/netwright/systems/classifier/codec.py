"""From examples to tensors and from outputs to labels."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from netwright.base.errors import DataError, nearest
from netwright.contract import AnswerColumns, Batch, Chosen, Draws, Examples
from netwright.data.encoder import Encoder

if TYPE_CHECKING:
    from torch import Tensor, nn

UNLABELLED = -100
"""The class index of an example without a label: torch's cross entropy leaves it out."""


@dataclass(frozen=True)
class Label:
    """The answer: the most probable label, its probability, and those of all classes.

    The probabilities are in the order of the classes.
    """

    label: str
    probability: float
    probabilities: dict[str, float]


@dataclass(frozen=True)
class LabelCodec:
    """An input encoder and the names of the classes, in natural order."""

    encoder: Encoder
    classes: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(self.classes) < 2:
            raise ValueError(f"{len(self.classes)} classes: expected at least two")

    def encode(self, examples: Examples) -> Batch:
        """Inputs, targets (N,) int64 class indices, count 1 where there is a label.

        Raises:
            DataError: a label that training never saw.
        """
        import torch

        index = {name: place for place, name in enumerate(self.classes)}
        unknown = sorted({str(t) for t in examples.targets if t is not None} - index.keys())
        if unknown:
            raise DataError(
                f"label '{unknown[0]}' is not among the classes of the training"
                f" split{nearest(unknown[0], index)}"
            )
        targets = torch.tensor(
            [UNLABELLED if t is None else index[t] for t in examples.targets], dtype=torch.int64
        )
        return Batch(self.encoder.encode(examples), (targets,), (targets != UNLABELLED).float())

    def prepare(self, batch: Batch, recipe: Any, draws: Draws | None) -> Batch:
        """Inputs normalized, and augmented when ``draws`` is given."""
        return replace(batch, inputs=self.encoder.prepare(batch.inputs, recipe, draws))

    def decode(
        self, net: nn.Module, outputs: Tensor, batch: Batch, recipe: Any, chosen: Chosen
    ) -> AnswerColumns:
        """The softmax of the net's outputs, in float32."""
        rows = outputs.float().softmax(dim=1).cpu()
        best = rows.max(dim=1)
        labels = [self.classes[k] for k in best.indices.tolist()]
        columns = {
            "label": labels,
            "probability": best.values.numpy(),
            "probabilities": rows.numpy(),
        }
        return AnswerColumns(self._label, columns, keys={"probabilities": self.classes})

    def _label(self, label: str, probability: Any, row: Any) -> Label:
        return Label(label, float(probability), dict(zip(self.classes, row.tolist(), strict=True)))
