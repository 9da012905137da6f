"""A search in PostgreSQL whose server is killed and started again in the middle."""

from __future__ import annotations

import os
import pwd
import random
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from benchmarks.reliability.kills import ENDS, TRACEBACK
from benchmarks.reliability.search_kills import SEARCH, SearchChain, wrong_trials
from benchmarks.reliability.zygote import Child, Zygote


def programs() -> Path | None:
    """Where initdb and pg_ctl are: where Debian keeps them, or on the path."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    named = shutil.which("initdb")
    return found[-1].parent if found else Path(named).parent if named else None


class Server:
    """A PostgreSQL server in a temporary folder, on a Unix socket only; it ends with the block.

    Attributes:
        url: the address of its empty database.
    """

    def __init__(self) -> None:
        found = programs()
        assert found is not None
        self._programs = found
        # short: a socket's path may have 107 signs
        self._folder = Path(tempfile.mkdtemp(prefix="nw-pg-"))
        self._user = _someone()
        if self._user:
            shutil.chown(self._folder, self._user)
        self.url = f"postgresql://tester@/postgres?host={self._folder}"

    def __enter__(self) -> Self:
        self._run("initdb", "-D", self._data, "-A", "trust", "-U", "tester", "--no-sync")
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)
        self._log.unlink(missing_ok=True)

    def start(self) -> None:
        """Start it, on what it held before."""
        options = f"-k {self._folder} -c listen_addresses='' -c fsync=off"
        log = str(self._folder / "server.log")
        self._run("pg_ctl", "-D", self._data, "-w", "-o", options, "-l", log, "start")

    def kill(self) -> None:
        """End it at once: every connection is cut, and it must recover when it starts."""
        self._run("pg_ctl", "-D", self._data, "-m", "immediate", "stop")

    @property
    def _data(self) -> str:
        return str(self._folder / "data")

    @property
    def _log(self) -> Path:
        return self._folder.parent / f"{self._folder.name}.log"

    def _run(self, program: str, *arguments: str) -> None:
        with self._log.open("ab") as file:
            ended = subprocess.run(
                [str(self._programs / program), *arguments],
                user=self._user,
                cwd=self._folder,
                stdout=file,
                stderr=file,
            )
        if ended.returncode != 0:
            raise RuntimeError(self._log.read_text(encoding="utf-8", errors="replace"))


def _someone() -> str | None:
    """A user who is not root, since initdb refuses root; None when we are not root either."""
    if os.getuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def server_chain(zygote: Zygote, folder: Path, seed: int, kills: int = 2) -> SearchChain:
    """Two workers, whose server is killed and started again; others join until it ended."""
    random_ = random.Random(seed)
    store = folder / "runs"
    with Server() as server:
        workers = _workers(zygote, server.url, folder, 0)
        for number in range(1, kills + 1):
            time.sleep(random_.uniform(1, 4))
            server.kill()
            time.sleep(random_.uniform(0, 1))
            server.start()
            for worker in workers:
                worker.wait(random_.uniform(0, 5))
            if all(worker.wait(0) is not None for worker in workers):
                workers = _workers(zygote, server.url, folder, number)
        for worker in workers:
            worker.wait()
        last = _worker(zygote, server.url, store, folder / "last.log", join=True)
        code = last.wait()
    logs = "".join(log.read_text(errors="replace") for log in folder.glob("*.log"))
    troubles = [logs[logs.index(TRACEBACK) :]] if TRACEBACK in logs else []
    if code != 0:
        return SearchChain(kills, (*troubles, f"could not be joined: {last.printed[-300:]}"))
    return SearchChain(kills, (*troubles, *wrong_trials(store, last.printed)))


def _workers(zygote: Zygote, url: str, folder: Path, number: int) -> list[Child]:
    """One that begins the search, or joins it, and another."""
    first = _worker(zygote, url, folder / "runs", folder / f"{number}-0.log", join=number > 0)
    until = time.monotonic() + ENDS
    while not list((folder / "runs").glob("2*")) and time.monotonic() < until:
        time.sleep(0.05)  # others can join once its first trial has begun
    return [first, _worker(zygote, url, folder / "runs", folder / f"{number}-1.log", join=True)]


def _worker(zygote: Zygote, url: str, store: Path, log: Path, *, join: bool) -> Child:
    command = ["search", "--join", "killed"] if join else list(SEARCH)
    given = [*command, "--store", str(store), "--storage", url, "--json"]
    return zygote.start(given, log, function=f"{__name__}:impatient")


def impatient(arguments: Sequence[Any]) -> None:
    """The command line, where a worker that is silent for two seconds is given up."""
    from netwright.cli.main import main
    from netwright.searching.storage import postgres

    postgres.BEAT, postgres.SILENCE = 1, 2
    main(list(arguments))
