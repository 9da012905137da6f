"""What is trained and interrupted: small trainings that between them keep every kind of state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

NAMED = {
    "training.precision": "float32",
    "training.layout": "contiguous",
    "training.threads": 1,
    "training.epochs": 6,
    "training.checkpoint_minutes": 0.002,
}
"""What would be chosen by the clock is named; a checkpoint comes eight times a second."""

DIGITS: Mapping[str, Mapping[str, Any]] = {
    "dropout": {"model.name": "mlp", "model.dropout": 0.3},
    "mixup, augmentation, EMA": {
        "model.name": "lenet5",
        "data.image_size": 16,
        "training.epochs": 2,
        "training.average": 0.9,
        "augment.mixup": 0.3,
        "augment.shift": 0.1,
        "augment.rotate": 10,
    },
    "SWA, batch norm": {
        "model.name": "mlp",
        "model.norm": "batch",
        "training.average_kind": "swa",
        "training.swa_from": 0.5,
    },
    "streamed, balanced, plateau, patience": {
        "model.name": "mlp",
        "training.batches": "stream",
        "training.sampling": "balanced",
        "schedule.name": "plateau",
        "training.patience": 2,
    },
    "traced, Muon, accumulation": {
        "model.name": "mlp",
        "training.step": "traced",
        "optimizer.name": "muon",
        "training.accumulate": 2,
    },
}
"""Trainings on scikit-learn's digits: name -> what is set."""

TARGETS = {"classifier": ("table", "y"), "regressor": ("table", "size")}
"""System -> the reader whose sample it learns from, and the target; any other learns from that of
its first reader that writes files.
"""


@dataclass(frozen=True)
class Case:
    """One training, as the command line is given it.

    Args:
        arguments: after ``netwright train``, but for the store.
        of: what every later command needs to know of its system.
    """

    name: str
    arguments: tuple[str, ...]
    of: tuple[str, ...] = ()

    def train(self, store: Path) -> list[str]:
        """The command that begins it."""
        return ["train", *self.arguments, *self.of, "--store", str(store)]

    def resume(self, run: Path) -> list[str]:
        """The command that goes on with it."""
        return ["train", "--resume", run.name, *self.of, "--store", str(run.parent)]


def small() -> Case:
    """The cheapest that has something random in its steps."""
    return Case("flowers", ("iris", *_set({"model.name": "mlp", "model.dropout": 0.3})))


def digits() -> list[Case]:
    """The trainings on digits."""
    return [Case(name, ("digits8", *_set(values))) for name, values in DIGITS.items()]


def of_systems(folder: Path) -> list[Case]:
    """Each system once, on the sample that one of its readers writes into a folder."""
    from netwright import systems

    return [_of_system(name, folder / name) for name in systems.names()]


def _of_system(name: str, folder: Path) -> Case:
    from netwright import systems
    from netwright.api.reading import recognize

    for number, reader in enumerate(systems.readers(name)):
        kind, target = TARGETS.get(name, (reader.kind, None))
        place = folder / str(number)
        place.mkdir(parents=True)
        written, options = reader.sample(place)
        if reader.kind != kind or not isinstance(written, Path):
            continue
        options = replace(options, target=target or options.target)
        if systems.takes(name).accepts(recognize(str(written), name).read(options).examples):
            wanted = ("--target", options.target) if options.target else ()
            return Case(name, (str(written), *wanted, *_set({})), ("--system", name))
    two = _two_targets(folder / "two.csv")  # no reader's sample has several numbers to predict
    return Case(name, (str(two), "--target", "c,d", *_set({})), ("--system", name))


def _two_targets(path: Path) -> Path:
    """A table of two numbers and two that follow from them."""
    rows = [(at, at % 7, 2 * at - at % 7, 1000 - 30 * at) for at in range(60)]
    path.write_text("\n".join(["a,b,c,d", *(",".join(map(str, row)) for row in rows)]) + "\n")
    return path


def _set(values: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(
        word for key, value in {**NAMED, **values}.items() for word in ("--set", f"{key}={value}")
    )
