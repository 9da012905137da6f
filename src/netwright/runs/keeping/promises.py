"""What a run promises once all its steps are taken, and what of it does not lie on disk.

A training ends in this order: the state of the last step, ``trained``; weights, answers, figures;
pictures, views and references; diagnosis and report; last of all ``complete``, with the names of
these files. A kill in between leaves a run that lacks some, and they are made again without a step.
"""

from __future__ import annotations

from collections.abc import Sequence

from netwright.base.files import take_away
from netwright.base.paths import names_in
from netwright.runs.keeping import stages
from netwright.runs.reading import WEIGHTS
from netwright.runs.record import Record
from netwright.runs.schema import RunInfo

JUDGED = (
    WEIGHTS,
    "chosen.json",
    "predictions/train.parquet",
    "predictions/train_dev.parquet",
    "predictions/dev.parquet",
    "measures.json",
)
"""What the kept weights are and say."""

DERIVED = ("diagnosis.json", "report.html")
"""What is made of the other files of a run alone."""

PICTURES, VIEWS = "pictures", "views.json"
"""A folder of pictures, and what the system drew of the judged run."""

ANSWERS, REFERENCES = "references", "references.json"
"""A folder of what usual methods say of dev, and how the net compares with them."""

FOLDERS = (PICTURES, ANSWERS)


def of(record: Record) -> list[str]:
    """The files that lie in a run at its end, of those that a training writes there."""
    in_folders = [f"{one}/{name}" for one in FOLDERS for name in names_in(record.inside(one))]
    known = (*JUDGED, *filter(_is_ours, in_folders), VIEWS, REFERENCES, *DERIVED)
    return [name for name in known if record.has(name)]


def missing(record: Record) -> list[str]:
    """The files that a complete run promises and lacks."""
    info = record.info()
    if info["status"] != "complete":
        return []
    promised = info["promised"] if "promised" in info else _of_earlier(record, info)
    return [name for name in promised if _is_ours(name) and not record.has(name)]


def _of_earlier(record: Record, info: RunInfo) -> Sequence[str]:
    """What was left to do when an earlier netwright was killed after the figures: its diagnosis
    came first, and trials of a search have none.
    """
    left = record.has("measures.json") and not record.has("diagnosis.json")
    return DERIVED if left and "search" not in info else ()


def _is_ours(name: str) -> bool:
    """Whether a training writes files so called: a stranger's run may name others."""
    folder, _, rest = name.rpartition("/")
    return name in (*JUDGED, VIEWS, REFERENCES, *DERIVED) or (
        folder in FOLDERS and rest[:1].isalnum()
    )


def is_trained_only(record: Record) -> bool:
    """Whether all steps of a run are taken, and what is made after them was cut off."""
    return stages.of(record.path, record.info()) == "trained"


def withdraw(record: Record) -> None:
    """Take away what was made after the last step: steps are to follow, to other weights."""
    record.note(trained=False)
    of_weights = (name for name in JUDGED if name != WEIGHTS)  # these are written over
    others = (*FOLDERS, VIEWS, REFERENCES, *DERIVED)
    for name in (*of_weights, "predictions/test.parquet", *others):
        take_away(record.inside(name))
