"""What is released works outside the tree: built, installed into a fresh environment, used there.

``WHEEL`` in the environment names the wheel to try, as ``make wheel`` does; without it one is built
from a copy of the sources.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "netwright"


def pip(*arguments: object) -> None:
    """pip of the Python that runs the tests, without network."""
    command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*command, *map(str, arguments)], check=True, timeout=120)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel; built from a copy, since setuptools leaves files beside what it builds."""
    if given := os.environ.get("WHEEL"):
        return Path(given)
    copy, built = tmp_path_factory.mktemp("copy"), tmp_path_factory.mktemp("dist")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    unwanted = shutil.ignore_patterns("__pycache__", "*.egg-info")
    shutil.copytree(ROOT / "src", copy / "src", ignore=unwanted)
    pip("wheel", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", built, copy)
    (made,) = built.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with the wheel; what it needs lies with the Python that runs this."""
    folder = tmp_path_factory.mktemp("fresh")
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    pip("--python", python, "install", "--no-deps", "--no-index", wheel)
    (packages,) = folder.glob("lib/python*/site-packages")
    # appended, and what pth files there point to is not: the tree is not among it
    (packages / "needed.pth").write_text(f"{sysconfig.get_paths()['purelib']}\n", encoding="utf-8")
    return folder


class Outside:
    """The commands of the installed wheel, in a folder of their own."""

    def __init__(self, environment: Path, folder: Path) -> None:
        self.bin, self.folder = environment / "bin", folder

    def run(self, program: str, *arguments: str) -> str:
        """What it prints on stdout."""
        surroundings = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
        done = subprocess.run(
            [self.bin / program, *arguments],
            cwd=self.folder,
            env=surroundings,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def json(self, *arguments: str) -> Any:
        """stdout of ``netwright ... --json``."""
        return json.loads(self.run("netwright", *arguments, "--json"))


@pytest.fixture
def outside(installed: Path, tmp_path: Path) -> Outside:
    return Outside(installed, tmp_path)


def test_every_file_of_the_package_is_in_the_wheel(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if name.startswith("netwright/")}
    ours = {
        f"netwright/{path.relative_to(PACKAGE).as_posix()}"
        for path in PACKAGE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert packed == ours
    assert {"netwright/py.typed", "netwright/recipe/presets/quick.yaml"} <= packed
    assert {Path(name).suffix for name in packed} >= {".html", ".css"}


def test_it_is_itself_that_is_imported(outside: Outside) -> None:
    where = outside.run("python", "-c", "import netwright; print(netwright.__file__)")
    assert Path(where.strip()).is_relative_to(outside.bin.parent)


def test_it_trains_and_writes_its_report_outside_the_tree(outside: Outside) -> None:
    assert "Before training" in outside.run("netwright", "--help")
    info = outside.json("info")
    assert "problem" not in info["torch"] and info["runs"].endswith("/runs")
    run = outside.json("train", "digits8", "--model", "mlp", "--epochs", "1")
    report = Path(run["path"]) if Path(run["path"]).is_absolute() else outside.folder / run["path"]
    assert "What to do next" in (report / "report.html").read_text(encoding="utf-8")
