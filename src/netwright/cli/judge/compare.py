"""``netwright compare RUN RUN...``."""

from __future__ import annotations

import sys

import click

from netwright.cli import console, options


@click.command("compare")
@click.argument("runs", nargs=-1, required=True, metavar="RUN RUN...")
@click.option(
    "--optimize",
    metavar="FIGURE",
    help="The figure that decides: a metric (error, accuracy, recall[cat], ...) or a cost (latency,"
    " memory, size, parameters, seconds); left out: the system's single number.",
)
@click.option(
    "--satisfy",
    multiple=True,
    metavar="BOUND",
    help="What a winner must keep to, e.g. 'latency<=100ms' or 'recall[cat]>=0.9'; as often as you"
    " like.",
)
@click.option(
    "--weigh",
    multiple=True,
    metavar="WEIGHTS",
    help="Count the examples of a class so many times, cat=10 (as often as you like), or each"
    " example by its columns: \"amount * (region == 'north')\".",
)
@click.option(
    "--common",
    is_flag=True,
    help="Compare runs of different dev sets on the dev examples that all of them have.",
)
@options.of_run
@options.store
@options.as_json
def command(
    runs: tuple[str, ...],
    optimize: str | None,
    satisfy: tuple[str, ...],
    weigh: tuple[str, ...],
    common: bool,
    system: str | None,
    store: str | None,
    as_json: bool,
) -> None:
    """Rank runs by one figure on their dev examples, which must be the same: who is dropped by
    which bound, who wins, and whether its lead is larger than noise. Ends with 1 where none keeps
    to the bounds.

    \b
    netwright compare RUN OTHER --optimize accuracy --satisfy 'latency<=100ms'
    """
    from netwright import api
    from netwright.api.comparing.weighing import typed

    found = api.compare(
        runs,
        optimize=optimize,
        satisfy=satisfy,
        weigh=typed(weigh),
        common=common,
        store=store,
        system=system,
    )
    if as_json:
        console.as_json(found.as_json())
    else:
        from netwright.cli.text.comparison import comparison_text

        console.result(comparison_text(found))
    if found.winner is None:
        sys.exit(1)
