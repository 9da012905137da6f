"""Sources read as every verb reads them, for tests: recognized first, then read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from netwright.api import inputs as new_inputs
from netwright.api import reading
from netwright.api.reading import Recognized
from netwright.contract import Examples, Reading, ReadOptions
from netwright.recipe import Recipe


@dataclass(frozen=True)
class Found:
    """A recognized source, and how it is to be read."""

    recognized: Recognized
    options: ReadOptions

    @property
    def kind(self) -> str:
        return self.recognized.reader.kind

    @property
    def why(self) -> str:
        return self.recognized.claim.why


def recognize(source: Any, system: str = "auto", **options: Any) -> Found:
    """``recognize("t.csv", target="y")``."""
    return Found(reading.recognize(source, system), ReadOptions(**options))


def read(found: Found, *, skip_unreadable: bool = False, memory: int | None = None) -> Reading:
    options = replace(found.options, skip_unreadable=skip_unreadable, memory=memory)
    return found.recognized.read(options)


def read_inputs(inputs: Any, system: str = "classifier") -> Examples:
    """New inputs, as ``predict`` reads them."""
    return new_inputs.read_inputs(inputs, system, Recipe())
