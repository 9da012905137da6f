"""The house has floors: no import runs up them. Read from the source, so that nothing needs to be
imported.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "src" / "netwright"

MAY_IMPORT: dict[str, set[str]] = {
    "base": set(),
    "principles": set(),
    "recipe": {"base"},
    "findings": {"base"},
    "project": {"base", "findings"},
    "contract": {"base", "recipe", "findings"},
    "data": {"contract", "recipe", "findings", "project", "base", "principles"},
    "nets": {"contract", "recipe", "findings", "base", "principles"},
    "metrics": {"contract", "recipe", "findings", "base", "principles"},
    "plots": {"contract", "recipe", "findings", "base", "principles"},
    "systems": {
        "contract",
        "recipe",
        "findings",
        "project",
        "base",
        "data",
        "nets",
        "metrics",
        "plots",
        "principles",
    },
    "training": {"contract", "recipe", "findings", "project", "base"},
    "runs": {
        "contract",
        "recipe",
        "findings",
        "project",
        "base",
        "data",
        "metrics",
        "plots",
        "training",
    },
    "searching": {
        "contract",
        "recipe",
        "findings",
        "project",
        "base",
        "data",
        "metrics",
        "plots",
        "training",
        "runs",
    },
    "doctor": {
        "contract",
        "recipe",
        "findings",
        "project",
        "base",
        "data",
        "metrics",
        "plots",
        "training",
        "runs",
        "searching",
    },
    "verbs": {
        "contract",
        "recipe",
        "findings",
        "project",
        "base",
        "data",
        "nets",
        "metrics",
        "plots",
        "training",
        "runs",
        "searching",
        "doctor",
        "systems",
    },
    "cli": {
        "contract",
        "recipe",
        "findings",
        "project",
        "base",
        "data",
        "nets",
        "metrics",
        "plots",
        "training",
        "runs",
        "searching",
        "doctor",
        "systems",
        "verbs",
        "principles",
    },
    "__init__": {"verbs", "base"},
    "__main__": {"cli"},
}


def room_of(path: Path) -> str:
    """The room a file lies in: the first folder below the package, or the file's own name."""
    inside = path.relative_to(PACKAGE)
    return inside.parts[0].removesuffix(".py")


def imports_of(path: Path) -> Iterator[tuple[int, str]]:
    """(line, full dotted name) of every import of ours in ``path``, inside functions too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (
                (node.lineno, alias.name)
                for alias in node.names
                if alias.name.startswith("netwright")
            )
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("netwright"):
            for alias in node.names:
                yield node.lineno, f"{node.module}.{alias.name}"
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import; write the full name"


FILES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_import_runs_up_the_floors(path: Path) -> None:
    room = room_of(path)
    for line, name in imports_of(path):
        parts = name.split(".")
        other = parts[1] if len(parts) > 1 else "__init__"
        if other == room:
            if room == "systems" and len(path.relative_to(PACKAGE).parts) > 2:
                own = path.relative_to(PACKAGE).parts[1]
                assert parts[2] == own, (
                    f"{path}:{line}: a system imports another system ({name}); move what they share"
                    " down"
                )
            continue
        assert other in MAY_IMPORT[room], f"{path}:{line}: {room} may not import {other} ({name})"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_matplotlib_is_imported_in_plots_alone(path: Path) -> None:
    if room_of(path) != "plots":
        assert "import matplotlib" not in path.read_text(encoding="utf-8").replace(
            "from matplotlib", "import matplotlib"
        )


def test_the_floors_have_no_circle() -> None:
    done: set[str] = set()
    waiting = dict(MAY_IMPORT)
    while waiting:
        ready = [room for room, below in waiting.items() if below <= done]
        assert ready, f"a circle among {sorted(waiting)}"
        done.update(ready)
        for room in ready:
            del waiting[room]
