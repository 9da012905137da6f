"""Folders of images: one subfolder a class, below train/, dev/ and test/ if there are any."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from netwright.base.errors import DataError, NetwrightWarning
from netwright.base.figures import counted
from netwright.contract import Claim, Examples, Look, Reader, ReadOptions, Source
from netwright.data.sources import suffixes
from netwright.data.sources.class_folders import Layout, class_folders

if TYPE_CHECKING:
    from netwright.contract.reading import Reading


def layout(look: Look) -> Layout:
    """The class folders of a folder of images.

    Raises:
        DataError: a folder cannot be listed, or it mixes split folders with class folders.
    """
    return class_folders(look, suffixes.is_image)


def recognize(look: Look) -> Claim | None:
    """A folder whose folders hold images."""
    if look.kind != "folder":
        return None
    found = layout(look)
    if not found.folders:
        return None
    return Claim(f"took {look.path} for images because it has {found.described('them')}", 2)


def read(look: Look, source: Source) -> Reading:
    """The examples of a folder of images, whose files are opened once.

    Raises:
        DataError: there are no images in class folders, 1% or more of the files cannot be read, or
            a file beside them that may say what is on them is broken.
    """
    from netwright.contract.reading import reading
    from netwright.data import targets
    from netwright.data.boxes import beside_images
    from netwright.data.images.files import read_files

    if broken := beside_images.fault(look):
        raise DataError(broken)
    found_layout = layout(look)
    options, files = source.options, found_layout.files(look)
    readable = read_files([file.path for file in files], options)
    splits = [files[at].split for at in readable.kept]
    domains = [files[at].domain or "" for at in readable.kept]
    labels = [files[at].label for at in readable.kept]
    found = targets.work_out(labels, task=options.task, name="folder", beside="images")
    examples = Examples(
        inputs=readable.images,
        targets=found.values,
        ids=readable.ids,
        sources=[
            path.relative_to(Path(source.path).parent).as_posix() for path in readable.images.paths
        ],
        splits=splits if any(splits) else None,
        domains=domains if any(domains) else None,
    )
    count = len(set(labels))
    found_in = f"{counted(len(labels), 'image')} in {counted(count, 'class folder')}"
    notes = (found_in, *beside_images.notes(look))
    findings = (*readable.findings, *found_layout.unread(look, "images"))
    return reading(examples, source, notes=notes, findings=findings)


def inputs(looks: Sequence[Look], options: ReadOptions) -> Examples | None:
    """Images and folders of them, in the order in which they are named."""
    if not looks or not all(map(_may_be_images, looks)):
        return None
    from netwright.data.images.files import below, named, to_answer

    parts = [
        below(images_below(look, look.path), options)
        if look.kind == "folder"
        else [named(look.path)]
        for look in looks
    ]
    empty = next((look for look, part in zip(looks, parts, strict=True) if not part), None)
    if empty is not None:
        if way := suffixes.not_read(empty.suffixes):
            raise DataError(f"{empty} holds photographs that are not read yet: {way}.")
        if len(looks) == 1:
            return None
        raise DataError(f"{empty.path} holds no images.")
    for look in looks:
        if look.kind == "folder" and (way := suffixes.not_read(look.suffixes)):
            left_out = f"{look} holds photographs that are left out: {way}."
            warnings.warn(left_out, NetwrightWarning, stacklevel=2)
    return to_answer([file for part in parts for file in part])


def sample(folder: Path) -> tuple[Path, ReadOptions]:
    """Dark and light images, twelve of each."""
    import numpy as np
    from PIL import Image

    rng = np.random.default_rng(0)
    for name, least in (("dark", 0), ("light", 200)):
        (folder / name).mkdir(parents=True)
        for at in range(12):
            pixels = rng.integers(least, least + 56, (8, 8), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{at}.png")
    return folder, ReadOptions()


READER = Reader(
    kind="images",
    takes="a folder of images (one subfolder a class)",
    recognize=recognize,
    read=read,
    sample=sample,
    inputs=inputs,
)


def images_below(look: Look, folder: Path) -> list[Path]:
    """All image files in a folder and the folders in it, sorted."""
    return [path for path in look.below(folder) if suffixes.is_image(path)]


def _may_be_images(look: Look) -> bool:
    return look.kind == "folder" or suffixes.is_called_image(look.path)
