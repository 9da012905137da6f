"""Data in memory to examples: arrays, nested lists, tensors, polars and pandas frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from netwright.base.errors import DataError
from netwright.base.figures import counted
from netwright.base.files import digest
from netwright.contract import Examples, ReadOptions, Source
from netwright.contract.reading import Reading, reading
from netwright.data import targets as targeting
from netwright.data.images.from_array import as_they_lie, images_of
from netwright.data.images.pixel_array import PixelArray
from netwright.data.several_targets import columns as several
from netwright.data.tables.exact import nameless
from netwright.data.tables.frames import frame_of, from_columns
from netwright.data.tables.rows import Rows

Array = np.ndarray[Any, Any]


def read_arrays(
    x: Any,
    y: Any = None,
    *,
    target: str | None = None,
    group: str | None = None,
    weight: str | None = None,
    task: str = "auto",
    splits: Sequence[str | None] | None = None,
    source: Source | None = None,
) -> Reading:
    """The examples of arrays, tensors, nested lists, or a data frame.

    Args:
        x: (N, H, W), (N, H, W, C) or (N, C, H, W) images, uint8 or float in [0, 1], or a
            ``PixelArray`` of them; (N, D) rows; a polars or pandas frame.
        y: (N,) labels or numbers, or (N, K) one-hot labels; several targets: (N, T) of 0, 1 and NaN
            (unknown) or of numbers, or name -> (N,) values; None: not known (a frame may hold the
            target).
        target, group, weight: columns of a frame.
        task: ``classification``, ``regression`` or ``auto``.
        splits: the split of each row where the source brings its own.
        source: where the arrays come from (default: memory).

    Raises:
        DataError: the shape or the values fit neither images nor rows, or are ambiguous.
    """
    source = source or Source("arrays", "memory", "", ReadOptions(target, group, weight, task))
    frame = frame_of(x)
    if frame is not None:
        return _read_frame(frame, y, source)
    options = source.options
    named = (options.target, options.group, options.weight, options.time, options.domain)
    if source.path == "memory" and any(name is not None for name in named):
        raise DataError(
            "target, group, weight, time and domain name columns of a data frame, but the data are"
            " an array: give (x, y)."
        )
    inputs, ids, notes = _inputs(x)
    count = len(inputs)
    many = _several(y, count, task)
    values = [None] * count if y is None or many is not None else plain_targets(y, count)
    name = Path(source.path).name
    examples = Examples(
        inputs, [None] * count, ids, [f"{name}[{at}]" for at in range(count)], splits=splits
    )
    if not source.why:
        source = Source(
            "arrays", source.path, f"took the data in memory for {notes[0]}", source.options
        )
    if y is None:
        return reading(examples, source, notes=notes)
    if many is not None:
        full = replace(examples, targets=many).take(many.known)
        return reading(full, source, notes=(*notes, many.note))
    learn = options.columns is None
    beside = "images" if isinstance(inputs, PixelArray) else ""
    found = targeting.work_out(values, task=task, name="y", beside=beside, learn=learn)
    full = Examples(inputs, found.values, examples.ids, examples.sources, splits=splits)
    return reading(full, source, notes=(*notes, found.note), findings=found.findings)


def inputs_of(x: Any, options: ReadOptions) -> Examples:
    """New inputs to answer: as ``read_arrays`` reads ``x`` alone, with every column of a frame, the
    empty ones too.

    Args:
        options: how an earlier reading understood the columns of a frame.

    Raises:
        DataError: see ``read_arrays``; a value of a frame is not what its column held before.
    """
    frame = frame_of(x)
    if frame is None or not len(frame):
        return read_arrays(x).examples
    from netwright.data.tables import to_examples
    from netwright.data.tables.rows import LineSources

    sources = LineSources("memory", range(len(frame)))
    return to_examples.rows_of_frame(frame, options, sources)


def read_parts(
    parts: Sequence[tuple[str | None, Array | PixelArray, Array | None]], source: Source, task: str
) -> Reading:
    """Arrays of several splits, put one after the other.

    Args:
        parts: (split, x, y) each.

    Raises:
        DataError: one has targets and another has none, or the shapes differ.
    """
    shapes = {split: x.each if isinstance(x, PixelArray) else x.shape[1:] for split, x, _ in parts}
    if len(set(shapes.values())) > 1 or len({y is None for _, _, y in parts}) > 1:
        listed = ", ".join(
            f"{split} {shape}{'' if y is not None else ' without targets'}"
            for (split, _, y), shape in zip(parts, shapes.values(), strict=True)
        )
        raise DataError(
            f"the splits of {source.path} do not fit together: {listed}; expected equal shapes."
        )
    for split, x, y in parts:
        if y is not None and len(y) != len(x):
            raise DataError(
                f"{source.path}: {split} has {len(x):,} inputs and {len(y):,} targets; expected as"
                " many."
            )
    ys = [y for _, _, y in parts if y is not None]
    splits = [split for split, x, _ in parts for _ in range(len(x))]
    x = _joined([x for _, x, _ in parts])
    return read_arrays(
        x, np.concatenate(ys) if ys else None, task=task, source=source, splits=splits
    )


def _joined(xs: Sequence[Array | PixelArray]) -> Array | PixelArray:
    """One after the other; images that lie in files stay there."""
    arrays = [x for x in xs if not isinstance(x, PixelArray)]
    if len(arrays) == len(xs):
        return np.concatenate(arrays) if len(arrays) > 1 else arrays[0]
    columns = [x if isinstance(x, PixelArray) else images_of(x)[0] for x in xs]
    return PixelArray.of(*(part for one in columns for part in one.parts), each=columns[0].each)


def _inputs(x: Any) -> tuple[Rows | PixelArray, list[str], tuple[str, ...]]:
    """Rows or images, their ids, and how they were read."""
    if isinstance(x, PixelArray):
        images, note = x, as_they_lie(x)
    else:
        array = _array(x, "x")
        if array.ndim == 2:
            rows, notes = _rows(array)
            return rows, ids_of(array), notes
        images, note = images_of(array)
    return images, [name for part in images.chunks() for name in ids_of(part)], (note,)


def ids_of(array: Array) -> list[str]:
    """The content hash of each row: its bytes, its shape and its kind of number."""
    flat = np.ascontiguousarray(array.astype(array.dtype.newbyteorder("<"), copy=False)).reshape(
        len(array), -1
    )
    tail = f"{array.shape[1:]}{array.dtype.kind}{array.dtype.itemsize}".encode()
    if flat.shape[1] == 0:
        return [digest(tail)] * len(array)
    rows = flat.view(np.uint8)
    return [digest(row.tobytes() + tail) for row in rows]


def _rows(array: Array) -> tuple[Rows, tuple[str, ...]]:
    import polars as pl

    if array.shape[1] == 0:
        raise DataError(f"an array of shape {array.shape} has no columns.")
    if array.dtype.kind not in "biufU":
        raise DataError(f"rows hold {array.dtype}: expected numbers.")
    names = [f"x{at}" for at in range(1, array.shape[1] + 1)]
    count, width = array.shape
    frame = pl.DataFrame(
        {name: np.ascontiguousarray(array[:, at]) for at, name in enumerate(names)}
    )
    return Rows(frame), (f"{counted(count, 'row')} of {counted(width, 'column')}, x1 to x{width}",)


def plain_targets(y: Any, count: int) -> list[Any]:
    """Plain values, one a row."""
    if isinstance(y, list | tuple) and not any(isinstance(value, list | tuple) for value in y):
        values = list(y)
    else:
        array = _array(y, "y")
        if array.ndim == 2 and array.shape[1] > 1:
            array = _from_one_hot(array)
        values = (
            array.reshape(len(array), -1)[:, 0].tolist()
            if array.ndim in (1, 2) and array.size
            else array.tolist()
        )
        if array.ndim > 2 or 0 in array.shape[1:]:
            raise DataError(
                f"y has shape {array.shape}: expected one target a row, of shape ({count},)."
            )
    if len(values) != count:
        raise DataError(
            f"x has {counted(count, 'row')} and y has {len(values):,}: expected as many."
        )
    return [value.item() if isinstance(value, np.generic) else value for value in values]


def _several(y: Any, count: int, task: str) -> several.TargetColumns | None:
    """Several targets a row, by name or as the columns of an array; None where it is one."""
    if y is None:
        return None
    if isinstance(y, Mapping):
        columns = {str(name): plain_targets(values, count) for name, values in y.items()}
    else:
        plain = isinstance(y, list | tuple) and not any(isinstance(v, list | tuple) for v in y)
        array = None if plain else _array(y, "y")
        if array is None or array.ndim != 2 or array.shape[1] < 2 or _adds_up_to_1(array):
            return None  # labels: one-hot, or refused as probabilities of classes
        columns = {f"y{at + 1}": list(array[:, at]) for at in range(array.shape[1])}
        columns = {name: plain_targets(values, count) for name, values in columns.items()}
    if len(columns) < 2:
        raise DataError("y names one target: give its values alone.")
    frame = from_columns(columns)
    named = {name: nameless(frame[name]) for name in frame.columns}
    return several.of_columns(named, [f"y[{at}]" for at in range(count)], task=task)


def _adds_up_to_1(array: Array) -> bool:
    """Whether every row does, as those of one-hot labels and of probabilities do."""
    if array.dtype.kind not in "biuf":
        return False
    return bool((array >= 0).all() and np.isclose(array.sum(axis=1), 1).all())


def _is_one_hot(array: Array) -> bool:
    return array.dtype.kind in "biuf" and bool(
        ((array == 0) | (array == 1)).all() and (array.sum(axis=1) == 1).all()
    )


def _from_one_hot(array: Array) -> Array:
    if not _adds_up_to_1(array):
        raise DataError(
            f"y has shape {array.shape}: expected one target a row, of shape ({len(array)},), or"
            " one-hot labels of zeros and a one."
        )
    if not _is_one_hot(array):
        raise DataError(
            f"y has shape {array.shape} and rows that add up to 1, as probabilities of classes do:"
            " expected one target a row, or one-hot labels of zeros and a one; several targets that"
            " do so are given by name, {'a': values, 'b': values}."
        )
    found: Array = array.argmax(axis=1)
    return found


def _array(value: Any, name: str) -> Array:
    """A numpy array from anything that holds numbers; a torch tensor is taken from its device."""
    if hasattr(value, "detach"):
        value = value.detach().cpu()
    if hasattr(value, "numpy") and not isinstance(value, np.ndarray):
        value = value.numpy()
    try:
        array = np.asarray(value)
    except ValueError:
        raise DataError(f"{name} is a list of unequal parts: expected all of one shape.") from None
    if array.dtype == object and name == "x":
        raise DataError(f"x is {type(value).__name__} of objects: expected numbers.")
    if array.ndim < (2 if name == "x" else 1):
        raise DataError(
            f"{name} has shape {array.shape}: expected"
            f" {'one row or image an example' if name == 'x' else 'one target a row'}."
        )
    if len(array) == 0:
        raise DataError(f"{name} is empty: nothing to read.")
    return array


def _read_frame(frame: Any, y: Any, source: Source) -> Reading:
    import polars as pl

    from netwright.data.tables import to_examples

    if not len(frame):
        raise DataError("the data frame has no rows: nothing to read.")
    options = source.options
    if y is not None:
        target = options.target or "y"
        options = replace(options, target=target)
        frame = frame.with_columns(pl.Series(target, plain_targets(y, len(frame)), strict=False))
    why = (
        source.why
        or f"took the data in memory for a table of {counted(len(frame), 'row')}"
        f" and {counted(len(frame.columns), 'column')}"
    )
    table = Source("table", source.path, why, options)
    return to_examples.read_frame(frame, table)
