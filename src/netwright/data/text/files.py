"""Texts: folders of .txt files, one folder a class, and lists of texts in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netwright.base.errors import DataError
from netwright.base.figures import counted
from netwright.base.files import digest
from netwright.base.findings import Finding
from netwright.contract import Claim, Examples, Look, Reader, ReadOptions, Source
from netwright.data.sources import suffixes, tables
from netwright.data.sources.class_folders import Layout, class_folders
from netwright.data.text import text_file

if TYPE_CHECKING:
    from netwright.contract.reading import Reading

LONGEST = 1 << 24
"""Bytes of a text file, at most."""


def recognize(look: Look) -> Claim | None:
    """A folder whose folders hold .txt files and no images; (texts, labels) in memory."""
    if look.kind == "memory":
        claimed = _is_pair(look.value)
        return Claim("took the data in memory for texts and their labels", 2) if claimed else None
    found = _layout(look)
    if found is None or not found.folders:
        return None
    alone = suffixes.no_images(look.suffixes)  # notes often lie beside images
    return Claim(
        f"took {look.path} for texts because it has {found.described('.txt files')}",
        2 if alone else 1,
    )


def read(look: Look, source: Source) -> Reading:
    """The texts of class folders, or those in memory.

    Raises:
        DataError: a file is no UTF-8 text, all texts are empty, or there are more texts than labels
            or fewer.
    """
    from netwright.contract.reading import reading
    from netwright.data import targets

    unread: tuple[Finding, ...] = ()
    if look.kind == "memory":
        examples, notes = _of_memory(look.value)
    else:
        examples, notes, unread = _of_folders(look)
    expect_words(examples.inputs, look)
    found = targets.work_out(
        list(examples.targets), task=source.options.task, name="label", beside="texts"
    )
    full = replace(examples, targets=found.values)
    made = reading(full, source, notes=notes, findings=(*found.findings, *unread))
    weights = look.value[2:] if look.kind == "memory" else ()
    if not weights or weights[0] is None:
        return made
    from netwright.data.weights import weighed

    return weighed(made, weights[0])


def expect_words(texts: Sequence[str], look: Look) -> None:
    """Refuse a source all of whose texts are empty.

    Raises:
        DataError: they are.
    """
    if not any(map(str.strip, texts)):
        raise DataError(
            f"{look}: each of the {counted(len(texts), 'text')} is empty: expected words in some."
        )


def inputs(looks: Sequence[Look], options: ReadOptions) -> Examples | None:
    """Texts in memory, and .txt files and folders of them in the order in which they are named."""
    if len(looks) == 1 and looks[0].kind == "memory":
        texts = looks[0].value
        if not _are_texts(texts):
            return None
        return _examples(texts, [f"text {at}" for at in range(1, len(texts) + 1)])
    if options.columns and len(looks) == 1 and tables.recognize(looks[0]):
        return None  # to who was trained on a table, a text file of cells is one
    parts = [_files_of(look) for look in looks]
    if not parts or not any(parts) or any(part is None for part in parts):
        return None
    empty = next((look for look, part in zip(looks, parts, strict=True) if not part), None)
    if empty is not None:
        raise DataError(f"{empty.path} holds no .txt files.")
    files = [file for part in parts for file in part or ()]
    return _examples([_text(file) for file in files], [str(file) for file in files])


def sample(folder: Path) -> tuple[Path, ReadOptions]:
    """Short texts about the sea and about the woods, thirty of each."""
    words = {"sea": "wave salt sail shore tide", "woods": "oak moss fern deer trail"}
    for name, some in words.items():
        (folder / name).mkdir(parents=True)
        for at in range(30):
            word, other = some.split()[at % 5], some.split()[at * 3 % 5]
            text = f"the {word} and the {other} of day {at}\n"
            (folder / name / f"{at}.txt").write_text(text, encoding="utf-8")
    return folder, ReadOptions()


READER = Reader(
    kind="texts",
    takes="texts (.txt files, one subfolder a class)",
    recognize=recognize,
    read=read,
    sample=sample,
    inputs=inputs,
)


def is_text(path: Path) -> bool:
    """Whether a file is called as texts are."""
    return path.suffix.lower() == ".txt"


def _layout(look: Look) -> Layout | None:
    return class_folders(look, is_text) if look.kind == "folder" else None


def _of_folders(look: Look) -> tuple[Examples, tuple[str, ...], tuple[Finding, ...]]:
    found = class_folders(look, is_text)
    files = found.files(look)
    examples = _examples(
        [_text(file.path) for file in files],
        [file.path.relative_to(look.path.parent).as_posix() for file in files],
        [file.label for file in files],
        [file.split for file in files] if found.splits else None,
    )
    if any(file.domain for file in files):
        examples = replace(examples, domains=[file.domain or "" for file in files])
    classes = counted(len(found.classes), "class folder")
    notes = (f"{counted(len(files), 'text')} in {classes}",)
    return examples, notes, found.unread(look, "texts")


def _of_memory(value: Any) -> tuple[Examples, tuple[str, ...]]:
    texts, given = [one or "" for one in value[0]], value[1]
    from netwright.data.sources.arrays import plain_targets

    sources = [f"memory[{at}]" for at in range(len(texts))]
    examples = _examples(texts, sources, plain_targets(given, len(texts)))
    return examples, (counted(len(texts), "text"),)


def _examples(
    texts: Sequence[str],
    sources: list[str],
    targets: list[Any] | None = None,
    splits: list[str | None] | None = None,
) -> Examples:
    ids = [digest(text.encode("utf-8", "surrogatepass")) for text in texts]
    known = [None] * len(texts) if targets is None else targets
    return Examples(list(texts), known, ids, sources, splits=splits)


def _files_of(look: Look) -> list[Path] | None:
    """The .txt files that a thing stands for; None: it stands for none."""
    if look.kind == "folder":
        return [path for path in look.below() if is_text(path)]
    return [look.path] if look.kind == "file" and is_text(look.path) else None


def _text(path: Path) -> str:
    return text_file.text_of(path, LONGEST).strip()


def _is_pair(value: Any) -> bool:
    """Whether it is (texts, labels) or (texts, labels, weights); a text may be None."""
    if not isinstance(value, tuple) or len(value) not in (2, 3) or value[1] is None:
        return False
    texts = value[0]
    if isinstance(texts, list | tuple):
        texts = [one for one in texts if one is not None]
    return _are_texts(texts) and not isinstance(value[1], str | int | float)


def _are_texts(value: Any) -> bool:
    return (
        isinstance(value, list | tuple)
        and bool(value)
        and all(isinstance(one, str) for one in value)
    )
