"""The diagnosis of a run: judged from its record, kept in it, shown by its report."""

from __future__ import annotations

import shlex
import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from netwright.api.kept import by_domain, earlier_runs, stated
from netwright.base.errors import NetwrightWarning, RunError
from netwright.base.visible import visible
from netwright.contract import AnySystem
from netwright.runs.human_levels import HumanError, HumanLevel, noted, of_note
from netwright.runs.keeping import stages
from netwright.runs.reading import DamagedError, check_table
from netwright.runs.record import Record
from netwright.runs.unread import of_run

if TYPE_CHECKING:
    from netwright.doctor.gaps.judgement import Diagnosis
    from netwright.runs.contents import RunFiles
    from netwright.runs.project import Project


def diagnosed(
    record: Record,
    system: AnySystem,
    human_error: HumanError | None,
    status: str | None = None,
    report: bool = True,
) -> tuple[Diagnosis, RunFiles]:
    """The diagnosis, kept in the record and in the report, and the run's files, read once.

    Args:
        human_error: the error of people that a person gives now; None: as known before.
        status: as which the report shows it, for who trains it and is about to note that; None: as
            it is.
        report: whether the report is written; one of many runs does without until it is wanted.

    Raises:
        NetwrightError: a file that it needs is missing or damaged, the error of people fits no
            metric, or another process trains the run.
    """
    from netwright.api.kept import judged_again
    from netwright.doctor import (
        calibration_findings,
        fold_findings,
        label_findings,
        layer_findings,
        reference_findings,
    )
    from netwright.doctor.advice.of_run import of_run as named_in
    from netwright.doctor.diagnose import diagnose
    from netwright.report import html_page

    project, known, files = to_diagnose(record, system, human_error)
    if status is not None:
        files = replace(files, info={**files.info, "status": status})
    else:
        expect_ended(record)
    _warn_of_answers(record)
    judged, counts = judged_again.measures(record, system, files.measures)
    files = replace(files, measures=judged)
    if human_error is not None:
        _warn_of_replaced(of_note(files.info.get("human_error")), known)
        record.note(human_error=noted(known))
    metric = system.metrics[0].name
    recipe = system.recipe.of_record(files.recipe, f"{record.id}/recipe.yaml")
    unread = of_run(system, recipe, files.info)
    found = diagnose(
        {split: figures[metric] for split, figures in files.measures.items()},
        metric=metric,
        human_error=known,
        baseline=files.info.get("baseline"),
        recipe=recipe,
        unread=unread,
        muted=project.mute,
    )
    of_layers = layer_findings.find(files.layers, project.mute, recipe, unread)
    beside = reference_findings.find(files.references, project.mute)
    fixed = label_findings.find(counts, project.mute)
    dev = files.measured("dev")
    of_folds = fold_findings.find(files.info, dev.n if dev else 0, project.mute)
    again = "netwright train SOURCE"
    if recipe.data.source:  # else the data were in memory
        place = stages.in_store(record.path.parent)
        again = visible(f"{stages.by_recipe(record.path, files.info)}{place}")
    foldable = "folds" not in files.info and not files.data.get("domains")
    proposed = fold_findings.proposed(found.findings, again if foldable else None)
    calibrated = calibration_findings.find(
        stated.of_dev(record, system, recipe), stated.command(recipe, again), project.mute
    )
    found = replace(
        found, findings=(*of_layers, *beside, *of_folds, *proposed, *fixed, *calibrated)
    )
    # people are measured where their answers can be
    found = named_in(found, record.id, without=("human",) if system.certain is None else ())
    found = by_domain.with_table(found, by_domain.table(record, system, files, found))
    found = replace(found, since=earlier_runs.since(files, system, recipe, found))
    kept = {**found.as_json(), **project.named_from(record.path)}
    record.write_json("diagnosis.json", kept)
    files = files.with_diagnosis(kept)
    if report:
        html_page.write_of(files)
    return found, files


def _warn_of_replaced(before: Sequence[HumanLevel], now: Sequence[HumanLevel]) -> None:
    """Say which measured levels count no more, as they may have been work."""
    names = {level.name for level in now}
    gone = [one for one in before if one.n is not None and one.name and one.name not in names]
    if gone:
        typed = (shlex.quote(f"{one.name}={one.figure:.6g}/{one.n}") for one in gone)
        again = " ".join(f"--human-error {one}" for one in typed)
        warnings.warn(
            f"levels that were measured count no more: {', '.join(one.name for one in gone)}; to"
            f" count them again, give them beside others: {again}",
            NetwrightWarning,
            stacklevel=4,
        )


def to_diagnose(
    record: Record, system: AnySystem, human_error: HumanError | None
) -> tuple[Project, tuple[HumanLevel, ...], RunFiles]:
    """The project's settings, the error of people and the run's files: all that a diagnosis needs,
    checked.
    """
    from netwright.doctor.human_error import first_known
    from netwright.runs import contents
    from netwright.runs import project as projects

    project = projects.of_store(record.path.parent)
    files = contents.read(record.path)
    # who reads these alone is told what is wrong and what to do
    for name, alone in (
        ("measures.json", record.measures),
        ("layers.csv", record.layers),
        ("recipe.yaml", record.recipe),
    ):
        if name in files.missing:
            alone()
    metric = system.metrics[0].name
    for split, measured in files.measures.items():
        if metric not in measured:
            why = f"lacks '{split}.{metric}', which the system '{system.name}' measures"
            raise DamagedError(record.path, "measures.json", why)
    known = first_known(
        system.metrics[0],
        ("human_error", human_error),
        (f"{record.path / 'run.json'}: human_error", of_note(files.info.get("human_error"))),
        (f"{project.path}: human_error", project.human_error),
    )
    return project, known, files


def expect_ended(record: Record) -> None:
    """Refuse a run that is being trained.

    Raises:
        RunError: another process trains it.
    """
    if record.trained_now:
        raise RunError(f"{record.id} is being trained now, and is diagnosed when it ends: wait.")


def _warn_of_answers(record: Record) -> None:
    """The diagnosis needs no answers, but its report shows them."""
    for split in ("train", "dev"):
        try:
            check_table(record.path, f"predictions/{split}.parquet")
        except RunError as error:
            warnings.warn(
                f"the report shows no answers on {split}: {error}", NetwrightWarning, stacklevel=5
            )
