"""What this system reads: texts, and tables with a column of prose."""

from __future__ import annotations

from netwright.data.sources import memory, tables
from netwright.data.tables import json_lines
from netwright.data.text import files

READERS = (files.READER, json_lines.READER, tables.READER, memory.READER)
