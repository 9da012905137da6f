"""Texts of unequal length through a GRU: an epoch of ours, with evaluation and record, beside a
bucketed loop written by hand; and the bytes that are held.

1,800 texts of 26 words on average, the longest of 233; 3,000 words, vectors and units of 64, two
classes, batches of 32, Adam, float32, one thread. Both sort pools of 50 batches by length, pad a
batch to its longest text, and answer the 200 texts of dev once an epoch.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from benchmarks.harness import Table
from netwright.contract import (
    Batch,
    Chosen,
    Draws,
    Examples,
    Metric,
    Ragged,
    Reading,
    Source,
    System,
)
from netwright.recipe import Recipe

TEXTS, DEV, WORDS, BATCH, EPOCHS, POOL = 2000, 200, 3000, 32, 6, 50
GOAL = 0.95


class Net(nn.Module):
    """The mean of a GRU's states over the words of a text."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(WORDS + 1, 64, padding_idx=0)
        self.recur = nn.GRU(64, 64, batch_first=True)
        self.head = nn.Linear(64, 2)

    def forward(self, words: Tensor) -> Tensor:
        """(B, T) words, 0 where there is none -> (B, 2)."""
        states = self.recur(self.embed(words))[0]
        there = (words > 0).unsqueeze(2)
        out: Tensor = self.head((states * there).sum(1) / there.sum(1).clamp_min(1))
        return out


def texts(seed: int = 0) -> tuple[list[list[int]], list[int]]:
    """Texts as numbers of words, and their classes: which of two words comes more often."""
    rng = np.random.default_rng(seed)
    lengths = np.clip(np.exp(rng.normal(2.95, 0.75, TEXTS)).astype(int), 2, 233)
    lengths[0] = 233
    rows = [rng.integers(3, WORDS, length).tolist() for length in lengths]
    classes = rng.integers(0, 2, TEXTS).tolist()
    for row, label in zip(rows, classes, strict=True):
        row[:: max(2, len(row) // 4)] = [1 + label] * len(row[:: max(2, len(row) // 4)])
    return rows, classes


# --- ours


@dataclass(frozen=True)
class _Label:
    label: str


@dataclass(frozen=True)
class _Codec:
    words: int

    def encode(self, examples: Examples) -> Batch:
        """Words as they are, padded with 0 where a batch is taken."""
        words = Ragged.of(examples.inputs, dtype=torch.int64)
        targets = torch.tensor([int(target) for target in examples.targets])
        return Batch((words,), (targets,), torch.ones(len(examples)))

    def prepare(self, batch: Batch, recipe: Any, draws: Draws | None) -> Batch:
        """As it is."""
        return batch

    def decode(
        self, net: nn.Module, outputs: Tensor, batch: Batch, recipe: Any, chosen: Chosen
    ) -> list[_Label]:
        """The more probable class."""
        return [_Label(str(label)) for label in outputs.argmax(1).tolist()]


def _loss(net: nn.Module, outputs: Tensor, batch: Batch, recipe: Any, training: bool) -> Tensor:
    return F.cross_entropy(outputs, batch.targets[0], reduction="none")


def _error(example: Any, answer: _Label) -> float:
    return float(answer.label != example.target)


SYSTEM: System[Any, Any] = System(
    name="benchmark",
    recipe=Recipe,
    codec=_Codec,
    answer=_Label,
    accepts=lambda examples: None,
    complete=lambda recipe, train: recipe,
    fit=lambda train, recipe: _Codec(WORDS),
    model=lambda codec, recipe: Net(),
    loss=_loss,
    metrics=(Metric("error", "lower", _error, lambda values: sum(values) / len(values)),),
    baseline=lambda train: lambda example: _Label("0"),
    sample=lambda count, seed: Examples([], [], [], []),
)
SETTINGS = {
    "model.name": "benchmark",
    "optimizer.name": "adam",
    "optimizer.lr": 0.002,
    "optimizer.weight_decay": 0.0,
    "schedule.name": "constant",
    "schedule.warmup": 0.0,
    "training.epochs": EPOCHS,
    "training.batch_size": BATCH,
    "training.average": 0.0,
    "training.precision": "float32",
    "training.layout": "contiguous",
    "training.threads": 1,
    "training.watch_layers": False,
}


def ours(place: str) -> tuple[float, float, str]:
    """CPU seconds of an epoch after the first, the last dev loss, and what was held."""
    from netwright.training import trainer

    rows, classes = texts()
    names = [str(at) for at in range(TEXTS)]
    splits = ["dev" if at >= TEXTS - DEV else "train" for at in range(TEXTS)]
    examples = Examples(rows, [str(label) for label in classes], names, names, splits=splits)
    reading = Reading(examples, Source("texts", "texts", "the benchmark's"), (), (), "texts")
    recipe = Recipe().changed({**SETTINGS, "training.batches": place, "split.test": 0.0})
    with tempfile.TemporaryDirectory() as folder:
        made = trainer.prepare(SYSTEM, reading, recipe, Path(folder))
        for _ in trainer.fit(made):
            pass
        curves = made.record.curves()
    spent = (curves[-1].cpu_seconds - curves[0].cpu_seconds) / (len(curves) - 1)
    return spent, curves[-1].figures["dev_loss"], made.loaders.message


# --- by hand


def by_hand() -> tuple[float, float]:
    """CPU seconds of an epoch after the first, and the last dev loss."""
    rows, classes = texts()
    held = [torch.tensor(row) for row in rows]
    labels = torch.tensor(classes)
    lengths = torch.tensor([len(row) for row in rows])
    torch.manual_seed(0)
    net = Net()
    adam = torch.optim.Adam(net.parameters(), 0.002, fused=True)
    generator = torch.Generator().manual_seed(0)
    dev = torch.arange(TEXTS - DEV, TEXTS)
    dev = dev[lengths[dev].argsort()]
    spent, loss = [], 0.0

    def batch(some: Tensor) -> tuple[Tensor, Tensor]:
        padded = nn.utils.rnn.pad_sequence([held[at] for at in some.tolist()], batch_first=True)
        return padded, labels[some]

    for _ in range(EPOCHS):
        began = time.process_time()
        order = torch.randperm(TEXTS - DEV, generator=generator)
        batches: list[Tensor] = []
        for pool in torch.split(order, POOL * BATCH):
            batches += torch.split(pool[lengths[pool].argsort()], BATCH)
        net.train()
        for at in torch.randperm(len(batches), generator=generator).tolist():
            x, y = batch(batches[at])
            adam.zero_grad()
            F.cross_entropy(net(x), y).backward()  # type: ignore[no-untyped-call]
            adam.step()
        net.eval()
        total = 0.0
        with torch.inference_mode():
            for some in torch.split(dev, 64):
                x, y = batch(some)
                total += float(F.cross_entropy(net(x), y, reduction="sum"))
        loss = total / DEV
        spent.append(time.process_time() - began)
    return sum(spent[1:]) / (EPOCHS - 1), loss


def run(rounds: int, log: Callable[[str], None]) -> list[Table]:
    """A row each for ours from memory, ours streamed, and the loop by hand."""
    torch.set_num_threads(1)
    found: dict[str, list[tuple[float, float]]] = {"memory": [], "stream": [], "by hand": []}
    message = ""
    for at in range(rounds + 1):
        log(f"ragged: round {at} of {rounds}")
        hand = by_hand()
        for place in ("memory", "stream"):
            seconds, loss, line = ours(place)
            message = line if place == "memory" else message
            if at:
                found[place].append((seconds, loss))
        if at:
            found["by hand"].append(hand)
    hand_seconds = [seconds for seconds, _ in found["by hand"]]
    rows = []
    for name, pairs in found.items():
        ratios = sorted(by / mine for by, (mine, _) in zip(hand_seconds, pairs, strict=True))
        rows.append(
            (
                name,
                f"{median(seconds for seconds, _ in pairs):.3f}",
                f"{median(ratios):.2f} ({ratios[0]:.2f}-{ratios[-1]:.2f})",
                f"{median(loss for _, loss in pairs):.4f}",
            )
        )
    reached = median(by / mine for by, (mine, _) in zip(hand_seconds, found["memory"], strict=True))
    verdict = "met" if reached >= GOAL else "not met"
    notes = (f"goal {GOAL} of the loop by hand: {verdict} ({reached:.2f}); {message}",)
    return [
        Table(
            "Texts of unequal length, GRU: CPU seconds of an epoch",
            ("", "CPU s", "speed beside by hand", "dev loss"),
            tuple(rows),
            notes,
            dict(found),
        )
    ]
