"""What was changed while a run trained, as marks on its curves: tweaks, rewinds, stops."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from netwright.base.figures import setting


@dataclass(frozen=True)
class Change:
    """One change.

    Args:
        place: on the epoch axis; None where it lies on a branch that a rewind left.
        message: what changed, in one line.
    """

    place: float | None
    message: str


def changes_on_curves(events: Sequence[Mapping[str, Any]], per_epoch: float) -> list[Change]:
    """The tweaks, rewinds and stops of a run, in the order in which they happened.

    Args:
        per_epoch: steps of an epoch.
    """
    found: list[tuple[float, Change]] = []
    for event in events:
        kind, step = event.get("event"), event.get("step")
        if kind == "rewind":
            back = float(event["to"])
            found = [
                (at, Change(None if at > back else mark.place, mark.message)) for at, mark in found
            ]
            found.append((back, Change(back, in_words("rewind", event))))
        elif kind == "tweak" and isinstance(step, int):
            found.append((step / per_epoch, Change(step / per_epoch, in_words("tweak", event))))
        elif kind == "stopped" and isinstance(step, int) and step:
            found.append(
                (
                    step / per_epoch,
                    Change(step / per_epoch, f"stopped after step {step:,}, and went on later"),
                )
            )
    ended = bool(events) and events[-1].get("event") == "stopped"
    return [mark for _, mark in (found[:-1] if ended and found else found)]


def in_words(kind: str, facts: Mapping[str, Any]) -> str:
    """``tweaked after step 1,234: optimizer.lr 0.004 -> 0.003``."""
    changes = ", ".join(
        f"{key} {setting(old)} -> {setting(new)}" for key, (old, new) in facts["changes"].items()
    )
    if kind == "tweak":
        return f"tweaked after step {facts['step']:,}: {changes}"
    gone = f" from step {facts['step']:,}" if facts["step"] else ""
    return f"rewound{gone} to the end of epoch {facts['to']}" + (
        f", with {changes}" if changes else ""
    )
