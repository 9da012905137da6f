"""The one reader of our own Parquet files: bounded, and without a crash whatever they hold.

Tables that people bring are another trade: ``data/tables``.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from netwright.base.errors import UnreadableError
from netwright.base.figures import shorten
from netwright.base.parquet import unfolded
from netwright.base.parquet.quiet import quiet
from netwright.base.paths import Place, named, opened

if TYPE_CHECKING:
    import polars as pl


def load(place: Place, columns: Collection[str] | None = None) -> pl.DataFrame:
    """The rows.

    Args:
        columns: those that are read; None: all.

    Raises:
        FileNotFoundError, NotADirectoryError: there is no such file.
        UnreadableError: it is damaged, or unfolds to too much.
    """
    import polars as pl

    with _checked(place) as (path, size):
        frame = pl.read_parquet(path, columns=None if columns is None else [*columns])
        # one text that is repeated takes its room once, until it is asked for
        unfolded.check_size(int(frame.estimated_size()), size)
        return frame


def columns_of(place: Place) -> Mapping[str, pl.DataType]:
    """The columns and their types; no row is read.

    Raises:
        FileNotFoundError, NotADirectoryError: there is no such file.
        UnreadableError: see ``load``; a file that was cut off lacks its end, which names them.
    """
    import polars as pl

    with _checked(place) as (path, _):
        return pl.read_parquet_schema(path)


def metadata_of(place: Place) -> Mapping[str, str]:
    """Texts that whoever wrote it put beside the columns.

    Raises:
        FileNotFoundError, NotADirectoryError: there is no such file.
        UnreadableError: see ``load``.
    """
    import polars as pl

    with _checked(place) as (path, _):
        return pl.read_parquet_metadata(path)


@contextlib.contextmanager
def _checked(place: Place) -> Iterator[tuple[Path, int]]:
    """A name of the open file, and its size; what Polars raises inside the block becomes one
    sentence.
    """
    import polars as pl

    with opened(place) as handle:
        size = os.fstat(handle).st_size
        unfolded.check_size(unfolded.unfolded(handle, size), size)
        try:
            with quiet():
                yield named(handle), size
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
            # the first line: Polars may add a plan of its own
            why = " ".join(str(error).partition("\n")[0].split())
            raise UnreadableError(shorten(why, 150)) from None
