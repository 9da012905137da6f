"""Features, activations, losses and logistic regression against PyTorch, loops and differences."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from netwright.principles import activations, check, features, logistic, losses

few = settings(max_examples=20, deadline=None)
seeds = st.integers(0, 2**32 - 1)
sizes = st.integers(1, 7)
TORCH = {
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "leaky_relu": lambda z: torch.nn.functional.leaky_relu(z, 0.01),
    "linear": lambda z: z * 1.0,
}


def close(found: object, expected: torch.Tensor) -> None:
    np.testing.assert_allclose(np.asarray(found), expected.detach().numpy(), rtol=1e-9, atol=1e-13)


def test_an_image_becomes_red_then_green_then_blue() -> None:
    image = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)
    x = features.image_to_column(image)
    assert x.shape == (12, 1)
    np.testing.assert_allclose(x[:, 0] * 255, [0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11])
    assert features.image_to_column(np.zeros((64, 64, 3), np.uint8)).shape == (12288, 1)


@given(h=sizes, w=sizes, c=st.sampled_from([0, 1, 3]), seed=seeds)
@few
def test_a_column_turns_back_into_its_image(h: int, w: int, c: int, seed: int) -> None:
    shape = (h, w, c) if c else (h, w)
    image = np.random.default_rng(seed).integers(0, 256, shape)
    x = features.image_to_column(image)
    assert x.min() >= 0 and x.max() <= 1
    np.testing.assert_array_equal(features.column_to_image(x, shape), image)
    np.testing.assert_array_equal(features.images_to_matrix([image, image])[:, 1:], x)


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.zeros(5, int), r"image has the shape \(5,\)"),
        (np.zeros((2, 2)), "float64"),
        (np.full((2, 2), 256), "256"),
        (np.full((2, 2), -1), "-1"),
    ],
)
def test_what_is_no_image_is_refused(image: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        features.image_to_column(image)


def test_a_matrix_of_features_needs_images_of_one_size_and_labels_0_and_1() -> None:
    with pytest.raises(ValueError, match="image 1 has the shape"):
        features.images_to_matrix([np.zeros((2, 2), int), np.zeros((2, 3), int)])
    with pytest.raises(ValueError, match="at least one image"):
        features.images_to_matrix([])
    with pytest.raises(ValueError, match="labels holds 2"):
        features.labels_to_row([0, 1, 2])
    with pytest.raises(ValueError, match=r"shape is \(4,\): expected \(H, W, C\) or \(H, W\)"):
        features.column_to_image(np.zeros((4, 1)), (4,))
    with pytest.raises(ValueError, match="x has the shape"):
        features.column_to_image(np.zeros((5, 1)), (2, 2))
    assert features.labels_to_row([0, 1]).shape == (1, 2)


@pytest.mark.parametrize("name", activations.ACTIVATIONS)
@given(n=sizes, m=sizes, seed=seeds)
@few
def test_activations_and_slopes_equal_autograd(name: str, n: int, m: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    Z = rng.normal(0, 3, (n, m))
    Z.flat[0] = 0.0
    dA = rng.normal(size=(n, m))
    z = torch.tensor(Z, requires_grad=True)
    a = TORCH[name](z)
    a.backward(torch.tensor(dA))
    A, cache = activations.forward(Z, name)
    close(A, a)
    assert z.grad is not None
    close(activations.backward(dA, cache), z.grad)


@pytest.mark.parametrize("name", activations.ACTIVATIONS)
@given(n=sizes, m=sizes, seed=seeds)
@few
def test_activations_and_losses_equal_the_numerical_gradient(
    name: str, n: int, m: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    # away from the bend at 0
    Z, d = rng.uniform(0.1, 3, (n, m)) * rng.choice([-1, 1], (n, m)), rng.normal(size=(n, m))
    Y = rng.integers(0, 2, (n, m)).astype(float)
    passes = {
        "activation": (lambda z: activations.forward(z, name), activations.backward),
        "binary": (lambda z: losses.binary_forward(z, Y), losses.binary_backward),
        "squared": (lambda z: losses.squared_forward(z, Y), losses.squared_backward),
    }
    for which, (forward, backward) in passes.items():
        wanted = check.numerical(
            lambda t, forward=forward: float((forward(t["Z"])[0] * d).sum()), {"Z": Z}
        )["Z"]
        np.testing.assert_allclose(
            backward(d, forward(Z)[1]), wanted, rtol=1e-6, atol=1e-8, err_msg=which
        )


def test_sigmoid_is_exact_at_a_thousand() -> None:
    np.testing.assert_array_equal(
        activations.sigmoid(np.array([-1000.0, 0.0, 1000.0])), [0.0, 0.5, 1.0]
    )
    with pytest.raises(ValueError, match="no activation is called 'swish'"):
        activations.forward(np.zeros(1), "swish")


@given(n=sizes, m=sizes, scale=st.sampled_from([1.0, 1000.0]), seed=seeds)
@few
def test_losses_from_logits_equal_autograd(n: int, m: int, scale: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    Z, Y, dL = (
        rng.normal(0, scale, (n, m)),
        rng.integers(0, 2, (n, m)).astype(float),
        rng.normal(size=(n, m)),
    )
    z = torch.tensor(Z, requires_grad=True)
    wanted = torch.nn.functional.binary_cross_entropy_with_logits(
        z, torch.tensor(Y), reduction="none"
    )
    wanted.backward(torch.tensor(dL))
    L, cache = losses.binary_forward(Z, Y)
    close(L, wanted)
    assert z.grad is not None
    close(losses.binary_backward(dL, cache), z.grad)
    assert losses.cost(L) == pytest.approx(float(wanted.detach().sum()) / m, rel=1e-12)


@given(m=sizes, seed=seeds)
@few
def test_squared_error_and_its_curvature_equal_autograd(m: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    Z, Y = rng.normal(0, 2, (1, m)), rng.integers(0, 2, (1, m)).astype(float)
    z, y = torch.tensor(Z, requires_grad=True), torch.tensor(Y)
    a = torch.sigmoid(z)
    a.retain_grad()
    loss = (a - y) ** 2 / 2
    (slope,) = torch.autograd.grad(loss.sum(), z, create_graph=True)
    (curvature,) = torch.autograd.grad(slope.sum(), z)
    A, through = activations.forward(Z, "sigmoid")
    L, cache = losses.squared_forward(A, Y)
    close(L, loss)
    close(activations.backward(losses.squared_backward(1.0, cache), through), slope)
    close(losses.squared_curvature(Z, Y), curvature)


def test_squared_error_is_not_convex_and_cross_entropy_is() -> None:
    Z = np.linspace(-6, 6, 101)[None, :]
    assert losses.squared_curvature(Z, np.ones_like(Z)).min() < -0.01
    L, _ = losses.binary_forward(Z, np.ones_like(Z))
    assert np.diff(L[0], 2).min() > 0


def test_loss_of_probabilities_agrees_and_a_sure_mistake_is_infinite() -> None:
    Z, Y = np.array([[-2.0, 0.5, 3.0]]), np.array([[0.0, 1.0, 0.0]])
    L, cache = losses.binary_forward(Z, Y)
    np.testing.assert_allclose(losses.binary_of_probabilities(cache.A, Y), L, rtol=1e-12)
    np.testing.assert_array_equal(
        losses.binary_of_probabilities(np.array([[0.0, 1.0]]), np.ones((1, 2))), [[np.inf, 0]]
    )


def test_bad_probabilities_labels_and_shapes_are_refused() -> None:
    one = np.ones((1, 1))
    with pytest.raises(ValueError, match=r"A holds 1\.1: expected numbers in \[0, 1\]"):
        losses.binary_of_probabilities(1.1 * one, one)
    with pytest.raises(ValueError, match="A holds nan"):
        losses.binary_of_probabilities(np.nan * one, one)
    with pytest.raises(ValueError, match="Y holds 2: expected labels 0 and 1"):
        losses.binary_forward(one, 2 * one)
    with pytest.raises(
        ValueError, match=r"Y has the shape \(1, 1\), but L\(A, Y\) expects \(1, 2\)"
    ):
        losses.squared_forward(np.ones((1, 2)), one)
    _, kept = losses.binary_forward(np.ones((3, 2)), np.ones((3, 2)))
    with pytest.raises(
        ValueError, match=r"dL has the shape \(1, 2\), but dZ = dL \* \(A - Y\) expects \(3, 2\)"
    ):
        losses.binary_backward(np.ones((1, 2)), kept)
    with pytest.raises(
        ValueError, match=r"dA has the shape \(1, 2\), but dZ = dA \* g'\(Z\) expects \(3, 2\)"
    ):
        activations.backward(np.ones((1, 2)), activations.forward(np.ones((3, 2)), "tanh")[1])
    with pytest.raises(ValueError, match="holds none"):
        losses.cost(np.ones((1, 0)))


@given(n=sizes, m=sizes, seed=seeds)
@few
def test_loop_vector_and_autograd_are_one(n: int, m: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    X, Y = rng.normal(size=(n, m)), rng.integers(0, 2, (1, m)).astype(float)
    w, b = rng.normal(size=(n, 1)), float(rng.normal())
    tw, tb = (
        torch.tensor(w, requires_grad=True),
        torch.tensor(b, dtype=torch.float64, requires_grad=True),
    )
    z = tw.T @ torch.tensor(X) + tb
    J = torch.nn.functional.binary_cross_entropy_with_logits(z, torch.tensor(Y))
    J.backward()
    A, cache = logistic.forward(X, w, b)
    close(A, torch.sigmoid(z))
    assert tw.grad is not None and tb.grad is not None
    for found in (logistic.backward(Y, cache), logistic.loop(X, Y, w, b)):
        close(found.J, J)
        close(found.dw, tw.grad)
        close(found.db, tb.grad)

    slow, fast = logistic.loop(X, Y, w, b), logistic.backward(Y, cache)
    np.testing.assert_allclose(slow.dw, fast.dw, rtol=1e-10, atol=1e-14)

    def cost(theta: dict[str, np.ndarray]) -> float:
        return logistic.backward(Y, logistic.forward(X, theta["w"], float(theta["b"]))[1]).J

    parts = logistic.backward(Y, cache)
    report = check.check(cost, {"w": w, "b": np.array(b)}, {"w": parts.dw, "b": np.array(parts.db)})
    assert report.difference < 1e-6, str(report)


def test_loop_and_vector_agree_at_logits_of_a_thousand() -> None:
    X, Y, w = np.array([[1000.0, -1000.0]]), np.array([[0.0, 1.0]]), np.ones((1, 1))
    vector = logistic.backward(Y, logistic.forward(X, w, 0.0)[1])
    loop = logistic.loop(X, Y, w, 0.0)
    assert vector.J == loop.J == 1000.0
    np.testing.assert_array_equal(vector.dw, loop.dw)


def test_descent_keeps_its_path_and_reaches_the_minimum_of_scikit_learn() -> None:
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(0)
    X = rng.normal(size=(2, 200))
    Y = (X[:1] - 0.5 * X[1:] + rng.normal(size=(1, 200)) > 0).astype(float)
    path = logistic.descend(X, Y, np.zeros((2, 1)), 0.0, rate=1.0, steps=400)
    assert path.w.shape == (401, 2) and path.b.shape == path.J.shape == (401,)
    assert path.J[0] == pytest.approx(np.log(2)) and (np.diff(path.J) <= 1e-15).all()
    wanted = LogisticRegression(C=np.inf, tol=1e-12, max_iter=1000).fit(X.T, Y[0])
    np.testing.assert_allclose(path.w[-1], wanted.coef_[0], rtol=1e-5)
    assert path.b[-1] == pytest.approx(wanted.intercept_[0], rel=1e-5, abs=1e-6)


def test_too_large_a_rate_climbs() -> None:
    X, Y = np.array([[1.0, -2.0, 3.0, -1.0]]) * 10, np.array([[1.0, 0.0, 0.0, 1.0]])
    path = logistic.descend(X, Y, np.zeros((1, 1)), 0.0, rate=5.0, steps=20)
    assert path.J.max() > 10 * path.J[0]


def test_logistic_names_the_letter_that_does_not_fit() -> None:
    X, Y, w = np.ones((3, 4)), np.ones((1, 4)), np.ones((3, 1))
    with pytest.raises(
        ValueError,
        match=r"w has the shape \(2, 1\), but Z = w\.T X \+ b with X \(3, 4\) expects \(3, 1\)",
    ):
        logistic.forward(X, w[:2], 0.0)
    with pytest.raises(ValueError, match=r"Y has the shape \(4,\)"):
        logistic.backward(Y[0], logistic.forward(X, w, 0.0)[1])
    with pytest.raises(ValueError, match=r"Y has the shape \(1, 3\)"):
        logistic.loop(X, Y[:, :3], w, 0.0)
    for gradients in (
        logistic.loop,
        lambda X, Y, w, b: logistic.backward(Y, logistic.forward(X, w, b)[1]),
    ):
        with pytest.raises(ValueError, match=r"m is 0|L holds none"):
            gradients(X[:, :0], Y[:, :0], w, 0.0)
    with pytest.raises(ValueError, match=r"Y holds 0\.5"):
        logistic.loop(X, Y / 2, w, 0.0)
    with pytest.raises(ValueError, match="rate holds 0"):
        logistic.descend(X, Y, w, 0.0, rate=0.0, steps=1)
    with pytest.raises(ValueError, match="steps is -1"):
        logistic.descend(X, Y, w, 0.0, rate=1.0, steps=-1)
