"""XML as a tree that knows its lines; what could do harm is refused.

A document type is refused as soon as it begins, and with it every entity that a file may define:
neither one that grows without end nor one that reads other files is ever expanded. Where one may be
named, as in every score, one that defines something is refused, and no other file is opened.
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
        attributes: name -> value.
        texts: that stand directly in it, between the elements in it.
    """

    name: str
    line: int
    attributes: dict[str, str] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    children: list[Element] = field(default_factory=list)

    def all(self, name: str) -> list[Element]:
        """The elements of this name directly in it."""
        return [child for child in self.children if child.name == name]

    def first(self, name: str) -> Element | None:
        """The first of them; None: there is none."""
        for child in self.children:
            if child.name == name:
                return child
        return None

    def words(self, name: str) -> str:
        """The text of the first of them, without blanks around it; empty where there is none."""
        found = self.first(name)
        return "" if found is None else "".join(found.texts).strip()


def read(path: Path) -> Element:
    """The root of a small XML file without a document type.

    Raises:
        UnreadableError: it cannot be read, or is refused by ``tree_of``.
    """
    return tree_of(read_bytes(path, MOST_BYTES))


def tree_of(
    content: bytes,
    *,
    most_elements: int = MOST_ELEMENTS,
    type_named: bool = False,
    without: frozenset[str] = frozenset(),
) -> Element:
    """The root of what is in an XML file.

    Args:
        most_elements: that it may have.
        type_named: whether it may name a document type.
        without: names of elements that, below the root, are passed over with all that is in them.

    Raises:
        UnreadableError: it is no XML (with its line), has a document type, too many elements, or is
            nested too deeply.
    """
    parser = expat.ParserCreate()
    roots: list[Element] = []
    open_: list[Element] = []
    count = passed = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal count, passed
        count += 1
        if count > most_elements:
            raise UnreadableError(f"it has more than {most_elements:,} elements")
        if passed or (name in without and open_):
            passed += 1
            return
        if len(open_) == MOST_DEPTH:
            raise UnreadableError(f"it is nested too deeply at line {parser.CurrentLineNumber}")
        made = Element(name, parser.CurrentLineNumber, attributes)
        (open_[-1].children if open_ else roots).append(made)
        open_.append(made)

    def end(name: str) -> None:
        nonlocal passed
        if passed:
            passed -= 1
        else:
            open_.pop()

    def text(words: str) -> None:
        if not passed:
            open_[-1].texts.append(words)

    def document_type(name: str, system: object, public: object, defines: bool) -> None:
        if defines or not type_named:
            raise UnreadableError(
                f"it has a document type at line {parser.CurrentLineNumber}, which may define"
                " entities"
            )

    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = document_type
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise UnreadableError(
            f"it is no XML at line {error.lineno}: {expat.ErrorString(error.code)}"
        ) from None
    return roots[0]
