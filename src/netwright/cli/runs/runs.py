"""``netwright runs``."""

from __future__ import annotations

import click

from netwright.base.visible import one_line
from netwright.cli import console, options


@click.command("runs")
@options.store
@options.as_json
def command(store: str | None, as_json: bool) -> None:
    """List the runs, oldest first: id, status, source, model, dev result; and what is wrong with
    those that cannot be read.
    """
    from netwright.runs import store as stores

    rows = [stores.line(record) for record in stores.every(stores.folder(store))]
    if as_json:
        console.as_json(rows)
        return
    if not rows:
        console.result(f"no runs: {stores.emptiness(stores.folder(store))}")
        return
    from netwright.base.figures import duration, figure, shorten
    from netwright.base.measure import Measure

    whole = [row for row in rows if row["problem"] is None]
    cells = [
        [
            row["id"],
            row["status"],
            shorten(row["source"], 40),
            row["epochs"],
            duration(row["seconds"]),
            figure(row["metric"], Measure.from_json(row["dev"]) if row["dev"] else None),
        ]
        for row in whole
    ]
    if cells:
        headers = ["run", "status", "source", "epochs", "time", "dev"]
        console.result(console.table(cells, headers, ["l", "l", "l", "r", "r", "l"]))
    for row in rows:
        if row["problem"] is not None:
            console.result(one_line(f"{row['id']}  cannot be read: {row['problem']}"))
