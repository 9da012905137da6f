"""Networks of one and of L layers, penalties and checks, against PyTorch and by count."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from netwright.principles import (
    batchnorm,
    check,
    dense,
    initialize,
    losses,
    normalize,
    regularize,
    shallow,
    softmax,
)
from netwright.principles.activations import ACTIVATIONS

few = settings(max_examples=20, deadline=None)
seeds = st.integers(0, 2**32 - 1)
small = st.integers(1, 5)
smooth = st.sampled_from(["sigmoid", "tanh", "linear"])
TORCH = {
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "leaky_relu": lambda z: torch.nn.functional.leaky_relu(z, 0.01),
    "linear": lambda z: z,
}
Parameters = dict[str, np.ndarray]


def data(
    rng: np.random.Generator, n: int, m: int, outputs: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    return rng.normal(size=(n, m)), rng.integers(0, 2, (outputs, m)).astype(float)


def drawn(sizes: Sequence[int], rng: np.random.Generator) -> Parameters:
    """Parameters with biases that are not zero."""
    return {
        name: value + 0.1 * rng.normal(size=value.shape)
        for name, value in initialize.draw(sizes, "he", rng).items()
    }


def autograd(
    X: np.ndarray, Y: np.ndarray, parameters: Parameters, names: Sequence[str]
) -> tuple[torch.Tensor, Parameters, np.ndarray]:
    """A[L], dJ by name and dX of m J, from PyTorch."""
    theta = {name: torch.tensor(value, requires_grad=True) for name, value in parameters.items()}
    x = torch.tensor(X, requires_grad=True)
    a = x
    for layer, name in enumerate(names, start=1):
        z = theta[f"W[{layer}]"] @ a + theta[f"b[{layer}]"]
        a = TORCH[name](z)
    J = (
        torch.nn.functional.binary_cross_entropy_with_logits(z, torch.tensor(Y), reduction="sum")
        / X.shape[1]
    )
    J.backward()
    grads = {name: value.grad.numpy() for name, value in theta.items() if value.grad is not None}
    assert x.grad is not None
    return a, grads, x.grad.numpy() * X.shape[1]


def same(found: Parameters, wanted: Parameters) -> None:
    assert found.keys() == wanted.keys()
    for name in wanted:
        np.testing.assert_allclose(found[name], wanted[name], rtol=1e-9, atol=1e-13, err_msg=name)


def dense_cost(
    X: np.ndarray,
    Y: np.ndarray,
    names: Sequence[str],
    keep: Sequence[float] | None = None,
    seed: int = 0,
):  # type: ignore[no-untyped-def]
    def cost(theta: Parameters) -> float:
        _, cache = dense.forward(X, theta, names, keep_prob=keep, rng=np.random.default_rng(seed))
        return losses.cost(losses.binary_forward(cache.Z, Y)[0])

    return cost


@given(n=small, hidden=small, m=small, name=st.sampled_from(list(ACTIVATIONS)), seed=seeds)
@few
def test_one_hidden_layer_equals_autograd(
    n: int, hidden: int, m: int, name: str, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    X, Y = data(rng, n, m)
    parameters = drawn([n, hidden, 1], rng)
    a, wanted, _ = autograd(X, Y, parameters, [name, "sigmoid"])
    A2, cache = shallow.forward(X, parameters, name)
    np.testing.assert_allclose(A2, a.detach().numpy(), rtol=1e-9)
    gradients = shallow.backward(Y, cache)
    same(gradients, wanted)
    if name not in ("relu", "leaky_relu"):  # a step of eps may lead over their bend
        report = check.check(dense_cost(X, Y, [name, "sigmoid"]), parameters, gradients)
        assert report.difference < 1e-6, str(report)


@given(
    sizes=st.lists(small, min_size=1, max_size=4),
    outputs=small,
    m=small,
    seed=seeds,
    draw=st.data(),
)
@few
def test_layers_equal_autograd(
    sizes: list[int], outputs: int, m: int, seed: int, draw: st.DataObject
) -> None:
    rng = np.random.default_rng(seed)
    names = [draw.draw(st.sampled_from(list(ACTIVATIONS))) for _ in sizes[1:]] + ["sigmoid"]
    X, Y = data(rng, sizes[0], m, outputs)
    parameters = drawn([*sizes, outputs], rng)
    a, wanted, wanted_dX = autograd(X, Y, parameters, names)
    A, cache = dense.forward(X, parameters, names)
    np.testing.assert_allclose(A, a.detach().numpy(), rtol=1e-9)
    gradients, dX = dense.backward(A - Y, cache)
    same(gradients, wanted)
    np.testing.assert_allclose(dX, wanted_dX, rtol=1e-9, atol=1e-13)


LOSSES = {
    "sigmoid": lambda z, y: torch.nn.functional.binary_cross_entropy_with_logits(
        z, y, reduction="sum"
    ),
    "softmax": lambda z, y: torch.nn.functional.cross_entropy(z.T, y.T, reduction="sum"),
    "linear": lambda z, y: ((z - y) ** 2).sum() / 2,
}


@pytest.mark.parametrize("last", LOSSES)
@given(n=small, hidden=small, outputs=small, m=small, seed=seeds)
@few
def test_each_last_layer_and_its_loss_equal_autograd_and_the_numerical_gradient(
    last: str, n: int, hidden: int, outputs: int, m: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    X, Y = data(rng, n, m, outputs)
    if last == "softmax":
        Y = softmax.one_hot(rng.integers(0, outputs, m), outputs)
    parameters, names = drawn([n, hidden, outputs], rng), ["tanh", last]
    theta = {name: torch.tensor(value, requires_grad=True) for name, value in parameters.items()}
    z = theta["W[2]"] @ torch.tanh(theta["W[1]"] @ torch.tensor(X) + theta["b[1]"]) + theta["b[2]"]
    wanted = LOSSES[last](z, torch.tensor(Y)) / m
    grads = dict(zip(theta, torch.autograd.grad(wanted, list(theta.values())), strict=True))

    A, cache = dense.forward(X, parameters, names)
    J, dZ = dense.cost(cache.Z, Y, last)
    np.testing.assert_allclose(dZ, A - Y, rtol=1e-9, atol=1e-15)
    assert pytest.approx(float(wanted.detach()), rel=1e-9, abs=1e-12) == J
    gradients, _ = dense.backward(dZ, cache)
    same(gradients, {name: value.numpy() for name, value in grads.items()})
    report = check.check(
        lambda t: dense.cost(dense.forward(X, t, names)[1].Z, Y, last)[0], parameters, gradients
    )
    assert report.difference < 1e-6, str(report)


@given(sizes=st.lists(small, min_size=2, max_size=3), m=small, name=smooth, seed=seeds)
@few
def test_layers_with_dropout_equal_the_numerical_gradient(
    sizes: list[int], m: int, name: str, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    names, keep = [name] * (len(sizes) - 1) + ["sigmoid"], [0.6] * (len(sizes) - 1)
    X, Y = data(rng, sizes[0], m)
    parameters = drawn([*sizes, 1], rng)
    A, cache = dense.forward(X, parameters, names, keep_prob=keep, rng=np.random.default_rng(seed))
    gradients, _ = dense.backward(A - Y, cache)
    wanted = check.numerical(dense_cost(X, Y, names, keep, seed), parameters)
    for key in wanted:
        np.testing.assert_allclose(gradients[key], wanted[key], rtol=1e-6, atol=1e-9, err_msg=key)


def test_a_shallow_network_is_a_dense_one() -> None:
    rng = np.random.default_rng(1)
    X, Y = data(rng, 3, 5)
    parameters = drawn([3, 4, 1], rng)
    A, cache = dense.forward(X, parameters, ["tanh", "sigmoid"])
    same(dense.backward(A - Y, cache)[0], shallow.backward(Y, shallow.forward(X, parameters)[1]))
    once, J = shallow.train(X, Y, parameters, rate=0.3, steps=25)
    again, K = dense.train(X, Y, parameters, ["tanh", "sigmoid"], rate=0.3, steps=25)
    same(once, again)
    np.testing.assert_allclose(J, K, rtol=1e-12)
    assert J[-1] < J[0]


@given(sizes=st.lists(small, min_size=2, max_size=5), m=small, seed=seeds)
@few
def test_layers_without_activation_are_one_linear_map(sizes: list[int], m: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    parameters, X = drawn(sizes, rng), rng.normal(size=(sizes[0], m))
    W, b = dense.collapse(parameters)
    assert W.shape == (sizes[-1], sizes[0])
    deep, _ = dense.forward(X, parameters, ["linear"] * (len(sizes) - 1))
    np.testing.assert_allclose(W @ X + b, deep, rtol=1e-9, atol=1e-12)


def test_zeros_keep_hidden_units_identical_and_small_values_do_not() -> None:
    rng = np.random.default_rng(0)
    X, Y = data(rng, 2, 40)
    equal, _ = shallow.train(
        X, Y, initialize.draw([2, 4, 1], "zeros", rng), rate=1.0, steps=200, activation="sigmoid"
    )
    assert np.ptp(equal["W[1]"], axis=0).max() == 0.0 and np.abs(equal["W[1]"]).max() > 0
    broken, _ = shallow.train(
        X, Y, initialize.draw([2, 4, 1], "small", rng), rate=1.0, steps=200, activation="sigmoid"
    )
    assert np.ptp(broken["W[1]"], axis=0).min() > 1e-3


@pytest.mark.parametrize(
    ("scheme", "std"),
    [
        ("zeros", 0),
        ("small", 0.01),
        ("plain", 1),
        ("he", (2 / 400) ** 0.5),
        ("xavier", 0.05),
        ("glorot", (2 / 1000) ** 0.5),
    ],
)
def test_initial_weights_have_the_scale_of_their_formula(scheme: str, std: float) -> None:
    parameters = initialize.draw([400, 600, 3], scheme, np.random.default_rng(0))
    assert parameters["W[1]"].std() == pytest.approx(std, rel=0.02)
    assert parameters["W[2]"].shape == (3, 600) and parameters["b[2]"].shape == (3, 1)
    assert not parameters["b[1]"].any()


def test_an_unknown_initialization_or_size_is_refused() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="no initialization is called 'best'"):
        initialize.draw([2, 1], "best", rng)
    with pytest.raises(ValueError, match=r"sizes is \[2, 0\]"):
        initialize.draw([2, 0], "he", rng)
    with pytest.raises(ValueError, match=r"sizes is \[2\]"):
        initialize.draw([2], "he", rng)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        (
            "W[2]",
            np.ones((3, 3)),
            (
                r"W\[2\] has the shape \(3, 3\), but Z\[2\] = W\[2\] A\[1\] \+ b\[2\] with n\[1\] ="
                r" 4 expects \(any, 4\)"
            ),
        ),
        ("b[1]", np.ones(4), r"b\[1\] has the shape \(4,\), but Z\[1\] .* expects \(4, 1\)"),
        ("W[1]", np.ones((4, 7)), r"W\[1\] has the shape \(4, 7\)"),
        (
            "W[3]",
            np.ones((1, 1)),
            r"W\[3\] belongs to no layer: expected W\[l\] and b\[l\] for l = 1 to 2",
        ),
    ],
)
def test_a_shape_that_does_not_fit_names_its_layer(
    name: str, value: np.ndarray, message: str
) -> None:
    parameters = initialize.draw([2, 4, 1], "he", np.random.default_rng(0))
    with pytest.raises(ValueError, match=message):
        dense.forward(np.ones((2, 5)), {**parameters, name: value}, ["tanh", "sigmoid"])


def test_networks_refuse_what_cannot_be_computed() -> None:
    rng = np.random.default_rng(0)
    X, Y = data(rng, 2, 5)
    parameters = initialize.draw([2, 4, 1], "he", rng)
    names = ["tanh", "sigmoid"]
    with pytest.raises(
        ValueError, match=r"W\[3\] is missing: expected W\[l\] and b\[l\] for l = 1 to 3"
    ):
        dense.forward(X, parameters, ["tanh", "tanh", "sigmoid"])
    with pytest.raises(ValueError, match="at least one layer"):
        dense.forward(X, parameters, [])
    with pytest.raises(ValueError, match=r"dZ\[2\] has the shape \(1, 4\)"):
        dense.backward(Y[:, :4], dense.forward(X, parameters, names)[1])
    with pytest.raises(ValueError, match=r"keep_prob is \[0\.5, 0\.5\]: expected 1"):
        dense.forward(X, parameters, names, keep_prob=[0.5, 0.5], rng=rng)
    with pytest.raises(ValueError, match="rng is not"):
        dense.forward(X, parameters, names, keep_prob=[0.5])
    with pytest.raises(ValueError, match="keep_prob holds 0"):
        dense.forward(X, parameters, names, keep_prob=[0.0], rng=rng)
    with pytest.raises(ValueError, match="'tanh': expected sigmoid, softmax or linear"):
        dense.train(X, Y, parameters, ["tanh", "tanh"], rate=1.0, steps=1)
    with pytest.raises(
        ValueError, match="softmax is named for layer 1 of 2: it expects to be the last"
    ):
        dense.forward(X, parameters, ["softmax", "sigmoid"])
    with pytest.raises(ValueError, match="adds up to 0: expected one 1"):
        dense.train(X, 0 * Y, parameters, ["tanh", "softmax"], rate=1.0, steps=1)
    with pytest.raises(ValueError, match="no penalty is called 'L3': known are L2, L1"):
        dense.train(X, Y, parameters, names, rate=1.0, steps=1, penalty="L3")
    with pytest.raises(ValueError, match="m is 0"):
        dense.backward(Y[:, :0], dense.forward(X[:, :0], parameters, names)[1])
    with pytest.raises(ValueError, match="m is 0"):
        shallow.backward(Y[:, :0], shallow.forward(X[:, :0], parameters)[1])
    with pytest.raises(ValueError, match=r"W\[1\] is missing"):
        dense.collapse({})
    with pytest.raises(
        ValueError,
        match=r"W\[2\] has the shape \(4, 1\), but .* with n\[1\] = 4 expects \(any, 4\)",
    ):
        dense.collapse({**parameters, "W[2]": parameters["W[2]"].T})
    with pytest.raises(ValueError, match=r"X has the shape \(2,\)"):
        dense.train(X[:, 0], Y, parameters, names, rate=1.0, steps=0)
    with pytest.raises(
        ValueError, match=r"b\[2\] is missing: one hidden layer has W\[1\], b\[1\], W\[2\], b\[2\]"
    ):
        shallow.forward(X, {name: value for name, value in parameters.items() if name != "b[2]"})
    with pytest.raises(ValueError, match=r"W\[1\] has the shape \(\)"):
        shallow.forward(X, {**parameters, "W[1]": np.array(1.0)})
    with pytest.raises(ValueError, match="rate holds -1"):
        dense.train(X, Y, parameters, names, rate=-1.0, steps=1)
    with pytest.raises(ValueError, match=r"W\[2\] has the shape \(2, 4\), but .* expects \(1, 4\)"):
        shallow.forward(X, {**parameters, "W[2]": np.ones((2, 4))})
    with pytest.raises(ValueError, match=r"Y holds 3: expected labels 0 and 1"):
        shallow.backward(3 * np.ones((1, 5)), shallow.forward(X, parameters)[1])


@given(m=small, lam=st.floats(0.01, 3), seed=seeds)
@few
def test_penalties_equal_autograd_and_leave_biases_alone(m: int, lam: float, seed: int) -> None:
    parameters = drawn([2, 3, 1], np.random.default_rng(seed))
    theta = {
        name: torch.tensor(value, requires_grad=True)
        for name, value in parameters.items()
        if name[0] == "W"
    }
    for power, cost, gradients in (
        (2, regularize.l2_cost, regularize.l2_gradients),
        (1, regularize.l1_cost, regularize.l1_gradients),
    ):
        added = lam / (2 * m) * sum((value.abs() ** power).sum() for value in theta.values())
        assert isinstance(added, torch.Tensor)
        wanted = dict(zip(theta, torch.autograd.grad(added, list(theta.values())), strict=True))
        assert cost(parameters, lam, m) == pytest.approx(float(added.detach()), rel=1e-9)
        same(gradients(parameters, lam, m), {name: value.numpy() for name, value in wanted.items()})
        weights = {name: value for name, value in parameters.items() if name[0] == "W"}
        # |w| has a bend at 0
        if power == 2 or all(np.abs(W).min() > 1e-4 for W in weights.values()):
            report = check.check(
                lambda t, cost=cost: cost(t, lam, m), weights, gradients(weights, lam, m)
            )
            assert report.difference < 1e-6, str(report)


@pytest.mark.parametrize("last", LOSSES)
@pytest.mark.parametrize("penalty", regularize.PENALTIES)
def test_training_follows_the_gradient_of_cost_and_penalty(last: str, penalty: str) -> None:
    rng = np.random.default_rng(3)
    X, Y = rng.normal(size=(2, 6)), softmax.one_hot(rng.integers(0, 3, 6), 3)
    parameters, names = drawn([2, 3, 3], rng), ["tanh", last]

    def cost(theta: Parameters) -> float:
        data_cost, _ = dense.cost(dense.forward(X, theta, names)[1].Z, Y, last)
        return data_cost + regularize.penalty(penalty).cost(theta, 0.7, 6)

    wanted = check.numerical(cost, parameters)
    after, J = dense.train(X, Y, parameters, names, rate=0.1, steps=1, lam=0.7, penalty=penalty)
    assert [pytest.approx(cost(parameters), rel=1e-12)] == J
    for name, value in parameters.items():
        np.testing.assert_allclose((value - after[name]) / 0.1, wanted[name], rtol=1e-6, atol=1e-9)


def test_l1_brings_needless_weights_to_zero_and_l2_only_makes_them_small() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(10, 200))
    Y = (X[:1] > 0).astype(float)  # nine of ten features say nothing
    start = initialize.draw([10, 1], "xavier", rng)
    by_l1, _ = dense.train(X, Y, start, ["sigmoid"], rate=0.1, steps=1000, lam=20.0, penalty="L1")
    by_l2, _ = dense.train(X, Y, start, ["sigmoid"], rate=0.1, steps=1000, lam=20.0)
    step = 0.1 * 20 / (2 * 200)  # how far the pull of L1 jumps to and fro over 0
    assert np.abs(by_l1["W[1]"][0, 1:]).max() <= 2 * step < np.abs(by_l2["W[1]"][0, 1:]).max()
    assert by_l1["W[1]"][0, 0] > 0.5


def test_softmax_on_top_learns_three_classes() -> None:
    rng = np.random.default_rng(0)
    labels = np.arange(90) % 3
    X = np.array([[0.0, 2, -2], [2.0, -1, -1]])[:, labels] + 0.4 * rng.normal(size=(2, 90))
    names, start = ["tanh", "softmax"], initialize.draw([2, 6, 3], "xavier", rng)
    learned, J = dense.train(X, softmax.one_hot(labels, 3), start, names, rate=0.5, steps=200)
    A, _ = dense.forward(X, learned, names)
    np.testing.assert_allclose(A.sum(axis=0), 1, rtol=1e-12)
    assert J[0] > 0.5 and J[-1] < 0.02 and (A.argmax(axis=0) == labels).all()


def test_dropout_keeps_its_fraction_its_mean_and_the_same_mask_backward() -> None:
    A = np.full((200, 200), 3.0)
    dropped, mask = regularize.dropout_forward(A, 0.8, np.random.default_rng(0))
    assert set(np.unique(dropped)) == {0.0, 3.0 / 0.8}
    assert mask.D.mean() == pytest.approx(0.8, abs=0.01) and dropped.mean() == pytest.approx(
        3.0, abs=0.03
    )
    np.testing.assert_array_equal(regularize.dropout_backward(np.ones_like(A), mask), mask.D / 0.8)
    whole, _ = regularize.dropout_forward(A, 1.0, np.random.default_rng(0))
    np.testing.assert_array_equal(whole, A)


@pytest.mark.parametrize("keep_prob", [0.0, -0.1, 1.1, float("nan")])
def test_a_probability_to_stay_of_zero_or_more_than_one_is_refused(keep_prob: float) -> None:
    with pytest.raises(ValueError, match=r"keep_prob holds .*: expected numbers in \(0, 1\]"):
        regularize.dropout_forward(np.ones((1, 1)), keep_prob, np.random.default_rng(0))


def test_penalties_and_masks_refuse_bad_settings() -> None:
    with pytest.raises(ValueError, match="lambda holds -1"):
        regularize.l2_cost({}, -1.0, 1)
    with pytest.raises(ValueError, match="m is 0"):
        regularize.l1_gradients({}, 1.0, 0)
    with pytest.raises(ValueError, match=r"dA has the shape \(1, 2\)"):
        regularize.dropout_backward(np.ones((1, 2)), regularize.Mask(np.ones((2, 2)), 0.5))


def test_training_with_dropout_steps_by_what_is_left_and_watches_the_whole_network() -> None:
    rng = np.random.default_rng(0)
    X, Y = data(rng, 2, 8)
    parameters, names = drawn([2, 5, 1], rng), ["tanh", "sigmoid"]
    after, J = dense.train(X, Y, parameters, names, rate=0.1, steps=3, keep_prob=[0.5], rng=rng)
    assert J[0] == pytest.approx(dense_cost(X, Y, names)(parameters), rel=1e-12)
    once, _ = dense.train(
        X, Y, parameters, names, rate=0.1, steps=1, keep_prob=[0.5], rng=np.random.default_rng(9)
    )
    # of the network with units missing
    wanted = check.numerical(dense_cost(X, Y, names, [0.5], seed=9), parameters)
    for name, value in parameters.items():
        np.testing.assert_allclose((value - once[name]) / 0.1, wanted[name], rtol=1e-6, atol=1e-9)
    other, _ = dense.train(X, Y, parameters, names, rate=0.1, steps=3)
    assert not np.allclose(after["W[1]"], other["W[1]"])


@given(n=small, m=st.integers(2, 9), seed=seeds)
@few
def test_normalized_inputs_have_mean_0_and_deviation_1_and_come_back(
    n: int, m: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    X, later = rng.normal(50, 7, (n, m)), rng.normal(size=(n, 3))
    scale = normalize.measure(X)
    X_norm, cache = normalize.forward(X, scale)
    np.testing.assert_allclose(X_norm.mean(axis=1), 0, atol=1e-9)
    np.testing.assert_allclose(X_norm.std(axis=1), 1, rtol=1e-9)
    np.testing.assert_allclose(normalize.undo(X_norm, scale), X, rtol=1e-9)
    np.testing.assert_allclose(normalize.forward(later, scale)[0], (later - scale.mu) / scale.sigma)
    d = rng.normal(size=(n, m))
    wanted = check.numerical(
        lambda t: float((normalize.forward(t["X"], scale)[0] * d).sum()), {"X": X}
    )["X"]
    np.testing.assert_allclose(normalize.backward(d, cache), wanted, rtol=1e-6, atol=1e-8)
    x = torch.tensor(X, requires_grad=True)
    ((x - torch.tensor(scale.mu)) / torch.tensor(scale.sigma)).backward(torch.tensor(d))
    assert x.grad is not None
    np.testing.assert_allclose(normalize.backward(d, cache), x.grad.numpy(), rtol=1e-9)


def test_a_feature_that_never_varies_becomes_0_and_stays_finite() -> None:
    X = np.array([[0.1] * 7, [1.0, 2, 3, 4, 5, 6, 7]])
    scale = normalize.measure(X)
    np.testing.assert_allclose(normalize.forward(X, scale)[0][0], 0, atol=1e-12)
    assert normalize.forward(np.array([[5.0], [1.0]]), scale)[0][0, 0] == pytest.approx(4.9)
    with pytest.raises(ValueError, match=r"X has the shape \(3, 1\)"):
        normalize.forward(np.ones((3, 1)), scale)
    with pytest.raises(ValueError, match="m is 0"):
        normalize.measure(np.ones((2, 0)))


@pytest.mark.parametrize(("name", "at"), [("W[1]", (2, 1)), ("b[2]", (0, 0)), ("W[3]", (0, 3))])
def test_the_check_names_the_parameter_with_the_planted_bug(name: str, at: tuple[int, int]) -> None:
    rng = np.random.default_rng(5)
    X, Y = data(rng, 3, 6)
    parameters, names = drawn([3, 4, 4, 1], rng), ["tanh", "tanh", "sigmoid"]
    A, cache = dense.forward(X, parameters, names)
    gradients, _ = dense.backward(A - Y, cache)
    right = check.check(dense_cost(X, Y, names), parameters, gradients)
    assert right.verdict == "good" and right.difference < 1e-7
    planted = {key: value.copy() for key, value in gradients.items()}
    planted[name][at] *= -1  # a wrong sign
    report = check.check(dense_cost(X, Y, names), parameters, planted)
    assert report.verdict == "bad" and report.worst == name and report.worst_at == at
    assert name in str(report) and "bad" in str(report)


def test_a_derivative_of_zero_is_not_called_wrong_and_nan_is() -> None:
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(3, 8)), softmax.one_hot(rng.integers(0, 4, 8), 4)
    # batch norm takes b out again
    parameters = {"W": rng.normal(size=(4, 3)), "b": rng.normal(size=(4, 1))}
    one, zero = np.ones((4, 1)), np.zeros((4, 1))

    def passed(t: Parameters) -> tuple[softmax.Loss, batchnorm.Cache]:
        Z, cache = batchnorm.forward(t["W"] @ X + t["b"], one, zero)
        return softmax.cross_entropy(Z, Y), cache

    loss, cache = passed(parameters)
    dZ = batchnorm.backward(loss.dZ / 8, cache).dZ
    gradients = {"W": dZ @ X.T, "b": dZ.sum(axis=1, keepdims=True)}
    assert np.abs(gradients["b"]).max() < 1e-15
    assert check.check(lambda t: passed(t)[0].J, parameters, gradients).verdict == "good"
    report = check.check(
        lambda t: passed(t)[0].J, parameters, {**gradients, "b": gradients["b"] + 1e-3}
    )
    assert report.verdict == "bad" and report.worst == "b"
    gradients["b"][2, 0] = np.nan
    report = check.check(lambda t: passed(t)[0].J, parameters, gradients)
    assert (report.verdict, report.worst, report.worst_at) == ("bad", "b", (2, 0))


def test_the_measure_of_the_check_is_the_formula() -> None:
    assert check.relative_difference(np.array([3.0]), np.array([1.0])) == pytest.approx(0.5)
    assert check.relative_difference(np.array([1.0, 0]), np.array([-1.0, 0])) == 1.0
    assert check.relative_difference(np.zeros(2), np.zeros(2)) == 0.0
    found = check.numerical(lambda t: float(t["x"][0] ** 3), {"x": np.array([2.0])}, eps=1e-2)
    # x^3: the error of two sides is exactly eps^2
    assert found["x"][0] == pytest.approx(12 + 1e-4, rel=1e-10)
    doubtful = check.check(
        lambda t: float(t["x"] ** 2), {"x": np.array(1.0)}, {"x": np.array(2.0 + 1e-5)}
    )
    assert doubtful.verdict == "doubtful"


def test_the_check_refuses_what_it_cannot_compare() -> None:
    one = {"W[1]": np.ones((1, 1))}
    with pytest.raises(ValueError, match=r"no gradient for W\[1\]: gradients are V"):
        check.check(lambda t: 0.0, one, {"V": np.ones(1)})
    with pytest.raises(ValueError, match=r"dW\[1\] has the shape \(1,\)"):
        check.check(lambda t: 0.0, one, {"W[1]": np.ones(1)})
    with pytest.raises(ValueError, match="eps holds 0"):
        check.numerical(lambda t: 0.0, one, eps=0.0)
    with pytest.raises(ValueError, match=r"b has the shape \(1, 2\), but .* expects \(3, 2\)"):
        check.relative_difference(np.ones((3, 2)), np.ones((1, 2)))
    with pytest.raises(ValueError, match="no parameter"):
        check.check(lambda t: 0.0, {}, {})


@pytest.mark.parametrize(
    ("scheme", "low", "high"), [("small", 0, 1e-6), ("xavier", 1e-3, 1e-1), ("plain", 1e2, np.inf)]
)
def test_gradients_vanish_stay_or_explode_with_depth(scheme: str, low: float, high: float) -> None:
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(64, 50)), rng.integers(0, 2, (1, 50)).astype(float)
    names = ["linear"] * 9 + ["sigmoid"]
    A, cache = dense.forward(X, initialize.draw([64] * 10 + [1], scheme, rng), names)
    sizes = check.sizes_by_depth(dense.backward(A - Y, cache)[0])
    assert sizes.shape == (10,)
    assert low <= sizes[0] <= high
    with pytest.raises(ValueError, match=r"no gradient for W\[1\]: gradients are none"):
        check.sizes_by_depth({})
