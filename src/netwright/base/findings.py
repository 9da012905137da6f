"""Findings with stable codes: what the doctor and the readers report.

The table of codes is here; each has a page in docs/findings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Severity = Literal["note", "warning", "problem"]


@dataclass(frozen=True)
class Finding:
    """One thing found, with the figures behind it and what to do.

    Args:
        code: a key of ``CODES``; never reused for another meaning.
        message: one sentence for a person.
        figures: the numbers behind the sentence.
        do: what to do next, most useful first.
        severity: ``note``: good to know; ``warning``: look at it; ``problem``: it decides the
            result.
    """

    code: str
    message: str
    figures: Mapping[str, Any] = field(default_factory=dict)
    do: tuple[str, ...] = ()
    severity: Severity = "warning"

    @property
    def name(self) -> str:
        """The code's name: ``avoidable-bias``."""
        return CODES[self.code]

    def as_json(self) -> dict[str, Any]:
        """Plain values, the name included."""
        return {
            "code": self.code,
            "name": self.name,
            **{k: v for k, v in asdict(self).items() if k != "code"},
        }


CODES: dict[str, str] = {
    "NW101": "avoidable-bias",
    "NW102": "variance",
    "NW103": "data-mismatch",
    "NW104": "overfit-to-dev",
    "NW105": "human-level-unknown",
    "NW106": "past-human-level",
    "NW107": "within-noise",
    "NW108": "negative-gap",
    "NW109": "dev-set-too-small",
    "NW110": "below-baseline",
    "NW111": "no-counts",
    "NW112": "layer-vanishes",
    "NW113": "layer-explodes",
    "NW114": "layer-dies",
    "NW115": "layer-saturates",
    "NW116": "reference-is-better",
    "NW117": "out-of-fold",
    "NW118": "labels-corrected",
    "NW119": "poorly-calibrated",
    "NW120": "few-base-items",
    "NW201": "unreadable-files",
    "NW202": "duplicates-within-split",
    "NW203": "duplicates-across-splits",
    "NW204": "near-duplicates",
    "NW205": "imbalanced-classes",
    "NW206": "class-too-small",
    "NW207": "one-class",
    "NW208": "unseen-labels",
    "NW209": "animated-images",
    "NW210": "all-missing-column",
    "NW211": "constant-column",
    "NW212": "mixed-types",
    "NW213": "infinite-values",
    "NW214": "rows-without-target",
    "NW215": "target-like-an-id",
    "NW216": "header-like-data",
    "NW217": "contradictory-labels",
    "NW218": "examples-left-out",
    "NW219": "target-not-in-dev",
    "NW220": "files-not-read",
    "NW221": "like-named-classes",
    "NW222": "cannot-be-split",
    "NW223": "deep-images",
    "NW230": "columns-left-out",
    "NW231": "ambiguous-columns",
    "NW232": "stand-ins-for-missing",
    "NW233": "values-that-do-not-fit",
    "NW234": "column-tells-the-target",
    "NW235": "entities-repeat",
    "NW236": "rows-in-order-of-time",
    "NW237": "near-rows-across-splits",
    "NW238": "prose-left-out",
    "NW239": "words-hardly-repeat",
    "NW240": "numbers-too-large",
    "NW250": "tags-that-break-their-scheme",
    "NW251": "names-that-cut-words",
    "NW252": "over-long-texts",
}

DOES_NOT_FIT = "NW233"
"""What inputs to answer and data to measure on are told of, too."""
