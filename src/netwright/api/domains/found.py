"""What ``netwright mismatch`` finds."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from netwright.api.domains.class_mix import ClassMix
from netwright.api.domains.fitted import Fitted
from netwright.api.judged.drift import ColumnDrift
from netwright.base.findings import Finding
from netwright.doctor.mismatch.differences import LEVEL, SourceDifference
from netwright.doctor.mismatch.shrank import Shrank


@dataclass(frozen=True)
class Separation:
    """How well a classifier of the source tells the two apart.

    Args:
        by: ``statistics``, or ``inputs``: what the net reads.
        auc: 0.5 as chance does, 1 always.
        seen_from: the AUC that would have been told from chance.
        p: corrected for all that was looked at.
        columns: what it needs most.
    """

    by: str
    auc: float
    seen_from: float
    p: float
    columns: tuple[ColumnDrift, ...] = ()

    @property
    def is_sure(self) -> bool:
        """Whether it does so beyond chance."""
        return self.p < LEVEL


@dataclass(frozen=True)
class Mismatch:
    """Two sources of a run, what differs, what lessens it, and whether it shrank.

    Args:
        run: its id.
        names: what the training source and the target are called.
        counts: examples of each that were looked at.
        separations: of a classifier by each kind of features.
        differences: every statistic, the surest and largest first.
        fitted: steps that make the training source look like the target; None where the system has
            none, or nothing differs.
        shrank: this run beside one before it; None where there is none.
        classes: how often each class is in either; None where targets are none, or are not known.
        findings: few base items that are used often.
        most_general, most_target: names of the examples that differ most.
        same: examples of the target that are the run's own, where the target is other data.
        page: where it is drawn; None: nowhere.
    """

    run: str
    names: tuple[str, str]
    counts: tuple[int, int]
    separations: tuple[Separation, ...]
    differences: tuple[SourceDifference, ...]
    fitted: Fitted | None
    shrank: Shrank | None
    classes: ClassMix | None
    findings: tuple[Finding, ...]
    most_general: tuple[str, ...]
    most_target: tuple[str, ...]
    same: int = 0
    page: Path | None = None

    @property
    def differ(self) -> bool:
        """Whether anything differs beyond chance."""
        return any(one.is_sure for one in self.differences) or any(
            one.is_sure for one in self.separations
        )

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "run": self.run,
            "names": list(self.names),
            "counts": list(self.counts),
            "differ": self.differ,
            "separations": [{**asdict(one), "is_sure": one.is_sure} for one in self.separations],
            "differences": [one.as_json() for one in self.differences],
            "fitted": None if self.fitted is None else self.fitted.as_json(),
            "shrank": None if self.shrank is None else self.shrank.as_json(),
            "classes": None if self.classes is None else self.classes.as_json(),
            "findings": [one.as_json() for one in self.findings],
            "most_general": list(self.most_general),
            "most_target": list(self.most_target),
            "same": self.same,
            "page": None if self.page is None else str(self.page),
        }
