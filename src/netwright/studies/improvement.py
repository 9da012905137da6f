"""A recipe improved step by step (notes 3.1.12): what was tried, what came of it, what is next.

Everything follows from the members of the study and their runs, so that a killed study goes on
where it was: 64 examples by heart, the baseline, then changes, each of them kept or undone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from netwright.doctor.gaps.figures import FigureFormat
from netwright.doctor.gaps.ladder import Diagnosis
from netwright.doctor.improve.changes import RecipeChange
from netwright.doctor.improve.judge import Verdict
from netwright.doctor.improve.open_gaps import OpenGap, open_gaps, reason, within_noise

BY_HEART, BASELINE = "64 examples by heart", "baseline"
"""Roles of the first two runs."""

TRIALS = 12
"""Of whole trainings a budget should hold so many; where it does not, changes are first tried in
short ones.
"""

SHORTEST, LONGEST = 0.25, 0.5
"""Of the epochs a short training has, at least and at most: a longer one saves too little."""

ONE_TRY = 1 / 3
"""Of the time that is left one try may take so much, where there are others."""


@dataclass(frozen=True)
class TriedChange:
    """A change that was trained.

    Args:
        role: of its run in the study.
        run: its id.
        change: what was changed, on what the recipe was then.
        verdict: what became of it.
        short: whether it was a short training, which decides only whether a whole one follows.
        diagnosis: of its run.
    """

    role: str
    run: str
    change: RecipeChange
    verdict: Verdict
    short: bool
    diagnosis: Diagnosis

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "role": self.role,
            "run": self.run,
            "gap": self.change.gap,
            "change": self.change.message,
            "settings": dict(self.change.settings),
            "short": self.short,
            "kept": self.verdict.kept and not self.short,
            **{key: value for key, value in self.verdict.as_json().items() if key != "kept"},
        }


@dataclass(frozen=True)
class ImproveState:
    """How far a study has come.

    Args:
        settings: the changes that were kept, over the recipe of the plan.
        run: the one with these.
        diagnosis: its.
        tried: all changes, in their order.
        seconds: that all of it took.
        of_run: those of the run with these.
        of_baseline: those of the baseline.
        ample: whether there is a budget, all of which may be used: gaps within noise are worked on,
            too, where there is none beyond it.
    """

    settings: Mapping[str, Any]
    run: str
    diagnosis: Diagnosis
    tried: tuple[TriedChange, ...] = ()
    seconds: float = 0.0
    of_run: float = 0.0
    of_baseline: float = 0.0
    ample: bool = False

    @property
    def unfinished(self) -> list[TriedChange]:
        """Changes that were better in a short training, of which no whole one followed."""
        whole = {one.change.key for one in self.tried if not one.short}
        return [
            one
            for one in self.tried
            if one.short and _is_promising(one) and one.change.key not in whole
        ]

    @property
    def tried_here(self) -> list[str]:
        """Keys of the settings that were tried since the last change was kept."""
        since = 1 + max((at for at, one in enumerate(self.tried) if one.verdict.kept), default=-1)
        return [one.change.key for one in self.tried[since:]]

    @property
    def gaps(self) -> list[OpenGap]:
        """What is worked on, the largest first."""
        return open_gaps(self.diagnosis) or (within_noise(self.diagnosis) if self.ample else [])


@dataclass(frozen=True)
class NextChange:
    """What to train next, and why.

    Args:
        change: on what the recipe is now.
        short: whether in a short training first.
        seconds: that it will take, about.
        why: in a sentence.
    """

    change: RecipeChange
    short: bool
    seconds: float
    why: str


@dataclass(frozen=True)
class Ended:
    """Why nothing is tried any more."""

    why: str


Changes = Callable[[ImproveState, Sequence[str]], Iterable[Sequence[RecipeChange]]]
"""(how it stands, keys of settings that are not wanted) -> what may be tried, in order: kind by
kind, the next of which is made only where nothing of those before it fits the time.
"""


def epochs_fraction(state: ImproveState, budget: float | None) -> float:
    """The part of the epochs that changes are first tried with; 1: all."""
    if budget is None or not state.of_baseline:
        return 1.0
    left = max(0.0, budget - state.of_baseline)
    fraction = left / (TRIALS * state.of_baseline)
    return 1.0 if fraction > LONGEST else max(SHORTEST, fraction)


def next_change(
    state: ImproveState,
    changes: Changes,
    budget: float | None,
    vetoed: Sequence[str] = (),
) -> NextChange | Ended:
    """What to try next, of the largest gap first; or why to end.

    Args:
        budget: seconds in all; None: until nothing is left to try.
        vetoed: keys of settings that the person does not want.
    """
    if not state.gaps:
        return Ended("no gap is larger than its noise")
    left = None if budget is None else budget - state.seconds
    fraction = epochs_fraction(state, budget)
    promising = _promising(state)
    possible: list[RecipeChange] = []
    for kind in _by_kind(state, changes(state, vetoed), promising):
        possible += kind
        plans = [_planned(state, change, promising, fraction) for change in kind]
        fitting = [(plan, needs) for plan, needs in plans if left is None or needs <= left]
        small = [plan for plan, needs in fitting if left is None or needs <= ONE_TRY * left]
        if fitting:
            return small[0] if small else fitting[0][0]
    if not possible:
        return Ended("every change that the doctor knows was tried")
    cheapest = min(state.of_run * change.time for change in possible)
    return Ended(
        f"the budget is spent: {len(possible)} changes are left, the cheapest of which takes about"
        f" {cheapest:.0f} s"
    )


def _by_kind(
    state: ImproveState, changes: Iterable[Sequence[RecipeChange]], promising: TriedChange | None
) -> Iterator[Sequence[RecipeChange]]:
    """What may be tried; the change that a short training speaks for comes first, and of a kind the
    one that goes on with what helped.
    """
    if promising is not None:
        yield [promising.change]
    for kind in changes:
        own = [one for one in kind if promising is None or one.key != promising.change.key]
        more = _once_more(state, own)
        yield own if more is None else [more, *(one for one in own if one is not more)]


def _planned(
    state: ImproveState, change: RecipeChange, promising: TriedChange | None, fraction: float
) -> tuple[NextChange, float]:
    """A change as it would be trained, and the seconds that it needs: a short one is of no use
    where the whole one that may follow does not fit.
    """
    whole = promising is not None and change is promising.change
    short = fraction < 1 and not whole and "training.epochs" not in change.settings
    whole_takes = state.of_run * change.time
    seconds = whole_takes * (fraction if short else 1.0)
    why = _why(state, change, short=short, whole=whole)
    return NextChange(change, short, seconds, why), seconds + (whole_takes if short else 0.0)


def _once_more(state: ImproveState, possible: Sequence[RecipeChange]) -> RecipeChange | None:
    """The same knobs turned further, where the last change turned them and was kept."""
    return next((change for change in possible if _helped(state, change)), None)


def _helped(state: ImproveState, change: RecipeChange) -> bool:
    """Whether the last change turned the same knobs, and was kept."""
    last = state.tried[-1] if state.tried else None
    if last is None or not last.verdict.kept:
        return False
    return set(last.change.settings) == set(change.settings)


def _promising(state: ImproveState) -> TriedChange | None:
    """The last change, if a short training of it was better and no whole one followed."""
    last = state.tried[-1] if state.tried else None
    return last if last is not None and last.short and _is_promising(last) else None


def _is_promising(tried: TriedChange) -> bool:
    """Whether it was better, be it within noise."""
    return tried.verdict.likely is not None and tried.verdict.likely > 0.5


def _why(state: ImproveState, change: RecipeChange, *, short: bool, whole: bool) -> str:
    if whole:
        return "better in a short training: now a whole one"
    gaps = state.gaps
    gap = next(one for one in gaps if one.name == change.gap)
    helped = "it helped, so the same once more; " if _helped(state, change) else ""
    words = FigureFormat(state.diagnosis.unit, state.diagnosis.flipped)
    more = f"; it may hurt {change.hurts}" if change.hurts else ""
    before = "; an earlier run on these data had it" if change.tried_before else ""
    first = "; a short training first" if short else ""
    return f"{helped}{reason(gap, gaps, words)}{more}{before}{first}"


@dataclass(frozen=True)
class Improved:
    """What came of it.

    Args:
        baseline, kept: ids of the first whole run, and of the one that is kept.
        dev, test: metric -> figure of the kept run, as plain values; test once all is done.
        ended: why it ended.
        learns_by_heart: whether some examples could be learned by heart, in a sentence; empty: not
            tried.
        fault: what is wrong before any gap, in a sentence; empty: nothing.
        ahead: what is kept came to on dev beside the baseline, in a sentence; empty: the baseline
            is kept.
        one: id of the run of one net with the changes that were kept; that of ``kept``, unless nets
            are kept together.
        ensemble: which nets are kept together, and why; empty: one net is kept.
        tried: as plain values.
    """

    baseline: str
    kept: str
    metric: str
    dev: Mapping[str, Any]
    test: Mapping[str, Any] | None
    ended: str
    learns_by_heart: str
    gaps: Sequence[Mapping[str, Any]] = ()
    tried: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    settings: Mapping[str, Any] = field(default_factory=dict)
    fault: str = ""
    ahead: str = ""
    one: str = ""
    ensemble: str = ""

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return {**asdict(self), "tried": [dict(one) for one in self.tried]}
