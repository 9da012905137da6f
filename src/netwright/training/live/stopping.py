"""A training that is stopped or fails: never within a step, and its record says how far it came."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from netwright.base.errors import DivergenceError, NetwrightError, RecipeError
from netwright.training.live import signals
from netwright.training.recorder import Recorder

AT_ONCE = "at once"
"""What a KeyboardInterrupt holds that may have cut a step: its weights are not worth a
checkpoint.
"""


@contextlib.contextmanager
def stops() -> Iterator[list[int]]:
    """Turns the first Ctrl-C or SIGTERM into an entry of the list, so that a step is never cut; the
    same again interrupts.

    (torchrun answers Ctrl-C with a SIGTERM of its own: that is no second wish.)
    """
    received: list[int] = []

    def receive(number: int) -> None:
        if number in received:
            raise KeyboardInterrupt(AT_ONCE)
        received.append(number)

    with signals.handled(receive):
        yield received


@contextlib.contextmanager
def at_once() -> Iterator[None]:
    """Inside the block, where no step can be cut, the first Ctrl-C or SIGTERM interrupts."""
    with signals.interrupting(AT_ONCE):
        yield


@contextlib.contextmanager
def ends_noted(recorder: Recorder) -> Iterator[None]:
    """However the block ends before its end, the record says so and the person is told how to go
    on.
    """
    try:
        yield
    except KeyboardInterrupt as pressed:
        with _failures_noted(recorder):
            recorder.stop("stopped", "stopped by hand", save=pressed.args != (AT_ONCE,))
        raise KeyboardInterrupt(recorder.record.id) from None
    except GeneratorExit:
        with _failures_noted(recorder):
            recorder.stop("stopped", "stopped by the program that ran it")
        raise
    except DivergenceError as error:
        with _failures_noted(recorder):
            recorder.stop("diverged", str(error))
        raise DivergenceError(f"{str(error).rstrip('.')}; {recorder.kept()}.") from None
    except RecipeError as error:
        if recorder.state.step == 0:  # refused before the first step: nothing to go on from
            raise
        raise _failed(recorder, error) from error
    except NetwrightError as error:
        raise _failed(recorder, error) from error
    except Exception as error:
        recorder.fail("failed", f"{type(error).__name__}: {error}")
        raise


@contextlib.contextmanager
def _failures_noted(recorder: Recorder) -> Iterator[None]:
    """A disk that fails inside the block is one sentence, with how to go on."""
    try:
        yield
    except NetwrightError as error:
        raise _failed(recorder, error) from error


def _failed(recorder: Recorder, error: NetwrightError) -> NetwrightError:
    return NetwrightError(f"{str(error).rstrip('.')}; {recorder.fail('stopped', str(error))}.")
