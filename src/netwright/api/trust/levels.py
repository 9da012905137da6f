"""The fractions that a person names: how often, how sure."""

from __future__ import annotations

from netwright.base.errors import DataError


def check_fraction(name: str, value: float) -> None:
    """See that it lies between 0 and 1.

    Raises:
        DataError: it does not.
    """
    if not 0 < value < 1:
        hint = f"; for {value:g} percent write {value / 100:g}" if 1 <= value < 100 else ""
        raise DataError(
            f"{name} {value:g}: expected a fraction between 0 and 1, such as 0.9{hint}."
        )
