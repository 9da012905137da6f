"""The NumPy principles against loops and PyTorch, on one thread.

``python -m benchmarks.principles``. Every figure is a ratio of best times of interleaved rounds.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.harness import best
from netwright.principles import convolution, pooling, softmax

Array = np.ndarray[Any, Any]


def convolution_against_loop() -> dict[str, float]:
    """One 64x64x3 image, 16 filters of 3x3, same padding, forward."""
    rng = np.random.default_rng(0)
    A, W, b = rng.normal(size=(1, 64, 64, 3)), rng.normal(size=(3, 3, 3, 16)), np.zeros(16)
    calls: dict[str, Callable[[], object]] = {
        "loop": lambda: convolution.loop(A, W, b, 1, "same"),
        "vectorized": lambda: convolution.forward(A, W, b, 1, "same"),
    }
    return best(calls, rounds=3)


def lenet_parameters(rng: np.random.Generator) -> dict[str, Array]:
    """LeNet-5 for 28x28 (padded to 32x32): 61,706 numbers, float32, by sqrt(1/n) for tanh."""
    shapes = {"1": (5, 5, 1, 6), "2": (5, 5, 6, 16), "3": (120, 400), "4": (84, 120), "5": (10, 84)}
    parameters = {}
    for layer, shape in shapes.items():
        inputs = int(np.prod(shape[:-1])) if len(shape) == 4 else shape[1]
        parameters["W" + layer] = rng.normal(0, inputs**-0.5, shape).astype(np.float32)
        parameters["b" + layer] = np.zeros(
            shape[-1:] if len(shape) == 4 else (shape[0], 1), np.float32
        )
    return parameters


def lenet_step(X: Array, Y: Array, w: dict[str, Array], r: float) -> float:
    """One step of gradient descent on LeNet-5, in place; returns the cost.

    Args:
        X: (m, 28, 28, 1).
        Y: (10, m).
        w: the parameters, changed in place.
        r: the learning rate.
    """
    m = len(X)
    Z1, kept1 = convolution.forward(X, w["W1"], w["b1"], 1, 2)  # (m, 28, 28, 6)
    A1 = np.tanh(Z1)
    P1, pooled1 = pooling.forward(A1, average=True)  # (m, 14, 14, 6)
    Z2, kept2 = convolution.forward(P1, w["W2"], w["b2"])  # (m, 10, 10, 16)
    A2 = np.tanh(Z2)
    P2, pooled2 = pooling.forward(A2, average=True)  # (m, 5, 5, 16)
    F = P2.reshape(m, -1).T  # (400, m)
    A3 = np.tanh(w["W3"] @ F + w["b3"])
    A4 = np.tanh(w["W4"] @ A3 + w["b4"])
    loss = softmax.cross_entropy(w["W5"] @ A4 + w["b5"], Y)
    dZ5 = loss.dZ / np.float32(m)
    dZ4 = (w["W5"].T @ dZ5) * (1 - A4**2)
    dZ3 = (w["W4"].T @ dZ4) * (1 - A3**2)
    dA2 = pooling.backward((w["W3"].T @ dZ3).T.reshape(P2.shape), pooled2)
    conv2 = convolution.backward(dA2 * (1 - A2**2), kept2)
    assert conv2.dA_prev is not None
    dA1 = pooling.backward(conv2.dA_prev, pooled1)
    conv1 = convolution.backward(dA1 * (1 - A1**2), kept1, input_too=False)
    gradients = {"W1": conv1.dW, "b1": conv1.db, "W2": conv2.dW, "b2": conv2.db}
    for layer, dZ, A in (("3", dZ3, F), ("4", dZ4, A3), ("5", dZ5, A4)):
        gradients["W" + layer], gradients["b" + layer] = dZ @ A.T, dZ.sum(axis=1, keepdims=True)
    for name, gradient in gradients.items():
        w[name] -= np.float32(r) * gradient
    return loss.J


def torch_lenet(w: dict[str, Array]) -> Any:
    """The same net with the same numbers in PyTorch."""
    import torch
    from torch import nn

    net = nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2),
        nn.Tanh(),
        nn.AvgPool2d(2),
        nn.Conv2d(6, 16, 5),
        nn.Tanh(),
        nn.AvgPool2d(2),
        nn.Flatten(),
        nn.Linear(400, 120),
        nn.Tanh(),
        nn.Linear(120, 84),
        nn.Tanh(),
        nn.Linear(84, 10),
    )
    layers = [layer for layer in net if isinstance(layer, nn.Conv2d | nn.Linear)]
    for number, layer in enumerate(layers, start=1):
        W, b = w[f"W{number}"], w[f"b{number}"]
        if number == 3:  # PyTorch flattens channels first, the notes channels last
            W = W.reshape(120, 5, 5, 16).transpose(0, 3, 1, 2).reshape(120, 400)
        layer.weight.data = torch.tensor(
            W.transpose(3, 2, 0, 1).copy() if W.ndim == 4 else W.copy()
        )
        assert layer.bias is not None
        layer.bias.data = torch.tensor(b.ravel().copy())
    return net


def lenet_against_torch(m: int = 64, rounds: int = 60) -> dict[str, float]:
    """Seconds of a LeNet-5 training step on m images, float32, after a check that both agree."""
    import torch

    torch.set_num_threads(1)
    rng = np.random.default_rng(0)
    X = rng.random((m, 28, 28, 1), dtype=np.float32)
    labels = rng.integers(0, 10, m)
    Y, w = softmax.one_hot(labels, 10).astype(np.float32), lenet_parameters(rng)
    net = torch_lenet(w)
    x, y = torch.tensor(X.transpose(0, 3, 1, 2).copy()), torch.tensor(labels)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)

    def torch_step() -> float:
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(net(x), y)
        torch.autograd.backward(loss)
        optimizer.step()
        return float(loss.item())

    ours, theirs = [lenet_step(X, Y, w, 0.1) for _ in range(5)], [torch_step() for _ in range(5)]
    assert np.allclose(ours, theirs, rtol=1e-4), (ours, theirs)
    return best({"NumPy": lambda: lenet_step(X, Y, w, 0.1), "PyTorch": torch_step}, rounds)


def main() -> None:
    """Measure and print."""
    times = convolution_against_loop()
    print(
        f"convolution 64x64x3, 16 filters: vectorized is {times['loop'] / times['vectorized']:.0f}"
        " times as fast as loops"
    )
    if importlib.util.find_spec("torch"):
        times = lenet_against_torch()
        print(
            f"LeNet-5 step, batch 64, one thread: NumPy {times['NumPy'] * 1e3:.1f} ms, PyTorch"
            f" {times['PyTorch'] * 1e3:.1f} ms, ratio {times['NumPy'] / times['PyTorch']:.2f}"
        )


if __name__ == "__main__":
    with threadpool_limits(1):
        main()
