"""Numbers as people write them: currencies, percent signs, thousands, decimal commas."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from netwright.contract import ColumnForm
from netwright.data.tables.cells.missing import without
from netwright.data.tables.cells.repeated import Cells

if TYPE_CHECKING:
    import polars as pl

OTHER_MONEY = r"kr\.?|zł|kč|lei|fr\.|rs\.?"
CURRENCIES = (
    "USD|EUR|GBP|CHF|JPY|CNY|RMB|INR|AUD|CAD|NZD|SEK|NOK|DKK|PLN|CZK|HUF|RON|BGN|TRY|RUB|UAH|BRL"
    "|MXN|ARS|CLP|COP|ZAR|KRW|SGD|HKD|THB|IDR|MYR|PHP|VND|ILS|AED|SAR|EGP|NGN|KES"
)
UNIT = rf"(?:%|[A-Z]{{0,3}}\p{{Sc}}|(?i:{CURRENCIES}|{OTHER_MONEY}))"
"""A currency, in front of a number or behind it, or a percent sign behind it."""

SIGN = "[-+\u2212\u2013]"
BODY = r"[\d.,'\u2019 \u00a0\u202f]*\d[.,]?(?:[eE][-+]?\d+)?"
BLANKS = r"[ \u00a0\u202f]"
BLANK = f"{BLANKS}?"
MINUS = "[-\u2212\u2013]"
"""It stands behind the number, too, in SAP and in books: 356.50-."""

ABOUT = r"(?:(?:~|≈|∼|(?i:ca\.?|c\.|circa|approx\.?|approximately|about|around|etwa|rund)) ?)?"
"""What says that a number is not exact: ~45, ca. 45."""

WRITTEN = (
    rf"^{ABOUT}[-+(\u2212\u2013 ]*(?P<before>{UNIT})?[-+(\u2212\u2013 ]*{BODY}"
    rf"[-)\u2212\u2013 ]*(?P<behind>{UNIT})?[-)\u2212\u2013 ]*$"
)
"""A number with what people put around it, roughly: it tells the unit."""

UNUSUAL = rf"^(?:~|≈|∼|\p{{L}}+\.? ?[-\d])|\d\D*{MINUS}\D*$"
"""Numbers of which a person is told how they are taken."""

OWED_BEHIND, GRADE = rf"\d ?{MINUS}$", rf"^\d{{1,2}}{MINUS}$"
"""A column of 1, 2-, 2 holds grades of a school, and 2- is not below zero; 356.50- is."""

AROUND = "()-+\u2212\u2013 \u00a0\u202f"
"""What stands before or behind a number, beside units."""

MEASURED = (
    rf"^{ABOUT}{SIGN}?{BLANK}{BODY.replace('[.,]?', '')}{BLANK}"
    r"((?:[ckm]?m|ft|in)[23]|°?\p{L}[\p{L}°²³/.]{0,9}(?: \p{L}[\p{L}²³]{0,9})?|°|″|′)$"
)
"""A number with a unit behind it: 67 kg, 12.5km, 36 months, 80 sq ft, 21 °C; 0.png is none."""

Separators = tuple[str, str]
"""What parts the thousands, and what the decimals."""

ENGLISH: Separators = (",", ".")
CONTINENTAL: Separators = (".", ",")
ALL_SEPARATORS: tuple[Separators, ...] = (
    ENGLISH,
    CONTINENTAL,
    (" ", ","),
    (" ", "."),
    ("'", "."),
    ("'", ","),
)
SPELLINGS = {" ": "[ \u00a0\u202f]", "'": "['\u2019]"}
"""How a separator may be typed, where there are several ways."""

LEAST_PLURAL = 3
"""Letters of a unit that may have an s for more than one."""

ENOUGH = 10
"""Numbers of three digits behind a separator, beside others without one, from which it is no chance
that none has another count of them.
"""

GROUPED = r"^[1-9]\d{0,2}[.,]\d{3}$"
"""1,234 or 1.234: a thousand or one and a bit."""


TRIED = 50
"""Different words of a column by which ways of writing that do not fit fall out."""


def candidates(words: pl.Series) -> list[ColumnForm]:
    """The ways of writing numbers that most of these words fit; none where units differ.

    Args:
        words: the first different words of a column.
    """
    import polars as pl

    parts = words.str.extract_groups(WRITTEN).struct.unnest()
    unit = pl.coalesce("before", "behind")
    units = parts.select(unit.drop_nulls().str.to_uppercase().unique()).to_series()
    below = words.filter(words.str.contains(OWED_BEHIND))
    if len(units) > 1 or (len(below) and below.str.contains(GRADE).all()):
        return []
    named = str(units[0]) if len(units) else unit_of(words)
    forms = [
        ColumnForm("number", decimal=decimal, thousands=thousands, unit=named)
        for thousands, decimal in ALL_SEPARATORS
    ]
    fits = pl.select(_written(pl.lit(words), f).sum().alias(str(at)) for at, f in enumerate(forms))
    half, least = len(words) / 2, len(words) / 3 if is_measure(named) else math.inf
    return [
        form
        for form, many in zip(forms, fits.row(0), strict=True)
        if many > half or many >= least > 0
    ]


def unit_of(words: pl.Series) -> str:
    """The unit that stands behind most numbers among these words; empty: none does. One letter is
    a unit only where all have it: of 10, 11 and 2A none is a number of As.
    """
    units = words.str.extract(MEASURED, 1).drop_nulls()
    if 2 * len(units) < len(words) or not len(units):
        return ""
    unit = str(units.mode().sort()[-1])
    if len(unit) == 1 and (len(units) < len(words) or units.n_unique() > 1):
        return ""
    return unit


def is_measure(unit: str) -> bool:
    """Whether it is a unit of what was measured, and neither a currency nor a percent sign."""
    is_sign = any(unicodedata.category(sign) == "Sc" for sign in unit)
    is_money = re.fullmatch(f"{CURRENCIES}|{OTHER_MONEY}", unit, re.IGNORECASE)
    return unit not in ("", "%") and not is_sign and is_money is None


def fits_mostly(form: ColumnForm, others: int, words: int) -> bool:
    """Whether a column is nearly written as this form says. Of three units one that a third has may
    be the one that was meant.

    Args:
        others: words that are not written so; words: all.
    """
    return 3 * others <= 2 * words if is_measure(form.unit) else 2 * others <= words


@dataclass
class Groups:
    """What tells a thousand from one and a bit where all separators stand before three digits.

    Args:
        grouped: the separator of words such as 1,234 -> how many; small, large: words without any
            that are below a thousand, and the others.
    """

    grouped: Counter[str] = field(default_factory=Counter)
    small: int = 0
    large: int = 0

    def look(self, cells: Cells) -> None:
        """Take different words into account, each as often as it stands there."""
        digits = cells.values.str.replace_all(r"[^\d.,]", "")
        for separator in (",", "."):
            is_grouped = digits.str.contains(GROUPED) & digits.str.contains(separator, literal=True)
            self.grouped[separator] += cells.count(is_grouped)
        self.small += cells.count(digits.str.contains(r"^\d{1,3}$"))
        self.large += cells.count(digits.str.contains(r"^\d{4,}$"))

    @property
    def separator(self) -> Literal[",", "."]:
        """The one that stands before three digits."""
        return "," if self.grouped[","] else "."

    def separators(self, unit: str, delimiter: str) -> tuple[Separators, bool]:
        """The separators where words fit both ways, and whether the words leave it open.

        Args:
            delimiter: what parts the cells of the file, which says where it comes from.
        """
        separator = self.separator
        by_thousands, by_decimals = (
            (ENGLISH, CONTINENTAL) if separator == "," else (CONTINENTAL, ENGLISH)
        )
        if not self.grouped[separator]:
            return ENGLISH, False
        if self.large:  # a thousand is written without the separator, or now and then
            is_english = delimiter == "," == separator
            return (ENGLISH, True) if is_english else (by_decimals, False)
        is_money = unit not in ("", "%") and not is_measure(unit)
        if is_money or (self.small and self.grouped[separator] >= ENOUGH):
            return by_thousands, False  # decimals would not all be three, but for whole numbers
        if delimiter == ",":
            return ENGLISH, False
        # cells are parted by semicolons where commas stand before decimals
        return (CONTINENTAL if delimiter == ";" else ENGLISH), True


def is_written(words: pl.Series, form: ColumnForm) -> pl.Series:
    """Whether each word is a number written as this form says."""
    import polars as pl

    return pl.select(_written(pl.lit(words), form)).to_series()


def _written(words: pl.Expr, form: ColumnForm) -> pl.Expr:
    body = body_of((form.thousands, form.decimal))
    unit = _unit_written(form.unit)
    if form.unit == "%":  # 0.5 beside 50% is another number
        return words.str.contains(
            rf"^{ABOUT}(?:{SIGN}?{BLANK}{body}{BLANK}%|{body}(?:%{MINUS}|{MINUS}%))$|^0+$"
        )
    ways = (
        rf"{SIGN}?{BLANK}{unit}{BLANK}{SIGN}?{body}{BLANK}{unit}",
        rf"{unit}{BLANK}{body}{BLANK}(?:{unit}{BLANK}{MINUS}|{MINUS}{BLANK}{unit})",
        rf"\({unit}{BLANK}{body}{BLANK}{unit}\)|{unit}{BLANK}\({body}\){BLANK}{unit}",
    )
    return words.str.contains(rf"^{ABOUT}(?:{'|'.join(ways)})$")


def _unit_written(unit: str) -> str:
    """A unit as a pattern; it may be left out. Money in any case, measures as they are written (mW
    is not MW), one month beside two months.
    """
    if not is_measure(unit):
        return rf"(?i:{re.escape(unit)})?" if unit else ""
    if len(unit) < LEAST_PLURAL or not unit.isalpha():
        return rf"(?:{re.escape(unit)})?"
    return rf"(?:{re.escape(unit.removesuffix('s'))}s?)?"


def as_written(cells: Cells, unit: str) -> Cells:
    """The cells by which it is known whether numbers in this unit are written so: their shapes."""
    return cells if any(map(str.isdigit, unit)) else cells.alike  # m2 is no m9


def to_numbers(cells: Cells, form: ColumnForm) -> pl.Series:
    """The numbers of words that are written as this form says; null where one is not."""
    import polars as pl

    alike = as_written(cells, form.unit)
    shape = alike.each.values
    bare = without(cells.values, ~alike.spread(is_written(shape, form)))
    below = alike.spread(shape.str.contains(rf"\(|^\D*{MINUS}\D*\d|\d\D*{MINUS}\D*$"))
    if (shape.str.replace(f"^{ABOUT}", "") != shape).any():
        bare = bare.str.replace(f"^{ABOUT}", "")
    if len(form.unit) > 1:
        named = re.escape(form.unit)
        if is_measure(form.unit):
            named = _unit_written(form.unit).removesuffix("?") + "$"
        bare = bare.str.replace_all(f"(?i){named}", "")
    bare = bare.str.strip_chars(AROUND + (form.unit if len(form.unit) == 1 else ""))
    if form.thousands in SPELLINGS:
        bare = bare.str.replace_all(SPELLINGS[form.thousands], "")
    elif form.thousands:
        bare = bare.str.replace_all(form.thousands, "", literal=True)
    if form.decimal != ".":
        bare = bare.str.replace(form.decimal, ".", literal=True)
    numbers = bare.cast(pl.Float64, strict=False)
    return numbers.zip_with(~below.fill_null(False), -numbers) if below.any() else numbers


def body_of(separators: Separators) -> str:
    """The digits of a number with these separators, as a pattern."""
    thousands, decimal = separators
    point = re.escape(decimal)
    whole = r"\d+"
    if thousands:
        part = SPELLINGS.get(thousands, re.escape(thousands))
        whole = rf"(?:[1-9]\d{{0,2}}(?:{part}\d{{3}})+|\d+)"
    return rf"(?:{whole}(?:{point}\d*)?|{point}\d+)(?:[eE][-+]?\d+)?"
