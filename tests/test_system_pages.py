"""The README in each system's folder: its settings are those of the recipe, its example runs."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from netwright import systems
from netwright.cli import own_verbs
from netwright.cli.main import GROUPS
from netwright.cli.main import command as cli
from netwright.recipe import Recipe, knobs

FOLDERS = {name: Path(systems.__file__).parent / name for name in systems.names()}
HEADINGS = ["What it reads", "Its settings", "Example"]
ANSWERS = {
    "classifier": r"label='inside'.*label='outside'",
    "localizer": r"^0\.[5-9]",  # the mean overlap
    "regressor": r"value=2[5-9]\d",  # 20 + 300 - 50 = 270
    "tagger": r"Mei.*PER.*New York.*LOC",
    "text": r"label='good'.*label='bad'",
}
"""What examples print, where a person knows the answer; of any other page it is something."""


@pytest.fixture(params=FOLDERS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def page(name: str) -> str:
    return (FOLDERS[name] / "README.md").read_text(encoding="utf-8")


def test_it_is_called_as_the_system_and_has_every_part(name: str, page: str) -> None:
    assert page.startswith(f"# {name}\n")
    headings = re.findall(r"^## (.+)$", page, re.MULTILINE)
    assert [heading for heading in headings if heading in HEADINGS] == HEADINGS


def test_every_setting_of_its_own_is_named_and_none_that_is_not_there(name: str, page: str) -> None:
    mine, shared = knobs(systems.load(name).recipe), knobs(Recipe)
    sections = {key.partition(".")[0] for key in mine if "." in key}
    named = set(re.findall(r"`([a-z_]+(?:\.[a-z_0-9]+)?)(?:=[^`]*)?`", page))
    dotted = {key for key in named if key.partition(".")[0] in sections and "." in key}
    assert dotted <= mine.keys()
    own = mine.keys() - shared.keys()
    missing = {key for key in own if not {key, key.partition(".")[0]} & named}
    assert not missing, f"{name}/README.md says nothing of {', '.join(sorted(missing))}"


def test_every_verb_of_its_own_is_shown(name: str, page: str) -> None:
    place = systems.places()[name]
    for verb in own_verbs.of_place(place, GROUPS):
        assert re.search(rf"netwright {verb.name}\b", page), f"{name}/README.md: {verb.name}"


def test_its_example_runs(
    name: str,
    page: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    exec(compile(code, f"{name}/README.md", "exec"), {})
    assert re.search(ANSWERS.get(name, r"\S"), capsys.readouterr().out), f"{name}: what is printed"


def test_its_command_lines_are_such(name: str, page: str) -> None:
    """Their verbs and options; what its own verbs take is said with a run alone."""
    lines = re.findall(r"`(netwright [^`]+)`", page)
    assert lines
    for line in lines:
        _, verb, *words = shlex.split(line)
        if verb not in GROUPS:
            continue
        command = cli.get_command(click.Context(cli), verb)
        assert command is not None
        command.make_context(verb, words)


def test_links_lead_somewhere(name: str, page: str) -> None:
    for link in re.findall(r"\]\(([^)#\s]+)", page):
        assert (FOLDERS[name] / link).resolve().exists(), f"{name}/README.md: {link}"
