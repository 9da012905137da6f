"""One table under one seed: ``python -m benchmarks.tables.one NAME SEED [FASTAI'S PYTHON]``.

Trains with the default settings, asks the references about dev and test, lets fastai's tabular
learner learn from the same rows, and prints one line of JSON. The test split is opened once.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.harness import ROOT, environment
from benchmarks.tables.public import TABLES, Table

REFERENCE_SECONDS = 36_000.0
"""So that all rows and rounds count."""

LONGEST = 1800
"""Seconds that fastai may take."""


@dataclass(frozen=True)
class Answered:
    """An answer as metrics of labels and of numbers read it."""

    label: str = ""
    value: float = 0.0


def tried(table: Table, seed: int, fastai: str) -> dict[str, Any]:
    """What came of it: ``refused``; or the kinds of columns, the seconds, and each method's figure
    and our lead on dev and on test.
    """
    import netwright as nw
    from netwright.base.errors import NetwrightError

    settings = {
        "split.seed": seed,
        "training.seed": seed,
        "training.threads": 1,
        "training.reference_seconds": 0,
        **table.settings,
    }
    with tempfile.TemporaryDirectory() as store:
        begun = time.perf_counter()
        try:
            run = nw.train(table.path(), target=table.target, set=settings, store=store)
        except NetwrightError as error:
            return {"refused": str(error)}
        seconds = time.perf_counter() - begun
        kinds = {name: form["kind"] for name, form in _columns(run).items()}
        found = {"kinds": kinds, "seconds": seconds, "metric": run.info["metric"]}
        return {**found, "splits": _compared(run, fastai)}


def _columns(run: Any) -> dict[str, Any]:
    found: dict[str, Any] = run.record.mapping("data.json").get("columns", {})
    return found


def _compared(run: Any, fastai: str) -> dict[str, Any]:
    """Split -> method -> its figure on the split, with its interval, and how far ours is ahead."""
    from netwright.metrics.measure import lead, measure

    parts, metric = _parts(run), run.system.metrics[0]
    run.evaluate(split="test")
    given_by: dict[str, dict[str, Sequence[Any]]] = {
        split: {"netwright": run.record.answers(split, run.system)} for split in ("dev", "test")
    }
    notes = {}
    for split, answers in given_by.items():
        given = (run.recipe, run.codec, REFERENCE_SECONDS)
        for one in run.system.references(parts["train"], parts[split], *given):
            answers[one.name], notes[one.name] = one.answers, one.how
    if fastai:
        answered = _fastai(run, parts, fastai)
        notes["fastai"] = answered.pop("failed", "")
        for split, values in answered.items():
            given_by[split]["fastai"] = values
    found: dict[str, Any] = {"notes": notes}
    for split, answers in given_by.items():
        found[split] = {}
        for name, values in answers.items():
            ahead = lead(metric, parts[split], answers["netwright"], values)
            figure = measure((metric,), parts[split], values)[metric.name]
            found[split][name] = {
                "figure": figure.as_json(),
                "lead": None if ahead is None else asdict(ahead),
            }
    return found


def _parts(run: Any) -> dict[str, Any]:
    """The run's splits, read again."""
    from netwright.api.reading import read_again
    from netwright.training.setup import arranged, parts_of

    before = run.record.earlier_reading()
    reading = read_again(run.id, run.recipe, before, way="the benchmark again")
    reading = arranged(run.system, reading, run.recipe)
    return parts_of(reading.examples, run.record.splits_of(reading.examples))


def _fastai(run: Any, parts: Any, python: str) -> dict[str, Any]:
    """Split -> its answers; or ``failed``."""
    import polars as pl

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for split in ("train", "dev", "test"):
            targets = pl.Series("__target", list(parts[split].targets))
            frame = parts[split].inputs.frame.with_columns(targets)
            frame.filter(pl.col("__target").is_not_null() | pl.lit(split != "train")).write_csv(
                folder / f"{split}.csv"
            )
        schema = parts["train"].inputs.frame.schema
        about = {
            "numbers": [n for n, kind in schema.items() if kind.is_numeric()],
            "words": [n for n, kind in schema.items() if not kind.is_numeric()],
            "labels": run.system.label(parts["train"].targets[0]) is not None,
            "seed": run.recipe.training.seed,
        }
        (folder / "about.json").write_text(json.dumps(about), encoding="utf-8")
        command = [python, "-m", "benchmarks.peers.fastai_table", str(folder)]
        try:
            ended = subprocess.run(
                command,
                cwd=ROOT,
                env=environment(),
                capture_output=True,
                text=True,
                timeout=LONGEST,
            )
        except subprocess.TimeoutExpired:
            return {"failed": f"took more than {LONGEST} s"}
        if ended.returncode:
            return {"failed": (ended.stderr.strip().splitlines() or ["no message"])[-1]}
        return dict(_read(folder, about["labels"]))


def _read(folder: Path, labels: bool) -> Iterator[tuple[str, list[Answered]]]:
    for split in ("dev", "test"):
        values = json.loads((folder / f"{split}.json").read_text(encoding="utf-8"))
        yield (
            split,
            [Answered(label=value) if labels else Answered(value=value) for value in values],
        )


def main() -> None:
    """One line of JSON on stdout."""
    name, seed, *fastai = sys.argv[1:]
    print(json.dumps(tried(TABLES[name], int(seed), fastai[0] if fastai else "")), flush=True)


if __name__ == "__main__":
    main()
