"""Train: from a source and a recipe to a run that is kept, diagnosed and reported."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import time as wall_clock
from typing import TYPE_CHECKING, Any

from netwright.api.beginning import changes_of, note_origin, project_of, start_of
from netwright.api.earlier_names import also_called
from netwright.api.kept import system_of_run
from netwright.api.reading import with_weights
from netwright.api.run import Run
from netwright.base.errors import DataError, NetwrightError, RecipeError
from netwright.recipe import Recipe
from netwright.runs import store as stores
from netwright.runs.human_levels import HumanError, levels_of, noted

if TYPE_CHECKING:
    from torch import nn

    from netwright.runs.contents import RunFiles
    from netwright.runs.record import Record
    from netwright.training.trainer import PreparedTraining, Progress


@also_called(log="say")
def train(
    source: Any = None,
    *,
    target: str | Sequence[str] | None = None,
    weights: Any = None,
    model: str | nn.Module | None = None,
    epochs: int | None = None,
    time: str | float | None = None,
    set: Mapping[str, Any] | None = None,
    recipe: str | Path | Recipe | None = None,
    system: str | Path | None = None,
    start: str | None = None,
    human_error: HumanError | None = None,
    store: str | Path | None = None,
    resume: str | None = None,
    repeat: str | None = None,
    watch: Callable[[Progress], None] | None = None,
    log: Callable[[str], None] | None = None,
    tensorboard: str | None = None,
    started: float | None = None,
    folds: int | None = None,
    keep: str | None = None,
    sanity: bool = False,
) -> Run:
    """Train on ``source``, keep the run, diagnose it and write its report.

    Args:
        source: a ready data set's name, a folder, a file, (x, y) arrays or tensors, or a data frame
            with ``target``.
        target: what to predict: a column, several, or a class of boxes.
        weights: (N,) how much each example of data in memory counts, at least 0; of a table name
            the column, ``data.weight``.
        model: an architecture's name, or a module of your own that maps prepared inputs to (B,
            classes) or (B, 1).
        epochs, set: changes to the recipe, ``set={"optimizer.lr": 0.01}``.
        time: how long all of it may take, ``"10m"``, ``"1.5h"`` or seconds: as many epochs as fit,
            where the recipe leaves them to ``auto``.
        recipe: a recipe file, the name of a preset (``sketch``, ``quick``, ``thorough``), or an
            object to start from.
        system: the kind of problem, by its name or by the folder of one of your own; None: from the
            data.
        start: an earlier run of the same system that training starts from, ``model.start``: its
            weights, its codec and, where you say nothing else, its net.
        human_error: what people reach, for the diagnosis.
        store: where runs are kept (default: ``runs``).
        resume: the id of an unfinished run to go on with; or of a complete one, with more
            ``epochs``: a new run then goes on from its end, on its source as that is now. ``set``
            takes what can change while a run trains; ``source`` is needed only if it was data in
            memory.
        repeat: the id of a run to train anew as it was trained, by its recipe and with its tweaks
            at their steps; as for ``resume``.
        watch: called with each ``Progress``.
        log: called with each line about what was chosen and why, before training begins, and with
            an estimate of how long it will take.
        tensorboard: a folder to which the curves are written for TensorBoard, too.
        started: when the process began (``time.time``), to measure the time to the first step.
        folds: train so many nets, each on all but one part of train and dev, and judge every
            example outside test by the net that never saw it; what is kept is returned. An
            unfinished study of the same data and recipe goes on, as does one that ``resume`` names.
        keep: with ``folds``: their nets together, ``ensemble``, or ``one``, trained on all of
            these examples; ``auto``: together, where the system combines answers.
        sanity: train from scratch on the same data, too, before the training that starts from
            other weights; its report says whether these paid.

    Raises:
        NetwrightError: the data or the recipe cannot be used; nothing is kept then.
        DivergenceError: training diverged; the run keeps the best weights.
        KeyboardInterrupt: it was stopped; the run can be resumed.
    """
    begun = wall_clock() if started is None else started
    from netwright.api.going_on import earlier, timing
    from netwright.api.judged import scratch
    from netwright.runs import to_tensorboard
    from netwright.training import trainer

    limit = timing.seconds_of(time)
    folder, source = stores.folder(store), with_weights(source, weights)
    if tensorboard is not None:
        to_tensorboard.check(Path(tensorboard))
    if folds is not None or keep is not None:
        earlier.refuse_with_folds(
            folds,
            time=time,
            resume=resume,
            repeat=repeat,
            tensorboard=tensorboard,
            sanity=sanity or None,
        )
        from netwright.api.studies import folds as study

        return study.begin(
            source,
            folder,
            changes_of(epochs, system, set, start),
            (int(folds or 0), keep or "auto", human_error),
            watch=watch,
            log=log,
            target=target,
            model=model,
            recipe=recipe,
        )
    if (there := earlier.study_named(resume, folder)) is not None:
        from netwright.api.studies import folds as study

        earlier.refuse_changes(target=target, recipe=recipe, model=model, start=start, set=set)
        return study.resume(there, source, watch, log, human_error)
    followed = _Followed(watch, log, tensorboard, started, begun, limit, human_error)
    module = None if isinstance(model, str) else model
    if (name := earlier.named(resume, repeat)) is not None:
        named = None if module else model
        earlier.refuse_changes(target=target, recipe=recipe, model=named, start=start)
        earlier.refuse_changes(sanity=sanity)
        if repeat is not None:
            earlier.refuse_changes(epochs=epochs, time=time, set=set)
        system_of_run.expect(stores.find(name, folder), system)
        if repeat is not None:
            training = earlier.repeat(name, folder, source, module, human_error)
            return followed.to_the_end(training, module, epochs)
        old = Run(stores.find(name, folder), module)
        changes = timing.with_epochs(old.record, changes_of(epochs, None, set), limit)
        if not changes and earlier.derived_again(old, human_error):
            return old
        training = earlier.resume(name, folder, source, module, human_error, changes)
        return followed.to_the_end(training, module, epochs, goes_on=True)
    changes = changes_of(epochs, system, set, start)
    found, reading, given = start_of(source, target, model, changes, recipe, folder, usual=True)
    plain = None
    if sanity:
        plain = train(
            source,
            target=target,
            model=model,
            epochs=epochs,
            time=time,
            set=scratch.settings(given.model.start, set),
            recipe=recipe,
            system=system,
            human_error=human_error,
            store=folder,
            watch=watch,
            log=log,
        )
    project = project_of(folder, found, human_error)
    timing.check(limit, given)
    training = trainer.prepare(found, reading, given, folder, project, log=log)
    note_origin(training)
    most = None if given.training.epochs == "auto" else given.training.epochs
    return followed.to_the_end(training, module, most, plain=plain)


@dataclass(frozen=True)
class _Followed:
    """What accompanies a training.

    Args:
        watch, log, tensorboard, started, human_error: as for ``train``.
        begun: when the verb was called.
        limit: seconds that all of it may take.
    """

    watch: Callable[[Progress], None] | None
    log: Callable[[str], None] | None
    tensorboard: str | None
    started: float | None
    begun: float
    limit: float | None
    human_error: HumanError | None

    def to_the_end(
        self,
        training: PreparedTraining,
        module: nn.Module | None,
        most: int | None,
        *,
        goes_on: bool = False,
        plain: Run | None = None,
    ) -> Run:
        """Train, judge, report.

        Args:
            module: a person's own, if it is one.
            most: epochs that a person named.
            goes_on: whether the record was there before.
            plain: the same training from scratch, where it was wanted.
        """
        from netwright.api.going_on import timing
        from netwright.runs import to_tensorboard
        from netwright.training import trainer

        main, run = training.setup.device.main, Run(training.record, module)
        with training.hold, _ends_noted(training, begun=goes_on):
            if main and self.human_error is not None:
                # a kill before the diagnosis would lose it
                run.record.note(human_error=noted(levels_of(self.human_error, "human_error")))
            wanted = self.log is not None or self.limit is not None
            training = _with_pace(training, wanted=wanted)
            if self.limit is not None and main:
                ahead = wall_clock() - self.begun
                timing.note(training.record, self.limit, most, ahead=ahead)
            judged = _Judged(run, training, self.log, plain)
            log = self.log if main else None
            for progress in trainer.fit(training, self.started, log, judged):
                if self.watch is not None and main:
                    self.watch(progress)
            if main and self.tensorboard is not None:
                to_tensorboard.to_tensorboard(run.record, Path(self.tensorboard))
        return dataclasses.replace(run, held=judged.files)


def _with_pace(training: PreparedTraining, *, wanted: bool) -> PreparedTraining:
    """The training with its own pace, where somebody wants it and steps follow."""
    from netwright.training.timing import rehearsal

    device = training.setup.device
    steps_follow = not (device.main and training.record.info().get("trained"))
    if not (device.from_main(steps_follow) and device.any(wanted)):
        return training
    pace = rehearsal.rehearse(training.setup, training.loaders)
    return dataclasses.replace(training, pace=pace)


@contextlib.contextmanager
def _ends_noted(training: PreparedTraining, *, begun: bool) -> Iterator[None]:
    """However the block ends before its end, the record says so, and a stop by hand names it."""
    record, main = training.record, training.setup.device.main
    try:
        yield
    except NetwrightError as error:
        if main:
            _note_refusal(record, error, begun=begun)
        raise
    except KeyboardInterrupt:
        if main:
            _note_stop(record, "stopped by hand")
        raise KeyboardInterrupt(record.id) from None


def _note_refusal(record: Record, error: NetwrightError, *, begun: bool) -> None:
    """Nothing is kept of a run that never began; one that was to go on can still go on."""
    refused = isinstance(error, DataError | RecipeError)
    if refused and not begun and not record.has_state:
        record.discard()
    else:
        _note_stop(record, str(error))


def _note_stop(record: Record, message: str) -> None:
    """Note why a run is not trained any more, if nobody has; a disk may allow no more."""
    with contextlib.suppress(NetwrightError):
        if record.info()["status"] == "running":
            record.note(status="stopped", message=message)


class _Judged:
    """Makes what a run promises beside its figures: the worst mistakes as pictures, the views, the
    references, the diagnosis, the report; of one that repeats another, whether the weights are the
    same.

    Args:
        log: called with a line about that.
        plain: the same training from scratch, where it was wanted.
    """

    def __init__(
        self,
        run: Run,
        training: PreparedTraining,
        log: Callable[[str], None] | None,
        plain: Run | None = None,
    ) -> None:
        self.run, self.training, self.log, self.plain = run, training, log, plain
        self.files: RunFiles | None = None

    def __call__(self) -> None:
        from netwright.api.going_on import earlier
        from netwright.api.judged import references, scratch, views
        from netwright.runs.answers import mistakes
        from netwright.runs.choosing import yardsticks

        run, setup = self.run, self.training.setup
        dev = setup.dev
        if "repeats" in run.info:
            self._note(earlier.compared(run))
        mistakes.keep(run.record, run.system, dev)
        views.make(run, dev)
        plain = [] if self.plain is None else [scratch.reference(self.plain, dev)]
        references.make(run, dev, references.fitted(run, setup.train, dev), self.log, plain)
        if plain and run.references:
            self._note(scratch.verdict(run))
        _, self.files = run.diagnosed(status="complete")
        yardsticks.note_dev_set(run.record, self.files.data.get("fingerprint"))

    def _note(self, line: str) -> None:
        self.training.log.add(line)
        if self.log is not None:
            self.log(line)
