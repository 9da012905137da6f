"""A search as it stands: every round, every trial, the winner, and what there is to say."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from netwright.recipe import Recipe
from netwright.runs.choosing.choice import Better, Bound, Choice
from netwright.searching import analysis
from netwright.searching.storage.interface import Storage, readable_errors
from netwright.searching.study import Plan, Round, open_round
from netwright.searching.trials import TrialRow


@dataclass(frozen=True)
class Outcome:
    """What a search found.

    Args:
        rounds: in order.
        rows: the trials of all rounds.
        recipe: where every trial began.
        folder: where its report lies.
        moves: how the best settings differ from those of the search that this one repeats.
    """

    rounds: tuple[Round, ...]
    rows: tuple[TrialRow, ...]
    recipe: Recipe
    bounds: tuple[Bound, ...]
    folder: Path
    moves: tuple[str, ...] = ()

    @property
    def plan(self) -> Plan:
        """The same for every round."""
        return self.rounds[0].plan

    @property
    def better(self) -> Better:
        """Which way the single number is better."""
        return self.plan.better

    @cached_property
    def _won(self) -> tuple[TrialRow | None, Choice]:
        return analysis.winner(self.rows, self.better, self.bounds)

    @property
    def winner(self) -> TrialRow | None:
        """The best trial that keeps to every bound."""
        return self._won[0]

    @property
    def why_none(self) -> str:
        """Why there is no winner, in one sentence; empty when there is one."""
        return self._won[1].message

    @cached_property
    def messages(self) -> list[str]:
        """What to know before trusting the winner."""
        best = self.winner
        if best is None:
            return [self.why_none, analysis.consulted(self.rows, self.plan)]
        return analysis.remarks(
            self.rows, self.rounds[best.round - 1].space, self.plan, self.recipe, best
        )

    @cached_property
    def importance(self) -> dict[str, float]:
        """Knob -> the fraction of the differences between results that it explains.

        From the complete trials of the first round; empty when they are too few.

        PED-ANOVA (Watanabe et al. 2023, arXiv:2304.10255), as Optuna has it.
        """
        import optuna

        first = self.rounds[0]
        done = analysis.complete([row for row in self.rows if row.round == 1])
        if (
            len(done) < max(8, 2 * len(first.space))
            or len(first.space) < 2
            or len({row.value for row in done}) < 2
        ):
            return {}
        with readable_errors(first.storage.name):
            return dict(optuna.importance.get_param_importances(first.study))

    def as_json(self) -> dict[str, Any]:
        """Plain values: the plan, the spaces, the winner, every trial, and all messages."""
        return {
            "name": self.plan.name,
            "source": self.plan.source,
            "metric": dict(self.plan.metric),
            "space": [
                {knob.key: knob.description() for knob in each.space} for each in self.rounds
            ],
            "winner": None if self.winner is None else self.winner.as_json(),
            "messages": self.messages,
            "moves": list(self.moves),
            "importance": self.importance,
            "trials": [row.as_json() for row in self.rows],
        }


def read(
    storage: Storage, name: str, recipe: Recipe, bounds: tuple[Bound, ...], folder: Path
) -> Outcome:
    """The search called ``name``, which is there, as it stands."""
    rounds: list[Round] = []
    while (found := open_round(storage, name, len(rounds) + 1)) is not None:
        rounds.append(found)
    rows = tuple(row for each in rounds for row in each.rows())
    return Outcome(tuple(rounds), rows, recipe, bounds, folder)
