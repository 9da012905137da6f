"""A system and a reader outside the package, in a folder that a person names: every way in and out
takes them, by the public functions and the command line.
"""

from __future__ import annotations

import html
import io
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
import pytest

import netwright as nw
from forgetting import forget
from netwright import systems
from netwright.api import Run, recipes
from netwright.api.reading import read_to_learn
from netwright.base.errors import (
    DataError,
    NetwrightError,
    NetwrightWarning,
    RecipeError,
    RunError,
)
from netwright.cli.main import GROUPS, command, main
from netwright.contract import Claim
from netwright.recipe import Recipe
from netwright.report.sections import choices
from netwright.systems import outside, place

pytestmark = pytest.mark.usefixtures("no_reports")

FOLDER = Path(__file__).parent / "outside" / "toy_words"
QUICK = {
    "training.precision": "float32",
    "training.layout": "contiguous",
    "training.threads": 1,
}


@pytest.fixture(autouse=True)
def _known() -> None:
    """The toy is known to each test that has not forgotten it."""
    systems.named(FOLDER)


@pytest.fixture
def forgotten() -> Iterator[None]:
    """No system outside the package is known before the test, nor after it."""
    forget()
    yield
    forget()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the toy's sample in ``texts``."""
    folder = tmp_path_factory.mktemp("home")
    systems.named(FOLDER)
    (reader,) = systems.readers("toy_words")
    reader.sample(folder / "texts")
    return folder


@pytest.fixture(scope="module")
def run(home: Path) -> Run:
    return nw.train(home / "texts", system=FOLDER, set=QUICK, store=home / "runs")


def refused(*arguments: Any) -> str:
    """The sentence with which the command line refuses."""
    with pytest.raises(NetwrightError) as caught:
        command.main([str(one) for one in arguments], standalone_mode=False)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def every_verb() -> Iterator[tuple[str, click.Command]]:
    """All of netwright itself, those behind ``runs`` too."""
    context = click.Context(command)
    for name in GROUPS:
        verb = command.get_command(context, name)
        assert verb is not None
        yield name, verb
        if isinstance(verb, click.Group):
            yield from ((f"{name} {word}", one) for word, one in verb.commands.items())


def inputs_of(verb: click.Command) -> set[str | None]:
    return {one.name for one in verb.params if isinstance(one, click.Argument)}


def printed(capsys: pytest.CaptureFixture[str], *arguments: Any) -> str:
    capsys.readouterr()
    main([str(one) for one in arguments])
    return capsys.readouterr().out


class TestInPython:
    def test_it_trains_answers_and_is_measured(self, run: Run, home: Path) -> None:
        assert run.info["system"] == "toy_words"
        assert run.measures["dev"]["error"]["value"] == 0
        answers = run.predict(["salt and tide", "moss on an oak"])
        assert [answer.label for answer in answers] == ["sea", "woods"]
        assert len(run.predict("wine")) == 1  # a ready data set, to systems that read such
        texts = (["a tide of salt", "the deer", "moss"], ["sea", "woods", "sea"])
        assert run.evaluate(texts)["error"]["value"] == pytest.approx(1 / 3)
        assert run.evaluate(split="test")["error"]["n"] == 12

    def test_texts_in_memory_train_as_files_do(self, run: Run, home: Path) -> None:
        files = sorted((home / "texts").rglob("*.words"))
        pairs = [(path.read_text(), path.parent.name) for path in files]
        again = nw.train(
            ([text for text, _ in pairs], [label for _, label in pairs]),
            system="toy_words",
            set=QUICK,
            store=home / "memory",
        )
        assert again.record.weights.read_bytes() == run.record.weights.read_bytes()

    def test_it_is_stopped_resumed_and_repeated(self, run: Run, home: Path) -> None:
        def stop(progress: object) -> None:
            raise KeyboardInterrupt

        given: dict[str, Any] = {"system": FOLDER, "store": home / "stopped"}
        with pytest.raises(KeyboardInterrupt):
            nw.train(home / "texts", set=QUICK, watch=stop, **given)
        whole = nw.train(resume="last", **given)
        assert whole.record.weights.read_bytes() == run.record.weights.read_bytes()
        again = nw.train(repeat=whole.id, **given)
        assert again.record.weights.read_bytes() == run.record.weights.read_bytes()

    def test_it_is_searched_and_joined(self, home: Path) -> None:
        store = home / "searched"
        given: dict[str, Any] = {"system": FOLDER, "store": store}
        found = nw.search(
            home / "texts", trials=2, epochs=1, name="words", set=QUICK, seed=1, **given
        )
        assert found.winner is not None
        kept = json.loads((store / found.winner.run / "run.json").read_text())
        assert kept["system_origin"] == str(FOLDER)
        assert nw.open(found.winner.run, store=store).files.views[0]["title"] == "Words known"
        assert len(nw.api.join("words", trials=3, **given).rows) == 3
        report = html.unescape((found.folder / "report.html").read_text())
        assert report.count(f"--store {store} --system {FOLDER}") == 4

    def test_what_measures_steps_takes_it(self, home: Path) -> None:
        given: dict[str, Any] = {"system": "toy_words", "set": QUICK}
        assert nw.find_lr(home / "texts", **given).rate > 0
        drawn = nw.schedule(source=str(home / "texts"), epochs=2, **given)
        assert drawn.per_epoch == 5  # 36 examples in batches of 8


class TestOnTheCommandLine:
    def test_from_data_to_answers(
        self, home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(home)
        named = ["--system", FOLDER]
        assert "sea       18" in printed(capsys, "data", "texts", *named)
        trained = json.loads(
            printed(capsys, "train", "texts", *named, "--epochs", 2, "--store", "line", "--json")
        )
        last = [trained["run"], "--store", "line", *named]
        assert "error" in printed(capsys, "evaluate", *last, "--split", "test")
        texts = printed(capsys, "predict", *last, "salt", "moss and fern", "--csv").splitlines()
        assert texts[0] == "source,label,probability,probabilities.sea,probabilities.woods"
        assert [line.split(",")[:2] for line in texts[1:]] == [
            ["text 1", "sea"],
            ["text 2", "woods"],
        ]
        both = json.loads(printed(capsys, "predict", *last, "texts/sea/3.words", "texts", "--json"))
        assert both[0]["source"] == "texts/sea/3.words" and len(both) == 61
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"salt\r\nmoss")))
        lines = printed(capsys, "predict", *last, "-", "--jsonl").splitlines()
        assert [json.loads(line)["source"] for line in lines] == ["line 1", "line 2"]
        found = printed(
            capsys, "search", "texts", *named, "--trials", 1, "--epochs", 1, "--store", "line"
        )
        assert "1 trial" in found

    def test_several_workers_find_it(self, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
        arguments = ["--trials", 2, "--workers", 2, "--epochs", 1, "--store", home / "workers"]
        found = printed(capsys, "search", home / "texts", "--system", FOLDER, *arguments)
        assert "2 complete" in found

    def test_it_is_listed_with_its_verbs_which_are_not_imported(
        self, forgotten: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert "toy_words" not in printed(capsys, "systems")
        monkeypatch.setenv("NETWRIGHT_SYSTEMS", str(FOLDER.parent))
        found = json.loads(printed(capsys, "systems", "--json"))
        assert [one["name"] for one in found] == [*systems.names(), "toy_strips", "toy_words"]
        assert found[-1] == {
            "schema": 1,
            "name": "toy_words",
            "about": "Tell what a text is about by the words in it",
            "origin": str(FOLDER),
            "reads": [{"kind": "texts", "takes": "a folder of .words files (one folder a class)"}],
            "verbs": [
                {"name": "telling-words", "help": "Print the words that tell most."},
                {"name": "repeat-text", "help": "Say a text again and again, with its topic."},
            ],
            "problem": None,
        }
        assert "netwright.systems.toy_words.verbs" not in sys.modules
        text = printed(capsys, "systems")
        assert "verb   telling-words: Print the words that tell most." in text
        assert ": reads" not in text and str(FOLDER) in text


class TestAnswersAreGivenAsTheyCome:
    def test_the_first_lines_are_answered_before_the_last_are_there(self, run: Run) -> None:
        asked: list[str] = []

        def lines() -> Iterator[list[str]]:
            for block in (["salt"], ["moss", "fern"], ["tide"]):
                asked.extend(block)
                yield block

        answers = run.predict_each(lines())
        assert next(answers)[0] == "line 1" and asked == ["salt"]
        assert [source for source, _ in answers] == ["line 2", "line 3", "line 4"]

    def test_many_inputs_are_answered_part_by_part(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        texts = [f"{('salt', 'moss')[at % 3 == 0]} {at}" for at in range(10)]
        whole = run.predict(texts)
        monkeypatch.setattr("netwright.api.answering.ANSWERED_AT_ONCE", 3)
        parts = list(run.predict_each(texts))
        assert [answer.label for _, answer in parts] == [answer.label for answer in whole]
        assert [source for source, _ in parts] == [f"text {at}" for at in range(1, 11)]


class TestARunLoadsNothing:
    """Only a person's own word loads code from outside the package."""

    def test_it_says_how_its_system_is_given(
        self, run: Run, home: Path, forgotten: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        kept = run.record.path
        message = (
            f"{run.id} is of the system 'toy_words', which was in {FOLDER}: name its folder with"
            " --system FOLDER, or NETWRIGHT_SYSTEMS=FOLDER."
        )
        for arguments in (
            ["predict", kept, "salt"],
            ["evaluate", kept, home / "texts"],
            ["diagnose", kept],
            ["train", "--resume", kept],
        ):
            assert refused(*arguments) == message
        assert "netwright.systems.toy_words" not in sys.modules
        assert nw.open(str(kept), system=FOLDER).predict(["salt"])[0].label == "sea"

    def test_the_variable_names_it(
        self, run: Run, forgotten: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("NETWRIGHT_SYSTEMS", str(FOLDER))
        assert nw.open(str(run.record.path)).predict(["moss"])[0].label == "woods"

    def test_a_recipe_of_it_says_how_it_is_named(
        self, home: Path, forgotten: None, tmp_path: Path
    ) -> None:
        text = "system: toy_words\nmodel: {width: 3}\n"
        (tmp_path / "r.yaml").write_text(text, encoding="utf-8")
        said = refused("train", home / "texts", "--recipe", tmp_path / "r.yaml")
        assert said.startswith(
            f"{tmp_path / 'r.yaml'} is of a system that is not known here, no system 'toy_words':"
            " name its folder with --system FOLDER, or NETWRIGHT_SYSTEMS=FOLDER; known are "
        )

    def test_the_commands_of_its_report_run_as_printed(
        self, run: Run, home: Path, forgotten: None, monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:  # fmt: skip
        monkeypatch.chdir(home)
        stands_for = {"KEY=VALUE": "training.epochs=1", "PATH": "texts"}
        lines = [line for _, line in choices.repeat(run.files)["commands"]]
        of_run = [line for line in lines if run.id in line]
        assert len(of_run) == 4 and any("--recipe" in line for line in of_run)
        for line in of_run:
            assert f" --system {FOLDER}" in line
            printed(capsys, *(stands_for.get(word, word) for word in shlex.split(line)[1:]))

    def test_a_recipe_names_no_folder(self, home: Path, forgotten: None, tmp_path: Path) -> None:
        (tmp_path / "r.yaml").write_text(f"system: {FOLDER}\n", encoding="utf-8")
        with pytest.raises(RecipeError, match="no system '/"):
            nw.train(home / "texts", recipe=tmp_path / "r.yaml", store=tmp_path)
        assert "netwright.systems.toy_words" not in sys.modules

    def test_another_system_than_the_runs_is_refused(self, run: Run) -> None:
        with pytest.raises(RunError, match="is of the system 'toy_words', not of 'classifier'"):
            nw.open(str(run.record.path), system="classifier")

    def test_whatever_takes_a_run_takes_its_system(
        self, run: Run, home: Path, forgotten: None, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Also where it needs none: a person who names it everywhere is not refused."""
        of_run = {name: verb for name, verb in every_verb() if {"run", "runs"} & inputs_of(verb)}
        assert {"show", "report", "predict", "runs note", "runs remove"} <= of_run.keys()
        without = [
            name
            for name, verb in of_run.items()
            if not any("--system" in option.opts for option in verb.params)
        ]
        assert not without
        kept = run.record.path
        assert "dev error" in printed(capsys, "show", kept, "--system", FOLDER)
        out = home / "passed-on.html"
        assert "report" in printed(capsys, "report", kept, "--system", FOLDER, "--out", out)
        printed(capsys, "runs", "note", kept, "--system", FOLDER)
        assert "not of 'text': leave" in refused("runs", "remove", kept, "--system", "text", "-y")

    def test_reports_and_lists_need_no_system(
        self, run: Run, home: Path, forgotten: None, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run.id in printed(capsys, "runs", "--store", home / "runs")
        assert "dev error" in printed(capsys, "show", run.record.path)
        assert "netwright.systems.toy_words" not in sys.modules


@pytest.fixture
def copy(tmp_path: Path, forgotten: None) -> Path:
    """A copy of the toy's folder, to be broken."""
    return Path(shutil.copytree(FOLDER, tmp_path / "toy_words"))


class TestWhatIsWrongWithAFolder:
    @pytest.mark.parametrize(
        ("file", "text", "message"),
        [
            ("system.py", "SYSTEM = (", r"system\.py:1: .* SyntaxError"),
            ("system.py", "\n\nraise ValueError('a\\nb')", r"system\.py:3: .* ValueError: a\.$"),
            ("system.py", "import no_such_module", r"system\.py:1: .* ModuleNotFoundError"),
            ("system.py", "x = 1", r"system\.py has no SYSTEM: expected SYSTEM = "),
            ("codec.py", "1 / 0", r"codec\.py:1: .* ZeroDivisionError: division by zero"),
            ("codec.py", "", r"system\.py:\d+: .* ImportError"),
            ("sources.py", None, r"has no sources\.py: expected one with READERS"),
            ("sources.py", "x = 1", r"sources\.py has no READERS"),
        ],
    )
    def test_one_sentence_with_file_and_line(
        self, copy: Path, home: Path, file: str, text: str | None, message: str, tmp_path: Path
    ) -> None:
        path = copy / file
        path.unlink() if text is None else path.write_text(text, encoding="utf-8")
        with pytest.raises(NetwrightError, match=message) as caught:
            nw.train(home / "texts", system=copy, store=tmp_path / "runs")
        assert "\n" not in str(caught.value) and str(tmp_path) in str(caught.value)

    def test_its_name_is_its_folders(self, copy: Path, home: Path, tmp_path: Path) -> None:
        other = copy.rename(tmp_path / "renamed")
        for path in other.glob("*.py"):
            text = path.read_text(encoding="utf-8").replace("systems.toy_words", "systems.renamed")
            path.write_text(text, encoding="utf-8")
        with pytest.raises(NetwrightError, match="is called 'toy_words': expected 'renamed'"):
            nw.train(home / "texts", system=other, store=tmp_path)

    def test_two_of_one_name(self, copy: Path, forgotten: None, tmp_path: Path) -> None:
        systems.named(FOLDER)
        with pytest.raises(RecipeError, match="two systems are called 'toy_words'"):
            systems.named(copy)
        with pytest.raises(RecipeError, match="two systems are called 'classifier'"):
            systems.named(copy.rename(tmp_path / "classifier"))

    def test_no_system_there(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(RecipeError, match=r"holds no system: expected a folder with a system"):
            systems.named(tmp_path)
        with pytest.raises(RecipeError, match="no system 'clasifier'; did you mean 'classifier'"):
            systems.named("clasifier")
        monkeypatch.setenv("NETWRIGHT_SYSTEMS", str(tmp_path))
        assert {*systems.names()} < {*systems.places()}
        (fault,) = systems.faults().values()
        assert re.match(r"NETWRIGHT_SYSTEMS names .* holds no system", fault)

    def test_verbs_that_are_no_python(self, copy: Path) -> None:
        (copy / "verbs.py").write_text("def (", encoding="utf-8")
        with pytest.raises(NetwrightError, match=r"verbs\.py:1 cannot be read as Python"):
            _ = place.Place("toy_words", "", copy).verbs


BROKEN: dict[str, tuple[dict[str, str], str]] = {
    "no Python": ({"sources.py": "READERS = ("}, "SyntaxError"),
    "no Python in its verbs": ({"verbs.py": "def ("}, "cannot be read as Python"),
    "a system that raises": ({"system.py": "raise ValueError('odd')"}, "ValueError: odd"),
    "no system at all": ({}, "holds no system"),
    "a bad name": ({"bad name/system.py": ""}, "cannot be called 'bad name'"),
    "a name of ours": ({"classifier/system.py": ""}, "two systems are called 'classifier'"),
}
"""Name -> (the files that replace those of the toy, or all there are; what the sentence says)."""


class TestWhatItRaises:
    """A line with the place in its own file, and no other file's lines."""

    def lines(self, capsys: pytest.CaptureFixture[str], *arguments: Any) -> list[str]:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(["--quiet", *map(str, arguments)])
        assert ended.value.code == 1
        return capsys.readouterr().err.splitlines()

    @pytest.mark.parametrize(
        ("right", "wrong", "said", "below"),
        [
            (
                "nn.Linear(len(codec.words), len(",
                "nn.Linear(1 + len(codec.words), len(",
                "the net that model of the system 'toy_words' builds fails: RuntimeError: mat1 and",
                0,
            ),
            (
                'return F.cross_entropy(outputs, batch.targets[0], reduction="none")',
                "return baseline(None)",
                "the system 'toy_words' fails: AttributeError: 'NoneType' object has no attribute",
                2,
            ),
        ],
        ids=["a net of another width", "a loss"],
    )
    def test_in_a_training(
        self, right: str, wrong: str, said: str, below: int, copy: Path, home: Path,
        tmp_path: Path, capsys: pytest.CaptureFixture[str],
    ) -> None:  # fmt: skip
        file = copy / "system.py"
        text = file.read_text(encoding="utf-8")
        assert right in text
        file.write_text(text.replace(right, wrong), encoding="utf-8")
        first, *more = self.lines(
            capsys, "train", home / "texts", "--system", copy, "--store", tmp_path / "runs"
        )
        assert re.match(rf"netwright: {re.escape(str(file))}:\d+: {said}", first)
        assert len(more) == below and all(line.startswith(f"  {copy}") for line in more)

    def test_a_check_says_it_once(self, copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
        file = copy / "system.py"
        text = file.read_text(encoding="utf-8")
        wrong = text.replace("nn.Linear(len(codec.words)", "nn.Linear(1 + len(codec.words)")
        file.write_text(wrong, encoding="utf-8")
        capsys.readouterr()
        with pytest.raises(SystemExit):
            main(["systems", "--check", str(copy)])
        out = capsys.readouterr().out
        line = 1 + wrong[: wrong.index("model=lambda")].count("\n")
        assert out.count("RuntimeError: mat1 and mat2") == 1 and f" (system.py:{line})\n" in out

    def test_in_a_verb_of_its_own(
        self, run: Run, copy: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        verbs = "def deep(run):\n    return [][1]\n\n\ndef fails(run):\n    return deep(run)\n"
        (copy / "verbs.py").write_text(verbs, encoding="utf-8")
        found = self.lines(capsys, "fails", run.record.path, "--system", copy)
        place = f"{copy / 'verbs.py'}"
        assert found == [
            f"netwright: {place}:2: the system 'toy_words' fails: IndexError: list index out of"
            " range.",
            f"  {place}:6, in fails: return deep(run)",
            f"  {place}:2, in deep: return [][1]",
        ]

    def test_what_no_system_raises_is_a_traceback(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def fails(*given: Any, **named: Any) -> None:
            raise ZeroDivisionError

        monkeypatch.setattr("netwright.runs.store.every", fails)
        with pytest.raises(ZeroDivisionError):
            main(["runs"])


def broken(name: str, folder: Path) -> Path:
    """A folder of NETWRIGHT_SYSTEMS with a system that cannot be used."""
    files, _ = BROKEN[name]
    if all("/" in file for file in files):
        folder.mkdir()
    else:
        shutil.copytree(FOLDER, folder / "toy_words")
    for file, text in files.items():
        path = folder / (file if "/" in file else f"toy_words/{file}")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("name", BROKEN)
class TestABrokenOneStandsInNobodysWay:
    @pytest.fixture(autouse=True)
    def _beside(
        self, name: str, forgotten: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("NETWRIGHT_SYSTEMS", str(broken(name, tmp_path / "systems")))

    def test_others_are_used_and_it_is_named_in_a_sentence(self, name: str, tmp_path: Path) -> None:
        recipes.wanted(None, {"model.name": "mlp"}).shared()
        system, reading = read_to_learn("iris", Recipe())
        assert system.name == "classifier"
        said = [note for note in reading.notes if "not asked: " in note]
        if name not in ("no Python in its verbs", "a system that raises"):  # these are not read
            assert len(said) == 1 and BROKEN[name][1] in said[0]
        with pytest.raises(RecipeError, match="no model 'rensnet") as caught:
            recipes.wanted(None, {"model.name": "rensnet"}).shared()
        if not name.startswith("no Python"):  # the system itself can be loaded
            assert BROKEN[name][1] in str(caught.value) and "\n" not in str(caught.value)

    def test_it_is_listed_with_its_fault(
        self, name: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        found = json.loads(printed(capsys, "systems", "--json"))
        good = [one["name"] for one in found if one["problem"] is None]
        if name == "a system that raises":  # none is loaded for a list
            assert good == [*systems.names(), "toy_words"]
            return
        assert good == systems.names()
        (odd,) = (one for one in found if one["problem"] is not None)
        assert BROKEN[name][1] in odd["problem"] or "cannot be read as Python" in odd["problem"]
        assert "cannot be used" in printed(capsys, "systems")

    def test_its_name_alone_is_refused(self, name: str) -> None:
        if (systems.OWN / "classifier").name in BROKEN[name][0]:
            return
        for asked in set(systems.faults()) - set(systems.names()):
            with pytest.raises(RecipeError, match=re.escape(BROKEN[name][1])):
                systems.load(asked)
        assert systems.load("text").name == "text"


def test_of_two_of_one_name_in_the_variable_neither_is_used(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NETWRIGHT_SYSTEMS", f"{copy}{os.pathsep}{FOLDER}")
    assert "toy_words" not in systems.places()
    with pytest.raises(RecipeError, match="two systems are called 'toy_words', in "):
        systems.load("toy_words")
    assert read_to_learn("iris", Recipe())[0].name == "classifier"


class TestCodeThatChanged:
    """A run says when it is opened by other code of its system than that which trained it."""

    def opened(self, run: Run, folder: Path) -> list[str]:
        systems._named.clear()
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            again = nw.open(str(run.record.path), system=folder)
            assert again.system.name == "toy_words"
        return [str(one.message) for one in caught if one.category is NetwrightWarning]

    def test_the_same_code_in_another_folder_is_the_same(self, run: Run, copy: Path) -> None:
        assert self.opened(run, copy) == [] == self.opened(run, FOLDER)

    @pytest.mark.parametrize("file", ["system.py", "codec.py"])
    def test_a_comment_a_docstring_and_a_blank_line_change_nothing(
        self, run: Run, copy: Path, file: str
    ) -> None:
        path = copy / file
        first, rest = path.read_text(encoding="utf-8").split("\n", 1)
        path.write_text(f'# a comment\n\n"""Other words."""\n{rest}\n# the end\n', encoding="utf-8")
        assert first.startswith('"""') and first.endswith('"""')
        assert self.opened(run, copy) == []

    def test_other_code_is_said_and_used(self, run: Run, copy: Path) -> None:
        path = copy / "codec.py"
        path.write_text(path.read_text(encoding="utf-8") + "\nMORE = 1\n", encoding="utf-8")
        (message,) = self.opened(run, copy)
        assert message == (
            f"{run.id} was trained by the system 'toy_words' of {FOLDER}, whose code differs from"
            f" that of {copy}: its answers and figures may not be those of then."
        )

    def test_code_that_changed_where_it_lies(self, home: Path, copy: Path, tmp_path: Path) -> None:
        run = nw.train(home / "texts", system=copy, set=QUICK, epochs=1, store=tmp_path / "r")
        assert self.opened(run, copy) == []
        path = copy / "system.py"
        path.write_text(path.read_text(encoding="utf-8") + "\nMORE = 1\n", encoding="utf-8")
        (message,) = self.opened(run, copy)
        assert f"of {copy}, whose code has changed since: " in message

    def test_a_verb_that_is_added_changes_no_answer(self, copy: Path) -> None:
        here = place.Place("toy_words", "", copy)
        before = here.digest
        (copy / "verbs.py").write_text("def greet(run):\n    pass\n", encoding="utf-8")
        assert [verb.name for verb in here.verbs] == ["greet"]
        assert not here.may_have_changed(before)
        (copy / "more").mkdir()
        (copy / "more" / "verbs.py").write_text("MORE = 1\n", encoding="utf-8")
        assert here.may_have_changed(before)

    def test_digests_of_another_python_are_not_held_against_each_other(self, copy: Path) -> None:
        here = place.Place("toy_words", "", copy)
        assert not here.may_have_changed("") and not here.may_have_changed("2.7-0123456789abcdef")
        assert here.may_have_changed(here.digest[:-1] + "x")


def test_an_installed_package_brings_one(
    tmp_path: Path, home: Path, forgotten: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By an entry point, as ``pip install`` writes it."""
    package = Path(shutil.copytree(FOLDER, tmp_path / "site" / "wordy" / "words"))
    (package.parent / "__init__.py").touch()
    system = package / "system.py"
    text = system.read_text(encoding="utf-8").replace("netwright.systems.toy_words", "wordy.words")
    system.write_text(text.replace('"toy_words"', '"words"'), encoding="utf-8")
    about = tmp_path / "site" / "wordy-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: wordy\nVersion: 1.0\n")
    points = about / "entry_points.txt"
    points.write_text("[netwright.systems]\nwords = wordy.words\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    run = nw.train(home / "texts", epochs=1, set=QUICK, store=tmp_path / "runs")
    assert (run.info["system"], run.info["system_origin"]) == ("words", "wordy.words")
    assert nw.open(run.id, store=tmp_path / "runs").predict(["salt"])
    points.write_text("[netwright.systems]\nwords = wordy.nowhere\n", encoding="utf-8")
    (entry,) = outside.entries()
    with pytest.raises(NetwrightError, match=r"names the system 'words', but wordy\.nowhere is no"):
        outside.of_package(entry)
    assert "words" not in systems.places() and [*systems.faults()] == ["words"]
    for name in [name for name in sys.modules if name.startswith("wordy")]:
        del sys.modules[name]


def test_a_package_that_is_installed_meanwhile_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.utime(tmp_path, (1, 1))
    monkeypatch.syspath_prepend(str(tmp_path))
    assert "later" not in {entry.name for entry in outside.entries()}
    about = tmp_path / "later-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: later\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[netwright.systems]\nlater = later.words\n")
    assert "later" in {entry.name for entry in outside.entries()}


class TestTwoThatClaimAlike:
    """A tie is the person's to decide."""

    def test_two_readers(self, copy: Path, home: Path, tmp_path: Path, forgotten: None) -> None:
        twin = copy.rename(tmp_path / "twin")
        for path in twin.glob("*.py"):
            text = path.read_text(encoding="utf-8").replace("toy_words", "twin")
            path.write_text(text, encoding="utf-8")
        systems.named(FOLDER)
        systems.named(twin)
        with pytest.raises(DataError) as caught:
            nw.train(home / "texts", store=tmp_path)
        assert str(caught.value) == (
            f"{home / 'texts'} may be read as texts (for toy_words) or as texts (for twin): say"
            " which with --system NAME."
        )
        named = nw.train(home / "texts", system="twin", epochs=1, set=QUICK, store=tmp_path)
        assert named.info["system"] == "twin"

    def test_two_systems_and_the_stronger(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        from netwright.systems.regressor import takes as regressor

        def claiming(strength: Any) -> None:
            other = replace(regressor.TAKES, accepts=lambda examples: Claim("why not", strength))
            monkeypatch.setattr(regressor, "TAKES", other)

        claiming(2)
        with pytest.raises(DataError) as caught:
            nw.train("iris", store=tmp_path)
        assert str(caught.value) == (
            "iris may be learned by classifier (the targets are labels) or regressor (why not): say"
            " which with --system NAME."
        )
        claiming(1)
        run = nw.train("iris", model="linear", epochs=1, set=QUICK, store=tmp_path)
        assert run.info["system"] == "classifier"


def test_a_named_system_that_does_not_take_a_source_says_what_it_does(
    home: Path, tmp_path: Path
) -> None:
    with pytest.raises(DataError) as caught:
        nw.train("digits8", system="regressor", store=tmp_path)
    assert str(caught.value) == (
        "digits8: the system 'regressor' does not take these examples; what it does: Predict a"
        " number from an image or a row."
    )
    with pytest.raises(DataError) as caught:
        nw.train("digits8", system=FOLDER, store=tmp_path)
    assert str(caught.value) == (
        "digits8 cannot be read as data by the system 'toy_words': expected a folder of .words"
        " files (one folder a class)."
    )


def test_the_list_of_systems_loads_nothing_heavy() -> None:
    code = """
import sys
from netwright.cli.main import main
main(["systems", "--json"])
heavy = {"torch", "polars", "pydantic", "numpy"} & set(sys.modules)
assert not heavy, heavy
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
