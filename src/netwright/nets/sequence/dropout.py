"""What training drops of a net over sequences, beside single numbers (notes 2.1.4).

All of it is drawn by ``nn.Dropout`` over the rows of a batch, or by ``F.dropout`` over what all
rows have in common, in the step itself: so a training goes on bit for bit, several processes draw
as one does, and a recorded step draws anew.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn
from torch.nn import functional as F


@dataclass(frozen=True)
class Drops:
    """Fractions that are dropped of a recurrent net in training.

    Args:
        inputs: of the numbers that the first layer reads, the same at all places of a row.
        between: of those that a layer hands to the one above, the same at all places.
        outputs: of those of the top layer, the same at all places.
        recurrent: of the weights from state to state, the same for all rows and places
            (DropConnect; Merity et al. 2018, "Regularizing and optimizing LSTM language models").
    """

    inputs: float = 0.0
    between: float = 0.0
    outputs: float = 0.0
    recurrent: float = 0.0


NO_DROPS = Drops()


class LockedDropout(nn.Module):
    """Drops the same numbers at all places of a row.

    Gal and Ghahramani 2016, "A theoretically grounded application of dropout in recurrent neural
    networks".

    Args:
        rate: the fraction.
    """

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.drop = nn.Dropout(rate)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, D), the same shape."""
        if not self.training or self.drop.p == 0:
            return x
        return x * self.drop(x.new_ones(x.shape[0], 1, x.shape[2]))  # type: ignore[no-any-return]


def of_weights(weights: Tensor, rate: float, training: bool) -> Tensor:
    """The weights without a fraction of them, the rest scaled up; in evaluation all of them."""
    return F.dropout(weights, rate) if training and rate else weights
