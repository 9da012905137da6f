"""The ladder human -> train -> train_dev -> dev -> test, its gaps, and what is made of them.

Plain values with a JSON form, nothing heavy imported: a typed ladder is judged in a tenth of a
second.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from netwright.base.errors import RunError
from netwright.base.findings import Finding
from netwright.doctor.advice.knobs import Knob
from netwright.doctor.gaps.figures import FigureFormat
from netwright.doctor.gaps.two_sources import TwoSources

RUNGS = ("human", "train", "train_dev", "dev", "test")

Verdict = Literal["first", "next", "noise", "small", "negative", "muted"]
"""What is made of a gap.

first: work on it now; next: real, after the first; noise: the interval holds 0; small: without
counts, and too little to act on; negative: the later rung does better, beyond noise; muted: real,
and left out by ``mute`` in project.yaml.
"""


@dataclass(frozen=True)
class Rung:
    """One measured level of the single number, as an error: higher is worse.

    Args:
        name: human, train, train_dev, dev or test.
        error: the figure; 0 to 1 for proportions, a figure in ``unit`` otherwise.
        n: how many examples it was measured on; None when unknown.
        low, high: its 95% interval; None when unknown.
        by: whose level it is, of several human ones; empty: not said.
    """

    name: str
    error: float
    n: int | None = None
    low: float | None = None
    high: float | None = None
    by: str = ""

    @property
    def interval(self) -> tuple[float, float] | None:
        """(low, high), or None when it is unknown."""
        return None if self.low is None or self.high is None else (self.low, self.high)

    def as_json(self) -> dict[str, Any]:
        """Plain values; whose it is where that is said."""
        return {key: value for key, value in asdict(self).items() if key != "by" or value}


@dataclass(frozen=True)
class Gap:
    """How much worse one rung is than the one before it.

    Args:
        name: avoidable bias, variance, data mismatch or overfit to dev.
        from_, to: the rungs.
        size: error of ``to`` - error of ``from_``.
        low, high: the 95% interval of the size; None when neither rung has one.
        verdict: what is made of it.
        why: one sentence for a person.
    """

    name: str
    from_: str
    to: str
    size: float
    low: float | None
    high: float | None
    verdict: Verdict
    why: str


@dataclass(frozen=True)
class Diagnosis:
    """Where the error comes from and what to do next.

    Args:
        rungs: in the order of the ladder, their intervals filled in.
        gaps: in the order of the ladder.
        findings: the most important first; muted ones left out.
        verdict: one sentence.
        knobs: for the first gap, then for the next ones.
        metric: what the error is: ``error``, ``1 - macro_f1``, ``rmse``, ...
        unit: ``fraction``, or the unit of the figure (may be empty).
        flipped: True when the rungs hold the metric with its sign changed, for a metric of which
            more is better.
        other_people: further human levels, the best first; the best of all is the rung.
        two_sources: where examples come from several domains, the figure by domain.
        since: whether knobs that were turned since an earlier run moved the gap that they are for,
            in a sentence; empty: there is no such run.
    """

    rungs: tuple[Rung, ...]
    gaps: tuple[Gap, ...]
    findings: tuple[Finding, ...]
    verdict: str
    knobs: tuple[Knob, ...] = ()
    metric: str = "error"
    unit: str = "fraction"
    flipped: bool = False
    other_people: tuple[Rung, ...] = ()
    two_sources: TwoSources | None = None
    since: str = ""

    def __str__(self) -> str:
        """The verdict, the figures of the ladder, and what to do, a line each."""
        words = FigureFormat(self.unit, self.flipped)
        rungs = ", ".join(f"{rung.name} {words.level(rung.error)}" for rung in self.rungs)
        steps = [step for finding in self.findings for step in finding.do]
        return "\n".join([self.verdict, f"{self.metric}: {rungs}", *dict.fromkeys(steps)])

    def as_json(self) -> dict[str, Any]:
        """Plain values that JSON can hold; ``from_json`` reads them back."""
        others = [rung.as_json() for rung in self.other_people]
        return {
            "verdict": self.verdict,
            "metric": self.metric,
            "unit": self.unit,
            "flipped": self.flipped,
            "rungs": [rung.as_json() for rung in self.rungs],
            "gaps": [asdict(gap) for gap in self.gaps],
            "findings": [finding.as_json() for finding in self.findings],
            "knobs": [asdict(knob) for knob in self.knobs],
            **({"other_people": others} if others else {}),
            **({"two_sources": self.two_sources.as_json()} if self.two_sources else {}),
            **({"since": self.since} if self.since else {}),
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Diagnosis:
        """A diagnosis from what ``as_json`` gave.

        Raises:
            RunError: a key is missing or unknown.
        """
        try:
            return cls(
                rungs=tuple(Rung(**rung) for rung in values["rungs"]),
                gaps=tuple(Gap(**gap) for gap in values["gaps"]),
                findings=tuple(_finding(finding) for finding in values["findings"]),
                verdict=values["verdict"],
                knobs=tuple(Knob(**knob) for knob in values["knobs"]),
                metric=values["metric"],
                unit=values["unit"],
                flipped=values["flipped"],
                # records of earlier releases know one human level
                other_people=tuple(Rung(**rung) for rung in values.get("other_people", ())),
                two_sources=TwoSources.from_json(values["two_sources"])
                if "two_sources" in values
                else None,
                since=values.get("since", ""),
            )
        except (KeyError, TypeError) as error:
            raise RunError(
                f"a diagnosis cannot be read ({error}); diagnose the run again."
            ) from None


def _finding(values: Mapping[str, Any]) -> Finding:
    kept = {key: value for key, value in values.items() if key != "name"}
    return Finding(**{**kept, "do": tuple(values["do"])})
