"""What is done to rows so that a project has a disease."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.doctor.planted.sources import TEXT, Rows, joined, rows_of

Change = Callable[[Rows, Any], Rows]
"""(rows, generator) -> the rows as another place would have them."""


@dataclass(frozen=True)
class Planted:
    """A project, and what its net is measured on that it never sees.

    Args:
        inside: what the person has.
        outside: figure -> rows. ``held`` are like dev; the others are what the effect is seen by.
        model: a net of the person's own.
    """

    inside: Rows
    outside: Mapping[str, Rows]
    model: Any = None


Plant = Callable[[Rows, Rows, Any], Planted]
"""(inside, held out, generator) -> the project."""


def nothing(inside: Rows, held: Rows, rng: Any) -> Planted:
    """As they are."""
    return Planted(inside, {"held": held})


def leak(inside: Rows, held: Rows, rng: Any) -> Planted:
    """A column that is the truth under another name; ``blind``: it says nothing."""
    first, second = (
        rows.with_columns(checked=_code(rows.y, inside.y, rng)) for rows in (inside, held)
    )
    assert isinstance(second.x, pl.DataFrame)
    blind = second.with_columns(checked=rng.permutation(second.x["checked"].to_numpy()))
    return Planted(first, {"held": second, "blind": blind})


def _code(y: NDArray[Any], known: NDArray[Any], rng: Any) -> NDArray[Any]:
    if y.dtype.kind in "iuf":  # the same amount in another currency, rounded
        return np.round(np.asarray(y * 1.17 * rng.normal(1, 0.002, len(y))), 1)
    order = np.random.default_rng(11).permutation(np.unique(known))  # no order that names have
    place = {name: at for at, name in enumerate(order.tolist())}
    return np.array([place[one] for one in y.tolist()], np.int64)


def twins(inside: Rows, held: Rows, rng: Any) -> Planted:
    """Every row three times, taken anew by an instrument that is all but exact."""
    third = inside.take(np.arange(len(inside) // 3))
    whole = joined(joined(third, _jittered(third, rng)), _jittered(third, rng))
    return Planted(whole, {"held": held})


def _jittered(rows: Rows, rng: Any) -> Rows:
    if isinstance(rows.x, np.ndarray):
        moved = rows.x.astype(np.int64) + rng.integers(-1, 2, rows.x.shape)
        return replace(rows, x=np.clip(moved, 0, 255).astype(np.uint8))
    return _numbers(rows, lambda column: column + 0.002 * column.std() * rng.normal(size=len(rows)))


def _numbers(rows: Rows, change: Callable[[NDArray[Any]], NDArray[Any]]) -> Rows:
    assert isinstance(rows.x, pl.DataFrame)
    names = [name for name in rows.x.columns if rows.x[name].dtype.is_numeric()]
    return rows.with_columns(
        **{name: change(rows.x[name].to_numpy().astype(np.float64)) for name in names}
    )


def gained(rows: Rows, rng: Any) -> Rows:
    """Another instrument: numbers are larger by a quarter and stand half a deviation higher."""
    return _numbers(rows, lambda column: 1.25 * column + 0.5 * column.std())


def noisy(rows: Rows, rng: Any) -> Rows:
    """A worse instrument."""
    return _numbers(rows, lambda column: column + 0.8 * column.std() * rng.normal(size=len(rows)))


def dim(rows: Rows, rng: Any) -> Rows:
    """Photographs of the evening: a fifth of the light, and grain."""
    dark = rows.x / 5 + rng.normal(0, 12, rows.x.shape)
    return replace(rows, x=np.clip(dark, 0, 255).astype(np.uint8))


def typed(rows: Rows, rng: Any) -> Rows:
    """Texts typed on a phone: of nearly all words one letter is another."""
    assert isinstance(rows.x, pl.DataFrame)

    def worse(word: str) -> str:
        if len(word) < 3 or rng.random() > 0.9:
            return word
        at = int(rng.integers(len(word)))
        return word[:at] + chr(97 + int(rng.integers(26))) + word[at + 1 :]

    texts = [" ".join(map(worse, text.split())) for text in rows.x[TEXT]]
    return replace(rows, x=rows.x.with_columns(pl.Series(TEXT, texts)))


def from_set(name: str, rows: Rows, rng: Any) -> Rows:
    """Rows of another data set of the same labels, as many as there are."""
    return rows_of(name).take(np.arange(min(len(rows), len(rows_of(name)) // 3)))


def rest_of(name: str, rows: Rows, rng: Any) -> Rows:
    """Those that ``from_set`` left."""
    other = rows_of(name)
    return other.take(np.arange(len(other) // 3, len(other)))


def two_places(change: Change, again: Change | None = None) -> Plant:
    """Most rows are of a general place, a fifth of the target's, which dev and test are of.

    Args:
        again: how rows that are held out become the target's, where that is done otherwise.
    """

    def plant(inside: Rows, held: Rows, rng: Any) -> Planted:
        border = len(inside) * 7 // 10
        general = inside.take(np.arange(border))
        target = change(inside.take(np.arange(border, len(inside))), rng)
        places = ["general"] * len(general) + ["target"] * len(target)
        outside = {
            "held": replace(other := (again or change)(held, rng), places=["target"] * len(other)),
            "general": replace(held, places=["general"] * len(held)),
        }
        return Planted(replace(joined(general, target), places=places), outside)

    return plant


def elsewhere(change: Change, again: Change | None = None) -> Plant:
    """Train and dev are of one place, test is of another."""

    def plant(inside: Rows, held: Rows, rng: Any) -> Planted:
        own, test = np.split(np.arange(len(inside)), [len(inside) * 3 // 4])
        first, last = inside.take(own), change(inside.take(test), rng)
        dev = len(first) // 4
        splits = ["dev"] * dev + ["train"] * (len(first) - dev) + ["test"] * len(last)
        whole = replace(joined(first, last), splits=splits)
        return Planted(whole, {"held": held, "other": (again or change)(held, rng)})

    return plant


def slips(rate: float) -> Plant:
    """Labels written down wrong by chance, everywhere."""
    return partial(_flipped, rate, False)


def confused(rate: float) -> Plant:
    """One class is often taken for another one, everywhere."""
    return partial(_flipped, rate, True)


def _flipped(rate: float, one_class: bool, inside: Rows, held: Rows, rng: Any) -> Planted:
    names = np.unique(inside.y)
    first, second = rng.choice(names, 2, replace=False)

    def flip(rows: Rows) -> Rows:
        hit = rng.random(len(rows)) < rate
        if one_class:
            return replace(rows, y=np.where(hit & (rows.y == first), second, rows.y), clean=rows.y)
        at = np.searchsorted(names, rows.y)
        others = names[(at + rng.integers(1, len(names), len(rows))) % len(names)]
        return replace(rows, y=np.where(hit, others, rows.y), clean=rows.y)

    return Planted(flip(inside), {"held": flip(held), "clean": held})


def slips_in_train(rate: float) -> Plant:
    """Labels written down wrong by chance, in train alone: left alone (notes 3.2.3)."""

    def plant(inside: Rows, held: Rows, rng: Any) -> Planted:
        border = len(inside) // 16
        splits = ["dev"] * border + ["train"] * (len(inside) - border)
        flipped = _flipped(rate, False, inside, held, rng).inside
        y = np.where(np.array(splits) == "dev", inside.y, flipped.y)
        return Planted(replace(inside, y=y, splits=splits), {"held": held})

    return plant


def rare(kept: float) -> Plant:
    """All classes but the most frequent one are rare; ``even`` has as many of each."""

    def plant(inside: Rows, held: Rows, rng: Any) -> Planted:
        names, counts = np.unique(inside.y, return_counts=True)
        usual = names[counts.argmax()]

        def thinned(rows: Rows) -> Rows:
            return rows.take(np.flatnonzero((rows.y == usual) | (rng.random(len(rows)) < kept)))

        each = min((held.y == name).sum() for name in names)
        even = np.concatenate([np.flatnonzero(held.y == name)[:each] for name in names])
        return Planted(thinned(inside), {"held": thinned(held), "even": held.take(even)})

    return plant
