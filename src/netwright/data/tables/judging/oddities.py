"""What a person should look at in how the columns of a table were taken."""

from __future__ import annotations

import json
import shlex
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from netwright.base.figures import shorten
from netwright.base.findings import Finding
from netwright.contract import ColumnForm
from netwright.data.tables.cells import durations
from netwright.data.tables.cells.dates import TIMES, example, turned
from netwright.data.tables.cells.written_numbers import (
    CONTINENTAL,
    ENGLISH,
    fits_mostly,
    is_measure,
)
from netwright.data.tables.columns import is_number, like_data
from netwright.data.tables.judging.judged import Judged
from netwright.data.tables.judging.variety import LEAST_DIFFERENT

NO_NAMES = ("yes", "no", "on", "off", "true", "false", "null", "none", "y", "n")
"""Words that YAML takes for something else."""


def oddities(judged: Sequence[Judged], path: str) -> tuple[Finding, ...]:
    """A finding when the header looks like data, and those on single columns.

    Args:
        path: of the file; empty for data in memory.
    """
    again = _second_header(judged)
    return (
        *_header_finding([one.name for one in judged], path),
        *_left_out(judged),
        *([_header_again(again, path)] if again else []),
        *(
            found
            for one in judged
            for found in _of_one(replace(one, odd=None) if one in again else one, path)
        ),
    )


def notes(judged: Sequence[Judged]) -> tuple[str, ...]:
    """A line on the columns whose cells do not stand for themselves: dates, money, percents."""
    listed = [
        f"'{one.name}' ({way(one.form)})"
        for one in judged
        if way(one.form) and one.form.kind in ("number", "date")
    ]
    more = f", and {len(listed) - 10} more" if len(listed) > 10 else ""
    return (f"read as numbers or dates: {', '.join(listed[:10])}{more}",) if listed else ()


def way(form: ColumnForm) -> str:
    """In what way cells that do not stand for themselves are read, as a person would say it, or why
    a column is taken as it is; else empty.
    """
    if form.pattern and form.kind == "date":
        what = "times" if form.pattern in TIMES else "dates"
        return f"{what} as {example(form.pattern)}"
    if form.pattern == durations.PATTERN:
        what = "durations, in seconds"
    elif form.unit:
        what = f"in {form.unit}"
    else:
        what = f"as 1{form.thousands}234{form.decimal}5" if form.thousands else ""
    return "; ".join(part for part in (what, form.why) if part)


def _of_one(one: Judged, path: str) -> Iterator[Finding]:
    if mixed := _mixed(one, path):
        yield mixed
    elif one.form.kind == "words" and one.different >= LEAST_DIFFERENT:
        yield _hardly_repeating(one)
    if one.is_open:
        yield _turned_date(one) if one.form.kind == "date" else _either_separator(one)
    if one.stand_ins:
        stand_in = one.form.missing[-1]
        yield Finding(
            "NW232",
            f"column '{one.name}' holds {stand_in} in {one.stand_ins:,} cells and nothing else"
            " below zero: they count as missing.",
            {"column": one.name, "value": float(stand_in), "cells": one.stand_ins},
            (f"if {stand_in} was measured: {overrule(one.name, 'number')}",),
        )


def _mixed(one: Judged, path: str) -> Finding | None:
    """A finding where most of the known words fit and others do not, those for missing aside."""
    likely = one.form if one.nearly is None else one.nearly
    if one.odd is None or not one.strays or not fits_mostly(likely, one.strays, one.known):
        return None
    (word, line), kind = one.odd, one.form.kind
    place = f"'{shorten(word, 60)}' at {path}:{line}" if path else f"'{shorten(word, 60)}'"
    many = f"{one.strays:,} of {one.known:,}"
    is_date = likely.kind == "date"
    kinds, others = "dates" if is_date else "numbers", "words"
    other = ("date" if is_date else "number") if kind == "words" else "category"
    meant = "are to count as missing" if kind == "words" else "mean something"
    if is_measure(likely.unit):
        kinds, others = f"numbers in {likely.unit}", "others"
    what = (
        f"categories: {many} are no {kinds}, first {place}"
        if kind == "words"
        else f"{kinds}: {many} are none and count as missing, first {place}"
    )
    return Finding(
        "NW212",
        f"column '{one.name}' mixes {kinds} with {others} and is read as {what}.",
        {"column": one.name, "words": one.strays, "known": one.known, "line": line},
        (
            f"mend these cells or empty them, if the column holds {kinds}",
            f"if they {meant}: {overrule(one.name, other)}",
        ),
    )


def _second_header(judged: Sequence[Judged]) -> list[Judged]:
    """The columns of numbers or dates whose only words stand in one and the same line, where these
    are most of them, and the words differ: mean and sd, m and kg.
    """
    typed = [one for one in judged if one.form.kind in ("whole", "number", "date")]
    alone = [(one, *one.odd) for one in typed if one.odd is not None and one.strays == 1]
    lines = Counter(line for _, _, line in alone)
    for line, many in lines.most_common(1):
        differ = len({word for _, word, at in alone if at == line}) > 1
        if many > 1 and differ and 2 * many >= len(typed):
            return [one for one, _, at in alone if at == line]
    return []


def _header_again(columns: Sequence[Judged], path: str) -> Finding:
    cells = [(one.name, *one.odd) for one in columns if one.odd is not None]
    listed = ", ".join(f"'{shorten(word, 30)}' in '{name}'" for name, word, _ in cells[:4])
    more = ", ..." if len(cells) > 4 else ""
    line = cells[0][2]
    place = f"line {line} of {path}" if path else f"row {line}"
    return Finding(
        "NW212",
        f"{place} looks like a second header: it holds words in {len(cells)} columns of numbers"
        f" ({listed}{more}), which count as missing.",
        {"columns": [name for name, _, _ in cells[:100]], "words": len(cells), "line": line},
        ("take the line out of the table, or make one line of both headers",),
    )


def _hardly_repeating(one: Judged) -> Finding:
    """Names, numbers of series: most of its values are never learned."""
    return Finding(
        "NW239",
        f"column '{one.name}' holds {one.different:,} different words in {one.known:,} cells:"
        " most come too seldom to learn what they mean, and all of those count as one.",
        {"column": one.name, "different": one.different, "known": one.known},
        (
            "where a part of them says what matters (a ticket's letters, a street), make a column"
            " of that part",
            f"leave it out: --ignore {shlex.quote(one.name)}",
        ),
        "note",
    )


def _turned_date(one: Judged) -> Finding:
    """Day and month may be meant the other way round."""
    pattern, other = one.form.pattern, turned(one.form.pattern)[0]
    return Finding(
        "NW231",
        f"column '{one.name}' is read as dates with {example(pattern)} for the last of January, and"
        " no cell tells whether day and month are meant the other way round.",
        {"column": one.name, "read_as": pattern},
        (f"if it is {example(other)}: {overrule(one.name, other)}",),
    )


def _either_separator(one: Judged) -> Finding:
    """1,234 or 1.234 may be a thousand, or one and a bit."""
    by_thousands = one.form.thousands == one.separator
    taken = f"1{one.separator}234 is read as {'1234' if by_thousands else '1 and 234 thousandths'}"
    other = ENGLISH if (one.separator == ".") == by_thousands else CONTINENTAL
    shown = f"1{other[0]}234{other[1]}5"
    return Finding(
        "NW231",
        f"column '{one.name}': {taken}, and its cells leave open whether that is meant.",
        {"column": one.name, "read_as": "thousands" if by_thousands else "decimals"},
        (f"if it is not: {overrule(one.name, shown)}",),
    )


def overrule(name: str, kind: str) -> str:
    """What a person types who knows better."""
    return f"--set {shlex.quote(f'data.columns={{{_quoted(name)}: {_quoted(kind)}}}')}"


def _quoted(word: str) -> str:
    """A word as YAML reads it back."""
    plain = word.isidentifier() and word.lower() not in NO_NAMES
    return word if plain else json.dumps(word, ensure_ascii=False)


def _left_out(judged: Sequence[Judged]) -> tuple[Finding, ...]:
    """On the columns that only name their rows."""
    named = [one for one in judged if one.form.kind == "ignore" and one.form.why]
    if not named:
        return ()
    listed = "; ".join(f"'{one.name}' ({one.form.why})" for one in named[:5])
    more = f"; and {len(named) - 5} more" if len(named) > 5 else ""
    one, first = len(named) == 1, named[0]
    is_words = first.nearly is not None and first.nearly.kind == "words"
    way = overrule(first.name, "category" if is_words else "number")
    return (
        Finding(
            "NW230",
            f"{'a column is' if one else 'columns are'} left out, as"
            f" {'it only names' if one else 'they only name'} the rows: {listed}{more}.",
            {"columns": {one.name: one.form.why for one in named[:100]}},
            (f"if '{first.name}' may decide: {way}",),
        ),
    )


def _header_finding(names: Sequence[str], path: str) -> tuple[Finding, ...]:
    if not path or not like_data(names):
        return ()
    numbers = [name for name in names if is_number(name)]
    message = (
        f"the first line of {path} looks like data"
        f" ({', '.join(names[:4])}{', ...' if len(names) > 4 else ''}), and was taken as the names"
        " of the columns."
    )
    return (
        Finding(
            "NW216",
            message,
            {"numbers": len(numbers), "columns": len(names)},
            ("add a line with the columns' names at the top of the file",),
        ),
    )
