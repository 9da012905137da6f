"""Bounds that a winner must keep to, as people write them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from netwright.base import typed_numbers
from netwright.base.errors import RecipeError, UnreadableError, nearest
from netwright.runs.choosing.choice import Bound
from netwright.runs.choosing.costs import COSTS

_NAME = r"[A-Za-z_][\w.]*(?:\[.+\])?"
_LIMIT = r"[-+.\d][^<>=]*"
_FORM = rf"\s*({_NAME})\s*(<=|>=)\s*({_LIMIT})"


def figure_of(text: str) -> str:
    """What a bound limits: ``latency`` of ``latency<=5ms``.

    Raises:
        RecipeError: it does not read like a bound.
    """
    return _parts(text)[0]


def parse(text: str, units: Mapping[str, str]) -> Bound:
    """``latency<=5ms`` -> a bound.

    Args:
        text: a figure, ``<=`` or ``>=``, a limit and its unit; of a fraction 0.05 or 5%.
        units: what there is to limit -> its unit, ``fraction`` or another.

    Raises:
        RecipeError: it does not read like this, or asks for what is not measured.
    """
    name, sign, limit = _parts(text)
    if name not in units:
        raise RecipeError(
            f"--satisfy {text}: nothing called '{name}' is measured{nearest(name, units)}"
        )
    try:
        if name in COSTS:
            size = typed_numbers.quantity(limit, COSTS[name].typed)
        elif units[name] == "fraction":
            size = typed_numbers.fraction(limit)
        else:
            size = typed_numbers.quantity(limit, {"": 1.0})
    except UnreadableError as error:
        raise RecipeError(f"--satisfy {text}: {name}: {error}.") from None
    written = f"{name}{sign}{limit.replace(' ', '')}"
    return Bound(name, "<=" if sign == "<=" else ">=", size, written)


def _parts(text: str) -> tuple[str, str, str]:
    match = re.fullmatch(_FORM, text)
    if match is None:
        raise RecipeError(
            f"--satisfy {text}: expected a figure, <= or >=, and a limit, for example"
            " 'latency<=5ms' or 'size<=200kB'."
        )
    name, sign, limit = match.groups()
    return name, sign, limit.strip()
