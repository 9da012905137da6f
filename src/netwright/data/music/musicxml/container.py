"""The score in a MusicXML file: plain, or packed in an .mxl file as W3C (2021), "MusicXML 4.0", has
it.
"""

from __future__ import annotations

import io
import zipfile

from netwright.base.errors import DataError, UnreadableError
from netwright.data.sources.unpack import BROKEN, expect_plausible
from netwright.data.text.xml_tree import Element, tree_of

ZIP = b"PK\x03\x04"
"""What a packed file begins with."""

CONTAINER = "META-INF/container.xml"
"""The file of a packed one that names the score in it."""

MOST_BYTES = 1 << 27
"""Of a score, unpacked."""

MOST_ELEMENTS = 2_000_000

OF_LAYOUT = frozenset(
    {
        "accidental",
        "articulations",
        "beam",
        "clef",
        "defaults",
        "direction-type",
        "dot",
        "figured-bass",
        "harmony",
        "lyric",
        "notations",
        "notehead",
        "print",
        "staff",
        "stem",
        "time-modification",
        "type",
        "voice",
    }
)
"""Elements that change nothing of what a score sounds like."""

SCORES = (".musicxml", ".xml")


def score_of(content: bytes, name: str) -> Element:
    """The root of a score.

    Args:
        content: of the file, packed or not.
        name: of the file, for messages.

    Raises:
        DataError: it is damaged, holds no score, or unfolds beyond all measure.
    """
    try:
        plain = _unpacked(content, name) if content.startswith(ZIP) else content
        # the declaration of XML comes first: what stands before it in some files is blank
        plain = plain.lstrip(b" \t\r\n")
        return tree_of(plain, most_elements=MOST_ELEMENTS, type_named=True, without=OF_LAYOUT)
    except UnreadableError as error:
        raise DataError(f"{name} cannot be read as MusicXML: {error}.") from None


def _unpacked(content: bytes, name: str) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return _part(archive, _place_of_score(archive, name), len(content), name)
    except BROKEN as error:
        why = str(error).rstrip(".") or "it ends too early"
        raise DataError(f"{name} cannot be unpacked: {why}; fetch it again.") from None


def _place_of_score(archive: zipfile.ZipFile, name: str) -> str:
    """The file that the container names; where it names none, the first that is called so."""
    names = archive.namelist()
    if CONTAINER in names:
        root = tree_of(_part(archive, CONTAINER, 1 << 16, name), type_named=True)
        for files in root.all("rootfiles"):
            for file in files.all("rootfile"):
                if file.attributes.get("full-path") in names:
                    return file.attributes["full-path"]
    for one in names:
        if one.lower().endswith(SCORES) and not one.startswith(("META-INF/", "__MACOSX/")):
            return one
    raise DataError(f"{name} holds no score: expected a packed MusicXML file, with one in it.")


def _part(archive: zipfile.ZipFile, part: str, packed: int, name: str) -> bytes:
    """A file of the archive, its length looked at as it unfolds and not as it is stated."""
    found = bytearray()
    with archive.open(part) as file:
        while some := file.read(1 << 20):
            found += some
            expect_plausible(name, packed, len(found), small=MOST_BYTES // 2)
            if len(found) > MOST_BYTES:
                raise DataError(f"{name} unfolds to more than {MOST_BYTES:,} bytes.")
    return bytes(found)
