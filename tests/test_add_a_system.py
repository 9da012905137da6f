"""docs/add-a-system.md, done as it stands there: files written, commands run, outputs compared."""

from __future__ import annotations

import inspect
import re
import runpy
import shlex
import shutil
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import polars as pl
import pytest

import netwright as nw
from forgetting import forget
from netwright import contract, systems
from netwright.api.checking import checks, suite
from netwright.base.errors import DataError, NetwrightWarning, RecipeError
from netwright.cli.main import main
from netwright.contract import Examples, Reader, ReadOptions, Source
from netwright.data.sources import looking
from netwright.data.splits import as_wanted
from netwright.recipe import knob

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "add-a-system.md"
Floats = np.ndarray[Any, np.dtype[np.float64]]

MOST_LINES = 150
"""Of the system that the page builds."""


@dataclass(frozen=True)
class Block:
    """A block of code: its language, the name in its first line if there is one, the rest."""

    language: str
    name: str
    text: str


def blocks() -> Iterator[Block]:
    page = PAGE.read_text(encoding="utf-8")
    for language, text in re.findall(r"^```(\w+)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL):
        first, _, rest = text.partition("\n")
        named = language == "python" and first.startswith("# ")
        yield Block(language, first[2:] if named else "", rest if named else text)


def fragments(*names: str) -> dict[str, Any]:
    """What fragments of the page define."""
    texts = {block.name: block.text for block in blocks()}
    found: dict[str, Any] = {"__name__": __name__}  # dataclasses look it up
    for name in names:
        code = compile(texts[f"fragment: {name}"], str(PAGE), "exec", dont_inherit=True)
        exec(code, found)
    return found


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of a person who did all that the page says, up to views."""
    yield tmp_path_factory.mktemp("home")
    forget()


def write(home: Path, block: Block) -> None:
    path = home / block.name
    path.parent.mkdir(exist_ok=True)
    path.write_text(block.text, encoding="utf-8")


def masked(line: str) -> str:
    """Words alone: numbers differ from machine to machine."""
    line = re.sub(r"runs/\S+", "RUN", line)
    return " ".join(re.sub(r"\d[\d.,]*(e-\d+)?", "N", line).split())


def run(command: str, capsys: pytest.CaptureFixture[str]) -> str:
    program, *words = shlex.split(command)
    capsys.readouterr()
    if program == "python":
        runpy.run_path(words[0])  # in this process, which has loaded torch
    else:
        main(words)
    printed = capsys.readouterr()
    return printed.err + printed.out


def test_every_block_does_what_the_page_says(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(home)
    printed = ""
    for block in blocks():
        if block.language == "sh":
            printed = "".join(run(line, capsys) for line in block.text.splitlines())
            assert "whose code" not in printed  # verbs that came later change no answer
        elif block.language == "text" and printed:
            lines, shown = map(masked, printed.splitlines()), map(masked, block.text.splitlines())
            for line in shown:
                assert line == "..." or any(line in other for other in lines), (line, printed)
        elif block.name.endswith(".py"):
            write(home, block)
    assert (home / "counts" / "verbs.py").is_file()


def test_the_system_is_short() -> None:
    base = ("__init__", "sources", "codec", "system")
    lines = {b.name: len(b.text.splitlines()) for b in blocks() if b.name.startswith("counts/")}
    total = sum(lines[f"counts/{name}.py"] for name in base)
    assert total < MOST_LINES
    assert f"{total} lines in a folder of your own" in PAGE.read_text(encoding="utf-8")


def test_its_check_as_a_test_of_a_person(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It passes, and fails where the system does. All checks were run by the page; here is one."""
    monkeypatch.setattr(checks, "CHECKS", {"one": checks.masks_labels})
    monkeypatch.setattr(suite, "SOURCE_CHECKS", {})
    monkeypatch.chdir(home)
    found: dict[str, Any] = {}
    exec(compile(Path("test_counts.py").read_text(), "test_counts.py", "exec"), found)
    found["test_the_contract_holds"]()
    system = Path("counts", "system.py").read_text()
    wrong = broken(home / "wrong", system.replace("return -likely * batch.count", "return -likely"))
    forget()
    monkeypatch.chdir(wrong.parent)
    with pytest.raises(AssertionError, match="target is None have a gradient: multiply each loss"):
        found["test_the_contract_holds"]()
    forget()


def broken(folder: Path, system: str) -> Path:
    """A copy of the page's system with another system.py."""
    copy = Path(shutil.copytree("counts", folder / "counts"))
    (copy / "system.py").write_text(system, encoding="utf-8")
    return copy


def poisson_regression(inputs: Floats, events: Floats) -> Floats:
    """(D,) the weights of the largest likelihood: its gradient is 0 there, and it is concave."""
    weights = np.zeros(inputs.shape[1])
    for _ in range(30):
        rates = np.exp(inputs @ weights)
        curvature = inputs.T @ (rates[:, None] * inputs)
        weights += np.linalg.solve(curvature, inputs.T @ (events - rates))
    assert np.allclose(inputs.T @ (events - np.exp(inputs @ weights)), 0, atol=1e-6)
    return weights


def mean_deviance(events: Floats, rates: Floats) -> float:
    logs = np.log(np.maximum(events, 1) / rates) * events  # 0 log 0 is 0
    return float(np.mean(2 * (logs - events + rates)))


def test_it_expects_what_poisson_regression_expects(home: Path) -> None:
    """By Newton's method, on the same rows with the terms that made the data. views.py came after
    the training.
    """
    first = min(path.parent.name for path in (home / "runs").glob("*/run.json"))
    run = nw.open(first, store=home / "runs", system=home / "counts")
    table = pl.read_csv(home / "faults.csv")
    inputs = np.stack(
        [table["age"] * 0 + 1, table["age"] / 12, table["load"] ** 2, table["site"] == "south"],
        axis=1,
    ).astype(float)
    truths = table["faults"].to_numpy()
    train = np.array(run.record.splits()) == "train"
    weights = poisson_regression(inputs[train], truths[train])
    table.drop("faults").write_csv(home / "rows.csv")
    with pytest.warns(NetwrightWarning, match="'counts' of .*, whose code has changed since: "):
        answers = run.predict(home / "rows.csv")
    rates = np.array([answer.expected for answer in answers])
    best = mean_deviance(truths[~train], np.exp(inputs[~train] @ weights))
    mine = mean_deviance(truths[~train], rates[~train])
    assert mine < best + 0.05
    assert [a.none for a in answers] == pytest.approx(np.exp(-rates))
    measured = run.measures["dev"]["deviance"]
    dev = np.array(run.record.splits()) == "dev"
    assert measured["value"] == pytest.approx(mean_deviance(truths[dev], rates[dev]))


def test_a_target_that_is_no_count_is_refused_by_line(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(home)
    Path("bad.csv").write_text("age,faults\n" + "1,2\n3,1\n" * 9 + "4,1.5\n", encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        run("netwright data bad.csv --target faults --system ./counts", capsys)
    assert ended.value.code == 2
    assert "bad.csv:20: 1.5 is no number of events" in capsys.readouterr().err


def test_its_views_stand_in_the_report(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(home)
    text = Path("counts", "system.py").read_text(encoding="utf-8")
    text = text.replace("    sample=sample,\n", "    sample=sample,\n    views=views,\n")
    text = "from netwright.systems.counts.views import views\n" + text
    forget()
    made = nw.train(
        "faults.csv",
        target="faults",
        system=broken(home / "again", text),
        epochs=2,
        store=home / "again",
    )
    assert "Expected and counted, by fifths" in made.report.read_text(encoding="utf-8")
    forget()


class TestTheFragmentOfALog:
    """Counted by hand."""

    def log(self) -> tuple[dict[str, Any], Examples]:
        found = fragments("a log of a machine")
        values = np.arange(11.0)[:, None]
        return found, found["examples_of"](values, [str(at) for at in range(11)], "log.csv")

    def test_an_example_knows_what_was_before_it(self) -> None:
        found, examples = self.log()
        assert list(examples.targets) == [str(at) for at in range(1, 11)]
        assert examples.sources[0] == "log.csv:3"  # the second row of values
        last = found["window"](examples.inputs[9], 3, "log.csv:11")
        assert last[:, 0].tolist() == [7, 8, 9]  # and the target is 10
        assert found["window"](examples.inputs[1], 4, "log.csv:3")[:, 0].tolist() == [0, 0, 0, 1]

    @pytest.mark.parametrize(("ahead", "window"), [(1, 4), (2, 3), (3, 8)])
    def test_nothing_that_train_has_is_in_dev(self, ahead: int, window: int) -> None:
        """Of each row: the rows read, and the row asked for, by brute force."""
        found = fragments("a log of a machine")
        values = np.arange(101.0)[:, None]
        examples = found["examples_of"](values, list(range(101)), "log.csv")
        changes = {"data.ahead": ahead, "model.window": window, "split.gap": window + ahead - 1}
        recipe = found["LogRecipe"]().changed(changes)
        arranged = found["arrange"](examples, recipe)
        assigned = as_wanted(systems.load("regressor"), arranged, recipe)
        assert {"train", "dev", "test", "gap"} == set(assigned)
        held: dict[str, set[int]] = {"train": set(), "dev": set(), "test": set(), "gap": set()}
        for past, target, split in zip(arranged.inputs, arranged.targets, assigned, strict=True):
            whole, last = past.at >= window, past.at - 1
            assert target == (last + ahead if whole and last + ahead <= 100 else None)
            if target is not None:
                read = found["window"](past, window, "")[:, 0].astype(int).tolist()
                assert read == list(range(past.at - window, past.at))
                held[split] |= {*read, target}
        assert not held["train"] & held["dev"] and not held["dev"] & held["test"]
        near = min(held["dev"]) - max(held["train"])
        assert near == 1  # and a smaller gap would share a row

    def test_a_gap_that_is_too_small_is_refused(self) -> None:
        found, examples = self.log()
        recipe = found["LogRecipe"]().changed({"data.ahead": 3, "split.gap": 5})
        with pytest.raises(RecipeError, match="gap = 5: expected 6 or more"):
            found["arrange"](examples, recipe)
        with pytest.raises(
            RecipeError, match=r"split\.gap = -3: expected a whole number at least 0"
        ):
            found["LogRecipe"]().changed({"split.gap": -3})

    def test_a_question_that_is_too_short_is_refused(self) -> None:
        found, _ = self.log()
        short = found["Past"](np.zeros((3, 1)), 3, asked=True)
        assert found["window"](short, 3, "log.csv").shape == (3, 1)
        with pytest.raises(DataError, match=r"^log\.csv: 3 rows, and the net reads 4: "):
            found["window"](short, 4, "log.csv")

    @pytest.mark.parametrize(
        ("key", "value", "expected"),
        [
            ("split.gap", "1 hour", r"split\.gap = '1 hour': expected a whole number at least 0"),
            ("split.by", "hash", r"split\.by = 'hash': expected time"),
        ],
    )
    def test_what_would_leak_is_refused(self, key: str, value: str, expected: str) -> None:
        found, _ = self.log()
        with pytest.raises(RecipeError, match=expected):
            found["LogRecipe"]().changed({key: value})

    def test_an_id_stands_for_what_is_known(self) -> None:
        """Not for the file, nor for what comes later."""
        found, examples = self.log()
        values = np.arange(11.0)[:, None]
        stops = [str(at) for at in range(11)]
        assert found["examples_of"](values, stops, "other.csv").ids == examples.ids
        values[5] = -1
        changed = found["examples_of"](values, stops, "log.csv").ids
        alike = [a == b for a, b in zip(changed, examples.ids, strict=True)]
        assert alike == [True] * 5 + [False] * 5  # of the example at row 6 row 5 is known
        assert len(set(examples.ids)) == 10


LOGS = """
from dataclasses import dataclass

import numpy as np
import torch
from netwright.systems.logs import sources
from torch import nn

from netwright.contract import Batch, Claim, Metric, System


@dataclass(frozen=True)
class Answer:
    stops: bool


@dataclass(frozen=True)
class LogCodec:
    size: int
    mean: float

    def encode(self, examples):
        pairs = zip(examples.inputs, examples.sources)
        read = [sources.window(LATER(past), self.size, place) for past, place in pairs]
        rows = torch.tensor(np.stack(read)) - self.mean
        return Batch((rows,), (), torch.ones(len(rows)))


def fit(train, recipe):
    last = train.inputs[len(train) - 1]
    return LogCodec(recipe.model.window, float(last.values[: KNOWN].mean()))


SYSTEM = System(
    name="logs",
    recipe=sources.LogRecipe,
    codec=LogCodec,
    answer=Answer,
    accepts=lambda examples: Claim("a log", 1),
    arrange=sources.arrange,
    complete=lambda recipe, train: recipe,
    fit=fit,
    model=lambda codec, recipe: nn.Identity(),
    loss=lambda net, outputs, batch, recipe, training: outputs,
    metrics=(Metric("error", "lower", lambda example, answer: 0.0, np.mean),),
    baseline=lambda train: lambda example: Answer(False),
    sample=lambda count, seed: None,
)
"""
"""A system of the page's log: LATER and KNOWN are put in."""


@pytest.mark.parametrize(
    ("later", "known", "wrong"),
    [
        ("", "last.at", ""),
        ("lambda past: sources.replace(past, at=past.at + 1)", "last.at", "is encoded before row"),
        ("", "None", "is fitted before row 40 knows of later rows"),
    ],
    ids=["fine", "a window too late", "the mean of all"],
)
def test_the_fragment_that_looks_for_the_future_finds_it(
    later: str, known: str, wrong: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Run as it is printed, beside a folder with the fragments before it."""
    texts = {block.name: block.text for block in blocks()}
    names = ("a log of a machine", "a reader")
    sources = "\n".join(texts[f"fragment: {name}"] for name in names)
    system = LOGS.replace("LATER", f"({later})" if later else "").replace("KNOWN", known)
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "sources.py").write_text(sources, encoding="utf-8")
    (tmp_path / "logs" / "system.py").write_text(system, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    try:
        test = fragments("no look ahead")["test_no_look_ahead"]
        with pytest.raises(AssertionError, match=wrong) if wrong else nullcontext():
            test()
    finally:
        forget()


def in_the_reference() -> dict[str, Any]:
    """What the reference says can be imported from the contract."""
    api = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    names = re.findall(r"^\.\. auto\w+:: netwright\.contract\.(\w+)$", api, re.MULTILINE)
    return {name: getattr(contract, name) for name in names}


REFERENCE = in_the_reference()


@pytest.mark.parametrize("name", [name for name, of in REFERENCE.items() if is_dataclass(of)])
def test_the_reference_has_every_field_and_no_other(name: str) -> None:
    """It is made of the docstrings: their Args are the fields."""
    given = {field.name for field in fields(REFERENCE[name]) if field.init}
    assert documented(REFERENCE[name]) == given


def test_the_page_imports_what_the_reference_has() -> None:
    """Whatever it takes from the contract comes from one door, and is described."""
    page = PAGE.read_text(encoding="utf-8")
    lines = re.findall(r"^from netwright\.contract import (.*)$", page, re.MULTILINE)
    assert {name for line in lines for name in line.split(", ")} <= REFERENCE.keys()
    assert "from netwright.contract." not in page and set(contract.__all__) >= REFERENCE.keys()
    spoken = {"System", "Codec", "Look", "Cut", "Ragged", "Shown", "View", "JudgedRun", "reading"}
    assert spoken <= REFERENCE.keys()


def test_the_reference_of_knob_has_every_argument() -> None:
    assert documented(knob) == set(inspect.signature(knob).parameters)


def documented(thing: Any) -> set[str]:
    """The names under ``Args`` of a docstring."""
    lines = (inspect.getdoc(thing) or "").partition("Args:\n")[2].splitlines()
    named = [re.match(r"    (\w+(?:, \w+)*):", line) for line in lines]
    return {name for one in named if one for name in one[1].split(", ")}


class TestTheFragmentOfAReader:
    @pytest.fixture
    def reader(self) -> Reader:
        (found,) = fragments("a log of a machine", "a reader")["READERS"]
        return cast("Reader", found)

    def test_it_reads_what_it_writes(self, reader: Reader, tmp_path: Path) -> None:
        path, options = reader.sample(tmp_path)
        look = looking.look_at(str(path))
        claim = reader.recognize(look)
        assert claim is not None
        found = reader.read(look, Source(reader.kind, str(path), claim.why, options)).examples
        assert len(found) == 59 and found.targets[3:6] == ["no", "yes", "no"]  # of rows 4, 5, 6
        assert found.inputs[3].values.shape == (60, 1) and found.sources[4] == "log.csv:7"
        assert path.read_text().splitlines()[6] == "0.5,yes"  # line 7
        assert reader.inputs is not None
        asked = reader.inputs([look], options)
        assert asked is not None and asked.targets == [None] and asked.inputs[0].at == 60

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("", "log.csv cannot be read as a CSV table with a header: "),
            ("load,stopped\n1,no\nx,no\n", "log.csv:3: .*'x': expected 2 columns"),
            ("a,load,stopped\n1,2,no\n1\n", "log.csv:3: .*expected 3 columns"),
            ("load\n1\n", "has no column 'stopped'"),
        ],
    )
    def test_what_is_wrong_is_said_by_line(
        self, reader: Reader, tmp_path: Path, text: str, message: str
    ) -> None:
        path = tmp_path / "log.csv"
        path.write_text(text)
        source = Source("log", str(path), "", ReadOptions(target="stopped"))
        with pytest.raises(DataError, match=message):
            reader.read(looking.look_at(str(path)), source)


def test_the_fragment_of_recordings() -> None:
    found = fragments("recordings")
    recordings = [np.arange(7), np.arange(2), np.arange(3)]
    examples = Examples(recordings, ["a", "b", "c"], ["x", "y", "z"], ["1", "2", "3"])
    recipe = type("", (), {"model": type("", (), {"window": 3})})
    units, owner, place = found["cut"](examples, recipe, None)
    assert [piece.tolist() for piece in units.inputs] == [[0, 1, 2], [3, 4, 5], [0, 1], [0, 1, 2]]
    assert (owner.tolist(), place.tolist()) == ([0, 0, 1, 2], [0, 1, 0, 0])
    assert (units.targets, units.ids) == (["a", "a", "b", "c"], ["x/0", "x/1", "y/0", "z/0"])

    @dataclass(frozen=True)
    class Size:
        value: float

    answers = [Size(1), Size(3), Size(5), Size(7)]
    assert found["gather"](answers, owner, place) == [Size(2), Size(5), Size(7)]
