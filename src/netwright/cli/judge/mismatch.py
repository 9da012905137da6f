"""``netwright mismatch RUN``."""

from __future__ import annotations

import click

from netwright.cli import console, options


@click.command("mismatch")
@options.run_argument
@click.option(
    "--against",
    metavar="PATH",
    help="Other examples to take for the target (default: the domain that dev is of).",
)
@click.option(
    "--before",
    metavar="RUN",
    help="A run to compare with (default: the newest of the same data that had no steps, where RUN"
    " has some).",
)
@click.option("--no-fit", is_flag=True, help="Look for no steps: quicker.")
@options.of_run
@options.store
@options.as_json
def command(
    run: str,
    against: str | None,
    before: str | None,
    no_fit: bool,
    system: str | None,
    store: str | None,
    as_json: bool,
) -> None:
    """Say what differs between the source that RUN learned from and its target, which steps make
    training examples look like the target, and whether the mismatch shrank. mismatch.html in the
    run's folder shows it.

    \b
    netwright mismatch RUN
    netwright mismatch RUN --against photos/
    """
    from netwright import api

    found = api.mismatch(
        run, against=against, before=before, fit=not no_fit, store=store, system=system,
        log=console.message,
    )  # fmt: skip
    if as_json:
        console.as_json(found.as_json())
        return
    from netwright.cli.text.judged.drift import mismatch_text

    console.result(mismatch_text(found))
