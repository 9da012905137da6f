"""What a store holds that may go: what killed processes left, states to go on from, the cache."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from netwright.base import files
from netwright.base.errors import NetwrightError, RunError, UnreadableError, reason_of
from netwright.base.files import cache_folder
from netwright.base.paths import Inside
from netwright.runs import reading
from netwright.runs import store as stores
from netwright.runs.keeping import removal
from netwright.runs.keeping.writing import half_written
from netwright.runs.record import Record

Kind = Literal["leftovers", "states", "cache"]

KINDS: tuple[Kind, ...] = get_args(Kind)

WHAT = {
    "leftovers": "what killed processes and earlier trainings left behind",
    "states": "the states that complete runs could go on from: without them, only their weights"
    " stay",
    "cache": "data that were decoded before, and are decoded again when they are needed",
}
"""What taking a kind away means."""

OLD = 3600.0
"""Seconds after which nobody is still writing a file."""


@dataclass(frozen=True)
class Spare:
    """Something that may go.

    Args:
        why: what it is, in a few words.
        top: the folder of the run, or another, below which no link is followed.
    """

    kind: Kind
    path: Path
    bytes: int
    why: str
    top: Path


def find(store: Path, kinds: Sequence[Kind] = KINDS) -> list[Spare]:
    """What may go of a store, and of the cache; nothing of a run that is being trained."""
    ways = {"leftovers": _leftovers, "states": _states, "cache": _cache}
    return [
        Spare(kind, place.path, removal.bytes_of(place.path), why, place.folder)
        for kind in kinds
        for place, why in ways[kind](store)
    ]


def take_away(found: Sequence[Spare]) -> None:
    """Delete all of it.

    Raises:
        NetwrightError: something cannot be deleted.
    """
    for spare in found:
        try:
            files.take_away(Inside(spare.top, str(spare.path.relative_to(spare.top))))
        except (OSError, UnreadableError) as error:
            raise NetwrightError(f"{spare.path} cannot be removed: {reason_of(error)}.") from None


def _leftovers(store: Path) -> Iterator[tuple[Inside, str]]:
    if not store.is_dir():
        return
    for path in sorted(store.glob(f"{removal.ASIDE}*")):
        yield Inside(store, path.name), "a run whose removal was cut off"
    for place in half_written(store / "searches"):
        if _is_old(place.path):
            yield place, "half written"
    for record in stores.every(store):
        if reading.is_strange(record.path) or _is_trained(record):
            continue
        if not record.has("run.json"):
            if _is_old(record.path):
                yield Inside(store, record.id), "a run that never began"
            continue
        for place in _left_half_written(record):
            yield place, "half written"
        if record.has("requests") and _is_old(record.path / "requests"):
            yield record.inside("requests"), "requests that nobody answers any more"
        if _is_complete(record) and record.has("checkpoint/epochs"):
            yield record.inside("checkpoint/epochs"), "states to rewind to, of a complete run"


def _states(store: Path) -> Iterator[tuple[Inside, str]]:
    for record in stores.every(store):
        if _is_complete(record) and record.has_state and not _is_trained(record):
            yield record.state, f"where {record.id} could go on"


def _cache(store: Path) -> Iterator[tuple[Inside, str]]:
    folder = cache_folder()
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        if _is_old(path):
            yield Inside(folder, path.name), "decoded data"


def _left_half_written(record: Record) -> list[Inside]:
    """Those of dead writers: found while nobody trains the run, and no other writes into it."""
    try:
        with record.held() if record.has(".lock") else nullcontext(), record.alone():
            return half_written(record.path)
    except NetwrightError:  # it is trained now, or is another's
        return []


def _is_complete(record: Record) -> bool:
    try:
        return record.info()["status"] == "complete"
    except RunError:
        return False


def _is_trained(record: Record) -> bool:
    """Whether a process trains it; a lock is looked for, and none made, which would look new."""
    return record.has(".lock") and record.trained_now


def _is_old(path: Path) -> bool:
    return time.time() - path.lstat().st_mtime > OLD
