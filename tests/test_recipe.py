"""The recipe: reading, writing, refusing in one sentence with the nearest right name."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from netwright.base.errors import RecipeError
from netwright.recipe import (
    Recipe,
    Section,
    expected,
    knobs,
    merge,
    nest,
    parse_setting,
    read_recipe,
    read_yaml,
)
from netwright.systems.classifier.recipe import ClassifierRecipe


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"optimizer.lr": -1},
            "optimizer.lr = -1: expected auto or find or a number above 0, at most 1000",
        ),
        ({"optimizer.learning_rate": 1}, "did you mean 'optimizer.lr'"),
        ({"lr": 1}, "did you mean 'optimizer.lr'"),
        ({"optimzer.lr": 1}, "did you mean 'optimizer'"),
        ({"optimizer": 3}, "'optimizer' = 3: expected a section with the keys optimizer.name"),
        (
            {"training.epochs": "many"},
            "training.epochs = 'many': expected auto or a whole number at least 1",
        ),
        ({"model.hidden": [3, 0]}, r"model.hidden = \[3, 0\]: expected auto or a list"),
        ({"model.hidden": [10**9]}, r"each a whole number at least 1, at most 1,000,000"),
        ({"model.width": 10**9}, "at least 1, at most 1,000,000"),
        ({"training.epochs": 10**8}, "at least 1, at most 10,000,000"),
        ({"training.threads": 100_000}, "training.threads = 100000: .* at most 1024"),
        (
            {"training.step": "fast"},
            "training.step = 'fast': expected auto or one of eager, traced",
        ),
        ({"training.device": "gpu"}, "training.device = 'gpu': expected"),
        ({"split.dev": 0.6, "split.test": 0.5}, "leaves nothing to train on"),
        ({"objective.label_smoothing": 1.0}, "below 1"),
        ({"training.patience": 0}, "at least 1"),
        (
            {"training.patience": 3, "training.keep": "last"},
            "expected training.keep = best, or no patience",
        ),
        ({"training.patience": 5, "training.epochs": 5}, "can never end a training of 5 epochs"),
    ],
)
def test_a_wrong_key_or_value_is_refused_in_one_sentence(
    change: dict[str, Any], message: str
) -> None:
    with pytest.raises(RecipeError, match=message) as caught:
        ClassifierRecipe().changed(change)
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith((".", "?"))


@pytest.mark.parametrize("key", [*knobs(Recipe)])
@pytest.mark.parametrize("wrong", [{"a": "b"}, [[1, 2, 3]], [{"a": [[]]}]], ids=str)
def test_the_whole_value_that_was_refused_is_shown(key: str, wrong: Any) -> None:
    """Whichever part of it is at fault."""
    with pytest.raises(RecipeError) as refused:
        Recipe().changed({key: wrong})
    assert f"{key} = {wrong!r}: expected " in str(refused.value)


def test_it_goes_to_yaml_and_back(tmp_path: Path) -> None:
    recipe = ClassifierRecipe().changed(
        {"optimizer.lr": 1e-5, "model.hidden": [3, 4], "training.patience": 3}
    )
    (tmp_path / "r.yaml").write_text(recipe.to_yaml())
    assert ClassifierRecipe.of(read_yaml(tmp_path / "r.yaml")) == recipe


def test_it_fits_on_a_screen() -> None:
    lines = ClassifierRecipe().to_yaml().splitlines()
    assert len(lines) <= 36
    assert max(map(len, lines)) <= 130


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- 1", "expected sections"),
        ("a: [1", r"line 2, column 1: not YAML|line 1"),
        ("optimizer: {lr: 1", "not YAML"),
    ],
)
def test_a_recipe_file_that_cannot_be_read_is_named_with_the_place(
    tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "r.yaml"
    path.write_text(text)
    with pytest.raises(RecipeError, match=message):
        read_yaml(path)
    with pytest.raises(RecipeError, match=r"^--recipe n{200}\.\.\. cannot be read: File name too"):
        read_recipe("n" * 5000)
    with pytest.raises(RecipeError, match="no such recipe file"):
        read_yaml(tmp_path / "missing.yaml")


def test_settings_are_read_as_yaml() -> None:
    assert parse_setting("optimizer.lr=0.01") == ("optimizer.lr", 0.01)
    assert parse_setting("model.hidden=[3, 4]") == ("model.hidden", [3, 4])
    assert parse_setting("training.clip_norm=null") == ("training.clip_norm", None)
    with pytest.raises(RecipeError, match="KEY=VALUE"):
        parse_setting("optimizer.lr")


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        (
            f"model.hidden=[{'1, ' * 2000}1]",
            "auto or a list of at most 1,000, each a whole",
        ),
        (f"model.dropout=[{'0.1, ' * 2000}0.1]", "a list of at most 1,000, each a number"),
        (f"training.thaw=[{'1, ' * 2000}1]", "a list of at most 1,000, each a whole number"),
        (f"model.hidden=[{'1,' * 90_000}1]", "a list holds more than 10,000 entries"),
        (f"optimizer.lr={'1:' * 90_000}1", "optimizer.lr"),
        (f"optimizer.lr={'1' * 90_000}", "a value does not fit its tag, or is too large"),
        (f"optimizer.lr={'1' * 90_000}.5", "a value does not fit its tag, or is too large"),
        ("optimizer.lr=!!int 1:30", "a value does not fit its tag, or is too large"),
    ],
)
def test_what_would_take_minutes_is_refused_at_once(setting: str, message: str) -> None:
    begun = time.process_time()
    with pytest.raises(RecipeError, match=re.escape(message)):
        ClassifierRecipe().changed(dict([parse_setting(setting)]))
    assert time.process_time() - begun < 4


def test_a_time_of_day_is_text() -> None:
    assert parse_setting("data.time=10:30") == ("data.time", "10:30")
    assert parse_setting("data.time=1:30.5") == ("data.time", "1:30.5")


def test_a_rate_in_scientific_notation_is_a_number() -> None:
    assert Recipe().changed(dict([parse_setting("optimizer.lr=1e-3")])).optimizer.lr == 0.001


def test_resolve_fills_only_what_is_auto() -> None:
    recipe = (
        Recipe().changed({"optimizer.lr": 0.5}).resolve({"optimizer.lr": 0.1, "training.epochs": 7})
    )
    assert (recipe.optimizer.lr, recipe.training.epochs) == (0.5, 7)


@pytest.mark.parametrize("key", knobs(ClassifierRecipe))
def test_every_knob_has_words_for_what_it_is_and_what_it_takes(key: str) -> None:
    field = knobs(ClassifierRecipe)[key]
    assert field.description and len(field.description) < 120
    assert expected(field)
    extra = field.json_schema_extra
    assert isinstance(extra, dict)
    if extra["low"] is not None:
        assert extra["low"] < extra["high"]  # type: ignore[operator]


@given(st.dictionaries(st.sampled_from(["a.b", "a.c", "d"]), st.integers(), max_size=3))
def test_nested_changes_merge_over_what_was_there(changes: dict[str, int]) -> None:
    merged = merge({"a": {"b": -1, "z": 0}}, nest(changes))
    assert merged["a"]["z"] == 0
    assert merged["a"]["b"] == changes.get("a.b", -1)


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_key_and_value_is_taken_or_refused_never_worse(key: str, value: str) -> None:
    try:
        ClassifierRecipe().changed({key: value})
    except RecipeError as error:
        assert "\n" not in str(error).replace(repr(value), "")


def test_sections_are_frozen() -> None:
    assert all(section.model_config.get("frozen") for section in Section.__subclasses__())
    with pytest.raises(ValueError, match="frozen"):
        Recipe().optimizer.lr = 1  # type: ignore[misc]
    assert yaml.safe_load(Recipe().to_yaml())["system"] == "auto"


def test_a_key_of_an_earlier_release_is_its_name_of_today(tmp_path: Path) -> None:
    """Alone, beside a preset that sets it, in a file, and as a change."""
    file = tmp_path / "old.yaml"
    file.write_text("training: {examples: 128}\n", encoding="utf-8")
    assert Recipe.of(read_recipe(file)).training.max_examples == 128
    beside = merge(read_recipe("quick"), nest({"training.examples": 64}))
    assert ClassifierRecipe.of(beside).training.max_examples == 64
    assert Recipe().changed({"training.examples": 32}).training.max_examples == 32
    assert Recipe.of({"training": {"examples": 16}}).training.max_examples == 16


NUMBERS = [
    key
    for key, field in knobs(ClassifierRecipe).items()
    if "number" in expected(field) and "true or false" not in expected(field)
]
"""The knobs that take a number, in words: not by the types that the validator looks at."""


@pytest.mark.parametrize("key", NUMBERS)
@pytest.mark.parametrize("value", ["true", "false", "[true]", "{a: true}"])
def test_true_is_no_number(key: str, value: str) -> None:
    given = parse_setting(f"{key}={value}")
    with pytest.raises(RecipeError) as refused:
        ClassifierRecipe().changed(dict([given]))
    wanted = expected(knobs(ClassifierRecipe)[key])
    assert f"{key} = {given[1]!r}: expected {wanted}." in str(refused.value)


def test_knobs_that_are_true_or_false_stay_so() -> None:
    known = knobs(ClassifierRecipe)
    keys = [key for key, field in known.items() if "true or false" in expected(field)]
    assert {"split.stratify", "training.reestimate", "augment.mirror"} <= set(keys)
    for key in keys:
        for value in (True, False):
            assert ClassifierRecipe().changed({key: value}).value(key) is value
    assert len(NUMBERS) > 40, "of all sections"
