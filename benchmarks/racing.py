"""A contestant's side of the race to 98% and 99% of MNIST: the data, the clock, the answer.

Runs in the peers' venvs as well: standard library, NumPy and torch alone.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
from numpy.typing import NDArray

Images = NDArray[np.uint8]


def mnist(folder: Path, part: str) -> tuple[Images, NDArray[np.int64]]:
    """(N, 28, 28) pixels and (N,) digits of ``train`` (60,000) or ``t10k`` (10,000)."""
    images = np.frombuffer((folder / f"{part}-images-idx3-ubyte").read_bytes(), np.uint8, offset=16)
    labels = np.frombuffer((folder / f"{part}-labels-idx1-ubyte").read_bytes(), np.uint8, offset=8)
    return images.reshape(-1, 28, 28).copy(), labels.astype(np.int64)


class Clock:
    """CPU seconds of training, without those in which the test images are evaluated.

    Args:
        right: an accuracy; measuring ends once it is reached.
    """

    def __init__(self, right: float) -> None:
        self.right = right
        self.points: list[tuple[float, float]] = []
        self.spent = 0.0
        self.since = process_time()

    def measure(self, accuracy: Callable[[], float]) -> bool:
        """Evaluate the test images off the clock; whether the goal is reached."""
        self.spent += process_time() - self.since
        self.points.append((self.spent, accuracy()))
        self.since = process_time()
        return self.points[-1][1] >= self.right


def race(train: Callable[[Path, float, int], Clock]) -> None:
    """Train on one thread, and print the points as JSON on the last line.

    ``python -m CONTESTANT FOLDER GOAL SEED``
    """
    folder, goal, seed = Path(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
    print(json.dumps(train(folder, goal, seed).points))


def accuracy_of(
    net: Any, images: Images, labels: NDArray[np.int64], prepare: Callable[[Any], Any]
) -> float:
    """The accuracy of a torch net in evaluation mode, a thousand images at a time."""
    import torch

    was = net.training
    net.eval()
    with torch.no_grad():
        parts = [
            net(prepare(torch.from_numpy(images[at : at + 1000]))).argmax(1)
            for at in range(0, len(images), 1000)
        ]
    net.train(was)
    return float((torch.cat(parts).numpy() == labels).mean())
