"""The record of a training before its first step: what is trained, on what, and how it was
chosen.
"""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from netwright.base.errors import RunError
from netwright.base.findings import Finding
from netwright.base.names import natural
from netwright.contract import FIRST_IDS, AnySystem, Contents, Examples, Reading
from netwright.data import classes, duplicates, leaks, splits
from netwright.data.splits import Timeline
from netwright.data.tables.seen import seen_in
from netwright.recipe import Recipe
from netwright.runs import codecs, store
from netwright.runs.contents import differences
from netwright.runs.environment import environment
from netwright.runs.keeping import promises, writing
from netwright.runs.project import Project
from netwright.runs.record import Record
from netwright.runs.unread import of_run
from netwright.training.devices import Device
from netwright.training.probes import find_rate
from netwright.training.probes.lr_finder import Sweep
from netwright.training.setup import TrainingSetup

MOST_CLASSES = 1000

FEWEST_COUNTED = 30
"""Examples of the test split, from which on they are counted by class."""


@contextlib.contextmanager
def new_record(
    folder: Path, recipe: Recipe, device: Device
) -> Iterator[tuple[Record, contextlib.ExitStack]]:
    """A new record in the store ``folder``, and the hold on it; all processes of one training share
    the main one's. Nothing stays of it when the block, which writes what it begins with, fails.
    """
    name = store.create(folder, recipe.model.name).id if device.main else ""
    record = Record(folder / device.from_main(name))
    with contextlib.ExitStack() as hold:
        try:
            if device.main:
                hold.enter_context(record.held())
            yield record, hold
        except BaseException:
            if device.main:
                record.discard()
            raise


@contextlib.contextmanager
def old_record(record: Record, device: Device) -> Iterator[contextlib.ExitStack]:
    """The hold on a record that goes on, without what dead writers left half written.

    Raises:
        RunError: another process trains it, or did so to its end just now.
    """
    with contextlib.ExitStack() as hold:
        if device.main:
            hold.enter_context(record.held())
            if record.info()["status"] == "complete" and not promises.missing(record):
                raise RunError(f"{record.id} is complete: another process has just ended it.")
            writing.sweep(record.path)
        yield hold


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
    record.write_json("codec.json", codecs.dump(setup.system, setup.own_codec))
    record.write_json("environment.json", environment(str(setup.device)))
    if sweep:
        record.write_rows("lr_finder.csv", find_rate.as_rows(sweep))
        record.note(lr_finder=find_rate.summary(sweep))
    if setup.taken_over is not None:
        record.note(started_from=asdict(setup.taken_over))
    if setup.kept is not None:
        record.note(on_features=True)
    unread = of_run(setup.system, setup.recipe, record.info())
    record.note(differs=differences(setup.recipe, requested, unread))


def findings(
    system: AnySystem,
    reading: Reading,
    assigned: Sequence[str],
    contents: Contents,
    project: Project,
) -> tuple[Finding, ...]:
    """What is odd about the examples and their splits, but for what the project has muted."""
    targets = reading.examples.targets
    labels, parts = system.labels(targets), system.takes.known_parts(targets)
    found = (
        *reading.findings,
        *classes.check(labels),
        *splits.check(labels, assigned),
        *splits.check_parts(parts, assigned),
        *duplicates.across_splits(reading.examples, assigned, labels),
        *leaks.check(reading.examples, labels, assigned),
        *contents.findings,
    )
    return tuple(finding for finding in found if finding.code not in project.mute)


def write_data(
    record: Record,
    system: AnySystem,
    reading: Reading,
    parts: Mapping[str, Examples],
    assigned: Sequence[str],
    found: Sequence[Finding],
    contents: Contents,
    timeline: Timeline | None = None,
) -> None:
    """What was read, the split of every example, and what is odd about them.

    Args:
        contents: what the system sees in them.
        timeline: what the splits span, where they are by time.
    """
    about = _describe(system, reading, parts, found)
    if reading.columns:
        about["columns"] = {n: form.as_json() for n, form in reading.columns.items()}
        if reading.source.options.ids != FIRST_IDS:
            about["ids"] = reading.source.options.ids
    if seen := seen_in(parts["train"]):
        about["seen"] = {name: column.as_json() for name, column in seen.items()}
    if contents.tables:
        about["tables"] = [table.as_json() for table in contents.tables]
    if timeline is not None:
        about["timeline"] = asdict(timeline)
    record.write_json("data.json", about)
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
        metric={
            "name": metric.name,
            "unit": metric.unit,
            "better": metric.better,
            **({"title": metric.title} if metric.title else {}),
        },
        splits={split: len(examples) for split, examples in setup.splits.items()},
        messages=list(messages),
        message="",
        process=os.getpid(),
    )


def _describe(
    system: AnySystem,
    reading: Reading,
    parts: Mapping[str, Examples],
    found: Sequence[Finding],
) -> dict[str, Any]:
    return {
        "fingerprint": reading.fingerprint,
        "source": reading.source.path,
        "kind": reading.source.kind,
        "options": reading.source.options.as_json(),
        "counts": {split: len(examples) for split, examples in parts.items()},
        "classes": _classes(system, parts),
        **_domains(parts),
        "findings": [finding.as_json() for finding in found],
    }


def _domains(parts: Mapping[str, Examples]) -> dict[str, dict[str, dict[str, int]]]:
    """Split -> domain -> examples; nothing where they have none."""
    found = {
        split: dict(Counter(examples.domains))
        for split, examples in parts.items()
        if examples.domains is not None
    }
    return {"domains": found} if found else {}


def _classes(system: AnySystem, parts: Mapping[str, Examples]) -> dict[str, dict[str, int]] | None:
    """Split -> class -> examples; None where targets are no classes, or more than 1,000.

    The test split is sealed, so no file that training writes holds one of its targets. Its classes
    are counted from 30 examples on: the splits share the classes in equal parts, so these counts
    say what those of train say already; of fewer examples they could tell single ones.
    """
    found: dict[str, dict[str, int]] = {}
    for split, examples in parts.items():
        if split == "test" and len(examples) < FEWEST_COUNTED:
            continue
        counts = Counter(label for label in system.labels(examples.targets) if label is not None)
        # by name: the order of appearance is one of single examples
        found[split] = {name: counts[name] for name in sorted(counts, key=natural)}
    most = max(map(len, found.values()))
    return found if 0 < most <= MOST_CLASSES else None


def note_resumed(record: Record) -> None:
    """The run goes on."""
    record.note(status="running", message="", weights=None, process=os.getpid())
    record.event("resumed")
