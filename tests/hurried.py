"""What makes the tests' own trainings quick, in every process of theirs: nothing waits for the
disk, as no test pulls the plug; an interval is of few resamples; how a step runs fastest is timed
once; the usual methods beside a net are fitted where a test asks for them; our own code draws a
report's pictures, and Matplotlib, which takes longer than a small training, does not write them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import pytest
from matplotlib.figure import Figure

from netwright.api.judged import references
from netwright.metrics import measure
from netwright.nets.published import package
from netwright.training.probes import speed

RESAMPLED, FEWEST_ROUNDS = measure.RESAMPLED, measure.FEWEST_ROUNDS
SPEED_ROUNDS = speed.ROUNDS
WRITTEN, MADE = Figure.savefig, references.make
INSTALLED = package.installed
"""A person's."""


def hurry() -> None:
    os.fsync = lambda handle: None
    measure.RESAMPLED, measure.FEWEST_ROUNDS = 0, 50
    Figure.savefig = _frame_alone  # type: ignore[method-assign]
    references.make = lambda *run: None
    speed.ROUNDS = 1
    package.installed = lambda: None  # few photographs are not trained on with a large net


@contextmanager
def all_resamples() -> Iterator[None]:
    """Intervals are of as many resamples as a person's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(measure, "RESAMPLED", RESAMPLED)
        patch.setattr(measure, "FEWEST_ROUNDS", FEWEST_ROUNDS)
        yield


@contextmanager
def with_references() -> Iterator[None]:
    """The usual methods are fitted beside the nets of tables."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(references, "make", MADE)
        yield


@contextmanager
def whole_pictures() -> Iterator[None]:
    """Pictures are written as in a person's report."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Figure, "savefig", WRITTEN)
        yield


def _frame_alone(drawn: Figure, to: BinaryIO, **how: Any) -> None:
    """An SVG of the figure's size, and nothing in it."""
    if how.get("format") != "svg":
        WRITTEN(drawn, to, **how)
        return
    width, height = drawn.get_size_inches() * 72
    frame = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}"/>'
    to.write(frame.encode())
