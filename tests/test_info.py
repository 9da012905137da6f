"""``netwright info`` says what a bug report needs, names nobody, and survives a broken torch."""

from __future__ import annotations

import importlib.abc
import json
import os
import platform
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch

from netwright.cli.main import main
from netwright.runs.environment import bug_report, environment


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What ``netwright info`` prints."""
    main(["info", *arguments])
    return capsys.readouterr().out


def found(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    """The same as JSON."""
    return json.loads(printed(capsys, "--json", *arguments))


def test_versions_and_hardware_are_those_of_this_process(
    capsys: pytest.CaptureFixture[str],
) -> None:
    info = found(capsys)
    assert platform.python_version() in info["python"]
    assert info["packages"]["torch"] == metadata.version("torch")
    assert info["torch"]["threads"] == torch.get_num_threads()
    assert info["torch"]["devices"][0] == "cpu"
    assert info["cpus"] == os.cpu_count()
    assert info["memory_gib"] is None or info["memory_gib"] > 0.1
    text = printed(capsys)
    for version in [info["python"], *info["packages"].values()]:
        assert version in text


def test_it_agrees_with_the_record_of_a_run() -> None:
    report, record = bug_report(Path("runs")), environment("cpu")
    assert report["torch"]["processor"] == record["processor"]
    assert {**report["packages"], "netwright": report["netwright"]}.items() >= record[
        "packages"
    ].items()


def test_a_needed_package_that_is_not_there_is_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    version = metadata.version

    def absent(package: str) -> str:
        if package in ("polars", "tensorboard"):
            raise metadata.PackageNotFoundError(package)
        return version(package)

    monkeypatch.setattr(metadata, "version", absent)
    info = found(capsys)
    assert info["packages"]["polars"] is None
    assert info["extras"]["tensorboard"] is False
    assert "polars        not installed" in printed(capsys)


def test_the_runs_folder_is_named_without_the_home(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    home = tmp_path / "ada.lovelace"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(home)
    assert found(capsys)["runs"] == "~/runs"
    monkeypatch.setenv("NETWRIGHT_RUNS", str(home / "kept"))
    assert found(capsys)["runs"] == "~/kept"
    assert found(capsys, "--store", str(tmp_path / "ada.lovelaces"))["runs"] == str(
        tmp_path / "ada.lovelaces"
    )
    assert "ada.lovelace" not in printed(capsys)


class Torn(importlib.abc.MetaPathFinder):
    """A torch that is there and fails when it is loaded."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> None:
        if name == "torch":
            raise self.error


@pytest.mark.parametrize(
    "error",
    [
        ModuleNotFoundError("No module named 'torch'"),
        OSError("libtorch_cpu.so: cannot open\nshared object file"),
        RuntimeError(f"{Path.home()}/torch/lib is torn"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_torch_that_cannot_be_imported_is_said(
    error: Exception, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "torch")
    monkeypatch.setattr(sys, "meta_path", [Torn(error), *sys.meta_path])
    problem = found(capsys)["torch"]["problem"]
    assert problem.startswith(type(error).__name__)
    assert str(Path.home()) not in problem and "\n" not in problem
    assert f"torch cannot be imported: {problem}" in printed(capsys)
