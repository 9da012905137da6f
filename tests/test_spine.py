"""The spine asks the system: it guesses by no shape, no type and no field of an input, a target, an
answer or a codec, and knows no system by name.

Read from the source: training, runs, report, searching, doctor, and what describes and splits the
data.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from netwright import systems

PACKAGE = Path(__file__).parents[1] / "src" / "netwright"
ROOMS = ("training", "runs", "report", "searching", "studies", "doctor")
OF_DATA = ("describe", "classes", "duplicates")
FILES = [
    *(path for room in ROOMS for path in sorted((PACKAGE / room).rglob("*.py"))),
    *(PACKAGE / "data" / f"{name}.py" for name in OF_DATA),
    *sorted((PACKAGE / "data" / "splits").rglob("*.py")),
]

GUESSES = {"isinstance", "issubclass", "hasattr", "getattr", "type", "callable"}
THINGS = {"input", "target", "truth", "answer", "example", "label", "prediction", "codec"}
"""What is the system's: a name that holds one of these words, or its plural, holds such a thing."""

ALLOWED = {
    ("training/batching/hold.py", "getattr(examples.inputs, 'costly', False)"): (
        "a column of inputs may say that reading it decodes anew; an array says nothing"
    ),
    ("runs/answers/predictions.py", "isinstance(answers, AnswerColumns)"): (
        "AnswerColumns is a container, which the spine may know"
    ),
    ("training/steps/replay.py", "getattr(node.target, '_schema', None)"): (
        "the target of a node of a traced program is an operation"
    ),
    ("training/steps/replay.py", "getattr(node.target, 'tags', ())"): "as above",
    ("training/steps/replay.py", "isinstance(target, torch._ops.OpOverload)"): "as above",
}
"""(file, call) -> why it is no guess."""

FIELDS_ALLOWED = {
    ("runs/contents.py", "self.codec.get('classes')"): (
        "runs of earlier releases counted targets of any kind, and those of classes named them here"
    ),
}

NAMES_ALLOWED = {
    ("runs/answers/mistakes.py", "text"): "a kept mistake's key, of what Shown calls so",
    ("report/sections/mistakes.py", "text"): "as above",
    ("runs/schema/files.py", "text"): "a kind of column of a Parquet file",
    ("runs/schema/shown.py", "text"): "a kind of view",
    ("runs/reading.py", "text"): "as above",
    ("runs/views.py", "text"): "a kind of view",
    ("report/sections/views.py", "text"): "as above",
    ("runs/annotations/lines.py", "writer"): "who wrote a line: the name of its file",
    ("training/steps/replay.py", "tags"): "an attribute of torch's operations",
}
"""(file, word) -> why it names no system."""

CODEC = {"encode", "prepare", "decode"}
"""What the contract gives a codec; all else is the system's own."""


def words_of(node: ast.AST) -> set[str]:
    """The words of every name in an expression, in the singular."""
    names = [
        part.id if isinstance(part, ast.Name) else part.attr
        for part in ast.walk(node)
        if isinstance(part, ast.Name | ast.Attribute)
    ]
    return {word.removesuffix("s") for name in names for word in name.lower().split("_")}


def guesses(source: str) -> Iterator[str]:
    """Every call that asks what kind of thing an input, a target, an answer or a codec is."""
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in GUESSES
            and node.args
            and words_of(node.args[0]) & THINGS
        ):
            yield ast.unparse(node)


def fields(source: str) -> Iterator[str]:
    """Every look into a codec or a single answer, beyond what the contract gives."""
    for node in ast.walk(ast.parse(source)):
        if _looks_inside(node):
            yield ast.unparse(node)


def _looks_inside(node: ast.AST) -> bool:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return _last_name(node.func.value) == "codec" and node.func.attr not in CODEC
    if isinstance(node, ast.Subscript):
        return _last_name(node.value) in ("codec", "answer")
    # system.answer is a class of the contract
    return isinstance(node, ast.Attribute) and ast.unparse(node).startswith("answer.")


def _last_name(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def test_the_spine_asks_and_does_not_guess() -> None:
    wrong = []
    for path in FILES:
        name, source = path.relative_to(PACKAGE).as_posix(), path.read_text(encoding="utf-8")
        wrong += [f"{name}: {call}" for call in guesses(source) if (name, call) not in ALLOWED]
        looks = fields(source)
        wrong += [f"{name}: {look}" for look in looks if (name, look) not in FIELDS_ALLOWED]
    assert not wrong, "ask the system (contract/system.py):\n" + "\n".join(wrong)


def test_the_spine_knows_no_system_by_name() -> None:
    every, wrong = systems.names(), []
    for path in FILES:
        name = path.relative_to(PACKAGE).as_posix()
        known = {one for one in every if (name, one) not in NAMES_ALLOWED}
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                wrong += [f"{path}:{node.lineno}: '{node.value}'"] if node.value in known else []
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "source",
    [
        "isinstance(examples.targets[0], str)",
        "hasattr(codec, 'classes')",
        "getattr(answer, 'label', None)",
        "isinstance(known_labels[0], str)",
        "type(truth) is str",
        "self.codec.get('classes')",
        "run.codec['classes']",
        "answer.value",
        "answer['probabilities']",
    ],
)
def test_a_guess_is_seen(source: str) -> None:
    assert [*guesses(source), *fields(source)]


@pytest.mark.parametrize(
    "source",
    [
        "system.label(target)",
        "isinstance(layer, nn.Embedding)",
        "codec.encode(examples)",
        "fields(system.answer)",
        "system.answer(**parts)",
    ],
)
def test_what_asks_is_none(source: str) -> None:
    assert not [*guesses(source), *fields(source)]


def test_every_exception_is_needed() -> None:
    found = {
        (path.relative_to(PACKAGE).as_posix(), call)
        for path in FILES
        for call in [*guesses(path.read_text()), *fields(path.read_text())]
    }
    assert {*ALLOWED, *FIELDS_ALLOWED} <= found
    for name, word in NAMES_ALLOWED:
        assert f'"{word}"' in (PACKAGE / name).read_text(encoding="utf-8"), name
