"""Images of more than 8 bits a channel: read to the last bit, and scaled by one rule over a source,
which the codec keeps.
"""

from __future__ import annotations

import io
import json
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image, ImageOps

import netwright as nw
from netwright.base.errors import DataError, RecipeError
from netwright.cli.main import command
from netwright.data.images.decode import decode, shape_of_file
from netwright.data.images.formats import depth

pytestmark = pytest.mark.usefixtures("no_reports")

RNG = np.random.default_rng(0)


def png(values: Any) -> bytes:
    """(H, W, 1 to 4) whole numbers as a PNG of 16 bits, which Pillow cannot write in colour."""
    high, wide, channels = values.shape
    lines = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    kind = {1: 0, 2: 4, 3: 2, 4: 6}[channels]

    def chunk(name: bytes, data: bytes) -> bytes:
        body = name + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", wide, high, 16, kind, 0, 0, 0)
    parts = [chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(lines)), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def tiff(values: Any, order: str) -> bytes:
    """(H, W, 3) whole numbers as a TIFF of 16 bits, by hand; ``order`` is < or >."""
    high, wide, channels = values.shape
    body = values.astype(f"{order}u2").tobytes()
    at = 8 + len(body)
    tags = [
        (256, 3, 1, wide),
        (257, 3, 1, high),
        (258, 3, 3, at),
        (259, 3, 1, 1),
        (262, 3, 1, 2),
        (273, 4, 1, 8),
        (277, 3, 1, channels),
        (278, 3, 1, high),
        (279, 4, 1, len(body)),
    ]
    out = (b"II" if order == "<" else b"MM") + struct.pack(f"{order}HI", 42, at + 6) + body
    out += struct.pack(f"{order}3H", 16, 16, 16) + struct.pack(f"{order}H", len(tags))
    for tag, kind, count, value in tags:
        short = kind == 3 and count == 1
        held = struct.pack(f"{order}H2x", value) if short else struct.pack(f"{order}I", value)
        out += struct.pack(f"{order}HHI", tag, kind, count) + held
    return out + b"\0\0\0\0"


def by_hand(values: Any, white: float) -> Any:
    return np.floor(np.minimum(values.astype(float), white) * 255 / white + 0.5).astype(np.uint8)


WAYS = {
    "grey png": lambda v: png(v[..., :1]),
    "colour png": png,
    "little tiff": lambda v: tiff(v, "<"),
    "big tiff": lambda v: tiff(v, ">"),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("white", [None, 4095, 65535])
def test_all_bits_are_read(way: str, white: float | None, tmp_path: Path) -> None:
    values = RNG.integers(0, 65536 if white is None else int(white) + 200, (5, 7, 3)).clip(0, 65535)
    path = tmp_path / "one.img"
    path.write_bytes(WAYS[way](values))
    wanted = values[..., :1] if way == "grey png" else values
    assert (decode(path, white) == by_hand(wanted, 65535 if white is None else white)).all()
    assert shape_of_file(path) == wanted.shape


@pytest.mark.parametrize("compression", [None, "tiff_lzw", "tiff_deflate"])
@pytest.mark.parametrize("mode", ["I;16", "I;16B", "I", "F"])
def test_grey_modes_of_pillow(mode: str, compression: str | None, tmp_path: Path) -> None:
    if mode == "I;16B" and compression is not None:
        pytest.skip("Pillow writes it plain alone")
    values = RNG.integers(0, 4096, (6, 4))
    kind = {"I;16": "<u2", "I;16B": ">u2", "I": "<i4", "F": "<f4"}[mode]
    image = Image.frombytes(mode, (4, 6), values.astype(kind).tobytes())
    image.save(tmp_path / "one.tif", compression=compression)
    assert (decode(tmp_path / "one.tif", 4095)[..., 0] == by_hand(values, 4095)).all()


def test_transparency_lies_over_white(tmp_path: Path) -> None:
    values = np.zeros((1, 3, 4), int)
    values[0, :, 0], values[0, :, 3] = 4095, [0, 32768, 65535]
    (tmp_path / "one.png").write_bytes(png(values))
    assert decode(tmp_path / "one.png", 4095).tolist() == [
        [[255, 255, 255], [255, 127, 127], [255, 0, 0]]
    ]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_deep_images_are_upright(orientation: int, tmp_path: Path) -> None:
    image = Image.fromarray(RNG.integers(0, 65536, (4, 6)).astype(np.uint16))
    exif = Image.Exif()
    exif[0x0112] = orientation
    image.save(tmp_path / "one.png", exif=exif)
    upright = np.asarray(ImageOps.exif_transpose(Image.open(tmp_path / "one.png")))
    assert (decode(tmp_path / "one.png")[..., 0] == by_hand(upright, 65535)).all()
    assert shape_of_file(tmp_path / "one.png") == (*upright.shape, 1)


@pytest.mark.parametrize(
    ("peaks", "white"),
    [
        ([], None),
        ([(0, True)], 1),
        ([(1, True)], 1),
        ([(200, True)], 255),
        ([(256, True), (1000, True)], 1023),
        ([(1024, True)], 4095),
        ([(4096, True)], 16383),
        ([(4000, True), (16384, True)], 65535),
        ([(70_000, True)], 70_000),
        ([(0.4, False)], 1),
        ([(1.5, False), (0.2, False)], 1.5),
        ([(812.5, False)], 812.5),
        ([(0.5, False), (300, True)], 300),
    ],
)
def test_what_becomes_white(peaks: list[tuple[float, bool]], white: float | None) -> None:
    assert depth.white_of(peaks) == white


@pytest.mark.parametrize("values", [[[-1.0, 2.0]], [[float("nan"), 1.0]], [[float("inf"), 1.0]]])
def test_what_is_no_brightness_is_one_sentence(values: Any, tmp_path: Path) -> None:
    Image.fromarray(np.array(values, np.float32)).save(tmp_path / "one.tif")
    with pytest.raises(DataError, match=r"one.tif holds values from .*scale it first"):
        decode(tmp_path / "one.tif")


def cells(folder: Path, most: int, kind: str) -> Path:
    """Two classes that differ in brightness alone, none above ``most``."""
    for name, low in (("dark", 0.0), ("light", 0.55)):
        (folder / name).mkdir(parents=True)
        for at in range(30):
            values = (low + 0.45 * RNG.random((8, 8, 3))) * most
            if kind == "colour":
                content = png(values.astype(int))
            else:
                out = io.BytesIO()
                plain = values[..., 0].astype(np.float32 if kind == "float" else np.uint16)
                Image.fromarray(plain).save(out, "TIFF")
                content = out.getvalue()
            (folder / name / f"{at}.tif").write_bytes(content)
    return folder


@pytest.mark.parametrize(
    ("kind", "most", "white"), [("grey", 4095, 4095), ("colour", 4095, 4095), ("float", 1, 1)]
)
def test_twelve_bits_are_recognized_said_and_kept(
    kind: str, most: int, white: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NETWRIGHT_CACHE", str(tmp_path / "cache"))
    source = cells(tmp_path / "cells", most, kind)
    run = nw.train(str(source), model="linear", epochs=40, store=tmp_path / "runs")
    [found] = [f for f in run.record.json("data.json")["findings"] if f["code"] == "NW223"]
    assert found["figures"]["white"] == white and found["figures"]["deep"] == 60
    assert run.codec.encoder.white == white
    # mu shows that the whole range is used: of 65,535 it would be .03
    assert 0.4 < run.codec.encoder.mu[0] < 0.6
    # one file alone is answered as it was among all: its own range does not matter
    dark = str(source / "dark" / "0.tif")
    assert run.predict(dark)[0].label == "dark"
    answers = run.predict(str(source / "dark"))
    assert answers[0].probabilities == pytest.approx(run.predict(dark)[0].probabilities, rel=1e-5)
    assert sum(one.label == "dark" for one in answers) >= 28
    again = json.loads(CliRunner().invoke(command, ["data", str(source), "--json"]).stdout)
    assert "NW223" in {one["code"] for one in again["findings"]}


def test_a_person_names_what_becomes_white(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETWRIGHT_CACHE", str(tmp_path / "cache"))
    source = str(cells(tmp_path / "cells", 4095, "grey"))
    changes, store = {"data.white": 16383, "training.epochs": 1}, tmp_path / "runs"
    run = nw.train(source, model="linear", set=changes, store=store)
    assert run.codec.encoder.white == 16383
    assert 0.1 < run.codec.encoder.mu[0] < 0.15  # a quarter of what 4,095 would give
    more = nw.train(
        source, start=run.id, set={"data.white": 8191, "training.epochs": 1}, store=store
    )
    assert more.codec.encoder.white == 8191
    with pytest.raises(RecipeError, match=r"data\.white = 0"):
        nw.train(source, set={"data.white": 0}, store=store)


def test_the_files_in_the_cache_are_of_their_white(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import recognize
    from netwright.data.images import decoded_cache
    from netwright.data.images.columns import as_array, with_white

    monkeypatch.setenv("NETWRIGHT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(decoded_cache, "FEW", 3)
    source = cells(tmp_path / "cells", 1000, "grey")
    inputs = recognize.read(recognize.recognize(str(source))).examples.inputs
    own, other = (as_array(with_white(inputs, white), (8, 8), 1) for white in (1023, 65535))
    assert own.max() > 200 and other.max() < 5
    assert len(list((tmp_path / "cache" / "images").iterdir())) == 2
