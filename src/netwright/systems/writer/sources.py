"""What this system reads: texts without labels."""

from __future__ import annotations

from netwright.data.writing import reader

READERS = (reader.READER,)
