"""The examples of which a person and the label say different things: the label may be wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from netwright.api.errors.fitting import truths_of
from netwright.api.judged.human_examples import HumanExamples
from netwright.base import figures
from netwright.runs.annotations import files, overlay
from netwright.runs.annotations.noted import Annotations
from netwright.runs.annotations.targets import Truths

FURTHEST = 10
"""Where answers are neither right nor wrong: the ones furthest from their labels are listed."""

LONGEST = 300
"""Characters of an answer in words."""


@dataclass(frozen=True)
class Disagreement:
    """An example of which the person and the label say different things.

    Args:
        at: its place among those that were answered.
        own, label, net: as a person reads them.
        right: what somebody corrected the label to; empty: nobody did.
    """

    at: int
    id: str
    source: str
    own: str
    label: str
    net: str
    right: str


@dataclass(frozen=True)
class Disagreements:
    """What people said of the examples of a run, held against their labels.

    Args:
        annotations: what is noted of them, corrected labels too.
    """

    held: HumanExamples
    annotations: Annotations

    def against(self, given: Mapping[int, Any], places: Mapping[int, int]) -> list[Disagreement]:
        """Those of some rows.

        Args:
            given: row -> what the person said.
            places: row -> its place among those that were answered.
        """
        found = [(at, row) for row, at in places.items() if row in given]
        return [self._one(at, row, given[row]) for at, row in self._unlike(sorted(found), given)]

    def _unlike(
        self, found: Sequence[tuple[int, int]], given: Mapping[int, Any]
    ) -> list[tuple[int, int]]:
        """(place, row) of what is wrong by the label; of what cannot be, the furthest."""
        system, examples = self.held.run.system, self.held.examples
        assert system.certain is not None
        wrong = [system.wrong(examples[row], system.certain(given[row])) for _, row in found]
        if any(one is not None for one in wrong):
            return [pair for pair, one in zip(found, wrong, strict=True) if one]
        far = [self._far(given[row], examples.targets[row]) for _, row in found]
        order = sorted(range(len(found)), key=lambda at: -far[at])
        return [found[at] for at in order[:FURTHEST] if far[at] > 0]

    def _far(self, own: Any, truth: Any) -> float:
        """The largest difference of a number, in its spread over the labels."""
        numbers = self.held.run.system.numbers
        given, true = numbers(own) or {}, numbers(truth) or {}
        both = [name for name in given if name in true]
        apart = (abs(given[name] - true[name]) / self._spread[name] for name in both)
        return max(apart, default=0.0)

    @cached_property
    def _spread(self) -> dict[str, float]:
        import numpy as np

        values: dict[str, list[float]] = {}
        for target in self.held.examples.targets:
            for name, value in (self.held.run.system.numbers(target) or {}).items():
                values.setdefault(name, []).append(value)
        return {name: float(np.std(some)) or 1.0 for name, some in values.items()}

    def _one(self, at: int, row: int, own: Any) -> Disagreement:
        examples = self.held.examples
        key = examples.ids[row]
        fix = self.annotations.of_example(key).correction
        return Disagreement(
            at,
            key,
            examples.sources[row],
            self._in_words(own),
            self._in_words(examples.targets[row]),
            self._answers.get(key, ""),
            "" if fix is None else figures.value(fix.new, LONGEST),
        )

    def _in_words(self, target: Any) -> str:
        own = None if target is None else self.held.run.system.in_words(target)
        return figures.value(target if own is None else own, LONGEST)

    @cached_property
    def _answers(self) -> dict[str, str]:
        """Id -> what the net says of it."""
        found = self.held.run.record.read_predictions(self.held.split)
        ids = found.frame["id"].to_list()
        return dict(zip(ids, found.in_words("answer", LONGEST), strict=True))

    @cached_property
    def _truths(self) -> Truths:
        """The labels that the source gives."""
        record, system = self.held.run.record, self.held.run.system
        kept = record.examples_as_kept(self.held.split, system)
        examples = overlay.as_in_the_source(record.path, system, kept)
        answers = record.answers(self.held.split, system)
        return truths_of(record, system, examples, answers)

    def correct(self, key: str, target: Any, why: str, writer: files.AnnotationWriter) -> None:
        """Say that the label of an example is wrong, and what is right.

        Raises:
            NetwrightError: it cannot be its target.
        """
        old, new = self._truths.change(key, target)
        for line in writer.write([key], "label", old=old, new=new, why=why, chosen=True):
            self.annotations.add(line)

    def undo(self, key: str, writer: files.AnnotationWriter) -> None:
        """Take the correction of a label back."""
        if (fix := self.annotations.of_example(key).correction) is not None:
            files.undo(self.annotations, writer, fix.key)
