"""What a system knows of examples before there is a recipe."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from netwright.base.findings import Finding
from netwright.contract.answers import Answer, no_label
from netwright.contract.examples import Example, Examples
from netwright.contract.reader import Claim
from netwright.contract.views import Shown, View

if TYPE_CHECKING:
    from netwright.recipe import Recipe

BY_RECIPE = "as the recipe says"
"""Why a system leaves examples out, where it says nothing else."""


def itself(target: str | None) -> str | None:
    """Of a system whose targets are the names of classes."""
    return target


def no_words(target: Any) -> str | None:
    """Of a system whose targets are written as any value is."""
    return None


def no_parts(target: Any) -> tuple[str, ...]:
    """Of a system whose targets have no named parts."""
    return ()


def not_shown(example: Example, answer: Any) -> Shown | None:
    """Of a system that draws no example."""
    return None


def as_read(examples: Examples) -> Examples:
    """Of a system that takes examples as they were read."""
    return examples


def nothing_to_do(examples: Examples) -> tuple[str, ...]:
    """Of a system that knows no other that would keep what it leaves out."""
    return ()


def nothing_else(before: Examples, after: Examples) -> tuple[Finding, ...]:
    """Of a system that leaves out whole examples, or nothing."""
    return ()


@dataclass(frozen=True)
class Contents:
    """What the examples of some splits hold, beside how many there are.

    Args:
        tables: figures alone, which a report to pass on may show (``View.of_examples`` False).
        findings: what is odd about them.
    """

    tables: Sequence[View] = ()
    findings: Sequence[Finding] = ()


def not_looked_into(parts: Mapping[str, Examples]) -> Contents:
    """Of a system that knows no more of its examples than that they are there."""
    return Contents()


@dataclass(frozen=True)
class Takes:
    """The part of a system that ``netwright data`` asks, so that it loads neither recipe nor net:
    ``TAKES`` of its ``takes.py``. Where there is none, the whole system is loaded. A recipe whose
    ``data`` or ``split`` have other defaults than those of every system needs that.

    Args:
        accepts, label, show, stratify, in_words, leaves_out, to_keep_all, left_of_each, parts: as
            of ``System``, which has the same ones.
        contents: as of ``System``, too.
        arrange: as of ``System``, by a recipe of defaults; by that of the person where the system
            is loaded.
        recipe: its class, where the whole system is loaded.
    """

    accepts: Callable[[Examples], Claim | None]
    label: Callable[[Any], str | None] = no_label
    show: Callable[[Example, Answer | None], Shown | None] = not_shown
    stratify: Callable[[Sequence[Any]], list[str]] | None = None
    arrange: Callable[[Examples], Examples] = as_read
    recipe: type[Recipe] | None = None
    in_words: Callable[[Any], str | None] = no_words
    leaves_out: str = BY_RECIPE
    to_keep_all: Callable[[Examples], Sequence[str]] = nothing_to_do
    left_of_each: Callable[[Examples, Examples], Sequence[Finding]] = nothing_else
    parts: Callable[[Any], Sequence[str]] = no_parts
    contents: Callable[[Mapping[str, Examples]], Contents] = not_looked_into

    def labels(self, targets: Sequence[Any]) -> list[str | None]:
        """The class of each target."""
        return [self.label(target) for target in targets]

    def known_parts(self, targets: Sequence[Any]) -> list[Sequence[str]]:
        """Of each target the names of its parts that are known; of an unknown target none."""
        return [() if target is None else self.parts(target) for target in targets]
