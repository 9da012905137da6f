"""Arrays, IDX files and .npz: round trips, axes, and refusals in one sentence."""

from __future__ import annotations

import gzip
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import recognize
from netwright.base.errors import DataError, NetwrightError
from netwright.data import splits
from netwright.data.sources import idx
from netwright.data.sources.arrays import read_arrays
from netwright.data.tables.frames import from_columns


def noise(*shape: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def as_idx(array: Any) -> bytes:
    """An array in the format of yann.lecun.com/exdb/mnist: 0 0 type axes, lengths, values, all
    big-endian.
    """
    code = {"u1": 8, "i1": 9, "i2": 0x0B, "i4": 0x0C, "f4": 0x0D, "f8": 0x0E}[array.dtype.str[1:]]
    head = struct.pack(f">BBBB{array.ndim}I", 0, 0, code, array.ndim, *array.shape)
    return head + bytes(array.astype(array.dtype.newbyteorder(">")).tobytes())


def write_family(folder: Path, *, zipped: bool, train: int = 12, test: int = 6) -> tuple[Any, Any]:
    folder.mkdir()
    images, labels = noise(train + test, 7, 5), np.arange(train + test, dtype=np.uint8) % 3
    for name, part in (("train", slice(0, train)), ("t10k", slice(train, None))):
        for kind, array in (("images-idx3", images[part]), ("labels-idx1", labels[part])):
            content = as_idx(array)
            path = folder / f"{name}-{kind}-ubyte{'.gz' if zipped else ''}"
            path.write_bytes(gzip.compress(content) if zipped else content)
    return images, labels


@pytest.mark.parametrize("zipped", [False, True])
def test_the_mnist_family_is_read_with_its_splits(tmp_path: Path, zipped: bool) -> None:
    images, labels = write_family(tmp_path / "m", zipped=zipped)
    source = recognize.recognize(str(tmp_path / "m"))
    assert source.kind == "idx" and "train and test" in source.why
    examples = recognize.read(source).examples
    assert np.array_equal(examples.inputs.read()[..., 0], images)
    assert examples.targets == [str(label) for label in labels]
    assert examples.splits == ["train"] * 12 + ["test"] * 6


def test_a_folder_with_the_test_files_alone_is_a_test_split(tmp_path: Path) -> None:
    write_family(tmp_path / "m", zipped=False)
    for name in ("images-idx3", "labels-idx1"):
        (tmp_path / "m" / f"train-{name}-ubyte").rename(tmp_path / f"train-{name}-ubyte")
    reading = recognize.read(recognize.recognize(str(tmp_path / "m")))
    assert reading.examples.splits == ["test"] * 6
    with pytest.raises(DataError, match="brings test but no train part"):
        splits.assign(reading.examples, stratify=splits.by_label)
    # the train files alone are split as any examples are
    alone = recognize.read(recognize.recognize(str(tmp_path)))
    assert alone.examples.splits is None


def test_one_images_file_finds_its_labels(tmp_path: Path) -> None:
    images, _ = write_family(tmp_path / "m", zipped=True)
    examples = recognize.read(
        recognize.recognize(str(tmp_path / "m" / "t10k-images-idx3-ubyte.gz"))
    ).examples
    assert (
        len(examples) == 6 and examples.splits is None and examples.targets[:3] == ["0", "1", "2"]
    )
    (tmp_path / "m" / "t10k-labels-idx1-ubyte.gz").unlink()
    alone = recognize.read(
        recognize.recognize(str(tmp_path / "m" / "t10k-images-idx3-ubyte.gz"))
    ).examples
    assert alone.targets == [None] * 6 and np.array_equal(alone.inputs.read()[..., 0], images[12:])


arrays = st.tuples(
    st.sampled_from(["u1", "i1", "i2", "i4", "f4", "f8"]),
    st.lists(st.integers(1, 4), min_size=1, max_size=4),
).flatmap(
    lambda kind: st.binary(min_size=64 * 32, max_size=64 * 32).map(lambda raw: _array(raw, *kind))
)


def _array(raw: bytes, kind: str, shape: list[int]) -> Any:
    return np.resize(np.frombuffer(raw, kind), shape)


@given(arrays, st.booleans())
@settings(max_examples=60)
def test_every_idx_array_comes_back(
    new_folder: Callable[[], Path], array: Any, zipped: bool
) -> None:
    path = new_folder() / "a-images-idx3-ubyte"
    path.write_bytes(gzip.compress(as_idx(array), 1) if zipped else as_idx(array))
    found = idx.read_array(path)
    assert (
        found.dtype == array.dtype
        and found.shape == array.shape
        and found.tobytes() == array.tobytes()
    )


@given(st.binary(max_size=40), st.integers(0, 30), st.booleans())
@settings(max_examples=150)
def test_a_damaged_idx_file_is_one_sentence(
    new_folder: Callable[[], Path], junk: bytes, cut: int, zipped: bool
) -> None:
    path = new_folder() / "a-images-idx3-ubyte"
    whole = as_idx(noise(2, 2, 2))
    content = whole[:cut] + junk
    if zipped:
        content = gzip.compress(whole, 1)[:cut] + junk
    path.write_bytes(content)
    for read in (
        idx.read_array,
        lambda path: recognize.read(recognize.recognize(str(path))).examples.inputs,
    ):
        try:
            found = read(path)
        except NetwrightError as error:
            assert "\n" not in str(error)
        else:
            assert as_idx(np.asarray(found)) == content or zipped or read is not idx.read_array


def test_a_header_that_claims_a_huge_array_fills_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "a-images-idx3-ubyte.gz"
    path.write_bytes(
        gzip.compress(struct.pack(">BBBB3I", 0, 0, 8, 3, 2**31, 2**31, 2**31) + b"abc")
    )
    with pytest.raises(DataError, match=r"should hold .* but holds 3"):
        idx.read_array(path)


def test_images_and_labels_of_unequal_number_are_refused(tmp_path: Path) -> None:
    write_family(tmp_path / "m", zipped=False)
    (tmp_path / "m" / "train-labels-idx1-ubyte").write_bytes(as_idx(np.zeros(5, np.uint8)))
    with pytest.raises(DataError, match="train has 12 inputs and 5 targets"):
        recognize.read(recognize.recognize(str(tmp_path / "m")))


def test_images_stay_in_their_files_until_they_are_needed(tmp_path: Path) -> None:
    images, _ = write_family(tmp_path / "m", zipped=False)
    examples = recognize.read(recognize.recognize(str(tmp_path / "m"))).examples
    order = [17, 3, 4, 5, 11, 12, 0, 0]  # across both files, neighbours and repeats
    assert np.array_equal(examples.take(order).inputs.read()[..., 0], images[order])
    assert np.array_equal(
        np.concatenate(list(examples.take(order).inputs.chunks()))[..., 0], images[order]
    )
    changed = images[::-1].copy()
    (tmp_path / "m" / "train-images-idx3-ubyte").write_bytes(as_idx(changed[:12]))
    assert np.array_equal(examples.inputs[2][..., 0], changed[2]), "read anew, not kept"
    (tmp_path / "m" / "train-images-idx3-ubyte").write_bytes(b"")
    with pytest.raises(DataError, match="has become shorter"):
        examples.inputs.read()


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("colours", [(), (3,)])
def test_a_large_file_gives_the_same_examples_as_the_array_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, save: Any, colours: tuple[int, ...]
) -> None:
    """Stored and compressed .npz, and zipped IDX; nothing but the cache folder is written, and what
    it holds is used again.
    """
    monkeypatch.setenv("NETWRIGHT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("netwright.data.sources.unpack.LARGE", 1)
    monkeypatch.setattr("netwright.data.sources.npz_arrays.LARGE", 1)
    images, labels = noise(9, 6, 7, *colours), np.arange(9) % 2
    save(tmp_path / "a.npz", x=images, y=labels)
    (tmp_path / "b-images-idx3-ubyte.gz").write_bytes(gzip.compress(as_idx(images)))
    (tmp_path / "b-labels-idx1-ubyte.gz").write_bytes(
        gzip.compress(as_idx(labels.astype(np.uint8)))
    )
    wanted = read_arrays(images, labels, task="classification").examples
    for name in ("a.npz", "b-images-idx3-ubyte.gz", "a.npz"):
        examples = recognize.read(recognize.recognize(str(tmp_path / name))).examples
        assert all(not isinstance(part, np.ndarray) for part in examples.inputs.parts)
        assert np.array_equal(examples.inputs.read(), wanted.inputs.read())
        assert (examples.ids, examples.targets) == (wanted.ids, wanted.targets)
    kept = list((tmp_path / "cache").rglob("*.u8"))
    assert len(kept) == (1 if save is np.savez else 2)


def test_what_does_not_fit_on_the_disk_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "a-images-idx3-ubyte.gz"
    path.write_bytes(gzip.compress(struct.pack(">BBBB3I", 0, 0, 8, 3, 2**31, 2**15, 2**15)))
    with pytest.raises(DataError, match="more than half of what is free"):
        recognize.read(recognize.recognize(str(path)))


@pytest.mark.parametrize("names", [("x", "y"), ("X", "y")])
def test_npz_of_x_and_y(tmp_path: Path, names: tuple[str, str]) -> None:
    np.savez(tmp_path / "a.npz", **{names[0]: noise(6, 8, 8), names[1]: np.arange(6) % 2})
    examples = recognize.read(recognize.recognize(str(tmp_path / "a.npz"))).examples
    assert examples.inputs.shape == (6, 8, 8, 1) and examples.targets == ["0", "1"] * 3
    assert examples.sources[2] == "a.npz[2]"


def test_npz_with_splits(tmp_path: Path) -> None:
    np.savez(
        tmp_path / "a.npz",
        x_train=noise(6, 8, 8),
        y_train=np.arange(6) % 2,
        x_test=noise(4, 8, 8, seed=1),
        y_test=np.arange(4) % 2,
    )
    reading = recognize.read(recognize.recognize(str(tmp_path / "a.npz")))
    assert reading.examples.splits == ["train"] * 6 + ["test"] * 4
    assert any("dev is cut from train" in note for note in reading.notes)


def test_npz_that_cannot_be_used_is_one_sentence(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", weights=noise(3, 3))
    with pytest.raises(DataError, match="holds weights: expected x and y"):
        recognize.read(recognize.recognize(str(tmp_path / "a.npz")))
    (tmp_path / "b.npz").write_bytes(b"PK nothing")
    with pytest.raises(DataError, match=r"cannot be read as \.npz"):
        recognize.read(recognize.recognize(str(tmp_path / "b.npz")))
    # pickled inside
    np.savez(tmp_path / "c.npz", x=np.array([object()], dtype=object), y=np.arange(1))
    with pytest.raises(DataError, match=r"cannot be read as \.npz"):
        recognize.read(recognize.recognize(str(tmp_path / "c.npz")))


@pytest.mark.parametrize(
    "header",
    [
        "{'descr': '<f8', 'fortran_order': False, 'shape': (",
        "{[]: 1}",
        "  {\n 3",
        "(" * 3000,
        "{'descr': '<f8', 'fortran_order': False, 'shape': (" + "9" * 30 + ",)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (10000000000000,)}",
    ],
)
def test_an_array_with_a_damaged_header_is_one_sentence(tmp_path: Path, header: str) -> None:
    content = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode()
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("x.npy", content)
    with pytest.raises(DataError, match=r"a\.npz cannot be read as \.npz") as caught:
        recognize.read(recognize.recognize(str(tmp_path / "a.npz")))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("at", "bits"), [(6, 1), (8, 99)])  # encrypted; packed in an unknown way
def test_a_locked_or_unknown_member_is_one_sentence(tmp_path: Path, at: int, bits: int) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, x=noise(3, 3))
    content = bytearray(path.read_bytes())
    for start in (at, content.index(b"PK\x01\x02") + at + 2):
        content[start] = bits
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"a\.npz cannot be read as \.npz"):
        recognize.read(recognize.recognize(str(path)))


@pytest.mark.parametrize(
    ("shape", "found", "axes"),
    [
        ((5, 8, 9), (5, 8, 9, 1), "(image, row, column)"),
        ((5, 8, 9, 1), (5, 8, 9, 1), "(image, row, column, channel)"),
        ((5, 8, 9, 3), (5, 8, 9, 3), "(image, row, column, channel)"),
        ((5, 3, 8, 9), (5, 8, 9, 3), "(image, channel, row, column)"),
        ((5, 1, 8, 9), (5, 8, 9, 1), "(image, channel, row, column)"),
        ((3, 28, 28), (3, 28, 28, 1), "(image, row, column)"),
    ],
)
def test_the_axes_are_worked_out_and_noted(
    shape: tuple[int, ...], found: tuple[int, ...], axes: str
) -> None:
    array = noise(*shape)
    reading = read_arrays(array)
    assert reading.examples.inputs.shape == found and axes in reading.source.why
    assert reading.examples.inputs[1][2, 3].tolist() == (
        [array[1, 2, 3]]
        if array.ndim == 3
        else array[1, :, 2, 3].tolist()
        if shape[1] < 4
        else array[1, 2, 3].tolist()
    )


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (noise(5, 3, 3, 3), "channels first or last"),
        (noise(5, 8, 8, 7), "expected 1, 3 or 4 channels"),
        (noise(28, 28, 3), "give one image as x"),
        (noise(8), "shape"),
        (noise(2, 2, 2, 2, 2), "expected"),
        (noise(0, 28, 28), "empty"),
        (np.full((2, 8, 8), -0.5), "pixels run from -0.5"),
        (np.full((2, 8, 8), 300), "pixels run from 300"),
        (np.full((2, 8, 8), np.nan), "pixels run from nan"),
        ([[1, 2], [3]], "unequal parts"),
    ],
)
def test_arrays_that_cannot_be_read_are_one_sentence(x: Any, message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        read_arrays(x)
    assert "\n" not in str(caught.value)


def test_floats_from_zero_to_one_become_bytes() -> None:
    pixels = noise(3, 8, 8)
    assert np.array_equal(read_arrays(pixels / 255).examples.inputs.read()[..., 0], pixels)
    assert np.array_equal(
        read_arrays(pixels.astype(np.int64)).examples.inputs.read()[..., 0], pixels
    )
    assert np.array_equal(read_arrays(pixels.astype(float)).examples.inputs.read()[..., 0], pixels)


def test_tensors_lists_and_frames_are_taken() -> None:
    torch = pytest.importorskip("torch")
    pandas = pytest.importorskip("pandas")
    pixels, labels = noise(4, 3, 8, 8), [0, 1, 0, 1]
    from_torch = read_arrays(torch.from_numpy(pixels).float() / 255, torch.tensor(labels))
    from_numpy = read_arrays(pixels, labels)
    assert np.array_equal(from_torch.examples.inputs.read(), from_numpy.examples.inputs.read())
    assert from_torch.examples.targets == from_numpy.examples.targets == ["0", "1", "0", "1"]
    columns = {"a": [1.0, None, 3.0], "b": ["u", "v", None], "y": [1.5, 2.5, 3.5]}
    rows = [
        read_arrays(frame, target="y").examples
        for frame in (pl.DataFrame(columns), pandas.DataFrame(columns), columns)
    ]
    assert [[e.input for e in examples] for examples in rows] == [[e.input for e in rows[0]]] * 3
    assert rows[0].targets == rows[1].targets == [1.5, 2.5, 3.5]
    assert read_arrays(pl.DataFrame({"a": [1, 2]}), ["u", "v"]).examples.targets == ["u", "v"]


def test_two_axes_are_rows_of_named_columns() -> None:
    reading = read_arrays([[1.5, 2], [3, 4.5]], [0.5, 1.5])
    assert reading.examples[1].input == {"x1": 3.0, "x2": 4.5} and reading.examples.targets == [
        0.5,
        1.5,
    ]


@pytest.mark.parametrize(
    ("y", "expected"),
    [
        (np.array([[1, 0], [0, 1]]), ["0", "1"]),
        (np.array([[3], [4]], np.uint8), ["3", "4"]),
        (np.array(["u", "v"]), ["u", "v"]),
        (np.array([0.5, np.nan]), None),
        ([True, False], ["true", "false"]),
    ],
)
def test_targets_of_every_kind(y: Any, expected: list[str] | None) -> None:
    if expected is None:
        with pytest.raises(DataError, match=r"'y' is 0\.5 in all"):
            read_arrays(noise(2, 8, 8), y)
    else:
        assert read_arrays(noise(2, 8, 8), y).examples.targets == expected


def test_targets_that_do_not_fit_are_refused() -> None:
    with pytest.raises(DataError, match="x has 2 rows and y has 3"):
        read_arrays(noise(2, 8, 8), [1, 2, 3])
    with pytest.raises(DataError, match="one-hot"):
        read_arrays(noise(2, 8, 8), np.array([[0.2, 0.8], [0.5, 0.5]]))


def test_equal_content_has_equal_ids_and_other_content_others() -> None:
    pixels = noise(3, 8, 8)
    pixels[2] = pixels[0]
    first = read_arrays(pixels)
    assert first.examples.ids[0] == first.examples.ids[2] != first.examples.ids[1]
    assert read_arrays(pixels[::-1].copy()).examples.ids == first.examples.ids[::-1]
    assert (
        read_arrays(pixels).fingerprint
        == first.fingerprint
        != read_arrays(pixels, [0, 1, 0]).fingerprint
    )


@pytest.mark.parametrize("mixed", [[True, 0.5, 1], [False, 2], [1, 0.5, True]])
def test_a_column_that_mixes_kinds_of_numbers_is_read(mixed: list[Any]) -> None:
    frame = from_columns({"b": mixed * 20, "c": list(range(len(mixed) * 20))})
    assert frame["b"].null_count() == 0 and frame["b"].n_unique() == len(mixed)
