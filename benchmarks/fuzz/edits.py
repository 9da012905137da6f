"""Small changes of a file's bytes, each a plain value: what Hypothesis draws, it can shrink."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["flip", "cut", "put", "twice", "number", "end"]
KINDS: tuple[Kind, ...] = ("flip", "cut", "put", "twice", "number", "end")

_PLAIN = (
    b"nan inf -inf 0 -1 1e308 1e400 1e-320 -0.0 0x10 1_0 1,5 007 4294967296 9223372036854775808"
)
NUMBERS = (*_PLAIN.split(), b"9" * 23, b"9" * 400, b"9" * 5000)

WORDS: tuple[bytes, ...] = (
    *NUMBERS,
    b"",
    b"\x00",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\xed\xa0\x80",
    "\u202e".encode(),
    b"\x1b[2J\x1b]0;t\x07",
    b"\r",
    b"\n",
    b"\n\n",
    b'"',
    b"'",
    b",",
    b";",
    b"\t",
    b"*",
    b"^a.*$",
    b"=1+1",
    b"null",
    b"true",
    b"[]",
    b"{}",
    b"[" * 200,
    b'{"a":' * 200,
    b"&a [*a]",
    b"!!int x",
    b"2001-99-99",
    b"x" * 5000,
    b"../" * 40,
    b"\xff" * 8,
    b"\x00" * 8,
    b"\x7f\xff\xff\xff",
    b"\xff\xff\xff\x7f",
)
"""What readers have stumbled over, or might."""

_A_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?")


@dataclass(frozen=True)
class Edit:
    """A change.

    Args:
        kind: ``flip`` bits of a byte, ``cut`` bytes out, ``put`` a word in, write a part ``twice``,
            put a word in the place of a ``number``, ``end`` the file there.
        at: where, as a fraction of the content, 0 to 1.
        size: how many bytes; of a flip the bits, of a word which one.
    """

    kind: Kind
    at: float
    size: int


def edited(content: bytes, edits: Sequence[Edit]) -> bytes:
    """The content after all changes, one after the other."""
    for edit in edits:
        content = _edited(content, edit)
    return content


def _edited(content: bytes, edit: Edit) -> bytes:
    at = min(int(edit.at * len(content)), max(0, len(content) - 1))
    before, after = content[:at], content[at:]
    if edit.kind == "flip":
        return before + bytes([after[0] ^ (edit.size % 255 + 1)]) + after[1:] if after else content
    if edit.kind == "cut":
        return before + after[edit.size % 64 + 1 :]
    if edit.kind == "put":
        return before + WORDS[edit.size % len(WORDS)] + after
    if edit.kind == "twice":
        return before + after[: edit.size % 64 + 1] + after
    if edit.kind == "number":
        word = NUMBERS[edit.size % len(NUMBERS)]
        return before + _A_NUMBER.sub(lambda _: word, after, count=1)
    return before


def drawn(rng: random.Random, most: int = 4) -> list[Edit]:
    """One to ``most`` changes by chance."""
    return [
        Edit(rng.choice(KINDS), rng.random(), rng.randrange(1 << 16))
        for _ in range(rng.randint(1, most))
    ]
