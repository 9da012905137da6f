"""The one place that prints to a terminal: results to stdout, messages to stderr.

One rule for both: what this program styles is in bold or in one of a few colors; every other
character that a terminal would obey instead of print is written out, ``\\x1b``. Names in a
stranger's files cannot move the cursor, change the title, color or hide a line.
"""

from __future__ import annotations

import io
import math
import os
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import click

from netwright.base.errors import NetwrightError
from netwright.base.figures import shorten
from netwright.base.visible import OBEYED, columns, csv_lines, one_line, visible

SCHEMA = 1
"""The version of what ``--json`` prints: it grows when a key goes, or comes to mean something else;
new keys leave it as it is.
"""

WIDEST = 100
"""Columns that running text takes, at most."""

LONGEST = 1500
"""Characters of a mistake's sentence: a name in it may be a page long."""

Color = Literal["red", "yellow", "cyan", "bright_black"]

_CODES: Mapping[str, int] = {"red": 31, "yellow": 33, "cyan": 36, "bright_black": 90}

_OURS = int.from_bytes(os.urandom(8))
"""Stands in every style until it is printed: no text from outside knows it."""

_STYLE = re.compile(rf"\x1b\[{_OURS};(\d+)m")
"""Reset, bold, and the colors, where this program put them."""


def result(text: str) -> None:
    """What was asked for, on stdout."""
    click.echo(printable(text))


def message(text: str) -> None:
    """A line about what goes on, on stderr; left out with ``--quiet``."""
    if not is_quiet():
        click.echo(printable(" ".join(text.splitlines())), err=True)


def problem(text: str, *more: str) -> None:
    """A mistake or a warning, on stderr: one line that begins with the program's name, and more
    lines below it.
    """
    for line in (f"netwright: {text}", *more):
        click.echo(printable(shorten(" ".join(line.splitlines()), LONGEST)), err=True)


def is_agreed(question: str, *, yes: bool = False, instead: str = "say it with --yes") -> bool:
    """Whether the person agrees, asked on stderr.

    Args:
        yes: they have, with --yes.
        instead: how to do without a question.

    Raises:
        NetwrightError: there is nobody to ask.
    """
    if yes:
        return True
    expect_person(instead, before=f"{one_line(question)} ")
    try:
        return click.confirm(printable(question), err=True)
    except click.Abort:  # Ctrl-C, as anywhere else: what is stopped by it says how it goes on
        raise KeyboardInterrupt from None


def expect_person(instead: str, *, before: str = "") -> None:
    """Refuse where nobody can answer.

    Raises:
        NetwrightError: there is nobody to ask.
    """
    if not sys.stdin.isatty():
        raise NetwrightError(f"{before}There is nobody to ask: {instead}.")


def usage(error: click.ClickException) -> None:
    """How a command is to be called, on stderr."""
    text = io.StringIO()
    error.show(file=text)
    lines = (shorten(line, LONGEST) for line in text.getvalue().splitlines())
    click.echo(printable("\n".join(lines)), err=True)


Printed = Mapping[str, Any] | Sequence[Mapping[str, Any]]
"""What a verb gives as JSON: a mapping, or a list of mappings, each with its version."""


def as_json(value: Printed) -> None:
    """One JSON document on stdout, of a version (``SCHEMA``); what a terminal would obey is written
    as JSON writes it, \\u009b, and null where a number is not finite, which JSON cannot write.
    """
    _json(versioned(value), indent=1)


def as_json_line(value: Mapping[str, Any]) -> None:
    """One JSON document on a line of its own, at once."""
    _json(versioned(value), indent=None)


def versioned(value: Printed) -> Any:
    """A mapping with the key ``schema``; in a list, which can have no key, every entry."""
    if isinstance(value, Mapping):
        return {"schema": SCHEMA, **value}
    return [versioned(entry) for entry in value]


def _json(value: Any, indent: int | None) -> None:
    import json

    text = json.dumps(_finite(value), indent=indent, ensure_ascii=False, allow_nan=False)
    click.echo(OBEYED.sub(lambda found: f"\\u{ord(found[0]):04x}", text))


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _finite(part) for key, part in value.items()}
    return [_finite(part) for part in value] if isinstance(value, list | tuple) else value


def as_csv(rows: Iterable[Mapping[str, Any]], *, formulas: bool = False) -> None:
    """Rows as CSV on stdout, each as it comes, under the names of the first one.

    Args:
        formulas: whether cells that a spreadsheet would take for a formula stay as they are;
            otherwise they are ``harmless``.

    Raises:
        NetwrightError: a row has other columns than the first one.
    """
    for line in csv_lines(rows, formulas=formulas):
        # half of a character, which JSON can hold, is no UTF-8: it is written out
        plain = line.encode(errors="backslashreplace").decode()
        sys.stdout.write(printable(line) if sys.stdout.isatty() else plain)
        sys.stdout.flush()


def bold(text: str) -> str:
    """Text that stands out; its styles are dropped where the output is no terminal."""
    return _styled(text, 1)


def colored(text: str, color: Color | None) -> str:
    """Text in a color; its styles are dropped where the output is no terminal."""
    return text if color is None else _styled(text, _CODES[color])


def faint(text: str) -> str:
    """Text that matters less."""
    return colored(text, "bright_black")


def printable(text: str) -> str:
    """Text of any number of lines in our own styles, all else that is obeyed written out."""
    parts = _STYLE.split(text)  # texts, and between them the codes of our styles
    return "".join(f"\x1b[{part}m" if at % 2 else visible(part) for at, part in enumerate(parts))


def _styled(text: str, code: int) -> str:
    return f"\x1b[{_OURS};{code}m{text}\x1b[{_OURS};0m"


def width() -> int:
    """Columns for running text: those of the terminal, at most 100."""
    import shutil

    return min(WIDEST, shutil.get_terminal_size((WIDEST, 24)).columns)


def table(rows: Sequence[Sequence[Any]], headers: Sequence[str], align: Sequence[str]) -> str:
    """Columns two blanks apart under their headers.

    Args:
        rows: cells of any kind, written with ``str``, each on one line.
        headers: one a column; the header line is left out when all are empty.
        align: ``l`` or ``r``, one a column.
    """
    heads = [one_line(head) for head in headers]
    cells = [[one_line(str(cell)) for cell in row] for row in rows]
    widths = [max(map(columns, column), default=0) for column in zip(heads, *cells, strict=True)]
    lines = [_line(row, widths, align) for row in cells]
    return "\n".join([faint(_line(heads, widths, align)), *lines] if any(heads) else lines)


def aligned(rows: Sequence[Sequence[str]], *, right: Iterable[int]) -> str:
    """Rows as columns two blanks apart, the columns of ``right`` flush right. Only the cells of the
    last column may be styled.
    """
    flush = set(right)
    widths = [max(columns(row[at]) for row in rows) for at in range(len(rows[0]))]
    align = ["r" if at in flush else "l" for at in range(len(widths))]
    return "\n".join(_line(row, widths, align) for row in rows)


def _line(cells: Sequence[str], widths: Sequence[int], align: Sequence[str]) -> str:
    padded = []
    for cell, most, side in zip(cells, widths, align, strict=True):
        blanks = " " * (most - columns(cell))
        padded.append(blanks + cell if side == "r" else cell + blanks)
    return "  ".join(padded).rstrip()


def is_quiet() -> bool:
    """Whether the person wants results and mistakes alone (``netwright --quiet VERB``)."""
    context = click.get_current_context(silent=True)
    return context is not None and bool(context.find_root().params.get("quiet"))
