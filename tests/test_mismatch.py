"""What differs between two sources, steps fitted to the target, and whether the gap shrank."""

from __future__ import annotations

import html
import io
import json
import random
import shlex
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageFilter
from scipy import stats
from sklearn.datasets import load_digits

import netwright as nw
from netwright.api.domains.class_mix import class_mix
from netwright.api.domains.comparing import MOST_EXAMPLES
from netwright.api.domains.fitted import Fitted
from netwright.api.run import Run
from netwright.base.errors import DataError, RecipeError, RunError
from netwright.cli.main import main
from netwright.cli.text.judged.drift import classes_text, gained, mismatch_text
from netwright.contract import Examples
from netwright.contract.mismatch.synthesis import SynthesisStep
from netwright.data.synthesis import image_steps, text_steps
from netwright.data.synthesis.image_or_row import statistics
from netwright.data.synthesis.image_statistics import of_images
from netwright.data.synthesis.text_statistics import of_texts
from netwright.doctor.mismatch import reuse
from netwright.doctor.mismatch.differences import corrected, differences
from netwright.doctor.mismatch.fitting import Fitting
from netwright.doctor.mismatch.shrank import Errors, shrank
from netwright.metrics import distances
from netwright.recipe import ImageSynthesis, TextSynthesis
from netwright.systems.classifier.system import SYSTEM as CLASSIFIER
from netwright.systems.localizer.system import SYSTEM as LOCALIZER
from netwright.systems.text.system import SYSTEM as TEXT

pytestmark = pytest.mark.usefixtures("no_reports")

PLAIN = {
    "training.epochs": 6, "augment.strength": 0, "data.image_size": 8, "split.dev": 0.5,
    "training.reference_seconds": 0,
}  # fmt: skip


def digits() -> tuple[Any, Any]:
    """(1797, 8, 8) uint8, and their labels."""
    held = load_digits()
    return (held.images * 255 / 16).round().astype(np.uint8), held.target


def worse(pixels: Any, rng: np.random.Generator) -> Image.Image:
    """Darker, blurred and noisy by another hand than the steps': Pillow's and NumPy's."""
    image = ImageEnhance.Brightness(Image.fromarray(pixels)).enhance(0.6)
    wide = Image.fromarray(np.pad(np.asarray(image), 4, "edge"))
    blurred = np.asarray(wide.filter(ImageFilter.GaussianBlur(0.8)), float)[4:-4, 4:-4]
    return Image.fromarray((blurred + rng.normal(0, 20, (8, 8))).round().clip(0, 255).astype("u1"))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """general/ and target/ of digits, the target's darker, blurred and noisy."""
    folder, rng = tmp_path_factory.mktemp("mismatch"), np.random.default_rng(1)
    pixels, labels = digits()
    for at in rng.permutation(len(pixels))[:1000].tolist():
        domain = "target" if at % 5 < 2 else "general"
        image = worse(pixels[at], rng) if domain == "target" else Image.fromarray(pixels[at])
        under = folder / "photos" / domain / str(labels[at])
        under.mkdir(parents=True, exist_ok=True)
        image.save(under / f"{at}.png")
    return folder


@pytest.fixture(scope="module")
def patched() -> Iterator[None]:
    """Steps fitted on few examples, which takes seconds else."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("netwright.api.domains.fitted.GENERAL", 60)
        patch.setattr("netwright.doctor.mismatch.fitting.STARTS", 2)
        patch.setattr("netwright.api.domains.fitted.PLACES", 40)
        patch.setattr("netwright.api.domains.fitted.DRAWS", 50)
        patch.setattr("netwright.metrics.two_sample.PERMUTATIONS", 199)
        patch.setattr("netwright.metrics.two_sample.ROUNDS", 20)
        yield


def trained(place: Path, changes: dict[str, Any]) -> Run:
    return nw.train(place / "photos", model="linear", store=place / "runs", set=PLAIN | changes)


@pytest.fixture(scope="module")
def before(place: Path) -> Run:
    return trained(place, {})


@pytest.fixture(scope="module")
def found(before: Run, patched: None) -> Any:
    return nw.mismatch(before)


@pytest.fixture(scope="module")
def after(place: Path, found: Any) -> Run:
    return trained(place, found.fitted.settings)


class TestImages:
    def test_a_planted_mismatch_is_named(self, found: Any) -> None:
        assert found.differ
        assert found.names == ("general", "target")
        sure = {one.name: one.effect for one in found.differences if one.is_sure}
        assert sure["brightness"] < -1
        assert sure["contrast"] < -1
        assert all(one.auc > 0.9 and one.p < 0.05 for one in found.separations)
        assert found.separations[0].columns[0].name in sure

    def test_the_right_steps_are_fitted_near_what_was_planted(self, found: Any) -> None:
        settings = found.fitted.settings
        assert settings["synthesis.brightness"] == pytest.approx(-0.4, abs=0.08)
        assert settings["synthesis.blur"] == pytest.approx(0.8, abs=0.2)
        assert settings["synthesis.noise"] == pytest.approx(20 / 255, abs=0.02)
        assert not {"synthesis.compression", "synthesis.vary"} & settings.keys()

    def test_the_distance_shrinks_on_held_out_examples(self, found: Any) -> None:
        fitted = found.fitted
        assert fitted.helps
        assert fitted.after < 0.2 * fitted.before
        assert 0 < fitted.low < fitted.before - fitted.after < fitted.high
        assert fitted.auc_before > 0.95 > 0.7 > fitted.auc_after

    def test_the_page_draws_both_and_what_the_steps_make(self, found: Any) -> None:
        page = found.page.read_text(encoding="utf-8")
        assert page.count("data:image/png;base64") == 3 * MOST_EXAMPLES
        assert "least like target" in page
        assert "sharpness" in page
        assert found.fitted.command in page

    def test_training_with_them_shrinks_the_gap_and_helps(self, before: Run, after: Run) -> None:
        again = nw.mismatch(after, fit=False)
        assert again.shrank.before == before.id
        assert again.shrank.is_smaller
        assert again.shrank.helped
        assert not again.shrank.others
        assert again.separations[0].auc < 0.7
        assert again.as_json()["shrank"]["helped"]
        assert f"Beside {before.id}" in again.page.read_text(encoding="utf-8")

    def test_alike_inputs_with_a_gap_point_at_the_labels(self, before: Run, patched: None) -> None:
        held = nw.mismatch(before, before=before.id, fit=False)
        assert held.shrank.gap_after.low > 0
        assert "look at the labels" not in mismatch_text(held)
        alike = tuple(replace(one, p=0.4, columns=()) for one in held.separations)
        text = mismatch_text(replace(held, separations=alike))
        assert f"look at the labels of target, netwright labels {before.id}." in text
        shrank = replace(held.shrank, gap_after=replace(held.shrank.gap_after, low=-0.1))
        none_left = replace(held, separations=alike, shrank=shrank)
        assert "look at the labels" not in mismatch_text(none_left)

    def test_train_dev_is_measured_as_train_is_and_measured_so_again(self, after: Run) -> None:
        kept = after.record.measures()["train_dev"]["error"].value
        assert after.evaluate(split="train_dev")["error"]["value"] == pytest.approx(kept)

    def test_a_gap_that_is_there_is_not_said_to_shrink(self, before: Run) -> None:
        same = nw.mismatch(before, before=before.id, fit=False)
        assert same.shrank.gap.value == 0
        assert not same.shrank.is_smaller
        assert not same.shrank.helped

    def test_other_examples_are_a_target_too(
        self, before: Run, place: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        folder = str(place / "photos" / "general")
        main(["mismatch", str(before.record.path), "--against", folder, "--no-fit"])
        text = " ".join(capsys.readouterr().out.split())
        assert f"and {folder}" in text
        assert "drawn in" in text

    @pytest.mark.parametrize("name", ["some.npz", "folder"])
    def test_the_same_examples_are_counted_and_not_told_apart(
        self, name: str, tmp_path: Path, patched: None
    ) -> None:
        x = np.random.default_rng(0).integers(0, 256, (150, 8, 8)).astype("u1")
        source = tmp_path / name
        if name == "folder":
            for at, one in enumerate(x):
                (source / str(at % 2)).mkdir(parents=True, exist_ok=True)
                Image.fromarray(one).save(source / str(at % 2) / f"{at}.png")
        else:
            np.savez(source, x=x, y=np.arange(150) % 2)
        run = nw.train(source, model="linear", epochs=1, store=tmp_path / "runs")
        assert nw.drift(run, source).same == 30
        assert run.record.events("test_inputs_read")  # these are among them
        found = nw.mismatch(run, against=str(source), fit=False)
        assert found.same == 150
        assert not found.differ
        beside = f"150 examples of {source} are examples that {run.id} has, too"
        assert beside in mismatch_text(found)
        page = found.page.read_text(encoding="utf-8")
        assert beside in page
        assert "a classifier does not tell them apart: AUC" in page

    def test_how_long_the_fit_takes_is_announced(
        self, before: Run, patched: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        nothing = {
            "near": lambda self, steps: self._start,
            "needed": lambda self, steps, near: near,
        }
        for name, instead in nothing.items():
            monkeypatch.setattr(Fitting, name, instead)
        lines: list[str] = []
        nw.mismatch(before, log=lines.append)
        assert lines[0].startswith("holding ")
        assert "of target" in lines[0]
        assert lines[1].startswith("fitting 6 steps on 60 examples, about ")
        assert lines[1].endswith("; --no-fit leaves it out")
        assert lines[2].startswith("trying which steps are needed, about ")

    def test_a_change_is_by_the_name_alone(self) -> None:
        pixels = digits()[0][:40, :, :, None]
        knobs = ImageSynthesis(
            brightness=0.2, contrast=-0.3, blur=0.6, noise=0.1, compression=0.6, vary=0.5,
            fraction=0.7,
        )  # fmt: skip
        change, names = image_steps.ImageChange(knobs, 3), [f"{at}" for at in range(40)]
        whole = change(pixels, names)
        order = np.random.default_rng(0).permutation(40)
        assert (change(pixels[order], [names[at] for at in order]) == whole[order]).all()
        assert (change(pixels[7:8], names[7:8]) == whole[7:8]).all()
        same = (whole == pixels).all(axis=(1, 2, 3)).sum()
        assert 4 <= same <= 20  # three of ten

    def test_compression_is_what_a_file_alone_would_keep(self) -> None:
        pixels = np.random.default_rng(0).integers(0, 256, (3, 13, 21, 3)).astype(np.uint8)
        found = image_steps.ImageChange(ImageSynthesis(compression=0.8), 0)(pixels, list("abc"))
        for one, image in zip(found, pixels, strict=True):
            file = io.BytesIO()
            Image.fromarray(image).save(file, "JPEG", quality=20, subsampling=0)
            assert (np.asarray(Image.open(file)) == one).all()

    def test_only_other_domains_of_train_and_train_dev_are_changed(self) -> None:
        pixels = digits()[0][:6, :, :, None]
        ids, domains = list("abcdef"), ["general", "target"] * 3
        examples = Examples(pixels, ["x"] * 6, ids, ids, domains=domains)
        recipe = CLASSIFIER.recipe().changed(
            {"synthesis.brightness": -0.5, "data.image_size": 8, "split.domain": "target"}
        )
        assert CLASSIFIER.as_trained(examples, "dev", recipe) is examples
        changed = CLASSIFIER.as_trained(examples, "train_dev", recipe)
        assert changed.ids == examples.ids
        for at, domain in enumerate(domains):
            wanted = np.rint(pixels[at] / 2) if domain == "general" else pixels[at]
            assert np.abs(changed.inputs[at].astype(float) - wanted).max() <= 1
        assert (changed.take([1]).inputs[0] == pixels[1]).all()


class TestTexts:
    def test_planted_slips_and_capitals_are_named_and_fitted(
        self, tmp_path: Path, patched: None
    ) -> None:
        rng, hand = random.Random(2), TEXT.sample(900, 1)
        lines = ["text,kind,place"]
        for at, (text, kind) in enumerate(zip(hand.inputs, hand.targets, strict=True)):
            words = text.split()
            if at % 3 == 0:
                words = [slipped(w, rng) if rng.random() < 0.3 and len(w) > 3 else w for w in words]
                text = " ".join(words).upper() if rng.random() < 0.4 else " ".join(words)
            lines.append(f"{text},{kind},{'phone' if at % 3 == 0 else 'web'}")
        (tmp_path / "texts.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        run = nw.train(
            tmp_path / "texts.csv", target="kind", system="text", store=tmp_path / "runs",
            set={"data.domain": "place", "split.domain": "phone", "training.epochs": 1},
        )  # fmt: skip
        found = nw.mismatch(run)
        sure = {one.name: one.effect for one in found.differences if one.is_sure}
        assert {"capital letters", "all capitals", "words one slip from a known one"} <= sure.keys()
        assert not {"punctuation", "digits"} & sure.keys()
        assert found.fitted.settings["synthesis.upper"] == pytest.approx(0.4, abs=0.12)
        assert found.fitted.settings["synthesis.typos"] == pytest.approx(0.3, abs=0.1)
        assert found.fitted.helps
        assert "oak" in found.page.read_text(encoding="utf-8").lower()

    def test_steps_do_what_they_are_called(self) -> None:
        text = "We saw a WAVE, then the shore; it was grand."
        off = text_steps.changed(text, "a", TextSynthesis(), 0)
        assert off == text
        assert text_steps.changed(text, "a", TextSynthesis(lower=1), 0) == text.lower()
        assert text_steps.changed(text, "a", TextSynthesis(upper=1), 0) == text.upper()
        bare = text_steps.changed(text, "a", TextSynthesis(unpunctuated=1), 0)
        assert bare == "We saw a WAVE then the shore it was grand"
        slips = text_steps.changed(text, "a", TextSynthesis(typos=1), 0)
        assert slips == text_steps.changed(text, "a", TextSynthesis(typos=1), 0)
        for old, new in zip(text.split(), slips.split(), strict=True):
            assert (old == new) == (len(old.strip(",;.")) < 4)

    def test_a_word_is_nearly_known_by_one_letter(self) -> None:
        usual = ["the shore is long", "a shore so long", "long shore"]
        measured = of_texts(["shroe shoore shor shote tulip"], usual)
        assert measured["words one slip from a known one"][0] == pytest.approx(4 / 5)
        assert measured["unknown words"][0] == 1


def slipped(word: str, rng: random.Random) -> str:
    """A letter left out, twice, another, or two exchanged, wherever."""
    at, other = rng.randrange(len(word) - 1), rng.choice("abcdefghijklmnopqrstuvwxyz")
    kinds = (
        word[at + 1],
        word[at] * 2 + word[at + 1],
        other + word[at + 1],
        word[at + 1] + word[at],
    )
    return word[:at] + rng.choice(kinds) + word[at + 2 :]


class TestNoise:
    def test_equal_sources_are_told_apart_one_time_in_twenty_at_most(self) -> None:
        pixels = digits()[0][..., None]
        whole = of_images(Examples(pixels, *[[""] * len(pixels)] * 3), 8, 1)
        alarms, rng, rounds = 0, np.random.default_rng(0), 60
        for _ in range(rounds):
            rows = rng.permutation(len(pixels))[:300]
            parts = [{n: c[some] for n, c in whole.items()} for some in (rows[:150], rows[150:])]
            found, _ = corrected(differences(parts[0], parts[1], None), [])
            alarms += any(one.is_sure for one in found)
        assert alarms <= stats.binom.ppf(0.999, rounds, 0.05)

    def test_what_never_varies_differs_by_where_it_stands(self) -> None:
        first, second = {"width": np.full(30, 32.0)}, {"width": np.full(30, 64.0)}
        (one,) = differences(first, second, None)
        assert one.p < 1e-9
        assert (one.first, one.second) == (32, 64)
        assert not differences(first, first, None)
        groups = [f"g{at // 15}" for at in range(30)], [f"h{at // 15}" for at in range(30)]
        assert differences(first, second, groups)[0].p > 0.05  # two groups against two

    def test_the_distance_is_vasersteins(self) -> None:
        rng = np.random.default_rng(0)
        first, second = {"a": rng.normal(0, 1, 400)}, {"a": rng.normal(1, 2, 300)}
        wanted = stats.wasserstein_distance(first["a"], second["a"])
        assert distances.distance(first, second, {"a": 1.0}) == pytest.approx(wanted, rel=0.05)
        assert distances.scales(first, {"a": first["a"]})["a"] == pytest.approx(first["a"].std())

    def test_steps_that_are_not_needed_are_given_up(self) -> None:
        rng = np.random.default_rng(0)
        own, steps = rng.normal(size=300), [SynthesisStep(name, 0, 2) for name in "abc"]

        def measured(settings: dict[str, float]) -> dict[str, Any]:
            a, b, c = (settings[name] for name in "abc")
            return {"x": own + a + b / 20, "y": own * (1 + c)}

        target = measured({"a": 0.7, "b": 0, "c": 1.2})
        found = Fitting(measured, target, dict.fromkeys("abc", 0.0)).best(steps)
        assert found == pytest.approx({"a": 0.7, "b": 0, "c": 1.2}, abs=0.03)

    def test_a_step_that_matches_exactly_is_kept_beside_another(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Of texts without any mark punctuation varies no longer, and counts all the same."""
        monkeypatch.setattr("netwright.doctor.mismatch.fitting.STARTS", 2)
        texts = [f"{text}." for text in TEXT.sample(600, 1).inputs]
        few, others = texts[:100], texts[100:350]
        names = ("typos", "unpunctuated", "upper")

        def measured(settings: dict[str, float], some: list[str], seed: int) -> Any:
            # as a search that ends at an end of the range
            near = {**settings, "unpunctuated": round(settings["unpunctuated"], 1)}
            knobs = TextSynthesis(**near)
            changed = [text_steps.changed(t, f"{at}", knobs, seed) for at, t in enumerate(some)]
            return of_texts(changed, others)

        planted = {"typos": 0.25, "unpunctuated": 1.0, "upper": 0.0}
        fitting = Fitting(
            lambda settings: measured(settings, few, 0),
            measured(planted, texts[350:], 1),
            dict.fromkeys(names, 0.0),
        )
        found = fitting.best([SynthesisStep(name, 0, 1) for name in names])
        assert found == pytest.approx(planted, abs=0.1)

    def test_steps_that_leave_the_classifier_as_sure_are_said_to(self) -> None:
        sure = Fitted({"synthesis.typos": 0.3}, 0.47, 0.33, 0.05, 0.1, 0.2, 0.995, 0.995, "")
        assert "apart as well as before (AUC 0.995, 0.995 with" in gained(sure, ("a", "b"))
        lowered = replace(sure, auc_after=0.6)
        assert "AUC from 0.995 to 0.600" in gained(lowered, ("a", "b"))

    def test_the_change_of_a_gap_is_paired(self) -> None:
        rng = np.random.default_rng(0)
        hard = rng.normal(size=200)
        dev = Errors(hard + 1, hard + 0.7 + rng.normal(0, 0.1, 200), [f"{at}" for at in range(200)])
        other = Errors(hard[:90], hard[:90], [f"{at}" for at in range(90)])
        found = shrank("one", "loss", dev, other, ())
        wanted = stats.ttest_rel(dev.after, dev.before).confidence_interval()
        assert (found.dev.low, found.dev.high) == pytest.approx(wanted, abs=0.002)
        assert found.helped
        assert found.is_smaller
        assert found.gap.value == pytest.approx(found.gap_after.value - found.gap_before.value)


@pytest.fixture(scope="module")
def shifted(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A table whose target has 80% of the kind that the general source has 50% of."""
    rng, folder = np.random.default_rng(0), tmp_path_factory.mktemp("classes")
    lines = ["size,kind,domain"]
    for at in range(1200):
        domain, often = ("target", 0.8) if at % 2 else ("general", 0.5)
        kind = "a b" if rng.random() < often else "c"
        lines.append(f"{rng.normal(kind == 'c'):.3f},{kind},{domain}")
    table = folder / "kinds.csv"
    table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return nw.train(
        table, target="kind", model="linear", store=folder / "runs",
        set={"data.domain": "domain", "training.epochs": 2, "training.reference_seconds": 0},
    )  # fmt: skip


class TestClasses:
    def test_classes_that_are_not_as_frequent_are_named_and_weighed(
        self, shifted: Run, patched: None
    ) -> None:
        found = nw.mismatch(shifted, fit=False)
        first = {one.name: one for one in found.classes.classes}["a b"]
        assert first.is_sure
        assert first.first == pytest.approx(0.5, abs=0.06)
        assert first.second == pytest.approx(0.8, abs=0.06)
        text = mismatch_text(found)
        assert "classes: 2 of 2 are not as frequent in target as in general" in text
        assert found.classes.command in html.unescape(found.page.read_text(encoding="utf-8"))

    def test_the_weights_bring_training_to_the_target(self, shifted: Run, patched: None) -> None:
        found = nw.mismatch(shifted, fit=False)
        words = shlex.split(found.classes.command)
        weights = json.loads(words[-1].removeprefix("objective.class_weights="))
        kinds = shifted.record.examples("train", CLASSIFIER).targets
        heavy = [weights[kind] for kind in kinds]
        fraction = sum(w for w, kind in zip(heavy, kinds, strict=True) if kind == "a b")
        assert fraction / sum(heavy) == pytest.approx(0.8, abs=0.06)
        store = shifted.record.path.parent
        main(["--quiet", *words[1:], "--store", str(store)])
        assert nw.mismatch("last", store=store, fit=False).classes.command == ""

    def test_equal_mixes_are_left_alone(self, shifted: Run) -> None:
        train = shifted.record.examples("train", CLASSIFIER)
        halves = [train.take(range(at, len(train), 2)) for at in (0, 1)]
        mix = class_mix(shifted, halves[0], halves[1], train)
        assert mix is not None
        assert not mix.differ
        assert mix.command == classes_text(mix, ("general", "target")) == ""


class TestFewBaseItems:
    def test_few_groups_of_many_examples_are_named(self) -> None:
        (found,) = reuse.of_groups([f"noise {at % 20}" for at in range(10_000)], "general")
        assert found.code == "NW120"
        assert found.figures == {"item": "group", "items": 20, "examples": 10_000, "uses": 500}
        assert found.do
        assert not list(reuse.of_groups([f"{at % 20}" for at in range(200)], "general"))
        assert not list(reuse.of_groups([f"{at % 500}" for at in range(50_000)], "general"))
        assert not list(reuse.of_groups(None, "general"))

    def test_few_things_laid_over_many_examples_are_named(self) -> None:
        (found,) = reuse.of_items({"noises": 20, "rooms": 5_000}, 10_000)
        assert found.figures["uses"] == 500
        assert "20 noises are laid over 10,000" in found.message


class TestRefused:
    def test_one_source_alone(self, tmp_path: Path) -> None:
        changes = {"training.max_examples": 64}
        run = nw.train("iris", model="linear", store=tmp_path, set=changes)
        with pytest.raises(DataError, match="has learned from one source: name examples"):
            nw.mismatch(run)

    def test_too_few_examples(self, before: Run) -> None:
        few = digits()[0][:12]
        with pytest.raises(DataError, match=r"12 examples that differ: .* takes 40"):
            nw.mismatch(before, against=few)

    def test_a_table_against_pictures(self, before: Run) -> None:
        rows = {"a": [float(at) for at in range(50)]}
        with pytest.raises(DataError, match="one of the two is a table and the other is not"):
            nw.mismatch(before, against=rows)

    def test_a_run_before_of_other_examples(self, before: Run, place: Path) -> None:
        other = trained(place, {"split.seed": 5, "training.epochs": 1})
        with pytest.raises(RunError, match="has other examples in dev"):
            nw.mismatch(before, before=other.id)

    def test_rows_have_no_steps(self, tmp_path: Path) -> None:
        changes = {"synthesis.noise": 0.1, "training.epochs": 1}
        with pytest.raises(
            RecipeError, match="synthesis changes images, and the source is a table"
        ):
            nw.train("iris", model="linear", store=tmp_path, set=changes)


def test_every_system_has_something_to_compare() -> None:
    images = LOCALIZER.sample(4, 0)
    recipe = LOCALIZER.recipe().changed({"data.image_size": 32})
    assert LOCALIZER.statistics is not None
    assert "brightness" in LOCALIZER.statistics(images, images, recipe)
    rows = CLASSIFIER.sample(4, 0)
    square = CLASSIFIER.recipe().changed({"data.image_size": 12})
    assert set(statistics(rows, rows, square)) >= {"sharpness", "noise", "width"}
    assert replace(CLASSIFIER, synthesis=None).as_trained(rows, "train", square) is rows
