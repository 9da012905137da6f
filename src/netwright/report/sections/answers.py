"""What the report shows of a run's answers: what is taken for what, class by class; and of its
data.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from netwright.base import figures
from netwright.report.sections.headline import DASH
from netwright.report.sections.missing import MissingError
from netwright.runs.contents import RunFiles

if TYPE_CHECKING:
    import polars as pl


MOST_CLASSES = 40


def answers(run: RunFiles) -> dict[str, Any]:
    """The confusion table and the classes, or how numbers are missed."""
    frame = predictions(run, "dev")
    if are_labels(frame):
        return _labels(run, frame)
    if frame["truth"].dtype.is_numeric() and frame["answer"].dtype.is_numeric():
        return _numbers(run, frame)
    raise MissingError(
        "Pictures of the answers are made for labels and for numbers; these answers are neither."
    )


def _labels(run: RunFiles, frame: pl.DataFrame) -> dict[str, Any]:
    from netwright.plots.calibration import reliability
    from netwright.plots.confusion import MOST_CLASSES as TABLE
    from netwright.plots.confusion import confusion

    counts, classes = _counts(run, frame)
    bins = _bins(frame)
    table = [_class(i, counts, classes) for i in range(len(classes))]
    most = max((row["missed"] for row in table), default=0) or 1
    table = [{**row, "bar": row["missed"] / most} for row in table]
    if len(table) > MOST_CLASSES:
        table = sorted(table, key=lambda row: (row["order"], row["name"]))[:MOST_CLASSES]
    off = sum(part.n * abs(part.stated - part.right) for part in bins)
    return {
        "kind": "labels",
        "picture": confusion(counts, classes),
        "pairs": len(classes) > TABLE,
        "classes": table,
        "all": len(classes),
        "calibration": reliability(bins) if bins else "",
        "off": f"{100 * off / sum(part.n for part in bins):.1f}" if bins else "",
    }


def _numbers(run: RunFiles, frame: pl.DataFrame) -> dict[str, Any]:
    from netwright.plots import residuals

    unit = run.metric["unit"] if run.metric["unit"] != "fraction" else ""
    known = frame.drop_nulls(["truth", "answer"])
    truths, given = known["truth"].to_list(), known["answer"].to_list()
    return {
        "kind": "numbers",
        "picture": residuals.answers_against_truths(truths, given, unit=unit),
        "errors": residuals.residuals(truths, given, unit=unit),
        "measures": [
            (figures.plain(name), figures.level(found, dash=DASH))
            for name, found in run.measures.get("dev", {}).items()
        ],
    }


def predictions(run: RunFiles, split: str) -> pl.DataFrame:
    """The answers on a split.

    Raises:
        MissingError: they are not there or cannot be read.
    """
    import polars as pl

    path = run.folder / "predictions" / f"{split}.parquet"
    try:
        frame = pl.read_parquet(path)
    except FileNotFoundError:
        raise MissingError(
            f"predictions/{split}.parquet is not in the run folder: the answers are written when"
            " training is complete."
        ) from None
    except (pl.exceptions.PolarsError, OSError) as error:
        raise MissingError(
            f"predictions/{split}.parquet cannot be read ({str(error)[:150]})."
        ) from None
    if not {"truth", "answer"} <= set(frame.columns):
        raise MissingError(f"predictions/{split}.parquet lacks the columns truth and answer.")
    return frame


def are_labels(frame: pl.DataFrame) -> bool:
    """Whether truths and answers are labels."""
    import polars as pl

    return frame["truth"].dtype == pl.String and frame["answer"].dtype == pl.String


def _is_classifier(run: RunFiles) -> bool:
    return bool(run.codec.get("classes"))


def _counts(run: RunFiles, frame: pl.DataFrame) -> tuple[list[list[int]], list[str]]:
    """(truth, answer) -> count as a table; the codec's classes first, then labels that only dev
    holds.
    """
    known = frame.drop_nulls(["truth", "answer"])
    pairs = Counter(zip(known["truth"].to_list(), known["answer"].to_list(), strict=True))
    seen = {name for pair in pairs for name in pair}
    classes = list(dict.fromkeys([*map(str, run.codec.get("classes") or ()), *sorted(seen)]))
    place = {name: at for at, name in enumerate(classes)}
    counts = [[0] * len(classes) for _ in classes]
    for (truth, answer), count in pairs.items():
        counts[place[truth]][place[answer]] = count
    return counts, classes


def _class(i: int, counts: Sequence[Sequence[int]], classes: Sequence[str]) -> dict[str, Any]:
    """One class: recall with its interval, precision, F1, and what it is most often taken for."""
    from netwright.metrics.intervals import wilson

    n, answered, right = sum(counts[i]), sum(row[i] for row in counts), counts[i][i]
    recall, precision = right / n if n else math.nan, right / answered if answered else math.nan
    f1 = 2 * right / (n + answered) if n + answered else math.nan
    others = [(count, -j) for j, count in enumerate(counts[i]) if j != i and count]
    taken = f"{figures.shorten(classes[-max(others)[1]], 30)} ({max(others)[0]})" if others else ""
    return {
        "name": figures.shorten(classes[i], 40),
        "n": figures.count(n),
        "recall": figures.percent(recall, *wilson(right, n), dash=DASH) if n else "no example",
        "precision": f"{100 * precision:.1f}%" if answered else "never answered",
        "f1": f"{100 * f1:.1f}" if n + answered else "",
        "missed": n - right,
        "taken": taken,
        "order": f1 if math.isfinite(f1) else 2.0,
    }


def _bins(frame: pl.DataFrame) -> list[Any]:
    """Answers in ten equal steps of the stated probability; empty steps are left out."""
    from netwright.metrics.intervals import wilson
    from netwright.plots.calibration import Bin

    if "probabilities" not in frame.columns:
        return []
    known = frame.drop_nulls(["truth", "answer", "probabilities"])
    stated = known["probabilities"].list.max().to_list()
    right = (known["truth"] == known["answer"]).to_list()
    parts: dict[int, list[tuple[float, bool]]] = {}
    for probability, hit in zip(stated, right, strict=True):
        if probability is not None and 0 <= probability <= 1.001:
            parts.setdefault(min(9, int(10 * probability)), []).append((probability, hit))
    bins = []
    for _, part in sorted(parts.items()):
        hits = sum(hit for _, hit in part)
        bins.append(
            Bin(
                min(1.0, sum(p for p, _ in part) / len(part)),
                hits / len(part),
                *wilson(hits, len(part)),
                len(part),
            )
        )
    return bins
