"""The runs of a study that improves a recipe, by their roles: each read and diagnosed once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from netwright.api.run import Run
from netwright.api.studies import trained
from netwright.metrics.measure import Lead, lead, value_of
from netwright.metrics.named import brier
from netwright.runs.record import Record
from netwright.studies.improvement import BY_HEART

if TYPE_CHECKING:
    from netwright.contract import Answer, AnySystem, Examples, Metric
    from netwright.doctor.gaps.ladder import Diagnosis
    from netwright.recipe import Recipe
    from netwright.runs.human_levels import HumanError
    from netwright.studies.study import Study


class ImproveMembers:
    """What a study has trained so far."""

    def __init__(self, study: Study, system: AnySystem, human_error: HumanError | None) -> None:
        self.study, self.system, self.human_error = study, system, human_error
        self._recipes: dict[str, Recipe] = {}
        self._diagnoses: dict[str, Diagnosis] = {}
        self._figures: dict[str, float] = {}

    @property
    def roles(self) -> list[str]:
        """In their order."""
        return list(self.study.members())

    @property
    def runs(self) -> set[str]:
        """Their ids."""
        return {member["run"] for member in self.study.members().values()}

    def role_of(self, run: str) -> str:
        """The role of a run."""
        return next(role for role, one in self.study.members().items() if one["run"] == run)

    def record(self, role: str) -> Record:
        """The run of a role."""
        return trained.member(self.study, role)

    def recipe(self, role: str) -> Recipe:
        """Of the run of a role."""
        if role not in self._recipes:
            self._recipes[role] = Run(self.record(role)).recipe
        return self._recipes[role]

    def diagnosis(self, role: str) -> Diagnosis:
        """Of the run of a role; its report is written once somebody wants it."""
        if role not in self._diagnoses:
            run = Run(self.record(role))
            self._diagnoses[role] = run.diagnosed(self.human_error, report=False)[0]
        return self._diagnoses[role]

    def lead(self, role: str, against: str) -> Lead | None:
        """How far a run is ahead of another on dev, pair by pair."""
        return self._lead(self.system.metrics[0], role, against)

    def finer_lead(self, role: str, against: str) -> Lead | None:
        """How much better the probabilities are that a run states than another's on dev; None: they
        state none.
        """
        return self._lead(brier(self.system), role, against)

    def _lead(self, metric: Metric, role: str, against: str) -> Lead | None:
        record, other = self.record(role), self.record(against)
        answers = [one.answers("dev", self.system) for one in (record, other)]
        return lead(metric, record.examples("dev", self.system), *answers)

    def whole(self) -> list[str]:
        """Roles of all trainings that were no short ones, on all of the training split."""
        return [
            role
            for role, member in self.study.members().items()
            if role != BY_HEART and not member.get("about", {}).get("short")
        ]

    def figure(self, role: str) -> float:
        """What the run of a role comes to on dev, see ``figure_of``."""
        if role not in self._figures:
            record = self.record(role)
            examples = record.examples("dev", self.system)
            self._figures[role] = self.figure_of(examples, record.answers("dev", self.system))
        return self._figures[role]

    def figure_of(self, examples: Examples, answers: Sequence[Answer]) -> float:
        """How far the probabilities are off that answers state; where they state none, the single
        number. The lower the better; infinite where none counts.
        """
        found = value_of(brier(self.system), examples, answers)
        if math.isnan(found):
            first = self.system.metrics[0]
            found = value_of(first, examples, answers) * (1 if first.better == "lower" else -1)
        return math.inf if math.isnan(found) else found

    def trained(self, recipe: Recipe) -> list[Recipe]:
        """What was tried, short trainings as if they were as long as the present recipe's."""
        length = {"training.epochs": recipe.training.epochs}
        found = []
        for role, member in self.study.members().items():
            if role != BY_HEART:
                had, short = self.recipe(role), member.get("about", {}).get("short")
                found.append(had.changed(length) if short else had)
        return found
