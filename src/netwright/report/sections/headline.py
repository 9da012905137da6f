"""The head of a run, in the report and in the terminal: the single number and how it came about."""

from __future__ import annotations

import math
from typing import Any

from netwright.base import figures
from netwright.base.measure import Measure
from netwright.report.sections import by_part
from netwright.runs.contents import RunFiles
from netwright.runs.keeping import stages

DASH = "–"


def headline(run: RunFiles) -> dict[str, Any]:
    """What was trained on what, the single number on dev, and the baseline beside it."""
    info, metric, dev = run.info, run.metric, run.measured("dev")
    value, interval = _split_level(dev)
    return {
        "title": (
            f"{info.get('model') or 'model'} on"
            f" {figures.shorten(str(info.get('source') or 'data'), 60)}"
        ),
        "metric": f"{'weighted ' if _is_weighted(run) else ''}{run.metric_title}",
        "value": value,
        "interval": interval,
        "n": figures.count(dev.n) if dev and dev.n else "",
        "better": metric["better"],
        "baseline": _against_baseline(run),
        "status": run.status,
        "status_message": _status(run),
    }


def summary(run: RunFiles) -> list[tuple[str, str]]:
    """The run in a few figures."""
    info, epochs = run.info, int(run.info.get("epochs") or 0)
    kept = f", epoch {run.kept_epoch} kept" if run.kept_epoch and run.curves else ""
    splits = ", ".join(
        f"{figures.plain(name)} {figures.count(size)}"
        for name, size in (info.get("splits") or {}).items()
    )
    found = [
        ("Examples", splits),
        ("Parameters", figures.count(info["parameters"]) if info.get("parameters") else ""),
        (
            "Trained",
            (
                f"{epochs} {'epoch' if epochs == 1 else 'epochs'} in"
                f" {figures.duration(info.get('seconds', math.nan))}{kept}"
            ),
        ),
        ("Folds", _folds(run)),
        ("Together", _members(run)),
        *_beside(run),
        ("Train", figures.level(run.measured("train"), dash=DASH)),
        ("Test", _test(run)),
        ("Started", _moment(str(info.get("created", "")))),
    ]
    return [(name, text) for name, text in found if text]


def _test(run: RunFiles) -> str:
    """The figure on test and how often it was opened; by name, or within other data, of which no
    figure is kept.
    """
    test = run.measured("test")
    opened = sum(event["event"] == "test_opened" for event in run.events)
    often = "once" if opened == 1 else f"{opened} times"
    if test:
        return figures.level(test, dash=DASH) + (f", opened {often}" if opened > 1 else "")
    return f"opened {often}, within other data" if opened else "sealed"


def _folds(run: RunFiles) -> str:
    """What dev is, of a run that a study of folds keeps."""
    folds = run.info.get("folds")
    if folds is None:
        return ""
    kept = "their nets together" if folds["kept"] == "ensemble" else "one net on all of them"
    return f"{folds['count']}, dev is out of fold; kept: {kept}"


def _members(run: RunFiles) -> str:
    """The runs whose nets answer, of an ensemble that is of no folds."""
    members = run.info.get("members", [])
    return "" if "folds" in run.info else ", ".join(one["run"] for one in members[:20])


def _is_weighted(run: RunFiles) -> bool:
    return f"unweighted_{run.metric['name']}" in run.measures.get("dev", {})


def _beside(run: RunFiles) -> list[tuple[str, str]]:
    """The other dev figures: with unequal classes or weights the single number alone misleads."""
    dev = run.measures.get("dev", {})
    return [
        (f"Dev {found.title or figures.plain(name)}", figures.level(found, dash=DASH))
        for name, found in by_part.whole(dev).items()
        if name != run.metric["name"]
    ]


def _moment(created: str) -> str:
    return created[:16].replace("T", " ") + (" UTC" if created.endswith("+00:00") else "")


def _status(run: RunFiles) -> str:
    info = run.info
    epochs, steps = int(info.get("epochs") or 0), int(info.get("steps") or 0)
    done = f"after {figures.counted(epochs, 'epoch')}, {figures.counted(steps, 'step')}"
    message = f": {str(info['message'])[:600].rstrip('.')}" if info.get("message") else ""
    on = f"; {stages.way_on(run.folder, info)}"
    return {
        "complete": "",
        "running": (
            f"It is being trained now. This record ends {done}; it is written anew every"
            " training.checkpoint_minutes, half a minute unless set."
        ),
        "killed": (f"Killed; the record ends {done}{on}."),
        "stopped": (f"Stopped {done}{message}{on}."),
        "failed": (f"Failed {done}{message}{on}."),
        "diverged": (
            f"Diverged {done}{message}.{' The best weights so far are kept.' if epochs else ''}"
        ),
    }.get(run.status, f"Status unknown: {run.status!r}.")


def _split_level(measured: Measure | None) -> tuple[str, str]:
    """``1.9%`` and ``1.2–2.9%``."""
    if not measured:
        return "", ""
    head, _, tail = figures.level(measured, dash=DASH).partition(" (")
    return head, tail.rstrip(")") + ("%" if tail and measured.unit == "fraction" else "")


def _against_baseline(run: RunFiles) -> str:
    """One sentence on the baseline."""
    base, dev = run.info.get("baseline"), run.measured("dev")
    if base is None or not dev:
        return ""
    lower, is_fraction = run.metric["better"] == "lower", run.metric["unit"] == "fraction"
    shown = figures.level(Measure(base, 0, unit=run.metric["unit"]))
    better = (base - dev.value) if lower else (dev.value - base)
    low, high = dev.low, dev.high
    inside = low is not None and high is not None and low <= base <= high
    opening = f"The baseline reaches {shown}"
    if inside:
        return (
            f"{opening}: within the noise of this figure, so nothing shows that the model learned"
            " from the input."
        )
    if better <= 0:
        return f"{opening}: this model is worse than that."
    by = figures.points(better, unit=run.metric["unit"]).lstrip("+")
    times = (
        f", its {figures.plain(run.metric['name'])} {base / dev.value:.0f} times smaller"
        if lower and dev.value > 0 and base / dev.value >= 2
        else ""
    )
    return f"{opening}; this model is better by {by}{times if is_fraction else ''}."
