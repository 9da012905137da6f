"""``netwright data``."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from netwright.cli import console, options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netwright.api.describing.read_source import ReadSource
    from netwright.data.catalogue import Entry
    from netwright.data.describe import Description


@click.command("data")
@click.argument("source", required=False)
@options.target
@options.of_columns
@click.option(
    "--split-by",
    type=click.Choice(["hash", "group", "time"]),
    help="How the splits are made: split.by of the recipe.",
)
@click.option("--time", metavar="COLUMN", help="The column that says when each row is of (tables).")
@click.option("--gap", metavar="GAP", help="What is left out between splits by time: split.gap.")
@click.option(
    "--sheet",
    metavar="FILE.png",
    help="Draw examples into this picture: one row a class, or each with a caption.",
)
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
    help="Change the recipe that a training would have: split.dev=0.3.",
)
@click.option(
    "--recipe",
    metavar="FILE",
    help="A recipe to start from: a YAML file, or a preset: sketch, quick, thorough.",
)
@click.option(
    "--skip-unreadable", is_flag=True, help="Go on without files that cannot be read, however many."
)
@options.system
@options.as_json
def command(
    source: str | None,
    target: str | None,
    split_by: str | None,
    time: str | None,
    gap: str | None,
    sheet: str | None,
    augment: bool,
    settings: tuple[str, ...],
    recipe: str | None,
    skip_unreadable: bool,
    system: str | None,
    as_json: bool,
    named: dict[str, Any],
) -> None:
    """Describe SOURCE before training on it: a ready data set's name, a folder of images, a table,
    IDX files, .npz, or whatever else a system reads (netwright systems).

    Without SOURCE: list the ready data sets.
    """
    if source is None:
        _catalogue(as_json)
        return
    # these products are small: starting threads costs 0.1 CPU s
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from netwright import systems
    from netwright.api.describing.read_source import read_source
    from netwright.base.errors import DataError
    from netwright.data.describe import describe
    from netwright.runs import project

    options_given = {
        "data.target": target,
        "data.time": time,
        "data.skip_unreadable": skip_unreadable or None,
        "split.by": split_by,
        "split.gap": _rows_or_time(gap),
        "system": None if system is None else systems.named(system),
    }
    changes = _parsed(settings)
    named = (
        options.with_columns({"data.columns": changes.pop("data.columns", None)}, named)
        | options_given
    )
    named = {key: value for key, value in named.items() if value is not None}
    try:
        found = read_source(source, named, changes, recipe)
    except DataError as error:
        raise DataError(f"{error}{_meant_for_train(time)}") from None
    muted = project.of_folder(".").mute
    drawn = ""
    if augment:
        drawn = _draw_augmented(found, sheet, {**changes, **named}, recipe)
    elif sheet is not None:
        from netwright.data.images.sheets.examples import draw

        draw(found.reading.examples, found.takes, Path(sheet))
        drawn = f"examples drawn in {sheet}"
    described = describe(found.reading, found.takes, muted, found.recipe)
    if as_json:
        console.as_json({**described.as_json(), "system": found.system})
    else:
        _print(described)
    if drawn:
        console.message(drawn)


def _rows_or_time(gap: str | None) -> int | str | None:
    """A gap as a recipe has it: a number of rows, or a time such as ``7d``."""
    return int(gap) if gap is not None and gap.isdecimal() and len(gap) < 16 else gap


def _meant_for_train(time: str | None) -> str:
    """A hint where --time is written as a duration, and no column was found."""
    if time is None or not re.fullmatch(r"[\d.]+ ?(s|m|min|h|d)", time):
        return ""
    return (
        f" (--time names a column here; netwright train --time {shlex.quote(time)} says how long)"
    )


def _parsed(settings: Sequence[str]) -> dict[str, Any]:
    """Knob -> value."""
    if not settings:
        return {}
    from netwright.recipe import parse_setting

    return dict(map(parse_setting, settings))


def _draw_augmented(
    found: ReadSource, sheet: str | None, changes: dict[str, Any], recipe: str | None
) -> str:
    """The sheet of augmented examples, and a line that says where it is and what was on."""
    from netwright import systems
    from netwright.api import recipes
    from netwright.api.describing.augmented import draw_seen
    from netwright.data.images.augment.policy import in_words
    from netwright.data.images.sheets.augmented import draw_augmented
    from netwright.data.images.sheets.examples import labels_of

    examples, source = found.reading.examples, found.reading.source.path
    path = Path(sheet or f"{Path(source).resolve().stem}-augmented.png")
    changes = {**changes, "data.source": source}
    system = None if found.system is None else systems.load(found.system)
    if system is not None and system.seen is not None:
        draw_seen(examples, system, recipe, changes, path)
        return f"examples and eleven forms of each, as training sees them, drawn in {path}"
    if found.takes is not None:
        examples = found.takes.arrange(examples)
    labels = labels_of(examples, found.takes)
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
    return {"classification": "class", "regression": "number", "composition": "music"}[entry.task]


def _print(found: Description) -> None:
    from netwright.cli.text import data

    for part in data.parts(found):
        console.result(part)
