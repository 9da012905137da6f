"""Examples that are cut into units: what is of the examples, and what of the units."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import netwright as nw
import small_runs
import toy_series
from netwright.api import answering
from netwright.contract import Cut, Examples
from netwright.data.describe import describe
from netwright.training import evaluate, recorder
from netwright.training.batching import memory
from netwright.training.probes import train_figures
from netwright.training.units import units_of

SERIES = toy_series.SYSTEM
ONE_EPOCH = {"training.epochs": 1}


def test_an_example_s_loss_is_that_of_all_its_units(tmp_path: Path) -> None:
    setup = small_runs.start("toy-series", tmp_path, {}).setup
    few = setup.dev.take(range(12))
    few = replace(few, targets=[None, *few.targets[1:]])
    cut = units_of(SERIES, few, setup.recipe, setup.codec)
    assert cut.owner is not None and len(cut) > len(few)
    store = memory.InMemory(setup.codec.encode(cut.units))
    whole = evaluate.answers(setup.net, SERIES, setup.codec, store, setup.recipe, units=cut)
    parts = evaluate.answers(setup.net, SERIES, setup.codec, store, setup.recipe)
    assert np.isnan(whole.losses[0]) and whole.counts[0] == 0
    for at in range(1, len(few)):
        own = np.flatnonzero(cut.owner == at)
        assert whole.counts[at] == len(own)
        assert whole.losses[at] == pytest.approx(np.mean([parts.losses[row] for row in own]))
        sizes = [parts.answers[row].size for row in own]
        assert whole.answers[at].size == pytest.approx(np.mean(sizes))


def test_the_record_is_of_examples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder, "MANY", 20)
    monkeypatch.setattr(train_figures, "SAMPLE", 20)
    made = small_runs.finished("toy-series", tmp_path, {**ONE_EPOCH, "training.watch": "train"})
    setup = made.setup
    assert made.record.predictions("dev")["id"].to_list() == list(setup.dev.ids)
    picked = np.linspace(0, len(setup.train) - 1, 20).astype(int)
    sampled = made.record.predictions("train")
    assert sampled["id"].to_list() == [setup.train.ids[at] for at in picked]
    truths = [setup.train.targets[at] for at in picked]
    off = np.abs(np.array(truths) - np.array(sampled["answer"].to_list(), np.float64)).mean()
    figures = made.record.curves()[-1].figures
    assert figures["train_distance"] == pytest.approx(off, rel=1e-4)
    assert made.record.info()["splits"]["train"] == len(setup.train)


def test_the_test_split_is_opened_as_it_was_arranged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = small_runs.finished("toy-series", tmp_path, ONE_EPOCH)
    reading = small_runs.reading(SERIES.sample(240, 0))
    monkeypatch.setattr(answering, "read_again", lambda run, recipe, before, way: reading)
    run = nw.Run(made.record)
    run.__dict__["system"] = SERIES
    figures = run.evaluate(split="test")["distance"]
    test = made.setup.splits["test"]
    found = made.record.predictions("test")
    assert found["id"].to_list() == list(test.ids)
    assert figures["n"] == len(test)
    off = np.abs(np.array(test.targets) - np.array(found["answer"].to_list(), np.float64)).mean()
    assert figures["value"] == pytest.approx(off, rel=1e-6)


def test_what_a_system_groups_is_never_divided(tmp_path: Path) -> None:
    setup = small_runs.start("toy-series", tmp_path, {}).setup
    machines = [set(part.groups or ()) for part in setup.splits.values()]
    assert sum(map(len, machines)) == len(set.union(*machines)) == 80


def test_data_are_described_as_they_would_be_split(tmp_path: Path) -> None:
    examples = SERIES.sample(100, 0)
    setup = small_runs.start("toy-series", tmp_path, {}, examples).setup
    found = describe(small_runs.reading(examples), SERIES.takes).splits
    assert found == {name: len(part) for name, part in setup.splits.items()}
    assert found != describe(small_runs.reading(examples)).splits


def test_an_epoch_is_over_all_units(tmp_path: Path) -> None:
    made = small_runs.finished("toy-series", tmp_path, ONE_EPOCH)
    assert made.record.info()["steps"] == -(-len(made.setup.train_units) // 32)


def test_units_weigh_what_their_example_does(tmp_path: Path) -> None:
    setup = small_runs.start("toy-series", tmp_path, {}).setup
    weights = [1.0 + at for at in range(len(setup.dev))]
    cut = units_of(SERIES, replace(setup.dev, weights=weights), setup.recipe, setup.codec)
    assert cut.owner is not None and cut.units.weights is not None
    assert list(cut.units.weights) == [weights[at] for at in cut.owner]


def test_an_example_without_a_unit_is_no_cut(tmp_path: Path) -> None:
    setup = small_runs.start("toy-series", tmp_path, {}).setup

    def all_but_the_last(examples: Examples, recipe: object, codec: object) -> Cut:
        return Cut(examples[:-1], np.arange(len(examples) - 1), np.zeros(len(examples) - 1, int))

    lacking = replace(SERIES, cut=all_but_the_last)
    with pytest.raises(ValueError, match="cut 5 examples into units of 4: each example has one"):
        units_of(lacking, setup.dev.take(range(5)), setup.recipe, setup.codec)


def test_cut_and_gather_come_as_a_pair() -> None:
    with pytest.raises(ValueError, match="'toy-series' needs both cut and gather, or neither"):
        replace(SERIES, gather=None)
