"""By what the runs of a store are judged, and when that changed: ``yardsticks.jsonl`` beside them
has a line each time that they were held against another yardstick than before, and each time that a
training had another dev set of the same data (notes 3.1.7).
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from netwright.base import read_json
from netwright.base.errors import NetwrightError, NetwrightWarning, RunError, UnreadableError
from netwright.base.files import append_line, digest
from netwright.base.paths import Inside
from netwright.runs import reading
from netwright.runs import store as stores
from netwright.runs.record import Record

LOG = "yardsticks.jsonl"

MOST_EARLIER = 50
"""Runs that are looked through for one that was judged on the same data."""


def note(store: Path, yardstick: dict[str, Any], runs: Sequence[str], winner: str) -> None:
    """Log by what these runs were judged, where that is another yardstick than the last one was;
    without weights only where there were some before.

    Args:
        yardstick: ``optimized``, ``weights`` of classes and, where there is one, ``expression``.

    Warns:
        NetwrightWarning: it cannot be logged.
    """
    last = next((line for line in _lines(store) if "weights" in line), {})
    before = {key: last[key] for key in ("optimized", "weights", "expression") if key in last}
    is_plain = not (yardstick["weights"] or yardstick.get("expression"))
    if yardstick == before or (is_plain and not before):
        return
    try:
        _append(store, {**yardstick, "runs": list(runs), "winner": winner})
    except NetwrightError as error:
        warnings.warn(f"the yardstick is not logged: {error}", NetwrightWarning, stacklevel=3)


def note_dev_set(record: Record, data: str | None) -> None:
    """Log that a run has another dev set than the one before it in its store that learned from the
    same data. Runs of a study are no such ones: folds have a dev set each.

    Args:
        data: the fingerprint of its data; None: it is not known.

    Warns:
        NetwrightWarning: it cannot be logged; the run is whole.
    """
    try:
        if data:
            _note_dev_set(record, data)
    except NetwrightError as error:
        warnings.warn(f"the change of the dev set: {error}", NetwrightWarning, stacklevel=2)


def _note_dev_set(record: Record, data: str) -> None:
    for other in reversed(stores.every(record.path.parent)[-MOST_EARLIER:]):
        if other.id == record.id or _data_of(other) != data:
            continue
        own, before = _dev_of(record), _dev_of(other)
        if before and before != own:
            line = {"data": data, "run": record.id, "dev": own, "run_before": other.id}
            _append(record.path.parent, {**line, "dev_before": before})
        return


def _data_of(record: Record) -> str:
    """The fingerprint of a run's data; empty where it is of a study, or not known."""
    try:
        return "" if "study" in record.info() else record.mapping("data.json")["fingerprint"]
    except (RunError, KeyError):
        return ""


def _dev_of(record: Record) -> dict[str, Any]:
    """How many examples dev has, and a digest of their ids; empty where it is not known."""
    try:
        table = reading.table(record.path, "splits.parquet")
    except RunError:
        return {}
    ids = sorted(table["id"].filter(table["split"] == "dev").to_list())
    return {"examples": len(ids), "digest": digest("\n".join(ids).encode())}


def _append(store: Path, line: dict[str, Any]) -> None:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    append_line(Inside(store, LOG), json.dumps({"time": now, **line}, ensure_ascii=False))


def _lines(store: Path) -> Iterator[dict[str, Any]]:
    """Those that read, the last first."""
    try:
        lines = Inside(store, LOG).path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return
    for line in reversed(lines):
        try:
            held = read_json.parse(line)
        except UnreadableError:  # torn by a kill, or changed by hand
            continue
        if isinstance(held, dict):
            yield held
