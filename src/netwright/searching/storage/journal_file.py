"""Trials in one file of the search's own folder; any process that sees the folder may join."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import weakref
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from netwright.base import read_json
from netwright.base.errors import NetwrightError, UnreadableError, reason_of
from netwright.base.files import is_shared, take_away
from netwright.base.paths import Inside, named, opened
from netwright.runs.reading import check_no_way_out
from netwright.searching.storage.interface import Storage, quiet

if TYPE_CHECKING:
    from optuna.study import Study
    from optuna.trial import FrozenTrial


TRIALS, WORKERS = "trials.jsonl", "workers"

MOST_BYTES = 256 * 2**20
"""Of the file: a thousand trials of a thousand epochs each take 150 MB."""

MOST_LINE = 2**20
"""Bytes of an entry with its end of line; the longest is a search's plan, of some kilobytes."""

MOST_VALUES = 10_000_000
"""Of all entries, those of lists and mappings included."""

MOST_TRIALS = 100_000
"""Each takes some kilobytes of memory, and some bytes of the file."""

NEW_TRIAL = 4
"""The number of Optuna's operation that makes a trial."""


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


@dataclass
class Journal:
    """Optuna's journal, an entry a line, which waits for the disk only at the end of a trial.

    What a trial writes on its way (its settings, the figure after every epoch) is lost with the
    trial anyway. Its end waits for the disk, and all that was written before goes with it.

    Args:
        handle: of the open file, which is looked at by no name again.
    """

    place: Inside
    handle: int
    lock: Lock
    _starts: array[int] = field(default_factory=lambda: array("q", [0]))
    """Where each entry begins that was read, and the next one will."""
    _values: int = 0
    _trials: int = 0

    def read_logs(self, log_number_from: int) -> Iterator[dict[str, Any]]:
        """Every entry from that number on; one that is still being written does not count.

        Raises:
            NetwrightError: the file is too large, or holds no such entries.
        """
        try:
            with named(self.handle).open("rb") as file:
                file.seek(self._starts[log_number_from])
                yield from self._entries(file, log_number_from)
        except (UnreadableError, UnicodeDecodeError) as error:
            raise _changed(self.place, error) from None

    def _entries(self, file: IO[bytes], number: int) -> Iterator[dict[str, Any]]:
        if (size := os.fstat(self.handle).st_size) > MOST_BYTES:
            raise UnreadableError(f"it holds {size:,} bytes, more than {MOST_BYTES:,}")
        while (line := file.readline(MOST_LINE + 1)).endswith(b"\n"):
            number += 1
            entry = read_json.parse(line.decode())
            if not isinstance(entry, dict):
                raise UnreadableError(f"line {number:,} holds no mapping")
            if number == len(self._starts):  # read for the first time
                self._starts.append(file.tell())
                self._count(line, entry)
            yield entry
        if len(line) > MOST_LINE:
            raise UnreadableError(f"line {number + 1:,} holds more than {MOST_LINE:,} bytes")

    def _count(self, line: bytes, entry: dict[str, Any]) -> None:
        self._values += line.count(b",") + line.count(b"[") + line.count(b"{")
        self._trials += entry.get("op_code") == NEW_TRIAL
        if self._values > MOST_VALUES:
            raise UnreadableError(f"it holds more than {MOST_VALUES:,} values")
        if self._trials > MOST_TRIALS:
            raise UnreadableError(f"it holds more than {MOST_TRIALS:,} trials")

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        """Add entries, one a line.

        Raises:
            NetwrightError: the disk is full.
        """
        lines = "".join(json.dumps(log, separators=(",", ":")) + "\n" for log in logs)
        with self.lock.held():
            _mend(self.handle)
            try:
                with open(self.handle, "ab", closefd=False) as file:
                    file.write(lines.encode())
                if any("trial_id" not in log or "state" in log for log in logs):
                    os.fsync(self.handle)
            except OSError as error:
                raise NetwrightError(
                    f"{self.place} could not be written: {reason_of(error)}."
                ) from error


def open_file(folder: Path) -> Storage:
    """The storage in ``folder`` (``trials.jsonl``), made if it is not there.

    A worker that lives holds a lock on a file of its own under ``workers/``: one that was killed is
    seen at once.

    Raises:
        NetwrightError: the folder cannot be written or holds a link, or the file holds something
            else.
    """
    from optuna.storages import JournalStorage

    quiet()
    place = Inside(folder, TRIALS)
    try:
        (folder / WORKERS).mkdir(parents=True, exist_ok=True)
        check_no_way_out(folder)
        lock = Lock(Inside(folder, ".trials.lock"))
        with contextlib.ExitStack() as stack:
            stack.enter_context(lock.held())
            handle = stack.enter_context(opened(place, os.O_RDWR | os.O_APPEND | os.O_CREAT))
            _refuse_shared(handle, place)
            _mend(handle)
            journal = Journal(place, os.dup(handle), lock)
        weakref.finalize(journal, os.close, journal.handle)
        optuna = JournalStorage(journal)  # type: ignore[arg-type]
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
        raise _changed(place, error) from None
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
    """Take away a last line that a crash or a full disk cut in the middle of writing: it never
    counted.
    """
    size = os.fstat(handle).st_size
    end = os.pread(handle, MOST_LINE, max(0, size - MOST_LINE))
    if end and not end.endswith(b"\n") and (b"\n" in end or len(end) == size):
        os.ftruncate(handle, size - len(end) + end.rfind(b"\n") + 1)


def _changed(place: Inside, error: Exception) -> NetwrightError:
    return NetwrightError(
        f"{place} does not hold what a search's file does ({error}): it was changed; put it back"
        " from a copy, or begin a search with another --name."
    )
