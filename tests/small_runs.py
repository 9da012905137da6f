"""Small whole runs for tests: any system on its own sample, in one process or two, straight through
or killed and resumed.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

import toy_letters
import toy_perceptron
import toy_series
import toy_spots
import toy_sums
import toy_tagger
import toy_triplets
import two_processes
from netwright import systems
from netwright.contract import AnySystem, Examples, Reading, Source
from netwright.recipe import knobs, read_yaml
from netwright.runs.record import Record
from netwright.training import trainer
from netwright.training.trainer import PreparedTraining

SYSTEMS: dict[str, AnySystem] = {
    **{name: systems.load(name) for name in systems.names()},
    "toy-tagger": toy_tagger.SYSTEM,
    "toy-spots": toy_spots.SYSTEM,
    "toy-series": toy_series.SYSTEM,
    "toy-triplets": toy_triplets.SYSTEM,
    "toy-sums": toy_sums.SYSTEM,
    "toy-perceptron": toy_perceptron.SYSTEM,
    "toy-letters": toy_letters.SYSTEM,
}
SMALL = {"model.width": 8}
"""Set where a system has it."""

SMALLER = {
    "localizer": {"model.width": 4, "data.image_size": 16},
    "text": {"vectors.source": "none"},
    "tagger": {"model.units": 16, "model.letter_units": 16, "vectors.source": "none"},
}
"""Set of the systems whose nets are slow."""

QUICK = {
    "training.epochs": 4,
    "training.batch_size": 32,
    # and the rest of what is otherwise tried by the clock, so that two runs have the same bits
    "training.precision": "float32",
    "training.layout": "contiguous",
    "training.threads": 1,
    # on any machine the same; tests/test_cuda.py asks for the other
    "training.device": "cpu",
}


def sample(system: str) -> Examples:
    return SYSTEMS[system].sample(240, 0)


def reading(examples: Examples) -> Reading:
    return Reading(
        examples, Source("sample", "sample", "the system's own sample"), (), (), "sample"
    )


def start(
    system: str, folder: Path, changes: dict[str, Any], examples: Examples | None = None
) -> PreparedTraining:
    chosen = SYSTEMS[system]
    held = sample(system) if examples is None else examples
    small: dict[str, Any] = {
        key: value for key, value in SMALL.items() if key in knobs(chosen.recipe)
    }
    small |= SMALLER.get(system, {})
    recipe = chosen.recipe().changed({**QUICK, **small, **changes})
    return trainer.prepare(chosen, reading(held), recipe, folder)


def finished(
    system: str, folder: Path, changes: dict[str, Any], examples: Examples | None = None
) -> PreparedTraining:
    return fitted(start(system, folder, changes, examples))


def fitted(made: PreparedTraining) -> PreparedTraining:
    """Trained to the end, and held no more."""
    with made.hold:
        for _ in trainer.fit(made):
            pass
    return made


def left_by_a_kill(
    system: str,
    folder: Path,
    changes: dict[str, Any],
    after: int,
    examples: Examples | None = None,
) -> Record:
    """What a kill after step ``after`` leaves on disk."""
    return left_by_kills(system, folder, changes, [after], examples)[after]


def left_by_kills(
    system: str,
    folder: Path,
    changes: dict[str, Any],
    after: Sequence[int],
    examples: Examples | None = None,
) -> dict[int, Record]:
    """The same for several kills, each after more steps than the one before."""
    cut = start(system, folder, {**changes, "training.checkpoint_minutes": 0}, examples)
    progress, left = trainer.fit(cut), dict[int, Record]()
    for steps in after:
        next(now for now in progress if now.step >= steps)
        left[steps] = Record(folder / f"left-{steps}")
        shutil.copytree(cut.record.path, left[steps].path)
    progress.close()
    cut.hold.close()
    return left


def resumed(system: str, left: Record, examples: Examples | None = None) -> PreparedTraining:
    """Gone on with to the end."""
    chosen = SYSTEMS[system]
    recipe = chosen.recipe.of_record(read_yaml(left.path / "recipe.yaml"), "recipe.yaml")
    held = sample(system) if examples is None else examples
    return fitted(trainer.reopen(chosen, left, reading(held), recipe))


def killed_and_resumed(
    system: str,
    folder: Path,
    changes: dict[str, Any],
    after: int,
    examples: Examples | None = None,
) -> PreparedTraining:
    """Killed after step ``after``, then gone on with to the end."""
    return resumed(system, left_by_a_kill(system, folder, changes, after, examples), examples)


def by_two(system: str, folder: Path, changes: dict[str, Any]) -> Record:
    """The record of a run by two processes."""
    path, same = two_processes.call(_made, system, folder, changes)
    assert path == same
    return Record(path)


def _made(system: str, folder: Path, changes: dict[str, Any]) -> Path:
    return finished(system, folder, changes).record.path


def kept(record: Record) -> dict[str, Tensor]:
    from safetensors.torch import load_file

    return load_file(record.weights)


def same(first: Record, second: Record) -> bool:
    """Whether two runs kept the same weights and have the same curves, bit for bit."""
    mine, other = kept(first), kept(second)
    curves = [
        # as text: what was not measured is NaN, which is not equal to itself
        [{k: repr(v) for k, v in row.as_dict().items() if "second" not in k} for row in r.curves()]
        for r in (first, second)
    ]
    return (
        curves[0] == curves[1]
        and mine.keys() == other.keys()
        and all(torch.equal(mine[k], other[k]) for k in mine)
    )
