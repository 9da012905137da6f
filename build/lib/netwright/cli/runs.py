"""``netwright runs``."""

from __future__ import annotations

import click

from netwright.cli import _options


@click.command("runs")
@_options.store
@_options.as_json
def command(store: str | None, as_json: bool) -> None:
    """List the runs, oldest first: id, status, source, model, dev result."""
    from netwright.runs import store as stores

    rows = []
    for record in stores.every(stores.folder(store)):
        info = record.info()
        measures = record.json("measures.json") if record.has("measures.json") else {}
        metric = info.get("metric", {})
        dev = measures.get("dev", {}).get(metric.get("name", ""))
        rows.append(
            {
                "id": record.id,
                **{k: info.get(k) for k in ("status", "source", "model", "epochs", "seconds")},
                "metric": metric,
                "dev": dev,
            }
        )
    if as_json:
        _options.print_json(rows)
        return
    if not rows:
        click.echo(f"no runs in {stores.folder(store)}; netwright train digits makes one.")
        return
    from netwright.cli._terminal import table
    from netwright.runs.words import duration, figure

    cells = [
        [
            row["id"],
            row["status"],
            row["source"] or "",
            row["epochs"],
            duration(row["seconds"] or 0.0),
            figure(row["metric"].get("name", ""), row["dev"]),
        ]
        for row in rows
    ]
    click.echo(table(cells, ["run", "status", "source", "epochs", "time", "dev"], ["l", "l", "l", "r", "r", "l"]))
