"""Knobs name keys that the system has, values that its recipe takes, and nothing that does not
apply.
"""

from __future__ import annotations

from typing import Any

import pytest
import yaml

import toy_tagger
from netwright.data import defaults
from netwright.doctor.advice.knobs import ADVICE, prescribe, turned
from netwright.recipe import Recipe, knobs
from netwright.recipe.model import PUBLISHED
from netwright.runs.contents import differences, flat
from netwright.runs.unread import of_run
from netwright.systems.classifier.recipe import ClassifierRecipe
from netwright.systems.classifier.system import SYSTEM
from netwright.systems.regressor.recipe import RegressorRecipe

IMAGES = {
    "model.name": "resnet-small",
    "model.width": 16,
    "training.epochs": 30,
    "optimizer.lr": 0.004,
    "split.dev": 0.2,
    "model.dropout": 0.0,
    "objective.label_smoothing": 0.0,
    "optimizer.weight_decay": 0.0,
    **dict.fromkeys(("augment.shift", "augment.rotate", "augment.zoom", "augment.shear"), 0.0),
}
ROWS = {
    "model.name": "mlp",
    "model.hidden": [128, 64],
    "model.dropout": 0.1,
    "training.epochs": 30,
    "optimizer.lr": 0.004,
    "split.dev": 0.2,
}
SMOOTHED = {**ROWS, "objective.label_smoothing": 0.0}
TUNED = {
    **IMAGES,
    "augment.shift": 0.08,
    "augment.rotate": 10.0,
    "model.dropout": 0.3,
    "optimizer.weight_decay": 0.05,
}


@pytest.mark.parametrize("gap", ADVICE)
@pytest.mark.parametrize(
    "recipe",
    [
        ClassifierRecipe().changed(IMAGES),
        ClassifierRecipe().changed(TUNED),
        ClassifierRecipe().changed(SMOOTHED),
        RegressorRecipe().changed(ROWS),
        toy_tagger.SYSTEM.complete(toy_tagger.TaggerRecipe(), toy_tagger.SYSTEM.sample(40, 0)),
    ],
    ids=["images", "tuned", "rows", "numbers", "toy"],
)
def test_every_key_is_the_systems_and_every_new_value_is_taken(gap: str, recipe: Recipe) -> None:
    found = prescribe(gap, recipe)
    assert found
    for knob in found:
        assert knob.gap == gap and knob.message.endswith(".") and knob.cost
        assert set(knob.change) <= set(knobs(type(recipe)))
        for key, text in knob.change.items():
            _, arrow, after = text.partition(" -> ")
            assert arrow or recipe.value(key) == "auto"
            for value in after.split(", or ") if arrow else ():
                recipe.changed({key: yaml.safe_load(value)})


@pytest.mark.parametrize("gap", ADVICE)
def test_without_a_recipe_no_knob_of_some_system_is_named(gap: str) -> None:
    found = prescribe(gap)
    assert len(found) == len(ADVICE[gap]) and not any(knob.change for knob in found)
    own = set(knobs(ClassifierRecipe)) - set(knobs(Recipe))
    assert not [key for key in own for knob in found if key in knob.message]


def test_synthesis_that_is_on_is_not_proposed_anew() -> None:
    def messages(settings: dict[str, Any]) -> str:
        recipe = ClassifierRecipe().changed({**IMAGES, **settings})
        return " ".join(knob.message for knob in prescribe("data mismatch", recipe))

    assert "Synthesize what differs" in messages({})
    on = messages({"synthesis.noise": 0.1})
    assert "Synthesize what differs" not in on
    assert "netwright labels RUN" in on


def of(gap: str, recipe: Recipe, unread: tuple[str, ...] = ()) -> dict[str, str]:
    return {
        key: text for knob in prescribe(gap, recipe, unread) for key, text in knob.change.items()
    }


def changes(gap: str, settings: dict[str, Any]) -> dict[str, str]:
    return of(gap, ClassifierRecipe().changed(settings))


def test_a_change_starts_from_the_value_in_the_recipe() -> None:
    found = changes("avoidable bias", IMAGES)
    assert found["training.epochs"] == "30 -> 60" and found["model.width"] == "16 -> 32"
    assert "model.hidden" not in found and "model.dropout" not in found
    assert changes("variance", IMAGES)["augment.shift"] == "0 -> 0.1"
    assert changes("overfit to dev", IMAGES) == {"split.dev": "0.2 -> 0.4"}


def test_a_table_gets_no_augmentation_and_no_net_for_images() -> None:
    for gap in ADVICE:
        found = changes(gap, ROWS)
        assert not [key for key in found if key.startswith("augment.")]
        assert "resnet" not in " ".join(found.values())
    assert changes("avoidable bias", ROWS)["model.hidden"] == "[128, 64] -> [256, 128]"
    assert changes("avoidable bias", {"model.name": "linear"})["model.name"] == "linear -> mlp"


@pytest.mark.parametrize(
    ("name", "side", "other"),
    [
        ("lenet5", 8, "lenet5 -> resnet-small"),
        ("lenet5", 28, "lenet5 -> airbench, or resnet-small"),
        ("cnn-small", 32, "cnn-small -> airbench, or resnet-small"),
        ("resnet-small", 32, "resnet-small -> airbench"),
        ("resnet-small", 23, None),
        ("airbench", 32, None),
        ("efficientnet-lite0", 224, None),
    ],
)
def test_another_net_is_one_that_such_images_are_for(
    name: str, side: int, other: str | None
) -> None:
    recipe = {**IMAGES, "model.name": name, "data.image_size": side}
    for gap in ("avoidable bias", "variance"):
        assert changes(gap, recipe).get("model.name") == other


def test_on_features_nothing_that_changes_inputs_is_advised() -> None:
    recipe = ClassifierRecipe().changed({**IMAGES, "data.image_size": 32})
    unread = of_run(SYSTEM, recipe, {"on_features": True})
    assert "augment.shift" in unread and "model.dropout" not in unread
    for gap in ADVICE:
        for knob in prescribe(gap, recipe, unread):
            assert not [key for key in knob.change if key.startswith("augment.")]
            assert not knob.message.startswith("Augmentation")
    assert of_run(SYSTEM, recipe, {}) == tuple(SYSTEM.unread(recipe))


def test_what_published_weights_begin_with_is_set_by_nobody() -> None:
    start = {"model.start": "imagenet", "model.name": "efficientnet-lite0"}
    requested = ClassifierRecipe().changed({**start, **flat(PUBLISHED), "training.epochs": 3})
    used = requested.changed({"training.freeze": 12})
    found = {one["key"]: one["how"] for one in differences(used, requested.model_dump(mode="json"))}
    assert found == {
        "model.start": "set",
        "model.name": "chosen",
        "training.freeze": "chosen",
        "training.epochs": "set",
    }
    other = used.changed({"training.freeze": 3})
    typed = requested.changed({"training.freeze": 3}).model_dump(mode="json")
    (own,) = [one for one in differences(other, typed) if one["key"] == "training.freeze"]
    assert own["how"] == "set"


def test_a_knob_at_auto_is_turned_only_where_it_is_read_all_the_same() -> None:
    """The fraction for dev is never replaced; a rate at ``auto`` is one that nothing reads."""
    assert of("overfit to dev", ClassifierRecipe()) == {"split.dev": "larger"}
    assert "model.dropout" not in of("variance", ClassifierRecipe())
    mlp = ClassifierRecipe().changed({"model.name": "mlp"})
    assert dict(turned("vanishing gradient", mlp)) == {
        "model.norm": "batch",
        "initialization.scheme": "by_activation",
    }


def test_what_the_data_leave_unread_is_not_turned() -> None:
    """Whatever a preset or a person set of it."""
    recipe = ClassifierRecipe().changed({**ROWS, "augment.strength": 0.0})
    assert "augment.rotate" in defaults.unread(recipe)
    images = ClassifierRecipe().changed(IMAGES)
    assert "augment.rotate" in of("variance", images)
    assert "augment.rotate" not in of("variance", images, ("augment.rotate",))


def test_a_regressor_gets_no_label_smoothing() -> None:
    assert "objective.label_smoothing" in changes("variance", SMOOTHED)
    assert of("variance", RegressorRecipe().changed(ROWS)).keys() == {"model.dropout"}


def test_a_systems_own_knob_is_turned() -> None:
    """One in a shared section, in its own range; what the system has not is not named."""
    recipe = toy_tagger.TaggerRecipe().changed({"training.epochs": 5})
    assert of("avoidable bias", recipe) == {
        "model.units": "16 -> 32",
        "training.epochs": "5 -> 10",
    }
    assert not list(turned("bigger net", recipe.changed({"model.units": 64})))


def test_what_is_at_its_limit_is_not_turned_further() -> None:
    assert "augment.shift" not in changes("variance", {**IMAGES, "augment.shift": 0.15})
    assert "model.dropout" not in changes("variance", {**IMAGES, "model.dropout": 0.5})
    assert "training.keep" not in changes("variance", IMAGES)
    assert (
        changes("variance", {**IMAGES, "training.keep": "last"})["training.keep"] == "last -> best"
    )
    assert "optimizer.name" not in changes("avoidable bias", IMAGES)


def test_less_regularization_only_where_there_is_some() -> None:
    assert changes("avoidable bias", TUNED)["model.dropout"] == "0.3 -> 0.15"
    titles = [
        knob.message.partition(":")[0]
        for knob in prescribe("avoidable bias", ClassifierRecipe().changed(IMAGES))
    ]
    assert "Less regularization" not in titles
