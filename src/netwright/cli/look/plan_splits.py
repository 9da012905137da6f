"""netwright plan-splits: how many examples dev and test need to show a difference."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from netwright.base.errors import NetwrightError, UnreadableError
from netwright.cli import console

if TYPE_CHECKING:
    from netwright.doctor.gaps.figures import FigureFormat
    from netwright.doctor.sample_sizes import Reach, SizePlan


def _have(context: click.Context, option: click.Parameter, typed: str | None) -> int | None:
    """How many examples there are."""
    from netwright.base import typed_numbers
    from netwright.base.figures import shorten

    try:
        return None if typed is None else typed_numbers.count(typed)
    except UnreadableError:
        raise NetwrightError(
            f"--have {shorten(typed or '', 40)}: expected a whole number of examples, from 1 to"
            " 10^15."
        ) from None


@click.command("plan-splits")
@click.option("--error", required=True, help="The error rate expected: 0.1 or 10%.")
@click.option("--resolve", default=None, help="The difference to see: 0.01 or 1%.")
@click.option(
    "--have", metavar="INTEGER", callback=_have, help="Say what this many examples can show."
)
@click.option("--paired", is_flag=True, help="Both models are judged on the same examples.")
@click.option(
    "--disagree",
    default=None,
    help="The fraction of examples on which two models differ [default: the error].",
)
@click.option(
    "--confidence", default="0.95", show_default=True, help="Of the interval that must leave 0."
)
@click.option("--json", "as_json", is_flag=True, help="Print the plan as JSON.")
def command(
    error: str,
    resolve: str | None,
    have: int | None,
    paired: bool,
    disagree: str | None,
    confidence: str,
    as_json: bool,
) -> None:
    """Say how many examples dev and test need to show a difference, or what a given number can
    show.

    \b
    netwright plan-splits --error 0.1 --resolve 0.01
    netwright plan-splits --error 10% --have 1000
    """
    from netwright.doctor import sample_sizes
    from netwright.doctor.gaps.typed import fraction_of

    if resolve is None and have is None:
        raise NetwrightError(
            "plan-splits needs --resolve 0.01 (how many examples?) or --have 1000 (what can they"
            " show?)."
        )
    rate = fraction_of(error, typed=f"--error {error}")
    sure = fraction_of(confidence, typed=f"--confidence {confidence}")
    differ = None if disagree is None else fraction_of(disagree, typed=f"--disagree {disagree}")
    given = {"error": error, "resolve": resolve, "confidence": confidence, "disagree": disagree}
    typed = {name: text for name, text in given.items() if text}
    plan = reach = None
    if resolve is not None:
        difference = fraction_of(resolve, typed=f"--resolve {resolve}")
        plan = sample_sizes.plan(
            error=rate, resolve=difference, confidence=sure, disagree=differ, typed=typed
        )
    if have is not None:
        reach = sample_sizes.reach(
            error=rate, have=have, confidence=sure, disagree=differ, typed=typed
        )
    if as_json:
        console.as_json(_plain(plan, reach, paired))
    else:
        console.result(_text(plan, reach, paired))


def _plain(plan: SizePlan | None, reach: Reach | None, paired: bool) -> dict[str, object]:
    values: dict[str, object] = {}
    if plan is not None:
        each = plan.paired if paired else plan.independent
        values["plan"] = {**plan.as_json(), "dev": each, "test": each}
    if reach is not None:
        values["have"] = {**reach.as_json(), "shows": reach.paired if paired else reach.independent}
    return values


def _text(plan: SizePlan | None, reach: Reach | None, paired: bool) -> str:
    return "\n\n".join(
        [
            *([_plan_text(plan, paired)] if plan else []),
            *([_reach_text(reach, paired)] if reach else []),
        ]
    )


def _plan_text(plan: SizePlan, paired: bool) -> str:
    from netwright.doctor.gaps.figures import FigureFormat, count

    words = FigureFormat()
    each = plan.paired if paired else plan.independent
    assumed = f"{words.level(plan.disagree)} of the examples"
    return "\n".join(
        [
            (
                f"To see a difference of {words.size(plan.resolve)} near an error of"
                f" {words.level(plan.error)}, at {100 * plan.confidence:.4g}% confidence:"
            ),
            "",
            console.aligned(
                [
                    ("", "examples", "to see it 4 times in 5"),
                    (
                        "two independent sets, each",
                        count(plan.independent),
                        count(plan.independent_80),
                    ),
                    ("two models on the same examples", count(plan.paired), count(plan.paired_80)),
                ],
                right=(1, 2),
            ),
            "",
            console.bold(
                f"dev {count(each)} and test {count(each)} examples{' (paired)' if paired else ''}."
            ),
            f"Paired assumes that the two models differ on {assumed}; --disagree changes it.",
            (
                f"One set of {count(plan.independent)} shows its own error to ±"
                f" {words.size(plan.half_width)}."
            ),
        ]
    )


def _reach_text(reach: Reach, paired: bool) -> str:
    from netwright.base.figures import counted
    from netwright.doctor.gaps.figures import FigureFormat

    words = FigureFormat()
    shown = reach.paired if paired else reach.independent
    how = "two models judged on them" if paired else "two independent sets of that size"
    return "\n".join(
        [
            console.bold(
                f"{counted(reach.have, 'example')} {'shows' if reach.have == 1 else 'show'}"
                f" {'no difference' if shown is None else f'a difference of {words.size(shown)}'}"
                f" between {how}."
            ),
            (
                f"An error of {words.level(reach.error)} on them may stand for"
                f" {words.level_range(reach.low, reach.high)} (at {100 * reach.confidence:.4g}%"
                " confidence)."
            ),
            (f"Independent: {words.size(reach.independent)}; paired: {_paired(reach, words)}."),
        ]
    )


def _paired(reach: Reach, words: FigureFormat) -> str:
    differ = f"the two differ on {words.level(reach.disagree)} of the examples"
    if reach.paired is None:
        return f"none, as {differ} and lie no further apart"
    return f"{words.size(reach.paired)}, when {differ}"
