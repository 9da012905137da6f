"""Keeps a run's record while training goes on: curves, best weights, checkpoints, and the end of
it.
"""

from __future__ import annotations

import contextlib
import dataclasses
import math
import shutil
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from netwright.base.errors import NetwrightError
from netwright.contract import Examples
from netwright.metrics.measure import baseline_value, loss_of, measure, value_of
from netwright.runs.choice import rank
from netwright.training import checkpoints, evaluate, loop, running_statistics
from netwright.training.batching import hold, loader
from netwright.training.live import kept_epochs
from netwright.training.optim import optimizers, plateau, schedules
from netwright.training.probes.layer_watcher import Watcher
from netwright.training.probes.train_figures import watch
from netwright.training.setup import TrainingSetup
from netwright.training.state import State

STEPS_KEPT = 400
"""About how many rows steps.csv has, however long the training."""

SAMPLE = 10_000
"""Training examples that are measured in evaluation mode at the end, at most."""


class Recorder:
    """The record of one training in progress.

    Args:
        dev_store, train_store: these splits, encoded.
    """

    def __init__(
        self,
        job: TrainingSetup,
        state: State,
        dev_store: loader.BatchLoader,
        train_store: loader.BatchLoader,
    ) -> None:
        self.job, self.state, self.dev_store, self.train_store = job, state, dev_store, train_store
        self.watch = watch(job, train_store)
        steps = schedules.length(job.recipe, len(job.parts["train"]))[1]
        self.layers = (
            Watcher(job, train_store, steps)
            if job.recipe.training.watch_layers and job.device.main
            else None
        )
        self.metric = job.system.metrics[0]
        self.best: dict[str, Tensor] = {}
        self.best_key: tuple[float, ...] | None = None
        self.best_epoch = 0
        self.curves: list[dict[str, Any]] = []
        self.steps: list[dict[str, Any]] = []
        # of the epoch; tensors on an accelerator, where reading one waits
        self.losses: list[float | Tensor] = []
        self.measuring = False  # the net holds the kept weights, no longer those of the last step
        self.examples = 0
        self.before = (0.0, 0.0)  # wall and CPU seconds of earlier sittings
        self.begun = (time.perf_counter(), time.process_time())
        self.saved = time.monotonic()
        self.keeper = kept_epochs.Keeper(job.record)
        self.changes = 0  # tweaks and rewinds so far
        self.branch = 0  # rewinds so far
        self.abandoned: list[dict[str, Any]] = []  # rows of the curves that rewinds left behind
        self.every = max(1, steps // STEPS_KEPT)

    def seconds(self) -> float:
        """Wall seconds of training so far, over all sittings."""
        return self.before[0] + time.perf_counter() - self.begun[0]

    def cpu_seconds(self) -> float:
        """CPU seconds of this process so far, over all sittings."""
        return self.before[1] + time.process_time() - self.begun[1]

    def begin(self) -> None:
        """Note what is to be seen before the first step."""
        if self.layers is not None and self.state.step == 0 and self.layers.due(0):
            self.layers.look(self.state)

    def keep(self, done: loop.StepResult) -> dict[str, float] | None:
        """Note one step; at the end of an epoch evaluate dev, and save when it is time. Returns the
        dev figures then.
        """
        self.losses.append(
            float(done.loss) if self.job.device.torch_device.type == "cpu" else done.loss
        )
        self.examples += done.examples
        if done.step % self.every == 0:
            self.steps.append(
                {
                    "step": done.step,
                    "loss": float(done.loss),
                    "rate": done.rate,
                    "grad_norm": self._norm(),
                }
            )
        if self.layers is not None and self.layers.due(done.step):
            self.layers.look(self.state)
        dev = self._epoch(done) if done.last else None
        minutes = self.job.recipe.training.checkpoint_minutes
        if self.job.device.main and time.monotonic() - self.saved > 60 * minutes:
            self.save()
        return dev

    def _norm(self) -> float:
        return float(torch.linalg.vector_norm(self.state.weights.gradient))

    def _epoch(self, done: loop.StepResult) -> dict[str, float]:
        job, device = self.job, self.job.device
        with evaluate.averaged(self.state) as net, self._statistics(net):
            figures = {"loss": float("nan"), self.metric.name: float("nan")}
            if device.main:
                said = evaluate.answers(net, job.system, job.codec, self.dev_store, job.recipe)
                dev = job.parts["dev"]
                figures = {
                    "loss": loss_of(dev, said.losses),
                    self.metric.name: value_of(self.metric, dev, said.answers),
                }
            figures = {name: device.agree(value) for name, value in figures.items()}
            watched = self.watch.figures(job, net) if self.watch is not None else {}
            key = self._rank(figures["loss"], figures[self.metric.name])
            last = job.recipe.training.keep == "last"
            if self.best_key is None or last or key <= self.best_key:
                self.best_key, self.best_epoch = key, done.epoch
                self.best = checkpoints.copy_of(net)
        seconds = self.seconds()
        so_far = self.curves[-1]["seconds"] if self.curves else self.before[0]
        self.curves.append(
            {
                "epoch": done.epoch,
                "step": done.step,
                "seconds": round(seconds, 4),
                "cpu_seconds": round(self.cpu_seconds(), 4),
                "examples_per_second": round(self.examples / max(seconds - so_far, 1e-9), 1),
                "rate": done.rate,
                "loss": math.fsum(map(float, self.losses)) / len(self.losses),
                "grad_norm": self._norm(),
                "dev_loss": figures["loss"],
                f"dev_{self.metric.name}": figures[self.metric.name],
                **watched,
            }
        )
        self.losses, self.examples = [], 0
        self._follow()
        if device.main:
            self.keeper.offer(done.epoch, self._save)
        return figures

    def _statistics(self, net: nn.Module) -> contextlib.AbstractContextManager[None]:
        """Batch norm's statistics estimated anew where the recipe asks; the main process alone
        measures and keeps.
        """
        job = self.job
        if not job.device.main or not running_statistics.wanted(job.recipe, net):
            return contextlib.nullcontext()
        return running_statistics.reestimated(
            net, job.system, job.codec, self.train_store, job.recipe
        )

    def _follow(self) -> None:
        """Lower the rate when dev asks for it."""
        if self.job.recipe.schedule.name == "plateau":
            ranks = [
                self._rank(row["dev_loss"], row[f"dev_{self.metric.name}"]) for row in self.curves
            ]
            self.state.lr_scale = plateau.lr_scale(ranks, self.job.recipe.schedule)

    def _rank(self, loss: float, figure: float) -> tuple[float, ...]:
        return rank(figure, (loss,), self.metric.better)

    def patience_over(self) -> bool:
        """Whether the recipe's patience has run out."""
        patience = self.job.recipe.training.patience
        return (
            patience is not None
            and bool(self.curves)
            and self.curves[-1]["epoch"] - self.best_epoch >= patience
        )

    def save(self) -> None:
        """Checkpoint and curves, atomically; what is on disk is a run that opens and can go on."""
        record = self.job.record
        self._save(record.checkpoint)
        self._write()
        if self.best:
            # sealed at the end: a kill between the two would look like tampering
            checkpoints.save_weights(record.weights, self.best)
        self.saved = time.monotonic()

    def _save(self, path: Path) -> None:
        extra = {
            "best_key": self.best_key,
            "best_epoch": self.best_epoch,
            "curves": self.curves,
            "steps": self.steps,
            "losses": [float(loss) for loss in self.losses],
            "examples": self.examples,
            "seconds": self.seconds(),
            "cpu_seconds": self.cpu_seconds(),
            "recipe": self.job.recipe.model_dump(mode="json"),
            "changes": self.changes,
            "layers": self.layers.rows if self.layers is not None else [],
        }
        checkpoints.save(path, self.state, self.best, extra)

    def change(self, job: TrainingSetup) -> None:
        """Go on by another recipe: the update rule takes its new figures, and keeps what it
        remembers.
        """
        self.job = job
        rule = optimizers.build(self.state.weights, job.recipe.optimizer)
        for name, tensor in self.state.optimizer.memory.items():
            rule.memory[name].copy_(tensor)
        self.state.optimizer = rule
        self._follow()

    def rewind(self, path: Path) -> None:
        """Go back to a state that was kept, its recipe too; what came after stays visible as a
        branch that was left.
        """
        changes, rows, seconds = self.changes, self.curves, (self.seconds(), self.cpu_seconds())
        self.restore(path)
        self.changes = changes
        self.abandoned += [{**row, "branch": self.branch} for row in rows[len(self.curves) :]]
        self.branch += 1
        self.before, self.begun = seconds, (time.perf_counter(), time.process_time())
        self.keeper.drop_after(self.curves[-1]["epoch"] if self.curves else 0)

    def restore(self, path: Path | None = None) -> None:
        """Go on from the checkpoint, or from a state that was kept, by the recipe of that
        moment.
        """
        self.best, extra = checkpoints.load(path or self.job.record.checkpoint, self.state)
        self.changes, self.abandoned = extra["changes"], self.job.record.curves("abandoned.csv")
        self.branch = 1 + max([int(row["branch"]) for row in self.abandoned], default=-1)
        self.change(dataclasses.replace(self.job, recipe=type(self.job.recipe).of(extra["recipe"])))
        if self.layers is not None:
            self.layers.restore(extra["layers"], self.state)
        key = extra["best_key"]
        self.best_key, self.best_epoch = (None if key is None else tuple(key)), extra["best_epoch"]
        self.curves, self.steps, self.examples = extra["curves"], extra["steps"], extra["examples"]
        self.losses = extra["losses"]
        self.before = (extra["seconds"], extra["cpu_seconds"])
        self._follow()

    def stop(self, status: str, message: str, *, save: bool = True) -> None:
        """An end before the end: keep what there is. A diverged or a half-made step is not worth a
        checkpoint.
        """
        if not self.job.device.main:
            return
        if save and status == "stopped" and not self.measuring:
            self.save()
        else:
            self._write()
            if self.best:
                checkpoints.save_weights(self.job.record.weights, self.best)
        if self.best:
            self.job.record.seal_weights()
        self.job.record.note(status=status, message=message)
        self.job.record.event(status, step=self.state.step, message=message)

    def fail(self, status: str, message: str) -> str:
        """An end because the disk or the program failed: note it if the disk still allows, and say
        how to go on.
        """
        record = self.job.record
        if self.job.device.main:
            with contextlib.suppress(NetwrightError):
                record.note(status=status, message=message)
                record.event(status, step=self.state.step, message=message)
        step = checkpoints.step_of(record.checkpoint) if record.checkpoint.exists() else 0
        return (
            f"once that is mended, netwright train --resume {record.id} goes on from step {step:,}"
        )

    def kept(self) -> str:
        """Which weights the run has, in words."""
        if not self.best:
            return f"no epoch had ended, so {self.job.record.id} keeps no weights"
        return f"{self.job.record.id} keeps the weights of epoch {self.best_epoch}"

    def finish(self) -> None:
        """The kept weights, the answers on train and dev, the measures; the checkpoint goes."""
        job, record = self.job, self.job.record
        if not job.device.main:
            return
        self.measuring = True
        checkpoints.put(self.state.net, self.best, "the best epoch")
        self._write()
        checkpoints.save_weights(record.weights, self.best)
        record.seal_weights()
        measures = {}
        sample = _sample(job.parts["train"])
        recipe = job.recipe.training
        # the splits that were trained on may still be held
        budget = recipe.memory * loader.MIB // 8
        few, _ = hold.hold(
            sample, job.codec, job.device.torch_device, where=recipe.batches, budget=budget
        )
        for split, examples, held in (
            ("train", sample, few),
            ("dev", job.parts["dev"], self.dev_store),
        ):
            said = evaluate.answers(job.net, job.system, job.codec, held, job.recipe)
            record.write_predictions(split, examples, said.answers, said.losses)
            measures[split] = measure(job.system, examples, said.answers)
        record.write_measures(measures)
        record.note(
            status="complete",
            message="",
            epoch_kept=self.best_epoch,
            baseline=baseline_value(job.system, job.parts["train"], job.parts["dev"]),
            messages=job.messages,
        )
        record.event("complete", step=self.state.step)
        # and what a kill left half written there
        shutil.rmtree(record.checkpoint.parent, ignore_errors=True)

    def _write(self) -> None:
        record = self.job.record
        if self.curves:
            record.write_rows("curves.csv", self.curves)
        if self.steps:
            record.write_rows("steps.csv", self.steps)
        if self.layers is not None and self.layers.rows:
            record.write_rows("layers.csv", self.layers.rows)
        if self.abandoned:
            record.write_rows("abandoned.csv", self.abandoned)
        done = {"epochs": self.curves[-1]["epoch"] if self.curves else 0, "steps": self.state.step}
        record.note(**done, seconds=round(self.seconds(), 2))


def _sample(train: Examples) -> Examples:
    """At most SAMPLE training examples, evenly spread."""
    if len(train) <= SAMPLE:
        return train
    return train.take(np.linspace(0, len(train) - 1, SAMPLE).astype(int).tolist())
