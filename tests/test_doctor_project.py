"""project.yaml: what it may hold, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from netwright.base.errors import RecipeError
from netwright.runs.project import Project, read


def test_without_the_file_nothing_is_known_and_nothing_muted(tmp_path: Path) -> None:
    assert read(tmp_path) == Project(human_error=None, mute=frozenset())


def test_human_error_and_muted_codes_are_read(tmp_path: Path) -> None:
    (tmp_path / "project.yaml").write_text("human_error: 0.01\nmute: [NW107, NW111]\n")
    assert read(tmp_path) == Project(human_error=0.01, mute=frozenset({"NW107", "NW111"}))
    (tmp_path / "project.yaml").write_text("# nothing yet\n")
    assert read(tmp_path) == Project()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("human_eror: 0.01", "unknown key 'human_eror'; did you mean 'human_error'"),
        ("mute: [NW170]", "no finding 'NW170'; did you mean 'NW"),
        ("mute: NW107", "expected a list of codes"),
        ("human_error: low", "expected a number"),
        ("human_error: true", "expected a number"),
        ("human_error: .nan", "expected a number"),
        ("- NW107", "expected keys such as"),
        ("mute: [NW107", "not YAML"),
    ],
)
def test_anything_else_is_refused_with_the_file_named(
    tmp_path: Path, text: str, message: str
) -> None:
    (tmp_path / "project.yaml").write_text(text)
    with pytest.raises(RecipeError, match=message) as refusal:
        read(tmp_path)
    assert "project.yaml" in str(refusal.value)
