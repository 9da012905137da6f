"""One seed, many independent generators, each found by name: nothing depends on who drew first."""

from __future__ import annotations

import hashlib


def seed_of(seed: int, *names: str | int) -> int:
    """A 63-bit seed for the purpose ``names``, e.g. ``seed_of(0, "order", epoch)``.

    Two purposes never draw from one stream, and a resumed run finds the stream of step t without
    replaying the t before it.
    """
    text = "/".join(str(part) for part in (seed, *names))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") >> 1
