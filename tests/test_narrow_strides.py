"""What ends the process on processors without AVX-512 is gone around, and computes the same."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from netwright.training.devices import Device
from netwright.training.steps import narrow_strides

CPU = Device(torch.device("cpu"))


@pytest.mark.parametrize(
    ("layer", "capability", "hit"),
    [
        (nn.Conv2d(4, 8, 1, stride=2), "AVX2", True),
        (nn.Conv2d(3, 8, 1, stride=(2, 3)), "DEFAULT", True),
        (nn.Conv2d(32, 8, 1, stride=2, groups=8), "AVX2", True),
        (nn.Conv2d(8, 8, 1, stride=2), "AVX2", False),
        (nn.Conv2d(4, 8, 1), "AVX2", False),
        (nn.Conv2d(4, 8, 1, stride=2, padding=1), "AVX2", False),
        (nn.Conv2d(4, 8, 3, stride=2), "AVX2", False),
        (nn.Conv2d(4, 8, 1, stride=2), "AVX512", False),
    ],
)
@pytest.mark.parametrize("size", [(8, 8), (7, 10), (1, 1)])
def test_the_layer_gives_the_same_output_and_gradients(
    monkeypatch: pytest.MonkeyPatch,
    layer: nn.Conv2d,
    capability: str,
    hit: bool,
    size: tuple[int, int],
) -> None:
    monkeypatch.setattr("torch.backends.cpu.get_cpu_capability", lambda: capability)
    if layer.kernel_size == (3, 3) and size == (1, 1):
        pytest.skip("smaller than its filter")
    twin = copy.deepcopy(layer).double()
    net = narrow_strides.read_apart(nn.Sequential(copy.deepcopy(layer).double()), CPU)
    assert (net[0].stride != twin.stride) == hit  # type: ignore[index]
    assert narrow_strides.read_apart(net, CPU) is net  # and once more changes nothing
    x = torch.randn(5, layer.in_channels, *size, dtype=torch.float64)
    mine, theirs = x.clone().requires_grad_(), x.clone().requires_grad_()
    out, wanted = net(mine), twin(theirs)
    torch.testing.assert_close(out, wanted)
    out.square().sum().backward()
    wanted.square().sum().backward()
    torch.testing.assert_close(mine.grad, theirs.grad)
    torch.testing.assert_close(net[0].weight.grad, twin.weight.grad)  # type: ignore[index, union-attr]


def test_on_other_devices_nothing_is_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.backends.cpu.get_cpu_capability", lambda: "AVX2")
    layer = nn.Conv2d(4, 8, 1, stride=2)
    narrow_strides.read_apart(layer, Device(torch.device("cuda", 0)))
    assert layer.stride == (2, 2)
