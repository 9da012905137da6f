"""Arguments by the names that they had in an earlier release."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import pytest

import netwright as nw
from netwright import api
from netwright.api.earlier_names import also_called


@also_called(size="length")
def area(size: int, width: int = 1) -> int:
    """A function of today, whose ``size`` was called ``length``."""
    return size * width


def test_both_names_reach_the_same_argument() -> None:
    earlier: Any = area
    assert earlier(length=3, width=2) == area(size=3, width=2) == area(3, 2) == 6


def test_both_at_once_are_refused() -> None:
    earlier: Any = area
    with pytest.raises(TypeError, match="'length' is the earlier name of 'size': give one of them"):
        earlier(size=3, length=3)


def test_the_function_shows_todays_names_alone() -> None:
    assert list(inspect.signature(area).parameters) == ["size", "width"]
    assert area.__name__ == "area" and area.__doc__


def test_a_search_is_logged_by_either_name(tmp_path: Path) -> None:
    settings = {"training.threads": 1}
    given: dict[str, Any] = {"model": "linear", "epochs": 1, "set": settings, "name": "s"}
    lines: dict[str, list[str]] = {"log": [], "say": []}
    for name, kept in lines.items():
        given[name] = kept.append
        nw.search("iris", **given, trials=1, store=tmp_path)
        del given[name]
    assert lines["log"] == lines["say"] != []
    joined: Any = api.join
    assert joined("s", store=tmp_path, say=lines["say"].append).winner is not None
