"""``netwright report RUN``."""

from __future__ import annotations

from pathlib import Path

import click

from netwright.cli import console, options


@click.command("report")
@options.run_argument
@click.option(
    "--without-examples",
    is_flag=True,
    help="Leave out examples, what they are called and where they lie: a report to pass on.",
)
@click.option("--out", metavar="FILE", help="Where to write it (default: in the run's folder).")
@options.of_run
@options.store
@options.as_json
def command(
    run: str,
    without_examples: bool,
    out: str | None,
    system: str | None,
    store: str | None,
    as_json: bool,
) -> None:
    """Write RUN's report, one HTML file: report.html, or, without examples, a report to pass on,
    report-without-examples.html: what was learned and how well.
    """
    from netwright.api.kept import system_of_run
    from netwright.report import html_page
    from netwright.runs import contents
    from netwright.runs import store as stores

    record = stores.opened(run, stores.folder(store))
    system_of_run.expect(record, system)
    place = None if out is None else Path(out)
    path = html_page.write_of(contents.read(record.path), place, examples=not without_examples)
    if as_json:
        console.as_json({"run": record.id, "path": str(path)})
    else:
        console.result(f"report  {path}")
