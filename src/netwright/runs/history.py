"""What was changed while a run trained, on the epoch axis of its curves: tweaks, rewinds, stops."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from netwright.base.figures import setting
from netwright.runs.schema import Event


@dataclass(frozen=True)
class Change:
    """One change.

    Args:
        place: on the epoch axis; None where it lies on a branch that a rewind left.
        message: what changed, in one line.
    """

    place: float | None
    message: str


def changes_on_curves(events: Sequence[Event], per_epoch: float) -> list[Change]:
    """The tweaks, rewinds and stops of a run, in the order in which they happened.

    Args:
        per_epoch: steps of an epoch.
    """
    found: list[tuple[float, Change]] = []
    for event in events:
        kind, step = event["event"], event.get("step")
        if kind == "rewind":
            back = float(event["to"])
            found = [
                (at, Change(None if at > back else change.place, change.message))
                for at, change in found
            ]
            found.append((back, Change(back, in_words("rewind", event))))
        elif kind == "tweak" and step is not None:
            found.append((step / per_epoch, Change(step / per_epoch, in_words("tweak", event))))
        elif kind == "stopped" and step:
            found.append(
                (
                    step / per_epoch,
                    Change(step / per_epoch, f"stopped after step {step:,}, and went on later"),
                )
            )
    ended = bool(events) and events[-1]["event"] == "stopped"
    return [change for _, change in (found[:-1] if ended and found else found)]


def in_words(kind: str, event: Mapping[str, Any]) -> str:
    """``tweaked after step 1,234: optimizer.lr 0.004 -> 0.003``."""
    changes = ", ".join(
        f"{key} {setting(old)} -> {setting(new)}" for key, (old, new) in event["changes"].items()
    )
    if event.get("how") == "time":
        return f"planned by its time after step {event['step']:,}: {changes}"
    if kind == "tweak":
        return f"tweaked after step {event['step']:,}: {changes}"
    gone = f" from step {event['step']:,}" if event["step"] else ""
    return f"rewound{gone} to the end of epoch {event['to']}" + (
        f", with {changes}" if changes else ""
    )
