"""Ways to damage a text, a file or an option's value; another one joins ``ALL``."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from typing import Any

Mutator = Callable[[bytes, random.Random], bytes]
"""(content, source of randomness) -> the content with something wrong, or as it was."""

TOKENS = (
    *(b"", b"\x00", b"\xff", b"\xef\xbb\xbf", b"\n", b"\r", b'"', b"'", b",", b";", b"\t", b"="),
    *(
        b"-1",
        b"0",
        b"1e999",
        b"-1e999",
        b"1e-320",
        b"NaN",
        b"Infinity",
        b"null",
        b"true",
        b"9" * 400,
    ),
    *(b"[" * 2000, b"{" * 2000, b"((" * 500, b"[[1]]", b"{}", b"''", b"*", b"^a.*$", b"#", b"%"),
    *(b"../../x", b"/dev/zero", b"=1+1", b"\x1b]0;x\x07", b"\xc2\x9b31m", b"<script>", b"a" * 5000),
    *(
        b"!!python/object:os.system",
        b"&a [*a]",
        b"2026-11-26",
        b"0x10",
        b"1_000",
        b"1:2:3",
        b"\xed\xa0\x80",
    ),
)
"""What readers trip over."""

ODD: tuple[Any, ...] = (
    *(None, True, -1, 0, 1e308, 10**400, float("nan"), float("inf"), "", "x", "\x1b[2J", [], {}),
    *([1], [[]], {"a": 1}, "9" * 1000, "\udc80", 0.5, 2**63, "../../x"),
)
"""Values that stand where another kind was expected."""

NUMBER = re.compile(rb"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")


def bits(content: bytes, random_: random.Random) -> bytes:
    """Up to four bytes are others."""
    if not content:
        return content
    changed = bytearray(content)
    for _ in range(random_.randint(1, 4)):
        changed[random_.randrange(len(changed))] = random_.randrange(256)
    return bytes(changed)


def cut(content: bytes, random_: random.Random) -> bytes:
    """Its end is missing."""
    return content[: random_.randint(0, len(content))]


def removed(content: bytes, random_: random.Random) -> bytes:
    """A part is missing."""
    start, end = _span(content, random_)
    return content[:start] + content[end:]


def repeated(content: bytes, random_: random.Random) -> bytes:
    """A part stands there several times."""
    start, end = _span(content, random_)
    return content[:end] + content[start:end] * random_.choice((1, 2, 50)) + content[end:]


def inserted(content: bytes, random_: random.Random) -> bytes:
    """Something that readers trip over stands in it, or in place of a part."""
    start, end = _span(content, random_)
    end = random_.choice((start, end))
    return content[:start] + random_.choice(TOKENS) + content[end:]


def numbers(content: bytes, random_: random.Random) -> bytes:
    """A number is another."""
    found = list(NUMBER.finditer(content[:100_000]))
    if not found:
        return inserted(content, random_)
    number = random_.choice(found)
    return content[: number.start()] + random_.choice(TOKENS) + content[number.end() :]


def values(content: bytes, random_: random.Random) -> bytes:
    """Of JSON, a value is of another kind, a key is missing, or one comes twice as deep."""
    lines = content.splitlines(keepends=True) or [b""]
    at = random_.randrange(len(lines))
    for text in (content, lines[at]):
        try:
            changed = json.dumps(_changed(json.loads(text), random_)).encode()
        except (ValueError, RecursionError):
            continue
        return (
            changed
            if text is content
            else b"".join([*lines[:at], changed, b"\n", *lines[at + 1 :]])
        )
    return inserted(content, random_)


ALL: tuple[Mutator, ...] = (bits, cut, removed, repeated, inserted, numbers, values, values)


def mutated(content: bytes, random_: random.Random) -> bytes:
    """One to three things are wrong."""
    for _ in range(random_.choice((1, 1, 1, 2, 3))):
        content = random_.choice(ALL)(content, random_)
    return content


def _span(content: bytes, random_: random.Random) -> tuple[int, int]:
    start = random_.randint(0, len(content))
    return start, min(len(content), start + random_.choice((1, 2, 8, 64, 1000)))


def _changed(value: Any, random_: random.Random) -> Any:
    """The value with one of its parts changed."""
    keys: list[Any] = []
    if isinstance(value, dict | list):
        keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    if not keys or random_.random() < 0.15:
        return random_.choice(ODD)
    key = random_.choice(keys)
    copy = dict(value) if isinstance(value, dict) else list(value)
    if random_.random() < 0.15:
        del copy[key]
    else:
        copy[key] = _changed(copy[key], random_)
    return copy
