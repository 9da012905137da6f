"""What this system reads: images with boxes; to answer, images alone."""

from __future__ import annotations

from netwright.data.boxes import coco, memory, table, voc
from netwright.data.sources import folders

READERS = (coco.READER, voc.READER, table.READER, memory.READER, folders.READER)
