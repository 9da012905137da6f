"""The benchmark of ``improve``: the knobs that all methods have, the trainings that they took."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from benchmarks.improve import compare, outcome

from netwright.doctor.improve.changes import ranges
from netwright.systems.classifier.recipe import ClassifierRecipe


def test_a_search_has_the_knobs_that_improve_may_turn() -> None:
    recipe = ClassifierRecipe().changed({
        "model.name": "mlp", "model.hidden": [16], "model.dropout": 0.2, "training.epochs": 10,
        "optimizer.lr": 0.01, "optimizer.name": "sgd", "optimizer.weight_decay": 0.01,
    })  # fmt: skip
    space = ranges(recipe, ())
    assert space["optimizer.lr"] == {}
    assert space["training.epochs"] == {"low": 5, "high": 40}
    assert space["model.hidden"] == {"low": 16, "high": 64}
    assert space["optimizer.name"] == {"choices": ["sgd", "adamw"]}
    assert {"model.dropout", "optimizer.weight_decay"} <= set(space)
    assert not {"split.dev", "training.seed"} & set(space)


def training(epochs: float, dev: float | None) -> dict[str, Any]:
    return {"run": "", "epochs": epochs, "examples": 100 * epochs, "dev": dev, "ended": 0.0}


def result(method: str, test: float, *trainings: dict[str, Any], seed: int = 1) -> dict[str, Any]:
    def figure(value: float) -> dict[str, float]:
        return {"value": value, "low": value - 0.01, "high": value + 0.01}

    return {
        "data": "hdma", "method": method, "seed": seed, "seconds": 60, "metric": "error",
        "better": "lower", "test": figure(test), "trainings": list(trainings),
        "baseline": figure(0.4),
    }  # fmt: skip


CASE = [
    result("improve", 0.10, training(10, 0.4), training(10, 0.2), training(20, 0.1)),
    result("tpe", 0.14, training(30, 0.3), training(10, None), training(40, 0.2)),
    result("random", 0.105, training(50, 0.05)),
]


def test_trainings_are_counted_to_where_the_other_ended() -> None:
    errors, trainings = outcome.tables(CASE)
    (row,) = trainings.rows
    assert row == ("hdma", "3", "3", "1", "0.25", "never")
    assert trainings.notes[0].startswith("met: to reach the dev error at which tpe ended")
    assert trainings.notes[1].startswith("NOT met")
    (row,) = errors.rows
    name = "hdma (tuned on)"
    assert row == (name, "error", "0.4", "0.1", "0.1", "0.14", "0.105", "won", "noise")
    alone = {**CASE[0], "one": {"value": 0.12, "low": 0.11, "high": 0.13}}
    errors = outcome.tables([alone, *CASE[1:]])[0]
    assert errors.rows[0][3:5] == ("0.12", "0.1")
    assert "all of them, by one net, 1 comparisons, the median error is 0.300" in errors.notes[2]
    case = {one["method"]: one for one in CASE}
    assert math.isinf(outcome._needed(case, "random"))


def test_what_was_done_is_not_done_again(tmp_path: Path) -> None:
    path = tmp_path / "improve.jsonl"
    lines = [json.dumps(one) for one in CASE]
    path.write_text("\n".join([*lines, lines[0][:40]]))  # a kill tore the last line
    assert list(compare.results(path, 60)) == CASE
    assert not list(compare.results(path, 90))
    assert not outcome.tables(CASE[:2])
