"""``netwright rewind RUN --epoch N``."""

from __future__ import annotations

import click

from netwright.cli import console, options


@click.command("rewind")
@options.run_argument
@click.option(
    "--epoch", type=options.WHOLE, required=True, help="Go back to the end of this epoch."
)
@click.option(
    "--set", "settings", multiple=True, metavar="KEY=VALUE", help="And go on with this change."
)
@options.of_run
@options.store
@options.as_json
def command(
    run: str,
    epoch: int,
    settings: tuple[str, ...],
    system: str | None,
    store: str | None,
    as_json: bool,
) -> None:
    """Go back to the end of an earlier epoch: a run that trains at its next step, a stopped one
    when it is resumed.

    \b
    netwright rewind 20261123 --epoch 12 --set optimizer.lr=0.001
    """
    from netwright.api import open_run
    from netwright.recipe import parse_setting
    from netwright.runs.history import in_words
    from netwright.runs.keeping import stages

    opened = open_run(run, store=store, system=system)
    answer = opened.rewind(epoch, dict(map(parse_setting, settings)))
    if as_json:
        console.as_json(answer)
    elif "waiting" in answer:
        console.result(
            "requested; the run is between two steps for long (an evaluation?) and will take it up"
            " after that"
        )
    else:
        console.result(in_words("rewind", answer))
        if answer.get("between"):
            found = opened.record
            console.result(f"{stages.resume(found.path, found.info())} goes on from there")
