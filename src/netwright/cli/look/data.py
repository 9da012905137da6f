"""``netwright data``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from netwright.cli import console, options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netwright.contract import Reading, Takes
    from netwright.data.catalogue import Entry
    from netwright.data.describe import Description
    from netwright.data.splits import By


@click.command("data")
@click.argument("source", required=False)
@options.target
@click.option(
    "--group", metavar="COLUMN", help="The column whose equal values stay in one split (tables)."
)
@click.option(
    "--split-by",
    type=click.Choice(["hash", "group", "time"]),
    default="hash",
    show_default=True,
    help="How the splits are made, as split.by of a recipe.",
)
@click.option("--time", metavar="COLUMN", help="The column that says when each row is of (tables).")
@click.option(
    "--gap", metavar="GAP", default="0", help="What lies between splits by time, as split.gap."
)
@click.option(
    "--task",
    type=click.Choice(["auto", "classification", "regression"]),
    default="auto",
    show_default=True,
)
@click.option("--sheet", metavar="FILE.png", help="Draw examples of every class into this picture.")
@click.option(
    "--augment",
    is_flag=True,
    help="Draw them as training sees them, augmented (SOURCE-augmented.png).",
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="With --augment: augment.rotate=20.",
)
@click.option(
    "--recipe", metavar="FILE", help="With --augment: a recipe file (YAML) to start from."
)
@click.option(
    "--skip-unreadable", is_flag=True, help="Go on without files that cannot be read, however many."
)
@options.system
@options.as_json
def command(
    source: str | None,
    target: str | None,
    group: str | None,
    split_by: By,
    time: str | None,
    gap: str,
    task: str,
    sheet: str | None,
    augment: bool,
    settings: tuple[str, ...],
    recipe: str | None,
    skip_unreadable: bool,
    system: str | None,
    as_json: bool,
) -> None:
    """Describe SOURCE before training on it: a ready data set's name, a folder of images, a table,
    IDX files, .npz, or whatever else a system reads (netwright systems).

    Without SOURCE: list the ready data sets.
    """
    if (settings or recipe) and not augment:
        raise click.UsageError("--set and --recipe say what --augment draws: give --augment too.")
    if source is None:
        _catalogue(as_json)
        return
    # these products are small: starting threads costs 0.1 CPU s
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from netwright import systems
    from netwright.api.reading import expect_columns, recognize, takes_if_any
    from netwright.contract import ReadOptions
    from netwright.data.describe import describe
    from netwright.runs import project

    recognized = recognize(source, systems.named(system or "auto"))
    muted = project.of_folder(".").mute
    wanted = ReadOptions(
        target=target, group=group, task=task, skip_unreadable=skip_unreadable, time=time
    )
    reading = recognized.read(wanted)
    expect_columns(reading, wanted)
    takes = takes_if_any(reading, recognized.systems)
    drawn = ""
    if augment:
        drawn = _draw_augmented(reading, recognized.systems, takes, sheet, settings, recipe)
    elif sheet is not None:
        from netwright.data.images.sheet import draw

        draw(reading.examples, takes, Path(sheet))
        drawn = f"examples drawn in {sheet}"
    found = describe(reading, takes, muted, by=split_by, gap=gap)
    if as_json:
        console.as_json(found.as_json())
    else:
        _print(found)
    if drawn:
        console.message(drawn)


def _draw_augmented(
    reading: Reading,
    takers: Sequence[str],
    takes: Takes | None,
    sheet: str | None,
    settings: tuple[str, ...],
    recipe: str | None,
) -> str:
    """The sheet of augmented examples, and a line that says where it is and what was on."""
    from netwright.api import recipes
    from netwright.api.augmented import draw_seen
    from netwright.api.reading import system_if_any
    from netwright.data.images.augment.policy import in_words
    from netwright.data.images.augmented_sheet import draw_augmented
    from netwright.data.images.sheet import labels_of
    from netwright.recipe import parse_setting

    examples, source = reading.examples, reading.source.path
    path = Path(sheet or f"{Path(source).resolve().stem}-augmented.png")
    changes = {**dict(parse_setting(text) for text in settings), "data.source": source}
    system = system_if_any(reading, takers)
    if system is not None and system.seen is not None:
        draw_seen(examples, system, recipe, changes, path)
        return f"examples and eleven forms of each, as training sees them, drawn in {path}"
    labels = labels_of(examples, takes)
    policy = draw_augmented(examples, labels, recipes.of_images(recipe, changes), path)
    return f"examples and eleven augmented forms of each drawn in {path}: {in_words(policy)}"


def _catalogue(as_json: bool) -> None:
    from dataclasses import asdict

    from netwright.data.catalogue import ENTRIES

    if as_json:
        console.as_json([asdict(entry) for entry in ENTRIES.values()])
        return

    rows = [(entry.name, entry.title, _what(entry), entry.licence) for entry in ENTRIES.values()]
    console.result(console.table(rows, ["name", "what", "to predict", "licence"], "llll"))
    console.result("netwright data NAME describes one, netwright train NAME trains on it.")


def _what(entry: Entry) -> str:
    return "class" if entry.task == "classification" else "number"


def _print(found: Description) -> None:
    from netwright.cli.text import data

    for part in data.parts(found):
        console.result(part)
