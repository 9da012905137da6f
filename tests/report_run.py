"""Writes run folders such as a training leaves, for the tests of the report and of the terminal."""

from __future__ import annotations

import csv
import io
import json
import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from netwright.metrics.intervals import wilson
from netwright.runs.contents import differences
from netwright.systems.classifier.recipe import ClassifierRecipe

ID = "20261122-153012-resnet-small-a3f"


def classifier_run(
    folder: Path,
    *,
    classes: Sequence[str] = tuple("0123456789"),
    dev: int = 1000,
    source: str = "digits",
) -> Path:
    """A complete run of a classifier of images that errs on about 2% of dev."""
    rng = np.random.default_rng(7)
    classes = list(classes)
    truths = rng.integers(0, len(classes), dev)
    given = np.where(
        rng.random(dev) < 0.021,
        (truths + rng.integers(1, len(classes), dev)) % len(classes),
        truths,
    )
    wrong = int((truths != given).sum())
    splits = {"train": 3000, "dev": dev, "test": 1000}
    write_info(folder, source=source, splits=splits, baseline=0.9)
    write_common(
        folder,
        {
            "optimizer.name": "adamw",
            "optimizer.lr": 0.01,
            "training.epochs": 12,
            "data.source": source,
            "model.name": "resnet-small",
            "augment.shift": 0.07,
        },
    )
    write_json(folder, "codec.json", {"encoder": {}, "classes": classes})
    write_json(
        folder,
        "data.json",
        {"targets": {split: even(classes, size) for split, size in splits.items()}, "findings": []},
    )
    write_curves(folder, 12, "dev_error", wrong / dev)
    rows = [
        (f"{source}[{i}]", classes[t], classes[g], confident(rng, g, len(classes)))
        for i, (t, g) in enumerate(zip(truths, given, strict=True))
    ]
    write_predictions(folder, rows)
    measures = {
        "train": {"error": proportion(12, 2000)},
        "dev": {
            "error": proportion(wrong, dev),
            "macro_f1": {
                **proportion(wrong, dev),
                "value": 1 - wrong / dev,
                "low": 0.97,
                "high": 0.987,
                "better": "higher",
                "is_proportion": False,
            },
        },
    }
    write_json(folder, "measures.json", measures)
    write_json(folder, "diagnosis.json", diagnosis(measures))
    write_pictures(folder, [row for row in rows if row[1] != row[2]][:24])
    return folder


def regressor_run(folder: Path) -> Path:
    """A complete run of a regressor of table rows, without pictures."""
    import polars as pl

    rng = np.random.default_rng(3)
    truths = rng.normal(150, 70, 90)
    given = truths + rng.normal(0, 50, 90)
    write_info(
        folder,
        source="houses.csv",
        splits={"train": 265, "dev": 90, "test": 87},
        baseline=77.0,
        system="regressor",
        model="mlp",
        metric={"name": "rmse", "unit": "", "better": "lower"},
    )
    write_common(folder, {"model.name": "mlp", "data.source": "houses.csv"})
    write_json(folder, "codec.json", {"encoder": {}, "mu": 150.0, "sigma": 70.0})
    write_curves(folder, 20, "dev_rmse", 50.0)
    figures = {
        "rmse": measure(51.2, 44.0, 58.9),
        "mae": measure(41.0, 35.0, 47.0),
        "r2": {**measure(0.47, 0.3, 0.6), "better": "higher"},
    }
    write_json(
        folder, "measures.json", {"train": {"rmse": measure(43.0, 40.0, 46.1)}, "dev": figures}
    )
    write_json(
        folder,
        "diagnosis.json",
        {
            "verdict": "Cannot tell bias.",
            "metric": "rmse",
            "unit": "",
            "flipped": False,
            "findings": [],
            "knobs": [],
            "gaps": [
                {
                    "name": "variance",
                    "from_": "train",
                    "to": "dev",
                    "size": 8.2,
                    "low": 0.5,
                    "high": 16.0,
                    "verdict": "first",
                    "why": "It is real.",
                }
            ],
            "rungs": [
                {"name": "train", "error": 43.0, "n": 265, "low": 40.0, "high": 46.1},
                {"name": "dev", "error": 51.2, "n": 90, "low": 44.0, "high": 58.9},
            ],
        },
    )
    (folder / "predictions").mkdir(exist_ok=True)
    frame = {
        "id": [f"r{i}" for i in range(90)],
        "source": [f"houses.csv:{i + 2}" for i in range(90)],
        "truth": truths,
        "answer": given,
        "loss": ((given - truths) / 70) ** 2,
    }
    pl.DataFrame(frame).write_parquet(folder / "predictions" / "dev.parquet")
    return folder


def write_info(folder: Path, **changes: Any) -> None:
    """``run.json``."""
    info = {
        "format": 1,
        "id": ID,
        "status": "complete",
        "system": "classifier",
        "model": "resnet-small",
        "parameters": 78042,
        "why": "took digits for the ready data set of 5,000 handwritten digits (28x28, 10 classes)",
        "created": "2026-11-22T15:30:12+00:00",
        "seconds": 41.3,
        "epochs": 12,
        "steps": 564,
        "metric": {"name": "error", "unit": "fraction", "better": "lower"},
        "epoch_kept": 11,
        "message": "",
        "messages": [
            "5,000 examples: 60% train, 20% dev, 20% test, classes equally spread",
            "model resnet-small, 78,042 parameters, on cpu",
            "examples are held in memory (4 MiB) and sliced by index",
        ],
    }
    write_json(folder, "run.json", {**info, **changes})


def write_common(folder: Path, changes: dict[str, Any]) -> None:
    """The recipe, the environment and the events."""
    recipe = ClassifierRecipe().changed(changes)
    (folder / "recipe.yaml").write_text(recipe.to_yaml(), encoding="utf-8")
    info = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    requested = ClassifierRecipe().changed(
        {"data.source": changes["data.source"], "augment.shift": 0.07}
    )
    write_json(
        folder,
        "run.json",
        {
            **info,
            "differs": differences(recipe, requested.model_dump(mode="json")),
        },
    )
    write_json(
        folder,
        "environment.json",
        {
            "python": "3.12.4",
            "packages": {"netwright": "0.1.0", "torch": "2.6.0", "numpy": "2.1.0"},
            "system": "Linux x86_64",
            "cpus": 2,
            "threads": 2,
            "device": "cpu",
            "command": "netwright train digits --epochs 12",
        },
    )
    views = [
        {"title": "Sizes", "kind": "table", "columns": ["a", "b"], "rows": [["x", 1.5], [None, 2]]},
        {"title": "In words", "kind": "text", "text": "One line,\nand another."},
    ]
    write_json(folder, "views.json", views)
    write_json(folder, "references.json", references())
    write_json(folder, "chosen.json", {"thresholds": {"seven": 0.4, "wide": 0.55}})
    write_json(folder, "label.json", {})
    row = {"what": "largest gap", "before": "variance", "now": "none", "turned": True}
    weighed = {"time": "2026-11-22T16:00:00+00:00", "yardstick": "cat=10", "rows": [row]}
    write_json(folder, "yardstick.json", weighed)
    write_json(folder, "corrections.json", [])
    (folder / "events.jsonl").write_text(
        '{"time": "2026-11-22T15:30:12.000+00:00", "event": "complete", "step": 564}\n',
        encoding="utf-8",
    )


def references() -> list[dict[str, Any]]:
    """One that the net beats, one that it does not."""
    measured = {"value": 0.081, "n": 1000, "low": 0.066, "high": 0.1, "unit": "fraction"}
    return [
        {
            "name": name,
            "how": f"{name} of a library",
            "file": f"{at:02}.parquet",
            "measure": measured,
            "lead": {"value": low + 0.01, "low": low, "high": low + 0.02},
        }
        for at, (name, low) in enumerate({"a line": 0.05, "many trees": -0.01}.items())
    ]


def write_curves(folder: Path, epochs: int, metric: str, last: float) -> None:
    """``curves.csv`` and ``steps.csv``: falling."""
    rows = [
        {
            "epoch": e,
            "step": 47 * e,
            "seconds": 3.4 * e,
            "examples_per_second": 890.5,
            "rate": 0.01 * math.sin(math.pi * e / (epochs + 1)),
            "loss": 1.9 * math.exp(-e / 2) + 0.02,
            "grad_norm": 0.5,
            "dev_loss": 1.7 * math.exp(-e / 2) + 0.07,
            metric: last * (1 + 8 * math.exp(-e / 2)),
        }
        for e in range(1, epochs + 1)
    ]
    steps = [
        {
            "step": s,
            "loss": 2.3 * math.exp(-s / 94) + 0.02 * (s % 5),
            "rate": 0.01,
            "grad_norm": 1.0,
        }
        for s in range(1, 47 * epochs, 3)
    ]
    seen = [
        {
            "step": s,
            "layer": layer,
            "rms": 0.5 + 0.1 * k if k < 2 else "",
            "zeros": 0.4,
            "dead": 0.05,
            "flat": "",
            "gradient": 0.01 / (k + 1),
            "weight": 0.1,
            "update": 0.001,
        }
        for s in (1, 20, 47 * epochs - 1)
        for k, layer in enumerate(("stem", "stages.0", "head"))
    ]
    for name, table in (("curves.csv", rows), ("steps.csv", steps), ("layers.csv", seen)):
        out = io.StringIO()
        writer = csv.DictWriter(out, fieldnames=list(table[0]))
        writer.writeheader()
        writer.writerows(table)
        (folder / name).write_text(out.getvalue(), encoding="utf-8")


def write_predictions(folder: Path, rows: Sequence[tuple[str, str, str, list[float]]]) -> None:
    """``predictions/dev.parquet`` of a classifier."""
    import polars as pl

    (folder / "predictions").mkdir(exist_ok=True)
    columns = {
        "id": [f"id{i}" for i in range(len(rows))],
        "source": [row[0] for row in rows],
        "truth": [row[1] for row in rows],
        "answer": [row[2] for row in rows],
        "probabilities": pl.Series([row[3] for row in rows], dtype=pl.List(pl.Float32)),
        "loss": [0.02 if row[1] == row[2] else 2.0 + 0.01 * i for i, row in enumerate(rows)],
    }
    pl.DataFrame(columns).write_parquet(folder / "predictions" / "dev.parquet")


def write_pictures(
    folder: Path, rows: Sequence[tuple[str, str, str, list[float]]], side: int = 28, scale: int = 3
) -> None:
    """``pictures/worst.json`` and a PNG for each row: a blurred stroke in noise."""
    from PIL import Image

    (folder / "pictures").mkdir(exist_ok=True)
    rng = np.random.default_rng(11)
    entries = []
    for at, (source, truth, answer, probabilities) in enumerate(rows):
        y, x = np.mgrid[0:side, 0:side] / side
        stroke = np.exp(-(((x - 0.5 - 0.25 * np.sin(5 * y + at)) / 0.07) ** 2)) * (
            np.abs(y - 0.5) < 0.36
        )
        pixels = np.clip(255 * stroke + rng.integers(0, 12, (side, side)), 0, 255).astype(np.uint8)
        Image.fromarray(pixels).resize((side * scale, side * scale), Image.Resampling.NEAREST).save(
            folder / "pictures" / f"worst-{at:02}.png"
        )
        entries.append(
            {
                "file": f"worst-{at:02}.png",
                "source": source,
                "truth": truth,
                "answer": answer,
                "probability": max(probabilities),
                "loss": 4.2,
            }
        )
    write_json(folder, "pictures/worst.json", entries)


def diagnosis(measures: dict[str, Any]) -> dict[str, Any]:
    """What the doctor makes of train 0.6%, dev about 2%, human 0.2%."""
    rungs: list[dict[str, Any]] = [
        {"name": "human", "error": 0.002, "n": None, "low": None, "high": None}
    ]
    for split in ("train", "dev"):
        found = measures[split]["error"]
        rungs.append(
            {
                "name": split,
                "error": found["value"],
                "n": found["n"],
                "low": found["low"],
                "high": found["high"],
            }
        )
    size = rungs[2]["error"] - rungs[1]["error"]
    return {
        "verdict": (
            "Work on variance first: dev is worse than train by more than the noise allows, while"
            " train is close to what people reach."
        ),
        "metric": "error",
        "unit": "fraction",
        "flipped": False,
        "rungs": rungs,
        "gaps": [
            {
                "name": "avoidable bias",
                "from_": "human",
                "to": "train",
                "size": 0.004,
                "low": 0.0014,
                "high": 0.0084,
                "verdict": "next",
                "why": "Train is worse than people by more than its noise.",
            },
            {
                "name": "variance",
                "from_": "train",
                "to": "dev",
                "size": size,
                "low": size - 0.008,
                "high": size + 0.011,
                "verdict": "first",
                "why": "The largest gap that is larger than its noise.",
            },
        ],
        "findings": [
            {
                "code": "NW102",
                "name": "variance",
                "severity": "problem",
                "message": "Dev error is 1.5 points above train error (0.7 to 2.6).",
                "figures": {"size": size},
                "do": ["Augment, or collect more training data.", "Regularize."],
            },
            {
                "code": "NW109",
                "name": "dev-set-too-small",
                "severity": "note",
                "message": "With 1,000 dev examples, differences below 1.2 points cannot be seen.",
                "figures": {"n": 1000},
                "do": ["netwright plan-splits says how many it takes."],
            },
        ],
        "knobs": [
            {
                "gap": "variance",
                "message": "Augmentation: augment.shift 0.07 -> 0.1, augment.rotate 0 -> 10.",
                "change": {"augment.shift": "0.07 -> 0.1", "augment.rotate": "0 -> 10"},
                "cost": "little; longer training pays",
                "hurts": "avoidable bias, when too strong",
            },
            {
                "gap": "variance",
                "message": "More training data: the surest knob.",
                "change": {},
                "cost": "collecting and labelling it",
                "hurts": "",
            },
        ],
    }


def proportion(wrong: int, n: int) -> dict[str, Any]:
    """An error with Wilson's interval."""
    low, high = wilson(wrong, n)
    return {
        "value": wrong / n,
        "n": n,
        "low": low,
        "high": high,
        "unit": "fraction",
        "better": "lower",
        "is_proportion": True,
    }


def measure(value: float, low: float, high: float) -> dict[str, Any]:
    """A figure in its own unit."""
    return {
        "value": value,
        "n": 90,
        "low": low,
        "high": high,
        "unit": "",
        "better": "lower",
        "is_proportion": False,
    }


def even(classes: Sequence[str], size: int) -> dict[str, int]:
    """Counts as equal as they can be."""
    return dict(Counter(classes[i % len(classes)] for i in range(size)))


def confident(rng: np.random.Generator, answer: int, size: int) -> list[float]:
    """Probabilities whose largest stands at ``answer``."""
    top = float(1 - min(0.5, rng.exponential(0.02)))
    return [top if k == answer else (1 - top) / (size - 1) for k in range(size)]


def write_json(folder: Path, name: str, value: Any) -> None:
    """A JSON file of the run."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
