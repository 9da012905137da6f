"""A study that improves a recipe, at work: what is trained next, how each change is judged, and the
end. All of it follows from the members of the study, so that a killed one goes on where it was.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from netwright.api.studies import improve_changes, improve_end
from netwright.api.studies import improve_sanity as sanity
from netwright.api.studies.improve_members import ImproveMembers
from netwright.api.studies.kept import resolved
from netwright.api.studies.trained import StudyData, human_error_of
from netwright.base.figures import duration, figure
from netwright.doctor.improve.changes import RecipeChange
from netwright.doctor.improve.judge import is_beyond_noise, judged
from netwright.studies import lab_notebook, steps
from netwright.studies import study as studies
from netwright.studies.improvement import (
    BASELINE,
    BY_HEART,
    Ended,
    Improved,
    ImproveState,
    NextChange,
    TriedChange,
    epochs_fraction,
    next_change,
)
from netwright.studies.steps import StudyStep, TimeIsUpError, go_on

if TYPE_CHECKING:
    from netwright.runs.human_levels import HumanError
    from netwright.studies.study import Study

Ask = Callable[[str, str], bool]
"""(what would be changed, why) -> whether to do it."""


class ImproveWork:
    """A study at work."""

    def __init__(
        self,
        data: StudyData,
        study: Study,
        budget: float | None,
        human_error: HumanError | None,
        ask: Ask | None,
        keep: str | None = None,
    ) -> None:
        self.data, self.study, self.budget = data, study, budget
        self.ask, self.keep = ask, keep
        self.members = ImproveMembers(study, data.system, human_error)
        self._judged: dict[str, TriedChange] = {}
        self._written = {e["role"] for e in study.notebook() if e.get("what") == "judged"}
        self._before = sum(one.get("seconds", 0.0) for one in study.members().values())
        self._begun = steps.clock()
        self.ended = ""

    def done(self) -> Improved:
        """Work until it is done; the result, which the study keeps."""
        study = self.study
        with study.held():
            info = study.info()
            if info["status"] == "complete":
                return Improved(**info["result"])
            self.members.human_error = human_error_of(study, self.members.human_error)
            keep = self.keep or info["plan"].get("keep", "auto")
            plan = {**info["plan"], "budget": self.budget, "keep": keep}
            resolved(keep, self.data.system)
            study.note(plan=plan)
            given = "no limit" if self.budget is None else duration(self.budget)
            self.data.message(
                f"study {study.id}: budget {given}; a kill is no loss: {studies.way_on(study)}"
            )
            try:
                go_on(study, self.next, self.data.trainer_of(study))
            except TimeIsUpError:
                self.ended = "the budget is spent: the last change took longer, and was given up"
                study.write_down("ended", why=self.ended)
            ending = improve_end.Ending(self.data, study, self.members, self.state(), self.ended)
            result = ending.result(plan["keep"])
            study.note(status="complete", kept=result.kept, result=result.as_json())
            study.write_down("kept", run=result.kept, why=result.ended)
            lab_notebook.write(study, result)
        return result

    def next(self, study: Study) -> StudyStep | None:
        """The next training, from what there is."""
        there = study.members()
        if BY_HEART not in there and (step := sanity.step(self.data, self._left())) is not None:
            return step
        if BASELINE not in there:
            if sentence := sanity.learned(self.members, self.data.system.metrics[0]):
                self._announce(BY_HEART, self.members.record(BY_HEART).id, sentence)
            return StudyStep(BASELINE, why="the recipe as it is, to improve on", limit=self._left())
        state = self.state()
        fraction = epochs_fraction(state, self.budget)
        against = _short(self.members.role_of(state.run))
        if fraction < 1 and against not in there:
            # what short trainings of changes are held against
            return StudyStep(
                against,
                {**state.settings, **self._fewer(fraction)},
                about={"short": True, "settings": {}},
                why="the same in a short training, which short ones of changes are held against",
            )
        found = self._agreed(state)
        if isinstance(found, Ended):
            self.ended = found.why
            study.write_down("ended", why=found.why)
            return None
        return self._step(state, found, fraction)

    def _left(self) -> float | None:
        """Seconds of the budget; None: there is none."""
        return None if self.budget is None else max(0.0, self.budget - self._spent())

    def _spent(self) -> float:
        return self._before + steps.clock() - self._begun

    def _agreed(self, state: ImproveState) -> NextChange | Ended:
        """What comes next, that the person does not refuse."""
        while True:
            vetoed = [e["key"] for e in self.study.notebook() if e.get("what") == "vetoed"]
            changes = partial(improve_changes.by_kind, self.members)
            found = next_change(state, changes, self.budget, vetoed)
            if isinstance(found, Ended) or self.ask is None:
                return found
            if self.ask(found.change.message, found.why):
                return found
            self.study.write_down("vetoed", key=found.change.key, change=found.change.message)

    def _step(self, state: ImproveState, plan: NextChange, fraction: float) -> StudyStep:
        change = plan.change
        fewer = self._fewer(fraction) if plan.short else {}
        number, left = 1 + len(state.tried), self._left()
        self.data.message(
            f"step {number}: {change.message} ({plan.why}; about {duration(plan.seconds)})"
        )
        return StudyStep(
            f"step {number}",
            until=None if left is None else steps.clock() + left,
            changes={**state.settings, **change.settings, **fewer},
            about={
                "gap": change.gap,
                "title": change.title,
                "settings": dict(change.settings),
                "before": dict(change.before),
                "time": change.time,
                "hurts": change.hurts,
                "short": plan.short,
                "why": plan.why,
            },
            why=f"{change.message}: {plan.why}",
        )

    def _fewer(self, fraction: float) -> dict[str, Any]:
        epochs = self.members.recipe(BASELINE).training.epochs
        assert isinstance(epochs, int), "a completed recipe says how many"
        return {"training.epochs": max(1, round(fraction * epochs))}

    # --- what there is

    def state(self) -> ImproveState:
        """How far it has come, from the members alone."""
        members = self.study.members()
        baseline = members[BASELINE]
        found = ImproveState(
            {},
            baseline["run"],
            self.members.diagnosis(BASELINE),
            of_run=baseline["seconds"],
            of_baseline=baseline["seconds"],
            ample=self.budget is not None,
        )
        for role, member in members.items():
            about = member.get("about", {})
            if "gap" in about:
                tried = self._tried(role, found)
                kept = tried.verdict.kept and not tried.short
                found = replace(
                    found,
                    tried=(*found.tried, tried),
                    settings=(
                        {**found.settings, **tried.change.settings} if kept else found.settings
                    ),
                    run=tried.run if kept else found.run,
                    diagnosis=tried.diagnosis if kept else found.diagnosis,
                    of_run=member["seconds"] if kept else found.of_run,
                )
        return replace(found, seconds=self._spent())

    def _tried(self, role: str, before: ImproveState) -> TriedChange:
        """What became of a change, judged once."""
        if role not in self._judged:
            member = self.study.members()[role]
            about = member["about"]
            change = RecipeChange(
                about["gap"],
                about["title"],
                about["settings"],
                about["before"],
                about["time"],
                about["hurts"],
            )
            against = self.members.role_of(before.run)
            against = _short(against) if about["short"] else against
            record = self.members.record(role)
            after, earlier = self.members.diagnosis(role), self.members.diagnosis(against)
            ahead, short = self.members.lead(role, against), about["short"]
            finer = None if is_beyond_noise(ahead) else self.members.finer_lead(role, against)
            verdict = judged(change.gap, ahead, earlier, after, finer, short=short)
            self._judged[role] = TriedChange(
                role, record.id, change, verdict, about["short"], after
            )
            name = self.data.system.metrics[0].name
            dev = record.measures().get("dev", {}).get(name)
            self._announce(
                role,
                record.id,
                verdict.sentence,
                kept=verdict.kept,
                start=f"dev {figure(name, dev)}; ",
            )
        return self._judged[role]

    def _announce(
        self, role: str, run: str, sentence: str, *, kept: bool = False, start: str = ""
    ) -> None:
        """What came of a run, for the person and the notebook; once, over all kills."""
        if role not in self._written:
            self.data.message(f"{role}: {start}{sentence}")
            self.study.write_down("judged", role=role, run=run, kept=kept, sentence=sentence)
            self._written.add(role)


def _short(role: str) -> str:
    return f"{role}, short"
