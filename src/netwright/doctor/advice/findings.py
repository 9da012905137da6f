"""The judgement as findings: stable codes, figures, what to do; the most important first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from netwright.base.figures import plain
from netwright.base.findings import Finding
from netwright.doctor.advice.knobs import BIAS, MISMATCH, OVERFIT, VARIANCE
from netwright.doctor.gaps.explain import SPOKEN
from netwright.doctor.gaps.figures import count, round_up
from netwright.doctor.gaps.intervals import examples_to_resolve
from netwright.doctor.gaps.ladder import Gap, Rung
from netwright.doctor.gaps.verdict import (
    Analysis,
    baseline_sentence,
    human_sentence,
    noise_sentence,
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


BY_FOLDS = "netwright train SOURCE --folds 5"
"""How all examples outside test come to judge: the finding of a small dev set proposes it."""


def find(analysis: Analysis) -> Iterator[Finding]:
    """Every finding of a ladder, the most important first; nothing is muted here."""
    if analysis.below_baseline():
        yield _below_baseline(analysis)
    if analysis.human_decides:
        yield _human_unknown(analysis)
    for gap in analysis.named():
        yield _named(gap, analysis)
    if analysis.past_human():
        yield _past_human(analysis)
    for gap in analysis.gaps:
        if gap.verdict == "negative" and not (gap.name == BIAS and analysis.past_human()):
            yield Finding(
                "NW108",
                f"{_capital(gap.name)} is negative: {gap.why}",
                _figures(gap, analysis),
                _WHEN_NEGATIVE[gap.name],
            )
    hidden = analysis.hidden()
    if not analysis.named() and hidden is not None:
        yield _within_noise(hidden, analysis)
    yield from _dev_too_small(analysis)
    if "human" not in analysis.ladder and "train" in analysis.ladder and not analysis.human_decides:
        yield _human_unknown(analysis)
    yield from _no_counts(analysis)


def _named(gap: Gap, analysis: Analysis) -> Finding:
    return Finding(
        CODE_OF_GAP[gap.name],
        f"{_capital(gap.name)}: {gap.why}",
        _figures(gap, analysis),
        tuple(knob.message for knob in analysis.knobs[gap.name]),
        "problem" if gap.verdict == "first" else "warning",
    )


def _figures(gap: Gap, analysis: Analysis) -> dict[str, Any]:
    below, above = analysis.ladder[gap.from_], analysis.ladder[gap.to]
    return {
        "size": gap.size,
        "low": gap.low,
        "high": gap.high,
        below.name: below.error,
        above.name: above.error,
        f"{below.name}_n": below.n,
        f"{above.name}_n": above.n,
    }


def _below_baseline(analysis: Analysis) -> Finding:
    dev = analysis.ladder["dev"]
    return Finding(
        "NW110",
        baseline_sentence(analysis),
        {
            "dev": dev.error,
            "low": dev.low,
            "high": dev.high,
            "n": dev.n,
            "baseline": analysis.baseline,
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


def _human_unknown(analysis: Analysis) -> Finding:
    train = analysis.ladder["train"]
    decides = analysis.human_decides
    message = (
        human_sentence(analysis)
        if decides
        else (
            "The human level is unknown, so the avoidable bias in training"
            f" {analysis.fmt.level(train.error)} is too."
        )
    )
    return Finding(
        "NW105",
        message,
        {"train": train.error, "train_n": train.n, "decides": decides},
        _ask_people(analysis),
        "warning" if decides else "note",
    )


def _ask_people(analysis: Analysis) -> tuple[str, str]:
    """How to come by the human level, and how to give it, in the metric's own unit; of a fraction
    with an example, of others without: a figure of the run's own would be taken for an answer.
    """
    if analysis.fmt.unit == "fraction":
        figure, example = "error", "0.01"
        how = "netwright diagnose RUN --human-error 0.01"
        measure = (
            "of a run: netwright human RUN has a person answer dev examples without their truth,"
            " and counts the differences"
        )
    else:
        figure, example = plain(analysis.metric), "X"
        how = "netwright diagnose RUN with --human-error X"
        measure = (
            "of a run: netwright human RUN has a person answer dev examples without their truth,"
            f" and measures the {figure} of the answers"
        )
    return (
        (
            f"give the {figure} of the best people or the best known system: {how} (human_error in"
            f" project.yaml for all runs, human={example} on a typed ladder)"
        ),
        measure,
    )


def _past_human(analysis: Analysis) -> Finding:
    gap = next(gap for gap in analysis.gaps if gap.name == BIAS)
    return Finding(
        "NW106",
        f"{_capital(gap.why)} Judge by variance from here; three tools no longer apply: more labels"
        " by people, what people see in the mistakes, and avoidable bias as a guide.",
        _figures(gap, analysis),
        (
            (
                "ask for a better human figure: experts, or a team of them, stand closer to the"
                " best error there can be"
            ),
        ),
        "note",
    )


def _within_noise(gap: Gap, analysis: Analysis) -> Finding:
    needed = examples_to_resolve(gap, analysis.ladder, unit=analysis.fmt.unit)
    figures = {
        **_figures(gap, analysis),
        **{f"{name}_needed": need for name, need in needed.items()},
    }
    return Finding(
        "NW107",
        noise_sentence(analysis),
        figures,
        (
            *_more_people(needed.get("human"), analysis),
            (
                "compare two runs on the same examples, which needs fewer of them:"
                " netwright compare RUN OTHER"
            ),
            "stop here if the net is good enough as it is",
        ),
        "note",
    )


def _more_people(needed: int | None, analysis: Analysis) -> tuple[str, ...]:
    """How people answer as many examples as the human level needs; they are drawn from dev."""
    if needed is None:
        return ()
    dev, enough = analysis.ladder.get("dev"), round_up(needed)
    if dev is not None and dev.n is not None and dev.n < enough:
        return (f"a larger dev set, of which people answer {count(enough)} examples",)
    return (f"of a run: netwright human RUN --examples {enough} measures people on as many",)


def _dev_too_small(analysis: Analysis) -> Iterator[Finding]:
    """Dev's noise hides a gap as large as the first one, or is large beside dev's own error."""
    dev = analysis.ladder.get("dev")
    if dev is None or dev.n is None or dev.low is None or dev.high is None:
        return
    named = analysis.named()
    half = (dev.high - dev.low) / 2
    rivals = [gap for gap in analysis.gaps if _could_rival(gap, named)]
    if rivals:
        why = (
            f"{rivals[0].name} is within its noise but could be"
            f" {analysis.fmt.size(rivals[0].high or 0.0)}, as much as {named[0].name}"
        )
    elif (
        not named
        and not analysis.flipped
        and half > max(0.5 * dev.error, 0.005 if analysis.fmt.unit == "fraction" else 0.0)
    ):
        why = (
            f"dev {analysis.fmt.level(dev.error)} may be anything from"
            f" {analysis.fmt.level_range(dev.low, dev.high)}"
        )
    else:
        return
    enough, rate = round_up(4 * dev.n), min(0.99, max(0.01, dev.error))
    yield Finding(
        "NW109",
        f"{count(dev.n)} dev examples are few: {why}.",
        {"dev": dev.error, "n": dev.n, "low": dev.low, "high": dev.high, "half_width": half},
        (
            f"{BY_FOLDS} judges on every example outside test",
            f"a larger dev set: {count(enough)} examples halve the noise",
            *(
                [f"netwright plan-splits --error {rate:.2g} --resolve 0.01 says how many it takes"]
                if analysis.fmt.unit == "fraction"
                else []
            ),
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


def _no_counts(analysis: Analysis) -> Iterator[Finding]:
    bare: list[Rung] = [
        rung for rung in analysis.ladder.values() if rung.interval is None and rung.name != "human"
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
