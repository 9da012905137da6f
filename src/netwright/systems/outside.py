"""Systems outside the package: files of a person's own folder, and of installed packages."""

from __future__ import annotations

import contextlib
import functools
import importlib
import importlib.util
import os
import sys
import traceback
import types
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netwright.base.errors import NetwrightError
from netwright.systems.place import Place

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "netwright.systems"
"""The entry point group in which installed packages name systems."""


def entries() -> tuple[EntryPoint, ...]:
    """What installed packages name as systems: ``reviews = "my_package.reviews"``."""
    if not _some_package_names_systems():
        return ()
    from importlib import metadata

    return tuple(metadata.entry_points(group=GROUP))


def of_package(entry: EntryPoint) -> Place:
    """The system that an installed package names.

    Raises:
        NetwrightError: there is no such folder in the package.
    """
    try:
        found = importlib.util.find_spec(entry.value)
    except Exception:  # whatever the package raises when it is imported
        found = None
    folders = (found and found.submodule_search_locations) or []
    if not folders:
        raise NetwrightError(
            f"an installed package names the system '{entry.name}', but {entry.value} is no"
            " folder of it: install it again, or remove it."
        )
    return Place(entry.name, entry.value, Path(next(iter(folders))), entry.value)


def _some_package_names_systems() -> bool:
    """Whether any installed package's entry points may hold our group. importlib.metadata, which
    parses all of them, takes 30 ms.
    """
    folders = dict.fromkeys(map(os.path.abspath, sys.path))
    return any(_names_systems(folder, _changed(folder)) for folder in folders)


@functools.cache
def _names_systems(folder: str, changed: float) -> bool:
    """Looked up anew when a package was installed there or removed."""
    for points in Path(folder).glob("*-info/entry_points.txt"):
        with contextlib.suppress(OSError):
            if GROUP.encode() in points.read_bytes():
                return True
    return False


def _changed(folder: str) -> float:
    """When something last came into a folder or left it; 0 where there is none."""
    try:
        return Path(folder).stat().st_mtime
    except OSError:
        return 0.0


def value(place: Place, file: str, attribute: str, *, needed: bool = True) -> Any:
    """A value of a file of a system's folder; None where it may lack the file and does.

    Raises:
        NetwrightError: the file is not there, has no such value, or raises an error when it is
            loaded: one sentence with file and line.
    """
    path = place.folder / f"{file}.py"
    if not path.is_file() and not needed:
        return None
    if not path.is_file():
        raise NetwrightError(f"{place.folder} has no {file}.py: expected one with {attribute}.")
    if not place.origin:
        return getattr(importlib.import_module(f"{place.package}.{file}"), attribute)
    try:
        _make_package(place)
        module = importlib.import_module(f"{place.package}.{file}")
    except NetwrightError:
        raise
    except Exception as error:  # whatever a person's own file raises
        line = last_line(error, place.folder) or place.folder
        raise NetwrightError(
            f"{line}: the system '{place.name}' cannot be loaded: {_reason(error)}."
        ) from error
    if not hasattr(module, attribute):
        raise NetwrightError(f"{path} has no {attribute}: expected {attribute} = ... in it.")
    return getattr(module, attribute)


def _make_package(place: Place) -> None:
    """Let a folder be imported as ``netwright.systems.NAME``, so that its files may import each
    other as those of our systems do.
    """
    if place.package in sys.modules or place.package == place.origin:
        return
    init = place.folder / "__init__.py"
    if not init.is_file():
        package = types.ModuleType(place.package)
        package.__path__ = [str(place.folder)]
        sys.modules[place.package] = package
        return
    spec = importlib.util.spec_from_file_location(
        place.package, init, submodule_search_locations=[str(place.folder)]
    )
    assert spec is not None and spec.loader is not None, "a .py file has a loader"
    package = importlib.util.module_from_spec(spec)
    sys.modules[place.package] = package
    try:
        spec.loader.exec_module(package)
    except BaseException:
        del sys.modules[place.package]  # else it would count as loaded the next time
        raise


def failure(error: Exception, place: Place) -> list[str]:
    """What a person reads of an error that a function of a system outside the package raised: a
    sentence with file and line, then the lines of its folder that led there. Empty: none did, nor
    was it raised by the net that its ``model`` built.
    """
    if own := _frames(error, place.folder):
        way = [f"  {frame.filename}:{frame.lineno}, in {frame.name}: {frame.line}" for frame in own]
        at, what = last_line(error, place.folder), f"the system '{place.name}'"
        return [f"{at}: {what} fails: {_reason(error)}.", *way]
    if at := model_line(error, place):
        what = f"the net that model of the system '{place.name}' builds"
        return [f"{at}: {what} fails: {_reason(error)}."]
    return []


def model_line(error: Exception, place: Place) -> str:
    """``FILE:LINE``, where the system's ``model`` begins, if the net that it built raised the error
    and no line of its folder led there (layers of torch alone); else empty.
    """
    ours = _frames(error, Path(__file__).parents[1])
    if not ours or ours[-1].name != "plain_forward":
        return ""
    code = getattr(value(place, "system", "SYSTEM").model, "__code__", None)
    return f"{code.co_filename}:{code.co_firstlineno}" if code else str(place.folder / "system.py")


def _frames(error: Exception, folder: Path) -> list[traceback.FrameSummary]:
    """The lines in a folder that led to an error, the last one last."""
    frames = traceback.extract_tb(error.__traceback__)
    return [frame for frame in frames if Path(frame.filename).is_relative_to(folder)]


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}".rstrip(".: ")


def last_line(error: Exception, folder: Path) -> str:
    """``FILE:LINE``, the last line in a folder that led to an error; empty: none there did."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}"
    own = _frames(error, folder)
    return f"{own[-1].filename}:{own[-1].lineno}" if own else ""
