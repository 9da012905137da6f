"""What ``netwright data`` says of the splits is what ``netwright train`` makes of them: by the
recipe of the system that would learn, its own defaults, and what a person changes of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import netwright as nw
import toy_later
from netwright import systems
from netwright.api.checking import checks
from netwright.base.errors import RecipeError
from netwright.cli.main import main
from netwright.systems.regressor.system import SYSTEM as REGRESSOR

pytestmark = pytest.mark.usefixtures("no_reports")


@pytest.fixture
def table(tmp_path: Path) -> str:
    rows = [f"{3 * at},{at % 7},{at * 31 % 101 / 7}" for at in range(120)]
    (tmp_path / "t.csv").write_text("at,day,y\n" + "\n".join(rows), encoding="utf-8")
    return str(tmp_path / "t.csv")


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    """Each test names its own systems, in its own folder."""
    yield
    toy_later.forget()


def described(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    capsys.readouterr()
    main(["data", *words, "--json"])
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


# 120 rows: 24 are 20%; a border has 7 rows before it left out, or what is said
CASES: dict[str, tuple[list[str], dict[str, Any], list[int]]] = {
    "its defaults": ([], {}, [58, 24, 24]),
    "a gap": (["--gap", "10"], {"split.gap": 10}, [52, 24, 24]),
    "by set": (["--set", "split.gap=10"], {"split.gap": 10}, [52, 24, 24]),
    "a fraction": (["--set", "split.dev=0.1"], {"split.dev": 0.1}, [70, 12, 24]),
    "by hash": (["--split-by", "hash"], {"split.by": "hash"}, [72, 24, 24]),
    "a knob of its own": (["--set", "data.ahead=9"], {"data.ahead": 9}, [58, 24, 24]),
}


@pytest.mark.parametrize("case", CASES)
def test_data_says_what_train_does(
    case: str, table: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words, changes, by_hand = CASES[case]
    system = toy_later.outside(tmp_path, "later", toy_later.FREE)
    found = described(capsys, table, "--target", "y", "--system", system, *words)
    quick = {"model.name": "linear", "training.threads": 1, "training.precision": "float32"}
    run = nw.train(
        table, target="y", system=system, epochs=1, set={**quick, **changes}, store=tmp_path / "r"
    )
    assert found["splits"] == run.info["splits"]
    # by hash, rows without a target and equal ones shift a few
    off = 6 if case == "by hash" else 0
    assert list(found["splits"].values()) == pytest.approx(by_hand, abs=off)
    kept = run.record.json("data.json").get("timeline")
    assert found["timeline"] == (None if kept is None else json.loads(json.dumps(kept)))
    ahead = changes.get("data.ahead", 3)
    assert sum(part["count"] for part in found["target"].values()) <= 120 - ahead


def test_a_gap_is_refused_where_the_system_gives_the_splits(
    table: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    system = toy_later.outside(tmp_path, "giving", toy_later.GIVEN)
    found = described(capsys, table, "--target", "y", "--system", system)
    assert found["splits"] == {"train": 100, "dev": 20} and found["timeline"] is None
    assert "the system brings train and dev, and no test" in found["notes"]
    for words in (["--gap", "48"], ["--split-by", "group"], ["--set", "split.gap=48"]):
        with pytest.raises(SystemExit):
            main(["data", table, "--target", "y", "--system", system, *words])
        refused = capsys.readouterr().err
        assert "nothing to say here: the splits are given by the source or the system" in refused
    with pytest.raises(RecipeError, match=r"split\.gap = 48 has nothing to say here"):
        nw.train(table, target="y", system=system, set={"split.gap": 48}, store=tmp_path / "runs")


def test_data_takes_and_refuses_settings_as_train_does(
    table: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = described(capsys, table, "--target", "y", "--set", "data.time=at", "--gap", "5",
                      "--split-by", "time")  # fmt: skip
    assert found["splits"] == {"train": 62, "dev": 24, "test": 24}
    assert [column["name"] for column in found["columns"]] == ["day"]
    for words, message in (
        (["--set", "split.dve=0.1"], "did you mean 'split.dev'?"),
        (["--time", "at", "--set", "data.time=day"], "data.time is given twice"),
        (["--gap", "5"], "a gap lies between splits by time"),
        (["--set", "vocabulary.words=5"], "vocabulary"),
    ):
        with pytest.raises(SystemExit):
            main(["data", table, "--target", "y", *words])
        assert message in capsys.readouterr().err


@pytest.mark.parametrize("has_takes", [True, False])
def test_a_takes_py_beside_other_defaults_is_found(has_takes: bool, tmp_path: Path) -> None:
    folder = toy_later.outside(tmp_path, "later", toy_later.FREE)
    if has_takes:
        taking = "from netwright.systems.regressor.takes import TAKES\n"
        (Path(folder) / "takes.py").write_text(taking, encoding="utf-8")
    tried: Any = SimpleNamespace(examples=REGRESSOR.sample(40, 0))
    tried.system = systems.load(systems.named(folder))
    wrong = "the recipe has another default of split.by, split.gap: leave takes.py out"
    assert checks.takes_its_sample(tried) == (wrong if has_takes else "")


@pytest.mark.parametrize("name", systems.names())
def test_our_own_takes_split_as_their_recipes_do(name: str) -> None:
    system = systems.load(name)
    examples = system.sample(60, 0)
    assert checks.takes_its_sample(SimpleNamespace(system=system, examples=examples)) == ""  # type: ignore[arg-type]
