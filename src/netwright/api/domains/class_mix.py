"""Whether the classes are as frequent in the target as in the training source, and the weights by
which training would count them as the target has them.
"""

from __future__ import annotations

import json
import shlex
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from netwright.api.judged.drift import units_of
from netwright.api.run import Run
from netwright.contract import Examples
from netwright.doctor.mismatch.differences import SourceDifference, corrected, differences
from netwright.recipe import key_of
from netwright.runs.keeping import stages

MOST_CLASSES = 200
"""That are compared, the most frequent ones: each more asks more of all."""


@dataclass(frozen=True)
class ClassMix:
    """The fraction of each class in both sources.

    Args:
        classes: as statistics are compared, p corrected for how many there are; the surest first.
        command: that trains with the classes weighed as the target has them; "" where none is sure
            to differ, or the system weighs no classes or does so already.
    """

    classes: tuple[SourceDifference, ...]
    command: str = ""

    @property
    def differ(self) -> bool:
        """Whether any class is more or less frequent beyond chance."""
        return any(one.is_sure for one in self.classes)

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return {**asdict(self), "differ": self.differ}


def class_mix(run: Run, general: Examples, target: Examples, train: Examples) -> ClassMix | None:
    """The classes of both; None where targets are no classes.

    Args:
        train: all that the run has learned from, which weights are for.
    """
    of_both = [run.system.labels(some.targets) for some in (general, target)]
    counts = Counter(label for some in of_both for label in some if label is not None)
    if len(counts) < 2 or any(None in some for some in of_both):
        return None
    names = sorted(name for name, _ in counts.most_common(MOST_CLASSES))
    ours, theirs = (
        {name: np.array([float(label == name) for label in some]) for name in names}
        for some in of_both
    )
    grouped = general.groups is not None or target.groups is not None
    groups = (units_of(general), units_of(target)) if grouped else None
    found, _ = corrected(differences(ours, theirs, groups), ())
    mix = ClassMix(tuple(found))
    key = key_of(type(run.recipe), "class_weights")
    is_set = "." not in key or run.system.class_weights(run.recipe) is not None
    if not mix.differ or is_set:
        return mix
    weights = _weights(run.system.labels(train.targets), of_both[1])
    change = shlex.quote(f"{key}={json.dumps(weights, ensure_ascii=False)}")
    command = f"{stages.by_recipe(run.record.path, run.record.info())} --set {change}"
    return ClassMix(mix.classes, command)


def _weights(train: Sequence[str | None], target: Sequence[str | None]) -> dict[str, float]:
    """Class -> its fraction of the target by that of train; half an example more of each, so that
    what the target lacks by chance is not forgotten.
    """
    ours, theirs = Counter(train), Counter(target)
    names = sorted(name for name in ours if name is not None)
    half = len(names) / 2
    grown = (len(train) + half) / (len(target) + half)
    return {
        name: float(f"{grown * (theirs[name] + 0.5) / (ours[name] + 0.5):.2g}") for name in names
    }
