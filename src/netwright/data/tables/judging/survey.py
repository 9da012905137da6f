"""What the columns of a table hold: each is judged as a whole, on all its values.

A first look finds numbers, words for missing ones, and what names a row. Words get a second one:
they are whatever they can all be read as.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from netwright.contract import ColumnForm
from netwright.data.tables.cells.repeated import Cells
from netwright.data.tables.cells.written_numbers import ENGLISH, Separators
from netwright.data.tables.exact import at_once
from netwright.data.tables.judging.first_look import FirstLook
from netwright.data.tables.judging.judged import Judged, Table
from netwright.data.tables.judging.second_look import SecondLook

Parts = Callable[[], Iterable[tuple[Mapping[str, Cells], Sequence[int]]]]
"""The cells of each column of a table, with null for what is missing, and the line of each; part by
part, from the start each time.
"""


def survey(
    parts: Parts, table: Table, known: Collection[str] = (), kept: Collection[str] = ()
) -> tuple[list[Judged], int]:
    """What each column is taken for, all rows looked through, and how many they are.

    Args:
        known: columns of which it is known what they are: they are looked at once.
        kept: those that are never left out.
    """
    seen, count = {name: FirstLook(name, table) for name in table.names}, 0
    again: dict[str, SecondLook] = {}

    def to_look_again() -> list[str]:
        new = [name for name in table.names if name not in known and not table.as_at_first]
        return [name for name in new if seen[name].needs_another_look]

    for cells, lines in parts():
        _look(seen, cells, lines)
        if not count:  # what the first rows look like mostly is what the others do
            again = {name: SecondLook(seen[name]) for name in to_look_again()}
        _look(again, cells, lines)
        count += len(lines)
    wanted = to_look_again()
    again = {name: again[name] for name in wanted if name in again and again[name].is_whole}
    late = {n: SecondLook(seen[n], to_the_end=True) for n in wanted if n not in again}
    if late:
        for cells, lines in parts():
            _look(late, cells, lines)
    again |= late
    judged = [
        again[name].judged() if name in again else first.judged for name, first in seen.items()
    ]
    if separators := _separators_of_others(judged, table):
        judged = [
            again[o.name].judged(separators) if o.is_open and o.name in again else o for o in judged
        ]
    if table.as_at_first:
        return judged, count
    judged = _without_names_of_rows(judged, seen, table, kept)
    free = {name: look for name, look in again.items() if name not in {*table.roles, *kept}}
    return [_with_variety(one, free.get(one.name)) for one in judged], count


def _with_variety(one: Judged, look: SecondLook | None) -> Judged:
    """A column of words that hardly repeat, as prose, or with how many there are."""
    if look is None or one.form.kind != "words":
        return one
    different = look.variety.different
    if not look.variety.is_prose:
        return replace(one, different=different)
    why = f"{look.variety.words:.0f} words a row"
    return replace(one, form=ColumnForm("prose", why=why), odd=None, different=different)


def _look(
    looks: Mapping[str, FirstLook] | Mapping[str, SecondLook],
    cells: Mapping[str, Cells],
    lines: Sequence[int],
) -> None:
    """Show the next rows to who looks at each column."""

    def look(name: str) -> None:
        looks[name].look(cells[name], lines)

    at_once(look, looks, len(lines))


def _separators_of_others(judged: Sequence[Judged], table: Table) -> Separators | None:
    """The separators of the numbers of other columns: those that leave it open are meant so. Where
    none has thousands, decimals behind a point, as in 0.5, tell as much.
    """
    numbers = [one.form for one in judged if one.form.kind == "number" and not one.is_open]
    found = {(form.thousands, form.decimal) for form in numbers if form.thousands}
    if not found and table.delimiter and any(form.decimal == "." for form in numbers):
        return ENGLISH
    return found.pop() if len(found) == 1 else None


def _without_names_of_rows(
    judged: Sequence[Judged],
    seen: Mapping[str, FirstLook],
    table: Table,
    kept: Collection[str],
) -> list[Judged]:
    """Columns that name a row and say nothing of it are left out, unless nothing else is there."""
    inputs = [one for one in judged if one.name not in table.roles]
    whys = {
        one.name: seen[one.name].identity.why(one.name, one.form.kind)
        for one in inputs
        if one.name not in kept and one.form.kind in ("whole", "words")
    }
    left_out = {name: why for name, why in whys.items() if why}
    if len(left_out) == len(inputs):
        return list(judged)
    return [
        replace(one, form=ColumnForm("ignore", why=left_out[one.name]), odd=None, nearly=one.form)
        if one.name in left_out
        else one
        for one in judged
    ]
