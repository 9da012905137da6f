"""A training that is tweaked and rewound from other processes while it, or they, are killed.

When a request arrives is nobody's to say, so there is no training in peace to compare with; the
record itself is: what was promised to whoever asked stands in it, in order, a rewind went back and
never forward, and the run repeated from its record comes out the same to the bit.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.reliability.cases import Case
from benchmarks.reliability.comparing import compare
from benchmarks.reliability.kills import ENDS, SIGNALS, TRACEBACK, has_begun, only_run
from benchmarks.reliability.zygote import Child, Zygote

LIVE = Case(
    "tweaks and rewinds",
    (
        *("digits8", "--model", "mlp", "--epochs", "60"),
        *("--set", "model.hidden=[8]", "--set", "training.threads=1"),
        *("--set", "training.precision=float32", "--set", "training.layout=contiguous"),
        *("--set", "training.step=eager", "--set", "training.checkpoint_minutes=0.005"),
    ),
)
"""Some seconds long, so that a request meets it while it trains."""

PAUSE = (0.05, 0.6)
"""Seconds between two things that happen to it, from and to."""

SAME = ("net.safetensors", "curves.csv", "steps.csv", "measures.json", "predictions/")
"""Files that a repetition must have to the bit; the state is of its last segment."""

MOST_HAPPENINGS = 25


@dataclass(frozen=True)
class LiveChain:
    """What happened to one training.

    Args:
        kills: signals that reached the training, a tweak or a rewind.
        requests: tweaks and rewinds that were answered as done.
        troubles: what did not hold, a line each.
    """

    kills: int
    requests: int
    troubles: tuple[str, ...]


def live_chain(zygote: Zygote, folder: Path, seed: int) -> LiveChain:
    """Train, tweak, rewind and kill at random, go on until it is complete, and look."""
    random_ = random.Random(seed)
    store, kills, answers = folder / "runs", 0, list[Child]()
    training = zygote.start(LIVE.train(store), folder / "train.log")
    while not has_begun(only_run(store)) and training.wait(0.05) is None:
        pass  # before that there is nothing to change
    for number in range(MOST_HAPPENINGS):
        code = training.wait(random_.uniform(*PAUSE))
        run = only_run(store)
        if code is not None and run is not None and _status(run) == "complete":
            break
        if code is not None:
            command = LIVE.resume(run) if run is not None and has_begun(run) else None
            if command is None:
                return LiveChain(kills, 0, ())  # killed before there was anything to tweak
            training = zygote.start(command, folder / "train.log")
        elif random_.random() < 0.25:
            kills += _killed(training, random_)
        elif run is not None:
            asks = zygote.start(_request(run, random_), folder / f"{number}.log")
            answers.append(asks)
            if random_.random() < 0.15:
                asks.wait(random_.uniform(0, 0.1))
                kills += _killed(asks, random_)
    run, ended = _to_the_end(zygote, training, store, folder)
    done = [answer for child in answers if (answer := _answer(child)) is not None]
    logs = "".join(log.read_text(errors="replace") for log in folder.glob("*.log"))
    troubles = [ended] if ended else []
    troubles += [logs[logs.index(TRACEBACK) :]] if TRACEBACK in logs else []
    return LiveChain(
        kills, len(done), (*troubles, *_kept(run, done), *_repeated(zygote, run, folder))
    )


def _killed(child: Child, random_: random.Random) -> int:
    """Send a signal to a process that still runs, and see that it ends; how many it took."""
    if child.wait(0) is not None:
        return 0
    child.send(random_.choice(SIGNALS))
    if child.wait(ENDS) is None:
        child.end()
    return 1


def _request(run: Path, random_: random.Random) -> list[str]:
    """A tweak of the rate, or a rewind to an epoch that may be kept."""
    store = ["--store", str(run.parent), "--json"]
    rate = round(10 ** random_.uniform(-3.5, -1.5), 6)
    if random_.random() < 0.6:
        return ["tweak", run.name, f"optimizer.lr={rate}", *store]
    kept = sorted((run / "checkpoint" / "epochs").glob("*.safetensors"))
    epoch = int(random_.choice(kept).stem) if kept else 1
    change = ["--set", f"optimizer.lr={rate}"] if random_.random() < 0.5 else []
    return ["rewind", run.name, "--epoch", str(epoch), *change, *store]


def _to_the_end(zygote: Zygote, training: Child, store: Path, folder: Path) -> tuple[Path, str]:
    """Let it end, going on with it if need be; what stands in the way of that."""
    training.wait()
    run = only_run(store)
    assert run is not None
    if _status(run) != "complete":
        last = zygote.start(LIVE.resume(run), folder / "train.log")
        if last.wait() != 0:
            return run, f"could not be gone on with: {last.printed[-300:]}"
    return run, ""


def _answer(child: Child) -> dict[str, Any] | None:
    """What a tweak or rewind reported as done."""
    child.wait(ENDS)
    child.end()
    text = child.printed
    if "{" not in text:
        return None
    try:
        found: dict[str, Any] = json.loads(text[text.index("{") :])
    except ValueError:
        return None
    return found if "number" in found else None


def _kept(run: Path, done: Sequence[dict[str, Any]]) -> list[str]:
    """What the record lacks of that which was reported as done, or has of what cannot be."""
    lines = (run / "events.jsonl").read_text(encoding="utf-8").splitlines()
    events = [json.loads(line) for line in lines]
    changes = [event for event in events if event["event"] in ("tweak", "rewind")]
    numbers = [event["number"] for event in changes]
    troubles = []
    if numbers != list(range(1, len(numbers) + 1)):
        troubles.append(f"changes are numbered {numbers}")
    for answer in done:
        if not any(
            (event["number"], event["step"], event["changes"])
            == (answer["number"], answer["step"], answer["changes"])
            for event in changes
        ):
            troubles.append(f"reported as done and not in the record: {answer}")
    for event in changes:
        if event["event"] == "rewind" and event["to_step"] > event["step"]:
            troubles.append(f"a rewind went forward: {event}")
    left = [path.name for path in (run / "requests").glob("*.json")]
    return troubles + [f"a request is left over: {name}" for name in left]


def _repeated(zygote: Zygote, run: Path, folder: Path) -> list[str]:
    """How the run repeated from its record differs from it."""
    place = folder / "again"
    (place / "runs").mkdir(parents=True)
    (place / "runs" / run.name).symlink_to(run)
    command = ["train", "--repeat", run.name, "--store", str(place / "runs")]
    child = zygote.start(command, folder / "again.log")
    if child.wait() != 0:
        return [f"could not be repeated: {child.printed[-300:]}"]
    (again,) = [path for path in (place / "runs").iterdir() if path.name != run.name]
    return [
        f"repeated: {line}" for line in compare(again, run).differences if line.startswith(SAME)
    ]


def _status(run: Path) -> str:
    try:
        return str(json.loads((run / "run.json").read_text(encoding="utf-8"))["status"])
    except (OSError, ValueError, KeyError):
        return "not begun"
