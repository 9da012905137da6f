"""The report of a run: one HTML file that opens anywhere, offline, and prints well."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from netwright.base.errors import NetwrightWarning, RunError, UnreadableError
from netwright.base.files import write_text
from netwright.base.paths import Inside
from netwright.base.visible import visible
from netwright.report import templates
from netwright.report.sections import (
    answers,
    choices,
    curves,
    data,
    gaps,
    headline,
    layers,
    missing,
    mistakes,
    references,
    views,
    yardstick,
)
from netwright.report.without_examples import without_examples
from netwright.runs.contents import RunFiles, read

LIMIT = 2_000_000
"""Bytes that a report may weigh."""

SECTIONS: dict[str, Callable[[RunFiles], Any]] = {
    "headline": headline.headline,
    "summary": headline.summary,
    "references": references.references,
    "advice": gaps.advice,
    "ladder": gaps.ladder,
    "curves": curves.curves,
    "layers": layers.layers,
    "answers": answers.answers,
    "mistakes": mistakes.mistakes,
    "views": views.views,
    "yardstick": yardstick.yardstick,
    "choices": choices.choices,
    "data": data.data,
    "recipe": choices.recipe,
    "repeat": choices.repeat,
}


def write(folder: Path) -> Path:
    """Write ``report.html`` from the other files of a run, complete or not.

    The same files give the same bytes.

    Raises:
        RunError: the folder is no run.
        NetwrightError: the file cannot be written.
    """
    return write_of(read(Path(folder)))


def write_of(run: RunFiles, path: Path | None = None, *, examples: bool = True) -> Path:
    """Write the report of a run, whole or without its examples.

    Args:
        path: of the file; None: beside the run's other files.

    Raises:
        NetwrightError: the file cannot be written.
    """
    name = "report.html" if examples else "report-without-examples.html"
    page = render(run if examples else without_examples(run))
    write_text(Inside(run.folder, name) if path is None else path, page)
    return path or run.folder / name


def render(run: RunFiles) -> str:
    """The report as HTML; a section that cannot be made says why.

    Raises:
        RunError: the run's files hold so much that the report would weigh more than 2 MB.
    """
    shown, without = {}, {}
    for name, build in SECTIONS.items():
        try:
            shown[name] = build(run)
        except (missing.MissingError, RunError) as why:
            without[name] = str(why)
        except UnreadableError as why:
            without[name] = f"The answers on dev cannot be read ({why})."
        except (
            AttributeError,
            KeyError,
            IndexError,
            TypeError,
            ValueError,
            OverflowError,
        ) as error:
            what = f"{type(error).__name__}: {error}"
            line = f"The files of the run do not hold what this section expects ({what})."
            without[name] = line[:300]
            # a person should know, and a test of a run of ours must fail: it may be our own fault
            warnings.warn(
                f"the report of {run.id} lacks its section {name}: {line[:300]}",
                NetwrightWarning,
                stacklevel=2,
            )
    page = visible(
        templates.template(Path(__file__).parent, "page.html").render(
            id=run.id,
            info=run.info,
            label=run.label,
            with_examples=run.with_examples,
            without=without,
            **shown,
        )
    )
    if len(page.encode()) > LIMIT:
        raise RunError(
            f"{run.folder}: the report would weigh {len(page.encode()):,} bytes, more than"
            f" {LIMIT:,}; its files hold too much text."
        )
    return page
