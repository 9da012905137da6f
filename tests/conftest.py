"""What holds for all tests: one thread a process, as two suites side by side on two cores would
otherwise wait for each other at every operation; trainings are hurried (``hurried.py``). CUDA
devices are out of sight unless NETWRIGHT_TEST_CUDA is set, as ``benchmarks/gpu.sh`` does.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
if not os.environ.get("NETWRIGHT_TEST_CUDA"):  # the same tests on every machine
    os.environ["CUDA_VISIBLE_DEVICES"] = ""

import gc
import importlib
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

import hurried

settings.register_profile("netwright", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("netwright")

hurried.hurry()

gc.disable()  # until all tests are collected: none of what is made till then is garbage


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)  # a full collection walks through all that torch has made
    gc.enable()


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
    with hurried.all_resamples():
        yield


@pytest.fixture
def whole_pictures() -> Iterator[None]:
    """Pictures are written: for tests that look into them; a fixture of a module that does calls
    ``hurried.whole_pictures`` itself.
    """
    with hurried.whole_pictures():
        yield


@pytest.fixture(scope="module")
def new_folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """Makes an empty folder, for tests that need hundreds: pytest's ``mktemp`` looks at all that
    there are each time.
    """
    root, numbers = tmp_path_factory.mktemp("folders"), itertools.count()

    def make() -> Path:
        (folder := root / str(next(numbers))).mkdir()
        return folder

    return make


@pytest.fixture(scope="module")
def with_references() -> Iterator[None]:
    """The usual methods are fitted beside the nets of tables, as for a person."""
    with hurried.with_references():
        yield


PICTURES = (
    "calibration",
    "confusion",
    "curves",
    "gaps",
    "layers",
    "learning",
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
