"""How a person answers an example: what they may type, and what that is as a target."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from netwright.base import typed_numbers
from netwright.base.errors import DataError, UnreadableError, nearest
from netwright.contract import AnySystem, Examples
from netwright.runs.answers.predictions import plain

ANSWER = "answer"
"""The only column of what has no parts."""

UNSURE = "?"
"""What says that somebody cannot tell."""

Kind = Literal["class", "number", "numbers", "flags", "words", "json"]


@dataclass(frozen=True)
class AnswerForm:
    """What is typed for an example.

    Args:
        kind: ``class``: one of ``labels``; ``number``; ``numbers`` and ``flags`` (1 or 0): one in
            each column; ``words``; ``json``: what nobody types by hand, such as boxes.
        columns: the parts of a target; ``answer`` where it has none.
        labels: the classes that an answer may name.
        like: a true target, which shows how one is written.
    """

    kind: Kind
    columns: tuple[str, ...]
    labels: tuple[str, ...] = ()
    system: AnySystem = field(repr=False, kw_only=True)
    like: Any = field(repr=False, kw_only=True)

    @classmethod
    def of(cls, system: AnySystem, examples: Examples, labels: Sequence[str] = ()) -> AnswerForm:
        """Of examples with their targets.

        Args:
            labels: the classes that an answer may name; none: they are no classes.
        """
        known = [target for target in examples.targets if target is not None]
        parts = tuple(dict.fromkeys(name for target in known for name in system.parts(target)))
        # the fullest one shows best how an answer is written
        like = next(filter(None, known), 0.0)
        numbers = system.numbers(like)
        kind: Kind = "json"
        if labels:
            kind = "class"
        elif parts:
            kind = "flags" if numbers is None else "numbers"
        elif set(numbers or ()) == {""}:
            kind = "number"
        elif all(isinstance(value, str) for value in map(plain, known)):
            kind = "words"
        return cls(kind, parts or (ANSWER,), tuple(labels), system=system, like=like)

    def target(self, cells: Mapping[str, str], place: str) -> Any:
        """What is typed, in the target's terms; None: the person cannot tell.

        Args:
            cells: column -> what stands in it; of several numbers, an empty one is not known.
            place: what the sentence of an error begins with.

        Raises:
            DataError: it is no answer.
        """
        typed = {name: cells.get(name, "").strip() for name in self.columns}
        whole = cells.get(ANSWER, "")
        if self._is_unsure(typed):
            return None
        if self.columns != (ANSWER,):
            found = {name: self._number(cell, name, place) for name, cell in typed.items() if cell}
            if not found:
                raise DataError(f"{place}: nothing is answered.")
            return found
        cell = typed[ANSWER]
        if self.kind == "class":
            return self._class(whole, place)
        if self.kind == "number":
            return self._number(cell, ANSWER, place)
        return cell if self.kind == "words" and cell else self._of_json(cell, place)

    def _class(self, cell: str, place: str) -> str:
        """The class that a cell names; blanks around either do not count where it is one alone."""
        bare = cell.strip()
        for name in (cell, bare):
            if name in self.labels:
                return name
        found = [label for label in self.labels if label.strip() == bare]
        if len(found) != 1:
            raise DataError(f"{place}: no class '{bare[:80]}'{nearest(bare, self.labels)}")
        return found[0]

    def _is_unsure(self, typed: Mapping[str, str]) -> bool:
        return UNSURE not in self.labels and UNSURE in typed.values()

    def _number(self, cell: str, column: str, place: str) -> float:
        try:
            return typed_numbers.number(cell)
        except UnreadableError as error:
            raise DataError(f"{place}, column '{column}': {error}.") from None

    def _of_json(self, cell: str, place: str) -> Any:
        from pydantic import TypeAdapter, ValidationError

        adapter: TypeAdapter[Any] = TypeAdapter(self.system.target)
        try:
            return adapter.validate_json(cell)
        except ValidationError:
            if self.system.typed is not None:
                return self._of_words(self.system.typed, cell, place)
            form = adapter.dump_json(self.like).decode()
            raise DataError(
                f"{place}: '{cell[:80]}' is no answer of this system: expected one such as"
                f" {form[:200]}."
            ) from None

    @staticmethod
    def _of_words(typed: Callable[[str], Any], cell: str, place: str) -> Any:
        try:
            return typed(cell)
        except ValueError as error:
            raise DataError(f"{place}: '{cell[:80]}' is no answer: {error}.") from None
