"""Options of several verbs, each declared once."""

from __future__ import annotations

import click

from netwright.base import typed_numbers
from netwright.base.errors import NetwrightError, UnreadableError


def _number(context: click.Context, option: click.Parameter, typed: str | None) -> float | None:
    """A number, or a percentage of 1."""
    if typed is None:
        return None
    try:
        return typed_numbers.quantity(typed, {"": 1.0, "%": 0.01})
    except UnreadableError as error:
        raise NetwrightError(
            f"{option.opts[0]} {typed[:40]}: {error}; expected a number such as 0.01, or 1%."
        ) from None


store = click.option(
    "--store", metavar="FOLDER", help="Where runs are kept (default: ./runs, or $NETWRIGHT_RUNS)."
)
system = click.option(
    "--system",
    metavar="NAME",
    help="The kind of problem (netwright systems lists them), or the folder of one of your own.",
)
of_run = click.option(
    "--system", metavar="FOLDER", help="The folder of RUN's system, where that is one of your own."
)
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")
run_argument = click.argument("run", metavar="RUN")
human_error = click.option(
    "--human-error",
    metavar="NUMBER",
    callback=_number,
    help="The error that people make on this task, e.g. 0.01 or 1%.",
)
