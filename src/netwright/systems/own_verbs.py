"""The verbs of a system's own: the public functions of its verbs.py, read without importing them.

    def write(run: Run, start: str, *, length: int = 200, temperature: float = 1.0) -> str:
        '''Write a text that begins with START.

        Args:
            length: characters to write.
        '''

is ``netwright write RUN START --length 200``. What has no default is an argument; what has one, or
stands behind ``*``, is an option.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias, cast

from netwright.base.errors import NetwrightError

Kind: TypeAlias = Literal["str", "int", "float", "bool", "Path"]

KINDS = ("str", "int", "float", "bool", "Path")
"""The types that a value of a command line is read as."""

RESERVED = ("run", "store", "system", "json", "as_json", "help", "h", "quiet")
"""Names of options that every verb has."""


@dataclass(frozen=True)
class VerbOption:
    """A parameter of a verb, as the source says it.

    Args:
        name: of the parameter.
        kind: the type of a value.
        many: whether there may be several values.
        default: as it is written; None: there is none, a value must be given.
        positional: whether it is an argument; else an option.
        help: what the docstring says of it.
    """

    name: str
    kind: Kind
    many: bool = False
    default: str | None = None
    positional: bool = False
    help: str = ""


@dataclass(frozen=True)
class OwnVerb:
    """A verb that a system brings.

    Args:
        function: its name in verbs.py.
        path: the file.
        line: of its definition.
        help: its docstring without the sections on arguments and what it gives.
        options: its parameters after ``run``.
    """

    function: str
    path: Path
    line: int
    help: str
    options: tuple[VerbOption, ...] = field(default=())

    @property
    def name(self) -> str:
        """As it is called on the command line."""
        return self.function.replace("_", "-")

    @property
    def about(self) -> str:
        """The first line of its help."""
        return self.help.partition("\n")[0]


def read(tree: ast.Module, path: Path) -> tuple[OwnVerb, ...]:
    """The public functions of a file, in its order.

    Raises:
        NetwrightError: one has no parameter ``run``, or one that a command line cannot give.
    """
    return tuple(
        _verb(node, path)
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    )


def _verb(node: ast.FunctionDef, path: Path) -> OwnVerb:
    first, *others = _parameters(node, path)
    if first[0].arg != "run":
        raise _wrong(node, path, "its first parameter is to be the run: expected 'run: Run'")
    about, helps = _docstring(ast.get_docstring(node) or "")
    options = tuple(
        _option(node, path, argument, default, helps, keyword=keyword)
        for argument, default, keyword in others
    )
    if sum(option.positional and option.many for option in options) > 1:
        raise _wrong(node, path, "two lists have no default: put one of them behind *")
    return OwnVerb(node.name, path, node.lineno, about, options)


def _parameters(node: ast.FunctionDef, path: Path) -> list[tuple[ast.arg, ast.expr | None, bool]]:
    """Each parameter with its default, and whether it is given by name alone."""
    given = node.args
    if given.vararg or given.kwarg or given.posonlyargs:
        raise _wrong(node, path, "it takes *, ** or /: expected parameters that have names")
    plain = given.args
    if not plain:
        raise _wrong(node, path, "its first parameter is to be the run: expected 'run: Run'")
    without: list[ast.expr | None] = [None] * (len(plain) - len(given.defaults))
    return [
        *zip(plain, [*without, *given.defaults], [False] * len(plain), strict=True),
        *zip(given.kwonlyargs, given.kw_defaults, [True] * len(given.kwonlyargs), strict=True),
    ]


def _option(
    node: ast.FunctionDef,
    path: Path,
    argument: ast.arg,
    default: ast.expr | None,
    helps: Mapping[str, str],
    *,
    keyword: bool,
) -> VerbOption:
    name = argument.arg
    if name in RESERVED:
        raise _wrong(node, path, f"its parameter '{name}' is an option of every verb: rename it")
    kind, many = _type(argument.annotation)
    if kind is None:
        typed = argument.annotation
        given = "without a type" if typed is None else ast.unparse(typed)
        expected = f"{', '.join(KINDS)}, or list[...]"
        raise _wrong(node, path, f"its parameter '{name}' is {given}: expected {expected}")
    positional = default is None and not keyword and kind != "bool"
    return VerbOption(name, kind, many, _shown(default), positional, helps.get(name, ""))


def _shown(default: ast.expr | None) -> str | None:
    """A default as a person would type it."""
    match default:
        case None:
            return None
        case ast.Constant(value=str(text)):
            return text
        case _:
            return ast.unparse(default)


def _type(annotation: ast.expr | None) -> tuple[Kind | None, bool]:
    """(type of a value, whether there are several); None: a command line cannot give such a one."""
    match annotation:
        case ast.BinOp(left=inner, op=ast.BitOr(), right=ast.Constant(value=None)):
            return _type(inner)
        case ast.Subscript(value=ast.Name(id="list" | "Sequence"), slice=inner):
            kind, many = _type(inner)
            return (None, False) if many or kind == "bool" else (kind, True)
        case ast.Name(id=name) if name in KINDS:
            return cast("Kind", name), False
    return None, False


def _docstring(text: str) -> tuple[str, dict[str, str]]:
    """What a docstring says of the function, and of each parameter."""
    parts = re.split(r"^(Args|Returns|Yields|Raises|Warns):[ ]*\n", text, flags=re.MULTILINE)
    sections = dict(zip(parts[1::2], parts[2::2], strict=True))
    helps = dict(_arguments(inspect.cleandoc("\n" + sections.get("Args", ""))))
    return parts[0].strip(), helps


def _arguments(section: str) -> Iterator[tuple[str, str]]:
    """(parameter, help) of ``name: help`` and ``name, name: help``, whose lines may be several."""
    for entry in re.split(r"\n(?=\S)", section):
        names, colon, about = entry.partition(":")
        if colon:
            for name in names.split(","):
                yield name.strip(), " ".join(about.split())


def _wrong(node: ast.FunctionDef, path: Path, why: str) -> NetwrightError:
    return NetwrightError(f"{path}:{node.lineno}: {node.name} cannot be a verb: {why}.")
