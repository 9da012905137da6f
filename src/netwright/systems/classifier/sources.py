"""What this system reads: images, and rows of a table."""

from __future__ import annotations

from netwright.data.sources import folders, idx, image_tables, memory, npz, ready, tables
from netwright.data.tables import json_lines

READERS = (
    ready.READER,
    folders.READER,
    image_tables.READER,
    tables.READER,
    json_lines.TABLE,
    idx.READER,
    npz.READER,
    memory.READER,
)
