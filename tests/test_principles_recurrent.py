"""The three cells by hand against PyTorch autograd, torch.nn, and a numerical gradient."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from netwright.principles import gru, lstm, rnn
from netwright.principles.recurrent import Gradients

# T, n_a, n_x, m, seed
SIZES = st.tuples(*(st.integers(1, 5) for _ in range(4)), st.integers(0, 10**6))
KINDS = [
    "RNN",
    "GRU",
    "GRU without relevance",
    "GRU, relevance behind",
    "LSTM",
    "LSTM with peepholes",
]


def make(kind: str, n_a: int, n_x: int, rng: np.random.Generator) -> dict[str, Any]:
    if kind == "RNN":
        weights = rnn.initialize(n_a, n_x, rng)
    elif kind.startswith("GRU"):
        parts = {"relevance": "without" not in kind, "behind": "behind" in kind}
        weights = gru.initialize(n_a, n_x, rng, **parts)
    else:
        weights = lstm.initialize(n_a, n_x, rng, peepholes=kind != "LSTM")
    return {name: rng.normal(size=value.shape) for name, value in weights.items()}


def formula(kind: str, X: Any, w: dict[str, Any], a: Any, c: Any) -> tuple[Any, Any]:
    """The notes' formulas, a line each, in PyTorch."""
    outputs, sigmoid = [], torch.sigmoid
    for x in X:
        if kind == "RNN":
            a = torch.tanh(w["Wa"] @ torch.cat([a, x]) + w["ba"])
        elif kind.startswith("GRU"):
            u = sigmoid(w["Wu"] @ torch.cat([a, x]) + w["bu"])
            r = sigmoid(w["Wr"] @ torch.cat([a, x]) + w["br"]) if "Wr" in w else 1.0
            if "bca" in w:
                Wca, Wcx = w["Wc"].tensor_split((len(a),), dim=1)
                candidate = torch.tanh(r * (Wca @ a + w["bca"]) + Wcx @ x + w["bc"])
            else:
                candidate = torch.tanh(w["Wc"] @ torch.cat([r * a, x]) + w["bc"])
            a = u * candidate + (1 - u) * a
        else:
            f, u, o = (
                sigmoid(w["W" + g] @ torch.cat([a, x]) + w["b" + g] + w.get("p" + g, 0.0) * c)
                for g in "fuo"
            )
            c = f * c + u * torch.tanh(w["Wc"] @ torch.cat([a, x]) + w["bc"])
            a = o * torch.tanh(c)
        outputs.append(a)
    return torch.stack(outputs), c


def ours(
    kind: str, X: Any, w: dict[str, Any], a: Any, c: Any, dA: Any, dc: Any
) -> tuple[Any, Gradients]:
    if kind == "RNN":
        A, kept = rnn.forward(X, w, a)
        return A, rnn.backward(dA, kept)
    if kind.startswith("GRU"):
        A, cache = gru.forward(X, w, a)
        return A, gru.backward(dA, cache)
    A, memory = lstm.forward(X, w, a, c)
    return A, lstm.backward(dA, memory, dc)


@pytest.mark.parametrize("kind", KINDS)
@given(sizes=SIZES)
@settings(max_examples=15, deadline=None)
def test_forward_and_every_gradient_agree_with_autograd(kind: str, sizes: tuple[int, ...]) -> None:
    T, n_a, n_x, m, seed = sizes
    rng = np.random.default_rng(seed)
    w, X, dA = make(kind, n_a, n_x, rng), rng.normal(size=(T, n_x, m)), rng.normal(size=(T, n_a, m))
    a0, c0, dc = (rng.normal(size=(n_a, m)) for _ in range(3))
    A, found = ours(kind, X, w, a0, c0, dA, dc)
    leaves = {
        name: torch.tensor(v, requires_grad=True)
        for name, v in {**w, "X": X, "a0": a0, "c0": c0}.items()
    }
    expected, c_last = formula(kind, leaves["X"], leaves, leaves["a0"], leaves["c0"])
    total = (expected * torch.tensor(dA)).sum() + (c_last * torch.tensor(dc)).sum()
    torch.autograd.backward(total)
    np.testing.assert_allclose(A, expected.detach().numpy(), rtol=1e-9, atol=1e-12)
    gradients = {**found.weights, "X": found.dX, "a0": found.da0} | (
        {} if found.dc0 is None else {"c0": found.dc0}
    )
    assert set(gradients) == {*w, "X", "a0"} | ({"c0"} if kind.startswith("LSTM") else set())
    for name, gradient in gradients.items():
        np.testing.assert_allclose(
            gradient,
            torch.as_tensor(leaves[name].grad).numpy(),
            rtol=1e-9,
            atol=1e-11,
            err_msg=name,
        )


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_agree_with_a_numerical_one(kind: str) -> None:
    rng = np.random.default_rng(3)
    w, X, dA = make(kind, 3, 2, rng), rng.normal(size=(4, 2, 2)), rng.normal(size=(4, 3, 2))
    a0, zero = rng.normal(size=(3, 2)), np.zeros((3, 2))
    _, found = ours(kind, X, w, a0, zero, dA, zero)
    for name, values in {**w, "X": X}.items():
        gradient = found.dX if name == "X" else found.weights[name]
        for at in np.ndindex(values.shape):
            ends = []
            for eps in (1e-5, -1e-5):
                moved = {key: value.copy() for key, value in {**w, "X": X}.items()}
                moved[name][at] += eps
                ends.append((ours(kind, moved.pop("X"), moved, a0, zero, dA, zero)[0] * dA).sum())
            assert gradient[at] == pytest.approx((ends[0] - ends[1]) / 2e-5, rel=1e-6, abs=1e-8), (
                name,
                at,
            )


def test_rnn_and_lstm_are_those_of_torch() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(6, 3, 2))
    for kind, net, order in (
        ("RNN", torch.nn.RNN(3, 4), "a"),
        ("LSTM", torch.nn.LSTM(3, 4), "ufco"),
    ):
        w = make(kind, 4, 3, rng)
        net.double()
        state = {
            "weight_hh_l0": np.concatenate([w["W" + g][:, :4] for g in order]),
            "weight_ih_l0": np.concatenate([w["W" + g][:, 4:] for g in order]),
            "bias_hh_l0": np.concatenate([w["b" + g][:, 0] for g in order]),
            "bias_ih_l0": np.zeros(4 * len(order)),
        }
        net.load_state_dict({name: torch.tensor(value) for name, value in state.items()})
        expected = (
            net(torch.tensor(X.transpose(0, 2, 1).copy()))[0].detach().numpy().transpose(0, 2, 1)
        )
        A = (rnn.forward(X, w) if kind == "RNN" else lstm.forward(X, w))[0]
        np.testing.assert_allclose(A, expected, rtol=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_a_sequence_is_its_steps_and_goes_on_where_it_stopped(kind: str) -> None:
    rng = np.random.default_rng(1)
    w, X = make(kind, 3, 2, rng), rng.normal(size=(5, 2, 4))
    a, c, zero = np.zeros((3, 4)), np.zeros((3, 4)), np.zeros((3, 4))
    A, _ = ours(kind, X, w, zero, zero, np.zeros((5, 3, 4)), None)
    for t, x in enumerate(X):
        if kind.startswith("LSTM"):
            a, c = lstm.step(a, c, x, w)
        else:
            a = rnn.step(a, x, w) if kind == "RNN" else gru.step(a, x, w)
        np.testing.assert_allclose(A[t], a, rtol=1e-12)
        if t == 2:
            rest, _ = ours(kind, X[3:], w, a, c, np.zeros((2, 3, 4)), None)
    np.testing.assert_allclose(rest, A[3:], rtol=1e-12)


def test_open_and_closed_gates_keep_the_memory_and_its_gradient() -> None:
    rng = np.random.default_rng(2)
    X, c0 = rng.normal(size=(50, 2, 1)), rng.normal(size=(3, 1))
    w = lstm.initialize(3, 2, rng) | {"bf": np.full((3, 1), 40.0), "bu": np.full((3, 1), -40.0)}
    _, cache = lstm.forward(X, w, c0=c0)
    np.testing.assert_allclose(cache.C[-1], c0, rtol=1e-9)
    found = lstm.backward(np.zeros((50, 3, 1)), cache, dc_last=np.ones((3, 1)))
    assert found.dc0 is not None
    np.testing.assert_allclose(found.dc0, 1.0, rtol=1e-9)
    closed = gru.initialize(3, 2, rng) | {"bu": np.full((3, 1), -40.0)}
    np.testing.assert_allclose(gru.forward(X, closed, c0)[0][-1], c0, rtol=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_float32_stays_and_extreme_inputs_stay_finite(kind: str) -> None:
    rng = np.random.default_rng(0)
    w = {name: value.astype(np.float32) for name, value in make(kind, 3, 2, rng).items()}
    X, zero = (1e4 * rng.normal(size=(4, 2, 2))).astype(np.float32), np.zeros((3, 2), np.float32)
    A, found = ours(kind, X, w, zero, zero, np.ones((4, 3, 2), np.float32), None)
    arrays = [A, found.dX, found.da0, *found.weights.values()]
    assert all(array.dtype == np.float32 and np.isfinite(array).all() for array in arrays)


@pytest.mark.parametrize("kind", KINDS)
def test_whole_numbers_are_inputs_too(kind: str) -> None:
    rng = np.random.default_rng(0)
    w, X, zero = make(kind, 3, 2, rng), rng.integers(0, 2, (4, 2, 2)), np.zeros((3, 2))
    whole, same = (
        ours(kind, x, w, zero, zero, np.ones((4, 3, 2)), None)[1] for x in (X, X.astype(float))
    )
    np.testing.assert_allclose(whole.dX, same.dX, rtol=1e-12)


def test_what_does_not_fit_is_named() -> None:
    rng = np.random.default_rng(0)
    X = np.zeros((4, 2, 3))
    w = rnn.initialize(5, 2, rng)
    with pytest.raises(ValueError, match=r"X has the shape \(4, 2\), but a<t> = tanh"):
        rnn.forward(X[:, :, 0], w)
    with pytest.raises(
        ValueError, match=r"Wa has the shape \(5, 7\), but .* n_x = 1 expects \(5, 6\)"
    ):
        rnn.forward(X[:, :1], w)
    with pytest.raises(ValueError, match="at least one step"):
        rnn.forward(X[:0], w)
    with pytest.raises(ValueError, match=r"a0 has the shape \(5, 4\), .* expects \(5, 3\)"):
        rnn.forward(X, w, np.zeros((5, 4)))
    with pytest.raises(ValueError, match="Wf is missing"):
        lstm.forward(X, w)
    with pytest.raises(ValueError, match="br is missing"):
        gru.forward(X, {k: v for k, v in gru.initialize(5, 2, rng).items() if k != "br"})
    with pytest.raises(ValueError, match="bca is there without Wr and br"):
        gru.forward(X, gru.initialize(5, 2, rng, relevance=False, behind=True))
    with pytest.raises(ValueError, match="of the peepholes pf, pu, po only pf"):
        lstm.forward(X, lstm.initialize(5, 2, rng) | {"pf": np.zeros((5, 1))})
    with pytest.raises(ValueError, match=r"c_prev has the shape"):
        lstm.step(np.zeros((5, 3)), np.zeros((5, 1)), X[0], lstm.initialize(5, 2, rng))
    with pytest.raises(ValueError, match="n_a holds 0"):
        gru.initialize(0, 2, rng)
    for module, weights in (
        (rnn, w),
        (gru, gru.initialize(5, 2, rng)),
        (lstm, lstm.initialize(5, 2, rng)),
    ):
        _, cache = module.forward(X, weights)
        with pytest.raises(ValueError, match=r"dA has the shape \(4, 5, 1\)"):
            module.backward(np.zeros((4, 5, 1)), cache)
