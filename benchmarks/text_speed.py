"""Film reviews through averaged word vectors: sentences a second of ours, with evaluation and
record, beside a loop written by hand.

The sentence polarity data set: 9,600 sentences to learn from, 1,062 of dev, 21 words on average;
the words of at least two sentences, vectors of 64, dropout one half, batches of 64, Adam, float32,
one thread. Both hold the sentences as indices, sort pools of 50 batches by length, pad a batch to
its longest sentence, read a tenth of the words as unknown, and answer dev once an epoch.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from benchmarks.harness import Ratio, Table
from benchmarks.text import sentences
from benchmarks.workloads import CACHE

DEV, BATCH, VECTOR, EPOCHS, POOL = 1062, 64, 64, 6, 50
GOAL, GOAL_SPEED = 0.9, 17_000
WORD_DROPOUT = 0.1
ALIKE = {
    "model.name": "bag",
    "model.vector": VECTOR,
    "vectors.source": "none",
    "objective.label_smoothing": 0.0,
    "optimizer.name": "adam",
    "optimizer.lr": 0.002,
    "optimizer.weight_decay": 0.0,
    "schedule.name": "constant",
    "training.average": 0.0,
    "training.batch_size": BATCH,
    "training.epochs": EPOCHS,
    "training.precision": "float32",
    "training.layout": "contiguous",
    "training.threads": 1,
    "training.watch_layers": False,
}
"""What the loop by hand does, too."""


@dataclass(frozen=True)
class Spent:
    """One training.

    Args:
        speed: sentences learned from a CPU second, of the epochs after the first, evaluation and
            record included.
        loss: the last on dev.
    """

    speed: float
    loss: float


def data() -> tuple[list[str], list[str]]:
    """The sentences in an order by chance, those of dev at the end."""
    texts, labels = sentences(CACHE / "sentiment")
    order = torch.randperm(len(texts), generator=torch.Generator().manual_seed(0)).tolist()
    return [texts[at] for at in order], [labels[at] for at in order]


# --- ours


def ours(texts: Sequence[str], labels: Sequence[str], settings: dict[str, object]) -> Spent:
    """By the system ``text``, through trainer and record."""
    from netwright import systems
    from netwright.contract import Examples, Reading, Source
    from netwright.training import trainer

    system = systems.load("text")
    names = [str(at) for at in range(len(texts))]
    splits = ["dev" if at >= len(texts) - DEV else "train" for at in range(len(texts))]
    examples = Examples(list(texts), list(labels), names, names, splits=splits)
    reading = Reading(examples, Source("texts", "texts", "the benchmark's"), (), (), "texts")
    recipe = system.recipe().changed({**settings, "split.test": 0.0})
    with tempfile.TemporaryDirectory() as folder:
        made = trainer.prepare(system, reading, recipe, Path(folder))
        for _ in trainer.fit(made):
            pass
        curves = made.record.curves()
    spent = (curves[-1].cpu_seconds - curves[0].cpu_seconds) / (len(curves) - 1)
    return Spent((len(texts) - DEV) / spent, curves[-1].figures["dev_loss"])


# --- by hand


class Net(nn.Module):
    """The mean of the words' vectors, and a layer over it."""

    def __init__(self, words: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(words, VECTOR)
        nn.init.normal_(self.embed.weight, std=0.1)
        self.drop = nn.Dropout(0.5)
        self.head = nn.Linear(VECTOR, 2)

    def forward(self, words: Tensor) -> Tensor:
        """(B, T) words, 0 where there is none -> (B, 2)."""
        there = (words > 0).unsqueeze(2)
        mean = (self.embed(words) * there).sum(1) / there.sum(1).clamp_min(1)
        out: Tensor = self.head(self.drop(mean))
        return out


def by_hand(texts: Sequence[str], labels: Sequence[str]) -> Spent:
    """In PyTorch alone; the words are split as ours are."""
    from netwright.data.text.vocabulary import Vocabulary
    from netwright.data.text.words import words_of

    torch.manual_seed(0)
    count = len(texts) - DEV
    words = [words_of(text) for text in texts]
    known = Vocabulary.of(words[:count], min_count=2, most=30_000)
    held = [torch.tensor(known.indices(one)) for one in words]
    lengths = torch.tensor([len(one) for one in words])
    y = torch.tensor([label == "pos" for label in labels]).long()
    net = Net(len(known))
    adam = torch.optim.Adam(net.parameters(), 0.002, fused=True)
    generator = torch.Generator().manual_seed(0)
    dev = torch.arange(count, len(texts))
    dev = dev[lengths[dev].argsort()]
    spent, loss = [], 0.0

    def batch(some: Tensor) -> Tensor:
        return nn.utils.rnn.pad_sequence([held[at] for at in some.tolist()], batch_first=True)

    for _ in range(EPOCHS):
        began = time.process_time()
        order = torch.randperm(count, generator=generator)
        batches: list[Tensor] = []
        for pool in torch.split(order, POOL * BATCH):
            batches += torch.split(pool[lengths[pool].argsort()], BATCH)
        net.train()
        for at in torch.randperm(len(batches), generator=generator).tolist():
            x = batch(batches[at])
            x = torch.where((torch.rand(x.shape) < WORD_DROPOUT) & (x > 0), 1, x)
            adam.zero_grad()
            F.cross_entropy(net(x), y[batches[at]]).backward()  # type: ignore[no-untyped-call]
            adam.step()
        net.eval()
        total = 0.0
        with torch.inference_mode():
            for some in torch.split(dev, 256):
                total += float(F.cross_entropy(net(batch(some)), y[some], reduction="sum"))
        loss = total / DEV
        spent.append(time.process_time() - began)
    return Spent(count * (EPOCHS - 1) / sum(spent[1:]), loss)


def run(rounds: int, log: Callable[[str], None]) -> list[Table]:
    """A row each for ours doing the same, ours as it does by default, and the loop by hand."""
    torch.set_num_threads(1)
    texts, labels = data()
    usual = {k: ALIKE[k] for k in ("vectors.source", "training.epochs", "training.threads")}
    ways: dict[str, Callable[[], Spent]] = {
        "by hand": lambda: by_hand(texts, labels),
        "ours, doing the same": lambda: ours(texts, labels, ALIKE),
        "ours, by default": lambda: ours(texts, labels, usual),
    }
    found: dict[str, list[Spent]] = {name: [] for name in ways}
    for at in range(rounds + 1):
        log(f"text_speed: round {at} of {rounds}")
        for name, train in ways.items():
            one = train()
            if at:  # the first warms up
                found[name].append(one)
    figures = {name: [one.speed for one in all_] for name, all_ in found.items()}
    ratios = {name: Ratio.between(each, figures["by hand"]) for name, each in figures.items()}
    rows = tuple(
        (
            name,
            f"{median(figures[name]):,.0f}",
            f"{ratios[name].median:.2f} ({ratios[name].low:.2f}-{ratios[name].high:.2f})",
            f"{median(one.loss for one in all_):.4f}",
        )
        for name, all_ in found.items()
    )
    same = "ours, doing the same"
    speed, reached = median(figures[same]), ratios[same].median
    notes = (
        f"goals {GOAL} of the loop by hand: {_met(reached, GOAL)} ({reached:.2f}); and"
        f" {GOAL_SPEED:,} sentences a second on a core: {_met(speed, GOAL_SPEED)} ({speed:,.0f})",
    )
    return [
        Table(
            f"Sentence polarity, averaged vectors of {VECTOR}, batches of {BATCH}, one thread",
            ("", "sentences a CPU s", "beside by hand", "dev loss"),
            rows,
            notes,
            figures,
        )
    ]


def _met(found: float, goal: float) -> str:
    return "met" if found >= goal else "NOT met"
