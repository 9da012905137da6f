"""Rows of unequal length: held flat, padded when taken, and batches of about one length."""

from __future__ import annotations

import dataclasses
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional as F

import small_runs
import toy_tagger
from netwright.base.errors import RecipeError
from netwright.base.figures import size_in_words
from netwright.contract import Batch, Ragged
from netwright.training.batching import order
from netwright.training.batching.memory import InMemory
from netwright.training.batching.train_batches import plan_of
from netwright.training.devices import Device
from netwright.training.optim import flat_weights
from netwright.training.steps import auto, autograd, traced

rows_of_numbers = st.lists(st.lists(st.integers(0, 9), max_size=7), min_size=1, max_size=12)


@given(rows_of_numbers, st.data())
def test_it_is_a_list_of_lists(rows: list[list[int]], data: st.DataObject) -> None:
    held = Ragged.of(rows, pad=-1, dtype=torch.int64)
    assert held.lengths.tolist() == [len(row) for row in rows]
    width = data.draw(st.integers(max(map(len, rows)), 9))
    assert held.padded(width).tolist() == [row + [-1] * (width - len(row)) for row in rows]
    picked = data.draw(st.lists(st.integers(0, len(rows) - 1), max_size=9))
    taken = held.take(torch.tensor(picked, dtype=torch.int64))
    assert as_lists(taken) == [rows[at] for at in picked]
    ends = sorted(data.draw(st.lists(st.integers(0, len(rows)), max_size=4)))
    sizes = [b - a for a, b in pairwise([0, *ends, len(rows)])]
    parts = held.split(sizes)
    assert [as_lists(part) for part in parts] == [
        rows[a:b] for a, b in pairwise([0, *ends, len(rows)])
    ]
    assert as_lists(Ragged.cat(parts)) == rows
    assert held.nbytes == 8 * (sum(map(len, rows)) + len(rows) + 1)


def as_lists(held: Ragged) -> list[list[int]]:
    ends = held.starts.tolist()
    return [held.values[a:b].tolist() for a, b in pairwise(ends)]


def test_things_may_be_vectors() -> None:
    held = Ragged.of([[[1.0, 2.0]], [], [[3.0, 4.0], [5.0, 6.0]]], dtype=torch.float32)
    assert held.padded().shape == (3, 2, 2)
    assert held.padded()[2].tolist() == [[3, 4], [5, 6]]


sentences = st.lists(
    st.lists(st.lists(st.integers(0, 9), max_size=4), max_size=4), min_size=1, max_size=7
)


@given(sentences, st.data())
def test_of_two_levels_it_is_a_list_of_lists_of_lists(rows: Any, data: st.DataObject) -> None:
    held = Ragged.of_two(rows, pad=-1, dtype=torch.int64)
    lengths, longest = held.extents
    assert lengths.tolist() == [len(row) for row in rows]
    assert longest.tolist() == [max(map(len, row), default=0) for row in rows]
    assert in_lists(held) == rows
    wide = data.draw(st.integers(max(map(len, rows)), 5))
    long = data.draw(st.integers(max(longest.tolist()), 6))
    by_hand = [
        [word + [-1] * (long - len(word)) for word in row] + [[-1] * long] * (wide - len(row))
        for row in rows
    ]
    assert held.padded(wide, long).tolist() == by_hand
    shape = max(1, *lengths.tolist()), max(1, *longest.tolist())
    assert held.padded().shape == (len(rows), *shape)
    picked = data.draw(st.lists(st.integers(0, len(rows) - 1), max_size=9))
    assert in_lists(held.take(torch.tensor(picked, dtype=torch.int64))) == [
        rows[at] for at in picked
    ]
    ends = sorted(data.draw(st.lists(st.integers(0, len(rows)), max_size=4)))
    places = list(pairwise([0, *ends, len(rows)]))
    parts = held.split([b - a for a, b in places])
    assert [in_lists(part) for part in parts] == [rows[a:b] for a, b in places]
    assert in_lists(Ragged.cat(parts)) == rows
    words = [word for row in rows for word in row]
    assert held.nbytes == 8 * (sum(map(len, words)) + len(words) + 1 + len(rows) + 1)
    empty = torch.zeros(len(rows))
    batch = Batch((held, Ragged.of([[1]] * len(rows), dtype=torch.int64)), (), empty)
    assert [column.tolist() for column in batch.lengths] == [
        lengths.tolist(),
        longest.tolist(),
        [1] * len(rows),
    ]
    first, second = batch.padded((wide, long, 2)).inputs
    assert (first.tolist(), second.shape) == (by_hand, (len(rows), 2))


def in_lists(held: Ragged) -> list[list[list[int]]]:
    assert isinstance(held.values, Ragged)
    words, ends = as_lists(held.values), held.starts.tolist()
    return [words[a:b] for a, b in pairwise(ends)]


def test_words_of_letters_streamed_are_those_from_memory(tmp_path: Path) -> None:
    """The same weights to the last bit, and after a kill in the middle of an epoch too."""
    streamed = {"training.batches": "stream", "training.epochs": 2}
    held = small_runs.finished("toy-letters", tmp_path, {**streamed, "training.batches": "memory"})
    read = small_runs.finished("toy-letters", tmp_path, streamed)
    assert any(line.startswith("batches streamed") for line in read.log.lines)
    assert small_runs.same(held.record, read.record)
    cut = small_runs.killed_and_resumed("toy-letters", tmp_path, streamed, 5)
    assert small_runs.same(held.record, cut.record)


def test_words_of_letters_need_their_words(tmp_path: Path) -> None:
    """Read as one long word, a sentence does not tell: the error is that of a guess."""
    letters = small_runs.SYSTEMS["toy-letters"]
    changes = {"training.epochs": 25}
    whole = small_runs.finished("toy-letters", tmp_path, changes, letters.sample(600, 0))
    joined = [["".join(words)] for words in letters.sample(600, 0).inputs]
    flat = dataclasses.replace(letters.sample(600, 0), inputs=joined)
    blind = small_runs.finished("toy-letters", tmp_path, changes, flat)
    errors = [made.record.measures()["dev"]["error"] for made in (whole, blind)]
    assert errors[0].high is not None and errors[1].low is not None
    assert errors[0].high < 0.2 < 0.3 < errors[1].low


lengths = st.lists(st.integers(0, 40), min_size=1, max_size=300).map(torch.tensor)


@given(lengths, st.integers(1, 40), st.integers(0, 3))
def test_an_epoch_by_length_holds_every_row_once_and_no_batch_of_one(
    lengths: Any, size: int, epoch: int
) -> None:
    batches = order.by_length(lengths, size, 0, epoch)
    assert sorted(torch.cat(batches).tolist()) == list(range(len(lengths)))
    assert all(len(rows) > 1 for rows in batches) or size == 1 or len(lengths) == 1
    again = order.by_length(lengths, size, 0, epoch)
    assert [rows.tolist() for rows in batches] == [rows.tolist() for rows in again]
    whole = -(-len(lengths) // size) - (len(lengths) > size > 1 and len(lengths) % size == 1)
    assert len(batches) == whole, "as many as without lengths: the schedule does not notice"


@given(lengths, st.integers(1, 400), st.integers(1, 4))
def test_a_batch_of_things_holds_no_more_than_fit(lengths: Any, things: int, least: int) -> None:
    batches = order.by_length(lengths, 1, 0, 0, None, things, least)
    assert sorted(torch.cat(batches).tolist()) == list(range(len(lengths)))
    for rows in batches:
        assert len(rows) >= min(least, len(lengths))
        # less than ``least`` that are left over join the batch before them
        sure = lengths[rows].sort().values[: max(least, len(rows) - least + 1)]
        assert len(sure) <= least or len(sure) * max(1, int(sure.max())) <= things


@given(lengths, st.integers(1, 60))
def test_evaluation_sees_every_row_once_the_shortest_first(lengths: Any, size: int) -> None:
    batches = order.shortest_first(lengths, size)
    seen = torch.cat(batches)
    assert sorted(seen.tolist()) == list(range(len(lengths)))
    assert lengths[seen].tolist() == sorted(lengths.tolist())


def test_little_is_padded() -> None:
    generator = torch.Generator().manual_seed(0)
    lengths = (torch.randn(3000, generator=generator).exp() * 20).long().clamp(1, 400)
    things = int(lengths.sum())
    padded = {
        name: sum(len(rows) * int(lengths[rows].max()) for rows in batches)
        for name, batches in {
            "as drawn": order.order(3000, 32, 0, 0),
            "by length": order.by_length(lengths, 32, 0, 0),
        }.items()
    }
    assert padded["by length"] < 1.15 * things < 3 * things < padded["as drawn"]


def test_a_batch_is_padded_to_its_longest_row_and_the_last_epochs_order_is_another() -> None:
    held = Ragged.of([[1], [1, 2, 3], [4, 5], [6]], dtype=torch.int64)
    loader = InMemory(Batch((held,), (), torch.ones(4)))
    first, second = loader.batches([torch.tensor([0, 3]), torch.tensor([2, 1])])
    assert first.inputs[0].tolist() == [[1], [6]]
    assert second.inputs[0].tolist() == [[4, 5, 0], [1, 2, 3]]
    [wide] = loader.batches([torch.tensor([0, 3])], [(3,)])
    assert wide.inputs[0].tolist() == [[1, 0, 0], [6, 0, 0]]


def test_the_bytes_held_are_said_exactly(tmp_path: Path) -> None:
    made = small_runs.start("toy-tagger", tmp_path, {}, long_sentences(600))
    held = made.loaders.train
    assert isinstance(held, InMemory)
    words = sum(len(words) for words in made.setup.train.inputs)
    count = len(made.setup.train)
    assert held.size == 8 * (2 * words + 2 * (count + 1)) + 4 * count
    assert f"encoded examples take {size_in_words(held.size)}," in made.loaders.message


def long_sentences(count: int) -> Any:
    """Most of a few words, some of hundreds."""
    from dataclasses import replace

    examples = toy_tagger.SYSTEM.sample(count, 0)
    stretched = [words * (40 if at % 50 == 0 else 1) for at, words in enumerate(examples.inputs)]
    targets = [
        ["after" if i and words[i - 1] % 2 else "other" for i in range(len(words))]
        for words in stretched
    ]
    return replace(examples, inputs=stretched, targets=targets)


@pytest.mark.parametrize("changes", [{}, {"training.batch_tokens": 200}], ids=["rows", "tokens"])
def test_streamed_equals_memory_and_resumed_equals_whole(
    changes: dict[str, Any], tmp_path: Path
) -> None:
    examples = long_sentences(200)
    base = {**changes, "training.epochs": 3, "training.step": "eager"}
    held = small_runs.finished("toy-tagger", tmp_path / "held", base, examples)
    streamed = small_runs.finished(
        "toy-tagger", tmp_path / "streamed", {**base, "training.batches": "stream"}, examples
    )
    assert small_runs.same(held.record, streamed.record)
    end = held.record.curves()[0].step
    after = [end - 1, end, end + 2]
    for left in small_runs.left_by_kills("toy-tagger", tmp_path, base, after, examples).values():
        cut = small_runs.resumed("toy-tagger", left, examples)
        assert small_runs.same(held.record, cut.record)


def test_batches_of_tokens_learn(tmp_path: Path) -> None:
    changes = {"training.batch_tokens": 120, "training.epochs": 20}
    made = small_runs.finished("toy-tagger", tmp_path, changes, long_sentences(300))
    error = made.record.json("measures.json")["dev"]["token_error"]["value"]
    assert error < 0.5 * made.record.info()["baseline"]
    plan = plan_of(made.setup, made.loaders.train)
    [words, tags] = made.loaders.train.lengths
    assert torch.equal(words, tags)
    assert len({len(rows) for rows in plan(0)}) > 1
    assert all(len(rows) * int(words[rows].max()) <= 120 or len(rows) < 4 for rows in plan(0))
    assert int(words.max()) > 100


def test_batches_of_tokens_are_refused_where_all_are_of_one_length(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"training\.batch_tokens = 100: it is for examples of"):
        small_runs.finished("classifier", tmp_path, {"training.batch_tokens": 100})


class Words(nn.Module):
    """The mean over words, with dropout, so that the random state counts."""

    def __init__(self) -> None:
        super().__init__()
        self.embed, self.head = nn.Embedding(10, 8), nn.Linear(8, 3)

    def forward(self, words: Tensor) -> Tensor:
        out: Tensor = self.head(F.dropout(self.embed(words), 0.3, self.training).mean(1))
        return out


def of_width(width: int) -> Batch:
    words = torch.arange(4 * width).view(4, width) % 10
    return Batch((words,), (torch.arange(4) % 3,), torch.ones(4))


def loss(net: nn.Module, batch: Batch) -> Tensor:
    return F.cross_entropy(net(*batch.inputs), batch.targets[0], reduction="none")


def test_each_width_that_comes_often_has_a_program_of_its_own_with_autograds_bits() -> None:
    widths = [3, 5, 3, 3, 5, 7, 5, 3, 5, 3]
    found = []
    for by_shape in (False, True):
        torch.manual_seed(0)
        net = Words().train()
        flat = flat_weights.flatten(net)
        eager = autograd.Eager(net, loss, flat, Device(torch.device("cpu")))
        step = auto.ByShape(eager, 100_000) if by_shape else eager
        torch.manual_seed(1)
        losses = []
        for width in widths:
            batch = of_width(width)
            losses.append(float(step(batch, batch.count.sum())))
            losses.append(float(flat.gradient.sum()))
        found.append(losses)
        if isinstance(step, auto.ByShape):
            recorded = {layout[0][0][1]: way for layout, way in step.ways.items()}  # type: ignore[index]
            assert recorded.keys() == {3, 5}
            assert all(isinstance(way, traced.Traced) for way in recorded.values())
    assert found[0] == found[1]


def test_a_width_is_not_recorded_where_that_would_not_pay() -> None:
    net = Words().train()
    flat = flat_weights.flatten(net)
    step = auto.ByShape(autograd.Eager(net, loss, flat, Device(torch.device("cpu"))), 20)
    for width in (3, 5) * 10:
        batch = of_width(width)
        step(batch, batch.count.sum())
    assert not step.ways


def test_a_recorded_step_that_was_asked_for_is_recorded_whether_or_not_it_pays() -> None:
    net = Words().train()
    flat = flat_weights.flatten(net)
    eager = autograd.Eager(net, loss, flat, Device(torch.device("cpu")))
    step = auto.AutoStep(eager, "traced", 8, lambda line: None)
    for width in (3, 5, 3, 5):
        batch = of_width(width)
        step(batch, batch.count.sum())
    assert isinstance(step.chosen, auto.ByShape)
    step.chosen(of_width(3), torch.tensor(4.0))
    assert [isinstance(way, traced.Traced) for way in step.chosen.ways.values()] == [True, True]


def test_a_plan_without_batches_is_one_sentence(tmp_path: Path) -> None:
    system = small_runs.SYSTEMS["toy-spots"]
    made = small_runs.start("toy-spots", tmp_path, {})
    none = dataclasses.replace(system, plan=lambda train, recipe, seed, epoch: [])
    setup = dataclasses.replace(made.setup, system=none)
    with pytest.raises(RecipeError, match="the system 'toy-spots' plans no batch for epoch 1 of"):
        plan_of(setup, made.loaders.train)(0)
