"""Trials in a PostgreSQL database: any number of machines may join the same search."""

from __future__ import annotations

import contextlib
import hashlib
import threading
import warnings
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from netwright.base.errors import NetwrightError
from netwright.searching.storage.interface import Storage, quiet, readable_errors

if TYPE_CHECKING:
    from optuna.storages import RDBStorage
    from optuna.study import Study
    from optuna.trial import FrozenTrial

BEAT, SILENCE = 4, 12
"""Seconds between two signs of life of a worker, and of silence until another gets its trial."""


def open_url(url: str) -> Storage:
    """The storage at ``postgresql://USER@HOST/DATABASE``; missing tables are made.

    Raises:
        NetwrightError: the address is of another kind, the driver is missing, or the server cannot
            be reached.
    """
    address, shown = _address(url)
    quiet()
    found: list[FrozenTrial] = []
    with readable_errors(shown), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Optuna calls the signs of life experimental
        from optuna.storages import RDBStorage

        optuna = RDBStorage(
            address,
            engine_kwargs={"pool_pre_ping": True, "connect_args": {"connect_timeout": 10}},
            heartbeat_interval=BEAT,
            grace_period=SILENCE,
            heartbeat_stale_trial_callback=lambda study, trial: found.append(trial),
        )
    return Storage(
        optuna,
        shown,
        turn=contextlib.nullcontext,
        alive=lambda token: contextlib.nullcontext(),
        during=lambda trial: _beating(optuna, trial),
        lost=lambda study: _lost(study, found),
        leading=lambda name: _leading(optuna, name, shown),
    )


def _address(url: str) -> tuple[str, str]:
    """The address for SQLAlchemy with our driver, and the one for people."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        parsed = make_url(url)
    except ArgumentError:
        parsed = None
    if parsed is None or parsed.get_backend_name() not in ("postgresql", "postgres"):
        raise NetwrightError(
            "--storage: expected postgresql://USER@HOST/DATABASE; without it a search is kept in"
            " its own folder."
        )
    try:
        import psycopg  # noqa: F401
    except ImportError:
        raise NetwrightError(
            "--storage needs the PostgreSQL driver: pip install 'netwright[postgres]'."
        ) from None
    ours = parsed.set(drivername="postgresql+psycopg")
    return ours.render_as_string(hide_password=False), parsed.set(password=None).render_as_string()


@contextlib.contextmanager
def _beating(optuna: RDBStorage, trial: int) -> Iterator[None]:
    """A sign of life now and every few seconds; one that does not get through is not missed."""
    from optuna.exceptions import StorageInternalError
    from sqlalchemy.exc import SQLAlchemyError

    done = threading.Event()

    def beat() -> None:
        while not done.wait(BEAT):
            with contextlib.suppress(SQLAlchemyError, StorageInternalError):
                optuna.record_heartbeat(trial)

    optuna.record_heartbeat(trial)
    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


@contextlib.contextmanager
def _leading(optuna: RDBStorage, name: str, shown: str) -> Iterator[bool]:
    """An advisory lock, which the server lets go of when the connection ends."""
    from sqlalchemy import text
    from sqlalchemy.exc import SQLAlchemyError

    key = {"key": int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)}
    with readable_errors(shown):
        connection = optuna.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        leads = bool(connection.execute(text("select pg_try_advisory_lock(:key)"), key).scalar())
    try:
        yield leads
    finally:
        with contextlib.suppress(SQLAlchemyError):  # a server that is gone has let go already
            if leads:
                connection.execute(text("select pg_advisory_unlock(:key)"), key)
            connection.close()


def _lost(study: Study, found: list[FrozenTrial]) -> list[FrozenTrial]:
    """The trials that went silent, and those that were taken but never gave a sign of life."""
    import optuna
    from optuna.trial import TrialState

    found.clear()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        optuna.storages.fail_stale_trials(study)
    silent = [
        trial
        for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
        if "worker" not in trial.user_attrs
        and trial.datetime_start is not None
        and datetime.now() - trial.datetime_start > timedelta(seconds=5 * SILENCE)
    ]
    for trial in silent:
        with contextlib.suppress(ValueError, optuna.exceptions.UpdateFinishedTrialError):
            study.tell(trial.number, state=TrialState.FAIL)
            found.append(trial)
    return list(found)
