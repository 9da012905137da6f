"""A trainer's process: it trains once for every line it reads and answers with a line of JSON.

It stays alive between rounds, so that imports are paid once and rounds of rival trainers follow
each other closely. Runs in the peers' venvs as well: standard library, NumPy and torch alone.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from time import perf_counter, process_time
from typing import IO, TYPE_CHECKING

from benchmarks.workloads import EVERY, Workload

if TYPE_CHECKING:
    from torch import Tensor, nn


@dataclass(frozen=True)
class Moment:
    """A moment: seconds of the wall clock and of this process's CPU, all threads."""

    wall: float
    cpu: float

    @classmethod
    def now(cls) -> Moment:
        """This moment."""
        return cls(perf_counter(), process_time())


@dataclass(frozen=True)
class Timing:
    """One training: the moments between which it was timed, and the loss it ended with.

    Args:
        start: the end of the warm-up epoch.
        end: the end of the last epoch.
        examples: passed between them.
        final_loss: mean cross-entropy over all training examples afterwards, in evaluation mode; a
            speed is void without it.
    """

    start: Moment
    end: Moment
    examples: int
    final_loss: float


@dataclass(frozen=True)
class Speed:
    """What a worker answers."""

    examples_per_cpu_second: float
    examples_per_second: float
    final_loss: float

    @classmethod
    def of(cls, timing: Timing) -> Speed:
        """Examples per second between the two moments."""
        cpu, wall = timing.end.cpu - timing.start.cpu, timing.end.wall - timing.start.wall
        return cls(timing.examples / cpu, timing.examples / wall, timing.final_loss)


Train = Callable[[Workload, int, Sequence[str]], Timing]
"""(workload, seed, the options after the workload's name) -> how it went."""


def serve(train: Train) -> None:
    """Train for every line of stdin, a seed; answer on stdout, where nothing else can write."""
    parser = argparse.ArgumentParser(description="Trains once for every seed read from stdin.")
    parser.add_argument("workload", choices=list(EVERY))
    parser.add_argument("options", nargs="*")
    chosen = parser.parse_args()
    answers = _keep_stdout()
    for line in sys.stdin:
        answer = Speed.of(train(EVERY[chosen.workload], int(line), chosen.options))
        answers.write(json.dumps(asdict(answer)) + "\n")
        answers.flush()


def mean_loss(net: nn.Module, x: Tensor, y: Tensor) -> float:
    """Mean cross-entropy of ``net`` over all of x and y, in evaluation mode."""
    import torch
    from torch.nn import functional as F

    net.eval()
    with torch.no_grad():
        parts = zip(torch.split(x, 512), torch.split(y, 512), strict=True)
        losses = [F.cross_entropy(net(some), truths, reduction="sum") for some, truths in parts]
        return float(sum(losses)) / len(x)


def tensors(work: Workload) -> tuple[Tensor, Tensor]:
    """The workload's arrays as tensors; torch is held to one thread from here on."""
    import torch

    from benchmarks.workloads import arrays

    torch.set_num_threads(1)
    x, y = arrays(work)
    return torch.from_numpy(x), torch.from_numpy(y)


class InMemory:
    """Batches sliced from tensors, shuffled at every pass; peers take it as a DataLoader."""

    def __init__(self, x: Tensor, y: Tensor, batch: int) -> None:
        self.x, self.y, self.batch = x, y, batch

    def __len__(self) -> int:
        return -(-len(self.x) // self.batch)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        import torch

        for rows in torch.randperm(len(self.x)).split(self.batch):  # type: ignore[no-untyped-call]
            yield self.x[rows], self.y[rows]


def _keep_stdout() -> IO[str]:
    """The real stdout, for us alone; whatever a library prints goes to stderr from here on."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return answers
