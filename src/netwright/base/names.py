"""The order in which a person expects names."""

from __future__ import annotations

import re

LONGEST = 1000
"""Digits that count as a number; Python reads none of 5,000."""


def natural(name: str) -> tuple[list[tuple[int, int, str]], str]:
    """A sort key by which "9" comes before "10"; names that count alike ("7", "07") by their text.

    >>> sorted(["fold10", "fold9", "10", "9", "cat"], key=natural)
    ['9', '10', 'cat', 'fold9', 'fold10']
    """
    parts = [part for part in re.split(r"(\d+)", name) if part]
    return [
        (0, int(part), "") if part.isdecimal() and len(part) <= LONGEST else (1, 0, part)
        for part in parts
    ], name
