"""The page of a look into a net: one HTML file that opens anywhere, offline and without scripts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from netwright.base.files import write_text
from netwright.base.paths import Place
from netwright.base.visible import visible
from netwright.report.templates import template


def write(place: Place, found: Mapping[str, Any]) -> None:
    """Write the page.

    Args:
        found: run, counts, axes (of the places), layers, explained, pictures and maps as data,
            gradients (an SVG).
    """
    page = template(Path(__file__).parent, "inspect.html").render(**found)
    write_text(place, visible(page))
