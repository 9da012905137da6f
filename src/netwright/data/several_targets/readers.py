"""Where several targets a row come from: images named by a table, and rows of a table; other images
to answer.
"""

from __future__ import annotations

from netwright.data.sources import folders, image_tables, memory, npz, tables

READERS = (
    image_tables.READER,
    tables.READER,
    npz.READER,
    memory.READER,
    folders.READER,
)
