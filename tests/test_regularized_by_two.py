"""Two processes equal one with everything of regularization on at once: mixed batches, an equal
average, statistics, the watched cost.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

import small_runs

ON = {
    "augment.mixup": 0.3,
    "augment.cutmix": 1.0,
    "model.name": "cnn-small",
    "model.dropout": [0.1, 0.2, 0.3],
    "optimizer.name": "momentum",
    "optimizer.lr": 0.05,
    "schedule.name": "constant",
    "training.epochs": 3,
    "training.average_kind": "swa",
    "training.swa_from": 0.3,
    "training.watch": "train",
}


def test_two_processes_equal_one(tmp_path: Path) -> None:
    one = small_runs.finished("classifier", tmp_path / "one", ON).record
    two = small_runs.by_two("classifier", tmp_path / "two", ON)
    for mine, other in zip(one.curves(), two.curves(), strict=True):
        for name in ("loss", "train_loss", "dev_loss"):
            assert mine.figure(name) == pytest.approx(other.figure(name), rel=2e-3), name
    own, theirs = small_runs.kept(one), small_runs.kept(two)
    assert any("running_mean" in name for name in own)
    for name in own:
        torch.testing.assert_close(
            own[name], theirs[name], rtol=2e-3, atol=2e-4, msg=lambda t, name=name: f"{name}: {t}"
        )
