"""Softmax, batch norm, residual blocks and boxes, against PyTorch and by brute force."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from netwright.principles import batchnorm, boxes, residual, softmax

few = settings(max_examples=20, deadline=None)
seeds = st.integers(0, 2**32 - 1)
small = st.integers(1, 5)


def leaf(array: np.ndarray) -> torch.Tensor:
    return torch.tensor(array, requires_grad=True)


def close(found, wanted) -> None:
    wanted = wanted.detach().numpy() if isinstance(wanted, torch.Tensor) else wanted
    np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-12)


def slope(cost, x, direction, eps=1e-5):
    return (cost(x + eps * direction) - cost(x - eps * direction)) / (2 * eps)


@few
@given(small, small, seeds)
def test_softmax_and_its_loss_are_pytorchs(C, m, seed):
    rng = np.random.default_rng(seed)
    Z, dA, labels = 3 * rng.normal(size=(C, m)), rng.normal(size=(C, m)), rng.integers(0, C, m)
    A, cache = softmax.forward(Z)
    z = leaf(Z)
    a = torch.softmax(z, dim=0)
    a.backward(torch.tensor(dA))
    close(A, a)
    close(softmax.backward(dA, cache), z.grad)
    z = leaf(Z)
    loss = torch.nn.functional.cross_entropy(z.T, torch.tensor(labels), reduction="none")
    loss.sum().backward()
    found = softmax.cross_entropy(Z, softmax.one_hot(labels, C))
    close(found.L[0], loss)
    close(found.dZ, z.grad)
    assert pytest.approx(float(loss.mean().detach()), abs=1e-12) == found.J


@few
@given(small, small, seeds)
def test_softmaxs_gradients_are_the_numerical_ones(C, m, seed):
    rng = np.random.default_rng(seed)
    Z, dA, direction = (rng.normal(size=(C, m)) for _ in range(3))
    Y = softmax.one_hot(rng.integers(0, C, m), C)
    dZ = softmax.backward(dA, softmax.forward(Z)[1])
    assert (dZ * direction).sum() == pytest.approx(
        slope(lambda z: (dA * softmax.forward(z)[0]).sum(), Z, direction), abs=1e-6
    )
    dZ = softmax.cross_entropy(Z, Y).dZ
    assert (dZ * direction).sum() == pytest.approx(
        slope(lambda z: softmax.cross_entropy(z, Y).L.sum(), Z, direction), abs=1e-6
    )


def test_softmax_bears_large_numbers_and_hardmax_takes_one():
    Z = np.array([[1000.0, 5.0], [-1000.0, 2.0], [0.0, 5.0]])
    A, _ = softmax.forward(Z)
    assert np.isfinite(A).all() and A[0, 0] == 1
    assert softmax.cross_entropy(Z[:, :1], np.array([[0.0], [1], [0]])).J == 2000
    assert softmax.hardmax(Z).tolist() == [[1, 1], [0, 0], [0, 0]]
    # the notes' example: z = (5, 2, -1, 3)
    close(
        softmax.forward(np.array([[5.0], [2], [-1], [3]]))[0].round(3)[:, 0],
        [0.842, 0.042, 0.002, 0.114],
    )


@few
@given(small, st.integers(2, 6), seeds)
def test_batch_norm_is_pytorchs(n, m, seed):
    rng = np.random.default_rng(seed)
    Z, dZ_tilde = 2 + 3 * rng.normal(size=(n, m)), rng.normal(size=(n, m))
    gamma, beta = rng.normal(size=(n, 1)), rng.normal(size=(n, 1))
    found, cache = batchnorm.forward(Z, gamma, beta)
    gradients = batchnorm.backward(dZ_tilde, cache)
    z, g, b = leaf(Z), leaf(gamma[:, 0]), leaf(beta[:, 0])
    mu, sigma2 = torch.zeros(n, dtype=torch.float64), torch.ones(n, dtype=torch.float64)
    wanted = torch.nn.functional.batch_norm(z.T, mu, sigma2, g, b, training=True, momentum=0.1).T
    wanted.backward(torch.tensor(dZ_tilde))
    close(found, wanted)
    np.testing.assert_allclose(
        gradients.dZ, z.grad.numpy(), rtol=1e-9, atol=1e-9 * np.abs(gamma * cache.inverse).max()
    )
    close(gradients.dgamma[:, 0], g.grad)
    close(gradients.dbeta[:, 0], b.grad)
    running = batchnorm.update(batchnorm.start(n), cache, unbiased=True)
    close(running.mu[:, 0], mu)
    close(running.sigma2[:, 0], sigma2)
    in_use = torch.nn.functional.batch_norm(z.T, mu, sigma2, g, b, training=False).T
    close(batchnorm.predict(Z, gamma, beta, running), in_use)


@few
@given(small, st.integers(3, 6), seeds)
def test_batch_norms_gradients_are_the_numerical_ones(n, m, seed):
    rng = np.random.default_rng(seed)
    Z, weight, direction = (rng.normal(size=(n, m)) for _ in range(3))
    gamma, beta, along = rng.normal(size=(n, 1)), rng.normal(size=(n, 1)), rng.normal(size=(n, 1))
    found = batchnorm.backward(weight, batchnorm.forward(Z, gamma, beta, 0.1)[1])

    def cost(Z=Z, gamma=gamma, beta=beta):
        return (weight * batchnorm.forward(Z, gamma, beta, 0.1)[0]).sum()

    assert (found.dZ * direction).sum() == pytest.approx(
        slope(lambda z: cost(Z=z), Z, direction), abs=1e-6
    )
    assert (found.dgamma * along).sum() == pytest.approx(
        slope(lambda g: cost(gamma=g), gamma, along), abs=1e-6
    )
    assert (found.dbeta * along).sum() == pytest.approx(
        slope(lambda b: cost(beta=b), beta, along), abs=1e-6
    )


def test_running_averages_come_to_the_truth_and_one_answer_needs_no_company():
    rng, running = np.random.default_rng(0), batchnorm.start(2)
    one, zero = np.ones((2, 1)), np.zeros((2, 1))
    for _ in range(300):
        _, cache = batchnorm.forward(
            rng.normal([[5.0], [-1]], [[2.0], [0.5]], size=(2, 256)), one, zero
        )
        running = batchnorm.update(running, cache)
    np.testing.assert_allclose(running.mu, [[5], [-1]], atol=0.1)
    np.testing.assert_allclose(running.sigma2, [[4], [0.25]], rtol=0.1)
    Z = rng.normal(size=(2, 5))
    close(
        batchnorm.predict(Z, one, zero, running)[:, :1],
        batchnorm.predict(Z[:, :1], one, zero, running),
    )


def drawn(n, rng):
    return residual.Block(
        rng.normal(size=(n, n)),
        rng.normal(size=(n, 1)),
        rng.normal(size=(n, n)),
        rng.normal(size=(n, 1)),
    )


@few
@given(small, small, st.integers(1, 3), st.booleans(), seeds)
def test_residual_stacks_are_autograds(n, m, depth, shortcut, seed):
    rng = np.random.default_rng(seed)
    A, dA, stack = (
        rng.normal(size=(n, m)),
        rng.normal(size=(n, m)),
        [drawn(n, rng) for _ in range(depth)],
    )
    found, caches = residual.stack_forward(A, stack, shortcut=shortcut)
    dA_prev, gradients = residual.stack_backward(dA, caches)
    a = start = leaf(A)
    leaves = [[leaf(getattr(block, name)) for name in ("W1", "b1", "W2", "b2")] for block in stack]
    for W1, b1, W2, b2 in leaves:
        z = W2 @ torch.relu(W1 @ a + b1) + b2
        a = torch.relu(z + a if shortcut else z)
    a.backward(torch.tensor(dA))
    np.testing.assert_allclose(found, a.detach().numpy(), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(dA_prev, start.grad.numpy(), rtol=1e-9, atol=1e-10)
    for gradient, wanted in zip(gradients, leaves, strict=True):
        for name, letter in zip(("W1", "b1", "W2", "b2"), wanted, strict=True):
            np.testing.assert_allclose(
                getattr(gradient, name), letter.grad.numpy(), rtol=1e-9, atol=1e-10
            )


def test_residual_gradients_are_the_numerical_ones():
    rng = np.random.default_rng(3)
    A, weight, direction, block = (
        rng.normal(size=(4, 3)),
        rng.normal(size=(4, 3)),
        rng.normal(size=(4, 3)),
        drawn(4, rng),
    )
    dA, _ = residual.backward(weight, residual.forward(A, block)[1])
    numerical = slope(lambda a: (weight * residual.forward(a, block)[0]).sum(), A, direction, 1e-6)
    assert (dA * direction).sum() == pytest.approx(numerical, rel=1e-6)


def test_a_residual_block_of_zeros_is_the_identity_and_a_plain_one_forgets():
    zero = np.zeros((3, 3)), np.zeros((3, 1))
    block, A = residual.Block(*zero, *zero), np.random.default_rng(0).random((3, 5))
    assert (residual.forward(A, block)[0] == A).all()
    assert not residual.forward(A, block, shortcut=False)[0].any()
    dA, _ = residual.backward(np.ones((3, 5)), residual.forward(A, block)[1])
    assert (dA == 1).all()


def counted(a, b):
    """IoU of boxes with whole corners, by counting unit squares."""
    cells = [{(x, y) for x in range(x1, x2) for y in range(y1, y2)} for x1, y1, x2, y2 in (a, b)]
    return len(cells[0] & cells[1]) / max(1, len(cells[0] | cells[1]))


def scattered(n, rng, size=8):
    corner = rng.integers(0, size, (n, 2))
    return np.hstack([corner, corner + rng.integers(0, size, (n, 2))])


@few
@given(st.integers(0, 6), st.integers(0, 6), seeds)
def test_iou_is_counted_in_squares(n, k, seed):
    rng = np.random.default_rng(seed)
    A, B = scattered(n, rng), scattered(k, rng)
    wanted = np.array([[counted(a, b) for b in B.tolist()] for a in A.tolist()]).reshape(n, k)
    close(boxes.iou(A, B), wanted)
    close(np.array([[boxes.iou_loop(a, b) for b in B] for a in A]).reshape(n, k), wanted)


def test_iou_at_its_ends():
    a = np.array([[0.0, 0, 2, 2]])
    others = np.array([[0.0, 0, 2, 2], [2, 0, 4, 2], [1, 0, 3, 2], [9, 9, 9, 9]])
    close(boxes.iou(a, others), [[1, 0, 1 / 3, 0]])
    close(boxes.corners(np.array([[0.5, 0.4, 0.2, 0.6]])), [[0.2, 0.3, 0.8, 0.5]])


def allowed(kept, B, pc, classes):
    """Whether a set is what suppression leaves: each other box is unsure or has a better rival."""
    rank = {i: (-pc[i], i) for i in range(len(B))}

    def beaten(i):
        return any(
            classes[j] == classes[i]
            and rank[j] < rank[i]
            and counted(B[j].tolist(), B[i].tolist()) >= 0.5
            for j in kept
        )

    return all((i in kept) == (pc[i] >= 0.6 and not beaten(i)) for i in range(len(B)))


@few
@given(st.integers(0, 7), seeds)
def test_suppression_leaves_the_only_set_the_rule_allows(n, seed):
    rng = np.random.default_rng(seed)
    B, pc, classes = scattered(n, rng, 4), rng.integers(5, 11, n) / 10, rng.integers(0, 2, n)
    sets = [{i for i in range(n) if number >> i & 1} for number in range(2**n)]
    fitting = [kept for kept in sets if allowed(kept, B, pc, classes)]
    found = boxes.suppress(B, pc, classes)
    assert [set(found)] == fitting
    assert found == boxes.suppress_loop(B, pc, classes)
    assert found == sorted(found, key=lambda i: (-pc[i], i))


def test_an_overlap_of_exactly_the_bound_is_dropped():
    B, pc, classes = np.array([[0.0, 0, 2, 1], [0, 0, 1, 1]]), np.array([0.9, 0.6]), np.zeros(2)
    assert boxes.suppress(B, pc, classes) == boxes.suppress_loop(B, pc, classes) == [0]
    assert (
        boxes.suppress(B, pc, classes, overlap=0.51)
        == boxes.suppress_loop(B, pc, classes, overlap=0.51)
        == [0, 1]
    )


def test_the_notes_cars():
    B = np.array(
        [
            [0, 0, 10, 10],
            [1, 0, 11, 10],
            [0, 1, 10, 11],
            [30, 0, 40, 10],
            [1, 1, 10, 10],
            [31, 0, 41, 10.0],
        ]
    )
    pc = np.array([0.8, 0.9, 0.7, 0.7, 0.65, 0.5])
    assert boxes.suppress(B, pc, np.array([0, 0, 0, 0, 1, 0])) == [1, 3, 4]


Z, one = np.ones((2, 3)), np.ones((2, 1))
block = drawn(2, np.random.default_rng(0))
square = np.array([[0.0, 0, 1, 1]])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: softmax.forward(np.ones(3)), r"Z has the shape \(3,\)"),
        (lambda: softmax.backward(np.ones((3, 2)), softmax.forward(Z)[1]), "dA has the shape"),
        (
            lambda: softmax.cross_entropy(Z, np.ones((2, 2))),
            r"Y has the shape \(2, 2\), but dZ = A - Y",
        ),
        (lambda: softmax.cross_entropy(Z, 0.5 * Z), "Y holds 0.5: expected labels 0 and 1"),
        (lambda: softmax.cross_entropy(Z, Z), "adds up to 2"),
        (lambda: softmax.one_hot(np.array([0, 3]), 3), "labels holds 3"),
        (lambda: softmax.one_hot(np.array([-1]), 3), "labels holds -1"),
        (
            lambda: softmax.one_hot(np.array([], int), 0),
            "C is 0: expected a whole number of 1 or more",
        ),
        (lambda: softmax.forward(Z[:0]), "C is 0"),
        (lambda: softmax.cross_entropy(Z[:, :0], Z[:, :0]), "m is 0"),
        (
            lambda: batchnorm.forward(Z, np.ones((3, 1)), one),
            r"gamma has the shape \(3, 1\).*Z \(2, 3\)",
        ),
        (lambda: batchnorm.forward(Z, one, np.ones(2)), r"beta has the shape \(2,\)"),
        (lambda: batchnorm.forward(Z[:, :1], one, one), "m is 1"),
        (lambda: batchnorm.forward(Z, one, one, 0), "eps holds 0"),
        (
            lambda: batchnorm.backward(np.ones((2, 2)), batchnorm.forward(Z, one, one)[1]),
            "dZ_tilde has the shape",
        ),
        (
            lambda: batchnorm.update(batchnorm.start(2), batchnorm.forward(Z, one, one)[1], 1.0),
            "k holds 1",
        ),
        (
            lambda: batchnorm.update(batchnorm.start(3), batchnorm.forward(Z, one, one)[1]),
            "mu has the shape",
        ),
        (lambda: batchnorm.predict(Z, one, one, batchnorm.start(3)), "mu has the shape"),
        (
            lambda: residual.forward(np.ones((3, 2)), block),
            r"W1 has the shape \(2, 2\).*expects \(3, 3\)",
        ),
        (
            lambda: residual.backward(np.ones((2, 2)), residual.forward(Z, block)[1]),
            "dA2 has the shape",
        ),
        (lambda: boxes.iou(np.ones((2, 3)), square), r"A has the shape \(2, 3\)"),
        (lambda: boxes.iou(square, square[:, ::-1]), "B holds the box"),
        (lambda: boxes.corners(np.array([[0, 0, -1, 1]])), "bh holds -1"),
        (lambda: boxes.suppress(square, np.array([1.2]), np.array([0])), "pc holds 1.2"),
        (
            lambda: boxes.suppress(square, np.array([0.5, 0.5]), np.array([0])),
            r"pc has the shape \(2,\)",
        ),
        (
            lambda: boxes.suppress_loop(square, np.array([0.5]), np.array([0]), overlap=2),
            "overlap holds 2",
        ),
    ],
)
def test_what_does_not_fit_ends_in_one_sentence(call, words):
    with pytest.raises(ValueError, match=words) as error:
        call()
    assert str(error.value).endswith(".") and "\n" not in str(error.value)
