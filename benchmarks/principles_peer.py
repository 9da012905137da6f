"""The NumPy principles against numpy-ml 0.1.2, on one thread.

``python -m benchmarks.principles_peer``. Forward and backward of the layers that both have, in
float64 and in float32, after a check that the answers agree. Beside each stands the bare work: the
matrix products alone (for batch norm, its passes over the memory, with nothing allocated). What
they take, no NumPy program can save, so they bound the ratio from above.
"""

from __future__ import annotations

import collections
import collections.abc
import importlib
import importlib.util
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.harness import best
from netwright.principles import batchnorm, convolution, lstm, pooling, rnn, windows

Array = np.ndarray[Any, Any]
CONVOLUTIONS = {  # m, n, n_C_prev, f, n_C, p
    "LeNet-5's first, 28x28x1, 6 of 5x5": (64, 28, 1, 5, 6, 2),
    "LeNet-5's second, 14x14x6, 16 of 5x5": (64, 14, 6, 5, 16, 0),
    "a wider one, 32x32x16, 32 of 3x3": (32, 32, 16, 3, 32, 1),
}


@dataclass(frozen=True)
class Case:
    """Three calls that take turns: ours, numpy-ml's, and the bare work (None: no product)."""

    name: str
    ours: Callable[[], object]
    peer: Callable[[], object]
    bare: Callable[[], object] | None = None


def numpy_ml() -> Any:
    """numpy-ml's layers.

    It is of 2020 and looks for names that Python 3.10 and NumPy 1.24 took away; they are put back.
    Its layers RNN and LSTM cannot be built (they hand their cells an argument that these do not
    take): their cells can.
    """
    if importlib.util.find_spec("numpy_ml") is None:
        raise SystemExit("numpy-ml is not installed: python -m pip install numpy-ml==0.1.2")
    vars(collections)["Hashable"] = collections.abc.Hashable
    for name, kind in {"float": float, "int": int, "bool": bool, "object": object}.items():
        vars(np).setdefault(name, kind)
    warnings.simplefilter("ignore")  # it asks for gym
    return importlib.import_module("numpy_ml.neural_nets.layers")


def agree(ours: Array, theirs: Array) -> None:
    """Both took the same derivative: float32's rounding apart."""
    assert np.allclose(ours, theirs, rtol=1e-3, atol=1e-3 * float(np.abs(ours).max()))


def through(layer: Any, x: Array, d: Array) -> Callable[[], Array]:
    """Forward and backward of a layer.

    It must forget the pass before, which it would go back through once more.
    """

    def both() -> Array:
        layer.flush_gradients()
        layer.forward(x)
        return np.asarray(layer.backward(d))

    return both


def convolution_case(layers: Any, name: str, dtype: str) -> Case:
    """The three products of a convolution: W columns, dZ columns.T and W.T dZ."""
    m, n, n_C_prev, f, n_C, p = CONVOLUTIONS[name]
    rng = np.random.default_rng(0)
    X, W = (
        rng.normal(size=(m, n, n, n_C_prev)).astype(dtype),
        rng.normal(size=(f, f, n_C_prev, n_C)).astype(dtype),
    )
    b = np.zeros(n_C, dtype)
    Z, cache = convolution.forward(X, W, b, 1, p)
    layer = layers.Conv2D(n_C, (f, f), pad=p)
    layer.forward(X)
    layer.parameters["W"], layer.parameters["b"] = W, b.reshape(1, 1, 1, -1)
    columns, dz = windows.columns(X, cache.geometry), np.ascontiguousarray(Z.reshape(-1, n_C).T)
    filters = W.reshape(-1, n_C).T

    def ours() -> Array:
        dX = convolution.backward(Z, convolution.forward(X, W, b, 1, p)[1]).dA_prev
        assert dX is not None
        return dX

    peer = through(layer, X, Z)
    agree(ours(), peer())
    return Case(
        f"convolution, {name}",
        ours,
        peer,
        lambda: (filters @ columns, columns @ dz.T, filters.T @ dz),
    )


def pooling_case(layers: Any, dtype: str) -> Case:
    """Max pooling, 14x14x6, f = s = 2."""
    X = np.random.default_rng(0).normal(size=(64, 14, 14, 6)).astype(dtype)
    P, _ = pooling.forward(X)
    peer = through(layers.Pool2D((2, 2), stride=2), X, P)
    agree(pooling.backward(P, pooling.forward(X)[1]), peer())
    return Case("max pooling, 14x14x6", lambda: pooling.backward(P, pooling.forward(X)[1]), peer)


def batchnorm_case(layers: Any, n: int, m: int, dtype: str) -> Case:
    """Batch norm: six passes over the memory forward, six backward.

    Forward: mean, centre, spread, divide, gamma, beta. Backward: two sums, and four for dZ.
    """
    rng = np.random.default_rng(0)
    Z, d = rng.normal(size=(n, m)).astype(dtype), rng.normal(size=(n, m)).astype(dtype)
    gamma, beta, room = np.ones((n, 1), dtype), np.zeros((n, 1), dtype), np.empty_like(Z)
    layer, X, D = layers.BatchNorm1D(), Z.T.copy(), d.T.copy()
    layer.forward(X)
    layer.parameters["scaler"], layer.parameters["intercept"] = gamma.ravel(), beta.ravel()

    def ours() -> Array:
        return batchnorm.backward(d, batchnorm.forward(Z, gamma, beta)[1]).dZ

    def bare() -> None:
        for sums in (Z, d):
            sums.sum(axis=1)
            np.vecdot(sums, sums)
        for change in (
            np.subtract,
            np.multiply,
            np.multiply,
            np.add,
            np.multiply,
            np.subtract,
            np.multiply,
        ):
            change(Z, gamma, out=room)
        np.add(Z, d, out=room)

    peer = through(layer, X, D)
    agree(ours(), peer().T)
    return Case(f"batch norm, {n} features, batch {m}", ours, peer, bare)


def cell_case(layers: Any, name: str, T: int, n_a: int, n_x: int, dtype: str, m: int = 32) -> Case:
    """A sequence forward and back through time; T times the products W [a, x] and its gradients."""
    module: Any = {"LSTM": lstm, "RNN": rnn}[name]
    rng = np.random.default_rng(0)
    X, dA = rng.normal(size=(T, n_x, m)).astype(dtype), rng.normal(size=(T, n_a, m)).astype(dtype)
    w = {key: value.astype(dtype) for key, value in module.initialize(n_a, n_x, rng).items()}
    xs, ds = np.ascontiguousarray(X.transpose(0, 2, 1)), np.ascontiguousarray(dA.transpose(0, 2, 1))
    cell = getattr(layers, f"{name}Cell")(n_a)
    cell.forward(xs[0])
    if name == "LSTM":
        cell.parameters.update({key: value.T.copy() for key, value in w.items()})
    else:
        parts = {"Waa": w["Wa"][:, :n_a].T.copy(), "Wax": w["Wa"][:, n_a:].T.copy()}
        cell.parameters.update(parts | {"ba": w["ba"], "bx": np.zeros_like(w["ba"])})

    def peer() -> Array:
        cell.flush_gradients()
        # flushing leaves a list here, which it cannot add to
        for key in ("dLdA_accumulator", "dLdC_accumulator"):
            cell.derived_variables[key] = None
        for x in xs:
            cell.forward(x)
        return np.stack([cell.backward(d) for d in ds[::-1]][::-1])

    def ours() -> Array:
        return np.asarray(module.backward(dA, module.forward(X, w)[1]).dX)

    agree(ours(), peer().transpose(0, 2, 1))
    W = np.concatenate([value for key, value in w.items() if key[0] == "W"])
    Wa, Wx, dz = W[:, :n_a], W[:, n_a:], rng.normal(size=(len(W), T * m)).astype(dtype)
    dZ, rows, back = (
        dz.reshape(T, len(W), m),
        np.empty((T * m, n_a + n_x), dtype),
        np.ascontiguousarray(Wa.T),
    )

    def bare() -> None:
        Wx @ X
        for t in range(T):
            Wa @ dA[t]
            back @ dZ[t]
        dz @ rows
        Wx.T @ dZ

    return Case(f"{name}, T = {T}, batch {m}, {n_a} units, {n_x} inputs", ours, peer, bare)


def cases(dtype: str) -> list[Case]:
    """All of them."""
    layers = numpy_ml()
    cells = [
        cell_case(layers, name, 32, n_a, n_x, dtype)
        for name in ("RNN", "LSTM")
        for n_a, n_x in ((64, 27), (256, 256))
    ]
    return [
        *(convolution_case(layers, name, dtype) for name in CONVOLUTIONS),
        pooling_case(layers, dtype),
        *(batchnorm_case(layers, n, m, dtype) for n, m in ((256, 64), (256, 512))),
        *cells,
    ]


def main() -> None:
    """Measure and print, as a table."""
    print(
        "| forward and backward | ours | numpy-ml | times as fast | bare work alone"
        " |\n|---|---|---|---|---|"
    )
    for dtype in ("float64", "float32"):
        for case in cases(dtype):
            calls = {"ours": case.ours, "peer": case.peer} | (
                {"bare": case.bare} if case.bare else {}
            )
            seconds = best(calls, rounds=9)
            ratio, bound = (
                seconds["peer"] / seconds["ours"],
                seconds["peer"] / seconds.get("bare", np.inf),
            )
            figures = (
                f"{seconds['ours'] * 1e3:.2f} ms | {seconds['peer'] * 1e3:.2f} ms | {ratio:.1f} | "
            )
            print(
                f"| {case.name}, {dtype} | {figures}{f'{bound:.1f}' if bound else '-'} |",
                flush=True,
            )


if __name__ == "__main__":
    with threadpool_limits(1):
        main()
