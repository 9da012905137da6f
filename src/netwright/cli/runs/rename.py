"""``netwright runs rename RUN [NAME]``."""

from __future__ import annotations

import click

from netwright.cli import console, options


@click.command("rename")
@options.run_argument
@click.argument("name", required=False, default="")
@options.of_run
@options.store
@options.as_json
def command(run: str, name: str, system: str | None, store: str | None, as_json: bool) -> None:
    """Call RUN by NAME, which every verb takes for it from now on; without NAME, by its id alone.

    Its id stays, by which searches and other runs know it.
    """
    from netwright.api import open_run

    opened = open_run(run, store=store, system=system)
    opened.rename(name)
    if as_json:
        console.as_json({"run": opened.id, "name": name})
    else:
        console.result(
            f"{opened.id} is called {name}" if name else f"{opened.id} has no other name"
        )
