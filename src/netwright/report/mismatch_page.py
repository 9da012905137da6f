"""The page of a mismatch: one HTML file that opens anywhere, offline and without scripts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from netwright.base.files import write_text
from netwright.base.paths import Inside
from netwright.base.visible import visible

NAME = "mismatch.html"

Rows = Sequence[tuple[str, Sequence[Mapping[str, str]]]]
"""(title, examples: a picture as data, a text, a source)."""


def write(place: Inside, found: Mapping[str, Any], plots: str, examples: Rows) -> Path:
    """Write the page.

    Args:
        found: the mismatch as plain values.
        plots: an SVG.
    """
    write_text(place, render(found, plots, examples))
    return place.path


def render(found: Mapping[str, Any], plots: str, examples: Rows) -> str:
    """The page as HTML."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["p"] = lambda p: "< 0.001" if p < 0.001 else f"{p:.2g}"
    page = environment.get_template("mismatch.html").render(
        found=found, plots=plots, examples=examples
    )
    return visible(page)
