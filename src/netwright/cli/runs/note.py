"""``netwright runs note RUN [TEXT]``."""

from __future__ import annotations

import click

from netwright.cli import console, options


@click.command("note")
@options.run_argument
@click.argument("text", required=False)
@click.option("--clear", is_flag=True, help="Take all notes away.")
@options.of_run
@options.store
@options.as_json
def command(
    run: str,
    text: str | None,
    clear: bool,
    system: str | None,
    store: str | None,
    as_json: bool,
) -> None:
    """Write TEXT under RUN's notes, which show and the report print; without TEXT, print them."""
    from netwright.api import open_run
    from netwright.base.visible import one_line
    from netwright.runs.keeping import label

    opened = open_run(run, store=store, system=system)
    if clear:
        opened.forget_notes()
    if text is not None:
        opened.note(text)
    notes = label.of(opened.record.path).get("notes", [])
    if as_json:
        console.as_json({"run": opened.id, "notes": notes})
        return
    for note in notes:
        console.result(one_line(f"{note['time'][:16].replace('T', ' ')}  {note['message']}"))
    if not notes:
        console.result(f"{opened.id} has no notes")
