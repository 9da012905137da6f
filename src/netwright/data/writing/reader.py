"""Texts without labels: a .txt file, a folder of them, a list of names, or texts in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from netwright.base.errors import DataError
from netwright.base.figures import counted
from netwright.base.files import digest
from netwright.contract import Claim, Examples, Look, Reader, ReadOptions, Source
from netwright.data.text.text_file import text_of
from netwright.data.writing.near import near_pairs
from netwright.data.writing.passages import (
    LEAST_IN_ORDER,
    Passage,
    is_list,
    lines_of,
    of_documents,
    passages_of,
)

if TYPE_CHECKING:
    from netwright.contract.reading import Reading

ENDS = (".txt", ".txt.gz")

MOST = 1 << 30
"""Bytes of a text, at most."""


def recognize(look: Look) -> Claim | None:
    """A .txt file, or a folder with .txt files and no folders of them by class."""
    if look.kind == "file" and _is_text(look.path) and look.path.stat().st_size:
        return Claim(f"took {look.path} for a text to learn to write from", 1)
    if look.kind == "memory":
        return _of_memory(look)
    if look.kind != "folder":
        return None
    here = [name for name in look.listed().files if name.lower().endswith(ENDS)]
    others = [name for name in look.listed().files if name not in here and not _beside(name)]
    if not here or len(others) > len(here):
        return None
    found = counted(len(here), "text")
    return Claim(f"took {look.path} for texts to learn to write from: {found}, no class folders", 1)


def _of_memory(look: Look) -> Claim | None:
    texts = look.value
    if isinstance(texts, list | tuple) and texts and all(isinstance(one, str) for one in texts):
        return Claim("took the data in memory for texts to learn to write from", 1)
    return None


def _is_text(path: Path) -> bool:
    return path.name.lower().endswith(ENDS)


def _beside(name: str) -> bool:
    """What explains texts and is none of them."""
    return name.lower().startswith(("readme", "source", "licen", "copying", "."))


def read(look: Look, source: Source) -> Reading:
    """The passages of each document.

    Raises:
        DataError: a file is no UTF-8 text, or all are empty.
    """
    from netwright.contract.reading import reading

    names, texts = _texts(look)
    known = [(name, text) for name, text in zip(names, texts, strict=True) if text.strip()]
    if not known:
        raise DataError(
            f"{look}: {counted(len(texts), 'text')} without a character: expected some."
        )
    kept = [text for _, text in known]
    examples, *notes = _examples([name for name, _ in known], kept, near_pairs(kept))
    if empty := [name for name, text in zip(names, texts, strict=True) if not text.strip()]:
        listed = ", ".join(empty[:5]) + (", ..." if len(empty) > 5 else "")
        notes.append(f"{counted(len(empty), 'text')} without a character left out: {listed}")
    return reading(examples, source, notes=tuple(notes))


def _texts(look: Look) -> tuple[list[str], list[str]]:
    """(name, text) of each document."""
    if look.kind == "memory":
        return [f"text {at}" for at in range(1, len(look.value) + 1)], list(look.value)
    if look.kind == "file":
        return [look.path.name], [_text(look.path)]
    names = [name for name in look.listed().files if name.lower().endswith(ENDS)]
    kept = [name for name in names if not _beside(name)] or names
    return kept, [_text(look.path / name) for name in kept]


def _text(path: Path) -> str:
    """A file's characters, with one kind of line end."""
    return text_of(path, MOST).replace("\r\n", "\n").replace("\r", "\n")


def _examples(
    names: Sequence[str], texts: Sequence[str], pairs: Sequence[tuple[int, int]] = ()
) -> tuple[Examples, str]:
    """An example a passage. Those of one document are a group, where there are several, and with
    them those of documents that are nearly equal to it.

    Args:
        pairs: documents that are so.
    """
    from netwright.data.leaks.near_copies import roots_of

    if len(texts) == 1 and is_list(texts[0]):
        lines = lines_of(texts[0])
        sources = [f"{names[0]}:{at}" for at in range(1, len(lines) + 1)]
        note = (
            f"{counted(len(lines), 'line')}, each a text of its own, as in a list (a folder that"
            " holds the file has it as one text)"
        )
        return _of(lines, sources), note
    cut = [passages_of(texts[0])] if len(texts) == 1 else of_documents(texts)
    passages = [one for some in cut for one in some]
    sources = [
        name if len(some) == 1 else f"{name}#{at}"
        for name, some in zip(names, cut, strict=True)
        for at in range(1, len(some) + 1)
    ]
    alone = len(texts) == 1
    first = roots_of(pairs, len(texts))
    groups = [names[at] for at, some in zip(first, cut, strict=True) for _ in some]
    characters = sum(map(len, texts))
    note = (
        f"{characters:,} characters in {counted(len(texts), 'text')}, learned from in"
        f" {counted(len(passages), 'passage')}"
    )
    if alone and len(passages) >= LEAST_IN_ORDER:
        note += ", in order: the last ones are dev and test"
    if pairs:
        a, b = (names[at] for at in pairs[0])
        copies = sum(at != own for own, at in enumerate(first))
        note += (
            f"; {counted(copies, 'text')} nearly equal to another, first {b} to {a}, in one split"
            " with it"
        )
    examples = _of(passages, sources)
    one_each = alone or (len(passages) == len(texts) and not pairs)
    return (examples if one_each else replace(examples, groups=groups)), note


def _of(passages: list[Passage], sources: list[str]) -> Examples:
    texts = [passage.text for passage in passages]
    ids = [digest(text.encode("utf-8", "surrogatepass")) for text in texts]
    return Examples(passages, list(texts), ids, sources, known_by="text")


def inputs(looks: Sequence[Look], options: ReadOptions) -> Examples | None:
    """Texts in memory, .txt files and folders of them, in passages as they are learned from."""
    names: list[str] = []
    texts: list[str] = []
    for look in looks:
        if recognize(look) is None:
            return None
        some, more = _texts(look)
        names, texts = [*names, *some], [*texts, *more]
    found, _ = _examples(names, texts)
    return replace(found, targets=[None] * len(found))


def sample(folder: Path) -> tuple[Path, ReadOptions]:
    """A short book of days at the sea."""
    things = ["wave", "sail", "shore", "tide", "gull"]
    days = [
        f"On day {at} the {things[at % 5]} met the {'good ' * (at % 3)}{things[at * 3 % 5]}"
        f"{' again' * (at % 2)}.\n"
        for at in range(120)
    ]
    path = folder / "book.txt"
    path.write_text("".join(days), encoding="utf-8")
    return path, ReadOptions()


READER = Reader(
    kind="documents",
    takes="texts to learn to write from (.txt)",
    recognize=recognize,
    read=read,
    sample=sample,
    inputs=inputs,
)
