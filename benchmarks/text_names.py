"""Names in tweets and in sentences of Wikipedia by ``nw.train``, beside spaCy's recognizer.

The Broad Twitter Corpus (Derczynski et al. 2016): sections a, b, e, g and h are learned from, of
which a fifth is dev, and f is the test; WikiGold (Balasuriya et al. 2009): a tenth dev, a fifth
test, drawn by documents, and by sentences, as is usual, so that names of a document are on both
sides. All by default, with the vectors that the extra ``text`` brings. spaCy
learns from the same sentences, chooses by the same dev and reads the same vectors; it is left out
where it is not installed (``benchmarks/peers/install.sh spacy``). Strict F1 of whole names.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.harness import BenchmarkError, Table, python_of
from benchmarks.text import write_vectors
from benchmarks.workloads import CACHE

SEEDS = 3
GOALS = {"tweets": 0.74, "sentences of Wikipedia": 0.72}
"""Strict F1 on test that is to be reached."""

LINEAR = {"tweets": 0.64, "sentences of Wikipedia": 0.68}
"""What a linear model over the words beside each reaches."""

PARTS = {"split.dev": 0.1, "split.test": 0.2}

THREAD = {"training.threads": 1}


def run(rounds: int, log: Callable[[str], None]) -> list[Table]:
    """Each data set with as many seeds as rounds, at most three."""
    with tempfile.TemporaryDirectory() as folder:
        sources: dict[str, tuple[Path, Mapping[str, Any]]] = {
            "tweets": (_tweets(Path(folder)), THREAD),
            "sentences of Wikipedia": (_without_documents(Path(folder)), {**THREAD, **PARTS}),
            "documents of Wikipedia": (_wikigold(), {**THREAD, **PARTS}),
        }
        return [_table(name, *source, min(rounds, SEEDS), log) for name, source in sources.items()]


def _table(
    name: str,
    source: Path,
    settings: Mapping[str, Any],
    seeds: int,
    log: Callable[[str], None],
) -> Table:
    measured, seconds = [], []
    with tempfile.TemporaryDirectory() as store:
        for seed in range(seeds):
            import netwright as nw

            start = time.process_time()
            trained = nw.train(source, set={**settings, "training.seed": seed}, store=store)
            seconds.append(time.process_time() - start)
            measured.append(trained.evaluate(split="test")["f1"])
            log(f"{name}, seed {seed}: {measured[-1]['value']:.4f}, {seconds[-1]:.0f} CPU s")
        peer = _spacy(source, trained, log)
    values = [one["value"] for one in measured]
    mean, first = float(np.mean(values)), measured[0]
    spread = f", {min(values):.3f} to {max(values):.3f}" if seeds > 1 else ""
    rows = [("netwright", f"{mean:.3f}{spread}")]
    rows += [] if peer is None else [("spaCy", f"{peer:.3f}")]
    rows += [("linear", f"{LINEAR[name]:.2f}")] if name in LINEAR else []
    goal = GOALS.get(name, 0.0)
    aim = f"{'met' if mean >= goal else 'NOT met'}: at least {goal}; " if goal else ""
    return Table(
        title=f"Names in {name}, {first['n']:,} sentences of test",
        columns=("who", "strict F1"),
        rows=tuple(rows),
        notes=(
            f"{aim}{seeds} seeds, of the first one {first['low']:.3f} to {first['high']:.3f}",
            f"{np.mean(seconds):.0f} CPU s a training",
        ),
        figures={"f1": values, "spacy": peer},
    )


def _tweets(folder: Path) -> Path:
    """The sections in folders train/ and test/, by links."""
    for part in "abeghf":
        split = folder / "tweets" / ("test" if part == "f" else "train")
        split.mkdir(parents=True, exist_ok=True)
        (split / f"{part}.conll").symlink_to(_file("ner-btc", f"{part}.conll").resolve())
    return folder / "tweets"


def _wikigold() -> Path:
    return _file("ner-wikigold", "wikigold.conll.txt")


def _without_documents(folder: Path) -> Path:
    """WikiGold's sentences, of no document."""
    path = folder / "wikigold.conll"
    lines = _wikigold().read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith("-DOCSTART-")]
    path.write_text("".join(kept), encoding="utf-8")
    return path


def _file(*names: str) -> Path:
    path = CACHE.joinpath("names", *names)
    if not path.exists():
        raise BenchmarkError(f"{path} is missing: put the files of {names[0]} there")
    return path


def _spacy(source: Path, trained: Any, log: Callable[[str], None]) -> float | None:
    """Strict F1 of spaCy on the same test; None: it is not installed."""
    try:
        python = python_of("spacy")
    except BenchmarkError as error:
        log(str(error))
        return None
    parts = splits_of(source, trained.recipe)
    with tempfile.TemporaryDirectory() as folder:
        write_for_spacy(Path(folder), parts)
        subprocess.run([python, "-m", "benchmarks.peers.spacy", folder], check=True)
        answers = json.loads((Path(folder) / "answers.json").read_text())
    return strict_f1([names for _, names in rows_of(parts["test"])], answers)


def splits_of(source: Path, recipe: Any) -> dict[str, Any]:
    """The examples of each split, as a training by this recipe has them."""
    from netwright.api.reading import read_to_learn
    from netwright.training.setup import arranged, split

    system, reading = read_to_learn(source, recipe)
    return split(system, arranged(system, reading, recipe).examples, recipe)


def rows_of(examples: Any) -> list[tuple[list[str], list[tuple[int, int, str]]]]:
    """Of each sentence its words, and its names as words: first, end, label."""
    return [
        (
            list(sentence.words),
            [(s.first, s.end, s.label) for s in map(sentence.span, names or ()) if s],
        )
        for sentence, names in zip(examples.inputs, examples.targets, strict=True)
    ]


def write_for_spacy(folder: Path, parts: Mapping[str, Any]) -> None:
    """What its peer reads: the splits, and the vectors of all their words as text."""
    words: set[str] = set()
    for split, examples in parts.items():
        rows = rows_of(examples)
        words |= {word for row, _ in rows for word in row}
        (folder / f"{split}.json").write_text(json.dumps(rows))
    write_vectors(folder / "vectors.txt", words)


def strict_f1(truths: Sequence[Sequence[Any]], answers: Sequence[Sequence[Any]]) -> float:
    """Of names [first, end, label] a sentence: 2 found / (true + answered)."""
    pairs = [
        ({tuple(one) for one in true}, {tuple(one) for one in given})
        for true, given in zip(truths, answers, strict=True)
    ]
    found = sum(len(true & given) for true, given in pairs)
    total = sum(len(true) + len(given) for true, given in pairs)
    return 2 * found / total if total else 0.0
