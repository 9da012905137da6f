"""What is tried before training, how long a training is, and the recipes that come with the
package.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

import hurried
import netwright as nw
from netwright import api
from netwright.base.errors import RecipeError, RunError
from netwright.nets.vision.cnn_small import CNNSmall
from netwright.recipe import Recipe, presets, read_recipe
from netwright.systems.classifier.recipe import ClassifierRecipe
from netwright.training.devices import Device
from netwright.training.optim import schedules
from netwright.training.probes import speed
from netwright.training.probes.speed import Way

pytestmark = pytest.mark.usefixtures("no_reports")

CPU = Device(torch.device("cpu"))
HALF = Device(torch.device("cpu"), torch.bfloat16)
FILTERS, DENSE = nn.Conv2d(1, 2, 3), nn.Linear(2, 2)


@pytest.fixture(autouse=True)
def _as_often_as_for_a_person(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speed, "ROUNDS", hurried.SPEED_ROUNDS)


def clock(monkeypatch: pytest.MonkeyPatch, **seconds: float) -> dict[str, Callable[[], None]]:
    """Steps that take these seconds of a clock of ours."""
    now = [0.0]
    monkeypatch.setattr("time.perf_counter", lambda: now[0])

    def step(taken: float) -> Callable[[], None]:
        def run() -> None:
            now[0] += taken

        return run

    return {name: step(taken) for name, taken in seconds.items()}


@pytest.mark.parametrize(
    ("seconds", "wanted"),
    [
        ({"usual": 1.0, "other": 0.95}, "usual"),  # within the noise
        ({"usual": 1.0, "other": 0.85}, "other"),
        ({"usual": 1.0, "other": 0.5}, "other"),
        ({"usual": 1.0, "slow": 9.0, "other": 0.7}, "other"),
        ({"usual": 1.0}, "usual"),
    ],
)
def test_the_usual_way_is_left_only_for_one_that_is_clearly_faster(
    monkeypatch: pytest.MonkeyPatch, seconds: dict[str, float], wanted: str
) -> None:
    assert speed.fastest(clock(monkeypatch, **seconds)) == wanted


def test_a_trial_that_the_usual_way_clearly_wins_ends_after_one_round(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls: list[str] = []
    steps = clock(monkeypatch, usual=1.0, slow=2.0)
    noted = {
        name: lambda name=name, step=step: (calls.append(name), step())
        for name, step in steps.items()
    }
    assert speed.fastest(noted) == "usual"
    assert calls == ["usual", "slow"] * 2


def test_one_noisy_round_does_not_decide(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: Iterator[float] = chain([1.0, 5.0], repeat(1.0))
    now = [0.0]
    monkeypatch.setattr("time.perf_counter", lambda: now[0])

    def usual() -> None:
        now[0] += next(pauses)

    def other() -> None:
        now[0] += 0.95

    assert speed.fastest({"usual": usual, "other": other}) == "usual"


@pytest.mark.parametrize(
    ("net", "device", "asked", "found"),
    [
        (DENSE, CPU, {}, [("float32", "contiguous")]),
        (FILTERS, CPU, {}, [("float32", "channels_last"), ("float32", "contiguous")]),
        (
            FILTERS,
            HALF,
            {},
            [
                ("bfloat16", "channels_last"),
                ("float32", "channels_last"),
                ("float32", "contiguous"),
            ],
        ),
        (
            FILTERS,
            HALF,
            {"precision": "float32"},
            [("float32", "channels_last"), ("float32", "contiguous")],
        ),
        (
            FILTERS,
            HALF,
            {"layout": "contiguous"},
            [("bfloat16", "contiguous"), ("float32", "contiguous")],
        ),
        (
            FILTERS,
            HALF,
            {"precision": "bfloat16", "layout": "channels_last"},
            [("bfloat16", "channels_last")],
        ),
        (
            FILTERS,
            Device(torch.device("meta"), torch.bfloat16),
            {},
            [("bfloat16", "channels_last")],
        ),
    ],
)
def test_what_is_tried_is_what_the_recipe_leaves_open(
    net: nn.Module, device: Device, asked: dict[str, str], found: list[tuple[str, str]]
) -> None:
    words = {"precision": "auto", "layout": "auto", **asked}
    assert speed.ways(net, device, **words) == tuple(Way(*one) for one in found)


def test_the_trial_leaves_no_trace_and_its_choice_stands_in_the_record(tmp_path: Path) -> None:
    settings = {"training.max_examples": 300, "training.seed": 3, "augment.strength": 0}
    tried = nw.train("digits8", model="cnn-small", set=settings, store=tmp_path)
    knobs = tried.recipe.training
    assert knobs.precision in ("float32", "bfloat16")
    assert knobs.layout in ("channels_last", "contiguous")
    told = {
        "training.precision": knobs.precision,
        "training.layout": knobs.layout,
        "training.threads": knobs.threads,
    }
    again = nw.train("digits8", model="cnn-small", set={**settings, **told}, store=tmp_path)
    kept, other = (run.net.state_dict() for run in (tried, again))
    assert all(torch.equal(kept[name], other[name]) for name in kept)


@pytest.mark.parametrize(
    ("examples", "epochs", "steps"),
    [(None, 2, (4, 8)), (96, 2, (4, 3)), (1, 2, (4, 1)), (64, 1, (4, 2)), (300, 2, (4, 8))],
)
def test_a_training_ends_after_so_many_epochs_or_examples(
    examples: int | None, epochs: int, steps: object
) -> None:
    changes: dict[str, Any] = {
        "training.max_examples": examples,
        "training.epochs": epochs,
        "training.batch_size": 32,
    }
    assert schedules.length(Recipe().changed(changes), 128) == steps


def test_a_part_of_an_epoch_is_measured_and_its_schedule_comes_to_its_end(tmp_path: Path) -> None:
    run = nw.train(
        "digits8",
        model="linear",
        set={"training.max_examples": 1600, "training.batch_size": 32},
        store=tmp_path,
    )
    curves = run.record.curves()
    assert run.recipe.training.epochs == 2
    assert [row.step for row in curves] == [34, 50]
    assert curves[-1].rate < 1e-2 * run.recipe.optimizer.lr  # type: ignore[operator]
    assert run.info["steps"] == 50


def test_a_part_of_an_epoch_can_be_resumed(tmp_path: Path) -> None:
    settings = {
        "training.max_examples": 1600,
        "training.batch_size": 32,
        "training.checkpoint_minutes": 0,
    }

    def stop(progress: Any) -> None:
        if progress.step > 40:
            raise KeyboardInterrupt

    whole = nw.train("digits8", model="linear", set=settings, store=tmp_path)
    with pytest.raises(KeyboardInterrupt) as stopped:
        nw.train("digits8", model="linear", set=settings, store=tmp_path, watch=stop)
    resumed = nw.train(resume=str(stopped.value), store=tmp_path)
    kept, other = whole.net.state_dict(), resumed.net.state_dict()
    assert all(torch.equal(kept[name], other[name]) for name in kept)


# --- presets


@pytest.mark.parametrize("name", presets())
def test_every_preset_is_a_recipe(name: str) -> None:
    assert ClassifierRecipe.of(read_recipe(name)).training.max_examples


def test_a_preset_learns_digits_in_seconds(tmp_path: Path) -> None:
    run = api.train("digits", recipe="sketch", set={"training.max_examples": 9000}, store=tmp_path)
    assert run.recipe.model.name == "cnn-small"
    assert run.measures["dev"]["error"]["high"] < 0.1  # nine of ten digits are another one


def test_a_preset_that_is_not_there_is_refused_with_the_nearest() -> None:
    with pytest.raises(RecipeError, match="neither a file nor a preset; did you mean 'sketch'"):
        read_recipe("skech")


def test_the_strided_net_halves_every_side_three_times() -> None:
    net = CNNSmall(shape=(3, 33, 8), outputs=7, first=4)
    assert net(torch.zeros(2, 3, 33, 8)).shape == (2, 7)
    assert [layer.out_channels for layer in net.modules() if isinstance(layer, nn.Conv2d)] == [
        4,
        8,
        16,
    ]


def test_images_too_small_for_the_strided_net_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="at least 8x8"):
        nw.train("digits8", model="cnn-small", set={"data.image_size": 4}, store=tmp_path)


def test_a_run_whose_recipe_leaves_open_what_a_run_settles_is_not_resumed(tmp_path: Path) -> None:
    def stop(progress: Any) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as stopped:
        nw.train("iris", model="linear", epochs=5, store=tmp_path, watch=stop)
    recipe = tmp_path / str(stopped.value) / "recipe.yaml"
    recipe.write_text(recipe.read_text().replace("layout: contiguous", "layout: auto"))
    with pytest.raises(RunError, match=r"leaves training.layout at auto.*train again from"):
        nw.train(resume=str(stopped.value), store=tmp_path)
