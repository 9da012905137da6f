"""For each disease: which first verdicts are right, and which figures its effect lies between."""

from __future__ import annotations

from dataclasses import dataclass

BIAS, VARIANCE, MISMATCH, OVERFIT = GAPS = (
    "avoidable bias",
    "variance",
    "data mismatch",
    "overfit to dev",
)
DIVERGING, DEAD, LEAK, ELSEWHERE = "diverging", "dead layer", "leakage", "test from elsewhere"
SYSTEMATIC, RANDOM, IMBALANCE = "systematic labels", "random labels", "imbalance"
HEALTHY = "nothing wrong"

ERRORS = 3.0
"""Standard errors of dev that an effect is, at least."""

STRAY = 1.0
"""Standard errors of dev that each gap of a healthy net is, at most."""


@dataclass(frozen=True)
class Disease:
    """What is planted.

    Args:
        name: in the issue's words.
        right: the first verdicts that are right.
        worse, better: the figures that its effect lies between; an empty one is 0. ``flipped`` is
            the fraction of wrong labels: the error that they make for who answers all rightly.
        gap: the gap that it is, which must be the largest of the true ones; empty: it is none.
    """

    name: str
    right: tuple[str, ...]
    worse: str
    better: str
    gap: str = ""


DISEASES = {
    one.name: one
    for one in (
        Disease("too small", (BIAS,), "train", "people", BIAS),
        Disease("too short", (BIAS,), "train", "people", BIAS),
        Disease("wrong rate", (BIAS,), "train", "people", BIAS),
        # far too large a rate: that training fails, that nothing is learned and that units died
        # are three true sentences about it (notes 2.1.7, 3.1.12)
        Disease("rate too large", (BIAS, DIVERGING, DEAD), "train", "people"),
        Disease("diverging", (DIVERGING, BIAS, DEAD), "train", "people"),
        Disease("dead layer", (DEAD,), "train", "people"),
        Disease("too little data", (VARIANCE,), "held", "train", VARIANCE),
        Disease("no regularization", (VARIANCE,), "held", "train", VARIANCE),
        Disease("mismatch by source", (MISMATCH,), "held", "general", MISMATCH),
        Disease("dev reused", (OVERFIT,), "held", "dev", OVERFIT),
        Disease("random label noise", (RANDOM,), "flipped", ""),
        Disease("systematic label noise", (SYSTEMATIC,), "flipped", ""),
        Disease("leakage", (LEAK,), "blind", "dev"),
        Disease("leakage by twins", (LEAK,), "held", "dev"),
        Disease("test from elsewhere", (ELSEWHERE,), "other", "dev", OVERFIT),
        Disease("imbalance", (IMBALANCE,), "even", "held"),
        Disease(HEALTHY, (HEALTHY,), "", ""),
    )
}
