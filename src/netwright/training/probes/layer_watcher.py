"""Looks at the layers now and then while a run trains, and keeps what was seen in
``layers.csv``.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from netwright.base.seeds import seed_of
from netwright.contract import Batch
from netwright.recipe import resolved
from netwright.training.batching.loader import BatchLoader
from netwright.training.probes import layer_statistics
from netwright.training.setup import TrainingSetup
from netwright.training.state import State

MOST, LEAST = 30, 5
"""Moments in a run."""

FRACTION = 0.01
"""Of the training's time that all looks together take, about; what fixes their number is counted,
so that a run repeats.
"""

ROWS = 64
"""Examples that are looked at."""


class Watcher:
    """The layers of one training over time.

    Args:
        rows: what was seen so far: step, layer and the fields of ``LayerStatistics``, and
            ``update``: the size of a step beside that of the weights, from this moment to the step
            after it.
    """

    def __init__(self, setup: TrainingSetup, loader: BatchLoader, steps: int) -> None:
        self.setup, self.rows = setup, list[dict[str, Any]]()
        size = sum(p.numel() for p in setup.net.parameters() if p.requires_grad)
        self.moments = moments(steps, apart(size * int(resolved(setup.recipe.training.batch_size))))
        generator = torch.Generator().manual_seed(seed_of(setup.recipe.training.seed, "layers"))
        count = min(ROWS, len(loader))
        picked = torch.randperm(len(loader), generator=generator)[:count].sort().values
        self.batch: Batch | None = None
        self.picked, self.loader = picked, loader
        self.before: Tensor | None = None

    def due(self, step: int) -> bool:
        """Whether the state after ``step`` steps is one to look at, or the one after it."""
        return step in self.moments or self.before is not None

    def restore(self, rows: list[dict[str, Any]], state: State) -> None:
        """Go on after a checkpoint, which may lie between a moment and the step after it."""
        self.rows = rows
        self.before = (
            state.weights.vector.clone() if rows and rows[-1]["step"] == state.step else None
        )

    def look(self, state: State) -> None:
        """Note the layers, or how far the step after a moment moved their weights."""
        if self.before is not None:
            self._note_update(state, self.before)
            self.before = None
        if state.step in self.moments:
            self.rows += [
                {"step": state.step, **_plain(seen), "update": ""}
                for seen in self._statistics(state)
            ]
            self.before = state.weights.vector.clone()

    def _statistics(self, state: State) -> list[layer_statistics.LayerStatistics]:
        if self.batch is None:
            encoded = next(iter(self.loader.batches([self.picked])))
            self.batch = self.setup.codec.prepare(encoded, self.setup.recipe, None)

        return layer_statistics.look(state.net, self.setup.loss, self.batch, self.setup.device)

    def _note_update(self, state: State, before: Tensor) -> None:
        moved = state.weights.vector - before
        last = self.rows[-1]["step"] if self.rows else None
        places = {name: at for at, name in enumerate(state.weights.names)}
        for row in reversed(self.rows):
            if row["step"] != last:
                return
            own = [
                at
                for name, at in places.items()
                if name.rpartition(".")[0] == row["layer"]
                and state.weights.parameters[at].dim() >= 2
            ]
            parts = [
                slice(
                    state.weights.starts[at],
                    state.weights.starts[at] + state.weights.parameters[at].numel(),
                )
                for at in own
            ]
            size = sum(float(before[part].square().sum()) for part in parts) ** 0.5
            step = sum(float(moved[part].square().sum()) for part in parts) ** 0.5
            row["update"] = round(step / size, 9) if size else ""


def moments(steps: int, apart: int) -> frozenset[int]:
    """The steps after which to look: before the first, early ones closer together, and before the
    last.

    Args:
        apart: steps between two, on average, at least; there are at least five moments, if there
            are as many steps.
    """
    count = max(LEAST, min(MOST, steps // apart)) - 1
    return (
        frozenset(round((steps - 1) * (k / count) ** 1.5) for k in range(count + 1))
        if steps > 1
        else frozenset()
    )


def apart(work: int) -> int:
    """Steps that take a hundred times as long as a look, with ``work`` = weights x examples of a
    batch.

    A look takes about 1 ms and a step and a half, a step about 40 us and 0.12 ns for each weight
    and example.
    """
    step = 40e-6 + 0.12e-9 * work
    return math.ceil((1e-3 / step + 1.5) / FRACTION)


def _plain(seen: layer_statistics.LayerStatistics) -> dict[str, Any]:
    figures = {
        name: getattr(seen, name)
        for name in ("rms", "mean", "std", "zeros", "dead", "flat", "gradient", "weight")
    }
    return {
        "layer": seen.layer,
        **{
            name: "" if value != value else float(f"{value:.6g}") for name, value in figures.items()
        },
    }
