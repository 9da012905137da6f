"""Examples of a source as a picture: one row a class, or a grid where there are no classes."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path

from netwright.base import figures
from netwright.base.errors import DataError
from netwright.base.names import natural
from netwright.contract import Example, Examples, Shown, Takes
from netwright.data.images.sheets import grid, rows
from netwright.data.images.sheets.page import expect_png, file_name
from netwright.data.images.sheets.rows import SheetRow
from netwright.data.images.show import show

CLASSES = 40
"""Rows of a sheet: of more classes the first are drawn."""

WIDE = 130
"""Characters of a line of a text that has a row of its own."""

CAPTION = 200
"""Characters of what is said of a target."""


def draw(examples: Examples, takes: Takes | None, path: Path) -> None:
    """Write a PNG: up to twelve examples of each class, one row a class; where there are no
    classes, 24 pictures with what is known of each, or 12 texts. They are spread evenly over the
    source.

    Args:
        takes: of the system that knows what is a class and how an example is shown; None: none
            does, and only images can be drawn.

    Raises:
        DataError: the examples cannot be drawn or arranged, or the name does not end in .png.
    """
    expect_png(path)
    known = Takes(lambda examples: None, show=show) if takes is None else takes
    # what a system leaves out is neither counted nor learned from
    examples = known.arrange(examples)
    labels = known.labels(examples.targets)
    if all(label is None for label in labels):
        _draw_one_by_one(examples, known, path)
    else:
        _expect_some(found := list(_class_rows(examples, known, labels)))
        rows.write(found, path)


def labels_of(examples: Examples, takes: Takes | None) -> Sequence[str | None]:
    """The class of each example; None where it has none, or no system says what is a class."""
    return [None] * len(examples) if takes is None else takes.labels(examples.targets)


def by_class(labels: Sequence[str | None]) -> list[tuple[str, list[int]]]:
    """(label, places) of each class; examples without one make one row, the last."""
    places: dict[str, list[int]] = {}
    for at, label in enumerate(labels):
        places.setdefault(label or "", []).append(at)
    ordered = sorted(places, key=lambda name: (name == "", natural(name)))
    return [(name, places[name]) for name in ordered[:CLASSES]]


def spread(places: Sequence[int], most: int) -> list[int]:
    """At most ``most`` of the places, evenly spread."""
    return [
        places[k * len(places) // min(most, len(places))] for k in range(min(most, len(places)))
    ]


def _class_rows(
    examples: Examples, takes: Takes, labels: Sequence[str | None]
) -> Iterator[SheetRow]:
    for name, places in by_class(labels):
        found = [shown for _, shown in _shown(examples, takes, spread(places, rows.COLUMNS))]
        pixels = [one.pixels for one in found if one.pixels is not None]
        texts = [one.text for one in found if one.pixels is None]
        yield SheetRow(name, figures.counted(len(places), "example"), pixels, texts)


def _draw_one_by_one(examples: Examples, takes: Takes, path: Path) -> None:
    """Pictures in a grid, each with what is known of it; texts each in a row of its own."""
    found = _shown(examples, takes, spread(range(len(examples)), grid.MOST))
    tiles = [
        grid.Tile(shown.pixels, shown.text or _known(example, takes), file_name(example.source))
        for example, shown in found
        if shown.pixels is not None
    ]
    if tiles:
        grid.write(tiles, path)
        return
    texts = [
        SheetRow(
            _known(example, takes),
            file_name(example.source),
            texts=textwrap.wrap(shown.text, WIDE)[: rows.LINES],
        )
        for example, shown in found[: rows.COLUMNS]
    ]
    _expect_some(texts)
    rows.write(texts, path)


def _shown(examples: Examples, takes: Takes, places: Sequence[int]) -> list[tuple[Example, Shown]]:
    """The examples at these places that can be drawn, with how they are."""
    some = [examples[at] for at in places]
    drawn = [(example, takes.show(example, None)) for example in some]
    return [(example, shown) for example, shown in drawn if shown is not None]


def _known(example: Example, takes: Takes) -> str:
    """The target in a line; empty where it is not known."""
    if example.target is None:
        return ""
    return figures.value(takes.in_words(example.target) or example.target, CAPTION)


def _expect_some(drawn: Sequence[SheetRow]) -> None:
    """Refuse examples that cannot be drawn.

    Raises:
        DataError: none can.
    """
    if not any(row.images or row.texts for row in drawn):
        raise DataError(
            "--sheet draws images and texts, and these examples are neither: what they hold is"
            " described in words."
        )
