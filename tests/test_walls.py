"""The house has floors: no import runs up them, and no files import each other in a circle.

Read from the source, imports inside functions and for types included, so that nothing needs to be
imported.
"""

from __future__ import annotations

import ast
import functools
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "src" / "netwright"

FLOORS: tuple[frozenset[str], ...] = tuple(
    map(
        frozenset,
        (
            {"base", "principles"},
            {"recipe"},
            {"contract"},
            {"data", "nets", "metrics", "plots", "decoding"},
            {"systems", "runs"},
            {"report", "training", "doctor"},
            {"searching", "studies"},
            {"api"},
            {"studio"},
            {"cli"},
        ),
    )
)
"""From the ground up: a room imports from floors below its own, and nothing from its own floor."""

MAY_NOT: Mapping[str, frozenset[str]] = {
    "principles": frozenset(),  # the course in NumPy stands beside the house
    "runs": frozenset({"systems", "data", "nets"}),
    "training": frozenset({"systems", "nets"}),
    "report": frozenset({"systems", "data", "nets"}),
    "searching": frozenset({"systems", "nets", "doctor"}),
    "studies": frozenset({"systems", "nets"}),
    "doctor": frozenset({"systems", "data", "nets"}),
    "studio": frozenset({"systems", "data", "nets", "training"}),
}
"""Rooms below that a room may not know all the same: the spine and the systems meet in contract."""

MOST_FILES = 15
"""In a folder; ``principles`` holds one idea a file."""


def rooms() -> dict[str, int]:
    """Room -> its floor; the package's own files stand above all."""
    found = {room: floor for floor, names in enumerate(FLOORS) for room in names}
    return {**found, "__init__": len(FLOORS), "__main__": len(FLOORS)}


def name_of(path: Path) -> str:
    """The dotted name that a file is imported by."""
    return ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(
        ".__init__"
    )


FILES = sorted(PACKAGE.rglob("*.py"))
NAMES = {name_of(path) for path in FILES}


@functools.cache
def imports_of(path: Path) -> list[tuple[int, str]]:
    """(line, dotted name of the file) of every import of ours, inside functions too."""
    return list(_imports_of(path))


def _imports_of(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            named = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import; write the full name"
            named = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in named:
            if name.split(".")[0] == "netwright":
                yield node.lineno, name if name in NAMES else name.rpartition(".")[0]


def room_of(name: str) -> str:
    """The room that a dotted name lies in: the folder below the package, or the file itself."""
    return (name.split(".")[1:] or ["__init__"])[0]


def test_no_import_runs_up_the_floors() -> None:
    floors, wrong = rooms(), []
    for path in FILES:
        room = room_of(name_of(path))
        for line, name in imports_of(path):
            if (other := room_of(name)) == room:
                continue
            if floors[other] >= floors[room]:
                wrong.append(f"{path}:{line}: {room} may not import {other}")
            elif other in MAY_NOT.get(room, ()):
                wrong.append(f"{path}:{line}: {room} may not know {other}")
    assert not wrong, "\n".join(wrong)


def test_no_system_imports_another() -> None:
    for path in PACKAGE.glob("systems/*/*.py"):
        for line, name in imports_of(path):
            parts = name.split(".")
            if parts[1] == "systems" and len(parts) > 2:
                assert parts[2] == path.parent.name, (
                    f"{path}:{line}: imports the system {parts[2]}; move what they share down"
                )


def test_no_files_import_each_other_in_a_circle() -> None:
    waiting = {
        name_of(path): {name for _, name in imports_of(path)} - {name_of(path)} for path in FILES
    }
    while free := [name for name, wants in waiting.items() if not wants & waiting.keys()]:
        for name in free:
            del waiting[name]
    assert not waiting, f"a circle among {', '.join(sorted(waiting))}, or above one"


def test_no_folder_is_an_attic() -> None:
    counts = Counter(path.parent.relative_to(PACKAGE).as_posix() for path in FILES)
    full = {folder: n for folder, n in counts.items() if n > MOST_FILES and folder != "principles"}
    assert not full, f"more than {MOST_FILES} files: {full}"


def test_matplotlib_is_imported_in_plots_alone() -> None:
    imports = re.compile("(from|import) matplotlib")
    outside = [path for path in FILES if room_of(name_of(path)) != "plots"]
    assert not [path for path in outside if imports.search(path.read_text("utf-8"))]


@pytest.mark.parametrize("name", ["pickle", "dill", "cloudpickle", "shelve", "marshal"])
def test_nothing_is_pickled(name: str) -> None:
    """What is read back runs as code there."""
    lines = re.compile(rf"^\s*(import {name}\b|from {name} import)", re.MULTILINE)
    assert not [path for path in PACKAGE.rglob("*.py") if lines.search(path.read_text("utf-8"))]
