"""The examples of a run by which people are measured: dev's, or general ones (notes 3.2.8)."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, TypeAlias

from netwright.api import answering
from netwright.api.kept import by_domain
from netwright.api.run import Run
from netwright.base.errors import DataError, RunError
from netwright.base.seeds import seed_of
from netwright.contract import Examples
from netwright.runs.annotations.answered import Typed
from netwright.runs.answers import sheets
from netwright.runs.answers.forms import AnswerForm

EXAMPLES = 50
"""That somebody answers."""

Domain: TypeAlias = Literal["target", "general"]


@dataclass(frozen=True)
class HumanExamples:
    """The examples of a run that people may answer.

    Args:
        domain: ``target``: those of dev; ``general``: those of the other domains, of train-dev
            where it has any, else of train, from which nobody but the net learned.
        split: that they are of.
        examples: without their inputs, labelled as people have corrected them.
    """

    run: Run
    domain: Domain
    split: str
    examples: Examples

    @classmethod
    def of(cls, run: Run, domain: Domain = "target") -> HumanExamples:
        """Those of a run.

        Raises:
            RunError: people are not measured at its kind of answer, it has no answers on the
                split, or there are no general examples.
        """
        if run.system.certain is None:
            raise RunError(
                f"{run.id} is of the system '{run.system.name}', at which people are not measured:"
                " it has no 'certain'; give a level that is known, --human-error NUMBER."
            )
        if domain == "target":
            return cls(run, domain, "dev", run.record.examples("dev", run.system))
        for split in ("train_dev", "train"):
            if run.record.has(f"predictions/{split}.parquet"):
                whole = run.record.examples(split, run.system)
                if rows := _general(run, whole):
                    return cls(run, domain, split, whole.take(rows))
        raise RunError(
            f"{run.id} was trained on no examples of another domain than dev's: there are no"
            " general ones to answer; leave out --domain."
        )

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """The classes that an answer may name: those that occur, and those that the run answers
        with; none: they are no classes.
        """
        system = self.run.system
        found = [label for label in system.labels(self.examples.targets) if label is not None]
        if not found:
            return ()
        answers = self.run.record.answers(self.split, system)
        return tuple(sorted({*(system.probabilities(answers[0]) or {}), *found}))

    @cached_property
    def form(self) -> AnswerForm:
        """How one is answered."""
        return AnswerForm.of(self.run.system, self.examples, self.labels)

    def drawn(self, count: int, seed: int) -> Examples:
        """Some of them with their inputs, drawn by the seed, in the order in which they are to be
        answered; a larger count goes on from a smaller one. Of equal ones there is one.

        Raises:
            DataError: fewer than one is wanted, or the data are not there any more.
            RunError: the data have changed.
        """
        if count < 1:
            raise DataError(f"{count} examples to answer: expected 1 or more.")
        import numpy as np

        run = self.run
        held = answering.of_split(run.system, run.recipe, run.record, self.split)
        if self.domain == "general":
            held = held.take(_general(run, held))
        known = [at for at, target in enumerate(held.targets) if target is not None]
        order = np.random.default_rng(seed_of(seed, "people")).permutation(len(known))
        firsts = dict[str, int]()
        for at in order.tolist():
            firsts.setdefault(held.ids[known[at]], known[at])
        return held.take(list(firsts.values())[:count])

    def rated(self, typed: Mapping[str, Typed]) -> sheets.Rated:
        """What somebody answered of these.

        Args:
            typed: id -> what they typed; what is no answer to these any more is left out.
        """
        found: dict[int, Any] = {}
        for key, cells in typed.items():
            if key in self.rows:
                with contextlib.suppress(DataError):
                    found[self.rows[key]] = self.target(cells, key)
        return sheets.Rated.of(found)

    def target(self, typed: Typed, place: str) -> Any:
        """What was typed, in the target's terms; None: the person could not tell.

        Raises:
            DataError: it is no answer.
        """
        return None if typed is None else self.form.target(typed, place)

    @property
    def question(self) -> str:
        """What is to be answered, of several that may be of the same examples: the target's
        name.
        """
        return self.run.recipe.data.target or ""

    @cached_property
    def rows(self) -> dict[str, int]:
        """Id -> the first row of it."""
        ids = self.examples.ids
        return {ids[row]: row for row in reversed(range(len(ids)))}


def write_sheet(
    run: Run,
    path: str | Path,
    *,
    examples: int = EXAMPLES,
    seed: int = 0,
    domain: Domain = "target",
) -> int:
    """A sheet of examples for a person to answer, drawn by the seed, without their truths; returns
    how many there are.

    Raises:
        DataError: the file is there already, or fewer than one example is wanted.
        RunError: the run's data have changed, or people are not measured at its kind of answer.
    """
    held = HumanExamples.of(run, domain).drawn(examples, seed)
    sheets.write(Path(path), run.system, held, range(len(held)))
    return len(held)


def _general(run: Run, examples: Examples) -> list[int]:
    """The rows that are of another domain than the one that dev is of."""
    target = by_domain.target_of(run.record.recipe())
    return [at for at, domain in enumerate(examples.domains or ()) if domain != target]
