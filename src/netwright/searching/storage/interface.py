"""What a search needs of the place where its trials are kept."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from netwright.base.errors import NetwrightError

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from optuna.storages import BaseStorage
    from optuna.study import Study
    from optuna.trial import FrozenTrial


@dataclass(frozen=True)
class Storage:
    """A place to keep trials, as a value of plain functions.

    ``journal_file.open_file`` and ``postgres.open_url`` make one.

    Args:
        optuna: the same place, for Optuna.
        name: what people call it, without a password.
        turn: inside the block no other worker takes a trial (a database sees to that by itself).
        alive: inside the block the worker with this token counts as alive.
        during: inside the block the trial with this id counts as being worked on.
        lost: the trials whose worker died; they are marked as failed, each for one caller only.
        leading: inside the block this process leads the search of that name, if it gives True: it
            chooses where the next round looks. One process leads at a time, until it ends, however
            it ends; the others get False at once.
    """

    optuna: BaseStorage
    name: str
    turn: Callable[[], AbstractContextManager[None]]
    alive: Callable[[str], AbstractContextManager[None]]
    during: Callable[[int], AbstractContextManager[None]]
    lost: Callable[[Study], list[FrozenTrial]]
    leading: Callable[[str], AbstractContextManager[bool]]


@contextlib.contextmanager
def readable_errors(name: str) -> Iterator[None]:
    """Inside the block, what a storage raises becomes one sentence.

    Args:
        name: of the storage.

    Raises:
        NetwrightError: the storage cannot be reached, or its file cannot be read or written.
    """
    from optuna.exceptions import StorageInternalError
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except (SQLAlchemyError, StorageInternalError) as error:
        reason = str(_of_the_driver(error)).strip().splitlines()
        raise NetwrightError(
            f"the search's storage {name} cannot be reached"
            f" ({reason[0] if reason else type(error).__name__}): finished trials are kept; see"
            " that the server runs and that user and database exist, then join again."
        ) from None


def _of_the_driver(error: BaseException) -> BaseException:
    """What the database's driver raised first, before others complained that it had; else the
    error itself.
    """
    found: BaseException = error
    at: BaseException | None = error
    while at is not None:
        found = getattr(at, "orig", None) or found
        at = at.__cause__ or at.__context__
    return found


def quiet() -> None:
    """Let Optuna print errors alone: netwright reports the rest itself."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
