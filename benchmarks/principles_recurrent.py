"""The NumPy LSTM against torch.nn.LSTM, on one thread.

``python -m benchmarks.principles_recurrent``. One step is forward and backward over a sequence, T =
32, batch 32, H = 256 units, 256 inputs, float32. The figure is a ratio of the best times of rounds
that take turns; before it, outputs and gradients of the two are shown to agree.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from benchmarks.harness import best
from netwright.principles import lstm

Array = np.ndarray[Any, Any]

TORCH_ORDER = "ufco"  # torch stacks input, forget, cell, output


def same_net(weights: dict[str, Array], n_a: int, n_x: int) -> torch.nn.LSTM:
    """torch.nn.LSTM with the same numbers."""
    net = torch.nn.LSTM(n_x, n_a)
    W = np.concatenate([weights["W" + gate] for gate in TORCH_ORDER])
    b = np.concatenate([weights["b" + gate][:, 0] for gate in TORCH_ORDER])
    parts = {
        "weight_hh_l0": W[:, :n_a],
        "weight_ih_l0": W[:, n_a:],
        "bias_hh_l0": b,
        "bias_ih_l0": np.zeros_like(b),
    }
    net.load_state_dict({name: torch.tensor(part) for name, part in parts.items()})
    return net


def lstm_against_torch(
    T: int = 32, m: int = 32, n_a: int = 256, n_x: int = 256, rounds: int = 25
) -> dict[str, float]:
    """Seconds of a forward and a backward pass over the sequence, the gradient of X included."""
    rng = np.random.default_rng(0)
    weights = {
        name: value.astype(np.float32) for name, value in lstm.initialize(n_a, n_x, rng).items()
    }
    X, dA = (
        rng.normal(size=(T, n_x, m)).astype(np.float32),
        rng.normal(size=(T, n_a, m)).astype(np.float32),
    )
    net = same_net(weights, n_a, n_x)
    x = torch.tensor(X.transpose(0, 2, 1).copy(), requires_grad=True)
    dy = torch.tensor(dA.transpose(0, 2, 1).copy())

    def ours() -> tuple[Array, Array, Array]:
        A, cache = lstm.forward(X, weights)
        gradients = lstm.backward(dA, cache)
        return A, gradients.dX, gradients.weights["Wu"]

    def theirs() -> tuple[Array, Array, Array]:
        net.zero_grad()
        x.grad = None
        y = net(x)[0]
        y.backward(dy)
        assert (
            x.grad is not None
            and net.weight_hh_l0.grad is not None
            and net.weight_ih_l0.grad is not None
        )
        dW = torch.cat([net.weight_hh_l0.grad[:n_a], net.weight_ih_l0.grad[:n_a]], dim=1)
        return y.detach().numpy().transpose(0, 2, 1), x.grad.numpy().transpose(0, 2, 1), dW.numpy()

    for a, b in zip(ours(), theirs(), strict=True):
        assert a.dtype == np.float32 and np.allclose(a, b, rtol=1e-3, atol=1e-3), np.abs(
            a - b
        ).max()
    return best({"NumPy": ours, "PyTorch": theirs}, rounds)


def main() -> None:
    """Print the figure."""
    torch.set_num_threads(1)
    with threadpool_limits(1):
        times = lstm_against_torch()
    milliseconds = ", ".join(f"{name} {1000 * seconds:.1f} ms" for name, seconds in times.items())
    print(
        f"LSTM T = 32, batch 32, H = 256: {milliseconds}, NumPy / PyTorch"
        f" {times['NumPy'] / times['PyTorch']:.2f}"
    )


if __name__ == "__main__":
    main()
