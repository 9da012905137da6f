"""Learning-rate decay (学习率衰减, notes 2.2.8): large steps far away, small ones near the bottom.

    inverse       r0 / (1 + decay epoch)             exponential   base^epoch r0, base = 0.95
    root          k r0 / sqrt(epoch), or sqrt(t)     steps         r0 factor^floor(epoch / every)
    by hand       a table of epochs and rates

and three that came later: warm-up (预热), cosine (余弦退火), one cycle. Every law is a plain
function of time: epochs and steps are counted from 0, except under the root, which needs a first
epoch of 1.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from netwright.principles import require


def _from(name: str, value: float, low: float, *, above: bool = False) -> None:
    require.between(name, value, low, np.inf, open_low=above, open_high=True)


def inverse(r0: float, epoch: float, decay: float = 1.0) -> float:
    """r0 / (1 + decay epoch): with decay 1 the rate is r0, r0/2, r0/3, ...

    Raises:
        ValueError: a number is negative.
    """
    for name, value in (("r0", r0), ("epoch", epoch), ("decay", decay)):
        _from(name, value, 0)
    return r0 / (1 + decay * epoch)


def exponential(r0: float, epoch: float, base: float = 0.95) -> float:
    """base^epoch r0.

    Raises:
        ValueError: base is outside (0, 1], or another number is negative.
    """
    _from("r0", r0, 0)
    _from("epoch", epoch, 0)
    require.between("base", base, 0, 1, open_low=True)
    return float(base**epoch * r0)


def root(r0: float, t: float, k: float = 1.0) -> float:
    """k r0 / sqrt(t), where t counts epochs or mini-batches from 1.

    Raises:
        ValueError: t is below 1, or another number is negative.
    """
    for name, value, low in (("r0", r0, 0), ("k", k, 0), ("t", t, 1)):
        _from(name, value, low)
    return k * r0 / math.sqrt(t)


def steps(r0: float, epoch: float, every: float, factor: float = 0.5) -> float:
    """r0 factor^floor(epoch / every): a staircase (离散下降).

    Raises:
        ValueError: every is not above 0, factor is outside (0, 1], or another number is negative.
    """
    _from("r0", r0, 0)
    _from("epoch", epoch, 0)
    _from("every", every, 0, above=True)
    require.between("factor", factor, 0, 1, open_low=True)
    return float(r0 * factor ** math.floor(epoch / every))


def by_hand(rates: Mapping[int, float], epoch: float) -> float:
    """The rate of the last listed epoch that has begun: {0: 0.1, 30: 0.01} (手动衰减).

    Raises:
        ValueError: nothing is listed for epoch 0, or a number is negative.
    """
    if 0 not in rates:
        raise ValueError(f"rates lists the epochs {sorted(rates)}: expected epoch 0 among them.")
    _from("epoch", epoch, 0)
    for rate in rates.values():
        _from("r", rate, 0)
    return rates[max(begun for begun in rates if begun <= epoch)]


def warm_up(r0: float, t: float, length: float, start: float = 0.0) -> float:
    """From start r0 up to r0 in a straight line over ``length`` steps, then r0 (Goyal et al. 2017).

    Raises:
        ValueError: length is not above 0, start is outside [0, 1], or another number is negative.
    """
    _from("r0", r0, 0)
    _from("t", t, 0)
    _from("length", length, 0, above=True)
    require.between("start", start, 0, 1)
    return r0 * (start + (1 - start) * min(t / length, 1.0))


def cosine(r0: float, t: float, total: float, low: float = 0.0) -> float:
    """low + (r0 - low)(1 + cos(pi t / total)) / 2: half a wave down (Loshchilov and Hutter 2017).

    Raises:
        ValueError: total is not above 0, t is outside [0, total], or another number is negative.
    """
    _from("r0", r0, 0)
    _from("low", low, 0)
    _from("total", total, 0, above=True)
    require.between("t", t, 0, total)
    return low + (r0 - low) * (1 + math.cos(math.pi * t / total)) / 2


def one_cycle(
    r0: float,
    t: float,
    total: float,
    rise: float = 0.3,
    start: float = 1 / 25,
    end: float = 1 / 250_000,
) -> float:
    """Up from start r0 to r0, then down to end r0, each half a cosine wave (Smith 2018).

    ``rise`` is the fraction of the time on which it goes up.

    Raises:
        ValueError: rise is outside (0, 1), start or end outside [0, 1], total is not above 0, or t
            outside [0, total].
    """
    _from("total", total, 0, above=True)
    require.between("t", t, 0, total)
    require.between("rise", rise, 0, 1, open_low=True, open_high=True)
    require.between("start", start, 0, 1)
    require.between("end", end, 0, 1)
    top = rise * total
    if t <= top:
        return cosine(r0 * start, t, top, low=r0)
    return cosine(r0, t - top, total - top, low=r0 * end)
