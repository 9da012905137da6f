"""Arrays in an .npz file: x and y, or x_train, y_train, x_test, y_test.

Also x_dev or x_val, and weights, or weights_train and so on.
"""

from __future__ import annotations

import lzma
import math
import tokenize
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy

from netwright.base.errors import DataError
from netwright.contract import Source
from netwright.contract.reading import Reading
from netwright.data.images.pixel_array import PixelArray, Slab, each_of
from netwright.data.sources.arrays import Array, read_arrays, read_parts
from netwright.data.sources.unpack import LARGE, expect_plausible, unpacked
from netwright.data.weights import weighed

SPLITS = (
    ("x_train", "train"),
    ("x_dev", "dev"),
    ("x_val", "dev"),
    ("x_valid", "dev"),
    ("x_test", "test"),
)

BEGINNING = 1 << 20
"""Bytes of an array by which a reader knows what it holds."""

DAMAGE = (
    OSError,
    ValueError,
    EOFError,
    KeyError,
    RuntimeError,  # an encrypted member, or one packed in a way that Python does not know
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    OverflowError,
    MemoryError,
)
"""What is raised about a file that is damaged, encrypted or not what it claims."""


def read_npz(source: Source) -> Reading:
    """The examples of an .npz file; nothing pickled is loaded.

    Raises:
        DataError: it is no such file, or its arrays do not fit together.
    """
    held = _held(Path(source.path))
    task = source.options.task
    targets = {
        name: value
        for name, value in held.items()
        if name.startswith("y") and not isinstance(value, PixelArray)
    }
    parts = [(split, held[x], targets.get("y" + x[1:])) for x, split in SPLITS if x in held]
    if not parts and "x" in held:
        found = read_arrays(held["x"], targets.get("y"), task=task, source=source)
        return weighed(found, held["weights"]) if "weights" in held else found
    if not parts:
        raise DataError(
            f"{source.path} holds {', '.join(sorted(held)) or 'nothing'}: expected x and y, or"
            " x_train, y_train, x_test, y_test."
        )
    found = read_parts(parts, source, task)
    return _weighed_parts(
        found, {split: held.get("weights" + x[1:]) for x, split in SPLITS if x in held}
    )


def _weighed_parts(found: Reading, weights: Mapping[str, Any]) -> Reading:
    """With the weights of every split, put one after the other."""
    lacking = [split for split, part in weights.items() if part is None]
    if len(lacking) == len(weights):
        return found
    if lacking:
        raise DataError(
            f"{found.source.path} has weights for some splits, but not for {lacking[0]}: expected"
            f" weights_{lacking[0]}, or none."
        )
    return weighed(found, np.concatenate([np.asarray(part) for part in weights.values()]))


def arrays_in(path: Path) -> dict[str, Array]:
    """The arrays by lower-case name, all read whole; nothing pickled is loaded.

    Raises:
        DataError: it is no such file.
    """
    found = _held(path, whole=True)
    return {name: value for name, value in found.items() if not isinstance(value, PixelArray)}


def beginning(path: Path, names: Sequence[str]) -> tuple[int, Array] | None:
    """Of the first of these arrays that the file holds: how many axes it has, and its first
    numbers in the order in which they lie; None where there is none, or it cannot be read.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            there = {one.filename.removesuffix(".npy").lower(): one for one in archive.infolist()}
            found = next((there[name] for name in names if name in there), None)
            if found is None:
                return None
            with archive.open(found) as file:
                shape, _, kind = _header(file)
                if kind.hasobject:
                    return None
                content = file.read(BEGINNING // kind.itemsize * kind.itemsize)
                whole = len(content) // kind.itemsize * kind.itemsize
                return len(shape), np.frombuffer(content[:whole], kind)
    except DAMAGE:
        return None


def _held(path: Path, whole: bool = False) -> dict[str, Array | PixelArray]:
    """The arrays by lower-case name; images of bytes stay in the file until they are needed, unless
    all are to be read whole.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = [member for member in archive.infolist() if member.filename.endswith(".npy")]
            unfolded = sum(member.file_size for member in members)
            expect_plausible(str(path), path.stat().st_size, unfolded)
            return {
                member.filename.removesuffix(".npy").lower(): _member(path, archive, member, whole)
                for member in members
            }
    except DAMAGE as error:
        raise DataError(
            f"{path} cannot be read as .npz:"
            f" {(str(error).splitlines() or ['damaged'])[0].rstrip('.')}."
        ) from None


def _member(
    path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo, whole: bool
) -> Array | PixelArray:
    with archive.open(member) as file:
        shape, by_column, kind = _header(file)
        each, size, header = each_of(shape), math.prod(shape), file.tell()
        if kind.hasobject or member.file_size != header + size * kind.itemsize:
            what = "objects" if kind.hasobject else "more or fewer bytes than its shape needs"
            raise ValueError(f"{member.filename} holds {what}")
        stored = member.compress_type == zipfile.ZIP_STORED
        in_file = (
            not whole
            and each is not None
            and kind == np.uint8
            and not by_column
            and member.file_size == header + size
        )
        if each is not None and in_file and stored:
            return PixelArray.of(Slab(path, _content(path, member) + header, shape[0]), each=each)
        if each is not None and in_file and size >= LARGE:
            return PixelArray.of(
                Slab(unpacked(path, file, member.filename, size), 0, shape[0]), each=each
            )
    with archive.open(member) as file:
        array: Array = npy.read_array(file, allow_pickle=False)
        return array


def _header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Shape, whether columns lie together, and type of the array that follows."""
    version = npy.read_magic(file)
    read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    try:
        return read(file)
    except (SyntaxError, TypeError, RecursionError, tokenize.TokenError):  # a Python literal
        raise ValueError("the header of an array in it is damaged") from None


def _content(path: Path, member: zipfile.ZipInfo) -> int:
    """The byte where a stored member's content begins.

    Before it lie the member's own header, its name and an extra field.
    """
    with path.open("rb") as file:
        file.seek(member.header_offset + 26)
        name, extra = (int.from_bytes(file.read(2), "little") for _ in range(2))
    return member.header_offset + 30 + name + extra
