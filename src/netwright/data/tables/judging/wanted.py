"""What a person says that the columns of a table hold, where they know better."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from netwright.base.errors import DataError, nearest
from netwright.base.typed_numbers import SAMPLE_NUMBER
from netwright.contract import ColumnForm
from netwright.data.several_targets.names import named_columns
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
    """
    several = {
        part: kind
        for name, kind in wanted.items()
        for part in named_columns(name, names, "data.columns")
    }
    return {**several, **{name: kind for name, kind in wanted.items() if name in several}}


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
            raise DataError(
                f"data.columns names '{name}', and {source} has no such column"
                f"{nearest(name, list(judged))}"
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
