"""What the target is, worked out from its values: labels (``str``) or numbers (``float``)."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast

from netwright.base.errors import DataError
from netwright.base.figures import counted, readable
from netwright.base.findings import Finding

if TYPE_CHECKING:
    import polars as pl

    from netwright.data.packed import Floats, Labels

FEW_VALUES = 20
MANY_LABELS = 1000
ROWS_AT_ONCE = 1 << 16

Task = Literal["classification", "regression"]


@dataclass(frozen=True)
class Targets:
    """Targets in the form that the systems take.

    Args:
        values: labels as ``str`` or numbers as ``float``; None where unknown.
        task: what they are.
        note: one line that says why.
        findings: what a person should look at.
    """

    values: Sequence[str | float | None]
    task: Task
    note: str
    findings: tuple[Finding, ...]


def work_out(
    values: Sequence[Any], *, task: str, name: str, beside: str = "", learn: bool = True
) -> Targets:
    """Labels or numbers from raw values.

    Text, booleans and few distinct whole numbers (at most 20, each occurring twice on average) are
    labels; other numbers are numbers. Whole numbers that come with images, signals or texts are
    labels up to 1,000 distinct ones.

    Args:
        values: str, bool, int or float; None or NaN where unknown.
        task: ``classification`` or ``regression`` forces; ``auto`` decides.
        name: what the target is called, for messages.
        beside: what the inputs are, where they are no rows: ``images``, ``signals``.
        learn: whether they are to be learned from, so that they must not be always the same.

    Raises:
        DataError: no value is known, one is infinite, all are the same, or numbers were asked for
            and one is none.
    """
    # NaN differs from itself
    known = [value for value in values if value is not None and value == value]
    distinct = set(known)
    _check_known(name, len(values), len(known))
    kinds = set(map(type, known))
    _check_kinds(kinds, name)
    whole = not kinds & {str} and all(map(_is_whole, known))
    seen = TargetValues(len(known), len(distinct), kinds, whole, known[0], beside)
    chosen, why = _choose(seen, task, name, learn=learn)
    findings = _id_by_mistake(seen, name, distinct)
    if chosen == "classification":
        named = {value: label(value) for value in dict.fromkeys(known)}
        labels = [named.get(value) for value in values]
        return Targets(labels, chosen, _labelled(name, set(named.values()), why), findings)
    numbers = _numbers(values, name)
    finite = [number for number in numbers if number is not None]
    return Targets(numbers, chosen, _numbered(name, min(finite), max(finite), why), findings)


def of_column(
    column: pl.Series, *, task: str, name: str, learn: bool = True, sources: Sequence[str] = ()
) -> Targets:
    """The same as ``work_out`` from a column of a table, in few bytes a row.

    Args:
        column: numbers, booleans or words; null or NaN where unknown.
        learn: whether it is to be learned from, so that it must not be always the same.
        sources: where each row stands, for messages.

    Raises:
        DataError: as ``work_out``.
    """
    from netwright.data.packed import Numbers

    column = column.fill_nan(None) if column.dtype.is_float() else column
    known = column.drop_nulls()
    _check_known(name, len(column), len(known))
    first = known[0]
    whole = column.dtype.is_integer() or (
        column.dtype.is_float() and bool(((known == known.round()) & known.is_finite()).all())
    )
    seen = TargetValues(len(known), known.n_unique(), {type(first)}, whole, first)
    chosen, why = _choose(seen, task, name, learn=learn)
    findings = _id_by_mistake(seen, name, (known.min(), known.max()))
    if chosen == "classification":
        labels = coded(column)
        return Targets(labels, chosen, _labelled(name, labels.names, why), findings)
    held = _held(column, name, sources)
    low, high = (float(end) for end in (known.cast(float).min(), known.cast(float).max()))  # type: ignore[arg-type]
    return Targets(Numbers(held), chosen, _numbered(name, low, high, why), findings)


@dataclass(frozen=True)
class TargetValues:
    """What decides about a target.

    Args:
        count: how many values are known; distinct: how many of them are different; kinds: their
            types.
        whole: whether all are whole numbers; first: one of them; beside: as of ``work_out``.
    """

    count: int
    distinct: int
    kinds: set[type]
    whole: bool
    first: Any
    beside: str = ""


def _check_known(name: str, rows: int, known: int) -> None:
    if not known:
        raise DataError(
            f"target '{name}' has no value in any of {counted(rows, 'row')}: nothing to learn."
        )


def _check_kinds(kinds: Collection[type], name: str) -> None:
    odd = next((kind for kind in kinds if kind is not str and not hasattr(kind, "__float__")), None)
    if odd is not None:
        raise DataError(f"target '{name}' holds {odd.__name__}: expected text or numbers.")


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) or float(value).is_integer()


def _choose(seen: TargetValues, task: str, name: str, *, learn: bool = True) -> tuple[Task, str]:
    chosen, why = _decide(seen) if task == "auto" else (cast("Task", task), "as asked for")
    if learn and seen.distinct == 1 and (chosen == "regression" or not seen.beside):
        raise DataError(
            f"target '{name}' is {seen.first!r} in all of {counted(seen.count, 'row')}: there is"
            " nothing to learn."
        )
    return chosen, why


def _labelled(name: str, classes: Collection[str], why: str) -> str:
    return f"classification of '{name}', {counted(len(classes), 'class', 'classes')}: {why}"


def _numbered(name: str, low: float, high: float, why: str) -> str:
    return f"regression of '{name}', {readable(low, 6)} to {readable(high, 6)}: {why}"


def coded(column: pl.Series) -> Labels:
    """The labels of a column, named in the order in which they first occur.

    Null and NaN are unknown.
    """
    import numpy as np
    import polars as pl

    from netwright.data.packed import Labels

    known = column.fill_nan(None).drop_nulls() if column.dtype.is_float() else column.drop_nulls()
    values = known.unique(maintain_order=True)
    names = tuple(dict.fromkeys(map(label, values.to_list())))
    place = {name: at for at, name in enumerate(names)}
    codes = [place[label(value)] for value in values.to_list()]
    new = pl.Series(codes, dtype=pl.Int32)
    # in parts, since a look-up takes 50 bytes a row
    parts = (column.slice(start, ROWS_AT_ONCE) for start in range(0, len(column), ROWS_AT_ONCE))
    found = [
        part.replace_strict(values, new, default=-1, return_dtype=pl.Int32).to_numpy()
        for part in parts
    ]
    return Labels(np.concatenate(found), names)


def _held(column: pl.Series, name: str, sources: Sequence[str]) -> Floats:
    """(N,) float64 of a column, NaN where unknown; all others are finite."""
    import polars as pl

    numbers = column.cast(pl.Float64, strict=False)
    wrong = (column.is_not_null() & (numbers.is_null() | numbers.is_infinite())).arg_true()
    if len(wrong):
        row = int(wrong[0])
        _number(column[row], name, f"at {sources[row]}" if sources else _row(row))
    held: Floats = numbers.fill_null(float("nan")).to_numpy(writable=True)
    return held


def label(value: Any) -> str:
    """The label as text: 3 and 3.0 -> ``"3"``, True -> ``"true"``."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def is_missing(value: Any) -> bool:
    """None or NaN."""
    return value is None or (isinstance(value, float) and math.isnan(value))


def _decide(seen: TargetValues) -> tuple[Task, str]:
    if bool in seen.kinds:
        return "classification", "it is true or false"
    if str in seen.kinds:
        return "classification", "it holds text"
    if seen.beside and seen.distinct <= MANY_LABELS and seen.kinds <= {int}:
        return "classification", f"whole numbers beside {seen.beside}"
    if not seen.whole:
        return "regression", "it holds decimal numbers"
    if seen.distinct <= FEW_VALUES and 2 * seen.distinct <= seen.count:
        return (
            "classification",
            (
                f"it holds {seen.distinct} distinct whole numbers"
                " (--task regression takes them as numbers)"
            ),
        )
    return (
        "regression",
        (
            f"it holds {seen.distinct:,} distinct whole numbers"
            " (--task classification takes them as labels)"
        ),
    )


def _numbers(values: Sequence[Any], name: str) -> list[float | None]:
    if set(map(type, values)) == {float} and all(map(math.isfinite, values)):
        return list(values)
    return [
        None if is_missing(value) else _number(value, name, _row(row))
        for row, value in enumerate(values)
    ]


def _row(place: int) -> str:
    return f"in row {place + 1:,}"


def _number(value: Any, name: str, place: str) -> float:
    try:
        number = float(value)
    except OverflowError:  # a whole number beyond all floats
        number = math.inf
    except (TypeError, ValueError):
        raise DataError(
            f"target '{name}' holds {value!r} {place}: expected a number, as regression was"
            " asked for; --task classification takes labels."
        ) from None
    if not math.isfinite(number):
        raise DataError(
            f"target '{name}' holds {value!r} {place}: expected finite numbers; remove or"
            " mend that row."
        )
    return number


def _id_by_mistake(seen: TargetValues, name: str, values: Collection[Any]) -> tuple[Finding, ...]:
    """NW215 where every row has another value as an id has: text, or whole numbers that follow
    each other or are called an id. Other whole numbers that all differ are counts and prices.

    Args:
        values: the least and the greatest one among them.
    """
    if seen.count < 10 or seen.distinct < seen.count:
        return ()
    from netwright.data.tables.judging.identity import called_an_id  # with numpy, rarely needed

    is_text = seen.kinds == {str}
    if not is_text and not (
        seen.whole and (called_an_id(name) or max(values) - min(values) == seen.count - 1)
    ):
        return ()
    message = f"target '{name}' has another value in each of its {seen.count:,} rows, as an id has."
    return (
        Finding(
            "NW215",
            message,
            {"rows": seen.count, "distinct": seen.distinct},
            ("check that this is the column to predict; choose another with --target",),
        ),
    )
