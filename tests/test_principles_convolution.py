"""Convolution, pooling, sizes and edge filters against PyTorch, SciPy and loops."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage, signal

from netwright.principles import convolution, edges, pooling, sizes, windows

few = settings(max_examples=20, deadline=None)
seeds = st.integers(0, 2**32 - 1)
CONV = (torch.nn.functional.conv1d, torch.nn.functional.conv2d, torch.nn.functional.conv3d)
MAX = (
    torch.nn.functional.max_pool1d,
    torch.nn.functional.max_pool2d,
    torch.nn.functional.max_pool3d,
)
MEAN = (
    torch.nn.functional.avg_pool1d,
    torch.nn.functional.avg_pool2d,
    torch.nn.functional.avg_pool3d,
)


@st.composite
def layers(
    draw: st.DrawFn,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, tuple[int, ...], tuple[int, ...]]:
    """A_prev, W, b, stride, padding in one to three dimensions, each axis its own."""
    d = draw(st.integers(1, 3))
    axis = st.tuples(*[st.integers(1, 3)] * d)
    f, stride, extra = draw(axis), draw(axis), draw(axis)
    padding = draw(st.tuples(*[st.integers(0, 2)] * d))
    m, n_C_prev, n_C = draw(st.tuples(*[st.integers(1, 3)] * 3))
    n = [max(1, a + b - 2 * p) for a, b, p in zip(f, extra, padding, strict=True)]
    rng = np.random.default_rng(draw(seeds))
    A, W, b = (
        rng.normal(size=(m, *n, n_C_prev)),
        rng.normal(size=(*f, n_C_prev, n_C)),
        rng.normal(size=n_C),
    )
    return A, W, b, stride, padding


def leaf(array: np.ndarray) -> torch.Tensor:
    return torch.tensor(array, requires_grad=True)


def close(found: np.ndarray | None, wanted: torch.Tensor | np.ndarray | None) -> None:
    assert found is not None and wanted is not None
    wanted = wanted.detach().numpy() if isinstance(wanted, torch.Tensor) else wanted
    np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-12)


@few
@given(layers(), seeds)
def test_convolution_is_pytorchs_and_its_definition(layer, seed):
    A, W, b, stride, padding = layer
    d = A.ndim - 2
    Z, cache = convolution.forward(A, W, b, stride, padding)
    dZ = np.random.default_rng(seed).normal(size=Z.shape)
    found = convolution.backward(dZ, cache)
    a, w, bias = leaf(A), leaf(W), leaf(b)
    channels_first = a.movedim(-1, 1).contiguous(), w.movedim((-1, -2), (0, 1)).contiguous()
    z = CONV[d - 1](*channels_first, bias, stride=stride, padding=padding).movedim(1, -1)
    z.backward(torch.tensor(dZ))
    close(Z, z)
    close(Z, convolution.loop(A, W, b, stride, padding))
    slow = convolution.loop_backward(dZ, A, W, stride, padding)
    for name, wanted in (("dA_prev", a.grad), ("dW", w.grad), ("db", bias.grad)):
        close(getattr(found, name), wanted)
        close(getattr(slow, name), wanted)


@pytest.mark.parametrize("at_once", [1, 2, 5])
def test_a_large_batch_goes_a_few_examples_at_a_time(at_once, monkeypatch):
    rng = np.random.default_rng(0)
    A, W, b = rng.normal(size=(5, 6, 5, 2)), rng.normal(size=(3, 2, 2, 4)), rng.normal(size=4)
    stride, padding = (2, 1), (1, 0)
    wanted = convolution.loop(A, W, b, stride, padding)
    # f n_C_prev numbers in each of 3 x 4 windows
    monkeypatch.setattr(windows, "IN_CACHE", at_once * 12 * 12 * 8)
    g = windows.geometry((6, 5), (3, 2), stride, padding)
    assert [len(range(5)[some]) for some in windows.few(A, g)] == {
        1: [1] * 5,
        2: [2, 2, 1],
        5: [5],
    }[at_once]
    Z, cache = convolution.forward(A, W, b, stride, padding)
    close(Z, wanted)
    dZ = rng.normal(size=Z.shape)
    found, slow = (
        convolution.backward(dZ, cache),
        convolution.loop_backward(dZ, A, W, stride, padding),
    )
    for name in ("dA_prev", "dW", "db"):
        close(getattr(found, name), getattr(slow, name))


@few
@given(layers(), seeds)
def test_columns_are_the_windows_and_fold_is_their_transpose(layer, seed):
    A, W, _, stride, padding = layer
    g = windows.geometry(A.shape[1:-1], W.shape[:-2], stride, padding)
    columns, rng = windows.columns(A, g), np.random.default_rng(seed)
    i, at = int(rng.integers(len(A))), tuple(int(rng.integers(length)) for length in g.out)
    seen = tuple(slice(s * o, s * o + f) for s, o, f in zip(g.s, at, g.f, strict=True))
    column = np.ravel_multi_index((*at, i), (*g.out, len(A)))
    close(columns[:, column], windows.pad(A, g)[i][seen].ravel())
    other = rng.normal(size=columns.shape)  # <columns(A), M> = <A, fold(M)>
    assert (columns * other).sum() == pytest.approx(
        (A * windows.fold(other, g, len(A))).sum(), rel=1e-9, abs=1e-9
    )


@few
@given(layers(), seeds)
def test_convolutions_gradients_are_the_numerical_ones(layer, seed):
    A, W, b, stride, padding = layer
    Z, cache = convolution.forward(A, W, b, stride, padding)
    rng = np.random.default_rng(seed)
    dZ = rng.normal(size=Z.shape)
    found, eps = convolution.backward(dZ, cache), 1e-5
    directions = [rng.normal(size=letter.shape) for letter in (A, W, b)]
    costs = []
    for e in (eps, -eps):
        moved = [x + e * dx for x, dx in zip((A, W, b), directions, strict=True)]
        costs.append((dZ * convolution.forward(*moved, stride, padding)[0]).sum())
    along = sum(
        (g * dx).sum()
        for g, dx in zip((found.dA_prev, found.dW, found.db), directions, strict=True)
    )
    assert along == pytest.approx((costs[0] - costs[1]) / (2 * eps), rel=1e-6, abs=1e-6)


def test_a_first_layer_need_not_compute_what_nobody_reads():
    rng = np.random.default_rng(0)
    Z, cache = convolution.forward(
        rng.normal(size=(2, 5, 5, 1)), rng.normal(size=(3, 3, 1, 2)), np.zeros(2)
    )
    short, full = convolution.backward(Z, cache, input_too=False), convolution.backward(Z, cache)
    assert short.dA_prev is None
    close(short.dW, full.dW)


def test_float32_stays_float32():
    A, W = np.ones((2, 6, 6, 3), np.float32), np.ones((3, 3, 3, 4), np.float32)
    Z, cache = convolution.forward(A, W, np.zeros(4, np.float32), padding="same")
    gradients = convolution.backward(Z, cache)
    for average in (False, True):
        P, kept = pooling.forward(Z, average=average)
        assert P.dtype == pooling.backward(P, kept).dtype == np.float32
    assert gradients.dA_prev is not None
    assert {Z.dtype, gradients.dA_prev.dtype, gradients.dW.dtype, gradients.db.dtype} == {
        np.dtype(np.float32)
    }


@few
@given(seeds, st.integers(1, 3), st.integers(1, 3))
def test_one_filter_without_channels_is_scipys(seed, d, f):
    rng = np.random.default_rng(seed)
    x, w = rng.normal(size=(5, 6, 4)[:d]), rng.normal(size=(f, 2, 1)[:d])
    close(convolution.cross_correlate(x, w), signal.correlate(x, w, mode="valid", method="direct"))
    close(convolution.convolve(x, w), signal.convolve(x, w, mode="valid", method="direct"))


def test_convolution_is_associative_and_cross_correlation_is_not():
    rng = np.random.default_rng(1)
    x, v, w = rng.normal(size=(8, 8)), rng.normal(size=(3, 3)), rng.normal(size=(3, 3))
    full = convolution.convolve(v, w, padding=2)
    close(convolution.convolve(convolution.convolve(x, v), w), convolution.convolve(x, full))
    both = convolution.cross_correlate(convolution.cross_correlate(x, v), w)
    assert not np.allclose(
        both, convolution.cross_correlate(x, convolution.cross_correlate(v, w, padding=2))
    )


@few
@given(seeds, st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), st.booleans(), st.booleans())
def test_pooling_is_pytorchs_and_its_definition(seed, d, f, s, average, ties):
    rng = np.random.default_rng(seed)
    A = rng.normal(size=(2, *(5, 4, 3)[:d], 2))
    A = np.round(A) if ties else A
    Z, cache = pooling.forward(A, f, s, average=average)
    dZ = rng.normal(size=Z.shape)
    a = leaf(A)
    z = (MEAN if average else MAX)[d - 1](a.movedim(-1, 1), f, s).movedim(1, -1)
    z.backward(torch.tensor(dZ))
    close(Z, z)
    close(Z, pooling.loop(A, f, s, average=average))
    close(pooling.backward(dZ, cache), a.grad)


def test_max_pooling_does_not_hide_what_is_not_a_number():
    A = np.arange(16.0).reshape(1, 4, 4, 1)
    A[0, 0, 1, 0] = np.nan
    assert np.isnan(pooling.forward(A)[0]).sum() == 1


def test_the_notes_pooling_examples():
    A = np.array([[1, 3, 2, 1], [2, 9, 1, 1], [1, 3, 2, 3], [5, 6, 1, 2]], dtype=float)[
        None, ..., None
    ]
    assert pooling.forward(A)[0].ravel().tolist() == [9, 2, 6, 3]
    assert pooling.forward(A, average=True)[0].ravel().tolist() == [3.75, 1.25, 3.75, 2]
    wide = [[1, 3, 2, 1, 3], [2, 9, 1, 1, 5], [1, 3, 2, 3, 2], [8, 3, 5, 1, 0], [5, 6, 1, 2, 9]]
    overlapping, _ = pooling.forward(np.array(wide, dtype=float)[None, ..., None], 3, 1)
    assert overlapping[0, ..., 0].tolist() == [[9, 9, 5], [9, 9, 5], [8, 6, 9]]


@few
@given(st.integers(1, 30), st.integers(1, 7), st.integers(0, 3), st.integers(1, 4))
def test_output_size_counts_the_places_where_the_filter_fits(n, f, p, s):
    places = [o for o in range(0, n + 2 * p, s) if o + f <= n + 2 * p]
    if places:
        assert sizes.output(n, f, p=p, s=s) == len(places)
    else:
        with pytest.raises(ValueError, match="larger than the padded input"):
            sizes.output(n, f, p=p, s=s)


def test_same_padding_keeps_the_size():
    assert all(sizes.output(17, f, p=sizes.same(f)) == 17 for f in (1, 3, 5, 7))


def test_the_notes_nets_come_out():
    first = sizes.output(39, 3)
    second = sizes.output(first, 5, s=2)
    third = sizes.output(second, 5, s=2)
    assert (first, second, third, third * third * 40) == (37, 17, 7, 1960)
    conv = [sizes.convolution_parameters((5, 5), 3, 8), sizes.convolution_parameters((5, 5), 8, 16)]
    assert conv == [608, 3216]
    assert [sizes.dense_parameters(*n) for n in ((400, 120), (120, 84), (84, 10))] == [
        48120,
        10164,
        850,
    ]
    assert sizes.multiplications((28, 28), (5, 5), 192, 32) == 120_422_400


@pytest.mark.parametrize(
    "layers", [[(3, 1), (3, 1)], [(5, 1), (2, 2), (5, 1), (2, 2)], [(7, 2), (3, 2), (3, 1)]]
)
def test_receptive_field_is_where_the_input_matters(layers):
    A, caches = np.random.default_rng(0).random((1, 60, 1)), []
    for f, s in layers:
        A, cache = convolution.forward(A, np.ones((f, 1, 1)), np.zeros(1), s)
        caches.append(cache)
    dA = np.zeros_like(A)
    dA[0, 1, 0] = 1
    for cache in reversed(caches):
        dA = convolution.backward(dA, cache).dA_prev
    seen = np.flatnonzero(dA)
    reach = sizes.receptive_fields(layers)[-1]
    assert (len(seen), seen[0]) == (reach.field, reach.jump)


def test_the_notes_edge_example():
    bright = np.hstack([np.full((6, 3), 10.0), np.zeros((6, 3))])
    assert edges.detect(bright, edges.vertical()).tolist() == [[0, 30, 30, 0]] * 4
    assert edges.detect(bright[:, ::-1], edges.vertical()).tolist() == [[0, -30, -30, 0]] * 4
    assert not edges.detect(bright, edges.horizontal()).any()


def test_sobel_is_scipys_and_angles_turn():
    image = np.random.default_rng(2).random((9, 11))
    close(edges.detect(image, edges.vertical("sobel")), -ndimage.sobel(image, axis=1)[1:-1, 1:-1])
    assert edges.vertical("scharr").tolist() == [[3, 0, -3], [10, 0, -10], [3, 0, -3]]
    close(edges.at_angle(0), edges.vertical("sobel"))
    close(edges.at_angle(90), edges.horizontal("sobel"))
    close(edges.at_angle(235), -edges.at_angle(55))
    y, x = np.mgrid[:9, :9]
    ramp = -(np.cos(0.6) * x + np.sin(0.6) * y)  # brightness falls along 0.6 radians
    answers = [edges.detect(ramp, edges.at_angle(degrees))[3, 3] for degrees in range(360)]
    assert abs(int(np.argmax(answers)) - np.degrees(0.6)) < 1
    close(edges.strength(ramp), np.full((7, 7), 8.0))


A, W, B = np.ones((1, 5, 5, 2)), np.ones((3, 3, 2, 4)), np.zeros(4)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            lambda: convolution.forward(A, np.ones((3, 3, 1, 4)), B),
            r"W has the shape \(3, 3, 1, 4\).*any, any, 2, any",
        ),
        (lambda: convolution.forward(A, W, np.zeros(3)), r"b has the shape \(3,\).*expects \(4,\)"),
        (lambda: convolution.forward(A, W, B, stride=-1), "s is -1"),
        (lambda: convolution.forward(A, W, B, stride=0), "s is 0"),
        (lambda: convolution.forward(A, W, B, stride=1.5), r"s is 1\.5: expected a whole number"),
        (lambda: pooling.forward(A, float("nan")), "f is nan: expected a whole number"),
        (lambda: sizes.output(5, 3, p=float("inf")), "p is inf: expected a whole number"),
        (lambda: convolution.forward(A, W, B, padding=-1), "p is -1"),
        (lambda: convolution.forward(A, W, B, padding="full"), "padding is 'full'"),
        (lambda: convolution.forward(A, W, B, stride=(1, 1, 1)), "stride has 3 numbers.* 2 axes"),
        (lambda: convolution.forward(A, np.ones((6, 3, 2, 4)), B), "f = 6 is larger"),
        (lambda: convolution.forward(A, np.ones((2, 2, 2, 4)), B, padding="same"), "f = 2 is even"),
        (lambda: convolution.forward(np.ones((5, 5)), W, B), "A_prev has the shape"),
        (
            lambda: convolution.backward(np.ones((1, 5, 5, 4)), convolution.forward(A, W, B)[1]),
            "dZ has the shape",
        ),
        (lambda: convolution.loop_backward(np.ones((1, 5, 5, 4)), A, W), "dZ has the shape"),
        (
            lambda: convolution.cross_correlate(np.ones(5), np.ones((2, 2))),
            r"w has the shape \(2, 2\)",
        ),
        (lambda: pooling.forward(A, 6), "f = 6 is larger"),
        (lambda: pooling.forward(A, 2, -2), "s is -2"),
        (lambda: pooling.forward(A, (2, 2, 2)), "3 axes of space, but the input has 2"),
        (lambda: pooling.forward(np.ones((5, 5))), "A_prev has the shape"),
        (
            lambda: pooling.backward(np.ones((1, 3, 3, 2)), pooling.forward(A)[1]),
            "dZ has the shape",
        ),
        (lambda: sizes.output(5, 3, s=-1), "s is -1"),
        (lambda: sizes.output(5, 2.5), "f is 2.5"),
        (lambda: sizes.receptive_fields([(3, 0)]), "s is 0"),
        (lambda: edges.vertical("prewitt"), "kind is 'prewitt'"),
        (lambda: edges.detect(A, edges.vertical()), "image has the shape"),
    ],
)
def test_what_does_not_fit_ends_in_one_sentence(call, words):
    with pytest.raises(ValueError, match=words) as error:
        call()
    assert str(error.value).endswith(".") and "\n" not in str(error.value)
