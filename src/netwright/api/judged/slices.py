"""Where a run's error lies on dev: by class, domain, group, by every column of its table, and in
clusters that are found.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from netwright.api.judged.columns import Columns
from netwright.api.judged.dev_again import DevAgain
from netwright.api.kept.store import open_run
from netwright.api.run import Run
from netwright.base.errors import DataError, RecipeError, RunError, nearest
from netwright.contract import Answer, Examples
from netwright.doctor.slices import by_value, discovered
from netwright.doctor.slices.slices import FEWEST, Slice, Slices, Yardstick, compared, yardstick
from netwright.metrics.measure import measure

SPLIT = "dev"
OWN = ("class", "domain", "group", discovered.BY)
"""What slices are made by of every run, where it has such; all else are columns of its table."""

MOST_GROUPS = 20
"""Of more groups none is a slice unless it is asked for."""

MOST_COLUMNS = 30
"""Of more columns none is looked at unless it is asked for: each takes a part of the chance."""


def slices(
    run: Run | str,
    *,
    by: Sequence[str] = (),
    store: str | Path | None = None,
    system: str | Path | None = None,
) -> Slices:
    """Slices of dev, each against the rest, with p values corrected for looking at all of them.

    Args:
        run: or its name.
        by: what slices are made by: ``class``, ``domain``, ``group``, ``discovered`` (clusters of
            hard examples), and columns of the run's table, those too that it does not learn from;
            empty: all of these.
        store: where runs are kept (default: ``runs``).
        system: the folder of its system, where that is one of your own.

    Raises:
        RunError: the run has no answers on dev; or, where a column is named, its data are not there
            any more.
        RecipeError: there is no such column.
    """
    opened = run if isinstance(run, Run) else open_run(run, store=store, system=system)
    by = [by] if isinstance(by, str) else by
    kept = opened.record.read_predictions(SPLIT)
    examples = opened.record.examples(SPLIT, opened.system)
    answers = opened.record.answers(SPLIT, opened.system)
    pairs = zip(examples, answers, strict=True)  # a label may have been corrected since
    wrong = [opened.system.wrong(example, answer) for example, answer in pairs]
    measured = yardstick(wrong, kept.frame["loss"].to_list())
    again = DevAgain(opened, examples)
    columns, notes = _columns(again, by)
    wanted = [name for name in by if name not in OWN]
    if unknown := [name for name in wanted if name not in columns]:
        known = [*OWN, *columns]
        raise RecipeError(
            f"--by {unknown[0]}: {opened.id} has no such column{nearest(unknown[0], known)}"
        )
    found = [
        *_own(opened, examples, by),
        *_by_columns({name: columns[name] for name in wanted or columns}, by, notes),
        *_discovered(again, answers, columns, measured, by, notes),
    ]
    metric = opened.system.metrics[0]
    return Slices(
        opened.id,
        metric.name,
        measure((metric,), examples, answers).get(metric.name),
        measured.name,
        measured.unit,
        compared(found, measured, metric, examples, answers),
        tuple(notes),
    )


def _own(run: Run, examples: Examples, by: Sequence[str]) -> Iterator[Slice]:
    """Those by class, domain and group."""
    if "class" in by or not by:
        yield from by_value.by_words("class", run.system.labels(examples.targets), most=10**6)
    if examples.domains is not None and ("domain" in by or not by):
        yield from by_value.by_words("domain", examples.domains)
    if examples.groups is not None and ("group" in by or not by):
        groups = list(examples.groups)
        if "group" in by or len(set(groups)) <= MOST_GROUPS:
            yield from by_value.by_words("group", groups, most=10**6)


def _by_columns(columns: Columns, by: Sequence[str], notes: list[str]) -> Iterator[Slice]:
    if not by and len(columns) > MOST_COLUMNS:
        notes.append(
            f"columns: its table has {len(columns):,}, and each that is looked at takes a part of"
            " the chance to find something: name those that matter with --by COLUMN"
        )
        return
    if by and all(name in OWN for name in by):
        return
    for name, values in columns.items():
        some = list(by_value.by_column(name, values))
        yield from some
        if not some:
            notes.append(f"{name}: no value has {FEWEST} examples of dev")


def _discovered(
    again: DevAgain,
    answers: Sequence[Answer],
    columns: Columns,
    by: Yardstick,
    wanted: Sequence[str],
    notes: list[str],
) -> list[Slice]:
    """Clusters: by the columns where there are any; where inputs are no rows, by what the net makes
    of them, else by the probabilities that it states.
    """
    from netwright.training.recording.choosing import halves

    if wanted and discovered.BY not in wanted:
        return []
    parts = halves(again.kept)
    found = list(discovered.by_tree(columns, by.values, parts)) if columns else []
    clusters = _clusters(again, answers)
    if clusters is not None:
        found += discovered.by_clusters(*clusters, by.values, parts)
    if not columns and clusters is None:
        notes.append(
            f"{discovered.BY}: not looked for, since there are neither columns, nor features of a"
            " net, nor probabilities to tell clusters by"
        )
    elif not found:
        notes.append(f"{discovered.BY}: none on half of dev with enough examples on the other half")
    return found


def _clusters(
    again: DevAgain, answers: Sequence[Answer]
) -> tuple[Any, discovered.NamesCluster] | None:
    """(N, D) what clusters are made of, and what one is called; None: there is nothing."""
    import numpy as np

    with contextlib.suppress(DataError, RunError):
        if again.is_table:
            return None
        return again.features(), discovered.like_one(again.kept.sources)
    stated = [again.run.system.probabilities(answer) for answer in answers]
    if not stated or None in stated:
        return None
    labels = list(stated[0] or ())
    matrix = np.array([[(row or {}).get(label, 0.0) for label in labels] for row in stated])
    return matrix, discovered.by_probabilities(labels)


def _columns(again: DevAgain, by: Sequence[str]) -> tuple[Columns, list[str]]:
    """The columns of dev's table, and why there are none.

    Raises:
        RunError: one is wanted, and the data cannot be read again.
    """
    if by and all(name in OWN[:-1] for name in by):
        return {}, []
    try:
        return again.columns(), []
    except (DataError, RunError) as error:
        if any(name not in OWN for name in by):
            raise
        return {}, [f"columns: not looked at: {str(error).rstrip('.')}"]
