"""A trained run one of whose files was changed afterwards: every verb that needs the file refuses
in one sentence with its path, what is wrong with it and what to do, and no warning leaks.
"""

from __future__ import annotations

import json
import shutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import netwright as nw
from netwright.api import Run
from netwright.base.errors import NetwrightError, NetwrightWarning

QUICK = {"training.batch_size": 16, "optimizer.lr": 0.01, "training.threads": 1}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    """A run of labels from rows, of numbers from rows, and of labels from images."""
    store = tmp_path_factory.mktemp("store")
    return {
        name: nw.train(name, model="linear", epochs=2, set=QUICK, store=store)
        for name in ("iris", "diabetes", "digits8")
    }


@pytest.fixture
def changed(trained: dict[str, Run], tmp_path: Path) -> Callable[..., Run]:
    """A copy of the run of a source."""

    def copied(source: str = "iris") -> Run:
        run = trained[source]
        shutil.copytree(run.record.path, tmp_path / run.id)
        return nw.open(run.id, store=tmp_path)

    return copied


def refusal(run: Run, name: str, verb: Callable[[], Any]) -> str:
    """The sentence that ``verb`` refuses with."""
    with warnings.catch_warnings(), pytest.raises(NetwrightError) as refused:
        warnings.simplefilter("error")
        verb()
    said = str(refused.value)
    assert "\n" not in said and len(said) < 500
    assert said.startswith(str(run.record.path / name))
    assert said.endswith(f"or delete {run.record.path} if the run is not needed.")
    return said


def without(*columns: str) -> Callable[[Path], None]:
    return lambda path: pl.read_parquet(path).drop(columns).write_parquet(path)


def numbered(column: str) -> Callable[[Path], None]:
    """Whole numbers in place of a column's text."""
    new = pl.int_range(pl.len()).alias(column)
    return lambda path: pl.read_parquet(path).with_columns(new).write_parquet(path)


def halved(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


TABLES: list[tuple[str, Callable[[Path], None], str]] = [
    *(
        (name, harm, message)
        for name in ("splits.parquet", "predictions/dev.parquet")
        for harm, message in (
            (halved, "cannot be read"),
            (emptied, "cannot be read"),
            (a_folder, "cannot be read (it is no file)"),
            (without("id"), "lacks 'id'"),
            (numbered("id"), "has the column 'id' of type = \"Int64\": expected text"),
        )
    ),
    ("splits.parquet", without("split"), "lacks 'split'"),
    ("predictions/dev.parquet", without("truth", "answer"), "lacks 'truth'"),
]


@pytest.mark.parametrize(("name", "harm", "message"), TABLES)
def test_a_changed_table(
    name: str, harm: Callable[[Path], None], message: str, changed: Callable[..., Run]
) -> None:
    run = changed()
    harm(run.record.path / name)
    if name == "splits.parquet":
        verbs = (run.evaluate, lambda: run.evaluate("iris"))
    else:
        verbs = (run.predictions,)
        with pytest.warns(NetwrightWarning, match="the report shows no answers on dev: "):
            run.diagnose()
        assert "predictions/dev.parquet" in run.report.read_text(encoding="utf-8")
    for verb in verbs:
        assert message in refusal(run, name, verb)


def figure(*keys: str | int) -> Callable[[Any, Any], None]:
    """Puts a value in the place that the keys lead to."""

    def put(values: Any, new: Any) -> None:
        for key in keys[:-1]:
            values = values[key]
        values[keys[-1]] = new

    return put


@pytest.mark.parametrize("wrong", [0, -1.0, float("nan"), float("inf"), "wide", None])
@pytest.mark.parametrize(
    ("source", "place"),
    [
        ("iris", ("encoder", "numbers", 0, "sigma")),
        ("diabetes", ("sigma",)),
        ("diabetes", ("encoder", "numbers", 1, "sigma")),
        ("digits8", ("encoder", "sigma", 0)),
    ],
)
def test_a_deviation_that_nothing_can_be_divided_by(
    source: str, place: tuple[str | int, ...], wrong: Any, changed: Callable[..., Run]
) -> None:
    run = changed(source)
    path = run.record.path / "codec.json"
    values = json.loads(path.read_text(encoding="utf-8"))
    figure(*place)(values, wrong)
    path.write_text(json.dumps(values), encoding="utf-8")
    message = refusal(run, "codec.json", lambda: run.evaluate(source))
    assert str(place[0]) in message and "expected a " in message, message
    assert "Input should" not in message and "Field required" not in message


@pytest.mark.parametrize(("source", "key"), [("iris", "encoder"), ("diabetes", "mu")])
def test_a_codec_that_lacks_a_part(source: str, key: str, changed: Callable[..., Run]) -> None:
    run = changed(source)
    path = run.record.path / "codec.json"
    values = json.loads(path.read_text(encoding="utf-8"))
    del values[key]
    path.write_text(json.dumps(values), encoding="utf-8")
    assert f"lacks '{key}'" in refusal(run, "codec.json", lambda: run.evaluate(source))


@pytest.mark.parametrize(
    ("source", "system", "metric"),
    [("iris", "regressor", "rmse"), ("diabetes", "classifier", "error")],
)
def test_another_system_than_the_one_that_measured(
    source: str, system: str, metric: str, changed: Callable[..., Run]
) -> None:
    run = changed(source)
    run.record.note(system=system)
    run = nw.open(run.id, store=run.record.path.parent)
    said = refusal(run, "measures.json", run.diagnose)
    assert f"lacks 'train.{metric}', which the system '{system}' measures" in said
