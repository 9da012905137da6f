"""The folder of annotations: every writer appends to a file of its own, readers merge them all."""

from __future__ import annotations

import getpass
import os
import re
import threading
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from netwright.base.errors import NetwrightError, NetwrightWarning, UnreadableError
from netwright.base.files import append_line, read_text
from netwright.base.paths import Inside, names_in
from netwright.base.shapes import MisfitError
from netwright.runs.annotations.lines import Annotation, Kind, is_torn, parse
from netwright.runs.annotations.noted import Annotations

FOLDER = "annotations"

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
"""What a writer is called."""

MOST_FILES, MOST_BYTES, MOST_LINES = 10_000, 64 * 2**20, 1_000_000


def read(store: Path) -> Annotations:
    """What was noted of the examples of a store's runs, by all who wrote; nothing where nobody did.

    Raises:
        NetwrightError: a file cannot be read, or a line of it is damaged; the file and the line are
            named.

    Warns:
        NetwrightWarning: a kill or a full disk cut a line off: it is left out.
    """
    return Annotations.of(lines(store))


def lines(store: Path) -> Iterator[Annotation]:
    """The lines of all writers, file after file; see ``read``."""
    try:
        names = names_in(Inside(store, FOLDER))
    except UnreadableError as error:
        raise NetwrightError(f"{store / FOLDER} cannot be read: {error}.") from None
    known = [name for name in names if name.endswith(".jsonl") and NAME.fullmatch(name[:-6])]
    if len(known) > MOST_FILES:
        raise NetwrightError(f"{store / FOLDER} holds more than {MOST_FILES:,} files.")
    for name in known:
        yield from _lines_of(store, name)


def _lines_of(store: Path, name: str) -> Iterator[Annotation]:
    place = Inside(store, f"{FOLDER}/{name}")
    try:
        found = read_text(place, MOST_BYTES).split("\n")
    except FileNotFoundError:
        return
    except UnreadableError as error:
        raise NetwrightError(f"{place} cannot be read: {error}.") from None
    if len(found) > MOST_LINES:
        raise NetwrightError(f"{place} holds more than {MOST_LINES:,} lines.")
    for at, line in enumerate(found, start=1):
        if not line:
            continue
        if is_torn(line):
            warnings.warn(
                f"{place}, line {at}, was cut off by a kill or a full disk: it is left out.",
                NetwrightWarning,
                stacklevel=4,
            )
            continue
        try:
            yield parse(name.removesuffix(".jsonl"), line)
        except (UnreadableError, MisfitError) as error:
            raise NetwrightError(
                f"{place}, line {at}, is damaged ({error}): mend it, or take the line out; nothing"
                " else of the file is lost."
            ) from None


@dataclass
class AnnotationWriter:
    """Appends to a file of its own, which begins with its first line.

    Args:
        store: the folder of the runs.
        name: of the file; what it holds already counts on.
        who: the person; None: as the computer knows them.
    """

    store: Path
    name: str = field(default_factory=lambda: new_name())
    who: str = field(default_factory=lambda: user())
    _last: Annotation | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise NetwrightError(
                f"'{self.name[:80]}' cannot be the name of a writer: expected up to 60 of a-z, 0-9"
                " and -."
            )
        own = list(_lines_of(self.store, f"{self.name}.jsonl"))
        self._last = own[-1] if own else None

    @property
    def next(self) -> int:
        """The number of the next line."""
        return 0 if self._last is None else self._last.n + 1

    def write(self, ids: Sequence[str], kind: Kind, **values: Any) -> list[Annotation]:
        """Append a line for each example, of one number: what is done at once is undone at once.
        They are on the disk when this returns.

        Raises:
            NetwrightError: they cannot be written.
        """
        n = 0 if self._last is None else self._last.n + 1
        moment = _moment("" if self._last is None else self._last.time)
        lines = [Annotation(self.name, n, moment, self.who, one, kind, **values) for one in ids]
        place = Inside(self.store, f"{FOLDER}/{self.name}.jsonl")
        append_line(place, "\n".join(line.written() for line in lines))
        self._last = lines[-1]
        return lines


_lock = threading.Lock()
_latest = datetime.min.replace(tzinfo=UTC)


def _moment(before: str) -> str:
    """Now, later than every moment that this process gave and than ``before``: the order in which
    lines were written is the one in which they are read, whatever the clock does.
    """
    global _latest
    with _lock:
        _latest = max(datetime.now(UTC), _latest + timedelta(microseconds=1))
        now = _latest.isoformat(timespec="microseconds")
    return max(now, before)


def new_name() -> str:
    """The name of a writer that no other has: when it began, its process, and a random end."""
    moment = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    return f"{moment}-{os.getpid()}-{os.urandom(4).hex()}"


def user() -> str:
    """As the computer knows the person; empty where it does not."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""


def undo(found: Annotations, writer: AnnotationWriter, key: str | None = None) -> Annotation | None:
    """Undo what a writer noted last, or the lines of a key, whoever wrote them; returns one of
    these, or None where there is nothing to undo.
    """
    line = found.last_of(writer.name) if key is None else found.line(key)
    if line is None:
        return None
    for one in writer.write([line.id], "undo", undoes=line.key):
        found.add(one)
    return line
