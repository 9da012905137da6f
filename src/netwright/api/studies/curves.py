"""Learning curves and capacity curves: the error against the size of the data, or of the net."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netwright.api.beginning import changes_of
from netwright.api.studies import sizes as sizing
from netwright.api.studies import trained
from netwright.api.studies.trained import Log, StudyData, Watch
from netwright.base.errors import NetwrightError, RecipeError
from netwright.base.figures import counted, duration
from netwright.runs import store as stores
from netwright.runs.record import Record
from netwright.studies import curve as made
from netwright.studies import report
from netwright.studies import study as studies
from netwright.studies.curve import Curve, Kind
from netwright.studies.pace import MOST_REPEATS, Budget, SizeWanted, Took
from netwright.studies.points import SizedRun
from netwright.studies.power_law import FEWEST
from netwright.studies.steps import StudyStep, go_on

if TYPE_CHECKING:
    from torch import nn

    from netwright.recipe import Recipe
    from netwright.studies.study import Study

KINDS: tuple[Kind, ...] = ("curve", "capacity")

FEWEST_WIDTHS = 2
"""Of a capacity curve."""


@dataclass(frozen=True)
class OpenedCurve:
    """A curve and the study that it is of."""

    study: Study
    result: Curve

    @property
    def id(self) -> str:
        """What the study is called."""
        return self.study.id

    @property
    def verdict(self) -> str:
        """What the curve says, in sentences."""
        return self.result.verdict

    @property
    def report(self) -> Path:
        """Its page, one HTML file."""
        return self.study.path / report.NAME

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return {"study": self.id, **self.result.as_json(), "report": str(self.report)}


def curve(
    source: Any = None,
    *,
    sizes: Sequence[float | str] | None = None,
    capacity: bool = False,
    budget: str | float | None = None,
    repeats: int | None = None,
    target: str | Sequence[str] | None = None,
    model: str | nn.Module | None = None,
    epochs: int | None = None,
    set: Mapping[str, Any] | None = None,
    recipe: str | Path | Recipe | None = None,
    system: str | Path | None = None,
    store: str | Path | None = None,
    resume: str | None = None,
    watch: Watch | None = None,
    log: Log | None = None,
) -> OpenedCurve:
    """Train on nested parts of the training split, or nets of several widths, on one dev split: is
    the error bias or variance, and what would twice the data give?

    An unfinished study of the same data, recipe and plan goes on. Test stays sealed.

    Args:
        source, target, model, epochs, set, recipe, system, store: as for ``train``.
        sizes: training examples of each point; with ``capacity`` how many times as wide the net is.
            None: six halvings of the training split; a quarter to four times the width.
        capacity: the width of the net in place of the size of the data.
        budget: how long all of it may take, ``"10m"`` or seconds; None: as long as each size takes
            once.
        repeats: of each size, with other seeds; None: one, or as many as the budget allows, at most
            five.
        resume: a study of this kind to go on with.
        watch: called with each ``Progress`` of a training.
        log: called with each line about what is done and why.

    Raises:
        NetwrightError: the data or the recipe cannot be used, there are too few examples, or the
            budget does not suffice.
        KeyboardInterrupt: it was stopped; the study goes on by the same call.
    """
    folder = stores.folder(store)
    if resume is not None:
        study = studies.find(resume, folder)
        trained.refuse(study, KINDS)
        data = trained.again(study, source)
        return _work(study, CurvePlan.of_study(replace(data, watch=watch, log=log), study))
    data = trained.begun_with(
        source,
        folder,
        changes_of(epochs, system, set),
        target=target,
        model=model,
        recipe=recipe,
    )
    plan = CurvePlan.of(
        replace(data, watch=watch, log=log), sizes, budget, repeats, capacity=capacity
    )
    about = plan.data.about(plan.question, plan.as_json())
    # more time, or more repeats, are no other study
    same = {key: about["plan"][key] for key in ("recipe", "sizes")}
    before = studies.latest(folder, plan.kind, about["fingerprint"], same)
    if before is not None:
        with before.held():
            before.note(plan=about["plan"])
    return _work(before or studies.create(folder, plan.kind, about), plan)


@dataclass(frozen=True)
class CurvePlan:
    """What is trained for a curve.

    Args:
        sizes: ascending.
        budget: seconds; None: as long as it takes.
        repeats: of each size, at most.
    """

    data: StudyData
    kind: Kind
    sizes: tuple[float, ...]
    budget: float | None
    repeats: int

    @classmethod
    def of(
        cls,
        data: StudyData,
        sizes: Sequence[float | str] | None,
        budget: str | float | None,
        repeats: int | None,
        *,
        capacity: bool,
    ) -> CurvePlan:
        """The plan of what a person asks for.

        Raises:
            NetwrightError: a size cannot be, or too few can.
        """
        from netwright.api.going_on import timing

        seconds = timing.seconds_of(budget, "--budget")
        if repeats is not None and not 1 <= repeats <= 100:
            raise RecipeError(f"--repeats {repeats}: expected 1 to 100 of each size.")
        usual = 1 if seconds is None else MOST_REPEATS
        found = sizing.widths(data, sizes) if capacity else sizing.parts(data, sizes)
        kind: Kind = "capacity" if capacity else "curve"
        return cls(data, kind, tuple(found), seconds, usual if repeats is None else repeats)

    @classmethod
    def of_study(cls, data: StudyData, study: Study) -> CurvePlan:
        """The plan of a study that goes on.

        Raises:
            NetwrightError: it was changed.
        """
        info = study.info()
        kept = info["plan"]
        try:
            kind: Kind = "capacity" if info["kind"] == "capacity" else "curve"
            sizes = tuple(float(size) for size in kept["sizes"])
            budget = None if kept["budget"] is None else float(kept["budget"])
            return cls(data, kind, sizes, budget, int(kept["repeats"]))
        except (KeyError, TypeError, ValueError) as error:
            raise NetwrightError(
                f"the plan of {study.id} cannot be read ({error}): its study.json was changed."
            ) from None

    def as_json(self) -> dict[str, Any]:
        """What the study notes."""
        return {"sizes": list(self.sizes), "budget": self.budget, "repeats": self.repeats}

    @property
    def question(self) -> str:
        """What is asked, in a sentence."""
        if self.kind == "capacity":
            return "Would a bigger net, or a smaller one, do better?"
        return "What would more data give, and is the error bias or variance?"

    @cached_property
    def wanted(self) -> list[SizeWanted]:
        """Every size once, then all of them again with other seeds."""
        return [SizeWanted(size, seed) for seed in range(self.repeats) for size in self.sizes]

    @cached_property
    def time(self) -> Budget:
        """What is left for which size."""
        return Budget(self.budget, {size: self._work(size) for size in self.sizes})

    @property
    def fewest(self) -> int:
        """Sizes that say something."""
        return min(len(self.sizes), FEWEST_WIDTHS if self.kind == "capacity" else FEWEST)

    def _work(self, size: float) -> float:
        """Examples that a training steps over; of a wider net as many times as it is wider."""
        step = self.step(SizeWanted(size, 0))
        splits = step.splits or self.data.assigned
        rows = [row for row, split in enumerate(splits) if split == "train"]
        recipe = self.data.recipe.changed(dict(step.changes))
        complete = self.data.system.completed(recipe, self.data.examples.take(rows))
        knobs = complete.training
        work = float(knobs.epochs) * len(rows)
        if knobs.max_examples is not None:
            work = min(work, float(knobs.max_examples))
        return work * (max(1.0, size) if self.kind == "capacity" else 1.0)

    def step(self, wanted: SizeWanted) -> StudyStep:
        """The training of a size."""
        seed = self.data.recipe.training.seed + wanted.seed
        about = {"size": wanted.size, "seed": wanted.seed}
        again = f", seed {wanted.seed}" if wanted.seed else ""
        if self.kind == "capacity":
            role = f"{wanted.size:g} times as wide{again}"
            changes = {**sizing.widened(self.data, wanted.size), "training.seed": seed}
            return StudyStep(role, changes, about=about)
        role = f"{wanted.size:.0f} examples{again}"
        splits = sizing.assigned(self.data, int(wanted.size), wanted.seed)
        return StudyStep(role, {"training.seed": seed}, splits, about)

    def next(self, study: Study) -> StudyStep | None:
        """What to train next within the budget."""
        done = [(one, took) for one, took, _ in members(study)]
        if len(done) == 1 and study.info().get("begun") is None:
            self._announce({one.size: took for one, took in done})
        found = self.time.next(self.wanted, done, self.fewest)
        if found is None:
            return None
        return replace(self.step(found), limit=None if done else self.budget)

    def _announce(self, taken: dict[float, Took]) -> None:
        count, seconds = self.time.plan(self.wanted, taken)
        once = self.wanted[: min(count, len(self.sizes))]
        named = ", ".join(f"{one.size:,g}" for one in once)
        what = "times as wide" if self.kind == "capacity" else "training examples"
        given = "" if self.budget is None else f" of the {duration(self.budget)} given"
        again = ""
        if count > len(once):
            again = f", and again with other seeds: {counted(count, 'training')} in all"
        left = len(self.sizes) - len(once)
        more = f"; {counted(left, 'larger one')} would take more" if left > 0 else ""
        self.data.message(f"sizes {named} {what}{again}: about {duration(seconds)}{given}{more}")


def members(study: Study) -> list[tuple[SizeWanted, Took, str]]:
    """(size and seed, seconds, role) of the members of a curve."""
    found = []
    for one in study.info()["members"]:
        about = one.get("about", {})
        size, seed = float(about.get("size", 0)), int(about.get("seed", 0))
        took = Took(float(one.get("seconds", 0.0)), float(one.get("steps", 0.0)))
        found.append((SizeWanted(size, seed), took, one["role"]))
    return found


def _work(study: Study, plan: CurvePlan) -> OpenedCurve:
    with study.held():
        info = study.info()
        if info["status"] == "complete" and "result" in info:
            return OpenedCurve(study, Curve.from_json(info["result"]))
        plan.data.message(f"study {study.id}; stopped or killed, {studies.way_on(study)} goes on")
        go_on(study, plan.next, _trainer(study, plan))
        runs = [
            SizedRun(one.size, one.seed, trained.member(study, role))
            for one, _, role in members(study)
        ]
        result = made.of_runs(plan.kind, runs, plan.data.system)
        study.note(status="complete", result=result.as_json())
        study.write_down("result", verdict=result.verdict)
        report.write(study, result)
    return OpenedCurve(study, result)


def _trainer(
    study: Study, plan: CurvePlan
) -> Callable[[StudyStep, str | None, Callable[[str], None]], Record]:
    """Trains a step and says how it came out; the first one is refused where the budget does not
    suffice even for it.
    """
    from netwright.base.figures import figure

    data, metric = plan.data, plan.data.system.metrics[0].name
    train = data.trainer_of(study)

    def train_and_log(step: StudyStep, before: str | None, begun: Callable[[str], None]) -> Record:
        record = train(step, before, begun)
        measures = record.measures()
        levels = ", ".join(
            f"{split} {figure(metric, measures.get(split, {}).get(metric))}"
            for split in ("train", "dev")
        )
        data.message(f"{step.role}: {levels}")
        return record

    return train_and_log
