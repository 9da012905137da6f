"""Where a system lies, and what is known of it without importing it."""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass
from pathlib import Path

from netwright.base.errors import NetwrightError
from netwright.base.files import digest
from netwright.systems import own_verbs
from netwright.systems.own_verbs import OwnVerb

_WITH_DOCSTRING = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


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

    def check_files(self) -> None:
        """See that the files of a system outside this package are Python; none is imported.

        Raises:
            NetwrightError: one is not.
        """
        for path in sorted(self.folder.glob("*.py")) if self.origin else ():
            _parsed(path)

    @property
    def digest(self) -> str:
        """What stands for its code, whatever its comments, docstrings and layout: ``3.12-`` (of
        Python, whose versions parse alike code otherwise) and 16 hexadecimal digits. Verbs are left
        out: they are added to runs that there are, and change no answer.
        """
        parts = [
            part
            for path in sorted(self.folder.rglob("*.py"))
            if path != self.folder / "verbs.py"
            for part in (path.relative_to(self.folder).as_posix(), _meaning(path))
        ]
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        return f"{version}-{digest(chr(31).join(parts).encode())}"

    def may_have_changed(self, digest: str) -> bool:
        """Whether its code is another than that which ``digest`` stands for; not where that was
        made by another Python.
        """
        own = self.digest if digest else ""
        return own != digest and own.partition("-")[0] == digest.partition("-")[0]

    @property
    def verbs(self) -> tuple[OwnVerb, ...]:
        """Its own verbs, the public functions of verbs.py; read, not imported.

        Raises:
            NetwrightError: the file is no Python, or a function cannot be a verb.
        """
        path = self.folder / "verbs.py"
        return own_verbs.read(_parsed(path), path) if path.is_file() else ()


def _meaning(path: Path) -> str:
    """The code of a file without its comments, docstrings and layout; what is no Python as it
    is.
    """
    try:
        tree = _parsed(path)
    except NetwrightError:
        return path.read_bytes().hex()
    for node in ast.walk(tree):
        if isinstance(node, _WITH_DOCSTRING) and ast.get_docstring(node, clean=False) is not None:
            del node.body[0]
    return ast.dump(tree)


def _parsed(path: Path) -> ast.Module:
    try:
        return ast.parse(path.read_text(encoding="utf-8"))
    except (SyntaxError, ValueError, OSError) as error:
        line = f":{error.lineno}" if isinstance(error, SyntaxError) else ""
        raise NetwrightError(f"{path}{line} cannot be read as Python: {error}.") from None
