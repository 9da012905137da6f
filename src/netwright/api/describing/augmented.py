"""Examples of a source as training sees them: encoded, augmented and drawn with their targets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from netwright.api.recipes import wanted
from netwright.contract import AnySystem, Draws, Examples, Shown
from netwright.data.images.sheets import rows
from netwright.data.images.sheets.augmented import EXAMPLES
from netwright.data.images.sheets.examples import spread
from netwright.data.images.sheets.page import expect_png, file_name


def draw_seen(
    examples: Examples,
    system: AnySystem,
    recipe: str | None,
    changes: Mapping[str, Any],
    path: Path,
) -> None:
    """Write a PNG: each row an example, then how eleven epochs would see it.

    Args:
        system: one that says how a prepared batch is seen.
        recipe: a recipe file or a preset to start from.

    Raises:
        DataError: the name does not end in .png, or the system cannot learn from these examples.
        RecipeError: the recipe does not suit the system or the examples.
    """
    expect_png(path)
    start = wanted(recipe, dict(changes)).of(system)
    rows.write(list(_rows(system.arrange(examples, start), system, start)), path)


def _rows(examples: Examples, system: AnySystem, start: Any) -> Iterator[rows.SheetRow]:
    import torch

    assert system.seen is not None
    complete = system.completed(start, examples)
    codec = system.fit(examples, complete)
    few = examples.take(spread(range(len(examples)), EXAMPLES))
    encoded, copies = codec.encode(few).padded(), rows.COLUMNS - 1
    draws = Draws(complete.training.seed, 0, torch.device("cpu"), copies * len(few), slice(None))
    places = torch.arange(len(few))
    own = system.seen(codec, codec.prepare(encoded, complete, None))
    repeated = encoded.take(places.repeat_interleave(copies))
    changed = system.seen(codec, codec.prepare(repeated, complete, draws))
    for at, source in enumerate(few.sources):
        some = [own[at], *changed[copies * at : copies * (at + 1)]]
        yield rows.SheetRow(file_name(source)[-rows.NOTE :], "", _pixels(some))


def _pixels(shown: Sequence[Shown]) -> list[Any]:
    return [one.pixels for one in shown if one.pixels is not None]
