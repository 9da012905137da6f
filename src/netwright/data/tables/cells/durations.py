"""Durations as people write them: 5h 14min, 1:23:45, 2 days 03:10, PT5M33S; numbers of seconds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from netwright.contract import ColumnForm

if TYPE_CHECKING:
    import polars as pl

PATTERN = "h:mm:ss"
"""Of a form whose numbers are durations."""

SECONDS: Mapping[str, float] = {
    "year": 365.25 * 86400,
    "month": 365.25 / 12 * 86400,
    "week": 7 * 86400,
    "day": 86400,
    "hour": 3600,
    "minute": 60,
    "second": 1,
}
SPELLINGS: Mapping[str, str] = {
    "year": "y|(?i:yrs?|years?)",
    "month": "(?i:mos?|mths?|months?)",
    "week": "w|(?i:wks?|weeks?)",
    "day": "d|(?i:days?)",
    "hour": "h|(?i:hrs?|hours?|std)",
    "minute": "m|(?i:mins?|minutes?)",
    "second": "s|(?i:secs?|seconds?)",
}
"""A single letter is small: 3D and 5S are names."""

NUMBER = r"\d+(?:[.,]\d+)?"
CLOCK = r"(?P<minute>[0-5]?\d):(?P<second>[0-5]\d(?:\.\d+)?)"
IN_WORDS = "".join(
    rf"(?:(?P<{name}>{NUMBER}) ?(?:{spelled})\.?(?:,? ?(?:and )?|$))?"
    for name, spelled in SPELLINGS.items()
)
ISO = "".join(
    rf"{'(?:T' if name == 'hour' else ''}(?:(?P<{name}>{NUMBER}){name[0].upper()})?"
    for name in SECONDS
)
WAYS = (
    rf"^(?P<below>[-\u2212])?(?:(?P<hour>\d+):{CLOCK})$",
    r"^(?P<below>[-\u2212])?(?P<minute>\d+):(?P<second>[0-5]\d(?:\.\d+)?)$",
    rf"^(?P<day>-?\d+) ?(?:{SPELLINGS['day']}),? \+?(?P<hour>\d+):(?P<minute>[0-5]\d)"
    r"(?::(?P<second>[0-5]\d(?:\.\d+)?))?$",
    r"^(?P<hour>\d+) ?h ?(?P<minute>[0-5]\d)$",
    rf"^{IN_WORDS}$",
    rf"^P{ISO})?$",
)
"""Each with what its parts are called; of two parts between colons the second are seconds, behind
days minutes.
"""


def candidates(words: pl.Series) -> list[ColumnForm]:
    """The form of durations, where most of these words are some."""
    fits = len(words) - to_seconds(words).null_count()
    return [ColumnForm("number", pattern=PATTERN)] if 2 * fits > len(words) else []


def to_seconds(words: pl.Series) -> pl.Series:
    """The seconds that words stand for; null where one is no duration."""
    import polars as pl

    given = words.alias("word").to_frame()
    return given.select(pl.coalesce(_seconds(pl.col("word"), way) for way in WAYS)).to_series()


def _seconds(words: pl.Expr, way: str) -> pl.Expr:
    import polars as pl

    parts = words.str.extract_groups(way).struct
    in_all = pl.sum_horizontal(
        parts.field(name).str.replace(",", ".", literal=True).cast(pl.Float64) * seconds
        for name, seconds in SECONDS.items()
        if f"<{name}>" in way
    )
    if "<below>" in way:
        in_all = pl.when(parts.field("below").is_null()).then(in_all).otherwise(-in_all)
    return pl.when(words.str.contains(way) & words.str.contains(r"\d")).then(in_all)
