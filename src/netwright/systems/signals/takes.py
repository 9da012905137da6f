"""What this system takes: signals or volumes whose targets are labels."""

from __future__ import annotations

from typing import Any

import numpy as np

from netwright.contract import Claim, Example, Examples, Shown, Takes
from netwright.contract.takes import itself
from netwright.data import splits
from netwright.data.signals import flat
from netwright.data.signals.arrays import are_signals


def accepts(examples: Examples) -> Claim | None:
    """Signals or volumes whose targets are labels."""
    if not are_signals(examples.inputs):
        return None
    first = next((t for t in examples.targets if t is not None), None)
    return Claim("the targets are labels", 2) if isinstance(first, str) else None


def show(example: Example, answer: Any = None) -> Shown | None:
    """A signal as a curve of each channel, a volume by its middle slice."""
    values = example.input.T if example.input.ndim == 2 else example.input[0][..., None]
    values = np.ma.array(np.nan_to_num(values), mask=np.isnan(values))  # behind the end: none
    low, high = float(values.min()), float(values.max())
    scaled = (values - low) * (255 / (high - low)) if high > low else values * 0 + 128
    return Shown(flat.picture(scaled.round().astype("uint8")))


TAKES = Takes(accepts, itself, show, splits.by_label)
