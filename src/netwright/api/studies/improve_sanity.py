"""What comes before any gap (notes 3.1.12): can the net learn a few examples by heart, and is it
better than the simplest answer?
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from netwright.api.studies.trained import StudyData
from netwright.base.errors import RecipeError
from netwright.base.figures import figure
from netwright.data import splits
from netwright.doctor.gaps.ladder import Diagnosis
from netwright.recipe import knobs, metadata
from netwright.runs.record import Record
from netwright.studies.improvement import BY_HEART
from netwright.studies.steps import StudyStep

if TYPE_CHECKING:
    from netwright.api.studies.improve_members import ImproveMembers
    from netwright.contract import Metric
    from netwright.recipe import Recipe

HEART_EXAMPLES, HEART_EPOCHS = 64, 60
"""Of the first sanity check: a net that cannot learn so few by heart has a fault."""

BY_HEART_LEFT = 0.2
"""Of the baseline's error that a net which learns by heart may leave."""

FAULT = (
    "dev does not beat the simplest answer: look for a mistake in the data or the training before"
    " any gap"
)


def step(data: StudyData, left: float | None) -> StudyStep | None:
    """A training on a few examples; None where there are not twice as many.

    Args:
        left: seconds of the budget; None: there is none.
    """
    order, sizes = splits.nested(
        data.system, data.examples, data.assigned, data.recipe, data.recipe.split.seed
    )
    size = next((size for size in sizes if size >= HEART_EXAMPLES), len(order))
    if len(order) < 2 * size:
        return None
    some = splits.only(data.assigned, order[:size])
    changes = {
        **unhindered(data.recipe),
        "training.epochs": HEART_EPOCHS,
        "training.batch_size": 16,
    }
    return StudyStep(
        BY_HEART,
        changes,
        some,
        why="a net that cannot learn these has a fault somewhere",
        limit=left,
    )


def unhindered(recipe: Recipe) -> dict[str, Any]:
    """What lets a net learn by heart, whatever dev says: the weights of the last epoch, and
    regularization and augmentation off.
    """
    found: dict[str, Any] = {"training.keep": "last", "training.patience": None}
    for key, field in knobs(type(recipe)).items():
        value = recipe.value(key)
        weakens = any(turn.remedy in _WEAKENS for turn in metadata(field)["turns"])
        if weakens or key.startswith("augment.") or key in _HINDERS:
            off: bool | float = False if isinstance(value, bool) else 0.0
            if isinstance(value, int | float | list | tuple) or value == "auto":
                with contextlib.suppress(RecipeError):  # a knob of one's own that 0 is not for
                    recipe.changed({key: off})
                    found[key] = off
    return found


_WEAKENS = ("less regularization", "more regularization", "more augmentation")
_HINDERS = ("training.average", "optimizer.l1", "model.input_dropout")
"""Those that no remedy of the doctor turns."""


def learned(members: ImproveMembers, metric: Metric) -> str:
    """What that training says, in a sentence; empty: there was none."""
    return by_heart(members.record(BY_HEART), metric) if BY_HEART in members.roles else ""


def fault(baseline: Diagnosis) -> str:
    """What is wrong before any gap, in a sentence; empty: the baseline beats the simplest answer,
    beyond noise.
    """
    return FAULT if any(finding.code == "NW110" for finding in baseline.findings) else ""


def by_heart(record: Record, metric: Metric) -> str:
    """Whether a run has learned its few examples by heart, in a sentence; empty where there is no
    baseline to tell it by.
    """
    base, train = record.info().get("baseline"), record.measures()["train"][metric.name]
    if base is None:
        return ""
    if metric.better == "higher" and metric.unit != "fraction":
        learned = train.value > base  # no figure is the best one
    else:
        best = 1.0 if metric.better == "higher" else 0.0
        learned = abs(best - train.value) <= BY_HEART_LEFT * abs(best - base)
    how = "are learned by heart" if learned else "are NOT learned by heart"
    more = "" if learned else ": look for a fault in the data, the net or the learning rate"
    return f"{train.n} examples {how} ({figure(metric.name, train)}){more}"
