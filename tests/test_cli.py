"""The command line: what each verb prints, JSON and CSV that parse, and one sentence for each
mistake.
"""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
import numpy as np
import pytest
from PIL import Image

import netwright as nw
from netwright.api import Run
from netwright.cli import console
from netwright.cli.main import command as group
from netwright.cli.main import main
from netwright.studies import study as studies

pytestmark = pytest.mark.usefixtures("no_reports")

QUICK = {"training.batch_size": 16, "optimizer.lr": 0.05, "model.dropout": 0.0}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of grey images, a table, and the store of runs."""
    folder = tmp_path_factory.mktemp("place")
    rng = np.random.default_rng(0)
    for kind, level in (("dark", 40), ("light", 200)):
        (folder / "photos" / kind).mkdir(parents=True)
        for at in range(15):
            pixels = np.clip(rng.normal(level, 20, (8, 8)), 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(folder / "photos" / kind / f"{at}.png")
    rows = [
        (a, rng.choice(["red", "blue"]), "big" if a > 0 else "small") for a in rng.normal(size=60)
    ]
    write(
        folder / "table.csv",
        "size,colour,kind",
        *(f"{a:.3f},{colour},{kind}" for a, colour, kind in rows),
    )
    return folder


@pytest.fixture(scope="module")
def images(place: Path) -> Run:
    return nw.train(
        str(place / "photos"), model="linear", epochs=6, set=QUICK, store=place / "runs"
    )


@pytest.fixture(scope="module")
def table(place: Path) -> Run:
    return nw.train(
        str(place / "table.csv"),
        target="kind",
        model="mlp",
        epochs=6,
        set=QUICK,
        store=place / "runs",
    )


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


class Shell:
    """Runs commands in this process and keeps what they print."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def out(self, *arguments: object) -> str:
        """stdout of a command that succeeds."""
        self.capsys.readouterr()
        main([str(argument) for argument in arguments])
        return self.capsys.readouterr().out

    def json(self, *arguments: object) -> Any:
        """stdout of a command, which is one JSON document and nothing else."""
        return json.loads(self.out(*arguments, "--json"))

    def refused(self, *arguments: object) -> str:
        """The one sentence of a command that ends with exit code 2."""
        self.capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        printed = self.capsys.readouterr()
        assert ended.value.code == 2
        assert printed.out == ""
        assert "Traceback" not in printed.err
        last: str = printed.err.splitlines()[-1]
        assert last.startswith("netwright: ")
        return last


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(capsys)


class TestPredict:
    def test_a_folder_several_files_and_their_order(
        self, shell: Shell, images: Run, place: Path
    ) -> None:
        paths = [place / "photos" / "light" / "3.png", place / "photos" / "dark" / "7.png"]
        rows = shell.json("predict", images.record.path, *paths)
        assert [row["source"] for row in rows] == list(map(str, paths))
        assert [row["label"] for row in rows] == ["light", "dark"]
        whole = shell.json("predict", images.record.path, place / "photos")
        assert len(whole) == 30
        assert rows[0]["probabilities"] == pytest.approx(
            next(row["probabilities"] for row in whole if row["source"] == str(paths[0])), abs=1e-5
        )

    def test_another_size_and_colour_are_brought_to_the_runs(
        self, shell: Shell, images: Run, tmp_path: Path
    ) -> None:
        Image.new("RGB", (50, 31), (210, 205, 200)).save(tmp_path / "large.png")
        Image.new("L", (1, 1), 30).save(tmp_path / "dot.png")
        rows = shell.json(
            "predict", images.record.path, tmp_path / "large.png", tmp_path / "dot.png"
        )
        assert [row["label"] for row in rows] == ["light", "dark"]

    def test_csv_has_a_column_a_class(self, shell: Shell, table: Run, tmp_path: Path) -> None:
        new = write(tmp_path / "new.csv", "colour,size", "red,2.5", "green,-2.5", ",")
        rows = list(
            csv.DictReader(io.StringIO(shell.out("predict", table.record.path, new, "--csv")))
        )
        assert list(rows[0]) == [
            "source",
            "label",
            "probability",
            "probabilities.big",
            "probabilities.small",
            "unlike",
        ]
        assert [row["label"] for row in rows[:2]] == [
            "big",
            "small",
        ], "an unseen category is no mistake"
        assert [row["source"] for row in rows][:2] == ["new.csv:2", "new.csv:3"]
        for row in rows:
            assert float(row["probabilities.big"]) + float(
                row["probabilities.small"]
            ) == pytest.approx(1, abs=1e-5)

    def test_what_cannot_be_labelled(
        self, shell: Shell, images: Run, table: Run, place: Path, tmp_path: Path
    ) -> None:
        (tmp_path / "empty").mkdir()
        (tmp_path / "torn.png").write_bytes(b"\x89PNG\r\n\x1a\n torn")
        short = write(tmp_path / "short.csv", "size", "1")
        words = write(tmp_path / "words.csv", "size,colour", "tall,red", "high,blue")
        for run, path, said in [
            (images, tmp_path / "nothing.png", "no such file or folder"),
            (images, tmp_path / "empty", "is an empty folder: the system 'classifier' reads"),
            (images, tmp_path / "torn.png", "torn.png"),
            (images, short, "the inputs are rows of a table: the model was trained on images"),
            (table, place / "photos", "the inputs are images: the model was trained on rows"),
            (table, short, "column 'colour' is missing"),
            (table, words, "column 'size' holds 'tall': expected a number"),
        ]:
            assert said in shell.refused("predict", run.record.path, path)


class TestEvaluate:
    def test_other_data(self, shell: Shell, table: Run, place: Path, tmp_path: Path) -> None:
        other = write(
            tmp_path / "other.csv", "size,colour,kind", "2,red,big", "-2,red,small", "2,blue,small"
        )
        told = shell.json("evaluate", table.record.path, other)
        assert told["measures"]["error"]["n"] == 3
        assert told["measures"]["error"]["value"] == pytest.approx(1 / 3)
        renamed = write(tmp_path / "renamed.csv", "size,colour,truth", "2,red,big", "-2,red,small")
        assert (
            shell.json("evaluate", table.record.path, renamed, "--target", "truth")["measures"][
                "error"
            ]["value"]
            == 0
        )

    def test_refusals(self, shell: Shell, table: Run, tmp_path: Path) -> None:
        unseen = write(
            tmp_path / "unseen.csv", "size,colour,kind", "2,red,big", "2,red,huge", "1,red,small"
        )
        told = shell.json("evaluate", table.record.path, unseen)
        assert told["measures"]["error"]["n"] == 3 and "(huge 1)" in told["warnings"][0]
        assert "needs a SOURCE" in shell.refused("evaluate", table.record.path)
        assert "has no split 'train_dev'" in shell.refused(
            "evaluate", table.record.path, "--split", "train_dev"
        )
        refused = shell.refused("evaluate", table.record.path, unseen, "--split", "test")
        assert f"leave out SOURCE for the split of {table.id}" in refused

    def test_openings_of_the_test_split_are_said(self, shell: Shell, images: Run) -> None:
        assert "\ntest error " not in shell.out("show", images.record.path)
        assert "opened the first time" in shell.out(
            "evaluate", images.record.path, "--split", "test"
        )
        assert "opened 2 times now" in shell.out("evaluate", images.record.path, "--split", "test")
        assert "\ntest error " in shell.out("show", images.record.path)


class TestPrinted:
    def test_every_verb_prints_json_alone(self, shell: Shell, images: Run, place: Path) -> None:
        run, store = images.record.path, place / "runs"
        assert shell.json("show", run)["id"] == images.id
        assert images.id in [row["id"] for row in shell.json("runs", "--store", store)]
        assert shell.json("diagnose", run)["gaps"]
        assert (
            sum(
                layer["parameters"]
                for layer in shell.json("summary", "lenet5", "--input", "1,32,32")
            )
            == 61_706
        )
        trained = shell.json(
            "train",
            place / "table.csv",
            "--target",
            "kind",
            "--epochs",
            "1",
            "--store",
            place / "other",
        )
        assert Path(trained["path"]).is_dir()
        assert trained["measures"]["dev"]["error"]["n"] == 12

    def test_a_number_is_said_with_its_unit_and_the_baseline(
        self, shell: Shell, tmp_path: Path
    ) -> None:
        run = nw.train("diabetes", model="linear", epochs=10, set=QUICK, store=tmp_path)
        said = shell.out("show", run.record.path)
        assert "dev RMSE " in said
        assert "The baseline reaches" in said
        assert "nan" not in said
        answers = shell.json("predict", run.record.path, _patients(tmp_path))
        assert all(20 < row["value"] < 400 for row in answers)

    def test_one_epoch_is_one_epoch(self, shell: Shell, tmp_path: Path) -> None:
        run = nw.train("iris", model="linear", epochs=1, store=tmp_path)
        run.record.note(status="stopped", message="stopped by hand", trained=False)
        said = shell.out("show", run.record.path)
        assert "Stopped after 1 epoch, " in said
        assert f"netwright train --resume {run.id}" in said

    def test_an_empty_store(self, shell: Shell, tmp_path: Path) -> None:
        assert "no runs: " in shell.out("runs", "--store", tmp_path)
        assert shell.json("runs", "--store", tmp_path) == []


def _patients(folder: Path) -> Path:
    from sklearn.datasets import load_diabetes

    from netwright.data.catalogue import ENTRIES

    assert "diabetes" in ENTRIES
    names = [number.name for number in nw.open("last", store=folder).codec.encoder.numbers]
    values = load_diabetes(scaled=False).data[:5]
    return write(
        folder / "patients.csv", ",".join(names), *(",".join(map(str, row)) for row in values)
    )


class TestTrain:
    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["irs"], "did you mean 'iris'"),
            ([], "nothing to train on"),
            (["iris", "--set", "optimizer.lr"], "expected KEY=VALUE"),
            (
                ["iris", "--set", "optimizer=1", "--set", "optimizer.lr=1"],
                "optimizer.lr lies in 'optimizer', which is set to 1: set one of the two",
            ),
            (["iris", "--set", "training.seed=" + "9" * 23], "a whole number is too large"),
            (["iris", "--set", "training.seed=!!int x"], "does not fit its tag"),
            (["iris", "--set", "optimizer.lr=fast"], "optimizer.lr = 'fast': expected"),
            (["iris", "--model", "mpl"], "no model 'mpl'; did you mean 'mlp'"),
            (["iris", "--model", "lenet5"], "reads images, the data are rows; use linear or mlp"),
            (["iris", "--recipe", "nowhere.yaml"], "no such recipe file"),
            (["--resume", "nothing"], "no run 'nothing'"),
            (["iris", "--human-error", "7"], "human_error = 7: expected the error of people, a"),
            (["iris", "--human-error", "nan"], "--human-error = 'nan': expected the error"),
            (["iris", "--human-error", "1e999"], "--human-error = '1e999': expected the error"),
            (["iris", "--tensorboard", "/dev/null/x"], "--tensorboard /dev/null/x: "),
        ],
    )
    def test_mistakes(self, shell: Shell, arguments: list[str], said: str, tmp_path: Path) -> None:
        assert said in shell.refused("train", *arguments, "--store", tmp_path)
        assert list(tmp_path.iterdir()) == []

    def test_a_human_error_of_the_project_that_fits_no_metric(
        self, shell: Shell, tmp_path: Path
    ) -> None:
        project = write(tmp_path / "project.yaml", "human_error: 7")
        refused = shell.refused("train", "iris", "--store", tmp_path / "runs")
        assert f"{project}: human_error = 7.0: expected the error of people, a fraction" in refused
        assert not (tmp_path / "runs").exists()

    def test_a_recipe_file(self, shell: Shell, tmp_path: Path) -> None:
        recipe = write(
            tmp_path / "my.yaml",
            "data: {source: iris}",
            "model: {name: linear}",
            "training: {epochs: 2}",
        )
        told = shell.json(
            "train", "--recipe", recipe, "--epochs", "3", "--store", tmp_path / "runs"
        )
        run = nw.open(told["run"], store=tmp_path / "runs")
        assert (run.recipe.model.name, run.recipe.training.epochs) == ("linear", 3)

    def test_an_unknown_verb(self, shell: Shell) -> None:
        assert "no verb 'trian'; did you mean 'train'" in shell.refused("trian")


@pytest.mark.parametrize("verb", ["train", "find-lr", "search", "batch-size"])
@pytest.mark.parametrize(
    ("source", "wrong"),
    [("iris", "regressor"), ("digits", "regressor"), ("diabetes", "classifier")],
)
def test_a_named_system_that_does_not_take_the_source_is_one_sentence(
    verb: str, source: str, wrong: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([verb, source, "--set", f"system={wrong}", *_store_of(verb, tmp_path)])
    assert ended.value.code == 2
    assert f"the system '{wrong}' does not take these examples" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def _store_of(verb: str, folder: Path) -> list[str]:
    return ["--store", str(folder)] if verb in ("train", "search") else []


def test_a_net_that_no_memory_holds_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(
            [
                "train",
                "iris",
                "--model",
                "mlp",
                "--set",
                "model.hidden=[1000000,1000000,1000000]",
                "--store",
                str(tmp_path),
            ]
        )
    assert ended.value.code == 2
    said = capsys.readouterr().err.splitlines()
    assert said[-1].startswith("netwright: the memory does not suffice"), said


def test_examples_that_were_trained_on_are_said_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["train", "iris", "--epochs", "1", "--store", str(tmp_path)])
    capsys.readouterr()
    main(["evaluate", "last", "iris", "--store", str(tmp_path)])
    printed = capsys.readouterr()
    assert "the test split was opened the first time." in printed.out
    (line,) = [one for one in printed.err.splitlines() if "unlike all of training" not in one]
    assert line.startswith("netwright: ") and "of these 150 examples are among those that" in line


@pytest.mark.parametrize("way", ["option", "variable"])
@pytest.mark.parametrize(
    "verb", [["runs"], ["show", "last"], ["train", "iris"], ["search", "iris"]]
)
def test_a_store_that_is_a_file_is_refused(
    verb: list[str],
    way: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = write(tmp_path / "file", "")
    if way == "variable":
        monkeypatch.setenv("NETWRIGHT_RUNS", str(file))
    named = ["--store", str(file)] if way == "option" else []
    with pytest.raises(SystemExit) as ended:
        main([*verb, *named])
    assert ended.value.code == 2
    origin = "--store" if way == "option" else "$NETWRIGHT_RUNS"
    assert f"{file}, {origin}, is a file" in capsys.readouterr().err


def test_a_store_that_is_not_there_is_not_an_empty_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["runs", "--store", str(tmp_path)])
    assert capsys.readouterr().out.startswith(f"no runs: {tmp_path} holds no runs yet;")
    main(["runs", "--store", str(tmp_path / "nosuch")])
    assert capsys.readouterr().out.startswith(f"no runs: {tmp_path / 'nosuch'} is no folder yet;")
    with pytest.raises(SystemExit):
        main(["show", "last", "--store", str(tmp_path / "nosuch")])
    assert f"{tmp_path / 'nosuch'} is no folder yet;" in capsys.readouterr().err


@pytest.mark.parametrize(
    "verb",
    [
        ["schedule", "cosine"],
        ["find-lr", "iris"],
        ["explain", "J = 3 * (a + b)", "a=1", "b=2"],
    ],
)
@pytest.mark.parametrize("name", ["picture.foo", "picture", "picture.png"])
def test_a_picture_is_drawn_as_svg_alone(
    verb: list[str], name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*verb, "--out", str(tmp_path / name)])
    assert ended.value.code == 2
    assert "give a name that ends in .svg" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("option", ["--quiet", "--version"])
@pytest.mark.parametrize("verb", ["train", "runs", "explain", "data"])
def test_an_option_of_the_program_behind_a_verb_is_told_its_place(
    verb: str, option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([verb, option] if verb == "runs" else [verb, "x", option])
    assert ended.value.code == 2
    assert f"{option} goes before the verb: netwright {option} VERB" in capsys.readouterr().err


@pytest.mark.parametrize("verb", ["data", "train", "find-lr", "search", "batch-size"])
def test_an_empty_source_is_refused(
    verb: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([verb, "", *_store_of(verb, tmp_path)])
    assert ended.value.code == 2
    assert "is empty: expected a path" in capsys.readouterr().err


@pytest.mark.parametrize("verb", ["evaluate", "predict"])
def test_an_empty_name_is_no_data_for_a_run(verb: str, table: Run, shell: Shell) -> None:
    assert "is empty: expected a path" in shell.refused(verb, table.record.path, "")


def test_a_source_is_looked_for_where_the_run_was_trained(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shell: Shell
) -> None:
    """A path relative to another folder is not mistaken for a name that was typed."""
    monkeypatch.chdir(place)
    given = ["--store", tmp_path / "runs", "--epochs", "1", "--model", "linear"]
    run = shell.json("train", "table.csv", "--target", "kind", *given)["run"]
    write(tmp_path / "tables.csv", "size,colour,kind")
    monkeypatch.chdir(tmp_path)
    for verb in (
        ["evaluate", run, "--split", "test"],
        ["train", "--repeat", run],
    ):
        refused = shell.refused(*verb)
        assert f"the data of {run}, table.csv, are not in {tmp_path}" in refused
        assert "did you mean" not in refused
    shell.json("train", place / "table.csv", "--repeat", run)


WITH_JSON = {
    "data": ["table.csv"],
    "summary": ["lenet5", "--input", "1,32,32"],
    "schedule": ["--set", "training.epochs=2", "--set", "optimizer.lr=0.1"],
    "systems": [],
    "plan-splits": ["--error", ".1", "--resolve", ".01"],
    "explain": ["a*b", "a=2", "b=3"],
    "info": [],
    "train": ["table.csv", "--target", "kind", "--epochs", "1", "--store", "json"],
    "search": [
        "table.csv", "--target", "kind", "--epochs", "1", "--trials", "2", "--store", "json",
        "--space", "optimizer.lr=0.01,0.1", "--yes",
    ],
    "curve": [
        "table.csv", "--target", "kind", "--epochs", "1", "--sizes", "8,16,24", "--store", "json",
    ],
    "improve": [
        "table.csv", "--target", "kind", "--model", "linear", "--epochs", "1", "--budget", "3s",
        "--store", "json",
    ],
    "ensemble": ["RUN", "OTHER"],
    "find-lr": ["table.csv", "--target", "kind"],
    "batch-size": ["table.csv", "--target", "kind", "--model", "linear"],
    "tweak": ["RUN", "optimizer.lr=0.01"],
    "rewind": ["RUN", "--epoch", "1"],
    "runs": ["--store", "runs"],
    "show": ["RUN"],
    "studies": ["--store", "studied"],
    "report": ["RUN", "--without-examples"],
    "inspect": ["RUN"],
    "evaluate": ["RUN", "--split", "dev"],
    "predict": ["RUN", "photos"],
    "export": ["RUN", "--onnx", "json.onnx"],
    "compare": ["RUN", "OTHER"],
    "plan": ["RUN"],
    "slices": ["RUN"],
    "blame": ["RUN"],
    "drift": ["RUN"],
    "mismatch": ["RUN", "--against", "photos", "--no-fit"],
    "human": ["RUN", "--sheet", "people.csv"],
    "diagnose": ["RUN"],
    "errors": ["RUN"],
    "labels": ["RUN"],
    "ladder": ["train=0.1", "dev=0.2"],
    "runs rename": ["RUN", "of-json"],
    "runs note": ["RUN", "a note"],
    "runs tidy": ["--store", "runs"],
    "runs remove": ["last", "--yes", "--store", "gone"],
}  # fmt: skip
"""Every verb with --json, as it is called here."""


def with_json() -> set[str]:
    """The verbs, and the words behind ``runs``, that have --json."""
    context = click.Context(group)
    found = {verb: group.get_command(context, verb) for verb in group.list_commands(context)}
    behind = {
        f"{verb} {word}": under
        for verb, of in found.items()
        if isinstance(of, click.Group)
        for word, under in of.commands.items()
    }
    return {
        verb
        for verb, of in (found | behind).items()
        if of and any(parameter.name == "as_json" for parameter in of.params)
    }


def test_every_verb_is_in_the_table() -> None:
    assert with_json() == WITH_JSON.keys()


@pytest.mark.parametrize("verb", WITH_JSON)
def test_what_every_verb_prints_has_a_version(
    verb: str, shell: Shell, images: Run, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(place)
    for name in ("tweak", "rewind"):  # of a run that is being trained: tests/test_live.py
        monkeypatch.setattr(f"netwright.api.live.{name}", lambda *_: {"step": 1, "changes": {}})
    other = place / "other" / images.id
    if not other.exists():
        shutil.copytree(images.record.path, other)
    named = {"RUN": str(images.record.path), "OTHER": str(other)}
    words = [named.get(word, word) for word in WITH_JSON[verb]]
    if verb == "studies":
        known = {"question": "?", "system": "classifier", "source": "iris", "fingerprint": ""}
        studies.create(place / "studied", "folds", {**known, "plan": {}})
    if verb == "drift":  # these are too few for a person
        monkeypatch.setattr("netwright.api.judged.drift.FEWEST", 4)
    if verb == "blame":  # of a system that answers in steps: tests/test_blame.py
        found = SimpleNamespace(as_json=lambda: {"first": None})
        monkeypatch.setattr("netwright.api.judged.blame.blame", lambda *_, **__: found)
    if verb == "inspect":  # of a net of filters: tests/test_inside.py
        found = SimpleNamespace(as_json=lambda: {"layers": []})
        monkeypatch.setattr("netwright.api.inside.inspecting.inspect", lambda *_, **__: found)
    if verb == "ensemble":  # of two runs of one folder: tests/test_ensembles.py
        found = SimpleNamespace(as_json=lambda: {"run": "together"})
        monkeypatch.setattr("netwright.api.studies.ensemble", lambda *_, **__: found)
    if verb == "mismatch":
        monkeypatch.setattr("netwright.api.domains.sources.FEWEST", 4)
    if verb == "runs remove":
        shutil.copytree(images.record.path, place / "gone" / images.id)
    found = shell.json(*verb.split(), *words)
    rows = found if isinstance(found, list) else [found]
    assert rows
    assert [row["schema"] for row in rows] == [console.SCHEMA] * len(rows)
    if verb == "predict":
        lines = shell.out("predict", *words, "--jsonl").splitlines()
        assert [json.loads(line) for line in lines] == found
