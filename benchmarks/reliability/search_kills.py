"""Searches of two workers that are killed at random: no trial is lost, none is counted twice."""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from benchmarks.reliability.kills import ENDS, SIGNALS, TRACEBACK
from benchmarks.reliability.zygote import Child, Zygote

RATES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3)
SEARCH = (
    *("search", "digits8", "--name", "killed", "--sampler", "grid", "--trials", str(len(RATES))),
    *("--space", f"optimizer.lr={','.join(map(str, RATES))}", "--pruner", "none"),
    *("--model", "mlp", "--epochs", "3", "--set", "training.threads=1"),
)
"""A grid: each rate is to be tried once, whoever dies."""

MOST = 2
"""Kills of one search: settings whose worker dies three times are given up, on purpose."""

SECONDS = 6.0
"""A moment to kill is drawn from the first so many seconds of a worker."""


@dataclass(frozen=True)
class SearchChain:
    """A search whose workers were killed, and others joined until it ended."""

    kills: int
    troubles: tuple[str, ...]


def search_chain(zygote: Zygote, folder: Path, seed: int) -> SearchChain:
    """Two workers, one of them killed at a time and replaced by another that joins."""
    random_ = random.Random(seed)
    store, kills, number = folder / "runs", 0, 0
    workers: list[Child] = []
    for _ in range(2):
        workers.append(_worker(zygote, store, folder / f"{number}.log"))
        number += 1
        _begun(store)
    while kills < MOST:
        victim = random_.choice(workers)
        if victim.wait(random_.uniform(0, SECONDS)) is not None:
            break
        victim.send(random_.choice(SIGNALS))
        if victim.wait(ENDS) is None:
            victim.end()
        workers.remove(victim)
        workers.append(_worker(zygote, store, folder / f"{number}.log"))
        kills, number = kills + 1, number + 1
    for worker in workers:
        worker.wait()
    last = _worker(zygote, store, folder / "last.log", "--json")
    code = last.wait()
    logs = "".join(log.read_text(errors="replace") for log in folder.glob("*.log"))
    troubles = [logs[logs.index(TRACEBACK) :]] if TRACEBACK in logs else []
    if code != 0:
        return SearchChain(kills, (*troubles, f"could not be joined: {last.printed[-300:]}"))
    return SearchChain(kills, (*troubles, *wrong_trials(store, last.printed)))


def wrong_trials(store: Path, printed: str) -> list[str]:
    """What is wrong with the trials of a search that ended, as ``search --json`` printed them."""
    found = json.loads(printed[printed.index("{") :])
    complete = [row for row in found["trials"] if row["state"] == "complete"]
    tried = Counter(row["values"]["optimizer.lr"] for row in complete)
    troubles = [f"{rate} was tried {tried[rate]} times" for rate in RATES if tried[rate] != 1]
    for row in complete:
        run = store / row["run"] / "run.json"
        if not run.exists() or json.loads(run.read_text())["status"] != "complete":
            troubles.append(f"trial {row['number']} is complete, its run {row['run']} is not")
    if not (found["report"] and Path(found["report"]).exists()):
        troubles.append("there is no report")
    return troubles


def _worker(zygote: Zygote, store: Path, log: Path, *more: str) -> Child:
    begun = list((store / "searches").glob("*/trials.jsonl")) if store.exists() else []
    command = ["search", "--join", "killed"] if begun else list(SEARCH)
    return zygote.start([*command, "--store", str(store), *more], log)


def _begun(store: Path) -> None:
    """Wait until others can join."""
    until = time.monotonic() + ENDS
    while not list(store.glob("searches/*/workers/*")) and time.monotonic() < until:
        time.sleep(0.05)
