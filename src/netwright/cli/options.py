"""Options of several verbs, each declared once."""

from __future__ import annotations

import click

store = click.option(
    "--store", metavar="FOLDER", help="Where runs are kept (default: ./runs, or $NETWRIGHT_RUNS)."
)
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")
run_argument = click.argument("run", metavar="RUN")
human_error = click.option(
    "--human-error", type=float, help="The error that people make on this task, e.g. 0.01."
)
