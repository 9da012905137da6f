"""Verbs that systems bring: read off the source, called by the run's system, from the command line
and in Python.
"""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

import netwright as nw
from forgetting import forget
from netwright import systems
from netwright.base.errors import NetwrightError
from netwright.cli.main import GROUPS, VERBS, command, main
from netwright.cli.text import results
from netwright.systems import own_verbs

pytestmark = pytest.mark.usefixtures("no_reports")

FOLDER = Path(__file__).parent / "outside" / "toy_words"
QUICK = {"training.precision": "float32", "training.layout": "contiguous", "training.threads": 1}

EVERY_KIND = '''
from __future__ import annotations
from collections.abc import Sequence
from pathlib import Path

USUAL = 0.5

def show_given(
    run: Run,
    word: str,
    numbers: list[int],
    *,
    rate: float,
    limit: float = USUAL,
    out: Path | None = None,
    loud: bool = False,
    careful: bool = True,
    tags: Sequence[str] = (),
) -> dict[str, object]:
    """Give back what was given.

    Args:
        word: one word.
        numbers: some
            whole numbers.
        rate, limit: two numbers.
        loud: whether to shout.

    Raises:
        ValueError: never.
    """
    return {key: value for key, value in locals().items() if key != "run"}
'''


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    """No system outside the package is known before the test, nor after it."""
    forget()
    yield
    forget()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two systems in ``systems``: the toy, and a copy of it with other verbs."""
    folder = tmp_path_factory.mktemp("home")
    shutil.copytree(FOLDER, folder / "systems" / "toy_words")
    other = Path(shutil.copytree(FOLDER, folder / "systems" / "other"))
    for path in other.glob("*.py"):
        text = path.read_text(encoding="utf-8").replace("systems.toy_words", "systems.other")
        path.write_text(text.replace('"toy_words"', '"other"'), encoding="utf-8")
    shared = '\n\ndef telling_words(run: Run, loud: bool = False) -> str:\n    """Shout."""\n'
    shared += "    return f'{run.system.name}, loud: {loud}'\n"
    (other / "verbs.py").write_text(EVERY_KIND + shared, encoding="utf-8")
    (reader,) = systems.readers(systems.named(other))
    reader.sample(folder / "texts")
    return folder


@pytest.fixture(scope="module")
def runs(home: Path) -> dict[str, str]:
    """System -> the path of a run of it."""
    return {
        name: str(
            nw.train(
                home / "texts",
                system=home / "systems" / name,
                set=QUICK | {"training.epochs": 1},
                store=home / "runs",
            ).record.path
        )
        for name in ("toy_words", "other")
    }


@pytest.fixture
def known(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The person names the folder of both systems."""
    monkeypatch.setenv("NETWRIGHT_SYSTEMS", str(home / "systems"))


def refused(*arguments: Any) -> str:
    """The sentence with which the command line refuses."""
    with pytest.raises(NetwrightError) as caught:
        command.main([str(one) for one in arguments], standalone_mode=False)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def printed(capsys: pytest.CaptureFixture[str], *arguments: Any) -> str:
    capsys.readouterr()
    main([str(one) for one in arguments])
    return capsys.readouterr().out


class TestTheyAreReadOffTheSource:
    def test_every_kind_of_parameter(self) -> None:
        (verb,) = own_verbs.read(ast.parse(EVERY_KIND), Path("verbs.py"))
        assert (verb.name, verb.help) == ("show-given", "Give back what was given.")
        option = own_verbs.VerbOption
        assert verb.options == (
            option("word", "str", positional=True, help="one word."),
            option("numbers", "int", many=True, positional=True, help="some whole numbers."),
            option("rate", "float", help="two numbers."),
            option("limit", "float", default="USUAL", help="two numbers."),
            option("out", "Path", default="None"),
            option("loud", "bool", default="False", help="whether to shout."),
            option("careful", "bool", default="True"),
            option("tags", "str", many=True, default="()"),
        )

    @pytest.mark.parametrize(
        ("parameters", "why"),
        [
            ("", "its first parameter is to be the run: expected 'run: Run'"),
            ("net", "its first parameter is to be the run: expected 'run: Run'"),
            ("run, count=5", "its parameter 'count' is without a type: expected str, int, float"),
            ("run, sizes: dict[str, int]", "its parameter 'sizes' is dict[str, int]: expected"),
            ("run, sizes: list[list[int]]", "its parameter 'sizes' is list[list[int]]: expected"),
            ("run, store: str = ''", "its parameter 'store' is an option of every verb: rename it"),
            ("run, *words: str", "it takes *, ** or /: expected parameters that have names"),
            ("run, **more: str", "it takes *, ** or /"),
            ("run, word: str, /", "it takes *, ** or /"),
            ("run, a: list[str], b: list[str]", "two lists have no default: put one of them behin"),
        ],
    )
    def test_what_a_command_line_cannot_give_is_one_sentence(
        self, parameters: str, why: str
    ) -> None:
        tree = ast.parse(f"\ndef write({parameters}): pass")
        with pytest.raises(NetwrightError) as caught:
            own_verbs.read(tree, Path("x/verbs.py"))
        assert str(caught.value).startswith(f"x/verbs.py:2: write cannot be a verb: {why}")

    def test_what_is_no_function_for_people_is_none(self) -> None:
        tree = ast.parse("def _helper(): pass\nclass Word: pass\nCOUNT = 5")
        assert own_verbs.read(tree, Path("verbs.py")) == ()


class TestOnTheCommandLine:
    def test_a_verb_is_called_with_its_options(
        self, runs: dict[str, str], known: None, capsys: pytest.CaptureFixture[str]
    ) -> None:
        given = printed(
            capsys, "show-given", runs["other"], "a", 1, 2, "--rate", 0.5, "--loud", "--no-careful",
            "--tags", "x", "--tags", "y", "--out", "p.csv", "--limit", "1e-3", "--json",
        )  # fmt: skip
        assert json.loads(given) == {
            "schema": 1,
            "word": "a",
            "numbers": [1, 2],
            "rate": 0.5,
            "limit": 0.001,
            "out": "p.csv",
            "loud": True,
            "careful": False,
            "tags": ["x", "y"],
        }
        usual = printed(capsys, "show-given", runs["other"], "a", 1, "--rate", 2, "--json")
        assert json.loads(usual) == {
            "schema": 1,
            "word": "a",
            "numbers": [1],
            "rate": 2.0,
            "limit": 0.5,
            "out": None,
            "loud": False,
            "careful": True,
            "tags": [],
        }

    def test_a_wrong_value_is_refused_with_the_option(
        self, runs: dict[str, str], known: None, capsys: pytest.CaptureFixture[str]
    ) -> None:
        for wrong, why in (
            (["a", "x", "--rate", 1], "'NUMBERS...': 'x' is no whole number"),
            (["a", 1, "--rate", 1, "--store"], "Option '--store' requires an argument"),
            (["a", 1], "Missing option '--rate'"),
            (["a", 1, "--rate", 1, "--lout"], "Did you mean one of: '--loud'"),
        ):
            with pytest.raises(SystemExit):
                main(["show-given", runs["other"], *map(str, wrong)])
            assert why in capsys.readouterr().err

    def test_without_a_run_it_asks_for_one(
        self, known: None, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with pytest.raises(SystemExit):
            main(["repeat-text"])
        assert "Missing argument 'RUN'" in capsys.readouterr().err
        assert "RUN comes first" in refused("telling-words")

    def test_what_it_gives_is_printed(
        self, runs: dict[str, str], known: None, capsys: pytest.CaptureFixture[str]
    ) -> None:
        run = runs["toy_words"]
        lines = printed(capsys, "telling-words", run, "--topic", "sea", "--count", 3).splitlines()
        assert lines[0].split() == ["word", "topic", "weight"] and len(lines) == 4
        assert all(line.split()[1] == "sea" for line in lines[1:])
        whole = json.loads(printed(capsys, "telling-words", run, "--json"))
        assert len(whole) == 5 and set(whole[0]) == {"schema", "word", "topic", "weight"}
        assert printed(capsys, "repeat-text", run, "salt", 2) == "salt (sea)\nsalt (sea)\n"
        assert "no topic 'x': known are sea, woods." in refused("telling-words", run, "--topic=x")

    def test_two_systems_bring_one_of_the_same_name(
        self, runs: dict[str, str], known: None, home: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert "word" in printed(capsys, "telling-words", runs["toy_words"])
        shouted = printed(capsys, "telling-words", runs["other"], "--loud")
        assert shouted == "other, loud: True\n"
        named = Path(runs["other"]).name
        assert printed(capsys, "telling-words", named, "--store", home / "runs") == (
            "other, loud: False\n"
        )
        assert "--loud" in printed(capsys, "telling-words", runs["other"], "--help")
        assert refused("telling-words", "--loud", runs["other"]) == (
            "'telling-words' is a verb of the systems other, toy_words: RUN comes first, netwright"
            " telling-words RUN --help."
        )

    def test_the_help_is_the_docstrings(
        self, known: None, capsys: pytest.CaptureFixture[str]
    ) -> None:
        text = printed(capsys, "repeat-text", "--help")
        assert "Usage: netwright repeat-text [OPTIONS] RUN TEXT TIMES" in text
        assert "TEXT: what is said." in text and "Args" not in text
        text = printed(capsys, "show-given", "--help")
        assert "two numbers. (default: USUAL)" in " ".join(text.split())
        assert "--careful / --no-careful" in text and "never" not in text

    def test_a_folder_that_is_named_is_enough(
        self, runs: dict[str, str], home: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        message = refused("repeat-text", runs["toy_words"], "salt", 1)
        assert "is of the system 'toy_words', which was in" in message
        assert "name its folder with --system FOLDER" in message
        said = refused("repeat-text", "no-such-run", "salt", 1)
        assert "no verb 'repeat-text'" in said
        assert said.endswith("by --system FOLDER behind the verb, or NETWRIGHT_SYSTEMS=FOLDER.")
        folder = home / "systems" / "toy_words"
        said = printed(capsys, "repeat-text", runs["toy_words"], "moss", 1, "--system", folder)
        assert said == "moss (woods)\n"

    def test_a_run_of_another_system_has_no_such_verb(
        self, runs: dict[str, str], known: None
    ) -> None:
        name = Path(runs["other"]).name
        assert refused("repeat-text", runs["other"], "salt", 1) == (
            f"{name} is of the system 'other', which has no verb 'repeat-text'; known are"
            " show-given, telling-words."
        )
        assert "no verb 'repeat-txt'; did you mean 'repeat-text'?" in refused("repeat-txt", "last")

    def test_none_is_called_as_a_verb_of_netwright(
        self, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:  # fmt: skip
        copy = Path(shutil.copytree(FOLDER, tmp_path / "toy_words"))
        monkeypatch.setenv("NETWRIGHT_SYSTEMS", str(tmp_path))
        for name in ("train", "find_lr"):
            (copy / "verbs.py").write_text(f"\ndef {name}(run): pass\n", encoding="utf-8")
            message = (
                f"{copy / 'verbs.py'}:2: '{name.replace('_', '-')}' is a verb of netwright itself:"
                " call the function otherwise."
            )
            assert f"  cannot be used  {message}\n" in printed(capsys, "systems")
            said = refused("telling-words", "last")
            assert said.startswith("no verb 'telling-words'; known are batch-size, ")
            assert said.endswith(f". Not asked: {message}")
            main(["--help"])
            shown = capsys.readouterr()
            assert shown.err == f"netwright: {message}\n" and "Train:" in shown.out


class TestInPython:
    def test_a_verb_is_called_by_its_name(self, runs: dict[str, str], known: None) -> None:
        run = nw.open(runs["toy_words"])
        assert run.verbs["telling-words"] == "Print the words that tell most."
        assert len(run.verb("telling-words", count=2)) == 2
        assert run.verb("telling_words", topic="sea")[0].topic == "sea"
        assert list(run.verb("repeat-text", "moss", 1)) == ["moss (woods)"]
        with pytest.raises(NetwrightError, match="which has no verb 'write'; known are repeat-te"):
            run.verb("write")

    def test_it_is_not_loaded_because_a_run_names_it(self, runs: dict[str, str]) -> None:
        with pytest.raises(NetwrightError, match="name its folder with --system FOLDER"):
            nw.open(runs["toy_words"]).verb("telling-words")
        assert not [name for name in sys.modules if name.startswith("netwright.systems.toy")]

    def test_a_system_without_verbs(self, tmp_path: Path) -> None:
        run = nw.train("iris", epochs=1, store=tmp_path)
        assert run.verbs == {}
        with pytest.raises(NetwrightError, match=r"has no verb 'write'\.$"):
            run.verb("write")


class TestTheHelpOfNetwright:
    def test_it_groups_them_and_imports_none(
        self, known: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr("netwright.cli.main.MOST_OWN", 100)
        text = printed(capsys, "--help")
        assert "Of a run's own system:" in text
        assert "telling-words  Shout. (other, toy_words)" in text
        assert "repeat-text    Say a text again and again, with its topic. (toy_words)" in text
        assert not [name for name in sys.modules if name.startswith("netwright.systems.toy")]

    def test_it_stays_light(self, known: None) -> None:
        program = (
            "import sys; from netwright.cli.main import main; main(['--help']);"
            "print(sorted({'torch', 'polars', 'pydantic', 'numpy'} & sys.modules.keys()))"
        )
        printed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
        assert "more: netwright systems" in printed.stdout, "those of the toys are there"
        assert printed.stdout.endswith("\n[]\n")

    def test_it_is_a_screen_long(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("COLUMNS", "80")
        copy = Path(shutil.copytree(FOLDER, tmp_path / "toy_words"))
        many = "".join(f'def verb_{at}(run):\n    """Do {at}."""\n' for at in range(30))
        (copy / "verbs.py").write_text(many, encoding="utf-8")
        monkeypatch.setenv("NETWRIGHT_SYSTEMS", str(copy))
        lines = printed(capsys, "--help").splitlines()
        assert len(lines) <= 60 and max(map(len, lines)) <= 80
        places = [systems.places()[name] for name in systems.names()]
        ours = len({verb.name for place in places for verb in place.verbs})
        assert any(
            line.split() == f"... {25 + ours} more: netwright systems".split() for line in lines
        )
        named = [line.split()[0] for line in lines if line.startswith("  ") and line.strip()]
        assert [name for name in named if name in GROUPS] == list(GROUPS)
        assert all(f" {line}" in "\n".join(lines) for of in VERBS.values() for line in of.values())


@pytest.mark.parametrize(
    ("found", "text", "plain"),
    [
        (None, [], None),
        ("a\nb", ["a\nb"], "a\nb"),
        (0.25, ["0.25"], 0.25),
        ({"a": 1, "b": [1.5, None]}, ["a  1\nb  [1.5, none]"], {"a": 1, "b": [1.5, None]}),
        (["a", 2, True], ["a", "2", "yes"], ["a", 2, True]),
        ([{"a": 1}, {"a": 2}, "x"], ["a\n1\n2", "x"], [{"a": 1}, {"a": 2}, "x"]),
        ([{"a": 1}, {"b": 2}], ["a\n1", "b\n2"], [{"a": 1}, {"b": 2}]),
        (Path("x/y"), ["x/y"], "x/y"),
        ([], [], []),
    ],
)
def test_what_a_verb_gives_is_printed(found: Any, text: list[str], plain: Any) -> None:
    assert [click.unstyle(part) for part in results.texts(found)] == text
    assert results.as_json(found) == plain


def test_what_comes_bit_by_bit_is_printed_as_it_comes() -> None:
    made: list[int] = []

    def numbers() -> Iterator[str]:
        for at in range(3):
            made.append(at)
            yield str(at)

    texts = results.texts(numbers())
    assert next(texts) == "0" and made == [0]
    assert list(texts) == ["1", "2"]
