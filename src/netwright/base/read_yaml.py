"""The one reader of YAML: plain data alone, bounded in size, depth, aliases and length."""

from __future__ import annotations

import copy
import functools
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

from netwright.base.errors import UnreadableError
from netwright.base.files import read_text

MOST_BYTES = 2**18
"""Bytes of a text."""

MOST_DEPTH = 50
"""Lists and mappings inside each other."""

LARGEST = 2**63
"""Whole numbers lie below, as everywhere that is written in C."""

MOST_ENTRIES = 10_000
"""In one list."""

LONGEST_NUMBER = 100
"""Characters of a number: reading one takes time by their square."""

MOST_VALUES = 100_000
"""Values in all, each alias counted with everything that it stands for."""


def load(path: str | Path, most: int = MOST_BYTES) -> Any:
    """The value in a YAML file; None when it is empty.

    Args:
        most: bytes that the file may hold.

    Raises:
        FileNotFoundError, NotADirectoryError: there is no such file.
        UnreadableError: it cannot be read, or ``parse`` refuses it.
    """
    return parse(read_text(path, most))


def parse(text: str) -> Any:
    """The value that a YAML text holds: mappings, lists, text, numbers, true, false, null.

    A date and a time are text: ``2026-11-22`` and ``10:30`` stay as they were written.

    Raises:
        UnreadableError: it is no YAML (with line and column), too large, too deep, its aliases
            stand for too much, or a value is none of the above.
    """
    if len(text) > MOST_BYTES:
        raise UnreadableError(f"it holds more than {MOST_BYTES:,} characters")
    return copy.deepcopy(_parsed(text))


@functools.lru_cache(maxsize=8)  # a run's recipe is asked for again and again
def _parsed(text: str) -> Any:
    try:
        return yaml.load(text, _PlainLoader)
    except yaml.MarkedYAMLError as error:
        at = error.problem_mark or error.context_mark
        place = f"line {at.line + 1}, column {at.column + 1}: " if at else ""
        kind = "" if isinstance(error, _RefusedError) else "not YAML: "
        raise UnreadableError(f"{place}{kind}{error.problem}") from None
    except yaml.YAMLError as error:  # a character that no YAML may hold
        raise UnreadableError(f"not YAML: {' '.join(str(error).split())[:200]}") from None


UNFIT = "a value does not fit its tag, or is too large"

_TEXT = "tag:yaml.org,2002:str"
_NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")


class _PlainLoader(yaml.SafeLoader):
    """PyYAML's safe loader with bounds, whose every failure is a YAMLError with its place."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.depth = self.values = 0
        self.sizes: dict[int, int] = {}  # of composed nodes, aliases counted in full

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        place = self.peek_event().start_mark  # type: ignore[no-untyped-call]
        is_alias = self.check_event(yaml.AliasEvent)
        self.depth += 1
        if self.depth > MOST_DEPTH:
            raise _RefusedError("it is nested too deeply", place)
        if isinstance(parent, yaml.SequenceNode) and index >= MOST_ENTRIES:
            raise _RefusedError(f"a list holds more than {MOST_ENTRIES:,} entries", place)
        before = self.values
        self.values += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        if is_alias:
            if id(node) not in self.sizes:
                raise _RefusedError("an alias stands inside what it names", place)
            self.values += self.sizes[id(node)]
        else:
            self.sizes[id(node)] = self.values - before
        if self.values > MOST_VALUES:
            raise _RefusedError(
                f"it holds more than {MOST_VALUES:,} values, aliases counted", place
            )
        return node

    def resolve(self, kind: Any, value: Any, implicit: Any) -> str:
        """Without YAML 1.1's numbers of base 60: ``10:30`` is text."""
        tag: str = super().resolve(kind, value, implicit)  # type: ignore[no-untyped-call]
        return _TEXT if kind is yaml.ScalarNode and tag in _NUMBERS and ":" in value else tag

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Hashable:
        if node.tag in _NUMBERS and (":" in node.value or len(node.value) > LONGEST_NUMBER):
            raise _RefusedError(UNFIT, node.start_mark)
        try:
            made: Hashable = super().construct_object(node, deep)
        except (ValueError, TypeError, LookupError, AttributeError, OverflowError):
            raise _RefusedError(UNFIT, node.start_mark) from None
        if isinstance(made, int) and abs(made) >= LARGEST:
            raise _RefusedError("a whole number is too large", node.start_mark)
        return made


class _RefusedError(yaml.MarkedYAMLError):
    def __init__(self, problem: str, place: yaml.Mark) -> None:
        super().__init__(problem=problem, problem_mark=place)


_PlainLoader.yaml_implicit_resolvers = {
    sign: [pair for pair in resolvers if pair[0] != "tag:yaml.org,2002:timestamp"]
    for sign, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_PlainLoader.yaml_constructors = {
    tag: construct
    for tag, construct in yaml.SafeLoader.yaml_constructors.items()
    if tag is None
    or tag.rpartition(":")[2] in ("null", "bool", "int", "float", "str", "seq", "map")
}
