"""Earlier runs on the same data, and what became of a knob that was turned since (notes 3.1.12)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from netwright.base.errors import NetwrightError
from netwright.contract import AnySystem
from netwright.runs import store as stores
from netwright.runs.record import Record
from netwright.runs.unread import of_run

if TYPE_CHECKING:
    from netwright.doctor.gaps.judgement import Diagnosis
    from netwright.recipe import Recipe
    from netwright.runs.contents import RunFiles

LOOKED_AT = 20
"""Runs before it among which the one that a recipe was changed from is looked for."""

OF_NO_GAP = ("training.threads", "training.step", "training.batches", "training.memory")
"""Knobs that decide how fast a training is, and nothing of what is learned."""


def on_same_data(record: Record, fingerprint: Any) -> Iterator[Record]:
    """Other complete runs of the same data and system in the same store, the latest first. One that
    cannot be read is passed over.

    Args:
        fingerprint: of its data.
    """
    if not fingerprint:
        return
    system = record.info()["system"]
    for other in reversed(stores.every(record.path.parent)):
        if other.id == record.id:
            continue
        try:
            info = other.info()
            alike = (info["system"], info["status"]) == (system, "complete")
            if alike and other.mapping("data.json").get("fingerprint") == fingerprint:
                yield other
        except NetwrightError:
            continue


def since(files: RunFiles, system: AnySystem, recipe: Recipe, found: Diagnosis) -> str:
    """Whether knobs that were turned since an earlier run moved the gap that they are for, in a
    sentence; empty: no run of the same dev examples differs in such knobs alone.

    Args:
        files: of the run, read once.
        found: its diagnosis.
    """
    if files.info.get("study"):  # whose runs are held against each other by the study
        return ""
    record = Record(files.folder)
    for before in islice(on_same_data(record, files.data.get("fingerprint")), LOOKED_AT):
        try:
            if sentence := _since(before, record, system, recipe, found):
                return sentence
        except NetwrightError:
            continue
    return ""


def _since(
    before: Record, record: Record, system: AnySystem, recipe: Recipe, found: Diagnosis
) -> str:
    from netwright.base.figures import setting
    from netwright.doctor.gaps.judgement import Diagnosis
    from netwright.doctor.improve.judge import what_moved
    from netwright.doctor.improve.promised import promised_gap
    from netwright.metrics.measure import lead

    old = system.recipe.of_record(before.recipe(), before.id)
    changed = _changed(old, recipe)
    gap = promised_gap(old, changed, of_run(system, old, before.info())) if changed else None
    if gap is None or before.info()["created"] > record.info()["created"]:
        return ""
    examples = record.examples("dev", system)
    if before.examples("dev", system).ids != examples.ids:
        return ""
    answers = [one.answers("dev", system) for one in (record, before)]
    ahead = lead(system.metrics[0], examples, *answers)
    earlier = Diagnosis.from_json(before.mapping("diagnosis.json"))
    turns = ", ".join(
        f"{key} {setting(old.value(key))} -> {setting(new)}" for key, new in changed.items()
    )
    return f"Since {before.id}, with {turns}: {what_moved(gap, ahead, earlier, found)}."


def _changed(old: Recipe, new: Recipe) -> dict[str, Any]:
    """The knobs that differ, and what they are now."""
    from netwright.recipe import knobs

    return {
        key: new.value(key)
        for key in knobs(type(new))
        if key not in OF_NO_GAP and old.value(key) != new.value(key)
    }
