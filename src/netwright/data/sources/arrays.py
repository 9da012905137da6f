"""Data in memory to examples: arrays, nested lists, tensors, polars and pandas frames."""

from __future__ import annotations

import math
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
from netwright.data.images.pixel_array import PixelArray, Pixels
from netwright.data.images.pixels import over_white
from netwright.data.several_targets import columns as several
from netwright.data.tables.exact import nameless
from netwright.data.tables.rows import Rows

Array = np.ndarray[Any, Any]
CHANNELS = (1, 3, 4)


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
    frame = _frame(x)
    if frame is not None:
        return _read_frame(frame, y, source)
    options = source.options
    named = (options.target, options.group, options.weight, options.time)
    if source.path == "memory" and any(name is not None for name in named):
        raise DataError(
            "target, group, weight and time name columns of a data frame, but the data are an"
            " array: give (x, y)."
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
    found = targeting.work_out(values, task=task, name="y", images=isinstance(inputs, PixelArray))
    full = Examples(inputs, found.values, examples.ids, examples.sources, splits=splits)
    return reading(full, source, notes=(*notes, found.note), findings=found.findings)


def inputs_of(x: Any) -> Examples:
    """New inputs to answer: as ``read_arrays`` reads ``x`` alone, with every column of a frame, the
    empty ones too.

    Raises:
        DataError: see ``read_arrays``.
    """
    frame = _frame(x)
    if frame is None or not len(frame):
        return read_arrays(x).examples
    from netwright.data.hashes import hashes_of
    from netwright.data.tables import columns
    from netwright.data.tables.rows import LineSources

    plain, _ = columns.plain(frame)
    sources = LineSources("memory", range(len(plain)))
    return Examples(Rows(plain), [None] * len(plain), hashes_of(plain), sources)


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
    array = x if isinstance(x, PixelArray) else _array(x, "x")
    if not isinstance(array, PixelArray) and array.ndim == 2:
        rows, notes = _rows(array)
        return rows, ids_of(array), notes
    images, note = (
        (array, _as_they_lie(array)) if isinstance(array, PixelArray) else images_of(array)
    )
    return images, [name for part in images.chunks() for name in ids_of(part)], (note,)


def images_of(array: Array) -> tuple[PixelArray, str]:
    """Images from an array of three or four axes, and how it was read.

    Raises:
        DataError: the axes are ambiguous, or the values are no pixels.
    """
    ordered, how = _ordered(array)
    pixels, scale = _pixels(ordered)
    if pixels.shape[3] == 4:
        pixels, how = over_white(pixels), how + ", transparency laid over white"
    _, height, width, channels = pixels.shape
    images = PixelArray.of(pixels, each=(height, width, channels))
    return images, _described(images, how + scale)


def _as_they_lie(images: PixelArray) -> str:
    return _described(
        images, "axes are (image, row, column" + (", channel)" if images.each[2] > 1 else ")")
    )


def _described(images: PixelArray, how: str) -> str:
    height, width, channels = images.each
    return (
        f"{len(images):,} {'grey' if channels == 1 else 'colour'} images of {height}x{width}: {how}"
    )


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


def _ordered(array: Array) -> tuple[Array, str]:
    if array.ndim == 3:
        if array.shape[2] in CHANNELS and array.shape[1] > 4:
            raise DataError(
                f"an array of shape {array.shape} may be one colour image or {array.shape[0]}"
                f" narrow ones: give one image as x[None], of shape {(1, *array.shape)}."
            )
        return array[..., None], "axes are (image, row, column)"
    if array.ndim != 4:
        raise DataError(
            f"an array of shape {array.shape}: expected (N, D) rows, or (N, H, W), (N, H, W, C) or"
            " (N, C, H, W) images."
        )
    last, first = array.shape[3] in CHANNELS, array.shape[1] in CHANNELS
    if last and first and array.shape[1:] != (1, 1, 1):
        raise DataError(
            f"images of shape {array.shape} may have their channels first or last: give (N, H, W)"
            " for grey images, or larger ones."
        )
    if not last and not first:
        raise DataError(
            f"images of shape {array.shape}: expected 1, 3 or 4 channels as the second or the last"
            " axis."
        )
    return (
        (array, "axes are (image, row, column, channel)")
        if last
        else (array.transpose(0, 2, 3, 1), "axes are (image, channel, row, column)")
    )


def _pixels(array: Array) -> tuple[Pixels, str]:
    if 0 in array.shape:
        raise DataError(f"an array of shape {array.shape} holds no images.")
    if array.dtype == np.uint8:
        return np.ascontiguousarray(array), ""
    if array.dtype.kind == "b":
        return array.astype(np.uint8) * np.uint8(255), ", false is black and true is white"
    if array.dtype.kind not in "iuf":
        raise DataError(
            f"images hold {array.dtype}: expected whole numbers from 0 to 255 or floats from 0"
            " to 1."
        )
    low, high = float(array.min()), float(array.max())
    if not (low >= 0 and high <= 255):
        raise DataError(
            f"pixels run from {low:g} to {high:g}: expected whole numbers from 0 to 255 or floats"
            " from 0 to 1, not standardized."
        )
    if array.dtype.kind in "iu":
        return np.ascontiguousarray(array, np.uint8), ""
    if high <= 1:
        return (array * 255 + 0.5).astype(np.uint8), ", 0 to 1 scaled to 0 to 255"
    return (array + 0.5).astype(np.uint8), ", floats from 0 to 255 rounded"


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


def _frame(x: Any) -> Any:
    """A polars frame if ``x`` is a polars or pandas one, a mapping of columns or a list of rows by
    name, else None.
    """
    module = type(x).__module__.partition(".")[0]
    if module == "polars" and hasattr(x, "collect_schema") and hasattr(x, "lazy"):
        return x.collect() if hasattr(x, "collect") else x
    if module == "pandas" and hasattr(x, "columns"):
        return from_columns(
            {str(name): x.iloc[:, at].tolist() for at, name in enumerate(x.columns)}
        )
    if isinstance(x, Mapping):
        return from_columns(x)
    if isinstance(x, list | tuple) and x and all(isinstance(row, Mapping) for row in x):
        names = dict.fromkeys(str(name) for row in x for name in row)
        return from_columns({name: [row.get(name) for row in x] for name in names})
    return None


def from_columns(columns: Mapping[str, Sequence[Any]]) -> Any:
    """A polars frame; a column that mixes words with numbers is words, one that mixes whole numbers
    with others is numbers.
    """
    import polars as pl

    from netwright.data.targets import is_missing

    clean = {
        name: [
            None if is_missing(v) or type(v).__name__ in ("NAType", "NaTType") else v
            for v in values
        ]
        for name, values in columns.items()
    }
    try:
        return pl.DataFrame(clean)
    except (pl.exceptions.PolarsError, TypeError, OverflowError):
        return pl.DataFrame({name: _of_one_type(values) for name, values in clean.items()})


def _of_one_type(values: Sequence[Any]) -> Sequence[Any]:
    """A column that mixes kinds of values, as words, or as numbers where all are."""
    if any(isinstance(v, str) for v in values):
        return [None if v is None else str(v) for v in values]
    if all(v is None or (isinstance(v, int | float) and type(v) is not bool) for v in values):
        return [None if v is None else _as_float(v) for v in values]
    return [None if v is None else str(v) for v in values] if _differ(values) else values


def _differ(values: Sequence[Any]) -> bool:
    """Whether the values are of several plain kinds."""
    kinds = {type(v) for v in values if v is not None}
    return len(kinds) > 1 and kinds <= {bool, int, float}


def _as_float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:  # a whole number beyond all floats
        return math.inf if value > 0 else -math.inf


def _read_frame(frame: Any, y: Any, source: Source) -> Reading:
    import polars as pl

    from netwright.data.tables import columns, to_examples

    if not len(frame):
        raise DataError("the data frame has no rows: nothing to read.")
    options = source.options
    if y is not None:
        target = options.target or "y"
        options = replace(options, target=target)
        frame = frame.with_columns(pl.Series(target, plain_targets(y, len(frame)), strict=False))
    plain, notes = columns.plain(frame)
    why = (
        source.why
        or f"took the data in memory for a table of {counted(len(frame), 'row')}"
        f" and {counted(len(frame.columns), 'column')}"
    )
    table = Source("table", source.path, why, options)
    return to_examples.read_frame(plain, table, notes=notes, dates=columns.dates_in(frame.schema))
