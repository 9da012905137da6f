"""Files that claim far more than they hold are refused before they unfold; pipes do not block."""

from __future__ import annotations

import io
import os
import re
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from PIL import Image

import recognize
from netwright.base.errors import DataError, NetwrightError, UnreadableError
from netwright.base.parquet import read as read_parquet
from netwright.base.parquet import unfolded as parquet
from netwright.data.images import decode as decode_module
from netwright.data.images.decode import decode
from netwright.data.images.pixels import over_white
from netwright.data.sources.unpack import expect_plausible
from netwright.data.tables import table_files
from netwright.data.tables.judging import Judging


def unfolded(path: Path) -> int:
    with path.open("rb") as file:
        return parquet.unfolded(file.fileno(), path.stat().st_size)


def frame(rows: int) -> pl.DataFrame:
    rng = np.random.default_rng(0)
    return pl.DataFrame(
        {
            "a": rng.normal(size=rows),
            "n": rng.integers(0, 9, rows),
            "word": [f"w{at % 300}" for at in range(rows)],
            "yes": rng.random(rows) < 0.5,
            "none": pl.Series([None] * rows, dtype=pl.Float32),
        }
    )


# --- Parquet


@pytest.mark.parametrize("compression", ["zstd", "snappy", "gzip", "lz4", "brotli"])
def test_what_parquet_unfolds_to_is_told_alike_however_it_is_compressed(
    compression: Any, tmp_path: Path
) -> None:
    some = frame(5000)
    some.write_parquet(tmp_path / "plain.parquet", compression="uncompressed", row_group_size=700)
    some.write_parquet(tmp_path / "packed.parquet", compression=compression, row_group_size=700)
    plain = unfolded(tmp_path / "plain.parquet")
    assert unfolded(tmp_path / "packed.parquet") == plain
    assert some.estimated_size() < plain < 3 * some.estimated_size()


@pytest.mark.parametrize("at", range(0, 400, 7))
def test_a_damaged_footer_is_refused_or_told(at: int, tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    frame(50).write_parquet(path)
    content = bytearray(path.read_bytes())
    content[-8 - at] ^= 0xFF
    path.write_bytes(content)
    try:
        assert unfolded(path) >= 0
    except UnreadableError as error:
        assert "\n" not in str(error)


def test_rows_that_take_no_room_are_refused_before_they_are_read(tmp_path: Path) -> None:
    path = tmp_path / "zeros.parquet"
    pl.select(a=pl.repeat(0, 5_000_000, dtype=pl.Int8)).write_parquet(path)
    assert path.stat().st_size < 100_000
    with pytest.raises(DataError, match=r"zeros\.parquet unfolds from [\d,]+ bytes to 80,000,000"):
        table_files.look(path)


def test_a_page_that_unfolds_without_end_is_refused(tmp_path: Path) -> None:
    path, word = tmp_path / "page.parquet", "x" * 2**24
    words = pl.DataFrame({"a": [f"{word}{at}" for at in range(17)]})
    words.write_parquet(path, compression="zstd")
    assert path.stat().st_size < 2**20
    with pytest.raises(DataError, match=r"page\.parquet unfolds from"):
        table_files.look(path)


def test_one_long_word_in_many_rows_counts_in_each(tmp_path: Path) -> None:
    path = tmp_path / "words.parquet"
    column = pl.Series("a", ["x" * 2**16]).cast(pl.Categorical)
    pl.DataFrame([column.new_from_index(0, 5000)]).write_parquet(path)
    looked = table_files.look(path)
    with pytest.raises(DataError, match=r"words\.parquet unfolds from .* to 327,680,000"):
        list(table_files.table(looked, 2**31, Judging()).parts())


# --- arrays


def test_an_archive_that_claims_gigabytes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez_compressed(path, x=np.zeros((10, 6, 6)), y=np.arange(10) % 2)
    content = bytearray(path.read_bytes())
    at = content.index(b"PK\x01\x02")  # the entry of x in the list at the end
    content[at + 24 : at + 28] = struct.pack("<I", 2**31)
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"a\.npz unfolds from \d+ bytes to 2,147,\d+,\d+: "):
        recognize.read(recognize.recognize(str(path)))


@pytest.mark.parametrize(
    "array",
    [
        np.array([(1, 2.0)] * 6, dtype=[("a", "i4"), ("b", "f8")]),
        np.zeros(6, "V3"),
        np.zeros(6, "M8[D]"),
        np.zeros(6, "c16"),
        np.array(["a"] * 6, "S1"),
        np.array([np.nan] * 6),
        np.array([np.inf, -np.inf] * 3),
        np.array([[["a"]]] * 6),
    ],
    ids=str,
)
def test_odd_arrays_are_one_sentence(array: Any, tmp_path: Path) -> None:
    for x, y in ((array, np.arange(6) % 2), (np.arange(12.0).reshape(6, 2), array)):
        np.savez(tmp_path / "a.npz", x=x, y=y)
        try:
            recognize.read(recognize.recognize(str(tmp_path / "a.npz")))
        except DataError as error:
            assert "\n" not in str(error)


def test_an_idx_file_has_at_most_four_axes(tmp_path: Path) -> None:
    (tmp_path / "a-images-idx3-ubyte").write_bytes(bytes([0, 0, 8, 3, *[0, 0, 0, 1] * 3, 0]))
    head = bytes([0, 0, 8, 65]) + bytes([0, 0, 0, 1]) * 65
    (tmp_path / "a-labels-idx1-ubyte").write_bytes(head + b"\0")
    with pytest.raises(DataError, match=r"number of axes \(01 to 04\)"):
        recognize.read(recognize.recognize(str(tmp_path)))


@pytest.mark.parametrize("fits", [(100, 2**28), (2**20, 2**20 * 200), (2**31, 2**31)])
def test_what_is_plausible(fits: tuple[int, int]) -> None:
    expect_plausible("it", *fits)
    with pytest.raises(DataError, match=r"^it unfolds from"):
        expect_plausible("it", 100, 2**28 + 1)


def read_table(path: Path) -> Any:
    return recognize.read(recognize.recognize(str(path), target="n"))


def panics(*given: Any, **more: Any) -> None:
    raise pl.exceptions.PanicException("index out of bounds")


@pytest.mark.parametrize(
    ("function", "read"),
    [
        ("read_parquet", read_parquet.load),
        ("read_parquet_schema", read_parquet.columns_of),
        ("read_parquet_metadata", read_parquet.metadata_of),
        ("scan_parquet", read_table),
    ],
)
def test_a_panic_of_polars_is_one_sentence(
    function: str, read: Callable[[Path], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No ``Exception`` in Python: it ends a program that does not name it."""
    assert not issubclass(pl.exceptions.PanicException, Exception)
    frame(20).write_parquet(tmp_path / "a.parquet")
    monkeypatch.setattr(pl, function, panics)
    with pytest.raises(NetwrightError, match=r"^[^\n]*index out of bounds[^\n]*$"):
        read(tmp_path / "a.parquet")


def test_parquet_is_read_where_a_panic_becomes_a_sentence() -> None:
    package = Path(read_parquet.__file__).parents[2]
    readers = {
        str(path.relative_to(package))
        for path in package.rglob("*.py")
        if re.search(r"(read|scan)_parquet(_schema|_metadata)?\(", path.read_text())
    }
    assert readers == {
        "base/parquet/read.py",
        "data/tables/formats/parquet.py",
    }


# --- images


def webp_of(width: int, height: int) -> bytes:
    """A lossless WEBP of one color that claims a size: the header of a small one, changed."""
    file = io.BytesIO()
    Image.new("RGB", (16, 16)).save(file, "WEBP", lossless=True)
    content = bytearray(file.getvalue())
    at = content.index(b"VP8L") + 9
    bits = struct.unpack("<I", content[at : at + 4])[0] & 0xF000_0000
    content[at : at + 4] = struct.pack("<I", bits | (height - 1) << 14 | (width - 1))
    return bytes(content)


def test_a_picture_that_a_few_bytes_cannot_hold_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.webp"
    path.write_bytes(webp_of(16, 16))
    assert decode(path).shape == (16, 16, 3)
    path.write_bytes(webp_of(13_000, 13_000))
    with pytest.raises(DataError, match=r"claims 13,000 x 13,000 pixels: expected 1 to 16,777,216"):
        decode(path)


@pytest.mark.parametrize(
    ("kind", "bytes_", "pixels"),
    [
        ("WEBP", 300_000, 2**25),  # 169 million of these took 2.9 GB
        ("TIFF", 300_000, 2**25),
        ("PNG", 4_000_000, 128_000_000),
        ("JPEG", 300_000, 180_000_000),
        ("WEBP", 1_000, 2**24),
        ("WEBP", 2**29, 2**25),
        ("TIFF", 2**29, 180_000_000),
    ],
)
def test_how_many_pixels_a_file_may_claim(kind: str, bytes_: int, pixels: int) -> None:
    assert decode_module._most(kind, bytes_) == pixels


def test_a_large_picture_in_a_padded_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.webp"
    path.write_bytes(webp_of(13_000, 13_000) + bytes(300_000))
    with pytest.raises(DataError, match=r"expected 1 to 33,554,432 .*scale it down"):
        decode(path)


def png_of(side: int, kind: int, depth: int) -> bytes:
    """A PNG of zeros that claims a size; its file is full enough for that."""
    head = struct.pack(">II5B", side, side, depth, kind, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", bytes(6_000_000)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(held)) + name + held + struct.pack(">I", zlib.crc32(name + held))
        for name, held in chunks
    )


@pytest.mark.parametrize(
    ("kind", "depth", "most"),
    [(2, 8, 134_217_728), (6, 8, 80_530_636), (0, 16, 80_530_636), (4, 8, 178_956_970)],
)
def test_what_decoding_takes_is_bounded_however_full_the_file_is(
    kind: int, depth: int, most: int, tmp_path: Path
) -> None:
    """Color, transparency and 16 bits; grey is refused by Pillow alone."""
    path = tmp_path / "a.png"
    for side, fits in ((int(most**0.5), True), (int(most**0.5) + 1, False)):
        content = png_of(side, kind, depth)
        if fits:
            decode_module.opened(content, path).close()
            continue
        with pytest.raises(DataError, match=r"a\.png claims .* pixels: expected 1 to"):
            decode_module.opened(content, path)


def test_transparency_lies_over_white_in_parts_as_at_once() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (1100, 1000, 4), np.uint8)
    alpha = pixels[..., 3:] / 255
    white = np.floor(pixels[..., :3] * alpha + 255 * (1 - alpha) + 127 / 255 + 1e-9)
    assert np.array_equal(over_white(pixels), white)
    assert over_white(pixels[..., :2]).shape == (1100, 1000, 1)


def test_what_is_no_photograph_is_not_opened(tmp_path: Path) -> None:
    """PostScript would run a program."""
    path = tmp_path / "a.png"
    path.write_bytes(
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\nshowpage\n"
    )
    with pytest.raises(DataError, match="is not an image that can be read"):
        decode(path)


# --- pipes and devices


@pytest.mark.parametrize("name", ["a.png", "a.json", "a.csv"])
def test_a_pipe_in_a_folder_is_not_waited_for(name: str, tmp_path: Path) -> None:
    for label in ("x", "y"):
        (tmp_path / label).mkdir()
        for at in range(3):
            Image.new("L", (8, 8), 30 * at).save(tmp_path / label / f"{at}.png")
    os.mkfifo(tmp_path / "x" / name)
    try:
        found = recognize.read(recognize.recognize(str(tmp_path)))
        assert len(found.examples) == 6
    except DataError as error:
        assert name in str(error) and "it is no file" in str(error)


def test_a_damaged_zip_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.npy", b"\x93NUMPY\x01\x00v\x00{" + zlib.compress(b"nothing"))
    with pytest.raises(DataError, match=r"a\.npz cannot be read as \.npz"):
        recognize.read(recognize.recognize(str(path)))
