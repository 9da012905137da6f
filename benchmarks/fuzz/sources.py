"""Small valid sources of every kind that is read, to be changed and read again."""

from __future__ import annotations

import gzip
import os
import shutil
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.fuzz.edits import Edit, edited
from netwright import systems
from netwright.contract import Reader

SIDE = 8
"""Pixels of an image, down and across."""


@dataclass(frozen=True)
class Sample:
    """A valid source.

    Args:
        folder: that holds it and nothing else.
        source: what a person would point at, from there.
        target: the column to predict; None: none need be named.
        files: those to change.
    """

    name: str
    folder: Path
    source: str
    target: str | None
    files: tuple[Path, ...]

    def command(self, folder: Path) -> list[str]:
        """``data SOURCE --target COLUMN`` of a copy in ``folder``."""
        named = ["--target", self.target] if self.target else []
        return ["data", str(folder / self.source), *named]


def samples(folder: Path) -> list[Sample]:
    """One of every reader, and of every format that a reader takes beside its sample's."""
    found = []
    for name, reader in readers().items():
        place = folder / name
        place.mkdir(parents=True)
        source, options = reader.sample(place)
        if isinstance(source, Path):
            found.append(_sample(name, place, source, options.target))
    for name, write in MORE.items():
        place = folder / name
        place.mkdir(parents=True)
        found.append(_sample(name, place, write(place), "y" if name in TABLES else None))
    return found


def readers() -> dict[str, Reader]:
    """Kind -> reader, of all systems."""
    return {
        reader.kind: reader
        for name in systems.places()
        for reader in systems.readers(name)
        if reader.kind != "ready"
    }


def changed(sample: Sample, file: Path, edits: Sequence[Edit], into: Path) -> Path:
    """A copy of a sample, in an empty folder, with one of its files changed."""
    if into.exists():
        shutil.rmtree(into)
    shutil.copytree(sample.folder, into, copy_function=os.link)
    place = into / file
    content = place.read_bytes()
    place.unlink()
    place.write_bytes(edited(content, edits))
    return into


def _sample(name: str, folder: Path, source: Path, target: str | None) -> Sample:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    # of many alike the first few; those that are unlike the others are among them
    chosen = list(_few_of_each(files))
    return Sample(
        name,
        folder,
        str(source.relative_to(folder)),
        target,
        tuple(path.relative_to(folder) for path in chosen),
    )


def _few_of_each(files: Sequence[Path], most: int = 2) -> Iterator[Path]:
    count: dict[tuple[Path, str], int] = {}
    for path in files:
        kind = path.parent, path.suffix
        count[kind] = count.get(kind, 0) + 1
        if count[kind] <= most:
            yield path


def _parquet(folder: Path) -> Path:
    import datetime

    import polars as pl

    path = folder / "table.parquet"
    pl.DataFrame(
        {
            "size": [at / 10 for at in range(30)],
            "n": [at % 7 for at in range(30)],
            "word": ["red", "green", None] * 10,
            "yes": [at % 2 == 0 for at in range(30)],
            "day": [datetime.date(2026, 1, 1 + at) for at in range(30)],
            "y": ["small", "large"] * 15,
        }
    ).write_parquet(path)
    return path


def _plain_parquet(folder: Path) -> Path:
    import polars as pl

    path = folder / "plain.pq"
    pl.DataFrame(
        {"a": [at / 3 for at in range(20)], "y": [at % 2 for at in range(20)]}
    ).write_parquet(path, compression="uncompressed", statistics=False)
    return path


def _quoted(folder: Path) -> Path:
    path = folder / "quoted.tsv"
    rows = [
        f'"a ""{at}"""\t{at},5\t{"NA" if at % 5 == 0 else at}\t{"uv"[at % 2]}' for at in range(20)
    ]
    path.write_text("\n".join(["word\tcomma\tn\ty", *rows]) + "\n", encoding="utf-8")
    return path


def _text(folder: Path) -> Path:
    path = folder / "table.txt"
    path.write_text("a;y\n" + "".join(f"{at};{at % 2}\n" for at in range(20)), encoding="utf-8")
    return path


def _json_lines(folder: Path) -> Path:
    path = folder / "rows.ndjson"
    rows = [f'{{"a": {at}.5, "b": "w{at % 3}", "c": null, "y": {at % 2}}}' for at in range(20)]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def _images(folder: Path) -> Path:
    """Two classes, one image of each format in each."""
    import numpy as np
    from PIL import Image

    rng = np.random.default_rng(0)
    for name, least in (("dark", 0), ("light", 200)):
        (folder / name).mkdir()
        for ending in ("png", "jpg", "webp", "gif", "tif", "bmp", "ppm", "ico", "tga", "jp2"):
            pixels = rng.integers(least, least + 56, (SIDE, SIDE, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / name / f"it.{ending}")
    return folder


def _arrays(folder: Path, write: Callable[..., None], dtype: str) -> Path:
    import numpy as np

    x = (np.arange(20 * 6 * 6) % 256).reshape(20, 6, 6).astype(dtype)
    write(folder / "arrays.npz", x_train=x, y_train=np.arange(20) % 2, x_test=x, y_test=[0, 1] * 10)
    return folder / "arrays.npz"


def _stored(folder: Path) -> Path:
    import numpy as np

    return _arrays(folder, np.savez, "uint8")


def _compressed(folder: Path) -> Path:
    import numpy as np

    return _arrays(folder, np.savez_compressed, "uint16")


def _gzipped_idx(folder: Path) -> Path:
    images = bytes([0, 0, 8, 3, 0, 0, 0, 20, 0, 0, 0, 6, 0, 0, 0, 6]) + bytes(range(240)) * 3
    labels = bytes([0, 0, 0x0D, 1, 0, 0, 0, 20]) + bytes([63, 128, 0, 0, 0, 0, 0, 0]) * 10
    (folder / "t-images-idx3-ubyte.gz").write_bytes(gzip.compress(images, mtime=0))
    (folder / "t-labels-idx1-ubyte").write_bytes(labels)
    return folder


ARFF_WORDS = ("u", "'v w'", "?")


def _arff(folder: Path) -> Path:
    head = (
        "% a\n@relation r\n@attribute a numeric\n@attribute 'b c' {u,'v w'}\n@attribute y {0,1}\n"
    )
    rows = "".join(f"{at},{ARFF_WORDS[at % 3]},{at % 2}\n" for at in range(20))
    (folder / "table.arff").write_text(f"{head}@data\n{rows}", encoding="utf-8")
    return folder / "table.arff"


def _orange(folder: Path) -> Path:
    rows = "".join(f"{at}\tw{at % 3}\tn{at}\t{at % 2}\n" for at in range(20))
    text = f"a\tb\tc\ty\nc\td\ts\td\n\t\tmeta\tclass\n{rows}"
    (folder / "table.tab").write_text(text, encoding="utf-8")
    return folder / "table.tab"


def _utf16(folder: Path) -> Path:
    text = "sep=;\n# made\na;b;y\n" + "".join(f"{at};{at}.5;{at % 2}\n" for at in range(20))
    (folder / "table.csv").write_text(text, encoding="utf-16")
    return folder / "table.csv"


def _blanks(folder: Path) -> Path:
    text = '"a" "b c" "y"\n' + "".join(f'"r{at}"  {at} 1.5   {at % 2}\n' for at in range(20))
    (folder / "table.txt").write_text(text, encoding="utf-8")
    return folder / "table.txt"


def _gzipped_table(folder: Path) -> Path:
    text = "a,b,y\n" + "".join(f"{at},w{at % 3},{at % 2}\n" for at in range(20))
    (folder / "table.csv.gz").write_bytes(gzip.compress(text.encode(), mtime=0))
    return folder / "table.csv.gz"


def _zipped_table(folder: Path) -> Path:
    text = "a,b,y\n" + "".join(f"{at},w{at % 3},{at % 2}\n" for at in range(20))
    with zipfile.ZipFile(folder / "table.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inside/table.csv", text)
    return folder / "table.zip"


MORE: dict[str, Callable[[Path], Path]] = {
    "parquet": _parquet,
    "plain-parquet": _plain_parquet,
    "quoted": _quoted,
    "delimited-text": _text,
    "ndjson": _json_lines,
    "arff": _arff,
    "orange": _orange,
    "utf-16": _utf16,
    "blanks": _blanks,
    "gzipped-table": _gzipped_table,
    "zipped-table": _zipped_table,
    "formats": _images,
    "stored": _stored,
    "compressed": _compressed,
    "gzipped-idx": _gzipped_idx,
}
TABLES = (
    "parquet",
    "plain-parquet",
    "quoted",
    "delimited-text",
    "ndjson",
    "arff",
    "orange",
    "utf-16",
    "blanks",
    "gzipped-table",
    "zipped-table",
)
