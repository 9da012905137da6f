"""An expression becomes steps (计算图, notes 1.2.5): J = 3*(a + b*c): U = b*c, V = a + U, J = 3*V.

    line    = [NAME "="] sum                      ";" parts lines; a line may use earlier names
    sum     = product (("+" | "-") product)*
    product = signed (("*" | "/" | "@") signed)*  "@" is the matrix product
    signed  = "-" signed | power
    power   = atom ["**" signed]                  so -a**2 is -(a**2), and 2**3**2 is 2**(3**2)
    atom    = NUMBER | NAME | FUNCTION "(" sum ("," sum)* ")" | "(" sum ")"

Each rule is one method below. The text is only ever read, never run.
"""

from __future__ import annotations

from dataclasses import dataclass

from netwright.principles.words import Words

FUNCTIONS = ("exp", "log", "max", "tanh", "sigmoid", "relu", "sum")


@dataclass(frozen=True)
class Step:
    """One node: what it is called, how it comes about, from which earlier steps.

    op: ``input``, ``constant``, an operator, ``neg`` or a function. text: ``b*c`` with the names of
    its inputs.
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
        text: ``J = 3*(a + b*c)``, or in several lines ``U = b*c; V = a + U; J = 3*V``; a result
            without name is J.

    Raises:
        ValueError: the text is not such an expression; the sentence says where.
    """
    return _Parser(Words(text)).graph()


class _Parser:
    """A method a rule reads its words and returns its step's number; ``steps`` is the tape."""

    def __init__(self, words: Words) -> None:
        self.words = words
        self.steps: list[Step] = []
        self.known: dict[str, int] = {}  # name -> its step
        self.counted = 0

    def graph(self) -> Graph:
        named = self.line()
        while self.words.take(";") and self.words.word():
            if not named:
                raise self.words.error("the line before needs a name, as in U = b*c; J = 3*U")
            named = self.line()
        if self.words.word():
            raise self.words.error(f"an operator is missing before '{self.words.word()}'")
        return Graph(steps=tuple(self.steps))

    def line(self) -> bool:
        """Adds the steps of one line, the last under its name; returns whether it has one."""
        name, place, before = "", self.words.at, len(self.steps)
        if self.words.kind() == "name" and self.words.word(1) == "=":
            name = self.words.word()
            self.words.at += 2
        node = self.sum()
        if name in FUNCTIONS or name in self.known:
            why = "is a function" if name in FUNCTIONS else "is used before it"
            raise self.words.error(f"'{name}' {why} and cannot be set", at=place)
        # J = a: a step that changes nothing
        if node < before or self.steps[node].op in ("input", "constant"):
            node = self.add("same", (node,), self.steps[node].name)
        self.known[self.rename(node, name or self.result())] = node
        return bool(name)

    def sum(self) -> int:
        left = self.product()
        while op := self.words.take("+", "-"):
            left = self.binary(op, left, self.product(), " ")
        return left

    def product(self) -> int:
        left = self.signed()
        while op := self.words.take("*", "/", "@"):
            left = self.binary(op, left, self.signed(), " " if op == "@" else "")
        return left

    def signed(self) -> int:
        if not self.words.take("-"):
            return self.power()
        self.words.deeper()
        node = self.signed()
        self.words.depth -= 1
        return self.add("neg", (node,), f"-{self.steps[node].name}")

    def power(self) -> int:
        left = self.atom()
        if not self.words.take("**"):
            return left
        self.words.deeper()
        right = self.signed()
        self.words.depth -= 1
        return self.binary("**", left, right, "")

    def atom(self) -> int:
        kind, word = self.words.kind(), self.words.word()
        if kind == "number":
            self.words.at += 1
            return self.add("constant", (), word, word)
        if kind == "name" and self.words.word(1) == "(":
            return self.call()
        if kind == "name" and word in FUNCTIONS:
            raise self.words.error(f"{word} is a function: write {word}(...)")
        if kind == "name":
            self.words.at += 1
            if word not in self.known:
                self.known[word] = self.add("input", (), word, word)
            return self.known[word]
        if word != "(":
            raise self.words.error(
                f"a number, a name or '(' is expected, not '{word}'"
                if word
                else "it ends too early"
            )
        return self.inside()[0]

    def call(self) -> int:
        function = self.words.word()
        if function not in FUNCTIONS:
            hint = f"; for a product write {function}*(...)" if len(function) == 1 else ""
            raise self.words.error(
                f"no function is called '{function}': known are {', '.join(FUNCTIONS)}{hint}"
            )
        self.words.at += 1
        nodes = self.inside(many=True)
        if function != "max":
            if len(nodes) != 1:
                raise self.words.error(f"{function} takes one value, not {len(nodes)}")
            return self.add(function, (nodes[0],), f"{function}({self.steps[nodes[0]].name})")
        if len(nodes) < 2:
            raise self.words.error("max takes two values or more: max(a, b)")
        left = nodes[0]
        for right in nodes[1:]:  # max(a, b, c) = max(max(a, b), c)
            left = self.add(
                "max", (left, right), f"max({self.steps[left].name}, {self.steps[right].name})"
            )
        return left

    def inside(self, *, many: bool = False) -> list[int]:
        """( sum ), or for a function ( sum, sum, ... )"""
        self.words.at += 1
        self.words.deeper()
        nodes = [self.sum()]
        while many and self.words.take(","):
            nodes.append(self.sum())
        if not self.words.take(")"):
            raise self.words.error(
                f"')' is expected, not '{self.words.word()}'"
                if self.words.word()
                else "a ')' is missing"
            )
        self.words.depth -= 1
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
        while f"u{self.counted}" in self.words.names:
            self.counted += 1
        return f"u{self.counted}"

    def result(self) -> str:
        """J for a line without a name, or J' where the person uses J already."""
        name = "J"
        while name in self.words.names or name in self.known:
            name += "'"
        return name
