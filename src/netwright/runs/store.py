"""The folder that runs lie in: new ones, all of them, one by its id. The files are the truth; there
is no index.
"""

from __future__ import annotations

import contextlib
import os
import re
import time
from calendar import timegm
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from netwright.base.errors import NetwrightError, RunError, nearest, reason_of
from netwright.runs.keeping import label, removal, stages
from netwright.runs.record import Record

NAME = re.compile(r"(\d{8}-\d{6})-.+-([0-9a-f]{3})")
"""What ``create`` calls a run: a folder so called that holds no ``run.json`` is a damaged one."""


PARTS = 4096
"""Of a second, that an id tells apart."""


def folder(store: str | Path | None = None) -> Path:
    """Where runs are kept: ``store``, else ``$NETWRIGHT_RUNS``, else ``runs`` in the current
    folder.

    Raises:
        NetwrightError: that is a file.
    """
    variable = os.environ.get("NETWRIGHT_RUNS")
    path = Path(store or variable or "runs")
    if os.path.isfile(path):  # noqa: PTH113 (False, not an error, for what is no name)
        named = "--store" if store else "$NETWRIGHT_RUNS" if variable else "the default of --store"
        raise NetwrightError(f"{path}, {named}, is a file: expected a folder to keep runs in.")
    return path


def emptiness(store: Path) -> str:
    """Why a store has no runs, and what makes one."""
    state = "holds no runs yet" if os.path.isdir(store) else "is no folder yet"  # noqa: PTH112
    return f"{store} {state}; netwright train digits makes a run there."


def create(store: Path, model: str) -> Record:
    """A new empty run, see ``new_folder``.

    Raises:
        NetwrightError: the folder cannot be written.
    """
    return Record(new_folder(store, model))


def new_folder(store: Path, model: str) -> Path:
    """A new folder, ``20261122-153012-lenet5-a3f``: the date, the time, the net, and how much of
    that second had gone by, so that ids sort by when they began. Two processes never get the same.

    Where the clock was set back, the id is the next after the newest of the store: a run that
    begins after another is listed after it. (``created`` in its run.json is what the clock says.)

    Raises:
        NetwrightError: the folder cannot be written.
    """
    safe = "".join(one if one.isalnum() or one in "-." else "-" for one in model)
    while True:
        now = datetime.now(UTC)
        ticks = timegm(now.timetuple()) * PARTS + now.microsecond * PARTS // 1_000_000
        seconds, part = divmod(max(ticks, _newest(store) + 1), PARTS)
        moment = time.strftime("%Y%m%d-%H%M%S", time.gmtime(seconds))
        path = store / f"{moment}-{safe}-{part:03x}"
        try:
            path.mkdir(parents=True)
            return path
        except FileExistsError:  # another process was faster: the next
            continue
        except OSError as error:
            raise NetwrightError(
                f"a run cannot be kept in {store}: {reason_of(error)}; choose another folder with"
                " --store."
            ) from error


def _newest(store: Path) -> int:
    """When the newest run of the store began, by its id, in parts of seconds since 1970."""
    try:
        named = [found for name in os.listdir(store) if (found := NAME.fullmatch(name))]  # noqa: PTH208 (no paths are made)
    except OSError:  # no store yet, or none that can be read: mkdir says so
        return 0
    for moment, part in sorted(((found[1], found[2]) for found in named), reverse=True):
        with contextlib.suppress(ValueError):  # digits, but no date
            return timegm(time.strptime(moment, "%Y%m%d-%H%M%S")) * PARTS + int(part, 16)
    return 0


def every(store: Path) -> list[Record]:
    """All runs, oldest first, with those whose files are damaged; whatever is no run's is passed
    over.

    Raises:
        NetwrightError: the folder cannot be read.
    """
    try:
        paths = sorted(store.iterdir(), key=_moment) if os.path.isdir(store) else []  # noqa: PTH112
    except OSError as error:
        raise NetwrightError(
            f"{store} cannot be read: {reason_of(error)}; choose another folder with --store."
        ) from None
    seen = (path for path in paths if not path.name.startswith("."))
    return [Record(path) for path in seen if NAME.fullmatch(path.name) or _begun(path)]


def _moment(path: Path) -> tuple[str, str, str]:
    """What runs are sorted by: the second they began in, the part of it, the name."""
    named = NAME.fullmatch(path.name)
    return (named[1], named[2], path.name) if named else (path.name, "", "")


def line(record: Record) -> dict[str, Any]:
    """One run in a list: id, status, source, model, epochs, seconds, metric, dev, name, bytes;
    ``problem`` says why it cannot be read, else None.
    """
    size = {"bytes": removal.bytes_of(record.path)}
    try:
        return {**record.summary(), "name": label.name_of(record.path), **size, "problem": None}
    except NetwrightError as error:
        return {"id": record.id, **size, "problem": str(error)}


def find(name: str | Path, store: Path) -> Record:
    """The run called ``name``: a folder, an id, the name that people gave it, ``last``, or a part
    of an id that fits a single run, at its beginning or end before anywhere in it.

    Raises:
        RunError: no run, or several, fit, or it is no name: an empty one is a part of every id.
    """
    name = checked(name)
    if _begun(Path(name)):
        return Record(Path(name))
    runs = every(store)
    if name == "last" and (begun := [run for run in runs if _begun(run.path)]):
        return Record(begun[-1].path, as_last=True)
    exact = [run for run in runs if run.id == name]
    exact = exact or [run for run in runs if label.name_of(run.path) == name != ""]
    close = exact or [run for run in runs if run.id.startswith(name) or run.id.endswith(name)]
    close = close or [run for run in runs if name in run.id]
    if len(close) == 1:
        return close[0]
    if close:
        raise RunError(
            f"'{name}' fits {len(close)} runs: {', '.join(run.id for run in close[:5])}; give more"
            " of the id."
        )
    if os.path.isdir(store / name) or os.path.isdir(name):  # noqa: PTH112 (False, not an error, for what is no name)
        raise RunError(f"{name} is a folder but no run: run.json is missing.")
    names = [called for run in runs if (called := label.name_of(run.path))]
    hint = nearest(name, [*names, *(run.id for run in runs)]) if runs else f": {emptiness(store)}"
    raise RunError(f"no run '{name}' in {store}{hint}")


def checked(name: object) -> str:
    """The name of a run as text.

    Raises:
        RunError: it is empty, or no text.
    """
    if not isinstance(name, str | Path) or not str(name).strip():
        raise RunError(
            f"{name!r} names no run: expected an id, any part of one that fits it alone, a run's"
            " name, its folder, or last."
        )
    return str(name)


def opened(name: str | Path, store: Path) -> Record:
    """The run called ``name``, see ``find``, once its ``run.json`` is known to be good.

    Raises:
        RunError: no run, or several, fit, or it is damaged: nobody who asks for the last is handed
            an older one unknowingly.
    """
    record = find(name, store)
    try:
        record.info()
    except RunError as error:
        others = every(store) if name == "last" else []
        good = next((run.id for run in reversed(others) if line(run)["problem"] is None), None)
        raise RunError(
            f"{error} The last run that can be read is {good}." if good else str(error)
        ) from None
    return record


def expect_meant(record: Record) -> None:
    """See that nobody answers, unknowingly, by weights from before a training diverged: such a run
    is named by its id.

    Raises:
        RunError: it was found as the last of its store, and diverged.
    """
    info = record.info()
    if not record.as_last or info["status"] != "diverged":
        return
    lines = (line(run) for run in reversed(every(record.path.parent)))
    complete = next((found["id"] for found in lines if found.get("status") == "complete"), None)
    others = f", {complete} for the last that is complete" if complete else ""
    raise RunError(
        f"the last run diverged: name {record.id} for its best weights before that{others}; or"
        f" {stages.way_on(record.path, info)}."
    )


def is_run(name: str | Path, store: Path) -> bool:
    """Whether ``name`` finds a run."""
    try:
        find(name, store)
    except RunError:
        return False
    return True


def _begun(path: Path) -> bool:
    return os.path.lexists(path / "run.json")
