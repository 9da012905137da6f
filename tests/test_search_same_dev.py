"""A search refuses what changes the dev examples or the targets that its trials are judged on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import toy_series
from netwright.api.searching.rounds import SearchSetup, begin
from netwright.base.errors import RecipeError
from netwright.contract import AnySystem, Examples, Reading, Source
from netwright.data import splits
from netwright.searching.space import Dimension

pytestmark = pytest.mark.usefixtures("no_reports")

WINDOWS = Dimension("model.window", 4, 16, integer=True)


def of_target(examples: Examples, recipe: Any) -> Examples:
    """The window moves the targets of all."""
    return replace(examples, targets=[t * recipe.model.window for t in examples.targets])


def of_order(examples: Examples, recipe: Any) -> Examples:
    """The window says which examples are dev."""
    size, count = recipe.model.window, len(examples)
    names = [
        "dev" if at % 20 == size else "test" if at % 20 == 0 else "train" for at in range(count)
    ]
    return replace(examples, splits=names)


def of_nine(examples: Examples, recipe: Any) -> Examples:
    """As ever at both ends of the range, and another task between them."""
    return of_target(examples, recipe) if recipe.model.window == 9 else examples


def of_train(examples: Examples, recipe: Any) -> Examples:
    """What is too short for the window is left out of train alone: dev stays."""
    assigned = splits.as_wanted(toy_series.SYSTEM, examples, recipe)
    short = [len(one) < recipe.model.window + 5 for one in examples.inputs]
    rows = zip(examples.targets, assigned, short, strict=True)
    targets = [None if split == "train" and out else t for t, split, out in rows]
    return replace(examples, targets=targets, splits=assigned)


def setup_of(arrange: Any, store: Path) -> SearchSetup:
    system: AnySystem = replace(toy_series.SYSTEM, arrange=arrange)
    reading = Reading(system.sample(120, 0), Source("sample", "sample", ""), (), (), "sample")
    return SearchSetup(system, reading, system.recipe(), store, None, ())


@pytest.mark.parametrize("arrange", [of_target, of_order])
def test_it_is_refused_before_the_search_begins(arrange: Any, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="window = 4 gives dev other examples or other targets"):
        begin(setup_of(arrange, tmp_path), None, (WINDOWS,), [2], None)  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())


def test_a_choice_is_refused_where_one_of_them_changes_dev(tmp_path: Path) -> None:
    same_dev = setup_of(of_nine, tmp_path).same_dev()
    same_dev.check_space((replace(WINDOWS, scale="choice", choices=(4, 8)),))
    with pytest.raises(RecipeError, match="window = 9 gives dev"):
        same_dev.check_space((replace(WINDOWS, scale="choice", choices=(4, 9)),))


def test_a_trial_is_refused_where_only_its_own_value_changes_dev(tmp_path: Path) -> None:
    """Neither end of the range does."""
    setup = setup_of(of_nine, tmp_path)
    setup.same_dev().check_space((WINDOWS,))
    with pytest.raises(RecipeError, match="every trial must be judged on the same"):
        setup.prepare()({"model.window": 9})
    assert not list(tmp_path.iterdir())


def test_what_changes_train_alone_is_searched(tmp_path: Path) -> None:
    setup = setup_of(of_train, tmp_path)
    targets = {
        size: of_train(setup.reading.examples, setup.recipe.changed({"model.window": size})).targets
        for size in (4, 16)
    }
    assert targets[4] != targets[16]
    setup.same_dev().check_space((WINDOWS,))
