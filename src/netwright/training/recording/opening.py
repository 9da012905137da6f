"""The record of a training before its first step: what is trained, on what, and how it was
chosen.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from netwright.base.findings import Finding
from netwright.contract import Examples, Reading
from netwright.recipe import Recipe
from netwright.runs import codecs, store
from netwright.runs.contents import differences
from netwright.runs.environment import environment
from netwright.runs.record import Record
from netwright.training.devices import Device
from netwright.training.probes import find_rate
from netwright.training.probes.lr_finder import Sweep
from netwright.training.setup import TrainingSetup

MOST_TARGETS = 1000


def new_record(folder: Path, recipe: Recipe, device: Device) -> Record:
    """A new record in the store ``folder``; all processes of one training share the main one's."""
    if device.world == 1:
        return store.create(folder, recipe.model.name)
    names = [store.create(folder, recipe.model.name).id if device.main else ""]
    torch.distributed.broadcast_object_list(names, src=0)
    return Record(folder / names[0])


def write_setup(
    record: Record,
    setup: TrainingSetup,
    requested: Mapping[str, Any],
    sweep: Sweep | None,
) -> None:
    """Recipe, codec, environment, and what the learning-rate finder saw.

    Args:
        requested: the recipe before anything was chosen, as nested values.
    """
    record.write_recipe(setup.recipe.to_yaml())
    record.write_json("codec.json", codecs.dump(setup.system, setup.codec))
    record.write_json("environment.json", environment(str(setup.device)))
    if sweep:
        record.write_rows("lr_finder.csv", find_rate.as_rows(sweep))
        record.note(lr_finder=find_rate.summary(sweep))
    unread = setup.system.unread(setup.recipe)
    record.note(differs=differences(setup.recipe, requested, unread))


def write_data(
    record: Record,
    reading: Reading,
    parts: Mapping[str, Examples],
    assigned: Sequence[str],
    findings: Sequence[Finding],
) -> None:
    """What was read, the split of every example, and what is odd about them."""
    record.write_json("data.json", _describe(reading, parts, findings))
    record.write_splits(reading.examples, assigned)


def note_start(
    record: Record, setup: TrainingSetup, reading: Reading, messages: Sequence[str]
) -> None:
    """The run is a run from now on."""
    metric = setup.system.metrics[0]
    record.note(
        status="running",
        system=setup.system.name,
        model=setup.recipe.model.name,
        parameters=setup.parameters,
        source=reading.source.path,
        why=reading.source.why,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        seconds=0.0,
        epochs=0,
        steps=0,
        metric={"name": metric.name, "unit": metric.unit, "better": metric.better},
        splits={split: len(examples) for split, examples in setup.splits.items()},
        messages=list(messages),
        message="",
        process=os.getpid(),
    )


def _describe(
    reading: Reading, parts: Mapping[str, Examples], findings: Sequence[Finding]
) -> dict[str, Any]:
    counts = {split: _counts(examples.targets) for split, examples in parts.items()}
    return {
        "fingerprint": reading.fingerprint,
        "source": reading.source.path,
        "kind": reading.source.kind,
        "options": reading.source.options.as_json(),
        "counts": {split: len(examples) for split, examples in parts.items()},
        "targets": None if None in counts.values() else counts,
        "findings": [finding.as_json() for finding in findings],
    }


def _counts(targets: Sequence[Any]) -> dict[str, int] | None:
    """How often each target occurs; None where more than 1,000 are different."""
    counts: dict[str, int] = {}
    for target in map(str, targets):
        counts[target] = counts.get(target, 0) + 1
        if len(counts) > MOST_TARGETS:
            return None
    return counts


def note_resumed(record: Record) -> None:
    """The run goes on."""
    record.note(status="running", message="", weights=None, process=os.getpid())
    record.event("resumed")
