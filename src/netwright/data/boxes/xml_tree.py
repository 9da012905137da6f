"""A small XML file as a tree that knows its lines; what could do harm is refused.

A document type is refused as soon as it begins, and with it every entity that a file may define:
neither one that grows without end nor one that reads other files is ever expanded.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from netwright.base.errors import UnreadableError
from netwright.base.files import read_bytes

MOST_BYTES = 2**24
MOST_DEPTH = 32
"""Elements inside each other."""


MOST_ELEMENTS = 200_000


@dataclass(slots=True)
class Element:
    """An element of the tree.

    Args:
        line: on which it begins, from 1.
        texts: that stand directly in it, between the elements in it.
    """

    name: str
    line: int
    texts: list[str] = field(default_factory=list)
    children: list[Element] = field(default_factory=list)

    def all(self, name: str) -> list[Element]:
        """The elements of this name directly in it."""
        return [child for child in self.children if child.name == name]

    def first(self, name: str) -> Element | None:
        """The first of them; None: there is none."""
        return next(iter(self.all(name)), None)

    def words(self, name: str) -> str:
        """The text of the first of them, without blanks around it; empty where there is none."""
        found = self.first(name)
        return "" if found is None else "".join(found.texts).strip()


def read(path: Path) -> Element:
    """The root of an XML file.

    Raises:
        UnreadableError: it cannot be read, is no XML (with its line), has a document type, or is
            nested too deeply.
    """
    content = read_bytes(path, MOST_BYTES)
    parser = expat.ParserCreate()
    roots: list[Element] = []
    open_: list[Element] = []
    count = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        if len(open_) == MOST_DEPTH:
            raise UnreadableError(f"it is nested too deeply at line {parser.CurrentLineNumber}")
        nonlocal count
        count += 1
        if count > MOST_ELEMENTS:
            raise UnreadableError(f"it has more than {MOST_ELEMENTS:,} elements")
        made = Element(name, parser.CurrentLineNumber)
        (open_[-1].children if open_ else roots).append(made)
        open_.append(made)

    def text(words: str) -> None:
        open_[-1].texts.append(words)

    def refuse(*_: object) -> None:
        raise UnreadableError(
            f"it has a document type at line {parser.CurrentLineNumber}, which may define entities"
        )

    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = lambda name: open_.pop()
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise UnreadableError(
            f"it is no XML at line {error.lineno}: {expat.ErrorString(error.code)}"
        ) from None
    return roots[0]
