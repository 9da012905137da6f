"""The systems, one folder each; found by looking at the folders, loaded when asked for.

Those of the package lie beside this file. Others lie in folders that a person names (by ``--system
FOLDER`` or in ``$NETWRIGHT_SYSTEMS``), or belong to an installed package that names them in the
entry point group ``netwright.systems``. None is ever loaded because a run names it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netwright.base.errors import NetwrightError, RecipeError, nearest
from netwright.systems import outside
from netwright.systems.own_verbs import OwnVerb
from netwright.systems.place import Place

if TYPE_CHECKING:
    from netwright.contract import AnySystem, Reader, Takes

OWN = Path(__file__).parent

TAKEN = ("auto", "outside", "own_verbs", "place")
"""Names that mean something else here: the choice of a system, and files of this folder."""

_named: dict[str, Path] = {}
"""The systems whose folders the person named in this process."""


def names() -> list[str]:
    """The names of the package's own systems, sorted."""
    return sorted(path.parent.name for path in OWN.glob("*/system.py"))


def places() -> dict[str, Place]:
    """Name -> where it lies, of every system that is known here, ours first.

    Raises:
        RecipeError: two have one name, or ``$NETWRIGHT_SYSTEMS`` names a folder without systems.
    """
    found = {name: Place(name, f"{__name__}.{name}", OWN / name) for name in names()}
    folders = [*_named.values(), *_in_folders(os.environ.get("NETWRIGHT_SYSTEMS", ""))]
    for place in (*map(_in_folder, folders), *outside.from_packages()):
        _add(found, place)
    return found


def named(name: str | Path) -> str:
    """The name of a system that a person gave by its name, or by the path of its folder, which is
    known from then on in this process. ``auto`` stays.

    Raises:
        RecipeError: no system is called so, or lies there.
    """
    if not isinstance(name, str | Path):
        raise RecipeError(f"system = {name!r}: expected the name of one, or its folder.")
    if isinstance(name, str) and os.sep not in name and name not in (".", ".."):
        return name if name == "auto" else _place(name).name
    place = _in_folder(Path(name).expanduser())
    _add(places(), place)
    _named[place.name] = place.folder
    return place.name


def origin(name: str) -> str:
    """Where the system called ``name`` is from; empty for ours.

    Raises:
        RecipeError: there is no such system.
    """
    return _place(name).origin


def load(name: str) -> AnySystem:
    """The system called ``name``.

    Raises:
        RecipeError: there is no such system.
        NetwrightError: it is none of ours, and cannot be loaded.
    """
    place = _place(name)
    system: AnySystem = outside.value(place, "system", "SYSTEM")
    if system.name != name:
        raise NetwrightError(
            f"{place.folder / 'system.py'}: SYSTEM is called '{system.name}': expected '{name}',"
            " the name of its folder."
        )
    return system


def readers(name: str) -> tuple[Reader, ...]:
    """What the system called ``name`` reads; the system itself is not loaded.

    Raises:
        RecipeError: there is no such system.
        NetwrightError: it is none of ours, and what it reads cannot be loaded.
    """
    return tuple(outside.value(_place(name), "sources", "READERS"))


def takes(name: str) -> Takes:
    """What the system called ``name`` knows of examples before there is a recipe; the system itself
    is loaded only where it has no takes.py.

    Raises:
        RecipeError: there is no such system.
        NetwrightError: it is none of ours, and cannot be loaded.
    """
    found: Takes | None = outside.value(_place(name), "takes", "TAKES", needed=False)
    return load(name).takes if found is None else found


def verb(name: str, own: OwnVerb) -> Callable[..., Any]:
    """The function of a verb that the system called ``name`` brings; its verbs.py is loaded now.

    Raises:
        RecipeError: there is no such system.
        NetwrightError: it is none of ours, and its verbs.py cannot be loaded.
    """
    function: Callable[..., Any] = outside.value(_place(name), "verbs", own.function)
    return function


def verbs(name: str) -> dict[str, OwnVerb]:
    """The verbs that the system called ``name`` brings, by their names; read, not imported.

    Raises:
        RecipeError: there is no such system.
        NetwrightError: its verbs.py cannot be read.
    """
    return {own.name: own for own in _place(name).verbs}


def _place(name: str) -> Place:
    if name in names():
        return Place(name, f"{__name__}.{name}", OWN / name)
    known = places()
    if name not in known:
        raise RecipeError(f"no system '{name}'{nearest(name, known)}")
    return known[name]


def _in_folders(variable: str) -> list[Path]:
    """The systems in the folders of a variable; each is one's own, or holds some."""
    found: list[Path] = []
    for folder in (Path(part).expanduser() for part in variable.split(os.pathsep) if part):
        inside = sorted(path.parent for path in folder.glob("*/system.py"))
        some = [folder] if (folder / "system.py").is_file() else inside
        if not some:
            raise RecipeError(
                f"NETWRIGHT_SYSTEMS names {folder}, which holds no system: expected a folder with a"
                " system.py, or one with such folders in it."
            )
        found += some
    return found


def _in_folder(path: Path) -> Place:
    folder = path.resolve()
    if not (folder / "system.py").is_file():
        raise RecipeError(f"{path} holds no system: expected a folder with a system.py in it.")
    if not folder.name.replace("-", "_").isidentifier():
        raise RecipeError(
            f"{path}: a system cannot be called '{folder.name}': expected letters, digits, _ and -."
        )
    if folder.name in TAKEN:
        raise RecipeError(f"{path}: a system cannot be called '{folder.name}': rename the folder.")
    return Place(folder.name, f"{__name__}.{folder.name}", folder, str(folder))


def _add(known: dict[str, Place], place: Place) -> None:
    other = known.setdefault(place.name, place)
    if other.folder != place.folder:
        raise RecipeError(
            f"two systems are called '{place.name}', in {other.folder} and in {place.folder}:"
            " rename one of the folders."
        )
