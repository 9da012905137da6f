"""Progress of a training: a live bar in a terminal, now and then a line elsewhere."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from netwright.cli import console

if TYPE_CHECKING:
    from netwright.training.trainer import Progress


@contextlib.contextmanager
def progress() -> Iterator[Callable[[Progress], None]]:
    """A function that draws each ``Progress`` on stderr."""
    if sys.stderr.isatty() and not console.is_quiet():
        with _bar() as watch:
            yield watch
    else:
        yield _lines()


@contextlib.contextmanager
def _bar() -> Iterator[Callable[[Progress], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("epoch {task.fields[epoch]:>3}/{task.fields[epochs]}"),
        BarColumn(bar_width=None),
        TextColumn(
            "{task.percentage:>3.0f}%  loss {task.fields[loss]:.4f}{task.fields[dev]}", markup=False
        ),
        TimeRemainingColumn(),
    )
    bars = Bars(*columns, console=Console(stderr=True), refresh_per_second=2)
    task = bars.add_task("", total=None, epoch=0, epochs="?", loss=float("nan"), dev="")
    with contextlib.ExitStack() as shown:

        def watch(now: Progress) -> None:
            if now.message:
                bars.console.print(console.printable(now.message), markup=False, highlight=False)
                return
            fields: dict[str, Any] = {"dev": _dev(now)} if now.dev else {}
            bars.update(
                task,
                completed=now.place,
                total=now.steps,
                epoch=now.epoch,
                epochs=now.epochs,
                loss=now.loss,
                **fields,
            )
            if not bars.live.is_started:  # a training that is refused draws no empty bar
                shown.enter_context(bars)

        yield watch


def _lines() -> Callable[[Progress], None]:
    last = [-float("inf")]

    def watch(now: Progress) -> None:
        if now.message:
            console.message(now.message)
            return
        end = now.place >= now.steps
        if now.dev is None or (time.monotonic() - last[0] < 5 and not end):
            return
        last[0] = time.monotonic()
        # the first steps are slower than the others
        known = now.place < now.steps and 20 * now.place >= now.steps
        left = f", {now.seconds / now.place * (now.steps - now.place):.0f} s left" if known else ""
        console.message(
            f"epoch {now.epoch:>3}/{now.epochs}  loss {now.loss:.4f}{_dev(now)}  {now.seconds:.0f}"
            f" s{left}"
        )

    return watch


def _dev(now: Progress) -> str:
    """The single number on dev as the result line prints it; empty between the ends of epochs."""
    from netwright.base.figures import figure
    from netwright.base.measure import Measure
    from netwright.base.visible import one_line

    metric = now.metric
    if not now.dev or metric is None:
        return ""
    low, high = now.interval or (None, None)
    measured = Measure(now.dev[metric.name], 0, low, high, unit=metric.unit, title=metric.title)
    return one_line(f"  dev {figure(metric.name, measured)}")
