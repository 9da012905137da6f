"""Folds: every example outside test is judged by a net that never saw it; a study of few data."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netwright.api.run import Run
from netwright.api.studies import kept as keeping
from netwright.api.studies import trained
from netwright.api.studies.trained import Log, StudyData, Watch
from netwright.base.errors import RecipeError
from netwright.base.figures import counted, figure
from netwright.data import splits
from netwright.runs.record import Record
from netwright.studies import study as studies
from netwright.studies.steps import StudyStep, go_on

if TYPE_CHECKING:
    from netwright.runs.human_levels import HumanError
    from netwright.studies.study import Study

KIND, KEPT = "folds", "kept"

MOST = 100
"""Folds: each is a training."""


@dataclass(frozen=True)
class Folds:
    """A study of folds.

    Args:
        splits: of each fold, the split of every example.
        keep: what is kept in the end: ``ensemble`` or ``one``.
        human_error: what people reach, for the diagnosis.
    """

    data: StudyData
    splits: list[list[str]]
    keep: str
    human_error: HumanError | None = None

    @classmethod
    def of(
        cls, data: StudyData, count: int, keep: str, human_error: HumanError | None = None
    ) -> Folds:
        """The folds of some data.

        Raises:
            RecipeError: so many folds, or what is to be kept, cannot be.
            DataError: the examples cannot be folded so.
        """
        if count > MOST:
            raise RecipeError(f"--folds {count}: each is a training: expected at most {MOST}.")
        kept = _kept(data, keep)
        made = splits.folds(data.system, data.examples, data.assigned, data.recipe, count)
        return cls(data, made, kept, human_error)

    def plan(self) -> dict[str, Any]:
        """What the study notes, by which it goes on."""
        return {"folds": len(self.splits), "keep": self.keep}

    def next(self, study: Study) -> StudyStep | None:
        """The first fold that is not trained yet; then the net that is kept, where it is one."""
        there = study.members()
        count = len(self.splits)
        for number, assigned in enumerate(self.splits, start=1):
            if (role := f"fold {number}") not in there:
                return StudyStep(role, splits=assigned, why=f"fold {number} of {count} is dev")
        if self.keep == "ensemble" or KEPT in there:
            return None
        epochs = statistics.median_high(
            trained.member(study, f"fold {number}").info().get("epoch_kept") or 1
            for number in range(1, count + 1)
        )
        changes = {
            "training.epochs": epochs,
            "training.keep": "last",
            "training.patience": None,
        }
        why = f"on all that is not test, for {epochs} epochs, the median of the folds' best"
        self.data.message(f"one net {why}")
        return StudyStep(KEPT, changes, splits.without_dev(self.data.assigned), why=why)


def _kept(data: StudyData, keep: str) -> str:
    """What is kept in the end: the folds' nets together, where their system combines answers.

    Raises:
        RecipeError: that cannot be.
    """
    found = keeping.resolved(keep, data.system)
    if found == "one" and data.recipe.schedule.name == "plateau":
        raise RecipeError(
            "schedule.name = 'plateau' follows dev, and the one net that is kept has none:"
            " --keep ensemble, or another schedule."
        )
    return found


def train(
    data: StudyData, count: int, keep: str = "auto", human_error: HumanError | None = None
) -> Run:
    """Train a net for each fold and return what is kept; an unfinished study of the same data,
    recipe and plan goes on.
    """
    folds = Folds.of(data, count, keep, human_error)
    about = data.about(
        f"How good is it on every example outside test, by {count} folds?", folds.plan()
    )
    study = studies.latest(data.store, KIND, about["fingerprint"], about["plan"])
    return _work(study or studies.create(data.store, KIND, about), folds)


def resume(
    study: Study,
    source: Any,
    watch: Watch | None,
    log: Log | None,
    human_error: HumanError | None = None,
) -> Run:
    """Go on with a study of folds.

    Args:
        human_error: what people reach; None: as it was given before.
    """
    trained.refuse(study, (KIND,))
    plan = study.info()["plan"]
    data = replace(trained.again(study, source), watch=watch, log=log)
    count, keep = int(plan.get("folds", 0)), str(plan.get("keep"))
    return _work(study, Folds.of(data, count, keep, human_error))


def _work(study: Study, folds: Folds) -> Run:
    data, count = folds.data, len(folds.splits)
    with study.held():
        if (info := study.info())["status"] == "complete":
            return Run(trained_run(study, info.get("kept", "")))
        folds = replace(folds, human_error=trained.human_error_of(study, folds.human_error))
        _announce(study, folds)
        go_on(study, folds.next, _trainer(study, folds))
        records = [trained.member(study, f"fold {number}") for number in range(1, count + 1)]
        if folds.keep == "one":
            kept = trained.member(study, KEPT)
        else:
            made = keeping.NewEnsemble(study, data, records, folds.splits, folds.human_error)
            kept = made.run()
        study.note(status="complete", kept=kept.id)
        study.write_down("kept", run=kept.id, keep=folds.keep)
    return Run(kept)


def trained_run(study: Study, name: str) -> Record:
    """The run that a complete study kept."""
    from netwright.runs import store

    return store.opened(name, study.store)


def _announce(study: Study, folds: Folds) -> None:
    data, count = folds.data, len(folds.splits)
    judged = sum("dev" in of_one for of_one in zip(*folds.splits, strict=True))
    keeps = (
        "their nets are kept together (--keep one trains a single one)"
        if folds.keep == "ensemble"
        else "one net on all of them is kept"
    )
    data.message(
        f"study {study.id}: {count} folds, {counted(judged, 'example')} outside test, each judged"
        f" by a net that never saw it; {keeps}; a kill is no loss: {studies.way_on(study)}"
    )


def _trainer(
    study: Study, folds: Folds
) -> Callable[[StudyStep, str | None, Callable[[str], None]], Record]:
    """Trains a step, finishes the net that is kept, and says how a fold came out."""
    data, count = folds.data, len(folds.splits)
    metric = data.system.metrics[0].name

    def last(step: StudyStep, record: Record) -> None:
        if step.role == KEPT:
            records = [trained.member(study, f"fold {number}") for number in range(1, count + 1)]
            keeping.finish_one(study, data, record, records, folds.splits, folds.human_error)

    train = data.trainer_of(study, last)

    def train_and_log(step: StudyStep, before: str | None, begun: Callable[[str], None]) -> Record:
        record = train(step, before, begun)
        if step.role != KEPT:
            measured = record.measures().get("dev", {}).get(metric)
            data.message(f"{step.role} of {count}: {record.id}, dev {figure(metric, measured)}")
        return record

    return train_and_log


def begin(
    source: Any,
    folder: Path,
    changes: dict[str, Any],
    how: tuple[int, str, HumanError | None],
    *,
    watch: Watch | None,
    log: Log | None,
    **given: Any,
) -> Run:
    """What ``train`` does where it is asked for folds.

    Args:
        how: (folds, what to keep, the error of people).
        given: target, model, recipe.
    """
    count, keep, human_error = how
    data = replace(trained.begun_with(source, folder, changes, **given), watch=watch, log=log)
    kept, model = train(data, count, keep, human_error), given.get("model")
    return kept if model is None or isinstance(model, str) else Run(kept.record, model)
