"""The page of a mismatch: statistics as small plots, and the examples that differ most."""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from typing import Any

from netwright.api.domains.fitted import in_words
from netwright.api.domains.found import Mismatch
from netwright.api.domains.sources import Sources
from netwright.api.run import Run
from netwright.base.figures import shorten
from netwright.contract import Examples
from netwright.metrics.distances import Columns
from netwright.plots.sources import TwoColumns, distributions
from netwright.report import mismatch_page
from netwright.runs.answers.mistakes import png

MOST_PLOTS = 12
LONGEST = 300
"""Characters of an example's text that are shown."""


@dataclass(frozen=True)
class Drawn:
    """What is drawn.

    Args:
        columns: the statistics of both sources.
        most: the examples of each that differ most.
    """

    sources: Sources
    columns: tuple[Columns, Columns]
    most: tuple[Examples, Examples]


def write(run: Run, found: Mismatch, drawn: Drawn) -> Mismatch:
    """Write the page into the run's folder; the same, with where it lies."""
    names = [one.name for one in found.differences[:MOST_PLOTS]]
    plots = [TwoColumns(name, *(part[name].tolist() for part in drawn.columns)) for name in names]
    general, target = drawn.most
    rows = [
        (f"{found.names[0]}, least like {found.names[1]}", _shown(run, general)),
        *_changed(run, found, drawn),
        (f"{found.names[1]}, least like {found.names[0]}", _shown(run, target)),
    ]
    page = mismatch_page.write(
        run.record.inside(mismatch_page.NAME),
        found.as_json(),
        distributions(plots, found.names) if plots else "",
        [(title, some) for title, some in rows if some],
    )
    return replace(found, page=page)


def _changed(run: Run, found: Mismatch, drawn: Drawn) -> list[tuple[str, list[dict[str, str]]]]:
    """The examples of the training source as the steps would make them."""
    synthesis = run.system.synthesis
    if synthesis is None or found.fitted is None or not found.fitted.helps:
        return []
    recipe = run.recipe.changed(found.fitted.settings)
    places = {name: at for at, name in enumerate(drawn.sources.raw.ids)}
    rows = [places[name] for name in drawn.most[0].ids]
    some = drawn.sources.raw.take(rows)
    changed = synthesis.change(some, range(len(some)), recipe)
    return [(f"the same with {in_words(found.fitted.settings)}", _shown(run, changed))]


def _shown(run: Run, examples: Examples) -> list[dict[str, str]]:
    """Each as its system draws it; nothing where it draws none."""
    found: list[dict[str, Any]] = []
    for one in examples:
        shown = run.system.show(one, None)
        if shown is None:
            continue
        uri = ""
        if shown.pixels is not None:
            uri = f"data:image/png;base64,{base64.b64encode(png(shown.pixels)).decode()}"
        found.append(
            {"image": uri, "text": shorten(shown.text, LONGEST), "source": shorten(one.source, 60)}
        )
    return found
