"""What a recipe may ask of augmentation, what auto becomes, and what is refused in one sentence
because of the labels.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from PIL import Image

from netwright.base.errors import DataError, RecipeError
from netwright.cli.main import command
from netwright.contract import Draws, Examples, Source
from netwright.data import catalogue, defaults
from netwright.data.images.augment import policy, wanted
from netwright.data.images.encoder import ImageEncoder, fit_images
from netwright.data.images.sheets.rows import MARGIN
from netwright.data.tables.rows import Rows
from netwright.recipe import Augment, knobs
from netwright.systems.classifier.recipe import ClassifierRecipe

DOCS = Path(__file__).parents[1] / "docs"


def images(count: int = 40, side: int = 12, channels: int = 3, seed: int = 0) -> Examples:
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 256, (count, side, side, channels), dtype=np.uint8)
    names = [str(at) for at in range(count)]
    return Examples(pixels, ["cat" if at % 2 else "dog" for at in range(count)], names, names)


def recipe_of(**on: Any) -> ClassifierRecipe:
    return ClassifierRecipe().changed({f"augment.{name}": value for name, value in on.items()})


def complete(recipe: ClassifierRecipe, examples: Examples) -> ClassifierRecipe:
    return defaults.complete(recipe, examples)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"shift": 1.0}, "augment.shift = 1.0: expected auto or a number at least 0, below 1"),
        (
            {"rotate": 200},
            "augment.rotate = 200: expected auto or a number at least 0, at most 180",
        ),
        ({"shear": -1}, "augment.shear = -1: expected auto or a number at least 0, at most 60"),
        ({"hue": 181}, "augment.hue = 181"),
        ({"blur": 11}, "augment.blur = 11"),
        ({"noise": float("nan")}, "augment.noise = nan"),
        ({"grey": 1.5}, "augment.grey = 1.5"),
        ({"strength": 2}, "augment.strength = 2"),
        ({"fill": "white"}, "augment.fill = 'white': expected one of mirror, edge, black"),
        ({"mirror": "sometimes"}, "augment.mirror = 'sometimes'"),
        ({"mirrors": True}, "did you mean 'augment.mirror'"),
    ],
)
def test_a_wrong_value_is_refused_in_one_sentence(change: dict[str, Any], message: str) -> None:
    with pytest.raises(RecipeError) as caught:
        recipe_of(**change)
    assert message in str(caught.value) and "\n" not in str(caught.value)


def test_every_amount_has_a_range_in_which_a_search_may_look_and_a_line_of_help() -> None:
    for name, field in knobs(Augment).items():
        extra: Any = field.json_schema_extra
        assert field.description, name
        if name in policy.AMOUNTS:
            assert extra["low"] == 0 < extra["high"] and extra["scale"] == "linear", name
            Augment(**{name: extra["high"]})


def test_auto_becomes_small_moves_and_nothing_else() -> None:
    found = complete(ClassifierRecipe(), images()).augment
    on = {
        name: policy.amount_of(found, name)
        for name in policy.AMOUNTS
        if policy.amount_of(found, name) > 0
    }
    assert on == {"shift": 0.08, "rotate": 10.0, "zoom": 0.1, "shear": 5.0}
    assert not found.mirror and not found.flip


def test_strength_is_a_fraction_of_the_top_of_every_range_and_leaves_what_was_set() -> None:
    found = complete(recipe_of(strength=0.5, rotate=3.0), images()).augment
    assert (found.rotate, found.shift, found.hue, found.erase) == (3.0, 0.075, 15.0, 0.15)
    assert not wanted(complete(recipe_of(strength=0.0), images()).augment)
    grey = complete(recipe_of(strength=0.5), images(channels=1)).augment
    assert (
        all(policy.amount_of(grey, name) == 0 for name in policy.COLOURS) and grey.brightness == 0.2
    )


@pytest.mark.parametrize(
    ("source", "on", "message"),
    [
        ("digits", {"mirror": True}, "augment.mirror = true would destroy the labels of 'digits'"),
        ("digits", {"flip": True}, "augment.flip = true would destroy the labels"),
        ("digits8", {"rotate": 90.0}, "augment.rotate = 90.0 would destroy the labels"),
    ],
)
def test_what_would_destroy_the_labels_of_written_signs_is_refused(
    source: str, on: dict[str, Any], message: str
) -> None:
    recipe = recipe_of(**on).changed({"data.source": source})
    with pytest.raises(RecipeError) as caught:
        complete(recipe, images(channels=1))
    assert message in str(caught.value)
    complete(recipe.changed({"data.source": "photos"}), images())  # a person's own folder


def test_the_catalogue_declares_which_images_are_written_signs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert {name for name in catalogue.ENTRIES if catalogue.is_written(name)} == {
        "digits",
        "digits8",
    }
    monkeypatch.chdir(tmp_path)
    (tmp_path / "digits").write_text("a,b\n1,2\n")  # a file of that name is the person's own
    assert not catalogue.is_written("digits")


TAKEN = Source("images", "photos", "a folder of images")
DECLARED = Source("ready", "digits", "a ready data set")


def test_mirrors_of_a_persons_own_images_are_noted_and_of_declared_ones_are_not() -> None:
    (line,) = policy.messages(recipe_of(mirror=True, flip=True), TAKEN)
    assert line.startswith("half of the training images are mirrored and turned upside down")
    assert (
        policy.messages(recipe_of(mirror=True), DECLARED)
        == ()
        == policy.messages(ClassifierRecipe(), TAKEN)
    )


@pytest.mark.parametrize("name", policy.COLOURS)
def test_a_colour_knob_is_refused_for_grey_images(name: str) -> None:
    examples = images(channels=1)
    with pytest.raises(RecipeError, match=f"augment.{name} = 0.1: the images are grey"):
        fit_images(examples, complete(recipe_of(**{name: 0.1}), examples))


def test_a_blur_that_reaches_further_than_the_image_is_refused() -> None:
    examples = images(side=12)
    fit_images(examples, complete(recipe_of(blur=4.0), examples))
    with pytest.raises(RecipeError, match="side of 12: expected at most 4"):
        fit_images(examples, complete(recipe_of(blur=4.1), examples))


def test_the_rows_of_a_table_are_not_augmented() -> None:
    rows = Examples(Rows({"a": [1.0, 2.0]}), ["x", "y"], ["0", "1"], ["0", "1"])
    for on in ({"rotate": 5.0}, {"mirror": True}, {"strength": 0.5}):
        with pytest.raises(RecipeError, match="the source is a table"):
            complete(recipe_of(**on), rows)
    complete(recipe_of(rotate=0.0, mirror=False), rows)


def test_principal_colours_are_fitted_on_the_training_pixels_and_only_when_they_are_wanted() -> (
    None
):
    rng = np.random.default_rng(0)
    light = rng.normal(128, 40, (50, 12, 12, 1))
    pixels = np.clip(light * [1, 0.8, 0.5] + rng.normal(0, 5, (50, 12, 12, 3)), 0, 255).astype(
        np.uint8
    )
    names = [str(at) for at in range(50)]
    examples = Examples(pixels, ["a", "b"] * 25, names, names)
    encoder = fit_images(examples, complete(recipe_of(pca=0.1), examples))
    axes = np.array(encoder.axes)
    np.testing.assert_allclose(
        axes @ axes.T, np.cov(pixels.reshape(-1, 3).T / 255, bias=True), atol=1e-5
    )
    assert fit_images(examples, complete(ClassifierRecipe(), examples)).axes == ()


def test_the_encoder_augments_in_training_alone_and_standardizes_both() -> None:
    examples = images()
    recipe = complete(recipe_of(mirror=True, shift=0.0, rotate=0.0, zoom=0.0, shear=0.0), examples)
    encoder = fit_images(examples, recipe)
    inputs = encoder.encode(examples)
    (plain,) = encoder.prepare(inputs, recipe, None)
    want = (examples.inputs / 255 - np.array(encoder.mu)) / np.array(encoder.sigma)
    np.testing.assert_allclose(plain.numpy(), want.transpose(0, 3, 1, 2), atol=1e-5)
    (seen,) = encoder.prepare(inputs, recipe, Draws(0, 0, torch.device("cpu"), 40, slice(None)))
    turned = [not torch.equal(a, b) for a, b in zip(seen, plain, strict=True)]
    assert 8 < sum(turned) < 32
    for one, before, other in zip(seen, plain, turned, strict=True):
        torch.testing.assert_close(one, before.flip(2) if other else before)


def test_off_costs_no_random_numbers() -> None:
    class NoDraws:
        def __getattr__(self, name: str) -> Any:
            raise AssertionError(f"asked for {name}")

    off = recipe_of(**dict.fromkeys(policy.AMOUNTS, 0.0))
    encoder = ImageEncoder(4, 4, 3, (0.5,) * 3, (0.2,) * 3)
    pixels = torch.zeros((2, 4, 4, 3), dtype=torch.uint8)
    encoder.prepare((pixels,), off, NoDraws())  # type: ignore[arg-type]


def run(*arguments: str) -> Any:
    return CliRunner().invoke(command, ["data", *arguments], catch_exceptions=False)


def test_the_sheet_shows_each_example_and_eleven_forms_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("digits8", "--augment", "--set", "augment.rotate=30", "--set", "augment.shift=0.2")
    assert (
        "drawn in digits8-augmented.png: shift 0.2, rotate 30, zoom 0.1, shear 5" in result.stderr
    )
    with Image.open("digits8-augmented.png") as sheet:
        first = np.asarray(sheet.convert("L"), float)[MARGIN : MARGIN + 64, 170:]
    forms = [first[:, left : left + 64] for left in range(0, 12 * 68, 68)]
    assert all(form.std() > 20 for form in forms)
    assert len({form.tobytes() for form in forms}) == 12


def test_a_sheet_that_cannot_be_drawn_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    path = tmp_path / "sheet.png"
    off = [
        part
        for name in ("shift", "rotate", "zoom", "shear")
        for part in ("--set", f"augment.{name}=0")
    ]
    for arguments, error, message in (
        (["digits8", *off], RecipeError, "nothing is augmented"),
        (["digits8", "--set", "augment.mirror=true"], RecipeError, "destroy the labels"),
        (["iris"], DataError, "this source holds none"),
    ):
        with pytest.raises(error, match=message):
            run(*arguments, "--augment", "--sheet", str(path))
    described = run("digits8", "--set", "augment.rotate=3")  # a setting is not of the sheet alone
    assert described.exit_code == 0 and "1,797 examples" in described.stdout
    assert not path.exists()


def test_every_knob_and_its_default_stand_in_the_docs() -> None:
    text = (DOCS / "defaults.md").read_text(encoding="utf-8")
    rows = {
        line.split("|")[1].strip(" `"): line for line in text.splitlines() if line.startswith("| `")
    }
    for name in Augment.model_fields:
        assert name in rows, f"docs/defaults.md has no row for augment.{name}"
    for name, amount in policy.choices(Augment(), 3).items():
        shown = rows[name.removeprefix("augment.")].split("|")[2].strip()
        assert shown == (f"{amount:g}" if amount else "off"), name
