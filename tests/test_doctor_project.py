"""project.yaml: what it may hold, what is refused, and which one counts for which runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import netwright as nw
from netwright.base.errors import RecipeError
from netwright.cli.main import main
from netwright.runs.human_levels import HumanLevel
from netwright.runs.project import Project, of_folder, of_store, read

pytestmark = pytest.mark.usefixtures("no_reports")


def write(folder: Path, text: str) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "project.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_without_a_file_nothing_is_known_and_nothing_muted(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    assert of_folder(tmp_path) == Project(human_error=None, mute=frozenset(), path=None)


def test_human_error_and_muted_codes_are_read(tmp_path: Path) -> None:
    path = write(tmp_path, "human_error: 0.01\nmute: [NW107, NW111]\n")
    assert read(path) == Project((HumanLevel(0.01),), frozenset({"NW107", "NW111"}), path)
    write(tmp_path, "# nothing yet\n")
    assert read(path) == Project(path=path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("human_eror: 0.01", "unknown key 'human_eror'; did you mean 'human_error'"),
        ("mute: [NW170]", "no finding 'NW170'; did you mean 'NW"),
        ("mute: NW107", "expected a list of codes"),
        ("human_error: low", "expected the error of people"),
        ("human_error: true", "expected the error of people"),
        ("human_error: .nan", "expected the error of people"),
        ("human_error: 1.0e+301", "expected the error of people"),
        ("- NW107", "expected keys such as"),
        ("mute: [NW107", "line 1, column 13: not YAML"),
        ("human_error: !!int x", "does not fit its tag"),
        ("human_error: " + "9" * 5000, "does not fit its tag, or is too large"),
        ("mute: " + "[" * 100, "nested too deeply"),
    ],
)
def test_anything_else_is_refused_with_the_file_named(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(RecipeError, match=message) as refusal:
        read(write(tmp_path, text))
    assert str(refusal.value).startswith(str(tmp_path / "project.yaml"))


def test_the_nearest_file_counts_up_to_a_repository(tmp_path: Path) -> None:
    runs = tmp_path / "outer" / "inner" / "runs"
    outer = write(tmp_path / "outer", "human_error: 0.2")
    assert of_store(runs).path == outer
    inner = write(tmp_path / "outer" / "inner", "human_error: 0.1")
    assert of_store(runs).path == inner
    write(runs, "human_error: 0.3")  # among the runs is not above them
    assert of_store(runs).path == inner
    assert of_store(runs).named_from(runs / "one") == {"project": "../../project.yaml"}
    Path(inner).unlink()
    (tmp_path / "outer" / "inner" / ".git").mkdir()
    assert of_store(runs).path is None
    assert of_store(runs).named_from(runs / "one") == {}


def test_the_verdict_is_the_same_from_any_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home, other = tmp_path / "home", tmp_path / "other"
    write(home, "human_error: 0.001\nmute: [NW109]")
    write(other, "human_error: 0.9\nmute: [NW105]")
    (home / "deep").mkdir()
    monkeypatch.chdir(home)
    run = nw.train("iris", epochs=1, model="linear", set={"training.threads": 1})
    assert run.info["project"] == "../../project.yaml"
    verdicts = []
    for folder in (home, home / "deep", other):
        monkeypatch.chdir(folder)
        capsys.readouterr()
        main(["diagnose", run.id, "--store", str(home / "runs"), "--json"])
        verdicts.append(json.loads(capsys.readouterr().out))
        kept = json.loads((home / "runs" / run.id / "diagnosis.json").read_text(encoding="utf-8"))
        assert kept["project"] == "../../project.yaml"
    assert verdicts[0]["rungs"][0] == {**verdicts[0]["rungs"][0], "name": "human", "error": 0.001}
    assert verdicts[0] == verdicts[1] == verdicts[2]
    assert "NW109" not in {finding["code"] for finding in verdicts[0]["findings"]}


def test_verbs_that_know_no_store_look_from_the_current_folder_upwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    typed = ["ladder", "train=0.088", "dev=0.143", "--json"]

    def codes() -> set[str]:
        capsys.readouterr()
        main(typed)
        return {finding["code"] for finding in json.loads(capsys.readouterr().out)["findings"]}

    (tmp_path / "a" / "b").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "a" / "b")
    assert "NW111" in codes()
    write(tmp_path, "mute: [NW111]")
    assert "NW111" not in codes()
