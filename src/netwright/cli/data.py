"""``netwright data``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from netwright.cli import _options

if TYPE_CHECKING:
    from netwright.data.catalogue import Entry
    from netwright.data.describe import Description


@click.command("data")
@click.argument("source", required=False)
@click.option("--target", metavar="COLUMN", help="The column to predict (tables).")
@click.option("--group", metavar="COLUMN", help="The column whose equal values stay in one split (tables).")
@click.option("--task", type=click.Choice(["auto", "classification", "regression"]), default="auto", show_default=True)
@click.option("--sheet", metavar="FILE.png", help="Draw examples of every class into this picture.")
@click.option("--skip-unreadable", is_flag=True, help="Go on without files that cannot be read, however many.")
@_options.as_json
def command(
    source: str | None,
    target: str | None,
    group: str | None,
    task: str,
    sheet: str | None,
    skip_unreadable: bool,
    as_json: bool,
) -> None:
    """Describe SOURCE before training on it: a ready data set's name, a folder of images, a table, IDX files or .npz.

    Without SOURCE: list the ready data sets.
    """
    if source is None:
        _catalogue(as_json)
        return
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # these products are small: starting threads costs 0.1 CPU s
    from netwright.data import sources
    from netwright.data.describe import describe

    recognized = sources.recognize(source, target=target, group=group, task=task)
    reading = sources.read(recognized, skip_unreadable=skip_unreadable)
    if sheet is not None:
        from netwright.data.sheet import draw

        draw(reading.examples, Path(sheet))
    found = describe(reading)
    if as_json:
        _options.print_json(found.as_json())
    else:
        _print(found)
    if sheet is not None:
        _options.say(f"examples drawn in {sheet}")


def _catalogue(as_json: bool) -> None:
    from dataclasses import asdict

    from netwright.data.catalogue import ENTRIES

    if as_json:
        _options.print_json([asdict(entry) for entry in ENTRIES.values()])
        return
    from netwright.cli._terminal import table

    rows = [(entry.name, entry.title, _what(entry), entry.licence) for entry in ENTRIES.values()]
    click.echo(table(rows, ["name", "what", "to predict", "licence"], "llll"))
    click.echo("netwright data NAME describes one, netwright train NAME trains on it.")


def _what(entry: Entry) -> str:
    return "class" if entry.task == "classification" else "number"


def _print(found: Description) -> None:
    from netwright.cli import _data_text

    for part in _data_text.parts(found):
        click.echo(part)
