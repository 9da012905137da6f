"""IDX files, the MNIST family's own format.

Two zero bytes, a type, the number of axes, their lengths, the values.
"""

from __future__ import annotations

import contextlib
import gzip
import math
import re
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netwright.base.errors import DataError
from netwright.contract import Source

if TYPE_CHECKING:
    import numpy as np

    from netwright.contract.reading import Reading
    from netwright.data.images.pixel_array import PixelArray

    Array = np.ndarray[Any, Any]

NAME = re.compile(
    r"^(?P<set>.*?)(?P<role>images|labels)[-._]idx\d[-._]u?byte(\.gz)?$", re.IGNORECASE
)
TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
PART = 1 << 24
SPLITS = {
    "train": "train",
    "t10k": "test",
    "test": "test",
    "dev": "dev",
    "val": "dev",
    "valid": "dev",
}


def pairs(folder: Path) -> list[tuple[str | None, Path, Path]]:
    """(split, images, labels) of each pair of IDX files in a folder.

    The split is None when the names hold none.
    """
    files = sorted(path for path in folder.iterdir() if NAME.match(path.name))
    found = []
    for images in files:
        if _role(images) != "images" or (
            images.suffix == ".gz" and images.with_suffix("") in files
        ):
            continue
        labels = labels_beside(images)
        if labels is not None:
            found.append((_split(images), images, labels))
    order = (None, "train", "dev", "test")
    return sorted(found, key=lambda pair: order.index(pair[0]))


def labels_beside(images: Path) -> Path | None:
    """The labels file that belongs to an images file, or None."""
    match = NAME.match(images.name)
    if match is None or not images.parent.is_dir():
        return None
    for path in sorted(images.parent.iterdir()):
        other = NAME.match(path.name)
        if (
            other
            and other["role"].lower() == "labels"
            and other["set"].lower() == match["set"].lower()
        ):
            return path
    return None


def is_idx(path: Path) -> bool:
    """Whether a file begins as IDX files do."""
    try:
        with _open(path) as file:
            head = file.read(4)
    except (OSError, EOFError, zlib.error):
        return False
    return len(head) == 4 and head[:2] == b"\0\0" and head[2] in TYPES and 1 <= head[3] <= 4


def read_idx(source: Source) -> Reading:
    """The examples of a folder of IDX files, or of one images file with the labels beside it.

    Raises:
        DataError: a file is damaged, or images and labels do not fit together.
    """
    from netwright.data.sources.arrays import read_arrays, read_parts

    parts = [
        (split, _inputs(Path(images)), None if labels is None else _labels(Path(labels)))
        for split, images, labels in source.options["files"]
    ]
    task = source.options.get("task") or "auto"
    task = "classification" if task == "auto" and parts[0][2] is not None else task
    # no test set comes with it: the splits are ours to make
    if len(parts) == 1 and parts[0][0] in (None, "train"):
        _, x, y = parts[0]
        return read_arrays(x, y, task=task, source=source)
    return read_parts(parts, source, task)


def read_array(path: Path) -> Array:
    """The array in an IDX file (gzip or not).

    Raises:
        DataError: no IDX file, cut short, or longer than its header says.
    """
    import numpy as np

    with _opened(path) as (file, kind, shape):
        content = _read(file, path, shape, kind.itemsize)
    return np.frombuffer(content, kind).reshape(shape).astype(kind.newbyteorder("="), copy=False)


def _inputs(path: Path) -> Array | PixelArray:
    """Images of bytes stay in their file and are read when asked for; anything else is read."""
    from netwright.data.images.pixel_array import PixelArray, Slab, each_of
    from netwright.data.sources.unpack import LARGE, unpacked

    with _opened(path) as (file, kind, shape):
        each, size, start = each_of(shape), math.prod(shape), file.tell()
        zipped = isinstance(file, gzip.GzipFile)
        if each is None or kind.itemsize > 1 or (zipped and size < LARGE):
            return read_array(path)
        if zipped:
            path, start = unpacked(path, file, "images", size), 0
    if path.stat().st_size != start + size:
        raise _wrong_size(path, shape, size, path.stat().st_size - start)
    return PixelArray.of(Slab(path, start, shape[0]), each=each)


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[tuple[Any, np.dtype[Any], tuple[int, ...]]]:
    """The file after its header, the type of its values and the lengths of its axes.

    Raises:
        DataError: it has no such header, or cannot be read.
    """
    import numpy as np

    try:
        with _open(path) as file:
            head = file.read(4)
            if len(head) < 4 or head[:2] != b"\0\0" or head[2] not in TYPES or head[3] == 0:
                raise DataError(
                    f"{path} is no IDX file: it begins with {head.hex(' ') or 'nothing'}, expected"
                    " 00 00, a type (08 to 0e) and the number of axes."
                )
            lengths = file.read(4 * head[3])
            if len(lengths) < 4 * head[3]:
                raise DataError(f"{path} is cut short: its header ends too early; fetch it again.")
            shape = tuple(
                int.from_bytes(lengths[at : at + 4], "big") for at in range(0, len(lengths), 4)
            )
            yield file, np.dtype(TYPES[head[2]]), shape
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(
            f"{path} cannot be read:"
            f" {error.strerror if isinstance(error, OSError) and error.strerror else error}; fetch"
            " it again."
        ) from None


def _read(file: Any, path: Path, shape: Sequence[int], each: int) -> bytearray:
    """Exactly the bytes that the shape needs, a part at a time: a false header fills no memory."""
    wanted = each * math.prod(shape)
    content = bytearray()
    while len(content) <= wanted:
        part = file.read(min(PART, wanted + 1 - len(content)))
        if not part:
            break
        content += part
    if len(content) != wanted:
        raise _wrong_size(path, shape, wanted, len(content))
    return content


def _wrong_size(path: Path, shape: Sequence[int], wanted: int, found: int) -> DataError:
    holds = "more" if found > wanted else f"{found:,}"
    return DataError(
        f"{path} should hold {wanted:,} bytes for the shape {tuple(shape)} but holds {holds}: fetch"
        " it again."
    )


def _labels(path: Path) -> Array:
    labels = read_array(path)
    if labels.ndim != 1:
        raise DataError(f"{path} has the shape {labels.shape}: expected one label an image.")
    return labels


def _open(path: Path) -> Any:
    with path.open("rb") as file:
        zipped = file.read(2) == b"\x1f\x8b"
    return gzip.open(path, "rb") if zipped else path.open("rb")


def _role(path: Path) -> str:
    match = NAME.match(path.name)
    assert match is not None
    return match["role"].lower()


def _split(path: Path) -> str | None:
    words = re.split(r"[-._]", path.name.lower())
    return next((SPLITS[word] for word in words if word in SPLITS), None)
