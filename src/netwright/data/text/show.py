"""A text as a person sees it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from netwright.contract import Example, Shown

LONGEST = 400
"""Characters of a text that are shown."""


def show(example: Example, answer: Any = None) -> Shown | None:
    """The text, or the longest one in a row of a table; None where there is none."""
    given = example.input.values() if isinstance(example.input, Mapping) else [example.input]
    text = max((one for one in given if isinstance(one, str)), key=len, default="")
    if not text:
        return None
    return Shown(text=text if len(text) <= LONGEST else text[: LONGEST - 1] + "…")
