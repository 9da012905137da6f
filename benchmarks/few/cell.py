"""One cell of the benchmark: the pictures of a set, worked through in one way, in whichever
environment.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import numpy as np


def work(way: Callable[..., Any], place: str, *given: Any) -> None:
    """Print a line of JSON: the answers, and the CPU seconds from the pictures to these.

    Args:
        way: (x, y, pictures to answer, seed, *given) -> answers.
        place: the ``.npz`` that holds these.
    """
    import torch

    torch.set_num_threads(1)
    with np.load(place) as held:
        x, y, new, seed = held["x"], held["y"], held["new"], int(held["seed"])
    begun = time.process_time()
    answers = way(x, y, new, seed, *given)
    cpu = time.process_time() - begun
    print(json.dumps({"answers": [str(one) for one in answers], "cpu": cpu}))
