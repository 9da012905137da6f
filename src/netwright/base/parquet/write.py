"""The one writer of our own Parquet files."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

from netwright.base.files import replacing
from netwright.base.paths import Place

_NUMBER = re.compile(r"\(os error (\d+)\)")
"""Where Polars' message has the number of what the operating system refused."""


@contextlib.contextmanager
def replacing_by_polars(place: Place) -> Iterator[Path]:
    """``files.replacing``, where Polars writes inside the block: a full disk is an error of its
    own kind there, and none of the operating system's.

    Raises:
        NetwrightError: the disk is full or the folder cannot be written.
    """
    from polars.exceptions import PanicException, PolarsError

    with replacing(place) as temporary:
        try:
            yield temporary
        except (PolarsError, PanicException) as error:
            if number := _NUMBER.search(str(error)):
                raise OSError(int(number[1]), os.strerror(int(number[1]))) from error
            raise
