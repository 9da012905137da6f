"""The judgement as findings: stable codes, figures, what to do; the most important first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from netwright.base.findings import Finding
from netwright.doctor.advice.knobs import BIAS, MISMATCH, OVERFIT, VARIANCE
from netwright.doctor.gaps.explain import SPOKEN
from netwright.doctor.gaps.figures import count, round_up
from netwright.doctor.gaps.intervals import examples_to_resolve
from netwright.doctor.gaps.ladder import Gap, Rung
from netwright.doctor.gaps.verdict import (
    Judged,
    baseline_sentence,
    human_sentence,
    noise_sentence,
    resolved_by,
)

CODE_OF_GAP = {BIAS: "NW101", VARIANCE: "NW102", MISMATCH: "NW103", OVERFIT: "NW104"}

_WHEN_NEGATIVE = {
    BIAS: ("look at the variance: the gap from training to dev",),
    VARIANCE: (
        "measure the training error in evaluation mode, without dropout and augmentation",
        "look at wrong training examples: are they harder, or wrongly labelled?",
        "look for examples of dev among those of train",
    ),
    MISMATCH: ("no mismatch to work on; check that dev holds what the system will meet in use",),
    OVERFIT: (
        (
            "check that dev and test are drawn from one distribution, for example by splitting them"
            " anew"
        ),
    ),
}


def find(judged: Judged) -> Iterator[Finding]:
    """Every finding of a judged ladder, the most important first; nothing is muted here."""
    if judged.below_baseline():
        yield _below_baseline(judged)
    if judged.human_decides:
        yield _human_unknown(judged)
    for gap in judged.named():
        yield _named(gap, judged)
    if judged.past_human():
        yield _past_human(judged)
    for gap in judged.gaps:
        if gap.verdict == "negative" and not (gap.name == BIAS and judged.past_human()):
            yield Finding(
                "NW108",
                f"{_capital(gap.name)} is negative: {gap.why}",
                _figures(gap, judged),
                _WHEN_NEGATIVE[gap.name],
            )
    hidden = judged.hidden()
    if not judged.named() and hidden is not None:
        yield _within_noise(hidden, judged)
    yield from _dev_too_small(judged)
    if "human" not in judged.ladder and "train" in judged.ladder and not judged.human_decides:
        yield _human_unknown(judged)
    yield from _no_counts(judged)


def _named(gap: Gap, judged: Judged) -> Finding:
    return Finding(
        CODE_OF_GAP[gap.name],
        f"{_capital(gap.name)}: {gap.why}",
        _figures(gap, judged),
        tuple(knob.message for knob in judged.knobs[gap.name]),
        "problem" if gap.verdict == "first" else "warning",
    )


def _figures(gap: Gap, judged: Judged) -> dict[str, Any]:
    below, above = judged.ladder[gap.from_], judged.ladder[gap.to]
    return {
        "size": gap.size,
        "low": gap.low,
        "high": gap.high,
        below.name: below.error,
        above.name: above.error,
        f"{below.name}_n": below.n,
        f"{above.name}_n": above.n,
    }


def _below_baseline(judged: Judged) -> Finding:
    dev = judged.ladder["dev"]
    return Finding(
        "NW110",
        baseline_sentence(judged),
        {
            "dev": dev.error,
            "low": dev.low,
            "high": dev.high,
            "n": dev.n,
            "baseline": judged.baseline,
        },
        (
            "look at a sheet of training examples: do labels and inputs belong together?",
            (
                "train on 20 examples until they are learned by heart; if that fails, the net or"
                " the learning rate is wrong"
            ),
            "try optimizer.lr ten times larger and ten times smaller",
        ),
        "problem",
    )


def _human_unknown(judged: Judged) -> Finding:
    train = judged.ladder["train"]
    decides = judged.human_decides
    says = (
        human_sentence(judged)
        if decides
        else (
            "The human level is unknown, so the avoidable bias in training"
            f" {judged.words.level(train.error)} is too."
        )
    )
    return Finding(
        "NW105",
        says,
        {"train": train.error, "train_n": train.n, "decides": decides},
        (
            (
                "give the error of the best people or the best known system: human=0.01 on a typed"
                " ladder, --human-error 0.01 or human_error in project.yaml for a run"
            ),
            "label 100 dev examples by hand without seeing the truth, and count the differences",
        ),
        "warning" if decides else "note",
    )


def _past_human(judged: Judged) -> Finding:
    gap = next(gap for gap in judged.gaps if gap.name == BIAS)
    return Finding(
        "NW106",
        f"{_capital(gap.why)}",
        _figures(gap, judged),
        (
            (
                "ask for a better human figure: experts, or a team of them, stand closer to the"
                " best error there can be"
            ),
            (
                "judge by variance alone from here; people's labels and people's insight help less"
                " than before"
            ),
        ),
        "note",
    )


def _within_noise(gap: Gap, judged: Judged) -> Finding:
    needed = examples_to_resolve(gap, judged.ladder, unit=judged.words.unit)
    figures = {**_figures(gap, judged), **{f"{name}_needed": need for name, need in needed.items()}}
    return Finding(
        "NW107", noise_sentence(judged), figures, (f"{resolved_by(gap, judged)}",), "note"
    )


def _dev_too_small(judged: Judged) -> Iterator[Finding]:
    """Dev's noise hides a gap that could be as large as the one named first, or is large beside
    dev's own error.
    """
    dev = judged.ladder.get("dev")
    if dev is None or dev.n is None or dev.low is None or dev.high is None:
        return
    named = judged.named()
    half = (dev.high - dev.low) / 2
    rivals = [gap for gap in judged.gaps if _could_rival(gap, named)]
    if rivals:
        says = (
            f"{rivals[0].name} is within its noise but could be"
            f" {judged.words.size(rivals[0].high or 0.0)}, as much as {named[0].name}"
        )
    elif (
        not named
        and not judged.flipped
        and half > max(0.5 * dev.error, 0.005 if judged.words.unit == "fraction" else 0.0)
    ):
        says = (
            f"dev {judged.words.level(dev.error)} may be anything from"
            f" {judged.words.level_range(dev.low, dev.high)}"
        )
    else:
        return
    enough = round_up(4 * dev.n)
    yield Finding(
        "NW109",
        f"{count(dev.n)} dev examples are few: {says}.",
        {"dev": dev.error, "n": dev.n, "low": dev.low, "high": dev.high, "half_width": half},
        (
            f"a larger dev set: {count(enough)} examples halve the noise",
            "netwright plan-splits says how many it takes",
        ),
    )


def _could_rival(gap: Gap, named: list[Gap]) -> bool:
    touches = "dev" in (gap.from_, gap.to)
    return (
        bool(named)
        and touches
        and gap.verdict == "noise"
        and gap.high is not None
        and gap.high >= named[0].size
    )


def _no_counts(judged: Judged) -> Iterator[Finding]:
    bare: list[Rung] = [
        rung for rung in judged.ladder.values() if rung.interval is None and rung.name != "human"
    ]
    if bare:
        names = ", ".join(SPOKEN[rung.name] for rung in bare)
        yield Finding(
            "NW111",
            f"No count is known for {names}: its noise is unknown, and gaps between such rungs are"
            " judged on size alone.",
            {rung.name: rung.error for rung in bare},
            (
                (
                    "give how many examples each figure was measured on: error/count, as in"
                    " dev=0.143/20000"
                ),
            ),
            "note",
        )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
