"""Small finished runs to be changed: of rows, of numbers, of images, of texts."""

from __future__ import annotations

import csv
import random
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.hostile.attack import Target

QUICK = {"training.batch_size": 16, "optimizer.lr": 0.01, "training.threads": 1}


def make(name: str, folder: Path) -> Target:
    """Train the run of that name, in a folder."""
    return TARGETS[name](folder)


def _trained(source: Path | str, folder: Path, **settings: Any) -> Path:
    import netwright as nw

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        run = nw.train(str(source), epochs=2, store=folder / "store", set=QUICK, **settings)
    return run.record.path


def _rows(folder: Path) -> Target:
    """Labels, from two numbers and a category."""
    table = folder / "kinds.csv"
    _write(table, ("a", "b", "colour", "kind"), lambda a, b: "high" if a + b > 0 else "low")
    return _of_table(table, "kind")


def _numbers(folder: Path) -> Target:
    """Numbers, from the same."""
    table = folder / "sums.csv"
    _write(table, ("a", "b", "colour", "total"), lambda a, b: f"{2 * a + b:.3f}")
    return _of_table(table, "total")


def _write(table: Path, header: tuple[str, ...], truth: Callable[[float, float], str]) -> None:
    rng = random.Random(0)
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        for _ in range(150):
            a, b = rng.gauss(0, 1), rng.gauss(0, 1)
            writer.writerow([f"{a:.3f}", f"{b:.3f}", rng.choice(["red", "blue"]), truth(a, b)])


def _of_table(table: Path, target: str) -> Target:
    run = _trained(table, table.parent, model="linear", target=target)
    options = ("--target", target, "--epochs", "1", "--set", "model.name=linear")
    return Target(run, str(table), str(table), options)


def _images(folder: Path) -> Target:
    """Real digits of 8x8 pixels."""
    import numpy as np
    from PIL import Image

    run = _trained("digits8", folder, model="linear")
    picture = folder / "digit.png"
    Image.fromarray(np.zeros((8, 8), np.uint8)).save(picture)
    return Target(run, "digits8", str(picture), ("--epochs", "1", "--set", "model.name=linear"))


def _texts(folder: Path) -> Target:
    """Texts in a folder a class."""
    texts, rng = folder / "texts", random.Random(0)
    for kind, words in {"good": "fine lovely warm", "bad": "poor cold dull"}.items():
        (texts / kind).mkdir(parents=True)
        for at in range(60):
            printed = " ".join(rng.choices([*words.split(), "the", "a", "book"], k=6))
            (texts / kind / f"{at}.txt").write_text(f"{printed} {at}", encoding="utf-8")
    run = _trained(texts, folder)
    return Target(run, str(texts), str(texts / "good" / "1.txt"), ("--epochs", "1"))


TARGETS: dict[str, Callable[[Path], Target]] = {
    "rows": _rows,
    "numbers": _numbers,
    "images": _images,
    "texts": _texts,
}
