"""What this system reads: pieces of music."""

from __future__ import annotations

from netwright.data.music import reader

READERS = (reader.READER,)
