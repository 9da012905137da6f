"""Labels that people may correct, each held against its example and the classes of the run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from netwright.api.answering import own_again, own_examples
from netwright.base.errors import NetwrightError, nearest
from netwright.contract import Answer, AnySystem, Examples
from netwright.runs import codecs
from netwright.runs.annotations.targets import Truths
from netwright.runs.record import Record


def truths_of(
    record: Record, system: AnySystem, examples: Examples, answers: Sequence[Answer]
) -> Truths:
    """The targets of a run's examples, which a person may correct to what they can be."""
    held = _Fitting(record, system)
    return replace(Truths.of(system, examples, answers), misfit=held.misfit)


@dataclass(frozen=True)
class _Fitting:
    record: Record
    system: AnySystem

    def misfit(self, id: str, target: Any) -> str:
        """Why a target is none of an example; empty where it may be one."""
        unseen = self.system.unseen(self._codec, target)
        if unseen:
            known = [one.of for one in self.system.all_metrics(self._codec) if one.of]
            return f"no class '{unseen[0]}'{nearest(unseen[0], known)}"
        return self.system.unfit(self._inputs.get(id), target)

    @cached_property
    def _codec(self) -> Any:
        return codecs.load(self.system, self.record)

    @cached_property
    def _inputs(self) -> Mapping[str, Any]:
        """Id -> input; none where the data cannot be read any more."""
        try:
            recipe = self.system.recipe.of_record(self.record.recipe(), self.record.id)
            reading = own_again(recipe, self.record, "dev")
            found = own_examples(self.system, recipe, self.record, reading)
        except NetwrightError:
            return {}
        return dict(zip(found.ids, found.inputs, strict=True))
