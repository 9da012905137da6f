"""How far the life of a run has come, by what lies in its folder, and the commands that lead on.

What ``show`` and ``diagnose`` promise and what ``train --resume`` does follows from the same stage.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from netwright.base.errors import UnreadableError
from netwright.base.paths import Inside, lies

Stage = Literal["unbegun", "damaged", "training", "trained", "complete"]
"""unbegun: it was cut off before all that a training begins with was written.
damaged: some of that was lost later.
training: steps are to be taken.
trained: all steps are taken; what is made after them is not there yet.
complete: as its record says; see ``promises`` for what it may lack yet.
"""

SETUP = ("recipe.yaml", "codec.json", "data.json", "splits.parquet")
"""What a training begins with, in the order in which it is written."""

STATE = "checkpoint/state.safetensors"


def of(folder: Path, noted: Mapping[str, Any]) -> Stage:
    """The stage of a run, whoever is at it.

    Args:
        noted: its ``run.json``.
    """
    if noted["status"] == "complete":
        return "complete"
    if noted.get("trained"):
        return "trained"
    if _lacks(folder):
        return "damaged" if noted.get("steps") or has_state(folder) else "unbegun"
    return "training"


def way_on(folder: Path, noted: Mapping[str, Any]) -> str:
    """How a run that has not ended goes on, or why it cannot and what to do; to follow a sentence's
    beginning.
    """
    stage, lacks = of(folder, noted), _lacks(folder)
    if noted["status"] == "diverged":  # the same steps would end there again
        return "train again, with a smaller optimizer.lr or with --set training.clip_norm=1"
    if stage == "damaged":
        return f"it lost {lacks}, without which it cannot go on: put that back from a copy"
    if stage != "unbegun":
        return f"{resume(folder, noted)} goes on"
    if lacks == "recipe.yaml":
        return "it had not begun, and there is nothing to go on from: train again"
    return (
        "it had not begun, and there is nothing to go on from: train again,"
        f" {by_recipe(folder, noted)}"
    )


def resume(folder: Path, noted: Mapping[str, Any]) -> str:
    """The command by which a run goes on."""
    return f"netwright train --resume {_id(folder)}{given(folder, noted)}"


def by_recipe(folder: Path, noted: Mapping[str, Any]) -> str:
    """The command that trains by the recipe of a run."""
    return f"netwright train --recipe {shlex.quote(str(folder / 'recipe.yaml'))}{of_system(noted)}"


def given(folder: Path, noted: Mapping[str, Any]) -> str:
    """The options without which a command does not find a run, or its system: they follow its
    name.
    """
    return in_store(folder.parent) + of_system(noted)


def of_system(noted: Mapping[str, Any]) -> str:
    """The option without which a command knows no system of a person's own; one of an installed
    package is known.
    """
    origin = noted.get("system_origin") or ""
    return f" --system {shlex.quote(origin)}" if os.sep in origin else ""


def in_store(store: Path) -> str:
    """The option without which a command looks in another store; empty for the usual one."""
    usual = os.environ.get("NETWRIGHT_RUNS") or "runs"
    is_usual = os.path.abspath(store) == os.path.abspath(usual)  # noqa: PTH100
    return "" if is_usual else f" --store {shlex.quote(str(store))}"


def has_state(folder: Path) -> bool:
    """Whether there is a state from which it goes on."""
    return _has(folder, STATE)


def _id(folder: Path) -> str:
    return os.path.basename(os.path.abspath(folder))  # noqa: PTH100, PTH119 (no link is followed)


def _lacks(folder: Path) -> str | None:
    return next((name for name in SETUP if not _has(folder, name)), None)


def _has(folder: Path, name: str) -> bool:
    try:
        return lies(Inside(folder, name)) is not None
    except UnreadableError:  # behind a link
        return False
