"""The trainings of a study: on data that were read once, each a run like any other."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netwright.api.beginning import note_origin, project_of, start_of
from netwright.api.recipes import of_record
from netwright.base.errors import NetwrightError, RecipeError, RunError
from netwright.base.figures import duration
from netwright.recipe import Recipe
from netwright.recipe.model import OWN
from netwright.runs.human_levels import HumanError, levels_of, noted, of_note
from netwright.runs.keeping import promises, stages
from netwright.runs.record import Record
from netwright.studies import steps

if TYPE_CHECKING:
    from netwright.contract import AnySystem, Examples, Reading
    from netwright.studies.steps import StudyStep
    from netwright.studies.study import Study
    from netwright.training.trainer import PreparedTraining, Progress

Watch = Callable[["Progress"], None]
Log = Callable[[str], None]


@dataclass(frozen=True)
class StudyData:
    """What all trainings of a study have in common, read once.

    Args:
        recipe: the one that every step changes, its ``auto`` values and all.
        examples: as the system arranges them.
        assigned: their splits, as a single training has them.
        store: the folder of the runs.
        watch: called with each ``Progress`` of a training.
        log: called with each line about what is done and why.
    """

    system: AnySystem
    reading: Reading
    recipe: Recipe
    examples: Examples
    assigned: list[str]
    store: Path
    watch: Watch | None = None
    log: Log | None = None

    def about(self, question: str, plan: Mapping[str, Any]) -> dict[str, Any]:
        """What a new study of these data notes."""
        from netwright import systems

        place = systems.place_of(self.system.name)
        return {
            "question": question,
            "system": self.system.name,
            "source": self.reading.source.path,
            "fingerprint": self.reading.fingerprint,
            "plan": {"recipe": self.recipe.model_dump(mode="json"), **plan},
            **({"system_origin": place.origin} if place.origin else {}),
        }

    def message(self, line: str) -> None:
        """Tell who called."""
        if self.log is not None:
            self.log(line)

    def prepare(self, step: StudyStep) -> PreparedTraining:
        """A new training, ready to begin."""
        from netwright.training import trainer

        return trainer.prepare(
            self.system,
            self.reading,
            self.recipe.changed(dict(step.changes)),
            self.store,
            project_of(self.store, self.system, None),
            step.splits,
        )

    def trainer_of(
        self,
        study: Study,
        last: Callable[[StudyStep, Record], None] | None = None,
    ) -> Callable[[StudyStep, str | None, Callable[[str], None]], Record]:
        """What trains one step of a study to its end, see ``studies.steps.Train``.

        Args:
            last: makes what else the run of a step promises, before it is complete.
        """

        def train(step: StudyStep, before: str | None, begun: Callable[[str], None]) -> Record:
            old = None if before is None else self._left(before)
            if old is not None and old.info()["status"] == "complete":
                return old
            training = self.prepare(step) if old is None else self._reopened(old)
            record = training.record
            with training.hold:
                if old is None:
                    note_origin(training)
                    record.note(study=study.id, role=step.role)
                    if step.limit is not None:
                        _expect_within(training, step.limit, study.info()["kind"])
                    begun(record.id)
                end = (lambda: last(step, record)) if last is not None else (lambda: None)
                try:
                    self._fit(training, step, end)
                except steps.TimeIsUpError:
                    record.discard()
                    raise
            return record

        return train

    def _fit(self, training: PreparedTraining, step: StudyStep, last: Callable[[], None]) -> None:
        """Train to the end, or until a step's time is up."""
        from netwright.training import trainer

        with contextlib.closing(trainer.fit(training, last=last)) as progresses:
            for progress in progresses:
                if self.watch is not None:
                    self.watch(progress)
                late = step.until is not None and steps.clock() > step.until
                if late and progress.step < progress.steps:
                    raise steps.TimeIsUpError

    def _left(self, name: str) -> Record | None:
        """A run that was cut off, if it can go on; one that cannot is taken away."""
        record = Record(self.store / Path(name).name)
        if not record.has("run.json"):
            return None
        stage = stages.of(record.path, record.info())
        if stage == "complete" and not promises.missing(record):
            return record
        if stage in ("training", "trained") and record.has_state:
            return record
        with record.held():
            record.discard()
        return None

    def _reopened(self, record: Record) -> PreparedTraining:
        from netwright.training import trainer

        recipe = self.system.recipe.of_record(record.recipe(), f"{record.id}/recipe.yaml")
        return trainer.reopen(self.system, record, self.reading, recipe)


def _expect_within(training: PreparedTraining, limit: float, kind: str) -> None:
    """Refuse a training that takes longer than there is time; nothing is kept of it.

    Args:
        limit: seconds that are left.
        kind: of the study.

    Raises:
        RecipeError: it does, by its pace.
    """
    from netwright.training.batching.train_batches import course_of
    from netwright.training.timing import rehearsal

    pace = rehearsal.rehearse(training.setup, training.loaders)
    expected = pace.left(course_of(training.setup, training.loaders.train), 0)
    if expected > limit:
        training.record.discard()
        sizes = "" if kind == "improve" else " smaller --sizes"
        raise RecipeError(
            f"--budget: one training alone takes about {duration(expected)}, and there are"
            f" {duration(limit)} for it: give more,{sizes} or fewer --epochs."
        )


def human_error_of(study: Study, given: HumanError | None) -> HumanError | None:
    """What people reach, as it is given now; else as it was when the study began, which keeps it
    until there are runs to note it.
    """
    if given is None:
        return of_note(study.info().get("human_error")) or None
    levels = levels_of(given, "human_error")
    study.note(human_error=noted(levels))
    return levels


def begun_with(
    source: Any,
    store: Path,
    changes: dict[str, Any],
    *,
    target: Any = None,
    model: Any = None,
    recipe: Any = None,
) -> StudyData:
    """The data of a new study, as a training begins with them.

    Raises:
        NetwrightError: the data or the recipe cannot be used, or several processes train together.
    """
    import os

    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        raise RecipeError(
            "a study trains one net after another in one process: start it without torchrun."
        )
    system, reading, given = start_of(source, target, model, changes, recipe, store)
    if not (model is None or isinstance(model, str)):  # each net begins as the person's was
        begun = copy.deepcopy(model)
        system = replace(system, model=lambda codec, recipe: copy.deepcopy(begun))
    return _of(system, reading, given, store)


def again(study: Study, source: Any = None) -> StudyData:
    """The data of a study that goes on.

    Raises:
        RunError: the data have changed, or were in memory and are not given again.
    """

    info = study.info()
    plan = of_record(info["plan"].get("recipe", {}))
    name = str(plan.values.get("model", {}).get("name", ""))
    if name.startswith(OWN):
        raise RunError(
            f"{study.id} trains a module of yours: begin it again with the same arguments, in"
            " Python."
        )
    kept = plan.values.get("data", {}).get("source")
    if source is None and not kept:
        raise RunError(
            f"{study.id} is on data in memory: begin it again with the same arguments, in Python."
        )
    changes: dict[str, Any] = {"system": info["system"]} if source is None else {}
    system, reading, given = start_of(source, None, None, changes, plan, study.store)
    if reading.fingerprint != info["fingerprint"]:
        raise RunError(
            f"the data of {study.id} have changed since it began (fingerprint"
            f" {info['fingerprint']}, now {reading.fingerprint}): begin another."
        )
    return _of(system, reading, given, study.store)


def _of(system: AnySystem, reading: Reading, recipe: Recipe, store: Path) -> StudyData:
    from netwright.data import splits

    examples = system.arrange(reading.examples, recipe)
    assigned = splits.as_wanted(system, examples, recipe)
    return StudyData(system, reading, recipe, examples, assigned, store)


def member(study: Study, role: str) -> Record:
    """The run of a role, whose weights are those that it had when it became a member.

    Raises:
        RunError: it is gone, or its weights are others.
    """
    found = study.members()[role]
    record = Record(study.store / Path(found["run"]).name)
    if not record.has("run.json"):
        raise RunError(
            f"the run {found['run']}, {role} of {study.id}, is not in {study.store} any more: it"
            " was removed; begin another study."
        )
    record.check_weights()
    if (record.info().get("weights") or "") != found["weights"]:
        raise RunError(
            f"the run {record.id}, {role} of {study.id}, has other weights than when it became a"
            " member: begin another study."
        )
    return record


def refuse(study: Study, kinds: tuple[str, ...]) -> None:
    """See that a study is of a kind that a verb goes on with.

    Raises:
        NetwrightError: it is of another.
    """
    kind = study.info()["kind"]
    if kind not in kinds:
        from netwright.studies.study import way_on

        raise NetwrightError(f"{study.id} is a study of {kind}: {way_on(study)} goes on with it.")
