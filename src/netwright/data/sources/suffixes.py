"""The endings of names of image and table files.

Kept apart so that recognizing a source loads no array library.
"""

from __future__ import annotations

IMAGES = frozenset(
    {
        ".png",
        ".jpg",
        ".jpeg",
        ".jpe",
        ".jfif",
        ".bmp",
        ".dib",
        ".gif",
        ".webp",
        ".tif",
        ".tiff",
        ".ppm",
        ".pgm",
        ".pbm",
        ".pnm",
        ".ico",
        ".jp2",
        ".tga",
        ".avif",
    }
)
TABLES = frozenset({".csv", ".tsv", ".tab", ".parquet", ".pq", ".arff", ".xlsx"})
DELIMITED = frozenset({".csv", ".tsv", ".tab"})
"""Of these, text."""

JSON_LINES = frozenset({".jsonl", ".ndjson"})
PACKED = frozenset({".gz", ".zip", ".zst"})
"""Files in which a table may be packed: ``t.csv.gz``."""
TEXTS = frozenset({".txt", ".dat", ".data"})
"""Text of any kind: a table where its lines are cells."""
