"""Whether two sets of examples differ, and in what, as text."""

from __future__ import annotations

from collections.abc import Iterator

from netwright.api.domains.class_mix import ClassMix
from netwright.api.domains.fitted import Fitted
from netwright.api.domains.found import Mismatch, Separation
from netwright.api.judged.drift import ColumnDrift, Drift
from netwright.base import figures
from netwright.cli import console
from netwright.cli.text.judged.slices import probability
from netwright.doctor.mismatch.differences import SourceDifference
from netwright.doctor.mismatch.shrank import Shrank
from netwright.metrics.contrasts import Contrast

MOST_ROWS = 16
"""Statistics that are shown; the others are on the page and in ``--json``."""

LEAST_AUC = 0.02
"""That steps are to take off the classifier's AUC, where they count as lowering it."""


def drift_text(found: Drift) -> str:
    """The verdict, the columns that tell the two apart, and what was read for it."""
    table = _needed(found.columns, "column", found.between)
    return "\n\n".join(part for part in (_verdict(found), table, _beside(found)) if part)


def _needed(columns: tuple[ColumnDrift, ...], what: str, between: tuple[str, str]) -> str:
    rows = [
        [figures.shorten(one.name, 40), f"{one.needed:.3f}", one.first, one.second]
        for one in columns
    ]
    return console.table(rows, [what, "of the AUC", *between], "lrll") if rows else ""


def _verdict(found: Drift) -> str:
    first, second = (
        f"{name} ({count:,})" for name, count in zip(found.between, found.counts, strict=True)
    )
    p = f"p {probability(found.p)}"
    if found.differ:
        return (
            f"{first} and {second} are not of one distribution: a classifier tells their inputs"
            f" apart with AUC {found.auc:.3f}, {p}."
        )
    return (
        f"{first} and {second}: no difference found. A classifier tells their inputs apart with AUC"
        f" {found.auc:.3f}, {p}; above about {found.seen_from:.3f} it would have been more than"
        " chance."
    )


def _beside(found: Drift) -> str:
    lines = []
    if found.same:
        lines.append(f"{figures.counted(found.same, 'example')} of the two are the same")
    if "test" in found.between:
        lines.append("the inputs of test were read, none of its targets; the run has noted it")
    return "\n".join(lines)


def mismatch_text(found: Mismatch) -> str:
    """What differs, what lessens it, whether it shrank, and the page."""
    parts = [
        "\n".join(_opening(found)),
        _statistics(found),
        *(_of_classifier(one, found.names) for one in found.separations if one.columns),
        "" if found.classes is None else classes_text(found.classes, found.names),
        _steps(found),
        "" if found.shrank is None else _shrank(found.shrank, found.run),
        _labels_next(found),
        *(f"{one.code} {one.message}" for one in found.findings),
        f"drawn in {found.page}" if found.page else "",
    ]
    return "\n\n".join(part for part in parts if part)


def _opening(found: Mismatch) -> Iterator[str]:
    first, second = (
        f"{name} ({count:,})" for name, count in zip(found.names, found.counts, strict=True)
    )
    verdict = "differ" if found.differ else "no difference found"
    yield f"{first} and {second}{' ' if found.differ else ': '}{verdict}."
    for one in found.separations:
        by = "these statistics" if one.by == "statistics" else "what the net reads"
        beyond = "" if one.is_sure else f"; above about {one.seen_from:.3f} it would be sure"
        yield (
            f"a classifier of the source by {by}: AUC {one.auc:.3f}, p {probability(one.p)}{beyond}"
        )
    if found.same:
        yield (
            f"{figures.counted(found.same, 'example')} of {found.names[1]} are examples that"
            f" {found.run} has, too"
        )


def _statistics(found: Mismatch) -> str:
    rows = [
        [
            "differs" if one.is_sure else "",
            figures.shorten(one.name, 40),
            _effect(one),
            figures.readable(one.first, 3),
            figures.readable(one.second, 3),
            probability(one.p),
        ]
        for one in found.differences[:MOST_ROWS]
    ]
    headers = ["", "statistic", "effect (deviations)", *found.names, "p"]
    return console.table(rows, headers, "lllrrr") if rows else ""


def classes_text(found: ClassMix, names: tuple[str, str]) -> str:
    """Which classes one source has more of, and how to train with those of the target."""
    sure = [one for one in found.classes if one.is_sure]
    if not sure:
        return ""
    rows = [
        [
            figures.shorten(one.name, 40),
            figures.percent(one.first),
            figures.percent(one.second),
            probability(one.p),
        ]
        for one in sure[:MOST_ROWS]
    ]
    less = len(sure) - len(rows)
    parts = [
        f"classes: {len(sure)} of {len(found.classes)} are not as frequent in {names[1]} as in"
        f" {names[0]}, which changes what is measured above, too",
        console.table(rows, ["class", *names, "p"], "lrrr"),
        f"and {figures.counted(less, 'class', 'classes')} more" if less else "",
    ]
    if found.command:
        parts.append(f"to count each class as often as {names[1]} has it:\n{found.command}")
    return "\n".join(part for part in parts if part)


def _effect(one: SourceDifference) -> str:
    ends = "" if one.low is None else f" ({one.low:+.2f} to {one.high:+.2f})"
    return f"{one.effect:+.2f}{ends}"


def _of_classifier(one: Separation, names: tuple[str, str]) -> str:
    what = "statistic" if one.by == "statistics" else "column"
    return f"the classifier relies on\n{_needed(one.columns, what, names)}"


def _steps(found: Mismatch) -> str:
    fitted = found.fitted
    if fitted is None:
        return ""
    if not fitted.helps:
        return (
            f"steps: none brings {found.names[0]} nearer to {found.names[1]} beyond noise (distance"
            f" {fitted.before:.2f}, {fitted.floor:.2f} between two halves of {found.names[1]})."
        )
    return f"{gained(fitted, found.names)}\n{fitted.command}"


def gained(fitted: Fitted, names: tuple[str, str]) -> str:
    """What steps that help bring, in words."""
    steps = ", ".join(f"{key} {value:g}" for key, value in fitted.settings.items())
    return (
        f"steps that make {names[0]} look like {names[1]}: {steps}. On held-out examples the"
        f" distance of the statistics shrinks from {fitted.before:.2f} to {fitted.after:.2f}"
        f" deviations (by {fitted.low:.2f} to {fitted.high:.2f}; {fitted.floor:.2f} lie between two"
        f" halves of {names[1]}){_auc(fitted)}. To train with them:"
    )


def _auc(fitted: Fitted) -> str:
    if fitted.auc_before - fitted.auc_after >= LEAST_AUC:
        return f", and the classifier's AUC from {fitted.auc_before:.3f} to {fitted.auc_after:.3f}"
    return (
        f"; but the classifier tells them apart as well as before (AUC {fitted.auc_before:.3f},"
        f" {fitted.auc_after:.3f} with the steps): these do not change what it relies on"
    )


def _shrank(found: Shrank, run: str) -> str:
    gap = (
        "shrank beyond noise"
        if found.is_smaller
        else "grew beyond noise"
        if (found.gap.low or 0) > 0
        else "did not change beyond noise"
    )
    dev = "and dev is better beyond noise" if found.helped else "dev is not better beyond noise"
    lines = [
        f"{run} beside {found.before} ({found.measured}): the mismatch, dev less train-dev, {gap}:"
        f" {_range(found.gap_before)} before, {_range(found.gap_after)} now, a change of"
        f" {_range(found.gap)}; {dev}: a change of {_range(found.dev)}."
    ]
    if found.others:
        lines.append(f"the two runs differ in {', '.join(found.others[:6])}, too")
    return "\n".join(lines)


def _labels_next(found: Mismatch) -> str:
    """Where the inputs are alike and the gap is there all the same, what is left."""
    gap = None if found.shrank is None else found.shrank.gap_after
    if gap is None or (gap.low or 0) <= 0 or any(one.is_sure for one in found.separations):
        return ""
    return (
        f"The inputs of {found.names[0]} and {found.names[1]} look alike now, and the mismatch is"
        f" still there: look at the labels of {found.names[1]}, netwright labels {found.run}."
    )


def _range(one: Contrast) -> str:
    if one.low is None or one.high is None:
        return f"{one.value:+.3f}"
    return f"{one.value:+.3f} ({one.low:+.3f} to {one.high:+.3f})"
