"""What is nearly a source: what to do to make it one."""

from __future__ import annotations

from netwright.contract import Look
from netwright.data.sources import folders, suffixes


def hint(look: Look) -> tuple[str, str] | None:
    """(the kind of reader that would take it then, one sentence); None: nothing comes to mind."""
    if look.kind == "file" and suffixes.is_called_image(look.path):
        return (
            "images",
            f"{look} is one image: give the folder that holds a subfolder for each class.",
        )
    if look.kind != "folder":
        return None
    if way := suffixes.not_read(look.suffixes):
        return "images", f"{look} holds photographs that are not read yet: {way}."
    loose = len(folders.layout(look).loose)
    if loose:
        from netwright.data.boxes import beside_images

        if broken := beside_images.fault(look):
            return "coco", broken
        return (
            "images",
            f"{look} holds {loose:,} images but no folder a class: move each image into a subfolder"
            " named after its class.",
        )
    tables = [
        name
        for name in look.listed().files
        if (look.path / name).suffix.lower() in (*suffixes.TABLES, ".npz")
    ]
    if tables:
        return (
            "table",
            f"{look} is a folder with {len(tables)} table files: name one of them, for example"
            f" {look.path / tables[0]}.",
        )
    return None


def is_empty(look: Look) -> bool:
    """Whether it is a folder with nothing in it."""
    return look.kind == "folder" and not any((look.listed().files, look.listed().folders))
