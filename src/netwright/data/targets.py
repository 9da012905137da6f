"""What the target is: labels (always ``str``) or numbers (always ``float``), worked out from its values and said why."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from netwright.base.errors import DataError
from netwright.findings import Finding

FEW_VALUES = 20
MANY_LABELS = 1000

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

    values: list[str | float | None]
    task: Task
    note: str
    findings: tuple[Finding, ...]


def work_out(values: Sequence[Any], *, task: str, name: str, images: bool = False) -> Targets:
    """Labels or numbers from raw values.

    Text, booleans and few distinct whole numbers (at most 20, each occurring twice on average) are labels; other
    numbers are numbers. Whole numbers that come with images are labels up to 1,000 distinct ones.

    Args:
        values: str, bool, int or float; None or NaN where unknown.
        task: ``classification`` or ``regression`` forces; ``auto`` decides.
        name: what the target is called, for messages.
        images: whether the inputs are images.

    Raises:
        DataError: no value is known, one is infinite, all are the same, or numbers were asked for and one is none.
    """
    known = [value for value in values if value is not None and value == value]  # NaN differs from itself
    if not known:
        raise DataError(f"target '{name}' has no value in any of {len(values):,} rows: nothing to learn.")
    distinct = len(set(known))
    chosen, why = _decide(known, distinct, images) if task == "auto" else (task, "as asked for")
    if distinct == 1 and (chosen == "regression" or not images):
        raise DataError(f"target '{name}' is {known[0]!r} in all {len(known):,} rows: there is nothing to learn.")
    if chosen == "classification":
        named = {value: label(value) for value in dict.fromkeys(known)}
        labels = [named.get(value) for value in values]
        count = len(set(named.values()))
        return Targets(
            [*labels],
            "classification",
            f"classification of '{name}', {count:,} classes: {why}",
            _id_by_mistake(known, distinct, name),
        )
    finite = _numbers(known, name)
    note = f"regression of '{name}', {min(finite):g} to {max(finite):g}: {why}"
    each = iter(finite)
    numbers = finite if len(finite) == len(values) else [None if is_missing(value) else next(each) for value in values]
    return Targets([*numbers], "regression", note, _id_by_mistake(known, distinct, name))


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


def _decide(known: Sequence[Any], distinct: int, images: bool) -> tuple[Task, str]:
    kinds = set(map(type, known))
    if any(issubclass(kind, bool) for kind in kinds):
        return "classification", "it is true or false"
    if any(issubclass(kind, str) for kind in kinds):
        return "classification", "it holds text"
    whole = all(float(value).is_integer() for value in known)
    if images and distinct <= MANY_LABELS and all(issubclass(kind, int) for kind in kinds):
        return "classification", "whole numbers beside images"
    if not whole:
        return "regression", "it holds decimal numbers"
    if distinct <= FEW_VALUES and 2 * distinct <= len(known):
        return "classification", f"it holds {distinct} distinct whole numbers (task=regression takes them as numbers)"
    return "regression", f"it holds {distinct:,} distinct whole numbers (task=classification takes them as labels)"


def _numbers(known: Sequence[Any], name: str) -> list[float]:
    if set(map(type, known)) == {float} and all(map(math.isfinite, known)):
        return list(known)
    return [_number(value, name) for value in known]


def _number(value: Any, name: str) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise DataError(
            f"target '{name}' holds {value!r}: expected a number, as regression was asked for; use task classification."
        ) from None
    if not math.isfinite(number):
        raise DataError(f"target '{name}' holds {value!r}: expected finite numbers; remove or mend that row.")
    return number


def _id_by_mistake(known: Sequence[Any], distinct: int, name: str) -> tuple[Finding, ...]:
    """A target in which every row has another value: text, or whole numbers that count up, are an id."""
    if len(known) < 10 or distinct < len(known):
        return ()
    if not all(isinstance(value, str) or float(value).is_integer() for value in known):
        return ()
    said = f"target '{name}' has another value in each of its {len(known):,} rows, as an id has."
    return (
        Finding(
            "NW215", said, {"rows": len(known), "distinct": distinct},
            ("check that this is the column to predict; choose another with --target",),
        ),
    )  # fmt: skip
