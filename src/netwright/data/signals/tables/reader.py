"""The reader of tables of series."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from netwright.base.errors import DataError
from netwright.contract import Claim, Examples, Look, Reader, ReadOptions, Source
from netwright.data.sources import memory, tables
from netwright.data.tables import json_lines

if TYPE_CHECKING:
    from netwright.contract.reading import Reading
    from netwright.data.signals.tables.held import SeenTable


def recognize(look: Look) -> Claim | None:
    """A table of any kind, which could be one of series: a person says so, by ``data.series`` or by
    the system's name.
    """
    if look.kind == "memory":
        return Claim("took the data in memory for a table of series", 1) if _frames(look) else None
    if tables.recognize(look) is None and json_lines.recognize(look) is None:
        return None
    return Claim(f"took {look.path} for a table of series, as asked for", 1)


def read(look: Look, source: Source) -> Reading:
    """The series of a table.

    Raises:
        DataError: it does not hold any.
    """
    from netwright.data.signals.tables import read

    return read.read(_seen(look, source.options), source)


def inputs(looks: Sequence[Look], options: ReadOptions) -> Examples | None:
    """New series of one table."""
    if not looks or not all(recognize(look) for look in looks):
        return None
    if len(looks) > 1:
        raise DataError(f"{len(looks)} tables given: label them one by one.")
    from netwright.data.signals.tables import read

    return read.inputs(_seen(looks[0], options), options)


def sample(folder: Path) -> tuple[Path, ReadOptions]:
    """Forty series of two channels, of two kinds: a slow and a quick wave; of 12 to 16 steps."""
    path, lines = folder / "waves.csv", ["wave,t,left,right,kind"]
    for at in range(40):
        kind, pace = (("slow", 1.0), ("quick", 4.0))[at % 2]
        for step in range(12 + at % 5):
            place = pace * step / 2.5 + at
            lines.append(f"{at},{step},{math.sin(place):.3f},{math.cos(place):.3f},{kind}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path, ReadOptions(target="kind", series="wave", time="t")


READER = Reader(
    kind="series",
    takes="tables of series",
    recognize=recognize,
    read=read,
    sample=sample,
    inputs=inputs,
    meant=lambda options: options.series is not None,
)


def _seen(look: Look, options: ReadOptions) -> SeenTable:
    from netwright.data.signals.tables import held

    if look.kind != "memory":
        return held.of_file(look, options)
    x, y, *_ = memory.parts(look.value)
    if y is not None:
        raise DataError("a table of series holds its labels: name their column with --target.")
    return held.of_memory(x)


def _frames(look: Look) -> bool:
    """Whether a frame is given, columns by name, or rows by name."""
    x = memory.parts(look.value)[0]
    if isinstance(x, Mapping) or any(hasattr(type(x), name) for name in memory.ARRAYS[2:]):
        return True
    return isinstance(x, list) and bool(x) and all(isinstance(row, Mapping) for row in x)
