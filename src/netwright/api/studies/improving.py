"""Improve a recipe by the notes' procedure (3.1.12): baseline, diagnosis, the largest gap beyond
noise, its knobs one after another; what helps beyond noise is kept, the rest undone.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netwright.api.beginning import changes_of
from netwright.api.run import Run
from netwright.api.studies import trained
from netwright.api.studies.trained import Log, StudyData, Watch
from netwright.base.errors import NetwrightError
from netwright.base.figures import duration, figure
from netwright.data import splits
from netwright.doctor.improve.changes import RecipeChange, changes_for
from netwright.doctor.improve.judge import judged
from netwright.metrics.measure import lead
from netwright.runs import store as stores
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
    from torch import nn

    from netwright.doctor.gaps.ladder import Diagnosis
    from netwright.recipe import Recipe
    from netwright.runs.human_levels import HumanError
    from netwright.studies.study import Study

KIND = "improve"

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


@dataclass(frozen=True)
class OpenedImprovement:
    """A study that improves a recipe, and what came of it."""

    study: Study
    result: Improved

    @property
    def id(self) -> str:
        """What the study is called."""
        return self.study.id

    @property
    def run(self) -> Run:
        """The run that is kept."""
        return Run(stores.opened(self.result.kept, self.study.store))

    @property
    def notebook(self) -> Path:
        """Its lab notebook, one HTML file; beside it lies the same as Markdown."""
        return self.study.path / lab_notebook.HTML

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return {"study": self.id, **self.result.as_json(), "notebook": str(self.notebook)}


def improve(
    source: Any = None,
    *,
    budget: str | float | None = None,
    human_error: HumanError | None = None,
    target: str | Sequence[str] | None = None,
    model: str | nn.Module | None = None,
    epochs: int | None = None,
    set: Mapping[str, Any] | None = None,
    recipe: str | Path | Recipe | None = None,
    system: str | Path | None = None,
    store: str | Path | None = None,
    resume: str | None = None,
    ask: Ask | None = None,
    watch: Watch | None = None,
    log: Log | None = None,
) -> OpenedImprovement:
    """Train a baseline, diagnose it, turn the knobs for its largest gap one after another, keep
    what helps beyond noise and undo the rest, until the budget is spent or the gaps are noise; then
    open the test split, once.

    An unfinished study of the same data and recipe goes on.

    Args:
        source, target, model, epochs, set, recipe, system, store: as for ``train``.
        budget: how long it may take, ``"20m"`` or seconds, but for the last figures and the
            report; None: until nothing is left to try.
        human_error: what people reach; None: as ``project.yaml`` says.
        resume: a study of this kind to go on with.
        ask: asked before each change; what it refuses is not tried.
        watch: called with each ``Progress`` of a training.
        log: called with each line about what is done and why.

    Raises:
        NetwrightError: the data or the recipe cannot be used, or the budget is too small for one
            training.
        KeyboardInterrupt: it was stopped; the study goes on by the same call.
    """
    from netwright.api.going_on import timing

    folder = stores.folder(store)
    seconds = timing.seconds_of(budget)
    if resume is not None:
        study = studies.find(resume, folder)
        trained.refuse(study, (KIND,))
        data = trained.again(study, source)
        if seconds is None:
            seconds = study.info()["plan"].get("budget")
    else:
        changes = changes_of(epochs, system, set)
        data = trained.begun_with(
            source, folder, changes, target=target, model=model, recipe=recipe
        )
        about = data.about("How good can this recipe become, and by which changes?", {})
        before = studies.unfinished(folder, KIND, about["fingerprint"], about["plan"])
        study = before or studies.create(folder, KIND, about)
    work = _Work(replace(data, watch=watch, log=log), study, seconds, human_error, ask)
    return OpenedImprovement(study, work.done())


class _Work:
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
        self._diagnosed = {""}
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
            return StudyStep(BASELINE, why="the recipe as it is, to improve on", limit=self.budget)
        standing = self.standing()
        fraction = epochs_fraction(standing, self.budget)
        against = _short(self._role_of(standing.run))
        if fraction < 1 and against not in there:
            # what short trainings of changes are held against
            return StudyStep(
                against,
                {**standing.settings, **self._fewer(fraction)},
                about={"short": True, "settings": {}},
                why="the same in a short training, which short ones of changes are held against",
            )
        found = self._agreed(standing)
        if isinstance(found, Ended):
            self.ended = found.why
            study.write_down("ended", why=found.why)
            return None
        return self._step(standing, found, fraction)

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
            BY_HEART, changes, some, why="a net that cannot learn these has a fault somewhere"
        )

    def _agreed(self, standing: ImproveState) -> NextChange | Ended:
        """What comes next, that the person does not refuse."""
        while True:
            vetoed = [e["key"] for e in self.study.notebook() if e.get("what") == "vetoed"]
            found = next_change(standing, self._changes, self.budget, vetoed)
            if isinstance(found, Ended) or self.ask is None:
                return found
            if self.ask(found.change.message, found.why):
                return found
            self.study.write_down("vetoed", key=found.change.key, change=found.change.message)

    def _step(self, standing: ImproveState, plan: NextChange, fraction: float) -> StudyStep:
        change = plan.change
        fewer = self._fewer(fraction) if plan.short else {}
        number = 1 + len(standing.tried)
        self.data.message(
            f"step {number}: {change.message} ({plan.why}; about {duration(plan.seconds)})"
        )
        return StudyStep(
            f"step {number}",
            {**standing.settings, **change.settings, **fewer},
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

    def standing(self) -> ImproveState:
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
        return replace(found, seconds=self._before + time.monotonic() - self._begun)

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
            self.study.write_down(
                "judged", role=role, run=record.id, kept=verdict.kept, sentence=verdict.sentence
            )
        return self._judged[role]

    def _role_of(self, run: str) -> str:
        return next(role for role, one in self.study.members().items() if one["run"] == run)

    def _diagnosis(self, role: str) -> Diagnosis:
        from netwright.doctor.gaps.ladder import Diagnosis

        record = trained.member(self.study, role)
        if record.has("diagnosis.json") and role in self._diagnosed:
            return Diagnosis.from_json(record.mapping("diagnosis.json"))
        self._diagnosed.add(role)
        return Run(record).diagnose(self.human_error)

    def _recipe_of(self, role: str) -> Recipe:
        return Run(trained.member(self.study, role)).recipe

    def _changes(self, standing: ImproveState, done: Sequence[str]) -> list[RecipeChange]:
        run = Run(stores.opened(standing.run, self.study.store))
        unread = run.system.unread(run.recipe)
        own = {member["run"] for member in self.study.members().values()}
        earlier = earlier_recipes(run, own)
        return changes_for(standing.gaps, run.recipe, unread, done, earlier)

    # --- the end

    def _finished(self) -> Improved:
        standing = self.standing()
        promising = [
            f"; {one.change.message} was better in a short training, and there was no time for a"
            " whole one"
            for one in standing.unfinished
        ]
        run = Run(stores.opened(standing.run, self.study.store))
        _complete(run, self.data)
        if "test" in self.data.assigned and "test" not in run.record.measures():
            run.evaluate(split="test")
        run.diagnose(self.human_error)
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
                {"name": gap.name, "size": gap.size, "at_most": gap.at_most}
                for gap in standing.gaps
            ],
            tried=[one.as_json() for one in standing.tried],
            settings=dict(standing.settings),
        )

    def _baseline_beaten(self) -> bool:
        """Whether the first run is better than the simplest answer, beyond noise."""
        found = self._diagnosis(BASELINE)
        return not any(finding.code == "NW110" for finding in found.findings)

    def _learned_by_heart(self) -> str:
        """What the first sanity check says, in a sentence; empty: there was none."""
        if BY_HEART not in self.study.members():
            return ""
        record = trained.member(self.study, BY_HEART)
        metric, base = self.data.system.metrics[0], record.info().get("baseline")
        train = record.measures()["train"][metric.name]
        if base is None:
            return ""
        best = 1.0 if metric.better == "higher" and metric.unit == "fraction" else 0.0
        if metric.better == "higher" and metric.unit != "fraction":
            best = math.inf  # no figure is the best one
        left = abs(best - train.value) / abs(best - base) if abs(best - base) > 0 else 0.0
        learned = left <= BY_HEART_LEFT if math.isfinite(left) else train.value > base
        how = "are learned by heart" if learned else "are NOT learned by heart"
        more = "" if learned else ": look for a fault in the data, the net or the learning rate"
        return f"{train.n} examples {how} ({figure(metric.name, train)}){more}"


def _short(role: str) -> str:
    return f"{role}, short"


def _complete(run: Run, data: StudyData) -> None:
    """Pictures, views and references of the run that is kept, which the others do without."""
    from netwright.api.judged import references, views
    from netwright.runs.answers import mistakes
    from netwright.runs.keeping import promises
    from netwright.training.setup import parts_of

    parts = parts_of(data.examples, data.assigned)
    mistakes.keep(run.record, data.system, parts["dev"])
    views.make(run, parts["dev"])
    references.make(run, parts["train"], parts["dev"])
    run.diagnose()
    run.record.note(promised=promises.of(run.record))


def earlier_recipes(run: Run, leave_out: Collection[str] = ()) -> list[Recipe]:
    """The recipes of other complete runs of the same data and system in the same store."""
    found = []
    for record in stores.every(run.record.path.parent):
        if record.id in leave_out or record.id == run.id:
            continue
        try:
            info = record.info()
            if info["system"] != run.info["system"] or info["status"] != "complete":
                continue
            if not _same_data(record, run.record):
                continue
            found.append(run.system.recipe.of_record(record.recipe(), record.id))
        except NetwrightError:  # one that cannot be read says nothing of what was tried
            continue
    return found


def _same_data(one: Record, other: Record) -> bool:
    prints = [record.mapping("data.json").get("fingerprint") for record in (one, other)]
    return bool(prints[0]) and prints[0] == prints[1]


def plan(run: Run) -> list[RecipeChange]:
    """What ``improve`` would try next on a run, in this order; nothing where no gap is larger than
    its noise.

    Raises:
        RunError: the run cannot be diagnosed.
    """
    from netwright.doctor.improve.changes import open_gaps

    gaps = open_gaps(run.diagnose())
    unread = run.system.unread(run.recipe)
    return changes_for(gaps, run.recipe, unread, (), earlier_recipes(run))
