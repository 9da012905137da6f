"""Layers that vanish, explode, die or saturate, from what a run recorded (notes 2.1.7)."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from netwright.base.findings import Finding
from netwright.doctor.advice.knobs import plain, turned
from netwright.runs.rows import LayerRow

if TYPE_CHECKING:
    from netwright.recipe import Recipe
    from netwright.recipe.turns import Remedy

VANISHED = 1e-6
"""Of the largest layer's gradient.

Nets that learn stayed above 1e-4 in every trial; thirty sigmoid layers lie at 1e-20.
"""

HUGE = 1e4
"""Activations of this size, or gradients this many times the last layer's."""

DEAD = 0.7
"""Fraction of a layer's units that are 0 for every example looked at.

In nets that learn it stayed under 0.6.
"""

FLAT = 0.7
"""Fraction of activations in the flat ends of tanh or sigmoid."""

REMEDIES: Mapping[str, Remedy] = {
    "NW112": "vanishing gradient",
    "NW113": "exploding layer",
    "NW114": "dead units",
    "NW115": "saturated units",
}
"""Finding -> what knobs are turned for against it."""


def find(
    rows: Sequence[LayerRow],
    muted: Collection[str] = frozenset(),
    recipe: Recipe | None = None,
    unread: Collection[str] = (),
) -> tuple[Finding, ...]:
    """At most one finding of a kind, which names the worst layer and how many there are.

    Args:
        rows: of ``layers.csv``; the last moment decides, for explosions any.
        muted: codes to leave out.
        recipe: the run's, whose knobs are named; None: unknown.
        unread: keys of its knobs that the run's data leave unread.
    """
    if not rows:
        return ()
    steps = sorted({row.step for row in rows})
    last = [row for row in rows if row.step == steps[-1]]
    found = [*_explodes(rows), *_dies(rows, last), *_vanishes(rows, last), *_saturates(rows, last)]
    return tuple(
        replace(finding, do=(*_settings(finding.code, recipe, unread), *finding.do))
        for finding in found
        if finding.code not in muted
    )


def _settings(code: str, recipe: Recipe | None, unread: Collection[str]) -> list[str]:
    """What to set, of the knobs that the run's system has."""
    if recipe is None:
        return []
    return [f"--set {key}={plain(new)}" for key, new in turned(REMEDIES[code], recipe, unread)]


def _vanishes(rows: Sequence[LayerRow], last: Sequence[LayerRow]) -> Iterator[Finding]:
    gradients = {row.layer: row.gradient for row in last if math.isfinite(row.gradient)}
    most = max(gradients.values(), default=0.0)
    ill = {name: g / most for name, g in gradients.items() if most > 0 and g < VANISHED * most}
    if ill:
        worst = min(ill, key=lambda name: ill[name])
        since = _since(rows, worst, lambda row, top: row.gradient < VANISHED * top)
        yield Finding(
            "NW112",
            f"The gradient vanishes in {_named(worst, ill)}: {_fraction_text(ill[worst])} the"
            f" largest layer's, since step {since:,}; it learns next to nothing.",
            {"layers": sorted(ill), "fraction": ill[worst], "since": since},
            ("a net with a norm and with shortcuts, or fewer layers",),
            "problem",
        )


def _explodes(rows: Sequence[LayerRow]) -> Iterator[Finding]:
    ill: dict[str, tuple[int, float]] = {}
    # of the last layer, at each step
    tops = {row.step: row.gradient for row in rows if math.isfinite(row.gradient)}
    for row in rows:
        size = row.rms if math.isfinite(row.rms) else 0.0
        top = tops.get(row.step, 0.0)
        growth = row.gradient / top if top > 0 else 0.0
        # without a figure the loss does not reach the layer, or training diverged, which is
        # reported elsewhere
        if size > HUGE or growth > HUGE:
            ill.setdefault(row.layer, (row.step, max(size, growth)))
    if ill:
        worst = max(ill, key=lambda name: ill[name][1])
        step, size = ill[worst]
        yield Finding(
            "NW113",
            f"{_named(worst, ill, capital=True)} explodes: activations, or gradients beside the"
            f" last layer's, of {size:.1e} since step {step:,}.",
            {"layers": sorted(ill), "size": size, "since": step},
            (
                "--set training.clip_norm=1",
                "a learning rate ten times smaller (--set optimizer.lr=N)",
            ),
            "problem",
        )


def _dies(rows: Sequence[LayerRow], last: Sequence[LayerRow]) -> Iterator[Finding]:
    ill = {row.layer: row.dead for row in last if row.dead >= DEAD}
    if ill:
        worst = max(ill, key=lambda name: ill[name])
        since = _since(rows, worst, lambda row, top: row.dead >= DEAD)
        yield Finding(
            "NW114",
            f"{_named(worst, ill, capital=True)} is dead: {ill[worst]:.0%} of its units are 0 for"
            f" every example looked at, since step {since:,}; no gradient passes through them.",
            {"layers": sorted(ill), "dead": ill[worst], "since": since},
            (
                (
                    "a learning rate ten times smaller (--set optimizer.lr=N), or a longer"
                    " warm-up (schedule.warmup)"
                ),
            ),
            "problem",
        )


def _saturates(rows: Sequence[LayerRow], last: Sequence[LayerRow]) -> Iterator[Finding]:
    ill = {row.layer: row.flat for row in last if row.flat >= FLAT}
    if ill:
        worst = max(ill, key=lambda name: ill[name])
        since = _since(rows, worst, lambda row, top: row.flat >= FLAT)
        yield Finding(
            "NW115",
            f"{_named(worst, ill, capital=True)} is saturated: {ill[worst]:.0%} of its activations"
            f" lie in the flat ends of its activation function, since step {since:,}.",
            {"layers": sorted(ill), "flat": ill[worst], "since": since},
            ("a learning rate ten times smaller (--set optimizer.lr=N)",),
        )


def _since(rows: Sequence[LayerRow], layer: str, ill: Callable[[LayerRow, float], bool]) -> int:
    """The first step from which on the layer was ill at every moment."""
    own = [row for row in rows if row.layer == layer]
    first = own[-1].step
    tops: dict[int, float] = {}
    for row in rows:
        tops[row.step] = max(tops.get(row.step, row.gradient), row.gradient)
    for row in reversed(own):
        if not ill(row, tops[row.step]):
            break
        first = row.step
    return first


def _fraction_text(fraction: float) -> str:
    return f"{fraction:.0e} of" if fraction else "nothing beside"


def _named(worst: str, ill: Collection[str], *, capital: bool = False) -> str:
    others = f" (and in {len(ill) - 1} more)" if len(ill) > 1 else ""
    return f"{'Layer' if capital else 'layer'} {worst}{others}"
