"""Update rules beyond the plain ones: L1, rates of their own for some parameters, Muon; each held
against torch.optim.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

import netwright as nw
from netwright.base.errors import RecipeError
from netwright.recipe import Optimizer
from netwright.training.optim import flat_weights, muon, optimizers
from netwright.training.optim.flat_weights import Kind

pytestmark = pytest.mark.usefixtures("no_reports")


def small_net() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(1, 4, 3),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.Conv2d(4, 6, 3),
        nn.Flatten(),
        nn.Linear(24, 8),
        nn.Linear(8, 3),
    )


def compare(
    knobs: Optimizer, reference: Any, net: nn.Module, other: nn.Module, steps: int = 6
) -> None:
    """Both nets move along the same gradients and end alike."""
    flat = flat_weights.flatten(net, optimizers.kinds(net, knobs))
    rule = optimizers.build(flat, knobs)
    generator = torch.Generator().manual_seed(1)
    for _ in range(steps):
        gradients = {
            name: torch.randn(p.shape, generator=generator) for name, p in other.named_parameters()
        }
        flat.take_gradients([gradients[name] for name in flat.names])
        rule.step(0.01)
        for name, p in other.named_parameters():
            p.grad = gradients[name].clone()
        reference()
    for (name, p), q in zip(net.named_parameters(), other.parameters(), strict=True):
        torch.testing.assert_close(
            p, q, rtol=1e-5, atol=1e-6, msg=lambda text, name=name: f"{name}: {text}"
        )


def test_l1_pulls_matrices_by_their_sign_and_leaves_biases_alone() -> None:
    net, other = small_net(), small_net()

    def by_hand() -> None:
        with torch.no_grad():
            for p in other.parameters():
                assert p.grad is not None
                p -= 0.01 * (p.grad + (0.3 * p.sign() if p.dim() >= 2 else 0))

    compare(Optimizer(name="sgd", weight_decay=0.0, l1=0.3), by_hand, net, other)


def test_l1_makes_weights_small_that_are_not_needed(tmp_path: Path) -> None:
    def share_of_small(l1: float) -> float:
        settings = {
            "optimizer.l1": l1,
            "optimizer.weight_decay": 0,
            "training.average": 0,
            "model.hidden": [32],
        }
        run = nw.train("wine", model="mlp", epochs=40, set=settings, store=tmp_path)
        assert run.measures["dev"]["error"]["value"] < 0.3
        return float((run.net.layers[0].weight.abs() < 0.01).float().mean())

    assert share_of_small(0.01) > share_of_small(0.0) + 0.2


@pytest.mark.parametrize("name", ["sgd", "momentum", "nesterov", "adamw"])
def test_rates_of_their_own_equal_torchs_parameter_groups(name: str) -> None:
    net, other = small_net(), small_net()
    factors = {"6.": 10.0, "0.": 0.0}
    groups = []
    for key, p in other.named_parameters():
        factor = next((f for start, f in factors.items() if key.startswith(start)), 1.0)
        groups.append(
            {"params": [p], "lr": 0.01 * factor, "weight_decay": 0.1 if p.dim() >= 2 else 0.0}
        )
    torch_rule: Any = {
        "sgd": lambda: torch.optim.SGD(groups),
        "momentum": lambda: torch.optim.SGD(groups, momentum=0.9),
        "nesterov": lambda: torch.optim.SGD(groups, momentum=0.9, nesterov=True),
        "adamw": lambda: torch.optim.AdamW(groups),
    }[name]()
    knobs = Optimizer(name=name, weight_decay=0.1, groups={"6.*": 10.0, "0.*": 0.0})  # type: ignore[arg-type]
    compare(knobs, torch_rule.step, net, other)


def test_of_several_patterns_the_last_one_counts() -> None:
    net = small_net()
    kinds = optimizers.kinds(net, Optimizer(groups={"*": 2.0, "6.bias": 3.0}))
    assert kinds["6.bias"] == Kind(3.0)
    assert kinds["6.weight"] == Kind(2.0)


def test_a_pattern_without_a_parameter_is_refused_with_the_nearest() -> None:
    with pytest.raises(
        RecipeError, match=r"no parameter is called '6\.weigth'; did you mean '6\.weight'"
    ):
        optimizers.kinds(small_net(), Optimizer(groups={"6.weigth": 2.0}))


@pytest.mark.parametrize(("channels_last", "half"), [(False, True), (True, True), (False, False)])
def test_muon_moves_hidden_matrices_as_torchs_own_and_the_rest_by_adamw(
    channels_last: bool, half: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(muon, "cpu_has_bfloat16", lambda: half)
    net, other = small_net(), small_net()
    if channels_last:
        net = net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    hidden = {"3.weight", "5.weight"}  # the second filters and the dense layer before the last
    flat = {
        name: nn.Parameter(p.detach().reshape(len(p), -1).clone())
        for name, p in other.named_parameters()
        if name in hidden
    }
    theirs = torch.optim.Muon(
        list(flat.values()), lr=0.01, weight_decay=0.1, adjust_lr_fn="match_rms_adamw"
    )
    rest = [(p.dim() >= 2, p) for name, p in other.named_parameters() if name not in hidden]
    groups = [
        {"params": [p for w, p in rest if w is wide], "weight_decay": 0.1 if wide else 0.0}
        for wide in (True, False)
    ]
    adamw = torch.optim.AdamW(groups, lr=0.01)

    def reference() -> None:
        for name, matrix in flat.items():
            gradient = dict(other.named_parameters())[name].grad
            assert gradient is not None
            matrix.grad = gradient.reshape(len(matrix), -1)
        theirs.step()  # type: ignore[no-untyped-call]
        adamw.step()
        with torch.no_grad():
            for name, matrix in flat.items():
                parameter = dict(other.named_parameters())[name]
                parameter.copy_(matrix.reshape(parameter.shape))

    ours = flat_weights.flatten(
        net, optimizers.kinds(net, knobs := Optimizer(name="muon", weight_decay=0.1))
    )
    rule = optimizers.build(ours, knobs)
    generator = torch.Generator().manual_seed(1)
    for _ in range(4):
        gradients = {
            name: torch.randn(p.shape, generator=generator) for name, p in other.named_parameters()
        }
        ours.take_gradients([gradients[name] for name in ours.names])
        rule.step(0.01)
        for name, p in other.named_parameters():
            p.grad = gradients[name].clone()
        reference()
    for (name, p), q in zip(net.named_parameters(), other.named_parameters(), strict=True):
        # torch's own works in bfloat16, where another order of columns rounds otherwise
        same = half and not channels_last
        tolerance = 1e-5 if same or name not in hidden else 2e-3
        torch.testing.assert_close(
            p, q[1], rtol=tolerance, atol=tolerance, msg=lambda text, name=name: f"{name}: {text}"
        )


@pytest.mark.parametrize("shape", [(4, 18), (18, 4), (6, 6), (1, 5)])
def test_an_update_is_made_orthogonal_as_by_its_singular_values(shape: tuple[int, int]) -> None:
    matrix = torch.randn(shape, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    left, sizes, right = torch.linalg.svd(matrix, full_matrices=False)
    sizes = sizes / matrix.norm()
    for _ in range(5):  # Jordan et al. 2024
        sizes = 3.4445 * sizes - 4.7750 * sizes**3 + 2.0315 * sizes**5
    assert sizes.min() > 0.3
    assert sizes.max() < 1.3
    torch.testing.assert_close(muon.orthogonal(matrix), left @ torch.diag(sizes) @ right)
    assert torch.equal(muon.orthogonal(torch.zeros(shape)), torch.zeros(shape))


def test_muon_learns_and_goes_on_after_a_stop_bit_for_bit(tmp_path: Path) -> None:
    settings = {
        "optimizer.name": "muon",
        "model.hidden": [32, 32],
        "training.checkpoint_minutes": 0,
    }
    whole = nw.train("digits8", model="mlp", epochs=8, set=settings, store=tmp_path)
    assert whole.measures["dev"]["error"]["value"] < 0.15

    def stop(progress: Any) -> None:
        if progress.epoch == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as stopped:
        nw.train("digits8", model="mlp", epochs=8, set=settings, store=tmp_path, watch=stop)
    resumed = nw.train(resume=str(stopped.value), store=tmp_path)
    kept, other = whole.net.state_dict(), resumed.net.state_dict()
    assert all(torch.equal(kept[name], other[name]) for name in kept)


def test_muon_without_hidden_matrices_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="this net has none: take adamw"):
        nw.train("digits8", model="linear", set={"optimizer.name": "muon"}, store=tmp_path)
    assert not list(tmp_path.glob("2*"))
