"""An expression becomes steps (计算图, notes 1.2.5): J = 3*(a + b*c) is U = b*c, V = a + U, J = 3*V, as the notes take it.

    line    = [NAME "="] sum                              lines are separated by ";" and may use the names before them
    sum     = product (("+" | "-") product)*
    product = signed (("*" | "/" | "@") signed)*          "@" is the matrix product
    signed  = "-" signed | power
    power   = atom ["**" signed]                          so -a**2 is -(a**2), and 2**3**2 is 2**(3**2)
    atom    = NUMBER | NAME | FUNCTION "(" sum ("," sum)* ")" | "(" sum ")"

Each rule is one method below. The text is only ever read, never run.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

FUNCTIONS = ("exp", "log", "max", "tanh", "sigmoid", "relu", "sum")
_TOKEN = re.compile(r"\s*(?:(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)|([^\W\d]\w*)|(\*\*|[-+*/@(),=;]))")
_LONGEST, _DEEPEST = 10_000, 60


@dataclass(frozen=True)
class Step:
    """One node: what it is called, how it comes about, from which earlier steps.

    op: ``input``, ``constant``, an operator, ``neg`` or a function. text: ``b*c`` with the names of its inputs.
    """

    name: str
    op: str
    inputs: tuple[int, ...]
    text: str


@dataclass(frozen=True)
class Graph:
    """The steps, each after those it needs; the last is the result."""

    steps: tuple[Step, ...]

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names that need a value, in the order of their first use."""
        return tuple(step.name for step in self.steps if step.op == "input")


def build(text: str) -> Graph:
    """The graph of an expression.

    Args:
        text: ``J = 3*(a + b*c)``, or in several lines ``U = b*c; V = a + U; J = 3*V``; a result without name is J.

    Raises:
        ValueError: the text is not such an expression; the sentence says where.
    """
    if len(text) > _LONGEST:
        raise ValueError(f"the expression has {len(text):,} characters: expected at most {_LONGEST:,}.")
    return _Parser(text).graph()


class _Parser:
    """Reads from left to right; ``at`` is the next token, ``steps`` the tape written so far."""

    def __init__(self, text: str) -> None:
        self.text, self.at, self.depth = text, 0, 0
        self.tokens = _tokens(text)  # (kind, word, place)
        self.words = {word for kind, word, _ in self.tokens if kind == "name"}
        self.steps: list[Step] = []
        self.known: dict[str, int] = {}  # name -> its step
        self.counted = 0

    def graph(self) -> Graph:
        if not self.tokens:
            raise ValueError("the expression is empty: expected something like J = 3*(a + b*c).")
        named = self.line()
        while self.take(";") and self.word():
            if not named:
                raise self.error("the line before needs a name, as in U = b*c; J = 3*U")
            named = self.line()
        if self.word():
            raise self.error(f"an operator is missing before '{self.word()}'")
        return Graph(steps=tuple(self.steps))

    def line(self) -> bool:
        """Adds the steps of one line; the last of them gets the line's name. Whether it has one of its own."""
        name, place, before = "", self.at, len(self.steps)
        if self.kind() == "name" and self.word(1) == "=":
            name = self.word()
            self.at += 2
        node = self.sum()
        end, self.at = self.at, place  # what is wrong with the name is said where the name stands
        if name in FUNCTIONS or name in self.known:
            raise self.error(
                f"'{name}' {'is a function' if name in FUNCTIONS else 'is used before it'} and cannot be set"
            )
        self.at = end
        if node < before or self.steps[node].op in ("input", "constant"):  # J = a: a step that changes nothing
            node = self.add("same", (node,), self.steps[node].name)
        self.known[self.rename(node, name or self.result())] = node
        return bool(name)

    def sum(self) -> int:
        left = self.product()
        while op := self.take("+", "-"):
            left = self.binary(op, left, self.product(), " ")
        return left

    def product(self) -> int:
        left = self.signed()
        while op := self.take("*", "/", "@"):
            left = self.binary(op, left, self.signed(), " " if op == "@" else "")
        return left

    def signed(self) -> int:
        if not self.take("-"):
            return self.power()
        self.deeper()
        node = self.signed()
        self.depth -= 1
        return self.add("neg", (node,), f"-{self.steps[node].name}")

    def power(self) -> int:
        left = self.atom()
        if not self.take("**"):
            return left
        self.deeper()
        right = self.signed()
        self.depth -= 1
        return self.binary("**", left, right, "")

    def atom(self) -> int:
        kind, word = self.kind(), self.word()
        if kind == "number":
            self.at += 1
            return self.add("constant", (), word, word)
        if kind == "name" and self.word(1) == "(":
            return self.call()
        if kind == "name" and word in FUNCTIONS:
            raise self.error(f"{word} is a function: write {word}(...)")
        if kind == "name":
            self.at += 1
            if word not in self.known:
                self.known[word] = self.add("input", (), word, word)
            return self.known[word]
        if word != "(":
            raise self.error(f"a number, a name or '(' is expected, not '{word}'" if word else "it ends too early")
        return self.inside()[0]

    def call(self) -> int:
        function = self.word()
        if function not in FUNCTIONS:
            hint = f"; for a product write {function}*(...)" if len(function) == 1 else ""
            raise self.error(f"no function is called '{function}': known are {', '.join(FUNCTIONS)}{hint}")
        self.at += 1
        nodes = self.inside(many=True)
        if function != "max":
            if len(nodes) != 1:
                raise self.error(f"{function} takes one value, not {len(nodes)}")
            return self.add(function, (nodes[0],), f"{function}({self.steps[nodes[0]].name})")
        if len(nodes) < 2:
            raise self.error("max takes two values or more: max(a, b)")
        left = nodes[0]
        for right in nodes[1:]:  # max(a, b, c) = max(max(a, b), c)
            left = self.add("max", (left, right), f"max({self.steps[left].name}, {self.steps[right].name})")
        return left

    def inside(self, *, many: bool = False) -> list[int]:
        """( sum ), or for a function ( sum, sum, ... )"""
        self.at += 1
        self.deeper()
        nodes = [self.sum()]
        while many and self.take(","):
            nodes.append(self.sum())
        if not self.take(")"):
            raise self.error(f"')' is expected, not '{self.word()}'" if self.word() else "a ')' is missing")
        self.depth -= 1
        return nodes

    def binary(self, op: str, left: int, right: int, blank: str) -> int:
        text = f"{self.steps[left].name}{blank}{op}{blank}{self.steps[right].name}"
        return self.add(op, (left, right), text)

    def add(self, op: str, inputs: tuple[int, ...], text: str, name: str = "") -> int:
        self.steps.append(Step(name=name or self.fresh(), op=op, inputs=inputs, text=text))
        return len(self.steps) - 1

    def rename(self, node: int, name: str) -> str:
        """The last step of a line takes the line's name, and gives its number back."""
        old = self.steps[node]
        self.steps[node] = Step(name=name, op=old.op, inputs=old.inputs, text=old.text)
        self.counted -= 1
        return name

    def fresh(self) -> str:
        """u1, u2, ...: the next that the person has not used."""
        self.counted += 1
        while f"u{self.counted}" in self.words:
            self.counted += 1
        return f"u{self.counted}"

    def result(self) -> str:
        """J for a line without a name, or J' where the person uses J already."""
        name = "J"
        while name in self.words or name in self.known:
            name += "'"
        return name

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise self.error(f"more than {_DEEPEST} levels lie inside one another")

    def kind(self) -> str:
        return self.tokens[self.at][0] if self.at < len(self.tokens) else ""

    def word(self, ahead: int = 0) -> str:
        return self.tokens[self.at + ahead][1] if self.at + ahead < len(self.tokens) else ""

    def take(self, *words: str) -> str:
        """The next token if it is one of these, else nothing."""
        found = self.word()
        if found not in words or not found:
            return ""
        self.at += 1
        return found

    def error(self, what: str) -> ValueError:
        place = self.tokens[self.at][2] if self.at < len(self.tokens) else len(self.text.rstrip())
        return ValueError(f"'{_short(self.text)}' at character {place + 1}: {what}.")


def _tokens(text: str) -> list[tuple[str, str, int]]:
    tokens, at = [], 0
    end = len(text.rstrip())
    while at < end:
        found = _TOKEN.match(text, at)
        if found is None:
            place = at + len(text[at:]) - len(text[at:].lstrip())
            raise ValueError(f"'{_short(text)}' at character {place + 1}: '{text[place]}' has no meaning here.")
        kind = ("number", "name", "sign")[(found.lastindex or 1) - 1]
        word = found.group(found.lastindex or 1)
        tokens.append((kind, word, found.end() - len(word)))
        at = found.end()
    return tokens


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else line[:57] + "..."
