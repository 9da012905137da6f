"""What this system reads: a file whose lines are the cells of a strip, where its sign stands (? if
nobody noted that) and which it is.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from netwright.base.files import digest
from netwright.contract import Claim, Examples, Look, Reader, Reading, ReadOptions, Source, reading

CELLS, WIDTH = 12, 4
SIGNS = {"a": (3, 2, 0, 3), "b": (3, 0, 2, 3), "c": (3, 2, 2, 3)}


class Sign(NamedTuple):
    """The target: which sign, and the cell that it begins at; None where that is not known."""

    kind: str
    at: int | None


def drawn(count: int, seed: int) -> tuple[np.ndarray, list[Sign]]:
    """Strips with a sign each, and noise."""
    draw = np.random.default_rng(seed)
    signs = [
        Sign(str(kind), int(at))
        for kind, at in zip(
            draw.choice(list(SIGNS), count), draw.integers(0, CELLS - WIDTH + 1, count), strict=True
        )
    ]
    strips = draw.normal(0, 0.4, (count, CELLS))
    for strip, sign in zip(strips, signs, strict=True):
        strip[sign.at : sign.at + WIDTH] += SIGNS[sign.kind]
    return strips.round(3), signs


def examples_of(strips: np.ndarray, signs: list[Sign], name: str) -> Examples:
    strips = strips.astype(np.float32)
    ids = [digest(strip.tobytes()) for strip in strips]
    return Examples(strips, signs, ids, [f"{name}:{at + 1}" for at in range(len(ids))])


def write(path: Path, strips: np.ndarray, signs: list[Sign]) -> Path:
    lines = [
        " ".join([*map(str, strip), "?" if sign.at is None else str(sign.at), sign.kind])
        for strip, sign in zip(strips, signs, strict=True)
    ]
    path.write_text("\n".join(lines))
    return path


def recognize(look: Look) -> Claim | None:
    return Claim(f"took {look.path} for strips", 3) if look.suffix == ".strips" else None


def read(look: Look, source: Source) -> Reading:
    rows = [line.split() for line in look.path.read_text().splitlines()]
    strips = np.array([row[:CELLS] for row in rows], np.float64)
    signs = [Sign(row[-1], None if row[-2] == "?" else int(row[-2])) for row in rows]
    return reading(examples_of(strips, signs, look.path.name), source)


def sample(folder: Path) -> tuple[Path, ReadOptions]:
    return write(folder / "sample.strips", *drawn(80, 0)), ReadOptions()


READERS = (Reader("strips", "strips (.strips)", recognize, read, sample),)
