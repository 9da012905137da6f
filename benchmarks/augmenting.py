"""What every augmenter is given: the same bytes and the same operations.

Runs in the peers' venvs as well: standard library, NumPy and torch alone.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from time import perf_counter, process_time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

MEAN, SIGMA = (0.49, 0.48, 0.45), (0.25, 0.24, 0.26)
BATCHES = {32: 128, 224: 32}
"""Side of the images -> images a batch."""

OPERATIONS: dict[str, dict[str, float | bool]] = {
    "affine and mirror": {"shift": 0.1, "rotate": 10.0, "zoom": 0.1, "shear": 5.0, "mirror": True},
    "crop with padding and mirror": {"crop": 0.125, "mirror": True},
    "resized crop and mirror": {"resized_crop": 0.7, "mirror": True},
    "brightness, contrast, saturation, hue": {
        "brightness": 0.2,
        "contrast": 0.2,
        "saturation": 0.2,
        "hue": 18.0,
    },
    "noise": {"noise": 0.05},
    "blur": {"blur": 1.0},
    "erase": {"erase": 0.2},
    "resized crop, mirror, colours, erase": {
        "resized_crop": 0.7,
        "mirror": True,
        "brightness": 0.2,
        "contrast": 0.2,
        "saturation": 0.2,
        "hue": 18.0,
        "erase": 0.2,
    },
}
"""Row -> amounts, by the names of netwright's knobs."""

SPELL = 0.15
"""Seconds, at least, that an operation is measured for at a time."""


def pixels(side: int) -> Tensor:
    """(B, side, side, 3) bytes: smooth colours with some noise, as photographs are."""
    import numpy as np
    import torch

    rng = np.random.default_rng(0)
    coarse = (
        rng.integers(30, 220, (BATCHES[side], side // 8, side // 8, 3))
        .repeat(8, axis=1)
        .repeat(8, axis=2)
    )
    return torch.from_numpy((coarse + rng.integers(-20, 20, coarse.shape)).astype(np.uint8))


def serve(prepared: Callable[[int], dict[str, Callable[[], object]]], warm: int = 1) -> None:
    """Time every operation for each line of stdin; answer with images per CPU second and second.

    Args:
        prepared: side -> name of an operation -> a call that takes the batch of bytes to
            standardized floats.
        warm: calls before the clock starts, so that none is answered from what was done before.
    """
    side, threads = int(sys.argv[1]), int(sys.argv[2])
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever a library prints is no answer
    import torch

    torch.set_num_threads(threads)
    with torch.no_grad():
        calls = prepared(side)
        for _ in sys.stdin:
            found = {name: _speed(call, BATCHES[side], warm) for name, call in calls.items()}
            flat = {
                f"{name}/{kind}": speed
                for name, pair in found.items()
                for kind, speed in pair.items()
            }
            answers.write(json.dumps(flat) + "\n")
            answers.flush()


def _speed(call: Callable[[], object], count: int, warm: int) -> dict[str, float]:
    for _ in range(warm):
        call()
    wall, cpu, done = perf_counter(), process_time(), 0
    while perf_counter() - wall < SPELL or done < 4:
        call()
        done += 1
    return {
        "cpu": done * count / max(process_time() - cpu, 1e-9),
        "wall": done * count / (perf_counter() - wall),
    }
