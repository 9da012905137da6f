"""Options that several verbs share, each declared once."""

from __future__ import annotations

import json
from typing import Any

import click

store = click.option(
    "--store", metavar="FOLDER", help="Where runs are kept (default: ./runs, or $NETWRIGHT_RUNS)."
)
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")
run_argument = click.argument("run", metavar="RUN")
human_error = click.option(
    "--human-error", type=float, help="The error that people make on this task, e.g. 0.01."
)


def print_json(value: Any) -> None:
    """One JSON document on stdout; bytes of a file's name that are no text are written as JSON
    writes them, \\udcff.
    """
    click.echo(
        json.dumps(value, indent=1, ensure_ascii=False).encode("utf-8", "backslashreplace").decode()
    )


def say(line: str) -> None:
    """A line for the person, on stderr: stdout is for data."""
    click.echo(line, err=True)
