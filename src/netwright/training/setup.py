"""What one training works on: the examples of each split, the codec, the net, and the record it is
kept in.
"""

from __future__ import annotations

import dataclasses
import json
import os
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from netwright.base.errors import RunError
from netwright.base.findings import Finding
from netwright.contract import Examples, System
from netwright.data import balance, splits
from netwright.data.images.augment import policy
from netwright.data.sources.recognize import Reading
from netwright.recipe import Recipe, resolved
from netwright.runs import codecs, project, store
from netwright.runs.contents import differences
from netwright.runs.environment import environment
from netwright.runs.record import Record
from netwright.training import devices, running_statistics
from netwright.training.batching import example_weights, mixing
from netwright.training.devices import Device
from netwright.training.optim import averages
from netwright.training.probes import choose_speed, find_rate, fit_memory, trial_step
from netwright.training.probes.lr_finder import Sweep
from netwright.training.probes.speed import PRECISIONS, lay_out
from netwright.training.probes.trial_step import TrialStep
from netwright.training.steps import compiled

MOST_TARGETS = 1000
RESOLVED = (
    "optimizer.lr",
    "training.epochs",
    "training.batch_size",
    "training.precision",
    "training.layout",
    "training.threads",
)
"""What every run's recipe holds a value for."""


@dataclass(frozen=True)
class TrainingSetup:
    """Everything a training needs, in memory; ``record`` is where it is kept."""

    record: Record
    system: System
    recipe: Recipe
    codec: Any
    net: nn.Module
    device: Device
    parts: dict[str, Examples]
    messages: list[str]


@dataclass(frozen=True)
class Ready:
    """A net that could begin to train, and the recipe with nothing left open.

    Args:
        swept: what the learning-rate finder saw, where the recipe asked for it.
        messages: what else was found, in a line each.
    """

    recipe: Recipe
    codec: Any
    net: nn.Module
    device: Device
    swept: Sweep | None
    messages: list[str]


def ready(system: System, recipe: Recipe, parts: Mapping[str, Examples]) -> Ready:
    """Complete the recipe, fit the codec, build the net, try what is fastest, find the largest
    batch and the rate.

    Raises:
        NetwrightError: the data or the recipe do not allow it.
    """
    recipe, codec, net, device = _begin(system, recipe, parts["train"])
    says: list[str] = []
    if recipe.training.batch_size == "largest":
        recipe, says = fit_memory.resolve(
            trial_step.trial_step(system, codec, net, device, recipe, parts)
        )
    recipe, swept = find_rate.resolve(system, codec, net, device, recipe, parts["train"])
    return Ready(recipe, codec, net, device, swept, says)


def _begin(
    system: System, recipe: Recipe, train: Examples
) -> tuple[Recipe, Any, nn.Module, Device]:
    """The recipe but for what a trial finds, the codec, the net, and the device with its
    precision.
    """
    recipe = system.complete(recipe.changed({"system": system.name}), train)
    codec = system.fit(train, recipe)
    mixing.check(recipe, codec, train)
    example_weights.draw_weights(recipe, train)  # refuses what cannot be drawn
    net, device = _net(system, codec, recipe)
    running_statistics.check(recipe, net)
    recipe = choose_speed.resolve(system, codec, net, device, recipe, train)
    return recipe, codec, net, _ready(net, device, recipe)


def assign(system: System, examples: Examples, recipe: Recipe) -> list[str]:
    """The split of every example."""
    knobs = recipe.split
    stratify = system.stratify if knobs.stratify else None
    return splits.assign(
        examples, dev=knobs.dev, test=knobs.test, stratify=stratify, seed=knobs.seed
    )


def split(system: System, examples: Examples, recipe: Recipe) -> dict[str, Examples]:
    """The examples of every split that has any."""
    return _parts(examples, assign(system, examples, recipe))


def prepare(system: System, reading: Reading, recipe: Recipe, where: Path) -> TrainingSetup:
    """Split, complete the recipe, fit the codec, build the net, and open the record.

    Raises:
        NetwrightError: the data or the recipe do not allow it, or the record cannot be written.
    """
    examples = reading.examples
    assigned = assign(system, examples, recipe)
    parts = _parts(examples, assigned)
    settings = project.of_store(where)
    example_weights.check(system, parts)
    found = (*reading.findings, *balance.check(examples.targets), *splits.check(examples, assigned))
    findings = tuple(finding for finding in found if finding.code not in settings.mute)
    asked = recipe.model_dump(mode="json")
    begun = ready(system, recipe, parts)
    recipe, codec, net, device, swept = (
        begun.recipe,
        begun.codec,
        begun.net,
        begun.device,
        begun.swept,
    )
    says = [
        reading.source.why,
        *reading.notes,
        *policy.messages(recipe, declared=reading.source.kind == "ready"),
        *averages.messages(recipe),
        *example_weights.messages(recipe, parts["train"]),
        *(
            f"{finding.code} {finding.name}: {finding.message}"
            for finding in findings
            if finding.severity != "note"
        ),
        (
            f"model {recipe.model.name}, {_parameters(net):,} parameters, on"
            f" {device}{_said_threads(recipe, device)}"
        ),
        *begun.messages,
        *([find_rate.message(swept)] if swept else []),
    ]
    record = _open(where, recipe, device)
    job = TrainingSetup(record, system, recipe, codec, net, device, parts, says)
    if device.main:
        record.write_recipe(recipe.to_yaml())
        record.write_json("codec.json", codecs.dump(system, codec))
        record.write_json("environment.json", environment(str(device)))
        record.write_json("data.json", _describe(reading, parts, findings))
        record.write_splits(examples, assigned)
        if swept:
            record.write_rows("lr_finder.csv", find_rate.as_rows(swept))
            record.note(lr_finder=find_rate.summary(swept))
        _note_start(job, reading)
        record.note(
            differs=differences(recipe.model_dump(mode="json"), asked),
            **settings.named_from(record.path),
        )
    return job


def rehearsal(system: System, reading: Reading, recipe: Recipe) -> TrialStep:
    """A step of the training that ``prepare`` would make ready, to be measured; nothing is kept.

    Raises:
        NetwrightError: the data or the recipe do not allow it.
    """
    parts = split(system, reading.examples, recipe)
    recipe, codec, net, device = _begin(system, recipe, parts["train"])
    return trial_step.trial_step(system, codec, net, device, recipe, parts)


def reopen(system: System, record: Record, reading: Reading, recipe: Recipe) -> TrainingSetup:
    """The job of an unfinished run, on the same data.

    Raises:
        RunError: the run is complete, or the data are not the same as they were.
    """
    if record.info()["status"] == "complete":
        raise RunError(
            f"{record.id} is complete: nothing to resume; train again with another recipe."
        )
    with record.held():  # by no other process
        pass
    check_same_data(record, reading)
    for key in RESOLVED:
        if recipe.value(key) in ("auto", "find", "largest"):
            raise RunError(
                f"{record.id}/recipe.yaml leaves {key} at {recipe.value(key)}, which a run's record"
                " never does now: it was begun by an older netwright; train again from"
                f" {record.path / 'recipe.yaml'}."
            )
    codec = codecs.load(system, record.json("codec.json"))
    parts = _parts(reading.examples, record.splits())
    net, device = _net(system, codec, recipe)
    device = _ready(net, device, recipe)
    if device.main:
        record.note(status="running", message="", weights=None, process=os.getpid())
        record.event("resumed")
    return TrainingSetup(
        record, system, recipe, codec, net, device, parts, record.info()["messages"]
    )


def check_same_data(record: Record, reading: Reading) -> None:
    """Raises:
    RunError: the data are not those that the run was trained on.
    """
    fingerprint = record.mapping("data.json").get("fingerprint")
    if fingerprint != reading.fingerprint:
        raise RunError(
            f"the data of {record.id} have changed since it started (fingerprint {fingerprint}, now"
            f" {reading.fingerprint}): train anew."
        )


def _parts(examples: Examples, assigned: list[str]) -> dict[str, Examples]:
    """The examples of every split that has any."""
    names = list(dict.fromkeys(assigned))
    codes = np.fromiter(map(names.index, assigned), np.int8, len(assigned))
    return {
        name: examples.take(array("q", np.flatnonzero(codes == at).tobytes()))
        for at, name in enumerate(names)
    }


def _net(system: System, codec: Any, recipe: Recipe) -> tuple[nn.Module, Device]:
    """The net, seeded, on its device."""
    torch.manual_seed(recipe.training.seed)
    net = system.model(codec, recipe)
    device = devices.choose(recipe.training.device, recipe.training.precision, net)
    return net.to(device.torch_device), device


def _ready(net: nn.Module, device: Device, recipe: Recipe) -> Device:
    """The net's filters in the order that the recipe names, in place, and the device with the
    recipe's precision.
    """
    compiled.refuse(recipe, device)
    lay_out(net, resolved(recipe.training.layout))
    return dataclasses.replace(device, precision=PRECISIONS[resolved(recipe.training.precision)])


def _open(where: Path, recipe: Recipe, device: Device) -> Record:
    """A new record; all processes of one training share the main one's."""
    if device.world == 1:
        return store.create(where, recipe.model.name)
    names = [store.create(where, recipe.model.name).id if device.main else ""]
    torch.distributed.broadcast_object_list(names, src=0)
    return Record(where / names[0])


def _note_start(job: TrainingSetup, reading: Reading) -> None:
    metric = job.system.metrics[0]
    job.record.note(
        status="running",
        system=job.system.name,
        model=job.recipe.model.name,
        parameters=_parameters(job.net),
        source=reading.source.path,
        why=reading.source.why,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        seconds=0.0,
        epochs=0,
        steps=0,
        metric={"name": metric.name, "unit": metric.unit, "better": metric.better},
        splits={split: len(examples) for split, examples in job.parts.items()},
        messages=job.messages,
        message="",
        process=os.getpid(),
    )


def _describe(
    reading: Reading, parts: dict[str, Examples], findings: Sequence[Finding]
) -> dict[str, Any]:
    counts = {split: _counts(examples.targets) for split, examples in parts.items()}
    return {
        "fingerprint": reading.fingerprint,
        "source": reading.source.path,
        "kind": reading.source.kind,
        "options": json.loads(json.dumps(dict(reading.source.options), default=str)),
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


def _said_threads(recipe: Recipe, device: Device) -> str:
    count = resolved(recipe.training.threads)
    return (
        f", {count} thread{'s' if count > 1 else ''}" if device.torch_device.type == "cpu" else ""
    )


def _parameters(net: nn.Module) -> int:
    return sum(p.numel() for p in net.parameters())
