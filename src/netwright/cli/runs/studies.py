"""``netwright studies``."""

from __future__ import annotations

import click

from netwright.cli import console, options


@click.command("studies")
@options.store
@options.as_json
def command(store: str | None, as_json: bool) -> None:
    """List the studies of a store: folds, curves, what improve tried. `netwright show STUDY`
    shows one.
    """
    from netwright.api.studies import list_studies

    found = list_studies(store)
    if as_json:
        console.as_json(found)
        return
    if not found:
        console.result(
            "no studies yet; netwright train SOURCE --folds 5, or netwright curve SOURCE, makes one"
        )
        return
    from netwright.cli.text.studies import studies_text

    console.result(studies_text(found))
