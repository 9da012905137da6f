"""Volumes in NIfTI files: read, turned to one orientation, learned from, refused."""

from __future__ import annotations

import gzip
import sys
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest

import netwright as nw
from netwright.api.inputs import read_inputs
from netwright.api.reading import read_to_learn
from netwright.base.errors import DataError
from netwright.contract import ReadOptions
from netwright.data.signals import nifti
from netwright.recipe import Recipe

pytestmark = pytest.mark.usefixtures("no_reports", "no_pictures")

RAS = np.diag([2.0, 2.0, 2.0, 1.0])


def write(path: Path, values: np.ndarray[Any, Any], affine: np.ndarray[Any, Any] = RAS) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    nibabel.save(nibabel.Nifti1Image(values, affine), path)
    return path


def volume(seed: int = 0, shape: tuple[int, ...] = (5, 4, 3)) -> np.ndarray[Any, Any]:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def read(*paths: Path, memory: int | None = None) -> np.ndarray[Any, Any]:
    found: np.ndarray[Any, Any] = nifti.volumes(paths, ReadOptions(memory=memory))[0].inputs
    return found


def test_a_run_on_folders_answers_files_and_folders(tmp_path: Path) -> None:
    source, _ = nifti.sample(tmp_path / "scans")
    system, reading = read_to_learn(source, Recipe())
    assert (system.name, reading.source.kind) == ("signals", "nifti")
    assert reading.examples.inputs.shape == (24, 1, 5, 4, 3)
    assert any("5 x 4 x 3 voxels of 2 x 2 x 2 mm" in note for note in reading.notes)
    run = nw.train(source, model="linear", epochs=3, store=tmp_path / "runs")
    one = source / "light" / "3.nii.gz"
    assert len(run.predict(str(one))) == 1
    assert len(run.predict([str(one), str(source / "dark")])) == 13
    known = read_inputs(str(source), "signals", run.recipe).ids
    assert sum(run.record.own(known).values()) == 24


def test_splits_of_folders_are_kept(tmp_path: Path) -> None:
    folders = [tmp_path / "s" / split / name for split in ("train", "dev", "test") for name in "ab"]
    for seed, path in enumerate(folder / f"{at}.nii" for folder in folders for at in range(3)):
        write(path, volume(seed))
    _, reading = read_to_learn(tmp_path / "s", Recipe())
    assert sorted(set(reading.examples.splits or ())) == ["dev", "test", "train"]


def test_every_file_is_turned_to_one_orientation(tmp_path: Path) -> None:
    """The same volume, written with its axes in another order and direction, is the same."""
    values = volume()
    turned = np.ascontiguousarray(values[::-1].transpose(1, 0, 2))
    affine = np.array([[0, -2.0, 0, 8], [2.0, 0, 0, 0], [0, 0, 2.0, 0], [0, 0, 0, 1]])
    found = read(write(tmp_path / "a.nii", values), write(tmp_path / "b.nii.gz", turned, affine))
    assert (found[0] == values[None]).all()
    assert (found[1] == found[0]).all()


def test_what_lies_beside_places_is_channels_and_the_header_scales(tmp_path: Path) -> None:
    several = volume(shape=(5, 4, 3, 2))
    assert (read(write(tmp_path / "c.nii", several))[0] == np.moveaxis(several, -1, 0)).all()
    assert read(write(tmp_path / "one.nii", several[..., None, :1]))[0].shape == (1, 5, 4, 3)
    image = nibabel.Nifti1Image(np.arange(60, dtype=np.int16).reshape(5, 4, 3), RAS)
    image.header.set_slope_inter(0.5, 10)
    nibabel.save(image, tmp_path / "scaled.nii")
    oracle = nibabel.load(tmp_path / "scaled.nii").get_fdata()
    assert (read(tmp_path / "scaled.nii")[0, 0] == oracle.astype(np.float32)).all()


def damaged(folder: Path, kind: str) -> Path:
    path = write(folder / f"{kind}.nii.gz", volume(shape=(9, 9, 9)))
    content = path.read_bytes()
    if kind == "cut":
        path.write_bytes(content[: len(content) // 2])
    elif kind == "nothing":
        path.write_bytes(b"")
    elif kind == "text":
        path.write_bytes(gzip.compress(b"no volume " * 99))
    return path


@pytest.mark.parametrize("kind", ["cut", "nothing", "text"])
def test_a_damaged_file_is_one_sentence(kind: str, tmp_path: Path) -> None:
    path = damaged(tmp_path, kind)
    with pytest.raises(DataError) as refused:
        read(path)
    assert str(refused.value).startswith(f"{path} cannot be read as NIfTI: ")
    assert "\n" not in str(refused.value)


def test_what_cannot_be_learned_from_is_one_sentence(tmp_path: Path) -> None:
    first = write(tmp_path / "a.nii", volume())
    other = write(tmp_path / "b.nii", volume(shape=(5, 4, 4)))
    with pytest.raises(DataError, match=r"b\.nii is of shape 1 x 5 x 4 x 4, and .*a\.nii of 1 x 5"):
        read(first, other)
    flat = write(tmp_path / "flat.nii", volume(shape=(5, 4)))
    with pytest.raises(DataError, match=r"flat\.nii is of shape 5 x 4: expected three axes"):
        read(flat)
    holes = volume()
    holes[1, 2, 0] = np.nan
    with pytest.raises(DataError, match=r"holes\.nii holds no number at voxel \[1, 2, 0\]"):
        read(write(tmp_path / "holes.nii", holes))
    complex_ = write(tmp_path / "complex.nii", volume().astype(np.complex64))
    with pytest.raises(DataError, match="holds complex64, colours or complex numbers"):
        read(complex_)
    with pytest.raises(DataError, match=r"2 volumes .* --set training\.memory=1 allows it"):
        read(first, first, memory=100)


def test_without_nibabel_one_sentence_names_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, _ = nifti.sample(tmp_path / "scans")
    monkeypatch.setitem(sys.modules, "nibabel", None)
    with pytest.raises(DataError, match=r"pip install 'netwright\[volumes\]', or save"):
        read_to_learn(source, Recipe())
