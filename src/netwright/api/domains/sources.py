"""The examples of a run's training source and of the target, and what is measured of each."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from netwright.api import answering
from netwright.api.domains.class_mix import ClassMix, class_mix
from netwright.api.inputs import read_inputs
from netwright.api.judged.drift import units_of
from netwright.api.judged.features import expect_alike
from netwright.api.run import Run
from netwright.base.errors import DataError
from netwright.base.figures import counted
from netwright.base.seeds import seed_of
from netwright.contract import TARGET, Examples
from netwright.contract.mismatch.synthesis import CHANGED
from netwright.metrics.distances import Columns

MOST = 1_000
"""Examples of each source that are looked at; of more they are drawn."""

FEWEST = 40
"""Of each: on one half steps are fitted, on the other they are tried."""


@dataclass(frozen=True)
class Sources:
    """Two sources of a run's inputs.

    Args:
        names: what the training source and the target are called.
        raw: of the training source, as they were read.
        general: the same as training had them.
        target: of the target.
        whole: how many of the training source there are.
        groups: of all of these, where there are groups.
        classes: how often each class is in either; None where targets are none, or are not known of
            the target.
        same: examples of other data that are the run's own.
    """

    names: tuple[str, str]
    raw: Examples
    general: Examples
    target: Examples
    whole: int
    groups: tuple[str, ...] | None
    classes: ClassMix | None
    same: int = 0

    @property
    def counts(self) -> tuple[int, int]:
        """Examples of each that are looked at."""
        return len(self.general), len(self.target)


def of_run(run: Run, against: Any = None) -> Sources:
    """Both sources of a run: by its domains, or all of train against other data.

    Of targets nothing is looked at but how often each class is there, and no example of test.

    Raises:
        DataError: there is one source alone, too few examples of either, or one is a table and the
            other is not.
        RunError: the data of the run have changed.
    """
    reading = answering.own_again(run.recipe, run.record, "train")
    whole = answering.own_examples(run.system, run.recipe, run.record, reading)
    assigned = run.record.splits_of(whole)
    if against is None:
        wanted = run.recipe.split.domain or TARGET
        if whole.domains is None:
            raise DataError(
                f"{run.id} has learned from one source: name examples of the target with --against"
                " PATH, or lay examples in folders general/ and target/ (a table: data.domain)."
            )
        rows = [
            at
            for at, domain in enumerate(whole.domains)
            if domain == wanted and assigned[at] in (*CHANGED, "dev")
        ]
        target, others = whole.take(rows), set(whole.not_of(wanted))
        names = (", ".join(sorted({*whole.domains} - {wanted})), wanted)
    else:
        before = run.record.earlier_reading(lenient=True)
        target = read_inputs(against, run.system.name, run.recipe, before=before)
        target, others = run.system.arrange(target, run.recipe), set(range(len(whole)))
        called = str(against) if isinstance(against, str | Path) else "the data given"
        names = ("train", called)
    learned = [at for at, split in enumerate(assigned) if split == "train"]
    general = [at for at, split in enumerate(assigned) if at in others and split in CHANGED]
    every = whole.take(general)
    same = 0 if against is None else len({*whole.ids} & {*target.ids})
    mix = None if against is not None else class_mix(run, every, target, whole.take(learned))
    raw, target = _drawn(every, "general"), _drawn(target, "target")
    for name, some in zip(names, (raw, target), strict=True):
        if (count := len(set(units_of(some)))) < FEWEST:
            raise DataError(
                f"{name} has {counted(count, 'example')} that differ: to say what differs between"
                f" two sources takes {FEWEST} of each."
            )
    expect_alike(raw, target)
    trained = run.system.as_trained(raw, "train", run.recipe)
    groups = None if every.groups is None else tuple(every.groups)
    count, bare = len(every), [_bare(some) for some in (raw, trained, target)]
    return Sources(names, bare[0], bare[1], bare[2], count, groups, mix, same)


def measured(run: Run, general: Examples, others: Examples) -> Columns:
    """Name -> what a system measures of each of some examples; nothing where it measures none.

    Args:
        others: of the training source, none of these.
    """
    if run.system.statistics is None:
        return {}
    return run.system.statistics(general, others, run.recipe)


def joined(parts: Sequence[Columns], rows: Sequence[Sequence[int]]) -> Columns:
    """The statistics of two halves in the order of the whole."""
    order = np.argsort(np.concatenate([np.asarray(one, int) for one in rows]))
    names = [name for name in parts[0] if all(name in part for part in parts)]
    return {name: np.concatenate([part[name] for part in parts])[order] for name in names}


def _bare(examples: Examples) -> Examples:
    return dataclasses.replace(examples, targets=[None] * len(examples), weights=None)


def _drawn(examples: Examples, name: str) -> Examples:
    if len(examples) <= MOST:
        return examples
    drawn = np.random.default_rng(seed_of(0, "mismatch", name)).choice(
        len(examples), MOST, replace=False
    )
    return examples.take(np.sort(drawn).tolist())
