"""Mutated inputs: whatever is typed or read, one sentence; no traceback, no hang, nothing obeyed.

``tests/corpus`` holds the smallest inputs that once did worse. ``python -m benchmarks reliability``
goes on for longer.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from benchmarks.fuzz import edits, judge, lines, sources
from hypothesis import given, settings
from hypothesis import strategies as st

CORPUS = Path(__file__).parent / "corpus"
PATIENCE = 30.0
"""Seconds: the machine may be busy, and the first call of a verb loads libraries."""

EDITS = st.lists(
    st.builds(
        edits.Edit,
        st.sampled_from(edits.KINDS),
        st.floats(0, 1, exclude_max=True),
        st.integers(0, 2**16 - 1),
    ),
    min_size=1,
    max_size=4,
)
VALUES = st.one_of(
    st.sampled_from(lines.VALUES),
    st.text(max_size=12),
    st.text(alphabet="0123456789.eE+-%/:=,[]{}'ab ", max_size=12),
    st.floats().map(str),
    st.integers().map(str),
)


def ends_well(arguments: list[str]) -> judge.Ended:
    ended = judge.call(arguments, PATIENCE)
    assert not judge.wrong(ended), (arguments, judge.wrong(ended))
    return ended


@pytest.fixture(scope="module", autouse=True)
def apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A working folder and a cache of their own."""
    place, before = tmp_path_factory.mktemp("apart"), Path.cwd()
    os.chdir(place)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NETWRIGHT_CACHE", str(place / "cache"))
        patch.delenv("NETWRIGHT_RUNS", raising=False)
        yield place
    os.chdir(before)


# --- the corpus


@pytest.mark.parametrize("path", sorted((CORPUS / "sources").iterdir()), ids=lambda path: path.name)
def test_sources_of_the_corpus(path: Path) -> None:
    ends_well(["data", str(path)])
    ends_well(["data", str(path), "--target", "y"])


@pytest.mark.parametrize("path", sorted((CORPUS / "recipes").iterdir()), ids=lambda path: path.name)
def test_recipes_of_the_corpus_are_refused(path: Path) -> None:
    assert ends_well(["schedule", "--recipe", str(path)]).code == 2
    assert ends_well(["train", "iris", "--recipe", str(path)]).code == 2


@pytest.mark.parametrize(
    "path", sorted((CORPUS / "projects").iterdir()), ids=lambda path: path.name
)
def test_projects_of_the_corpus_are_refused(path: Path, apart: Path) -> None:
    shutil.copy(path, apart / "project.yaml")
    try:
        assert ends_well(["ladder", "train=0.1/100", "dev=0.2/100"]).code == 2
    finally:
        (apart / "project.yaml").unlink()


def test_lines_of_the_corpus() -> None:
    for arguments in json.loads((CORPUS / "lines.json").read_text(encoding="utf-8")):
        ends_well(arguments)


# --- by chance, the same every time


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> list[sources.Sample]:
    return sources.samples(tmp_path_factory.mktemp("samples"))


def test_the_samples_are_valid(samples: list[sources.Sample]) -> None:
    assert len(samples) > 15
    for sample in samples:
        ended = ends_well(sample.command(sample.folder))
        assert ended.code == 0, (sample.name, ended.err)


@given(drawn=st.data())
@settings(max_examples=150, derandomize=True)
def test_a_changed_source_is_read_or_refused(
    samples: list[sources.Sample], apart: Path, drawn: st.DataObject
) -> None:
    sample = drawn.draw(st.sampled_from(samples))
    file = drawn.draw(st.sampled_from(sample.files))
    folder = sources.changed(sample, file, drawn.draw(EDITS), apart / "changed")
    ends_well(sample.command(folder))


@given(drawn=st.data())
@settings(max_examples=200, derandomize=True)
def test_a_typed_line_does_something_or_is_refused(drawn: st.DataObject) -> None:
    slot = drawn.draw(st.sampled_from(lines.slots()))
    value = drawn.draw(VALUES)
    if slot.option in ("--set", "--space") and drawn.draw(st.booleans()):
        value = f"{drawn.draw(st.sampled_from(lines.settings()))}={value}"
    ends_well(slot.line(value))


@given(st.text(alphabet="ab:-[]{}&*!|>'\"#,? \n0123456789.", max_size=60))
@settings(max_examples=50, derandomize=True)
def test_any_recipe_is_taken_or_refused(text: str) -> None:
    Path("recipe.yaml").write_text(text, encoding="utf-8")
    ends_well(["schedule", "--recipe", "recipe.yaml"])
