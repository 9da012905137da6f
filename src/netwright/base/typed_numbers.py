"""The one reader of numbers that people type: ``0.088``, ``8.8%``, ``20,000``, ``500MB``."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from netwright.base.errors import UnreadableError

BYTES: Mapping[str, float] = {
    "B": 1.0,
    "kB": 1e3,
    "KB": 1e3,
    "MB": 1e6,
    "GB": 1e9,
    "KiB": 2.0**10,
    "MiB": 2.0**20,
    "GiB": 2.0**30,
}
"""Unit -> bytes."""

TIMES: Mapping[str, float] = {"s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
"""Unit -> seconds."""

LARGEST_FIGURE = 1e100
"""Sums of squares of numbers up to here still fit into a float64."""

LARGEST_COUNT = 10**15
"""Whole numbers up to here are exact as floats, with room to reckon."""

NUMBER = r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?"


def number(text: str) -> float:
    """A finite number.

    Raises:
        UnreadableError: it is none.

    >>> number("1e-3")
    0.001
    """
    plain = text.strip()
    found = float(plain) if re.fullmatch(NUMBER, plain) else math.nan
    if not math.isfinite(found):
        raise UnreadableError(f"'{plain[:40]}' is no number")
    return found


def fraction(text: str) -> float:
    """A number from 0 to 1, or a percentage.

    Raises:
        UnreadableError: it is no number, or lies outside.

    >>> fraction("8.8%")
    0.088
    """
    plain = text.strip()
    try:
        found = number(plain[:-1]) / 100 if plain.endswith("%") else number(plain)
    except UnreadableError:
        raise UnreadableError(
            f"'{plain[:40]}' is no number; expected a fraction such as 0.088 or 8.8%"
        ) from None
    if not 0 <= found <= 1:
        hint = (
            f"; for {plain} percent write {plain}%" if 1 < found <= 100 and "%" not in plain else ""
        )
        raise UnreadableError(f"{plain[:40]} is no fraction; expected 0 to 1, or 0% to 100%{hint}")
    return found


def count(text: str) -> int:
    """A whole number of 1 or more: ``20000``, ``20_000``, ``20,000`` or ``1e6``.

    Raises:
        UnreadableError: it is none, or larger than 10^15.
    """
    plain = text.strip().replace(",", "").replace("_", "")
    found = float(plain) if re.fullmatch(NUMBER, plain) else math.nan
    if not (1 <= found <= LARGEST_COUNT and found.is_integer()):
        raise UnreadableError(f"'{text.strip()[:40]}' is no whole number from 1 to 10^15")
    return int(found)


def whole(text: str) -> int:
    """A whole number from -10^15 to 10^15.

    Raises:
        UnreadableError: it is none.
    """
    plain = text.strip()
    found = int(plain) if re.fullmatch(r"[-+]?[0-9]{1,16}", plain) else None
    if found is None or abs(found) > LARGEST_COUNT:
        raise UnreadableError(f"'{plain[:40]}' is no whole number from -10^15 to 10^15")
    return found


def quantity(text: str, units: Mapping[str, float]) -> float:
    """A number with a unit, in what the units are counted in.

    Args:
        units: unit -> how much it is; ``""`` among them allows a plain number.

    Raises:
        UnreadableError: it is no number, or has another unit.

    >>> quantity("1.5 GiB", BYTES)
    1610612736.0
    """
    found = re.fullmatch(rf"\s*({NUMBER})\s*(%|[A-Za-z]*)\s*", text)
    if found is None:
        raise UnreadableError(f"'{text.strip()[:40]}' is no number with a unit")
    if found[2] not in units:
        known = ", ".join(name or "plain numbers" for name in units)
        given = f"'{found[2]}'" if found[2] else "no unit"
        raise UnreadableError(f"expected {known}, got {given}")
    size = number(found[1]) * units[found[2]]
    if not math.isfinite(size):
        raise UnreadableError(f"'{text.strip()[:40]}' is too large")
    return size


SPELLED = {"true": True, "yes": True, "t": True, "y": True, "on": True, "1": True} | {
    "false": False,
    "no": False,
    "f": False,
    "n": False,
    "off": False,
    "0": False,
}
"""What stands for yes and for no, in any case, where it is known that these are meant."""

SAMPLE_NUMBER = re.compile(r"1([.,' ]?)234([.,])5")
"""How a person shows what parts the thousands and the decimals of a column's numbers: 1.234,5."""
