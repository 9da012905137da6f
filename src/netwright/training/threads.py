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


def choose(step: Callable[[], object], rounds: int = 3) -> int:
    """1 or torch's own number of threads, whichever ran ``step`` faster; ``OMP_NUM_THREADS`` is obeyed untried.

    Args:
        step: one forward and backward pass; it is called 2 * (rounds + 1) times at most.
    """
    most = torch.get_num_threads()
    if most == 1 or "OMP_NUM_THREADS" in os.environ:
        return most
    times: dict[int, list[float]] = {1: [], most: []}
    try:
        for _ in range(rounds + 1):
            for count, seconds in times.items():
                torch.set_num_threads(count)
                before = time.perf_counter()
                step()
                seconds.append(time.perf_counter() - before)
    finally:
        torch.set_num_threads(most)
    one, all_ = (sum(seconds[1:]) for seconds in times.values())  # the first round warms up
    return most if one > WORTH * all_ else 1
