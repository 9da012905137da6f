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
from netwright.contract import Claim, Look, Reader, ReadOptions, Source
from netwright.data.sources import suffixes

if TYPE_CHECKING:
    import numpy as np

    from netwright.contract.reading import Reading
    from netwright.data.images.pixel_array import PixelArray

    Array = np.ndarray[Any, Any]

NAME = re.compile(
    r"^(?P<set>.*?)(?P<role>images|labels)[-._]idx\d[-._]u?byte(\.gz)?$", re.IGNORECASE
)
TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
NAMED = suffixes.TABLES | {".npz"}
"""What such a file is called need not be opened to be known."""

MOST_AXES = 4
PART = 1 << 24
SPLITS = {
    "train": "train",
    "t10k": "test",
    "test": "test",
    "dev": "dev",
    "val": "dev",
    "valid": "dev",
}


def recognize(look: Look) -> Claim | None:
    """A folder with images and labels beside each other, or a file that begins as IDX files do.

    Raises:
        DataError: a folder holds several sets.
    """
    if look.kind == "folder":
        return _of_folder(look)
    if look.kind != "file" or look.suffix in NAMED or not is_idx(look):
        return None
    labels = labels_beside(look.path)
    beside = f"; its labels are {labels.name}" if labels else "; no labels file lies beside it"
    return Claim(f"took {look.path} for an IDX file because it begins as one{beside}", 3)


def _of_folder(look: Look) -> Claim | None:
    files = pairs(look)
    if not files:
        return None
    given = [split for split, _, _ in files]
    if len(set(given)) < len(given) or (None in given and len(given) > 1):
        sets = ", ".join(images.name for _, images, _ in files)
        raise DataError(
            f"{look.path} holds several sets of IDX files ({sets}): name one images file, or keep"
            " one set a folder."
        )
    splits = " and ".join(split or "examples" for split in given)
    return Claim(
        f"took {look.path} for IDX files ({splits}) because {files[0][1].name} lies beside"
        f" {files[0][2].name}",
        3,
    )


def pairs(look: Look) -> list[tuple[str | None, Path, Path]]:
    """(split, images, labels) of each pair of IDX files in a folder.

    The split is None when the names hold none.
    """
    files = [look.path / name for name in look.listed().files if NAME.match(name)]
    found = []
    for images in files:
        if _role(images) != "images" or (
            images.suffix == ".gz" and images.with_suffix("") in files
        ):
            continue
        labels = _labels_among(images, files)
        if labels is not None:
            found.append((_split(images), images, labels))
    order = (None, "train", "dev", "test")
    return sorted(found, key=lambda pair: order.index(pair[0]))


def labels_beside(images: Path) -> Path | None:
    """The labels file that belongs to an images file, or None."""
    if NAME.match(images.name) is None:
        return None
    try:
        return _labels_among(images, sorted(images.parent.iterdir()))
    except OSError:  # the folder may not be listed
        return None


def _labels_among(images: Path, files: Sequence[Path]) -> Path | None:
    match = NAME.match(images.name)
    for path in files:
        other = NAME.match(path.name)
        if (
            match
            and other
            and other["role"].lower() == "labels"
            and other["set"].lower() == match["set"].lower()
        ):
            return path
    return None


def is_idx(look: Look) -> bool:
    """Whether a file begins as IDX files do."""
    head = look.head()
    if head[:2] == b"\x1f\x8b":
        with contextlib.suppress(EOFError, zlib.error):
            head = zlib.decompressobj(wbits=31).decompress(head, 4)
    return len(head) >= 4 and head[:2] == b"\0\0" and head[2] in TYPES and is_count(head[3])


def is_count(axes: int) -> bool:
    """Whether an array may have so many axes: those of colour images are the most."""
    return 1 <= axes <= MOST_AXES


def read(look: Look, source: Source) -> Reading:
    """The examples of a folder of IDX files, or of one images file with the labels beside it.

    Raises:
        DataError: a file is damaged, or images and labels do not fit together.
    """
    from netwright.data.sources.arrays import read_arrays, read_parts

    files: Sequence[tuple[str | None, Path, Path | None]] = (
        pairs(look) if look.kind == "folder" else [(None, look.path, labels_beside(look.path))]
    )
    parts = [
        (split, _inputs(images), None if labels is None else _labels(labels))
        for split, images, labels in files
    ]
    task = source.options.task
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
    with _opened(path) as opened:
        return _array(path, *opened)


def _array(path: Path, file: Any, kind: np.dtype[Any], shape: tuple[int, ...]) -> Array:
    """The array that follows the header of an open file."""
    import numpy as np

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
            return _array(path, file, kind, shape)
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
            if (
                len(head) < 4
                or head[:2] != b"\0\0"
                or head[2] not in TYPES
                or not is_count(head[3])
            ):
                raise DataError(
                    f"{path} is no IDX file: it begins with {head.hex(' ') or 'nothing'}, expected"
                    f" 00 00, a type (08 to 0e) and the number of axes (01 to {MOST_AXES:02x})."
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
    from netwright.data.sources.unpack import expect_plausible

    wanted = each * math.prod(shape)
    packed = path.stat().st_size
    content = bytearray()
    while len(content) <= wanted:
        part = file.read(min(PART, wanted + 1 - len(content)))
        if not part:
            break
        content += part
        expect_plausible(str(path), packed, len(content))
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


@contextlib.contextmanager
def _open(path: Path) -> Iterator[Any]:
    """The file, unpacked while it is read if it begins as gzip does."""
    with path.open("rb") as file:
        zipped = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        if not zipped:
            yield file
            return
        with gzip.GzipFile(fileobj=file) as content:
            yield content


def _role(path: Path) -> str:
    match = NAME.match(path.name)
    assert match is not None
    return match["role"].lower()


def _split(path: Path) -> str | None:
    words = re.split(r"[-._]", path.name.lower())
    return next((SPLITS[word] for word in words if word in SPLITS), None)


def sample(folder: Path) -> tuple[Path, ReadOptions]:
    """Forty images of 6x6, of two classes, with their labels."""
    import numpy as np

    labels = np.arange(40, dtype=np.uint8) % 2
    images = np.random.default_rng(0).integers(0, 100, (40, 6, 6), dtype=np.uint8)
    images += 150 * labels[:, None, None]
    for role, array in (("images", images), ("labels", labels)):
        head = bytes([0, 0, 0x08, array.ndim])
        lengths = b"".join(length.to_bytes(4, "big") for length in array.shape)
        path = folder / f"train-{role}-idx{array.ndim}-ubyte"
        path.write_bytes(head + lengths + array.tobytes())
    return folder, ReadOptions()


READER = Reader(
    kind="idx",
    takes="IDX files (the MNIST family's)",
    recognize=recognize,
    read=read,
    sample=sample,
)
