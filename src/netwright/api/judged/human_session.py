"""A person answers examples of a run whose truth they do not see: what they type is kept at once,
and measured in the end.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from netwright.api.judged import people
from netwright.api.judged.disagreements import Disagreement, Disagreements
from netwright.api.judged.human_examples import EXAMPLES, Domain, HumanExamples
from netwright.api.run import Run
from netwright.base.errors import DataError, RunError
from netwright.base.figures import counted
from netwright.contract import Examples
from netwright.contract.views import Shown
from netwright.runs.annotations import files
from netwright.runs.annotations.answered import Typed
from netwright.runs.annotations.files import AnnotationWriter
from netwright.runs.annotations.lines import short_name
from netwright.runs.annotations.noted import Annotations
from netwright.runs.answers.without_truth import without_truth

LONGEST = 20_000
"""Characters of an example that is no picture."""


@dataclass(frozen=True)
class HumanResult:
    """What came of it.

    Args:
        people: the level, kept in the run, and how far the person agrees with the labels and with
            others.
        disagreements: the label of each may be wrong.
    """

    people: people.People
    disagreements: tuple[Disagreement, ...]

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        differ = [asdict(one) for one in self.disagreements]
        return {**self.people.as_json(), "disagreements": differ}


@dataclass
class HumanSession:
    """Examples of a run that a person answers, one after the other.

    Args:
        held: all that may be answered, with their truths.
        who: the person.
        examples: those of this session with their inputs, in their order.
        annotations: what is noted of any example, by all who wrote.
        writer: of what is typed from here.
    """

    held: HumanExamples
    who: str
    examples: Examples
    annotations: Annotations
    writer: AnnotationWriter = field(repr=False)

    @classmethod
    def of(
        cls,
        run: Run,
        *,
        who: str = "",
        domain: Domain = "target",
        examples: int = EXAMPLES,
        seed: int = 0,
    ) -> HumanSession:
        """What a person left off, or from the beginning.

        Args:
            who: empty: as the computer knows them.

        Raises:
            RunError: its answers cannot be typed, or the data have changed.
            DataError: the data are not there any more.
            NetwrightError: what was noted cannot be read.
        """
        held = HumanExamples.of(run, domain)
        if held.form.kind == "json":
            raise RunError(
                f"answers of the system '{run.system.name}' cannot be typed one by one: netwright"
                f" human {run.id} --sheet FILE writes a sheet to fill in with any tool, and"
                " --labels FILE measures it."
            )
        name = short_name(who or files.user() or "a person", "the name of a person")
        store = run.record.path.parent
        return cls(
            held,
            name,
            held.drawn(examples, seed),
            files.read(store),
            AnnotationWriter(store, who=name),
        )

    def __len__(self) -> int:
        """How many examples there are."""
        return len(self.examples)

    @property
    def store(self) -> Path:
        """The folder of the runs."""
        return self.writer.store

    def reread(self) -> None:
        """Take in what others noted meanwhile.

        Raises:
            NetwrightError: a file cannot be read.
        """
        vars(self.annotations).update(vars(files.read(self.store)))

    def shown(self, at: int) -> Shown:
        """An example without its truth: drawn where it is a picture, else all that it holds."""
        return without_truth(self.held.run.system, self.examples[at], LONGEST)

    @property
    def key(self) -> str:
        """Stands for these examples in this order, and for who answers them."""
        words = "\0".join((self.who, self.held.question, *self.examples.ids))
        return hashlib.blake2b(words.encode(), digest_size=8).hexdigest()

    @property
    def warning(self) -> str:
        """That somebody looked at some of these with their truth before; empty: nobody here did."""
        # once the truth was shown, labels are corrected on the page
        ids, chosen = set(self.examples.ids), not self.is_over
        for name in dict.fromkeys((self.who, files.user())):
            if before := len(ids & self.annotations.by(name, chosen=chosen)):
                return (
                    f"{before:,} of these {counted(len(self), 'example')} were looked at before"
                    f" with their truth, by {name} in error analysis: a level of the same person is"
                    " flattered; --seed draws others."
                )
        return ""

    def as_json(self) -> dict[str, Any]:
        """How far the person is, without a truth; what came of it once they have ended."""
        return {
            "run": self.held.run.id,
            "who": self.who,
            "examples": len(self),
            "answered": len(self.typed),
            "result": self.end().as_json() if self.is_over else None,
        }

    # --- what is typed

    @property
    def typed(self) -> dict[int, Typed]:
        """Place -> what was typed there; None: the person could not tell."""
        own = self.annotations.of_people.typed.get(self._key, {})
        return {at: own[key] for at, key in enumerate(self.examples.ids) if key in own}

    @property
    def is_over(self) -> bool:
        """Whether the truth of all of them was shown: what is typed then does not count."""
        return set(self.examples.ids) <= self._shown

    def answer(self, at: int, typed: Typed) -> None:
        """Keep what is typed for an example; an earlier answer of the person gives way.

        Raises:
            DataError: it is no answer; nothing is kept.
            RunError: the person saw its truth.
        """
        self.held.target(typed, f"example {at + 1}")
        if self.examples.ids[at] in self._shown:
            raise RunError(f"example {at + 1}: its truth was shown; what is typed now is not kept.")
        cells = None if typed is None else dict(typed)
        self._write([self.examples.ids[at]], "answer", new=cells)

    def end(self) -> HumanResult:
        """Measure all that the person answered, keep the level in the run, and show the truth.

        Raises:
            DataError: nothing is answered, or too little of it could be told.
            NetwrightError: the run cannot be diagnosed.
        """
        if not self.typed:
            raise DataError(f"{self.who} answered none of these examples: nothing to measure.")
        rated = self.held.rated(self.annotations.of_people.typed.get(self._key, {}))
        # before the truth is shown: until then they may go on
        people.expect_enough(self.who, rated)
        if fresh := [key for key in self.examples.ids if key not in self._shown]:
            self._write(fresh, "shown")
        found = people.keep(self.held, {self.who: rated})
        return HumanResult(found, tuple(self.disagreements()))

    def _write(self, ids: Sequence[str], kind: Any, **values: Any) -> None:
        for line in self.writer.write(ids, kind, tag=self.held.question, **values):
            self.annotations.add(line)

    @property
    def _key(self) -> tuple[str, str]:
        return self.who, self.held.question

    @property
    def _shown(self) -> set[str]:
        return self.annotations.of_people.shown.get(self._key, set())

    # --- labels that may be wrong

    def disagreements(self) -> list[Disagreement]:
        """The examples of this session whose labels are not what the person answered."""
        own = self.annotations.of_people.typed.get(self._key, {})
        rows = self.held.rows
        places = {rows[key]: at for at, key in enumerate(self.examples.ids) if key in rows}
        return self._labels.against(self.held.rated(own).known(), places)

    def correct(self, at: int) -> None:
        """Say that the label of an example is wrong, and the person's answer right.

        Raises:
            RunError: its truth was not shown yet, or the person could not tell.
        """
        key, typed = self.examples.ids[at], self.typed.get(at)
        if key not in self._shown or typed is None:
            raise RunError(f"example {at + 1}: there is no answer to hold against its label.")
        why = f"{self.who} answered so before seeing the label"
        self._labels.correct(key, self.held.target(typed, key), why, self.writer)

    def undo_correction(self, at: int) -> None:
        """Take the correction of a label back."""
        self._labels.undo(self.examples.ids[at], self.writer)

    @cached_property
    def _labels(self) -> Disagreements:
        return Disagreements(self.held, self.annotations)
