"""``netwright systems``."""

from __future__ import annotations

from typing import Any

import click

from netwright.cli import console, options


@click.command("systems")
@options.system
@options.as_json
def command(system: str | None, as_json: bool) -> None:
    """List the kinds of problems that can be learned: what each is for, what it reads, and the
    verbs of its own that it brings.

    Beside those of netwright there are those in the folders that NETWRIGHT_SYSTEMS names, and those
    of installed packages.
    """
    from netwright import systems

    wanted = None if system is None else systems.named(system)
    found = [
        _described(place)
        for place in systems.places().values()
        if wanted in (None, "auto", place.name)
    ]
    if as_json:
        console.as_json(found)
        return
    console.result("\n\n".join(map(_text, found)))


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
    }


def _text(found: dict[str, Any]) -> str:
    rows = [["  reads", one["takes"]] for one in found["reads"]]
    rows += [["  verb", f"{one['name']}: {one['help']}"] for one in found["verbs"]]
    rows += [["  from", found["origin"]]] if found["origin"] else []
    seen: set[str] = set()
    for row in rows:
        row[0] = "" if row[0] in seen else row[0]
        seen.add(row[0])
    about = f"{console.bold(found['name'])}  {found['about']}"
    return "\n".join([about, console.table(rows, ["", ""], "ll")])
