"""Looks at the layers now and then while a run trains, and keeps what was seen in
``layers.csv``.
"""

from __future__ import annotations

import math
from dataclasses import replace

import torch
from torch import Tensor

from netwright.base.seeds import seed_of
from netwright.contract import Batch
from netwright.recipe import resolved
from netwright.runs.rows import LayerRow
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

ROWS, FEWEST = 64, 16
"""Examples that are looked at, and of large ones."""

NUMBERS = ROWS * 3 * 64 * 64
"""Examples are large where so many have more numbers than 64 colour images of 64 pixels a side: all
of them would take longer than many steps.
"""


class Watcher:
    """The layers of one training over time.

    Args:
        rows: what was seen so far, to six significant digits.
    """

    def __init__(self, setup: TrainingSetup, loader: BatchLoader, steps: int) -> None:
        self.setup, self.rows = setup, list[LayerRow]()
        size = sum(p.numel() for p in setup.net.parameters() if p.requires_grad)
        self.moments = moments(steps, apart(size * int(resolved(setup.recipe.training.batch_size))))
        generator = torch.Generator().manual_seed(seed_of(setup.recipe.training.seed, "layers"))
        self.order = torch.randperm(len(loader), generator=generator)
        self.loader = loader
        self.encoded: Batch | None = None
        self.before: Tensor | None = None

    def due(self, step: int) -> bool:
        """Whether the state after ``step`` steps is one to look at, or the one after it."""
        return step in self.moments or self.before is not None

    def restore(self, rows: list[LayerRow], state: State) -> None:
        """Go on after a checkpoint, which may lie between a moment and the step after it."""
        self.rows = rows
        self.before = state.weights.vector.clone() if rows and rows[-1].step == state.step else None

    def look(self, state: State) -> None:
        """Note the layers, or how far the step after a moment moved their weights."""
        if self.before is not None:
            self._note_update(state, self.before)
            self.before = None
        if state.step in self.moments:
            self.rows += map(_rounded, self._statistics(state))
            self.before = state.weights.vector.clone()

    def _statistics(self, state: State) -> list[LayerRow]:
        if self.encoded is None:
            self.encoded = self._examples()
        batch = self._prepared(self.encoded)
        net, step = state.net, state.step
        return layer_statistics.look(net, self.setup.loss, batch, self.setup.device, step)

    def _examples(self) -> Batch:
        """Those that are looked at, encoded."""
        first = self._prepared(self._encoded(self.order[:1]))
        numbers = sum(column.numel() for column in first.columns() if isinstance(column, Tensor))
        count = max(FEWEST, min(ROWS, NUMBERS // max(1, numbers)))
        return self._encoded(self.order[:count].sort().values)

    def _encoded(self, rows: Tensor) -> Batch:
        return next(iter(self.loader.batches([rows])))

    def _prepared(self, encoded: Batch) -> Batch:
        return self.setup.codec.prepare(encoded, self.setup.recipe, None)

    def _note_update(self, state: State, before: Tensor) -> None:
        moved = state.weights.vector - before
        last = self.rows[-1].step if self.rows else None
        for at, row in enumerate(self.rows):
            if row.step == last:
                parts = _parts(state, row.layer)
                size = sum(float(before[part].square().sum()) for part in parts) ** 0.5
                step = sum(float(moved[part].square().sum()) for part in parts) ** 0.5
                if size:
                    self.rows[at] = replace(row, update=round(step / size, 9))


def _parts(state: State, layer: str) -> list[slice]:
    """Where the matrices and filters of a layer lie on the flat vector."""
    weights = state.weights
    return [
        slice(start, start + parameter.numel())
        for name, start, parameter in zip(
            weights.names, weights.starts, weights.parameters, strict=True
        )
        if name.rpartition(".")[0] == layer and parameter.dim() >= 2
    ]


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


def _rounded(row: LayerRow) -> LayerRow:
    units = (row.rms, row.mean, row.std, row.zeros, row.dead, row.flat)
    figures = (*units, row.gradient, row.weight)
    return LayerRow(row.step, row.layer, *(float(f"{figure:.6g}") for figure in figures))
