"""The recipe goes by the system: its own knobs wherever knobs are given, and none of another's."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

import netwright as nw
import small_runs
import toy_tagger
from netwright import api, systems
from netwright.api import recipes
from netwright.base.errors import RecipeError
from netwright.cli.main import main
from netwright.contract import Claim, Reader, ReadOptions
from netwright.recipe import Recipe, knobs, presets, read_recipe, read_yaml, was_filled_in
from netwright.systems.classifier.recipe import ClassifierRecipe
from netwright.systems.place import Place
from netwright.systems.regressor.recipe import RegressorRecipe

pytestmark = pytest.mark.usefixtures("no_reports")

TAGGED = {"system": "toy-tagger", "training.epochs": 2, "training.threads": 1}
TAGGER = replace(toy_tagger.SYSTEM, accepts=lambda examples: Claim("the inputs are sentences", 3))
READER = Reader(
    kind="sentences",
    takes="a file called words",
    recognize=lambda look: Claim("took it for sentences", 3) if look.name == "words" else None,
    read=lambda look, source: small_runs.reading(toy_tagger.SYSTEM.sample(120, 0)),
    sample=lambda folder: ("words", ReadOptions()),
)
SPINE = ("training", "runs", "report", "searching", "doctor")
SOURCE = Path(nw.__file__).parent


@pytest.fixture
def tagger(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., nw.Run]:
    """The toy system among those that are installed, which reads its sample whatever the source."""
    look_around, load, readers = systems._look_around, systems.load, systems.readers
    toy = Place("toy-tagger", "toy_tagger", Path(toy_tagger.__file__).parent)

    def with_toy() -> tuple[dict[str, Place], dict[str, str]]:
        known, wrong = look_around()
        return {**known, "toy-tagger": toy}, wrong

    monkeypatch.setattr(systems, "_look_around", with_toy)
    monkeypatch.setattr(
        systems, "load", lambda name: TAGGER if name == "toy-tagger" else load(name)
    )
    monkeypatch.setattr(
        systems, "readers", lambda name: (READER,) if name == "toy-tagger" else readers(name)
    )
    monkeypatch.chdir(tmp_path)
    Path("words").write_text("sentences", encoding="utf-8")
    return lambda **given: nw.train(**{"source": "words", **given})


def written(run: nw.Run) -> dict[str, Any]:
    """``recipe.yaml`` of a run."""
    return read_yaml(run.record.path / "recipe.yaml")


MOVED = pytest.mark.filterwarnings("ignore:.*known by their fingerprint")
"""The toy's reader calls its words ``sample``, whatever a person calls them."""


class TestOwnKnobs:
    def test_by_set(self, tagger: Callable[..., nw.Run]) -> None:
        run = tagger(set={**TAGGED, "model.units": 8, "words.vector": 6})
        assert (run.recipe.model.units, run.recipe.words.vector) == (8, 6)
        assert run.net.recur.hidden_size == 8 and run.net.embed.embedding_dim == 6

    def test_on_the_command_line(self, tagger: Callable[..., nw.Run]) -> None:
        settings = {**TAGGED, "model.units": 8}
        options = [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
        main(["train", "words", *options])
        assert nw.open("last").recipe.model.units == 8

    def test_by_a_recipe_file(self, tagger: Callable[..., nw.Run]) -> None:
        Path("my.yaml").write_text("words: {vector: 5}\nmodel: {units: 7}\nsystem: toy-tagger\n")
        run = tagger(recipe="my.yaml", epochs=1)
        assert (run.recipe.model.units, run.recipe.words.vector) == (7, 5)

    def test_the_record_holds_them_and_no_knob_of_another_system(
        self, tagger: Callable[..., nw.Run]
    ) -> None:
        run = tagger(set={**TAGGED, "model.units": 8})
        assert written(run).keys() == {*Recipe.model_fields, "words"}
        model = {"name": "toy-tagger", "start": "", "units": 8, "dropout": 0.0}
        assert written(run)["model"] == model
        differs = {knob["key"]: knob["how"] for knob in run.files.differs}
        assert differs["model.units"] == "set" and differs["model.name"] == "chosen"
        assert "words.vector" not in differs, "it stands at the system's own default"

    @MOVED
    def test_they_are_repeated_and_taken_from_the_record_or_its_object(
        self, tagger: Callable[..., nw.Run]
    ) -> None:
        run = tagger(set={**TAGGED, "model.units": 8})
        again = nw.train(repeat=run.id, source="words")
        by_file = tagger(recipe=run.record.path / "recipe.yaml")
        by_object = tagger(recipe=run.recipe)
        weights = {one.info["weights"] for one in (run, again, by_file, by_object)}
        assert len(weights) == 1 and again.recipe == run.recipe

    def test_they_are_searched_by_name_by_tier_and_joined(
        self, tagger: Callable[..., nw.Run]
    ) -> None:
        given: dict[str, Any] = {"set": TAGGED, "trials": 2, "sampler": "random"}
        found = nw.search("words", space={"model.units": [4, 16]}, name="named", **given)
        assert {row.values["model.units"] for row in found.rows} <= {*range(4, 17)}
        joined = api.join("named", "words", trials=3)
        assert [row.state for row in joined.rows] == ["complete"] * 3
        assert [row.state for row in api.again("named", "words").rows] == ["complete"] * 3
        keys = {
            knob.key for knob in nw.search("words", tier=4, name="tier", **given).rounds[0].space
        }
        assert {"model.units", "words.vector", "optimizer.lr"} < keys
        assert keys <= knobs(toy_tagger.TaggerRecipe).keys()

    def test_a_schedule_is_drawn_by_the_systems_own_recipe(
        self, tagger: Callable[..., nw.Run]
    ) -> None:
        drawn = nw.schedule(source="words", set={**TAGGED, "model.units": 8})
        assert 0.009 < max(drawn.rates["one_cycle"]) <= 0.01, "what its complete says"

    def test_a_diagnosis_turns_them_and_no_others(self, tagger: Callable[..., nw.Run]) -> None:
        run = tagger(set=TAGGED)
        found = run.diagnose(human_error=0.0)
        changed = {key for knob in found.knobs for key in knob.change}
        assert "model.units" in changed and changed <= knobs(toy_tagger.TaggerRecipe).keys()


FOREIGN = {
    "its section": ({"augment.rotate": 20}, "'augment.rotate' is a knob of the systems classifier"),
    "in a shared section": ({"model.hidden": [3]}, "'model.hidden' is a knob of the systems"),
    "a loss": ({"objective.loss": "banana"}, "toy-tagger, which takes these data, has none"),
    "a net": ({"model.name": "lenet5"}, "model 'lenet5' is none of the system toy-tagger"),
    "misspelled": ({"model.unit": 8}, "unknown key 'model.unit'; did you mean 'model.units'?"),
    "another's, misspelled": ({"augment.rotat": 8}, "did you mean 'augment.rotate'?"),
    "a net, misspelled": ({"model.name": "toy-tager"}, "did you mean 'toy-tagger'?"),
    "out of its range": ({"model.units": 0}, "model.units = 0: expected a whole number at least 1"),
    "a section": ({"words": 3}, "'words' = 3: expected a section with the keys words.vector"),
    "of every system": ({"optimizer.lr": -1}, "optimizer.lr = -1: expected auto or find"),
}


@pytest.mark.parametrize("name", FOREIGN)
@pytest.mark.parametrize("by_file", [False, True], ids=["set", "file"])
def test_what_the_system_lacks_is_refused_in_a_sentence(
    name: str, by_file: bool, tagger: Callable[..., nw.Run]
) -> None:
    changes, expected = FOREIGN[name]
    Path("my.yaml").write_text(yaml.safe_dump(recipes.nest({**TAGGED, **changes})))
    given = {"recipe": "my.yaml"} if by_file else {"set": {**TAGGED, **changes}}
    with pytest.raises(RecipeError, match=r"^[^\n]+[.?]$") as refused:
        tagger(**given)
    assert expected in str(refused.value)
    assert str(refused.value).startswith(("my.yaml: ", "no model", "model ") if by_file else "")
    assert not Path("runs").exists(), "nothing is kept"


def test_a_searched_knob_of_another_system_is_refused(tagger: Callable[..., nw.Run]) -> None:
    with pytest.raises(RecipeError, match=r"^search: 'augment\.rotate' is a knob of the"):
        nw.search("words", set=TAGGED, space={"augment.rotate": [0, 20]})


@pytest.mark.parametrize("key", ["label_smoothing", "focal_gamma", "class_weights"])
def test_a_regressor_has_no_knob_for_classes(key: str) -> None:
    assert f"objective.{key}" in knobs(ClassifierRecipe)
    assert f"objective.{key}" not in knobs(RegressorRecipe)


@pytest.mark.parametrize("name", presets())
def test_of_a_preset_a_system_takes_what_it_has(name: str, tagger: Callable[..., nw.Run]) -> None:
    """Each of its keys is a knob of some system; one that a person adds is not left out."""
    preset = recipes.wanted(name, {}).given[0]
    wanted = dict(recipes.keyed(preset.values, recipes.every_knob()))
    assert wanted.keys() <= recipes.every_knob().keys()
    run = tagger(recipe=name, set={**TAGGED, "training.max_examples": 64})
    assert run.recipe.optimizer.lr == 0.01
    assert run.recipe.training.average == wanted.get("training.average", 0.9)
    assert run.recipe.model.name == "toy-tagger"
    with pytest.raises(RecipeError, match=r"^recipe: 'augment.strength' is a knob of the systems"):
        tagger(recipe=name, set={**TAGGED, "augment.strength": 0.5})


class TestRecords:
    @MOVED
    def test_what_a_record_holds_beside_the_systems_knobs_is_dropped(
        self, tagger: Callable[..., nw.Run]
    ) -> None:
        """As an earlier release wrote it, and a later one may."""
        run = tagger(set=TAGGED)
        path = run.record.path / "recipe.yaml"
        plain = written(run)
        more = {**plain, "augment": {"rotate": 20.0}, "gone": {"knob": 1}, "old": 3}
        more["model"] = {**more["model"], "width": 8}
        path.write_text(yaml.safe_dump(more))
        opened = nw.open(run.id)
        assert opened.recipe == run.recipe and opened.diagnose().gaps
        again = nw.train(repeat=run.id, source="words")
        assert written(again) == plain and plain != written(run) == more
        assert again.info["weights"] == run.info["weights"]

    def test_a_recipe_file_that_a_person_wrote_is_no_record(self) -> None:
        mine = {"system": "regressor", "objective": {"label_smoothing": 0.1}}
        assert not was_filled_in(mine)("objective.label_smoothing", 0.1)

    def test_a_record_of_an_earlier_release_is_a_recipe(self, tmp_path: Path) -> None:
        """What it filled in is left out; what a person had changed in it, or mistyped, is not."""
        old = Path(__file__).parent / "fixtures/runs_0_1/runs/20261126-085722-mlp-edd/recipe.yaml"
        given = read_recipe(old)
        assert given["system"] == "regressor" and given["objective"]["label_smoothing"] == 0.0
        taken = recipes.wanted(old, {})
        assert taken.shared().model.name == "mlp"
        found = taken.of(systems.load("regressor"))
        assert found.objective.model_dump() == {"loss": "huber"} and found.optimizer.lr == 0.02
        for change, expected in (
            ({"objective": {**given["objective"], "class_weights": "balanced"}}, "is a knob of"),
            ({"objective": {**given["objective"], "label_smooting": 0.0}}, "did you mean"),
        ):
            mine = tmp_path / "mine.yaml"
            mine.write_text(yaml.safe_dump({**given, **change}))
            with pytest.raises(RecipeError, match=expected):
                wanted = recipes.wanted(mine, {})
                wanted.shared()
                wanted.of(systems.load("regressor"))


def test_the_defaults_of_an_object_say_nothing() -> None:
    """So one of another system's class is taken where all that was set in it is known."""
    start = ClassifierRecipe().changed({"optimizer.lr": 0.5})
    regressor = systems.load("regressor")
    assert recipes.wanted(start, {}).of(regressor).optimizer.lr == 0.5
    smoothed = start.changed({"objective.label_smoothing": 0.1})
    with pytest.raises(RecipeError, match=r"'objective\.label_smoothing' is a"):
        recipes.wanted(smoothed, {}).of(regressor)


OWN = {key for name in systems.names() for key in knobs(systems.load(name).recipe)}
OWN -= knobs(Recipe).keys()
SECTIONS = {key.partition(".")[0] for key in OWN} - {*Recipe.model_fields}
ANY = "|".join(SECTIONS)
KEYS = "|".join(re.escape(key) for key in OWN if key.partition(".")[0] not in SECTIONS)
READS = re.compile(rf"\.({ANY})$|\.({KEYS})$")
"""``recipe.augment``, ``recipe.model.width``"""
NAMES = re.compile(rf"^({ANY})\.$|(?<![\w.])(({ANY})\.\w|({KEYS})\b)")
"""``"augment.rotate"``, ``"augment."``, ``"--set model.width=3"``"""


def named_in(text: str) -> Iterator[tuple[int, str]]:
    """(line, text) where Python code names a section or a knob that only some systems have."""
    tree = ast.parse(text)
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and READS.search(ast.unparse(node)):
            yield node.lineno, ast.unparse(node)
        text = node.value if isinstance(node, ast.Constant) and id(node) not in docs else None
        if isinstance(text, str) and NAMES.search(text):
            yield node.lineno, text


@pytest.mark.parametrize("room", SPINE)
def test_the_spine_reads_no_section_that_only_some_systems_have(room: str) -> None:
    found = [
        f"{path.relative_to(SOURCE).as_posix()}:{line}: {text}"
        for path in sorted((SOURCE / room).rglob("*.py"))
        for line, text in named_in(path.read_text(encoding="utf-8"))
    ]
    assert not found


@pytest.mark.parametrize(
    "line",
    [
        "recipe.augment.rotate",
        "setup.recipe.model.width",
        "policy = recipe.augment",
        "key.startswith('augment.')",
        "x = f'--set model.norm={1}'",
        "{'data.image_size': 4}",
    ],
)
def test_the_reader_of_the_spine_sees_each_way_to_name_one(line: str) -> None:
    assert list(named_in(line))
    assert not list(named_in(f'"""{line}"""' if '"' not in line else ""))


def test_the_reader_of_the_spine_leaves_what_every_system_has() -> None:
    assert not list(
        named_in("recipe.model.name, recipe.optimizer.lr, 'data.weight', 'an objective.'")
    )
