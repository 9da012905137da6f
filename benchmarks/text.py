"""Film reviews by ``nw.train((texts, labels))`` beside tf-idf and logistic regression.

Ten folds of the sentence polarity data set (Pang and Lee 2005, 10,662 sentences, half of them
positive). scikit-learn learns from all of the other nine folds; of these ours holds a tenth out as
dev, to choose the epoch. Both answer the same sentences, so their difference is taken sentence by
sentence. The defaults were chosen on the first three folds; the other seven chose nothing.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.harness import BenchmarkError, Table
from benchmarks.workloads import CACHE

FOLDS = 10
CHOSE = 3
"""Folds, the first ones, on which the defaults were chosen."""

SETTINGS = {"split.test": 0, "split.dev": 0.1, "training.threads": 1}

Hits = np.ndarray[Any, np.dtype[np.float64]]
"""(N,) 1 where a sentence was answered right."""


@dataclass(frozen=True)
class Fold:
    """What was answered on one fold.

    Args:
        ours, theirs: whether each sentence was answered right.
        seconds: CPU seconds of our training, with everything on.
    """

    ours: Hits
    theirs: Hits
    seconds: float


def run(rounds: int, log: Callable[[str], None]) -> list[Table]:
    """Every fold once; ``rounds`` is not used."""
    texts, labels = sentences(CACHE / "sentiment")
    folds = np.random.default_rng(0).permutation(len(texts)) % FOLDS
    return [_table([_fold(texts, labels, folds == at, log) for at in range(FOLDS)])]


def sentences(folder: Path) -> tuple[list[str], list[str]]:
    """The sentences and their labels.

    Raises:
        BenchmarkError: the files are not there.
    """
    texts, labels = [], []
    for name in ("pos", "neg"):
        path = folder / f"rt-polarity.{name}"
        if not path.exists():
            raise BenchmarkError(
                f"{path} is missing: put the two files of the sentence polarity data set (nltk's"
                " corpus sentence_polarity) there"
            )
        found = path.read_text(encoding="utf-8", errors="replace").splitlines()
        texts += found
        labels += [name] * len(found)
    return texts, labels


def _fold(
    texts: Sequence[str], labels: Sequence[str], held: Any, log: Callable[[str], None]
) -> Fold:
    train, test = np.flatnonzero(~held).tolist(), np.flatnonzero(held).tolist()
    x, y = [texts[at] for at in train], [labels[at] for at in train]
    new, truth = [texts[at] for at in test], [labels[at] for at in test]
    start = time.process_time()
    ours = _ours(x, y, new)
    seconds = time.process_time() - start
    theirs = _theirs(x, y, new)
    found = Fold(_hits(ours, truth), _hits(theirs, truth), seconds)
    log(f"text: {found.ours.mean():.4f} and {found.theirs.mean():.4f}, {seconds:.0f} CPU s")
    return found


def _ours(x: list[str], y: list[str], new: list[str]) -> list[str]:
    import netwright as nw

    with tempfile.TemporaryDirectory() as store:
        trained = nw.train((x, y), set=SETTINGS, store=store)
        return [answer.label for answer in trained.predict(new)]


def _theirs(x: list[str], y: list[str], new: list[str]) -> list[str]:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    pipeline = make_pipeline(TfidfVectorizer(), LogisticRegression(max_iter=1000))
    return list(pipeline.fit(x, y).predict(new))


def _hits(answers: Sequence[str], truth: Sequence[str]) -> Hits:
    return np.array([a == b for a, b in zip(answers, truth, strict=True)], float)


def interval(difference: Hits) -> tuple[float, float, float]:
    """(mean, low, high): 95%, by the normal approximation over the sentences."""
    mean = float(difference.mean())
    half = 1.96 * float(difference.std(ddof=1)) / len(difference) ** 0.5
    return mean, mean - half, mean + half


def _table(folds: Sequence[Fold]) -> Table:
    ours, theirs = _joined(folds)
    untouched, theirs_there = _joined(folds[CHOSE:] or folds)
    difference = interval(untouched - theirs_there)
    each = [float((fold.ours - fold.theirs).mean()) for fold in folds]
    met = "met" if difference[2] >= 0 else "NOT met"
    return Table(
        title=f"Sentence polarity, {len(ours):,} sentences, {len(folds)} folds",
        columns=("who", "right"),
        rows=(
            ("netwright", f"{ours.mean():.2%}"),
            ("tf-idf and logistic regression", f"{theirs.mean():.2%}"),
            ("difference", _points(*interval(ours - theirs))),
            ("difference on the folds that chose nothing", _points(*difference)),
        ),
        notes=(
            f"{met}: the difference is not below 0 beyond noise",
            f"by fold from {100 * min(each):+.1f} to {100 * max(each):+.1f} points;"
            f" {np.mean([fold.seconds for fold in folds]):.0f} CPU s a training",
        ),
        figures={"differences": each},
    )


def _joined(folds: Sequence[Fold]) -> tuple[Hits, Hits]:
    return (
        np.concatenate([fold.ours for fold in folds]),
        np.concatenate([fold.theirs for fold in folds]),
    )


def _points(mean: float, low: float, high: float) -> str:
    return f"{100 * mean:+.2f} points ({100 * low:+.2f} to {100 * high:+.2f})"
