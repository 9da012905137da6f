"""``netwright diagnose RUN``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from netwright.cli import completed, console, options

if TYPE_CHECKING:
    from netwright.runs.human_levels import HumanError


@click.command("diagnose")
@options.run_argument
@options.human_error
@options.of_run
@options.store
@options.as_json
def command(
    run: str, human_error: HumanError | None, system: str | None, store: str | None, as_json: bool
) -> None:
    """Say where RUN's error comes from, how sure that is, and which knob to turn next."""
    from netwright import api

    opened = api.open_run(run, store=store, system=system)
    completed.ensure(opened.record, human_error)
    found = opened.diagnose(human_error)
    if as_json:
        console.as_json(found.as_json())
        return
    from netwright.cli.text.diagnosis import diagnosis_text

    console.result(diagnosis_text(found))
