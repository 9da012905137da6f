"""Improve, TPE and random on one data set: the same recipe, knobs and CPU seconds."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from netwright.api.run import Run

METHODS = ("improve", "tpe", "random")

SAME = {
    "split.test": 0,
    "training.threads": 1,
    "training.precision": "float32",
    "training.reference_seconds": 0,
}
"""Of every training: the benchmark holds the test examples out by itself."""


@dataclass
class Training:
    """One of a method's trainings.

    Args:
        epochs: that were trained.
        examples: that were learned from in all of them.
        dev: what it reached; None where it was stopped or cut.
        ended: CPU seconds since the method began.
    """

    run: str
    epochs: float
    examples: float
    dev: float | None
    ended: float


@dataclass
class Clock:
    """CPU seconds of this process since a method began; whatever else runs on the machine."""

    seconds: float
    begun: float = field(default_factory=time.process_time)
    trainings: list[Training] = field(default_factory=list)

    def now(self) -> float:
        """How many."""
        return time.process_time() - self.begun

    @contextlib.contextmanager
    def noting(self, *, cut: bool) -> Iterator[None]:
        """Inside the block every training is noted.

        Args:
            cut: whether one is stopped by hand when the time is over.
        """
        from netwright.training import trainer

        fit = trainer.fit

        def noted(training: Any, *given: Any, **more: Any) -> Iterator[Any]:
            record, epochs = training.record, 0.0
            steps = fit(training, *given, **more)
            try:
                for progress in steps:
                    epochs = progress.epoch
                    yield progress
                    if cut and self.now() > self.seconds:
                        steps.close()
                        raise KeyboardInterrupt
            finally:
                metric = training.setup.system.metrics[0].name
                # one that was cut is measured by nobody, and an improvement takes its folder away
                done = (record.path / "measures.json").exists()
                dev = record.measures().get("dev", {}).get(metric) if done else None
                value = None if dev is None else dev.value
                examples = epochs * len(training.setup.train)
                self.trainings.append(Training(record.id, epochs, examples, value, self.now()))

        trainer.fit = noted  # type: ignore[assignment]
        try:
            yield
        finally:
            trainer.fit = fit


def found(
    method: str,
    source: Any,
    target: str | None,
    settings: Mapping[str, Any],
    seed: int,
    seconds: float,
    store: Path,
) -> tuple[Run, dict[str, Any]]:
    """The run that a method ends with, and how it came to it."""
    changes = {**SAME, "split.seed": seed, "training.seed": seed, **settings}
    clock = Clock(seconds)
    if method == "improve":
        run, more = _improved(source, target, changes, clock, store)
    else:
        run, more = _searched(method, source, target, changes, clock, seed, store)
    return run, {**more, "trainings": [asdict(one) for one in clock.trainings]}


def _improved(
    source: Any, target: str | None, changes: dict[str, Any], clock: Clock, store: Path
) -> tuple[Run, dict[str, Any]]:
    import netwright as nw
    from netwright.studies import steps
    from netwright.training.timing import rehearsal

    steps.clock = rehearsal.clock = time.process_time  # by which a study measures its budget
    with clock.noting(cut=False):
        done = nw.improve(source, target=target, budget=clock.seconds, set=changes, store=store)
    return done.run, {
        "first": done.result.baseline,
        "alone": done.result.one,
        "ended": done.result.ended,
        "notebook": done.notebook.with_suffix(".md").read_text(encoding="utf-8"),
    }


def _searched(
    sampler: str,
    source: Any,
    target: str | None,
    changes: dict[str, Any],
    clock: Clock,
    seed: int,
    store: Path,
) -> tuple[Run, dict[str, Any]]:
    import netwright as nw
    from netwright.api.beginning import completed, start_of
    from netwright.doctor.improve.changes import ranges
    from netwright.recipe import Recipe

    system, reading, given = start_of(source, target, None, dict(changes), Recipe(), store)
    complete, _ = completed(system, reading, given)
    space = ranges(complete, system.unread(complete))  # what improve may turn, and how far
    kept: list[Any] = []

    def watch(row: Any, outcome: Any) -> None:
        kept[:] = [outcome]
        if clock.now() > clock.seconds:
            raise KeyboardInterrupt

    with clock.noting(cut=True), contextlib.suppress(KeyboardInterrupt):
        nw.search(
            source,
            target=target,
            set=changes,
            space=space,
            trials=10_000,
            sampler=sampler,
            seed=seed,
            store=store,
            watch=watch,
        )
    return nw.open(kept[0].winner.run, store=store), {"space": sorted(space)}
