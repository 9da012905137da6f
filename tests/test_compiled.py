"""A compiled step: refused in one sentence, equal to autograd, and what it costs is said.

``torch.compile`` itself takes 10 to 80 seconds: with NETWRIGHT_COMPILE=1 in the environment the
last test calls it; the others let the recorded graph stand for the compiled one.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import netwright as nw
from netwright.base.errors import RecipeError
from netwright.contract import Batch
from netwright.recipe import Recipe
from netwright.training.devices import Device
from netwright.training.steps import compiled
from netwright.training.steps.compiled import Costs
from small_steps import convolutions, eager_of

pytestmark = pytest.mark.usefixtures("no_reports")

CPU = Device(torch.device("cpu"))


def asked(**training: Any) -> Recipe:
    return Recipe.of({"training": {"step": "compiled", **training}})


@pytest.fixture
def graph_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The graph runs as it was traced."""
    monkeypatch.setattr(torch, "compile", lambda graph, **options: graph)


def test_a_machine_without_a_compiler_is_told_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CXX", raising=False)
    with pytest.raises(RecipeError, match=r"C\+\+ compiler .*apt install g\+\+"):
        nw.train("iris", set={"training.step": "compiled"}, store=tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("recipe", "device", "said"),
    [
        (asked(accumulate=2), CPU, "accumulate"),
        (asked(), Device(torch.device("cpu"), world=2), "one process"),
        (asked(), Device(torch.device("mps")), "not on mps"),
    ],
)
def test_what_cannot_be_compiled_is_refused_before_training(
    recipe: Recipe, device: Device, said: str
) -> None:
    with pytest.raises(RecipeError, match=said):
        compiled.refuse(recipe, device)


def test_other_ways_to_step_need_no_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    compiled.refuse(Recipe(), Device(torch.device("mps"), world=2))


def test_the_break_even_is_the_wait_over_what_a_step_wins() -> None:
    costs = Costs(wait=20.0, eager=0.004, traced=0.003, compiled=0.001)
    assert costs.break_even == 10_000  # against the faster of the other two
    assert "pays from 10,000 steps on, and this training has 500 to go" in costs.words(500)
    never = Costs(wait=20.0, eager=0.004, traced=None, compiled=0.004)
    assert never.break_even is None and "never pays here" in never.words(500)


def test_a_net_whose_python_reads_the_data_is_refused(graph_alone: None) -> None:
    class Looks(nn.Linear):
        def forward(self, x: Tensor) -> Tensor:
            return super().forward(x if float(x.sum()) > 0 else -x)

    with pytest.raises(RecipeError, match="cannot be compiled"):
        compiled.compile_step(
            eager_of(Looks(4, 3)), Batch((torch.ones(8, 4),), (torch.arange(8) % 3,), torch.ones(8))
        )


def stretch(monkeypatch: pytest.MonkeyPatch, factor: float) -> None:
    """What is compiled returns ``factor`` times what was traced."""

    def wrong(graph: Callable[..., list[Tensor]], **options: Any) -> Callable[..., list[Tensor]]:
        return lambda *tensors: [factor * found for found in graph(*tensors)]

    monkeypatch.setattr(torch, "compile", wrong)


class Coarse(nn.Linear):
    """In float32 its answers are rounded to 64ths, so that autograd's gradient itself is a fifth of
    a percent off.
    """

    def forward(self, x: Tensor) -> Tensor:
        return 3 * super().forward(x) + 2.0**17 - 2.0**17


@pytest.mark.parametrize(("factor", "refused"), [(1.003, False), (1.05, True)])
def test_a_gradient_that_float32_rounds_is_held_against_float64(
    monkeypatch: pytest.MonkeyPatch, factor: float, refused: bool
) -> None:
    stretch(monkeypatch, factor)
    torch.manual_seed(0)
    batch = Batch((torch.randn(16, 8),), (torch.arange(16) % 3,), torch.ones(16))
    with (
        pytest.raises(RecipeError, match=r"differs from autograd's by 0\.05 ")
        if refused
        else contextlib.nullcontext()
    ):
        compiled.compile_step(eager_of(Coarse(8, 3)), batch)


def test_a_wrong_gradient_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    stretch(monkeypatch, 1.01)
    with pytest.raises(RecipeError, match=r"differs from autograd's by 0\.01 "):
        compiled.compile_step(eager_of(convolutions()[0]), convolutions()[1])


def agrees_with_eager(net: nn.Module, batch: Batch) -> None:
    """Loss, gradient, running statistics and dropout's stream after three steps; and nothing is
    left behind before.
    """
    eager = eager_of(net)
    before = [buffer.clone() for buffer in net.buffers()]
    state = torch.random.get_rng_state()
    step, costs = compiled.compile_step(eager, batch)
    assert all(map(torch.equal, before, net.buffers())) and torch.equal(
        state, torch.random.get_rng_state()
    )
    assert not eager.weights.gradient.any() and min(costs.wait, costs.eager, costs.compiled) > 0
    found = []
    for way in (eager, step):
        for buffer, kept in zip(net.buffers(), before, strict=True):
            buffer.copy_(kept)
        torch.manual_seed(7)
        losses = [float(way(batch, torch.tensor(16.0))) for _ in range(3)]
        found.append(
            (
                losses,
                eager.weights.gradient.clone(),
                [b.clone() for b in net.buffers()],
                torch.rand(1),
            )
        )
    (losses, gradient, buffers, drawn), (others, again, statistics, same) = found
    assert others == pytest.approx(losses, rel=1e-5) and torch.equal(drawn, same)
    torch.testing.assert_close(again, gradient, rtol=1e-4, atol=1e-6)
    for kept, other in zip(buffers, statistics, strict=True):
        torch.testing.assert_close(kept, other)


def test_the_graph_agrees_with_autograd(graph_alone: None) -> None:
    agrees_with_eager(*convolutions())


def test_a_batch_of_another_shape_steps_by_autograd(graph_alone: None) -> None:
    net, batch = convolutions()
    eager = eager_of(net)
    step, _ = compiled.compile_step(eager, batch)
    odd = batch.take(torch.arange(5))
    torch.manual_seed(3)
    loss, gradient = eager(odd, torch.tensor(5.0)), eager.weights.gradient.clone()
    torch.manual_seed(3)
    assert torch.equal(step(odd, torch.tensor(5.0)), loss) and torch.equal(
        eager.weights.gradient, gradient
    )


def test_a_compiled_training_learns_notes_its_costs_and_resumes_bit_for_bit(
    graph_alone: None, tmp_path: Path
) -> None:
    knobs = {"training.step": "compiled", "training.checkpoint_minutes": 0, "model.dropout": 0.2}
    whole = nw.train("iris", epochs=8, set=knobs, store=tmp_path)
    assert set(whole.info["compiled"]) == {"wait", "eager", "traced", "compiled", "break_even"}
    assert any(line.startswith("compiled steps: compiled in") for line in whole.info["messages"])
    assert whole.measures["dev"]["error"]["value"] < 0.2 < whole.info["baseline"]

    def stop(progress: Any) -> None:
        if progress.epoch == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as pressed:
        nw.train("iris", epochs=8, set=knobs, store=tmp_path, watch=stop)
    resumed = nw.train(resume=pressed.value.args[0], store=tmp_path)
    assert (resumed.record.weights).read_bytes() == (whole.record.weights).read_bytes()


@pytest.mark.skipif(
    "NETWRIGHT_COMPILE" not in os.environ, reason="takes a minute: set NETWRIGHT_COMPILE=1"
)
def test_what_torch_compiles_agrees_with_autograd() -> None:
    agrees_with_eager(*convolutions())
