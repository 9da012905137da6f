"""The check of a system that answers in steps."""

from __future__ import annotations

from dataclasses import replace

from netwright.api.checking.tried import Tried, answers
from netwright.api.judged.blame import chained
from netwright.metrics.measure import value_of

NEAR = 1e-5
"""Figures of an example that differ by less differ by rounding, as answers alone and in company."""


def chain_to_its_answers(tried: Tried) -> str:
    """The components' own outputs, chained, are the system's answers, whatever the targets are; and
    the truth of the last one is right wherever it is known.
    """
    system, made = tried.system, tried.made
    if not system.components:
        return ""
    setup, record = made.setup, made.record
    chosen = record.mapping("chosen.json") if record.has("chosen.json") else {}
    known = [row for row, target in enumerate(setup.dev.targets) if target is not None]
    dev = setup.dev.take(known)
    given = (setup.net.cpu().eval(), setup.codec, setup.recipe, chosen)
    blind = replace(dev, targets=[None] * len(dev))
    theirs, own = answers(made, dev).answers, chained(system, blind, *given)({})
    metric, bare = system.metrics[0], dev.without_inputs()
    for at in range(len(dev)):
        one = bare.take([at])
        figures = [value_of(metric, one, [of[at]]) for of in (own, theirs)]
        if abs(figures[0] - figures[1]) > NEAR * max(1, abs(figures[1])):
            return (
                f"chained, its components answer {dev.sources[at]} with {own[at]!r}, and the system"
                f" with {theirs[at]!r}"
            )
    last = system.components[-1]
    truths = [last.truth(example) for example in dev]
    for at, (example, truth) in enumerate(zip(bare, truths, strict=True)):
        if truth is not None and not isinstance(truth, system.answer):
            return f"the truth of '{last.name}' is {type(truth).__name__}: expected an answer"
        if truth is not None and system.wrong(example, truth):
            return f"the truth of '{last.name}' of {dev.sources[at]} is counted as wrong"
    return ""
