"""The public tables, changed by chance and described, without end.

A table is cut to its first rows; then cells of it become what people's cells are (dates, money,
marks of missing values, words among numbers), and bytes of it change.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from benchmarks.fuzz import edits, judge
from benchmarks.fuzz.long import Tried
from benchmarks.tables.public import TABLES

ROWS = 60

CELLS = (
    *("", "NA", "-", "--", ".", "\\N", "?", "None", "n/a", "-999", "missing", "#REF!", "nan"),
    *("2024-02-30", "31/12/1999", "12/31/99", "1.2.2020", "2020-01-01T00:00:00Z", "Jan 5 2001"),
    *("$1,234.50", "1.234,50 €", "(500)", "12%", "1 234", "1'000", "1e5", "0x1F", "٣", "½"),
    *("007", "12345678901234567890", "yes", "TRUE", "f", "1.0", "1,5", " 7 ", "a b c", '"'),
)
"""What stands in people's tables."""


def changed_tables(seed: int, folder: Path) -> Iterator[Tried]:
    """Described, without end; in an empty folder."""
    rng = random.Random(seed)
    heads = {name: _head(table.path()) for name, table in TABLES.items()}
    place = folder / "changed.csv"
    while True:
        name = rng.choice(list(heads))
        content = _with_cells(heads[name], rng)
        changes = edits.drawn(rng, 2) if rng.random() < 0.5 else []
        place.write_bytes(edits.edited(content, changes))
        ended = judge.call(["data", str(place), "--target", TABLES[name].target])
        what = f"seed {seed}, {name}: {changes}"
        yield Tried((name,), what, judge.wrong(ended), ended.seconds)


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return b"".join(line for _, line in zip(range(ROWS + 1), file, strict=False))


def _with_cells(content: bytes, rng: random.Random) -> bytes:
    """Some cells of one column, or of all, become such."""
    lines = [line.split(b",") for line in content.splitlines()]
    column, words = rng.randrange(max(1, len(lines[0]))), rng.sample(CELLS, rng.randint(1, 4))
    often = rng.choice((0.02, 0.2, 1.0))
    for line in lines[1:]:
        if column < len(line) and rng.random() < often:
            line[column] = rng.choice(words).encode()
    return b"\n".join(b",".join(line) for line in lines) + b"\n"
