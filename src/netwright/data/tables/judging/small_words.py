"""How many of the words that sentences are made of a value holds: what tells prose from names."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

MANY = 6.0
"""Words in capitals in a value, on average, from which they are sentences: no name and hardly an
address has so many.
"""

_SIGNS = r"[^\s\p{L}\p{M}\p{N}/\\@]*"
_PARTED = rf"^{_SIGNS}WORD{_SIGNS}\s|\s{_SIGNS}WORD{_SIGNS}(?:\s|$)"
"""A word, with signs around it, and a blank before or behind: links, paths, addresses of mail,
names of files and a single code have words, too, parted by other signs or by nothing.
"""

SMALL = r"[\p{Han}\p{Hiragana}\p{Katakana}]|" + _PARTED.replace(
    "WORD", r"[\p{Ll}\p{Lo}][\p{L}\p{M}'’]*"
)
"""Words with a capital do not count: names and addresses are made of those."""

CAPITALS = _PARTED.replace("WORD", r"\p{Lu}[\p{Lu}\p{M}'’]+")


def small_words(known: pl.Series) -> float:
    """How many words without a capital a value has, on average; where nearly all is written in
    capitals, of those.
    """
    parted = known.str.strip_chars().str.replace_all(r"\s+", "  ")  # a blank for each neighbour
    small, capitals = (
        float(parted.str.count_matches(words).mean() or 0.0)  # type: ignore[arg-type]
        for words in (SMALL, CAPITALS)
    )
    return max(small, capitals) if capitals >= MANY else small
