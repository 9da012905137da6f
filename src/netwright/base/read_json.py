"""The one reader of JSON: bounded in size, depth and number of values."""

from __future__ import annotations

import json
import re
from typing import Any

from netwright.base.errors import UnreadableError
from netwright.base.figures import shorten
from netwright.base.files import read_text
from netwright.base.paths import Place

MOST_BYTES = 16 * 2**20
"""Bytes of a file, where its reader names no other bound."""

MOST_DEPTH = 100
"""Lists and mappings inside each other."""

MOST_VALUES = 2_000_000
"""Values in all, where its reader names no other bound."""


DIGITS = 300
"""Of a whole number."""

_LONG = re.compile(rf"\d{{{DIGITS}}}")


def load(place: Place, most: int = MOST_BYTES) -> Any:
    """The value in a JSON file.

    Args:
        most: bytes that the file may hold.

    Raises:
        FileNotFoundError, NotADirectoryError: there is no such file.
        UnreadableError: it cannot be read, or ``parse`` refuses it.
    """
    return parse(read_text(place, most))


def parse(text: str, most_values: int = MOST_VALUES) -> Any:
    """The value that a JSON text holds; NaN and Infinity are read, as Python writes them.

    Args:
        most_values: that it may hold in all, those of lists and mappings included.

    Raises:
        UnreadableError: it is no JSON (with line and column), too deep, or holds too many values.
    """
    opened = text.count("[") + text.count("{")
    # commas inside strings count, too: this bound only has to be far above what is ever written
    if opened + text.count(",") > most_values:
        raise UnreadableError(f"it holds more than {most_values:,} values")
    try:
        value = json.loads(text, parse_int=_whole if _LONG.search(text) else None)
    except json.JSONDecodeError as error:
        raise UnreadableError(
            f"it is no JSON, or cut off, at line {error.lineno}, column {error.colno}"
        ) from None
    except RecursionError:
        raise UnreadableError("it is nested too deeply") from None
    except _TooLargeError as error:
        raise UnreadableError(_placed(text, str(error))) from None
    if opened > MOST_DEPTH and _is_deep(value):
        raise UnreadableError("it is nested too deeply")
    return value


class _TooLargeError(ValueError):
    """The digits of a whole number that no float can stand for."""


def _whole(digits: str) -> int:
    """A whole number that a float can stand for, if not exactly."""
    if len(digits) > DIGITS:
        raise _TooLargeError(digits)
    return int(digits)


def _placed(text: str, digits: str) -> str:
    """The refusal of a number, with the name that it has and the line where it stands."""
    at = text.index(digits)
    key = re.search(r'"([^"\\]{1,60})"\s*:\s*$', text[max(0, at - 100) : at])
    name = f"{key[1]} = " if key else ""
    line = text.count("\n", 0, at) + 1
    return f"{name}{shorten(digits, 40)} at line {line} is a number too large to be read"


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(MOST_DEPTH):
        level = [
            part
            for outer in level
            if isinstance(outer, dict | list)
            for part in (outer.values() if isinstance(outer, dict) else outer)
        ]
    return bool(level)
