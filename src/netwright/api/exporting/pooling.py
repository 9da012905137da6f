"""Adaptive pooling as ONNX holds it: a trace of torch's own is refused where a side is no multiple
of what it is brought to (VGG and AlexNet on images of another size than the papers').
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from functools import partial

import torch
from torch import Tensor, nn

POOLS = nn.AdaptiveAvgPool1d | nn.AdaptiveAvgPool2d | nn.AdaptiveAvgPool3d


@contextlib.contextmanager
def as_products(net: nn.Module) -> Iterator[None]:
    """Inside the block the adaptive average pools of a net are products with matrices."""
    pools = [one for one in net.modules() if isinstance(one, POOLS) and not _to_one(one)]
    for pool in pools:
        pool.forward = partial(_pooled, pool)  # type: ignore[method-assign]
    try:
        yield
    finally:
        for pool in pools:
            del pool.forward


def _to_one(pool: POOLS) -> bool:
    """Whether it takes the mean over all, which a trace knows."""
    return set(_sizes(pool)) == {1}


def _sizes(pool: POOLS) -> tuple[int | None, ...]:
    """What each axis is brought to; None: it stays. One number is of all."""
    size = pool.output_size
    return size if isinstance(size, tuple) else (size,)


def _pooled(pool: POOLS, x: Tensor) -> Tensor:
    """(B, C, ...) with each axis behind C brought to its size."""
    sizes = _sizes(pool)
    sizes = sizes if len(sizes) > 1 else sizes * (x.ndim - 2)
    for axis, wanted in enumerate(sizes, start=2):
        if wanted is not None:
            means = window_means(int(x.shape[axis]), wanted).to(x.dtype)
            x = (x.transpose(axis, -1) @ means).transpose(axis, -1)
    return x


def window_means(length: int, size: int) -> Tensor:
    """(length, size): column i takes the mean from floor(i length / size) up to
    ceil((i + 1) length / size), as torch does.
    """
    found = torch.zeros(length, size)
    for at in range(size):
        first, end = at * length // size, -(-(at + 1) * length // size)
        found[first:end, at] = 1 / (end - first)
    return found
