"""The verbs in Python: what they take, what they refuse, and that a run opened again is the same
run.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from torch import nn

import netwright as nw
from netwright.api import Run
from netwright.base.errors import (
    DataError,
    DivergenceError,
    NetwrightError,
    NetwrightWarning,
    RecipeError,
    RunError,
)
from netwright.systems.classifier.codec import LabelCodec

pytestmark = pytest.mark.usefixtures("no_pictures")

QUICK = {"training.batch_size": 16, "optimizer.lr": 0.01, "model.dropout": 0.0}


def stripes(count: int, seed: int = 0) -> tuple[np.ndarray, list[str]]:
    """Noisy 8x8 grey images: the upper or the lower half is brighter."""
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 100, (count, 8, 8), dtype=np.uint8)
    kinds = rng.integers(0, 2, count)
    for image, kind in zip(images, kinds, strict=True):
        image[4 * kind : 4 * kind + 4] += 120
    return images, [["upper", "lower"][kind] for kind in kinds]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("store")


@pytest.fixture(scope="module")
def run(store: Path) -> Run:
    """A linear classifier of the stripes, from arrays in memory."""
    return nw.train(stripes(120), model="linear", epochs=8, set=QUICK, store=store)


class TestInMemory:
    def test_a_printed_run_is_a_line_with_its_name_place_and_status(self, run: Run) -> None:
        folder = run.record.path.parent
        assert str(run) == f"run {run.id} in {folder}, complete"

    def test_arrays_train_and_predict(self, run: Run) -> None:
        images, kinds = stripes(40, seed=1)
        said = run.predict(images)
        assert (
            np.mean([answer.label == kind for answer, kind in zip(said, kinds, strict=True)]) > 0.9
        )
        assert all(abs(sum(answer.probabilities.values()) - 1) < 1e-5 for answer in said)

    def test_tensors_are_answered_as_arrays_are(self, run: Run) -> None:
        images, _ = stripes(10, seed=2)
        assert run.predict(torch.from_numpy(images)) == run.predict(images)

    def test_an_answer_alone_equals_the_answer_in_company(self, run: Run) -> None:
        images, _ = stripes(10, seed=2)
        alone, company = run.predict(images[3:4])[0], run.predict(images)[3]
        assert alone.label == company.label
        assert alone.probability == pytest.approx(company.probability, abs=1e-5)

    def test_tensors_train_to_the_same_weights(self, run: Run, tmp_path: Path) -> None:
        images, kinds = stripes(120)
        again = nw.train(
            (torch.from_numpy(images), kinds), model="linear", epochs=8, set=QUICK, store=tmp_path
        )
        assert again.record.weights.read_bytes() == run.record.weights.read_bytes()

    def test_answers_equal_those_in_the_record(self, run: Run) -> None:
        images, _ = stripes(120)
        kept = run.predictions("dev")
        rows = [int(source[len("memory[") : -1]) for source in kept["source"]]
        said = run.predict(images[rows])
        assert [answer.label for answer in said] == kept["answer"].to_list()
        expected = [list(answer.probabilities.values()) for answer in said]
        np.testing.assert_allclose(expected, kept["probabilities"].to_list(), atol=1e-5)

    def test_evaluate_other_data(self, run: Run) -> None:
        images, kinds = stripes(50, seed=5)
        measured = run.evaluate((images, kinds))["error"]
        wrong = sum(
            answer.label != kind for answer, kind in zip(run.predict(images), kinds, strict=True)
        )
        assert measured["n"] == 50
        assert measured["value"] == pytest.approx(wrong / 50)

    @pytest.mark.filterwarnings("ignore:.*trained on")
    def test_labels_that_training_never_saw_are_counted_wrong(self, run: Run) -> None:
        images, _ = stripes(3)
        with pytest.warns(NetwrightWarning, match=r"class that training never saw \(middle 1\)"):
            measured = run.evaluate((images, ["upper", "middle", "lower"]))
        assert measured["error"]["n"] == 3 and measured["error"]["value"] >= 1 / 3

    def test_resume_needs_the_data_and_goes_on_with_them(self, tmp_path: Path, run: Run) -> None:
        with pytest.raises(KeyboardInterrupt):
            nw.train(
                stripes(120), model="linear", epochs=8, set=QUICK, store=tmp_path, watch=_interrupt
            )
        with pytest.raises(RunError, match="data in memory: give them again"):
            nw.train(resume="last", store=tmp_path)
        resumed = nw.train(stripes(120), resume="last", store=tmp_path)
        assert resumed.record.weights.read_bytes() == run.record.weights.read_bytes()

    def test_a_data_frame(self, tmp_path: Path) -> None:
        rng = np.random.default_rng(0)
        x = rng.normal(size=(80, 2))
        frame = pl.DataFrame(
            {"a": x[:, 0], "b": x[:, 1], "kind": np.where(x[:, 0] > 0, "right", "left")}
        )
        fast = {**QUICK, "optimizer.lr": 0.1}
        with pytest.raises(KeyboardInterrupt):
            nw.train(
                frame,
                target="kind",
                model="linear",
                epochs=20,
                set=fast,
                store=tmp_path,
                watch=_interrupt,
            )
        trained = nw.train(frame, resume="last", store=tmp_path)
        labels = [
            answer.label
            for answer in trained.predict(pl.DataFrame({"b": [0.0, 0.0], "a": [2.0, -2.0]}))
        ]
        assert labels == ["right", "left"], "columns are found by name, in any order"


def _interrupt(progress: object) -> None:
    raise KeyboardInterrupt


class TestOpenedAgain:
    def test_it_is_the_same_run(self, run: Run, store: Path) -> None:
        again = nw.open(run.id, store=store)
        images, _ = stripes(5)
        assert again == run
        assert again.recipe == run.recipe
        assert again.measures == run.measures
        assert again.curves == run.curves
        assert again.predict(images) == run.predict(images)
        assert run in nw.list_runs(store)

    def test_the_human_level_is_remembered(self, run: Run) -> None:
        given = run.diagnose(human_error=0.25)
        assert run.diagnose().as_json() == given.as_json()
        assert "0.25" in (run.record.path / "diagnosis.json").read_text(encoding="utf-8")

    @pytest.mark.parametrize("figure", [1e308, -5, "x", True, float("nan"), float("inf"), 10**400])
    def test_no_other_human_level_is_noted(self, run: Run, figure: Any) -> None:
        noted = run.info
        with pytest.raises(
            NetwrightError, match=r"^human_error = .*: expected the error of people"
        ):
            run.diagnose(human_error=figure)
        assert run.info == noted

    def test_the_report_is_one_file_that_needs_nothing_else(self, run: Run) -> None:
        html = run.report.read_text(encoding="utf-8")
        assert len(html) < 2_000_000
        assert "<html" in html
        assert 'src="http' not in html

    def test_no_such_run(self, store: Path) -> None:
        with pytest.raises(RunError, match="no run 'nowhere'"):
            nw.open("nowhere", store=store)


class TestOwnModule:
    def test_trains_opens_again_and_is_refused_without_it(self, tmp_path: Path) -> None:
        def make() -> nn.Module:
            return nn.Sequential(nn.Flatten(), nn.Linear(64, 2))

        run = nw.train(stripes(100), model=make(), epochs=6, set=QUICK, store=tmp_path)
        images, _ = stripes(6, seed=3)
        again = nw.open(run.id, store=tmp_path, model=make())
        assert again.predict(images) == run.predict(images)
        with pytest.raises(
            RunError, match=r"trained with a module of yours: open it with netwright\.open"
        ):
            nw.open(run.id, store=tmp_path).predict(images)

    def test_resume_needs_it(self, tmp_path: Path) -> None:
        module = nn.Sequential(nn.Flatten(), nn.Linear(64, 2))
        with pytest.raises(KeyboardInterrupt):
            nw.train(
                stripes(60), model=module, epochs=6, set=QUICK, store=tmp_path, watch=_interrupt
            )
        with pytest.raises(RunError, match="a module of yours: give it again"):
            nw.train(stripes(60), resume="last", store=tmp_path)
        assert (
            nw.train(stripes(60), resume="last", model=module, store=tmp_path).info["status"]
            == "complete"
        )

    def test_one_of_another_shape_does_not_fit(self, tmp_path: Path) -> None:
        run = nw.train(
            stripes(60),
            model=nn.Sequential(nn.Flatten(), nn.Linear(64, 2)),
            epochs=1,
            set=QUICK,
            store=tmp_path,
        )
        other = nw.open(run.id, store=tmp_path, model=nn.Sequential(nn.Flatten(), nn.Linear(64, 3)))
        with pytest.raises(RunError, match="does not fit the recipe's model"):
            other.predict(stripes(2)[0])


class TestSealedTest:
    @pytest.fixture
    def guard(self, monkeypatch: pytest.MonkeyPatch) -> Callable[[set[str]], None]:
        """Makes the codec raise when one of these examples is encoded."""

        def forbid(ids: set[str]) -> None:
            encode = LabelCodec.encode

            def guarded(codec: LabelCodec, examples: object) -> object:
                seen = ids & set(examples.ids)  # type: ignore[attr-defined]
                assert not seen, "the test split was read"
                return encode(codec, examples)  # type: ignore[arg-type]

            monkeypatch.setattr(LabelCodec, "encode", guarded)

        return forbid

    def test_training_and_diagnosing_never_read_it(
        self, run: Run, tmp_path: Path, guard: Callable[[set[str]], None]
    ) -> None:
        frame = pl.read_parquet(run.record.path / "splits.parquet")
        test = set(frame.filter(pl.col("split") == "test")["id"])
        assert len(test) == run.info["splits"]["test"] > 10
        guard(test)
        again = nw.train(stripes(120), model="linear", epochs=2, set=QUICK, store=tmp_path)
        again.diagnose(human_error=0.01)
        assert "test" not in again.measures
        assert not (again.record.path / "predictions" / "test.parquet").exists()
        assert again.record.events("test_opened") == []

    @pytest.mark.parametrize("lost", ["net.safetensors", "measures.json", "human_error"])
    def test_what_is_refused_opens_nothing(self, tmp_path: Path, lost: str) -> None:
        table = tmp_path / "rows.csv"
        table.write_text("a,kind\n" + "".join(f"{i},{'xy'[i % 2]}\n" for i in range(60)))
        run = nw.train(
            str(table), target="kind", model="linear", epochs=1, set=QUICK, store=tmp_path
        )
        if lost == "human_error":
            run.record.note(human_error=-5)  # as an earlier netwright took it
        else:
            (run.record.path / lost).unlink()
        with pytest.raises(NetwrightError):
            nw.open(run.id, store=tmp_path).evaluate(split="test")
        assert run.record.events("test_opened") == []

    def test_every_opening_is_logged_and_counted(self, tmp_path: Path) -> None:
        table = tmp_path / "rows.csv"
        rng = np.random.default_rng(1)
        table.write_text(
            "a,kind\n" + "".join(f"{a:.3f},{'xy'[int(a > 0)]}\n" for a in rng.normal(size=60)),
            encoding="utf-8",
        )
        run = nw.train(
            str(table), target="kind", model="linear", epochs=2, set=QUICK, store=tmp_path
        )
        first = run.evaluate(split="test")
        assert run.measures["test"] == first
        run.evaluate(split="test")
        with pytest.warns(
            NetwrightWarning,
            match=r"\d+ of these 60 examples are among those that .* was trained on",
        ):
            run.evaluate(str(table))  # all of its own source holds the test split, too
        assert [event["times"] for event in run.record.events("test_opened")] == [1, 2, 3]
        own = pl.read_parquet(run.record.path / "splits.parquet")["split"].to_list()
        header, *rows = table.read_text(encoding="utf-8").splitlines()
        # some of its examples in another file are known again
        for split, opened in (("dev", 3), ("test", 4)):
            some = tmp_path / f"{split}.csv"
            some.write_text(
                "\n".join(
                    [header, *(row for row, of in zip(rows, own, strict=True) if of == split)]
                )
            )
            run.evaluate(str(some))
            assert len(run.record.events("test_opened")) == opened
        kept = run.predictions("test")
        assert len(kept) == first["error"]["n"]
        assert kept["loss"].is_nan().sum() == 0
        assert (kept["truth"] != kept["answer"]).mean() == pytest.approx(first["error"]["value"])

    def test_changed_data_do_not_pass_for_the_test_split(self, tmp_path: Path) -> None:
        table = tmp_path / "rows.csv"
        rows = "".join(f"{a / 10},{'xy'[a % 2]}\n" for a in range(60))
        table.write_text("a,kind\n" + rows, encoding="utf-8")
        run = nw.train(
            str(table), target="kind", model="linear", epochs=1, set=QUICK, store=tmp_path
        )
        table.write_text("a,kind\n" + rows + "9,x\n", encoding="utf-8")
        with pytest.raises(RunError, match="have changed since it was trained"):
            run.evaluate(split="test")


class TestTraining:
    def test_repeated_from_its_own_recipe_it_is_equal_bit_for_bit(
        self, run: Run, tmp_path: Path
    ) -> None:
        again = nw.train(stripes(120), recipe=run.record.path / "recipe.yaml", store=tmp_path)
        assert again.record.weights.read_bytes() == run.record.weights.read_bytes()
        assert again.recipe == run.recipe

    def test_divergence_is_one_sentence_and_keeps_the_run(self, tmp_path: Path) -> None:
        changes = {
            "optimizer.name": "sgd",
            "optimizer.lr": 1000,
            "schedule.name": "constant",
            "model.hidden": [32, 32],
        }
        with pytest.raises(
            DivergenceError, match=r"at step \d+: training diverged; gradient norms there: layers"
        ) as said:
            nw.train("iris", model="mlp", epochs=20, set=changes, store=tmp_path)
        assert "optimizer.lr" in str(said.value)
        assert "\n" not in str(said.value)
        (run,) = nw.list_runs(tmp_path)
        assert run.id in str(said.value)
        assert run.info["status"] == "diverged"
        with pytest.raises(RunError, match="its training diverged: train again, with a smaller"):
            run.diagnose()
        kept = "keeps no weights" not in str(said.value)
        assert kept == run.record.weights.exists()
        (step,) = re.findall(r"at step (\d+):", str(said.value))
        again = rf"^{run.id} diverged at step {step}, and the same steps end there again: train"
        with (
            pytest.warns(NetwrightWarning, match=again),
            pytest.raises(DivergenceError, match=rf"at step {step}:"),
        ):
            nw.train(resume="last", store=tmp_path)
        slower = nw.train(resume="last", set={"optimizer.lr": 0.01}, store=tmp_path)
        assert slower.info["status"] == "complete"

    def test_patience_stops_early_and_keeps_the_best(self, tmp_path: Path) -> None:
        rng = np.random.default_rng(3)
        noise = (rng.normal(size=(60, 5)), rng.choice(["a", "b"], 60).tolist())
        changes = {**QUICK, "training.patience": 2, "schedule.name": "constant"}
        run = nw.train(noise, model="mlp", epochs=200, set=changes, store=tmp_path)
        epochs = [row["dev_error"] for row in run.curves]
        assert len(epochs) < 200
        assert run.info["epoch_kept"] == len(epochs) - 2
        assert run.measures["dev"]["error"]["value"] == pytest.approx(min(epochs))
        assert any(line.startswith("stopped early") for line in run.info["messages"])

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            (
                {"optimizer.lrate": 1},
                r"unknown key 'optimizer\.lrate'; did you mean 'optimizer\.lr'",
            ),
            (
                {"optimizer.name": "adamm"},
                r"optimizer\.name = 'adamm': expected auto or one of sgd",
            ),
            ({"split.dev": 0.6, "split.test": 0.6}, "leaves nothing to train on"),
            ({"model.name": "lenet"}, "no model 'lenet'; did you mean 'lenet5'"),
            ({"training.epochs": 0}, r"training\.epochs = 0: expected"),
        ],
    )
    def test_a_wrong_recipe_is_refused_before_the_data_are_read(
        self, changes: dict[str, object], said: str, tmp_path: Path
    ) -> None:
        with pytest.raises(RecipeError, match=said):
            nw.train("there-is-no-such-source", set=changes, store=tmp_path)
        assert list(tmp_path.iterdir()) == []

    def test_dev_labels_that_train_never_saw_leave_no_run_behind(self, tmp_path: Path) -> None:
        from PIL import Image

        for split, kinds in {"train": ("cat", "dog"), "dev": ("cat", "owl")}.items():
            for kind in kinds:
                folder = tmp_path / "photos" / split / kind
                folder.mkdir(parents=True)
                for at in range(4):
                    pixels = np.random.default_rng(at).integers(0, 255, (8, 8), dtype=np.uint8)
                    Image.fromarray(pixels).save(folder / f"{split}-{at}.png")
        with pytest.raises(DataError, match="is not among the classes of the training split"):
            nw.train(str(tmp_path / "photos"), model="linear", store=tmp_path / "store")
        assert nw.list_runs(tmp_path / "store") == []

    @pytest.mark.parametrize(
        ("kinds", "said"), [(["a"] * 30, "nothing to learn"), (["a"] * 29 + ["b"], "one example")]
    )
    def test_targets_that_cannot_be_learned(
        self, kinds: list[str], said: str, tmp_path: Path
    ) -> None:
        with pytest.raises(DataError, match=said):
            nw.train((np.arange(60.0).reshape(30, 2), kinds), store=tmp_path)
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(("source", "most"), [("iris", 0.14), ("wine", 0.14)])
    def test_the_defaults_do_well_on_small_tables(
        self, source: str, most: float, tmp_path: Path
    ) -> None:
        """Fisher's and Aeberhard's data: 95 to 100% correct is usual; dev and test hold 60 or 72
        examples together.
        """
        run = nw.train(source, epochs=40, store=tmp_path)
        test = run.evaluate(split="test")["error"]
        assert (run.measures["dev"]["error"]["value"] + test["value"]) / 2 <= most

    def test_the_defaults_beat_the_baseline_on_numbers(self, tmp_path: Path) -> None:
        """Linear regression reaches an RMSE of about 55 on this table, the mean alone about 77
        (Efron et al. 2004).
        """
        run = nw.train("diabetes", epochs=30, store=tmp_path)
        assert run.measures["dev"]["rmse"]["value"] < 62 < run.info["baseline"]


@pytest.mark.parametrize(
    ("key", "other", "given"),
    [
        ("data.source", "wine", {"source": "iris"}),
        ("data.source", "wine", {"source": stripes(40)}),
        ("data.target", "petal length", {"source": "iris", "target": "species"}),
        ("model.name", "linear", {"source": "iris", "model": "mlp"}),
        ("model.name", "linear", {"source": stripes(40), "model": nn.Flatten()}),
        ("training.epochs", 3, {"source": "iris", "epochs": 2}),
    ],
)
def test_what_is_given_twice_and_differs_is_refused(
    key: str, other: Any, given: dict[str, Any], tmp_path: Path
) -> None:
    source = given.pop("source")
    with pytest.raises(RecipeError, match=rf"{key} is given twice, as .* by set, as {other!r}: "):
        nw.train(source, **given, set={key: other}, store=tmp_path)
    assert not list(tmp_path.iterdir())


def test_the_same_given_twice_is_taken(tmp_path: Path) -> None:
    changes = {"data.source": "iris", "model.name": "linear", "training.epochs": 1}
    run = nw.train("iris", model="linear", epochs=1, set=changes, store=tmp_path)
    assert run.recipe.data.source == "iris"


def test_nothing_heavy_is_imported_before_it_is_needed(
    run: Run, store: Path, tmp_path: Path
) -> None:
    """`import netwright`, and the verbs that only read a record or a source, load no torch; small
    ready tables no polars.
    """
    (tmp_path / "t.csv").write_text("a,y\n" + "1,u\n2,v\n" * 20, encoding="utf-8")
    code = """
import sys
import netwright as nw
assert not {"torch", "numpy", "polars"} & set(sys.modules), "import netwright"
from netwright.cli.main import main
store, run, table = sys.argv[1:]
for arguments in (
    ["--help"], ["ladder", "train=0.1/100", "dev=0.2/100"], ["runs", "--store", "nowhere"],
    ["runs", "--store", store], ["show", run, "--store", store], ["data"], ["systems"],
    ["data", "iris"], ["data", "digits"], ["data", table, "--target", "y"],
):
    try:
        main(arguments)
    except SystemExit as end:
        assert not end.code, (arguments, end.code)
    heavy = {"torch", "matplotlib", "sklearn", "optuna"}
    light = {"numpy", "polars", "pydantic"}
    heavy |= light if arguments[-1] in ("data", "systems", "--help") else set()
    heavy |= {"polars"} if arguments[-1] == "iris" else set()
    heavy |= {"pydantic"} if arguments[0] == "data" else set()
    loaded = heavy & set(sys.modules)
    assert not loaded, (arguments, loaded)
"""
    named = [str(store), run.id, str(tmp_path / "t.csv")]
    done = subprocess.run(
        [sys.executable, "-c", code, *named], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
