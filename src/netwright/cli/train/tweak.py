"""``netwright tweak RUN KEY=VALUE...``."""

from __future__ import annotations

import click

from netwright.cli import console, options


@click.command("tweak")
@options.run_argument
@click.argument("changes", nargs=-1, required=True, metavar="KEY=VALUE...")
@options.of_run
@options.store
@options.as_json
def command(
    run: str, changes: tuple[str, ...], system: str | None, store: str | None, as_json: bool
) -> None:
    """Change a run while it trains in another terminal, at its next step.

    \b
    netwright tweak 20261123 optimizer.lr=0.003 training.patience=5
    """
    from netwright.api import open_run
    from netwright.recipe import parse_setting
    from netwright.runs.history import in_words

    answer = open_run(run, store=store, system=system).tweak(dict(map(parse_setting, changes)))
    if as_json:
        console.as_json(answer)
    elif "waiting" in answer:
        console.result(
            "requested; the run is between two steps for long (an evaluation?) and will take it up"
            " after that"
        )
    else:
        console.result(in_words("tweak", answer))
