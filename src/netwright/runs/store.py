"""The folder that runs lie in: new ones, all of them, one by its id. The files are the truth; there is no index."""

from __future__ import annotations

import os
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from netwright.base.errors import NetwrightError, RunError, nearest
from netwright.runs.record import Record


def folder(store: str | Path | None = None) -> Path:
    """Where runs are kept: ``store``, else ``$NETWRIGHT_RUNS``, else ``runs`` in the current folder."""
    return Path(store or os.environ.get("NETWRIGHT_RUNS") or "runs")


def create(store: Path, model: str) -> Record:
    """A new empty run, ``20261122-153012-lenet5-a3f``; two processes never get the same one.

    Raises:
        NetwrightError: the folder cannot be written.
    """
    while True:
        now = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
        safe = "".join(sign if sign.isalnum() or sign in "-." else "-" for sign in model)
        path = store / f"{now}-{safe}-{secrets.token_hex(2)[:3]}"
        try:
            path.mkdir(parents=True)
            return Record(path)
        except FileExistsError:
            continue
        except OSError as error:
            raise NetwrightError(
                f"a run cannot be kept in {store}: {error.strerror}; choose another folder with --store."
            ) from error


def every(store: Path) -> list[Record]:
    """All runs, oldest first; folders that are no runs are passed over."""
    if not store.is_dir():
        return []
    return [Record(path) for path in sorted(store.iterdir()) if (path / "run.json").is_file()]


def line(record: Record) -> dict[str, Any]:
    """One run in a list: id, status, source, model, epochs, seconds, metric, dev; ``problem`` says why it cannot be read, else None."""
    try:
        info = record.info()
        measures = record.json("measures.json") if record.has("measures.json") else {}
        metric = str(info.get("metric", {}).get("name", ""))
        return {
            "id": record.id, "status": record.status, "source": str(info.get("source", "")), "model": info["model"],
            "epochs": int(info.get("epochs", 0)), "seconds": float(info.get("seconds", 0.0)), "metric": metric,
            "dev": measures.get("dev", {}).get(metric), "problem": None,
        }  # fmt: skip
    except NetwrightError as error:
        return {"id": record.id, "problem": str(error)}
    except (AttributeError, TypeError, ValueError) as error:
        return {"id": record.id, "problem": f"its files do not hold what a run's do ({error})"}


def find(name: str, store: Path) -> Record:
    """The run called ``name``: a folder, an id, the end or the beginning of one that fits a single run, or ``last``.

    Raises:
        RunError: no run, or several, fit.
    """
    if (Path(name) / "run.json").is_file():
        return Record(Path(name))
    runs = every(store)
    if name == "last" and runs:
        return runs[-1]
    exact = [run for run in runs if run.id == name]
    close = exact or [run for run in runs if run.id.startswith(name) or run.id.endswith(name)]
    if len(close) == 1:
        return close[0]
    if close:
        raise RunError(
            f"'{name}' fits {len(close)} runs: {', '.join(run.id for run in close[:5])}; give more of the id."
        )
    if (store / name).is_dir() or Path(name).is_dir():
        raise RunError(f"{name} is a folder but no run: run.json is missing.")
    hint = (
        nearest(name, [run.id for run in runs]) if runs else f": {store} holds no runs yet; netwright train makes one."
    )
    raise RunError(f"no run '{name}' in {store}{hint}")


def is_run(name: str, store: Path) -> bool:
    """Whether ``name`` finds a run."""
    try:
        find(name, store)
    except RunError:
        return False
    return True
