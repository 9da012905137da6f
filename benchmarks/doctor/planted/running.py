"""Every case once: whole trainings, then ladders drawn from what their nets answered."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from benchmarks.doctor.confusion import Judgement, table
from benchmarks.doctor.planted import answers
from benchmarks.doctor.planted.answers import Answers
from benchmarks.doctor.planted.cases import Case
from benchmarks.doctor.planted.trial import Trial, diverged, judged, trained
from benchmarks.harness import Table


def run(cases: Iterable[Case], log: Callable[[str], None]) -> list[Table]:
    """The tables of both."""
    found = list(each(cases, log))
    trials = [trial for trial, _ in found]
    nets = [net for _, net in found if net is not None]
    return [of_trials(trials), of_answers(nets)]


def each(
    cases: Iterable[Case], log: Callable[[str], None]
) -> Iterator[tuple[Trial, Answers | None]]:
    """What came of each case, and what its net answered where ladders are drawn of that."""
    for case in cases:
        with tempfile.TemporaryDirectory() as place:
            found = trained(case, Path(place))
            trial = diverged(case) if found is None else judged(found)
            own = None if found is None or not trial.counts else answers.of(found, trial)
        counts = f"; does not count: {trial.why}" if trial.why else ""
        log(
            f"doctor: {trial.disease} on {trial.data}: {trial.verdict}"
            f" ({trial.effect:.1f} standard errors{counts}), {trial.seconds:.1f} s"
        )
        yield trial, own


def of_trials(trials: Iterable[Trial]) -> Table:
    """Planted against first verdicts, of the cases that count."""
    trials = list(trials)
    cases = [Judgement(one.disease, one.verdict, one.right) for one in trials if one.counts]
    missed = [f"{o.disease} on {o.data}: {o.verdict}" for o in trials if o.counts and not o.right]
    left_out = [f"{one.disease} on {one.data}: {one.why}" for one in trials if not one.counts]
    seconds = sum(one.seconds for one in trials)
    sets = len({one.data for one in trials if one.counts})
    more = (
        f"{len(cases)} cases count, on {sets} data sets; {seconds:.0f} CPU seconds of training",
        f"missed: {'; '.join(missed) or 'none'}",
        f"not counted: {'; '.join(left_out) or 'none'}",
    )
    made = table("whole trainings, by another hand", cases, more=more)
    made.figures["trials"] = [one.as_json() for one in trials]
    return made


def of_answers(nets: list[Answers]) -> Table:
    """Planted against first verdicts, of ladders drawn from the answers of these nets."""
    ill = len([net for net in nets if net.disease != "nothing wrong"])
    more = (f"drawn from the answers of {ill} nets with a gap and {len(nets) - ill} without",)
    return table("ladders drawn from real answers", list(answers.cases(nets)), more=more)
