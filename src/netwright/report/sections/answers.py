"""The answers of a run in the report: the confusion matrix class by class, the residuals, or some
answers beside their truths.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from netwright.base import figures
from netwright.base.errors import UnreadableError
from netwright.base.names import natural
from netwright.base.paths import Inside
from netwright.metrics.calibration import Tenth, tenths
from netwright.metrics.labels import ClassScores, Matrix, confusion_matrix, per_class
from netwright.report.sections import by_part
from netwright.report.sections.headline import DASH
from netwright.report.sections.missing import MissingError
from netwright.runs import reading
from netwright.runs.contents import RunFiles

if TYPE_CHECKING:
    import polars as pl

    from netwright.runs.answers.predictions import Predictions


CLASSES_SHOWN = 40
"""Of more classes the hardest are listed."""

MOST_COMPARED = 2_000
"""Classes that are compared with each other: their pairs take 32 MB."""

SHOWN = 12
"""Answers that are listed where they are neither labels nor numbers."""

LONGEST = 120
"""Characters of such a truth or answer."""


def answers(run: RunFiles) -> dict[str, Any]:
    """The confusion matrix and the classes, the residuals of numbers, or some answers beside their
    truths; and the figures of their parts.
    """
    found = predictions(run, "dev")
    return {**_by_kind(run, found), "parts": by_part.table(run.measures.get("dev", {}), DASH)}


def _by_kind(run: RunFiles, found: Predictions) -> dict[str, Any]:
    frame = found.frame
    if frame["label"].is_not_null().any():
        return _labels(run, frame)
    if frame["truth"].dtype.is_numeric() and frame["answer"].dtype.is_numeric():
        return _numbers(run, frame)
    return _others(run, found)


def _labels(run: RunFiles, frame: pl.DataFrame) -> dict[str, Any]:
    from netwright.plots.calibration import reliability
    from netwright.plots.confusion import MOST_CLASSES, confusion_chart

    matrix, classes, count = _confusion_matrix(run, frame)
    bins = _bins(frame)
    scores = per_class(matrix, classes)
    most = max((score.support - score.right for score in scores), default=0) or 1
    rows = list(zip(scores, matrix, strict=True))
    if len(rows) > CLASSES_SHOWN:
        rows = sorted(rows, key=lambda row: _hardness(row[0]))[:CLASSES_SHOWN]
    off = sum(part.n * abs(part.stated - part.right) for part in bins)
    return {
        "kind": "labels",
        "picture": confusion_chart(matrix, classes),
        "pairs": len(classes) > MOST_CLASSES,
        "classes": [_class(score, row, classes, most) for score, row in rows],
        "all": count,
        "compared": len(classes),
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
        # each of its points is an example
        "picture": (
            residuals.answers_against_truths(truths, given, unit=unit) if run.with_examples else ""
        ),
        "errors": residuals.residuals(truths, given, unit=unit),
        "measures": _measures(run),
    }


def _others(run: RunFiles, found: Predictions) -> dict[str, Any]:
    """The figures, and answers of examples evenly spread over dev."""
    count = len(found.frame)
    most = min(SHOWN, count) if run.with_examples else 0
    few = found.take([k * count // most for k in range(most)])
    rows = zip(
        few.frame["source"].to_list(),
        few.in_words("truth", LONGEST),
        few.in_words("answer", LONGEST),
        strict=True,
    )
    return {
        "kind": "others",
        "measures": _measures(run),
        "rows": [
            {
                "source": figures.shorten(source, 70),
                "truth": truth,
                "answer": answer,
            }
            for source, truth, answer in rows
        ],
    }


def _measures(run: RunFiles) -> list[tuple[str, str]]:
    return [
        (found.title or figures.plain(name), figures.level(found, dash=DASH))
        for name, found in by_part.whole(run.measures.get("dev", {})).items()
    ]


def predictions(run: RunFiles, split: str) -> Predictions:
    """The answers on a split.

    Raises:
        MissingError: they are not there or cannot be read.
    """
    from netwright.runs.answers.predictions import read

    name = f"predictions/{split}.parquet"
    try:
        reading.check_table(run.folder, name)
        return read(Inside(run.folder, name))
    except (FileNotFoundError, reading.AbsentError):
        raise MissingError(
            f"{name} is not in the run folder: the answers are written when training is complete."
        ) from None
    except reading.DamagedError as error:
        raise MissingError(f"{name} {error.why}.") from None
    except UnreadableError as error:
        raise MissingError(f"{name} cannot be read ({error}).") from None


def _confusion_matrix(run: RunFiles, frame: pl.DataFrame) -> tuple[Matrix, list[str], int]:
    """The counts and the classes: those of train first, then labels that only dev holds; of very
    many those that occur most often on dev, and the examples of two of these;
    and how many classes there are.
    """
    known = frame.drop_nulls(["label", "answered"])
    truths, given = known["label"].to_list(), known["answered"].to_list()
    own = sorted(run.classes.get("train", ()), key=natural)
    classes = list(dict.fromkeys([*own, *sorted({*truths, *given}, key=natural)]))
    count = len(classes)
    if count > MOST_COMPARED:
        often = Counter(truths)
        often.update(given)
        most = {name for name, _ in often.most_common(MOST_COMPARED)}
        classes = [name for name in classes if name in most]
        both = [pair for pair in zip(truths, given, strict=True) if most.issuperset(pair)]
        truths, given = [truth for truth, _ in both], [answer for _, answer in both]
    return confusion_matrix(truths, given, classes), classes, count


def _hardness(score: ClassScores) -> tuple[float, str]:
    """A sort key: the lowest F1 first, classes that do not occur last."""
    return (2.0 if score.f1 is None else score.f1, score.name)


def _class(
    score: ClassScores, row: Sequence[int], classes: Sequence[str], most: int
) -> dict[str, Any]:
    """One class: recall with its interval, precision, F1, and what it is most confused with.

    Args:
        row: how often each of ``classes`` was answered for this one.
        most: the errors of the worst class.
    """
    from netwright.metrics.intervals import wilson

    errors = score.support - score.right
    others = [(count, -at) for at, count in enumerate(row) if classes[at] != score.name and count]
    count, at = max(others, default=(0, 0))
    return {
        "name": figures.shorten(score.name, 40),
        "n": figures.count(score.support),
        "recall": (
            "no example"
            if score.recall is None
            else figures.percent(score.recall, *wilson(score.right, score.support), dash=DASH)
        ),
        "precision": (
            "never answered" if score.precision is None else f"{100 * score.precision:.1f}%"
        ),
        "f1": "" if score.f1 is None else f"{100 * score.f1:.1f}",
        "errors": errors,
        "bar": errors / most,
        "confused_with": f"{figures.shorten(classes[-at], 30)} ({count})" if others else "",
    }


def _bins(frame: pl.DataFrame) -> list[Tenth]:
    known = frame.drop_nulls(["stated", "wrong"])
    return tenths(known["stated"].to_list(), (~known["wrong"]).to_list())
