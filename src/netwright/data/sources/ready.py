"""The ready data sets, by name; nothing is downloaded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from netwright.contract import Claim, Look, Reader, ReadOptions, Source
from netwright.data import catalogue

if TYPE_CHECKING:
    from netwright.contract.reading import Reading


def recognize(look: Look) -> Claim | None:
    """The name of a ready data set."""
    if look.kind != "ready":
        return None
    title = catalogue.ENTRIES[look.name].title
    return Claim(f"took '{look.name}' for the ready data set of that name: {title}", 3)


def read(look: Look, source: Source) -> Reading:
    """Its examples, from the package that holds it."""
    return catalogue.read_ready(source)


def sample(folder: Path) -> tuple[str, ReadOptions]:
    """The smallest one; nothing is written."""
    return "iris", ReadOptions()


READER = Reader(
    kind="ready",
    takes="the name of a ready data set (netwright data lists them)",
    recognize=recognize,
    read=read,
    sample=sample,
)
