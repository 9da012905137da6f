"""Texts without labels: a .txt file, a folder of them, a list of names, or texts in memory.

What a run has learned from decides how later files are read: a list line by line, other texts in
passages of the same length. So the figure of a text hangs on nothing that lies beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from netwright.base.errors import DataError
from netwright.base.figures import counted
from netwright.base.files import digest
from netwright.contract import Claim, ColumnForm, Examples, Look, Reader, ReadOptions, Source
from netwright.data.text.text_file import text_of
from netwright.data.writing.near import near_pairs
from netwright.data.writing.passages import (
    LEAST_IN_ORDER,
    Passage,
    is_list,
    passages_of,
    wanted_of,
)

if TYPE_CHECKING:
    from netwright.contract.reading import Reading

ENDS = (".txt", ".txt.gz")

MOST = 1 << 30
"""Bytes of a text, at most."""

BESIDE = ("readme", "source", "sources", "license", "licence", "copying")
"""What files are called, in small letters and without endings, that explain texts and are none."""

TEXT, LIST, PASSAGES = "text", "list", "passages"
"""Under which name a run notes how its texts were read, and as what: ``ColumnForm.pattern`` is in
how many passages a long one is cut.
"""


def recognize(look: Look) -> Claim | None:
    """A .txt file, or a folder with .txt files and no folders of them by class."""
    if look.kind == "file" and _is_text(look.path):
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
    return name.lower().partition(".")[0] in ("", *BESIDE)


def read(look: Look, source: Source) -> Reading:
    """The passages of each document.

    Raises:
        DataError: a file is no UTF-8 text, or all are empty.
    """
    from netwright.contract.reading import reading

    names, texts, beside = _texts(look)
    known = [(name, text) for name, text in zip(names, texts, strict=True) if text.strip()]
    if not known:
        raise DataError(
            f"{look}: {counted(len(texts), 'text')} without a character: expected some."
        )
    kept = [text for _, text in known]
    form = (source.options.columns or {}).get(TEXT)
    form = form or _form_of(kept, may_be_list=look.kind == "file" or len(kept) == 1)
    examples, *notes = _examples([name for name, _ in known], kept, form)
    empty = [name for name, text in zip(names, texts, strict=True) if not text.strip()]
    for some, what in ((empty, "without a character"), (beside, "beside the texts")):
        if some:
            listed = ", ".join(some[:5]) + (", ..." if len(some) > 5 else "")
            notes.append(f"{counted(len(some), 'file')} {what} left out: {listed}")
    return reading(examples, source, notes=tuple(notes), columns={TEXT: form})


def _texts(look: Look) -> tuple[list[str], list[str], list[str]]:
    """The name and the text of each document; and the names of files that are none."""
    if look.kind == "memory":
        return [f"text {at}" for at in range(1, len(look.value) + 1)], list(look.value), []
    if look.kind == "file":
        return [look.path.name], [_text(look.path)], []
    names = [name for name in look.listed().files if name.lower().endswith(ENDS)]
    kept = [name for name in names if not _beside(name)] or names
    beside = [name for name in names if name not in set(kept)]
    return kept, [_text(look.path / name) for name in kept], beside


def _form_of(texts: Sequence[str], *, may_be_list: bool) -> ColumnForm:
    """How texts are read that a run learns from."""
    if may_be_list and len(texts) == 1 and is_list(texts[0]):
        return ColumnForm(LIST)
    return ColumnForm(PASSAGES, pattern=str(wanted_of(len(texts))))


def _text(path: Path) -> str:
    """A file's characters, with one kind of line end."""
    return text_of(path, MOST).replace("\r\n", "\n").replace("\r", "\n")


def _examples(names: Sequence[str], texts: Sequence[str], form: ColumnForm) -> tuple[Examples, str]:
    """An example a line of a list, or a passage. Those of one document are a group, where there are
    several, and with them those of documents that are nearly equal to it.
    """
    from netwright.data.leaks.near_copies import roots_of

    if form.kind == LIST:
        examples = _lines(names, texts)
        note = (
            f"{counted(len(examples), 'line')}, each a text of its own, as in a list (a folder that"
            " holds the file has it as one text)"
        )
        return examples, note
    pairs = near_pairs(texts)
    cut = [passages_of(text, int(form.pattern)) for text in texts]
    passages = [one for some in cut for one in some]
    sources = [
        name if len(some) == 1 else f"{name}#{at}"
        for name, some in zip(names, cut, strict=True)
        for at in range(1, len(some) + 1)
    ]
    alone = len(texts) == 1
    first = roots_of(pairs, len(texts))
    # by what a text says: it lies in the same split whatever its file is called
    groups = [_known_as(texts[at]) for at, some in zip(first, cut, strict=True) for _ in some]
    characters = sum(map(len, texts))
    note = (
        f"{counted(characters, 'character')} in {counted(len(texts), 'text')}, learned from in"
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
    ids = list(map(_known_as, texts))
    return Examples(passages, list(texts), ids, sources, known_by="text")


def _lines(names: Sequence[str], texts: Sequence[str]) -> Examples:
    """An example a line of each list, known by its number in the file."""
    numbered = [
        (f"{name}:{number}", Passage(line.strip()))
        for name, text in zip(names, texts, strict=True)
        for number, line in enumerate(text.split("\n"), start=1)
        if line.strip()
    ]
    return _of([passage for _, passage in numbered], [source for source, _ in numbered])


def _known_as(text: str) -> str:
    return digest(text.encode("utf-8", "surrogatepass"))


def inputs(looks: Sequence[Look], options: ReadOptions) -> Examples | None:
    """Texts in memory, .txt files and folders of them, each whole, however long it is; of a run
    that has learned a list, the lines of files.
    """
    form = (options.columns or {}).get(TEXT)
    found = list[Examples]()
    for look in looks:
        if recognize(look) is None:
            return None
        names, texts, _ = _texts(look)
        if look.kind != "memory" and form is not None and form.kind == LIST:
            found.append(_lines(names, texts))
        else:
            found.append(_of(list(map(Passage, texts)), names))
    passages = [one for some in found for one in some.inputs]
    whole = _of(passages, [name for some in found for name in some.sources])
    return replace(whole, targets=[None] * len(whole))


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
