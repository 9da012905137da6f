"""A curve as it is kept: its points, what it says of more data, its verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from netwright.base.errors import NetwrightError
from netwright.contract import AnySystem
from netwright.doctor.diagnose import error_name
from netwright.doctor.gaps.figures import FigureFormat
from netwright.metrics.measure import lead
from netwright.studies import points as pointing
from netwright.studies import verdict
from netwright.studies.forecast import Forecast, forecast
from netwright.studies.points import Point, SizedRun

Kind = Literal["curve", "capacity"]


@dataclass(frozen=True)
class Curve:
    """What came out.

    Args:
        kind: ``curve`` by training examples, ``capacity`` by the size of the net.
        metric: what the error is: ``error``, ``1 - macro_f1``, ``rmse``.
        unit: ``fraction``, or that of the figure.
        flipped: whether the errors are figures of which more is better, with their sign changed.
        points: the smallest first.
        forecast: None of a capacity curve, and of few sizes.
        verdict: what it says.
    """

    kind: Kind
    metric: str
    unit: str
    flipped: bool
    points: tuple[Point, ...]
    forecast: Forecast | None
    verdict: str

    @property
    def fmt(self) -> FigureFormat:
        """Writes its figures."""
        return FigureFormat(self.unit, self.flipped)

    def as_json(self) -> dict[str, Any]:
        """Plain values; ``from_json`` reads them back."""
        return {
            "kind": self.kind,
            "metric": self.metric,
            "unit": self.unit,
            "flipped": self.flipped,
            "points": [point.as_json() for point in self.points],
            "forecast": None if self.forecast is None else self.forecast.as_json(),
            "verdict": self.verdict,
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Curve:
        """A curve from what ``as_json`` gave.

        Raises:
            NetwrightError: something is missing or of another kind.
        """
        try:
            held = values["forecast"]
            made = tuple(Point.from_json(point) for point in values["points"])
            return cls(
                values["kind"],
                str(values["metric"]),
                str(values["unit"]),
                bool(values["flipped"]),
                made,
                None if held is None else Forecast.from_json(held),
                str(values["verdict"]),
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise NetwrightError(
                f"the result of the study cannot be read ({error}): its study.json was changed."
            ) from None


def of_runs(kind: Kind, runs: Sequence[SizedRun], system: AnySystem) -> Curve:
    """The curve through the runs of a study, at least one.

    Raises:
        RunError: a run has no figures, or they are of other examples.
    """
    metric = system.metrics[0]
    higher = metric.better == "higher"
    flipped = higher and metric.unit != "fraction"
    words = verdict.Wording(FigureFormat(metric.unit, flipped))
    made = pointing.points(runs, metric, by_parameters=kind == "capacity")
    name = error_name(metric.name, unit=metric.unit, more_is_better=higher)
    if kind == "capacity":
        sentence, found = _of_capacity(runs, made, system, words), None
    else:
        found = forecast(pointing.draws(runs, system), floor=not flipped)
        sentence = verdict.of_learning(made, found, words)
    return Curve(kind, name, metric.unit, flipped, tuple(made), found, sentence)


def _of_capacity(
    runs: Sequence[SizedRun], made: Sequence[Point], system: AnySystem, words: verdict.Wording
) -> str:
    """Each width's first run against that of the recipe's own, pair by pair."""
    firsts = [of_size[0] for of_size in pointing.by_size(runs).values()]
    at = next((place for place, run in enumerate(firsts) if run.size == 1), 0)
    examples = firsts[at].record.examples("dev", system)
    answers = [run.record.answers("dev", system) for run in firsts]
    leads = [lead(system.metrics[0], examples, some, answers[at]) for some in answers]
    return verdict.of_capacity(made, leads, at, words)
