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
    known = [value for value in values if not is_missing(value)]
    if not known:
        raise DataError(f"target '{name}' has no value in any of {len(values):,} rows: nothing to learn.")
    chosen, why = _decide(known, images) if task == "auto" else (task, "as asked for")
    if len(set(known)) == 1 and (chosen == "regression" or not images):
        raise DataError(f"target '{name}' is {known[0]!r} in all {len(known):,} rows: there is nothing to learn.")
    if chosen == "classification":
        named = {value: label(value) for value in dict.fromkeys(known)}
        labels = [named.get(value) for value in values]
        count = len(set(named.values()))
        return Targets(
            [*labels],
            "classification",
            f"classification of '{name}', {count:,} classes: {why}",
            _id_by_mistake(known, name),
        )
    numbers = [None if is_missing(value) else _number(value, name) for value in values]
    finite = [number for number in numbers if number is not None]
    note = f"regression of '{name}', {min(finite):g} to {max(finite):g}: {why}"
    return Targets([*numbers], "regression", note, _id_by_mistake(known, name))  # fmt: skip


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


def _decide(known: Sequence[Any], images: bool) -> tuple[Task, str]:
    distinct = len(set(known))
    if any(isinstance(value, bool) for value in known):
        return "classification", "it is true or false"
    if any(isinstance(value, str) for value in known):
        return "classification", "it holds text"
    whole = all(float(value).is_integer() for value in known)
    if images and distinct <= MANY_LABELS and all(isinstance(value, int) for value in known):
        return "classification", "whole numbers beside images"
    if not whole:
        return "regression", "it holds decimal numbers"
    if distinct <= FEW_VALUES and 2 * distinct <= len(known):
        return "classification", f"it holds {distinct} distinct whole numbers (task=regression takes them as numbers)"
    return "regression", f"it holds {distinct:,} distinct whole numbers (task=classification takes them as labels)"


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


def _id_by_mistake(known: Sequence[Any], name: str) -> tuple[Finding, ...]:
    """A target in which every row has another value: text, or whole numbers that count up, are an id."""
    distinct = len(set(known))
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
