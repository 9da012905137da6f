"""What this system reads: sentences with names."""

from __future__ import annotations

from netwright.data.tagged import reader

READERS = (reader.READER,)
