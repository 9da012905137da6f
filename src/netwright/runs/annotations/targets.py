"""Corrected labels laid over the truths that a run keeps: at reading, and never into a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from netwright.base import figures, read_json
from netwright.base.errors import NetwrightError, UnreadableError, nearest
from netwright.contract import AnySystem, Examples
from netwright.runs.annotations.noted import Correction
from netwright.runs.answers.predictions import plain

LONGEST = 80
"""Characters of a target in a message."""


@dataclass(frozen=True)
class Truths:
    """The targets of some examples, which a person may correct.

    Args:
        examples: without their inputs, as they were read.
        classes: that an answer may be of; empty where targets are no classes.
        misfit: (id, target) -> why it is none of that example; empty where it may be one.
    """

    system: AnySystem
    examples: Examples
    classes: tuple[str, ...]
    misfit: Callable[[str, Any], str] = lambda name, target: ""

    @classmethod
    def of(cls, system: AnySystem, examples: Examples, answers: Sequence[Any]) -> Truths:
        """Those that were answered; their classes are those that answers name a probability of,
        and those that occur.
        """
        found = dict.fromkeys(label for label in system.labels(examples.targets) if label)
        if found and answers:
            found = {**dict.fromkeys(system.probabilities(answers[0]) or ()), **found}
        return cls(system, examples, tuple(found))

    def change(self, id: str, typed: Any) -> tuple[Any, Any]:
        """The old target of an example and the right one, as JSON holds them.

        Raises:
            NetwrightError: see ``new``, or they are the same.
        """
        old, new = self.old(id), self.new(id, typed)
        if new == old:
            raise NetwrightError(
                f"the label in the data is {figures.value(old, LONGEST)} already: there is nothing"
                " to correct (to take a correction back, undo it)."
            )
        return old, new

    def old(self, id: str) -> Any:
        """The target of an example as JSON holds it.

        Raises:
            NetwrightError: there is no such example.
        """
        return plain(self._target(id))

    def new(self, id: str, typed: Any) -> Any:
        """What a person says that the target is, as JSON holds it; text is read as JSON where
        targets are no classes.

        Raises:
            NetwrightError: it cannot be a target of this example.
        """
        old = self._target(id)
        if self.classes:
            if typed not in self.classes:
                raise NetwrightError(f"no class '{typed}'{nearest(str(typed), self.classes)}")
            return typed
        value = typed
        if isinstance(typed, str):
            try:
                value = read_json.parse(typed)
            except UnreadableError:
                value = self._of_words(typed)
        if isinstance(old, Mapping) and isinstance(value, Mapping):
            self._expect_parts(value, old)
            value = {**plain(old), **value}
        if not _is_like(value, plain(old)):
            raise NetwrightError(
                f"{typed!r} is no target like {plain(old)!r}, which the example has now: write it"
                " as JSON in that form."
            )
        target = as_target(self.system, value, old)
        if why := self.misfit(id, target):
            raise NetwrightError(
                f"'{figures.shorten(str(typed), LONGEST)}' is no target of {id}: {why}"
            )
        return plain(target)

    def _of_words(self, typed: str) -> Any:
        if self.system.typed is None:
            return typed
        try:
            return plain(self.system.typed(typed))
        except ValueError as error:
            raise NetwrightError(f"'{typed[:LONGEST]}' is no target: {error}.") from None

    def _expect_parts(self, value: Mapping[str, Any], old: Mapping[str, Any]) -> None:
        if unknown := [name for name in value if name not in old]:
            raise NetwrightError(f"no part '{unknown[0]}'{nearest(unknown[0], old)}")

    @cached_property
    def rows(self) -> dict[str, int]:
        """Id -> the first row of it."""
        ids = self.examples.ids
        return {ids[row]: row for row in reversed(range(len(ids)))}

    def expect(self, id: str) -> None:
        """Refuse an example that is not there.

        Raises:
            NetwrightError: it is not.
        """
        if id not in self.rows:
            raise NetwrightError(
                f"no example '{id[:80]}' among these {len(self.rows):,}: --csv lists their ids."
            )

    def find(self, typed: str) -> str:
        """The id of an example by its id, or by its source where that is one example's.

        Raises:
            NetwrightError: there is no such example, or several are of that source.
        """
        if typed in self.rows:
            return typed
        found = {
            self.examples.ids[at] for at, one in enumerate(self.examples.sources) if one == typed
        }
        if len(found) > 1:
            raise NetwrightError(
                f"'{typed[:80]}' is the source of {len(found):,} examples: name one by its id."
            )
        found = found or {typed}
        self.expect(*found)
        return found.pop()

    def _target(self, id: str) -> Any:
        self.expect(id)
        return self.examples.targets[self.rows[id]]


def _is_like(value: Any, old: Any) -> bool:
    """Whether one JSON value is of the kind of another: a number, a text, a list, a mapping."""
    if old is None:
        return True
    if isinstance(old, bool) or isinstance(value, bool):
        return isinstance(old, bool) and isinstance(value, bool)
    if isinstance(old, int | float):
        return isinstance(value, int | float)
    if isinstance(old, Mapping) and isinstance(value, Mapping):
        return all(part is None or _is_like(part, old.get(key)) for key, part in value.items())
    return isinstance(value, type(old))


def as_target(system: AnySystem, value: Any, old: Any) -> Any:
    """A target from what JSON holds of it, of the type of the one that it replaces.

    Raises:
        NetwrightError: it is none of this system.
    """
    import numpy as np

    if isinstance(old, np.ndarray):
        return np.asarray(value, old.dtype)
    if isinstance(old, float) and isinstance(value, int):
        return float(value)
    if system.target is Any or value is None:
        return value
    from pydantic import TypeAdapter, ValidationError

    try:
        return TypeAdapter(system.target).validate_python(_as_tuples(value, old))
    except ValidationError as error:
        why = error.errors()[0]["msg"]
        raise NetwrightError(
            f"{value!r} is no target of the system '{system.name}': {why}."
        ) from None


def _as_tuples(value: Any, old: Any) -> Any:
    return tuple(value) if isinstance(old, tuple) and isinstance(value, list) else value


def _right(system: AnySystem, given: Any, one: Correction, old: Any) -> Any:
    try:
        target = as_target(system, one.new, old)
        why = system.unfit(given, target)
    except NetwrightError as error:
        why = str(error)
    if why:
        raise NetwrightError(
            f"the label of the example {one.id} was corrected by {one.who} at {one.time} to what it"
            f" cannot be: {why.rstrip('.')}; take it back, netwright labels RUN --undo {one.id}."
        )
    return target


def corrected(
    system: AnySystem, examples: Examples, corrections: Mapping[str, Correction]
) -> tuple[Examples, list[int]]:
    """The examples with the labels that people corrected, and the rows whose target is another now.

    A correction is of the label that it was made of: an example that has another by now (its file
    was mended) is left as it is.

    Raises:
        NetwrightError: a correction does not fit its example; how to take it back.
    """
    if not corrections:
        return examples, []
    targets, changed = list(examples.targets), []
    for row, name in enumerate(examples.ids):
        one = corrections.get(name)
        if one is not None and plain(targets[row]) == one.old and one.new != one.old:
            targets[row] = _right(system, examples.inputs[row], one, targets[row])
            changed.append(row)
    return (replace(examples, targets=targets), changed) if changed else (examples, [])
