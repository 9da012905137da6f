"""Nets over sequences: each against its twin in ``principles``, against torch's own, and against
itself alone and in company, bit for bit or to rounding.
"""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from netwright.nets.sequence.dropout import Drops, LockedDropout
from netwright.nets.sequence.places import last_of, mean_of, reversed_within
from netwright.nets.sequence.recurrent.cells import Lstm
from netwright.nets.sequence.recurrent.layers import CELLS, Recurrent
from netwright.nets.sequence.transformer import Transformer
from netwright.nets.sequence.word_vectors import WordVectors
from netwright.principles import sequence as twins

LENGTHS = [5, 7, 1, 0]
ONE_WAY = ["rnn", "gru", "gru_before", "lstm", "lstm_peepholes"]


def known_of(lengths: list[int], width: int) -> Tensor:
    return torch.arange(width) < torch.tensor(lengths)[:, None]


# --- the twins in principles

KINDS = {"rnn": "RNN", "gru": "GRU", "gru_before": "GRU"}
ORDERS = {"rnn": "a", "gru": "ruc", "gru_before": "urc", "lstm": "ufco", "lstm_peepholes": "ufco"}
"""The twin's letter of each of torch's gates, one below the other."""


def by_letters(name: str, w: dict[str, Tensor], *, gradients: bool = False) -> dict[str, Any]:
    """The weights of a cell, or their gradients, by the names of its twin."""
    order, units = ORDERS[name], w["weight_hh_l0"].shape[1]
    both = torch.cat([w["weight_hh_l0"], w["weight_ih_l0"]], dim=1).split(units)
    bias, from_state = w["bias_ih_l0"], w.get("bias_hh_l0")
    inner = None if from_state is None else from_state.split(units)
    found = {}
    for at, gate in enumerate(order):
        b = bias.split(units)[at]
        behind = name == "gru" and gate == "c"
        if inner is not None and not gradients and not behind:
            b = b + inner[at]  # two biases are one; each has its gradient
        # torch's z is 1 - Gu, so that what it reads has another sign
        sign = -1 if name == "gru" and gate == "u" else 1
        found |= {f"W{gate}": sign * both[at], f"b{gate}": sign * b[:, None]}
        if behind and inner is not None:
            found["bca"] = inner[at][:, None]
    if "peepholes" in w:
        for gate, p in zip("ufo", w["peepholes"].split(units), strict=True):
            found[f"p{gate}"] = p[:, None]
    return {key: value.detach().numpy() for key, value in found.items()}


@pytest.mark.parametrize("name", ONE_WAY)
@pytest.mark.parametrize("both", [False, True])
def test_layers_equal_their_twins_forward_and_backward(name: str, both: bool) -> None:
    torch.manual_seed(0)
    net = Recurrent(name, 3, 4, layers=2, both_ways=both).double()
    for weights in net.parameters():
        nn.init.normal_(weights)
    twin = twins.CELLS[KINDS.get(name, "LSTM")]
    ways = {">": net.onward, "<": net.back} if both else {"": net.onward}

    def letters(of: Any, **how: bool) -> dict[str, Any]:
        return {
            f"{key}{way}[{layer}]": value
            for way, cells in ways.items()
            for layer, cell in enumerate(cells, start=1)
            for key, value in by_letters(
                name, {n: of(p) for n, p in cell.named_parameters()}, **how
            ).items()
        }

    known = known_of(LENGTHS, 7)
    x = torch.randn(4, 7, 3, dtype=torch.float64, requires_grad=True)
    states = net(x, known)
    weigh = torch.randn_like(states) * known[:, :, None]
    torch.autograd.backward((states * weigh).sum())
    lay = (1, 2, 0)  # (B, T, D) as (T, D, B)
    A, cache = twins.forward(
        x.detach().numpy().transpose(lay),
        letters(lambda p: p),
        twin,
        layers=2,
        both_ways=both,
        lengths=np.array(LENGTHS),
    )
    there = (states * known[:, :, None]).detach().numpy()
    np.testing.assert_allclose(there.transpose(lay), A, rtol=1e-10, atol=1e-13)
    dX, gradients = twins.backward(weigh.numpy().transpose(lay), cache)
    assert x.grad is not None
    np.testing.assert_allclose(x.grad.numpy().transpose(lay), dX, rtol=1e-9, atol=1e-12)
    mine = letters(lambda p: p.grad, gradients=True)
    assert mine.keys() == gradients.keys()
    for key, gradient in gradients.items():
        np.testing.assert_allclose(mine[key], gradient, rtol=1e-9, atol=1e-11, err_msg=key)


# --- states


@pytest.mark.parametrize("name", ONE_WAY)
@pytest.mark.parametrize("both", [False, True])
def test_a_text_has_its_states_alone_and_in_company(name: str, both: bool) -> None:
    torch.manual_seed(0)
    net, known = Recurrent(name, 3, 4, layers=2, both_ways=both), known_of(LENGTHS, 7)
    x = 10 * torch.randn(4, 7, 3)
    states, last = net.with_last(x, known)
    torch.testing.assert_close(net(x, known)[known], states[known], rtol=0, atol=1e-5)
    for row, length in enumerate(LENGTHS):
        if not length:
            assert not any(part[row].any() for part in last)
            continue
        alone, at_end = net.with_last(x[row : row + 1, :length])
        torch.testing.assert_close(states[row, :length], alone[0], rtol=0, atol=1e-5)
        for part, expected in zip(last, at_end, strict=True):
            torch.testing.assert_close(part[row], expected[0], rtol=0, atol=1e-5)
    if both:
        torch.testing.assert_close(
            last[0][1, 3], states[1, 0, 4:]
        )  # the way back ends at the first


@pytest.mark.parametrize("name", ONE_WAY)
def test_it_goes_on_where_it_stopped(name: str) -> None:
    torch.manual_seed(0)
    net = Recurrent(name, 3, 4, layers=2).double()
    x, known = torch.randn(4, 9, 3, dtype=torch.float64), known_of([9, 9, 2, 0], 9)
    whole, at_end = net.with_last(x, known)
    first, state = net.with_last(x[:, :4], known[:, :4], net.begin(4))
    rest, last = net.with_last(x[:, 4:], known[:, 4:], state)
    torch.testing.assert_close(torch.cat([first, rest], 1)[known], whole[known])
    for part, expected in zip(last, at_end, strict=True):
        torch.testing.assert_close(part, expected)
        assert part.shape == (4, 2, 4)
    with pytest.raises(ValueError, match="both ways goes on from no state"):
        Recurrent(name, 3, 4, both_ways=True).with_last(x.float(), None, state)


@pytest.mark.parametrize("name", ONE_WAY)
def test_in_bfloat16_it_hands_on_a_state_in_float32(name: str) -> None:
    torch.manual_seed(0)
    net, x = Recurrent(name, 8, 16, layers=2), torch.randn(4, 7, 8)
    state = net.begin(4)
    for known in (None, known_of(LENGTHS, 7)):
        expected, after = net.with_last(x, known, state)
        with torch.autocast("cpu", torch.bfloat16):
            states, last = net.with_last(x, known, state)
        at = slice(None) if known is None else known
        torch.testing.assert_close(states.float()[at], expected[at], rtol=0, atol=0.05)
        for part, other in zip(last, after, strict=True):
            assert part.dtype == torch.float32
            torch.testing.assert_close(part, other, rtol=0, atol=0.05)
        state = tuple(part.detach() for part in last)


def test_what_is_known_of_padded_rows() -> None:
    x, known = torch.randn(4, 7, 3), known_of(LENGTHS, 7)
    assert torch.equal(reversed_within(reversed_within(x, known), known), x)
    assert torch.equal(reversed_within(x, known)[0, :5], x[0, :5].flip(0))
    last = last_of(x, known, torch.full((4, 3), 9.0))
    assert torch.equal(last[:3], torch.stack([x[0, 4], x[1, 6], x[2, 0]])) and last[3, 0] == 9
    torch.testing.assert_close(mean_of(x, known)[0], x[0, :5].mean(dim=0))


def test_the_lstm_reaches_the_fused_kernel() -> None:
    net, x = Recurrent("lstm", 8, 16, layers=2, both_ways=True), torch.randn(4, 7, 8)
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as profile:
        states, _ = net.with_last(x, known_of(LENGTHS, 7))
        torch.autograd.backward(states.sum())
    counts = {event.key: event.count for event in profile.key_averages()}
    assert counts["aten::mkldnn_rnn_layer"] == counts["aten::mkldnn_rnn_layer_backward"] == 4


@pytest.mark.parametrize("name", ["lstm", "lstm_peepholes"])
def test_it_begins_orthogonal_and_remembering(name: str) -> None:
    (cell,) = Recurrent(name, 5, 6).onward
    for gate in cell.weight_hh_l0.split(6):
        torch.testing.assert_close(gate @ gate.T, torch.eye(6))
    whole = cell.bias_ih_l0 + (cell.bias_hh_l0 if name == "lstm" else 0)
    assert whole.split(6)[1].eq(1).all() and whole.sum() == 6


def test_the_lstm_is_torchs_own() -> None:
    net, other = Lstm(3, 4), nn.LSTM(3, 4, batch_first=True)
    other.load_state_dict(net.state_dict())
    x = torch.randn(2, 5, 3)
    states, (a, c) = net(x)
    expected, (last_a, last_c) = other(x)
    assert torch.equal(states, expected)
    assert torch.equal(a, last_a[0]) and torch.equal(c, last_c[0])


# --- what is dropped


def test_the_same_numbers_are_dropped_at_all_places_of_a_row() -> None:
    torch.manual_seed(0)
    drop = LockedDropout(0.5)
    out = drop(torch.ones(20, 6, 8))
    assert torch.equal(out, out[:, :1].expand_as(out)) and set(out.unique().tolist()) == {0, 2}
    assert not torch.equal(out[0], out[1])
    assert torch.equal(drop.eval()(out), out)


def test_weights_from_state_to_state_are_dropped_for_all_rows_alike() -> None:
    torch.manual_seed(0)
    for name in ONE_WAY:
        net = Recurrent(name, 3, 4, drops=Drops(recurrent=0.5))
        x = torch.randn(1, 6, 3).expand(5, -1, -1)
        one, other = net(x), net(x)
        torch.testing.assert_close(one, one[:1].expand_as(one), rtol=0, atol=1e-6)
        assert torch.equal(one[:, 0], other[:, 0]) and not torch.allclose(one[:, 1], other[:, 1])
        assert torch.equal(net.eval()(x), net(x))


def test_words_are_dropped_in_the_whole_batch() -> None:
    torch.manual_seed(0)
    vectors = WordVectors(30, 4, dropout=0.5)
    words = torch.randint(0, 30, (8, 9))
    out = vectors(words)
    gone = {int(word) for word in words[(out == 0).all(dim=2)]}
    assert 5 < len(gone) < 25
    kept = [word not in gone for word in words.flatten().tolist()]
    expected = 2 * vectors.weight[words] * torch.tensor(kept).view(8, 9, 1)
    torch.testing.assert_close(out, expected)
    assert torch.equal(vectors.eval()(words), vectors.weight[words])


def test_vectors_may_be_given_and_frozen() -> None:
    given = torch.randn(5, 2)
    thawed, frozen = (WordVectors(5, 2, initial=given, frozen=still) for still in (False, True))
    assert torch.equal(thawed.weight, given) and torch.equal(frozen.weight, given)
    assert [name for name, _ in thawed.named_parameters()] == ["weight"]
    assert not list(frozen.parameters()) and list(frozen.state_dict()) == ["weight"]
    assert given.data_ptr() != thawed.weight.data_ptr()
    with pytest.raises(ValueError, match=r"initial has the shape \(5, 2\): expected \(6, 2\)"):
        WordVectors(6, 2, initial=given)


def test_a_copy_is_another_net() -> None:
    net = Recurrent("lstm", 3, 4)
    other = copy.deepcopy(net)
    with torch.no_grad():
        other.onward[0].weight_hh_l0.zero_()
    x = torch.randn(1, 3, 3)
    assert not torch.allclose(net(x), other(x)) and set(CELLS) == set(ONE_WAY)


# --- transformers


@pytest.mark.parametrize("causal", [False, True])
def test_a_block_is_torchs_own(causal: bool) -> None:
    torch.manual_seed(0)
    net = Transformer(8, 8, layers=1, heads=2, causal=causal).double()
    other = nn.TransformerEncoderLayer(
        8, 2, 32, 0.0, "gelu", batch_first=True, norm_first=True, dtype=torch.float64
    )
    (block,) = net.blocks
    names = {
        "to_attention": "self_attn.in_proj_",
        "attended": "self_attn.out_proj.",
        "hidden": "linear1.",
        "out": "linear2.",
        "norm_attention": "norm1.",
        "norm_out": "norm2.",
    }
    parts = [(name.split("."), value) for name, value in block.state_dict().items()]
    given = {names[layer] + part: value for (layer, part), value in parts}
    other.load_state_dict({**given, "self_attn.in_proj_bias": torch.zeros(24)})
    known = known_of([5, 7, 1], 7)
    x = torch.randn(3, 7, 8, dtype=torch.float64)
    mask = ~torch.ones(7, 7, dtype=torch.bool).tril() if causal else None
    expected = other(x, src_mask=mask, src_key_padding_mask=~known)
    torch.testing.assert_close(block(x, known)[known], expected[known])


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("places", ["sinusoidal", 7])
def test_a_text_has_its_attention_alone_and_in_company(causal: bool, places: Any) -> None:
    torch.manual_seed(0)
    net, known = Transformer(3, 8, causal=causal, places=places), known_of(LENGTHS, 7)
    x = torch.randn(4, 7, 3)
    states = net(x, known)
    assert states.shape == (4, 7, 8) and torch.isfinite(states).all()
    for row, length in enumerate(LENGTHS[:3]):
        alone = net(x[row : row + 1, :length])
        torch.testing.assert_close(states[row, :length], alone[0], rtol=0, atol=1e-5)
    changed = x.clone()
    changed[:, 4:] += 1
    later = net(changed, known)
    assert torch.equal(later[1, :4], states[1, :4]) is causal
    turned = net(x.flip(1))[:, :].flip(1)
    assert not torch.allclose(turned[1], net(x)[1], atol=1e-3)  # the order counts


def test_places_and_heads_that_do_not_fit() -> None:
    with pytest.raises(ValueError, match="width 8 is no multiple of the 3 heads"):
        Transformer(3, 8, heads=3)
    with pytest.raises(ValueError, match="a text of 8 places: the net has learned 7"):
        Transformer(3, 8, places=7)(torch.randn(1, 8, 3))
