"""What this system reads: a folder of .words files, one folder a class; texts in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from netwright.base.errors import DataError
from netwright.base.files import digest
from netwright.contract import Claim, Examples, Look, Reader, Reading, ReadOptions, Source
from netwright.contract.reading import reading


def _files(look: Look) -> list[tuple[str, Path]]:
    """(class, file) of the texts in class folders."""
    return [
        (name, path)
        for name in look.listed().folders
        for path in look.below(look.path / name)
        if path.suffix == ".words"
    ]


def _texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, str) for one in value)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is no text: {error.reason}; expected UTF-8.") from None


def recognize(look: Look) -> Claim | None:
    if look.kind == "memory":
        value = look.value
        pair = isinstance(value, tuple) and len(value) == 2 and all(map(_texts, value))
        return Claim("took the data in memory for texts", 1) if pair else None
    if look.kind != "folder" or not _files(look):
        return None
    counts = Counter(name for name, _ in _files(look))
    return Claim(f"took {look.path} for texts because its folders hold .words: {dict(counts)}", 2)


def _examples(texts: Sequence[str], targets: Sequence[Any], sources: Sequence[str]) -> Examples:
    return Examples(list(texts), list(targets), [digest(t.encode()) for t in texts], list(sources))


def read(look: Look, source: Source) -> Reading:
    if look.kind == "memory":
        texts, labels = look.value
        names = [f"memory[{at}]" for at in range(len(texts))]
        return reading(_examples(texts, labels, names), source)
    files = _files(look)
    examples = _examples(
        [_text(path) for _, path in files],
        [name for name, _ in files],
        [path.relative_to(look.path).as_posix() for _, path in files],
    )
    return reading(examples, source, notes=(f"{len(files)} texts",))


def inputs(looks: Sequence[Look], options: ReadOptions) -> Examples | None:
    if len(looks) == 1 and looks[0].kind == "memory":
        texts = looks[0].value
        if not _texts(texts):
            return None
        return _examples(texts, [None] * len(texts), [f"text {at + 1}" for at in range(len(texts))])
    files = [
        path
        for look in looks
        for path in (look.below() if look.kind == "folder" else [look.path])
        if path.suffix == ".words"
    ]
    if not files or any(look.kind not in ("file", "folder") for look in looks):
        return None
    texts = [_text(path) for path in files]
    return _examples(texts, [None] * len(files), [str(path) for path in files])


def sample(folder: Path) -> tuple[Path, ReadOptions]:
    """Sixty short texts about the sea and about the woods."""
    words = {"sea": "wave salt sail shore tide", "woods": "oak moss fern deer trail"}
    for name, some in words.items():
        (folder / name).mkdir(parents=True)
        for at in range(30):
            word = some.split()[at % 5]
            text = f"the {word} and the {some.split()[at * 3 % 5]} of {at}"
            (folder / name / f"{at}.words").write_text(text, encoding="utf-8")
    return folder, ReadOptions()


READERS = (
    Reader(
        kind="texts",
        takes="a folder of .words files (one folder a class)",
        recognize=recognize,
        read=read,
        sample=sample,
        inputs=inputs,
    ),
)
