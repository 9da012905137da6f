"""Trials in one file of the search's own folder; any process that sees the folder may join."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import weakref
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netwright.base.errors import NetwrightError, UnreadableError, reason_of
from netwright.base.files import is_shared, take_away
from netwright.base.paths import Inside, named, opened
from netwright.runs.reading import check_no_way_out
from netwright.searching.storage.interface import Storage, quiet

if TYPE_CHECKING:
    from optuna.storages.journal import JournalFileBackend
    from optuna.study import Study
    from optuna.trial import FrozenTrial


TRIALS, WORKERS = "trials.jsonl", "workers"


@dataclass
class Lock:
    """A file that one process holds at a time.

    The operating system releases it when the process ends, however it ends.
    """

    place: Inside
    _held: list[contextlib.ExitStack] = field(default_factory=list)

    def acquire(self) -> bool:
        """Wait for the lock."""
        with contextlib.ExitStack() as stack:
            handle = stack.enter_context(opened(self.place, os.O_WRONLY | os.O_CREAT))
            fcntl.flock(handle, fcntl.LOCK_EX)
            self._held.append(stack.pop_all())
        return True

    def release(self) -> None:
        """Let go."""
        self._held.pop().close()

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
    place: Inside
    lock: Lock

    def read_logs(self, log_number_from: int) -> Iterator[dict[str, Any]]:
        """Every entry from that number on."""
        return self.reader.read_logs(log_number_from)

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        """Add entries, one a line."""
        lines = "".join(json.dumps(log, separators=(",", ":")) + "\n" for log in logs)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        with self.lock.held(), opened(self.place, flags) as handle:
            with open(handle, "ab", closefd=False) as file:
                file.write(lines.encode())
            if any("trial_id" not in log or "state" in log for log in logs):
                os.fsync(handle)


def open_file(folder: Path) -> Storage:
    """The storage in ``folder`` (``trials.jsonl``), made if it is not there.

    A worker that lives holds a lock on a file of its own under ``workers/``: one that was killed is
    seen at once.

    Raises:
        NetwrightError: the folder cannot be written or holds a link, or the file holds something
            else.
    """
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    quiet()
    place = Inside(folder, TRIALS)
    try:
        (folder / WORKERS).mkdir(parents=True, exist_ok=True)
        check_no_way_out(folder)
        lock = Lock(Inside(folder, ".trials.lock"))
        with contextlib.ExitStack() as stack:
            stack.enter_context(lock.held())
            handle = stack.enter_context(opened(place, os.O_RDWR | os.O_CREAT))
            _refuse_shared(handle, place)
            _mend(handle)
            kept = os.dup(handle)
        # Optuna opens it by name for every look: by that of the file that is open here
        reader = JournalFileBackend(str(named(kept)), lock_obj=lock)  # type: ignore[arg-type]
        weakref.finalize(reader, os.close, kept)
        optuna = JournalStorage(Journal(reader, place, lock))  # type: ignore[arg-type]
    except OSError as error:
        raise NetwrightError(
            f"a search cannot be kept in {folder}: {reason_of(error)}; choose another folder with"
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
            f"{place} does not hold what a search's file does ({error}): it was changed; put it"
            " back from a copy, or begin a search with another --name."
        ) from None
    turn = Lock(Inside(folder, ".turn.lock"))
    return Storage(
        optuna,
        str(folder),
        turn=turn.held,
        alive=lambda token: _alive(Inside(folder, f"{WORKERS}/{token}")),
        during=lambda trial: contextlib.nullcontext(),
        lost=lambda study: _lost(study, folder),
        leading=lambda name: _leading(Inside(folder, ".leader.lock")),
    )


def _refuse_shared(handle: int, place: Inside) -> None:
    """Every worker adds to the file and holds it open: none may put a copy in its place.

    Raises:
        NetwrightError: the file has another name, a hard link.
    """
    if is_shared(handle):
        raise NetwrightError(
            f"{place} has another name (a hard link), which trials would be written to as well: put"
            f" a copy in its place (cp {TRIALS} copy; mv copy {TRIALS}) while no worker is at it."
        )


@contextlib.contextmanager
def _alive(place: Inside) -> Iterator[None]:
    with Lock(place).held():
        try:
            yield
        finally:
            take_away(place)


@contextlib.contextmanager
def _leading(place: Inside) -> Iterator[bool]:
    with opened(place, os.O_WRONLY | os.O_CREAT) as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            leads = True
        except BlockingIOError:
            leads = False
        yield leads


def _lost(study: Study, folder: Path) -> list[FrozenTrial]:
    """The running trials whose worker is dead.

    Called with the turn held, so that no trial is between two workers.
    """
    from optuna.trial import TrialState

    running = study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
    dead = [
        trial
        for trial in running
        if not _lives(Inside(folder, f"{WORKERS}/{trial.user_attrs.get('worker', 'none')}"))
    ]
    for trial in dead:
        study.tell(trial.number, state=TrialState.FAIL)
    return dead


def _lives(place: Inside) -> bool:
    try:
        with opened(place, os.O_WRONLY) as handle:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except (FileNotFoundError, UnreadableError):  # what no worker is called is none
        return False
    return False


def _mend(handle: int) -> None:
    """Take away a last line that a crash cut in the middle of writing: it never counted."""
    with open(handle, "rb+", closefd=False) as file:
        content = file.read()
        if content and not content.endswith(b"\n"):
            file.truncate(content.rfind(b"\n") + 1)
