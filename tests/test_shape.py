"""The shape of the code: few arguments, functions that are read at a glance."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "src" / "netwright"

MOST_ARGUMENTS = 8
"""Of a function inside the package, ``self`` not counted."""

MANY_ALLOWED = re.compile(r"api/|cli/|principles/|systems/\w+/verbs\.py")
"""Where a function may take more: the options of a verb, which a person gives by name; and the
letters of a formula.
"""


def functions() -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """(place, definition) of every function."""
    for path in sorted(PACKAGE.rglob("*.py")):
        place = path.relative_to(PACKAGE).as_posix()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{place}:{node.lineno} {node.name}", node


def arguments(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    """The names of all arguments but ``self`` and ``cls``."""
    given = (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
    return [one.arg for one in given if one.arg not in ("self", "cls")]


def test_a_function_takes_few_arguments() -> None:
    many = {
        place: len(arguments(node))
        for place, node in functions()
        if len(arguments(node)) > MOST_ARGUMENTS and not MANY_ALLOWED.match(place)
    }
    assert not many, many


def test_inside_the_verbs_too() -> None:
    """Only the verbs themselves have their options as arguments."""
    private = {
        place: len(arguments(node))
        for place, node in functions()
        if re.match(r"api/|cli/|systems/", place)
        and node.name.startswith("_")
        and len(arguments(node)) > MOST_ARGUMENTS
    }
    assert not private, private
