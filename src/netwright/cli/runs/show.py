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
    """Show one run: result, curves, gaps, recipe; or one study: its question, its runs, what came
    out. RUN is an id, a part of one that fits no other run, a name, a folder, or `last`.
    """
    from netwright.api.kept import system_of_run
    from netwright.runs import store as stores
    from netwright.studies import study as studies

    runs = stores.folder(store)
    if not stores.is_run(run, runs) and studies.named(run, runs) is not None:
        _show_study(run, store, as_json=as_json)
        return
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


def _show_study(name: str, store: str | None, *, as_json: bool) -> None:
    from netwright.api.studies import open_study

    study = open_study(name, store=store)
    if as_json:
        console.as_json(study.as_json())
        return
    from netwright.cli.text.studies import study_text

    console.result(study_text(study))
