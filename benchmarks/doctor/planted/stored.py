"""Rows as a person would have them on the disk, and as they are handed over to be measured."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from benchmarks.doctor.planted.sources import DOMAIN, LABEL, TEXT, Rows


@dataclass(frozen=True)
class Stored:
    """Rows that lie on the disk.

    Args:
        path: what is trained on.
        target: the column to predict, of a table.
        kind: ``table``, ``arrays`` or ``texts``.
    """

    path: str
    target: str | None
    kind: str

    def given(self, rows: Rows) -> tuple[Any, str | None]:
        """Other rows to be measured by a run on these: the source and its target."""
        if self.kind == "table":
            return rows.frame, self.target
        if self.kind == "texts":
            assert isinstance(rows.x, pl.DataFrame)
            return (rows.x[TEXT].to_list(), rows.y.tolist()), None
        return (array_of(rows), rows.y), None


def store(rows: Rows, folder: Path) -> Stored:
    """Write them below the folder."""
    folder.mkdir(parents=True)
    frame = rows.x if isinstance(rows.x, pl.DataFrame) else None
    if frame is not None and rows.splits is None:
        rows.frame.write_csv(folder / "rows.csv")
        return Stored(str(folder / "rows.csv"), LABEL, "table")
    if frame is not None and TEXT in frame.columns:
        _texts(rows, frame, folder)
        return Stored(str(folder), None, "texts")
    if rows.places is not None:
        _pictures(rows, folder)
        return Stored(str(folder), None, "arrays")
    splits = np.array(rows.splits if rows.splits is not None else [""] * len(rows))
    parts: dict[str, Any] = {}
    for name in dict.fromkeys(splits.tolist()):
        end = f"_{name}" if name else ""
        parts |= {f"x{end}": array_of(rows)[splits == name], f"y{end}": rows.y[splits == name]}
    np.savez(folder / "rows.npz", **parts)
    return Stored(str(folder / "rows.npz"), None, "arrays")


def array_of(rows: Rows) -> Any:
    """Its numbers or pictures."""
    return rows.x.to_numpy().astype(np.float64) if isinstance(rows.x, pl.DataFrame) else rows.x


def _texts(rows: Rows, frame: pl.DataFrame, folder: Path) -> None:
    assert rows.splits is not None
    for at, (text, label, split) in enumerate(zip(frame[TEXT], rows.y, rows.splits, strict=True)):
        place = folder / split / str(label)
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{at}.txt").write_text(text, encoding="utf-8")


def _pictures(rows: Rows, folder: Path) -> None:
    from PIL import Image

    assert rows.places is not None
    for at, (pixels, label, name) in enumerate(zip(rows.x, rows.y, rows.places, strict=True)):
        place = folder / name / str(label)
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(place / f"{at}.png")


def settings_of(rows: Rows) -> dict[str, Any]:
    """What a person who knows the data would type."""
    found: dict[str, Any] = {}
    if isinstance(rows.x, pl.DataFrame) and TEXT in rows.x.columns and rows.splits is None:
        found["data.text_column"] = TEXT
    if rows.places is not None and isinstance(rows.x, pl.DataFrame):
        found |= {"data.domain": DOMAIN, "split.domain": "target"}
    return found
