"""``netwright predict RUN PATH...``."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from netwright.base.figures import readable
from netwright.cli import console, options


@click.command("predict")
@options.run_argument
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV on stdout.")
@options.store
@options.as_json
def command(
    run: str, paths: tuple[str, ...], as_csv: bool, store: str | None, as_json: bool
) -> None:
    """Label images (files, folders) or the rows of a table with RUN, probabilities included."""
    from netwright import api

    rows = [
        {"source": source, **asdict(answer)}
        for source, answer in api.open_run(run, store=store).predict_each(list(paths))
    ]
    if as_json:
        console.as_json(rows)
    elif as_csv:
        console.as_csv([_flat(row) for row in rows])
    else:
        _print(rows)


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    """Nested values as columns of their own: ``probabilities.cat``."""
    flat: dict[str, Any] = {}
    for name, value in row.items():
        flat |= (
            {f"{name}.{key}": part for key, part in value.items()}
            if isinstance(value, dict)
            else {name: value}
        )
    return flat


def _print(rows: list[dict[str, Any]]) -> None:

    cells = []
    for row in rows:
        likely = sorted(row.get("probabilities", {}).items(), key=lambda pair: -pair[1])[:3]
        second = (
            "  ".join(f"{name} {probability:.1%}" for name, probability in likely)
            if likely
            else readable(row["value"], 6)
        )
        cells.append(
            [row["source"], row.get("label", ""), second] if likely else [row["source"], second]
        )
    headers = (
        ["source", "label", "probabilities"] if rows and "label" in rows[0] else ["source", "value"]
    )
    console.result(console.table(cells, headers, ["l"] * len(headers)))
