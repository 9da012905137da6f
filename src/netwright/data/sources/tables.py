"""Tables: CSV, TSV, Parquet, Excel, ARFF and Orange files, and other text whose lines are cells; as
they are, or packed.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from netwright.base.errors import DataError
from netwright.contract import Claim, Examples, Look, Reader, ReadOptions, Source
from netwright.data.sources import suffixes
from netwright.data.sources.image_tables import image_column
from netwright.data.tables.formats import packed

if TYPE_CHECKING:
    from netwright.contract.reading import Reading


def recognize(look: Look) -> Claim | None:
    """A file called as tables are, or a text file whose lines have as many cells as the first."""
    if look.kind != "file":
        return None
    ending = packed.ending(look.path)
    if ending in suffixes.TABLES:
        why = f"took {look.path} for a table because {packed.named_by(look, ending)}"
        return Claim(why, 2 if image_column(look) is None else 1)
    if ending in suffixes.TEXTS and _has_cells(look):
        return Claim(
            f"took {look.path} for a table of delimited text because its lines have as many cells"
            " as its first",
            2,
        )
    return None


def read(look: Look, source: Source) -> Reading:
    """The examples of a table file."""
    from netwright.data.tables import to_examples

    memory = source.options.memory
    return to_examples.read_table(source, memory=to_examples.MEMORY if memory is None else memory)


def inputs(looks: Sequence[Look], options: ReadOptions) -> Examples | None:
    """The rows of one table, all of whose columns are inputs."""
    if not looks or not all(recognize(look) for look in looks):
        return None
    if len(looks) > 1:
        raise DataError(f"{len(looks)} tables given: label them one by one.")
    from netwright.data.tables import to_examples

    return to_examples.read_rows(looks[0].path, options)


def sample(folder: Path) -> tuple[Path, ReadOptions]:
    """Forty rows of a number and a word; the number decides about the target ``y``."""
    path = folder / "table.csv"
    rows = [
        f"{at / 10:.1f},{('red', 'green')[at % 2]},{'large' if at > 19 else 'small'}"
        for at in range(40)
    ]
    path.write_text("\n".join(["size,colour,y", *rows]) + "\n", encoding="utf-8")
    return path, ReadOptions(target="y")


READER = Reader(
    kind="table",
    takes="a CSV, TSV, Parquet, Excel or ARFF table (also as .gz, .zip or .zst)",
    recognize=recognize,
    read=read,
    sample=sample,
    inputs=inputs,
)


def _has_cells(look: Look) -> bool:
    from netwright.data.tables.formats import delimiter

    text = packed.text(look)
    return text is not None and delimiter.has_cells(text)
