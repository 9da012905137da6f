"""Volumes in NIfTI files (.nii, .nii.gz): a folder a class, as of images."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netwright.base.errors import DataError
from netwright.base.figures import counted, size_in_words
from netwright.contract import Claim, Examples, Look, Reader, ReadOptions, Source
from netwright.data.sources import suffixes
from netwright.data.sources.class_folders import Layout, class_folders
from netwright.data.sources.looking import expect_text

if TYPE_CHECKING:
    from netwright.contract.reading import Reading
    from netwright.data.sources.arrays import Array

FLOAT = 4
"""Bytes of a number as a net reads it."""


def layout(look: Look) -> Layout:
    """The class folders of a folder of them."""
    return class_folders(look, suffixes.is_volume)


def recognize(look: Look) -> Claim | None:
    """A folder whose folders hold NIfTI files."""
    if look.kind != "folder" or not (found := layout(look)).folders:
        return None
    return Claim(f"took {look.path} for volumes because it has {found.described('NIfTI files')}", 3)


def read(look: Look, source: Source) -> Reading:
    """The examples of a folder of NIfTI files.

    Raises:
        DataError: nibabel is missing, a file cannot be read, or they are of several shapes.
    """
    from netwright.contract.reading import reading
    from netwright.data import targets

    files = layout(look).files(look)
    bare, note = volumes([file.path for file in files], source.options)
    splits, domains = [file.split for file in files], [file.domain or "" for file in files]
    found = targets.work_out(
        [file.label for file in files],
        task=source.options.task,
        name="folder",
        beside="volumes",
        learn=source.options.columns is None,
    )
    examples = replace(
        bare,
        targets=found.values,
        sources=[file.path.relative_to(look.path.parent).as_posix() for file in files],
        splits=splits if any(splits) else None,
        domains=domains if any(domains) else None,
    )
    findings = (*found.findings, *layout(look).unread(look, "volumes"))
    return reading(examples, source, notes=(note, found.note), findings=findings)


def inputs(looks: Sequence[Look], options: ReadOptions) -> Examples | None:
    """NIfTI files and folders of them, in the order in which they are named."""
    parts = [
        list(filter(suffixes.is_volume, look.below() if look.kind == "folder" else [look.path]))
        for look in looks
        if look.kind in ("file", "folder")
    ]
    if not parts or len(parts) < len(looks) or not all(parts):
        return None
    return volumes([file for part in parts for file in part], options)[0]


def volumes(paths: Sequence[Path], options: ReadOptions) -> tuple[Examples, str]:
    """The volumes of some files, (N, C, D, H, W), without targets; and what they are, in a line.

    Each is turned by whole axes so that they run from left to right, from back to front and from
    below to above, as its header says; what a file holds beside places is its channels.

    Raises:
        DataError: nibabel is missing, a file cannot be read, they are of several shapes, or take
            more than the memory allows.
    """
    import numpy as np

    from netwright.data.sources.arrays import ids_of

    headers = [_opened(path) for path in paths]
    shapes = [_shape(image, path) for image, path in zip(headers, paths, strict=True)]
    if odd := next((at for at, shape in enumerate(shapes) if shape != shapes[0]), None):
        raise DataError(
            f"{paths[odd]} is of shape {_in_words(shapes[odd])}, and {paths[0]} of"
            f" {_in_words(shapes[0])}: bring all volumes to one shape (resample or crop them)."
        )
    size = FLOAT * len(shapes) * math.prod(shapes[0])
    if options.memory is not None and size > options.memory:
        raise DataError(
            f"{counted(len(paths), 'volume')} of shape {_in_words(shapes[0])} take"
            f" {size_in_words(size)}, and the memory allows {size_in_words(options.memory)}: --set"
            f" training.memory={math.ceil(size / 2**20)} allows it, or resample them to fewer"
            " places."
        )
    found = np.empty((len(paths), *shapes[0]), np.float32)
    for at, (image, path) in enumerate(zip(headers, paths, strict=True)):
        found[at] = _values(image, path)
    voxels = {tuple(round(float(side), 4) for side in _voxel(image)) for image in headers}
    sides = " x ".join(f"{side:g}" for side in min(voxels))
    several = f", of {len(voxels)} sizes, the first " if len(voxels) > 1 else " of "
    note = (
        f"{counted(len(paths), 'volume')} of {counted(shapes[0][0], 'channel')} and"
        f" {_in_words(shapes[0][1:])} voxels{several}{sides} mm, turned to one orientation"
    )
    names = [str(path) for path in paths]
    return Examples(found, [None] * len(names), ids_of(found), names), note


def _nibabel() -> Any:
    try:
        import nibabel
    except ImportError:
        raise DataError(
            "NIfTI files need one package more: pip install 'netwright[volumes]', or save the"
            " volumes as an array (N, C, D, H, W) in an .npz file."
        ) from None
    return nibabel


def _opened(path: Path) -> Any:
    """The image of a file, in its orientation; its voxels are not read yet."""
    nibabel = _nibabel()
    expect_text(path)
    try:
        return nibabel.as_closest_canonical(nibabel.load(path))
    except Exception as error:  # whatever a damaged file makes of its reader
        raise _unreadable(path, error) from None


def _shape(image: Any, path: Path) -> tuple[int, ...]:
    """(C, D, H, W): places, and channels where there are any beside them."""
    places, others = tuple(image.shape[:3]), tuple(side for side in image.shape[3:] if side != 1)
    if len(places) < 3 or len(others) > 1 or 0 in image.shape:
        raise DataError(
            f"{path} is of shape {_in_words(image.shape)}: expected three axes of places, and at"
            " most one of channels."
        )
    return (*(others or (1,)), *(int(side) for side in places))


def _values(image: Any, path: Path) -> Array:
    """(C, D, H, W) float32, scaled as the header says; every number known."""
    import numpy as np

    try:
        held = np.asarray(image.dataobj)
    except Exception as error:  # as above: the voxels come after the header
        raise _unreadable(path, error) from None
    if held.dtype.kind not in "biuf":
        raise DataError(f"{path} holds {held.dtype}, colours or complex numbers: expected numbers.")
    with np.errstate(over="ignore"):  # what is too large for float32 is named below
        found: Array = held.astype(np.float32).reshape(*held.shape[:3], -1)
    if not np.isfinite(found).all():
        at = [int(place) for place in np.argwhere(~np.isfinite(found))[0]][:3]
        raise DataError(
            f"{path} holds no number at voxel {at}: fill in what is missing, for instance by 0."
        )
    return np.moveaxis(found, -1, 0)


def _voxel(image: Any) -> Sequence[float]:
    sides: Sequence[float] = image.header.get_zooms()[:3]
    return sides


def _unreadable(path: Path, error: Exception) -> DataError:
    why = (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")[:200]
    return DataError(f"{path} cannot be read as NIfTI: {why}.")


def _in_words(shape: Sequence[int]) -> str:
    return " x ".join(map(str, shape))


def sample(folder: Path) -> tuple[Path, ReadOptions]:
    """Small volumes, dark and light, twelve of each."""
    import numpy as np

    nibabel, rng = _nibabel(), np.random.default_rng(0)
    for name, level in (("dark", 0.0), ("light", 3.0)):
        (folder / name).mkdir(parents=True)
        for at in range(12):
            values = rng.normal(level, 1, (5, 4, 3)).astype(np.float32)
            image = nibabel.Nifti1Image(values, np.diag([2.0, 2.0, 2.0, 1.0]))
            nibabel.save(image, folder / name / f"{at}.nii.gz")
    return folder, ReadOptions()


READER = Reader(
    kind="nifti",
    takes="folders of NIfTI volumes",
    recognize=recognize,
    read=read,
    sample=sample,
    inputs=inputs,
)
