"""``netwright drift RUN [SOURCE]``."""

from __future__ import annotations

import click

from netwright.cli import console, options


@click.command("drift")
@options.run_argument
@click.argument("source", required=False)
@click.option(
    "--split", default="dev", show_default=True, metavar="NAME", help="Of the run's own data."
)
@click.option(
    "--other",
    metavar="NAME",
    help="The split that it is held against, where there is no SOURCE (default: test).",
)
@options.of_run
@options.store
@options.as_json
def command(
    run: str,
    source: str | None,
    split: str,
    other: str | None,
    system: str | None,
    store: str | None,
    as_json: bool,
) -> None:
    """Say whether RUN's dev and test come from one distribution, or its dev and SOURCE: can a small
    classifier tell their inputs apart better than chance? No target is looked at.

    \b
    netwright drift RUN
    netwright drift RUN later.csv
    """
    from netwright import api

    found = api.drift(run, source, split=split, other=other, store=store, system=system)
    if as_json:
        console.as_json(found.as_json())
        return
    from netwright.cli.text.judged.drift import drift_text

    console.result(drift_text(found))
