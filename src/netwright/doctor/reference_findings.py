"""Whether a usual method does better than the net on the same dev examples."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from netwright.base import figures
from netwright.base.findings import Finding
from netwright.runs.schema import ReferenceJson

CODE = "NW116"


def find(
    references: Sequence[ReferenceJson], muted: Collection[str] = frozenset()
) -> tuple[Finding, ...]:
    """The best of those that are better beyond noise, with how much.

    Args:
        muted: codes to leave out.
    """
    better = [one for one in references if is_better(one)]
    if not better or CODE in muted:
        return ()
    best = min(better, key=lambda one: one["lead"]["value"])
    lead, unit = best["lead"], best["measure"]["unit"]
    apart = figures.unsigned(lead["value"], lead["low"], lead["high"])
    by = figures.points(*apart, unit=unit).lstrip("+")
    return (
        Finding(
            CODE,
            f"{best['name'][:1].upper()}{best['name'][1:]} does better on the same dev examples,"
            f" by {by}: more than noise.",
            {"reference": best["name"], "dev": best["measure"]["value"], **lead},
            (
                f"take {best['name']} ({best['how']}) where the figure is all that counts",
                "let netwright search look for better settings of the net",
            ),
        ),
    )


def is_better(reference: ReferenceJson) -> bool:
    """Whether it beats the net beyond noise."""
    high = reference["lead"]["high"]
    return high is not None and high < 0
