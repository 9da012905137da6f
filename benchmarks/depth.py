"""Plain against residual nets of 20, 32 and 56 layers on a small real set (notes 4.2.5; He et al.
2015, figure 6): the training loss as depth grows, and the error on dev.

All six are trained alike, on ``digits`` at 16x16 without augmentation: what differs is the
shortcuts. The picture of their curves is written to ``.bench/plain-and-residual.svg``.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median
from time import process_time

from benchmarks.harness import Table
from benchmarks.workloads import CACHE

DEPTHS = (20, 32, 56)
FAMILIES = {"plain": "plain{}", "residual": "resnet{}"}
EPOCHS = 12
SETTINGS = {
    "data.image_size": 16,
    "augment.strength": 0,
    "training.threads": 1,
    "training.precision": "float32",
    "training.layout": "channels_last",
    "training.average": 0,
    "training.batch_size": 64,
    # He et al.: SGD with momentum, which no later optimizer hides the depth from
    "optimizer.name": "momentum",
    "optimizer.lr": 0.05,
    "optimizer.weight_decay": 1e-4,
    "objective.label_smoothing": 0,
}
PICTURE = CACHE / "plain-and-residual.svg"

Losses = dict[str, list[list[float]]]
"""Name of a net -> for each seed its training loss, epoch by epoch."""


def run(rounds: int, log: Callable[[str], None]) -> list[Table]:
    """One seed a round."""
    losses: Losses = {}
    errors: dict[str, list[float]] = {}
    seconds: dict[str, list[float]] = {}
    for seed in range(rounds):
        for family in FAMILIES.values():
            for depth in DEPTHS:
                name = family.format(depth)
                log(f"depth: seed {seed}, {name}")
                before = process_time()
                curve, error = _trained(name, seed)
                losses.setdefault(name, []).append(curve)
                errors.setdefault(name, []).append(error)
                seconds.setdefault(name, []).append(process_time() - before)
    _draw(losses, PICTURE)
    return [_table(losses, errors, seconds)]


def _trained(name: str, seed: int) -> tuple[list[float], float]:
    """Its training loss epoch by epoch, and its error on dev after the last."""
    import netwright as nw

    with tempfile.TemporaryDirectory() as store:
        run = nw.train(
            "digits",
            model=name,
            epochs=EPOCHS,
            set={**SETTINGS, "training.seed": seed},
            store=store,
        )
        return [row["loss"] for row in run.curves], run.curves[-1]["dev_error"]


def _table(
    losses: Losses, errors: Mapping[str, list[float]], seconds: Mapping[str, list[float]]
) -> Table:
    rows = tuple(
        (
            name,
            f"{median(own[0] for own in curves):.3f}",
            f"{median(own[-1] for own in curves):.4f}",
            f"{100 * median(errors[name]):.2f}%",
            f"{median(seconds[name]):.0f}",
        )
        for name, curves in losses.items()
    )
    return Table(
        title=f"Plain and residual nets, digits at 16x16, {EPOCHS} epochs, momentum",
        columns=("net", "loss, epoch 1", f"loss, epoch {EPOCHS}", "dev error", "CPU s"),
        rows=rows,
        notes=(f"medians of {len(next(iter(errors.values())))} seeds; curves in {PICTURE.name}",),
        figures={"losses": losses, "errors": dict(errors)},
    )


def _draw(losses: Losses, place: Path) -> None:
    """Two panels, one a family, a line a depth: the median of the seeds."""
    from matplotlib.ticker import FuncFormatter, NullLocator

    from netwright.plots.style import COLOURS, MUTED, SIZE, figure, name_ends, quiet, styled, svg

    colours = (COLOURS["train_dev"], COLOURS["train"], COLOURS["dev"])
    with styled():
        drawn = figure(720.0, 280.0)
        panels = [drawn.add_axes((left, 0.17, 0.33, 0.7)) for left in (0.07, 0.57)]
        ends = [min(min(own) for own in curves) for curves in losses.values()]
        for axes, (family, pattern) in zip(panels, FAMILIES.items(), strict=True):
            axes.set_yscale("log")
            axes.set_ylim(0.7 * min(ends), 3.0)
            named = []
            for depth, colour in zip(DEPTHS, colours, strict=True):
                curves = losses[pattern.format(depth)]
                line = [median(epoch) for epoch in zip(*curves, strict=True)]
                axes.plot(range(1, len(line) + 1), line, color=colour, linewidth=1.6)
                named.append((f"{depth} layers", line[-1], colour))
            name_ends(axes, named, size=SIZE - 1.5)
            axes.yaxis.set_major_formatter(FuncFormatter(lambda value, at: f"{value:g}"))
            axes.yaxis.set_minor_locator(NullLocator())
            axes.set_title(f"{family}: training loss", loc="left", fontsize=SIZE + 1, pad=8)
            axes.set_xlabel("epoch", fontsize=SIZE - 1, color=MUTED, labelpad=1)
            axes.set_xticks(range(2, EPOCHS + 1, 2))
            quiet(axes)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(
            svg(drawn, label="Training loss of plain and residual nets by depth", name="depth"),
            encoding="utf-8",
        )
