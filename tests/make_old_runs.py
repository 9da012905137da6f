"""Makes the folder of old runs that ``test_old_runs`` opens: what this checkout leaves on disk,
finished and unfinished.

    python tests/make_old_runs.py tests/fixtures/runs_0_1

It was run once, on the commit that the folder's README names; a later checkout makes a folder
beside it, never this one anew. Kills are real: those trainings run in processes of their own. What
can be made again (reports) is left out.
"""

from __future__ import annotations

import csv
import json
import multiprocessing
import os
import shutil
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import nn

import netwright as nw
import small_runs

NAMED = {"training.threads": 1, "training.precision": "float32", "training.layout": "contiguous"}
"""What is otherwise tried by the clock."""

UNEVEN = {"model.hidden": [5], "optimizer.lr": 0.02, "training.batch_size": 16}

INPUTS = {  # run -> new inputs that it answers
    "table": "data/new_rows.csv",
    "regressor": "data/new_rows.csv",
    "weighted": "data/new_rows.csv",
    "pictures": "data/pictures/light",
    "own": "data/pictures/light",
    "killed": "data/pictures/light",
    "stopped": "data/new_flowers.csv",
    "changed": "data/new_flowers.csv",
    "opened": "data/new_flowers.csv",
}


class OwnNet(nn.Module):
    """A person's own module, as ``own_net`` makes it."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Linear(64, 4)
        self.head = nn.Linear(4, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, 1, 8, 8) -> (B, 2)"""
        scores: torch.Tensor = self.head(torch.tanh(self.hidden(x.flatten(1))))
        return scores


def own_net() -> OwnNet:
    """The module before training, always the same."""
    torch.manual_seed(0)
    return OwnNet()


def platform() -> dict[str, str]:
    """What decides about the last bit: two machines with the same have it in common.

    The digest is of a net of every kind of layer after a few steps, and of sums by NumPy, for two
    processors of the same name may be served by different kernels.
    """
    from hashlib import blake2b

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    images, words = torch.randn(33, 1, 8, 8), torch.randn(33, 5, 12)
    layers = [
        nn.Conv2d(1, 4, 3),
        nn.BatchNorm2d(4),
        nn.GELU(),
        nn.Flatten(),
        nn.LayerNorm(144),
        nn.Linear(144, 16),
        nn.Tanh(),
        nn.Linear(16, 3),
    ]
    net, recurrent = nn.Sequential(*layers), nn.GRU(12, 3, batch_first=True)
    optimizer = torch.optim.AdamW([*net.parameters(), *recurrent.parameters()], lr=0.01)
    for _ in range(10):
        scores = net(images) + recurrent(words)[0][:, -1]
        loss = (
            nn.functional.cross_entropy(scores, torch.arange(33) % 3)
            + (scores.exp().mean() - 1).square()
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    torch.set_num_threads(threads)
    column = np.random.default_rng(0).normal(size=1001)
    found = [p.detach().numpy() for p in (*net.parameters(), *recurrent.parameters())]
    bits = b"".join(
        array.tobytes() for array in (*found, column.mean(), column.std(), np.exp(column))
    )
    return {
        "torch": torch.__version__,
        "processor": torch.backends.cpu.get_cpu_capability(),
        "system": sys.platform,
        "bits": blake2b(bits, digest_size=8).hexdigest(),
    }


# --- sources


def write_sources() -> None:
    """A table with categories and missing values, a folder of pictures, the same pictures as
    arrays, and new inputs.
    """
    Path("data").mkdir()
    rng = np.random.default_rng(0)
    rows = []
    for at in range(72):
        size, colour = round(float(rng.normal()), 2), ["red", "blue", "green"][rng.integers(3)]
        kind = "large" if size > 0.8 else "small" if size < 0 else "middle"
        price = round(3 * size + (colour == "red") + 0.1 * float(rng.normal()) + 10, 2)
        rows.append(
            ["" if at % 9 == 4 else size, "" if at % 7 == 3 else colour, kind, price, 1 + at % 3]
        )
    _write_table("data/table.csv", ["size", "colour", "kind", "price", "counts"], rows)
    new = [
        [0.5, "red", "small", 12.0, 1],
        ["", "blue", "large", 8.5, 2],
        [-1.2, "", "", "", 1],
        [2.0, "purple", "small", 15, 3],
    ]
    _write_table("data/new_rows.csv", ["size", "colour", "kind", "price", "counts"], new)
    lengths = ["sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)"]
    _write_table(
        "data/new_flowers.csv",
        lengths,
        [[5.1, 3.5, 1.4, 0.2], [6.0, 2.9, 4.5, 1.5], [6.3, 3.3, 6.0, 2.5]],
    )
    pixels, kinds = [], []
    for kind, level in (("dark", 90), ("light", 160)):
        Path("data/pictures", kind).mkdir(parents=True)
        for at in range(16):
            pixels.append(np.clip(rng.normal(level, 60, (8, 8)), 0, 255).astype(np.uint8))
            kinds.append(kind)
            Image.fromarray(pixels[-1]).save(f"data/pictures/{kind}/{at:02d}.png")
    np.savez_compressed("data/pictures.npz", x=np.stack(pixels), y=np.array(kinds))


def _write_table(path: str, names: list[str], rows: list[list[Any]]) -> None:
    with Path(path).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([names, *rows])


# --- runs


def train(
    source: str, watch: Callable[[Any], None] | None = None, store: str = "runs", **given: Any
) -> nw.Run:
    return nw.train(
        source, watch=watch, store=store, **{**given, "set": {**NAMED, **given.get("set", {})}}
    )


def newest(store: str = "runs") -> str:
    """The id of the run that was begun last."""
    return max(Path(store).glob("2*"), key=lambda path: path.stat().st_ctime_ns).name


def at_end_of(epochs: dict[int, Callable[[], None]]) -> Callable[[Any], None]:
    """Do something at the first end of an epoch."""

    def watch(progress: Any) -> None:
        if progress.dev and progress.epoch in epochs:
            epochs.pop(progress.epoch)()

    return watch


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def killed(watch: Callable[[Any], None] | None = None, store: str = "runs") -> str:
    """A training on arrays; ``watch`` kills it."""
    settings = {**UNEVEN, "training.checkpoint_minutes": 0.01, "model.dropout": 0.2}
    return train("data/pictures.npz", watch, store, model="mlp", epochs=6, set=settings).id


def until_killed() -> None:
    """Its checkpoint lies within the third epoch, the kill at the end of the fourth."""
    killed(at_end_of({2: lambda: time.sleep(0.7), 4: kill}))


def stopped(watch: Callable[[Any], None] | None = None, store: str = "runs") -> str:
    return train(
        "iris", watch, store, model="mlp", epochs=6, set={**UNEVEN, "schedule.name": "cosine"}
    ).id


def until_stopped() -> str:
    """By Ctrl-C in the fifth epoch; the ends of some epochs are kept, as they are when one takes
    seconds.
    """
    pauses = {epoch: lambda: time.sleep(2.2) for epoch in (1, 2, 3)}
    try:
        stopped(at_end_of({**pauses, 4: lambda: signal.raise_signal(signal.SIGINT)}))
    except KeyboardInterrupt as stop:
        return str(stop.args[0])
    raise AssertionError("it was not stopped")


def changed() -> str:
    """Tweaked in the second epoch, rewound from the end of the fifth to the second's, with another
    change.
    """
    asked: list[threading.Thread] = []

    def ask(change: Callable[[nw.Run], object]) -> None:
        asked.append(threading.Thread(target=lambda: change(nw.open(newest(), store="runs"))))
        asked[-1].start()
        time.sleep(0.5)  # the request is there before the next step

    def pause() -> None:
        time.sleep(2.2)  # so that the end of the next epoch is worth keeping

    def tweak() -> None:
        ask(lambda run: run.tweak({"optimizer.weight_decay": 0.2}))
        pause()

    steps = {1: tweak, 5: lambda: ask(lambda run: run.rewind(2, {"optimizer.lr": 0.005}))}
    settings = {**UNEVEN, "schedule.name": "constant"}
    run = train("iris", at_end_of(steps), model="mlp", epochs=7, set=settings)
    for thread in asked:
        thread.join()
    assert len(run.record.events("tweak")) == len(run.record.events("rewind")) == 1
    return run.id


def opened() -> str:
    """Its test split was opened twice."""
    run = train("iris", model="linear", epochs=4, set={"optimizer.lr": 0.05})
    run.evaluate(split="test")
    run.evaluate(split="test")
    return run.id


def whole_runs() -> dict[str, str]:
    """Runs that were made without interruption: name -> id."""
    mixed = {
        "model.width": 4,
        "training.average": 0.8,
        "augment.mixup": 0.3,
        "augment.shift": 0.1,
        "augment.brightness": 0.2,
        "optimizer.lr": 0.02,
        "training.batch_size": 8,
        "training.clip_norm": 1.0,
    }
    uneven = {
        **UNEVEN,
        "model.hidden": [5, 5],
        "data.weight": "counts",
        "objective.class_weights": "balanced",
        "objective.loss": "focal",
        "model.norm": "batch",
        "model.activation": "gelu",
        "training.average_kind": "swa",
        "training.swa_from": 0.5,
        "training.sampling": "weighted",
        "training.watch": "train",
        "training.keep": "last",
        "optimizer.name": "muon",
        "optimizer.groups": {"*bias": 0.5},
    }
    table = {
        **UNEVEN,
        "optimizer.lr": "find",
        "training.patience": 3,
        "initialization.scheme": "he",
    }
    return {
        "table": (
            train(
                "data/table.csv", target="kind", model="mlp", epochs=6, human_error=0.02, set=table
            ).id
        ),
        "pictures": train("data/pictures", model="cnn-small", epochs=4, set=mixed).id,
        "regressor": (
            train(
                "data/table.csv",
                target="price",
                model="mlp",
                epochs=6,
                set={**UNEVEN, "objective.loss": "huber"},
            ).id
        ),
        "weighted": train("data/table.csv", target="kind", model="mlp", epochs=6, set=uneven).id,
        "own": (
            train(
                "data/pictures.npz",
                model=own_net(),
                epochs=4,
                set={"optimizer.lr": 0.02, "training.batch_size": 8},
            ).id
        ),
        "opened": opened(),
        "changed": changed(),
    }


# --- searches


SEARCH: dict[str, Any] = {
    "source": "iris",
    "model": "linear",
    "epochs": 12,
    "trials": 3,
    "sampler": "random",
    "set": {**NAMED, "training.batch_size": 8},
    "space": {"optimizer.lr": {"low": 1e-3, "high": 1e-1, "scale": "log"}},
}


def search(name: str, watch: Callable[..., None] | None = None) -> None:
    nw.search(**SEARCH, name=name, store="runs", watch=watch)


def until_killed_in_a_trial() -> None:
    """The second trial is killed while it trains."""

    def kill_the_next() -> None:
        before = newest()
        while newest() == before or not Path("runs", newest(), "run.json").exists():
            time.sleep(0.0002)
        kill()

    def watch(row: Any, found: Any) -> None:
        threading.Thread(target=kill_the_next).start()

    search("killed", watch)


def in_a_process_that_is_killed(work: Callable[[], None]) -> str:
    """The id of the run in which it was killed."""
    process = multiprocessing.get_context("spawn").Process(target=work)
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL, f"{work.__name__} ended with {process.exitcode}"
    cut = newest()
    assert json.loads(Path("runs", cut, "run.json").read_text())["status"] == "running"
    return cut


# --- what is expected of them


def answers(name: str, run: str) -> dict[str, Any]:
    """What a run says of new inputs, and how it measures on its own source."""
    opened = nw.open(run, store="runs", model=own_net() if name == "own" else None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it was trained on most of them
        measures = opened.evaluate(opened.info["source"])
    return {
        "answers": [asdict(answer) for answer in opened.predict(INPUTS[name])],
        "measures": measures,
    }


def expected(runs: dict[str, str]) -> dict[str, Any]:
    """The answers of every run that has weights, made on a copy, for evaluating a source that holds
    test examples is noted.
    """
    shutil.copytree("runs", "kept")
    found = {
        name: {
            "id": run,
            "inputs": INPUTS.get(name),
            **(answers(name, run) if name in INPUTS else {}),
        }
        for name, run in runs.items()
    }
    shutil.rmtree("runs")
    Path("kept").rename("runs")
    return {"platform": platform(), "runs": found}


def finished_weights() -> None:
    """What the killed and the stopped runs come to when nothing interrupts them:
    ``finished/NAME.safetensors``.
    """
    Path("finished").mkdir()
    for name, work in (("killed", killed), ("stopped", stopped)):
        run = work(store="straight")
        shutil.copy(Path("straight", run, "net.safetensors"), f"finished/{name}.safetensors")
    toy = small_runs.finished("toy-tagger", Path("straight"), {})
    shutil.copy(toy.record.path / "net.safetensors", "finished/toy-killed.safetensors")
    shutil.rmtree("straight")


def toys() -> dict[str, str]:
    """A system of a person's own, which no command knows."""
    whole = small_runs.finished("toy-tagger", Path("runs"), {})
    left = small_runs.left_by_a_kill("toy-tagger", Path("aside"), {}, 12)
    shutil.move(left.path, "runs/toy-killed")
    shutil.rmtree("aside")
    return {"toy": whole.record.id, "toy-killed": "toy-killed"}


def main(folder: Path) -> None:
    folder.mkdir(parents=True)
    os.chdir(folder)
    torch.set_num_threads(1)
    write_sources()
    Path("runs").mkdir()
    runs = whole_runs()
    runs["killed"] = in_a_process_that_is_killed(until_killed)
    runs["stopped"] = until_stopped()
    runs |= toys()
    finished_weights()
    search("finished")
    runs["killed trial"] = in_a_process_that_is_killed(until_killed_in_a_trial)
    for report in Path("runs").rglob("report.html"):
        report.unlink()
    for lock in Path("runs").rglob("*.lock"):
        lock.unlink()
    Path("expected.json").write_text(json.dumps(expected(runs), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
