"""Trains the same small nets in an old and in a new checkout and compares all that they keep, to
the last bit.

    python tests/compare_checkouts.py OLD_CHECKOUT [NEW_CHECKOUT]

Exit code 1 and a list of what differs when anything does. Of a checkout only what stays is used:
``import netwright``, its command line, its run folders, and for the toy system its own
``tests/small_runs.py``; so modules may move between the two. Precision, layout and threads are
named in every recipe, for otherwise they are chosen by the clock.
"""

from __future__ import annotations

import csv
import fnmatch
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from hashlib import blake2b
from itertools import takewhile
from pathlib import Path
from typing import Any

RENAMED: dict[str, str] = {
    "measures.json:*.mean": "measures.json:*.is_proportion",
    "diagnosis.json:*.figures.share": "diagnosis.json:*.figures.fraction",
    "recipe.yaml:training.examples": "recipe.yaml:training.max_examples",
}
"""What has another name in the new checkout: ``file:name`` -> ``file:name`` with * for any part
that is kept, as in ``{"curves.csv:rate": "curves.csv:lr", "curves.csv:*": "epochs.csv:*"}``; the
first that fits counts.
"""

CHANGED = {
    "iris, rate from the finder": "where data are few the finder passes over them several times",
    "toy": "sentences of unequal length come in batches of about one length",
    "toy, two processes": "sentences of unequal length come in batches of about one length",
}
"""Cases in which the new checkout means to differ from one of before 26 November 2026, and why."""

MEANS = ("curves.csv:loss", "abandoned.csv:loss")
"""The loss of an epoch was the mean of its steps' means, and is now per labelled thing: the steps
themselves are compared (steps.csv), and ``test_losses`` holds the mean to a count by hand."""

OF_ONE_ALONE: dict[str, tuple[str, ...]] = {
    "regressor": ("objective.label_smoothing", "objective.focal_gamma", "objective.class_weights"),
    "toy-tagger": (
        "data.image_size",
        "model.*",
        "words.*",
        "initialization.*",
        "objective.*",
        "augment.*",
    ),
}
"""System -> knobs of recipe.yaml that may stand in one of two records alone: earlier releases wrote
every knob there is, now a record holds those that its system has.
"""

LEFT_OUT = (
    "run.json:format",
    "report.html:*",
    "environment.json:*",
    "data.json:options*",  # as the recipe has them
    "*.csv:*seconds*",
    "*.csv:examples_per_second",
    "run.json:*seconds*",
    "run.json:process",
    "run.json:differs.*",
    "run.json:compiled.*",
    "events.jsonl:*seconds*",
    *MEANS,
    # came on 27 November 2026: how rows are encoded, which nets of before read as they did
    "recipe.yaml:data.encoding",
    "recipe.yaml:data.rare",
    "recipe.yaml:model.category_dropout",
    "recipe.yaml:model.bins",
    "recipe.yaml:model.vector",
    "codec.json:encoder.categories.*.marked",
    # came on 26 November 2026
    "recipe.yaml:training.batch_tokens",
    "recipe.yaml:data.time*",
    "recipe.yaml:split.by",
    "recipe.yaml:split.gap",
    "recipe.yaml:model.start",
    "recipe.yaml:training.freeze",
    "recipe.yaml:training.thaw",
    "recipe.yaml:training.cache_features",  # since 28 November 2026, as the next
    "recipe.yaml:optimizer.depth_factor",
    "recipe.yaml:data.series",
    "codec.json:encoder.may_end",
    "run.json:estimate",
    "run.json:trained",
    "run.json:promised*",
    "recipe.yaml:training.reference_seconds",  # since 27 November 2026, as the next
    "references*",
    "checkpoint/*",  # since 26 November 2026 the state of the last step stays
    # since 26 November 2026 answers are kept whole, and targets that are no classes not counted
    *(f"predictions/*:{name}" for name in ("probability", "label", "answered", "stated", "wrong")),
    "data.json:targets*",
    "data.json:classes*",
)
"""What two trainings by the same code do not have in common, what repeats other files, and
``MEANS``."""

WORDS = (
    "recipe.yaml:*",
    "codec.json:*",
    "answers.json:*",
    "data.json:fingerprint",
    "data.json:kind",
    "data.json:findings.*.code",
    "events.jsonl:*.event",
)
"""The only texts of JSON and YAML files that must be equal: what is said to people may change."""

COLUMNS = {
    "data": ("data.json",),
    "ids, splits": ("splits.parquet",),
    "codec": ("codec.json",),
    "recipe": ("recipe.yaml",),
    "weights": ("net.safetensors",),
    "curves": ("curves.csv", "steps.csv", "layers.csv", "abandoned.csv", "lr_finder.csv"),
    "answers": ("predictions/*", "answers.json"),
    "measures": ("measures.json",),
    "rest": ("*",),
}

SHOWN = 8
"""Differences of a case that are printed, at most."""


# --- what is trained


@dataclass(frozen=True)
class Case:
    """One training, as ``netwright.train`` takes it.

    Args:
        set: changes to the recipe beyond ``NAMED``.
        inputs: what the run is asked to label afterwards.
        model: None: the checkout's own choice.
    """

    source: str
    model: str | None = "mlp"
    epochs: int = 2
    set: Mapping[str, Any] = field(default_factory=dict)
    target: str | None = None
    inputs: str | None = None


NAMED = {"training.precision": "float32", "training.layout": "contiguous", "training.threads": 1}
LAST = {"training.layout": "channels_last"}
TABLE, FLOWERS, PICTURES, NEW_ROWS = (
    "data/table.csv",
    "data/new_flowers.csv",
    "data/pictures",
    "data/new_rows.csv",
)
NORMED = {"model.norm": "batch", "model.dropout": 0.3, "model.hidden": [24, 16]}
AUGMENTED = {
    "augment.shift": 0.1,
    "augment.rotate": 10,
    "augment.zoom": 0.1,
    "augment.shear": 5,
    "augment.brightness": 0.2,
    "augment.noise": 0.05,
    "augment.blur": 0.5,
    "augment.erase": 0.1,
}

TRAININGS = {
    "all left open": Case("digits8", None, 1),
    "iris, mlp": Case("iris", inputs=FLOWERS, epochs=4),
    "iris, rate from the finder": Case("iris", set={"optimizer.lr": "find"}),
    "iris, compiled": Case("iris", epochs=4, set={"training.step": "compiled"}),
    "digits8, norm, dropout, EMA": Case(
        "digits8", set={**NORMED, "training.average": 0.9}, inputs=PICTURES
    ),
    "digits8, norm, dropout, SWA": Case(
        "digits8",
        epochs=4,
        set={**NORMED, "training.average_kind": "swa", "training.swa_from": 0.5},
    ),
    "digits8, traced": Case("digits8", set={"training.step": "traced", **NORMED}),
    "digits8, eager": Case("digits8", set={"training.step": "eager", **NORMED}),
    "digits8, two threads": Case("digits8", set={"training.threads": 2, "model.hidden": [256]}),
    "digits8, lenet5 in memory": Case(
        "digits8", "lenet5", set={"data.image_size": 16, "training.batches": "memory"}
    ),
    "digits8, lenet5 streamed": Case(
        "digits8", "lenet5", set={"data.image_size": 16, "training.batches": "stream"}
    ),
    "digits8, resnet-small, mixup": Case(
        "digits8", "resnet-small", 1, {"model.width": 8, "augment.mixup": 0.3}
    ),
    "digits8, resnet-small, bfloat16": Case(
        "digits8", "resnet-small", 1, {"model.width": 8, **LAST, "training.precision": "bfloat16"}
    ),
    "digits8, cnn-small, cutmix, two threads": Case(
        "digits8",
        "cnn-small",
        1,
        {"model.width": 8, "augment.cutmix": 1.0, **LAST, "training.threads": 2},
    ),
    "digits, lenet5, augmented": Case(
        "digits", "lenet5", 1, {**AUGMENTED, "training.batch_size": 128}
    ),
    "digits, lenet5, bfloat16": Case(
        "digits",
        "lenet5",
        1,
        {**LAST, "training.batch_size": 128, "training.precision": "bfloat16"},
    ),
    "pictures": Case(
        PICTURES, "lenet5", 3, {"data.image_size": 16, "augment.mirror": True}, inputs=PICTURES
    ),
    "arrays, drawn in balance": Case(
        "data/pictures.npz", set={"training.sampling": "balanced"}, inputs=PICTURES
    ),
    "table, class weights, focal": Case(
        TABLE,
        epochs=4,
        target="kind",
        inputs=NEW_ROWS,
        set={"objective.class_weights": "balanced", "objective.loss": "focal"},
    ),
    "table, weighted rows": Case(
        TABLE,
        epochs=4,
        target="kind",
        inputs=NEW_ROWS,
        set={"data.weight": "counts", "training.sampling": "weighted"},
    ),
    "table, grouped": Case(
        TABLE,
        "linear",
        target="kind",
        set={"data.group": "counts", "split.seed": 3, "training.seed": 4},
    ),
    "table, numbers": Case(
        TABLE,
        epochs=4,
        target="price",
        inputs=NEW_ROWS,
        set={"data.weight": "counts", "objective.loss": "huber"},
    ),
    "diabetes": Case("diabetes", epochs=4, set={"training.patience": 2, "training.watch": "train"}),
    "diabetes, parts, clipped": Case(
        "diabetes",
        set={
            "training.accumulate": 3,
            "training.clip_norm": 0.5,
            "optimizer.l1": 1e-4,
            "optimizer.groups": {"*bias": 0.1},
        },
    ),
    **{
        f"iris, {name}": Case(
            "iris", set={"optimizer.name": name, "optimizer.lr": 0.01, "model.hidden": [6, 6]}
        )
        for name in ("sgd", "momentum", "nesterov", "rmsprop", "adam", "muon")
    },
    **{
        f"iris, {name}": Case("iris", "linear", 4, {"schedule.name": name})
        for name in (
            "constant",
            "cosine",
            "restarts",
            "inverse",
            "exponential",
            "root",
            "steps",
            "plateau",
        )
    },
}


def train(case: Case, store: Path, **more: Any) -> Any:
    """The run, whose test split was opened and which has labelled the inputs (``answers.json``)."""
    import netwright as nw

    given = {
        "target": case.target,
        "epochs": case.epochs,
        "model": case.model,
        "set": {**NAMED, **case.set},
    }
    run = nw.train(case.source, store=store, **given, **more)
    judge(case, run.id, store)
    return run


def judge(case: Case, run: str, store: Path) -> None:
    """Open it again, open its test split, and keep what it says of new inputs."""
    import netwright as nw

    opened = nw.open(run, store=store)
    opened.evaluate(split="test")
    said = [] if case.inputs is None else [asdict(answer) for answer in opened.predict(case.inputs)]
    (store / run / "answers.json").write_text(json.dumps(said), encoding="utf-8")


def stopped_and_resumed(store: Path) -> None:
    import netwright as nw

    def watch(progress: Any) -> None:
        if progress.dev and progress.epoch == 2:
            raise KeyboardInterrupt

    case = Case("digits8", epochs=4, set=NORMED)
    try:
        train(case, store, watch=watch)
    except KeyboardInterrupt as stop:
        judge(case, nw.train(resume=str(stop.args[0]), store=store).id, store)


def own_module(store: Path) -> None:
    import torch
    from torch import nn

    import netwright as nw

    torch.manual_seed(0)
    net = nn.Sequential(nn.Flatten(), nn.Linear(64, 6), nn.Tanh(), nn.Linear(6, 2))
    nw.train(
        "data/pictures.npz", model=net, epochs=3, set=NAMED | {"optimizer.lr": 0.01}, store=store
    )


def searched(store: Path) -> None:
    import netwright as nw

    space = {
        "optimizer.lr": {"low": 1e-3, "high": 1e-1, "scale": "log"},
        "optimizer.name": ["sgd", "adamw"],
    }
    nw.search(
        "iris",
        model="linear",
        epochs=2,
        set=NAMED,
        space=space,
        trials=6,
        rounds=2,
        seed=1,
        name="search",
        store=store,
    )


def by_two_processes(store: Path) -> None:
    """The command line, as torchrun starts it."""
    settings = {
        **NAMED,
        "model.hidden": [16],
        "model.norm": "batch",
        "model.dropout": 0.2,
        "training.batch_size": 63,
    }
    command = [
        sys.executable,
        "-P",
        "-m",
        "netwright",
        "train",
        "digits8",
        "--model",
        "mlp",
        "--epochs",
        "2",
        "--store",
        str(store),
    ]
    command += [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        group = {
            "WORLD_SIZE": "2",
            "MASTER_ADDR": "127.0.0.1",
            "MASTER_PORT": str(free.getsockname()[1]),
        }
    ranks = [
        subprocess.Popen(
            command,
            env={**os.environ, **group, "RANK": rank, "LOCAL_RANK": rank},
            stdout=subprocess.DEVNULL,
        )
        for rank in ("0", "1")
    ]
    ends = [process.wait() for process in ranks]
    if any(ends):
        raise RuntimeError("a process of two failed")


def toy(store: Path, processes: int) -> None:
    """The toy system of the checkout's own tests, put in as they do it: the one thing here that is
    not public.
    """
    import small_runs

    (small_runs.finished if processes == 1 else small_runs.by_two)("toy-tagger", store, {})


OTHERS: dict[str, Callable[[Path], None]] = {
    "digits8, stopped and resumed": stopped_and_resumed,
    "own module": own_module,
    "search": searched,
    "digits8, two processes": by_two_processes,
    "toy": lambda store: toy(store, 1),
    "toy, two processes": lambda store: toy(store, 2),
}
CASES: dict[str, Callable[[Path], object]] = {
    **{name: lambda store, case=case: train(case, store) for name, case in TRAININGS.items()},
    **OTHERS,
}


def work(checkout: Path, side: Path) -> None:
    """Train every case with the checkout that this process imports; a store each, below
    ``side``.
    """
    import netwright as nw

    if not Path(nw.__file__).resolve().is_relative_to(checkout):
        raise SystemExit(f"netwright was imported from {nw.__file__}, not from {checkout}")
    for name, make in CASES.items():
        began = time.monotonic()
        try:
            make(side / name)
        except Exception:
            traceback.print_exc()
        print(f"{side.name}  {time.monotonic() - began:5.1f} s  {name}", flush=True)


def start(checkout: Path, side: Path) -> None:
    """``work`` in a process that sees nothing but this checkout's code."""
    env = {**os.environ, "PYTHONPATH": f"{checkout / 'src'}{os.pathsep}{checkout / 'tests'}"}
    env.pop("OMP_NUM_THREADS", None)  # it would forbid two threads
    command = [sys.executable, "-P", __file__, "--work", str(checkout), str(side)]
    subprocess.run(command, env=env, cwd=side.parent, check=True)


# --- what is compared


def figures(run: Path) -> dict[str, str]:
    """``file:name`` -> the exact value, of all that a run folder holds and that must be the same
    again.
    """
    return {
        address: value
        for address, value in leaves(run).items()
        if not _fits(address, LEFT_OUT) and (not _is_text(address, value) or _fits(address, WORDS))
    }


def leaves(run: Path) -> dict[str, str]:
    """``file:name`` -> the exact value, of all that a run folder holds."""
    found: dict[str, str] = {}
    for path in sorted(
        path for path in run.rglob("*") if path.is_file() and path.suffix in READERS
    ):
        file = path.relative_to(run).as_posix()
        found |= {f"{file}:{name}": value for name, value in READERS[path.suffix](path)}
    return found


def nested(value: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    """The leaves of JSON or YAML, each by its full key, as Python writes them."""
    if isinstance(value, Mapping | list) and value:
        pairs = value.items() if isinstance(value, Mapping) else enumerate(value)
        for key, part in pairs:
            yield from nested(part, f"{prefix}.{key}" if prefix else str(key))
    else:
        yield prefix, repr(value)


def _is_text(address: str, value: str) -> bool:
    """Whether it is a text of a JSON or YAML file."""
    return value[:1] in ("'", '"') and address.partition(":")[0].endswith(NESTED)


def _json(path: Path) -> Iterator[tuple[str, str]]:
    return nested(json.loads(path.read_text(encoding="utf-8")))


def _events(path: Path) -> Iterator[tuple[str, str]]:
    found = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return nested([event for event in found if event["event"] != "trained"])  # came later


def _yaml(path: Path) -> Iterator[tuple[str, str]]:
    import yaml

    return nested(yaml.safe_load(path.read_text(encoding="utf-8")))


def _csv(path: Path) -> Iterator[tuple[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        names, *rows = csv.reader(lines)
    return ((name, " ".join(row[at] for row in rows)) for at, name in enumerate(names))


def _parquet(path: Path) -> Iterator[tuple[str, str]]:
    import polars as pl

    for column in pl.read_parquet(path):
        # lists were columns of lists, and are JSON now
        values = [
            json.dumps(value, ensure_ascii=False) if isinstance(value, list) else value
            for value in column.to_list()
        ]
        yield column.name, repr(values)


def _tensors(path: Path) -> Iterator[tuple[str, str]]:
    from safetensors.numpy import load_file

    for name, tensor in load_file(path).items():
        yield (
            name,
            f"{tensor.dtype} {tensor.shape} {blake2b(tensor.tobytes(), digest_size=8).hexdigest()}",
        )


def _whole(path: Path) -> Iterator[tuple[str, str]]:
    yield "", blake2b(path.read_bytes(), digest_size=8).hexdigest()


NESTED = (".json", ".jsonl", ".yaml")

READERS: dict[str, Callable[[Path], Iterator[tuple[str, str]]]] = {
    ".json": _json,
    ".jsonl": _events,
    ".yaml": _yaml,
    ".csv": _csv,
    ".parquet": _parquet,
    ".safetensors": _tensors,
    ".png": _whole,
}


def renamed(address: str, names: Mapping[str, str]) -> str:
    """What the new checkout calls it."""
    for old, new in names.items():
        if fnmatch.fnmatchcase(address, old):
            before, _, after = old.partition("*")
            return new.replace("*", address.removeprefix(before).removesuffix(after))
    return address


def differences(
    old: Path, new: Path, names: Mapping[str, str] = RENAMED
) -> dict[str, tuple[str | None, str | None]]:
    """``file:name`` -> (old value, new value) of all that is not the same in two run folders; None:
    it is not there.
    """
    before = {renamed(address, names): value for address, value in figures(old).items()}
    after = figures(new)
    both = {address: (before.get(address), after.get(address)) for address in (*before, *after)}
    system = (after.get("recipe.yaml:system") or "").strip("'")
    alone = tuple(f"recipe.yaml:{knob}" for knob in OF_ONE_ALONE.get(system, ()))
    return {
        address: (one, other)
        for address, (one, other) in both.items()
        if one != other
        and not (None in (one, other) and _fits(address, alone))
        and not _of_the_first_look(address, one, other, after.get("layers.csv:step", ""))
    }


def _of_the_first_look(address: str, one: str | None, other: str | None, steps: str) -> bool:
    """Whether two columns of layers.csv differ before the first step alone: since 26 November 2026
    what dropout draws there comes from the seed, and not from what was drawn before.
    """
    if not address.startswith("layers.csv:") or one is None or other is None:
        return False
    columns = one.split(" "), other.split(" "), steps.split(" ")
    pairs = zip(*columns, strict=False)
    return len(set(map(len, columns))) == 1 and all(
        before == after for before, after, step in pairs if step != "0"
    )


def _fits(address: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch.fnmatchcase(address, pattern) for pattern in patterns)


def runs_of(store: Path) -> list[Path]:
    """The runs in a store, trials by their number."""

    def place(run: Path) -> tuple[int, int, str]:
        info = json.loads((run / "run.json").read_text(encoding="utf-8"))
        return info.get("round", 0), info.get("trial", 0), run.name

    return sorted((file.parent for file in store.glob("*/run.json")), key=place)


def compared(old: Path, new: Path) -> tuple[list[str], list[str]]:
    """A cell for each of ``COLUMNS``, and a line for each difference, of the runs of one case."""
    pairs = list(zip(runs_of(old), runs_of(new), strict=False))
    lines = (
        []
        if len(runs_of(old)) == len(runs_of(new)) > 0
        else [
            f"{len(runs_of(old))} runs before, {len(runs_of(new))} now: expected the same number,"
            " at least 1"
        ]
    )
    counts = {name: [0, 0] for name in COLUMNS}
    for one, other in pairs:
        apart = differences(one, other)
        for address in {*figures(other), *apart}:
            column = counts[
                next(
                    name
                    for name, files in COLUMNS.items()
                    if _fits(address.partition(":")[0], files)
                )
            ]
            column[0] += 1
            column[1] += address in apart
        lines += [f"{address}: {shown(was, now)}" for address, (was, now) in apart.items()]
    cells = [
        f"{wrong} of {all_} differ" if wrong else "equal" if all_ else "-"
        for all_, wrong in counts.values()
    ]
    return cells, lines


def shown(was: str | None, now: str | None) -> str:
    """Both values from where they part."""
    same = takewhile(lambda pair: pair[0] == pair[1], zip(was or "", now or "", strict=False))
    begin = max(0, len(list(same)) - 20)
    return " -> ".join(
        "nothing" if value is None else value[begin : begin + 50] for value in (was, now)
    )


def tell(old: Path, new: Path) -> bool:
    """Print a line a case and what differs; whether all is equal."""
    width = max(map(len, CASES))
    print(f"\n{'':{width}}  " + "  ".join(f"{name:14}" for name in COLUMNS))
    different: dict[str, list[str]] = {}
    for name in CASES:
        cells, different[name] = compared(old / name, new / name)
        print(f"{name:{width}}  " + "  ".join(f"{cell:14}" for cell in cells).rstrip())
    for name, lines in different.items():
        for line in lines[:SHOWN]:
            print(f"{name}: {line}")
        if len(lines) > SHOWN:
            print(f"{name}: and {len(lines) - SHOWN} more")
    other = {name for name, lines in different.items() if lines}
    print(f"\n{len(CASES) - len(other)} of {len(CASES)} cases are equal to the last bit")
    for name in sorted(other & set(CHANGED)):
        print(f"{name}: changed on purpose: {CHANGED[name]}")
    return not other - set(CHANGED)


def main(old: Path, new: Path) -> int:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        shutil.copytree(Path(__file__).parent / "fixtures" / "runs_0_1" / "data", place / "data")
        for name, checkout in (("old", old), ("new", new)):
            (place / name).mkdir()
            start(checkout.resolve(), place / name)
        return 0 if tell(place / "old", place / "new") else 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["--work"]:
        work(Path(sys.argv[2]), Path(sys.argv[3]))
        sys.exit()
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    sys.exit(main(Path(sys.argv[1]), Path((*sys.argv, Path(__file__).parents[1])[2])))
