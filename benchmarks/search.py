"""What a search costs beside its trainings: the time of a trial over that of the training alone."""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.harness import Ratio, Table, cell

if TYPE_CHECKING:
    from netwright.searching.outcome import Outcome
    from netwright.searching.trials import TrialRow

GOAL = 0.03


@dataclass(frozen=True)
class Training:
    """A source and what to train on it, some seconds long."""

    source: str
    model: str
    epochs: int


TRAININGS = {
    "MLP, 8x8 digits, 20 epochs": Training("digits8", "mlp", 20),
    "LeNet-5, 28x28 digits, 3 epochs": Training("digits", "lenet5", 3),
}
SAME = {"optimizer.epsilon": {"low": 0.99e-8, "high": 1.01e-8, "scale": "linear"}}
"""A space in which every trial is the same training."""

TIMES = ("trial", "inside", "outside", "alone", "nw.train")


def run(rounds: int, log: Callable[[str], None]) -> list[Table]:
    """One table: what a trial spends outside its training, and its time over that of one alone.

    Beside it the same over ``nw.train``, which also reads the data and writes a diagnosis and a
    report.
    """
    rows, notes, figures = [], [], {}
    for name, training in TRAININGS.items():
        log(f"search: {name}")
        times = measure(training, rounds)
        bare, whole = (
            Ratio.between(times["trial"], times[other]) for other in ("alone", "nw.train")
        )
        fraction = Ratio.between(times["outside"], times["inside"])
        outside = Ratio.of([1000 * seconds for seconds in times["outside"]])
        rows.append(
            (
                name,
                cell(Ratio.of(times["trial"])),
                cell(outside),
                f"{100 * fraction.median:.1f}%",
                cell(bare),
                cell(whole),
            )
        )
        notes.append(
            f"{'met' if fraction.median <= GOAL else 'NOT met'}: {name}, goal at most"
            f" {100 * GOAL:.0f}% outside the training"
        )
        figures[name] = times
    columns = (
        "training",
        "trial, wall s",
        "outside, ms",
        "outside / inside",
        "trial / alone",
        "trial / nw.train",
    )
    return [Table("Overhead of a search", columns, tuple(rows), tuple(notes), {"rounds": figures})]


@dataclass
class TrialClock:
    """The times of trials, each followed by the same training alone and through ``nw.train``.

    Args:
        alone, whole: train once without a search; ``whole`` through ``nw.train``.
        inside: its only entry is the seconds of preparing and fitting so far.
    """

    alone: Callable[[], None]
    whole: Callable[[], None]
    inside: list[float]
    times: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in TIMES})
    started: float = 0.0
    before: float = 0.0

    def watch(self, row: TrialRow, found: Outcome) -> None:
        """Note the times of a trial that just ended; the next one starts after it."""
        if row.state == "complete":  # the same training may be stopped early when a hair poorer
            trial, inside = time.perf_counter() - self.started, self.inside[0]
            after = _seconds(self.alone)
            self.times["trial"].append(trial)
            self.times["inside"].append(inside)
            self.times["outside"].append(trial - inside)
            self.times["alone"].append((self.before + after) / 2)
            self.times["nw.train"].append(_seconds(self.whole))
        self.before = _seconds(self.alone)
        self.inside[0], self.started = 0.0, time.perf_counter()


def measure(training: Training, rounds: int) -> dict[str, list[float]]:
    """Seconds of each trial, and of the same training alone, the mean of before and after it.

    All run in one process; the first round does not count. A trial's time runs from the end of what
    came before to the moment at which a person sees its result: the sampler, the storage, the signs
    of life and the choice of the best so far are all in it. ``inside`` is what of that was
    preparing and fitting, by a clock around both; ``alone`` is both of them without a search, on
    data that are read already.
    """
    import netwright as nw
    from netwright.api.beginning import start_of
    from netwright.recipe import Recipe
    from netwright.training import trainer

    settings = {"training.epochs": training.epochs, "training.threads": 1}
    system, reading, start = start_of(
        training.source, None, training.model, dict(settings), Recipe()
    )
    with tempfile.TemporaryDirectory() as folder, clocked(trainer) as inside:
        store = Path(folder)

        def alone() -> None:
            for _ in trainer.fit(trainer.prepare(system, reading, start, store)):
                pass

        def whole() -> None:
            nw.train(training.source, model=training.model, set=settings, store=store)

        clock = TrialClock(alone, whole, inside)
        nw.search(
            training.source,
            model=training.model,
            set=settings,
            space=SAME,
            trials=rounds + 1,
            store=store,
            watch=clock.watch,
        )
    return {name: values[1:] for name, values in clock.times.items()}


@contextlib.contextmanager
def clocked(trainer: Any) -> Iterator[list[float]]:
    """Inside the block ``trainer.prepare`` and ``trainer.fit`` add their seconds to the entry."""
    spent, prepare, fit = [0.0], trainer.prepare, trainer.fit

    def timed(work: Callable[[], Any]) -> Any:
        begun = time.perf_counter()
        try:
            return work()
        finally:
            spent[0] += time.perf_counter() - begun

    def fitting(*given: Any) -> Iterator[Any]:
        steps = fit(*given)
        while (progress := timed(lambda: next(steps, None))) is not None:
            yield progress

    trainer.prepare, trainer.fit = lambda *given: timed(lambda: prepare(*given)), fitting
    try:
        yield spent
    finally:
        trainer.prepare, trainer.fit = prepare, fit


def _seconds(work: Callable[[], None]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
