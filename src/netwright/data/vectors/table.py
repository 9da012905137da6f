"""A table of word vectors, kept by the digest of what it was read from, and never changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from netwright.base import files
from netwright.base.errors import DataError

if TYPE_CHECKING:
    from netwright.data.vectors.parse import Parsed, Vectors

FORM = "vectors 1"
"""Of the kept files; another one is another folder."""


@dataclass(frozen=True, eq=False)
class VectorTable:
    """The vectors of all words of a source, opened where they lie.

    Args:
        keys: (V,) uint64 that stand for the words, rising.
        rows: (V,) the row of ``vectors`` of each.
        vectors: (V, D) float32.
    """

    keys: np.ndarray[Any, Any]
    rows: np.ndarray[Any, Any]
    vectors: Vectors

    @property
    def size(self) -> int:
        """D."""
        return int(self.vectors.shape[1])

    def rows_of(self, words: Sequence[str]) -> np.ndarray[Any, Any]:
        """(N,) int64, 1 + the row of ``vectors`` of each word, as it is written or else in small
        letters; 0 where the table has neither.
        """
        found = np.zeros(len(words), np.int64)
        for spelled in (list(words), [word.lower() for word in words]):
            keys = [key(word.encode("utf-8", "surrogatepass")) for word in spelled]
            wanted = np.array(keys, np.uint64)
            place = np.minimum(np.searchsorted(self.keys, wanted), len(self.keys) - 1)
            new = (self.keys[place] == wanted) & (found == 0)
            found[new] = self.rows[place[new]] + 1
        return found

    def at(self, rows: np.ndarray[Any, Any]) -> Vectors:
        """(..., D) float32 of rows (...) as ``rows_of`` gives them: 0 where there is none."""
        found: Vectors = self.vectors[np.maximum(rows - 1, 0)]
        found[rows == 0] = 0
        return found


def key(word: bytes) -> int:
    """64 bits that stand for a word."""
    return int.from_bytes(hashlib.blake2b(word, digest_size=8).digest(), "big")


def folder_of(digest: str) -> Path:
    """Where the table of a source lies."""
    return files.cache_folder() / "vectors" / digest


def keep(digest: str, parts: Iterable[Parsed]) -> None:
    """Keep the vectors of a source; the first one of a word that there is twice.

    Raises:
        DataError: there is none.
    """
    keys: list[int] = []
    blocks: list[Vectors] = []
    for words, vectors in parts:
        keys += map(key, words)
        blocks.append(vectors)
    if not keys:
        raise DataError("it holds no word vectors.")
    first, rows = np.unique(np.array(keys, np.uint64), return_index=True)
    place = folder_of(digest)
    _write(place / "vectors.npy", np.concatenate(blocks))
    _write(place / "rows.npy", rows.astype(np.int64))
    _write(place / "keys.npy", first)  # the last one: a folder that has it is whole


def is_kept(digest: str) -> bool:
    """Whether the table of this digest is there, whole."""
    return (folder_of(digest) / "keys.npy").is_file()


@lru_cache(2)
def opened(place: Path) -> VectorTable:
    """The table in a folder, its vectors mapped and not read.

    Raises:
        DataError: it is damaged.
    """
    try:
        keys, rows, vectors = (
            np.load(place / f"{name}.npy", mmap_mode="r", allow_pickle=False)
            for name in ("keys", "rows", "vectors")
        )
    except (OSError, ValueError, EOFError) as error:
        raise DataError(
            f"{place} is damaged ({str(error).rstrip('.')}): delete it, and it is made anew."
        ) from None
    fits = keys.dtype == np.uint64 and keys.shape == rows.shape and vectors.ndim == 2
    if not fits or not len(keys) or vectors.dtype != np.float32 or len(vectors) < len(keys):
        raise DataError(f"{place} is damaged: delete it, and it is made anew.")
    return VectorTable(keys, rows, vectors)


def _write(path: Path, array: np.ndarray[Any, Any]) -> None:
    with files.replacing(path) as temporary, temporary.open("wb") as out:
        np.save(out, array, allow_pickle=False)
