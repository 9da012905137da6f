"""Recurrent layers, one way or both, one above the other (notes 5.1.12, 5.1.13)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from netwright.nets.sequence.dropout import NO_DROPS, Drops, LockedDropout
from netwright.nets.sequence.places import reversed_within
from netwright.nets.sequence.recurrent.cells import Gru, Lstm, Rnn, State
from netwright.nets.sequence.recurrent.stepped import GruBefore, LstmPeepholes

CELLS: dict[str, type[Rnn | Gru | Lstm | GruBefore | LstmPeepholes]] = {
    "rnn": Rnn,
    "gru": Gru,
    "gru_before": GruBefore,
    "lstm": Lstm,
    "lstm_peepholes": LstmPeepholes,
}


class Recurrent(nn.Module):
    """Layers of a recurrent cell over padded texts.

    Both ways, a layer has a cell from each end, and hands their states on side by side (Schuster
    and Paliwal 1997). A text has the same states alone and in company, to rounding.

    Args:
        cell: a name of ``CELLS``.
        inputs: D, numbers a place.
        units: H, of each cell.
        layers: L, from 1.
        both_ways: whether each layer reads from the end, too.
        drops: what training drops.
    """

    def __init__(
        self,
        cell: str,
        inputs: int,
        units: int,
        *,
        layers: int = 1,
        both_ways: bool = False,
        drops: Drops = NO_DROPS,
    ) -> None:
        super().__init__()
        self.width = 2 * units if both_ways else units
        below = [inputs] + [self.width] * (layers - 1)
        make = CELLS[cell]
        self.units, self.parts = units, make.parts
        self.onward = nn.ModuleList(make(size, units, drop=drops.recurrent) for size in below)
        self.back = nn.ModuleList(
            make(size, units, drop=drops.recurrent) for size in below if both_ways
        )
        rates = [drops.inputs] + [drops.between] * (layers - 1) + [drops.outputs]
        self.drops = nn.ModuleList(LockedDropout(rate) for rate in rates)

    def forward(self, x: Tensor, known: Tensor | None = None) -> Tensor:
        """(B, T, width) the states at all places of x (B, T, D); at unknown ones they mean nothing.

        Args:
            known: (B, T) which places hold something, the first ones of each row; None: all.
        """
        return self._over(x, known, (), last=False)[0]

    def with_last(
        self, x: Tensor, known: Tensor | None = None, state: State = ()
    ) -> tuple[Tensor, State]:
        """The states, and the last of each row: (B, L, H) each, a and, of an LSTM, c; both ways
        (B, 2 L, H), layer by layer that from the first word on and that from the last one back.

        Args:
            known: as of ``forward``.
            state: what each row goes on from, as this returns it; one way alone. Empty: zeros.

        Raises:
            ValueError: a state for a net that reads both ways.
        """
        if state and len(self.back):
            raise ValueError("a net that reads both ways goes on from no state")
        return self._over(x, known, state, last=True)

    def begin(self, rows: int) -> State:
        """The state that so many rows begin with: zeros, as ``with_last`` takes it."""
        like = next(self.parameters())
        return tuple(like.new_zeros(rows, len(self.onward), self.units) for _ in range(self.parts))

    def _over(
        self, x: Tensor, known: Tensor | None, state: State, *, last: bool
    ) -> tuple[Tensor, State]:
        """The states; and, where they are wanted, the ``last`` ones."""
        wanted = known if last else None  # a cell's states ask for no more than the order of x
        lasts: list[State] = []
        for layer, onward in enumerate(self.onward):
            x = self.drops[layer](x)
            states, after = onward(x, wanted, tuple(part[:, layer] for part in state))
            lasts.append(after)
            if len(self.back):
                there, after = backward(self.back[layer], x, known, wanted)
                lasts.append(after)
                states = torch.cat([states, there], dim=2)
            x = states
        stacked = (torch.stack(parts, dim=1) for parts in zip(*lasts, strict=True))
        return self.drops[-1](x), tuple(stacked)


def backward(
    cell: nn.Module, x: Tensor, known: Tensor | None, wanted: Tensor | None = None
) -> tuple[Tensor, State]:
    """The states of a cell that reads each row from its last known place to its first, in the
    order of the places; and the state behind the first, where it is ``wanted`` of known places.
    """
    states, after = cell(reversed_within(x, known), wanted)
    return reversed_within(states, known), after


def both_ways(onward: nn.Module, back: nn.Module, x: Tensor, known: Tensor | None) -> Tensor:
    """(B, T, 2 H) the states of a cell from each end of x (B, T, D), side by side."""
    return torch.cat([onward(x)[0], backward(back, x, known)[0]], dim=2)
