"""What a person says that the columns of a table hold, where they know better."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from netwright.base.errors import DataError
from netwright.base.figures import shorten
from netwright.base.typed_numbers import SAMPLE_NUMBER
from netwright.contract import ColumnForm
from netwright.data.several_targets.names import named_columns, nearest_column
from netwright.data.tables.columns import is_number

KIND_OF: Mapping[str, str] = {
    "number": "number",
    "category": "words",
    "boolean": "boolean",
    "date": "date",
    "ignore": "ignore",
}
"""What a person may say that a column holds, beside how it is written -> its kind."""

WANTED = "as asked for"
"""Why such a column is taken so."""


def by_column(wanted: Mapping[str, str], names: Sequence[str]) -> dict[str, str]:
    """What a person says of each column: several may be named at once, ``a,b``; what is said of one
    alone counts more.

    Args:
        names: of all columns; one may have a comma in it.

    Raises:
        DataError: it is none of what may be said.
    """
    _check(wanted)
    several = {
        part: kind
        for name, kind in wanted.items()
        for part in named_columns(name, names, "data.columns")
    }
    return {**several, **{name: kind for name, kind in wanted.items() if name in several}}


def _check(wanted: Any) -> None:
    """What a recipe checks as well: ``netwright data`` reads a table without one."""
    if not isinstance(wanted, Mapping) or not all(map(_may_hold, wanted, wanted.values())):
        raise DataError(
            f"data.columns = {shorten(str(wanted), 60)}: expected a mapping, each value one of"
            f" {', '.join(KIND_OF)} or how dates or numbers are written (%d.%m.%Y, 1.234,5), with a"
            " blank behind each colon."
        )


def _may_hold(name: Any, kind: Any) -> bool:
    if not isinstance(name, str) or not isinstance(kind, str):
        return False
    return kind in KIND_OF or "%" in kind or SAMPLE_NUMBER.fullmatch(kind) is not None


def wanted_forms(
    wanted: Mapping[str, str],
    judged: Mapping[str, ColumnForm],
    nearly: Mapping[str, ColumnForm],
    source: str,
) -> dict[str, ColumnForm]:
    """The forms of the columns of which a person says what they hold.

    Args:
        wanted: see ``ReadOptions``.
        judged: what they would be taken for; nearly: how most of their words could be read.
        source: what the table is called.

    Raises:
        DataError: there is no such column, or it is words that are dates in no usual form.
    """
    found = {}
    for name, kind in wanted.items():
        if name not in judged:
            way = "--ignore or data.columns" if kind == "ignore" else "data.columns"
            raise DataError(
                f"{way} names '{name}', and {source} has no such column"
                f"{nearest_column(name, list(judged))}"
            )
        found[name] = _wanted(kind, judged[name], nearly.get(name))
        if found[name] == ColumnForm("date", why=WANTED) and judged[name].kind == "words":
            raise DataError(
                f"data.columns says that '{name}' of {source} holds dates, and most of its cells"
                " are none in a usual form: say how they are written, as %d.%m.%Y."
            )
    return found


def _wanted(kind: str, judged: ColumnForm, nearly: ColumnForm | None) -> ColumnForm:
    why, unit = WANTED, judged.unit or (nearly.unit if nearly else "")
    if "%" in kind:
        return ColumnForm("date", pattern=kind, why=why)
    if found := SAMPLE_NUMBER.fullmatch(kind):
        return ColumnForm("number", decimal=found[2], thousands=found[1], unit=unit, why=why)
    if nearly is not None and nearly.kind == KIND_OF[kind]:
        return replace(nearly, why=why)
    if KIND_OF[kind] == judged.kind or (kind == "number" and judged.kind == "whole"):
        stand_ins = tuple(word for word in judged.missing if not is_number(word))
        return replace(judged, missing=stand_ins, why=why)
    return ColumnForm(KIND_OF[kind], why=why)
