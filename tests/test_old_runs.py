"""The guard of old runs: those that netwright 0.1 left (``fixtures/runs_0_1``) open, show, label,
measure, diagnose, go on and repeat.

Weights that are trained again here are compared to the last bit where this machine computes as the
one that made the runs does (``make_old_runs.platform``), and closely elsewhere; pytest then prints
a warning that says so. What was kept is read the same everywhere.
"""

from __future__ import annotations

import ast
import csv
import json
import shutil
import warnings
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file
from torch import Tensor, nn

import make_old_runs
import netwright as nw
import small_runs
from compare_checkouts import LEFT_OUT, MEANS, RENAMED, differences, figures, renamed
from netwright import api
from netwright.base.errors import NetwrightError, NetwrightWarning
from netwright.cli.main import main
from netwright.metrics.regression import MAE, RMSE
from netwright.recipe import ImageSynthesis
from netwright.training.batching import order

pytestmark = pytest.mark.usefixtures("no_pictures", "all_resamples")

OLD = Path(__file__).parent / "fixtures" / "runs_0_1"
KEPT = json.loads((OLD / "expected.json").read_text(encoding="utf-8"))
RUNS: dict[str, dict[str, Any]] = KEPT["runs"]

STATUS = dict.fromkeys(RUNS, "complete") | {
    "killed": "killed",
    "toy-killed": "killed",
    "killed trial": "killed",
    "stopped": "stopped",
}
WHOLE = [name for name, status in STATUS.items() if status == "complete" and name != "toy"]
ANSWERING = [name for name, run in RUNS.items() if run["inputs"]]

CLOSE = 0.001
"""How far weights (of about 1) may lie apart after some dozen steps on another processor."""

PIXELS = ("codec.json:encoder.mu", "codec.json:encoder.sigma")


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder to work in: sources are named relative to it, the store is ``runs``; ``bring``
    fills it with copies.
    """
    shutil.copytree(OLD / "data", tmp_path / "data")
    (tmp_path / "runs").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NETWRIGHT_RUNS", raising=False)
    return tmp_path


def bring(name: str) -> str:
    """Copy an old run into the store; its id."""
    run: str = RUNS[name]["id"]
    shutil.copytree(kept(name), Path("runs", run))
    return run


def bring_all() -> None:
    """Copy every old run, and the searches."""
    shutil.copytree(OLD / "runs", "runs", dirs_exist_ok=True)


def kept(name: str) -> Path:
    """The old run as it was kept, only to be read."""
    return OLD / "runs" / str(RUNS[name]["id"])


@pytest.fixture(scope="module")
def exact() -> bool:
    """Whether this machine computes the same bits."""
    here = make_old_runs.platform()
    apart = [
        f"{key} {value}, here {here[key]}"
        for key, value in KEPT["platform"].items()
        if here[key] != value
    ]
    if apart:
        warnings.warn(
            f"weights of old runs are compared to {CLOSE}, not to the bit ({'; '.join(apart)})",
            stacklevel=1,
        )
    return not apart


@pytest.fixture
def out(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """What a command prints on stdout."""

    def run(*arguments: str) -> str:
        capsys.readouterr()
        main(list(arguments))
        return capsys.readouterr().out

    return run


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """The one sentence of a command that refuses."""

    def run(*arguments: str) -> str:
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        assert ended.value.code == 2
        last = capsys.readouterr().err.splitlines()[-1]
        assert last.startswith("netwright: ")
        return last

    return run


def own(name: str) -> nn.Module | None:
    """The module to open the run with, where it was a person's."""
    return make_old_runs.own_net() if name == "own" else None


def opened(name: str) -> nw.Run:
    """A copy of the old run."""
    return nw.open(bring(name), model=own(name))


def near(expected: Any, rel: float = 1e-4) -> Any:
    """Every number of nested values to 4 digits: other processors add in another order."""
    if isinstance(expected, dict):
        return {key: near(value, rel) for key, value in expected.items()}
    if isinstance(expected, list):
        return [near(value, rel) for value in expected]
    return pytest.approx(expected, rel=rel, abs=1e-5) if isinstance(expected, float) else expected


def diagnosis(run: Path) -> dict[str, Any]:
    """The numbers of ``diagnosis.json``."""
    return {
        key: ast.literal_eval(value)
        for key, value in figures(run).items()
        if key.startswith("diagnosis.json")
    }


def numbers(measures: dict[str, Any]) -> dict[str, Any]:
    """metric -> how well, from how many, the interval; without words such as the unit."""
    return {
        name: {key: one[key] for key in ("value", "n", "low", "high")}
        for name, one in measures.items()
    }


def low_of_perfect(n: int) -> float:
    """Where n of n are right, the lower end of Wilson's interval: n / (n + z^2)."""
    return n / (n + 1.959964**2)


def check_weights(found: Path, expected: Path, exact: bool) -> None:
    """Names, shapes and values of the weights in two files."""
    mine, theirs = load_file(found), load_file(expected)
    assert {name: t.shape for name, t in mine.items()} == {
        name: t.shape for name, t in theirs.items()
    }
    apart = {name: _apart(mine[name], theirs[name]) for name in theirs}
    assert max(apart.values()) <= (0 if exact else CLOSE), apart


NEW_KNOBS: dict[str, str | tuple[str, ...]] = {
    # of images; rows leave them at auto
    "recipe.yaml:data.first_size": ("1.0", "'auto'"),
    "recipe.yaml:model.mirror_answers": ("False", "'auto'"),
    "recipe.yaml:objective.temperature": "'none'",
    "recipe.yaml:schedule.anneal": "'cosine'",
    "recipe.yaml:data.columns": "{}",
    "recipe.yaml:data.white": "None",
    "recipe.yaml:data.domain": "None",
    "recipe.yaml:data.series": "None",
    "recipe.yaml:split.domain": "None",
    "recipe.yaml:split.train_dev": "'auto'",
    **{
        f"recipe.yaml:synthesis.{name}": repr(field.default)
        for name, field in ImageSynthesis.model_fields.items()
    },
}
"""With what they are where nobody sets them."""

NOTED_SINCE = (
    "data.json:seen",
    "codec.json:encoder.dates",
    "codec.json:encoder.white",
    "predictions/dev.parquet:weight",
    "predictions/train.parquet:weight",
)
"""What runs of earlier releases did not hold: what training saw of columns, dates, the white of
deep pictures, weights beside answers.
"""


def _as_known_before(key: str, old: str | None, new: str | None) -> bool:
    """Whether these differ as is known: a knob that is new, the lower end of a figure whose draws
    were all perfect, or a statistic of pixels.
    """
    if key in NEW_KNOBS:
        known = NEW_KNOBS[key]
        return old is None and new in (None, *([known] if isinstance(known, str) else known))
    if key.startswith(NOTED_SINCE):
        return old is None
    return (key.endswith(".low") and old == "1.0") or _as_summed_before(key, old, new)


def _as_summed_before(key: str, old: str | None, new: str | None) -> bool:
    """Whether these are one statistic of pixels: earlier releases summed it in floats."""
    if old is None or new is None or not key.startswith(PIXELS):
        return False
    return bool(float(new) == pytest.approx(float(old), rel=1e-14))


def _apart(one: Tensor, other: Tensor) -> float:
    return float((one.double() - other.double()).abs().max())


@pytest.fixture
def as_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """The toy's batches as they were before sentences of about one length came together; they are
    still padded less, so that sums of floats end in other bits.
    """

    def plan(train: Any, recipe: Any, seed: int, epoch: int) -> Any:
        return order.order(len(train), recipe.training.batch_size, seed, epoch)

    toy = replace(small_runs.SYSTEMS["toy-tagger"], plan=plan)
    monkeypatch.setitem(small_runs.SYSTEMS, "toy-tagger", toy)


@pytest.fixture
def as_resampled() -> Iterator[None]:
    """Intervals of RMSE and MAE by the percentile bootstrap, as in earlier releases."""
    metrics = (RMSE, MAE)
    held = [metric.interval for metric in metrics]
    for metric in metrics:
        object.__setattr__(metric, "interval", None)
    yield
    for metric, interval in zip(metrics, held, strict=True):
        object.__setattr__(metric, "interval", interval)


class TestShown:
    def test_the_list_holds_every_one_of_them(self, out: Callable[..., str]) -> None:
        bring_all()
        rows = {row["id"]: row for row in json.loads(out("runs", "--json"))}
        assert set(rows) == {path.parent.name for path in OLD.glob("runs/*/run.json")}
        assert [row["problem"] for row in rows.values()] == [None] * len(rows)
        assert {name: rows[run["id"]]["status"] for name, run in RUNS.items()} == STATUS
        assert len(nw.list_runs()) == len(rows)
        assert all(run in out("runs") for run in rows)

    @pytest.mark.parametrize("name", RUNS)
    def test_each_is_opened_and_shown(self, name: str, out: Callable[..., str]) -> None:
        run = opened(name)
        shown, as_json = out("show", run.id), json.loads(out("show", run.id, "--json"))
        before = json.loads((kept(name) / "run.json").read_text(encoding="utf-8"))
        assert as_json["curves"] == run.curves and len(run.curves) == before["epochs"]
        assert (as_json["model"], as_json["steps"]) == (before["model"], before["steps"])
        assert before["message"] in shown
        if STATUS[name] == "complete":
            assert as_json["measures"] == run.measures
            assert (
                f"{len(run.curves)} epochs" in shown
                and f"{before['parameters']:,} parameters" in shown
            )

    @pytest.mark.parametrize("name", WHOLE)
    def test_each_is_diagnosed_as_it_was_and_reported(
        self, name: str, out: Callable[..., str]
    ) -> None:
        run = opened(name)
        before = {renamed(key, RENAMED): value for key, value in diagnosis(kept(name)).items()}
        assert not run.report.exists()
        assert json.loads(out("diagnose", run.id, "--json"))
        assert near(before) == diagnosis(run.report.parent) and len(before) > 5
        assert run.id in run.report.read_text(encoding="utf-8")

    @pytest.mark.parametrize("name", ["killed", "stopped", "killed trial"])
    def test_an_unfinished_one_is_not_diagnosed(
        self, name: str, refused: Callable[..., str]
    ) -> None:
        run = bring(name)
        sentence = refused("diagnose", run)
        assert "measures.json is missing" in sentence
        assert f"train --resume {run} goes on" in sentence


class TestAsked:
    @pytest.mark.parametrize("name", ANSWERING)
    def test_each_labels_new_inputs_as_it_did(self, name: str, out: Callable[..., str]) -> None:
        run, expected = opened(name), near(RUNS[name]["answers"])
        assert [asdict(answer) for answer in run.predict(RUNS[name]["inputs"])] == expected
        if name != "own":
            rows = json.loads(out("predict", run.id, RUNS[name]["inputs"], "--json"))
            since = ("source", "schema", "low", "high")  # beside the answer
            found = [{key: row[key] for key in row if key not in since} for row in rows]
            assert found == expected

    @pytest.mark.usefixtures("as_resampled")
    @pytest.mark.parametrize("name", ANSWERING)
    def test_each_measures_on_its_source_as_it_did(self, name: str) -> None:
        run = opened(name)
        with pytest.warns(NetwrightWarning, match="are among those that .* was trained on"):
            measured = run.evaluate(run.info["source"])
        before = numbers(RUNS[name]["measures"])
        for metric, one in numbers(measured).items():
            if (
                before[metric]["low"] == before[metric]["high"] == 1
            ):  # no draw was less than perfect
                before[metric]["low"] = low_of_perfect(before[metric]["n"])
            assert one == near(before[metric])
        assert len(run.record.events("test_opened")) == (3 if name == "opened" else 1), (
            "its test examples were seen"
        )

    @pytest.mark.parametrize("name", WHOLE)
    def test_the_test_split_opens(self, name: str, out: Callable[..., str]) -> None:
        run = opened(name)
        before = run.measures
        assert run.evaluate(split="dev") == before["dev"]
        said = run.evaluate(split="test")
        assert said == run.measures["test"]
        assert next(iter(said.values()))["n"] == run.info["splits"]["test"]
        if name == "opened":
            assert numbers(said) == near(numbers(before["test"]))
            again = json.loads(out("evaluate", run.id, "--split", "test", "--json"))
            assert (again["test_openings"], again["measures"]) == (4, said)

    def test_a_module_of_ones_own_is_asked_for(self, refused: Callable[..., str]) -> None:
        assert "trained with a module of yours" in refused(
            "predict", bring("own"), RUNS["own"]["inputs"]
        )

    def test_a_trial_killed_in_its_first_epoch_has_no_weights(
        self, refused: Callable[..., str]
    ) -> None:
        assert "net.safetensors is missing; its training has not ended: netwright train" in refused(
            "predict", bring("killed trial"), "data/new_flowers.csv"
        )

    def test_a_system_that_nobody_knows_is_named(self, refused: Callable[..., str]) -> None:
        assert "toy-tagger" in refused("predict", bring("toy"), "data/new_flowers.csv")


class TestGoneOn:
    @pytest.mark.parametrize("name", ["killed", "stopped"])
    def test_it_ends_as_if_nothing_had_interrupted_it(self, name: str, exact: bool) -> None:
        run = nw.train(resume=bring(name))
        check_weights(run.record.weights, OLD / "finished" / f"{name}.safetensors", exact)
        assert run.info["status"] == "complete" and [row["epoch"] for row in run.curves] == list(
            range(1, 7)
        )
        assert {"train", "dev"} <= run.measures.keys() and run.report.exists()

    def test_it_goes_back_first_and_comes_the_same_way_again(
        self, out: Callable[..., str], exact: bool
    ) -> None:
        stopped = bring("stopped")
        assert "--resume" in out("rewind", stopped, "--epoch", "2")
        run = nw.train(resume=stopped)
        check_weights(run.record.weights, OLD / "finished" / "stopped.safetensors", exact)
        assert [row.epoch for row in run.record.curves("abandoned.csv")] == [3, 4]

    @pytest.mark.usefixtures("as_drawn")
    def test_one_of_another_system_too(self, place: Path) -> None:
        left = nw.open(bring("toy-killed")).record
        made = small_runs.resumed("toy-tagger", left)
        check_weights(made.record.weights, OLD / "finished" / "toy-killed.safetensors", False)

    def test_a_complete_one_is_refused(self, refused: Callable[..., str]) -> None:
        run = bring("changed")
        assert "is complete: nothing to resume" in refused("train", "--resume", run)
        assert "is complete" in refused("rewind", run, "--epoch", "2")


class TestTrainedAgain:
    """By the record alone: recipe, seeds, splits, tweaks."""

    ONCE = ("run.json:lr_finder", "lr_finder.csv", "abandoned.csv", "events.jsonl", "checkpoint/")
    """What belongs to the first training alone: its sweep, and how it came to its changes."""

    @pytest.mark.usefixtures("as_resampled")
    @pytest.mark.parametrize("name", WHOLE)
    def test_all_that_it_keeps_is_the_same(self, name: str, exact: bool) -> None:
        old = opened(name)
        again = nw.train(repeat=old.id, model=own(name), human_error=old.info.get("human_error"))
        if "test" in old.measures:
            again.evaluate(split="test")
        check_weights(again.record.weights, kept(name) / "net.safetensors", exact)
        apart = {
            key: values
            for key, values in differences(kept(name), again.record.path).items()
            if not (key.startswith(self.ONCE) or _as_known_before(key, *values))
        }
        plain = ("recipe.yaml", "splits.parquet", "data.json")  # no processor has a part in these
        assert not [key for key in apart if exact or key.startswith(plain)]

    @pytest.mark.usefixtures("as_drawn")
    def test_one_of_another_system_too(self, place: Path) -> None:
        again = small_runs.finished("toy-tagger", place / "runs", {}).record
        check_weights(again.weights, kept("toy") / "net.safetensors", False)


class TestSearches:
    def test_a_finished_one_is_joined_and_says_the_same(self, out: Callable[..., str]) -> None:
        bring_all()
        before = json.loads(
            (OLD / "runs/searches/finished/search.json").read_text(encoding="utf-8")
        )
        printed = out("search", "--join", "finished")
        found = api.join("finished")
        assert [row.run for row in found.rows] == [trial["run"] for trial in before["trials"]]
        assert found.winner is not None and found.winner.run == before["winner"]["run"] in printed
        assert (found.winner.value, dict(found.winner.values)) == (
            before["winner"]["value"],
            before["winner"]["values"],
        )
        assert {row.measured.unit for row in found.rows if row.measured} == {"fraction"}
        assert (found.folder / "report.html").exists()

    def test_it_takes_more_trials(self) -> None:
        bring_all()
        found = api.join("finished", trials=4)
        assert [row.state for row in found.rows] == ["complete"] * 4

    def test_it_is_repeated_on_other_data(self) -> None:
        bring_all()
        found = api.again("finished", "wine")
        assert [row.state for row in found.rows] == ["complete"] * 3 and found.moves

    def test_a_killed_one_goes_on_and_tries_the_lost_settings_again(self, exact: bool) -> None:
        bring_all()
        with pytest.raises(NetwrightError, match=r"another seed .*--join killed"):
            nw.search(**make_old_runs.SEARCH, name="killed", seed=1)
        found = api.join("killed")
        assert sorted(row.state for row in found.rows) == ["complete"] * 3 + ["lost"]
        [lost] = (row for row in found.rows if row.state == "lost")
        [again] = (row for row in found.rows if row.again)
        first = next(row for row in api.join("finished").rows if row.values == lost.values)
        assert again.values == lost.values and (again.value == first.value or not exact)


class TestTheComparison:
    """``compare_checkouts`` itself: it sees every kind of change, and nothing where there is
    none.
    """

    @pytest.mark.parametrize(
        ("file", "old", "new", "seen"),
        [
            ("curves.csv", "\n1,", "\n2,", "curves.csv:epoch"),
            ("layers.csv", "\n2,", "\n3,", "layers.csv:step"),
            ("recipe.yaml", "seed: 0", "seed: 1", "recipe.yaml:split.seed"),
            ("codec.json", "red", "rot", "codec.json:"),
            ("data.json", '"fingerprint": "', '"fingerprint": "0', "data.json:fingerprint"),
            ("measures.json", '"n": ', '"n": 1', "measures.json:train."),
            ("run.json", '"steps": ', '"steps": 1', "run.json:steps"),
            ("events.jsonl", '"event": "complete"', '"event": "stopped"', "events.jsonl:"),
        ],
    )
    def test_a_changed_figure_is_seen(
        self, place: Path, file: str, old: str, new: str, seen: str
    ) -> None:
        before, after = kept("table"), place / "runs" / bring("table")
        assert not differences(before, after, {})
        text = (after / file).read_text(encoding="utf-8")
        (after / file).write_text(text.replace(old, new, 1), encoding="utf-8")
        apart = differences(before, after, {})
        assert apart and all(address.startswith(seen) for address in apart)

    def test_a_changed_bit_of_a_weight_and_a_split_are_seen(self, place: Path) -> None:
        import polars as pl
        from safetensors.torch import save_file

        before, after = kept("table"), place / "runs" / bring("table")
        weights = load_file(after / "net.safetensors")
        name = next(iter(weights))
        weights[name].view(-1)[0] *= 1 + 2**-23
        save_file(weights, after / "net.safetensors")
        splits = pl.read_parquet(after / "splits.parquet")
        splits.with_columns(split=splits["split"].reverse()).write_parquet(after / "splits.parquet")
        assert list(differences(before, after, {})) == [
            f"net.safetensors:{name}",
            "splits.parquet:split",
        ]

    def test_what_is_said_and_what_the_clock_says_may_change(self, place: Path) -> None:
        after = place / "runs" / bring("table")
        said = (after / "run.json").read_text(encoding="utf-8")
        (after / "run.json").write_text(said.replace("took ", "read "), encoding="utf-8")
        with (after / "curves.csv").open(encoding="utf-8", newline="") as file:
            rows = [
                {**row, "seconds": "9", "examples_per_second": "1"} for row in csv.DictReader(file)
            ]
        with (after / "curves.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        assert not differences(kept("table"), after, {})

    def test_names_that_changed_are_given(
        self, place: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        after = place / "runs" / bring("table")
        text = (after / "curves.csv").read_text(encoding="utf-8")
        (after / "epochs.csv").write_text(text.replace("rate", "lr", 1), encoding="utf-8")
        (after / "curves.csv").unlink()
        names = {"curves.csv:rate": "epochs.csv:lr", "curves.csv:*": "epochs.csv:*"}
        monkeypatch.setattr("compare_checkouts.LEFT_OUT", tuple({*LEFT_OUT} - {*MEANS}))
        assert differences(kept("table"), after, {})
        assert not differences(kept("table"), after, names)
