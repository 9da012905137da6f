"""What a system sets on dev after training, and answers on dev that are none the better for it.

Thresholds that were chosen on some examples look better there than they are. So dev is halved: each
half is answered with what was chosen on the other, and these answers are the ones that are measured
and kept. What is chosen on all of dev is for every other example.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from netwright.base.files import digest
from netwright.contract import Chosen, Examples, of_rows
from netwright.contract.system import Answers
from netwright.runs.answers.predictions import plain
from netwright.training import evaluate
from netwright.training.evaluate import Evaluated
from netwright.training.setup import TrainingSetup

Halves = tuple[list[int], list[int]]


def choose(setup: TrainingSetup, answer: Callable[[Chosen], Evaluated]) -> tuple[Chosen, Evaluated]:
    """What is chosen on all of dev, and the answers on dev, cross-fitted.

    Args:
        answer: chosen -> what the kept weights say of dev.
    """
    without = answer(evaluate.NOTHING)
    if setup.system.choosing(setup.recipe) is None:
        return evaluate.NOTHING, without

    def given(chosen: Chosen) -> Evaluated:
        return answer(chosen) if chosen else without

    first, second = halves(setup.dev)
    parts = [
        (rows, given(chosen_on(setup, given, other)))
        for rows, other in ((first, second), (second, first))
        if rows
    ]
    everywhere = chosen_on(setup, given, range(len(setup.dev)))
    return everywhere, evaluate.merged(parts)


def chosen_on(
    setup: TrainingSetup, given: Callable[[Chosen], Evaluated], rows: Sequence[int]
) -> Chosen:
    """What the system chooses on these rows of dev, as it will be read again; nothing on none."""
    choose = setup.system.choosing(setup.recipe)
    if not rows or choose is None:
        return evaluate.NOTHING

    def answered(chosen: Chosen) -> Answers:
        return of_rows(given(chosen).answers, rows)

    found = choose(setup.dev.take(rows), answered, setup.own_codec, setup.recipe)
    kept: Chosen = json.loads(json.dumps(plain(found)))
    return kept


def halves(examples: Examples) -> Halves:
    """The rows of two halves; equal examples, and those of one group, lie in the same. By a hash of
    their names, so that the order of the source says nothing.
    """
    ids = examples.ids
    names = [group or name for group, name in zip(examples.groups or ids, ids, strict=True)]
    ranked = sorted(set(names), key=lambda name: digest(name.encode("utf-8", "surrogatepass")))
    low = set(ranked[: len(ranked) // 2])
    return (
        [row for row, name in enumerate(names) if name in low],
        [row for row, name in enumerate(names) if name not in low],
    )
