"""The judgement in one sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from netwright.doctor.advice.knobs import BIAS, Knob
from netwright.doctor.gaps.explain import SPOKEN, compared, past_human
from netwright.doctor.gaps.figures import FigureFormat, count, round_up
from netwright.doctor.gaps.intervals import Ladder, examples_to_resolve
from netwright.doctor.gaps.ladder import Gap, Rung


@dataclass(frozen=True)
class Analysis:
    """All that is known of a ladder when the sentences are written.

    Args:
        fmt: writes the figures.
        human_decides: the human figure is missing and could change the judgement.
        baseline: the dev error of the system's baseline, if known.
    """

    ladder: Ladder
    gaps: tuple[Gap, ...]
    knobs: Mapping[str, tuple[Knob, ...]]
    fmt: FigureFormat
    metric: str
    flipped: bool
    human_decides: bool
    baseline: float | None

    def named(self) -> list[Gap]:
        """The gaps to work on, the largest first."""
        return sorted(
            (gap for gap in self.gaps if gap.verdict in ("first", "next")),
            key=lambda gap: -gap.size,
        )

    def hidden(self) -> Gap | None:
        """The largest gap that is positive and within its noise."""
        return max(
            (gap for gap in self.gaps if gap.verdict == "noise" and gap.size > 0),
            key=lambda g: g.size,
            default=None,
        )

    def past_human(self) -> bool:
        """The net does better than people, beyond noise, on what it has not seen too."""
        return past_human(self.ladder) and any(
            gap.name == BIAS and gap.verdict == "negative" for gap in self.gaps
        )

    def below_baseline(self) -> bool:
        """Dev does not clear the baseline."""
        dev = self.ladder.get("dev")
        return dev is not None and self.baseline is not None and worst(dev) >= self.baseline


def worst(rung: Rung) -> float:
    """The high end of a rung's interval, or its figure when there is none."""
    return rung.error if rung.high is None else rung.high


def verdict_sentence(analysis: Analysis) -> str:
    """The verdict: what to work on first and next, or why that is unknown."""
    if analysis.below_baseline():
        return baseline_sentence(analysis)
    if not analysis.gaps:
        return nothing_to_compare(analysis.ladder)
    if analysis.human_decides:
        return human_sentence(analysis)
    named = analysis.named()
    if named:
        first, rest = _first(named[0], analysis), _next(named[1:], analysis.fmt)
        return f"{first}{rest}{_caveat(named[0], analysis)}."
    if analysis.past_human():
        return (
            f"Past human level: {_bias(analysis)}; avoidable bias is not claimed, and no other gap"
            " is larger than its noise."
        )
    return noise_sentence(analysis)


def _first(gap: Gap, analysis: Analysis) -> str:
    sure = "" if gap.low is not None else ", judged on size alone (no counts)"
    return f"{_capital(gap.name)} first: {compared(gap, analysis.ladder, analysis.fmt)}{sure}"


def _next(gaps: list[Gap], fmt: FigureFormat) -> str:
    if not gaps:
        return ""
    return "; then " + ", then ".join(
        f"{gap.name}, {fmt.sized(gap.size, gap.low, gap.high)}" for gap in gaps
    )


def _caveat(first: Gap, analysis: Analysis) -> str:
    """What an unknown or passed human level means beside a gap that was named."""
    if analysis.past_human():
        return f"; {_bias(analysis)}, past human level, so avoidable bias is not claimed"
    if "human" in analysis.ladder or "train" not in analysis.ladder:
        return ""
    train = analysis.ladder["train"].error
    if analysis.flipped:
        return "; the human level is unknown, and so is the avoidable bias"
    if first.size >= train:
        return (
            f"; the human level is unknown, but training {analysis.fmt.level(train)} leaves less"
            " than that to bias"
        )
    return (
        f"; the human level is unknown: were it below {analysis.fmt.level(train - first.size)},"
        " avoidable bias would come first"
    )


def _bias(analysis: Analysis) -> str:
    gap = next(gap for gap in analysis.gaps if gap.name == BIAS)
    return compared(gap, analysis.ladder, analysis.fmt)


def nothing_to_compare(ladder: Ladder) -> str:
    """No two neighbouring rungs are there: what was given and what is missing."""
    given = ", ".join(ladder) or "nothing"
    missing = "train" if "train" not in ladder else "human or dev"
    return (
        f"A gap lies between two neighbouring rungs, such as train and dev; got {given}: give"
        f" {missing} too."
    )


def human_sentence(analysis: Analysis) -> str:
    """Without a human figure: up to where avoidable bias would come first."""
    fmt, train, named = analysis.fmt, analysis.ladder["train"].error, analysis.named()
    start = (
        f"Cannot tell whether training {fmt.level(train)} is avoidable bias: the human level is"
        " unknown and decides"
    )
    if named:
        gap = named[0]
        threshold = fmt.level(train - gap.size)
        return (
            f"{start}; below {threshold} bias comes first, above it {gap.name}, which is"
            f" {fmt.sized(gap.size, gap.low, gap.high)}."
        )
    shown = max((gap for gap in analysis.gaps), key=lambda gap: gap.size)
    return (
        f"{start}; no gap that is known stands out ({shown.name} is"
        f" {fmt.sized(shown.size, shown.low, shown.high)})."
    )


def noise_sentence(analysis: Analysis) -> str:
    """No gap is larger than its noise: the largest, and what would resolve it."""
    hidden = analysis.hidden()
    if hidden is None:
        levels = ", ".join(
            f"{SPOKEN[r.name]} {analysis.fmt.level(r.error)}" for r in analysis.ladder.values()
        )
        return f"No gap to see: {levels}; a larger dev set or a better human figure may show one."
    fmt = analysis.fmt
    size = fmt.sized(hidden.size, hidden.low, hidden.high)
    return (
        f"Within the noise: the largest gap, {hidden.name}, is {size};"
        f" {resolved_by(hidden, analysis)}."
    )


def resolved_by(gap: Gap, analysis: Analysis) -> str:
    """``about 45,000 dev examples (25,000 more) would resolve it, ...``."""
    needed = examples_to_resolve(gap, analysis.ladder, unit=analysis.fmt.unit)
    if not needed:
        ends = (analysis.ladder[gap.from_], analysis.ladder[gap.to])
        if any(rung.n is None and rung.interval is not None for rung in ends):
            return "without their counts nobody can say how many examples would resolve it"
        return "no number of further examples of these rungs would resolve it"
    counts = [f"{_of(name, need, analysis.ladder[name].n or 0)}" for name, need in needed.items()]
    return f"about {' and '.join(counts)} would resolve it, were it as large as it looks"


def _of(name: str, need: int, have: int) -> str:
    need = max(round_up(need), have)
    if name == "human":
        return f"{count(need)} examples answered by people ({count(need - have)} more)"
    spoken = "measured training" if name == "train" else SPOKEN[name]
    return f"{count(need)} {spoken} examples ({count(need - have)} more)"


def baseline_sentence(analysis: Analysis) -> str:
    """Dev beside the baseline."""
    dev, fmt = analysis.ladder["dev"], analysis.fmt
    spread = (
        "" if dev.low is None or dev.high is None else f" ({fmt.level_range(dev.low, dev.high)})"
    )
    assert analysis.baseline is not None
    return (
        f"Dev {fmt.level(dev.error)}{spread} does not beat the baseline,"
        f" {fmt.level(analysis.baseline)}: look for a mistake in the data or the training before"
        " any gap."
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
