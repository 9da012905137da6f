"""Improve a recipe by the notes' procedure (3.1.12): baseline, diagnosis, the largest gap beyond
noise, its knobs one after another; what is likely to help is kept, the rest undone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netwright.api.beginning import changes_of
from netwright.api.run import Run
from netwright.api.studies import trained
from netwright.api.studies.improve_work import Ask, ImproveWork
from netwright.api.studies.trained import Log, Watch
from netwright.api.studies.tried_before import earlier_recipes
from netwright.doctor.gaps.figures import FigureFormat
from netwright.doctor.improve.changes import RecipeChange, changes_for
from netwright.doctor.improve.open_gaps import open_gaps, reason
from netwright.runs import store as stores
from netwright.runs.unread import of_run
from netwright.studies import lab_notebook
from netwright.studies import study as studies
from netwright.studies.improvement import Improved

if TYPE_CHECKING:
    from torch import nn

    from netwright.recipe import Recipe
    from netwright.runs.human_levels import HumanError
    from netwright.studies.study import Study

KIND = "improve"


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
    keep: str | None = None,
    watch: Watch | None = None,
    log: Log | None = None,
) -> OpenedImprovement:
    """Train a baseline, diagnose it, turn the knobs for its largest gap one after another, keep
    what is likely to help and undo the rest, until the budget is spent or the gaps are noise; then
    open the test split, once.

    An unfinished study of the same data and recipe goes on.

    Args:
        source, target, model, epochs, set, recipe, system, store: as for ``train``.
        budget: how long it may take, ``"20m"`` or seconds, but for the last figures and the
            report; None: until nothing is left to try.
        human_error: what people reach; None: as ``project.yaml`` says.
        resume: a study of this kind to go on with.
        ask: asked before each change; what it refuses is not tried.
        keep: ``ensemble``, the nets of the study that are best together on dev; ``one``, the net
            with the changes that were kept; None or ``auto``: together, where the system combines
            answers.
        watch: called with each ``Progress`` of a training.
        log: called with each line about what is done and why.

    Raises:
        NetwrightError: the data or the recipe cannot be used, or the budget is too small for one
            training.
        KeyboardInterrupt: it was stopped; the study goes on by the same call.
    """
    from netwright.api.going_on import timing

    folder = stores.folder(store)
    seconds = timing.seconds_of(budget, "--budget")
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
        before = studies.latest(folder, KIND, about["fingerprint"], about["plan"])
        study = before or studies.create(folder, KIND, about)
    work = ImproveWork(replace(data, watch=watch, log=log), study, seconds, human_error, ask, keep)
    return OpenedImprovement(study, work.done())


def plan(run: Run) -> list[RecipeChange]:
    """What ``improve`` would try next on a run, in this order; nothing where no gap is larger than
    its noise.

    Raises:
        RunError: the run cannot be diagnosed.
    """
    return planned(run)[0]


def planned(run: Run) -> tuple[list[RecipeChange], list[str]]:
    """What ``improve`` would try next on a run, and why: each gap and its size, in a sentence.

    Raises:
        RunError: the run cannot be diagnosed.
    """
    found = run.diagnose()
    gaps, words = open_gaps(found), FigureFormat(found.unit, found.flipped)
    unread = of_run(run.system, run.recipe, run.info)
    changes = changes_for(gaps, run.recipe, unread, earlier=earlier_recipes(run))
    return changes, [reason(gap, gaps, words) for gap in gaps]
