"""Bounds that a winner must keep to, as people write them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from netwright.base import typed_numbers
from netwright.base.errors import RecipeError, UnreadableError, nearest
from netwright.runs.choosing.choice import Bound

UNITS: Mapping[str, Mapping[str, float]] = {
    "latency": {"us": 1e-6, "ms": 1e-3, "s": 1.0},
    "seconds": {"s": 1.0, "min": 60.0, "h": 3600.0},
    "size": typed_numbers.BYTES,
    "memory": typed_numbers.BYTES,
    "parameters": {"": 1.0, "k": 1e3, "M": 1e6},
}
"""Name of a figure -> unit -> its size in the figure's own unit.

Every metric of the system may be bounded, too, as a plain number or in %.
"""

_NAME = r"[A-Za-z_][\w.]*(?:\[[^\]]+\])?"
_LIMIT = rf"{typed_numbers.NUMBER}\s*(?:%|[A-Za-z]*)"
_FORM = rf"\s*({_NAME})\s*(<=|>=)(\s*{_LIMIT}\s*)"


def parse(text: str, measured: Sequence[str]) -> Bound:
    """``latency<=5ms`` -> a bound.

    Args:
        text: a figure, ``<=`` or ``>=``, a limit and its unit.
        measured: the names of what there is to limit; empty: any name will do.

    Raises:
        RecipeError: it does not read like this, or asks for what is not measured.
    """
    match = re.fullmatch(_FORM, text)
    if match is None:
        raise RecipeError(
            f"--satisfy {text}: expected a figure, <= or >=, and a limit, for example"
            " 'latency<=5ms' or 'size<=200kB'."
        )
    name, sign, limit = match.groups()
    if measured and name not in measured:
        raise RecipeError(
            f"--satisfy {text}: nothing called '{name}' is measured{nearest(name, measured)}"
        )
    units = UNITS.get(name, {"": 1.0, "%": 0.01})
    try:
        size = typed_numbers.quantity(limit, units)
    except UnreadableError as error:
        raise RecipeError(f"--satisfy {text}: {name}: {error}.") from None
    return Bound(name, "<=" if sign == "<=" else ">=", size, text.replace(" ", ""))
