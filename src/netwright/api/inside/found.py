"""What a look into a net found."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class UnitSeen:
    """A unit and the examples that excite it most, the strongest first.

    Args:
        unit: its number in the layer.
        activations: the largest of each of these examples.
        sources: what they are called.
        labels: their classes with how many of each, the most frequent first; empty where targets
            are no classes.
    """

    unit: int
    activations: tuple[float, ...]
    sources: tuple[str, ...]
    labels: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class LayerSeen:
    """A layer whose units lie at places of the input.

    Args:
        name: of its module.
        units: K.
        places: of its map, along each axis.
        sees: pixels along each axis that one unit sees, of those away from the border.
        stride: pixels from a unit to its neighbour, along each axis.
        dead: units that had one activation at all places of all examples.
        shown: some of the others, evenly spread.
    """

    name: str
    units: int
    places: tuple[int, ...]
    sees: tuple[int, ...]
    stride: tuple[int, ...]
    dead: int
    shown: tuple[UnitSeen, ...]


@dataclass(frozen=True)
class Explained:
    """One prediction that is explained.

    Args:
        source: what the example is called.
        truth, answer: in words; no truth where it is unknown.
        output: which number of the net is explained: the largest.
        outputs: of how many.
        layer: whose maps Grad-CAM weighs.
        why_not: why there is no saliency and Grad-CAM; empty where there is.
    """

    source: str
    truth: str | None
    answer: str
    output: int | None
    outputs: int | None
    layer: str
    why_not: str = ""


@dataclass(frozen=True)
class NetInside:
    """What ``netwright inspect`` found.

    Args:
        run: its id.
        examples: of how many training examples the strongest were taken.
        whole: of how many there are.
        layers: those that were looked at, from the input on.
        explained: one prediction.
        page: the page that shows all of it.
        pictures: the same as PNG files.
    """

    run: str
    examples: int
    whole: int
    layers: tuple[LayerSeen, ...]
    explained: Explained
    page: Path
    pictures: tuple[Path, ...]

    def as_json(self) -> dict[str, Any]:
        """As plain values."""
        plain = dataclasses.asdict(self)
        return {**plain, "page": str(self.page), "pictures": [str(one) for one in self.pictures]}
