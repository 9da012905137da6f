"""Numbers with what they are multiplied by behind them: 4.1K, $2.3M, 73k €, 1,2 Mio."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from netwright.contract import ColumnForm
from netwright.data.tables.cells import written_numbers
from netwright.data.tables.cells.repeated import Cells

if TYPE_CHECKING:
    import polars as pl

PATTERN = "1.2K"
"""Of a form whose numbers may have a magnitude behind them."""

FACTORS: Mapping[str, float] = {
    "k|thousand|tsd": 1e3,
    "lakhs?|lacs?": 1e5,
    "m|mn|mio|mln|million": 1e6,
    "crores?|cr": 1e7,
    "b|bn|mrd|billion": 1e9,
    "tn|trillion": 1e12,
}
"""How a magnitude is written, in any case -> how much it is."""

SPLIT = (
    rf"^(?P<head>[^\d]*{written_numbers.BODY}) ?"
    rf"(?P<size>(?i:{'|'.join(FACTORS)})\b\.?)(?P<tail>(?:[^\p{{L}}\d].*)?)$"
)
DECIMAL = r"\d[.,]\d+ ?\p{L}"


def candidates(words: pl.Series, others: pl.Series) -> list[ColumnForm]:
    """The ways of writing numbers with magnitudes that most of these words fit.

    12B is a house and 4K a size: there must be two magnitudes, decimals in front of one, a currency
    or a whole word. A small m alone is metres.

    Args:
        words: the first different words of a column; others: more of them that are no numbers.
    """
    import polars as pl

    cells = pl.concat([words, others])
    sizes = cells.str.extract_groups(SPLIT).struct.field("size")
    sized = cells.filter(sizes.is_not_null())
    if not len(sized):
        return []
    forms = written_numbers.candidates(_bare(words))
    different = _factors(sizes.drop_nulls()).n_unique()
    is_word = sizes.str.contains(r"\p{L}{2}").any()
    has_decimals = (sized.str.contains(DECIMAL) & ~sized.str.contains(r"\d ?[mb]\b")).any()
    is_plain = different > 1 or is_word or has_decimals
    return [
        replace(form, pattern=PATTERN)
        for form in forms
        if is_plain or (form.unit and not written_numbers.is_measure(form.unit))
    ]


def to_numbers(words: pl.Series, form: ColumnForm) -> pl.Series:
    """The numbers of words that are written so; null where one is not."""
    sizes = words.str.extract_groups(SPLIT).struct.field("size")
    bare = written_numbers.to_numbers(Cells(_bare(words)), replace(form, pattern=""))
    return bare * _factors(sizes)


def _bare(words: pl.Series) -> pl.Series:
    """The words without their magnitudes."""
    return words.str.replace(SPLIT, "${head}${tail}")


def _factors(sizes: pl.Series) -> pl.Series:
    """How much each magnitude is; none is 1."""
    import polars as pl

    factor = pl.lit(1.0)
    for spelled, much in FACTORS.items():
        is_this = pl.lit(sizes).str.contains(rf"^(?i:{spelled})\.?$")
        factor = pl.when(is_this).then(pl.lit(much)).otherwise(factor)
    return pl.select(factor).to_series()
