"""``netwright show RUN``."""

from __future__ import annotations

import click

from netwright.cli import completed, console, options

_PARTS = (
    "measures",
    "references",
    "chosen",
    "diagnosis",
    "environment",
    "views",
    "label",
)


@click.command("show")
@options.run_argument
@options.of_run
@options.store
@options.as_json
def command(run: str, system: str | None, store: str | None, as_json: bool) -> None:
    """Show one run: result, curves, gaps, recipe. RUN is an id, a part of one that fits no other
    run, a name, a folder, or `last`.
    """
    from netwright.api.kept import system_of_run
    from netwright.runs import store as stores

    record = stores.opened(run, stores.folder(store))
    system_of_run.expect(record, system)
    completed.ensure(record)
    info = record.info()
    if as_json:
        extra = {name: record.json(f"{name}.json") for name in _PARTS if record.has(f"{name}.json")}
        console.as_json({**info, **extra, "curves": [row.as_dict() for row in record.curves()]})
        return
    from netwright.cli.text.runs import show_run

    console.result(show_run(record.path))
