"""Every loss that a run shows is per labelled thing: held against a count by hand, where rows
differ in how many they hold.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

import small_runs
import toy_tagger
from netwright.contract import Examples
from netwright.training import checkpoints
from netwright.training.recorder import FEW
from netwright.training.trainer import PreparedTraining

pytestmark = pytest.mark.usefixtures("no_reports")

KEEP_LAST = {"training.keep": "last", "training.average": 0.0}


def by_hand(made: PreparedTraining, examples: Examples) -> float:
    """The sum over all words, example by example, over the number of words."""
    total, words = 0.0, 0.0
    net, codec = made.setup.net.eval(), made.setup.codec
    for at in range(len(examples)):
        weight = 1.0 if examples.weights is None else examples.weights[at]
        batch = codec.encode(examples.take([at])).padded()
        with torch.no_grad():
            scores = net(*batch.inputs)[0].log_softmax(dim=1)
        for place, tag in enumerate(batch.targets[0][0].tolist()):
            if tag >= 0:
                total -= weight * float(scores[place, tag])
                words += weight
    return total / words


@pytest.mark.parametrize("weighted", [False, True])
def test_dev_loss_is_per_word_of_unequal_sentences(weighted: bool, tmp_path: Path) -> None:
    examples = toy_tagger.SYSTEM.sample(200, 0)
    if weighted:
        examples = replace(examples, weights=[0.5 + at % 3 for at in range(200)])
    made = small_runs.finished("toy-tagger", tmp_path, KEEP_LAST, examples)
    checkpoints.put(made.setup.net, small_runs.kept(made.record), "the last epoch")
    found = made.record.curves()[-1].figures["dev_loss"]
    assert found == pytest.approx(by_hand(made, made.setup.dev), rel=1e-5)
    means = [by_hand(made, made.setup.dev.take([at])) for at in range(len(made.setup.dev))]
    assert abs(sum(means) / len(means) - found) > 1e-4, "a mean of means would be another figure"


@pytest.mark.parametrize("weighted", [False, True])
def test_the_loss_of_an_epoch_is_per_word_of_its_steps(weighted: bool, tmp_path: Path) -> None:
    """With a rate of next to nothing every step sees the same net."""
    assert FEW >= 200
    examples = toy_tagger.SYSTEM.sample(200, 0)
    if weighted:
        examples = replace(examples, weights=[0.5 + at % 3 for at in range(200)])
    changes = {**KEEP_LAST, "optimizer.lr": 1e-12, "training.epochs": 1, "training.batch_size": 7}
    made = small_runs.finished("toy-tagger", tmp_path, changes, examples)
    row = made.record.curves()[-1]
    assert row.loss == pytest.approx(by_hand(made, made.setup.train), rel=1e-4)
