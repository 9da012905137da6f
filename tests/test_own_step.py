"""Steps of a system's own: what they remember, and what is refused by name beside them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

import small_runs
import toy_perceptron
from netwright.base.errors import DivergenceError, RecipeError
from netwright.training import trainer
from netwright.training.probes import before_training

PERCEPTRON = toy_perceptron.SYSTEM


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("optimizer.lr", "find", "a number"),
        ("training.accumulate", 2, "1"),
        ("training.average", 0.9, "0"),
        ("training.average_kind", "swa", "ema"),
        ("training.batch_size", "largest", "a number"),
        ("training.clip_norm", 1.0, "null"),
        ("training.precision", "bfloat16", "float32"),
        ("training.step", "traced", "auto"),
        ("training.step", "compiled", "auto"),
        ("mixing.mixup", 0.2, "0"),
    ],
)
def test_what_needs_a_gradient_is_refused_by_name(
    key: str, value: Any, expected: str, tmp_path: Path
) -> None:
    with pytest.raises(RecipeError) as refused:
        small_runs.start("toy-perceptron", tmp_path, {key: value})
    assert str(refused.value).startswith(key)
    assert str(refused.value).endswith(
        f"of the system 'toy-perceptron' the steps are its own; expected {expected}."
    )
    assert not list(tmp_path.iterdir())


def test_its_rate_is_not_swept(tmp_path: Path) -> None:
    setup = small_runs.start("toy-perceptron", tmp_path, {}).setup
    with pytest.raises(RecipeError, match="'toy-perceptron' takes steps of its own, which are not"):
        before_training.find_lr(PERCEPTRON, setup.recipe, setup.splits, Path("runs"))


def test_a_step_that_diverges_is_one_sentence_without_gradients(tmp_path: Path) -> None:
    made = small_runs.start("toy-perceptron", tmp_path, {})
    system = replace(PERCEPTRON, step=lambda *given: torch.tensor(float("nan")))
    made = replace(made, setup=replace(made.setup, system=system))
    with pytest.raises(DivergenceError) as caught:
        list(trainer.fit(made))
    assert str(caught.value).startswith(
        "the loss is nan at step 1: training diverged; try a learning rate 10 times smaller (--set"
        " optimizer.lr=N); no epoch had ended"
    )


def test_a_training_by_hand(tmp_path: Path) -> None:
    """The kept weights are those of the same steps in a plain loop, at the schedule's rates."""
    made = small_runs.finished(
        "toy-perceptron", tmp_path, {"training.keep": "last", "schedule.name": "constant"}
    )
    setup = made.setup
    encoded = setup.codec.encode(setup.train)
    rows, signs = encoded.inputs[0].double(), encoded.targets[0].double()
    last, mean, steps = torch.zeros(7).double(), torch.zeros(7).double(), 0
    from netwright.training.batching import order

    for epoch in range(4):
        for some in order.order(len(setup.train), 32, 0, epoch):
            wrong = signs[some] * (rows[some] @ last) <= 0
            last = last + 0.1 * (wrong * signs[some]) @ rows[some]
            steps += 1
            mean = mean + (last - mean) / steps
    kept = small_runs.kept(made.record)["plane"].double()
    torch.testing.assert_close(kept, mean, rtol=1e-4, atol=1e-5)
    assert mean.abs().max() > 0.1


def test_a_checkpoint_keeps_what_the_steps_remember(tmp_path: Path) -> None:
    left = small_runs.left_by_a_kill("toy-perceptron", tmp_path, {}, 5)
    kept = load_file(left.checkpoint)
    assert float(kept["memory.planes"]) == 5
    assert not torch.equal(kept["memory.plane"], kept["net.plane"])


def test_a_masked_batch_moves_nothing(tmp_path: Path) -> None:
    setup = small_runs.start("toy-perceptron", tmp_path, {}).setup
    few = setup.train.take(range(8))
    batch = setup.codec.encode(replace(few, targets=[None] * 8))
    memory = PERCEPTRON.memory(setup.net, setup.recipe)
    assert PERCEPTRON.step is not None
    loss = PERCEPTRON.step(setup.net, batch, setup.recipe, 1.0, memory)
    assert float(loss) == 0
    assert not memory["plane"].any()


def test_what_a_step_of_its_own_hands_on_is_in_its_memory() -> None:
    with pytest.raises(ValueError, match="'toy-perceptron' has step and carry: a step of its own"):
        replace(PERCEPTRON, carry=lambda net, recipe, lanes: ())
