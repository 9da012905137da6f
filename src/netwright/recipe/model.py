"""Which net is trained."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from netwright.recipe.knobs import Section, knob

OWN = "own-"
"""How the model's name begins when the net is a person's own module."""

IMAGENET = "imagenet"
"""What ``start`` calls the weights that an installed package brings."""

WEIGHTS_FILES = (".safetensors", ".pth", ".pt")
"""How the name of a file of weights ends."""


def of_weights(start: str) -> bool:
    """Whether training starts from published weights, not from a run."""
    return start == IMAGENET or start.endswith(WEIGHTS_FILES)


PUBLISHED: Mapping[str, Any] = {
    "training": {"freeze": "auto", "cache_features": True},
    "optimizer": {"depth_factor": 0.8},
}
"""What a training from published weights begins with, where nothing else is said."""


class Model(Section):
    """The net."""

    name: str = knob("auto", "the architecture", scale="choice", tier=3)
    start: str = knob(
        "",
        "the run (its codec, too) or file of weights that training starts from, or imagenet; empty:"
        " drawn anew",
    )
