"""The end of a study that improves a recipe: what is kept, test opened once, the result."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from netwright.api.run import Run
from netwright.api.studies import improve_sanity as sanity
from netwright.api.studies import together as ensembles
from netwright.api.studies.kept import resolved
from netwright.doctor.improve.judge import in_the_end, standing
from netwright.doctor.improve.open_gaps import open_gaps
from netwright.metrics.measure import lead
from netwright.runs import store as stores
from netwright.runs.human_levels import levels_of, noted
from netwright.runs.keeping import promises
from netwright.runs.record import Record
from netwright.studies.improvement import BASELINE, Improved

if TYPE_CHECKING:
    from netwright.api.studies.improve_members import ImproveMembers
    from netwright.api.studies.trained import StudyData
    from netwright.contract import Answer, AnySystem, Chosen
    from netwright.studies.improvement import ImproveState
    from netwright.studies.study import Study

FEW, MOST_NETS, CANDIDATES = 3, 8, 16
"""Nets that are kept together: so few whether or not dev becomes better by each, as dev flatters
the first of them, by which it was chosen; so many at most; and of how many of the best.
"""

MOST_COMPARED = 2_000
"""Dev examples by which they are chosen."""


@dataclass(frozen=True)
class Ending:
    """A study in which nothing is tried any more.

    Args:
        state: how it stands.
        ended: why; empty: nothing was left to do.
    """

    data: StudyData
    study: Study
    members: ImproveMembers
    state: ImproveState
    ended: str

    def result(self, keep: str) -> Improved:
        """What is kept, judged on test.

        Args:
            keep: ``auto``, ``ensemble`` or ``one``.
        """
        state, members = self.state, self.members
        run, ensemble = self._kept(resolved(keep, self.data.system))
        if "test" in self.data.assigned and "test" not in run.record.measures():
            run.evaluate(split="test")  # which diagnoses the run anew
        else:
            run.diagnose(members.human_error)
        run.record.note(promised=promises.of(run.record))
        measures, metric = run.record.measures(), self.data.system.metrics[0].name
        test = measures.get("test", {}).get(metric)
        return Improved(
            baseline=self.study.members()[BASELINE]["run"],
            kept=run.id,
            metric=metric,
            dev=measures["dev"][metric].as_json(),
            test=None if test is None else test.as_json(),
            ended=(self.ended or "nothing was left to do") + self._unfinished(),
            fault=sanity.fault(members.diagnosis(BASELINE)),
            ahead=self._ahead(run),
            learns_by_heart=sanity.learned(members, self.data.system.metrics[0]),
            gaps=[
                {"name": gap.name, "size": gap.size, "at_most": gap.at_most}
                for gap in open_gaps(state.diagnosis)
            ],
            tried=[one.as_json() for one in state.tried],
            settings=dict(state.settings),
            one=state.run,
            ensemble=ensemble,
        )

    def _unfinished(self) -> str:
        return "".join(
            f"; {one.change.message} was better in a short training, and there was no time for a"
            " whole one"
            for one in self.state.unfinished
        )

    def _ahead(self, run: Run) -> str:
        """How far what is kept is ahead of the baseline."""
        baseline, system = self.members.record(BASELINE), self.data.system
        if run.id == baseline.id:
            return ""
        answers = [one.answers("dev", system) for one in (run.record, baseline)]
        ahead = lead(system.metrics[0], baseline.examples("dev", system), *answers)
        return in_the_end(ahead, len(self.state.tried), system.metrics[0].unit)

    def _kept(self, keep: str) -> tuple[Run, str]:
        """The run that is kept, and of several nets which, in a sentence."""
        one = Run(stores.opened(self.state.run, self.study.store))
        roles = self._best() if keep == "ensemble" else []
        if len(roles) < 2:
            _complete(one.record, self.data, views=True)
            return one, ""
        records = [self.members.record(role) for role in roles]
        record = ensembles.keep(self.study, [Run(one) for one in records])
        _complete(record, self.data, views=False)
        if self.members.human_error is not None:
            record.note(human_error=noted(levels_of(self.members.human_error, "human_error")))
        return Run(record), self._in_words(record, records)

    def _best(self) -> list[str]:
        """Roles of the nets that are kept together: the one with the changes that were kept, and
        one after another that by which dev becomes best; of more than a few, while it becomes
        better. Of one alone where these are worse on dev beyond noise.

        Source: Caruana et al. 2004, without repeats.
        """
        members, system = self.members, self.data.system
        one = members.role_of(self.state.run)
        others = sorted((r for r in members.whole() if r != one), key=members.figure)[:CANDIDATES]
        examples = members.record(one).examples("dev", system)
        rows = range(0, len(examples), math.ceil(len(examples) / MOST_COMPARED))
        answers = {
            role: [found[row] for row in rows]
            for role in (one, *others)
            for found in [members.record(role).answers("dev", system)]
        }
        chosen = {role: Run(members.record(role)).chosen for role in answers}
        some, best, roles = examples.take(rows), members.figure(one), [one]
        while len(roles) < MOST_NETS:
            figures = {
                role: members.figure_of(
                    some, _combined(system, [answers[r] for r in more], [chosen[r] for r in more])
                )
                for role in others
                if role not in roles
                for more in [[*roles, role]]
            }
            nearest = min(figures, key=lambda role: figures[role], default=None)
            if nearest is None or (len(roles) >= FEW and figures[nearest] >= best):
                break
            best, roles = figures[nearest], [*roles, nearest]
        every = _combined(system, [answers[r] for r in roles], [chosen[r] for r in roles])
        ahead = lead(system.metrics[0], some, every, answers[one])
        return [one] if ahead is not None and (ahead.high or 0.0) < 0 else roles

    def _in_words(self, record: Record, records: Sequence[Record]) -> str:
        """How far the nets together are ahead of the first of them, in a sentence."""
        system, number = self.data.system, self.data.system.metrics[0]
        answers = [one.answers("dev", system) for one in (record, records[0])]
        ahead = lead(number, record.examples("dev", system), *answers)
        how = "ahead of it alone by how much cannot be said"
        if ahead is not None:
            how = f"{standing(ahead, number.unit, 'it alone')} on dev, by which they were chosen"
        return (
            f"{len(records)} nets answer together: {records[0].id}, which has the changes that were"
            f" kept, and those that go with it best, {how}; they take {len(records)} times as long"
            " to answer (--keep one keeps it alone)"
        )


def _combined(
    system: AnySystem, answers: Sequence[Sequence[Answer]], chosen: Sequence[Chosen]
) -> list[Answer]:
    """What several nets answer together, example by example.

    Args:
        answers, chosen: one a net.
    """
    assert system.combine is not None, "resolved before"
    return [system.combine(some, chosen) for some in zip(*answers, strict=True)]


def _complete(record: Record, data: StudyData, *, views: bool) -> None:
    """Pictures, views and references of the run that is kept, which the others do without.

    Args:
        views: whether to make views, which are of one net.
    """
    from netwright.api.judged import references
    from netwright.api.judged import views as drawn
    from netwright.runs.answers import mistakes
    from netwright.training.setup import parts_of

    run, parts = Run(record), parts_of(data.examples, data.assigned)
    mistakes.keep(record, data.system, parts["dev"])
    if views:
        drawn.make(run, parts["dev"])
    references.make(run, parts["dev"], references.fitted(run, parts["train"], parts["dev"]))
