"""What holds for all tests: one thread a process, as two suites side by side on two cores would
otherwise wait for each other at every operation; nothing waits for the disk, as no test pulls the
plug; an interval is of as few resamples as that of many examples, since they take most of a small
training's time; the usual methods beside a net are fitted where a test asks for them. CUDA devices
are out of sight unless NETWRIGHT_TEST_CUDA is set, as ``benchmarks/gpu.sh`` does.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
if not os.environ.get("NETWRIGHT_TEST_CUDA"):  # the same tests on every machine
    os.environ["CUDA_VISIBLE_DEVICES"] = ""

import importlib
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from netwright.api.judged import references
from netwright.metrics import measure

settings.register_profile("netwright", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("netwright")

os.fsync = lambda handle: None
RESAMPLED, measure.RESAMPLED = measure.RESAMPLED, 0
MAKE, references.make = references.make, lambda *run: None


@pytest.fixture(scope="module")
def no_reports() -> Iterator[None]:
    """A training writes no report, whose pictures take half of a small training's time: for files
    of tests that read none.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("netwright.report.html_page.write_of", lambda *run, **how: None)
        yield


@pytest.fixture(scope="module")
def all_resamples() -> Iterator[None]:
    """Intervals are of as many resamples as a person's: for files that know them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(measure, "RESAMPLED", RESAMPLED)
        yield


@pytest.fixture(scope="module")
def with_references() -> Iterator[None]:
    """The usual methods are fitted beside the nets of tables, as for a person."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(references, "make", MAKE)
        yield


PICTURES = (
    "calibration",
    "confusion",
    "curves",
    "gaps",
    "layers",
    "lr_finder",
    "residuals",
    "search",
)


@pytest.fixture
def no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test's own trainings write their reports without the pictures, which take most of the time
    of one; what a fixture of a module trains has them all.
    """
    for name in PICTURES:
        module = importlib.import_module(f"netwright.plots.{name}")
        for drawn, function in vars(module).copy().items():
            is_picture = getattr(function, "__annotations__", {}).get("return") == "str"
            if is_picture and function.__module__ == module.__name__ and not drawn.startswith("_"):
                monkeypatch.setattr(module, drawn, lambda *given, **how: "<svg></svg>")
