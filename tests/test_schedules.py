"""The learning rate on its way: the plateau against torch's, and the picture before anything
runs.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args
from xml.etree import ElementTree

import pytest
import torch
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import netwright as nw
from netwright.base.errors import RecipeError
from netwright.cli.main import command
from netwright.recipe import Schedule
from netwright.training.optim import plateau, schedules

pytestmark = pytest.mark.usefixtures("no_reports", "whole_pictures")


@given(
    figures=st.lists(st.floats(0, 1), min_size=1, max_size=40),
    wait=st.integers(1, 5),
    factor=st.floats(0.1, 0.9),
)
def test_the_plateau_is_torchs(figures: list[float], wait: int, factor: float) -> None:
    schedule = Schedule(name="plateau", wait=wait, factor=factor)
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    theirs = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimizer, factor=factor, patience=wait - 1, threshold=0.0, eps=0.0
    )
    for epoch, value in enumerate(figures, start=1):
        theirs.step(value)
        ours = plateau.lr_scale([(one,) for one in figures[:epoch]], schedule)
        assert ours == pytest.approx(optimizer.param_groups[0]["lr"])


@given(
    period=st.integers(1, 7), longer=st.integers(1, 3), per_epoch=st.sampled_from([1, 3, 10, 49])
)
def test_the_cosine_with_restarts_is_torchs(period: int, longer: int, per_epoch: int) -> None:
    schedule = Schedule(name="restarts", warmup=0.0, period=period, longer=longer)
    epochs = 24
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    theirs = torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, period, longer)
    for step in range(epochs * per_epoch):
        theirs.step(step / per_epoch)
        ours = schedules.factor(schedule, step, epochs * per_epoch, epochs)
        assert ours == pytest.approx(optimizer.param_groups[0]["lr"], abs=1e-6)


def test_a_run_lowers_its_rate_on_a_plateau_and_goes_on_alike_after_a_stop(tmp_path: Path) -> None:
    settings = {
        "schedule.name": "plateau",
        "schedule.wait": 1,
        "optimizer.lr": 0.05,
        "training.checkpoint_minutes": 0,
    }
    whole = nw.train("wine", model="linear", epochs=30, set=settings, store=tmp_path)
    rates = [row["rate"] for row in whole.curves]
    assert rates[0] == 0.05
    assert min(rates) < 0.05 / 4  # the set is learned long before the end

    def stop(progress: Any) -> None:
        if progress.epoch == 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as stopped:
        nw.train("wine", model="linear", epochs=30, set=settings, store=tmp_path, watch=stop)
    resumed = nw.train(resume=str(stopped.value), store=tmp_path)
    assert [row["rate"] for row in resumed.curves] == rates
    kept, other = whole.net.state_dict(), resumed.net.state_dict()
    assert all(torch.equal(kept[name], other[name]) for name in kept)


def test_the_rates_drawn_are_those_of_the_run(tmp_path: Path) -> None:
    changes = {"schedule.name": "exponential", "training.batch_size": 16}
    drawn = nw.schedule(source="iris", epochs=4, set=changes)
    run = nw.train("iris", model="linear", epochs=4, set=changes, store=tmp_path)
    steps = [int(row["step"]) for row in run.curves]
    assert [drawn.rates["exponential"][step - 1] for step in steps] == [
        row["rate"] for row in run.curves
    ]
    assert len(drawn.rates["exponential"]) == steps[-1]


def test_every_schedule_that_a_recipe_may_name_has_a_law() -> None:
    names = get_args(Schedule.model_fields["name"].annotation)
    drawn = nw.schedule(names, epochs=4, examples=640)
    assert list(drawn.rates) == list(names)
    assert all(0 <= rate <= 0.01 for rates in drawn.rates.values() for rate in rates)


def test_several_schedules_are_drawn_with_their_names(tmp_path: Path) -> None:
    path = tmp_path / "rates.svg"
    words = [
        "schedule",
        "cosine",
        "steps",
        "plateau",
        "--epochs",
        "5",
        "--examples",
        "640",
        "--out",
        str(path),
    ]
    result = CliRunner().invoke(command, words)
    assert result.exit_code == 0
    assert "while dev gets better" in result.stderr
    texts = {element.text for element in ElementTree.parse(path).iter() if element.text}
    assert {"cosine", "steps", "plateau"} <= texts


def test_json_holds_every_step() -> None:
    words = [
        "schedule",
        "--epochs",
        "2",
        "--examples",
        "100",
        "--set",
        "training.batch_size=10",
        "--set",
        "schedule.name=root",
        "--json",
    ]
    found = json.loads(CliRunner().invoke(command, words).stdout)
    assert found["per_epoch"] == 10
    assert found["rates"]["root"][10] == pytest.approx(0.004 / 2**0.5)


def test_drawing_loads_no_torch() -> None:
    code = (
        "import sys; from netwright.cli.main import main; main(['schedule', 'cosine']); assert"
        " 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"names": ["onecycle"]}, "no schedule 'onecycle'; did you mean 'one_cycle'"),
        ({"examples": 0}, "expected at least 1"),
        ({"source": "iris", "examples": 5}, "the source says how many"),
        ({"epochs": 10**7}, "expected at most 2,000,000 to draw"),
        ({"set": {"schedule.evry": 3}}, "did you mean 'schedule.every'"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(arguments: dict[str, Any], expected: str) -> None:
    with pytest.raises(RecipeError, match=expected):
        nw.schedule(**arguments)
