"""What differs between the source that a run learned from and its target, and what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from netwright.api.domains import before as runs_before
from netwright.api.domains import fitted, pictures, sources
from netwright.api.domains.fitted import Halves
from netwright.api.domains.found import Mismatch, Separation
from netwright.api.domains.sources import Sources
from netwright.api.judged import features
from netwright.api.judged.drift import (
    LEAST_NEEDED,
    MOST_NAMED,
    ColumnDrift,
    columns_of,
    units_of,
    units_of_two,
)
from netwright.api.kept.store import open_run
from netwright.api.run import Run
from netwright.base.figures import counted, readable
from netwright.base.findings import Finding
from netwright.doctor.mismatch import reuse
from netwright.doctor.mismatch.differences import LEVEL, corrected, differences
from netwright.metrics.distances import Columns
from netwright.metrics.two_sample import Samples, TwoSampleTest, two_sample_test

MOST_EXAMPLES = 7
"""Of each source, those that the classifier is surest of."""


def mismatch(
    run: Run | str,
    *,
    against: Any = None,
    before: str | None = None,
    fit: bool = True,
    store: str | Path | None = None,
    system: str | Path | None = None,
    log: fitted.Log | None = None,
) -> Mismatch:
    """What differs between the source that a run learned from and the one that it is for; which
    steps would make training examples look like the target; whether the mismatch shrank.

    Of the targets nothing is looked at for the first two but how often each class is there, and
    nothing of test.

    Args:
        run: or its name.
        against: other data to take for the target, whatever the run's system reads; None: the
            domain that its dev is of.
        before: a run to compare with; None: the newest of the same data without steps, where this
            one has some.
        fit: whether steps are looked for.
        store: where runs are kept (default: ``runs``).
        system: the folder of its system, where that is one of your own.
        log: called with a line about what is done, and about how long it takes.

    Raises:
        DataError: there is one source alone, too few examples, or the data cannot be read.
        RunError: the run's data have changed, or the run before has other dev examples.
    """
    opened = run if isinstance(run, Run) else open_run(run, store=store, system=system)
    shrank = runs_before.compared(opened, before)
    both = sources.of_run(opened, against)
    log = log or _silent
    counts = [counted(count, "example") for count in both.counts]
    log(f"holding {counts[0]} of {both.names[0]} against {counts[1]} of {both.names[1]}")
    halves, columns = _halves(opened, both)
    tests = _tests(opened, both, columns)
    groups = _groups(both)
    found, ps = corrected(
        differences(*columns, groups) if columns[0] else [], [test.p for _, test, _ in tests]
    )
    separations = tuple(
        Separation(by, test.auc, test.seen_from, p, needed if p < LEVEL else ())
        for (by, test, needed), p in zip(tests, ps, strict=True)
    )
    differ = any(one.is_sure for one in found) or any(p < LEVEL for p in ps)
    steps = fitted.fit(opened, halves, log) if fit and differ and columns[0] else None
    most = _most(both, tests[0][1])
    drawn = pictures.Drawn(both, columns, most)
    result = Mismatch(
        opened.id,
        both.names,
        both.counts,
        separations,
        tuple(found),
        steps,
        shrank,
        both.classes,
        tuple(_findings(opened, both)),
        tuple(most[0].sources),
        tuple(most[1].sources),
        both.same,
    )
    return pictures.write(opened, result, drawn)


def _silent(line: str) -> None:
    """Where nobody listens."""


def _halves(run: Run, both: Sources) -> tuple[Halves, tuple[Columns, Columns]]:
    """Each source in two halves; what is measured of a half is so beside the training source's
    other half, since the words of its own would all be known.
    """
    from netwright.training.recording.choosing import halves

    of_raw, of_target = halves(both.raw), halves(both.target)
    raw = both.raw.take(of_raw[0]), both.raw.take(of_raw[1])
    target = both.target.take(of_target[0]), both.target.take(of_target[1])
    ours = [sources.measured(run, both.general.take(of_raw[at]), raw[1 - at]) for at in (0, 1)]
    theirs = [sources.measured(run, target[at], raw[1 - at]) for at in (0, 1)]
    names = [name for name in ours[0] if all(name in one for one in (ours[1], *theirs))]
    mine, its = ([{name: one[name] for name in names} for one in part] for part in (ours, theirs))
    whole = sources.joined(mine, of_raw), sources.joined(its, of_target)
    return Halves(raw, target, (its[0], its[1])), whole


def _tests(
    run: Run, both: Sources, columns: tuple[Columns, Columns]
) -> list[tuple[str, TwoSampleTest, tuple[ColumnDrift, ...]]]:
    """A classifier by the statistics, where there are any, and one by what the net reads."""
    is_second = np.repeat([False, True], both.counts)
    units, found = units_of_two(both.general, both.target), []
    if columns[0]:
        matrix = np.concatenate([np.stack(list(part.values()), axis=1) for part in columns])
        test = two_sample_test(Samples(matrix, is_second, units), by_column=True)
        found.append(("statistics", test, _needed(columns, test)))
    read = features.of_two(run, both.general, both.target)
    samples = Samples(read.matrix, is_second, units, read.is_word)
    test = two_sample_test(samples, by_column=bool(read.names))
    return [*found, ("inputs", test, tuple(columns_of(read, is_second, test)))]


def _needed(columns: tuple[Columns, Columns], test: TwoSampleTest) -> tuple[ColumnDrift, ...]:
    """The statistics that the classifier needs most, with their means."""
    names = list(columns[0])
    order = sorted(range(len(test.needs)), key=lambda at: -test.needs[at])[:MOST_NAMED]
    return tuple(
        ColumnDrift(names[at], test.needs[at], *(_mean(part[names[at]]) for part in columns))
        for at in order
        if test.needs[at] >= LEAST_NEEDED
    )


def _mean(column: Any) -> str:
    return f"mean {readable(float(np.nanmean(column)), 3)}"


def _groups(both: Sources) -> Any:
    if both.general.groups is None and both.target.groups is None:
        return None
    return units_of(both.general), units_of(both.target)


def _most(both: Sources, test: TwoSampleTest) -> tuple[Any, Any]:
    """The examples of each that the classifier takes least for one of the other."""
    scores, count = np.asarray(test.scores), both.counts[0]
    draws = np.random.default_rng(0).random(len(scores))  # of equal ones any, not the first
    ours = np.lexsort((draws[:count], scores[:count]))[:MOST_EXAMPLES]
    theirs = np.lexsort((draws[count:], -scores[count:]))[:MOST_EXAMPLES]
    return both.general.take(ours.tolist()), both.target.take(theirs.tolist())


def _findings(run: Run, both: Sources) -> list[Finding]:
    synthesis = run.system.synthesis
    found = list(reuse.of_groups(both.groups, both.names[0]))
    if synthesis is not None and synthesis.is_on(run.recipe):
        found += reuse.of_items(synthesis.items(run.recipe), both.whole)
    return found
