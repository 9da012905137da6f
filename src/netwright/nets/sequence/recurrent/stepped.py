"""Cells that torch has not, place after place: the notes' own GRU, and the LSTM with peepholes.

Their ``forward`` is that of ``cells``.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from netwright.nets.sequence.dropout import of_weights
from netwright.nets.sequence.recurrent.cells import State, zeros
from netwright.nets.sequence.recurrent.drawn import draw, remember


class GruBefore(nn.Module):
    """c<t> = Gu * c~ + (1 - Gu) * c<t-1>, with c~ = tanh(Wc [Gr * c<t-1>, x<t>] + bc): the
    relevance gate stands before the product, as in notes 5.1.11 (Cho et al. 2014).

    Args:
        inputs, units, drop: as of ``cells.Rnn``.
    """

    parts = 1

    def __init__(self, inputs: int, units: int, *, drop: float = 0.0) -> None:
        super().__init__()
        self.weight_ih_l0 = nn.Parameter(torch.empty(3 * units, inputs))
        self.weight_hh_l0 = nn.Parameter(torch.empty(3 * units, units))
        self.bias_ih_l0 = nn.Parameter(torch.empty(3 * units))
        self.drop = drop
        draw(self, units)

    def forward(
        self, x: Tensor, known: Tensor | None = None, state: State = ()
    ) -> tuple[Tensor, State]:
        """The states at all places, and the last one of each row."""
        to_gates, to_candidate = of_weights(
            self.weight_hh_l0, self.drop, self.training
        ).tensor_split((2 * self.weight_hh_l0.shape[1],))

        def step(z: Tensor, state: State) -> State:
            (c,) = state
            z_gates, z_candidate = z.tensor_split((len(to_gates),), dim=1)
            update, relevance = (z_gates + F.linear(c, to_gates)).sigmoid().chunk(2, dim=1)
            candidate = (z_candidate + F.linear(relevance * c, to_candidate)).tanh()
            return (c + update * (candidate - c),)

        from_x = F.linear(x, self.weight_ih_l0, self.bias_ih_l0)
        return _through(step, from_x, known, state or zeros(self, x, self.parts))


class LstmPeepholes(nn.Module):
    """An LSTM whose gates see c, too: + p * c<t-1>, each unit its own (Gers and Schmidhuber 2000).

    Args:
        inputs, units, drop: as of ``cells.Rnn``.
    """

    parts = 2

    def __init__(self, inputs: int, units: int, *, drop: float = 0.0) -> None:
        super().__init__()
        self.weight_ih_l0 = nn.Parameter(torch.empty(4 * units, inputs))
        self.weight_hh_l0 = nn.Parameter(torch.empty(4 * units, units))
        self.bias_ih_l0 = nn.Parameter(torch.empty(4 * units))
        self.peepholes = nn.Parameter(torch.empty(3 * units))
        self.drop = drop
        draw(self, units)
        remember(self.bias_ih_l0, units)

    def forward(
        self, x: Tensor, known: Tensor | None = None, state: State = ()
    ) -> tuple[Tensor, State]:
        """The states at all places, and the last a and c of each row."""
        from_a = of_weights(self.weight_hh_l0, self.drop, self.training)
        to_update, to_forget, to_output = self.peepholes.chunk(3)

        def step(z: Tensor, state: State) -> State:
            a, c = state
            update, forget, candidate, output = (z + F.linear(a, from_a)).chunk(4, dim=1)
            shown = (output + to_output * c).sigmoid()
            kept = (forget + to_forget * c).sigmoid() * c
            c = kept + (update + to_update * c).sigmoid() * candidate.tanh()
            return shown * c.tanh(), c

        from_x = F.linear(x, self.weight_ih_l0, self.bias_ih_l0)
        return _through(step, from_x, known, state or zeros(self, x, self.parts))


def _through(
    step: Callable[[Tensor, State], State], from_x: Tensor, known: Tensor | None, state: State
) -> tuple[Tensor, State]:
    """The first part of the state at all places, and the state behind each row's last known one."""
    states = []
    for at, z in enumerate(from_x.unbind(1)):
        after = step(z, state)
        if known is not None:
            after = tuple(
                torch.where(known[:, at, None], new, old)
                for new, old in zip(after, state, strict=True)
            )
        state = after
        states.append(state[0])
    return torch.stack(states, dim=1), state
