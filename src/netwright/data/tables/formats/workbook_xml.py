"""How much the XML of an Excel workbook holds, told before it is read.

A sheet takes room for every place between its first and its last cell, and a text that is kept once
for each cell in which it stands: a few kilobytes may mean gigabytes. A document type is refused,
and with it every entity that a file may define.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from xml.parsers import expat

from netwright.base.errors import UnreadableError

_PLACE = re.compile(r"([A-Za-z]{1,3})([0-9]{1,7})")


@dataclass
class Extent:
    """What the parts of a workbook hold, one after the other.

    Args:
        places: of all sheets, from the first filled cell to the last.
        letters: of the texts that are kept once.
        used: how often each of these stands in a cell.
    """

    places: int = 0
    letters: list[int] = field(default_factory=list)
    used: dict[int, int] = field(default_factory=dict)

    @property
    def repeated(self) -> int:
        """Letters of these texts, in each cell that holds one."""
        most = max(self.letters, default=0)
        known = dict(enumerate(self.letters))
        return sum(count * known.get(at, most) for at, count in self.used.items())

    def add(self, xml: bytes) -> None:
        """Look through one part.

        Raises:
            UnreadableError: it is no XML, has a document type, or a cell has no place.
        """
        part = _Part(self)
        try:
            part.parser.Parse(xml, True)
        except expat.ExpatError as error:
            raise UnreadableError(
                f"it holds what is no XML: {expat.ErrorString(error.code)}"
            ) from None
        if part.filled:
            (top, left), (low, right) = part.first, part.last
            self.places += (low - top + 1) * (right - left + 1)


class _Part:
    """One part, while it is gone through."""

    def __init__(self, extent: Extent) -> None:
        self.extent = extent
        self.row = self.column = 0
        self.first, self.last = (1 << 30, 1 << 30), (0, 0)
        self.filled = self.is_shared = False
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.StartDoctypeDeclHandler = self.refuse

    def refuse(self, *_: object) -> None:
        raise UnreadableError("its XML has a document type, which may define entities")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        name = name.rpartition(":")[2]
        if name == "c":
            self.begin_cell(attributes)
        elif name == "row":
            self.row, self.column = _number(attributes.get("r"), self.row + 1), 0
        elif name in ("v", "is"):
            self.fill()
            if self.is_shared and name == "v":
                self.parser.CharacterDataHandler = self.use
        elif name == "si":
            self.extent.letters.append(0)
            self.parser.CharacterDataHandler = self.keep

    def end(self, name: str) -> None:
        if name.rpartition(":")[2] in ("v", "si"):
            self.parser.CharacterDataHandler = None

    def begin_cell(self, attributes: dict[str, str]) -> None:
        self.column += 1
        place = attributes.get("r")
        if place is not None:
            found = _PLACE.fullmatch(place)
            if found is None:
                raise UnreadableError(f"a cell lies at '{place[:20]}', which is no place")
            self.column, self.row = _column(found[1]), int(found[2])
        self.is_shared = attributes.get("t") == "s"

    def fill(self) -> None:
        """A cell that holds something."""
        self.filled = True
        (top, left), (low, right) = self.first, self.last
        self.first = min(top, self.row), min(left, self.column)
        self.last = max(low, self.row), max(right, self.column)

    def use(self, words: str) -> None:
        """The place of a text that is kept once."""
        at = _number(words.strip(), -1)
        self.extent.used[at] = self.extent.used.get(at, 0) + 1

    def keep(self, words: str) -> None:
        self.extent.letters[-1] += len(words)


def _column(letters: str) -> int:
    found = 0
    for letter in letters.upper():
        found = 26 * found + ord(letter) - 64
    return found


def _number(word: str | None, otherwise: int) -> int:
    if word is None or not word.isascii() or not word.isdigit() or len(word) > 9:
        return otherwise
    return int(word)
