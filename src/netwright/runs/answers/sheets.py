"""A sheet of examples for a person to answer, and the answers back: CSV, opened by any spreadsheet.

The columns are ``id``, ``file`` (a numbered copy of a picture or of a long text, in a folder beside
the sheet), ``answer``, and ``example``, what it holds in words; where a target has named parts
(tags, several numbers), a column each in place of ``answer``. An empty cell is not answered. The
truth does not stand in it, nor the source, whose folder may be called as the class is. ``?`` says
that somebody could not tell.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from netwright.base import read_csv
from netwright.base.errors import DataError, UnreadableError
from netwright.base.files import read_bytes, write_bytes, write_text
from netwright.base.paths import Inside
from netwright.base.visible import harmless
from netwright.contract import AnySystem, Examples
from netwright.contract.views import Shown
from netwright.runs.answers.forms import AnswerForm
from netwright.runs.answers.mistakes import png
from netwright.runs.answers.without_truth import without_truth

LONGEST = 2_000
"""Characters of an example in a cell; a longer one has a file."""

MOST_BYTES = 64 * 2**20
"""Of a sheet, and characters of a text that is copied."""

BEFORE_ID = "id-"
"""So that no spreadsheet takes an id for a number."""


@dataclass(frozen=True)
class Rated:
    """What somebody answered.

    Args:
        rows: the places of the answered examples, in their order.
        targets: what was said of each, in the target's terms; None: they could not tell.
    """

    rows: tuple[int, ...]
    targets: tuple[Any, ...]

    @classmethod
    def of(cls, found: Mapping[int, Any]) -> Rated:
        """Row -> what was said of it."""
        rows = tuple(sorted(found))
        return cls(rows, tuple(found[at] for at in rows))

    def known(self) -> dict[int, Any]:
        """Row -> what was said of it, of those of which they could tell."""
        pairs = zip(self.rows, self.targets, strict=True)
        return {row: target for row, target in pairs if target is not None}


def write(path: Path, system: AnySystem, examples: Examples, rows: Sequence[int]) -> None:
    """A sheet of these rows, with nothing answered; in ``NAME-examples/`` beside it their pictures
    and long texts, by number.

    Raises:
        DataError: the file or the folder is there already: it may hold answers.
    """
    folder = path.absolute().with_name(f"{path.stem}-examples")
    for there in (path, folder):
        if there.exists():
            raise DataError(f"{there} is there already, and may hold answers: give another name.")
    text = io.StringIO()
    written = csv.writer(text, lineterminator="\n")
    columns = AnswerForm.of(system, examples).columns
    written.writerow(["id", "file", *columns, "example"])
    for number, row in enumerate(rows, start=1):
        shown = without_truth(system, examples[row], MOST_BYTES)
        file = _copied(folder, f"{number:03}", shown)
        words = "" if len(shown.text) > LONGEST else harmless(shown.text)
        blank = [""] * len(columns)
        written.writerow([f"{BEFORE_ID}{examples.ids[row]}", harmless(file), *blank, words])
    write_text(Inside(path.absolute().parent, path.name), text.getvalue())


def _copied(folder: Path, name: str, shown: Shown) -> str:
    """Write what does not go into a cell; the file's name as the sheet has it, empty: all does."""
    if shown.pixels is not None:
        name, content = f"{name}.png", png(shown.pixels)
    elif len(shown.text) > LONGEST:
        name, content = f"{name}.txt", shown.text.encode(errors="replace")
    else:
        return ""
    write_bytes(Inside(folder.parent, f"{folder.name}/{name}"), content)
    return f"{folder.name}/{name}"


def read(path: Path, system: AnySystem, examples: Examples, labels: Sequence[str]) -> Rated:
    """The answers of a sheet.

    Args:
        examples: those that may be answered, with their true targets.
        labels: the classes that an answer may name; none: the system has none.

    Raises:
        DataError: it is no such sheet; an example is unknown or answered twice, or an answer cannot
            be read; or nothing is answered.
    """
    form = AnswerForm.of(system, examples, labels)
    places = _Places(examples)
    found: dict[int, Any] = {}
    for line, row in _rows(path, form.columns):
        place = f"{path}, line {line}"
        key, source = (row.get(name, "").strip() for name in ("id", "source"))
        key = key.removeprefix(BEFORE_ID)
        at = places.find(key, source)
        if at is None:
            shown = key or source or "nothing"
            raise DataError(
                f"{place}: '{shown[:80]}' is no dev example of this run: a sheet of its own is"
                " written with --sheet FILE."
            )
        cells = {name: row.get(name.strip(), "") for name in form.columns}
        if not any(cell.strip() for cell in cells.values()):
            continue
        target = form.target(cells, place)
        if at in found and found[at] != target:
            raise DataError(f"{place}: {examples.sources[at]} is answered twice, and differently.")
        found[at] = target
    if not found:
        raise DataError(f"{path}: no example is answered: fill in {' and '.join(form.columns)}.")
    return Rated.of(found)


class _Places:
    """Where an example stands, by its id and its source: equal ones have one id."""

    def __init__(self, examples: Examples) -> None:
        sources = list(map(harmless, examples.sources))
        self._by_both = {
            pair: at for at, pair in enumerate(zip(examples.ids, sources, strict=True))
        }
        self._by_id = {examples.ids[at]: at for at in reversed(range(len(examples)))}
        self._by_source = {source: at for at, source in enumerate(sources)}

    def find(self, key: str, source: str) -> int | None:
        """By both, else by the id (of equal ones the first), else by the source: sheets of earlier
        releases name it, and a spreadsheet may have taken an id for a number.
        """
        found = self._by_both.get((key, source), self._by_id.get(key))
        return self._by_source.get(source) if found is None else found


def _rows(path: Path, columns: Sequence[str]) -> list[tuple[int, dict[str, str]]]:
    """Line -> cells by column."""
    try:
        text = read_bytes(Inside(path.absolute().parent, path.name), MOST_BYTES).decode()
    except FileNotFoundError:
        raise DataError(f"{path}: no such file.") from None
    except UnreadableError as error:
        raise DataError(f"{path} cannot be read: {error}.") from None
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise DataError(
            f"{path} is not in UTF-8 (in UTF-16, it may be): save it as 'CSV UTF-8', which every"
            " spreadsheet can."
        )
    text = text.removeprefix("\ufeff")
    # a spreadsheet of a country with decimal commas parts cells by semicolons
    delimiter = ";" if ";" in text.partition("\n")[0] else ","
    try:
        (_, header), *rows = read_csv.lines_of(text, delimiter) if text.strip() else [(1, [])]
    except UnreadableError as error:
        raise DataError(f"{path}: {error}.") from None
    parts = {name.strip() for name in columns}
    names = _as_known([name.strip() for name in header], {"id", "source", *parts})
    if not {"id", "source"} & set(names) or not parts <= set(names):
        raise DataError(
            f"{path}: the first line names {', '.join(names)[:120] or 'nothing'}: expected id"
            f" or source, and {', '.join(columns)[:200]}."
        )
    return [(line, dict(zip(names, cells, strict=False))) for line, cells in rows if cells]


def _as_known(names: Sequence[str], known: AbstractSet[str]) -> list[str]:
    """The names of a header, those that are known but for their case as they are known."""
    folded = {one.casefold(): one for one in known - {*names}}
    return [name if name in known else folded.get(name.casefold(), name) for name in names]
