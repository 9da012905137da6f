"""``netwright runs``, and what becomes of them."""

from __future__ import annotations

import click

from netwright.base.errors import NetwrightError
from netwright.base.visible import one_line
from netwright.cli import console, options
from netwright.cli.runs import note, remove, rename, tidy


@click.group("runs", invoke_without_command=True)
@options.store
@options.as_json
@click.pass_context
def command(context: click.Context, store: str | None, as_json: bool) -> None:
    """List the runs, oldest first: id, name, status, source, epochs, time, dev result; what is
    wrong with those that cannot be read; and what the store takes on disk.

    With a word after it: remove, rename, note or tidy runs.
    """
    if context.invoked_subcommand is None:
        _list(store, as_json)
    elif store is not None or as_json:
        option, word = "--json" if as_json else "--store", context.invoked_subcommand
        raise NetwrightError(f"{option} goes behind the word: netwright runs {word} ... {option}.")


for _verb in (remove, rename, note, tidy):
    command.add_command(_verb.command)


def _list(store: str | None, as_json: bool) -> None:
    from netwright.runs import store as stores
    from netwright.runs.keeping import removal

    folder = stores.folder(store)
    rows = [stores.line(record) for record in stores.every(folder)]
    if as_json:
        console.as_json(rows)
        return
    if not rows:
        console.result(f"no runs: {stores.emptiness(folder)}")
        return
    from netwright.base.figures import counted, duration, figure, shorten, size_in_words
    from netwright.base.measure import Measure

    whole = [row for row in rows if row["problem"] is None]
    named = any(row["name"] for row in whole)
    cells = [
        [
            row["id"],
            *([row["name"]] if named else []),
            row["status"],
            shorten(row["source"], 40),
            row["epochs"],
            duration(row["seconds"]),
            figure(row["metric"], Measure.from_json(row["dev"]) if row["dev"] else None),
        ]
        for row in whole
    ]
    if cells:
        names = ["name"] if named else []
        headers = ["run", *names, "status", "source", "epochs", "time", "dev"]
        console.result(console.table(cells, headers, ["l", *"l" * named, "l", "l", "r", "r", "l"]))
    for row in rows:
        if row["problem"] is not None:
            console.result(one_line(f"{row['id']}  cannot be read: {row['problem']}"))
    size = size_in_words(removal.bytes_of(folder))
    console.result(f"{counted(len(rows), 'run')}, {size} in {one_line(str(folder))}")
