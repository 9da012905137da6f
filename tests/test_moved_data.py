"""The data of a run at another path: known by their fingerprint, by every verb that reads them; the
command that an error suggests works as it is printed.
"""

from __future__ import annotations

import json
import re
import shlex
import shutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import netwright as nw
from netwright.base.errors import DataError, NetwrightError, NetwrightWarning, RunError
from netwright.cli.main import main

pytestmark = pytest.mark.usefixtures("no_reports")

Typed = Callable[[str, str], Any]

RNG = np.random.default_rng(0)


def pets(folder: Path) -> Path:
    for name, low in (("cats", 0), ("dogs", 150)):
        (folder / name).mkdir(parents=True)
        for at in range(20):
            pixels = RNG.integers(low, low + 100, (8, 8), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{at}.png")
    return folder


def table(path: Path) -> Path:
    rows = [f"{a:.3f},{b:.3f},{'red' if a > b else 'blue'}" for a, b in RNG.normal(size=(120, 2))]
    path.write_text("a,b,y\n" + "\n".join(rows))
    return path


@pytest.fixture(params=["images", "table", "memory"])
def moved(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: Any) -> tuple[Any, Any, Any]:
    """A run, where its data lie now, and what it was measured as before they were moved."""
    monkeypatch.setenv("NETWRIGHT_CACHE", str(tmp_path / "cache"))
    store, new = tmp_path / "kept runs", tmp_path / "a new place"
    new.mkdir()
    if request.param == "memory":
        x = RNG.normal(size=(120, 3))
        pair = (x, ["up" if row.sum() > 0 else "down" for row in x])
        return nw.train(pair, model="linear", epochs=2, store=store), pair, None
    name = {"images": "pets", "table": "t.csv"}[request.param]
    source = (pets if request.param == "images" else table)(tmp_path / name)
    target = None if request.param == "images" else "y"
    run = nw.train(str(source), target=target, model="linear", epochs=2, store=store)
    shutil.copytree(run.record.path, tmp_path / "before" / run.id)
    measured = nw.open(run.id, store=tmp_path / "before").evaluate(split="test")
    shutil.move(source, new / f"other {name}")
    return run, str(new / f"other {name}"), measured


def hint_of(error: BaseException) -> str:
    found = re.search(r"(netwright \w+ NEWPATH .*|netwright \w+ \S+ NEWPATH .*)$", str(error))
    assert found, error
    return found[1]


@pytest.fixture
def typed(capsys: pytest.CaptureFixture[str]) -> Typed:
    """Types a line with the new path, and gives what it prints."""

    def run(line: str, new: str) -> Any:
        words = [new if word == "NEWPATH" else word for word in shlex.split(line)]
        capsys.readouterr()
        main([*words[1:], "--json"])
        return json.loads(capsys.readouterr().out)

    return run


def test_the_test_split_is_opened_where_the_data_lie_now(moved: tuple[Any, Any, Any]) -> None:
    run, new, before = moved
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", NetwrightWarning)
        found = run.evaluate(new, split="test")
    assert before is None or found == before
    assert run.test_openings == 1 and "test" in run.measures
    said = " ".join(str(one.message) for one in caught)
    assert ("known by their fingerprint" in said) == isinstance(new, str)


def test_what_an_error_suggests_works_as_it_is_printed(
    moved: tuple[Any, Any, Any], typed: Typed
) -> None:
    run, new, before = moved
    if not isinstance(new, str):
        return
    store = run.record.path.parent
    with pytest.raises(DataError) as failed:
        run.evaluate(split="test")
    found = typed(hint_of(failed.value), new)
    assert found["measures"] == before
    assert any("known by their fingerprint" in line for line in found["warnings"])
    with pytest.raises(DataError) as failed:
        nw.train(repeat=run.id, store=store)
    again = nw.open(typed(hint_of(failed.value), new)["run"], store=store)
    assert again.info["weights"] == run.info["weights"] and again.recipe.data.source == new
    with pytest.raises(DataError) as failed:
        nw.train(resume=run.id, epochs=4, store=store)
    line = f"{hint_of(failed.value)} --epochs 4"
    further = nw.open(typed(line, new)["run"], store=store)
    assert further.info["continues"] == run.id and further.recipe.data.source == new
    assert not further.info.get("data_changed")
    assert further.evaluate(split="test")["error"]["n"] == before["error"]["n"]


def test_other_data_are_not_taken_for_the_run_s(moved: tuple[Any, Any, Any]) -> None:
    run, new, _ = moved
    if not isinstance(new, str):
        return
    place = Path(new)
    if place.is_dir():
        (place / "cats" / "0.png").unlink()
    else:
        place.write_text("\n".join(place.read_text().splitlines()[:-1]))
    with pytest.raises(DataError, match="no split 'test' of its own, and is not what"):
        run.evaluate(new, split="test")
    with pytest.raises(RunError, match="have changed since"), warnings.catch_warnings():
        warnings.simplefilter("error", NetwrightWarning)
        nw.train(new, repeat=run.id, store=run.record.path.parent)


def test_a_search_goes_on_where_its_data_lie_now(tmp_path: Path, typed: Typed) -> None:
    store, source = tmp_path / "runs", table(tmp_path / "t.csv")
    settings: Any = {"target": "y", "model": "linear", "epochs": 1, "store": store}
    nw.search(str(source), trials=1, name="s", **settings)
    new = str(tmp_path / "u.csv")
    shutil.move(source, new)
    from netwright import api

    with pytest.raises(NetwrightError) as failed:
        api.join("s", trials=2, store=store)
    found = typed(f"{hint_of(failed.value)} --trials 2", new)
    assert len(found["trials"]) == 2
    assert len(nw.search(new, trials=3, name="s", **settings).rows) == 3
