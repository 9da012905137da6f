"""A training from examples to a complete run, read from top to bottom.

    prepare    split -> setup -> encoded examples -> trials of what the recipe leaves open -> record
    fit        state -> steps, each kept by the recorder -> kept weights, measures

What comes before (reading the source) and after (the judgement, the report) is in ``api``.
"""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch

from netwright.base.errors import RunError
from netwright.contract import AnySystem, Metric, Reading
from netwright.data import splits
from netwright.metrics.measure import interval_of
from netwright.recipe import Recipe, resolved
from netwright.runs import codecs
from netwright.runs.annotations import files as annotation_files
from netwright.runs.annotations import overlay
from netwright.runs.annotations.noted import Correction
from netwright.runs.project import Project
from netwright.runs.record import Record
from netwright.training import checkpoints, loop
from netwright.training.batching import example_weights, loader, mixing
from netwright.training.batching.hold import Loaders, hold_splits
from netwright.training.batching.loader import LoaderRows
from netwright.training.batching.train_batches import (
    check_tokens,
    course_of,
    train_batches,
)
from netwright.training.devices import cpu_threads, give_back_memory
from netwright.training.freezing import phases, transfer
from netwright.training.live import apply_changes, requests
from netwright.training.live.stopping import at_once, ends_noted, stops
from netwright.training.probes import batch_norm_rows, choose_speed, find_rate, fit_memory
from netwright.training.probes.lr_finder import Sweep
from netwright.training.probes.trial_step import FEW, TrialStep
from netwright.training.recorder import Recorder
from netwright.training.recording import opening
from netwright.training.recording.first_lines import first_lines
from netwright.training.recording.message_log import MessageLog
from netwright.training.setup import (
    TrainingSetup,
    arranged,
    as_trained,
    assemble,
    build,
    laid_out,
    parts_of,
    started,
    without_test,
)
from netwright.training.start import earlier
from netwright.training.start.first_state import first_state
from netwright.training.steps import auto, autograd, plain
from netwright.training.steps.compiling import compiled_step
from netwright.training.timing.first_step import FirstStep
from netwright.training.timing.pace import Pace
from netwright.training.timing.time_plan import TimePlan

Log = Callable[[str], None]
"""Called with each line about what was chosen and why."""

RESOLVED = (
    "optimizer.lr",
    "training.epochs",
    "training.batch_size",
    "training.precision",
    "training.layout",
    "training.threads",
)
"""What every run's recipe holds a value for."""


@dataclass(frozen=True)
class PreparedTraining:
    """A training that is about to begin, or to go on.

    Args:
        record: where it is kept.
        loaders: the train and dev examples, encoded.
        log: what was chosen and why.
        hold: keeps others from training into the record, until it is closed.
        pace: how fast it goes, where that was rehearsed.
    """

    record: Record
    setup: TrainingSetup
    loaders: Loaders
    log: MessageLog
    hold: contextlib.ExitStack
    pace: Pace | None = None


@dataclass(frozen=True)
class Progress:
    """How far a training is.

    Args:
        step: steps taken.
        steps: how long the training is, every epoch counted as long as the first.
        place: how far it is of these: ``step``, where epochs are equal.
        loss: of the last step's batch; the mean of the epoch's where one just ended.
        dev: the dev figures of the epoch that just ended, if one did.
        interval: the 95% interval of the dev metric, when that is a proportion.
        metric: the single number; its value is ``dev[metric.name]``.
        message: what a request from outside just changed; empty otherwise, and nothing but ``step``
            counts then.
    """

    epoch: int
    epochs: int
    step: int
    steps: int
    loss: float
    seconds: float
    dev: dict[str, float] | None = None
    interval: tuple[float, float] | None = None
    metric: Metric | None = None
    message: str = ""
    place: float = 0.0


# --- before the first step


def prepare(
    system: AnySystem,
    reading: Reading,
    recipe: Recipe,
    store: Path,
    project: Project | None = None,
    assigned: Sequence[str] | None = None,
    corrections: Mapping[str, Correction] | None = None,
    log: Log | None = None,
) -> PreparedTraining:
    """Everything up to the first step of a new training.

    Args:
        store: the folder that runs are kept in.
        project: its muted findings are left out, and the record names its file.
        assigned: the split of every example, as the system arranges them, where a study says so;
            without any in dev nothing chooses, and the last weights are kept. None: as the recipe
            splits them.
        corrections: laid over the labels of the examples, once these are split; None: those that
            people made until now, in the annotations of the store.
        log: called with a line before what may take long.

    Raises:
        NetwrightError: the data or the recipe do not allow it, or the record cannot be written.
    """
    reading = arranged(system, reading, recipe)
    examples = reading.examples
    if assigned is None:
        assigned = splits.as_wanted(system, examples, recipe)
    timeline = splits.timeline_if_any(examples, assigned, recipe)
    if corrections is None:
        corrections = annotation_files.read(store).corrections()
    parts, applied, corrected = overlay.of_parts(system, parts_of(examples, assigned), corrections)
    example_weights.check(system, parts)
    project = project or Project()
    contents = system.contents(without_test(parts))
    findings = opening.findings(system, reading, assigned, contents, project)

    setup = build(system, recipe, parts, earlier.read(system, recipe, store))
    setup, found = transfer.begun(setup, log if setup.device.main else None)
    loaders = hold_splits(setup)
    setup, sweep, tried = _resolve(setup, loaders, log if setup.device.main else None)

    tried = [
        *found,
        *([corrected] if corrected else []),
        *earlier.seen(recipe, parts, store),
        *tried,
    ]
    lines = first_lines(setup, reading, findings, tried, sweep, timeline)
    with opening.new_record(store, setup.recipe, setup.device) as (record, hold):
        if setup.device.main:
            opening.note_start(record, setup, reading, lines)
            opening.write_setup(record, setup, recipe.model_dump(mode="json"), sweep)
            opening.write_data(
                record, system, reading, parts, assigned, findings, contents, timeline
            )
            if applied:
                record.write_json(overlay.FILE, [one.as_json() for one in applied])
            if project.path is not None:
                record.note(**project.named_from(record.path))
        messages = _log(record, setup, lines)
        return PreparedTraining(record, setup, loaders, messages, hold.pop_all())


def reopen(system: AnySystem, record: Record, reading: Reading, recipe: Recipe) -> PreparedTraining:
    """An unfinished training, on the same data, ready to go on; also one whose steps are all taken,
    and that lacks what is made after them.

    Raises:
        RunError: another process trains it, or the data are not the same as they were.
    """
    check_same_data(record, reading)
    for key in RESOLVED:
        if recipe.value(key) in ("auto", "find", "largest"):
            raise RunError(
                f"{record.id}/recipe.yaml leaves {key} at {recipe.value(key)}, which a run's record"
                " never does now: it was begun by an older netwright; train again from"
                f" {record.path / 'recipe.yaml'}."
            )
    codec = codecs.load(system, record)
    if record.has_state:
        checkpoints.check_fits(record.state, lambda: system.model(codec, recipe), "net.")
    reading = arranged(system, reading, recipe)
    parts = parts_of(reading.examples, record.splits_of(reading.examples))
    parts, _, _ = overlay.of_parts(system, parts, overlay.kept(record.path))
    seen = as_trained(system, recipe, parts)
    setup = _begun(assemble(system, recipe, codec, seen), record)
    state = record.state if record.has_state else None
    setup = laid_out(transfer.gone_on(setup, state))
    with opening.old_record(record, setup.device) as hold:
        with codecs.on_own_data(record):
            loaders = hold_splits(setup)
        if setup.device.main:
            opening.note_resumed(record)
        log = _log(record, setup, record.info()["messages"])
        return PreparedTraining(record, setup, loaders, log, hold.pop_all())


def _begun(setup: TrainingSetup, record: Record) -> TrainingSetup:
    """The same; with what the run starts from, where it has no checkpoint to go on from."""
    if not setup.recipe.model.start or record.has_state:
        return setup
    runs = record.path.parent
    start = earlier.again(record, runs, setup.system, setup.recipe)
    recipe = setup.recipe.changed({"model.start": start})
    return started(setup, earlier.read(setup.system, recipe, runs))


def check_same_data(record: Record, reading: Reading) -> None:
    """See that the data are those that the run was trained on.

    Raises:
        RunError: the data are not those that the run was trained on.
    """
    fingerprint = record.mapping("data.json").get("fingerprint")
    if fingerprint != reading.fingerprint:
        raise RunError(
            f"the data of {record.id} have changed since it started (fingerprint {fingerprint}, now"
            f" {reading.fingerprint}): train anew."
        )


def _resolve(
    setup: TrainingSetup, loaders: Loaders, log: Log | None
) -> tuple[TrainingSetup, Sweep | None, list[str]]:
    """What the recipe leaves open, found by trials on a few examples: the fastest way to step, the
    largest batch, the learning rate; and what the trials found, in a line each.
    """
    few, lines = loader.first(loaders.train, FEW), list[str]()
    mixing.check(setup, few)
    check_tokens(setup, loaders.train)
    batch_norm_rows.check(setup, few)
    setup = laid_out(setup.with_recipe(choose_speed.resolve(setup, few)))
    if setup.recipe.training.batch_size == "largest":
        most = loader.longest(loaders.train, FEW).to(torch.device("cpu"))
        recipe, lines = fit_memory.resolve(TrialStep(setup, most))
        setup = setup.with_recipe(recipe)
    if setup.recipe.optimizer.lr != "find":
        return setup, None, lines
    if log is not None:
        log(find_rate.announced(setup.recipe))
    rows = find_rate.rows_of(setup)
    sweep = find_rate.sweep(setup, LoaderRows(loaders.train, torch.from_numpy(rows)), rows)
    return setup.with_recipe(setup.recipe.changed({"optimizer.lr": sweep.proposal})), sweep, lines


def _log(record: Record, setup: TrainingSetup, lines: list[str]) -> MessageLog:
    return MessageLog(record if setup.device.main else None, lines)


# --- the training


def _nothing() -> None:
    """What is made after the measures of a training below ``api``: no report."""


def fit(
    training: PreparedTraining,
    started: float | None = None,
    log: Log | None = None,
    last: Callable[[], None] = _nothing,
) -> Generator[Progress, None, None]:
    """Train to the end, keeping the record on the way; yields progress about ten times a second.
    The hold on the record stays with who prepared the training, and is theirs to close.

    Args:
        started: when the process began (``time.time``), to note the time to the first step.
        log: given each line about what was chosen and why, before the first step.
        last: makes what else the run promises once its figures are there; it is complete then.

    A stop (Ctrl-C, SIGTERM) ends after the current step with a checkpoint, a second one at once
    with the last checkpoint; a divergence ends with the best weights kept.

    Raises:
        KeyboardInterrupt: the person stopped it; the record says how far it came, and its argument
            is the run's id.
        DivergenceError: see ``training.loop``.
        NetwrightError: the disk is full; the last checkpoint stands.
    """
    record, setup, loaders = training.record, training.setup, training.loaders
    setup.device.wait()  # what the main process writes before the first step, all read
    state = first_state(setup)
    recorder = Recorder(record, setup, state, loaders, training.log)
    queue = requests.RequestQueue(record, recorder.resume())
    training.log.add(loaders.message)
    training.log.send(log)
    # the main process plans for all
    timed = TimePlan.of_record(record, recorder, training.pace) if setup.device.main else None
    beginning = FirstStep(recorder, training.pace, started, log)

    threads = resolved(setup.recipe.training.threads)
    with stops() as stopped, cpu_threads(threads), ends_noted(recorder):
        recorder.begin()
        while True:  # again after each change from outside, by the recipe that it left
            segment = _Segment(recorder, queue, timed, stopped, beginning)
            request = yield from segment.run()
            if request is None:
                break
            message = apply_changes.carry_out(request, recorder)
            yield Progress(
                epoch=0,
                epochs=segment.epochs,
                step=state.step,
                steps=segment.steps,
                loss=math.nan,
                seconds=recorder.clock.wall,
                message=message,
            )
        if timed is not None:
            recorder.log.add(timed.message())
            beginning.send(timed.message())
        if setup.device.main:
            queue.close()  # who asks in the last steps need not wait for the report
        with at_once():
            recorder.finish(last)
    if setup.device.main:
        queue.close()  # what came meanwhile
    setup.device.wait()  # each process leaves a complete run
    give_back_memory()


class _Segment:
    """The steps from one change of the recipe to the next."""

    def __init__(
        self,
        recorder: Recorder,
        queue: requests.RequestQueue,
        timed: TimePlan | None,
        stopped: list[int],
        beginning: FirstStep,
    ) -> None:
        self.recorder, self.queue, self.timed, self.stopped = recorder, queue, timed, stopped
        self.beginning = beginning
        self.setup, self.state = recorder.setup, recorder.state
        self.trained = recorder.record.info().get("trained", False)
        train = self.setup.train_units.units
        weights = example_weights.weights_of(self.setup.system, self.setup.recipe, train)
        self.batches = train_batches(self.setup, recorder.loaders.train, weights)
        self.course = course_of(self.setup, recorder.loaders.train)
        self.steps, self.epochs = self.course.steps, self.course.epochs

    def run(self) -> Generator[Progress, None, requests.Request | None]:
        """Step until the end, or until a request is to be carried out, which is returned."""
        recorder = self.recorder
        if self.trained:  # by an earlier process, which did not come to the end of what follows
            self._expect_no_step()
            return None
        request = self.queue.due(self.state.step)
        if request is not None or recorder.patience_over():
            return request
        if request := self._agreed(self._by_time()):
            return request
        shown = 0.0
        self.beginning.estimate(self.course)
        for result in self._results():
            self.beginning.first_step()
            dev = recorder.keep(result)
            now = time.monotonic()
            if dev or now - shown > 0.1:
                shown = now
                yield self._progress(result, dev)
            if dev and recorder.patience_over():
                name = self.setup.system.metrics[0].name
                patience = self.setup.recipe.training.patience
                recorder.log.add(f"stopped early: no better dev {name} in {patience} epochs")
                return None
            request = self.queue.due(result.step) or self._from_outside()
            if request is not None:
                return request
        return None

    def _expect_no_step(self) -> None:
        """See that a run which notes that all its steps are taken has none to take.

        Raises:
            RunError: it has.
        """
        state, length = self.state, len(self.batches.plan(self.state.epoch))
        left = self.course.place(state.epoch, state.done, length) < self.course.steps
        if left and not self.recorder.patience_over():
            raise RunError(
                f"{self.recorder.record.id} notes that all its steps are taken, and its checkpoint"
                f" is of step {state.step:,}, before the end: its files are not of one training."
            )

    def _results(self) -> Iterator[loop.StepResult]:
        """The steps to come."""
        setup, state, batches = self.setup, self.state, self.batches
        phases.enter(state, setup.recipe)  # a step is made of what moves
        thaws = setup.recipe.training.thaws
        step = phases.ByPhase(state, self._step) if thaws else self._step()
        return loop.train(state, step, batches, self.course, setup.recipe, setup.device)

    def _step(self) -> autograd.Step:
        """The way to step: by autograd first, then as the recipe wants and the net allows; a
        system's own ways stay as they are.
        """
        setup, state, log, batches = self.setup, self.state, self.recorder.log, self.batches
        own = plain.of_the_system(setup, state)
        if own is not None:
            return own
        knobs = setup.recipe.training
        thaw = phases.next_thaw(setup.recipe, state.epoch)
        end = self.steps if thaw is None else min(self.steps, thaw * self.course.per_epoch)
        left = int(end - self.course.place_of(state))
        eager = plain.eager(setup, state)
        if knobs.step != "compiled":
            return auto.AutoStep(eager, knobs.step, left, log.add, varied=not batches.drawn)
        step, costs = compiled_step(setup, eager, batches)
        self.recorder.record.note(compiled={**asdict(costs), "break_even": costs.break_even})
        message = costs.words(left)
        log.add(message)
        self.beginning.send(message)
        return step

    def _progress(self, result: loop.StepResult, dev: dict[str, float] | None) -> Progress:
        metric = self.setup.system.metrics[0]
        # what the size of the dev set allows to say of its metric
        interval = interval_of(metric, dev[metric.name], self.setup.dev) if dev else None
        loss = self.recorder.curves.epochs[-1].loss if dev else float(result.loss)
        return Progress(
            epoch=result.epoch,
            epochs=self.epochs,
            step=result.step,
            steps=self.steps,
            loss=loss,
            seconds=self.recorder.clock.wall,
            dev=dev,
            interval=interval,
            metric=metric,
            place=self.state.place,
        )

    def _from_outside(self) -> requests.Request | None:
        """A request, or a stop, which all processes take at the same step.

        Raises:
            KeyboardInterrupt: one of the processes is to stop.
        """
        request = None
        if self.setup.device.main and not self.stopped:
            request = self.queue.arrived() or self._by_time()
        return self._agreed(request)

    def _agreed(self, request: requests.Request | None) -> requests.Request | None:
        """The main process's request, in every process; that one answers it.

        Raises:
            KeyboardInterrupt: one of the processes is to stop.
        """
        device = self.setup.device
        stopped, requested = device.each_any(bool(self.stopped), request is not None)
        if stopped:
            if request is not None:
                requests.answer(request, {"error": "the run was stopped: nothing was changed."})
            raise KeyboardInterrupt
        if not requested:
            return None
        found = device.from_main(request)
        return found if device.main or found is None else replace(found, answer=None)

    def _by_time(self) -> requests.Request | None:
        """Another length of the training, so that it ends when its time is over; none before what
        the record holds is made again.
        """
        if self.timed is None or self.queue.plan:
            return None
        changes = self.timed.changes(self.course)
        return None if changes is None else requests.Request(changes, how="time")
