"""Image files of every kind, good and bad; one size for a whole column; the cache of decoded
pixels.
"""

from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import recognize
from netwright.base.errors import DataError, NetwrightError
from netwright.contract import ReadOptions
from netwright.data.images import scan
from netwright.data.images.columns import ImageFiles, as_array, shape_of
from netwright.data.images.decode import decode
from netwright.data.images.encoder import usual_side
from netwright.data.images.pixels import resize, value_counts
from netwright.data.sources import arrays, folders, looking
from netwright.systems.classifier.recipe import ClassifierRecipe


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETWRIGHT_CACHE", str(tmp_path / "cache"))


def noise(*shape: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds almost no pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content))
            + kind
            + content
            + struct.pack(">I", zlib.crc32(kind + content))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 1000)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )


def folder_of(root: Path, counts: dict[str, int], side: int = 8) -> Path:
    for number, (name, count) in enumerate(counts.items()):
        (root / name).mkdir(parents=True)
        for at in range(count):
            Image.fromarray(noise(side, side, 3, seed=1000 * number + at)).save(
                root / name / f"{at}.png"
            )
    return root


def test_grey_and_colour_files_come_back_as_they_were_saved(tmp_path: Path) -> None:
    for pixels in (noise(5, 7, 1), noise(5, 7, 3)):
        Image.fromarray(pixels.squeeze()).save(tmp_path / "a.png")
        assert np.array_equal(decode(tmp_path / "a.png"), pixels)


def test_sixteen_bits_are_scaled_to_eight(tmp_path: Path) -> None:
    deep = np.array([[0, 257, 32768, 65535]], np.uint16)
    Image.fromarray(deep).save(tmp_path / "deep.png")
    assert decode(tmp_path / "deep.png")[:, :, 0].tolist() == [[0, 1, 128, 255]]
    assert shape_of(ImageFiles((tmp_path / "deep.png",)), 0) == (1, 4, 1)


def test_transparency_lies_over_white(tmp_path: Path) -> None:
    rgba = np.array([[[200, 100, 0, 255], [200, 100, 0, 0], [200, 100, 0, 51]]], np.uint8)
    Image.fromarray(rgba).save(tmp_path / "a.png")
    assert decode(tmp_path / "a.png").tolist() == [
        [[200, 100, 0], [255, 255, 255], [244, 224, 204]]
    ]
    Image.fromarray(rgba[:, :, [0, 3]], "LA").save(tmp_path / "la.png")
    assert decode(tmp_path / "la.png")[:, :, 0].tolist() == [[200, 255, 244]]


def test_a_palette_becomes_colour_and_its_transparent_entry_white(tmp_path: Path) -> None:
    image = Image.new("P", (2, 1))
    image.putpalette([10, 20, 30, 40, 50, 60])
    image.putdata([0, 1])
    image.save(tmp_path / "p.png")
    assert decode(tmp_path / "p.png").tolist() == [[[10, 20, 30], [40, 50, 60]]]
    image.save(tmp_path / "t.png", transparency=1)
    assert decode(tmp_path / "t.png").tolist() == [[[10, 20, 30], [255, 255, 255]]]


def test_cmyk_becomes_colour(tmp_path: Path) -> None:
    Image.new("CMYK", (8, 8), (0, 255, 255, 0)).save(tmp_path / "red.jpg", quality=100)
    red = decode(tmp_path / "red.jpg").reshape(-1, 3).mean(axis=0)
    assert red[0] > 240 and red[1] < 15 and red[2] < 15


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_exif_orientation_is_applied(tmp_path: Path, orientation: int) -> None:
    upright = np.arange(6, dtype=np.uint8).reshape(2, 3)
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.T,
        6: np.rot90(upright, 1),
        7: upright[::-1, ::-1].T,
        8: np.rot90(upright, -1),
    }[orientation]
    image = Image.fromarray(np.ascontiguousarray(stored))
    exif = Image.Exif()
    exif[0x0112] = orientation
    image.save(tmp_path / "a.png", exif=exif)
    assert np.array_equal(decode(tmp_path / "a.png")[:, :, 0], upright)
    assert shape_of(ImageFiles((tmp_path / "a.png",)), 0) == (2, 3, 1)


def test_the_first_frame_of_an_animation_is_taken_and_noted(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    assert decode(tmp_path / "a.gif")[0, 0].tolist() == [255, 0, 0]
    seen = scan.scan([tmp_path / "a.gif"])
    (finding,) = scan.refuse_or_note(seen, [tmp_path / "a.gif"], ReadOptions())
    assert finding.code == "NW209" and finding.severity == "note"


def test_one_pixel_fills_any_size(tmp_path: Path) -> None:
    Image.new("RGB", (1, 1), (9, 8, 7)).save(tmp_path / "a.png")
    assert decode(tmp_path / "a.png").shape == (1, 1, 3)
    found = as_array(ImageFiles((tmp_path / "a.png",)), (5, 3), 3)
    assert found.shape == (1, 5, 3, 3) and (found == [9, 8, 7]).all()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("empty.png", b"", "is empty"),
        ("text.jpg", b"this is no image at all", "is not an image"),
        ("bomb.png", png_header(50_000, 50_000), "pixels"),
        ("wide.png", png_header(200_000, 1_000), "pixels"),
        ("nothing.png", png_header(0, 5), "nothing.png"),
        ("hollow.png", png_header(300, 300), "damaged"),
    ],
)
def test_a_bad_file_is_refused_in_one_sentence(
    tmp_path: Path, name: str, content: bytes, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / name).write_bytes(content)
    if message == "pixels":  # it would fill the memory: nothing of it may be decoded
        monkeypatch.setattr("PIL.ImageFile.ImageFile.load", lambda image: pytest.fail("decoded"))
    with pytest.raises(DataError, match=message) as caught:
        decode(tmp_path / name)
    assert name in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("suffix", ["png", "jpg", "gif", "bmp", "webp", "tif"])
def test_a_truncated_file_is_refused_and_found_by_the_scan(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    Image.fromarray(noise(64, 64, 3)).save(path)
    assert scan.scan([path]).errors == {}
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(DataError, match=r"a\." + suffix):
        decode(path)
    assert list(scan.scan([path]).errors) == [0]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file"):
        decode(tmp_path / "gone.png")


def test_few_unreadable_files_are_left_out_and_named_and_many_refused(tmp_path: Path) -> None:
    root = folder_of(tmp_path / "photos", {"cat": 120, "dog": 81})
    (root / "dog" / "80.png").write_bytes(b"")
    reading = recognize.read(recognize.recognize(str(root)))
    assert len(reading.examples) == 200
    (finding,) = reading.findings
    assert (
        finding.code == "NW201"
        and "80.png" in finding.message
        and finding.figures["unreadable"] == 1
    )
    for at in range(3):
        (root / "cat" / f"{at}.png").write_bytes(b"no image")
    with pytest.raises(DataError, match=r"4 of 201 files cannot be read.*--skip-unreadable"):
        recognize.read(recognize.recognize(str(root)))
    assert len(recognize.read(recognize.recognize(str(root)), skip_unreadable=True).examples) == 197


def test_what_to_do_about_unreadable_files_stands_once_a_file(tmp_path: Path) -> None:
    folder = tmp_path / "p" / "a"
    folder.mkdir(parents=True)
    for at in range(6):
        (folder / f"{at}.png").write_bytes(b"")
    with pytest.raises(DataError) as refused:
        recognize.read(recognize.recognize(str(tmp_path / "p")))
    assert str(refused.value).lower().count("remove") == 3, "of the three that are named"


def test_nothing_readable_is_refused_even_with_skip_unreadable(tmp_path: Path) -> None:
    (tmp_path / "p" / "cat").mkdir(parents=True)
    (tmp_path / "p" / "cat" / "a.png").write_bytes(b"")
    with pytest.raises(DataError, match="1 of 1 files"):
        recognize.read(recognize.recognize(str(tmp_path / "p")), skip_unreadable=True)


def test_resizing_keeps_proportions_and_cuts_the_middle() -> None:
    image = np.zeros((10, 30, 1), np.uint8)
    image[:, 10:20] = 255
    assert (resize(image, (10, 10)) == 255).all()
    assert resize(image, (5, 5)).shape == (5, 5, 1)
    flat = np.full((40, 40, 3), 77, np.uint8)
    assert (resize(flat, (7, 9)) == 77).all()


def test_shrinking_is_antialiased() -> None:
    stripes = np.tile(np.array([0, 255], np.uint8), (64, 32))[:, :, None]
    small = resize(stripes, (8, 8)).astype(int)
    assert abs(small - 127.5).max() < 6


def test_colour_to_grey_is_as_pillow_does_it_and_grey_is_repeated() -> None:
    colour = noise(3, 6, 6, 3)
    grey = as_array(colour, (6, 6), 1)
    assert np.array_equal(grey[1, :, :, 0], np.asarray(Image.fromarray(colour[1]).convert("L")))
    assert np.array_equal(as_array(grey, (6, 6), 3), np.repeat(grey, 3, axis=3))


def test_an_array_of_the_right_size_is_not_copied() -> None:
    pixels = noise(4, 6, 6, 1)
    assert as_array(pixels, (6, 6), 1) is pixels


def test_a_file_and_an_array_of_the_same_image_give_the_same_pixels(tmp_path: Path) -> None:
    pixels = noise(2, 20, 30, 3)
    paths = []
    for at, one in enumerate(pixels):
        paths.append(tmp_path / f"{at}.png")
        Image.fromarray(one).save(paths[-1])
    for channels in (1, 3):
        from_files = as_array(ImageFiles(tuple(paths)), (8, 8), channels)
        assert np.array_equal(from_files, as_array(pixels, (8, 8), channels))


def test_decoded_pixels_are_kept_and_read_by_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = folder_of(tmp_path / "photos", {"cat": 130, "dog": 90})
    examples = recognize.read(recognize.recognize(str(root))).examples
    plain = as_array(ImageFiles(examples.inputs.paths), (6, 6), 3)
    assert np.array_equal(as_array(examples.inputs, (6, 6), 3), plain)
    (kept,) = (tmp_path / "cache" / "images").iterdir()
    assert kept.stat().st_size == 220 * 6 * 6 * 3
    # from here on nothing may be decoded
    monkeypatch.setattr("netwright.data.images.decoded_cache.decode_all", None)
    rows = [5, 6, 7, 219, 0, 5]
    assert np.array_equal(as_array(examples.take(rows).inputs, (6, 6), 3), plain[rows])
    assert np.array_equal(
        as_array(examples.take(rows).take([2, 0]).inputs, (6, 6), 3), plain[[7, 5]]
    )
    assert as_array(examples.take([]).inputs, (6, 6), 3).shape == (0, 6, 6, 3)


def test_few_files_are_not_kept(tmp_path: Path) -> None:
    root = folder_of(tmp_path / "photos", {"cat": 3, "dog": 3})
    as_array(recognize.read(recognize.recognize(str(root))).examples.inputs, (6, 6), 3)
    assert not (tmp_path / "cache" / "images").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_cache_that_cannot_be_written_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = folder_of(tmp_path / "photos", {"cat": 130, "dog": 90})
    examples = recognize.read(recognize.recognize(str(root))).examples
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache").chmod(0o500)
    with pytest.raises(NetwrightError, match="could not be written"):
        as_array(examples.inputs, (6, 6), 3)


def test_ids_are_of_the_content_and_sources_are_short(tmp_path: Path) -> None:
    root = folder_of(tmp_path / "photos", {"cat": 2, "dog": 1})
    (root / "dog" / "copy.png").write_bytes((root / "cat" / "1.png").read_bytes())
    examples = recognize.read(recognize.recognize(str(root))).examples
    named = dict(zip(examples.sources, examples.ids, strict=True))
    assert named["photos/cat/1.png"] == named["photos/dog/copy.png"] != named["photos/cat/0.png"]


def test_split_folders_are_honoured(tmp_path: Path) -> None:
    for name, count in (("train", 4), ("val", 2), ("Test", 1)):
        folder_of(tmp_path / "p" / name, {"cat": count, "dog": count})
    source = recognize.recognize(str(tmp_path / "p"))
    assert "train/, dev/, test/" in source.why and "cat, dog" in source.why
    examples = recognize.read(source).examples
    assert [examples.splits.count(split) for split in ("train", "dev", "test")] == [8, 4, 2]  # type: ignore[union-attr]
    assert set(examples.targets) == {"cat", "dog"}


def test_folders_called_train_and_test_that_hold_images_are_classes(tmp_path: Path) -> None:
    folder_of(tmp_path / "p", {"train": 3, "tram": 3})
    assert folders.layout(looking.look_at(tmp_path / "p")).classes == ["train", "tram"]


def test_splits_mixed_with_classes_are_refused(tmp_path: Path) -> None:
    folder_of(tmp_path / "p" / "train", {"cat": 1})
    folder_of(tmp_path / "p" / "more", {"cat": 1})
    with pytest.raises(DataError, match="mixes folders of splits"):
        recognize.recognize(str(tmp_path / "p"))


@pytest.mark.parametrize("shape", [(3, 5, 7, 1), (2, 4, 4, 3), (1, 1, 1, 1), (3, 1024, 700, 1)])
def test_pixel_values_are_counted_as_numpy_counts_them(shape: tuple[int, ...]) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    for view in (pixels, pixels[..., 0], pixels[:, ::2]):
        assert np.array_equal(value_counts(view), np.bincount(view.reshape(-1), minlength=256))


@pytest.mark.parametrize(("shape", "side"), [((1, 1), 4), ((3, 2), 4), ((4, 1), 4), ((28, 28), 28)])
def test_the_usual_side_is_one_that_a_recipe_may_name(shape: tuple[int, int], side: int) -> None:
    images = np.zeros((6, *shape), np.uint8)
    train = arrays.read_arrays(images, [0, 1] * 3).examples
    assert usual_side(train) == side
    assert ClassifierRecipe().changed({"data.image_size": side}).data.image_size == side
