"""``netwright blame RUN``."""

from __future__ import annotations

import click

from netwright.cli import console, options


@click.command("blame")
@options.run_argument
@options.of_run
@options.store
@options.as_json
def command(run: str, system: str | None, store: str | None, as_json: bool) -> None:
    """Say which component of RUN's system to work on first, where it answers in steps: what the
    whole gains on dev where the output of one is replaced by the truth, step by step.

    \b
    netwright blame RUN
    """
    from netwright import api

    found = api.blame(run, store=store, system=system)
    if as_json:
        console.as_json(found.as_json())
        return
    from netwright.cli.text.judged.blame import blame_text

    console.result(blame_text(found))
