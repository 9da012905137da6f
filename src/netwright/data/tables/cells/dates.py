"""Dates and times as people write them, found column by column."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from netwright.contract import ColumnForm

if TYPE_CHECKING:
    import polars as pl

DAYS = (
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%m/%d/%Y",
    "%d/%m/%Y",
    "%d.%m.%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%m/%d/%y",
    "%d/%m/%y",
    "%d.%m.%y",
    "%d %b %Y",
    "%d-%b-%Y",
    "%d-%b-%y",
    "%d %B %Y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%b %d %Y",
    "%a, %d %b %Y",
    "%Y%m%d",
)
MONTHS = ("%Y-%m", "%Y/%m", "%b %Y", "%B %Y", "%b-%y")
QUARTERS = ("%YQ%q", "%Y-Q%q", "%Y Q%q", "%Y/Q%q", "Q%q %Y", "Q%q-%Y", "Q%q/%Y")
WEEKS = ("%G-W%V", "%GW%V", "%G W%V")
"""Of the years that are made of whole weeks, from Monday on (ISO 8601)."""

TIMES = ("%H:%M:%S%.f", "%H:%M", "%I:%M:%S %p", "%I:%M %p")
PATTERNS = (
    *DAYS,
    *MONTHS,
    *QUARTERS,
    *WEEKS,
    *(f"{day}{between}{time}" for day in DAYS[:-1] for between in (" ", "T") for time in TIMES),
    "%Y-%m-%dT%H:%M:%S%.f%#z",
    "%Y-%m-%d %H:%M:%S%.f%#z",
    "%Y-%m-%d %H:%M%#z",
    "%a, %d %b %Y %H:%M:%S %z",
    "%Y%m%dT%H%M%S",
    "%Y%m%d%H%M%S",
    *TIMES,
)
"""As ``strftime`` has them, for those of polars; of two that fit alike the first is taken."""

LOOK = (
    r"^(?:\p{L}{3,9},? )?\d{1,4}[-/. :]|^\p{L}{3,9}[ -]\d"
    r"|^\d{8}(?:T?\d{6})?$|^\d{1,2} \p{L}{3,9} \d{4}|^\d{4}[QqWw]\d|^[Qq][1-4]\b"
)
"""What a word that may be a date begins like; most words need not be tried by each pattern."""

CLOCK = r"^\d{1,2}:\d{2}"

SIGNS = re.compile(r"[^\w\s]")
"""What parts the numbers of a date; a blank may be left out."""

NAME = re.compile(r"[^\W\d_]{3,}")
"""Of a month or of a day of the week."""

SWAPPED = (("%m/%d", "%d/%m"), ("%d/%m", "%m/%d"), ("%d-%m", "%m-%d"), ("%m-%d", "%d-%m"))
PLAIN = tuple(
    pattern
    for pattern in PATTERNS
    if pattern.startswith(("%Y-", "%Y/", "%d.%m.%Y")) or "%b" in pattern or "%B" in pattern
)
"""Those that mean one day, whatever the other cells of the column are: the year first, the month
by its name, or points between.
"""

CENTURIES = (1800, 2200)
"""Dates lie in between, or are none: 8 digits are a date only there."""


def candidates(words: pl.Series) -> list[ColumnForm]:
    """The ways of writing dates that most of these words fit.

    Args:
        words: the first different words of a column.
    """
    import polars as pl

    if 2 * int(words.str.contains(LOOK).sum()) <= len(words):
        return []
    if not (likely := _likely(words.to_list())):
        return []
    fits = pl.select(_moments(pl.lit(words), p).count().alias(p) for p in likely).row(0)
    found = [
        ColumnForm("date", pattern=pattern)
        for pattern, many in zip(likely, fits, strict=True)
        if 2 * many > len(words)
    ]
    return [f for f in found if "%d.%m.%y" not in f.pattern or not _are_versions(words)]


def _likely(words: Sequence[str]) -> list[str]:
    """The patterns whose signs stand in most of these words, and a name of a month or a day in as
    many as they want one: each of the others would be tried for nothing.
    """
    alike = Counter(
        (frozenset(Counter(SIGNS.findall(word)).items()), bool(NAME.search(word))) for word in words
    )
    return [
        pattern
        for pattern in PATTERNS
        if 2 * sum(many for kind, many in alike.items() if _may_fit(pattern, *kind)) > len(words)
    ]


def _may_fit(pattern: str, signs: frozenset[tuple[str, int]], has_name: bool) -> bool:
    wanted, wants_name = _wanted(pattern)
    return wants_name == has_name and wanted <= Counter(dict(signs))


@cache
def _wanted(pattern: str) -> tuple[Counter[str], bool]:
    """The signs of a pattern, and whether a month or a day has a name in it."""
    signs = SIGNS.findall(re.sub(r"%[.#]?\w", "", pattern))
    return Counter(signs), any(part in pattern for part in ("%b", "%B", "%a"))


def _are_versions(words: pl.Series) -> bool:
    """Whether words such as 1.2.10 are numbers of versions: none begins with a day beyond the
    months, and not all are written with two digits each, as dates with a short year mostly are.
    """
    parts = words.str.extract_groups(r"^(\d{1,2})\.(\d{1,2})\.(\d{1,2})").struct.unnest()
    day, month, year = parts.get_columns()
    if not (year.str.len_chars() == 2).all():
        return True
    padded = (day.str.len_chars() == 2) & (month.str.len_chars() == 2)
    return not padded.all() and not bool((day.cast(int) > 12).any())


def turned(pattern: str) -> tuple[str, ...]:
    """The same with day and month the other way round."""
    return tuple(other for a, b in SWAPPED if (other := pattern.replace(a, b)) != pattern)


def to_dates(words: pl.Series, pattern: str) -> pl.Series:
    """Words as moments in milliseconds; of words with a zone in UTC, of times of day on the first
    day of 1970. Null where a word is none, or lies outside of 1800 to 2200.
    """
    import polars as pl

    return pl.select(_moments(pl.lit(words), pattern)).to_series()


def _moments(words: pl.Expr, pattern: str) -> pl.Expr:
    import polars as pl

    if "%q" in pattern:
        words, pattern = _first_months(words, pattern), "%Y-%m-%d"
    if pattern in WEEKS:
        words, pattern = words + pl.lit(" 1"), f"{pattern} %u"
    if pattern in MONTHS:
        words, pattern = pl.lit("1 ") + words, f"%d {pattern}"
    if not any(part in pattern for part in ("%d", "%m", "%V")):
        clock = pl.when(words.str.contains(CLOCK)).then(words)  # 16:9 is no time of day
        times = clock.str.to_time(pattern, strict=False)
        return times.cast(pl.Duration("ms")).cast(pl.Int64).cast(pl.Datetime("ms"))
    if not any(part in pattern for part in ("%H", "%I")):
        found = words.str.to_date(pattern, strict=False).cast(pl.Datetime("ms"))
    else:
        found = words.str.to_datetime(pattern, strict=False, time_unit="ms")
        if pattern.endswith("z"):
            found = found.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    early, late = (pl.datetime(year, 1, 1, time_unit="ms") for year in CENTURIES)
    return pl.when(found.is_between(early, late, closed="left")).then(found)


def _first_months(words: pl.Expr, pattern: str) -> pl.Expr:
    """The first days of quarters, written as 2024-1-1; null where a word is none."""
    import polars as pl

    form = re.escape(pattern).replace("%Y", r"(?<year>\d{4})").replace("%q", "(?<quarter>[1-4])")
    parts = words.str.extract_groups(f"(?i)^{form}$").struct
    month = 3 * parts.field("quarter").cast(pl.Int64) - 2
    return parts.field("year") + pl.lit("-") + month.cast(pl.String) + pl.lit("-1")


def to_plain_dates(words: pl.Series) -> pl.Series:
    """The same, each word by itself: of a column whose dates had a type in training, so that nobody
    knows how they are written.
    """
    import polars as pl

    found = [_moments(pl.lit(words), pattern) for pattern in PLAIN]
    return pl.select(pl.coalesce(found)).to_series()


def example(pattern: str) -> str:
    """An example of how a pattern is written, for a person."""
    from datetime import UTC, datetime

    one = datetime(2024, 1, 31, 17, 5, 9, tzinfo=UTC)
    return one.strftime(pattern.replace("%.f", "").replace("%#z", "%z").replace("%q", "1"))
