"""Trials in one file of the search's own folder; any process that sees the folder may join."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netwright.base.errors import NetwrightError
from netwright.searching.storage.interface import Storage, quiet

if TYPE_CHECKING:
    from optuna.storages.journal import JournalFileBackend
    from optuna.study import Study
    from optuna.trial import FrozenTrial


@dataclass
class Lock:
    """A file that one process holds at a time.

    The operating system releases it when the process ends, however it ends.
    """

    path: Path
    _held: list[int] = field(default_factory=list)

    def acquire(self) -> bool:
        """Wait for the lock."""
        handle = os.open(self.path, os.O_WRONLY | os.O_CREAT, 0o666)
        fcntl.flock(handle, fcntl.LOCK_EX)
        self._held.append(handle)
        return True

    def release(self) -> None:
        """Let go."""
        os.close(self._held.pop())

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Hold it inside the block."""
        self.acquire()
        try:
            yield
        finally:
            self.release()


@dataclass(frozen=True)
class Journal:
    """Optuna's journal, which waits for the disk only at the end of a trial.

    What a trial writes on its way (its settings, the figure after every epoch) is lost with the
    trial anyway. Its end waits for the disk, and all that was written before goes with it.
    """

    reader: JournalFileBackend
    path: Path
    lock: Lock

    def read_logs(self, log_number_from: int) -> Iterator[dict[str, Any]]:
        """Every entry from that number on."""
        return self.reader.read_logs(log_number_from)

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        """Add entries, one a line."""
        lines = "".join(json.dumps(log, separators=(",", ":")) + "\n" for log in logs)
        with self.lock.held(), self.path.open("ab") as file:
            file.write(lines.encode())
            file.flush()
            if any("trial_id" not in log or "state" in log for log in logs):
                os.fsync(file.fileno())


def open_file(folder: Path) -> Storage:
    """The storage in ``folder`` (``trials.jsonl``), made if it is not there.

    A worker that lives holds a lock on a file of its own under ``workers/``: one that was killed is
    seen at once.

    Raises:
        NetwrightError: the folder cannot be written, or the file holds something else.
    """
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    quiet()
    path, workers = folder / "trials.jsonl", folder / "workers"
    try:
        workers.mkdir(parents=True, exist_ok=True)
        lock = Lock(folder / ".trials.lock")
        with lock.held():
            _mend(path)
        reader = JournalFileBackend(str(path), lock_obj=lock)  # type: ignore[arg-type]
        optuna = JournalStorage(Journal(reader, path, lock))  # type: ignore[arg-type]
    except OSError as error:
        raise NetwrightError(
            f"a search cannot be kept in {folder}: {error.strerror}; choose another folder with"
            " --store."
        ) from None
    except (
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        AssertionError,
        RecursionError,
    ) as error:
        raise NetwrightError(
            f"{path} does not hold what a search's file does ({error}): it was changed; put it back"
            " from a copy, or begin a search with another --name."
        ) from None
    turn = Lock(folder / ".turn.lock")
    return Storage(
        optuna,
        str(folder),
        turn=turn.held,
        alive=lambda token: _alive(workers / token),
        during=lambda trial: contextlib.nullcontext(),
        lost=lambda study: _lost(study, workers),
        leading=lambda name: _leading(folder / ".leader.lock"),
    )


@contextlib.contextmanager
def _alive(path: Path) -> Iterator[None]:
    with Lock(path).held():
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


@contextlib.contextmanager
def _leading(path: Path) -> Iterator[bool]:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT, 0o666)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        leads = True
    except BlockingIOError:
        leads = False
    try:
        yield leads
    finally:
        os.close(handle)


def _lost(study: Study, workers: Path) -> list[FrozenTrial]:
    """The running trials whose worker is dead.

    Called with the turn held, so that no trial is between two workers.
    """
    from optuna.trial import TrialState

    running = study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
    dead = [
        trial
        for trial in running
        if not _lives(workers / str(trial.user_attrs.get("worker", "none")))
    ]
    for trial in dead:
        study.tell(trial.number, state=TrialState.FAIL)
    return dead


def _lives(path: Path) -> bool:
    try:
        handle = os.open(path, os.O_WRONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def _mend(path: Path) -> None:
    """Take away a last line that a crash cut in the middle of writing: it never counted."""
    if not path.exists() or path.stat().st_size == 0:
        return
    with path.open("rb+") as file:
        content = file.read()
        if not content.endswith(b"\n"):
            file.truncate(content.rfind(b"\n") + 1)
