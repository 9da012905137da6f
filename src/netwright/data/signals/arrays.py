"""Signals (N, C, T) and volumes (N, C, D, H, W): which arrays are such, and their examples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from netwright.base.errors import DataError
from netwright.base.figures import counted
from netwright.contract import Examples, Source
from netwright.contract.reading import Reading, reading
from netwright.data import targets as targeting
from netwright.data.numbers import no_numbers
from netwright.data.sources.arrays import Array, ids_of, plain_targets
from netwright.data.sources.npz_arrays import SPLITS

Signals = np.ndarray[Any, np.dtype[np.float32]]

AXES = {3: "signal", 5: "volume"}
"""How many axes an array of them has -> what each is."""

PIXELS = (0.0, 255.0)
"""Between which the values of images lie."""


def are_signals(inputs: Any) -> bool:
    """Whether a column of examples holds signals or volumes."""
    return isinstance(inputs, np.ndarray) and inputs.ndim in AXES and inputs.dtype == np.float32


def ids_of_signals(x: Signals) -> list[str]:
    """What each is known by: its values as far as it goes, whatever is longer beside it.

    Args:
        x: NaN behind the end of the shorter ones.
    """
    ended = np.isnan(x).all(axis=1)
    if not ended.any():
        return ids_of(x)
    lengths, found = x.shape[2] - ended.sum(axis=1), [""] * len(x)
    for length in np.unique(lengths).tolist():
        places = np.flatnonzero(lengths == length)
        for at, name in zip(places.tolist(), ids_of(x[places, :, :length]), strict=True):
            found[at] = name
    return found


def is_beyond_pixels(values: Array) -> bool:
    """Whether there is a number that no pixel has."""
    known = values[np.isfinite(values)] if values.dtype.kind == "f" else values
    return bool(known.size and (known.min() < PIXELS[0] or known.max() > PIXELS[1]))


def read(held: Mapping[str, Array], source: Source) -> Reading:
    """The examples of x and y, or of x_train, y_train, x_dev, x_test and so on.

    Raises:
        DataError: there is no such array, or it holds no signals or volumes, or its parts do not
            fit together.
    """
    own = {split: x for x, split in SPLITS if x in held}
    parts: Mapping[Any, str] = own or {None: "x"}
    if not own and "x" not in held:
        raise DataError(
            f"{source.path} holds {', '.join(sorted(held)) or 'nothing'}: expected x and y, or"
            " x_train, y_train, x_test, y_test."
        )
    xs = [_numbers(held[name], name, source) for name in parts.values()]
    names = ["y" + name[1:] for name in parts.values()]
    if len({x.shape[1:] for x in xs}) > 1 or len({name in held for name in names}) > 1:
        shapes = ", ".join(f"{name} {held[name].shape}" for name in parts.values())
        raise DataError(
            f"the splits of {source.path} do not fit together: {shapes}; expected equal channels"
            " and places, and targets of all or of none."
        )
    splits = [split for split, x in zip(parts, xs, strict=True) for _ in range(len(x))]
    ys = [
        target
        for name, x in zip(names, xs, strict=True)
        for target in (plain_targets(held[name], len(x)) if name in held else [None] * len(x))
    ]
    return _examples(np.concatenate(xs), ys, splits if own else None, source)


def _examples(
    x: Signals, ys: list[Any], splits: list[str | None] | None, source: Source
) -> Reading:
    name = source.path.rpartition("/")[2]
    names = [f"{name}[{at}]" for at in range(len(x))]
    note = (
        f"{counted(len(x), AXES[x.ndim])} of {counted(x.shape[1], 'channel')} and"
        f" {' x '.join(map(str, x.shape[2:]))} places: axes are (example, channel, place)"
    )
    bare = Examples(x, [None] * len(x), ids_of(x), names, splits=splits)
    if all(y is None for y in ys):
        return reading(bare, source, notes=(note,))
    learn = source.options.columns is None
    found = targeting.work_out(
        ys, task=source.options.task, name="y", beside=f"{AXES[x.ndim]}s", learn=learn
    )
    full = Examples(x, found.values, bare.ids, names, splits=splits)
    return reading(full, source, notes=(note, found.note), findings=found.findings)


def _numbers(x: Array, name: str, source: Source) -> Signals:
    """As float32; every number known."""
    if x.ndim not in AXES or 0 in x.shape:
        raise DataError(
            f"{source.path}: {name} has shape {x.shape}; expected signals (N, C, T) or volumes (N,"
            " C, D, H, W), none of these 0."
        )
    if x.dtype.kind not in "biuf":
        raise DataError(f"{source.path}: {name} {no_numbers(x.dtype)}.")
    with np.errstate(over="ignore"):  # what is too large for float32 is named below
        found: Signals = np.ascontiguousarray(x, np.float32)
    if not np.isfinite(found).all():
        at = tuple(int(place) for place in np.argwhere(~np.isfinite(found))[0])
        raise DataError(
            f"{source.path}: {name}{list(at)} is {x[at]}; expected numbers that float32 holds:"
            " fill in what is missing, or leave the example out."
        )
    return found
