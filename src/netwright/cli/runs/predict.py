"""``netwright predict RUN PATH...``."""

from __future__ import annotations

import click

from netwright.cli import console, options


@click.command("predict")
@options.run_argument
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV on stdout.")
@options.store
@options.as_json
def command(
    run: str, paths: tuple[str, ...], as_csv: bool, store: str | None, as_json: bool
) -> None:
    """Answer images (files, folders) or the rows of a table by RUN, probabilities included."""
    from netwright import api
    from netwright.cli.text import answers

    opened = api.open_run(run, store=store)
    rows = list(opened.predict_each(list(paths)))
    if as_json:
        console.as_json([answers.as_json(*row) for row in rows])
    elif as_csv:
        console.as_csv([answers.as_csv(opened.system, *row) for row in rows])
    else:
        console.result(answers.table(opened.system, rows))
