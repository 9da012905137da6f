"""Keeps a run's record while training goes on: curves, best weights, checkpoints, and its end."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import nn

from netwright.base.errors import NetwrightError, RecipeError, RunError
from netwright.base.paths import Inside
from netwright.base.seeds import seed_of
from netwright.contract import Chosen, Examples
from netwright.data.splits import TRAIN_DEV
from netwright.metrics.measure import baseline_value, loss_of, measure, value_of
from netwright.runs.choosing.choice import rank
from netwright.runs.keeping import promises, stages, writing
from netwright.runs.reading import WEIGHTS
from netwright.runs.record import Record
from netwright.runs.rows import LayerRow
from netwright.runs.schema import Measures
from netwright.training import checkpoints, evaluate, running_statistics
from netwright.training.batching.hold import Loaders, hold
from netwright.training.batching.loader import BatchLoader, LoaderRows
from netwright.training.batching.train_batches import course_of
from netwright.training.live import past_changes, requests, rewind_states
from netwright.training.loop import StepResult
from netwright.training.optim import plateau
from netwright.training.probes.layer_watcher import Watcher
from netwright.training.probes.train_figures import train_figures
from netwright.training.recording import choosing
from netwright.training.recording.best_weights import BestWeights
from netwright.training.recording.checkpointer import Checkpointer
from netwright.training.recording.curves import Clock, Curves
from netwright.training.recording.message_log import MessageLog
from netwright.training.setup import TrainingSetup
from netwright.training.state import State
from netwright.training.steps import watched
from netwright.training.units import SplitUnits, units_of

FEW, MANY = 4_000, 10_000
"""Between these lies how many training examples are measured at the end, see ``measured``."""


NOT_JUDGED: tuple[Chosen, evaluate.Evaluated] = ({}, evaluate.Evaluated([], [], []))
"""What is chosen and answered where nothing is held out."""


class Recorder:
    """The record of one training in progress.

    Args:
        setup: what is trained; a change from outside replaces it.
        loaders: its train and dev examples, encoded.
    """

    def __init__(
        self,
        record: Record,
        setup: TrainingSetup,
        state: State,
        loaders: Loaders,
        log: MessageLog,
    ) -> None:
        self.record, self.setup, self.state = record, setup, state
        self.loaders, self.log = loaders, log
        steps = course_of(setup, loaders.train).steps
        by_gradient = setup.system.step is None  # else there is none to watch
        watched = setup.recipe.training.watch_layers and setup.device.main and by_gradient
        self.layers = Watcher(setup, loaders.train, steps) if watched else None
        self.train_figures = train_figures(setup, loaders.train)
        self.curves, self.clock = Curves(steps), Clock()
        keep_last = setup.recipe.training.keep == "last" or not len(setup.dev)
        self.best = BestWeights(keep_last=keep_last)
        self.checkpointer = Checkpointer(record, state, self.best)
        self.changes = 0  # tweaks and rewinds so far
        self.steps_taken = 0  # by this process
        self.evaluation = 0.0  # seconds that measuring dev took last
        self.measuring = False  # the net holds the kept weights, no longer those of the last step

    def begin(self) -> None:
        """Note what is to be seen before the first step."""
        if self.layers is None or self.layers.rows:  # a checkpoint before the first step has them
            return
        if self.state.step == 0 and self.layers.due(0):
            # else dropout draws here what trials by the clock have left
            self.setup.device.seed(seed_of(self.setup.recipe.training.seed, "layers", 0))
            self.layers.look(self.state)

    def keep(self, result: StepResult) -> dict[str, float] | None:
        """Note one step; at the end of an epoch measure dev, and save when it is time. Returns the
        dev figures then.
        """
        self.steps_taken += 1
        kept = self.curves.keeps(result.step)
        self.curves.add_step(result, self._grad_norm() if kept else None)
        if self.layers is not None and self.layers.due(result.step):
            self.layers.look(self.state)
        dev = self._end_epoch(result) if result.last else None
        minutes = self.setup.recipe.training.checkpoint_minutes
        if self.setup.device.main and self.checkpointer.due(minutes):
            self.save()
        return dev

    def _end_epoch(self, result: StepResult) -> dict[str, float]:
        """Measure the epoch, keep its weights if they are the best, and add its row."""
        setup, metric = self.setup, self.setup.system.metrics[0]
        begun, by = time.perf_counter(), setup.with_recipe(setup.system.each_epoch(setup.recipe))
        with evaluate.averaged(self.state) as net, self._statistics(net):
            dev = self._dev_figures(by, net)
            train = self.train_figures.measure(by, net) if self.train_figures else {}
            self.best.offer(net, self._rank(dev["loss"], dev[metric.name]), result.epoch)
        self.evaluation = time.perf_counter() - begun
        own = watched.figures(setup.system, self.state.watched, setup.device)
        figures = {"dev_loss": dev["loss"], f"dev_{metric.name}": dev[metric.name], **train, **own}
        self.curves.add_epoch(result, self.clock, self._grad_norm(), figures)
        self._follow_plateau()
        if setup.device.main:
            self.checkpointer.epochs.offer(
                result.epoch, lambda path: self.checkpointer.save(self._extra(), path)
            )
        return dev

    def _dev_figures(self, setup: TrainingSetup, net: nn.Module) -> dict[str, float]:
        """``loss`` and the single number on dev; the main process measures for all."""
        metric = setup.system.metrics[0]
        figures = {"loss": float("nan"), metric.name: float("nan")}
        if setup.device.main and len(setup.dev):
            found = evaluate.answers(
                net,
                setup.system,
                setup.codec,
                self.loaders.dev,
                setup.recipe,
                units=setup.dev_units,
                device=setup.each_epoch,
            )
            figures = {
                "loss": loss_of(setup.dev, found.losses, found.counts),
                metric.name: value_of(metric, setup.dev, found.answers),
            }
        return {name: setup.device.agree(value) for name, value in figures.items()}

    def _answers(
        self,
        net: nn.Module,
        loader: BatchLoader,
        units: SplitUnits,
        chosen: Chosen = evaluate.NOTHING,
    ) -> evaluate.Evaluated:
        setup = self.setup
        return evaluate.answers(
            net, setup.system, setup.codec, loader, setup.recipe, chosen, units=units
        )

    def _answers_on_dev(self, chosen: Chosen) -> evaluate.Evaluated:
        return self._answers(self.setup.net, self.loaders.dev, self.setup.dev_units, chosen)

    def _answers_on(self, examples: Examples, chosen: Chosen) -> evaluate.Evaluated:
        """Of examples that are read once, at the end: they take no room in memory."""
        setup = self.setup
        units = units_of(setup.system, examples, setup.recipe, setup.codec)
        loader, _ = hold(
            units.units, setup.codec, setup.device.torch_device, place="stream", budget=0
        )
        return self._answers(setup.net, loader, units, chosen)

    def _statistics(self, net: nn.Module) -> contextlib.AbstractContextManager[None]:
        """Batch norm's statistics estimated anew where the recipe asks; the main process alone
        measures and keeps.
        """
        setup, frozen = self.setup, self.state.frozen_modules
        if not setup.device.main or not running_statistics.wanted(setup.recipe, net, frozen):
            return contextlib.nullcontext()
        return running_statistics.reestimated(
            net, setup.system, setup.codec, self.loaders.train, setup.recipe, frozen
        )

    def _grad_norm(self) -> float:
        if self.setup.system.step is not None:  # its steps leave no gradient
            return float("nan")
        return float(torch.linalg.vector_norm(self.state.weights.gradient))

    def _rank(self, loss: float, figure: float) -> tuple[float, ...]:
        return rank(figure, (loss,), self.setup.system.metrics[0].better)

    def _follow_plateau(self) -> None:
        """Lower the rate when dev asks for it."""
        recipe, name = self.setup.recipe, f"dev_{self.setup.system.metrics[0].name}"
        self.state.lr_scale = 1.0  # also after a tweak or a rewind to a schedule that lowers none
        if recipe.schedule.name == "plateau":
            rows = [row.figures for row in self.curves.epochs]
            ranks = [self._rank(row["dev_loss"], row[name]) for row in rows]
            self.state.lr_scale = plateau.lr_scale(ranks, recipe.schedule)

    def patience_over(self) -> bool:
        """Whether the recipe's patience has run out."""
        patience = self.setup.recipe.training.patience
        epoch = self.curves.epoch
        return patience is not None and epoch > 0 and epoch - self.best.epoch >= patience

    # --- saving and going on

    def save(self) -> None:
        """Checkpoint and curves, atomically; what is on disk is a run that opens and can go on."""
        extra = self._extra()
        self.checkpointer.save(extra)
        self._write(extra["seconds"])
        self._write_best()
        self.checkpointer.done()

    def _extra(self) -> dict[str, Any]:
        """What a checkpoint holds beside the state of the training."""
        return {
            **self.curves.as_json(),
            "seconds": self.clock.wall,
            "cpu_seconds": self.clock.cpu,
            "recipe": self.setup.recipe.model_dump(mode="json"),
            "changes": self.changes,
            "layers": [row.as_dict() for row in self.layers.rows] if self.layers else [],
        }

    def resume(self) -> list[requests.Request]:
        """Go on from the checkpoint, where there is one; returns the changes after it, which are to
        be made again at their steps. What else is later than it comes again.
        """
        if self.record.has_state:
            extra = self.restore()
            self.curves.restore_abandoned(extra, self.record)
        planned, self.changes = past_changes.plan(self.record, self.changes)
        if self.setup.device.main:
            rewind_states.drop_after(self.record, self.curves.epoch)
        self.checkpointer.epochs.wanted = frozenset(
            request.epoch for request in planned if request.epoch is not None
        )
        return planned

    def restore(self, place: Inside | None = None) -> dict[str, Any]:
        """Put the checkpoint back, or a state that was kept, with the recipe of that moment;
        returns what was saved beside it.
        """
        extra = self.checkpointer.load(place)
        self.changes = extra["changes"]
        kind = type(self.setup.recipe)
        try:
            self.change(self.setup.with_recipe(kind.of_record(extra["recipe"])))
        except RecipeError as error:
            raise RunError(f"{place or self.record.state}: {error}") from None
        if self.layers is not None:
            self.layers.restore([LayerRow.of(row) for row in extra["layers"]], self.state)
        self.curves.restore(extra)
        self.clock.go_on(extra["seconds"], extra["cpu_seconds"])
        self._follow_plateau()
        return extra

    def change(self, setup: TrainingSetup) -> None:
        """Go on by another recipe: the optimizer takes its new figures, and keeps what it
        remembers.
        """
        self.setup = setup
        optimizer = setup.optimizer(self.state.weights)
        for name, tensor in self.state.optimizer.memory.items():
            optimizer.memory[name].copy_(tensor)
        self.state.optimizer = optimizer
        self._follow_plateau()

    def rewind(self, place: Inside) -> None:
        """Go back to a state that was kept, its recipe too; what came after stays visible as a
        branch that was left.
        """
        changes, rows = self.changes, self.curves.epochs
        seconds = self.clock.wall, self.clock.cpu
        self.restore(place)
        self.changes = changes
        self.curves.leave_branch(rows)
        self.clock.go_on(*seconds)
        if self.setup.device.main:
            rewind_states.drop_after(self.record, self.curves.epoch)

    # --- ends

    def stop(self, status: str, message: str, *, save: bool = True) -> None:
        """An end before the end: keep what there is. A diverged or a half-made step is not worth a
        checkpoint.
        """
        if not self.setup.device.main or self.record.info()["status"] == "complete":
            return
        if save and status == "stopped" and not self.measuring:
            self.save()
        else:
            self._write(self.clock.wall)
            self._write_best()
        if self.best.tensors:
            self.record.seal_weights()
        self.record.note(status=status, message=message)
        self.record.event(status, step=self.state.step, message=message)

    def fail(self, status: str, message: str) -> str:
        """An end because the disk or the program failed: note it if the disk still allows, and
        return how to go on.
        """
        record = self.record
        noted: Mapping[str, Any] = {}
        if self.setup.device.main:
            with contextlib.suppress(NetwrightError):
                record.note(status=status, message=message)
                record.event(status, step=self.state.step, message=message)
        with contextlib.suppress(NetwrightError):
            noted = record.info()
        again = stages.resume(record.path, noted)
        if not record.path.is_dir():
            return f"back in its place, {again} goes on with it"
        step = checkpoints.step_of(record.state) if record.has_state else 0
        return f"once that is mended, {again} goes on from step {step:,}"

    def kept(self) -> str:
        """Which weights the run has, in words."""
        if not self.best.tensors:
            return f"no epoch had ended, so {self.record.id} keeps no weights"
        return f"{self.record.id} keeps the weights of epoch {self.best.epoch}"

    def finish(self, last: Callable[[], None]) -> None:
        """The kept weights, what is set on dev, the answers on train and dev, the measures; the
        state of the last step stays, from which a longer training can go on.

        ``complete`` comes when all that the run promises lies on disk, see ``keeping.promises``.

        Args:
            last: makes what follows the measures.
        """
        setup, record = self.setup, self.record
        if not setup.device.main:
            return
        if self.steps_taken or not record.has_state:
            self.save()
        else:  # its checkpoint is the end already
            self._write(self.clock.before[0])
            self._write_best()
        if not record.info().get("trained"):  # else a kill fell behind it
            record.event("trained", step=self.state.step)
            record.note(trained=True)
        self.measuring = True
        checkpoints.put(self.state.net, self.best.tensors, "the best epoch")
        record.seal_weights()
        judged = bool(len(setup.dev))
        chosen, dev = choosing.choose(setup, self._answers_on_dev) if judged else NOT_JUDGED
        if setup.system.choosing(setup.recipe) is not None:
            record.write_json("chosen.json", chosen)
        some, rows = _sample(setup.train_units, self.loaders.train, measured(len(setup.dev)))
        train = self._answers(setup.net, rows, some, chosen)
        measures, metrics = self._measured_before(), setup.system.all_metrics(setup.own_codec)
        answered = [("train", some.whole, train), ("dev", setup.dev, dev)]
        if (held_out := setup.splits.get(TRAIN_DEV)) is not None:
            answered.append((TRAIN_DEV, held_out, self._answers_on(held_out, chosen)))
        for split, examples, found in answered if judged else answered[:1]:
            record.write_predictions(split, setup.system, examples, found.answers, found.losses)
            measures[split] = measure(metrics, examples, found.answers)
        record.write_measures(measures)
        baseline = baseline_value(setup.system, setup.train, setup.dev) if judged else None
        record.note(message="", baseline=baseline, messages=self.log.lines)
        last()
        rewind_states.drop(record)
        writing.sweep(record.path)
        record.event("complete", step=self.state.step)
        record.note(status="complete", promised=promises.of(record))

    def _measured_before(self) -> Measures:
        """The figures of splits that were opened since the last step: of these very weights, where
        no step was taken since.
        """
        if self.steps_taken or not self.record.has("measures.json"):
            return {}
        return self.record.measures()

    def _write(self, seconds: float) -> None:
        self.curves.write(self.record)
        if self.layers is not None and self.layers.rows:
            self.record.write_rows("layers.csv", self.layers.rows)
        self.record.note(epochs=self.curves.epoch, steps=self.state.step, seconds=round(seconds, 2))

    def _write_best(self) -> None:
        """The weights and whose they are; sealed at the end only: a kill between the two would look
        like tampering.
        """
        if self.best.tensors:
            checkpoints.save_weights(self.record.inside(WEIGHTS), self.best.tensors)
            self.record.note(epoch_kept=self.best.epoch)


def _sample(train: SplitUnits, loader: BatchLoader, most: int) -> tuple[SplitUnits, BatchLoader]:
    """At most so many training examples, evenly spread, raw and encoded."""
    if len(train.whole) <= most:
        return train, loader
    some, rows = train.take(sampled(len(train.whole), most))
    return some, LoaderRows(loader, torch.from_numpy(rows))


def measured(dev: int) -> int:
    """How many training examples are measured in evaluation mode at the end, at most: twice as many
    as dev has. The interval of the gap between them is dev's then, and all of a large training
    split would take longer than a pass over it.
    """
    return min(MANY, max(FEW, 2 * dev))


def sampled(count: int, most: int) -> list[int]:
    """Which of so many training examples are measured."""
    if count <= most:
        return list(range(count))
    found: list[int] = np.linspace(0, count - 1, most).astype(int).tolist()
    return found
