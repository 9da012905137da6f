"""What plain values must look like: the small checks that the schema of a file is made of.

A check takes a value and its place (``dev.error.value``); it raises ``MisfitError`` where the value
is not what it should be, and returns nothing.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import Any

Check = Callable[[Any, str], None]

ABSENT = object()
"""In place of the value of a key that is not there."""


class MisfitError(Exception):
    """A value that is not what its schema says. The message follows the name of the file: ``has
    dev.error.n = -1: expected a whole number``.

    Args:
        place: the keys that lead to it, joined by dots; empty for the whole file.
        value: what was found; ``ABSENT`` where a key is missing.
        expected: what was expected, in words.
    """

    def __init__(self, place: str, value: Any, expected: str) -> None:
        if value is ABSENT:
            super().__init__(f"lacks '{place}': it is incomplete or was changed")
        else:
            has = f"has {place} =" if place else "holds"
            super().__init__(f"{has} {shown(value)}: expected {expected}")


def anything(value: Any, place: str) -> None:
    """Whatever JSON can hold; NaN and infinity, which Python reads too, it cannot."""
    if isinstance(value, float) and not math.isfinite(value):
        raise MisfitError(place, value, "a finite number")
    if isinstance(value, dict | list):
        parts = value.items() if isinstance(value, dict) else enumerate(value)
        for key, part in parts:
            anything(part, f"{place}.{key}" if place else str(key))


def text(value: Any, place: str) -> None:
    """Text, at most 100,000 characters."""
    if not isinstance(value, str):
        raise MisfitError(place, value, "text")
    if len(value) > 100_000:
        raise MisfitError(place, value, "at most 100,000 characters")


def number(value: Any, place: str) -> None:
    """A number that can be reckoned with: JSON may also hold NaN, infinity, and whole numbers of
    any length.
    """
    if not (
        isinstance(value, int | float) and not isinstance(value, bool) and -1e300 < value < 1e300
    ):
        raise MisfitError(place, value, "a number")


def real(value: Any, place: str) -> None:
    """A number as a float holds it: NaN and infinity, too."""
    if not isinstance(value, float):
        number(value, place)


def fraction(value: Any, place: str) -> None:
    """A number from 0 to 1, but for what rounding adds."""
    number(value, place)
    if not -1e-9 <= value <= 1 + 1e-9:
        raise MisfitError(place, value, "a fraction, 0 to 1")


def count(value: Any, place: str) -> None:
    """A whole number that counts something."""
    if not (isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53):
        raise MisfitError(place, value, "a whole number")


def flag(value: Any, place: str) -> None:
    """True or false."""
    if not isinstance(value, bool):
        raise MisfitError(place, value, "true or false")


def one_of(*words: str) -> Check:
    """One of these words."""

    def check(value: Any, place: str) -> None:
        if value not in words:
            raise MisfitError(place, value, f"one of {', '.join(words)}")

    return check


def maybe(inner: Check) -> Check:
    """That, or null."""

    def check(value: Any, place: str) -> None:
        if value is not None:
            inner(value, place)

    return check


def listed(inner: Check, most: int = 100_000) -> Check:
    """A list of at most so many of that."""

    def check(value: Any, place: str) -> None:
        if not isinstance(value, list):
            raise MisfitError(place, value, "a list")
        if len(value) > most:
            raise MisfitError(place, value, f"at most {most:,} entries")
        for at, part in enumerate(value):
            inner(part, f"{place}.{at}".lstrip("."))

    return check


def mapped(inner: Check, most: int = 100_000) -> Check:
    """A mapping from any name to that, with at most so many names."""

    def check(value: Any, place: str) -> None:
        if not isinstance(value, dict):
            raise MisfitError(place, value, "a mapping")
        if len(value) > most:
            raise MisfitError(place, value, f"at most {most:,} entries")
        for name, part in value.items():
            inner(part, f"{place}.{name}".lstrip("."))

    return check


def fields(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    """A mapping with these keys; any other is left as it is."""
    known = {**(optional or {}), **required}

    def check(value: Any, place: str) -> None:
        if not isinstance(value, dict):
            raise MisfitError(place, value, "a mapping")
        for name in required:
            if name not in value:
                raise MisfitError(f"{place}.{name}".lstrip("."), ABSENT, "a value")
        for name, inner in known.items():
            if name in value:
                inner(value[name], f"{place}.{name}".lstrip("."))

    return check


def shown(value: Any) -> str:
    """A value of a file, short, for a sentence."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 40 else f"{text[:39]}…"
