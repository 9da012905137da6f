"""How figures are written for people, in the terminal and in the report.

It needs the standard library alone.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from netwright.base.measure import Measure

SHORT_NAMES = {"f1": "F1", "iou": "IoU", "mae": "MAE", "r2": "R²", "rmse": "RMSE"}
"""Words of a key that are written otherwise."""

PART_OF_NUMBER = re.compile(r"[-+([]*[\d.,]*(e[-+]?\d*)?[])]*,?")
"""What a cut may leave of a number in a list."""

ROUNDING = 1e-9
"""Per cents and points smaller than this are rounding."""


def percent(
    value: float, low: float | None = None, high: float | None = None, *, dash: str = "-"
) -> str:
    """A fraction as a percentage with its interval: ``1.9% (1.2-2.9)``.

    It has as many digits as the interval allows.

    Args:
        value, low, high: fractions, 0 to 1; the interval is left out unless both ends are given.
        dash: what stands between the ends.
    """
    if not _finite(value):
        return "unknown"
    if low is None or high is None or not (_finite(low) and _finite(high)):
        return f"{100 * value:.{_digits(100 * value)}f}%"
    digits = _digits(100 * (high - low) / 5)
    return f"{100 * value:.{digits}f}% ({100 * low:.{digits}f}{dash}{100 * high:.{digits}f})"


def readable(value: float, digits: int = 4) -> str:
    """A figure without an interval: ``0.314``, ``1,234``, ``520,580``; large ones to the unit.

    Args:
        digits: significant digits of what is shorter than that.
    """
    value += 0.0  # -0.0 becomes 0.0
    text = f"{value:,.{digits}g}"
    return f"{value:,.0f}" if "e+" in text and abs(value) < 1e15 else text


def number(
    value: float, low: float | None = None, high: float | None = None, *, unit: str = ""
) -> str:
    """A figure in its own unit with its interval: ``0.314 m (0.280 to 0.351)``."""
    if not _finite(value):
        return "unknown"
    if low is None or high is None or not (_finite(low) and _finite(high)):
        return f"{readable(value)} {unit}".rstrip()
    form = _form(high - low)
    return f"{f'{value:{form}} {unit}'.rstrip()} ({low:{form}} to {high:{form}})"


def level(measured: Measure | None, *, dash: str = "-") -> str:
    """A measured figure without its name; empty when there is none."""
    if measured is None:
        return ""
    value, low, high = measured.value, measured.low, measured.high
    if measured.unit == "fraction":
        return percent(value, low, high, dash=dash)
    return number(value, low, high, unit=measured.unit)


def figure(name: str, measured: Measure | None) -> str:
    """A measured figure with its name: ``error 1.9% (1.2-2.9)``; empty when there is none."""
    return f"{measured.title or plain(name)} {level(measured)}" if measured else ""


def points(
    size: float,
    low: float | None = None,
    high: float | None = None,
    *,
    unit: str = "fraction",
    dash: str = " to ",
) -> str:
    """A difference with its sign and interval: ``+8.3 points (8.2 to 8.4)``, ``-0.04 m``."""
    if not _finite(size):
        return "unknown"
    factor, name = (100.0, "points") if unit == "fraction" else (1.0, unit)
    ends = [factor * end for end in (low, high) if end is not None and _finite(end)]
    form = f",.{decimals(factor * size, unit)}f"
    text = f"{factor * size:+{form}} {name}".rstrip()
    if len(ends) < 2:
        return text
    first, last = (_without_minus_0(f"{end:{form}}") for end in ends)
    return f"{text} ({first}{dash}{last})"


def unsigned(
    size: float, low: float | None, high: float | None
) -> tuple[float, float | None, float | None]:
    """How far two figures lie apart, with its interval, for a sentence that says which of them is
    ahead: never below 0.
    """
    if size >= 0:
        return size, low, high
    return -size, None if high is None else -high, None if low is None else -low


def _without_minus_0(text: str) -> str:
    return text if text.strip("-0.") else text.removeprefix("-")


def decimals(size: float, unit: str) -> int:
    """Of a difference and of its interval's ends: of points one, or as many as show a digit of a
    small one; of any other unit as many as show two digits.

    Args:
        size: in points where the unit is a fraction.
    """
    if size == 0 or (unit == "fraction" and abs(size) < ROUNDING):
        return 1
    first = -math.floor(math.log10(abs(size)))
    if unit == "fraction":
        return 1 if abs(size) >= 0.095 else min(6, first)
    return min(12, max(0, 1 + first))


def duration(seconds: float) -> str:
    """``0.4 s``, ``41 s``, ``3 min 20 s``, ``2 h 5 min``, ``3 d 4 h``."""
    if not _finite(seconds) or seconds < 0:
        return "unknown"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    for size, name, part, smaller in (
        (3600, "min", 60, "s"),
        (86400, "h", 3600, "min"),
        (math.inf, "d", 86400, "h"),
    ):
        if whole < size:
            rest = whole % part // {"s": 1, "min": 60, "h": 3600}[smaller]
            return f"{whole // part} {name}" + (f" {rest} {smaller}" if rest else "")
    raise AssertionError("every duration is shorter than infinity")


def size_in_words(size: float) -> str:
    """Bytes with a unit: ``1.50 GB``, ``12.0 MB``."""
    unit, name = next(
        ((unit, name) for unit, name in ((1e9, "GB"), (1e6, "MB")) if abs(size) >= unit),
        (1e3, "kB"),
    )
    return f"{size / unit:.3g} {name}"


def count(number: int) -> str:
    """``20,000``."""
    return f"{number:,}"


def counted(number: int, noun: str, nouns: str = "") -> str:
    """``1 example``, ``20,000 examples``.

    Args:
        nouns: of several; usually the noun with an s.
    """
    return f"{number:,} {noun if number == 1 else nouns or noun + 's'}"


def setting(value: Any) -> str:
    """A recipe's value as it is typed: ``none``, ``true``, ``0.01``, ``[128, 64]``."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(setting(part) for part in value)}]"
    return str(value)


def value(found: Any, most: int = 40, *, digits: int = 5) -> str:
    """A target or an answer in a line: ``cat``, ``0.31416``, ``[1, 2]``, ``x 1, y 2``, ``none``.

    Args:
        most: characters; an ellipsis replaces the middle of what is longer.
        digits: of a number.
    """
    return shorten(" ".join(_value(found, digits).split()), most)


def _value(found: Any, digits: int) -> str:
    if found is None or (isinstance(found, list | tuple) and not found):
        return "none"
    if isinstance(found, bool):
        return "yes" if found else "no"
    if isinstance(found, float):
        return readable(found, digits)
    if isinstance(found, Mapping):
        return ", ".join(f"{key} {_value(part, digits)}" for key, part in found.items())
    if isinstance(found, list | tuple):
        return f"[{', '.join(_value(part, digits) for part in found)}]"
    return str(found)


def plain(name: str) -> str:
    """A key as words: ``macro_f1`` -> ``macro F1``, ``train_dev`` -> ``train-dev``."""
    if name == "train_dev":
        return "train-dev"
    return " ".join(SHORT_NAMES.get(word, word) for word in name.split("_"))


def shorten(text: str, most: int) -> str:
    """At most ``most`` characters; an ellipsis replaces the middle.

    The ends tell names and paths apart. Of numbers one after another each is there or not: two
    halves would read as one number.
    """
    if len(text) <= most:
        return text
    head = (most - 1) // 2
    tail = len(text) - (most - 1 - head)
    first, last = text[:head], text[tail:]
    if " " in text:
        if PART_OF_NUMBER.fullmatch(part := last.partition(" ")[0]) and text[tail - 1] != " ":
            last = last.removeprefix(part)
        if PART_OF_NUMBER.fullmatch(part := first.rpartition(" ")[2]) and (
            text[head] != " " or last[:1].isdigit()
        ):
            first = first.removesuffix(part)
    return f"{first}…{last}"


def _finite(value: Any) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


def _digits(size: float) -> int:
    """Decimals that show the first digit of ``size``: at least 1, at most 4."""
    if abs(size) < ROUNDING or not _finite(size):
        return 1
    return min(4, max(1, -math.floor(math.log10(abs(size)))))


def _form(spread: float) -> str:
    """The format of figures known to about ``spread``: decimals that show a twentieth of it."""
    if spread == 0 or not _finite(spread):
        return ".4g"
    decimals = max(0, -math.floor(math.log10(abs(spread) / 20)))
    return f",.{decimals}f" if decimals <= 6 else ".3g"
