"""What is given damaged input: readers, the files of a run, options that take a value."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

Prepare = Callable[[bytes], list[str]]
"""Damaged content, put where a command finds it -> the command."""

MOST_SEEDS = 6
"""Files of a sample that are damaged, at most, of each kind of file."""

OF_RUN = {
    "runs": ("--store", "STORE"),
    "show": ("RUN", "--store", "STORE"),
    "report": ("RUN", "--store", "STORE", "--out", "OUT"),
    "diagnose": ("RUN", "--store", "STORE"),
    "predict": ("RUN", "SOURCE", "--store", "STORE"),
    "evaluate": ("RUN", "SOURCE", "--store", "STORE"),
    "note": ("RUN", "--store", "STORE"),
    "train": ("--repeat", "RUN", "--store", "STORE"),
}
"""Verb that reads a run -> what it is given."""

OF_SOURCE = {
    "data": ("SOURCE",),
    "train": ("SOURCE", "--store", "STORE"),
    "search": ("SOURCE", "--store", "STORE"),
    "find-lr": ("SOURCE",),
    "batch-size": ("SOURCE",),
    "summary": ("SOURCE",),
}
"""Verb that reads a source -> what it is given."""

NOT_TRIED = ("--storage", "--worker", "--workers")
"""Options that would call other machines, or start processes."""

VALUES = (
    *("1", "0.1", "1%", "10m", "1.5h", "name", "a,b", "file.svg", "last", "a=b", "dev=0.1/0.2"),
    *("optimizer.lr=0.01", "model.hidden=[8]", "training.epochs=2", "split.dev=0.3", "a/b"),
    *("optimizer.lr=1e-3:1e-1:log", "optimizer.name=sgd,adamw", "latency<=5ms", "(x+1)*y", "x=2"),
)
"""What is damaged to be the value of an option or an argument."""


@dataclass(frozen=True)
class Target:
    """One place where input comes in.

    Args:
        name: what is damaged and who reads it, as a path: ``run/measures.json/show``.
        seeds: good contents.
        prepare: puts content there.
        weight: how often it is tried, beside the others.
    """

    name: str
    seeds: tuple[bytes, ...]
    prepare: Prepare
    weight: float = 1.0


def targets(folder: Path, run: Path, source: str) -> list[Target]:
    """All of them.

    Args:
        folder: empty; what is written is written there.
        run: a complete run, which is copied.
        source: what it was trained on.
    """
    return [
        *of_readers(folder / "sources"),
        *of_files(folder / "runs", run, source),
        *of_options(folder, run, source),
    ]


# --- sources


def of_readers(folder: Path) -> Iterator[Target]:
    """The files of each reader's sample, read by ``netwright data``."""
    from netwright import systems

    readers = [reader for name in systems.names() for reader in systems.readers(name)]
    for kind, reader in {reader.kind: reader for reader in readers}.items():
        place = folder / kind
        (place / "sample").mkdir(parents=True)
        written, options = reader.sample(place / "sample")
        if isinstance(written, Path):
            more = ("--target", options.target) if options.target else ()
            yield from _files_of(place, written, more)
    yield from _other_formats(folder)


def _files_of(place: Path, source: Path, more: Sequence[str] = ()) -> Iterator[Target]:
    """A target for each suffix that a source's files have, each on a copy of the place where it
    lies.
    """
    for suffix in sorted({path.suffix for path in place.rglob("*") if path.is_file()}):
        copy = place.with_name(f"{place.name}{suffix}-damaged")
        shutil.copytree(place, copy)
        files = [path for path in sorted(copy.rglob("*")) if path.is_file()]
        some = [path for path in files if path.suffix == suffix][:MOST_SEEDS]
        command = ["data", str(copy / source.relative_to(place)), *more]
        yield Target(
            f"{place.name}/{suffix.lstrip('.') or 'file'}",
            tuple(path.read_bytes() for path in some),
            partial(_written, some[0], command),
            weight=4,
        )


def _other_formats(folder: Path) -> Iterator[Target]:
    """Formats that no sample has: Parquet, and images of other kinds."""
    import numpy as np
    import polars as pl
    from PIL import Image

    table = folder / "parquet" / "table.parquet"
    table.parent.mkdir()
    pl.DataFrame(
        {"x": [1.5, 2.5] * 20, "word": ["a", "b"] * 20, "y": ["p", "q"] * 20}
    ).write_parquet(table)
    yield from _files_of(table.parent, table, ("--target", "y"))
    pixels = np.random.default_rng(0).integers(0, 255, (12, 12, 3), dtype=np.uint8)
    for suffix in ("jpg", "webp", "gif", "bmp", "tiff"):
        place = folder / f"images-{suffix}"
        for name in ("a", "b"):
            (place / "images" / name).mkdir(parents=True)
            for number in range(3):
                image = Image.fromarray(pixels // (number + 1))
                image.save(place / "images" / name / f"{number}.{suffix}")
        yield from _files_of(place, place / "images")


def _written(path: Path, command: list[str], content: bytes) -> list[str]:
    path.write_bytes(content)
    return command


# --- a run


def of_files(folder: Path, run: Path, source: str) -> Iterator[Target]:
    """Each file of a run, read by each verb that reads runs."""
    for path in sorted(run.rglob("*")):
        name = path.relative_to(run).as_posix()
        if path.is_dir() or name in (".lock", "report.html"):
            continue
        for verb in OF_RUN:
            yield Target(
                f"run/{name}/{verb}",
                (path.read_bytes(),),
                partial(_in_run, folder, run, source, name, verb),
                weight=0.3 if verb in ("report", "diagnose", "predict", "evaluate", "train") else 1,
            )


def _in_run(
    folder: Path, run: Path, source: str, name: str, verb: str, content: bytes
) -> list[str]:
    """A fresh copy of the run with one file damaged."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(run, folder / run.name)
    (folder / run.name / name).write_bytes(content)
    return [verb, *_given(OF_RUN[verb], folder, run.name, source)]


def _given(words: Sequence[str], store: Path, run: str, source: str) -> list[str]:
    names = {"STORE": str(store), "RUN": run, "SOURCE": source, "OUT": str(store / "out.html")}
    return [names.get(word, word) for word in words]


# --- options


def of_options(folder: Path, run: Path, source: str) -> Iterator[Target]:
    """Each option and argument of each verb that takes a value."""
    import click

    from netwright.cli.main import GROUPS, command

    store = folder / "store"
    shutil.copytree(run, store / run.name)
    context = click.Context(command)
    for verb in GROUPS:
        found = command.get_command(context, verb)
        assert found is not None
        base = [*_given({**OF_RUN, **OF_SOURCE}.get(verb, ()), store, run.name, source)]
        for parameter in found.params:
            option = parameter.opts[-1]
            if getattr(parameter, "is_flag", False) or option in NOT_TRIED:
                continue
            yield Target(
                f"option/{verb}/{option.lstrip('-')}",
                tuple(value.encode() for value in VALUES),
                partial(_typed, verb, base, option),
                weight=0.5,
            )


def _typed(verb: str, base: list[str], option: str, content: bytes) -> list[str]:
    """The verb with the content as the value; what no command line can hold is left out."""
    value = os.fsdecode(content.replace(b"\x00", b"")[:100_000])
    if option.startswith("-"):
        return [verb, *base, f"{option}={value}" if option.startswith("--") else f"{option}{value}"]
    return [verb, *(base[1:] if base and not base[0].startswith("-") else base), value]


def named(found: Sequence[Target], name: str) -> Target:
    """The target of that name."""
    (one,) = [target for target in found if target.name == name]
    return one
