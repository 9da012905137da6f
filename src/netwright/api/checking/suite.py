"""All checks on one system, one after the other."""

from __future__ import annotations

import re
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from netwright import systems
from netwright.api.checking import checks, sources
from netwright.api.checking.tried import Tried
from netwright.base.errors import NetwrightError
from netwright.contract import AnySystem, Reader
from netwright.systems import outside
from netwright.systems.place import Place

SKIPPED: Mapping[str, Mapping[str, str]] = {
    "coupled": {
        "works_in_parts": "parts are refused",
        "answers_alone": "its loss is of the whole batch",
    },
    "carry": {"works_in_parts": "parts are refused"},
    "step": {
        "works_in_parts": "it takes no gradient",
        "freezes_its_stages": "its steps are its own",
    },
}
"""A field that is no longer its default -> the checks that do not hold then -> why."""

SOURCE_CHECKS: Mapping[str, Callable[[str, Reader, Path], str]] = {
    "its sample trains, is answered, measured and reported": sources.reads_its_sample,
    "its ids stand for the content": sources.ids_stand_for_content,
    "rubbish is refused in one sentence": sources.refuses_rubbish,
}
"""What holds of each reader of a system's own -> the function that tries it."""


SIZES = re.compile(r"\d+(?=.* \()")
"""Numbers in a cause, but for that of its line: a batch of another size fails for the same one."""


@dataclass(frozen=True)
class Check:
    """A check of a system.

    Args:
        name: what is to hold.
        passed: whether it does; None: it does not apply.
        why: what is wrong, or why it does not apply; empty where it holds.
        seconds: that it took.
    """

    name: str
    passed: bool | None
    why: str
    seconds: float


def check_system(system: str | Path) -> Iterator[Check]:
    """Try what every system must do, on the system's own sample and what its readers write.

    Args:
        system: its name, or its folder.

    Raises:
        RecipeError: there is no such system.
        NetwrightError: it cannot be loaded.
    """
    name = systems.named(system)
    loaded = systems.load(name)
    causes: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        tried, own, unusable = Tried(loaded, Path(folder)), systems.places()[name], ""
        for what, function in checks.CHECKS.items():
            skipped = why_skipped(loaded, function.__name__) or unusable
            if skipped:
                yield Check(what, None, skipped, 0.0)
                continue
            found = _once(_checked(what, partial(function, tried), own), causes)
            if function is checks.splits_its_sample and not found.passed:
                unusable = "nothing can be trained on its sample"
            yield found
        for number, reader in enumerate(_own_readers(name)):
            for what, try_it in SOURCE_CHECKS.items():
                place = Path(folder) / f"{number}-{try_it.__name__}"
                place.mkdir()
                of_reader = partial(try_it, name, reader, place)
                yield _once(_checked(f"{reader.kind}: {what}", of_reader, own), causes)


def _own_readers(name: str) -> list[Reader]:
    """The readers of a system that its own folder makes: netwright's are tried with netwright, and
    what one of them writes as a sample may be another system's.
    """
    package = systems.places()[name].package
    return [one for one in systems.readers(name) if one.sample.__module__.startswith(f"{package}.")]


def why_skipped(system: AnySystem, check: str) -> str:
    """Why a check, called by its function's name, does not hold of a system; empty: it does."""
    return next(
        (
            f"{field}: {of[check]}"
            for field, of in SKIPPED.items()
            if check in of and getattr(system, field)
        ),
        "",
    )


def _checked(name: str, check: Callable[[], str], place: Place) -> Check:
    began = time.perf_counter()
    try:
        wrong = check()
    except Exception as error:  # whatever the functions of a person's own system raise
        wrong = _in_one_line(error, place)
    return Check(name, not wrong, wrong, time.perf_counter() - began)


def _once(found: Check, causes: dict[str, str]) -> Check:
    """The check; where the cause of its failure is that of an earlier one, stopped by that.

    Args:
        causes: cause, whatever the sizes in it -> the first check that it made fail.
    """
    if found.passed is not False:
        return found
    first = causes.setdefault(SIZES.sub("", found.why), found.name)
    if first == found.name:
        return found
    return replace(found, passed=None, why=f"what is wrong with '{first}' stops it")


def _in_one_line(error: Exception, place: Place) -> str:
    """``ValueError: no such thing (system.py:12)``: the last line in the system's folder, or that
    of its ``model`` where its net failed, else the last one; of our own refusals the sentence says
    all.
    """
    if isinstance(error, NetwrightError):
        return str(error)
    frame = traceback.extract_tb(error.__traceback__)[-1]
    line = outside.last_line(error, place.folder) or outside.model_line(error, place)
    line = line or f"{frame.filename}:{frame.lineno}"
    first = (str(error).splitlines() or [""])[0]
    return f"{type(error).__name__}: {first} ({Path(line).name})"
