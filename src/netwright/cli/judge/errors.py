"""``netwright errors RUN``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from netwright.base.errors import NetwrightError
from netwright.cli import completed, console, options

if TYPE_CHECKING:
    from netwright.api.errors.analysis import ErrorAnalysis
    from netwright.api.errors.examples import RunExamples


@click.command("errors")
@options.run_argument
@click.option(
    "--sample",
    type=options.WHOLE,
    default=100,
    show_default=True,
    metavar="N",
    help="How many mistakes to look at.",
)
@click.option(
    "--order",
    type=click.Choice(["uniform", "worst"]),
    default="uniform",
    show_default=True,
    help="Drawn, so that they speak for all mistakes, or those of the largest loss.",
)
@click.option("--seed", type=options.WHOLE, default=0, show_default=True, help="Of the draw.")
@click.option("--terminal", is_flag=True, help="Look at them here, not on a page.")
@click.option("--csv", "as_csv", is_flag=True, help="Print the sample, with its tags, as CSV.")
@options.of_page
@options.of_run
@options.store
@options.as_json
def command(
    run: str,
    sample: int,
    order: str,
    seed: int,
    terminal: bool,
    as_csv: bool,
    port: int,
    no_browser: bool,
    system: str | None,
    store: str | None,
    as_json: bool,
) -> None:
    """Look at RUN's mistakes on dev and say what they are of: on a page of this machine alone, or
    with --terminal here. A table says of each kind how much of the error it is, and the error that
    would be left without it. What is typed is kept beside the runs, in annotations/.

    \b
    netwright errors RUN --order worst --terminal
    """
    from netwright import api
    from netwright.api.errors.examples import RunExamples
    from netwright.cli.judge import tagging
    from netwright.cli.text.errors import table_text

    if terminal + as_csv + as_json > 1:
        raise NetwrightError("--terminal, --csv and --json exclude each other: name one.")
    opened = api.open_run(run, store=store, system=system)
    completed.ensure(opened.record)
    found = opened.errors(sample, order=order, seed=seed)  # type: ignore[arg-type]
    if as_json:
        console.as_json(found.as_json())
    elif as_csv:
        console.as_csv(found.rows())
    elif not found.mistakes:
        console.result(f"No dev example of {opened.id} is answered wrong.")
    else:
        examples = RunExamples(opened)
        if terminal:
            tagging.tag(found, examples)
        else:
            _on_a_page(found, examples, port, browser=not no_browser)
        console.result(table_text(found.table))


def _on_a_page(found: ErrorAnalysis, examples: RunExamples, port: int, *, browser: bool) -> None:
    """Show the page until the person ends it."""
    import threading

    from netwright.cli.judge import paging
    from netwright.studio.app import of_errors
    from netwright.studio.error_page import ErrorPage

    page = ErrorPage(found, examples)
    threading.Thread(target=page.warm, daemon=True).start()
    paging.until_ended(of_errors(page), port, browser=browser)
