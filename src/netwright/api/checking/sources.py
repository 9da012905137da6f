"""What a system reads, tried through the public functions: from a source to answers."""

from __future__ import annotations

import re
import shutil
import string
import warnings
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np

from netwright.api.checking.tried import SMALL
from netwright.api.reading import Recognized
from netwright.api.run import Run
from netwright.api.training import train
from netwright.base.errors import NetwrightError, NetwrightWarning
from netwright.contract import Examples, Reader, ReadOptions
from netwright.data.sources import looking

RUBBISH = b"\x00\xff\xfe no file of its kind\n" * 7


def reads_its_sample(system: str, reader: Reader, folder: Path) -> str:
    """What the reader's ``sample`` writes is trained on, answered, measured and reported."""
    source, options = reader.sample(folder)
    run = trained(source, options, system, folder)
    if not run.report.is_file():
        return "no report was written"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NetwrightWarning)  # it was trained on these
        if options.target is None and not run.predict(source if _is_path(source) else source[0]):
            return "predict answers none of them"
        run.evaluate(source)
    return ""


def ids_stand_for_content(system: str, reader: Reader, folder: Path) -> str:
    """Other inputs in a file of the same name have other ids, and the same inputs in a file of
    another name the same ones: leaks, openings of the test split and data that have changed are
    seen by the ids alone. Only files of text are tried, and only a change that the reader takes;
    where ids stand for a part of the inputs (``Examples.known_by``), one that changes that part.
    """
    for place in ("sample", "copy"):
        (folder / place).mkdir()
    source, options = reader.sample(folder / "sample")
    if not _is_path(source) or (before := _examples_of(reader, Path(source), options)) is None:
        return ""
    copy = folder / "copy" / f"other-{Path(source).name}"
    (shutil.copytree if Path(source).is_dir() else shutil.copyfile)(source, copy)
    moved = _examples_of(reader, copy, options)
    if moved is not None and list(moved.ids) != list(before.ids):
        return "in a file of another name the same content has other ids: make them of the inputs"
    contents = {path: path.read_bytes() for path in _files(Path(source))}
    wrong = ""
    for change in CHANGES:
        for path, content in contents.items():
            path.write_bytes(change(content))
        after = _examples_of(reader, Path(source), options)
        if after is None or len(after) != len(before) or _inputs(after) == _inputs(before):
            continue
        if list(after.ids) != list(before.ids):
            return ""
        wrong = "in a file of the same name other inputs have the same ids: make them of the inputs"
        if before.known_by == "inputs":
            return wrong
    return wrong


def _turned(pattern: bytes, letters: bytes) -> Callable[[bytes], bytes]:
    """What puts for each of these letters the next of them, where the pattern matches."""
    table = bytes.maketrans(letters, letters[1:] + letters[:1])
    return lambda text: re.sub(pattern, lambda found: found[0].translate(table), text)


DIGITS, SMALL_LETTERS = string.digits.encode(), string.ascii_lowercase.encode()

CHANGES = (
    _turned(rb"(?<=\.)\d+", DIGITS),
    _turned(rb"(?<=[\n,;\t ])\d+(?=[\n,;\t ])", DIGITS),
    _turned(rb"\d+", DIGITS),
    _turned(rb"(?s)(?<=\n).*", SMALL_LETTERS),
    _turned(rb"(?s).*", SMALL_LETTERS),
)
"""Changes of a text, the more careful first: decimals, numbers, digits, letters below the header,
letters.
"""


def _examples_of(reader: Reader, source: Path, options: ReadOptions) -> Examples | None:
    """What the reader makes of a source; None: it is not its own, or is refused."""
    look = looking.look_at(source)
    try:
        claim = reader.recognize(look)
        if claim is None:
            return None
        return Recognized(look, reader, claim, ()).read(options).examples
    except NetwrightError:
        return None


def _inputs(examples: Examples) -> list[Any]:
    """The inputs in what ``==`` compares, arrays inside dataclasses too."""
    return [_comparable(example.input) for example in examples]


def _comparable(value: Any) -> Any:
    """The value in plain values and bytes."""
    if isinstance(value, np.ndarray):
        return value.shape, value.tobytes()
    if is_dataclass(value):
        return [_comparable(getattr(value, field.name)) for field in fields(value)]
    if isinstance(value, Mapping):
        return {name: _comparable(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_comparable(part) for part in value]
    return value if isinstance(value, str | int | float | bytes | None) else repr(value)


def refuses_rubbish(system: str, reader: Reader, folder: Path) -> str:
    """Where the files hold something else, one sentence says so."""
    source, options = reader.sample(folder)
    if not _is_path(source):
        return ""
    for content in (b"", RUBBISH):
        copy = folder / f"rubbish-{len(content)}" / Path(source).name
        for path in _files(Path(source)):
            place = copy / path.relative_to(source) if Path(source).is_dir() else copy
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
        try:
            trained(copy, options, system, folder)
        except NetwrightError as error:
            if "\n" in str(error):
                return f"of {len(content)} bytes of rubbish it says more than one line: {error}"
        shutil.rmtree(copy.parent)
    return ""


def trained(source: Any, options: ReadOptions, system: str, folder: Path) -> Run:
    """A small training, kept in ``folder``."""
    names = ("task", "group", "weight", "series", "time")
    changes = {**SMALL, **{f"data.{name}": getattr(options, name) for name in names}}
    return train(source, target=options.target, system=system, set=changes, store=folder / "runs")


def _is_path(source: Any) -> bool:
    return isinstance(source, str | Path) and Path(source).exists()


def _files(source: Path) -> list[Path]:
    return [source] if source.is_file() else [path for path in source.rglob("*") if path.is_file()]
