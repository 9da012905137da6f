"""What a training does beside training: TensorBoard, muted findings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import netwright as nw

pytestmark = pytest.mark.usefixtures("no_reports")


def test_the_curves_go_to_tensorboard_when_asked_for(tmp_path: Path) -> None:
    reading = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    run = nw.train("iris", epochs=3, store=tmp_path / "runs", tensorboard=str(tmp_path / "board"))
    events = reading.EventAccumulator(str(tmp_path / "board" / run.id))
    events.Reload()
    written = [scalar.value for scalar in events.Scalars("dev_loss")]
    assert written == pytest.approx([row["dev_loss"] for row in run.curves], rel=1e-5)


def test_a_folder_that_cannot_be_made_is_refused_before_training(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    (tmp_path / "file").touch()
    for folder in ("file", "file/x", "a\0b"):
        with pytest.raises(nw.NetwrightError, match="curves cannot be written there"):
            nw.train("iris", store=tmp_path / "runs", tensorboard=str(tmp_path / folder))
    assert not (tmp_path / "runs").exists()


def test_a_muted_finding_is_not_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said: list[str] = []
    table = tmp_path / "t.csv"
    table.write_text("constant,x,kind\n" + "".join(f"1,{2 * i},{'ab'[i % 2]}\n" for i in range(60)))
    nw.train(table, target="kind", epochs=1, say=said.append)
    assert any("NW211" in line for line in said)
    (tmp_path / "project.yaml").write_text("mute: [NW211]\n")
    said.clear()
    nw.train(table, target="kind", epochs=1, say=said.append)
    assert said
    assert not any("NW211" in line for line in said)


def test_at_the_end_of_an_epoch_the_loss_shown_is_the_epochs_mean(tmp_path: Path) -> None:
    seen: list[Any] = []
    run = nw.train("iris", epochs=3, store=tmp_path, watch=seen.append)
    ends = [now.loss for now in seen if now.dev]
    assert ends == pytest.approx([row["loss"] for row in run.curves], rel=1e-4)
