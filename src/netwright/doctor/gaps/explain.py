"""One sentence for each gap: what it is, how sure, and why it may come out negative."""

from __future__ import annotations

from netwright.base.figures import unsigned
from netwright.doctor.advice.knobs import BIAS, MISMATCH, OVERFIT, VARIANCE
from netwright.doctor.gaps.figures import FigureFormat
from netwright.doctor.gaps.intervals import Ladder
from netwright.doctor.gaps.ladder import Gap

SPOKEN = {
    "human": "human level",
    "train": "training",
    "train_dev": "train-dev",
    "dev": "dev",
    "test": "test",
}

_NEGATIVE = {
    VARIANCE: (
        "training may have been measured with dropout or augmentation on, or holds harder or"
        " wrongly labelled examples, or examples of dev are in it in an easier form"
    ),
    MISMATCH: "dev is easier, or more cleanly labelled, than the data trained on",
    OVERFIT: "test is easier than dev: check that both are drawn from one distribution",
}

_MEANS = {
    BIAS: "the net does not fit its training set as well as could be",
    VARIANCE: "what it learned carries over to unseen examples only in part",
    MISMATCH: "it does worse on dev's kind of data than on the kind it learned from",
    OVERFIT: "what was chosen by dev suits dev more than test",
}


def explain(gap: Gap, ladder: Ladder, fmt: FigureFormat) -> str:
    """The sentence for one gap, its verdict known."""
    what = compared(gap, ladder, fmt)
    if gap.verdict == "noise":
        return f"{what}: the interval holds 0, so it may be chance."
    if gap.verdict == "negative":
        return f"{what}: {_why_negative(gap, ladder)}."
    if gap.verdict == "small":
        return f"{what}: too little to act on, judged on size alone (no counts)."
    sure = "" if gap.low is not None else ", judged on size alone (no counts)"
    return f"{what}{sure}{_left_out(gap, ladder)}: {_MEANS[gap.name]}."


def compared(gap: Gap, ladder: Ladder, fmt: FigureFormat) -> str:
    """``training 8.8% is worse than human level 0.5% by 8.3 points (8.2 to 8.4)``."""
    below, above = ladder[gap.from_], ladder[gap.to]
    pair = (
        f"{SPOKEN[gap.to]} {fmt.level(above.error)}",
        f"{SPOKEN[gap.from_]} {fmt.level(below.error)}",
    )
    if gap.size == 0:
        return f"{pair[0]} is as good as {pair[1]}"
    return (
        f"{pair[0]} is {'worse' if gap.size > 0 else 'better'} than {pair[1]} by"
        f" {fmt.sized(*unsigned(gap.size, gap.low, gap.high))}"
    )


def past_human(ladder: Ladder) -> bool:
    """True when the error on what the net has not seen is below the human error too."""
    unseen = ladder.get("train_dev") or ladder.get("dev")
    return "human" in ladder and (unseen is None or unseen.error <= ladder["human"].error)


def _why_negative(gap: Gap, ladder: Ladder) -> str:
    if gap.name != BIAS:
        return _NEGATIVE[gap.name]
    if past_human(ladder):
        return (
            "past human level, so the human figure no longer stands for the best error there can be"
        )
    return (
        "the net has learned its training set by heart, which says nothing about bias; look at the"
        " variance"
    )


def _left_out(gap: Gap, ladder: Ladder) -> str:
    """Names a rung whose noise is unknown and so not in the interval; the human level has none."""
    unknown = [
        SPOKEN[name]
        for name in (gap.from_, gap.to)
        if name != "human" and ladder[name].interval is None
    ]
    return (
        f" (the noise of {unknown[0]} is unknown and left out)"
        if len(unknown) == 1 and gap.low is not None
        else ""
    )
