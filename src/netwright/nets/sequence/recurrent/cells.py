"""The cells that torch runs at once over all places: plain, GRU and LSTM (notes 5.1.3, 5.1.10,
5.1.11).

Each is a module of one layer in one way, whose ``forward`` takes x (B, T, D), ``known`` (B, T) and
the state that it goes on from, and gives the states (B, T, H) and the state behind each row's last
known place. What pads a row comes behind its words, so that it changes nothing at them; ``known``
matters to the last state alone, and None says that all places are known.

The LSTM's reaches oneDNN's fused path on the CPU, in float32 and bfloat16; a packed sequence would
not. The weights are named as torch names them.
"""

from __future__ import annotations

from typing import TypeAlias

import torch
from torch import Tensor, nn

from netwright.nets.sequence.dropout import of_weights
from netwright.nets.sequence.places import last_of
from netwright.nets.sequence.recurrent.drawn import draw, remember

State: TypeAlias = tuple[Tensor, ...]
"""What a cell hands on to the next place, (B, H) each: a; of an LSTM a and c. Empty: zeros."""

SHUT = 1e4
"""What, taken from what a gate reads, shuts it to the last bit, and added to it opens it."""


class Rnn(nn.RNNBase):
    """a<t> = tanh(W [a<t-1>, x<t>] + b).

    Args:
        inputs, units: D and H.
        drop: fraction of the weights from state to state that training drops.
    """

    parts = 1

    def __init__(self, inputs: int, units: int, *, drop: float = 0.0) -> None:
        super().__init__("RNN_TANH", inputs, units, batch_first=True)
        self.drop = drop
        draw(self, units)

    def forward(
        self, x: Tensor, known: Tensor | None = None, state: State = ()
    ) -> tuple[Tensor, State]:
        """The states at all places, and the last one of each row."""
        (before,) = state or zeros(self, x, self.parts)
        states, _ = torch.rnn_tanh(x, before[None], weights_of(self, self.drop), *how(self))
        return states, (last_of(states, known, before),)


class Gru(nn.RNNBase):
    """c<t> = Gu * c~ + (1 - Gu) * c<t-1>, with c~ = tanh(Wx x<t> + b + Gr * (Wc c<t-1> + bc)): the
    relevance gate stands behind the product, as torch and cuDNN have it (Cho et al. 2014);
    ``stepped.GruBefore`` has it before, as the notes.

    Args:
        inputs, units, drop: as of ``Rnn``.
    """

    parts = 1

    def __init__(self, inputs: int, units: int, *, drop: float = 0.0) -> None:
        super().__init__("GRU", inputs, units, batch_first=True)
        self.drop = drop
        draw(self, units)

    def forward(
        self, x: Tensor, known: Tensor | None = None, state: State = ()
    ) -> tuple[Tensor, State]:
        """The states at all places, and the last one of each row."""
        (before,) = state or zeros(self, x, self.parts)
        states, _ = torch.gru(x, before[None], weights_of(self, self.drop), *how(self))
        return states, (last_of(states, known, before),)


class Lstm(nn.RNNBase):
    """c<t> = Gf * c<t-1> + Gu * tanh(Wc [a<t-1>, x<t>] + bc), a<t> = Go * tanh(c<t>).

    Hochreiter and Schmidhuber 1997; Gers et al. 2000.

    Args:
        inputs, units, drop: as of ``Rnn``.
    """

    parts = 2

    def __init__(self, inputs: int, units: int, *, drop: float = 0.0) -> None:
        super().__init__("LSTM", inputs, units, batch_first=True)
        self.drop = drop
        draw(self, units)
        remember(self.get_parameter("bias_ih_l0"), units)

    def forward(
        self, x: Tensor, known: Tensor | None = None, state: State = ()
    ) -> tuple[Tensor, State]:
        """The states at all places, and the last a and c of each row."""
        a, c = state or zeros(self, x, self.parts)
        from_x, *others = weights_of(self, self.drop)
        if known is not None:
            x, from_x = _held(x, known, from_x)
        states, _, last = torch.lstm(x, (a[None], c[None]), (from_x, *others), *how(self))
        return states, (last_of(states, known, a), last[0].to(c.dtype))


def zeros(cell: nn.Module, x: Tensor, count: int) -> State:
    """So many parts of a state, (B, H) each, of 0."""
    units = cell.get_parameter("weight_hh_l0").shape[1]
    # len(x) would be the number of rows for ever in an exported net
    return tuple(x.new_zeros(x.shape[0], units) for _ in range(count))


def weights_of(cell: nn.RNNBase, drop: float) -> list[Tensor]:
    """From x, from the state, and their biases, as torch wants them."""
    from_x, from_state, *biases = cell.parameters()
    return [from_x, of_weights(from_state, drop, cell.training), *biases]


def how(cell: nn.RNNBase) -> tuple[bool, int, float, bool, bool, bool]:
    """For torch: has biases, layers, dropout between them, training, both ways, batch first."""
    return True, 1, 0.0, cell.training, False, True


def _held(x: Tensor, known: Tensor, from_x: Tensor) -> tuple[Tensor, Tensor]:
    """x with one more number, 1 behind a row's end, and its weights: it shuts the update gate and
    opens the forget gate, so that c stays as it is there, on the fused path, too.
    """
    units = len(from_x) // 4  # of torch's gates: update, forget, candidate, output
    gates = from_x.new_zeros(4 * units, 1)
    gates[:units], gates[units : 2 * units] = -SHUT, SHUT
    beyond = (~known)[:, :, None].to(x.dtype)
    return torch.cat([x, beyond], dim=2), torch.cat([from_x, gates], dim=1)
