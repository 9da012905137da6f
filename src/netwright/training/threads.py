"""How many threads a step uses: tried before training, since more are not always faster.

Two threads on two idle processors are up to 1.9 times as fast as one; beside another busy process they wait for each other
at every operation and can be 9 times slower.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import torch

WORTH = 1.1
"""More threads are taken only when they are faster by this factor."""


CLEAR = 1.3
"""The trial ends as soon as one is faster by this factor: the first step shall come soon."""


def choose(step: Callable[[], object], rounds: int = 3) -> int:
    """1 or torch's own number of threads, whichever ran ``step`` faster; ``OMP_NUM_THREADS`` is obeyed untried.

    Args:
        step: one forward and backward pass; it is called 2 * rounds + 1 times at most.
    """
    most = torch.get_num_threads()
    if most == 1 or "OMP_NUM_THREADS" in os.environ:
        return most
    ones: list[float] = []
    all_: list[float] = []
    try:
        _timed(step, 1)  # warms up
        for _ in range(rounds):
            ones.append(_timed(step, 1))
            all_.append(_timed(step, most))
            if max(ones[-1], all_[-1]) > CLEAR * min(ones[-1], all_[-1]):
                return most if all_[-1] < ones[-1] else 1
    finally:
        torch.set_num_threads(most)
    return most if sum(ones) > WORTH * sum(all_) else 1


def _timed(step: Callable[[], object], threads: int) -> float:
    torch.set_num_threads(threads)
    before = time.perf_counter()
    step()
    return time.perf_counter() - before
