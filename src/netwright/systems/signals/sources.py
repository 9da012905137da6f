"""What this system reads: arrays of signals and volumes."""

from __future__ import annotations

from netwright.data.signals import reader

READERS = (reader.READER,)
