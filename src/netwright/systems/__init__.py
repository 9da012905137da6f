"""The systems, one folder each; found by looking at the folders, loaded when asked for.

Those of the package lie beside this file. Others lie in folders that a person names (by ``--system
FOLDER`` or in ``$NETWRIGHT_SYSTEMS``), or belong to an installed package that names them in the
entry point group ``netwright.systems``. None is ever loaded because a run names it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from netwright.base.errors import NetwrightError, RecipeError, RunError, nearest
from netwright.systems import outside
from netwright.systems.own_verbs import OwnVerb
from netwright.systems.place import Place

if TYPE_CHECKING:
    from netwright.contract import AnySystem, Export, Reader, Takes

Value = TypeVar("Value")

OWN = Path(__file__).parent

RESERVED = ("auto", "outside", "own_verbs", "place")
"""Names that mean something else here: the choice of a system, and files of this folder."""

_named: dict[str, Path] = {}
"""The systems whose folders the person named in this process."""


def names() -> list[str]:
    """The names of the package's own systems, sorted."""
    return list(_own())


@cache
def _own() -> tuple[str, ...]:
    return tuple(sorted(path.parent.name for path in OWN.glob("*/system.py")))


def places() -> dict[str, Place]:
    """Name -> where it lies, of every system that is known here, ours first; see ``faults``."""
    return _look_around()[0]


def faults() -> dict[str, str]:
    """What is wrong with systems outside the package that are not among ``places``: a folder or a
    name -> one sentence. They stand in the way of nobody who uses another.
    """
    return _look_around()[1]


def of_each(
    ask: Callable[[str], Value], names: Iterable[str]
) -> tuple[dict[str, Value], list[str]]:
    """What ``ask`` gives of each of these systems; those outside the package that cannot be loaded
    are left out, with a sentence on each.
    """
    found: dict[str, Value] = {}
    broken: list[str] = []
    for name in names:
        try:
            found[name] = ask(name)
        except NetwrightError as error:
            broken.append(str(error))
    return found, broken


def loaded() -> Iterator[AnySystem]:
    """All that are known here and can be loaded, one after another."""
    for name in places():
        yield from of_each(load, [name])[0].values()


def broken() -> list[str]:
    """A sentence on each system outside the package that cannot be used, once all are loaded."""
    return [*faults().values(), *of_each(load, places())[1]]


def with_broken(refusal: str, broken: Iterable[str]) -> str:
    """A refusal after which a system outside the package may be missed, with those that cannot be
    used.
    """
    return " ".join([refusal, *(f"Not asked: {fault}" for fault in broken)])


def named(name: str | Path) -> str:
    """The name of a system that a person gave by its name, or by the path of its folder, which is
    known from then on in this process. ``auto`` stays.

    Raises:
        RecipeError: no system is called so, or lies there.
    """
    if not isinstance(name, str | Path):
        raise RecipeError(f"system = {name!r}: expected the name of one, or its folder.")
    if isinstance(name, str) and os.sep not in name and name not in (".", ".."):
        return name if name == "auto" else place_of(name).name
    place = _in_folder(Path(name).expanduser())
    _expect_one(places().get(place.name, place), place)
    _named[place.name] = place.folder
    return place.name


def load(name: str) -> AnySystem:
    """The system called ``name``.

    Raises:
        RecipeError: there is no such system.
        NetwrightError: it is none of ours, and cannot be loaded.
    """
    place = place_of(name)
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
    return tuple(outside.value(place_of(name), "sources", "READERS"))


def takes(name: str) -> Takes:
    """What the system called ``name`` knows of examples before there is a recipe; the system itself
    is loaded only where it has no takes.py.

    Raises:
        RecipeError: there is no such system.
        NetwrightError: it is none of ours, and cannot be loaded.
    """
    found: Takes | None = outside.value(place_of(name), "takes", "TAKES", needed=False)
    return load(name).takes if found is None else found


def export(name: str) -> Export:
    """How the nets of the system called ``name`` answer outside of netwright; the system itself is
    loaded only where it has no export.py.

    Raises:
        RecipeError: there is no such system.
        NetwrightError: it is none of ours, and cannot be loaded; or its nets are not exported.
    """
    found: Export | str | None = outside.value(place_of(name), "export", "EXPORT", needed=False)
    found = load(name).export if found is None else found
    if isinstance(found, str):
        raise NetwrightError(f"a net of the system '{name}' cannot be exported: {found}.")
    return found


def own_verb(name: str, verb: str, run: str) -> OwnVerb:
    """The verb that the system called ``name`` brings under a name; read, not imported.

    Args:
        run: who is of the system, for messages.

    Raises:
        RunError: it brings none of that name.
        NetwrightError: its verbs.py cannot be read.
    """
    there = verbs(name)
    if verb.replace("_", "-") not in there:
        raise RunError(
            f"{run} is of the system '{name}', which has no verb '{verb}'{nearest(verb, there)}"
        )
    return there[verb.replace("_", "-")]


def verb(name: str, own: OwnVerb) -> Callable[..., Any]:
    """The function of a verb that the system called ``name`` brings; its verbs.py is loaded now.

    Raises:
        RecipeError: there is no such system.
        NetwrightError: it is none of ours, and its verbs.py cannot be loaded.
    """
    function: Callable[..., Any] = outside.value(place_of(name), "verbs", own.function)
    return function


def verbs(name: str) -> dict[str, OwnVerb]:
    """The verbs that the system called ``name`` brings, by their names; read, not imported.

    Raises:
        RecipeError: there is no such system.
        NetwrightError: its verbs.py cannot be read.
    """
    return {own.name: own for own in place_of(name).verbs}


def failure(error: Exception) -> list[str]:
    """What a person reads of an error that a system outside the package raised, a line each; empty:
    none of those that are loaded did.
    """
    used = [
        place
        for place in places().values()
        if place.origin and any(name.startswith(f"{place.package}.") for name in sys.modules)
    ]
    return next((lines for place in used if (lines := outside.failure(error, place))), [])


def place_of(name: str) -> Place:
    """Where the system called ``name`` lies.

    Raises:
        RecipeError: there is no such system, or what is wrong with the one that there is.
    """
    if name in names():
        return Place(name, f"{__name__}.{name}", OWN / name)
    known, wrong = _look_around()
    if name in wrong:
        raise RecipeError(wrong[name])
    if name not in known:
        refusal = f"no system '{name}'{nearest(name, known)}"
        raise RecipeError(with_broken(refusal, wrong.values()))
    return known[name]


def _look_around() -> tuple[dict[str, Place], dict[str, str]]:
    """The systems that are known here by their names, and what is wrong with others. Of two that
    have one name neither is known, but ours, and that which the person named in this process.
    """
    known = {name: Place(name, f"{__name__}.{name}", OWN / name) for name in names()}
    wrong: dict[str, str] = {}
    kept = {*known, *_named}
    for source, find in _outside():
        try:
            place = find()
            if place.name not in wrong:
                _expect_one(known.setdefault(place.name, place), place)
        except NetwrightError as error:
            wrong[source] = str(error)
    for name in wrong.keys() - kept:
        known.pop(name, None)
    return known, wrong


def _outside() -> Iterator[tuple[str, Callable[[], Place]]]:
    """(name or folder, what finds the system there) of all outside the package."""
    variable = os.environ.get("NETWRIGHT_SYSTEMS", "")
    for folder in _named.values():
        yield folder.name, partial(_in_folder, folder)
    for folder in (Path(part).expanduser() for part in variable.split(os.pathsep) if part):
        inside = sorted(path.parent for path in folder.glob("*/system.py"))
        for one in [folder] if (folder / "system.py").is_file() or not inside else inside:
            yield one.name, partial(_of_variable, one)
    for entry in outside.entries():
        yield entry.name, partial(outside.of_package, entry)


def _of_variable(folder: Path) -> Place:
    if not (folder / "system.py").is_file():
        raise RecipeError(
            f"NETWRIGHT_SYSTEMS names {folder}, which holds no system: expected a folder with a"
            " system.py, or one with such folders in it."
        )
    return _in_folder(folder)


def _in_folder(path: Path) -> Place:
    folder = path.resolve()
    if not (folder / "system.py").is_file():
        raise RecipeError(f"{path} holds no system: expected a folder with a system.py in it.")
    if not folder.name.replace("-", "_").isidentifier():
        raise RecipeError(
            f"{path}: a system cannot be called '{folder.name}': expected letters, digits, _ and -."
        )
    if folder.name in RESERVED:
        raise RecipeError(f"{path}: a system cannot be called '{folder.name}': rename the folder.")
    return Place(folder.name, f"{__name__}.{folder.name}", folder, str(folder))


def _expect_one(known: Place, place: Place) -> None:
    """See that two systems of one name are one.

    Raises:
        RecipeError: they lie in two folders.
    """
    if known.folder != place.folder:
        raise RecipeError(
            f"two systems are called '{place.name}', in {known.folder} and in {place.folder}:"
            " rename one of the folders."
        )
