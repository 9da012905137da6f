"""A training on a disk that fills up, cannot be written, or vanishes."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.reliability import namespaces
from benchmarks.reliability.comparing import compare
from benchmarks.reliability.kills import ENDS, TRACEBACK, Peace, has_begun, only_run
from benchmarks.reliability.zygote import COMMAND, Zygote

PLENTY = 256 * 2**20
"""Bytes of a disk that does not fill up."""

MIB = 2**20


@dataclass(frozen=True)
class Trial:
    """One thing that was tried, and what did not hold."""

    name: str
    troubles: tuple[str, ...]


# --- a full disk


def full(zygote: Zygote, peace: Peace, folder: Path, sizes: int) -> list[Trial]:
    """Disks of so many sizes, from nothing to what the training takes: one sentence, and once there
    is room it goes on and ends as if nothing had happened.

    Raises:
        OSError: the system gives nobody a disk of his own.
    """
    most = sum(path.stat().st_size for path in peace.run.rglob("*") if path.is_file())
    found = []
    for at in range(sizes):
        size = 4096 * max(1, round(most * (at + 0.5) / sizes / 4096))
        name = f"a disk of {size // 1024} KiB"
        place = folder / str(at)
        arguments = [str(place), size, list(peace.case.arguments), str(peace.run)]
        child = zygote.start(arguments, place / "log", function=f"{__name__}:on_a_small_disk")
        child.wait(4 * ENDS)
        child.end()
        answer = place / "answer.json"
        if not answer.exists():
            found.append(Trial(name, (child.printed[-500:],)))
            continue
        given = json.loads(answer.read_text(encoding="utf-8"))
        if given["forbidden"]:
            raise OSError(given["forbidden"])
        found.append(Trial(name, tuple(given["troubles"])))
    return found


def on_a_small_disk(arguments: Sequence[object]) -> None:
    """In a process of its own: train on a small disk, then make room and go on."""
    place, size, train, peace = Path(str(arguments[0])), arguments[1], arguments[2], arguments[3]
    assert isinstance(size, int) and isinstance(train, list)
    disk = place / "disk"
    disk.mkdir()
    answer = place / "answer.json"
    try:
        namespaces.small_disk(disk, size)
    except OSError as error:
        answer.write_text(json.dumps({"forbidden": str(error)}), encoding="utf-8")
        return
    store = disk / "runs"
    code, printed = by_fork(["train", *train, "--store", str(store)], place / "first.log")
    troubles = refused(code, printed)
    namespaces.resize(disk, PLENTY)
    run = only_run(store) if store.exists() else None
    if not has_begun(run):
        shutil.rmtree(store, ignore_errors=True)
        command = ["train", *train]
    else:
        assert run is not None
        command = ["train", "--resume", run.name]
    code, printed = by_fork([*command, "--store", str(store)], place / "second.log")
    if code != 0:
        troubles.append(f"with room again: {printed[-300:]}")
    run = only_run(store)
    if run is not None:
        troubles += str(compare(run, Path(str(peace)))).splitlines()
    answer.write_text(json.dumps({"forbidden": "", "troubles": troubles}), encoding="utf-8")


def by_fork(command: list[str], log: Path) -> tuple[int, str]:
    """A command in a fork of this process, on the same disks: its exit code and what it printed."""
    from benchmarks.reliability.zygote import become

    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            become({"function": COMMAND, "arguments": command, "log": str(log)})
            code = 0
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 1
        except BaseException:
            sys.excepthook(*sys.exc_info())
        finally:
            sys.stdout.flush()
            os._exit(code)
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status), log.read_text(encoding="utf-8", errors="replace")


def refused(code: int, printed: str) -> list[str]:
    """What is wrong with how a command ended that could not do its work: it is one sentence."""
    if TRACEBACK in printed:
        return [printed[printed.index(TRACEBACK) :]]
    if code not in (0, 2):
        return [f"exit code {code}: {printed[-300:]}"]
    return []


# --- a store that cannot be written, or vanishes


def read_only(zygote: Zygote, peace: Peace, folder: Path) -> Trial:
    """A store that can only be read: what reads works, what writes is one sentence."""
    folder.mkdir(parents=True)
    arguments = [str(folder), str(peace.run), list(peace.case.arguments)]
    child = zygote.start(arguments, folder / "log", function=f"{__name__}:on_a_read_only_disk")
    child.wait(4 * ENDS)
    child.end()
    answer = folder / "answer.json"
    if not answer.exists():
        return Trial("a store that can only be read", (child.printed[-500:],))
    return Trial("a store that can only be read", tuple(json.loads(answer.read_text())))


def on_a_read_only_disk(arguments: Sequence[object]) -> None:
    """In a process of its own: try commands where nothing can be written."""
    folder, run, train = Path(str(arguments[0])), Path(str(arguments[1])), arguments[2]
    assert isinstance(train, list)
    disk = folder / "disk"
    disk.mkdir()
    namespaces.small_disk(disk, PLENTY)
    shutil.copytree(run, disk / "runs" / run.name)
    namespaces.forbid_writing(disk, PLENTY)
    store = ["--store", str(disk / "runs")]
    reading = (["runs"], ["show", run.name], ["report", run.name, "--out", str(folder / "r.html")])
    writing = (
        ["train", *train],
        ["diagnose", run.name],
        ["evaluate", run.name, "--test"],
        ["note", run.name, "words"],
    )
    troubles = []
    for at, command in enumerate((*reading, *writing)):
        code, printed = by_fork([*command, *store], folder / f"{at}.log")
        troubles += [f"{command[0]}: {line}" for line in refused(code, printed)]
        if command in reading and code != 0:
            troubles.append(f"{command[0]} does not work: {printed[-300:]}")
    (folder / "answer.json").write_text(json.dumps(troubles), encoding="utf-8")


def vanishing(zygote: Zygote, peace: Peace, folder: Path, *, whole: bool) -> Trial:
    """The run's folder, or the whole store, is deleted while it trains: it ends at once with one
    sentence, and makes none of it anew.
    """
    name = "a store that vanishes" if whole else "a run that vanishes"
    store = folder / "runs"
    child = zygote.start(
        [*peace.case.train(store), "--set", "training.epochs=100000"], folder / "log"
    )
    until = time.monotonic() + ENDS
    while not (run := only_run(store)) or not (run / "curves.csv").exists():
        if time.monotonic() > until:
            child.end()
            return Trial(name, (f"it never began: {child.printed[-300:]}",))
        time.sleep(0.02)
    (store if whole else run).rename(folder / "gone")
    code = child.wait(ENDS)
    troubles = []
    if code is None:
        troubles.append(f"it went on for {ENDS:.0f} s")
        child.end()
    elif code != 2:
        troubles.append(f"exit code {code}: {child.printed[-300:]}")
    if TRACEBACK in child.printed:
        troubles.append(child.printed[child.printed.index(TRACEBACK) :])
    if run.exists():
        troubles.append(f"it was made anew: {sorted(path.name for path in run.iterdir())}")
    return Trial(name, tuple(troubles))
