"""One vocabulary: the field's words stand in code and in prose, the private words of old do not.

Code is read for the names that it gives: functions, classes, arguments, variables, fields. Prose is
docstrings, comments, strings, templates, the pages of docs/ and the texts of ``--help``. A room
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import click
import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "netwright"

NAMES: Mapping[str, str] = {
    "share shares": "fraction, rate, weight, shard, lam, lr_scale: whichever it is",
    "settle settles settled": "resolve, resolved",
    "said say says told tell tells": "message, log, reported, described: what it is",
    "asked": "requested, wanted",
    "where": "device, path, source, place: what it is",
    "together": "batch, at_once",
    "desk": "request queue",
    "book": "recorder",
    "crew": "workers",
    "spoil spoils spoilt spoiled": "corruption",
    "tint tints tinted": "color map, recolored",
    "chance chances": "uniforms, draws, probability",
    "album": "decoded cache",
    "compact": "packed, short",
    "mark marks": "changes, separator: what it is",
    "job jobs": "setup",
    "judge": "analyse, diagnose",
    "fact facts": "per-example values, summary, figures: what it is",
    "rule rules": "optimizer",
}
"""Words that are no part of a name (between underscores, in any case) -> what to say instead."""

PROSE: Mapping[str, str] = {
    # the verb, which has an object, is ordinary English
    r"\bshares?\b(?! (?:a|an|all|groups|it|its|no|one|the|their|them|this)\b)": "fraction, part",
    r"\bsettl(?:e|es|ed|ing)\b": "resolve, choose, decide",
    r"\bspoil(?:s|t|ed|ing)?\b": "damage, corrupt",
    r"\btint(?:s|ed|ing)?\b": "colour",
    r"\bcrew\b": "workers",
    r"\bdesk\b": "request queue",
    r"\bupdate rules?\b": "optimizer",
    r"\bWhat it takes for what\b": "Confusion matrix",
}
"""Patterns that no prose holds -> what to say instead."""

HEADING = re.compile(
    r"^#+ .*\btakes?\b.+\bfor\b|<h\d[^>]*>[^<]*\btakes?\b[^<]+\bfor\b",
    re.IGNORECASE | re.MULTILINE,
)
"""A heading that speaks of taking one thing for another, in a page or in a template."""

ALLOWED_NAMES: Mapping[tuple[str, str], str] = {}
"""(file below src/netwright, name) -> why it may stand there."""

ALLOWED_PROSE: Mapping[str, str] = {
    "runs/formats.py": "reads the words of format 1",
    "searching/study.py": "the names under which searches are stored since 0.1",
    "searching/trials.py": "reads the unit of trials of 0.1",
}
"""File below src/netwright -> why its prose may hold the old words."""

CODE_ROOMS = (
    *sorted(path.parent.name for path in PACKAGE.glob("*/__init__.py")),
    "benchmarks",
    "netwright",
)
"""The package's folders, the benchmarks, and ``netwright``: the package's own files."""


def rooms(*names: str) -> pytest.MarkDecorator:
    """The test runs for each of these rooms."""
    return pytest.mark.parametrize("room", names)


def files_of(room: str, *suffixes: str) -> list[Path]:
    """The files of a room with one of these suffixes; of ``docs`` README.md and its like, too."""
    if room == "docs":
        found = [*ROOT.glob("*"), *(ROOT / room).rglob("*")]
    elif room == "netwright":
        found = list(PACKAGE.glob("*"))
    else:
        found = list((ROOT if room == "benchmarks" else PACKAGE).joinpath(room).rglob("*"))
    return sorted(path for path in found if path.is_file() and path.suffix in suffixes)


def names_given(code: str) -> Iterator[tuple[int, str]]:
    """(line, name) of every name that the code gives, not of those that it only uses."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.lineno, node.name
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.attr
        elif isinstance(node, ast.alias) and node.asname:
            yield node.lineno, node.asname
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            yield node.lineno, node.name


def prose_of(code: str) -> Iterator[tuple[int, str]]:
    """(line, text) of every string, docstring and comment."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def paragraphs_of(text: str) -> Iterator[tuple[int, str]]:
    """(line, text) of every run of lines without a blank one."""
    for match in re.finditer(r"(?:.*\S.*(?:\n|$))+", text):
        yield text.count("\n", 0, match.start()) + 1, match.group()


def wrong_names(code: str) -> list[tuple[int, str, str]]:
    """(line, name, what to say instead) of the names with a forbidden word."""
    instead = {word: advice for words, advice in NAMES.items() for word in words.split()}
    return [
        (line, name, instead[part])
        for line, name in names_given(code)
        for part in re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().split("_")
        if part in instead
    ]


def wrong_prose(text: str) -> list[tuple[str, str]]:
    """(words, what to say instead) of a text; line breaks count as blanks."""
    flat = " ".join(text.split())
    return [
        (match.group(), advice)
        for pattern, advice in PROSE.items()
        for match in re.finditer(pattern, flat, re.IGNORECASE)
    ]


def help_texts(command: click.Command, path: str = "netwright") -> Iterator[tuple[str, str]]:
    """(command, text of its ``--help``) of a command and all below it."""
    context = click.Context(command, info_name=path)
    yield path, command.get_help(context)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from help_texts(below, f"{path} {name}")


@rooms(*CODE_ROOMS)
def test_names_are_the_fields(room: str) -> None:
    found = []
    for path in files_of(room, ".py"):
        short = path.relative_to(ROOT if room == "benchmarks" else PACKAGE).as_posix()
        found += [
            f"{short}:{line}: {name} (say {advice})"
            for line, name, advice in wrong_names(path.read_text(encoding="utf-8"))
            if (short, name) not in ALLOWED_NAMES
        ]
    assert not found, "\n".join(found)


@rooms(*CODE_ROOMS, "docs")
def test_prose_is_plain(room: str) -> None:
    found = []
    for path in files_of(room, ".py", ".html", ".md", ".yaml"):
        short = path.relative_to(ROOT if room in ("benchmarks", "docs") else PACKAGE).as_posix()
        if short in ALLOWED_PROSE:
            continue
        text = path.read_text(encoding="utf-8")
        for line, part in prose_of(text) if path.suffix == ".py" else paragraphs_of(text):
            found += [
                f"{short}:{line}: {words} (say {advice})" for words, advice in wrong_prose(part)
            ]
        if path.suffix != ".py":
            found += [f"{short}: {heading.group()}" for heading in HEADING.finditer(text)]
    assert not found, "\n".join(found)


@rooms("help")
def test_help_is_plain(room: str) -> None:
    from netwright.cli.main import command

    found = [
        f"{name} --help: {words} (say {advice})"
        for name, text in help_texts(command)
        for words, advice in wrong_prose(text)
    ]
    assert not found, "\n".join(found)


def test_what_may_stand_is_there() -> None:
    for short, name in ALLOWED_NAMES:
        code = (PACKAGE / short).read_text(encoding="utf-8")
        assert name in {wrong for _, wrong, _ in wrong_names(code)}, f"{short}: no {name}"
    for short in ALLOWED_PROSE:
        code = (PACKAGE / short).read_text(encoding="utf-8")
        assert any(wrong_prose(part) for _, part in prose_of(code)), f"{short}: nothing to allow"


def test_a_class_name_stands_once() -> None:
    """``principles`` excepted, which stands beside the house."""
    found = Counter(
        node.name
        for path in PACKAGE.rglob("*.py")
        if PACKAGE / "principles" not in path.parents
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef)
    )
    assert {name for name, count in found.items() if count > 1} == set()


@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        ("def settle(x): pass", ["settle"]),
        ("class RequestDesk: pass", ["RequestDesk"]),
        ("lambda share: 0", ["share"]),
        ("for dev_share in x: pass", ["dev_share"]),
        ("self.album = 1", ["album"]),
        ("TOGETHER: int = 1", ["TOGETHER"]),
        ("try: pass\nexcept E as job: pass", ["job"]),
        ("import a as book", ["book"]),
        ("np.where(x, 1, 2); np.stack(y); file.tell()", []),
        ("shared = whereas = markdown = 1", []),
    ],
)
def test_a_name_is_found(code: str, wrong: list[str]) -> None:
    assert [name for _, name, _ in wrong_names(code)] == wrong


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("the share of the steps", ["share"]),
        ("equal\n    shares", ["shares"]),
        ("two purposes share a stream in shared memory", []),
        ("Update rules are settled", ["settled", "Update rules"]),
        ("the tinted desk of a crew, spoilt", ["spoilt", "tinted", "crew", "desk"]),
    ],
)
def test_a_word_of_prose_is_found(text: str, wrong: list[str]) -> None:
    assert [words for words, _ in wrong_prose(text)] == wrong


def test_a_heading_is_found() -> None:
    assert HEADING.search("# Mistakes\n\n## What it takes for what\n")
    assert HEADING.search("<h2>What it takes a cat for</h2>")
    assert not HEADING.search("# Files\n\nIt takes a while for large files.")
