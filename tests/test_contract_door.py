"""The contract through the public door: every system that reads something, by the command line in
this process, by Python, and by one other process that is killed.

What no command shows (a gradient, an answer's neighbours) tests/test_contract.py tries.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

import netwright as nw
import processes
from netwright import systems
from netwright.api.checking.sources import RUBBISH
from netwright.api.reading import recognize
from netwright.base.figures import figure as in_words
from netwright.base.measure import Measure
from netwright.cli.main import main
from netwright.contract import ReadOptions
from netwright.runs.answers.predictions import plain
from small_runs import SMALLER

OUTSIDE = Path(__file__).parent / "outside" / "toy_words"
NAMED: dict[str, str] = {
    **{name: name for name in systems.names()},
    "toy_words": str(OUTSIDE),
}
"""System -> how a person names it."""

ASKED_FOR = {"classifier": ("table", "y"), "regressor": ("table", "size")}
"""System -> the reader whose sample it learns from, and the target; any other learns from that of
its first reader that writes files.
"""

pytestmark = [
    pytest.mark.usefixtures("no_pictures"),
    pytest.mark.filterwarnings("ignore:.*was trained on:netwright.base.errors.NetwrightWarning"),
]

SMALL = {
    "training.epochs": 4,
    "training.batch_size": 16,
    "training.precision": "float32",
    "training.layout": "contiguous",
    "training.threads": 1,
}


@dataclass(frozen=True)
class Door:
    """A system, a source that its reader wrote, and a run that was trained on it by a command.

    Args:
        named: the system's name, or its folder.
    """

    system: str
    named: str
    source: Path
    target: str | None
    folder: Path

    @property
    def small(self) -> dict[str, Any]:
        """What makes a training quick."""
        return {**SMALL, **SMALLER.get(self.system, {})}

    def settings(self, **changes: Any) -> list[str]:
        """The options of a small training."""
        target = [] if self.target is None else ["--target", self.target]
        values = {**self.small, **{key.replace("__", "."): value for key, value in changes.items()}}
        pairs = [word for key, value in values.items() for word in ("--set", f"{key}={value}")]
        return [str(self.source), *target, *self.of, *self.store, *pairs]

    @property
    def of(self) -> list[str]:
        return ["--system", self.named]

    @property
    def store(self) -> list[str]:
        return ["--store", str(self.folder / "runs")]

    @cached_property
    def printed(self) -> Any:
        """What the command that trained ``run`` printed."""
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            main(["train", *self.settings(), "--json"])
        return json.loads(printed.getvalue())

    @cached_property
    def run(self) -> nw.Run:
        """Trained once."""
        return nw.open(self.printed["run"], store=self.folder / "runs", system=self.named)

    def train(self, **changes: Any) -> nw.Run:
        """By the command line."""
        before = self.ids()
        main(["train", *self.settings(**changes), "--json"])
        return self.made_since(before)

    def ids(self) -> set[str]:
        return {run.id for run in nw.list_runs(self.folder / "runs")}

    def made_since(self, before: set[str]) -> nw.Run:
        (made,) = [run for run in nw.list_runs(self.folder / "runs") if run.id not in before]
        return made

    @cached_property
    def metric(self) -> str:
        return str(self.run.system.metrics[0].name)

    @cached_property
    def title(self) -> str:
        """The metric as people read it, in small letters."""
        return (self.run.system.metrics[0].title or self.metric.replace("_", " ")).lower()

    def last(self) -> list[str]:
        """The trained run, as a command names it."""
        return [self.run.id, *self.of, *self.store]


@pytest.fixture(params=NAMED, scope="module")
def door(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Door:
    folder = tmp_path_factory.mktemp(request.param)
    name = systems.named(NAMED[request.param])
    source, target = _source(name, folder / "source")
    return Door(name, NAMED[request.param], source, target, folder)


def _source(name: str, folder: Path) -> tuple[Path, str | None]:
    """A source that one of the system's readers wrote, and its target."""
    for number, reader in enumerate(systems.readers(name)):
        kind, target = ASKED_FOR.get(name, (reader.kind, None))
        place = folder / str(number)
        place.mkdir(parents=True)
        written, options = reader.sample(place)
        if reader.kind != kind or not isinstance(written, Path):
            continue
        options = replace(options, target=target or options.target)
        read = recognize(str(written), name).read(options)
        if systems.takes(name).accepts(read.examples):
            return written, options.target
    pytest.skip(f"what the readers of {name} write as samples is of other systems")


@dataclass(frozen=True)
class Printed:
    """What a command printed, and its exit code."""

    out: str
    err: str
    code: int

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Any:
    """Call the command line in this process."""

    def call(*words: str) -> Printed:
        capsys.readouterr()
        code = 0
        try:
            main([str(word) for word in words])
        except SystemExit as ended:
            code = int(ended.code or 0)
        printed = capsys.readouterr()
        return Printed(printed.out, printed.err, code)

    return call


def close(first: Any, second: Any) -> bool:
    return bool(first == pytest.approx(second, rel=1e-6))


def weights(run: nw.Run) -> dict[str, torch.Tensor]:
    return load_file(run.record.weights)


def same_weights(first: nw.Run, second: nw.Run) -> bool:
    mine, other = weights(first), weights(second)
    return mine.keys() == other.keys() and all(torch.equal(mine[k], other[k]) for k in mine)


def curves(run: nw.Run) -> list[dict[str, str]]:
    return [
        {name: repr(value) for name, value in row.as_dict().items() if "second" not in name}
        for row in run.record.curves()
    ]


def test_data_counts_what_is_there(door: Door, command: Any) -> None:
    target = [] if door.target is None else ["--target", door.target]
    options = ReadOptions(target=door.target)
    there = len(recognize(str(door.source), door.system).read(options).examples)
    words = ["data", str(door.source), *target, *door.of]
    text, found = command(*words), command(*words, "--json").json
    assert f"{there} examples" in text.out and text.code == 0
    assert found["count"] == there


def test_train_prints_the_figures_that_it_keeps(door: Door) -> None:
    assert door.printed["run"] == door.run.id
    kept, printed = door.run.measures["dev"], door.printed["measures"]["dev"]
    assert close(printed[door.metric]["value"], kept[door.metric]["value"])


def test_the_same_recipe_gives_the_same_run_and_another_seed_another(
    door: Door, command: Any
) -> None:
    """Through recipe.yaml, so that recipe and codec survive being written; what is printed for
    people is this one's.
    """
    kept = door.run.record.path / "recipe.yaml"
    target = [] if door.target is None else ["--target", door.target]
    before = door.ids()
    text = command("train", str(door.source), *target, *door.of, *door.store, "--recipe", str(kept))
    again = door.made_since(before)
    assert f"dev {door.title}" in text.out.lower() and "report  " in text.out
    page = again.report.read_text(encoding="utf-8")
    assert again.id in page and door.title in page.lower()
    assert same_weights(again, door.run) and curves(again) == curves(door.run)
    assert again.codec == door.run.codec
    assert curves(door.train(training__seed=1)) != curves(door.run)


def answers_of(door: Door, run: str) -> list[str]:
    opened = nw.open(run, store=door.folder / "runs", system=door.named)
    return [repr(answer) for answer in opened.predict(door.source)]


def killed(door: Door) -> None:
    def stop(progress: Any) -> None:
        if progress.step >= 3:
            os._exit(9)

    nw.train(
        door.source,
        target=door.target,
        system=door.named,
        store=door.folder / "killed",
        set={**door.small, "training.checkpoint_minutes": 0},
        watch=stop,
    )


def test_another_process_answers_the_same_and_killed_it_is_gone_on_with(
    door: Door, command: Any
) -> None:
    there = replace(door)  # without what is known of the run here
    here = [repr(one) for one in door.run.predict(door.source)]
    assert processes.answer(answers_of, there, door.run.id) == here
    process = processes.start(killed, there)
    process.join()
    assert process.exitcode == 9
    (left,) = (door.folder / "killed").iterdir()
    assert json.loads((left / "run.json").read_text())["status"] == "running"
    resumed = command("train", "--resume", str(left), *door.of)
    assert resumed.code == 0, resumed.err
    (whole,) = nw.list_runs(door.folder / "killed")
    assert same_weights(whole, door.run) and curves(whole) == curves(door.run)


def test_predict_prints_the_answers(door: Door, command: Any) -> None:
    answers = list(door.run.predict_each(str(door.source)))
    words = ["predict", *door.last(), str(door.source)]
    text, found = command(*words), command(*words, "--json").json
    assert [one["source"] for one in found] == [source for source, _ in answers]
    first = next(iter(vars(answers[0][1])))  # what a person calls the answer
    for one, (_, answer) in zip(found, answers, strict=True):
        assert one[first] == json.loads(json.dumps(plain(getattr(answer, first))))
    assert answers[0][0] in text.out and first in text.out.splitlines()[0]
    assert len(command(*words, "--csv").out.splitlines()) == len(answers) + 1
    lines = command(*words, "--jsonl").out.splitlines()
    assert [json.loads(line) for line in lines] == found


def test_evaluate_prints_the_figure_of_all_answers(door: Door, command: Any) -> None:
    words = ["evaluate", *door.last(), str(door.source)]
    words += [] if door.target is None else ["--target", door.target]
    text, found = command(*words), command(*words, "--json").json["measures"]
    kept = door.run.evaluate(door.source, target=door.target)
    for name, figure in kept.items():
        assert close(found[name]["value"], figure["value"]) and found[name]["n"] == figure["n"]
    first = Measure.from_json(kept[door.metric])
    assert f"  {in_words(door.metric, first)}\n" in text.out
    if door.system != "writer":  # which measures passages, and answers whole texts
        assert close(kept[door.metric]["value"], measured_by_hand(door))
    opened = command("evaluate", *door.last(), "--split", "test", "--json").json
    assert opened["measures"][door.metric]["n"] == door.run.record.splits().count("test")


def measured_by_hand(door: Door) -> float:
    """The first metric of the answers that predict gives, held against the source's targets."""
    read = recognize(str(door.source), door.system).read(ReadOptions(target=door.target))
    metric = door.run.system.metrics[0]
    examples = door.run.system.arrange(read.examples, door.run.recipe)
    answers = door.run.predict(door.source)
    values = [
        metric.per_example(replace(example, input=None), answer)
        for example, answer in zip(examples, answers, strict=True)
        if example.target is not None
    ]
    return float(metric.value(values))


def test_it_beats_what_never_looks_at_the_input(door: Door) -> None:
    """On all of its source, trained for long enough; which part dev is decides nothing then, but
    that training has seen every pair of words that there is (as the table's split 0 has not).
    """
    run = door.train(training__epochs=60, split__seed=1)
    measured = run.evaluate(door.source, target=door.target)[door.metric]
    baseline, better = run.info["baseline"], run.system.metrics[0].better
    limit = measured["high"] if better == "lower" else measured["low"]
    assert limit < baseline if better == "lower" else limit > baseline


def test_diagnose_show_and_runs_name_the_figure(door: Door, command: Any) -> None:
    figure = door.run.measures["dev"][door.metric]["value"]
    text = command("diagnose", *door.last()).out
    found = command("diagnose", *door.last(), "--json").json
    assert "variance" in text and door.metric in found["metric"]
    shown = command("show", door.run.id, *door.store).out
    assert door.run.id in shown and f"dev {door.title}" in shown.lower()
    kept = command("show", door.run.id, *door.store, "--json").json
    assert close(kept["measures"]["dev"][door.metric]["value"], figure)
    assert door.run.id in command("runs", *door.store).out
    assert door.run.id in command("runs", *door.store, "--json").out


def test_no_advice_asks_people_who_cannot_be_measured(door: Door) -> None:
    found = door.run.diagnose()
    advice = [step for finding in found.findings for step in finding.do]
    asks = any(f"netwright human {door.run.id}" in step for step in advice)
    unknown = any(finding.code == "NW105" for finding in found.findings)
    assert asks == (unknown and door.run.system.certain is not None)


def test_search_finds_one_of_its_trials(door: Door, command: Any) -> None:
    words = ["search", str(door.source), *door.of, "--store", str(door.folder / "searched")]
    words += [] if door.target is None else ["--target", door.target]
    words += ["--trials", "2", "--epochs", "1", "--yes"]
    text = command(*words)
    assert text.code == 0, text.err
    assert "2 trials: 2 complete" in text.out and "best: dev " in text.out
    best = text.out.split("run ")[1].split()[0]
    assert best in {run.id for run in nw.list_runs(door.folder / "searched")}


def rubbish(door: Door, folder: Path, content: bytes) -> Path:
    """The source, with something else in each of its files."""
    copy = folder / door.source.name
    files = [door.source] if door.source.is_file() else [*door.source.rglob("*")]
    for path in files:
        place = copy if path == door.source else copy / path.relative_to(door.source)
        if path.is_file():
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
    return copy


@pytest.mark.parametrize("content", [b"", RUBBISH], ids=["empty", "rubbish"])
def test_what_is_no_such_file_is_refused_in_one_sentence(
    door: Door, command: Any, tmp_path: Path, content: bytes
) -> None:
    if not content and door.source.is_dir():
        pytest.skip("an empty file among others may be a text")
    target = [] if door.target is None else ["--target", door.target]
    path = str(rubbish(door, tmp_path, content))
    for words in (
        ["data", path, *target, *door.of],
        ["train", path, *target, *door.of, *door.store],
        ["evaluate", *door.last(), path],
        ["evaluate", *door.last(), str(tmp_path / "nowhere.csv")],
        ["predict", *door.last(), str(tmp_path / "nowhere.csv")],
    ):
        refused = command(*words)
        assert refused.code == 2, (words, refused.err)
        assert one_sentence(refused.err), (words, refused.err)


def one_sentence(message: str) -> bool:
    """A single line for people, behind whatever was said of the source before."""
    lines = message.strip().splitlines()
    named = [line for line in lines if line.startswith("netwright: ")]
    return len(named) == 1 and named[0] == lines[-1] and "Traceback" not in message


def test_a_knob_that_is_none_is_refused_in_one_sentence(door: Door, command: Any) -> None:
    refused = command("train", *door.settings(model__nonsense=1))
    assert refused.code == 2 and one_sentence(refused.err), refused.err
    assert "model.nonsense" in refused.err


@pytest.fixture(scope="module", autouse=True)
def _forgotten() -> Iterator[None]:
    yield
    systems._named.clear()
