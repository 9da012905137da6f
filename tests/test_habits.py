"""What stands in two places says the same: versions, Pythons, targets of make, names of tests."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def yaml_of(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


def test_the_version_is_the_same_everywhere() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.search(r"^## (\S+) \((?:unreleased|\d{4}-\d\d-\d\d)\)$", changelog, re.MULTILINE)
    assert newest
    assert newest[1] == PROJECT["version"] == str(yaml_of("CITATION.cff")["version"])


def test_the_forge_checks_every_python_that_is_promised() -> None:
    prefix = "Programming Language :: Python :: "
    promised = [
        name.removeprefix(prefix) for name in PROJECT["classifiers"] if name.startswith(prefix)
    ]
    jobs = yaml_of(".github/workflows/ci.yml")["jobs"]
    assert jobs["tests"]["strategy"]["matrix"]["python"] == promised
    assert PROJECT["requires-python"] == f">={promised[0]}"


def test_the_forge_runs_targets_that_make_has() -> None:
    jobs = yaml_of(".github/workflows/ci.yml")["jobs"]
    lines = [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]
    targets = [word for line in lines for word in line.split()[1:] if "=" not in word]
    assert {"lint", "types", "check", "wheel", "docs"} == set(targets)
    for target in targets:
        assert re.search(rf"^{target}:", MAKEFILE, re.MULTILINE)


def test_make_quick_names_tests_that_are_there() -> None:
    named = re.search(r"^QUICK := ((?:.*\\\n)*.*)$", MAKEFILE, re.MULTILINE)
    assert named
    for name in named[1].replace("\\\n", " ").split():
        assert list(ROOT.glob(f"tests/test_{name}.py")), name


def test_templates_and_hooks_are_yaml_that_a_forge_takes() -> None:
    for path in (ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"):
        form = yaml.safe_load(path.read_text(encoding="utf-8"))
        if path.name == "config.yml":
            continue
        assert form["name"] and form["description"]
        for field in form["body"]:
            assert field["type"] == "textarea" and field["attributes"]["label"]
    hooks = {
        hook["id"] for repo in yaml_of(".pre-commit-config.yaml")["repos"] for hook in repo["hooks"]
    }
    assert {"ruff-check", "ruff-format"} <= hooks
