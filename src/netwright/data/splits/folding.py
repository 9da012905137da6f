"""Folds and nested parts: the examples that are not test, divided for studies of many trainings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from netwright.base.errors import DataError, RecipeError
from netwright.base.figures import counted
from netwright.contract import AnySystem, Examples
from netwright.data.splits import by_time
from netwright.data.splits.by_hash import Units, units_of
from netwright.data.splits.sizes import GAP, all_given
from netwright.data.splits.strata import check

if TYPE_CHECKING:
    from netwright.recipe import Recipe

FOLDED = ("train", "dev")
"""The splits that folds are made of."""

LEFT_OUT = GAP
"""What an example is assigned to that a training leaves out."""


def folds(
    system: AnySystem, examples: Examples, assigned: Sequence[str], recipe: Recipe, count: int
) -> list[list[str]]:
    """For each of ``count`` folds the split of every example: dev is the fold, train the others.

    Train and dev of ``assigned`` are dealt out to the folds; test, and whatever else there is,
    stays as it is. Equal examples and those of a group lie in one fold, and labels are spread
    evenly. By time the fold is learned from what comes before it (forward chaining): the earliest
    part, one of ``count`` + 1, is in no fold.

    Args:
        examples: as the system arranges them.
        assigned: their splits, as a single training has them.

    Raises:
        DataError: there are more folds than examples or groups, or a fold has labels that no other
            has.
        RecipeError: fewer than two folds are wanted, or the examples have domains.
    """
    if count < 2:
        raise RecipeError(
            f"--folds {count}: expected 2 or more, as each is learned from the others."
        )
    if examples.domains is not None:
        raise RecipeError(
            f"--folds {count} with domains (data.domain) is not known: all folds would be judged,"
            " also those that the system is not for; leave one of the two out."
        )
    free = [row for row, split in enumerate(assigned) if split in FOLDED]
    if recipe.split.by == "time" and not all_given(examples):
        made = _chained(system, examples, free, assigned, recipe, count)
    else:
        made = _dealt(system, examples, free, assigned, recipe, count)
    labels = system.labels(examples.targets)
    for number, one in enumerate(made, start=1):
        unseen = [finding for finding in check(labels, one) if finding.code == "NW208"]
        if unseen:
            raise DataError(
                f"fold {number} of {count} cannot be learned from the others:"
                f" {unseen[0].message.removesuffix('.')}; merge such labels with others, add"
                " examples of them, or train without --folds."
            )
    return made


def _dealt(
    system: AnySystem,
    examples: Examples,
    free: Sequence[int],
    assigned: Sequence[str],
    recipe: Recipe,
    count: int,
) -> list[list[str]]:
    """Units one after another to the fold that has the fewest of their label, then of all."""
    units = _units(system, examples, free, recipe)
    if len(units.sizes) < count:
        what = "example" if examples.groups is None else "group"
        raise DataError(
            f"--folds {count}: there are {counted(len(units.sizes), what)} outside test (equal"
            f" examples count once): expected at most {len(units.sizes)} folds."
        )
    of_unit = np.zeros(len(units.sizes), np.int64)
    whole = np.zeros(count, np.int64)
    for held in units.strata.values():
        own = np.zeros(count, np.int64)
        for unit in held[np.argsort(-units.sizes[held], kind="stable")]:  # the large ones first
            fold = int(np.lexsort((whole, own))[0])
            of_unit[unit] = fold
            own[fold] += units.sizes[unit]
            whole[fold] += units.sizes[unit]
    return [_with(assigned, free, of_unit[units.of] == fold) for fold in range(count)]


def _with(assigned: Sequence[str], free: Sequence[int], is_dev: np.ndarray) -> list[str]:
    found = list(assigned)
    for row, dev in zip(free, is_dev.tolist(), strict=True):
        found[row] = "dev" if dev else "train"
    return found


def _chained(
    system: AnySystem,
    examples: Examples,
    free: Sequence[int],
    assigned: Sequence[str],
    recipe: Recipe,
    count: int,
) -> list[list[str]]:
    """The latest fold first: of what is left each time, dev is the last part and train the rest."""
    made: list[list[str]] = []
    labels = system.labels(examples.targets)
    left = list(free)
    for parts in range(count + 1, 1, -1):
        cut = by_time.by_time(examples, left, labels, {"dev": 1 / parts}, recipe.split.gap)
        found = [LEFT_OUT if split in FOLDED else split for split in assigned]
        for row, split in zip(left, cut, strict=True):
            found[row] = split
        made.insert(0, found)
        left = [row for row, split in zip(left, cut, strict=True) if split != "dev"]
    return made


def nested(
    system: AnySystem,
    examples: Examples,
    assigned: Sequence[str],
    recipe: Recipe,
    seed: int,
) -> tuple[list[int], list[int]]:
    """The training examples in an order of which every beginning is a smaller training split, and
    the sizes at which one may end.

    A smaller one lies inside every larger one. Equal examples and those of a group come together;
    labels keep their fractions, and one of each comes first, so that none is unknown to any size
    that is at least as large as there are labels.

    Args:
        seed: draws another order.
    """
    free = [row for row, split in enumerate(assigned) if split == "train"]
    units = _units(system, examples, free, recipe, f"nested {seed}")
    place = np.zeros(len(units.sizes))
    for held in units.strata.values():
        before = np.cumsum(units.sizes[held]) - units.sizes[held]
        place[held] = before / units.sizes[held].sum()
    order = np.lexsort((units.ranks, place))
    position = np.empty(len(order), np.int64)
    position[order] = np.arange(len(order))
    rows = np.argsort(position[units.of], kind="stable")
    return [free[row] for row in rows], np.cumsum(units.sizes[order]).tolist()


def without_dev(assigned: Sequence[str]) -> list[str]:
    """The splits with all that folds are made of to learn from."""
    return ["train" if split in FOLDED else split for split in assigned]


def only(assigned: Sequence[str], train: Sequence[int]) -> list[str]:
    """The splits with these examples alone to learn from; the others of train are left out."""
    found = [LEFT_OUT if split == "train" else split for split in assigned]
    for row in train:
        found[row] = "train"
    return found


def _units(
    system: AnySystem, examples: Examples, free: Sequence[int], recipe: Recipe, name: str = "folds"
) -> Units:
    targets = [examples.targets[row] for row in free]
    stratify = system.stratify if recipe.split.stratify else None
    labels = [""] * len(free) if stratify is None else stratify(targets)
    return units_of(examples, free, labels, f"{recipe.split.seed}/{name}")
