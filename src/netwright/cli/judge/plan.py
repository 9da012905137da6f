"""``netwright plan RUN``."""

from __future__ import annotations

import click

from netwright.cli import console, options


@click.command("plan")
@options.run_argument
@options.of_run
@options.store
@options.as_json
def command(run: str, system: str | None, store: str | None, as_json: bool) -> None:
    """Say what improve would try next on RUN, in which order, and why."""
    from dataclasses import asdict

    from netwright import api
    from netwright.api.studies.improving import planned

    opened = api.open_run(run, store=store, system=system)
    changes, why = planned(opened)
    if as_json:
        found = [asdict(change) for change in changes]
        console.as_json({"run": opened.id, "why": why, "changes": found})
        return
    from netwright.cli.text.improvement import plan_text

    console.result(plan_text(opened.id, changes, why))
