"""What this system reads: images, and rows of a table."""

from __future__ import annotations

from netwright.data.sources import folders, idx, memory, npz, ready, tables

READERS = (
    ready.READER,
    folders.READER,
    tables.READER,
    idx.READER,
    npz.READER,
    memory.READER,
)
