"""A weight for each example, as a person writes it over the columns of their data:
``amount * (region == 'north')``. It is read by a grammar of its own, and never run as a program.
"""

from __future__ import annotations

import datetime
import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np

from netwright.base.errors import RecipeError, nearest
from netwright.base.figures import counted, readable

LONGEST = 1_000
"""Characters."""

DEEPEST = 50
"""Brackets, signs and ``not`` within one another."""

TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?)(?![\w.])"
    r"|(?P<text>'[^']*'|\"[^\"]*\")|(?P<column>`[^`]+`|[^\W\d]\w*)"
    r"|(?P<sign>==|!=|<=|>=|[-+*/()<>]))"
)
KNOWN = (
    "a column (`in back quotes` where its name is no word), a number, a 'text', + - * / ( ), == !="
    " < <= > >=, and, or, not"
)
WORDS = ("and", "or", "not")

COMPARED: Mapping[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
RECKONED: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}
LOOSEST_FIRST = (("or",), ("and",), tuple(COMPARED), ("+", "-"), ("*", "/"))
"""Signs between two parts, those first that bind last."""


@dataclass(frozen=True)
class Node:
    """A part of an expression.

    Args:
        kind: ``number``, ``text``, ``column``, or a sign.
        at: the character that it begins at.
        value: of a number or a text; the name of a column.
        parts: what a sign stands between, or before.
    """

    kind: str
    at: int
    value: Any = None
    parts: tuple[Node, ...] = ()


@dataclass(frozen=True)
class Expression:
    """What a person wrote, read.

    Args:
        text: as it was written.
    """

    text: str
    root: Node

    def weights(self, columns: Mapping[str, Sequence[Any]], sources: Sequence[str]) -> list[float]:
        """The weight of each example.

        Args:
            columns: name -> a value for each example; None or NaN where it is missing.
            sources: where a person finds each.

        Raises:
            RecipeError: a column is not there, one holds no value for an example or one that does
                not fit the sign beside it, or a weight is negative or no number.
        """
        return _Reckoning(self.text, columns, sources).weights(self.root)


def parse(text: str) -> Expression:
    """What a person wrote, read as far as that goes without the data.

    Raises:
        RecipeError: it does not read.
    """
    if len(text) > LONGEST:
        raise RecipeError(
            f"--weigh: the expression has {len(text):,} characters: expected {LONGEST:,} at most."
        )
    return Expression(text, _Parser(text).whole())


def refuse(text: str, at: int, why: str) -> NoReturn:
    """Say what is wrong with an expression, and at which character.

    Raises:
        RecipeError: always.
    """
    end = "" if why.endswith("?") else "."
    raise RecipeError(f"--weigh {text}: at character {at + 1}: {why}{end}")


class _Parser:
    """Reads tokens from left to right, a function a level of ``LOOSEST_FIRST``."""

    def __init__(self, text: str) -> None:
        self.text, self.at, self.depth = text, 0, 0
        self.token = self._next()

    def whole(self) -> Node:
        found = self._between(0)
        if self.token.kind:
            refuse(self.text, self.token.at, f"'{self._shown()}' is not expected here")
        return found

    def _next(self) -> Node:
        """The token from here on; of kind '' at the end."""
        found = TOKEN.match(self.text, self.at)
        if found is None:
            rest = self.text[self.at :]
            at = self.at + len(rest) - len(rest.lstrip())
            if at == len(self.text):
                return Node("", at)
            equals = "; two values are compared by ==" * self.text.startswith("=", at)
            why = f"'{self.text[at]}' does not read: expected CLASS=NUMBER, or {KNOWN}{equals}"
            refuse(self.text, at, why)
        self.at = found.end()
        kind = str(found.lastgroup)
        word, at = found[kind], found.start(kind)
        if kind == "sign" or word in WORDS:
            return Node(word, at)
        if kind == "number":
            return Node(kind, at, float(word))
        is_quoted = kind == "text" or word.startswith("`")
        return Node(kind, at, word[1:-1] if is_quoted else word)

    def _taken(self) -> Node:
        token, self.token = self.token, self._next()
        return token

    def _between(self, level: int) -> Node:
        if level == len(LOOSEST_FIRST):
            return self._one()
        if level == 2 and self.token.kind == "not":
            token = self._taken()
            return self._deeper(lambda: Node("not", token.at, None, (self._between(level),)))
        found = self._between(level + 1)
        while self.token.kind in LOOSEST_FIRST[level]:
            token = self._taken()
            found = Node(token.kind, token.at, None, (found, self._between(level + 1)))
            if token.kind in COMPARED and self.token.kind in COMPARED:
                refuse(self.text, self.token.at, "compare two values at a time, joined by and")
        return found

    def _one(self) -> Node:
        token = self.token
        if token.kind in ("number", "text", "column"):
            return self._taken()
        if token.kind == "-":
            self._taken()
            return self._deeper(lambda: Node("minus", token.at, None, (self._one(),)))
        if token.kind == "(":
            self._taken()
            found = self._deeper(lambda: self._between(0))
            if self.token.kind != ")":
                refuse(self.text, token.at, "this bracket is not closed: expected ) behind it")
            self._taken()
            return found
        what = f"'{self._shown()}' is not expected here" if token.kind else "it ends too early"
        refuse(self.text, token.at, f"{what}: expected a column, a number or a 'text'")

    def _deeper(self, read: Callable[[], Node]) -> Node:
        self.depth += 1
        if self.depth > DEEPEST:
            refuse(self.text, self.token.at, f"more than {DEEPEST} parts lie within one another")
        found = read()
        self.depth -= 1
        return found

    def _shown(self) -> str:
        return str(self.token.kind if self.token.value is None else self.token.value)


@dataclass(frozen=True)
class _Reckoning:
    """Goes through an expression on the data, from the inside out; a value is an array of numbers
    or of texts, one an example, or one for all.
    """

    text: str
    columns: Mapping[str, Sequence[Any]]
    sources: Sequence[str]

    def weights(self, root: Node) -> list[float]:
        found = np.broadcast_to(self._number(root), len(self.sources))
        self._none(~np.isfinite(found), root.at, "the weight is no finite number")
        below = found < 0
        if below.any():
            self._none(below, root.at, f"the weight is negative ({readable(found[below][0])})")
        return [float(weight) for weight in found]

    def _value(self, node: Node) -> Any:
        if node.kind in ("number", "text"):
            return np.array(node.value)
        if node.kind == "column":
            return self._column(node)
        if node.kind == "minus":
            return -self._number(node.parts[0])
        if node.kind == "not":
            return (self._number(node.parts[0]) == 0).astype(float)
        if node.kind in COMPARED:
            return self._compared(node)
        first, second = map(self._number, node.parts)
        if node.kind in ("and", "or"):
            both = np.logical_and if node.kind == "and" else np.logical_or
            return both(first != 0, second != 0).astype(float)
        if node.kind == "/":
            zero = np.broadcast_to(second == 0, len(self.sources))
            self._none(zero, node.at, "what is divided by is 0")
        with np.errstate(over="ignore", invalid="ignore"):
            return RECKONED[node.kind](first, second)

    def _number(self, node: Node) -> Any:
        found = self._value(node)
        if found.dtype.kind != "f":
            what = f"'{node.value}' is text" if node.kind == "text" else f"{node.value} holds text"
            refuse(self.text, node.at, f"{what}, where a number is expected: compare it, == 'text'")
        return found

    def _compared(self, node: Node) -> Any:
        first, second = map(self._value, node.parts)
        if (first.dtype.kind == "f") != (second.dtype.kind == "f"):
            why = "a number and a text are compared: write a text 'in quotes', and a number without"
            refuse(self.text, node.at, why)
        return COMPARED[node.kind](first, second).astype(float)

    def _column(self, node: Node) -> Any:
        if node.value not in self.columns:
            known = nearest(node.value, self.columns).rstrip(".")
            refuse(self.text, node.at, f"no column '{node.value}'{known}")
        values = [_plain(value) for value in self.columns[node.value]]
        missing = np.array([value is None for value in values])
        self._none(missing, node.at, f"the column '{node.value}' has no value")
        if all(isinstance(value, float) for value in values):
            return np.array(values, dtype=np.float64)
        return np.array([value if isinstance(value, str) else f"{value:g}" for value in values])

    def _none(self, rows: Any, at: int, what: str) -> None:
        """Refuse what holds of some examples.

        Args:
            what: as a sentence begins.
        """
        if rows.any():
            first = self.sources[int(rows.argmax())]
            some = counted(int(rows.sum()), "example")
            refuse(self.text, at, f"{what} in {some}, the first {first}")


def _plain(value: Any) -> float | str | None:
    """A number, a text (of a date as 2026-01-31), or None where it is missing."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, bool | int | float):
        return float(value)
    return value.isoformat() if isinstance(value, datetime.date) else str(value)
