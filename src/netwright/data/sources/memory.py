"""Data in memory: arrays, tensors, lists of numbers, data frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from netwright.contract import Claim, Examples, Look, Reader, ReadOptions, Source

if TYPE_CHECKING:
    from netwright.contract.reading import Reading

ARRAYS = ("__array__", "detach", "collect_schema", "iloc")
"""What arrays, tensors and frames have; looked at without loading what they come from."""


def recognize(look: Look) -> Claim | None:
    """Arrays and frames, lists of numbers, and rows of anything."""
    strength = _strength(parts(look.value)[0]) if look.kind == "memory" else None
    return Claim("", strength) if strength else None  # what it is taken for shows when it is read


def read(look: Look, source: Source) -> Reading:
    """The examples of ``x``, ``(x, y)`` or ``(x, y, weights)``."""
    from netwright.data.sources import arrays
    from netwright.data.weights import weighed

    x, y, *weights = parts(look.value)
    untold = Source("arrays", "memory", "", source.options)  # what it is shows when it is read
    found = arrays.read_arrays(x, y, task=source.options.task, source=untold)
    return weighed(found, weights[0]) if weights else found


def inputs(looks: Sequence[Look], options: ReadOptions) -> Examples | None:
    """``x`` alone."""
    if len(looks) != 1 or looks[0].kind != "memory" or not _strength(looks[0].value):
        return None
    from netwright.data.sources import arrays
    from netwright.data.tables import to_examples

    return arrays.inputs_of(looks[0].value, to_examples.for_inputs(options))


def sample(folder: Path) -> tuple[Any, ReadOptions]:
    """(x, y): forty rows of two numbers, of two classes; nothing is written."""
    import numpy as np

    x = np.random.default_rng(0).normal(size=(40, 2))
    return (x, ["right" if row[0] > 0 else "left" for row in x]), ReadOptions()


READER = Reader(
    kind="arrays",
    takes="arrays, tensors, lists of numbers or a data frame in memory",
    recognize=recognize,
    read=read,
    sample=sample,
    inputs=inputs,
)


def parts(value: Any) -> tuple[Any, ...]:
    """``(x, y)`` or ``(x, y, weights)``; y is None where ``x`` alone is given."""
    return value if isinstance(value, tuple) and len(value) in (2, 3) else (value, None)


def _strength(x: Any) -> Literal[1, 2] | None:
    """2 for an array, a tensor, a frame, columns by name, rows by name, or lists of numbers; 1 for
    rows of words, which may be meant as text.
    """
    if any(hasattr(type(x), name) for name in ARRAYS) or isinstance(x, Mapping):
        return 2
    if not isinstance(x, Sequence) or isinstance(x, str | bytes):
        return None
    first = x[0] if len(x) else 0.0
    if isinstance(first, Mapping):
        return 2
    if isinstance(first, Sequence) and len(first) and isinstance(first[0], str):
        return None if isinstance(first, str) else 1
    return 2 if isinstance(first, int | float) else _strength(first)
