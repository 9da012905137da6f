"""Sizes of convolution layers (输出尺寸, 参数个数, 感受野; notes 4.1.5, 4.1.6, 4.1.9).

output        floor((n + 2p - f) / s) + 1         n input size, f filter, p padding, s stride (步长)
same padding   p = (f - 1) / 2                       the output is as large as the input at stride 1
parameters   (f_1 ... f_d n_C_prev + 1) n_C    whatever the size of the image; dense: (n_prev + 1) n
receptive field  field += (f - 1) jump, jump *= s  the input pixels that one unit of a layer can see
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


def _whole(name: str, value: int, low: int) -> None:
    if not (value >= low and value % 1 == 0):
        raise ValueError(f"{name} is {value}: expected a whole number of {low} or more.")


def output(n: int, f: int, *, p: int = 0, s: int = 1) -> int:
    """floor((n + 2p - f) / s) + 1: the places where a filter of size f fits, s apart.

    Args:
        n: input size, pixels. f: filter size, pixels. p: padding on each side, from 0. s: stride,
            from 1.

    Raises:
        ValueError: a size is not a whole number in its range, or the filter is larger than the
            padded input.
    """
    for name, value, low in (("n", n, 1), ("f", f, 1), ("p", p, 0), ("s", s, 1)):
        _whole(name, value, low)
    if f > n + 2 * p:
        raise ValueError(
            f"f = {f} is larger than the padded input n + 2p = {n + 2 * p}: the filter fits"
            " nowhere."
        )
    return (n + 2 * p - f) // s + 1


def same(f: int) -> int:
    """p = (f - 1) / 2: n + 2p - f + 1 = n solved for p.

    Raises:
        ValueError: f is even, so that no equal padding on both sides keeps the size.
    """
    _whole("f", f, 1)
    if f % 2 == 0:
        raise ValueError(f"f = {f} is even: same padding p = (f - 1) / 2 needs an odd filter size.")
    return (f - 1) // 2


def convolution_parameters(f: Sequence[int], n_C_prev: int, n_C: int) -> int:
    """(f_1 ... f_d n_C_prev + 1) n_C: each of n_C filters has its weights and one bias.

    Args:
        f: filter size along each axis. n_C_prev, n_C: channels in and out.
    """
    for name, value in (*(("f", value) for value in f), ("n_C_prev", n_C_prev), ("n_C", n_C)):
        _whole(name, value, 1)
    return (math.prod(f) * n_C_prev + 1) * n_C


def dense_parameters(n_prev: int, n: int) -> int:
    """(n_prev + 1) n: the weights W (n, n_prev) and the biases b (n, 1)."""
    _whole("n_prev", n_prev, 1)
    _whole("n", n, 1)
    return (n_prev + 1) * n


def multiplications(out: Sequence[int], f: Sequence[int], n_C_prev: int, n_C: int) -> int:
    """(out_1 ... out_d n_C)(f_1 ... f_d n_C_prev): one filter for each output number."""
    return math.prod(out) * n_C * math.prod(f) * n_C_prev


@dataclass(frozen=True)
class Reach:
    """How many input pixels one unit sees (field), how far its neighbour's window lies (jump)."""

    field: int
    jump: int


def receptive_fields(layers: Sequence[tuple[int, int]]) -> list[Reach]:
    """The reach after each layer, along one axis.

    A window of f units of the layer before covers (f - 1) jumps more than one unit does; a stride
    of s makes every later jump s times as long.

    Args:
        layers: (f, s) of each convolution or pooling layer, first layer first.

    Raises:
        ValueError: a filter size or a stride is below 1.
    """
    field, jump, reaches = 1, 1, []
    for f, s in layers:
        _whole("f", f, 1)
        _whole("s", s, 1)
        field += (f - 1) * jump
        jump *= s
        reaches.append(Reach(field=field, jump=jump))
    return reaches
