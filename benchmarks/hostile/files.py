"""Every file of a finished run, changed in every way that its format knows."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from benchmarks.hostile import values
from benchmarks.hostile.values import Changed

HUGE_FILE = 2**36
"""Bytes of a file of holes."""


@dataclass(frozen=True)
class Mutation:
    """A single change to a run.

    Args:
        file: its name below the run's folder.
        what: the change, for people.
        apply: makes it, in the run's folder.
    """

    file: str
    what: str
    apply: Callable[[Path], None]

    def __str__(self) -> str:
        return f"{self.file}: {self.what}"


def mutations(run: Path) -> Iterator[Mutation]:
    """Every change to every file of a run, in the order of their names."""
    for path in sorted(run.rglob("*")):
        yield from mutations_of(run, str(path.relative_to(run)))


def mutations_of(run: Path, name: str) -> Iterator[Mutation]:
    """Every change to one file of a run, or to one of its folders."""
    path = run / name
    if path.is_dir():
        yield from links_of_folders(name)
    else:
        yield from in_place_of(name)
        yield from _by_format(name, path)


def _by_format(name: str, path: Path) -> Iterator[Mutation]:
    formats = {
        ".json": json_file,
        ".jsonl": json_lines,
        ".yaml": yaml_file,
        ".csv": csv_file,
        ".parquet": parquet_file,
        ".safetensors": tensor_file,
    }
    if (make := formats.get(path.suffix)) is not None:
        yield from make(name, path)


# --- whatever the format


def in_place_of(name: str) -> Iterator[Mutation]:
    """Something else in the place of a file: nothing, rubbish, a folder, a link, a pipe."""

    def wrong(what: str, put: Callable[[Path], object]) -> Mutation:
        def apply(run: Path) -> None:
            (run / name).unlink()
            put(run / name)

        return Mutation(name, what, apply)

    yield wrong("missing", lambda path: None)
    yield wrong("empty", lambda path: path.write_bytes(b""))
    yield wrong("not UTF-8", lambda path: path.write_bytes(b"\xff\xfe\x00{"))
    yield wrong("zeros", lambda path: path.write_bytes(bytes(4096)))
    yield wrong("deep", lambda path: path.write_bytes(b"[" * 100_000))
    yield wrong("of 2^40 bytes", _of_holes)
    yield wrong("a folder", lambda path: path.mkdir())
    yield wrong("a pipe", lambda path: os.mkfifo(path))
    yield wrong("a link to nothing", lambda path: path.symlink_to("gone"))
    yield wrong("a link to /dev/zero", lambda path: path.symlink_to("/dev/zero"))
    yield wrong("a link to itself", lambda path: path.symlink_to(path.name))
    yield Mutation(name, "cut in half", lambda run: _halved(run / name))
    yield Mutation(name, "a link to where it was moved", lambda run: _moved_out(run / name, run))


def links_of_folders(name: str) -> Iterator[Mutation]:
    """A folder that lies outside the run, and a link to it."""
    yield Mutation(name, "a link to where it was moved", lambda run: _moved_out(run / name, run))
    yield Mutation(name, "missing", lambda run: shutil.rmtree(run / name))


def _of_holes(path: Path) -> None:
    path.touch()
    os.truncate(path, HUGE_FILE)


def _halved(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def outside(run: Path) -> Path:
    """Where what links lead to is moved."""
    return run.parent.parent / "outside"


def _moved_out(path: Path, run: Path) -> None:
    there = outside(run) / path.name
    there.parent.mkdir(exist_ok=True)
    path.rename(there)
    path.symlink_to(there)


def _writing(name: str, what: str, content: bytes | Callable[[], bytes]) -> Mutation:
    """The file with another content, which may be made when it is needed."""

    def apply(run: Path) -> None:
        (run / name).write_bytes(content() if callable(content) else content)

    return Mutation(name, what, apply)


# --- JSON, YAML


def json_file(name: str, path: Path) -> Iterator[Mutation]:
    """Each value of a JSON file replaced."""
    for made in values.changed(json.loads(path.read_text(encoding="utf-8"))):
        yield _writing(name, made.what, made.content)
    if name == "codec.json":
        yield from _large_codecs(name, path)


def _large_codecs(name: str, path: Path) -> Iterator[Mutation]:
    tree = json.loads(path.read_text(encoding="utf-8"))
    if "classes" in tree:
        many = {**tree, "classes": [f"class {at}" for at in range(20_000)]}
        yield _writing(name, "20,000 classes", json.dumps(many).encode())


def json_lines(name: str, path: Path) -> Iterator[Mutation]:
    """Each value of the last line replaced; a line too deep; far too many lines."""
    lines = path.read_text(encoding="utf-8").splitlines()
    for last in {line["event"]: line for line in map(json.loads, lines)}.values():
        for made in values.changed(last):
            yield _writing(name, made.what, partial(_lines, lines, made))
    for kind in ("tweak", "rewind", "stopped", "test_opened"):
        bare = json.dumps({"event": kind})
        yield _writing(name, f"a bare {kind}", "\n".join([*lines, bare]).encode() + b"\n")
    many = '{"event": "stopped", "step": 1, "epoch": 1}\n' * 200_000
    yield _writing(name, "200,000 lines", many.encode())


def _lines(lines: list[str], last: Changed) -> bytes:
    return "\n".join([*lines, last.text(), ""]).encode()


def yaml_file(name: str, path: Path) -> Iterator[Mutation]:
    """Each value of a YAML file replaced; what YAML alone knows."""
    tree = yaml.safe_load(path.read_text(encoding="utf-8"))
    for made in values.changed(tree):
        # JSON is YAML
        yield _writing(name, made.what, made.content)
    bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{chr(98 + at)}: &{chr(98 + at)} [{', '.join([f'*{chr(97 + at)}'] * 9)}]\n"
        for at in range(9)
    )
    for what, text in {
        "a date": "optimizer: {lr: 2026-01-01}",
        "a tag": "optimizer: {lr: !!python/object:os.system x}",
        "an alias bomb": bomb,
        "a list": "- 1",
    }.items():
        yield _writing(name, what, text.encode())


# --- CSV


CELLS = ("nan", "inf", "-1", "0", "1e400", "0.5", "x", "", "9" * 400)


def csv_file(name: str, path: Path) -> Iterator[Mutation]:
    """Each column missing, or with each wrong cell in its first and its last row."""
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))
    header, body = rows[0], rows[1:]
    for at, column in enumerate(header):
        yield _writing(name, f"no column {column}", _csv([_without(row, at) for row in rows]))
        for cell in CELLS:
            for line in {0, len(body) - 1}:
                made = [list(row) for row in body]
                made[line][at] = cell
                what = f"{column} = {cell[:10]!r} in row {line + 2}"
                yield _writing(name, what, _csv([header, *made]))
    yield _writing(name, "a column twice", _csv([[*row, *row] for row in rows]))
    yield _writing(name, "ragged", _csv([*rows, ["1"] * 2_000]))
    yield _writing(name, "the header alone", _csv([header]))
    if "layer" in header:
        many = [[f"layer {k}" if c == "layer" else v for c, v in zip(header, body[0], strict=True)]
                for k in range(3_000)]  # fmt: skip
        yield _writing(name, "3,000 layers", _csv([header, *many]))


def _without(row: list[str], at: int) -> list[str]:
    return [*row[:at], *row[at + 1 :]]


def _csv(rows: list[list[str]]) -> bytes:
    made = io.StringIO(newline="")
    csv.writer(made).writerows(rows)
    return made.getvalue().encode()


# --- Parquet


def parquet_file(name: str, path: Path) -> Iterator[Mutation]:
    """Each column missing, of another type, empty; the notes beside them changed; a bomb."""
    import polars as pl

    frame = pl.read_parquet(path)
    kept = {key: text for key, text in pl.read_parquet_metadata(path).items() if key == "netwright"}

    def made(what: str, made_of: pl.DataFrame, notes: dict[str, str] = kept) -> Mutation:
        return _writing(name, what, lambda: _parquet(made_of, notes))

    count = frame.height
    for column in frame.columns:
        yield made(f"no column {column}", frame.drop(column))
        for what, part in {
            "text": pl.Series(column, ["x\u001b[31m"] * count),
            "numbers": pl.Series(column, [float("nan")] * count),
            "whole numbers": pl.Series(column, [-(2**60)] * count),
            "null": pl.Series(column, [None] * count, dtype=frame.schema[column]),
            "flags": pl.Series(column, [True] * count),
            "lists": pl.Series(column, [[0.5, 0.5]] * count),
            "structures": pl.Series(column, [{"a": 1}] * count),
            "dates": pl.Series(column, [0] * count).cast(pl.Date),
            "bytes": pl.Series(column, [b"\xff"] * count),
            "long texts": pl.repeat("y" * 100_000, count, eager=True).alias(column),
        }.items():
            yield made(f"{column} of {what}", frame.with_columns(part))
    yield made("no rows", frame.clear())
    yield made("a row twice", pl.concat([frame, frame]))
    yield _writing(name, "a bomb", lambda: _bomb(frame.columns[-1], kept))
    if kept:
        for notes in values.changed(json.loads(kept["netwright"])):
            yield _writing(
                name,
                f"notes: {notes.what}",
                partial(_noted, frame, notes),
            )
    content = path.read_bytes()
    for at in range(1, 60, 2):
        yield _writing(name, f"another byte {at} before its end", _flipped(content, -8 - at))
        yield _writing(name, f"another byte {at}", _flipped(content, 4 + at))


def _noted(frame: Any, notes: Changed) -> bytes:
    return _parquet(frame, {"netwright": notes.text()})


def _bomb(column: str, notes: dict[str, str]) -> bytes:
    """One number, 75 million times."""
    import polars as pl

    return _parquet(pl.DataFrame([pl.repeat(0, 75_000_000, eager=True).alias(column)]), notes)


def _parquet(frame: Any, notes: dict[str, str]) -> bytes:
    made = io.BytesIO()
    frame.write_parquet(made, metadata=notes)
    return made.getvalue()


def _flipped(content: bytes, at: int) -> bytes:
    made = bytearray(content)
    made[at] ^= 0xFF
    return bytes(made)


# --- safetensors


def tensor_file(name: str, path: Path) -> Iterator[Mutation]:
    """The header's length, each of its entries, and the JSON beside the tensors."""
    content = path.read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    header, data = json.loads(content[8 : 8 + length]), content[8 + length :]
    for what, claimed in {"zero": 0, "huge": 2**63, "too long": 2**26}.items():
        yield _writing(name, f"a header of {what}", struct.pack("<Q", claimed) + content[8:])
    for made in values.changed({key: part for key, part in header.items() if key[:1] != "_"}):
        yield _writing(name, f"header: {made.what}", partial(_with_header, made, data))
    notes = header.get("__metadata__", {})
    if "state" in notes:
        for made in values.changed(json.loads(notes["state"])):
            yield _writing(
                name,
                f"state: {made.what}",
                partial(_with_state, header, made, data),
            )


def _tensors(header: str, data: bytes) -> bytes:
    text = header.encode()
    return struct.pack("<Q", len(text)) + text + data


def _with_header(header: Changed, data: bytes) -> bytes:
    return _tensors(header.text(), data)


def _with_state(header: dict[str, Any], state: Changed, data: bytes) -> bytes:
    return _tensors(json.dumps({**header, "__metadata__": {"state": state.text()}}), data)
