"""``netwright systems``."""

from __future__ import annotations

import sys
from itertools import groupby
from typing import Any

import click

from netwright.cli import console, options


@click.command("systems")
@options.system
@click.option(
    "--check",
    metavar="FOLDER",
    help="Try the system in this folder, or of this name: what every system must do.",
)
@options.as_json
def command(system: str | None, check: str | None, as_json: bool) -> None:
    """List the kinds of problems that can be learned: what each is for, what it reads, and the
    verbs of its own that it brings.

    Beside those of netwright there are those in the folders that NETWRIGHT_SYSTEMS names, and those
    of installed packages. One that cannot be used is listed with what is wrong with it; the others
    work all the same. --check tries one: that it learns, resumes, gives an example the same answer
    whatever else is in the batch, and so on. The exit code is 1 where something does not hold.
    """
    from netwright import systems

    if check is not None:
        _check(check, as_json)
        return
    wanted = None if system is None else systems.named(system)
    found = [
        _listed(place)
        for place in systems.places().values()
        if wanted in (None, "auto", place.name)
    ]
    if wanted in (None, "auto"):
        found += [_entry(name, problem) for name, problem in systems.faults().items()]
    if as_json:
        console.as_json(found)
        return
    console.result("\n\n".join(map(_text, found)))


def _check(system: str, as_json: bool) -> None:
    from dataclasses import asdict

    from netwright import api

    found = []
    for why, some in groupby(api.check_system(system), _why_skipped):
        if why and not as_json:
            found += (skipped := list(some))
            names = "; ".join(check.name for check in skipped)
            console.result(f"skip  {names}\n      {why}")
            continue
        for check in some:
            found.append(check)
            if not as_json:
                console.result(_line(check))
    if as_json:
        console.as_json([asdict(check) for check in found])
    if any(check.passed is False for check in found):
        sys.exit(1)


def _why_skipped(check: Any) -> str:
    """Checks that are skipped one after another for one reason are one line."""
    return check.why if check.passed is None else ""


def _line(check: Any) -> str:
    word = "ok  " if check.passed else "no  "
    why = f"\n      {check.why}" if check.why else ""
    return f"{word}  {check.name}  {check.seconds:.1f} s{why}"


def _listed(place: Any) -> dict[str, Any]:
    """A system, or what is wrong with it."""
    from netwright.base.errors import NetwrightError

    try:
        place.check_files()
        return _described(place)
    except NetwrightError as error:
        return {**_entry(place.name, str(error)), "origin": place.origin}


def _entry(name: str, problem: str) -> dict[str, Any]:
    """One that cannot be used, of which nothing else is known."""
    nothing = {"about": "", "origin": "", "reads": [], "verbs": []}
    return {"name": name, **nothing, "problem": problem}


def _described(place: Any) -> dict[str, Any]:
    from netwright import systems
    from netwright.cli import own_verbs
    from netwright.cli.main import GROUPS

    readers = systems.readers(place.name)
    return {
        "name": place.name,
        "about": place.about,
        "origin": place.origin,
        "reads": [{"kind": reader.kind, "takes": reader.takes} for reader in readers],
        "verbs": [
            {"name": verb.name, "help": verb.about} for verb in own_verbs.of_place(place, GROUPS)
        ],
        "problem": None,
    }


def _text(found: dict[str, Any]) -> str:
    rows = [["  reads", one["takes"]] for one in found["reads"]]
    rows += [["  verb", f"{one['name']}: {one['help']}"] for one in found["verbs"]]
    rows += [["  from", found["origin"]]] if found["origin"] else []
    rows += [["  cannot be used", found["problem"]]] if found["problem"] else []
    seen: set[str] = set()
    for row in rows:
        row[0] = "" if row[0] in seen else row[0]
        seen.add(row[0])
    about = f"{console.bold(found['name'])}  {found['about']}"
    return "\n".join([about, console.table(rows, ["", ""], "ll")])
