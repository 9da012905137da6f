"""Files beside images that may say what is on them, and that no reader of boxes took for its own:
a folder is not taken for plain images in silence because one of them is broken.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from netwright.base import files, read_json
from netwright.base.errors import UnreadableError
from netwright.base.figures import counted
from netwright.contract import Look
from netwright.data.text import xml_tree

ENDINGS = (".json", ".xml")

LOOKED_AT = 20
"""Files of each ending that are opened, at most: the first ones."""

MOST_BYTES, MOST_VALUES = xml_tree.MOST_BYTES, 10_000_000
"""Of a file that is parsed to see whether it is whole."""


def fault(look: Look) -> str:
    """What is wrong with the first file that is broken, one sentence with its place; empty where
    none is.
    """
    for path in _files(look):
        try:
            _parse(path)
        except (UnreadableError, OSError) as error:
            return (
                f"{path}: {str(error).rstrip('.')}; it lies beside images and may say what is on"
                " them: mend it, or take it out of the folder."
            )
    return ""


def notes(look: Look) -> tuple[str, ...]:
    """A line on those that are whole, and not read."""
    counts = [(ending, look.suffixes[ending]) for ending in ENDINGS if look.suffixes[ending]]
    return tuple(
        f"{counted(count, f'{ending} file')} beside the images: not read (boxes are read from"
        " COCO's JSON, Pascal VOC's XML or a CSV table)"
        for ending, count in counts
    )


def _files(look: Look) -> Iterator[Path]:
    """The first files of each ending."""
    if not any(look.suffixes[ending] for ending in ENDINGS):
        return
    seen = Counter[str]()
    for path in look.below():
        ending = path.suffix.lower()
        seen[ending] += 1
        if ending in ENDINGS and seen[ending] <= LOOKED_AT:
            yield path


def _parse(path: Path) -> None:
    """Read a file as JSON or XML, as its name says; one that is very large is not opened.

    Raises:
        UnreadableError: it is neither.
        OSError: it cannot be opened.
    """
    if path.stat().st_size > MOST_BYTES:
        return
    if path.suffix.lower() == ".json":
        text = files.read_text(path, MOST_BYTES)
        if not _is_lines(text):
            read_json.parse(text, MOST_VALUES)
    # no file of boxes that is read has a DOCTYPE
    elif b"<!DOCTYPE" not in files.read_bytes(path, MOST_BYTES):
        xml_tree.read(path)


def _is_lines(text: str) -> bool:
    """Whether it is lines of JSON, as files that are called .json often are."""
    first, _, rest = text.strip().partition("\n")
    try:
        return bool(rest) and read_json.parse(first) is not None
    except UnreadableError:
        return False
