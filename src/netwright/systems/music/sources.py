"""What this system reads: pieces of music, ready ones too."""

from __future__ import annotations

from netwright.data.music import reader
from netwright.data.sources import ready

READERS = (reader.READER, ready.READER)
