"""Small trainings of a system on its own sample, for its checks."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import torch

from netwright.contract import AnySystem, Batch, Examples, Reading, Source
from netwright.recipe import read_yaml
from netwright.runs.record import Record
from netwright.training import evaluate, trainer, units
from netwright.training.batching import memory
from netwright.training.trainer import PreparedTraining

SMALL: Mapping[str, Any] = {
    "training.epochs": 4,
    "training.batch_size": 32,
    # and the rest of what is otherwise tried by the clock, so that two runs have the same bits
    "training.precision": "float32",
    "training.layout": "contiguous",
    "training.threads": 1,
}


@dataclass(frozen=True)
class Tried:
    """A system that is tried.

    Args:
        folder: an empty one, for its runs.
        changes: to the recipe of every training, over ``SMALL``.
    """

    system: AnySystem
    folder: Path
    changes: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def examples(self) -> Examples:
        """240 of its sample, as they are read."""
        return self.system.sample(240, 0)

    @cached_property
    def arranged(self) -> Examples:
        """The same as it arranges them."""
        return self.system.arrange(self.examples, self.made.setup.recipe)

    @cached_property
    def made(self) -> PreparedTraining:
        """Trained on them once, for all checks that change nothing of it."""
        return self.finished()

    def start(
        self, changes: Mapping[str, Any], examples: Examples | None = None
    ) -> PreparedTraining:
        """A training that is ready to begin."""
        recipe = self.system.recipe().changed({**SMALL, **self.changes, **changes})
        held = self.examples if examples is None else examples
        return trainer.prepare(self.system, _reading(held), recipe, self.folder)

    def finished(
        self, changes: Mapping[str, Any] | None = None, examples: Examples | None = None
    ) -> PreparedTraining:
        """A training that has ended."""
        return fitted(self.start(changes or {}, examples))

    def killed_and_resumed(self, after: int) -> Record:
        """A training whose process ends after so many steps, gone on with by another."""
        cut = self.start({"training.checkpoint_minutes": 0})
        progress = trainer.fit(cut)
        with cut.hold:
            for now in progress:
                if now.step >= after:
                    break
            left = Record(self.folder / f"left-{after}")
            shutil.copytree(cut.record.path, left.path)
            progress.close()
        recipe = self.system.recipe.of_record(read_yaml(left.path / "recipe.yaml"), "recipe.yaml")
        fitted(trainer.reopen(self.system, left, _reading(self.examples), recipe))
        return left


def fitted(training: PreparedTraining) -> PreparedTraining:
    """Trained to the end, and held no more."""
    with training.hold:
        for _ in trainer.fit(training):
            pass
    return training


def _reading(examples: Examples) -> Reading:
    source = Source("sample", "sample", "the system's own sample")
    return Reading(examples, source, (), (), "sample")


def answers(made: PreparedTraining, examples: Examples) -> evaluate.Evaluated:
    """What the net says of each, by what was chosen on dev where something was."""
    setup, record = made.setup, made.record
    chosen = record.mapping("chosen.json") if record.has("chosen.json") else {}
    cut = units.units_of(setup.system, examples, setup.recipe, setup.codec)
    store = memory.InMemory(setup.codec.encode(cut.units))
    return evaluate.answers(
        setup.net, setup.system, setup.codec, store, setup.recipe, chosen, units=cut
    )


def prepared(made: PreparedTraining, examples: Examples) -> Batch:
    """A batch of as many of their units as there are examples, as the net reads it."""
    setup = made.setup
    cut = units.units_of(setup.system, examples, setup.recipe, setup.codec)
    encoded = setup.codec.encode(cut.units.take(range(len(examples)))).padded()
    return setup.codec.prepare(encoded, setup.recipe, None)


def same(first: Record, second: Record) -> bool:
    """Whether two runs kept the same weights and have the same curves, bit for bit."""
    from safetensors.torch import load_file

    mine, other = load_file(first.weights), load_file(second.weights)
    return (
        curves(first) == curves(second)
        and mine.keys() == other.keys()
        and all(torch.equal(mine[name], other[name]) for name in mine)
    )


def curves(record: Record) -> list[dict[str, str]]:
    """Every figure of every epoch but the seconds; as text, for NaN is not equal to itself."""
    return [
        {name: repr(value) for name, value in row.as_dict().items() if "second" not in name}
        for row in record.curves()
    ]
