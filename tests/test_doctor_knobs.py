"""Knobs name keys that exist, values that a recipe takes, and nothing that does not apply."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from netwright.doctor.advice.knobs import ADVICE, may_be_images, prescribe
from netwright.recipe import Recipe, knobs

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
    "training.epochs": 30,
    "optimizer.lr": 0.004,
    "split.dev": 0.2,
}
TUNED = {
    **IMAGES,
    "augment.shift": 0.08,
    "augment.rotate": 10.0,
    "model.dropout": 0.3,
    "optimizer.weight_decay": 0.05,
}


def recipe_of(changes: dict[str, Any]) -> dict[str, Any]:
    return Recipe().changed(changes).model_dump(mode="json")


@pytest.mark.parametrize("gap", ADVICE)
@pytest.mark.parametrize(
    "changes", [{}, IMAGES, ROWS, TUNED], ids=["auto", "images", "rows", "tuned"]
)
def test_every_key_exists_and_every_new_value_is_taken(gap: str, changes: dict[str, Any]) -> None:
    known = set(knobs(Recipe))
    found = prescribe(gap, recipe_of(changes))
    assert found
    for knob in found:
        assert knob.gap == gap and knob.message.endswith(".") and knob.cost
        assert set(knob.change) <= known
        for key, text in knob.change.items():
            before, arrow, after = text.partition(" -> ")
            if arrow and before:
                for value in after.split(", or "):
                    Recipe().changed({**changes, key: yaml.safe_load(value)})


@pytest.mark.parametrize("gap", ADVICE)
def test_without_a_recipe_the_keys_are_named_all_the_same(gap: str) -> None:
    known = set(knobs(Recipe))
    found = prescribe(gap, {})
    assert found and all(set(knob.change) <= known for knob in found)


def turned(gap: str, changes: dict[str, Any]) -> dict[str, str]:
    return {
        key: text
        for knob in prescribe(gap, recipe_of(changes))
        for key, text in knob.change.items()
    }


def test_a_change_starts_from_the_value_in_the_recipe() -> None:
    found = turned("avoidable bias", IMAGES)
    assert found["training.epochs"] == "30 -> 60" and found["model.width"] == "16 -> 32"
    assert "model.hidden" not in found and "model.dropout" not in found
    assert turned("variance", IMAGES)["augment.shift"] == "0 -> 0.1"
    assert turned("overfit to dev", IMAGES) == {"split.dev": "0.2 -> 0.4"}


def test_a_table_gets_no_augmentation_and_no_net_for_images() -> None:
    for gap in ADVICE:
        found = turned(gap, ROWS)
        assert not [key for key in found if key.startswith("augment.")]
        assert "resnet" not in " ".join(found.values())
    assert turned("avoidable bias", ROWS)["model.hidden"] == "[128, 64] -> [256, 128]"
    assert turned("avoidable bias", {"model.name": "linear"})["model.name"] == "linear -> mlp"


def test_a_regressor_gets_no_label_smoothing() -> None:
    assert "objective.label_smoothing" in turned("variance", ROWS)
    assert "objective.label_smoothing" not in turned(
        "variance", {**ROWS, "data.task": "regression"}
    )
    assert "objective.label_smoothing" not in turned("variance", {**ROWS, "system": "regressor"})


def test_what_is_at_its_limit_is_not_turned_further() -> None:
    assert "augment.shift" not in turned("variance", {**IMAGES, "augment.shift": 0.15})
    assert "model.dropout" not in turned("variance", {**IMAGES, "model.dropout": 0.5})
    assert "training.keep" not in turned("variance", IMAGES)
    assert (
        turned("variance", {**IMAGES, "training.keep": "last"})["training.keep"] == "last -> best"
    )
    assert "optimizer.name" not in turned("avoidable bias", IMAGES)


def test_less_regularization_only_where_there_is_some() -> None:
    assert turned("avoidable bias", TUNED)["model.dropout"] == "0.3 -> 0.15"
    titles = [
        knob.message.partition(":")[0] for knob in prescribe("avoidable bias", recipe_of(IMAGES))
    ]
    assert "Less regularization" not in titles


def test_images_are_distinguished_from_rows() -> None:
    assert may_be_images({}) and may_be_images(recipe_of(IMAGES))
    assert not may_be_images(recipe_of(ROWS))
    assert not may_be_images(recipe_of({"data.target": "price"}))
    assert may_be_images(recipe_of({**ROWS, "augment.shift": 0.1}))
