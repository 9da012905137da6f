"""What a training looks like from outside, step by step and epoch by epoch: the rows of the
CSVs.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from torch import Tensor

from netwright.runs.record import Record
from netwright.runs.rows import EpochRow, Row, StepRow, next_branch
from netwright.training.loop import StepResult

STEPS_KEPT = 400
"""About how many rows steps.csv has, however long the training."""


class Clock:
    """Wall and CPU seconds of a training, also before it was resumed."""

    def __init__(self) -> None:
        self.before = (0.0, 0.0)
        self.begun = (time.perf_counter(), time.process_time())

    @property
    def wall(self) -> float:
        """Seconds so far."""
        return self.before[0] + time.perf_counter() - self.begun[0]

    @property
    def cpu(self) -> float:
        """CPU seconds of this process so far."""
        return self.before[1] + time.process_time() - self.begun[1]

    def go_on(self, wall: float, cpu: float) -> None:
        """Count on from these."""
        self.before, self.begun = (wall, cpu), (time.perf_counter(), time.process_time())


class Curves:
    """The rows of a training's curves, and of those that its rewinds left behind.

    Args:
        steps: of the whole training, for how often one is kept.
    """

    def __init__(self, steps: int) -> None:
        self.every = max(1, steps // STEPS_KEPT)
        self.epochs: list[EpochRow] = []
        self.steps: list[StepRow] = []
        # of the epoch; tensors on an accelerator, where reading one waits
        self.losses: list[float | Tensor] = []
        self.totals: list[float | Tensor] = []
        self.examples = 0
        self.abandoned: list[EpochRow] = []

    @property
    def epoch(self) -> int:
        """The last epoch that ended; 0 before the first."""
        return self.epochs[-1].epoch if self.epochs else 0

    @property
    def epoch_in_progress(self) -> int:
        """The epoch that training is in."""
        return self.epoch + (1 if self.losses or not self.epochs else 0)

    def add_step(self, result: StepResult, grad_norm: float | None) -> None:
        """Count a step in.

        Args:
            grad_norm: where the step is one to keep, see ``keeps``.
        """
        on_cpu = result.loss.device.type == "cpu"
        self.losses.append(float(result.loss) if on_cpu else result.loss)
        self.totals.append(float(result.total) if on_cpu else result.total)
        self.examples += result.examples
        if grad_norm is not None:
            self.steps.append(StepRow(result.step, float(result.loss), result.rate, grad_norm))

    def keeps(self, step: int) -> bool:
        """Whether steps.csv has a row of this step."""
        return step % self.every == 0

    def add_epoch(
        self, result: StepResult, clock: Clock, grad_norm: float, figures: Mapping[str, float]
    ) -> None:
        """The row of the epoch that ends with this step, in place of that of a part of it with
        which the training had ended before it went on.

        Args:
            figures: what was measured at its end, by column.
        """
        seconds = clock.wall
        if self.epoch == result.epoch:
            self.epochs.pop()
        so_far = self.epochs[-1].seconds if self.epochs else clock.before[0]
        self.epochs.append(
            EpochRow(
                epoch=result.epoch,
                step=result.step,
                seconds=round(seconds, 4),
                cpu_seconds=round(clock.cpu, 4),
                examples_per_second=round(self.examples / max(seconds - so_far, 1e-9), 1),
                rate=result.rate,
                loss=_mean(self.losses, self.totals),
                grad_norm=grad_norm,
                figures=figures,
            )
        )
        self.losses, self.totals, self.examples = [], [], 0

    def as_json(self) -> dict[str, Any]:
        """What a checkpoint holds of them."""
        return {
            "curves": [row.as_dict() for row in self.epochs],
            "steps": [row.as_dict() for row in self.steps],
            "losses": [float(loss) for loss in self.losses],
            "totals": [float(total) for total in self.totals],
            "examples": self.examples,
            "abandoned": [row.as_dict() for row in self.abandoned],
        }

    def restore(self, values: Mapping[str, Any]) -> None:
        """Go on from what a checkpoint holds."""
        self.epochs = [EpochRow.of(row) for row in values["curves"]]
        self.steps = [StepRow.of(row) for row in values["steps"]]
        self.losses, self.examples = values["losses"], values["examples"]
        # a checkpoint of an earlier release has none: all steps of its epoch count alike
        self.totals = values.get("totals", [math.nan] * len(self.losses))

    def leave_branch(self, rows: Sequence[EpochRow]) -> None:
        """Keep what lies after the last epoch of now, which a rewind has left, as a branch of its
        own.

        Args:
            rows: of the epochs before the rewind.
        """
        branch = next_branch(self.abandoned)
        self.abandoned += [replace(row, branch=branch) for row in rows[len(self.epochs) :]]

    def restore_abandoned(self, values: Mapping[str, Any], record: Record) -> None:
        """The branches that a checkpoint holds; for one of an earlier release the record does."""
        held = values.get("abandoned")
        self.abandoned = (
            record.curves("abandoned.csv") if held is None else [EpochRow.of(row) for row in held]
        )

    def write(self, record: Record) -> None:
        """The CSVs that have rows."""
        files: tuple[tuple[str, Sequence[Row]], ...] = (
            ("curves.csv", self.epochs),
            ("steps.csv", self.steps),
            ("abandoned.csv", self.abandoned),
        )
        for name, rows in files:
            if rows:
                record.write_rows(name, rows)


def _mean(losses: Sequence[float | Tensor], totals: Sequence[float | Tensor]) -> float:
    """Of an epoch's steps, each by what its loss was divided by: the loss per labelled thing."""
    pairs = [(float(loss), float(total)) for loss, total in zip(losses, totals, strict=True)]
    if any(math.isnan(total) for _, total in pairs):
        return math.fsum(loss for loss, _ in pairs) / len(pairs)
    return math.fsum(loss * total for loss, total in pairs) / max(
        math.fsum(total for _, total in pairs), 1e-8
    )
