"""Text from outside made safe to show, in the terminal, in a report and in a picture."""

from __future__ import annotations

import re

OBEYED = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f"  # controls, but for tab and newline
    r"\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff"  # what turns the direction of writing
    r"\ud800-\udfff]"  # halves of a sign: bytes of a name that are no text
)
"""The signs that a terminal or a browser obeys instead of showing them."""


def visible(text: str) -> str:
    """Text of any number of lines with ``?`` for every sign that would be obeyed."""
    return OBEYED.sub("?", text)


def one_line(text: str) -> str:
    """A name or a sentence from outside on one line, with ``?`` for all that cannot be printed."""
    return "".join(sign if sign.isprintable() else " " if sign in "\n\t" else "?" for sign in text)
