"""Layers from states to the probabilities of words, against brute force and torch's own."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from netwright.nets.sequence.over_words.adaptive import AdaptiveSoftmax, ends_of
from netwright.nets.sequence.over_words.softmax import UNLABELLED, OverWords, Softmax
from netwright.nets.sequence.word_vectors import WordVectors


def layers() -> dict[str, OverWords]:
    torch.manual_seed(0)
    torch.set_default_dtype(torch.float64)
    try:
        return {
            "full": Softmax(8, 40),
            "tied": Softmax(8, 40, tied=WordVectors(40, 8)),
            "tied, of another width": Softmax(8, 40, tied=WordVectors(40, 5)),
            "adaptive": AdaptiveSoftmax(8, 40, ends=(10, 25)),
        }
    finally:
        torch.set_default_dtype(torch.float32)


def some() -> tuple[Tensor, Tensor]:
    """States (2, 30, 8) of targets of all clusters, a few of which are none."""
    torch.manual_seed(1)
    targets = torch.randint(0, 40, (2, 30))
    targets[0, :3], targets[1, :4] = UNLABELLED, torch.tensor([9, 10, 24, 25])
    return torch.randn(2, 30, 8, dtype=torch.float64, requires_grad=True), targets


@pytest.mark.parametrize("name", layers())
def test_costs_are_those_of_exact_probabilities(name: str) -> None:
    layer, (states, targets) = layers()[name], some()
    log = layer.log_probabilities(states)
    assert log.shape == (2, 30, 40)
    torch.testing.assert_close(log.exp().sum(dim=-1), torch.ones(2, 30, dtype=torch.float64))
    labelled = targets != UNLABELLED
    expected = -log.gather(2, targets.clamp_min(0)[:, :, None])[:, :, 0] * labelled
    costs = layer.costs(states, targets)
    torch.testing.assert_close(costs, expected)
    gradients = [torch.autograd.grad(one.sum(), states)[0] for one in (costs, expected)]
    torch.testing.assert_close(*gradients)
    assert not gradients[0][~labelled].any()


def test_the_adaptive_softmax_is_torchs_own() -> None:
    torch.manual_seed(0)
    ours = AdaptiveSoftmax(16, 40, ends=(10, 25))
    theirs = nn.AdaptiveLogSoftmaxWithLoss(16, 40, [10, 25], 4.0, head_bias=True)
    with torch.no_grad():
        theirs.head.weight.copy_(ours.head.weight)
        theirs.head.bias.copy_(torch.randn(12))
        ours.head.bias.copy_(theirs.head.bias)
        narrow = nn.Linear(16, 4, bias=False), nn.Linear(4, 15, bias=False)
        theirs.tail[1] = nn.Sequential(*narrow)  # it takes 1 number a word, ours 4 at least
        for mine, other in zip(ours.tails, theirs.tail, strict=True):
            other[0].weight.copy_(mine[0].weight)
            other[1].weight.copy_(mine[1].weight)
    states, targets = torch.randn(50, 16), torch.randint(0, 40, (50,))
    torch.testing.assert_close(ours.costs(states, targets), -theirs(states, targets).output)
    torch.testing.assert_close(ours.log_probabilities(states), theirs.log_prob(states))


def test_tied_weights_are_kept_and_counted_once() -> None:
    vectors = WordVectors(40, 8)
    net = nn.ModuleDict({"words": vectors, "over": Softmax(8, 40, tied=vectors)})
    assert list(net.state_dict()) == ["words.weight", "over.bias"]
    states, targets = torch.randn(3, 8), torch.tensor([1, 2, 3])
    torch.autograd.backward(net["over"].costs(states, targets).sum())
    mine = vectors.weight.detach().clone().requires_grad_()
    torch.autograd.backward(F.cross_entropy(states @ mine.T, targets, reduction="sum"))
    assert vectors.weight.grad is not None and mine.grad is not None
    torch.testing.assert_close(vectors.weight.grad, mine.grad)


def test_no_target_of_a_cluster_and_few_words() -> None:
    layer = AdaptiveSoftmax(8, 40, ends=(10, 25))
    states = torch.randn(1, 8)
    for target in (0, 12, 39, UNLABELLED):
        assert torch.isfinite(layer.costs(states, torch.tensor([target]))).all()
    assert ends_of(10_000) == (1000, 4000)
    for words in (3, 4, 7, 30):
        assert AdaptiveSoftmax(8, words, ends=ends_of(words)).ends[-1] == words
    with pytest.raises(
        ValueError, match=r"ends = \[10, 50\]: expected rising numbers from 1 to 39"
    ):
        AdaptiveSoftmax(8, 40, ends=[10, 50])


def test_the_adaptive_softmax_is_never_recorded() -> None:
    """Which rows a cluster has differs from batch to batch."""
    from torch.fx.experimental.proxy_tensor import make_fx

    layer = AdaptiveSoftmax(8, 40, ends=(10, 25))
    with pytest.raises(RuntimeError, match="data-dependent control flow"):
        make_fx(lambda h, aims: layer.costs(h, aims))(torch.randn(2, 8), torch.tensor([1, 2]))
