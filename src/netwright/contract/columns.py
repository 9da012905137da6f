"""Columns: many values held as one, of which some rows can be taken."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def take(column: Any, indices: Sequence[int]) -> Any:
    """The values at ``indices``, in that order: of a list, an array, or whatever has ``take``."""
    if isinstance(column, list | tuple | range):
        return [column[i] for i in indices]
    return column.take(indices, axis=0) if hasattr(column, "dtype") else column.take(indices)
