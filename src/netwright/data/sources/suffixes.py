"""The endings of names of image, table, text and volume files: the one rule for what is which.

Kept apart so that recognizing a source loads no array library.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import PurePath

from netwright.data.images.formats import heif

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
PHOTOS = frozenset({".heic", ".heif", ".hif"})
"""Those of a phone's photographs, which the extra [photos] reads."""

TABLES = frozenset({".csv", ".tsv", ".tab", ".parquet", ".pq", ".arff", ".xlsx"})
DELIMITED = frozenset({".csv", ".tsv", ".tab"})
"""Of these, text."""

JSON_LINES = frozenset({".jsonl", ".ndjson"})
PACKED = frozenset({".gz", ".zip", ".zst"})
"""Files in which a table may be packed: ``t.csv.gz``."""
VOLUMES = (".nii", ".nii.gz")
"""NIfTI files, which the extra [volumes] reads."""

TEXTS = frozenset({".txt", ".dat", ".data"})
"""Text of any kind: a table where its lines are cells."""


def is_volume(name: str | PurePath) -> bool:
    """Whether a file of this name is read as a volume."""
    return PurePath(name).name.lower().endswith(VOLUMES)


def images() -> frozenset[str]:
    """The endings of the image files that are read here."""
    return IMAGES | PHOTOS if heif.module() else IMAGES


def is_image(name: str | PurePath) -> bool:
    """Whether a file of this name is read as an image. What a listing passes over (hidden files,
    folders that programs leave behind) is the same for all: see ``contract.look.Listed``.
    """
    return PurePath(name).suffix.lower() in images()


def is_called_image(name: str | PurePath) -> bool:
    """The same, and photographs that the extra would read: of a file that somebody names."""
    return PurePath(name).suffix.lower() in IMAGES | PHOTOS


def no_images(endings: Collection[str]) -> bool:
    """Whether none of these endings is one of an image that is read here."""
    return images().isdisjoint(endings)


def not_read(endings: Collection[str]) -> str | None:
    """How to read the photographs among files of these endings, as a sentence goes on; None: there
    are none, or they are read.
    """
    found = sorted(PHOTOS.intersection(ending.lower() for ending in endings))
    return f"{heif.INSTALL} reads {', '.join(found)}" if found and not heif.module() else None
