"""A picture of a run as a report holds it: in the page itself, and small enough to be sent."""

from __future__ import annotations

import base64
import io
import struct
from dataclasses import dataclass
from pathlib import Path

from netwright.base.errors import RunError
from netwright.runs import reading

LARGE = 34_000
"""A picture of more bytes is written anew as JPEG: 24 of this many fit into a report."""

LARGEST = 50_000_000
"""A file of more bytes is not opened."""

SMALL = 100
"""Pixels of a side up to which a picture is shown as a small one, each pixel sharp."""

TRIES = ((320, 85), (320, 60), (224, 60), (112, 60))
"""(pixels of the longer side, quality) of the JPEG, until it is small enough."""

PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class Embedded:
    """A picture in a page.

    Args:
        uri: ``data:image/png;base64,...``; empty where it cannot be shown.
        is_small: whether it has few pixels.
    """

    uri: str = ""
    is_small: bool = True


def embedded(folder: Path, name: str) -> Embedded:
    """A picture of the run in ``folder``, reduced when large; an empty one when it is no PNG, or
    cannot be read.
    """
    try:
        content = reading.picture(folder, name, LARGEST)
    except RunError:
        return Embedded()
    if not content.startswith(PNG) or len(content) < 24:
        return Embedded()
    is_small = max(struct.unpack(">II", content[16:24])) <= SMALL  # of the header, behind PNG
    if len(content) <= LARGE:
        return Embedded(_uri("png", content), is_small)
    reduced = _reduced(content)
    return Embedded(_uri("jpeg", reduced), is_small) if reduced else Embedded()


def _reduced(content: bytes) -> bytes:
    """A PNG as a JPEG of at most ``LARGE`` bytes; empty where it cannot be decoded."""
    from PIL import Image

    found = b""
    try:
        with Image.open(io.BytesIO(content), formats=["PNG"]) as picture:
            whole = picture.convert("RGB")
    except (OSError, ValueError, Image.DecompressionBombError):
        return b""
    for side, quality in TRIES:
        whole.thumbnail((side, side))
        out = io.BytesIO()
        whole.save(out, "JPEG", quality=quality, subsampling=0)  # thin coloured lines stay
        found = out.getvalue()
        if len(found) <= LARGE:
            break
    return found


def _uri(kind: str, content: bytes) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
