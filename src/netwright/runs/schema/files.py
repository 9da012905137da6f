"""What each file of a run holds, by its name."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from netwright.base.read_json import MOST_BYTES
from netwright.base.shapes import ABSENT, Check, MisfitError, anything, mapped
from netwright.runs.schema.notes import CORRECTIONS, LABEL
from netwright.runs.schema.results import DATA, ENVIRONMENT, MEASURES, diagnosis
from netwright.runs.schema.run_json import run
from netwright.runs.schema.shown import MISTAKES, REFERENCES, VIEWS, YARDSTICK


@dataclass(frozen=True)
class CsvFile:
    """What a CSV file of a run holds.

    Args:
        columns: those that it must have.
        whole: of these, those that hold a whole number in every row -> the least that it may be.
        text_columns: those that hold text; all others hold numbers.
    """

    columns: Collection[str]
    whole: Mapping[str, int] = field(default_factory=dict)
    text_columns: Collection[str] = ()

    def check(self, columns: Collection[str], rows: Collection[Mapping[str, Any]]) -> None:
        """See that every column is there and that what counts is a whole number.

        Raises:
            MisfitError: a column is missing, or what counts is no whole number.
        """
        if rows and (absent := [name for name in self.columns if name not in columns]):
            raise MisfitError(absent[0], ABSENT, "a column")
        for line, row in enumerate(rows, start=2):
            for name, least in self.whole.items():
                found = row.get(name, math.nan)
                if not (least <= found < 2**53 and found.is_integer()):
                    raise MisfitError(
                        f"in row {line} {name}", found, f"a whole number, {least} or more"
                    )


CSV_FILES: Mapping[str, CsvFile] = {
    "curves.csv": CsvFile(("epoch", "step"), whole={"epoch": 1, "step": 1}),
    "abandoned.csv": CsvFile(
        ("epoch", "step", "branch"), whole={"epoch": 1, "step": 1, "branch": 0}
    ),
    "steps.csv": CsvFile(("step",), whole={"step": 1}),
    "lr_finder.csv": CsvFile(("rate", "loss")),
    "layers.csv": CsvFile(
        ("step", "layer", "rms", "gradient", "dead", "flat"),
        whole={"step": 0},
        text_columns=("layer",),
    ),
}
"""Name -> what it holds. A row is a mapping column -> figure; an empty cell is left out."""


@dataclass(frozen=True)
class ParquetColumns:
    """What a Parquet file of a run holds.

    Args:
        columns: those that it must have -> whether they hold text, numbers, or whatever they may.
        read: those that are read; None: all.
    """

    columns: Mapping[str, Literal["text", "numbers", "anything"]]
    read: Collection[str] | None = None


SPLITS_FILE = ParquetColumns({"id": "text", "split": "text"}, read=("id", "split"))
PREDICTIONS_FILE = ParquetColumns(
    {"id": "text", "source": "text", "truth": "anything", "answer": "anything", "loss": "numbers"}
)


def parquet_file(name: str) -> ParquetColumns:
    """What ``splits.parquet``, or one of ``predictions/``, holds."""
    return SPLITS_FILE if name == "splits.parquet" else PREDICTIONS_FILE


@dataclass(frozen=True)
class JsonFile:
    """What a JSON file of a run holds.

    Args:
        check: of its content.
        most: bytes.
    """

    check: Check
    most: int = MOST_BYTES


JSON_FILES: Mapping[str, JsonFile] = {
    "run.json": JsonFile(run),
    "measures.json": JsonFile(MEASURES),
    "data.json": JsonFile(DATA),
    "diagnosis.json": JsonFile(diagnosis),
    "environment.json": JsonFile(ENVIRONMENT),
    "pictures/worst.json": JsonFile(MISTAKES),
    "views.json": JsonFile(VIEWS),
    "references.json": JsonFile(REFERENCES),
    "yardstick.json": JsonFile(YARDSTICK),
    "label.json": JsonFile(LABEL),
    "corrections.json": JsonFile(CORRECTIONS),
    # what lies inside these two is the system's to check: ``codecs``
    "chosen.json": JsonFile(mapped(anything)),
    "codec.json": JsonFile(mapped(anything), most=4 * MOST_BYTES),
}
