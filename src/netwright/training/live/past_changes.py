"""The tweaks and rewinds of a record: those to be done again when its training goes on or is
repeated.
"""

from __future__ import annotations

from typing import Any

from netwright.recipe import Recipe
from netwright.runs.record import Record
from netwright.training.live.requests import Request

KINDS = ("tweak", "rewind")


def done(record: Record) -> list[dict[str, Any]]:
    """The tweaks and rewinds of the record, oldest first."""
    found = [dict(event) for kind in KINDS for event in record.events(kind)]
    return sorted(found, key=lambda event: int(event["number"]))


def next_number(record: Record) -> int:
    """The number of the next tweak or rewind."""
    return max((int(event["number"]) for event in done(record)), default=0) + 1


def plan(record: Record, known: int) -> tuple[list[Request], int]:
    """What is to be done again after a checkpoint that knew the first ``known`` tweaks and rewinds;
    and how many are over.

    A rewind between a stop and its resume put the checkpoint itself back: what came before it is
    over.
    """
    events = done(record)
    over = max([known, *(int(event["number"]) for event in events if event.get("between"))])
    later = [event for event in events if int(event["number"]) > over]
    return [
        Request({k: new for k, (_, new) in e["changes"].items()}, e.get("to"), int(e["step"]))
        for e in later
    ], over


def surviving(record: Record) -> list[dict[str, Any]]:
    """The changes that led to where the run is, as events: each as a tweak, without what its
    rewinds left behind.
    """
    found: list[dict[str, Any]] = []
    # events of earlier releases lack to_step; without an epoch there is no way back
    per_epoch = next((row.step / row.epoch for row in record.curves()), 0.0)
    for event in done(record):
        step = event["step"]
        if "to" in event:
            step = event.get("to_step", round(event["to"] * per_epoch))
            # the state was kept before a change at its step
            found = [change for change in found if change["step"] < step]
        if event["changes"]:
            found.append(
                {
                    "step": step,
                    "epoch": event.get("to", event["epoch"]),
                    "changes": event["changes"],
                }
            )
    return found


def recipe_after(record: Record, recipe: Recipe) -> Recipe:
    """The recipe as the changes left it that led to where the run is.

    Args:
        recipe: as the run began.
    """
    for event in surviving(record):
        recipe = recipe.changed({key: new for key, (_, new) in event["changes"].items()})
    return recipe


def repeat(record: Record, other: Record) -> None:
    """Note in a new record, before its first step, the changes that led to where ``other`` is: its
    training makes them.
    """
    for number, change in enumerate(surviving(other), start=1):
        record.event("tweak", number=number, **change)
