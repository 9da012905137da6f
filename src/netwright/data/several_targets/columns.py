"""Several targets a row: tags, which are yes or no, or numbers; each may be unknown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from netwright.base.errors import DataError, nearest
from netwright.data.packed import Floats

if TYPE_CHECKING:
    import polars as pl

WORDS = {"yes": 1.0, "true": 1.0, "1": 1.0, "no": 0.0, "false": 0.0, "0": 0.0}
"""How a tag is written, in any case."""

EXPECTED = "yes or no, true or false, 1 or 0, or ? or nothing where it is not known"

A_NUMBER = "a number, or ? or nothing where it is not known"

LISTED = 12
"""Targets that a note names."""

Target = dict[str, Any]
"""Name -> yes/no or a number, None where unknown."""


@dataclass(frozen=True, eq=False)
class TargetColumns(Sequence[Target | None]):
    """Several targets a row; a row of which none is known has the target None.

    Args:
        names: of the T targets.
        held: (N, T); NaN where unknown; of tags 1 is yes and 0 no.
        are_tags: whether they are yes or no.
    """

    names: tuple[str, ...]
    held: Floats
    are_tags: bool

    def __len__(self) -> int:
        return len(self.held)

    @overload
    def __getitem__(self, at: int) -> Target | None: ...

    @overload
    def __getitem__(self, at: slice) -> TargetColumns: ...

    def __getitem__(self, at: int | slice) -> Target | TargetColumns | None:
        if isinstance(at, slice):
            return TargetColumns(self.names, self.held[at], self.are_tags)
        values = [self._plain(value) for value in self.held[at].tolist()]
        if all(value is None for value in values):
            return None
        return dict(zip(self.names, values, strict=True))

    def __iter__(self) -> Iterator[Target | None]:
        return (self[at] for at in range(len(self)))

    def take(self, indices: Sequence[int]) -> TargetColumns:
        """The rows at ``indices``, in that order."""
        rows = np.asarray(indices, np.int64)
        return TargetColumns(self.names, self.held[rows], self.are_tags)

    @property
    def known(self) -> list[int]:
        """The rows of which some target is known."""
        return np.flatnonzero(~np.isnan(self.held).all(axis=1)).tolist()

    @property
    def note(self) -> str:
        """One line that says what they are."""
        many = len(self.names)
        shown = [self._described(at) for at in range(min(many, LISTED))]
        what = "tags, yes or no" if self.are_tags else "numbers to predict"
        return f"{many} {what}: {', '.join(shown)}{', ...' if many > LISTED else ''}"

    def _described(self, at: int) -> str:
        column = self.held[:, at]
        known = column[~np.isnan(column)]
        if self.are_tags:
            return f"{self.names[at]} ({int(known.sum()):,} of {len(known):,} known)"
        extent = f"{known.min():g} to {known.max():g}, " if len(known) else ""
        return f"{self.names[at]} ({extent}{len(known):,} known)"

    def _plain(self, value: float) -> bool | float | None:
        if value != value:  # NaN differs from itself
            return None
        return value == 1 if self.are_tags else value


def known_of(target: Target) -> list[str]:
    """The names of those that are known of one row."""
    return [name for name, value in target.items() if value is not None]


def of_columns(
    columns: Mapping[str, pl.Series], sources: Sequence[str], *, task: str = "auto"
) -> TargetColumns:
    """The targets that these columns hold.

    Args:
        columns: name -> numbers, booleans or words; null or NaN where unknown.
        sources: where each row stands.
        task: ``classification``: all are yes or no; ``regression``: all are numbers; ``auto``:
            numbers where one holds others than 0 and 1, and then all must be.

    Raises:
        DataError: a value is neither, or some are tags and others numbers.
    """
    held: dict[str, Floats] = {}
    numeric = {name: _has_numbers(column) for name, column in columns.items()}
    are_tags = task == "classification" or (task == "auto" and not all(numeric.values()))
    if task == "auto" and are_tags and any(numeric.values()):
        _refuse_mixture(columns, numeric, sources)
    read = _yes_or_no if are_tags else _numbers
    for name, column in columns.items():
        held[name] = read(column, name, sources)
    return TargetColumns(tuple(columns), np.stack(list(held.values()), axis=1), are_tags)


def names_of(targets: Sequence[Target | None]) -> tuple[str, ...]:
    """Of several targets a row, in the order of the source."""
    if isinstance(targets, TargetColumns):
        return targets.names
    return tuple(dict.fromkeys(name for target in targets for name in target or ()))


def as_array(targets: Sequence[Target | None], names: Sequence[str]) -> Floats:
    """(N, T) of any column of several targets; NaN where unknown.

    Raises:
        DataError: one is of a name that is not among ``names``, or has none.
    """
    if isinstance(targets, TargetColumns) and targets.names == tuple(names):
        return targets.held
    found = np.full((len(targets), len(names)), np.nan)
    place = {name: at for at, name in enumerate(names)}
    for row, target in enumerate(targets):
        if target is not None and not isinstance(target, Mapping):
            raise DataError(
                f"one target a row is named, and the model answers {', '.join(names)}: name two of"
                " them or more, a,b."
            )
        for name, value in (target or {}).items():
            if name not in place:
                raise DataError(f"the model was not trained on '{name}'{nearest(name, names)}")
            if value is not None:
                found[row, place[name]] = float(value)
    return found


def _has_numbers(column: pl.Series) -> bool:
    """Whether it holds numbers, of which one is neither 0 nor 1."""
    return column.dtype.is_numeric() and not bool(_is_0_or_1(column).all())


def _is_0_or_1(numbers: pl.Series) -> pl.Series:
    """Null where unknown."""
    return _as_numbers(numbers).is_in([0.0, 1.0])


def _as_numbers(column: pl.Series) -> pl.Series:
    """As floats; null where unknown, or no number."""
    import polars as pl

    return column.cast(pl.Float64, strict=False).fill_nan(None)


def _refuse_mixture(
    columns: Mapping[str, pl.Series], numeric: Mapping[str, bool], sources: Sequence[str]
) -> None:
    for name, is_number in numeric.items():
        if not is_number:
            _refuse_a_slip(columns[name], name, sources)
    number = next(name for name, is_number in numeric.items() if is_number)
    tag = next(name for name, is_number in numeric.items() if not is_number)
    row = int((~_is_0_or_1(columns[number])).arg_true()[0])
    raise DataError(
        f"the target '{tag}' is yes or no and '{number}' holds numbers"
        f" ({columns[number][row]:g} at {sources[row]}): name targets of one kind, or take 0 and 1"
        " for numbers with --task regression."
    )


def _refuse_a_slip(column: pl.Series, name: str, sources: Sequence[str]) -> None:
    """Refuse the first cell that is no number, in a column of which most cells are numbers."""
    import polars as pl

    words = column.cast(pl.String).str.strip_chars()
    known = words.is_not_null() & ~words.is_in(["", "?"])
    numbers = _as_numbers(words)
    wrong = (known & numbers.is_null()).arg_true()
    are_numbers = 2 * len(wrong) < int(known.sum()) and not bool(_is_0_or_1(numbers).all())
    if len(wrong) and are_numbers:
        row = int(wrong[0])
        raise DataError(
            f"{sources[row]}: the target '{name}' is {str(column[row])[:40]!r}: expected a number,"
            " as in most of its rows."
        )


def _yes_or_no(column: pl.Series, name: str, sources: Sequence[str]) -> Floats:
    import polars as pl

    if column.dtype == pl.Boolean or column.dtype.is_numeric():
        numbers = _as_numbers(column)
        wrong = ~_is_0_or_1(numbers)
    else:
        words = column.cast(pl.String).str.strip_chars().str.to_lowercase()
        numbers = words.replace_strict(WORDS, default=None, return_dtype=pl.Float64)
        wrong = numbers.is_null() & column.is_not_null()
    return _held(numbers, wrong, column, f"'{name}'", EXPECTED, sources)


def _numbers(column: pl.Series, name: str, sources: Sequence[str]) -> Floats:
    numbers = _as_numbers(column)
    known = column.fill_nan(None) if column.dtype.is_float() else column
    wrong = (numbers.is_null() & known.is_not_null()) | numbers.is_infinite()
    return _held(numbers, wrong, column, f"'{name}'", A_NUMBER, sources)


def _held(
    numbers: pl.Series,
    wrong: pl.Series,
    column: pl.Series,
    name: str,
    expected: str,
    sources: Sequence[str],
) -> Floats:
    """(N,) of the numbers, NaN where they are null; refused where one is wrong."""
    if wrong.any():
        row = int(wrong.arg_true()[0])
        raise DataError(f"{sources[row]}: {name} is '{column[row]}': expected {expected}.")
    held: Floats = numbers.fill_null(float("nan")).to_numpy()
    return held


def check_varied(held: Floats, names: Sequence[str], *, are_tags: bool) -> None:
    """See that each target is there to be learned.

    Args:
        held: (N, T), of the training split.

    Raises:
        DataError: one is never known, or always the same.
    """
    for name, column in zip(names, held.T, strict=True):
        known = column[~np.isnan(column)]
        if len(known) and not (known == known[0]).all():
            continue
        always = "unknown in each of the training examples"
        if len(known):
            value = ("yes" if known[0] else "no") if are_tags else f"{known[0]:g}"
            always = f"{value} in each of the {len(known):,} training examples where it is known"
        raise DataError(f"the target '{name}' is {always}: nothing to learn; leave it out.")
