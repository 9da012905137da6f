"""What goes wrong, in one sentence: what was wrong, where, what was expected, what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class NetwrightError(Exception):
    """A mistake that a person can mend.

    The command line prints it as one sentence and exits with code 2.
    """


class DataError(NetwrightError):
    """The data cannot be used: missing, unreadable, of the wrong shape, without a target."""


class NoColumnError(DataError):
    """A table lacks a column that a model was trained with.

    Args:
        column: its name.
        message: what to say of it.
    """

    def __init__(self, column: str, message: str) -> None:
        self.column = column
        super().__init__(message)


class RecipeError(NetwrightError):
    """The recipe asks for something unknown or contradictory."""


class RunError(NetwrightError):
    """A run folder cannot be used: incomplete, changed, from a newer version, or not there."""


class DivergenceError(NetwrightError):
    """The loss became NaN, infinite or exploded during training."""


class UnreadableError(NetwrightError):
    """A file or text from outside cannot be read. The message says why and, where it can, at which
    line; whoever reads it adds which file it is and what to do.
    """


class StoppedError(NetwrightError):
    """Ctrl-C or SIGTERM ended what was asked for; the message says how to go on.

    The command line exits with 130 or 143.
    """


class NetwrightWarning(UserWarning):
    """Something a person should know, though the work goes on."""


class UnlikeTrainingWarning(NetwrightWarning):
    """Rows hold what training never saw, so that their answers are less sure than they look."""


def reason_of(error: Exception) -> str:
    """Why something failed, in the words of the operating system where it was that."""
    return getattr(error, "strerror", None) or str(error)


def nearest(word: str, known: Iterable[str]) -> str:
    """The end of a refusal: the nearest known word, or else the list of all of them.

    >>> nearest("learning_rat", ["learning_rate", "epochs"])
    "; did you mean 'learning_rate'?"
    """
    names = sorted(known)
    folded = {name.casefold(): name for name in names}
    close = difflib.get_close_matches(word.casefold(), folded, n=1, cutoff=0.6)
    if close:
        return f"; did you mean '{folded[close[0]]}'?"
    return f"; known are {', '.join(names)}." if names else "."
