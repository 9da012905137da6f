"""Which examples train, which choose, which judge (notes 2.1.1, 3.1.6)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal

from netwright.base.errors import DataError, RecipeError
from netwright.base.figures import counted
from netwright.contract import AnySystem, Examples, Takes
from netwright.data.splits import by_domain, by_time, unread
from netwright.data.splits.by_hash import by_hash
from netwright.data.splits.sizes import all_given, brought, fractions, left_free
from netwright.data.splits.strata import check_classes

if TYPE_CHECKING:
    from netwright.recipe import Recipe

Stratify = Callable[[Sequence[Any]], list[str]]

By = Literal["hash", "group", "time"]


def as_wanted(system: AnySystem | Takes, examples: Examples, recipe: Recipe) -> list[str]:
    """The split of every example, as ``assign`` gives it for a recipe.

    Raises:
        DataError: as ``assign``; or no target of train, or none of dev, is known.
        RecipeError: as ``assign``; or a person's split.by or split.gap, where the splits are given.
    """
    knobs, changed = recipe.split, unread.changed(recipe)
    if all_given(examples):
        unread.refuse(recipe)
    stratify = system.stratify if knobs.stratify else None

    def cut(some: Examples) -> list[str]:
        return assign(
            some,
            by=knobs.by,
            dev=knobs.dev,
            test=knobs.test,
            # the gap of a system whose splits are by time is none that a person set for others
            gap=knobs.gap if knobs.by == "time" or "gap" in changed else 0,
            stratify=stratify,
            classes=system.labels(some.targets),
            seed=knobs.seed,
        )

    target = by_domain.target_of(examples, recipe)
    assigned = cut(examples) if target is None else by_domain.assign(examples, target, cut)
    if knobs.by != "time":
        labels = _labels(examples, range(len(examples)), stratify)
        assigned = by_domain.with_train_dev(examples, assigned, labels, knobs.train_dev, knobs.seed)
    elif knobs.train_dev not in ("auto", 0):
        raise RecipeError(
            f"split.train_dev = {knobs.train_dev:g} with split.by = 'time': of one source in time"
            " train-dev would be dev itself; leave it out."
        )
    _check_known(examples, assigned)
    return assigned


def timeline_if_any(
    examples: Examples, assigned: Sequence[str], recipe: Recipe
) -> by_time.Timeline | None:
    """What the splits span, where the recipe has them by time and they are not given."""
    if recipe.split.by != "time" or all_given(examples):
        return None
    return by_time.timeline(examples, assigned, recipe.data.time, recipe.split.gap)


def assign(
    examples: Examples,
    *,
    by: By = "hash",
    dev: float | Literal["auto"] = "auto",
    test: float | Literal["auto"] = "auto",
    gap: int | str = 0,
    stratify: Stratify | None = None,
    classes: Sequence[str | None] = (),
    seed: int = 0,
) -> list[str]:
    """The split of every example: ``train``, ``dev``, ``test``, or ``gap`` where it is in none.

    Splits that the source brings are kept: when it has train and test but no dev, dev is cut from
    train, of the size that ``dev`` says for the train part.

    Args:
        by: ``hash``: see ``by_hash``; ``group``: the same, of examples that have groups; ``time``:
            see ``by_time``.
        dev, test: the fraction of the examples, 0 to 1; ``auto``: see ``fractions``.
        gap: what lies between two splits by time: see ``parse_gap``.
        stratify: all targets -> labels whose fractions are kept equal in all splits; None: none.
            Time has none.
        classes: the class of each example, None where it has none; empty: there are no classes.
        seed: the random seed of the hash.

    Raises:
        DataError: too few examples, one class only, a class with one example, a source without a
            train part, or without groups or an order of time where these are asked for.
        RecipeError: none would be in dev, or the gap does not fit.
    """
    _check(examples, by, gap)
    auto_dev, auto_test = fractions(len(examples))
    given = brought(examples)
    if given is None:
        free: Sequence[int] = range(len(examples))
        wanted = {
            "dev": auto_dev if dev == "auto" else dev,
            "test": auto_test if test == "auto" else test,
        }
    else:
        free, wanted = left_free(given, dev)
    if wanted.get("dev") == 0:
        raise RecipeError(
            "split.dev = 0 leaves no dev split, on which epochs and runs are compared: expected a"
            " fraction above 0, or auto."
        )
    if stratify is not None and classes:
        check_classes([classes[at] for at in free], examples, free)
    chosen: list[str] = []
    if len(free) and by == "time":
        chosen = by_time.by_time(examples, free, classes, wanted, gap)
    elif len(free):
        strata = _labels(examples, free, stratify)
        learned = bool(classes) and stratify is not None
        chosen = by_hash(examples, free, strata, wanted, seed, learned=learned)
    if given is None:
        return chosen
    found = [split or "train" for split in given]
    for at, split in zip(free, chosen, strict=True):
        found[at] = split
    return found


def _labels(examples: Examples, free: Sequence[int], stratify: Stratify | None) -> list[str]:
    if stratify is None:
        return [""] * len(free)
    whole = len(free) == len(examples)
    return stratify(examples.targets if whole else [examples.targets[at] for at in free])


def _check(examples: Examples, by: By, gap: int | str) -> None:
    """Refuse a way that the examples do not have, and a gap where nothing has an order."""
    if by == "group" and examples.groups is None:
        raise DataError(
            "split.by = 'group', and the examples have no groups: name their column,"
            " --set data.group=COLUMN."
        )
    if by != "time" and gap not in (0, "0"):
        raise RecipeError(
            f"split.gap = {gap!r} with split.by = '{by}': a gap lies between splits by time; leave"
            " it out, or --set split.by=time."
        )


def _check_known(examples: Examples, assigned: Sequence[str]) -> None:
    """Refuse splits with nothing to learn from, or nothing to measure on."""
    if not len(examples):
        raise DataError("no example has a known target: nothing to learn from.")
    known = {
        split
        for split, target in zip(assigned, examples.targets, strict=True)
        if target is not None
    }
    for split, use in (("train", "learn from"), ("dev", "measure on")):
        if split not in known:
            count = assigned.count(split)
            raise DataError(
                f"{split} has nothing to {use}: {counted(count, 'example')} of"
                f" {len(examples):,}, none with a known target; expected some, or other splits."
            )
