"""The layers of nets over sequences: an LSTM from both ends of padded texts beside packed ones, the
adaptive softmax beside the full one, and each recurrent cell beside the LSTM.

All of it on data by chance, in float32, on one thread, in CPU seconds.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial
from statistics import median

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from benchmarks.harness import Ask, Ratio, Table, interleave
from netwright.nets.sequence.over_words.adaptive import AdaptiveSoftmax, ends_of
from netwright.nets.sequence.over_words.softmax import Softmax
from netwright.nets.sequence.recurrent.layers import CELLS, Recurrent

UNITS, VECTOR, TAGS, BATCH, BATCHES, POOL = 256, 100, 9, 32, 10, 50
WORDS, LANES, PLACES = 10_000, 20, 35
GOAL_PACKED, GOAL_OUTPUT, GOAL_STEP = 0.75, 5.0, 2.5

Way = Callable[[], None]
Layer = Softmax | AdaptiveSoftmax


# --- padded and packed


def batches(seed: int = 0) -> list[tuple[Tensor, Tensor]]:
    """Vectors (B, T, D) and lengths (B,) of sentences, 22 words on average, the longest of 80,
    sorted by length within pools of 50 batches, as a training has them.
    """
    rng = np.random.default_rng(seed)
    lengths = np.clip(np.exp(rng.normal(2.95, 0.6, POOL * BATCH)).astype(int), 1, 80)
    pools = np.sort(lengths)[::-1].copy().reshape(POOL, BATCH)
    chosen = pools[rng.permutation(POOL)[:BATCHES]]
    return [(torch.randn(BATCH, int(row[0]), VECTOR), torch.from_numpy(row)) for row in chosen]


class Padded(nn.Module):
    """Ours: both ways by reversing within each text."""

    def __init__(self) -> None:
        super().__init__()
        self.recur = Recurrent("lstm", VECTOR, UNITS, both_ways=True)
        self.head = nn.Linear(2 * UNITS, TAGS)

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        """(B, T, TAGS)."""
        known = torch.arange(x.shape[1]) < lengths[:, None]
        return self.head(self.recur(x, known))  # type: ignore[no-any-return]


class Packed(nn.Module):
    """As PyTorch's documentation has it."""

    def __init__(self) -> None:
        super().__init__()
        self.recur = nn.LSTM(VECTOR, UNITS, batch_first=True, bidirectional=True)
        self.head = nn.Linear(2 * UNITS, TAGS)

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        """(B, T, TAGS)."""
        packed = nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True)
        states, _ = nn.utils.rnn.pad_packed_sequence(self.recur(packed)[0], batch_first=True)
        return self.head(states)  # type: ignore[no-any-return]


def tagging(net: nn.Module) -> Way:
    """A step of training on each of the batches."""
    adam = torch.optim.Adam(net.parameters(), 0.001, fused=True)
    some = [
        (x, lengths, torch.randint(0, TAGS, x.shape[:2]).masked_fill(_beyond(x, lengths), -100))
        for x, lengths in batches()
    ]

    def steps() -> None:
        for x, lengths, tags in some:
            adam.zero_grad()
            F.cross_entropy(net(x, lengths).flatten(0, 1), tags.flatten()).backward()  # type: ignore[no-untyped-call]
            adam.step()

    return steps


def _beyond(x: Tensor, lengths: Tensor) -> Tensor:
    return torch.arange(x.shape[1]) >= lengths[:, None]


# --- over the words


def drawn_words() -> Tensor:
    """(LANES, PLACES) words as often as in a text: by Zipf's law."""
    often = 1 / (np.arange(WORDS) + 2.7)
    rng = np.random.default_rng(0)
    return torch.from_numpy(rng.choice(WORDS, (LANES, PLACES), p=often / often.sum()))


def output_alone(layer: Layer) -> Way:
    """Forward and backward of the layer over the words."""
    states, words = torch.randn(LANES, PLACES, UNITS, requires_grad=True), drawn_words()

    def once() -> None:
        layer.zero_grad()
        layer.costs(states, words).mean().backward()  # type: ignore[no-untyped-call]

    return once


def writing(layer: Layer) -> Way:
    """A whole step of a model of language: vectors, an LSTM, the layer, clipping and Adam."""
    embed = nn.Embedding(WORDS, UNITS)
    net = nn.ModuleList([embed, recur := Recurrent("lstm", UNITS, UNITS), layer])
    adam, words = torch.optim.Adam(net.parameters(), 0.001, fused=True), drawn_words()

    def step() -> None:
        adam.zero_grad()
        states, _ = recur.with_last(embed(words))
        layer.costs(states, words.roll(-1, 1)).mean().backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        adam.step()

    return step


def layers_over_words() -> Mapping[str, Layer]:
    """The full softmax, and the adaptive one as it is by default."""
    adaptive = AdaptiveSoftmax(UNITS, WORDS, ends=ends_of(WORDS))
    return {"full": Softmax(UNITS, WORDS), "adaptive": adaptive}


# --- cells


def one_cell(name: str) -> Way:
    """Forward and backward, one way over 32 texts of 30 words."""
    net, x = Recurrent(name, VECTOR, UNITS), torch.randn(BATCH, 30, VECTOR)

    def once() -> None:
        net.zero_grad()
        net(x).sum().backward()

    return once


# --- all


def measured(ways: Mapping[str, Way], rounds: int) -> dict[str, list[float]]:
    """CPU seconds of each in each round."""

    def ask(way: Way) -> Ask:
        def answer(seed: int) -> dict[str, float]:
            began = time.process_time()
            way()
            return {"seconds": time.process_time() - began}

        return answer

    asks = {name: ask(way) for name, way in ways.items()}
    answers, _ = interleave(asks, rounds, lambda line: None)
    return {name: [one["seconds"] for one in found] for name, found in answers.items()}


def table(title: str, ways: Mapping[str, Way], rounds: int, note: Callable[[float], str]) -> Table:
    """CPU milliseconds of each way, and how many times as long the first one takes."""
    found = measured(ways, rounds)
    first, *others = found
    rows, reached = [(first, f"{1000 * median(found[first]):.1f}", "")], 0.0
    for name in others:
        ratio = Ratio.between(found[first], found[name])
        reached = ratio.median
        times = f"{ratio.median:.2f} ({ratio.low:.2f}-{ratio.high:.2f})"
        rows.append((name, f"{1000 * median(found[name]):.1f}", times))
    return Table(
        title, ("", "CPU ms", f"time of '{first}' / its own"), tuple(rows), (note(reached),), found
    )


def run(rounds: int, log: Callable[[str], None]) -> list[Table]:
    """The three tables, and the cells."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    log("sequence: texts, padded and packed")
    texts = {"packed": tagging(Packed()), "padded (ours)": tagging(Padded())}
    tables = [
        table(
            f"An LSTM of {UNITS} from both ends, {BATCHES} steps of {BATCH} sentences",
            texts,
            rounds,
            lambda times: _goal(1 / times, GOAL_PACKED, "of packed sequences' time", least=False),
        )
    ]
    parts: tuple[tuple[str, Callable[[Layer], Way], float], ...] = (
        ("forward and backward", output_alone, GOAL_OUTPUT),
        (f"a whole step, LSTM of {UNITS}", writing, GOAL_STEP),
    )
    for what, make, goal in parts:
        log(f"sequence: softmax, {what}")
        ways = {name: make(layer) for name, layer in layers_over_words().items()}
        title = f"Softmax over {WORDS:,} words of {LANES * PLACES} states: {what}"
        tables.append(table(title, ways, rounds, partial(_goal, goal=goal, what="times as fast")))
    log("sequence: cells")
    cells = {name: one_cell(name) for name in ("lstm", *(one for one in CELLS if one != "lstm"))}
    title = f"Cells of {UNITS}, forward and backward over {BATCH} texts of 30 words"
    tables.append(table(title, cells, rounds, lambda times: "lstm alone is one operation"))
    return tables


def _goal(found: float, goal: float, what: str, *, least: bool = True) -> str:
    met = found >= goal if least else found <= goal
    bound = "at least" if least else "at most"
    return f"goal {bound} {goal} {what}: {'met' if met else 'NOT met'} ({found:.2f})"
