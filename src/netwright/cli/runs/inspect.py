"""``netwright inspect RUN``."""

from __future__ import annotations

import click

from netwright.cli import console, options


@click.command("inspect")
@options.run_argument
@click.argument("example", required=False)
@click.option(
    "--layers",
    metavar="NAME[,NAME]",
    help="Modules of the net (default: the last one of each stage, at most five).",
)
@click.option("--units", type=int, default=12, show_default=True, help="Of each layer, at most.")
@click.option(
    "--examples",
    type=int,
    default=2_000,
    show_default=True,
    help="Training examples that are looked at; of more they are drawn.",
)
@click.option(
    "--into", metavar="FOLDER", help="Where it is written (default: inspect in the run's folder)."
)
@options.of_run
@options.store
@options.as_json
def command(
    run: str,
    example: str | None,
    layers: str | None,
    units: int,
    examples: int,
    into: str | None,
    system: str | None,
    store: str | None,
    as_json: bool,
) -> None:
    """Look into RUN's net: the nine training examples that excite each unit most, with what it sees
    of them; its first filters; the maps of EXAMPLE (default: the dev example of the largest loss),
    and which of its pixels the answer depends on.

    \b
    netwright inspect RUN
    netwright inspect RUN photo.jpg --layers stages.0,stages.2
    """
    from netwright import api

    found = api.inspect(
        run, example, layers=layers.split(",") if layers else (), units=units, examples=examples,
        into=into, store=store, system=system, log=console.message,
    )  # fmt: skip
    if as_json:
        console.as_json(found.as_json())
        return
    from netwright.cli.text.inside import inside_text

    console.result(inside_text(found))
