"""``netwright diagnose RUN``."""

from __future__ import annotations

import click

from netwright.cli import _options


@click.command("diagnose")
@_options.run_argument
@_options.human_error
@_options.store
@_options.as_json
def command(run: str, human_error: float | None, store: str | None, as_json: bool) -> None:
    """Say where RUN's error comes from, how sure that is, and which knob to turn next."""
    from netwright import verbs

    found = verbs.open_run(run, store=store).diagnose(human_error)
    if as_json:
        _options.print_json(found.as_json())
        return
    from netwright.cli._diagnosis import diagnosis_text

    click.echo(diagnosis_text(found))
