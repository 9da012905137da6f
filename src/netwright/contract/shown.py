"""An example as a person sees it: on the sheet of the data, among the mistakes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Shown:
    """An example drawn for a person.

    Args:
        pixels: (H, W, C) uint8, C 1 (grey) or 3 (red, green, blue); None: there is only text.
        text: what a person reads; empty: there are only pixels.
    """

    pixels: np.ndarray[Any, Any] | None = None
    text: str = ""
