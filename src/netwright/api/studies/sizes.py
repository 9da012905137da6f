"""The sizes of a curve: parts of the training split inside each other, and widths of the net."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any

from netwright.api.studies.trained import StudyData
from netwright.base import typed_numbers
from netwright.base.errors import DataError, RecipeError, UnreadableError
from netwright.base.figures import counted
from netwright.data import splits
from netwright.recipe import knobs, metadata
from netwright.studies.power_law import FEWEST

HALVINGS = 6
"""Points of a learning curve, the largest of them the whole training split."""

LEAST = 20
"""Examples of the smallest part that is taken unasked."""

WIDTHS = (0.25, 0.5, 1.0, 2.0, 4.0)
"""Times as wide as the net of the recipe."""

BIGGER = "bigger net"
"""What the knobs of a net's size are marked by."""


def parts(data: StudyData, wanted: Sequence[float | str] | None) -> list[float]:
    """The sizes of a learning curve, ascending.

    Groups are not cut: each is the nearest possible size to the one wanted.

    Raises:
        RecipeError: a size that cannot be, or too few of them.
        DataError: there are too few examples.
    """
    whole = data.assigned.count("train")
    ends = splits.nested(data.system, data.examples, data.assigned, data.recipe, 0)[1]
    if wanted is None:
        sizes = [whole // 2**half for half in range(HALVINGS)]
        sizes = [size for size in sizes if size >= LEAST]
    else:
        sizes = [_count(size, whole) for size in wanted]
    near = sorted({_nearest(ends, size) for size in sizes})
    found = [float(size) for size in near if wanted is not None or _known(data, size)]
    if wanted is None and len(found) < FEWEST:
        raise DataError(
            f"a learning curve takes {FEWEST} sizes at least, each half of the next and of {LEAST}"
            f" examples or more that hold every label: train has {counted(whole, 'example')}; name"
            " the sizes, --sizes."
        )
    for size in found:
        if not _known(data, int(size)):
            raise RecipeError(
                f"--sizes {size:.0f}: so few training examples lack a label that dev has: expected"
                " more."
            )
    return found


def _count(typed: float | str, whole: int) -> int:
    """A size as a person gives it."""
    try:
        size = typed_numbers.count(str(typed)) if not isinstance(typed, float) else int(typed)
    except UnreadableError as error:
        raise RecipeError(f"--sizes {typed}: {error}.") from None
    if not 2 <= size <= whole:
        raise RecipeError(
            f"--sizes {typed}: train has {counted(whole, 'example')}: expected 2 to {whole:,}."
        )
    return size


def _nearest(ends: Sequence[int], size: int) -> int:
    """Of the sizes that can be the nearest, of two the smaller."""
    at = bisect_left(ends, size)
    near = ends[max(0, at - 1) : at + 1]
    return min(near, key=lambda end: (abs(end - size), end))


def _known(data: StudyData, size: int) -> bool:
    """Whether so few training examples hold every label that dev has."""
    labels = data.system.labels(data.examples.targets)
    found = splits.check(labels, assigned(data, size, 0))
    return not any(
        finding.code == "NW208" and finding.figures["split"] == "dev" for finding in found
    )


def assigned(data: StudyData, size: int, seed: int) -> list[str]:
    """The splits with so many examples to learn from, or as many as whole groups allow.

    Args:
        seed: which ones: smaller parts of one seed lie inside its larger ones.
    """
    rows, ends = splits.nested(data.system, data.examples, data.assigned, data.recipe, seed)
    return splits.only(data.assigned, rows[: _nearest(ends, size)])


# --- widths


def widths(data: StudyData, wanted: Sequence[float | str] | None) -> list[float]:
    """The widths of a capacity curve, as factors, ascending; 1 is among them.

    Raises:
        RecipeError: the net has no knob for its size, or a factor cannot be.
    """
    factors = WIDTHS if wanted is None else [*map(_factor, wanted), 1.0]
    made = {str(sorted(widened(data, 1.0).items())): 1.0}
    for factor in sorted(factors):
        try:
            changes = widened(data, factor)
            data.recipe.changed(changes)
        except RecipeError:
            if wanted is not None:
                raise
            continue
        made.setdefault(str(sorted(changes.items())), factor)  # the same net stands once
    if len(made) < 2:
        raise RecipeError("--sizes: expected a width beside that of the net as it is.")
    return sorted(made.values())


def _factor(typed: float | str) -> float:
    try:
        found = typed_numbers.number(str(typed))
    except UnreadableError as error:
        raise RecipeError(f"--sizes {typed}: {error}.") from None
    if not 0.01 <= found <= 100:
        raise RecipeError(f"--sizes {typed}: expected 0.01 to 100 times the width of the net.")
    return found


def widened(data: StudyData, factor: float) -> dict[str, Any]:
    """The changes that make the net so many times as wide: of each knob by which a diagnosis makes
    it bigger, where that is a number, or several.

    Raises:
        RecipeError: it has none.
    """
    train = [row for row, split in enumerate(data.assigned) if split == "train"]
    recipe = data.system.completed(data.recipe, data.examples.take(train))
    unread, found = data.system.unread(recipe), dict[str, Any]()
    for key, field in knobs(type(recipe)).items():
        value, about = recipe.value(key), metadata(field)
        when = about["when"]
        is_read = key not in unread and (not when or recipe.value(when[0]) in when[1])
        is_size = any(turn.remedy == BIGGER for turn in about["turns"])
        if is_size and is_read and (scaled := _scaled(value, factor)) is not None:
            found[key] = scaled
    if not found:
        raise RecipeError(
            f"the net '{recipe.model.name}' has no setting of its size: choose another with --model"
            f" ({', '.join(data.system.models)})."
        )
    return found


def _scaled(value: Any, factor: float) -> Any:
    """A number of units, or several, so many times as large; None: it is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return max(1, round(value * factor))
    if isinstance(value, list | tuple) and value and all(isinstance(one, int) for one in value):
        return [max(1, round(one * factor)) for one in value]
    return None
