"""The run of before, and whether the mismatch is smaller since."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from netwright.api.kept.store import open_run
from netwright.api.run import Run
from netwright.base.errors import NetwrightError, RunError
from netwright.doctor.mismatch.shrank import Errors, Shrank, shrank
from netwright.doctor.slices.slices import Yardstick, yardstick
from netwright.recipe import knobs
from netwright.runs import store as stores
from netwright.runs.record import Record

SPLITS = ("dev", "train_dev")
TRAIN_DEV = "predictions/train_dev.parquet"
UNLIKE = ("synthesis.", "training.seed", "optimizer.lr")
"""Keys, or their beginnings, that may differ between the two without a word; a sweep finds another
rate for other data.
"""


def compared(run: Run, name: str | None) -> Shrank | None:
    """The gap of a run beside that of one before it; None where there is none to compare with.

    Args:
        name: of the run before; None: the newest earlier one of the same data and system that had
            no synthesis, where this run has some.

    Raises:
        RunError: the run that is named has other examples in dev or train-dev.
    """
    other = _newest_without(run) if name is None else open_run(name, store=run.record.path.parent)
    if other is None:
        return None
    values = [{split: _errors(one, split) for split in SPLITS} for one in (other, run)]
    dev, train_dev = (_paired(values[0][split], values[1][split], other, split) for split in SPLITS)
    return shrank(other.id, yardstick_of(run, "dev").name, dev, train_dev, _others(other, run))


def _newest_without(run: Run) -> Run | None:
    """The newest run before this one that is as it was, but for its steps."""
    synthesis = run.system.synthesis
    if synthesis is None or not synthesis.is_on(run.recipe) or not run.record.has(TRAIN_DEV):
        return None
    found = None
    for record in stores.every(run.record.path.parent):
        if record.id == run.id:
            break
        try:
            found = record if _is_alike(record, run) else found
        except NetwrightError:  # one that cannot be read is none to compare with
            continue
    return None if found is None else Run(found)


def _is_alike(record: Record, run: Run) -> bool:
    info, own = record.info(), run.record.info()
    if info["status"] != "complete" or info["system"] != own["system"] or not record.has(TRAIN_DEV):
        return False
    prints = [one.mapping("data.json").get("fingerprint") for one in (record, run.record)]
    recipe = run.system.recipe.of_record(record.recipe(), record.id)
    synthesis = run.system.synthesis
    return prints[0] == prints[1] and synthesis is not None and not synthesis.is_on(recipe)


def yardstick_of(run: Run, split: str) -> Yardstick:
    """What each example that a run keeps of a split adds to its error, or loss."""
    examples = run.record.examples(split, run.system)
    answers = run.record.answers(split, run.system)
    wrong = [run.system.wrong(one, answer) for one, answer in zip(examples, answers, strict=True)]
    return yardstick(wrong, run.record.read_predictions(split).frame["loss"].to_list())


def _errors(run: Run, split: str) -> Mapping[str, tuple[float, str]]:
    """Id -> what an example adds to the error, and its unit."""
    if not run.record.has(f"predictions/{split}.parquet"):
        raise RunError(
            f"{run.id} has no answers on {split.replace('_', '-')}: a mismatch is measured between"
            " train-dev and dev (split.train_dev)."
        )
    examples, values = run.record.examples(split, run.system), yardstick_of(run, split).values
    units = examples.groups or examples.ids
    return {
        name: (float(value), unit or name)
        for name, value, unit in zip(examples.ids, values, units, strict=True)
    }


def _paired(before: Mapping[str, Any], after: Mapping[str, Any], other: Run, split: str) -> Errors:
    names = [name for name in after if name in before]
    if len(names) < 2 or len(names) < len(after):
        raise RunError(
            f"{other.id} has other examples in {split.replace('_', '-')}: gaps are compared on the"
            " same ones; train both with the same split (split.seed) of the same data."
        )
    both = [np.array([one[name][0] for name in names]) for one in (before, after)]
    return Errors(both[0], both[1], [after[name][1] for name in names])


def _others(before: Run, after: Run) -> list[str]:
    """Settings that differ beside the steps."""
    keys = [key for key in knobs(after.system.recipe) if not key.startswith(UNLIKE)]
    return [key for key in keys if before.recipe.value(key) != after.recipe.value(key)]
