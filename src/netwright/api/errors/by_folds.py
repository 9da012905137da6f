"""The labels of train and dev alike, by nets that learned from neither of them: those of folds."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import replace

from netwright.api import answering
from netwright.api.errors import labels
from netwright.api.errors.labels import DoubtfulLabel, LabelReview
from netwright.api.going_on import timing
from netwright.api.run import Run
from netwright.api.studies import folds as of_folds
from netwright.api.studies.trained import StudyData
from netwright.base.errors import RecipeError, RunError
from netwright.base.figures import counted, duration
from netwright.studies import study as studies


def review(
    run: Run,
    folds: int,
    *,
    budget: str | float | None = None,
    log: Callable[[str], None] | None = None,
) -> LabelReview:
    """Which labels outside test may be wrong, each by a net that did not learn from it. The nets
    are a study of folds by the run's recipe, which is kept: the next call trains nothing.

    Args:
        folds: how many parts, and trainings.
        budget: how long they may take by the time that the run's own took.
        log: called with each line about what is done.

    Raises:
        RecipeError: there cannot be so many, or they take longer.
        RunError: the run is of folds itself or has domains, or the data have changed.
        DataError: the data are not there any more.
    """
    if run.info.get("folds"):
        raise RunError(
            f"{run.id} is of folds: every label of its dev, which is all but test, was held against"
            f" a net that never saw it: netwright labels {run.id}."
        )
    data = _data(run, log)
    if data.examples.domains is not None:
        raise RunError(_of_domains(run, folds))
    kept = _complete(data, folds) or _trained(run, data, folds, timing.seconds_of(budget))
    found = labels.of_record(kept.record, kept.system)
    own = dict(zip(data.examples.ids, data.assigned, strict=True))
    doubtful = tuple(replace(one, split=own.get(one.id, "")) for one in found.doubtful)
    return replace(
        found,
        run=run.id,
        split="train and dev",
        doubtful=doubtful,
        patterns=(*found.patterns, *_of_train(doubtful, has_pattern=bool(found.patterns))),
        verdict=labels.of_record(run.record, run.system).verdict,
    )


def _of_domains(run: Run, folds: int) -> str:
    column = run.recipe.data.domain
    apart = f"with --ignore {shlex.quote(column)}" if column else "on the folder of each domain"
    return (
        f"{run.id} learned from domains, of which folds know nothing: netwright labels {run.id}"
        f" ranks the labels of dev; for those of train, train {apart} and --folds {folds}, and list"
        " the labels of that run."
    )


def _data(run: Run, log: Callable[[str], None] | None) -> StudyData:
    """What the folds are of: the run's own data, recipe and splits."""
    reading = answering.own_again(run.recipe, run.record, "train")
    examples = answering.own_examples(run.system, run.recipe, run.record, reading)
    assigned, store = run.record.splits_of(examples), run.record.path.parent
    return StudyData(run.system, reading, run.recipe, examples, assigned, store, log=log)


def _complete(data: StudyData, count: int) -> Run | None:
    """What such a study kept, where there is one."""
    plan = data.about("", of_folds.Folds.of(data, count, "auto").plan())
    study = studies.latest(
        data.store, of_folds.KIND, plan["fingerprint"], plan["plan"], status=("complete",)
    )
    if study is None:
        return None
    data.message(f"by the folds of {study.id}")
    return Run(of_folds.trained_run(study, study.info().get("kept", "")))


def _trained(run: Run, data: StudyData, count: int, budget: float | None) -> Run:
    expected = count * float(run.info.get("seconds") or 0.0)
    if budget is not None and expected > budget:
        raise RecipeError(
            f"--budget {duration(budget)}: {counted(count, 'fold')} of {run.id} take about"
            f" {duration(expected)} by the time that it took itself: give more, or fewer --folds."
        )
    return of_folds.train(data, count)


def _of_train(doubtful: tuple[DoubtfulLabel, ...], *, has_pattern: bool) -> tuple[str, ...]:
    """What to do with those of train (notes 3.2.4)."""
    count = sum(one.is_suspect and one.split == "train" for one in doubtful)
    if not count:
        return ()
    rest = (
        "what is systematic a net learns: mend that in train, too"
        if has_pattern
        else "nothing about them is systematic"
    )
    return (
        f"{count:,} of those with * are of train: random slips there do a net little harm and may"
        f" stay; {rest}. Dev and test are mended alike, or figures of the two differ for no reason"
        " but that.",
    )
