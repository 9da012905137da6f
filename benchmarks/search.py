"""What a search costs beside its trainings: the time of a trial over that of the same training run
alone.
"""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
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


def run(rounds: int, tell: Callable[[str], None]) -> list[Table]:
    """One table: what a trial spends outside its training, and its time over that of the same
    training alone.

    Beside it the same over ``nw.train``, which also reads the data and writes a diagnosis and a
    report.
    """
    rows, notes, figures = [], [], {}
    for name, training in TRAININGS.items():
        tell(f"search: {name}")
        times = measure(training, rounds)
        bare, whole = (
            Ratio.between(times["trial"], times[other]) for other in ("alone", "nw.train")
        )
        share = Ratio.between(times["outside"], times["inside"])
        outside = Ratio.of([1000 * seconds for seconds in times["outside"]])
        rows.append(
            (
                name,
                cell(Ratio.of(times["trial"])),
                cell(outside),
                f"{100 * share.median:.1f}%",
                cell(bare),
                cell(whole),
            )
        )
        notes.append(
            f"{'met' if share.median <= GOAL else 'NOT met'}: {name}, goal at most"
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


def measure(training: Training, rounds: int) -> dict[str, list[float]]:
    """Seconds of each trial, and of the same training alone (the mean of before and after it), in
    one process; the first round does not count.

    A trial's time runs from the end of what came before to the moment at which a person is told of
    it: the sampler, the storage, the signs of life and the choice of the best so far are all in it.
    ``inside`` is what of that was preparing and fitting, by a clock around both; ``alone`` is both
    of them without a search, on data that are read already.
    """
    import netwright as nw
    from netwright.api.training import start_of
    from netwright.recipe import Recipe
    from netwright.training import trainer

    settings = {"training.epochs": training.epochs, "training.threads": 1}
    times: dict[str, list[float]] = {
        "trial": [],
        "inside": [],
        "outside": [],
        "alone": [],
        "nw.train": [],
    }
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

        mark, before = [0.0], [0.0]

        def watch(row: TrialRow, found: Outcome) -> None:
            if row.state != "complete":
                before[0] = _seconds(alone)
                inside[0], mark[0] = 0.0, time.perf_counter()
                return  # the same training may be stopped early when it is the poorer by a hair
            trial = time.perf_counter() - mark[0]
            for name, seconds in (
                ("trial", trial),
                ("inside", inside[0]),
                ("outside", trial - inside[0]),
            ):
                times[name].append(seconds)
            after = _seconds(alone)
            times["alone"].append((before[0] + after) / 2)
            times["nw.train"].append(_seconds(whole))
            before[0] = _seconds(alone)
            inside[0], mark[0] = 0.0, time.perf_counter()

        given: dict[str, Any] = {
            "model": training.model,
            "set": settings,
            "space": SAME,
            "trials": rounds + 1,
        }
        nw.search(training.source, **given, store=store, watch=watch)
    return {name: values[1:] for name, values in times.items()}


@contextlib.contextmanager
def clocked(trainer: Any) -> Iterator[list[float]]:
    """Inside the block ``trainer.prepare`` and ``trainer.fit`` add the seconds that they work to
    the list's only entry.
    """
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
