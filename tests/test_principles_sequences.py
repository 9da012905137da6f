"""Layers, both ways, clipping, vocabulary and the writer of names, against PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from netwright.principles import clipping, lstm, name_writer, rnn, sequence, vocabulary
from netwright.principles.sequence import CELLS

NAMES = ["anna", "hannah", "otto", "bob", "ada", "eve", "nina", "abba"]


@pytest.mark.parametrize("cell", CELLS)
@given(
    st.integers(1, 4), st.integers(1, 3), st.integers(1, 3), st.booleans(), st.integers(0, 10**6)
)
@settings(max_examples=8, deadline=None)
def test_gradients_of_layers_agree_with_a_numerical_one(
    cell: str, T: int, n_a: int, layers: int, both: bool, seed: int
) -> None:
    rng, kind = np.random.default_rng(seed), CELLS[cell]
    w = sequence.initialize(kind, n_a, 2, rng, layers=layers, both_ways=both)
    X = rng.normal(size=(T, 2, 2))
    A, cache = sequence.forward(X, w, kind, layers=layers, both_ways=both)
    assert A.shape == (T, n_a * (2 if both else 1), 2)
    dA: Any = rng.normal(size=A.shape)
    dX, gradients = sequence.backward(dA, cache)
    assert {name: g.shape for name, g in gradients.items()} == {
        name: v.shape for name, v in w.items()
    }
    for name, values, gradient in [("X", X, dX), *((name, w[name], gradients[name]) for name in w)]:
        direction, ends = rng.normal(size=values.shape), []
        for eps in (1e-6, -1e-6):
            moved = w | {name: values + eps * direction}
            ends.append(
                (
                    sequence.forward(moved.pop("X", X), moved, kind, layers=layers, both_ways=both)[
                        0
                    ]
                    * dA
                ).sum()
            )
        assert (gradient * direction).sum() == pytest.approx(
            (ends[0] - ends[1]) / 2e-6, rel=1e-6, abs=1e-7
        ), name


def test_two_layers_both_ways_are_those_of_torch() -> None:
    rng = np.random.default_rng(0)
    w = sequence.initialize(CELLS["LSTM"], 4, 3, rng, layers=2, both_ways=True)
    net = torch.nn.LSTM(3, 4, num_layers=2, bidirectional=True).double()
    state: dict[str, Any] = {}
    for layer in (1, 2):
        for way, end in ((">", ""), ("<", "_reverse")):
            W = np.concatenate([w[f"W{g}{way}[{layer}]"] for g in "ufco"])
            b = np.concatenate([w[f"b{g}{way}[{layer}]"][:, 0] for g in "ufco"])
            last = f"_l{layer - 1}{end}"
            state |= {
                "weight_hh" + last: W[:, :4],
                "weight_ih" + last: W[:, 4:],
                "bias_hh" + last: b,
                "bias_ih" + last: 0 * b,
            }
    net.load_state_dict({name: torch.tensor(value) for name, value in state.items()})
    x = torch.tensor(rng.normal(size=(6, 2, 3)), requires_grad=True)
    dA = rng.normal(size=(6, 8, 2))
    expected = net(x)[0]
    torch.autograd.backward((expected * torch.tensor(dA.transpose(0, 2, 1).copy())).sum())
    X = x.detach().numpy().transpose(0, 2, 1)
    A, cache = sequence.forward(X, w, CELLS["LSTM"], layers=2, both_ways=True)
    np.testing.assert_allclose(A, expected.detach().numpy().transpose(0, 2, 1), rtol=1e-9)
    assert x.grad is not None
    np.testing.assert_allclose(
        sequence.backward(dA, cache)[0], x.grad.numpy().transpose(0, 2, 1), rtol=1e-9, atol=1e-14
    )


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("both", [False, True])
def test_padded_sequences_are_what_each_is_alone(cell: str, both: bool) -> None:
    rng, kind, lengths = np.random.default_rng(0), CELLS[cell], np.array([4, 6, 1, 0])
    form: dict[str, Any] = {"layers": 2, "both_ways": both}
    w = sequence.initialize(kind, 3, 2, rng, **form)
    X = rng.normal(size=(6, 2, 4))
    A, cache = sequence.forward(X, w, kind, lengths=lengths, **form)
    dA = rng.normal(size=A.shape)
    dX, gradients = sequence.backward(dA, cache)
    summed = {name: np.zeros_like(value) for name, value in w.items()}
    for row, length in enumerate(lengths):
        assert not A[length:, :, row].any() and not dX[length:, :, row].any()
        if not length:
            continue
        alone, kept = sequence.forward(X[:length, :, [row]], w, kind, **form)
        np.testing.assert_allclose(A[:length, :, [row]], alone, rtol=1e-12)
        dx, found = sequence.backward(dA[:length, :, [row]], kept)
        np.testing.assert_allclose(dX[:length, :, [row]], dx, rtol=1e-9, atol=1e-14)
        summed = {name: summed[name] + found[name] for name in w}
    for name, gradient in gradients.items():
        np.testing.assert_allclose(gradient, summed[name], rtol=1e-9, atol=1e-13, err_msg=name)
    with pytest.raises(ValueError, match="lengths holds 7"):
        sequence.forward(X, w, kind, lengths=np.array([1, 2, 7, 3]), **form)


def test_only_both_ways_sees_the_future() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(5, 2, 1))
    changed = X.copy()
    changed[-1] += 1
    for both in (False, True):
        w = sequence.initialize(CELLS["GRU"], 3, 2, rng, both_ways=both)
        first, other = (
            sequence.forward(x, w, CELLS["GRU"], both_ways=both)[0][0] for x in (X, changed)
        )
        assert np.array_equal(first, other) is not both


def test_the_plain_net_forgets_and_an_open_forget_gate_does_not() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(80, 4, 8))
    plain = sequence.gradient_by_distance(X, rnn.initialize(16, 4, rng), CELLS["RNN"], rng)
    w = lstm.initialize(16, 4, rng)
    kept = sequence.gradient_by_distance(X, w | {"bf": w["bf"] + 4}, CELLS["LSTM"], rng)
    assert plain[0] == kept[0] == 1.0
    assert plain[-1] < 1e-4 < 0.1 < kept[-1]
    with pytest.raises(ValueError, match="dx<T> is 0"):
        sequence.gradient_by_distance(
            X, {"Wa": np.zeros((2, 6)), "ba": np.zeros((2, 1))}, CELLS["RNN"], rng
        )


def test_layers_name_what_does_not_fit() -> None:
    rng = np.random.default_rng(0)
    w = sequence.initialize(CELLS["RNN"], 3, 2, rng)
    X = np.zeros((4, 2, 1))
    with pytest.raises(ValueError, match="layers holds 0"):
        sequence.forward(X, w, CELLS["RNN"], layers=0)
    with pytest.raises(ValueError, match="Wa is missing"):
        sequence.forward(X, w, CELLS["RNN"], layers=2)
    _, cache = sequence.forward(X, w, CELLS["RNN"])
    with pytest.raises(ValueError, match=r"dA has the shape \(4, 2, 1\)"):
        sequence.backward(np.zeros((4, 2, 1)), cache)


@given(st.floats(0.01, 20), st.integers(0, 10**6))
@settings(max_examples=20, deadline=None)
def test_clipping_agrees_with_torch(limit: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    g = {"Wa": rng.normal(size=(3, 4)), "ba": rng.normal(size=(3, 1))}
    for ours, theirs in (
        (clipping.by_value, torch.nn.utils.clip_grad_value_),
        (clipping.by_norm, torch.nn.utils.clip_grad_norm_),
    ):
        parameters = [
            torch.nn.Parameter(torch.zeros(v.shape, dtype=torch.float64)) for v in g.values()
        ]
        for parameter, value in zip(parameters, g.values(), strict=True):
            parameter.grad = torch.tensor(value)
        theirs(parameters, limit)
        for parameter, value in zip(parameters, ours(g, limit).values(), strict=True):
            assert parameter.grad is not None
            np.testing.assert_allclose(value, parameter.grad.numpy(), rtol=2e-6)
    assert clipping.norm(clipping.by_norm(g, limit)) == pytest.approx(
        min(limit, clipping.norm(g)), rel=1e-12
    )


def test_clipping_keeps_float32_and_refuses_what_cannot_be_clipped() -> None:
    g = {"Wa": np.full((2, 2), 3, np.float32)}
    assert (
        clipping.by_norm(g, 1.0)["Wa"].dtype == clipping.by_value(g, 1.0)["Wa"].dtype == np.float32
    )
    for far, kind in ((1e200, np.float64), (3e38, np.float32)):  # their squares are infinite
        clipped = clipping.by_norm({"Wa": np.array([[far, -far]], kind)}, 1.0)["Wa"]
        np.testing.assert_allclose(clipped, [[0.5**0.5, -(0.5**0.5)]], rtol=1e-5)
    assert clipping.norm({"Wa": np.zeros((2, 2)), "ba": np.zeros((0, 1))}) == 0
    with pytest.raises(ValueError, match="limit holds 0"):
        clipping.by_norm(g, 0.0)
    with pytest.raises(ValueError, match="limit holds -1"):
        clipping.by_value(g, -1.0)
    with pytest.raises(ValueError, match="dWa holds nan: expected finite numbers"):
        clipping.by_norm({"Wa": np.array([np.nan])}, 1.0)


def test_a_vocabulary_keeps_the_frequent_words_and_unk_stands_for_the_rest() -> None:
    known = vocabulary.build(
        ["the", "cat", "saw", "the", "dog", "and", "the", "dog", "ran"], most=4
    )
    assert known.words == ("<unk>", "the", "dog", "and")
    places = vocabulary.indices(["the", "bird", "dog"], known)
    assert places.tolist() == [1, 0, 2]
    assert vocabulary.words_at(places, known) == ["the", "<unk>", "dog"]
    X = vocabulary.one_hot(places, known)
    assert X.shape == (3, 4, 1)
    np.testing.assert_array_equal(X[:, :, 0], np.eye(4)[places])
    assert vocabulary.one_hot(np.array([[1, 2], [0, 3]]), known).argmax(axis=1).tolist() == [
        [1, 2],
        [0, 3],
    ]
    assert vocabulary.indices([], known).shape == (0,)
    with pytest.raises(ValueError, match="places holds 4: expected numbers in \\[0, 3\\]"):
        vocabulary.one_hot(np.array([4]), known)
    with pytest.raises(ValueError, match=r"places holds 1\.5: expected whole numbers"):
        vocabulary.one_hot(np.array([1.5]), known)
    with pytest.raises(ValueError, match="'x' is not among the 2 words"):
        vocabulary.indices(["x"], vocabulary.build("a", special=("<eos>",)))
    with pytest.raises(ValueError, match="most holds 1"):
        vocabulary.build("a", most=1)
    with pytest.raises(ValueError, match="each word once"):
        vocabulary.build("a", special=("<unk>", "<unk>"))


@pytest.mark.parametrize("cell", CELLS)
def test_the_writers_gradient_agrees_with_a_numerical_one(cell: str) -> None:
    rng, known = np.random.default_rng(0), name_writer.letters(NAMES)
    w = name_writer.initialize(CELLS[cell], 3, known, rng)
    data = name_writer.batch(NAMES[:3], known)
    _, gradients = name_writer.cost(data, w, CELLS[cell])
    for name, value in w.items():
        direction = rng.normal(size=value.shape)
        ends = [
            name_writer.cost(data, w | {name: value + eps * direction}, CELLS[cell])[0]
            for eps in (1e-6, -1e-6)
        ]
        assert (gradients[name] * direction).sum() == pytest.approx(
            (ends[0] - ends[1]) / 2e-6, rel=1e-6, abs=1e-9
        )


def test_the_cost_of_a_batch_is_the_mean_over_its_letters() -> None:
    rng, known = np.random.default_rng(0), name_writer.letters(NAMES)
    w = name_writer.initialize(CELLS["RNN"], 3, known, rng)
    alone = [
        name_writer.cost(name_writer.batch([name], known), w, CELLS["RNN"])[0] for name in NAMES
    ]
    at_once, _ = name_writer.cost(name_writer.batch(NAMES, known), w, CELLS["RNN"])
    assert at_once == pytest.approx(
        np.average(alone, weights=[len(name) + 1 for name in NAMES]), rel=1e-12
    )
    none = {name: np.zeros_like(value) for name, value in w.items()}
    assert name_writer.cost(name_writer.batch(NAMES, known), none, CELLS["RNN"])[
        0
    ] == pytest.approx(np.log(len(known.words)))


@pytest.mark.parametrize("cell", CELLS)
def test_a_net_learns_eight_names_by_heart_and_writes_them(cell: str) -> None:
    rng, known, kind = np.random.default_rng(0), name_writer.letters(NAMES), CELLS[cell]
    w = name_writer.initialize(kind, 24, known, rng)
    w, costs = name_writer.train(NAMES, w, kind, known, rng, r=1.0, steps=400, m=16)
    J, _ = name_writer.cost(name_writer.batch(NAMES, known), w, kind)
    # only which name is open
    by_heart = sum(np.log(8) for _ in NAMES) / sum(len(name) + 1 for name in NAMES)
    assert J < 1.3 * by_heart < costs[0]
    written = [name_writer.sample(w, kind, known, rng) for _ in range(40)]
    assert np.mean([name in NAMES for name in written]) > 0.8
    assert len({name_writer.sample(w, kind, known, rng, temperature=1e-5) for _ in range(5)}) == 1
    wild = [name_writer.sample(w, kind, known, rng, temperature=50.0) for _ in range(40)]
    assert np.mean([name in NAMES for name in wild]) < 0.3
    assert name_writer.sample(w, kind, known, rng, temperature=0.1, beginning="ott") == "otto"
    assert len(name_writer.sample(w, kind, known, rng, temperature=50.0, longest=2)) <= 2


def test_the_writer_names_bad_input() -> None:
    rng, known, kind = np.random.default_rng(0), name_writer.letters(NAMES), CELLS["RNN"]
    w = name_writer.initialize(kind, 3, known, rng)
    with pytest.raises(ValueError, match="there is no name"):
        name_writer.batch([], known)
    with pytest.raises(ValueError, match="'z' is not among"):
        name_writer.batch(["zoe"], known)
    with pytest.raises(ValueError, match="temperature holds 0"):
        name_writer.sample(w, kind, known, rng, temperature=0.0)
    with pytest.raises(ValueError, match="'z' is not among"):
        name_writer.sample(w, kind, known, rng, beginning="z")
    with pytest.raises(ValueError, match="Wya is missing"):
        name_writer.sample({k: v for k, v in w.items() if k != "Wya"}, kind, known, rng)
    with pytest.raises(ValueError, match=r"Wya has the shape .* with 2 letters"):
        name_writer.sample(w, kind, name_writer.letters(["a"]), rng)
    with pytest.raises(ValueError, match="r holds 0"):
        name_writer.train(NAMES, w, kind, known, rng, r=0.0)
    with pytest.raises(ValueError, match=r"by has the shape \(2, 1\)"):
        name_writer.cost(name_writer.batch(NAMES, known), w | {"by": np.zeros((2, 1))}, kind)
