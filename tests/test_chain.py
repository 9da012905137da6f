"""The chain over tags: against all paths, one by one."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
import torch

from netwright.data.tagged import schemes
from netwright.decoding.tag_chain import Span, SpanTags, TagChain
from netwright.nets.sequence.crf import FORBIDDEN, Chain

TAGS = schemes.tags_for(("X",), "IOBES")


def chain(scheme: bool = True, tags: int = 4) -> Chain:
    """With drawn scores; of IOBES, or with nothing forbidden."""
    if scheme:
        begins = [schemes.follows(None, tag, "IOBES") for tag in TAGS]
        ends = [schemes.follows(tag, None, "IOBES") for tag in TAGS]
        made = Chain(begins, schemes.allowed(TAGS, "IOBES"), ends)
    else:
        made = Chain([True] * tags, [[True] * tags] * tags, [True] * tags)
    made = made.double()
    torch.manual_seed(0)
    torch.nn.init.normal_(made.steps)
    return made


def decoder(made: Chain) -> TagChain:
    """What answers by it."""
    return TagChain(*(part.detach().numpy() for part in made.scores()))


def batch(made: Chain, lengths: list[int]) -> tuple[torch.Tensor, torch.Tensor]:
    torch.manual_seed(1)
    known = torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]
    emitted = torch.randn(len(lengths), max(lengths), made.steps.shape[1], dtype=torch.float64)
    return emitted, known


def paths(made: Chain, emitted: torch.Tensor, length: int) -> dict[tuple[int, ...], float]:
    """s of every path over the first places of a row, added up tag by tag."""
    begin, step, end = (part.detach() for part in made.scores())
    tags = range(emitted.shape[1])
    return {
        path: float(
            begin[path[0]]
            + sum(emitted[t, tag] for t, tag in enumerate(path))
            + sum(step[a, b] for a, b in itertools.pairwise(path))
            + end[path[-1]]
        )
        for path in itertools.product(tags, repeat=length)
    }


@pytest.mark.parametrize("scheme", [False, True])
def test_it_equals_all_paths(scheme: bool) -> None:
    made, lengths = chain(scheme), [1, 4, 2, 5, 3]
    emitted, known = batch(made, lengths)
    total = made.log_partition(emitted, known)
    best = decoder(made).best(emitted.numpy(), known.numpy())
    for row, length in enumerate(lengths):
        scores = paths(made, emitted[row], length)
        whole = torch.tensor(list(scores.values()), dtype=torch.float64).logsumexp(0)
        assert total[row].item() == pytest.approx(whole.item(), abs=1e-10)
        assert tuple(best[row, :length].tolist()) == max(scores, key=lambda path: scores[path])
        for path in itertools.islice(scores, 0, None, 7):
            tags = torch.tensor([[*path, *[3] * (len(known[row]) - length)]])
            found = made.score(emitted[row : row + 1], tags, known[row : row + 1])
            assert found.item() == pytest.approx(scores[path], abs=1e-9)


def test_probabilities_of_all_paths_sum_to_1() -> None:
    made = chain()
    emitted, known = batch(made, [4])
    every = torch.tensor(list(itertools.product(range(len(TAGS)), repeat=4)))
    costs = made.negative_log_likelihood(
        emitted.expand(len(every), -1, -1), every, known.expand(len(every), -1)
    )
    assert torch.exp(-costs).sum().item() == pytest.approx(1.0, abs=1e-10)


def test_no_forbidden_path_is_answered_however_likely() -> None:
    made = chain()
    emitted, known = batch(made, [6, 3, 1])
    best = decoder(made).best(emitted.numpy() * 100, known.numpy())
    for row, length in enumerate([6, 3, 1]):
        tags = [TAGS[tag] for tag in best[row, :length].tolist()]
        assert not schemes.broken(tags, "IOBES")
    assert (best[~known] == 0).all()


LABELS = ("X", "Y")


def named(scheme: schemes.Scheme) -> tuple[TagChain, SpanTags, tuple[str, ...]]:
    """A chain of two labels, whose tags make names, and these tags."""
    tags = schemes.tags_for(LABELS, scheme)
    ends = [schemes.follows(tag, None, scheme) for tag in tags]
    made = Chain(
        [schemes.follows(None, tag, scheme) for tag in tags], schemes.allowed(tags, scheme), ends
    ).double()
    torch.manual_seed(0)
    torch.nn.init.normal_(made.steps)
    of_label = np.arange(1, len(tags)).reshape(2, -1)
    letters = [tags[at][0] for at in of_label[0]]
    begins, goes_on = (np.array([one in some for one in letters]) for some in ("BS", "IE"))
    return decoder(made), SpanTags(of_label, begins, goes_on), tags


def by_enumeration(
    made: TagChain, tags: tuple[str, ...], emitted: np.ndarray[Any, Any]
) -> dict[Span, float]:
    """The probability of every name, added up path by path."""
    scores = {
        path: made.begin[path[0]]
        + sum(emitted[t, tag] for t, tag in enumerate(path))
        + sum(made.step[a, b] for a, b in itertools.pairwise(path))
        + made.end[path[-1]]
        for path in itertools.product(range(len(tags)), repeat=len(emitted))
    }
    most = max(scores.values())
    weights = {path: float(np.exp(score - most)) for path, score in scores.items()}
    found: dict[Span, float] = {}
    for path, weight in weights.items():
        for span in schemes.spans_of([tags[at] for at in path]) if weight else ():
            key = (span.first, span.end, LABELS.index(span.label))
            found[key] = found.get(key, 0.0) + weight / sum(weights.values())
    return found


@pytest.mark.parametrize("scheme", ["IOBES", "IOB2"])
def test_the_probability_of_each_name_is_that_of_all_paths_with_it(scheme: schemes.Scheme) -> None:
    made, span_tags, tags = named(scheme)
    lengths = [1, 4, 2]
    known = np.arange(4) < np.array(lengths)[:, None]
    emitted = np.random.default_rng(0).normal(size=(3, 4, len(tags)))
    every = made.spans(emitted, known, span_tags, 0.0001, [[]] * 3)
    rare = made.spans(emitted, known, span_tags, 2.0, [[], [(1, 4, 1), (0, 1, 0)], []])
    for row, length in enumerate(lengths):
        wanted = by_enumeration(made, tags, emitted[row, :length])
        expected = {span: p for span, p in wanted.items() if p >= 0.0001}
        assert every[row] == pytest.approx(expected, abs=1e-12)
        own = slice(row, row + 1), slice(length)
        alone = made.spans(emitted[own], known[own], span_tags, 0.0001, [[]])
        assert alone[0] == pytest.approx(every[row], abs=1e-12)
    assert rare[0] == rare[2] == {}
    few = {span: by_enumeration(made, tags, emitted[1])[span] for span in ((1, 4, 1), (0, 1, 0))}
    assert rare[1] == pytest.approx(few, abs=1e-12)


def test_a_name_beyond_doubt_has_the_probability_1_and_no_number_is_lost() -> None:
    made, span_tags, tags = named("IOBES")
    emitted = np.full((1, 3, len(tags)), -3000.0)
    for at, tag in enumerate(("B-X", "E-X", "O")):
        emitted[0, at, tags.index(tag)] = 0.0
    (found,) = made.spans(emitted, np.ones((1, 3), bool), span_tags, 0.05, [[]])
    assert found == pytest.approx({(0, 2, 0): 1.0})


def test_gradients() -> None:
    made = chain()
    emitted, known = batch(made, [4, 2])
    tags = torch.tensor([[0, 1, 2, 3], [4, 0, 0, 0]])

    def cost(steps: torch.Tensor, emitted: torch.Tensor) -> torch.Tensor:
        return torch.func.functional_call(
            _Cost(made), {"chain.steps": steps}, (emitted, tags, known)
        )

    inputs = (made.steps.detach().requires_grad_(), emitted.requires_grad_())
    assert torch.autograd.gradcheck(cost, inputs, atol=1e-6)


class _Cost(torch.nn.Module):
    def __init__(self, made: Chain) -> None:
        super().__init__()
        self.chain = made

    def forward(self, *given: torch.Tensor) -> torch.Tensor:
        return self.chain.negative_log_likelihood(*given)


def test_a_row_alone_equals_itself_in_company_and_what_pads_it_has_no_gradient() -> None:
    made = chain()
    emitted, known = batch(made, [5, 2])
    tags = torch.randint(0, len(TAGS), (2, 5))
    emitted.requires_grad_()
    both = made.negative_log_likelihood(emitted, tags, known)
    alone = made.negative_log_likelihood(emitted[1:, :2], tags[1:, :2], known[1:, :2])
    assert both[1].item() == alone.item()
    both.sum().backward()
    assert emitted.grad is not None
    assert not emitted.grad[1, 2:].any()
    assert not made.steps.grad[made.forbidden].any()  # type: ignore[index]


def test_float32_is_finite_where_scores_are_large() -> None:
    made = chain().float()
    emitted, known = batch(made, [5, 3])
    found = made.log_partition(emitted.float() * 1000, known)
    assert found.isfinite().all() and (found > FORBIDDEN / 2).all()
