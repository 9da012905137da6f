"""From examples to tensors and from outputs to tags."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from netwright.contract import AnswerColumns, Batch, Chosen, Draws, Examples
from netwright.data.encoder import Encoder
from netwright.data.several_targets.columns import as_array

if TYPE_CHECKING:
    from torch import Tensor, nn

USUAL_THRESHOLD = 0.5


@dataclass(frozen=True)
class Tags:
    """The answer: the tags that it has, and the probability of each tag.

    The probabilities are in the order of the tags, and do not add up to 1.
    """

    tags: tuple[str, ...]
    probabilities: dict[str, float]


@dataclass(frozen=True)
class TagCodec:
    """An input encoder and the names of the T tags, in the order of the source."""

    encoder: Encoder
    tags: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(self.tags) < 2 or len(set(self.tags)) < len(self.tags):
            raise ValueError(f"tags {self.tags}: expected at least two, all different")

    def encode(self, examples: Examples) -> Batch:
        """Inputs; targets (N, T) float32 of 0 and 1, and (N, T) 1 where one is known; count: how
        many are.

        Raises:
            DataError: a tag that training never saw.
        """
        import numpy as np
        import torch

        held = as_array(examples.targets, self.tags)
        known = torch.from_numpy(~np.isnan(held)).float()
        values = torch.from_numpy(np.nan_to_num(held)).float()
        return Batch(self.encoder.encode(examples), (values, known), known.sum(dim=1))

    def prepare(self, batch: Batch, recipe: Any, draws: Draws | None) -> Batch:
        """Inputs normalized, and augmented when ``draws`` is given."""
        return replace(batch, inputs=self.encoder.prepare(batch.inputs, recipe, draws))

    def decode(
        self, net: nn.Module, outputs: Tensor, batch: Batch, recipe: Any, chosen: Chosen
    ) -> AnswerColumns:
        """The sigmoid of the net's outputs, in float32; a tag is there from its threshold on.

        Args:
            chosen: ``thresholds``, tag -> probability; 0.5 where there is none.
        """
        import numpy as np

        thresholds = chosen.get("thresholds", {})
        least = np.array([thresholds.get(tag, USUAL_THRESHOLD) for tag in self.tags])
        rows = outputs.float().sigmoid().cpu().numpy()
        columns = {"on": rows >= least, "probabilities": rows}
        return AnswerColumns(self._answer, columns, keys={"probabilities": self.tags})

    def _answer(self, on: Any, row: Any) -> Tags:
        having = tuple(tag for tag, yes in zip(self.tags, on.tolist(), strict=True) if yes)
        return Tags(having, dict(zip(self.tags, row.tolist(), strict=True)))
