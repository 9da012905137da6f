"""Splits of examples that come from several domains (a web and a phone, say): dev and test are of
the one that counts, train has all, and train-dev is cut from train (notes 3.2.6, 3.2.7).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal

from netwright.base.errors import DataError, RecipeError, nearest
from netwright.base.figures import counted
from netwright.base.seeds import seed_of
from netwright.contract import TARGET, Examples
from netwright.data.splits.by_hash import by_hash
from netwright.data.splits.sizes import GAP, TRAIN_DEV, all_given

if TYPE_CHECKING:
    from netwright.recipe import Recipe

LEAST, MOST = 0.05, 0.2
"""Of train that goes to train-dev where no fraction is named."""

Cut = Callable[[Examples], list[str]]
"""Examples -> the split of each."""


def target_of(examples: Examples, recipe: Recipe) -> str | None:
    """The domain that dev and test are drawn from; None where examples have no domains.

    Raises:
        RecipeError: none is named, an unknown one is, or the splits are by time.
    """
    named = recipe.split.domain
    if examples.domains is None:
        if named is None:
            return None
        raise RecipeError(
            f"split.domain = '{named}' names a domain, and the examples have none: name their"
            " column, --set data.domain=COLUMN, or lay them in folders general/ and target/."
        )
    counts = Counter(examples.domains)
    listed = ", ".join(f"{name} ({count:,})" for name, count in counts.most_common(10))
    if named is None and TARGET not in counts:
        raise RecipeError(
            f"the examples come from {counted(len(counts), 'domain')}, {listed}: say which of them"
            " the system is for, --set split.domain=DOMAIN; dev and test are drawn from it."
        )
    found = named or TARGET
    if found not in counts:
        raise RecipeError(f"split.domain: there is no domain '{found}'{nearest(found, counts)}")
    if recipe.split.by == "time":
        raise RecipeError(
            "split.by = 'time' with domains (data.domain) is not known: split by hash or by group,"
            " or leave data.domain out."
        )
    return found


def assign(examples: Examples, target: str, cut: Cut) -> list[str]:
    """The split of every example: those of the target domain as ``cut`` has them; the others are
    train. An example that equals one of dev or test, or is of its group, is in none: it would be
    learned by heart.
    """
    if all_given(examples):
        return cut(examples)
    assert examples.domains is not None
    own = [at for at, domain in enumerate(examples.domains) if domain == target]
    given = examples.splits or [None] * len(examples)
    found = [split or "train" for split in given]
    for at, split in zip(own, cut(examples.take(own)), strict=True):
        found[at] = split
    held = {key for at in own if found[at] != "train" for key in _keys(examples, at)}
    ours = set(own)
    for at in range(len(examples)):
        if at not in ours and found[at] == "train" and not held.isdisjoint(_keys(examples, at)):
            found[at] = GAP
    return found


def _keys(examples: Examples, at: int) -> list[tuple[str, str]]:
    """What an example has in common with others: its content, its group."""
    group = None if examples.groups is None else examples.groups[at]
    return [("id", examples.ids[at]), *([("group", group)] if group else [])]


def with_train_dev(
    examples: Examples,
    assigned: list[str],
    labels: Sequence[str],
    fraction: float | Literal["auto"],
    seed: int,
) -> list[str]:
    """The same, with a part of train held out as train-dev, drawn by a hash as dev is.

    Args:
        labels: one each; their fractions are kept equal.
        fraction: of train; ``auto``: where train has examples of several domains as many as dev,
            but at least a twentieth and at most a fifth; else none.

    Raises:
        DataError: train has too few examples.
    """
    train = [at for at, split in enumerate(assigned) if split == "train"]
    if isinstance(fraction, str):
        domains = {examples.domains[at] for at in train} if examples.domains is not None else {""}
        several = len(domains) > 1 and TRAIN_DEV not in assigned
        alike = assigned.count("dev") / max(1, len(train))
        held_out = min(MOST, max(LEAST, alike)) if several else 0.0
    else:
        held_out = fraction
    if not held_out:
        return assigned
    try:
        # another hash than dev's: of the target the low ranks are in dev already
        own = seed_of(seed, "train-dev")
        held = by_hash(examples, train, [labels[at] for at in train], {"dev": held_out}, own)
    except DataError as error:
        raise DataError(f"train-dev, which is cut from train (split.train_dev): {error}") from None
    found = list(assigned)
    for at, split in zip(train, held, strict=True):
        found[at] = TRAIN_DEV if split == "dev" else "train"
    return found


def messages(examples: Examples, recipe: Recipe, left_out: int) -> list[str]:
    """Lines on where the examples come from, and how many of them are in no split."""
    if examples.domains is None:
        return []
    counts = Counter(examples.domains)
    listed = ", ".join(f"{name} {count:,}" for name, count in counts.most_common(10))
    if all_given(examples):
        return [f"domains: {listed}"]
    drawn = f"domains: {listed}; dev and test are drawn from {recipe.split.domain or TARGET}"
    if not left_out:
        return [drawn]
    return [
        drawn,
        f"{counted(left_out, 'example')} of other domains are left out: their equals, or others of"
        " their group, are in dev or test",
    ]
