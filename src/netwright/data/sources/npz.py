"""Arrays in an .npz file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from netwright.contract import Claim, Look, Reader, ReadOptions, Source

if TYPE_CHECKING:
    from netwright.contract.reading import Reading


def recognize(look: Look) -> Claim | None:
    """A file called .npz."""
    if look.suffix != ".npz":
        return None
    return Claim(f"took {look.path} for arrays because its name ends in .npz", 2)


def read(look: Look, source: Source) -> Reading:
    """The examples of x and y, or of x_train, y_train, x_test, y_test."""
    from netwright.data.sources.npz_arrays import read_npz

    return read_npz(source)


def sample(folder: Path) -> tuple[Path, ReadOptions]:
    """Forty rows of two numbers, of two classes."""
    import numpy as np

    path, x = folder / "arrays.npz", np.random.default_rng(0).normal(size=(40, 2))
    np.savez(path, x=x, y=np.where(x[:, 0] > 0, "right", "left"))
    return path, ReadOptions()


READER = Reader(kind="npz", takes=".npz arrays", recognize=recognize, read=read, sample=sample)
