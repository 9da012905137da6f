"""Ctrl-C and SIGTERM: which of them asked the process to end, and what is called when they come."""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Callable, Iterator
from types import FrameType

_last: signal.Signals | None = None


def forget() -> None:
    """As if none had come."""
    global _last
    _last = None


def came() -> bool:
    """Whether one has come."""
    return _last is not None


def exit_code() -> int:
    """128 and the number of the last that came, which is what a shell has of a process that it
    ended: 130 after Ctrl-C, 143 after SIGTERM.
    """
    return 128 + (_last or signal.SIGINT)


@contextlib.contextmanager
def handled(receive: Callable[[int], None]) -> Iterator[None]:
    """Inside the block Ctrl-C and SIGTERM call the function."""

    def note(number: int, frame: FrameType | None) -> None:
        global _last
        _last = signal.Signals(number)
        receive(number)

    try:
        before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    except ValueError:  # not the main thread: whoever runs us handles signals
        yield
        return
    try:
        with _heard():
            yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def interrupting(*why: str) -> Iterator[None]:
    """Inside the block Ctrl-C and SIGTERM raise KeyboardInterrupt."""

    def receive(number: int) -> None:
        raise KeyboardInterrupt(*why)

    with handled(receive):
        yield


@contextlib.contextmanager
def _heard() -> Iterator[None]:
    """Inside the block an interrupt that Python ignores comes once more: no error leaves the
    callback of a weak reference, or a ``__del__``, where a signal may find the program.
    """
    inside, before = True, sys.unraisablehook

    def look(ignored: sys.UnraisableHookArgs) -> None:
        import threading

        def interrupt() -> None:
            if inside:
                main = threading.main_thread().ident or 0
                signal.pthread_kill(main, _last or signal.SIGINT)

        if issubclass(ignored.exc_type, KeyboardInterrupt):
            threading.Timer(0.01, interrupt).start()
        else:
            before(ignored)

    sys.unraisablehook = look
    try:
        yield
    finally:
        inside = False
        sys.unraisablehook = before
