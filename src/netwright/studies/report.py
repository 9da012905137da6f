"""The page of a curve: one HTML file that opens anywhere, offline and without scripts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from netwright.base.figures import counted
from netwright.base.files import write_text
from netwright.base.paths import Inside
from netwright.base.visible import visible
from netwright.doctor.gaps.ladder import Rung
from netwright.plots.learning import Ahead, Level, learning_curve
from netwright.report.templates import template
from netwright.studies.curve import Curve
from netwright.studies.study import Study

NAME = "report.html"


def write(study: Study, result: Curve) -> Path:
    """Write ``report.html`` into the study's folder."""
    place = Inside(study.path, NAME)
    write_text(place, render(study, result))
    return place.path


def render(study: Study, result: Curve) -> str:
    """The page as HTML."""
    info = study.info()
    page = template(Path(__file__).parent, "curve.html").render(
        id=study.id,
        source=info["source"],
        question=info["question"],
        verdict=result.verdict,
        picture=picture(result),
        heads=heads(result),
        rows=rows(result),
        runs=counted(len(info["members"]), "run"),
        notebook=[
            {key: entry.get(key, "") for key in ("time", "what", "role", "why", "run")}
            for entry in study.notebook()
        ],
    )
    return visible(page)


def heads(result: Curve) -> list[str]:
    """Of the table of points."""
    first = ["net", "parameters"] if result.kind == "capacity" else ["training examples"]
    return [*first, "runs", f"train {result.metric}", f"dev {result.metric}"]


def rows(result: Curve) -> list[list[str]]:
    """A row a point."""
    found = []
    for point in result.points:
        place = [f"{point.size:,.0f}"] if result.kind == "capacity" else []
        levels = [_level(result, one) for one in (point.train, point.dev)]
        found.append([point.name, *place, str(len(point.runs)), *levels])
    return found


def _level(result: Curve, rung: Rung) -> str:
    shown = result.fmt.level(rung.error)
    if rung.low is None or rung.high is None:
        return shown
    return f"{shown} ({result.fmt.level_range(rung.low, rung.high)})"


def picture(result: Curve) -> str:
    """Train and dev against size, as SVG; figures of which more is better as they are."""
    sign = -1.0 if result.flipped else 1.0

    def level(size: float, error: float, low: float | None, high: float | None) -> Level:
        ends = [None if end is None else sign * end for end in (low, high)]
        return Level(size, sign * error, *ends)

    lines = {
        split: [
            level(point.size, rung.error, rung.low, rung.high)
            for point in result.points
            for rung in (getattr(point, split),)
        ]
        for split in ("train", "dev")
    }
    ahead, found = None, result.forecast
    if found is not None:
        sizes = np.geomspace(result.points[0].size, found.size, 40).tolist()
        values = [sign * found.at(size) for size in sizes]
        ahead = Ahead(sizes, values, level(found.size, found.error, found.low, found.high))
    options: dict[str, Any] = {"metric": result.metric, "percent": result.unit == "fraction"}
    things = "parameters" if result.kind == "capacity" else "training examples"
    return learning_curve(lines, ahead, things=things, **options)
