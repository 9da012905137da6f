"""A study that improves a recipe, at work: what is trained next, how each change is judged, and the
end. All of it follows from the members of the study, so that a killed one goes on where it was.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from netwright.api.run import Run
from netwright.api.studies import trained
from netwright.api.studies.trained import StudyData
from netwright.api.studies.tried_before import earlier_recipes
from netwright.base.figures import duration, figure
from netwright.data import splits
from netwright.doctor.improve.changes import RecipeChange, changes_for
from netwright.doctor.improve.judge import judged
from netwright.metrics.measure import lead
from netwright.runs import store as stores
from netwright.runs.keeping import promises
from netwright.runs.record import Record
from netwright.studies import lab_notebook
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
from netwright.studies.steps import StudyStep, go_on

if TYPE_CHECKING:
    from netwright.contract import Metric
    from netwright.doctor.gaps.ladder import Diagnosis
    from netwright.recipe import Recipe
    from netwright.runs.human_levels import HumanError
    from netwright.studies.study import Study

HEART_EXAMPLES, HEART_EPOCHS = 64, 60
"""Of the first sanity check: a net that cannot learn so few by heart has a fault."""

FAULT = (
    "dev does not beat the simplest answer: look for a mistake in the data or the training before"
    " any gap"
)

BY_HEART_LEFT = 0.2
"""Of the baseline's error that a net which learns by heart may leave."""

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
    ) -> None:
        self.data, self.study, self.budget = data, study, budget
        self.human_error, self.ask = human_error, ask
        self._judged: dict[str, TriedChange] = {}
        self._written = {e["role"] for e in study.notebook() if e.get("what") == "judged"}
        self._diagnoses: dict[str, Diagnosis] = {}
        self._before = sum(one.get("seconds", 0.0) for one in study.members().values())
        self._begun = time.monotonic()
        self.ended = ""

    def done(self) -> Improved:
        """Work until it is done; the result, which the study keeps."""
        study = self.study
        with study.held():
            info = study.info()
            if info["status"] == "complete":
                return Improved(**info["result"])
            self.human_error = trained.human_error_of(study, self.human_error)
            plan = {**info["plan"], "budget": self.budget}
            study.note(plan=plan)
            given = "no limit" if self.budget is None else duration(self.budget)
            self.data.message(
                f"study {study.id}: budget {given}; a kill is no loss: {studies.way_on(study)}"
            )
            go_on(study, self.next, self.data.trainer_of(study))
            result = self._finished()
            study.note(status="complete", kept=result.kept, result=result.as_json())
            study.write_down("kept", run=result.kept, why=result.ended)
            lab_notebook.write(study, result)
        return result

    def next(self, study: Study) -> StudyStep | None:
        """The next training, from what there is."""
        there = study.members()
        if BY_HEART not in there and (step := self._by_heart()) is not None:
            return step
        if BASELINE not in there:
            return StudyStep(BASELINE, why="the recipe as it is, to improve on", limit=self._left())
        state = self.state()
        fraction = epochs_fraction(state, self.budget)
        against = _short(self._role_of(state.run))
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

    def _by_heart(self) -> StudyStep | None:
        """The first sanity check; None where there are not more examples than it takes."""
        data = self.data
        order, sizes = splits.nested(
            data.system, data.examples, data.assigned, data.recipe, data.recipe.split.seed
        )
        size = next((size for size in sizes if size >= HEART_EXAMPLES), len(order))
        if len(order) < 2 * size:
            return None
        some = splits.only(data.assigned, order[:size])
        changes = {"training.epochs": HEART_EPOCHS, "training.batch_size": 16}
        return StudyStep(
            BY_HEART,
            changes,
            some,
            why="a net that cannot learn these has a fault somewhere",
            limit=self._left(),
        )

    def _left(self) -> float | None:
        """Seconds of the budget; None: there is none."""
        return None if self.budget is None else max(0.0, self.budget - self._spent())

    def _spent(self) -> float:
        return self._before + time.monotonic() - self._begun

    def _agreed(self, state: ImproveState) -> NextChange | Ended:
        """What comes next, that the person does not refuse."""
        while True:
            vetoed = [e["key"] for e in self.study.notebook() if e.get("what") == "vetoed"]
            found = next_change(state, self._changes, self.budget, vetoed)
            if isinstance(found, Ended) or self.ask is None:
                return found
            if self.ask(found.change.message, found.why):
                return found
            self.study.write_down("vetoed", key=found.change.key, change=found.change.message)

    def _step(self, state: ImproveState, plan: NextChange, fraction: float) -> StudyStep:
        change = plan.change
        fewer = self._fewer(fraction) if plan.short else {}
        number = 1 + len(state.tried)
        self.data.message(
            f"step {number}: {change.message} ({plan.why}; about {duration(plan.seconds)})"
        )
        return StudyStep(
            f"step {number}",
            {**state.settings, **change.settings, **fewer},
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
        epochs = self._recipe_of(BASELINE).training.epochs
        assert isinstance(epochs, int), "a completed recipe says how many"
        return {"training.epochs": max(1, round(fraction * epochs))}

    # --- what there is

    def state(self) -> ImproveState:
        """How far it has come, from the members alone."""
        members = self.study.members()
        baseline = members[BASELINE]
        found = ImproveState(
            {}, baseline["run"], self._diagnosis(BASELINE), of_baseline=baseline["seconds"]
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
            against = self._role_of(before.run)
            against = _short(against) if about["short"] else against
            record, other = trained.member(self.study, role), trained.member(self.study, against)
            after, earlier = self._diagnosis(role), self._diagnosis(against)
            metric = self.data.system.metrics[0]
            examples = record.examples("dev", self.data.system)
            answers = [one.answers("dev", self.data.system) for one in (record, other)]
            verdict = judged(
                change.gap,
                lead(metric, examples, *answers),
                earlier,
                after,
                short=about["short"],
            )
            self._judged[role] = TriedChange(
                role, record.id, change, verdict, about["short"], after
            )
            dev = record.measures().get("dev", {}).get(metric.name)
            self.data.message(f"{role}: dev {figure(metric.name, dev)}; {verdict.sentence}")
            if role not in self._written:  # else a killed process wrote it down
                self.study.write_down(
                    "judged", role=role, run=record.id, kept=verdict.kept, sentence=verdict.sentence
                )
        return self._judged[role]

    def _role_of(self, run: str) -> str:
        return next(role for role, one in self.study.members().items() if one["run"] == run)

    def _diagnosis(self, role: str) -> Diagnosis:
        if role not in self._diagnoses:
            run = Run(trained.member(self.study, role))
            self._diagnoses[role] = run.diagnose(self.human_error)
        return self._diagnoses[role]

    def _recipe_of(self, role: str) -> Recipe:
        return Run(trained.member(self.study, role)).recipe

    def _changes(self, state: ImproveState, done: Sequence[str]) -> list[RecipeChange]:
        run = Run(stores.opened(state.run, self.study.store))
        unread = run.system.unread(run.recipe)
        own = {member["run"] for member in self.study.members().values()}
        earlier = earlier_recipes(run, own)
        return changes_for(state.gaps, run.recipe, unread, done, earlier)

    # --- the end

    def _finished(self) -> Improved:
        state = self.state()
        promising = [
            f"; {one.change.message} was better in a short training, and there was no time for a"
            " whole one"
            for one in state.unfinished
        ]
        run = Run(stores.opened(state.run, self.study.store))
        _complete(run, self.data)
        if "test" in self.data.assigned and "test" not in run.record.measures():
            run.evaluate(split="test")  # which diagnoses the run anew
        else:
            run.diagnose(self.human_error)
        run.record.note(promised=promises.of(run.record))
        measures, metric = run.record.measures(), self.data.system.metrics[0].name
        test = measures.get("test", {}).get(metric)
        return Improved(
            baseline=self.study.members()[BASELINE]["run"],
            kept=run.id,
            metric=metric,
            dev=measures["dev"][metric].as_json(),
            test=None if test is None else test.as_json(),
            ended=(self.ended or "nothing was left to do") + "".join(promising),
            fault="" if self._baseline_beaten() else FAULT,
            learns_by_heart=self._learned_by_heart(),
            gaps=[
                {"name": gap.name, "size": gap.size, "at_most": gap.at_most} for gap in state.gaps
            ],
            tried=[one.as_json() for one in state.tried],
            settings=dict(state.settings),
        )

    def _baseline_beaten(self) -> bool:
        """Whether the first run is better than the simplest answer, beyond noise."""
        found = self._diagnosis(BASELINE)
        return not any(finding.code == "NW110" for finding in found.findings)

    def _learned_by_heart(self) -> str:
        """What the first sanity check says, in a sentence; empty: there was none."""
        if BY_HEART not in self.study.members():
            return ""
        return by_heart(trained.member(self.study, BY_HEART), self.data.system.metrics[0])


def _short(role: str) -> str:
    return f"{role}, short"


def _complete(run: Run, data: StudyData) -> None:
    """Pictures, views and references of the run that is kept, which the others do without."""
    from netwright.api.judged import references, views
    from netwright.runs.answers import mistakes
    from netwright.training.setup import parts_of

    parts = parts_of(data.examples, data.assigned)
    mistakes.keep(run.record, data.system, parts["dev"])
    views.make(run, parts["dev"])
    references.make(run, parts["dev"], references.fitted(run, parts["train"], parts["dev"]))


def by_heart(record: Record, metric: Metric) -> str:
    """Whether a run has learned its few examples by heart, in a sentence; empty where there is no
    baseline to tell it by.
    """
    base, train = record.info().get("baseline"), record.measures()["train"][metric.name]
    if base is None:
        return ""
    if metric.better == "higher" and metric.unit != "fraction":
        learned = train.value > base  # no figure is the best one
    else:
        best = 1.0 if metric.better == "higher" else 0.0
        learned = abs(best - train.value) <= BY_HEART_LEFT * abs(best - base)
    how = "are learned by heart" if learned else "are NOT learned by heart"
    more = "" if learned else ": look for a fault in the data, the net or the learning rate"
    return f"{train.n} examples {how} ({figure(metric.name, train)}){more}"
