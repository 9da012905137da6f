"""The look of every page that is kept: one frame and style, each page's own parts in its room."""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import Any


@functools.cache
def template(room: Path, name: str) -> Any:
    """A page of a room, compiled once, however many a process writes.

    Args:
        room: the folder that it lies in; frame, style and macros lie here.
    """
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([room, Path(__file__).parent]),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.ChainableUndefined,
    )
    environment.filters["unbroken"] = unbroken
    return environment.get_template(name)


def unbroken(text: str) -> Any:
    """The text, escaped, with no line that ends within ``--human-error``. The hyphens stay plain:
    what is copied can be typed.
    """
    import markupsafe

    safe = str(markupsafe.escape(text))
    spans = re.sub(r"(?<![\w-])--[a-z][\w-]*", r'<span class="nw">\g<0></span>', safe)
    return markupsafe.Markup(spans)
