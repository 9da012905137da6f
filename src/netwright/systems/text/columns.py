"""Which column of a table is the text, and which are learned from beside it."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Any

from netwright.base.errors import DataError, RecipeError, nearest
from netwright.contract import EarlierRun
from netwright.data.tables.rows import Rows
from netwright.data.text.prose import text_columns
from netwright.systems.text.recipe import TextData

TEXT = "text"
"""The column of a table that a net reads which learned from texts that stood in none."""


def text_column(data: TextData, inputs: Any) -> str:
    """The column of the texts.

    Raises:
        DataError: no row has a text.
        RecipeError: ``data.text_column`` is no column of words, or is left open where several are
            prose.
    """
    wanted, found = data.text_column, text_columns(inputs)
    if not isinstance(inputs, Rows):
        return TEXT if wanted == "auto" else wanted
    if not found:
        raise DataError("the training split holds no text: each of its rows lacks one.")
    prose = [f"'{column.name}'" for column in found if column.is_prose]
    if wanted == "auto" and len(prose) > 1:
        raise RecipeError(
            f"the columns {', '.join(prose)} are all prose: say which holds the texts,"
            f" --set {shlex.quote(f'data.text_column={found[0].name}')}; the others are left out"
            " then (to read them as one text, join them in the table)."
        )
    if wanted == "auto":
        return found[0].name
    names = [column.name for column in found]
    if wanted not in names:
        raise RecipeError(
            f"data.text_column = '{wanted}' is no column of words{nearest(wanted, names)}"
        )
    return wanted


def beside(data: TextData, inputs: Any, text: str) -> Sequence[str]:
    """The columns that are learned from beside that of the texts.

    Raises:
        RecipeError: ``data.beside`` names one that is not there, or that of the texts.
    """
    if data.beside != "auto":
        _check(data.beside, inputs, text)
        return data.beside
    if not isinstance(inputs, Rows):
        return []
    surely = (column.name for column in text_columns(inputs) if column.is_prose)
    prose = {*inputs.prose, *surely}
    return [name for name in inputs.columns if name != text and name not in prose]


def check_same(names: Sequence[str], before: EarlierRun) -> None:
    """See that the columns beside the texts are those that an earlier run learned from.

    Raises:
        RecipeError: they are not.
    """
    rows = before.codec.beside
    was = [] if rows is None else list(rows.names)
    if list(names) != was:
        wanted = ",".join(was)
        raise RecipeError(
            f"data.beside is [{', '.join(names)}], and {before.name} learned from"
            f" [{', '.join(was)}] beside the texts: name the same,"
            f" --set {shlex.quote(f'data.beside=[{wanted}]')}, or start from no run."
        )


def _check(names: Sequence[str], inputs: Any, text: str) -> None:
    there = inputs.columns if isinstance(inputs, Rows) else []
    for name in names:
        if name == text:
            raise RecipeError(f"data.beside names '{name}', which is the column of the texts.")
        if name not in there:
            why = nearest(name, there) if there else ": the source is no table"
            raise RecipeError(f"data.beside names '{name}', and there is no such column{why}")
