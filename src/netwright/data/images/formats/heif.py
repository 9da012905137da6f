"""A phone's photographs, HEIC and HEIF: read through the extra [photos]."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.util import find_spec

INSTALL = "pip install 'netwright[photos]'"

MODULES = ("pi_heif", "pillow_heif")
"""What reads them: the first is the extra, and the second the same, which writes them, too."""

BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})


@cache
def module() -> str | None:
    """The one that is installed."""
    return next((name for name in MODULES if find_spec(name)), None)


@cache
def register() -> None:
    """Have Pillow read them, where something here can."""
    name = module()
    if name is not None:
        import_module(name).register_heif_opener()


def is_heif(content: bytes) -> bool:
    """Whether a file's bytes begin as such a photograph does."""
    return content[4:8] == b"ftyp" and content[8:12] in BRANDS
