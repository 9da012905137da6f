"""The splits of data that have grown since a run was trained."""

from __future__ import annotations

import polars as pl

from netwright.base.errors import RunError
from netwright.contract import AnySystem, Examples
from netwright.data import splits
from netwright.recipe import Recipe

CUT_FROM = ("train", "train_dev", "dev")
"""Where the source itself says what is test, dev may have been cut from its train part."""


def assign(
    system: AnySystem, examples: Examples, recipe: Recipe, before: pl.DataFrame
) -> list[str]:
    """The split of every example: as it was, where the run knew it by its content; as that of its
    group, where the run knew others of the group; else as the recipe splits all examples now.

    What was in test or dev is never trained on.

    Args:
        before: ``id`` and ``split`` of the examples that the run knew.

    Raises:
        RunError: the splits are by time: new rows come after those that judged.
    """
    if recipe.split.by == "time" and not splits.all_given(examples):
        start = ", --from RUN starts from its weights" if system.adopt is not None else ""
        raise RunError(
            "the splits are by time, and the data have changed: rows after those of dev and test"
            f" would be trained on; train anew{start}."
        )
    found = splits.as_wanted(system, examples, recipe)
    cut = CUT_FROM if examples.splits is not None and any(examples.splits) else (*CUT_FROM, "test")
    known = {
        one: split for one, split in zip(before["id"], before["split"], strict=True) if split in cut
    }
    own = [
        known.get(one) if anew in cut else anew
        for one, anew in zip(examples.ids, found, strict=True)
    ]
    if examples.groups is None:
        return [mine or anew for mine, anew in zip(own, found, strict=True)]
    of_group = {group: mine for group, mine in zip(examples.groups, own, strict=True) if mine}
    return [
        mine or of_group.get(group, anew)
        for mine, group, anew in zip(own, examples.groups, found, strict=True)
    ]
