"""The checks of a system, on systems with one mistake each: every check finds its own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from torch import Tensor

import netwright as nw
import toy_triplets
from netwright import systems
from netwright.api.checking import checks, sources, suite
from netwright.api.checking.tried import Tried
from netwright.base.errors import DataError, RecipeError
from netwright.cli.main import main
from netwright.contract import AnySystem, Component, Example, Examples, Look, Reader, Reference
from netwright.contract.system import NEEDED
from netwright.data.labels import Label
from netwright.data.splits import as_wanted as split_as_wanted
from netwright.metrics.measure import baseline_value
from netwright.runs.record import Record
from netwright.systems.place import Place

FINE: AnySystem = systems.load("text")


def with_loss(change: Callable[[Tensor], Tensor]) -> AnySystem:
    """The loss of each row, changed."""
    return replace(FINE, loss=lambda *given: change(FINE.loss(*given)))


def unseeded() -> AnySystem:
    return with_loss(lambda losses: losses * float(np.random.default_rng().uniform(0.5, 2)))


def with_a_counter() -> AnySystem:
    """What is counted in Python is not in the checkpoint: another process begins anew."""
    steps = count(1)
    return with_loss(lambda losses: losses * (1 + next(steps) / 50))


def of_company() -> AnySystem:
    return replace(
        FINE, forward=lambda net, batch, recipe: (out := net(*batch.inputs)) - out.mean(0)
    )


def turned_round(outputs: Tensor, codec: Any, chosen: Any) -> dict[str, Tensor]:
    """The probability of each class under the name of another."""
    return {"probabilities": outputs.softmax(dim=1).flip(1)}


def of_a_hidden_decay() -> AnySystem:
    """The net's weights are changed where only the optimizer changes them."""

    def forward(net: Any, batch: Any, recipe: Any) -> Tensor:
        net.embed.weight.data.sub_(0.001)  # thawed vectors begin as 0
        outputs: Tensor = net(*batch.inputs)
        return outputs

    return replace(FINE, forward=forward)


def unmasked() -> AnySystem:
    def loss(net: Any, outputs: Tensor, batch: Any, recipe: Any, training: bool) -> Tensor:
        return -outputs.log_softmax(1).gather(1, batch.targets[0].clamp(min=0)[:, None])[:, 0]

    return replace(FINE, loss=loss)


def beside(said: Callable[[Examples, Sequence[str]], Iterable[Any]]) -> AnySystem:
    """With a usual method beside the net that says this, by the names of the classes."""

    def references(
        train: Examples, asked: Examples, recipe: Any, codec: Any, seconds: float
    ) -> Iterator[Reference]:
        yield Reference("a guess", "guessed", list(said(asked, codec.classes)))

    return replace(FINE, references=references)


def guess(name: str, p: float = 0.75) -> Label:
    return Label(name, p, {name: p})


def ones(net: Any, examples: Examples, *others: Any) -> list[Label]:
    return [guess("none of them")] * len(examples)


def of_the_first() -> AnySystem:
    metric = replace(FINE.metrics[0], value=lambda values: values[0], per_example=_number)
    return replace(FINE, metrics=(metric,))


@dataclass(frozen=True)
class Other:
    label: str
    probability: float
    probabilities: dict[str, float]


def _number(example: Example, answer: Any) -> float:
    return float(answer.probability)


MISTAKES: dict[str, tuple[Callable[[], AnySystem], Callable[[Tried], str], str]] = {
    "accepts": (
        lambda: replace(FINE, accepts=lambda examples: None),
        checks.takes_its_sample,
        "accepts refuses",
    ),
    "nothing known": (
        lambda: replace(
            FINE,
            arrange=lambda examples, recipe: replace(examples, targets=[None] * len(examples)),
        ),
        checks.splits_its_sample,
        "sample(240, 0), by the recipe's default splits: ",
    ),
    "a list that JSON cannot tell": (
        lambda: replace(
            FINE,
            fit=lambda *given: (
                (codec := FINE.fit(*given)) and replace(codec, classes=list(codec.classes))
            ),
        ),
        checks.survives_json,
        "the codec read back from JSON is not the one that was written",
    ),
    "nothing learned": (
        lambda: with_loss(lambda losses: losses * 0),
        checks.learns,
        "no better than",
    ),
    "unseeded": (unseeded, checks.repeats_by_seed, "another curve"),
    "kept in Python": (with_a_counter, checks.resumes, "ends with other weights"),
    "a hidden decay": (
        of_a_hidden_decay,
        checks.freezes_its_stages,
        "'embed.weight' is frozen and moves",
    ),
    "mean over the batch": (
        lambda: with_loss(lambda losses: losses.mean().expand(len(losses)) ** 2),
        checks.works_in_parts,
        "of its own row alone",
    ),
    "of its company": (of_company, checks.answers_alone, "alone has another loss"),
    "unmasked": (unmasked, checks.masks_labels, "multiply each loss by its count"),
    "another class": (
        lambda: replace(FINE, answer=Other),
        checks.keeps_answers,
        "decode gives Label: expected Other",
    ),
    "too probable": (
        lambda: replace(FINE, probabilities=lambda answer: {answer.label: 2.0}),
        checks.asks_alike,
        "outside 0 to 1",
    ),
    "an answer too few": (
        lambda: beside(lambda asked, names: [guess(names[0])] * (len(asked) - 1)),
        checks.refers_to_train_alone,
        "answers to ",
    ),
    "a bare name": (
        lambda: beside(lambda asked, names: names[:1] * len(asked)),
        checks.refers_to_train_alone,
        "a guess gives str: expected Label",
    ),
    "an unseeded guess": (
        lambda: beside(
            lambda asked, names: [guess(names[0], np.random.default_rng().uniform())] * len(asked)
        ),
        checks.refers_to_train_alone,
        "say another thing the second time",
    ),
    "a look at the truth": (
        lambda: beside(lambda asked, names: [guess(one or names[0]) for one in asked.targets]),
        checks.refers_to_train_alone,
        "look at the targets",
    ),
    "an export of other answers": (
        lambda: replace(FINE, export=replace(FINE.export, outputs=turned_round)),
        checks.answers_outside,
        "exported it answers Label(",
    ),
    "components of another system": (
        lambda: replace(FINE, components=(Component("a", ones, str), Component("b", ones, str))),
        checks.chain_to_its_answers,
        "and the system with Label(",
    ),
    "of the first": (of_the_first, checks.orders_its_metrics, "depends on the order"),
}


@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")
@pytest.mark.parametrize("mistake", MISTAKES)
def test_each_check_finds_its_mistake(mistake: str, tmp_path: Path) -> None:
    make, check, sentence = MISTAKES[mistake]
    assert sentence in check(Tried(make(), tmp_path))


def test_every_check_has_a_mistake() -> None:
    assert {check for _, check, _ in MISTAKES.values()} == set(checks.CHECKS.values())


def test_what_complete_leaves_open_is_named(tmp_path: Path) -> None:
    for key in NEEDED:
        left = replace(FINE, complete=_leaving(key))
        message = f"complete of the system 'text' leaves {key} at auto, which every training needs"
        with pytest.raises(RecipeError, match=message):
            Tried(left, tmp_path).start({})


def _leaving(key: str) -> Callable[[Any, Examples], Any]:
    return lambda recipe, train: FINE.complete(recipe, train).changed({key: "auto"})


def test_what_is_skipped_are_checks() -> None:
    names = {check.__name__ for check in checks.CHECKS.values()}
    assert all(of.keys() <= names for of in suite.SKIPPED.values())
    why = suite.why_skipped(toy_triplets.SYSTEM, "works_in_parts")
    assert why == "coupled: parts are refused"
    assert suite.why_skipped(FINE, "works_in_parts") == ""


class TestAReader:
    def reader(self, read: Any) -> Reader:
        def sample(folder: Path) -> Any:
            (found,) = [one for one in systems.readers("text") if one.kind == "json-lines"]
            return found.sample(folder)

        return Reader("mine", "mine", lambda look: None, read, sample)

    def test_a_traceback_is_no_refusal(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def read(look: Look, source: Any) -> Any:
            raise KeyError("text")

        def trained(source: Any, *given: Any) -> Any:
            return read(source, None)

        monkeypatch.setattr(sources, "trained", trained)
        with pytest.raises(KeyError):
            sources.refuses_rubbish("text", self.reader(read), tmp_path)

    def test_several_lines_are_no_sentence(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def trained(source: Any, *given: Any) -> Any:
            raise DataError("one\ntwo")

        monkeypatch.setattr(sources, "trained", trained)
        assert "more than one line" in sources.refuses_rubbish("text", self.reader(None), tmp_path)


class TestIds:
    """Of the text system's table, with ids that stand for something else."""

    def reader(self, ids: Callable[[Look, Examples], list[str]]) -> Reader:
        (table,) = [one for one in systems.readers("text") if one.kind == "table"]

        def read(look: Look, source: Any) -> Any:
            found = table.read(look, source)
            examples = replace(found.examples, ids=ids(look, found.examples))
            return replace(found, examples=examples)

        return replace(table, read=read)

    @pytest.mark.parametrize(
        ("ids", "wrong"),
        [
            (lambda look, examples: list(examples.ids), ""),
            (
                lambda look, examples: [str(at) for at in range(len(examples))],
                "in a file of the same name other inputs have the same ids",
            ),
            (
                lambda look, examples: [f"{look.path.name} {at}" for at in range(len(examples))],
                "in a file of another name the same content has other ids",
            ),
        ],
        ids=["of the content", "the row", "file and row"],
    )
    def test_they_stand_for_the_content(
        self, ids: Callable[[Look, Examples], list[str]], wrong: str, tmp_path: Path
    ) -> None:
        found = sources.ids_stand_for_content("text", self.reader(ids), tmp_path)
        assert found.startswith(wrong) and bool(found) == bool(wrong)

    @pytest.mark.parametrize("name", [*systems.names()])
    def test_those_of_our_readers_do(self, name: str, tmp_path: Path) -> None:
        for number, reader in enumerate(systems.readers(name)):
            place = tmp_path / str(number)
            place.mkdir()
            assert sources.ids_stand_for_content(name, reader, place) == "", reader.kind


class TestOnTheCommandLine:
    def test_what_fails_is_said_with_its_place(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        def fails(tried: Tried) -> str:
            raise ValueError("no such\nthing")

        monkeypatch.setattr(checks, "CHECKS", {"it fails": fails, "it is fine": lambda tried: ""})
        with pytest.raises(SystemExit) as ended:
            main(["systems", "--check", "text"])
        assert ended.value.code == 1
        printed = capsys.readouterr().out
        assert "no    it fails" in printed and "ok    it is fine" in printed
        assert "ValueError: no such (test_checking.py:" in printed
        with pytest.raises(SystemExit):
            main(["systems", "--check", "text", "--json"])
        first, second = json.loads(capsys.readouterr().out)
        assert (first["passed"], second["passed"], second["why"]) == (False, True, "")

    def test_the_place_is_in_the_system_however_deep_a_library_fails(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """numpy raises four of its own calls below the line that is wrong."""
        library, own = tmp_path / "deep.py", tmp_path / "mine" / "system.py"
        own.parent.mkdir()
        library.write_text("import numpy as np\n\ndef low():\n    np.quantile([], 0.8)\n")
        own.write_text("def fails(low):\n    x = 1\n    low()\n")
        found: list[dict[str, Any]] = [{}, {}]
        for path, names in zip((library, own), found, strict=True):
            exec(compile(path.read_text(), str(path), "exec"), names)
        check = suite._checked(
            "it", lambda: found[1]["fails"](found[0]["low"]), Place("mine", "", own.parent)
        )
        assert check.why.startswith("IndexError: ") and check.why.endswith(" (system.py:3)")

    def test_where_nothing_can_be_trained_on_the_rest_is_not_tried(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        lacking = MISTAKES["nothing known"][0]()
        monkeypatch.setattr(systems, "load", lambda name: lacking)
        found = {check.name: check for check in nw.check_system("text")}
        splits = found.pop("its sample leaves train and dev known targets")
        assert splits.passed is False
        assert splits.why.endswith(
            "train has nothing to learn from: 144 examples of 240, none with a known target;"
            " expected some, or other splits."
        )
        assert found.pop("it accepts its own sample").passed
        assert {check.passed for check in found.values() if ":" not in check.name} == {None}

    def test_one_cause_is_said_once_with_what_it_stops(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        sizes = count(32)

        def fails(tried: Tried) -> str:
            raise ValueError(f"mat1 and mat2 cannot be multiplied ({next(sizes)}x4 and 5x3)")

        tries = {"one": fails, "two": fails, "fine": lambda tried: "", "three": fails}
        monkeypatch.setattr(checks, "CHECKS", tries)
        monkeypatch.setattr(suite, "SOURCE_CHECKS", {"of a reader": lambda *given: fails(given)})
        monkeypatch.setattr(suite, "_own_readers", lambda name: [systems.readers(name)[0]])
        with pytest.raises(SystemExit) as ended:
            main(["systems", "--check", "text"])
        printed = capsys.readouterr().out
        assert ended.value.code == 1 and printed.count("mat1 and mat2") == 1
        kind = systems.readers("text")[0].kind
        assert "skip  two\n      what is wrong with 'one' stops it\nok    fine" in printed
        stopped = f"skip  three; {kind}: of a reader\n      what is wrong with 'one' stops it\n"
        assert printed.endswith(stopped)

    def test_an_unknown_one_is_refused(self) -> None:
        with pytest.raises(RecipeError, match="no system 'tekst'; did you mean 'text'"):
            list(nw.check_system("tekst"))


def test_what_was_trained_for_a_check_is_held_by_nobody(tmp_path: Path) -> None:
    tried = Tried(FINE, tmp_path, {"training.epochs": 1})
    started = tried.start({})
    assert started.record.trained_now
    started.hold.close()
    made, left = tried.made, tried.killed_and_resumed(3)
    assert made.record.has("net.safetensors") and not made.record.trained_now
    assert not left.trained_now
    assert not any(Record(path.parent).trained_now for path in tmp_path.glob("*/run.json"))


def test_a_baseline_is_asked_where_the_target_is_known(tmp_path: Path) -> None:
    """It may read what lies beside the truth: a forecast that repeats the last value does."""
    asked: list[Any] = []

    def baseline(train: Examples) -> Callable[[Example], Any]:
        fine = FINE.baseline(train)
        return lambda example: asked.append(example.target) or fine(example)

    examples = FINE.sample(20, 0)
    targets = [None if at % 3 else target for at, target in enumerate(examples.targets)]
    some = replace(examples, targets=targets)
    known = [target for target in targets if target is not None]
    value = baseline_value(replace(FINE, baseline=baseline), examples, some)
    assert asked == known
    often = max(set(examples.targets), key=list(examples.targets).count)
    assert value == pytest.approx(np.mean([target != often for target in known]))


@pytest.mark.parametrize(
    ("given", "known", "sentence"),
    [
        ("ttd", "ttd", ""),
        ("ttd", "t", "dev has nothing to measure on: 1 example of 3, none with a known target"),
        ("ttd", "d", "train has nothing to learn from: 2 examples of 3, none with a known target"),
    ],
)
def test_splits_without_a_known_target_are_refused(given: str, known: str, sentence: str) -> None:
    named = {"t": "train", "d": "dev"}
    ids = [str(at) for at in range(len(given))]
    targets = [0.5 if letter in known else None for letter in given]
    examples = Examples(ids, targets, ids, ids, splits=[named[letter] for letter in given])
    system = systems.load("regressor")
    recipe = system.recipe()
    if not sentence:
        assert split_as_wanted(system, examples, recipe) == examples.splits
        return
    with pytest.raises(DataError, match=sentence):
        split_as_wanted(system, examples, recipe)
