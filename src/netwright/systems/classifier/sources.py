"""What this system reads: images, and rows of a table."""

from __future__ import annotations

from netwright.data.sources import folders, idx, image_tables, memory, npz, ready, tables

READERS = (
    ready.READER,
    folders.READER,
    image_tables.READER,
    tables.READER,
    idx.READER,
    npz.READER,
    memory.READER,
)
