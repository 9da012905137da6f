"""Words that stand for no value."""

from __future__ import annotations

from functools import cache
from itertools import product
from typing import TYPE_CHECKING

from netwright.data.tables.exact import nameless

if TYPE_CHECKING:
    import polars as pl

MISSING = ("", "na", "n/a", "#n/a", "<na>", "nan", "null", "?")
"""What stands for no value in any column, in any case."""

ABSENT = ("-", "--", "---", ".", "\\n", "none", "missing", "n.a.", "na.", "(null)")
"""What else stands for no value in a column of numbers, in any case; among words it is a word."""


def known_cells(cells: pl.DataFrame) -> pl.DataFrame:
    """Cells with null for every word that stands for a missing value."""
    import polars.selectors as cs

    missing = cells.select(cs.string().is_in(_in_every_case(MISSING)))
    return cells.with_columns(
        nameless(cells.get_column(here.name)).set(here, None).alias(here.name)
        for here in missing.get_columns()
        if here.any()
    )


def known_numbers(known: pl.Series) -> pl.Series:
    """The same without the words that stand for a missing number."""
    return without(known, is_absent(known))


def is_absent(words: pl.Series) -> pl.Series:
    """Whether a word stands for a missing number."""
    return words.is_in(_in_every_case(ABSENT))


def is_absent_word(word: str) -> bool:
    """The same of one word."""
    return word.lower() in ABSENT


def stands_for_nothing(words: pl.Series) -> pl.Series:
    """Whether a word stands for a missing value or number."""
    return words.is_in(_in_every_case(MISSING + ABSENT))


def without(words: pl.Series, here: pl.Series) -> pl.Series:
    """The words with null in some places."""
    return words.set(here.fill_null(False), None) if here.any() else words


@cache
def _in_every_case(words: tuple[str, ...]) -> pl.Series:
    """``na``, ``nA``, ``Na``, ``NA`` ...: faster than lower-casing a million words."""
    import polars as pl

    cases = (product(*({sign, sign.upper()} for sign in word)) for word in words)
    return pl.Series(sorted({"".join(signs) for one in cases for signs in one})).implode()
