"""What a column is taken for, and what is known of its table before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from netwright.contract import ColumnForm

if TYPE_CHECKING:
    import polars as pl

NUMBERS_FOR_A_STRAY = 50
"""So many known cells allow one that does not fit: it is missing, the column stays what it is."""

MOST_STRAYS = 20
"""Different ones, beyond which they are no slips."""


@dataclass(frozen=True)
class Judged:
    """What a column is taken for.

    Args:
        strays: its known cells that do not fit, which count as missing; known: all.
        odd: one that is why the column is no number, or is missing, and its line.
        is_open: whether its values could be meant otherwise: thousands or decimals, day or month;
            separator: the one of which it is open what it parts.
        nearly: how it could be read else: most of its words, but not all, or one that is left out.
        stand_ins: cells that hold the number that stands for a missing one.
        different: how many words there are, where most of its cells hold another one; else 0.
    """

    name: str
    form: ColumnForm
    known: int = 0
    strays: int = 0
    odd: tuple[str, int] | None = None
    is_open: bool = False
    separator: str = ""
    nearly: ColumnForm | None = None
    stand_ins: int = 0
    different: int = 0


@dataclass(frozen=True)
class Table:
    """What is known of a table before its values are looked at.

    Args:
        delimiter: what parts the cells of its file; empty where columns have types of their own:
            there digits in words are meant to be words.
        labels: columns that may hold labels to learn, which stay as they are written.
        roles: columns that are no input.
        as_at_first: judge as the first releases did, which knew numbers and words alone.
    """

    names: Sequence[str]
    delimiter: str = ""
    labels: Collection[str] = ()
    roles: Collection[str] = ()
    as_at_first: bool = False


def note_strays(strays: Counter[str], counted: pl.DataFrame) -> None:
    """Words and how often each stands there; one more than are few says that they are too many."""
    if len(strays) <= MOST_STRAYS:
        for word, many in counted.head(MOST_STRAYS + 1).iter_rows():
            strays[word] += many


def are_few(strays: Counter[str], known: int) -> bool:
    """Whether they may be slips among so many known cells."""
    return 0 < len(strays) <= MOST_STRAYS and NUMBERS_FOR_A_STRAY * strays.total() <= known
