"""Mini-batches, averages, optimizers, decay and sampling, against torch.optim and written sums."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from netwright.principles import averages, decay, minibatch, optimizers, sampling

few = settings(max_examples=20, deadline=None)
seeds = st.integers(0, 2**32 - 1)
ks = st.floats(0, 0.999)


@few
@given(st.integers(1, 200), st.integers(1, 64), seeds)
def test_an_epoch_holds_every_example_once(m, size, seed):
    parts = minibatch.partition(m, size, np.random.default_rng(seed))
    assert sorted(np.concatenate(parts).tolist()) == list(range(m))
    assert [len(part) for part in parts] == [size] * (m // size) + [m % size] * (m % size > 0)


def test_mini_batches_keep_x_and_y_aligned_and_are_shuffled_anew():
    X, rng = np.arange(20.0).reshape(2, 10), np.random.default_rng(0)
    first, second = (minibatch.batches(X, X[:1] * 2, 4, rng) for _ in range(2))
    assert all((X[:1] * 2 == Y).all() for X, Y in first + second)
    assert first[0][0].tolist() != second[0][0].tolist()
    again = minibatch.batches(X, X[:1] * 2, 4, np.random.default_rng(0))
    assert [X.tolist() for X, _ in again] == [X.tolist() for X, _ in first]
    assert [minibatch.default_size(m) for m in (1, 1999, 2000, 10**6)] == [1, 1999, 64, 64]


@few
@given(ks, st.integers(1, 30), seeds)
def test_the_average_is_the_sum_of_its_weights(k, T, seed):
    x = np.random.default_rng(seed).normal(size=T)
    plain, corrected = (averages.weighted(x, k, corrected=c) for c in (False, True))
    for t in range(1, T + 1):
        w = averages.weights(k, t)
        assert w.sum() == pytest.approx(1 - k**t, rel=1e-9)
        assert plain[t - 1] == pytest.approx(w @ x[:t], rel=1e-9, abs=1e-12)
        assert corrected[t - 1] == pytest.approx(np.average(x[:t], weights=w), rel=1e-9, abs=1e-12)


def test_a_constant_stays_itself_and_the_memory_has_its_length():
    np.testing.assert_allclose(averages.weighted(np.full(5, 40.0), 0.98), 40)
    assert averages.weighted(np.full(5, 40.0), 0.98, corrected=False)[0] == pytest.approx(0.8)
    assert averages.length(0.9) == pytest.approx(10)
    assert 0.9 ** averages.length(0.9) == pytest.approx(1 / np.e, abs=0.02)


OPTIM = {
    "gradient descent": (optimizers.gradient_descent, lambda w, r: torch.optim.SGD(w, lr=r)),
    "momentum": (
        optimizers.momentum,
        lambda w, r: torch.optim.SGD(w, lr=r * (1 - 0.9), momentum=0.9),
    ),
    "RMSprop": (
        partial(optimizers.rmsprop, eps_inside=False),
        lambda w, r: torch.optim.RMSprop(w, lr=r, alpha=0.9),
    ),
    "Adam": (optimizers.adam, lambda w, r: torch.optim.Adam(w, lr=r)),
}


@pytest.mark.parametrize("name", OPTIM)
@few
@given(seed=seeds, r=st.floats(1e-3, 0.5))
def test_each_update_is_torch_optims(name, seed, r):
    rng = np.random.default_rng(seed)
    start, pull = rng.normal(size=(3, 2)), rng.normal(size=(3, 2))
    ours, theirs = OPTIM[name]

    def gradient(w):
        return np.sin(w) + pull

    path = optimizers.descend(gradient, start, ours, r, 12)
    w = torch.tensor(start, requires_grad=True)
    optimizer = theirs([w], r)
    for t in range(12):
        np.testing.assert_allclose(path[t], w.detach().numpy(), rtol=1e-9, atol=1e-12)
        w.grad = torch.sin(w.detach()) + torch.tensor(pull)
        optimizer.step()
    np.testing.assert_allclose(path[12], w.detach().numpy(), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("update", [optimizers.rmsprop, optimizers.adam])
def test_where_epsilon_stands_matters_only_for_tiny_gradients(update):
    def ratio(g):
        w, at = np.zeros(1), optimizers.start(np.zeros(1))
        steps = [
            update(w, np.array([g]), at, 0.1, eps_inside=inside)[0][0] for inside in (True, False)
        ]
        return steps[0] / steps[1]

    assert ratio(1.0) == pytest.approx(1, abs=1e-6)
    s = 1e-8 / (0.1 if update is optimizers.rmsprop else 1)  # sqrt(s) = 1e-4 after one step
    assert ratio(np.sqrt(s)) == pytest.approx(1 / np.sqrt(2), rel=1e-3)


def test_optimizers_change_nothing_in_place_and_keep_float32():
    w, g = np.ones(3, np.float32), np.full(3, 0.5, np.float32)
    for update in optimizers.OPTIMIZERS.values():
        at = optimizers.start(w)
        new, state = update(w, g, at, 0.1)
        assert w.tolist() == [1, 1, 1] and not at.v.any() and not at.s.any()
        assert new.dtype == state.v.dtype == state.s.dtype == np.float32
        assert (new < 1).all()


def test_plain_descent_stalls_on_a_saddle_and_the_others_leave():
    def gradient(w):  # of x^2 - y^2 + y^4 / 2
        return np.array([2 * w[0], -2 * w[1] + 2 * w[1] ** 3])

    heights = {
        name: optimizers.descend(gradient, np.array([1.0, 1e-6]), update, 0.01, 400)[-1, 1]
        for name, update in optimizers.OPTIMIZERS.items()
    }
    assert heights["gradient descent"] < 0.01
    assert heights["RMSprop"] > 0.9 and heights["Adam"] > 0.9


def torch_rates(law, steps, r0=0.4):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=r0)
    schedule, rates = law(optimizer), []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return rates


SCHEDULES = torch.optim.lr_scheduler
LAWS = [
    (lambda t: decay.exponential(0.4, t), lambda o: SCHEDULES.ExponentialLR(o, 0.95)),
    (lambda t: decay.steps(0.4, t, 7, 0.1), lambda o: SCHEDULES.StepLR(o, 7, 0.1)),
    (
        lambda t: decay.by_hand({0: 0.4, 5: 0.04, 12: 0.004}, t),
        lambda o: SCHEDULES.MultiStepLR(o, [5, 12], 0.1),
    ),
    (lambda t: decay.warm_up(0.4, t, 8, 0.25), lambda o: SCHEDULES.LinearLR(o, 0.25, 1, 8)),
    (lambda t: decay.cosine(0.4, t, 20, 0.01), lambda o: SCHEDULES.CosineAnnealingLR(o, 20, 0.01)),
    (lambda t: decay.one_cycle(0.4, t, 20, 0.25), None),
]


@pytest.mark.parametrize(("ours", "theirs"), LAWS[:-1])
def test_decay_laws_are_pytorchs(ours, theirs):
    np.testing.assert_allclose([ours(t) for t in range(20)], torch_rates(theirs, 20), rtol=1e-9)


def test_one_cycle_is_pytorchs():
    # PyTorch's first phase ends at rise * total_steps - 1 and its last step is total_steps - 1:
    # with 21 steps and rise 6/21 that is a top at step 5 of 20
    theirs = torch_rates(
        lambda o: SCHEDULES.OneCycleLR(o, 0.4, total_steps=21, pct_start=6 / 21), 20
    )
    np.testing.assert_allclose(
        [decay.one_cycle(0.4, t, 20, 0.25) for t in range(20)], theirs, rtol=1e-9
    )


def test_the_notes_decay_laws():
    assert [decay.inverse(0.2, epoch) for epoch in (0, 1, 2, 3)] == pytest.approx(
        [0.2, 0.1, 0.2 / 3, 0.05]
    )
    assert [decay.root(0.2, t, 0.5) for t in (1, 4, 25)] == pytest.approx([0.1, 0.05, 0.02])


def test_scales_reach_their_ends_and_split_the_draws():
    ends = np.array([0.0, 1.0])
    assert sampling.linear(ends, 50, 100).tolist() == [50, 100]
    np.testing.assert_allclose(sampling.log(ends, 1, 1e-4), [1, 1e-4])
    np.testing.assert_allclose(sampling.one_minus(ends, 0.9, 0.999), [0.9, 0.999])
    u = np.linspace(0, 1, 10_001)
    np.testing.assert_allclose(sampling.log(u, 1, 1e-4), 10 ** (-4 * u))
    decades = np.histogram(sampling.log(u, 1e-4, 1), bins=[1e-4, 1e-3, 1e-2, 1e-1, 1])[0]
    assert np.ptp(decades) <= 1
    near = sampling.one_minus(u, 0.9, 0.999)
    assert ((near > 0.99).mean(), (near > 0.9).mean()) == pytest.approx((0.5, 1), abs=1e-3)


def test_random_tries_more_values_of_each_than_a_grid():
    grid, drawn = sampling.grid((5, 5)), sampling.random(25, 2, np.random.default_rng(0))
    assert grid.shape == drawn.shape == (25, 2)
    assert len(np.unique(grid, axis=0)) == 25 and len(np.unique(grid[:, 0])) == 5
    assert len(np.unique(drawn[:, 0])) == 25
    assert sampling.grid((1, 2)).tolist() == [[0.5, 0], [0.5, 1]]


def test_coarse_to_fine_looks_around_the_best():
    u = sampling.grid((11, 11))
    low, high = sampling.zoom(u, ((u - [0.3, 0.8]) ** 2).sum(axis=1), 9)
    np.testing.assert_allclose([low, high], [[0.2, 0.7], [0.4, 0.9]])


rng = np.random.default_rng(0)
w = np.zeros(2)
at = optimizers.start(w)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: minibatch.partition(0, 4, rng), "m is 0"),
        (lambda: minibatch.partition(4, 0, rng), "size is 0"),
        (
            lambda: minibatch.batches(np.ones((2, 5)), np.ones((1, 4)), 2, rng),
            r"Y has the shape \(1, 4\).*\(2, 5\)",
        ),
        (lambda: minibatch.default_size(0), "m is 0"),
        (lambda: averages.weighted(w, 1.0), "k holds 1"),
        (lambda: averages.weighted(w, -0.1), "k holds -0.1"),
        (lambda: averages.weighted(np.float64(3), 0.9), "expects a series"),
        (lambda: averages.weights(0.9, 0), "t is 0"),
        (lambda: averages.length(1), "k holds 1"),
        (
            lambda: optimizers.gradient_descent(w, np.zeros(3), at, 0.1),
            r"g has the shape \(3,\), but w -= r g",
        ),
        (
            lambda: optimizers.momentum(w, w, optimizers.start(np.zeros(3)), 0.1),
            r"v has the shape \(3,\)",
        ),
        (lambda: optimizers.momentum(w, w, at, -0.1), "r holds -0.1"),
        (lambda: optimizers.momentum(w, w, at, 0.1, 1.0), "k holds 1"),
        (lambda: optimizers.rmsprop(w, w, at, 0.1, eps=0), "eps holds 0"),
        (lambda: optimizers.adam(w, w, at, 0.1, k2=1.5), "k holds 1.5"),
        (lambda: decay.inverse(-1, 0), "r0 holds -1"),
        (lambda: decay.exponential(1, 0, 1.5), "base holds 1.5"),
        (lambda: decay.root(1, 0), "t holds 0"),
        (lambda: decay.steps(1, 1, 0), "every holds 0"),
        (lambda: decay.by_hand({3: 0.1}, 5), "expected epoch 0"),
        (lambda: decay.warm_up(1, 0, 0), "length holds 0"),
        (lambda: decay.cosine(1, 11, 10), "t holds 11"),
        (lambda: decay.one_cycle(1, 1, 10, rise=1), "rise holds 1"),
        (lambda: sampling.linear(np.array([1.2]), 0, 1), "u holds 1.2"),
        (lambda: sampling.log(np.array([0.2]), 0, 1), "low holds 0"),
        (lambda: sampling.one_minus(np.array([0.2]), 0.9, 1), "high holds 1"),
        (lambda: sampling.grid([]), "counts is empty"),
        (
            lambda: minibatch.partition(4, 1.5, rng),
            "size is 1.5: expected a whole number of 1 or more",
        ),
        (lambda: averages.weights(0.9, np.inf), "t is inf"),
        (lambda: optimizers.gradient_descent(w, w, at, 2**70 * np.inf), "r holds inf"),
        (lambda: decay.steps(0.1, np.inf, 3), "epoch holds inf"),
        (lambda: decay.exponential(0.1, 1, 2**70), r"base holds 1\.18059e\+21"),
        (lambda: sampling.linear(np.array([0.2]), np.nan, 1), "low holds nan"),
        (lambda: sampling.grid([0]), "counts is 0"),
        (lambda: sampling.random(0, 1, rng), "n is 0"),
        (lambda: sampling.zoom(np.ones((3, 2)), np.ones(3), 4), "best holds 4"),
        (lambda: sampling.zoom(np.ones((3, 2)), np.ones(2), 1), r"cost has the shape \(2,\)"),
    ],
)
def test_what_does_not_fit_ends_in_one_sentence(call, words):
    with pytest.raises(ValueError, match=words) as error:
        call()
    assert str(error.value).endswith(".") and "\n" not in str(error.value)
