"""Answers: what the model says of examples, at once or step by step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol, overload

from netwright.contract.examples import Example, Examples, take

if TYPE_CHECKING:
    from torch import nn

Answer = Any
"""What the model says of one example; each system has its own frozen dataclass for it.

Its first field is what a person calls the answer, in the target's terms. The types of its fields
say how a record is read back: text, numbers, yes/no, None, tuples, lists and mappings of these,
dataclasses, and arrays of numbers.
"""


@dataclass(frozen=True, eq=False)
class AnswerColumns(Sequence[Answer]):
    """Many answers, kept as columns; one is built when it is asked for.

    Args:
        build: the values of one row, in the order of ``columns`` -> the answer.
        columns: field -> one value a row, a list or an array; the first field is what a person
            calls the answer.
        keys: of a field that is a mapping label -> number, and whose column is an (N, K) array: its
            K labels.
    """

    build: Callable[..., Answer]
    columns: Mapping[str, Any]
    keys: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    @overload
    def __getitem__(self, at: int) -> Answer: ...

    @overload
    def __getitem__(self, at: slice) -> AnswerColumns: ...

    def __getitem__(self, at: int | slice) -> Answer | AnswerColumns:
        if isinstance(at, slice):
            return replace(
                self, columns={name: column[at] for name, column in self.columns.items()}
            )
        return self.build(*(column[at] for column in self.columns.values()))

    def take(self, indices: Sequence[int]) -> AnswerColumns:
        """The rows at ``indices``, in that order."""
        return replace(
            self, columns={name: take(column, indices) for name, column in self.columns.items()}
        )


@dataclass(frozen=True)
class Component:
    """One of the components that a system answers by, each of which works on what those before it
    made: a detector, then a classifier of what it found (notes 3.2.16).

    Args:
        name: as people call it: ``find the digit``.
        output: (net, examples with their inputs, the outputs of the components before it by name,
            codec, recipe, chosen) -> what it makes of each of the N examples. Those of the
            last component are answers. The outputs before it may be its own system's or the truth;
            it reads no target.
        truth: example, its input too -> what this component should have made of it; None where that
            is not known. Of the last component: the answer that is right.
    """

    name: str
    output: Callable[
        [nn.Module, Examples, Mapping[str, Sequence[Any]], Any, Any, Mapping[str, Any]],
        Sequence[Any],
    ]
    truth: Callable[[Example], Any]


@dataclass(frozen=True)
class Reference:
    """A usual method beside the net, fitted on the same training split.

    Args:
        name: as people know it: ``gradient boosting``.
        how: what it is, and on what it was fitted where that was not all: a line.
        answers: what it says of each example that it was asked of.
    """

    name: str
    how: str
    answers: Sequence[Answer]


def of_rows(
    answers: Sequence[Answer] | AnswerColumns, rows: Sequence[int]
) -> list[Answer] | AnswerColumns:
    """The answers at ``rows``, in that order."""
    if isinstance(answers, AnswerColumns):
        return answers.take(rows)
    return [answers[row] for row in rows]


def no_label(target: Any) -> str | None:
    """Of a system whose targets are no classes."""
    return None


def no_probabilities(answer: Any) -> Mapping[str, float] | None:
    """Of a system whose answers state none."""
    return None


def no_numbers(target: Any) -> Mapping[str, float] | None:
    """Of a system whose targets are none."""
    return None


def unknown(example: Example, answer: Any) -> bool | None:
    """Of a system whose answers are neither right nor wrong."""
    return None


class AnswerTerms(Protocol):
    """What is asked of a system of its answers, here and where its net was exported to: fields of
    ``System``, and of ``Export``.
    """

    @property
    def name(self) -> str: ...
    @property
    def answer(self) -> type[Any]: ...
    @property
    def label(self) -> Callable[[Any], str | None]: ...
    @property
    def wrong(self) -> Callable[[Example, Answer], bool | None]: ...
    @property
    def probabilities(self) -> Callable[[Answer], Mapping[str, float] | None]: ...
    @property
    def numbers(self) -> Callable[[Any], Mapping[str, float] | None]: ...
    @property
    def in_words(self) -> Callable[[Any], str | None]: ...
    @property
    def between(
        self,
    ) -> Callable[[Answer, Mapping[str, tuple[float, float]]], Answer] | None: ...
