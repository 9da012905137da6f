"""``netwright slices RUN``."""

from __future__ import annotations

import click

from netwright.cli import console, options


@click.command("slices")
@options.run_argument
@click.option(
    "--by",
    multiple=True,
    metavar="COLUMN",
    help="class, domain, group, discovered (clusters of hard examples), or a column of the run's"
    " table; as often as you like (default: all of them).",
)
@options.of_run
@options.store
@options.as_json
def command(
    run: str, by: tuple[str, ...], system: str | None, store: str | None, as_json: bool
) -> None:
    """Say where RUN's error lies on dev: by class, domain, group, by each column of its table, and
    in clusters of hard examples; each against the rest, corrected for looking at many.

    \b
    netwright slices RUN --by class
    """
    from netwright import api

    found = api.slices(run, by=by, store=store, system=system)
    if as_json:
        console.as_json(found.as_json())
        return
    from netwright.cli.text.judged.slices import slices_text

    console.result(slices_text(found))
