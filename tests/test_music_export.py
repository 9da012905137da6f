"""A composer in a file: it scores pieces and composes as its run does."""

from __future__ import annotations

from pathlib import Path

import pytest

import netwright as nw
from netwright.systems.music.system import SYSTEM

pytestmark = pytest.mark.usefixtures("no_reports", "no_pictures")


def test_a_file_scores_and_composes_as_its_run(tmp_path: Path) -> None:
    pieces = list(SYSTEM.sample(40, 0).inputs)
    few = {"training.threads": 1, "training.epochs": 1, "model.units": 16, "model.window": 20}
    run = nw.train(pieces, set=few, store=tmp_path / "runs")
    nw.export(run, tmp_path / "piece.onnx", check=pieces[:6])
    net = nw.load_onnx(tmp_path / "piece.onnx")
    here, there = run.predict(pieces[:6]), net.predict(pieces[:6])
    assert [one.notes for one in here] == [one.notes for one in there]
    assert [one.nats for one in there] == pytest.approx([one.nats for one in here], rel=1e-5)
    (mine,), (other,) = (list(one.verb("compose", bars=2, seed=3)) for one in (run, net))
    assert (mine.piece, mine.ended) == (other.piece, other.ended)
    assert mine.copied is not None and other.copied is None and str(other)
