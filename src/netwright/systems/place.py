"""Where a system lies, and what is known of it without importing it."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

from netwright.base.errors import NetwrightError
from netwright.systems import own_verbs
from netwright.systems.own_verbs import OwnVerb


@dataclass(frozen=True)
class Place:
    """Where a system lies.

    Args:
        name: the folder's name, or that of the entry point.
        package: what its folder is imported as.
        folder: the folder.
        origin: of a system outside this package where it is from, as a run keeps it: the folder, or
            the package that brings it; empty for ours.
    """

    name: str
    package: str
    folder: Path
    origin: str = ""

    @property
    def about(self) -> str:
        """The first line of its docstring; read, not imported."""
        for path in (self.folder / "__init__.py", self.folder / "system.py"):
            if path.is_file() and (text := ast.get_docstring(_parsed(path))):
                return text.partition("\n")[0].rstrip(".")
        return ""

    @property
    def verbs(self) -> tuple[OwnVerb, ...]:
        """Its own verbs, the public functions of verbs.py; read, not imported.

        Raises:
            NetwrightError: the file is no Python, or a function cannot be a verb.
        """
        path = self.folder / "verbs.py"
        return own_verbs.read(_parsed(path), path) if path.is_file() else ()


def _parsed(path: Path) -> ast.Module:
    try:
        return ast.parse(path.read_text(encoding="utf-8"))
    except (SyntaxError, ValueError, OSError) as error:
        line = f":{error.lineno}" if isinstance(error, SyntaxError) else ""
        raise NetwrightError(f"{path}{line} cannot be read as Python: {error}.") from None
