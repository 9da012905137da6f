"""What a store holds that may go: what killed processes left, states to go on from, the cache."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from netwright.base.errors import NetwrightError, RunError
from netwright.base.files import cache_folder
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
    """

    kind: Kind
    path: Path
    bytes: int
    why: str


def find(store: Path, kinds: Sequence[Kind] = KINDS) -> list[Spare]:
    """What may go of a store, and of the cache; nothing of a run that is being trained."""
    ways = {"leftovers": _leftovers, "states": _states, "cache": _cache}
    return [
        Spare(kind, path, removal.bytes_of(path), why)
        for kind in kinds
        for path, why in ways[kind](store)
    ]


def take_away(found: Sequence[Spare]) -> None:
    """Delete all of it.

    Raises:
        NetwrightError: something cannot be deleted.
    """
    for spare in found:
        try:
            removal.take_away(spare.path)
        except OSError as error:
            raise NetwrightError(
                f"{spare.path} cannot be removed: {error.strerror or error}."
            ) from None


def _leftovers(store: Path) -> Iterator[tuple[Path, str]]:
    if not store.is_dir():
        return
    for path in sorted(store.glob(f"{removal.ASIDE}*")):
        yield path, "a run whose removal was cut off"
    for path in half_written(store / "searches"):
        if _is_old(path):
            yield path, "half written"
    for record in stores.every(store):
        if _is_trained(record):
            continue
        if not record.has("run.json"):
            if _is_old(record.path):
                yield record.path, "a run that never began"
            continue
        for path in _left_half_written(record):
            yield path, "half written"
        requests = record.path / "requests"
        if requests.is_dir() and _is_old(requests):
            yield requests, "requests that nobody answers any more"
        if _is_complete(record) and (epochs := record.checkpoint.parent / "epochs").is_dir():
            yield epochs, "states to rewind to, of a complete run"


def _states(store: Path) -> Iterator[tuple[Path, str]]:
    for record in stores.every(store):
        if record.has_state and _is_complete(record) and not _is_trained(record):
            yield record.checkpoint, f"where {record.id} could go on"


def _cache(store: Path) -> Iterator[tuple[Path, str]]:
    folder = cache_folder()
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        if _is_old(path):
            yield path, "decoded data"


def _left_half_written(record: Record) -> list[Path]:
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
