"""Writes the pages that are read off the code: ``python docs/reference.py``.

docs/commands.md comes from the verbs' help, docs/settings.md from the recipe's fields,
docs/findings/index.md from the table of codes, docs/principles.md from the files of the package;
tests/test_docs.py holds them up to date.
"""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import click
from pydantic.fields import FieldInfo

import netwright.principles
from netwright import systems
from netwright.base.findings import CODES
from netwright.cli.console import SCHEMA
from netwright.cli.main import TITLES, VERBS
from netwright.cli.main import command as cli
from netwright.recipe import Recipe, Section, knobs, metadata

DOCS = Path(__file__).parent

PLAIN = {int: "a whole number", float: "a number", bool: "true or false", str: "text"}
BOUNDS = (("ge", "at least"), ("gt", "above"), ("le", "at most"), ("lt", "below"))


def pages() -> dict[Path, str]:
    """The path of every generated page, and what it should hold."""
    return {
        DOCS / "commands.md": commands(),
        DOCS / "settings.md": settings(),
        DOCS / "findings" / "index.md": findings(),
        DOCS / "principles.md": principles(),
    }


def commands() -> str:
    """A heading for every verb, with its usage, what it does, and a table of its options."""
    parts = [
        "# Commands",
        "`netwright --help` lists them, `netwright VERB --help` says what stands here. Every verb"
        " that prints for people has `--json`; results go to stdout, messages to stderr"
        " (`netwright --quiet VERB` leaves them out); a mistake is one sentence and exit code 2,"
        " and what is stopped has 130 (Ctrl-C) or 143 (SIGTERM), as a shell counts.",
        "What `--json` prints has a version, the key `schema` of the document, or of every entry"
        f" where it is a list, and of every line of `--jsonl`: now {SCHEMA}. It grows when a key"
        " goes or comes to mean something else; new keys leave it as it is. What a system's own"
        " verb gives that has no keys (a text, a number, a list of them) stands under `result`.",
        "A system may bring verbs of its own for its runs: `netwright systems` and `netwright"
        " --help` list them, and they are called like these, `netwright VERB RUN`.",
    ]
    for group, verbs in VERBS.items():
        parts.append(f"## {TITLES[group]}")
        for verb in verbs:
            parts += _verb(verb)
    return "\n\n".join(parts) + "\n"


def _verb(verb: str) -> Iterator[str]:
    context = click.Context(cli, info_name="netwright")
    command = cli.get_command(context, verb)
    assert command is not None
    yield from _command(f"netwright {verb}", command, context, "###")
    if isinstance(command, click.Group):
        for word, under in command.commands.items():
            yield from _command(f"netwright {verb} {word}", under, context, "####")


def _command(
    words: str, command: click.Command, context: click.Context, level: str
) -> Iterator[str]:
    own = click.Context(command, info_name=words.split()[-1], parent=context)
    yield f"{level} {words}"
    yield f"    {words} {' '.join(command.collect_usage_pieces(own))}"
    yield from _paragraphs(command.help or "")
    rows = [option.get_help_record(own) for option in command.params]
    cells = [(f"`{row[0]}`", row[1].replace("  ", " ")) for row in rows if row and row[1]]
    yield _table(("option", "what it does"), cells)


def _paragraphs(help: str) -> Iterator[str]:
    """Paragraphs of a help text; what click leaves as it is (``\\b``) becomes a block of code."""
    for paragraph in help.strip().split("\n\n"):
        first, *rest = paragraph.splitlines()
        if first.strip() == "\b":
            yield "\n".join(f"    {line.strip()}" for line in rest)
        else:
            yield " ".join(paragraph.split())


def settings() -> str:
    """A heading for every section that all systems have, with a row for every knob; then for what
    only some systems have.
    """
    parts = [
        "# Settings",
        "Every setting of a training, by its full key: `--set KEY=VALUE` on the command line,"
        ' `set={"KEY": VALUE}` in Python, `section: {name: VALUE}` in a recipe file. Values are'
        " read as YAML. `auto` stands for a value that is chosen from the data"
        " ([how](defaults.md)); `recipe.yaml` of a run holds what was chosen.",
        "*Searched* is where [`netwright search`](search.md) looks: the range, the scale"
        " (`one_minus_log` is the logarithm of 1 - x), and the tier: 1 is searched first. *Read"
        " with* names the setting without which one has no effect.",
        "Every system has the first sections. A section with the name of a system behind its own is"
        " read by that system alone, and refused with another.",
    ]
    shared = knobs(Recipe)
    for name, field in Recipe.model_fields.items():
        parts += _section(name, name, field.annotation, field, {})
    for (name, section), owners in _own_sections().items():
        heading = f"{name} ({', '.join(owners)})"
        parts += _section(heading, name, section, Recipe.model_fields.get(name), shared)
    return "\n\n".join(parts) + "\n"


def _own_sections() -> dict[tuple[str, Any], list[str]]:
    """(name, section) that only some systems have -> their names."""
    found: dict[tuple[str, Any], list[str]] = {}
    for system in systems.names():
        for name, field in systems.load(system).recipe.model_fields.items():
            shared = Recipe.model_fields.get(name)
            if shared is None or shared.annotation is not field.annotation:
                found.setdefault((name, field.annotation), []).append(system)
    return found


def _section(
    heading: str, name: str, section: Any, field: FieldInfo | None, known: Mapping[str, FieldInfo]
) -> Iterator[str]:
    """Its heading, what it is, and a row for every knob that is not the one known already."""
    yield f"## {heading}"
    if isinstance(section, type) and issubclass(section, Section):
        keyed = {f"{name}.{key}": knob for key, knob in section.model_fields.items()}
        yield from (" ".join(text.split()) for text in (section.__doc__ or "").split("\n\n"))
    else:
        assert field is not None
        keyed = {name: field}
    rows = [
        row
        for key, knob in keyed.items()
        if (row := _knob(key, knob)) != (_knob(key, known[key]) if key in known else None)
    ]
    yield _table(("key", "default", "may be", "searched", "what it does"), rows)


def _knob(key: str, field: FieldInfo) -> tuple[str, ...]:
    facts = metadata(field)
    what = field.description or ""
    if facts["when"] is not None:
        other, values = facts["when"]
        what += f"; read with {other} = {' or '.join(map(str, values))}"
    allowed = "; ".join(
        _allowed(
            Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
        )
    )
    return f"`{key}`", f"`{_value(field.default)}`", allowed, _searched(facts), what


def _value(value: Any) -> str:
    """As it is written in YAML."""
    words = {None: "null", True: "true", False: "false", "": '""', (): "[]"}
    if isinstance(value, dict):
        return "{}" if not value else str(value)
    return words[value] if value in words and not _is_number(value) else str(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _searched(facts: dict[str, Any]) -> str:
    tier = f"tier {facts['tier']}"
    if facts["scale"] == "choice":
        return f"its values, {tier}"
    if facts["low"] is None:
        return ""
    return f"{facts['low']:g} to {facts['high']:g}, {facts['scale']}, {tier}"


def _allowed(kind: Any) -> Iterator[str]:
    """What a knob of this type may be, one entry an alternative."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Literal:
        yield ", ".join(f"`{value}`" for value in inner)
    elif origin in (Union, types.UnionType):
        for one in inner:
            yield from _allowed(one)
    elif origin is Annotated:
        bounds = [
            f"{word} {getattr(mark, name):g}"
            for mark in _marks(inner[1:])
            for name, word in BOUNDS
            if getattr(mark, name, None) is not None
        ]
        patterns = [f"as `{mark.pattern}`" for mark in inner[1:] if getattr(mark, "pattern", None)]
        yield ", ".join([*_allowed(inner[0]), *bounds, *patterns])
    elif origin is dict:
        yield f"names to numbers, each {', '.join(_allowed(inner[1]))}"
    elif origin is tuple:
        each = [one for one in inner if one is not Ellipsis]
        entries = " and ".join(", ".join(_allowed(one)) for one in each)
        yield f"a list, each {entries}" if Ellipsis in inner else f"a pair of {entries}"
    elif kind is type(None):
        yield "`null`"
    else:
        yield PLAIN[kind]


def _marks(marks: tuple[Any, ...]) -> Iterator[Any]:
    """The bounds of an Annotated type, those inside a pydantic Field too."""
    for mark in marks:
        yield from mark.metadata if isinstance(mark, FieldInfo) else (mark,)


def findings() -> str:
    """A row for every code."""
    parts = [
        "# Findings",
        "What netwright finds out about a run or a source. A code never changes its meaning;"
        " its page says what it means, how it was computed, what to do, and when it is wrong."
        " `mute` in [project.yaml](../project.md) silences one.",
    ]
    for title, start in (("Of a run", "NW1"), ("Of the data", "NW2")):
        rows = [(f"[{code}]({code}.md)", name) for code, name in CODES.items() if code[:3] == start]
        parts += [f"## {title}", _table(("code", "name"), rows)]
    return "\n\n".join(parts) + "\n"


def principles() -> str:
    """A heading for every file of ``netwright.principles``; the site puts its docstrings there."""
    parts = [
        "# The principles by hand",
        "`netwright.principles` holds the formulas of [the course](syllabus.md) in plain NumPy, one"
        " idea a file. The docstrings below stand on the site that `make docs` builds; the"
        " [gallery](gallery.rst) shows them at work.",
    ]
    folder = Path(netwright.principles.__file__).parent
    for name in sorted(path.stem for path in folder.glob("*.py") if path.stem != "__init__"):
        module = f"netwright.principles.{name}"
        parts += [
            f"## {name}",
            f"```{{eval-rst}}\n.. automodule:: {module}\n   :members:\n```",
        ]
    return "\n\n".join(parts) + "\n"


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    cells = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    lines = [head, ["---"] * len(head), *cells]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
