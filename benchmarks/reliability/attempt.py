"""One command in this process: did it end well, soon, and in little memory?"""

from __future__ import annotations

import contextlib
import io
import re
import signal
import time
import traceback
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import netwright

PACKAGE = Path(netwright.__file__).parent

MOST_SECONDS = 5.0
MOST_BYTES = 2**30
MOST_SIGNS = 3000
"""Of a refusal."""

OBEYED = re.compile(r"\x1b(?!\[(?:0|1|31|33|36|90)m)|[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f]")
"""What a terminal obeys, but for our own styles."""

OUT_OF_MEMORY = "the memory does not suffice"


@dataclass(frozen=True)
class Failure:
    """What a command did that it must not.

    Args:
        kind: ``traceback``, ``hang``, ``memory``, ``escape``, ``sentence``, or ``died``.
        place: where, the same for all failures of one cause: ``ValueError at runs/rows.py:epochs``.
        detail: what it printed, for people.
    """

    kind: str
    place: str
    detail: str

    @property
    def cause(self) -> str:
        """The same for all failures of one cause."""
        return f"{self.kind}: {self.place}"


@dataclass(frozen=True)
class Memory:
    """Bytes of this process as Linux tells them; elsewhere 0.

    Args:
        held: now.
        most: at any time before.
    """

    held: int
    most: int

    @classmethod
    def now(cls) -> Memory:
        """As it is."""
        path = Path("/proc/self/status")
        text = path.read_text(encoding="ascii") if path.exists() else ""
        found = dict(re.findall(r"(VmRSS|VmHWM):\s+(\d+) kB", text))
        return cls(1024 * int(found.get("VmRSS", 0)), 1024 * int(found.get("VmHWM", 0)))

    def taken_since(self, before: Memory) -> int:
        """What a higher peak than ever took beyond what was held before."""
        return self.most - before.held if self.most > before.most else 0


class _TooLongError(BaseException):
    """Its time is over; no handler of errors takes it for one."""


def attempt(command: Sequence[str]) -> Failure | None:
    """Run a command line in this process, in its main thread; what it did wrong, or None."""
    from netwright.cli.main import main

    out, err = io.StringIO(), io.StringIO()
    before, began = Memory.now(), time.monotonic()
    try:
        with (
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            warnings.catch_warnings(),
            _clock(),
        ):
            main(list(command))
    except SystemExit as ended:
        if ended.code not in (0, 1, 2, 130, None):
            return Failure("traceback", f"exit code {ended.code}", err.getvalue()[-500:])
    except _TooLongError as error:
        return Failure("hang", _place(error), f"over {MOST_SECONDS:.0f} s")
    except MemoryError as error:
        return Failure("memory", _place(error), repr(error))
    except BaseException as error:
        return Failure(
            "traceback", _place(error), "".join(traceback.format_exception(error))[-3000:]
        )
    return _ended_well(out.getvalue(), err.getvalue(), time.monotonic() - began, before)


def _ended_well(out: str, err: str, seconds: float, before: Memory) -> Failure | None:
    """What is wrong with a command that ended by itself."""
    last = " ".join(err.split()[-30:])
    taken = Memory.now().taken_since(before)
    if seconds > 2 * MOST_SECONDS:
        return Failure("hang", "in native code", f"{seconds:.1f} s: {last}")
    if OUT_OF_MEMORY in err or taken > MOST_BYTES:
        return Failure("memory", "in all", f"{taken / 2**20:.0f} MiB: {last}")
    if found := OBEYED.search(out + err):
        return Failure(
            "escape", repr(found[0]), repr((out + err)[max(0, found.start() - 80) :][:160])
        )
    longest = max(map(len, err.splitlines()), default=0)
    if longest > MOST_SIGNS:
        return Failure("sentence", f"{err.split()[1:6]}", f"{longest:,} signs: {err[:200]}")
    return None


@contextlib.contextmanager
def _clock() -> Iterator[None]:
    def ring(number: int, frame: FrameType | None) -> None:
        raise _TooLongError

    signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, MOST_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _place(error: BaseException) -> str:
    """The error's kind, and the last of our own functions on its way."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(PACKAGE)]
    if not ours:
        return type(error).__name__
    file = Path(ours[-1].filename).relative_to(PACKAGE).as_posix()
    return f"{type(error).__name__} at {file}:{ours[-1].name}"
